//! `SoupAuthNTLM`: Windows' challenge and response, for a connection ([MS-NLMP]). The rules are those of `proto::auth::ntlm`.
//!
//! | a connection is | what we send | the server's answer |
//! |---|---|---|
//! | new | the first message, whoever the user is | `Greeted` |
//! | `Greeted` | | its challenge: `Challenged`; anything else is a refusal |
//! | `Challenged` | the response, of a user who is known | `Answered` |
//! | `Answered` | nothing more | another challenge is a refusal: `Refused` |
//! | `Refused` | the first message, of another user | `Greeted` |

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl};
use super::connection::{
    ConnectionAuth, ConnectionScheme, SoupConnectionAuth, SoupConnectionAuthClass, Work,
};
use super::scheme::Scheme;
use super::secret::Secret;
use crate::gobject::Message;
use crate::proto::Entropy;
use crate::proto::auth::challenge::Challenge;
use crate::proto::auth::ntlm;
use crate::proto::limits;
use crate::reactor::Reactor;

/// The class struct.
#[repr(C)]
pub struct SoupAuthNTLMClass {
    parent_class: SoupConnectionAuthClass,
}

/// The instance struct.
#[repr(C)]
pub struct SoupAuthNTLM {
    parent_instance: SoupConnectionAuth,
}

glib::wrapper! {
    /// A server of NTLM.
    pub struct AuthNtlm(ObjectSubclass<imp::AuthNtlm>) @extends ConnectionAuth, Auth;
}

#[derive(Default)]
struct State {
    /// User and password.
    identity: Option<(String, Secret)>,
    /// How far each connection is, the one that was used last behind the others.
    connections: Vec<(u64, Stage)>,
}

/// How far a connection is. One that is not known is new.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Greeted,
    Challenged(ntlm::Challenge),
    Answered,
    Refused,
}

impl State {
    fn stage(&self, connection: u64) -> Option<&Stage> {
        let known = self.connections.iter().find(|(id, _)| *id == connection);
        known.map(|(_, stage)| stage)
    }

    fn enter(&mut self, connection: u64, stage: Stage) {
        self.leave(connection);
        if self.connections.len() >= limits::NTLM_CONNECTIONS {
            self.connections.remove(0);
        }
        self.connections.push((connection, stage));
    }

    fn leave(&mut self, connection: u64) {
        self.connections.retain(|(id, _)| *id != connection);
    }
}

impl Scheme for imp::AuthNtlm {
    const SCHEME: &'static CStr = c"NTLM";
    const STRENGTH: u32 = 3;

    fn update(&self, message: &Message, challenge: &Challenge<'_>) -> bool {
        let connection = message.connection_id();
        let mut state = self.state();
        match (challenge.token68, state.stage(connection)) {
            (Some(token), Some(Stage::Greeted)) => {
                let challenge = ntlm::Challenge::read(token);
                let read = challenge.is_some();
                match challenge {
                    Some(challenge) => state.enter(connection, Stage::Challenged(challenge)),
                    None => state.enter(connection, Stage::Refused),
                }
                read
            }
            (Some(_), _) => false,
            (None, None) => true,
            (None, Some(_)) => {
                // What was given is wrong.
                state.enter(connection, Stage::Refused);
                state.identity = None;
                true
            }
        }
    }

    fn authenticate(&self, user: &str, password: &str) {
        self.state().identity = Some((user.to_owned(), Secret::new(password.to_owned())));
    }

    fn is_authenticated(&self) -> bool {
        self.state().identity.is_some()
    }

    fn is_ready(&self, message: &Message) -> bool {
        let state = self.state();
        match state.stage(message.connection_id()) {
            None | Some(Stage::Greeted | Stage::Answered) => true,
            Some(Stage::Challenged(_) | Stage::Refused) => state.identity.is_some(),
        }
    }

    fn authorization(&self, message: &Message) -> Option<String> {
        let connection = message.connection_id();
        let mut state = self.state();
        let (token, next) = match state.stage(connection) {
            None => (ntlm::negotiate(), Stage::Greeted),
            Some(Stage::Refused) if state.identity.is_some() => (ntlm::negotiate(), Stage::Greeted),
            Some(Stage::Challenged(challenge)) => {
                let (user, password) = state.identity.as_ref()?;
                let identity = ntlm::Identity {
                    user,
                    password: password.expose(),
                    workstation: "",
                };
                let mut random = [0; 8];
                Reactor::current().entropy().fill(&mut random);
                (challenge.authenticate(identity, random, now())?, Stage::Answered)
            }
            Some(Stage::Greeted | Stage::Answered | Stage::Refused) => return None,
        };
        state.enter(connection, next);
        Some(format!("NTLM {token}"))
    }
}

impl ConnectionScheme for imp::AuthNtlm {
    fn work(&self, _message: &Message) -> Option<Work> {
        None
    }

    fn forget(&self, message: &Message) {
        self.state().leave(message.connection_id());
    }
}

/// The time as Windows counts it: 100 ns since 1601.
fn now() -> u64 {
    const FROM_1601_TO_1970: u64 = 11_644_473_600;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since_1970.as_secs().saturating_add(FROM_1601_TO_1970)).saturating_mul(10_000_000)
}

mod imp {
    use super::*;

    /// What an auth of NTLM holds.
    #[derive(Default)]
    pub struct AuthNtlm(Mutex<State>);

    impl AuthNtlm {
        pub(super) fn state(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthNtlm {
        const NAME: &'static str = "SoupAuthNTLM";
        const FINAL: bool = true;
        type Type = super::AuthNtlm;
        type ParentType = ConnectionAuth;
        type Instance = SoupAuthNTLM;
        type Class = SoupAuthNTLMClass;

        fn class_init(class: &mut Self::Class) {
            class.parent_class.install::<Self>();
        }
    }

    impl ObjectImpl for AuthNtlm {}
    impl AuthImpl for AuthNtlm {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthNTLM {
    type Type = imp::AuthNtlm;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthNTLMClass {
    type Type = imp::AuthNtlm;
}
