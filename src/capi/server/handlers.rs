//! `soup_server_*`: listening, handlers, extensions, TLS settings.

use std::ffi::c_char;
use std::ptr;

use gio::ffi::{GTlsAuthenticationMode, GTlsCertificate, GTlsDatabase};
use glib::ffi::{GDestroyNotify, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{given, hold, is, texts};
use crate::capi::types::gpointer;
use crate::gobject::Callback;
use crate::gobject::auth_domain::SoupAuthDomain;
use crate::gobject::server::{SoupServer, SoupServerCallback, SoupServerWebsocketCallback};
use crate::gobject::server_message::SoupServerMessage;
use crate::gobject::{AuthDomain, Server, ServerMessage};

/// The GType of `SoupServer`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_server_get_type() -> GType {
    Server::static_type().into_glib()
}

/// @server: the server
/// @certificate: the certificate that the server shows
///
/// Sets the certificate for HTTPS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_set_tls_certificate(
    server: *mut SoupServer,
    certificate: *mut GTlsCertificate,
) {
    require! { soup_server_set_tls_certificate;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "G_IS_TLS_CERTIFICATE (certificate)": is_or_null::<gio::TlsCertificate>(certificate),
    }
    // SAFETY: checked above.
    let (this, certificate) = unsafe { (hold::<Server>(server), from_glib_none(certificate)) };
    this.set_tls_certificate(certificate);
}

/// @server: the server
///
/// The certificate for HTTPS.
///
/// Returns: (transfer none) (nullable): the certificate
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_get_tls_certificate(server: *mut SoupServer) -> *mut GTlsCertificate {
    require! { soup_server_get_tls_certificate => ptr::null_mut();
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    // The server keeps what it gives out.
    this.tls_certificate()
        .map_or(ptr::null_mut(), |certificate| certificate.as_ptr())
}

/// @server: the server
/// @tls_database: the database
///
/// Sets what the certificates of clients are checked with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_set_tls_database(
    server: *mut SoupServer,
    tls_database: *mut GTlsDatabase,
) {
    require! { soup_server_set_tls_database;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "G_IS_TLS_DATABASE (tls_database)": is_or_null::<gio::TlsDatabase>(tls_database),
    }
    // SAFETY: checked above.
    let (this, database) = unsafe { (hold::<Server>(server), from_glib_none(tls_database)) };
    this.set_tls_database(database);
}

/// @server: the server
///
/// What the certificates of clients are checked with.
///
/// Returns: (transfer none) (nullable): the database
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_get_tls_database(server: *mut SoupServer) -> *mut GTlsDatabase {
    require! { soup_server_get_tls_database => ptr::null_mut();
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    // The server keeps what it gives out.
    this.tls_database()
        .map_or(ptr::null_mut(), |database| database.as_ptr())
}

/// @server: the server
/// @mode: whether clients shall show a certificate
///
/// Sets whether clients shall show a certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_set_tls_auth_mode(
    server: *mut SoupServer,
    mode: GTlsAuthenticationMode,
) {
    require! { soup_server_set_tls_auth_mode;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above; a number that is no mode becomes one that names nothing.
    let (this, mode) = unsafe { (hold::<Server>(server), from_glib(mode)) };
    this.set_tls_auth_mode(mode);
}

/// @server: the server
///
/// Whether clients shall show a certificate.
///
/// Returns: the mode
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_get_tls_auth_mode(server: *mut SoupServer) -> GTlsAuthenticationMode {
    require! { soup_server_get_tls_auth_mode => gio::TlsAuthenticationMode::None.into_glib();
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    unsafe { hold::<Server>(server) }.tls_auth_mode().into_glib()
}

/// @server: the server
///
/// Whether the server can take HTTPS connections: whether it has a certificate.
///
/// Returns: whether it can
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_is_https(server: *mut SoupServer) -> gboolean {
    require! { soup_server_is_https => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    unsafe { hold::<Server>(server) }.is_https().into_glib()
}

/// @server: the server
/// @path: (nullable): the path, or %NULL for "/"
/// @callback: (scope notified) (closure user_data) (destroy destroy): answers the requests
/// @user_data: data for @callback
/// @destroy: frees @user_data
///
/// Has @callback answer the requests for @path and all paths that begin with it, unless a longer one is registered. What
/// was registered for @path is replaced. The path "*" has to be registered by name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_add_handler(
    server: *mut SoupServer,
    path: *const c_char,
    callback: SoupServerCallback,
    user_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_server_add_handler;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "callback != NULL": callback.is_some(),
    }
    // SAFETY: checked above.
    let (this, path) = unsafe { (hold::<Server>(server), given(path)) };
    this.add_handler(path.unwrap_or(b"/"), Callback::new(callback, user_data, destroy));
}

/// @server: the server
/// @path: (nullable): the path, or %NULL for "/"
/// @callback: (scope notified) (closure user_data) (destroy destroy): sees the requests
/// @user_data: data for @callback
/// @destroy: frees @user_data
///
/// Has @callback see the requests for @path when their headers have come, before their bodies: to refuse them, or to take the
/// body chunk by chunk.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_add_early_handler(
    server: *mut SoupServer,
    path: *const c_char,
    callback: SoupServerCallback,
    user_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_server_add_early_handler;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "callback != NULL": callback.is_some(),
    }
    // SAFETY: checked above.
    let (this, path) = unsafe { (hold::<Server>(server), given(path)) };
    this.add_early_handler(path.unwrap_or(b"/"), Callback::new(callback, user_data, destroy));
}

