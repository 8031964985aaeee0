//! The status codes of HTTP: names for GLib, phrases for people (RFC 9110, section 15; RFC 4918; RFC 2774).

use std::ffi::{CStr, c_int, c_uint};
use std::ptr;
use std::sync::OnceLock;

use glib::gobject_ffi::GEnumValue;
use glib::translate::*;

/// `SoupStatus` as C passes it. Status codes are numbers everywhere: a peer may send others than those that have
/// names.
pub type SoupStatus = c_uint;

struct Status {
    code: c_int,
    name: &'static CStr,
    nick: &'static CStr,
}

/// The GType of `SoupStatus`. Three of its values have two names, which no Rust enum has; hence by hand.
pub fn status_type() -> glib::Type {
    static TYPE: OnceLock<glib::Type> = OnceLock::new();
    *TYPE.get_or_init(|| {
        let mut values: Vec<GEnumValue> = STATUSES
            .iter()
            .map(|status| GEnumValue {
                value: status.code,
                value_name: status.name.as_ptr(),
                value_nick: status.nick.as_ptr(),
            })
            .collect();
        values.push(GEnumValue {
            value: 0,
            value_name: ptr::null(),
            value_nick: ptr::null(),
        });
        let values = Vec::leak(values);
        // SAFETY: the values end with a null name, and live for ever, as GLib asks.
        unsafe {
            glib::Type::from_glib(glib::gobject_ffi::g_enum_register_static(
                c"SoupStatus".as_ptr(),
                values.as_ptr(),
            ))
        }
    })
}

/// What a status code means, in a few words; "Unknown Error" for one that has no name.
pub fn phrase(code: u32) -> &'static CStr {
    PHRASES
        .binary_search_by_key(&code, |&(code, _)| code)
        .ok()
        .and_then(|index| PHRASES.get(index))
        .map_or(c"Unknown Error", |&(_, phrase)| phrase)
}

const fn status(code: c_int, name: &'static CStr, nick: &'static CStr) -> Status {
    Status { code, name, nick }
}

