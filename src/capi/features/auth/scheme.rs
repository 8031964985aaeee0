//! `soup_auth_*`: what answers the challenges of a server or a proxy.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GSList, GType, GUri, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, bytes, hold, is};
use crate::capi::message::accessors::is_sendable;
use crate::gobject::Message;
use crate::gobject::features::auth::{Auth, AuthBasic, AuthDigest, AuthNegotiate, AuthNtlm, SoupAuth};
use crate::gobject::http::params;
use crate::gobject::message::SoupMessage;
use crate::proto::auth::challenge;

/// The GType of `SoupAuth`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_get_type() -> GType {
    Auth::static_type().into_glib()
}

/// The GType of `SoupAuthBasic`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_basic_get_type() -> GType {
    AuthBasic::static_type().into_glib()
}

/// The GType of `SoupAuthDigest`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_digest_get_type() -> GType {
    AuthDigest::static_type().into_glib()
}

/// The GType of `SoupAuthNTLM`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_ntlm_get_type() -> GType {
    AuthNtlm::static_type().into_glib()
}

/// The GType of `SoupAuthNegotiate`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_negotiate_get_type() -> GType {
    AuthNegotiate::static_type().into_glib()
}

/// Returns whether this library was built with GSSAPI. Without it #SoupAuthNegotiate declines all challenges.
///
/// A session answers challenges of Negotiate once %SOUP_TYPE_AUTH_NEGOTIATE was added to it, with the tickets of the user who runs the
/// program, and asks for no password. It answers servers that it reaches by TLS, or, where the environment variable
/// `SOUP_GSSAPI_TRUSTED_URIS` names any, those alone whose scheme, host and port stand there, with commas between them; and never
/// those in `SOUP_GSSAPI_BLOCKLISTED_URIS`. A proxy is answered where the server behind it would be. A message waits for its ticket without blocking the main loop.
///
/// Returns: whether challenges of Negotiate can be answered
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_negotiate_supported() -> gboolean {
    AuthNegotiate::SUPPORTED.into_glib()
}

