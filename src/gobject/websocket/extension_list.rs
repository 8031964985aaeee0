//! The `GList` of a connection's extensions, which C sees as it is.

use std::ptr;

use glib::ffi;
use glib::translate::*;

use super::{SoupWebsocketExtension, WebsocketExtension};

/// A `GList` that owns its links and a reference to each extension. NULL is the empty list.
pub struct ExtensionList(*mut ffi::GList);

impl ExtensionList {
    /// Takes over a list of C's.
    ///
    /// # Safety
    ///
    /// `list` is NULL or a list of extensions, and the caller gives up both links and references.
    pub unsafe fn from_raw(list: *mut ffi::GList) -> ExtensionList {
        ExtensionList(list)
    }

    /// Gives the list to C, which owns it then.
    pub fn into_raw(self) -> *mut ffi::GList {
        let list = self.0;
        std::mem::forget(self);
        list
    }

    /// The list, still ours.
    pub fn as_ptr(&self) -> *mut ffi::GList {
        self.0
    }

    /// The extensions, in order.
    pub fn to_vec(&self) -> Vec<WebsocketExtension> {
        let mut extensions = Vec::new();
        let mut link = self.0;
        // SAFETY: a valid GList whose elements are extensions (the contract of from_raw), each of which is referenced.
        while let Some(element) = unsafe { link.as_ref() } {
            let extension = element.data.cast::<SoupWebsocketExtension>();
            // SAFETY: as above.
            extensions.push(unsafe { from_glib_none(extension) });
            link = element.next;
        }
        extensions
    }
}

impl Default for ExtensionList {
    fn default() -> ExtensionList {
        ExtensionList(ptr::null_mut())
    }
}

impl FromIterator<WebsocketExtension> for ExtensionList {
    fn from_iter<T: IntoIterator<Item = WebsocketExtension>>(extensions: T) -> ExtensionList {
        let mut list = ptr::null_mut();
        for extension in extensions {
            let extension: *mut SoupWebsocketExtension = extension.into_glib_ptr();
            // SAFETY: a valid list; the reference moves into it.
            list = unsafe { ffi::g_list_prepend(list, extension.cast()) };
        }
        // SAFETY: a valid list.
        ExtensionList(unsafe { ffi::g_list_reverse(list) })
    }
}

impl Drop for ExtensionList {
    fn drop(&mut self) {
        // SAFETY: the list and its references are ours.
        unsafe { ffi::g_list_free_full(self.0, Some(unref)) };
    }
}

/// Lets go of one extension.
unsafe extern "C" fn unref(extension: ffi::gpointer) {
    // SAFETY: an element of the list.
    unsafe { glib::gobject_ffi::g_object_unref(extension.cast()) };
}
