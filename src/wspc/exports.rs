//! The functions of `websocket.h`: check, borrow, delegate, hand over. The contract with C is the header's.
#![expect(
    missing_docs,
    clippy::missing_safety_doc,
    reason = "documented in include/websocket.h, where C reads it"
)]

use std::ptr;
use std::slice;

use super::failure::Failure;
use super::fields::{Field, FieldArray};
use super::global;
use super::handle::Handle;
use super::memory::{boxed, collected, extent};
use super::options::Options;
use super::resting::while_resting;
use super::session::{Queue, Step};
use super::types::*;
use crate::proto::ws::Role;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketCreateClientHandle(
    properties: *const WEB_SOCKET_PROPERTY,
    property_count: ULONG,
    handle: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: the same contract.
    answer(unsafe { create(Role::Client, properties, property_count, handle) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketCreateServerHandle(
    properties: *const WEB_SOCKET_PROPERTY,
    property_count: ULONG,
    handle: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: the same contract.
    answer(unsafe { create(Role::Server, properties, property_count, handle) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketBeginClientHandshake(
    handle: WEB_SOCKET_HANDLE,
    subprotocols: *const PCSTR,
    subprotocol_count: ULONG,
    extensions: *const PCSTR,
    extension_count: ULONG,
    initial_headers: *const WEB_SOCKET_HTTP_HEADER,
    initial_header_count: ULONG,
    additional_headers: *mut *mut WEB_SOCKET_HTTP_HEADER,
    additional_header_count: *mut ULONG,
) -> HRESULT {
    let begin = || {
        // SAFETY: the handle, the arrays and their strings are as the header asks.
        let (handle, subprotocols, extensions, initial) = unsafe {
            (
                borrow(handle)?,
                strings(subprotocols, subprotocol_count)?,
                strings(extensions, extension_count)?,
                fields(initial_headers, initial_header_count)?,
            )
        };
        let out = both(additional_headers, additional_header_count)?;
        // SAFETY: checked: neither is NULL.
        handle
            .begin_client(&subprotocols, &extensions, &initial)
            .map(|array| unsafe { hand_over(array, out) })
    };
    answer(begin())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketEndClientHandshake(
    handle: WEB_SOCKET_HANDLE,
    response_headers: *const WEB_SOCKET_HTTP_HEADER,
    response_header_count: ULONG,
    selected_extensions: *mut ULONG,
    selected_extension_count: *mut ULONG,
    selected_subprotocol: *mut ULONG,
) -> HRESULT {
    let end = || {
        // SAFETY: the handle and the array are as the header asks.
        let (handle, response) =
            unsafe { (borrow(handle)?, fields(response_headers, response_header_count)?) };
        // SAFETY: NULL, or the room that the caller has in the array.
        let room = unsafe { selected_extension_count.as_ref() }.map(|room| *room as usize);
        if !selected_extensions.is_null() && room.is_none_or(|room| room < handle.offered_extensions()) {
            return Err(Failure::InvalidArgument);
        }
        let selection = handle.end_client(&response)?;
        if !selected_extensions.is_null() {
            // SAFETY: there is room for as many as were offered: checked above.
            unsafe {
                ptr::copy_nonoverlapping(
                    selection.extensions.as_ptr(),
                    selected_extensions,
                    selection.extensions.len(),
                );
            }
        }
        // SAFETY: NULL, or the caller's variable.
        if let Some(count) = unsafe { selected_extension_count.as_mut() } {
            *count = selection.extensions.len() as ULONG;
        }
        // SAFETY: NULL, or the caller's variable.
        if let Some(subprotocol) = unsafe { selected_subprotocol.as_mut() } {
            *subprotocol = selection.subprotocol.unwrap_or(ULONG::MAX);
        }
        Ok(())
    };
    answer(end())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketBeginServerHandshake(
    handle: WEB_SOCKET_HANDLE,
    subprotocol_selected: PCSTR,
    extensions_selected: *const PCSTR,
    extension_selected_count: ULONG,
    request_headers: *const WEB_SOCKET_HTTP_HEADER,
    request_header_count: ULONG,
    response_headers: *mut *mut WEB_SOCKET_HTTP_HEADER,
    response_header_count: *mut ULONG,
) -> HRESULT {
    let begin = || {
        // SAFETY: the handle, the strings and the arrays are as the header asks.
        let (handle, subprotocol, extensions, request) = unsafe {
            (
                borrow(handle)?,
                strings(
                    &raw const subprotocol_selected,
                    u32::from(!subprotocol_selected.is_null()),
                )?,
                strings(extensions_selected, extension_selected_count)?,
                fields(request_headers, request_header_count)?,
            )
        };
        let out = both(response_headers, response_header_count)?;
        let array = handle.begin_server(subprotocol.first().copied(), &extensions, &request)?;
        // SAFETY: checked: neither is NULL.
        unsafe { hand_over(array, out) };
        Ok(())
    };
    answer(begin())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketEndServerHandshake(handle: WEB_SOCKET_HANDLE) -> HRESULT {
    // SAFETY: a live handle.
    answer(unsafe { borrow(handle) }.and_then(Handle::end_server))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketSend(
    handle: WEB_SOCKET_HANDLE,
    buffer_type: WEB_SOCKET_BUFFER_TYPE,
    buffer: *const WEB_SOCKET_BUFFER,
    context: PVOID,
) -> HRESULT {
    // SAFETY: a live handle, and NULL or a buffer of this type.
    let (handle, buffer) = unsafe { (borrow(handle), buffer.as_ref()) };
    answer(
        handle
            .and_then(Handle::session)
            .and_then(|session| session.send(buffer_type, buffer, context)),
    )
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketReceive(
    handle: WEB_SOCKET_HANDLE,
    buffer: *const WEB_SOCKET_BUFFER,
    context: PVOID,
) -> HRESULT {
    // SAFETY: a live handle, and NULL or a buffer.
    let (handle, buffer) = unsafe { (borrow(handle), buffer.as_ref()) };
    answer(
        handle
            .and_then(Handle::session)
            .and_then(|session| session.receive(buffer, context)),
    )
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketGetAction(
    handle: WEB_SOCKET_HANDLE,
    queue: WEB_SOCKET_ACTION_QUEUE,
    buffers: *mut WEB_SOCKET_BUFFER,
    buffer_count: *mut ULONG,
    action: *mut WEB_SOCKET_ACTION,
    buffer_type: *mut WEB_SOCKET_BUFFER_TYPE,
    application_context: *mut PVOID,
    action_context: *mut PVOID,
) -> HRESULT {
    let get = || {
        let queue = Queue::new(queue).ok_or(Failure::InvalidArgument)?;
        if buffers.is_null() || action.is_null() || buffer_type.is_null() || action_context.is_null() {
            return Err(Failure::InvalidArgument);
        }
        // SAFETY: a live handle; the count is the caller's variable.
        let (handle, count) = unsafe { (borrow(handle)?, buffer_count.as_mut()) };
        let count = count
            .filter(|count| **count > 0)
            .ok_or(Failure::InvalidArgument)?;
        let step = handle
            .session()?
            .action(queue, *count as usize)?
            .unwrap_or(Step::NOTHING);
        *count = step.buffers().len() as ULONG;
        // SAFETY: checked: not NULL, and room for `count`, of which the step keeps to.
        unsafe {
            ptr::copy_nonoverlapping(step.buffers().as_ptr(), buffers, step.buffers().len());
            *action = step.action;
            *buffer_type = step.buffer_type;
            *action_context = step.token;
            if !application_context.is_null() {
                *application_context = step.context;
            }
        }
        Ok(())
    };
    answer(get())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketCompleteAction(
    handle: WEB_SOCKET_HANDLE,
    action_context: PVOID,
    bytes_transferred: ULONG,
) {
    // SAFETY: a live handle.
    if let Some(session) = unsafe { borrow(handle) }.ok().and_then(Handle::open_session) {
        session.complete(action_context, bytes_transferred as usize);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketRest(handle: WEB_SOCKET_HANDLE) {
    // SAFETY: a live handle.
    if let Some(session) = unsafe { borrow(handle) }.ok().and_then(Handle::open_session) {
        while_resting(|| session.rest());
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketGetReceiveState(
    handle: WEB_SOCKET_HANDLE,
    state: *mut WEB_SOCKET_RECEIVE_STATE,
) -> HRESULT {
    let get = || {
        // SAFETY: a live handle, and NULL or the caller's variable.
        let (handle, out) = unsafe { (borrow(handle)?, state.as_mut()) };
        let out = out.ok_or(Failure::InvalidArgument)?;
        *out = handle.session()?.receive_state();
        Ok(())
    };
    answer(get())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketAbortHandle(handle: WEB_SOCKET_HANDLE) {
    // SAFETY: a live handle.
    if let Some(session) = unsafe { borrow(handle) }.ok().and_then(Handle::open_session) {
        session.abort();
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketDeleteHandle(handle: WEB_SOCKET_HANDLE) {
    if !handle.is_null() {
        // SAFETY: it came from `create`, and C gives it back once.
        drop(unsafe { Box::from_raw(handle.cast::<Handle>()) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn WebSocketGetGlobalProperty(
    property: WEB_SOCKET_PROPERTY_TYPE,
    value: PVOID,
    size: *mut ULONG,
) -> HRESULT {
    let get = || {
        let found = global::property(property).ok_or(Failure::InvalidArgument)?;
        // SAFETY: NULL or the caller's variable.
        let size = unsafe { size.as_mut() }.ok_or(Failure::InvalidArgument)?;
        let needed = size_of::<ULONG>() as ULONG;
        let room = std::mem::replace(size, needed);
        if value.is_null() || room < needed {
            return Err(Failure::InvalidArgument);
        }
        // SAFETY: not NULL, and room for a ULONG: checked above.
        unsafe { value.cast::<ULONG>().write_unaligned(found) };
        Ok(())
    };
    answer(get())
}

unsafe fn create(
    role: Role,
    properties: *const WEB_SOCKET_PROPERTY,
    count: ULONG,
    out: *mut WEB_SOCKET_HANDLE,
) -> Result<(), Failure> {
    if out.is_null() {
        return Err(Failure::InvalidArgument);
    }
    // SAFETY: the caller's array of `count` properties.
    let options = Options::new(role, unsafe { array(properties, count)? })?;
    let handle = boxed(Handle::new(options))?;
    // SAFETY: checked: not NULL.
    unsafe { *out = Box::into_raw(handle).cast() };
    Ok(())
}

fn answer(result: Result<(), Failure>) -> HRESULT {
    result.map_or_else(Failure::hresult, |()| 0)
}

unsafe fn borrow<'a>(handle: WEB_SOCKET_HANDLE) -> Result<&'a mut Handle, Failure> {
    // SAFETY: NULL, or a handle from `create` that is alive; the caller serialises its calls.
    unsafe { handle.cast::<Handle>().as_mut() }.ok_or(Failure::InvalidArgument)
}

unsafe fn array<'a, T>(address: *const T, count: ULONG) -> Result<&'a [T], Failure> {
    match count {
        0 => Ok(&[]),
        _ if address.is_null() => Err(Failure::InvalidArgument),
        _ => {
            let count = extent(address, count)? / size_of::<T>();
            // SAFETY: not NULL, no longer than an object can be, and `count` long by the contract.
            Ok(unsafe { slice::from_raw_parts(address, count) })
        }
    }
}

unsafe fn strings<'a>(address: *const PCSTR, count: ULONG) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: the caller's array of `count` strings.
    let strings = unsafe { array(address, count)? };
    let borrow = |string: &PCSTR| {
        if string.is_null() {
            return Err(Failure::InvalidArgument);
        }
        // SAFETY: not NULL, and NUL-terminated by the contract.
        unsafe { std::ffi::CStr::from_ptr(*string) }
            .to_str()
            .map_err(|_| Failure::InvalidArgument)
    };
    collected(strings.iter().map(borrow))
}

unsafe fn fields<'a>(
    address: *const WEB_SOCKET_HTTP_HEADER,
    count: ULONG,
) -> Result<Vec<Field<'a>>, Failure> {
    // SAFETY: the caller's array of `count` headers.
    let headers = unsafe { array(address, count)? };
    let borrow = |header: &WEB_SOCKET_HTTP_HEADER| {
        // SAFETY: both strings are as long as the header says.
        let (name, value) = unsafe {
            (
                array(header.pcName.cast_const().cast::<u8>(), header.ulNameLength)?,
                array(header.pcValue.cast_const().cast::<u8>(), header.ulValueLength)?,
            )
        };
        Ok(Field { name, value })
    };
    collected(headers.iter().map(borrow))
}

type HeadersOut = (*mut *mut WEB_SOCKET_HTTP_HEADER, *mut ULONG);

fn both(headers: *mut *mut WEB_SOCKET_HTTP_HEADER, count: *mut ULONG) -> Result<HeadersOut, Failure> {
    if headers.is_null() || count.is_null() {
        return Err(Failure::InvalidArgument);
    }
    Ok((headers, count))
}

unsafe fn hand_over(array: &FieldArray, (headers, count): HeadersOut) {
    // SAFETY: both were checked by `both`.
    unsafe {
        *headers = array.as_ptr();
        *count = array.len();
    }
}
