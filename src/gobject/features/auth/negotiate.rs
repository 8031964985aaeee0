//! `SoupAuthNegotiate`: Kerberos, and what else GSSAPI has (RFC 4559). Whoever runs the program is logged in already: there is no
//! password to ask for.
//!
//! | a message is | what happens | it becomes |
//! |---|---|---|
//! | new to it | a server that is trusted asks | `Asked` |
//! | `Asked` | a thread makes the next token: it may have to ask a Kerberos server | `Working` |
//! | `Working` | there is a token, or none | `Ready`, or `Failed` |
//! | `Ready` | the token is sent; the server asks with a token of its own | `Asked` |
//! | `Ready` | the token is sent; the server asks again, or makes no sense | `Failed` |
//! | any | the server is content | new |
//!
//! A message that has failed is answered as it is, or by another scheme. The first row is each message's: a server that lets
//! connections in, and not requests, does not ask again.

use std::cell::RefCell;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use glib::prelude::*;
use glib::subclass::prelude::*;

use super::attempt::Asker;
use super::cache::Origin;
use super::class::{Auth, AuthImpl};
use super::connection::{
    ConnectionAuth, ConnectionScheme, SoupConnectionAuth, SoupConnectionAuthClass, Work,
};
use super::gssapi::{self, Context};
use super::scheme::Scheme;
use crate::gobject::Message;
use crate::gobject::message::uri as message_uri;
use crate::proto::auth::challenge::Challenge;

/// The class struct.
#[repr(C)]
pub struct SoupAuthNegotiateClass {
    parent_class: SoupConnectionAuthClass,
}

/// The instance struct.
#[repr(C)]
pub struct SoupAuthNegotiate {
    parent_instance: SoupConnectionAuth,
}

glib::wrapper! {
    /// A server of Negotiate.
    pub struct AuthNegotiate(ObjectSubclass<imp::AuthNegotiate>) @extends ConnectionAuth, Auth;
}

impl AuthNegotiate {
    /// Whether challenges of Negotiate can be answered.
    pub const SUPPORTED: bool = gssapi::SUPPORTED;
}

/// How far a message is with a server, or with a proxy.
#[derive(Default)]
pub enum Negotiation {
    /// Nobody has asked.
    #[default]
    New,
    /// The server asks, perhaps with a token.
    Asked(Option<Context>, Option<Vec<u8>>),
    /// A thread makes the next token. It leaves it here.
    Working(Arc<Mutex<Option<Made>>>),
    /// There is a token, which was sent or not.
    Ready {
        context: Context,
        token: String,
        sent: bool,
    },
    /// There is none.
    Failed,
}

/// What a step of a context has made.
type Made = Result<(Context, Vec<u8>), String>;

impl Negotiation {
    /// Takes a challenge; whether it can be answered.
    fn take(&mut self, token68: Option<&str>) -> bool {
        self.finish_work();
        let token = token68.map(|token| STANDARD.decode(token));
        *self = match (std::mem::take(self), token) {
            (Negotiation::New, None) => Negotiation::Asked(None, None),
            (
                Negotiation::Ready {
                    context, sent: true, ..
                },
                Some(Ok(token)),
            ) => Negotiation::Asked(Some(context), Some(token)),
            // It is the challenge that was worked on.
            (still @ (Negotiation::Asked(..) | Negotiation::Ready { sent: false, .. }), _) => still,
            _ => Negotiation::Failed,
        };
        !matches!(self, Negotiation::Failed)
    }

    /// What a thread has to do, if it has to.
    fn work(&mut self, service: String) -> Option<Work> {
        let Negotiation::Asked(context, token) = self else {
            return None;
        };
        let (context, token) = (context.take(), token.take());
        let place = Arc::new(Mutex::new(None));
        *self = Negotiation::Working(place.clone());
        Some(Box::new(move || {
            let made = context
                .map_or_else(|| Context::new(&service), Ok)
                .and_then(|mut context| {
                    let token = context.step(token.as_deref())?;
                    Ok((context, token))
                });
            if let Err(why) = &made {
                glib::g_warning!("libsoup", "no token for Negotiate: {why}");
            }
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        }))
    }

    /// Looks at what the thread has made, if it was that.
    fn finish_work(&mut self) {
        let Negotiation::Working(place) = self else { return };
        let made = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        *self = match made {
            Some(Ok((context, token))) if !token.is_empty() => Negotiation::Ready {
                context,
                token: STANDARD.encode(token),
                sent: false,
            },
            _ => Negotiation::Failed,
        };
    }
}

impl imp::AuthNegotiate {
    /// Does something with how far `message` is.
    fn with<T>(&self, message: &Message, work: impl FnOnce(&mut Negotiation) -> T) -> T {
        let asker = Asker::of(self.obj().upcast_ref());
        let negotiation: &RefCell<Negotiation> = message.attempt().negotiation(asker);
        work(&mut negotiation.borrow_mut())
    }
}

impl Scheme for imp::AuthNegotiate {
    const SCHEME: &'static CStr = c"Negotiate";
    const STRENGTH: u32 = 7;