#[rustfmt::skip]
const STATUSES: &[Status] = &[
    status(0, c"SOUP_STATUS_NONE", c"none"),
    status(100, c"SOUP_STATUS_CONTINUE", c"continue"),
    status(101, c"SOUP_STATUS_SWITCHING_PROTOCOLS", c"switching-protocols"),
    status(102, c"SOUP_STATUS_PROCESSING", c"processing"),
    status(200, c"SOUP_STATUS_OK", c"ok"),
    status(201, c"SOUP_STATUS_CREATED", c"created"),
    status(202, c"SOUP_STATUS_ACCEPTED", c"accepted"),
    status(203, c"SOUP_STATUS_NON_AUTHORITATIVE", c"non-authoritative"),
    status(204, c"SOUP_STATUS_NO_CONTENT", c"no-content"),
    status(205, c"SOUP_STATUS_RESET_CONTENT", c"reset-content"),
    status(206, c"SOUP_STATUS_PARTIAL_CONTENT", c"partial-content"),
    status(207, c"SOUP_STATUS_MULTI_STATUS", c"multi-status"),
    status(300, c"SOUP_STATUS_MULTIPLE_CHOICES", c"multiple-choices"),
    status(301, c"SOUP_STATUS_MOVED_PERMANENTLY", c"moved-permanently"),
    status(302, c"SOUP_STATUS_FOUND", c"found"),
    status(302, c"SOUP_STATUS_MOVED_TEMPORARILY", c"moved-temporarily"),
    status(303, c"SOUP_STATUS_SEE_OTHER", c"see-other"),
    status(304, c"SOUP_STATUS_NOT_MODIFIED", c"not-modified"),
    status(305, c"SOUP_STATUS_USE_PROXY", c"use-proxy"),
    status(306, c"SOUP_STATUS_NOT_APPEARING_IN_THIS_PROTOCOL", c"not-appearing-in-this-protocol"),
    status(307, c"SOUP_STATUS_TEMPORARY_REDIRECT", c"temporary-redirect"),
    status(308, c"SOUP_STATUS_PERMANENT_REDIRECT", c"permanent-redirect"),
    status(400, c"SOUP_STATUS_BAD_REQUEST", c"bad-request"),
    status(401, c"SOUP_STATUS_UNAUTHORIZED", c"unauthorized"),
    status(402, c"SOUP_STATUS_PAYMENT_REQUIRED", c"payment-required"),
    status(403, c"SOUP_STATUS_FORBIDDEN", c"forbidden"),
    status(404, c"SOUP_STATUS_NOT_FOUND", c"not-found"),
    status(405, c"SOUP_STATUS_METHOD_NOT_ALLOWED", c"method-not-allowed"),
    status(406, c"SOUP_STATUS_NOT_ACCEPTABLE", c"not-acceptable"),
    status(407, c"SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED", c"proxy-authentication-required"),
    status(407, c"SOUP_STATUS_PROXY_UNAUTHORIZED", c"proxy-unauthorized"),
    status(408, c"SOUP_STATUS_REQUEST_TIMEOUT", c"request-timeout"),
    status(409, c"SOUP_STATUS_CONFLICT", c"conflict"),
    status(410, c"SOUP_STATUS_GONE", c"gone"),
    status(411, c"SOUP_STATUS_LENGTH_REQUIRED", c"length-required"),
    status(412, c"SOUP_STATUS_PRECONDITION_FAILED", c"precondition-failed"),
    status(413, c"SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE", c"request-entity-too-large"),
    status(414, c"SOUP_STATUS_REQUEST_URI_TOO_LONG", c"request-uri-too-long"),
    status(415, c"SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE", c"unsupported-media-type"),
    status(416, c"SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE", c"requested-range-not-satisfiable"),
    status(416, c"SOUP_STATUS_INVALID_RANGE", c"invalid-range"),
    status(417, c"SOUP_STATUS_EXPECTATION_FAILED", c"expectation-failed"),
    status(421, c"SOUP_STATUS_MISDIRECTED_REQUEST", c"misdirected-request"),
    status(422, c"SOUP_STATUS_UNPROCESSABLE_ENTITY", c"unprocessable-entity"),
    status(423, c"SOUP_STATUS_LOCKED", c"locked"),
    status(424, c"SOUP_STATUS_FAILED_DEPENDENCY", c"failed-dependency"),
    status(500, c"SOUP_STATUS_INTERNAL_SERVER_ERROR", c"internal-server-error"),
    status(501, c"SOUP_STATUS_NOT_IMPLEMENTED", c"not-implemented"),
    status(502, c"SOUP_STATUS_BAD_GATEWAY", c"bad-gateway"),
    status(503, c"SOUP_STATUS_SERVICE_UNAVAILABLE", c"service-unavailable"),
    status(504, c"SOUP_STATUS_GATEWAY_TIMEOUT", c"gateway-timeout"),
    status(505, c"SOUP_STATUS_HTTP_VERSION_NOT_SUPPORTED", c"http-version-not-supported"),
    status(507, c"SOUP_STATUS_INSUFFICIENT_STORAGE", c"insufficient-storage"),
    status(510, c"SOUP_STATUS_NOT_EXTENDED", c"not-extended"),
];

#[rustfmt::skip]
const PHRASES: &[(u32, &CStr)] = &[
    (100, c"Continue"),
    (101, c"Switching Protocols"),
    (102, c"Processing"),
    (103, c"Early Hints"),
    (200, c"OK"),
    (201, c"Created"),
    (202, c"Accepted"),
    (203, c"Non-Authoritative Information"),
    (204, c"No Content"),
    (205, c"Reset Content"),
    (206, c"Partial Content"),
    (207, c"Multi-Status"),
    (300, c"Multiple Choices"),
    (301, c"Moved Permanently"),
    (302, c"Found"),
    (303, c"See Other"),
    (304, c"Not Modified"),
    (305, c"Use Proxy"),
    (307, c"Temporary Redirect"),
    (308, c"Permanent Redirect"),
    (400, c"Bad Request"),
    (401, c"Unauthorized"),
    (402, c"Payment Required"),
    (403, c"Forbidden"),
    (404, c"Not Found"),
    (405, c"Method Not Allowed"),
    (406, c"Not Acceptable"),
    (407, c"Proxy Authentication Required"),
    (408, c"Request Timeout"),
    (409, c"Conflict"),
    (410, c"Gone"),
    (411, c"Length Required"),
    (412, c"Precondition Failed"),
    (413, c"Request Entity Too Large"),
    (414, c"Request-URI Too Long"),
    (415, c"Unsupported Media Type"),
    (416, c"Requested Range Not Satisfiable"),
    (417, c"Expectation Failed"),
    (422, c"Unprocessable Entity"),
    (423, c"Locked"),
    (424, c"Failed Dependency"),
    (500, c"Internal Server Error"),
    (501, c"Not Implemented"),
    (502, c"Bad Gateway"),
    (503, c"Service Unavailable"),
    (504, c"Gateway Timeout"),
    (505, c"HTTP Version Not Supported"),
    (507, c"Insufficient Storage"),
    (510, c"Not Extended"),
];
