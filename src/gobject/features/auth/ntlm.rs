//! `SoupAuthNTLM`: Windows' challenge and response, for a connection ([MS-NLMP]). The rules are those of `proto::auth::ntlm`.
//!
//! | a connection is | what we send | the server's answer |
//! |---|---|---|
//! | new | the first message, whoever the user is | `Greeted` |
//! | `Greeted` | | its challenge: `Challenged`; anything else is a refusal |
//! | `Challenged` | the response, of a user who is known | `Answered` |
//! | `Answered` | nothing more | another challenge is a refusal: `Refused` |
//! | `Refused` | the first message, of another user | `Greeted` |
//!
//! A user who has logged in elsewhere needs no password: if the program, which is asked first, gives none, Samba's `ntlm_auth`
//! ([`Helper`]) makes both messages, in a thread (`Asking`, then `Prepared`), for the user whom the program names, or `NTLMUSER` in the
//! environment. It is asked until it cannot, or the server refuses what it has made.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl};
use super::connection::{
    ConnectionAuth, ConnectionScheme, SoupConnectionAuth, SoupConnectionAuthClass, Work,
};
use super::ntlm_helper::Helper;
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
    /// Whether the helper could answer for the user, once it was asked. The server may have refused what it said.
    is_helped: Option<bool>,
    /// How far each connection is, the one that was used last behind the others.
    connections: Vec<(u64, Stage)>,
}

/// How far a connection is. One that is not known is new.
enum Stage {
    /// A thread asks the helper. It leaves the answer here.
    Asking(Arc<Mutex<Option<Prepared>>>, Option<ntlm::Challenge>),
    /// The helper has made a message, the second where it is not needed any more.
    Prepared(Prepared),
    /// By the helper, if that has made the first message.
    Greeted(Option<Helper>),
    /// The server's challenge, and the same for the helper.
    Challenged(ntlm::Challenge, Option<(Helper, String)>),
    Answered,
    Refused,
}

/// What the helper has made.
struct Prepared {
    token: String,
    helper: Option<Helper>,
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

    /// Forgets the connection; how far it was.
    fn leave(&mut self, connection: u64) -> Option<Stage> {
        let index = self.connections.iter().position(|(id, _)| *id == connection)?;
        Some(self.connections.remove(index).1)
    }

    /// The user for whom the helper is asked.
    fn helper_user(&self) -> Option<String> {
        let user = match &self.identity {
            _ if self.is_helped == Some(false) => None,
            Some((user, password)) => password.expose().is_empty().then(|| user.clone()),
            None => glib::getenv("NTLMUSER").and_then(|user| user.into_string().ok()),
        };
        user.filter(|user| !user.is_empty() && Helper::path().is_some())
    }

    /// Looks at what the helper has said, if it was asked.
    fn hear(&mut self, connection: u64) {
        let stage = match self.leave(connection) {
            Some(Stage::Asking(place, challenge)) => {
                let prepared = place.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.is_helped = Some(prepared.is_some());
                match (prepared, challenge) {
                    (Some(prepared), _) => Some(Stage::Prepared(prepared)),
                    (None, Some(challenge)) => Some(Stage::Challenged(challenge, None)),
                    (None, None) => None,
                }
            }
            stage => stage,
        };
        if let Some(stage) = stage {
            self.enter(connection, stage);
        }
    }
}

impl Scheme for imp::AuthNtlm {
    const SCHEME: &'static CStr = c"NTLM";
    const STRENGTH: u32 = 3;

    fn update(&self, message: &Message, challenge: &Challenge<'_>) -> bool {
        let connection = message.connection_id();
        let mut state = self.state();
        state.hear(connection);
        let (stage, is_usable) = match (challenge.token68, state.leave(connection)) {
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(token), Some(stage @ (Stage::Greeted(_) | Stage::Challenged(..)))) => {
                let helper = match stage {
                    Stage::Greeted(helper) => helper.map(|helper| (helper, token.to_owned())),
                    _ => None,
                };
                let challenge = ntlm::Challenge::read(token);
                let stage = challenge.map(|challenge| Stage::Challenged(challenge, helper));
                let is_usable = stage.is_some();
                (stage.unwrap_or(Stage::Refused), is_usable)
            }
            // What was asked for is there.
            (_, Some(stage @ Stage::Prepared(_))) => (stage, true),
            (Some(_), Some(stage)) => (stage, false),
            (None, Some(_)) => {
                // What was given is wrong.
                state.identity = None;
                state.is_helped = Some(false);
                (Stage::Refused, true)
            }
        };
        state.enter(connection, stage);
        is_usable
    }

    fn authenticate(&self, user: &str, password: &str) {
        self.state().identity = Some((user.to_owned(), Secret::new(password.to_owned())));
    }

    fn is_authenticated(&self) -> bool {
        let state = self.state();
        state.identity.is_some() || state.is_helped == Some(true)
    }

    fn is_ready(&self, message: &Message) -> bool {
        let connection = message.connection_id();
        let mut state = self.state();
        state.hear(connection);
        match state.stage(connection) {
            None => state.helper_user().is_none(),
            Some(Stage::Asking(..) | Stage::Challenged(_, Some(_))) => false,
            Some(Stage::Prepared(_) | Stage::Greeted(_) | Stage::Answered) => true,
            Some(Stage::Challenged(_, None) | Stage::Refused) => state.identity.is_some(),
        }
    }

    fn authorization(&self, message: &Message) -> Option<String> {
        let connection = message.connection_id();
        let mut state = self.state();
        let (token, next) = match state.stage(connection) {
            None if state.helper_user().is_some() => return None,
            None => (ntlm::negotiate(), Stage::Greeted(None)),
            Some(Stage::Refused) if state.identity.is_some() => (ntlm::negotiate(), Stage::Greeted(None)),
            Some(Stage::Challenged(challenge, None)) => {
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
            Some(Stage::Prepared(_)) => {
                let Some(Stage::Prepared(prepared)) = state.leave(connection) else {
                    return None;
                };
                let next = match prepared.helper {
                    Some(helper) => Stage::Greeted(Some(helper)),
                    None => Stage::Answered,
                };
                (prepared.token, next)
            }
            Some(_) => return None,
        };
        state.enter(connection, next);
        Some(format!("NTLM {token}"))
    }
}

impl ConnectionScheme for imp::AuthNtlm {
    fn work(&self, message: &Message) -> Option<Work> {
        let connection = message.connection_id();
        let mut state = self.state();
        let place = Arc::new(Mutex::new(None));
        let leave = {
            let place = place.clone();
            move |prepared| *place.lock().unwrap_or_else(PoisonError::into_inner) = prepared
        };
        match state.leave(connection) {
            None => {
                let (path, user) = (Helper::path()?, state.helper_user()?);
                state.enter(connection, Stage::Asking(place, None));
                Some(Box::new(move || {
                    leave(Helper::begin(&path, &user).map(|(helper, token)| Prepared {
                        token,
                        helper: Some(helper),
                    }));
                }))
            }
            Some(Stage::Challenged(challenge, Some((helper, token)))) => {
                state.enter(connection, Stage::Asking(place, Some(challenge)));
                Some(Box::new(move || {
                    leave(
                        helper
                            .respond(&token)
                            .map(|token| Prepared { token, helper: None }),
                    );
                }))
            }
            Some(stage) => {
                state.enter(connection, stage);
                None
            }
        }
    }

    fn forget(&self, message: &Message) {
        let old = self.state().leave(message.connection_id());
        drop(old);
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
