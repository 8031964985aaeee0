//! `soup_cache_*`: what keeps responses.

use std::ffi::{CStr, c_char, c_uint};
use std::ptr;

use glib::ffi::GType;
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is};
use crate::gobject::features::cache::{Cache, CacheType, Cacheability, SoupCache, SoupCacheType};

/// The GType of `SoupCache`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cache_get_type() -> GType {
    Cache::static_type().into_glib()
}

/// The GType of `SoupCacheType`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cache_type_get_type() -> GType {
    CacheType::static_type().into_glib()
}

/// The GType of `SoupCacheability`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cacheability_get_type() -> GType {
    Cacheability::static_type().into_glib()
}

/// @cache_dir: (nullable): where the responses are kept; it need not exist yet. %NULL means `httpcache` in the user's folder for caches
/// @cache_type: who uses the cache
///
/// Makes a cache. It is a session feature: a session that has it keeps responses, and answers requests with them. What is in @cache_dir
/// already is used after soup_cache_load().
///
/// Returns: (transfer full): the cache
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_new(
    cache_dir: *const c_char,
    cache_type: SoupCacheType,
) -> *mut SoupCache {
    let kind = CacheType::try_from(cache_type);
    require! { soup_cache_new => ptr::null_mut(); "cache_type is a SoupCacheType": kind.is_ok() }
    // SAFETY: the C contract: NULL or a string.
    let place = (!cache_dir.is_null()).then(|| unsafe { CStr::from_ptr(cache_dir) });
    Cache::new(place, kind.unwrap_or_default()).into_glib_ptr()
}

/// @cache: the cache
///
/// Waits until all responses that have come are in files. Files are written in a thread of the cache's own, so that the main loop does not
/// wait for a disk; this function does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_flush(cache: *mut SoupCache) {
    require! { soup_cache_flush; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.flush();
}

/// @cache: the cache
///
/// Forgets all responses, and has their files removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_clear(cache: *mut SoupCache) {
    require! { soup_cache_clear; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.clear();
}

/// @cache: the cache
///
/// Makes sure that another cache in the same folder finds the responses with soup_cache_load(). Every file says itself what it holds, so this
/// does what soup_cache_flush() does; a program that ends without it loses the responses of its last moments, and no other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_dump(cache: *mut SoupCache) {
    require! { soup_cache_dump; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.flush();
}

/// @cache: the cache
///
/// Takes in the responses that are in the cache's folder. It returns at once; messages that are sent meanwhile wait until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_load(cache: *mut SoupCache) {
    require! { soup_cache_load; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.load();
}

/// @cache: the cache
/// @max_size: how many bytes
///
/// Sets how much the files may take. Responses that were not used for longest are removed until the others fit; a response that would take
/// more than a tenth is not stored. The default is 50 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_set_max_size(cache: *mut SoupCache, max_size: c_uint) {
    require! { soup_cache_set_max_size; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.set_max_size(max_size);
}

/// @cache: the cache
///
/// Gets how much the files may take.
///
/// Returns: how many bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cache_get_max_size(cache: *mut SoupCache) -> c_uint {
    require! { soup_cache_get_max_size => 0; "SOUP_IS_CACHE (cache)": is::<Cache>(cache) }
    // SAFETY: checked above.
    unsafe { hold::<Cache>(cache) }.max_size()
}