/// @server: the server
/// @path: (nullable): the path, or %NULL for "/"
/// @origin: (nullable): the origin that clients must come from
/// @protocols: (nullable) (array zero-terminated=1): the protocols that the handler speaks
/// @callback: (scope notified) (closure user_data) (destroy destroy): takes the connections
/// @user_data: data for @callback
/// @destroy: frees @user_data
///
/// Has @callback take the WebSockets that clients open at @path. The handshake is looked at after all other handlers
/// for the path, unless one of them has set a status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_add_websocket_handler(
    server: *mut SoupServer,
    path: *const c_char,
    origin: *const c_char,
    protocols: *mut *mut c_char,
    callback: SoupServerWebsocketCallback,
    user_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_server_add_websocket_handler;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "callback != NULL": callback.is_some(),
    }
    // SAFETY: checked above; the C contract: strings, and an array of strings that NULL ends.
    let (this, path, origin) = unsafe { (hold::<Server>(server), given(path), given(origin)) };
    // SAFETY: as above.
    let protocols = unsafe { texts(protocols) };
    this.add_websocket_handler(
        path.unwrap_or(b"/"),
        origin.map(<[u8]>::to_vec),
        protocols,
        Callback::new(callback, user_data, destroy),
    );
}

/// @server: the server
/// @auth_domain: a domain
///
/// Has the requests that @auth_domain covers answered with 401 or 407, unless they come with good credentials. Several domains may
/// cover a request: the credentials of one are enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_add_auth_domain(
    server: *mut SoupServer,
    auth_domain: *mut SoupAuthDomain,
) {
    require! { soup_server_add_auth_domain;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "SOUP_IS_AUTH_DOMAIN (auth_domain)": is::<AuthDomain>(auth_domain),
    }
    // SAFETY: checked above.
    let (this, domain) = unsafe { (hold::<Server>(server), hold::<AuthDomain>(auth_domain)) };
    this.add_auth_domain(&domain);
}

/// @server: the server
/// @auth_domain: a domain
///
/// Removes a domain that was added with soup_server_add_auth_domain().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_remove_auth_domain(
    server: *mut SoupServer,
    auth_domain: *mut SoupAuthDomain,
) {
    require! { soup_server_remove_auth_domain;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "SOUP_IS_AUTH_DOMAIN (auth_domain)": is::<AuthDomain>(auth_domain),
    }
    // SAFETY: checked above.
    let (this, domain) = unsafe { (hold::<Server>(server), hold::<AuthDomain>(auth_domain)) };
    this.remove_auth_domain(&domain);
}

/// @server: the server
/// @extension_type: a subclass of #SoupWebsocketExtension
///
/// Lets clients negotiate an extension. permessage-deflate is there without.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_add_websocket_extension(server: *mut SoupServer, extension_type: GType) {
    require! { soup_server_add_websocket_extension;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above; the C contract: a GType.
    let (this, type_) = unsafe { (hold::<Server>(server), glib::Type::from_glib(extension_type)) };
    this.add_websocket_extension(type_);
}

/// @server: the server
/// @extension_type: a subclass of #SoupWebsocketExtension
///
/// Lets clients negotiate an extension no longer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_remove_websocket_extension(
    server: *mut SoupServer,
    extension_type: GType,
) {
    require! { soup_server_remove_websocket_extension;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above; the C contract: a GType.
    let (this, type_) = unsafe { (hold::<Server>(server), glib::Type::from_glib(extension_type)) };
    this.remove_websocket_extension(type_);
}

/// @server: the server
/// @path: (nullable): the path, or %NULL for "/"
///
/// Removes all handlers that were registered for @path.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_remove_handler(server: *mut SoupServer, path: *const c_char) {
    require! { soup_server_remove_handler;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    let (this, path) = unsafe { (hold::<Server>(server), given(path)) };
    this.remove_handler(path.unwrap_or(b"/"));
}

/// @server: the server
/// @msg: a message of @server
///
/// Pauses a message: see soup_server_message_pause(), which is the newer name.
///
/// Deprecated: 3.2: Use soup_server_message_pause() instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_pause_message(server: *mut SoupServer, msg: *mut SoupServerMessage) {
    require! { soup_server_pause_message;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.pause();
}

/// @server: the server
/// @msg: a message of @server
///
/// Goes on with a message: see soup_server_message_unpause(), which is the newer name.
///
/// Deprecated: 3.2: Use soup_server_message_unpause() instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_unpause_message(server: *mut SoupServer, msg: *mut SoupServerMessage) {
    require! { soup_server_unpause_message;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.unpause();
}

pub(in crate::capi) fn is_or_null<T: StaticType>(pointer: *mut impl Sized) -> bool {
    pointer.is_null() || is::<T>(pointer)
}
