//! `soup_auth_manager_*`: the feature that answers servers and proxies that ask for credentials.

use glib::ffi::{GType, GUri};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is};
use crate::gobject::features::auth::{Auth, AuthManager, SoupAuth, SoupAuthManager};

/// The GType of `SoupAuthManager`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_manager_get_type() -> GType {
    AuthManager::static_type().into_glib()
}

/// @manager: the manager
/// @uri: a URI
/// @auth: the auth to use
///
/// Has messages for @uri, and for what belongs to the same protection space, use @auth without being asked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_manager_use_auth(
    manager: *mut SoupAuthManager,
    uri: *mut GUri,
    auth: *mut SoupAuth,
) {
    require! { soup_auth_manager_use_auth;
        "SOUP_IS_AUTH_MANAGER (manager)": is::<AuthManager>(manager),
        "uri != NULL": !uri.is_null(),
        "SOUP_IS_AUTH (auth)": is::<Auth>(auth),
    }
    // SAFETY: checked above.
    let (this, uri, auth): (AuthManager, glib::Uri, Auth) =
        unsafe { (hold(manager), from_glib_none(uri), hold(auth)) };
    this.use_auth(&uri, &auth);
}

/// @manager: the manager
///
/// Forgets all credentials. Servers and proxies have to ask again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_manager_clear_cached_credentials(manager: *mut SoupAuthManager) {
    require! { soup_auth_manager_clear_cached_credentials;
        "SOUP_IS_AUTH_MANAGER (manager)": is::<AuthManager>(manager),
    }
    // SAFETY: checked above.
    unsafe { hold::<AuthManager>(manager) }.clear_cached_credentials();
}