/// @type: the type of the auth, derived from #SoupAuth
/// @msg: the message whose response holds the challenge
/// @auth_header: the value of the WWW-Authenticate or Proxy-Authenticate header
///
/// Makes an auth for a challenge. Of several challenges in @auth_header it is the first.
///
/// Returns: (nullable) (transfer full): the auth, or %NULL if the challenge is not of the type's scheme, or cannot be answered
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_new(
    r#type: GType,
    msg: *mut SoupMessage,
    auth_header: *const c_char,
) -> *mut SoupAuth {
    require! { soup_auth_new => ptr::null_mut();
        "g_type_is_a (type, SOUP_TYPE_AUTH)": is_auth_type(r#type),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "auth_header != NULL": !auth_header.is_null(),
    }
    // SAFETY: checked above.
    let (type_, message, header): (glib::Type, Message, _) =
        unsafe { (from_glib(r#type), hold(msg), bytes(auth_header)) };
    let challenges = challenge::parse(header);
    let auth = challenges
        .first()
        .and_then(|challenge| Auth::of_type(type_, &message, challenge));
    auth.into_glib_ptr()
}

/// @auth: the auth
/// @msg: the message whose response holds the challenge
/// @auth_header: the value of the WWW-Authenticate or Proxy-Authenticate header
///
/// Gives @auth another challenge of its scheme and realm. Unless that says that only a nonce was too old, the credentials of
/// @auth were wrong, and are forgotten.
///
/// Returns: %TRUE, or %FALSE if the challenge is none for @auth, or @auth was cancelled
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_update(
    auth: *mut SoupAuth,
    msg: *mut SoupMessage,
    auth_header: *const c_char,
) -> gboolean {
    require! { soup_auth_update => 0;
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "auth_header != NULL": !auth_header.is_null(),
    }
    // SAFETY: checked above.
    let (this, message, header): (Auth, Message, _) = unsafe { (hold(auth), hold(msg), bytes(auth_header)) };
    this.update_from(&message, header).into_glib()
}

/// @auth: the auth
///
/// Returns: whether a proxy has asked for it, and not the server
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_is_for_proxy(auth: *mut SoupAuth) -> gboolean {
    require! { soup_auth_is_for_proxy => 0; "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { borrow::<Auth>(auth) }.is_for_proxy().into_glib()
}

/// @auth: the auth
///
/// Returns: the name of its scheme, such as "Basic"
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_scheme_name(auth: *mut SoupAuth) -> *const c_char {
    require! { soup_auth_get_scheme_name => ptr::null(); "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    let this = unsafe { borrow::<Auth>(auth) };
    this.scheme_name_c().map_or(ptr::null(), CStr::as_ptr)
}

/// @auth: the auth
///
/// Returns: host and port of the server that has asked
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_authority(auth: *mut SoupAuth) -> *const c_char {
    require! { soup_auth_get_authority => ptr::null(); "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { borrow::<Auth>(auth) }.authority_c()
}

/// @auth: the auth
///
/// Returns: the realm: a text for the user, that tells the parts of a server from each other
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_realm(auth: *mut SoupAuth) -> *const c_char {
    require! { soup_auth_get_realm => ptr::null(); "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { borrow::<Auth>(auth) }.realm_c()
}

/// @auth: the auth
///
/// Gets a text that tells @auth from the other auths of its server: two auths of one text are for the same realm.
///
/// Returns: (transfer full): the text
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_info(auth: *mut SoupAuth) -> *mut c_char {
    require! { soup_auth_get_info => ptr::null_mut(); "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    params::string(unsafe { borrow::<Auth>(auth) }.info().as_bytes())
}

/// @auth: the auth
/// @username: the user
/// @password: the password
///
/// Answers #SoupMessage::authenticate, in its handler or later, from any thread: the messages that wait for @auth are sent again.
/// It does nothing once @auth was cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_authenticate(
    auth: *mut SoupAuth,
    username: *const c_char,
    password: *const c_char,
) {
    require! { soup_auth_authenticate;
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
        "username != NULL": !username.is_null(),
        "password != NULL": !password.is_null(),
    }
    // SAFETY: checked above.
    unsafe { hold::<Auth>(auth).authenticate(CStr::from_ptr(username), CStr::from_ptr(password)) };
}

/// @auth: the auth
///
/// Answers #SoupMessage::authenticate with no: the messages that wait for @auth get the response that asks for a password. @auth
/// is of no use any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_cancel(auth: *mut SoupAuth) {
    require! { soup_auth_cancel; "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { hold::<Auth>(auth) }.cancel();
}

/// @auth: the auth
///
/// Returns: whether @auth has credentials that are not known to be wrong
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_is_authenticated(auth: *mut SoupAuth) -> gboolean {
    require! { soup_auth_is_authenticated => 1; "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { hold::<Auth>(auth) }.is_authenticated().into_glib()
}

/// @auth: the auth
///
/// Returns: whether soup_auth_cancel() was called
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_is_cancelled(auth: *mut SoupAuth) -> gboolean {
    require! { soup_auth_is_cancelled => 1; "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { borrow::<Auth>(auth) }.is_cancelled().into_glib()
}

/// @auth: the auth
/// @msg: a message
///
/// Returns: whether @auth has what it takes to send @msg
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_is_ready(auth: *mut SoupAuth, msg: *mut SoupMessage) -> gboolean {
    require! { soup_auth_is_ready => 1;
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
    }
    // SAFETY: checked above.
    let (this, message): (Auth, Message) = unsafe { (hold(auth), hold(msg)) };
    this.is_ready(&message).into_glib()
}

/// @auth: the auth
///
/// Returns: whether soup_auth_authenticate() would help
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_can_authenticate(auth: *mut SoupAuth) -> gboolean {
    require! { soup_auth_can_authenticate => 0; "SOUP_IS_AUTH (auth)": is::<Auth>(auth) }
    // SAFETY: checked above.
    unsafe { hold::<Auth>(auth) }.can_authenticate().into_glib()
}

/// @auth: the auth
/// @msg: the message that is to be sent
///
/// Gets the value of the Authorization or Proxy-Authorization header for @msg. Each is for one request.
///
/// Returns: (nullable) (transfer full): the value, or %NULL if @auth has no credentials
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_authorization(
    auth: *mut SoupAuth,
    msg: *mut SoupMessage,
) -> *mut c_char {
    require! { soup_auth_get_authorization => ptr::null_mut();
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
        "msg != NULL": is::<Message>(msg),
    }
    // SAFETY: checked above.
    let (this, message): (Auth, Message) = unsafe { (hold(auth), hold(msg)) };
    this.authorization(&message).into_glib_ptr()
}

/// @auth: the auth
/// @source_uri: the URI of the request that was asked for credentials
///
/// Gets the paths that the credentials of @auth are for, with all that lies below them.
///
/// Returns: (element-type utf8) (transfer full): the paths; free them with soup_auth_free_protection_space()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_get_protection_space(
    auth: *mut SoupAuth,
    source_uri: *mut GUri,
) -> *mut GSList {
    require! { soup_auth_get_protection_space => ptr::null_mut();
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
        "SOUP_URI_IS_VALID (source_uri)": is_sendable(source_uri),
    }
    // SAFETY: checked above.
    let (this, uri): (Auth, glib::Uri) = unsafe { (hold(auth), from_glib_none(source_uri)) };
    this.protection_space_c(&uri)
}

/// soup_auth_free_protection_space: (skip)
/// @auth: the auth
/// @space: (element-type utf8) (transfer full): what soup_auth_get_protection_space() has returned
///
/// Frees @space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_free_protection_space(auth: *mut SoupAuth, space: *mut GSList) {
    // A list belongs to nobody: the object is named for the shape of the call.
    let _ = auth;
    // SAFETY: the C contract: a list of strings, given up by the caller.
    unsafe { glib::ffi::g_slist_free_full(space, Some(glib::ffi::g_free)) };
}

/// Whether a type is one of auths.
fn is_auth_type(type_: GType) -> bool {
    // SAFETY: a GType function without preconditions on its arguments.
    unsafe { glib::gobject_ffi::g_type_is_a(type_, Auth::static_type().into_glib()) != 0 }
}