    fn update(&self, message: &Message, challenge: &Challenge<'_>) -> bool {
        AuthNegotiate::SUPPORTED
            && message.uri().is_some_and(|uri| is_trusted(&uri))
            && self.with(message, |negotiation| negotiation.take(challenge.token68))
    }

    fn authenticate(&self, _user: &str, _password: &str) {}

    fn is_authenticated(&self) -> bool {
        false
    }

    fn is_ready(&self, message: &Message) -> bool {
        let is_ready = self.with(message, |negotiation| {
            negotiation.finish_work();
            matches!(negotiation, Negotiation::New | Negotiation::Ready { .. })
        });
        is_ready && AuthNegotiate::SUPPORTED
    }

    fn can_authenticate(&self) -> bool {
        false
    }

    fn authorization(&self, message: &Message) -> Option<String> {
        self.with(message, |negotiation| match negotiation {
            Negotiation::Ready { token, sent, .. } => {
                // A connection that breaks has it sent again.
                *sent = true;
                Some(format!("Negotiate {token}"))
            }
            _ => None,
        })
    }
}

impl ConnectionScheme for imp::AuthNegotiate {
    fn work(&self, message: &Message) -> Option<Work> {
        let uri = Asker::of(self.obj().upcast_ref()).uri(message)?;
        let service = format!("HTTP@{}", uri.host()?);
        self.with(message, |negotiation| negotiation.work(service))
    }
}

/// Whether that server, or a proxy before it, may learn who the user is: as the environment says, or else where there is TLS.
fn is_trusted(uri: &glib::Uri) -> bool {
    let listed = |name| {
        origins(
            glib::getenv(name)
                .and_then(|list| list.into_string().ok())
                .as_deref(),
        )
    };
    Origin::of(uri).is_some_and(|origin| {
        let trusted = listed("SOUP_GSSAPI_TRUSTED_URIS");
        let is_trusted = match trusted.is_empty() {
            true => origin.is_secure(),
            false => trusted.contains(&origin),
        };
        is_trusted && !listed("SOUP_GSSAPI_BLOCKLISTED_URIS").contains(&origin)
    })
}

/// The servers in a list with commas; what is no URI is none.
fn origins(list: Option<&str>) -> Vec<Origin> {
    let uris = list.unwrap_or_default().split(',');
    uris.filter_map(|uri| Origin::of(&message_uri::parse(uri.trim())?))
        .collect()
}

mod imp {
    use super::*;

    /// Nothing: what there is to know belongs to each message.
    #[derive(Default)]
    pub struct AuthNegotiate;

    #[glib::object_subclass]
    impl ObjectSubclass for AuthNegotiate {
        const NAME: &'static str = "SoupAuthNegotiate";
        const FINAL: bool = true;
        type Type = super::AuthNegotiate;
        type ParentType = ConnectionAuth;
        type Instance = SoupAuthNegotiate;
        type Class = SoupAuthNegotiateClass;

        fn class_init(class: &mut Self::Class) {
            class.parent_class.install::<Self>();
        }
    }

    impl ObjectImpl for AuthNegotiate {}
    impl AuthImpl for AuthNegotiate {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthNegotiate {
    type Type = imp::AuthNegotiate;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthNegotiateClass {
    type Type = imp::AuthNegotiate;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_servers() {
        let text = |list| {
            let origins = origins(Some(list)).into_iter();
            origins
                .map(|origin| origin.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(origins(None), []);
        assert_eq!(text(""), "");
        assert_eq!(
            text("nonsense,http://A/path, https://b:8443 "),
            "http://a https://b:8443"
        );
    }

    #[test]
    fn a_server_begins_without_a_token() {
        let mut negotiation = Negotiation::New;
        assert!(negotiation.take(None));
        // The same challenge, which is looked at again.
        assert!(negotiation.take(None));
        assert!(matches!(negotiation, Negotiation::Asked(None, None)));
        assert!(!Negotiation::New.take(Some("YWJj")));
        assert!(!Negotiation::Failed.take(None));
    }

    #[test]
    fn work_that_was_not_done_is_no_token() {
        let mut negotiation = Negotiation::Asked(None, None);
        drop(negotiation.work("HTTP@localhost".to_owned()).unwrap());
        assert!(!negotiation.take(None));
        assert!(negotiation.work("HTTP@localhost".to_owned()).is_none());
    }

    #[cfg(feature = "gssapi")]
    #[test]
    fn a_token_is_sent_until_the_server_asks_again() {
        let ready = |sent| Negotiation::Ready {
            context: Context::new("HTTP@localhost").unwrap(),
            token: String::new(),
            sent,
        };
        assert!(ready(false).take(None));
        assert!(!ready(true).take(None));
        assert!(!ready(true).take(Some("no base64")));
        let mut negotiation = ready(true);
        assert!(negotiation.take(Some("YWJj")));
        assert!(matches!(negotiation, Negotiation::Asked(Some(_), Some(token)) if token == b"abc"));
    }
}
