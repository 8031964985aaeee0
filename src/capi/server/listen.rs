//! Where a `SoupServer` listens, and what it takes over from elsewhere.

use std::ptr;

use gio::ffi::{GIOStream, GSocket, GSocketAddress};
use glib::ffi::{GError, GSList, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{empty, hold, is};
use crate::capi::server::handlers::is_or_null;
use crate::capi::types::{gpointer, guint};
use crate::gobject::Server;
use crate::gobject::enums::{ServerListenOptions, SoupServerListenOptions};
use crate::gobject::server::SoupServer;

/// @server: the server
/// @address: the address to listen on
/// @options: how to listen
/// @error: where an error goes
///
/// Listens on @address. Several addresses can be listened on, one after another.
///
/// Returns: whether the server listens
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_listen(
    server: *mut SoupServer,
    address: *mut GSocketAddress,
    options: SoupServerListenOptions,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_server_listen => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "G_IS_SOCKET_ADDRESS (address)": is::<gio::SocketAddress>(address),
        "!(options & SOUP_SERVER_LISTEN_IPV4_ONLY) && !(options & SOUP_SERVER_LISTEN_IPV6_ONLY)":
            !flags(options).intersects(EITHER_FAMILY),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let (this, address) = unsafe { (hold::<Server>(server), hold::<gio::SocketAddress>(address)) };
    told(this.listen(&address, flags(options)), error)
}

/// @server: the server
/// @port: the port, or 0 for one that the system chooses
/// @options: how to listen
/// @error: where an error goes
///
/// Listens on all addresses of this machine: IPv4 and IPv6, on the same port.
///
/// Returns: whether the server listens
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_listen_all(
    server: *mut SoupServer,
    port: guint,
    options: SoupServerListenOptions,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_server_listen_all => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "port <= 65535": u16::try_from(port).is_ok(),
        "!(options & SOUP_SERVER_LISTEN_IPV4_ONLY) || !(options & SOUP_SERVER_LISTEN_IPV6_ONLY)":
            !flags(options).contains(EITHER_FAMILY),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    told(
        this.listen_all(u16::try_from(port).unwrap_or_default(), flags(options)),
        error,
    )
}

/// @server: the server
/// @port: the port, or 0 for one that the system chooses
/// @options: how to listen
/// @error: where an error goes
///
/// Listens on the loopback addresses: IPv4 and IPv6, on the same port.
///
/// Returns: whether the server listens
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_listen_local(
    server: *mut SoupServer,
    port: guint,
    options: SoupServerListenOptions,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_server_listen_local => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "port <= 65535": u16::try_from(port).is_ok(),
        "!(options & SOUP_SERVER_LISTEN_IPV4_ONLY) || !(options & SOUP_SERVER_LISTEN_IPV6_ONLY)":
            !flags(options).contains(EITHER_FAMILY),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    told(
        this.listen_local(u16::try_from(port).unwrap_or_default(), flags(options)),
        error,
    )
}

/// @server: the server
/// @socket: a socket that is bound to an address
/// @options: how to listen
/// @error: where an error goes
///
/// Listens with @socket.
///
/// Returns: whether the server listens
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_listen_socket(
    server: *mut SoupServer,
    socket: *mut GSocket,
    options: SoupServerListenOptions,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_server_listen_socket => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "G_IS_SOCKET (socket)": is::<gio::Socket>(socket),
        "!(options & SOUP_SERVER_LISTEN_IPV4_ONLY) && !(options & SOUP_SERVER_LISTEN_IPV6_ONLY)":
            !flags(options).intersects(EITHER_FAMILY),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let (this, socket) = unsafe { (hold::<Server>(server), hold::<gio::Socket>(socket)) };
    told(this.listen_socket(&socket, flags(options)), error)
}

/// @server: the server
///
/// The URIs under which the server can be reached. The host in them may be "0.0.0.0" or "::", which stands for all addresses
/// of this machine.
///
/// Returns: (transfer full) (element-type GUri): the URIs
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_get_uris(server: *mut SoupServer) -> *mut GSList {
    require! { soup_server_get_uris => ptr::null_mut();
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    let uris: Vec<gpointer> = this
        .uris()
        .into_iter()
        .map(|uri| IntoGlibPtr::<*mut glib::ffi::GUri>::into_glib_ptr(uri).cast())
        .collect();
    list_of(&uris)
}

/// @server: the server
///
/// The sockets that the server listens with.
///
/// Returns: (transfer container) (element-type Gio.Socket): the sockets
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_get_listeners(server: *mut SoupServer) -> *mut GSList {
    require! { soup_server_get_listeners => ptr::null_mut();
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Server>(server) };
    // The server keeps the sockets that it gives out.
    let sockets: Vec<gpointer> = this
        .listeners()
        .iter()
        .map(|socket| socket.as_ptr().cast())
        .collect();
    list_of(&sockets)
}

/// @server: the server
///
/// Stops listening, and closes the connections that carry HTTP. The server can listen again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_disconnect(server: *mut SoupServer) {
    require! { soup_server_disconnect;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
    }
    // SAFETY: checked above.
    unsafe { hold::<Server>(server) }.disconnect();
}

/// @server: the server
/// @stream: a stream
/// @local_addr: (nullable): the address of our end
/// @remote_addr: (nullable): the address of the client's end
/// @error: where an error goes
///
/// Serves a client on a connection that the caller has accepted.
///
/// Returns: whether the server can serve on such a stream
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_accept_iostream(
    server: *mut SoupServer,
    stream: *mut GIOStream,
    local_addr: *mut GSocketAddress,
    remote_addr: *mut GSocketAddress,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_server_accept_iostream => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "G_IS_IO_STREAM (stream)": is::<gio::IOStream>(stream),
        "local_addr == NULL || G_IS_SOCKET_ADDRESS (local_addr)": is_or_null::<gio::SocketAddress>(local_addr),
        "remote_addr == NULL || G_IS_SOCKET_ADDRESS (remote_addr)": is_or_null::<gio::SocketAddress>(remote_addr),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let (this, stream) = unsafe { (hold::<Server>(server), hold::<gio::IOStream>(stream)) };
    // SAFETY: checked above.
    let (local, remote) = unsafe { (from_glib_none(local_addr), from_glib_none(remote_addr)) };
    told(this.accept_iostream(&stream, local, remote), error)
}

const EITHER_FAMILY: ServerListenOptions =
    ServerListenOptions::IPV4_ONLY.union(ServerListenOptions::IPV6_ONLY);

/// The options; bits that mean nothing are left out.
fn flags(options: SoupServerListenOptions) -> ServerListenOptions {
    ServerListenOptions::from_bits_truncate(options)
}

/// The outcome as C gets it.
fn told(outcome: Result<(), glib::Error>, place: *mut *mut GError) -> gboolean {
    match outcome {
        Ok(()) => 1,
        Err(error) => {
            glib::g_debug!("libsoup", "soup_server: {error}");
            if !place.is_null() {
                // SAFETY: checked: the place is empty.
                unsafe { *place = error.into_glib_ptr() };
            }
            0
        }
    }
}

/// A list of pointers in their order.
fn list_of(pointers: &[gpointer]) -> *mut GSList {
    pointers.iter().rev().fold(ptr::null_mut(), |list, pointer| {
        // SAFETY: the list is ours.
        unsafe { glib::ffi::g_slist_prepend(list, *pointer) }
    })
}
