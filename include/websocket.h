/*
 * websocket.h: the WebSocket Protocol Component, anywhere.
 *
 * The component speaks RFC 6455 and does no I/O: it tells its caller what to do next (send these bytes, receive into
 * that buffer, here is a message), and the caller does it. Names, values and layouts are those of Windows' header, with
 * its 32-bit ULONG and HRESULT on every platform.
 *
 *     WebSocketCreateClientHandle()
 *     WebSocketBeginClientHandshake() ... WebSocketEndClientHandshake()
 *     WebSocketSend() and WebSocketReceive() queue operations
 *     WebSocketGetAction() ... WebSocketCompleteAction(), until WEB_SOCKET_NO_ACTION
 *     WebSocketDeleteHandle()
 *
 * A handle may be used from several threads when the caller serialises its calls; the lock may be let go while the
 * caller does the I/O that an action asks for.
 */
#ifndef BISQUE_WEBSOCKET_H
#define BISQUE_WEBSOCKET_H

#ifdef _WIN32

#include <windows.h>

#else /* the few types of Windows' headers that the component's functions name */

#include <stdint.h>

/* A compatibility layer that has these types already says so with this macro. */
#ifndef WEB_SOCKET_HAVE_WINDOWS_TYPES
#define WEB_SOCKET_HAVE_WINDOWS_TYPES
typedef uint8_t BYTE;
typedef uint8_t *PBYTE;
typedef char *PCHAR;
typedef const char *PCSTR;
typedef uint16_t USHORT;
typedef uint32_t ULONG;
typedef int32_t BOOL;
typedef int32_t HRESULT;
typedef uint64_t ULONGLONG;
typedef void *PVOID;
#ifndef VOID
#define VOID void
#endif
#endif

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif
#ifndef WINAPI
#define WINAPI
#endif
#ifndef SUCCEEDED
#define SUCCEEDED(hr) (((HRESULT) (hr)) >= 0)
#define FAILED(hr) (((HRESULT) (hr)) < 0)
#endif
#ifndef S_OK
#define S_OK ((HRESULT) 0)
#endif
#ifndef E_FAIL
#define E_FAIL ((HRESULT) 0x80004005)
#endif
#ifndef E_OUTOFMEMORY
#define E_OUTOFMEMORY ((HRESULT) 0x8007000E)
#endif
#ifndef E_INVALIDARG
#define E_INVALIDARG ((HRESULT) 0x80070057)
#endif

#endif /* _WIN32 */

/* The annotations of Windows' source checker vanish unless something has defined them. */
#ifndef _In_
#define _In_
#endif
#ifndef _In_opt_
#define _In_opt_
#endif
#ifndef _In_reads_
#define _In_reads_(count)
#endif
#ifndef _In_reads_opt_
#define _In_reads_opt_(count)
#endif
#ifndef _Out_
#define _Out_
#endif
#ifndef _Out_opt_
#define _Out_opt_
#endif
#ifndef _Out_writes_bytes_to_opt_
#define _Out_writes_bytes_to_opt_(size, count)
#endif
#ifndef _Out_writes_to_opt_
#define _Out_writes_to_opt_(size, count)
#endif
#ifndef _Outptr_result_buffer_
#define _Outptr_result_buffer_(count)
#endif
#ifndef _Inout_
#define _Inout_
#endif
#ifndef _Inout_opt_
#define _Inout_opt_
#endif

/* What the component itself reports (FACILITY_WEB_SOCKET). */
#ifndef E_INVALID_PROTOCOL_OPERATION
/* A call, or a frame from the peer, that the state of the connection does not allow. */
#define E_INVALID_PROTOCOL_OPERATION ((HRESULT) 0x83760001)
/* Bytes or headers from the peer that RFC 6455 does not allow. */
#define E_INVALID_PROTOCOL_FORMAT ((HRESULT) 0x83760002)
/* The peer selected an extension that was not offered to it, or the caller one that the peer did not offer. */
#define E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED ((HRESULT) 0x83760003)
/* The same for a subprotocol. */
#define E_SUBPROTOCOL_NOT_SUPPORTED ((HRESULT) 0x83760004)
/* Another version of the protocol than 13; the component itself reports E_INVALID_PROTOCOL_FORMAT then. */
#define E_PROTOCOL_VERSION_NOT_SUPPORTED ((HRESULT) 0x83760005)
#endif
#ifndef E_UNSUPPORTED_EXTENSION
/* Names that the documentation uses for two of them. */
#define E_UNSUPPORTED_EXTENSION E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED
#define E_UNSUPPORTED_SUBPROTOCOL E_SUBPROTOCOL_NOT_SUPPORTED
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The longest reason of a close frame, in bytes (RFC 6455, section 5.5). */
#define WEB_SOCKET_MAX_CLOSE_REASON_LENGTH 123

typedef PVOID WEB_SOCKET_HANDLE;

/* Status of a close frame (RFC 6455, section 7.4). Other registered values, and 3000 to 4999, may be used as well. */
typedef enum _WEB_SOCKET_CLOSE_STATUS
{
  WEB_SOCKET_SUCCESS_CLOSE_STATUS = 1000,
  WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS = 1001,
  WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS = 1002,
  WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS = 1003,
  WEB_SOCKET_EMPTY_CLOSE_STATUS = 1005,   /* a close frame without a body; never on the wire */
  WEB_SOCKET_ABORTED_CLOSE_STATUS = 1006, /* never on the wire */
  WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS = 1007,
  WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS = 1008,
  WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS = 1009,
  WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS = 1010,
  WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS = 1011,
  WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS = 1015 /* never on the wire */
} WEB_SOCKET_CLOSE_STATUS;

/* A property, its type and its default:
 *   RECEIVE_BUFFER_SIZE        ULONG, at least 256; 4096
 *   SEND_BUFFER_SIZE           ULONG, at least 256 for a client and 16 for a server; 4096 and 16 (4096 for a server that
 *                              compresses and was given neither this nor a buffer)
 *   DISABLE_MASKING            BOOL; a client masks with the key 0, a server takes frames that are not masked
 *   ALLOCATED_BUFFER           PVOID, the address of a buffer of ulValueSize bytes, aligned to 8, of at least both sizes
 *                              and 144 more: no pointer is then given out that is neither in it nor the caller's own
 *   DISABLE_UTF8_VERIFICATION  BOOL
 *   KEEPALIVE_INTERVAL         ULONG, milliseconds; for WebSocketGetGlobalProperty() only
 *   SUPPORTED_VERSIONS         ULONG array; for WebSocketGetGlobalProperty() only
 *   CONTROL_PAYLOADS           BOOL, not in Windows: a ping is shown instead of answered, as WEB_SOCKET_PING_BUFFER_TYPE,
 *                              and pings and pongs are sent with a payload of at most 125 bytes */
typedef enum _WEB_SOCKET_PROPERTY_TYPE
{
  WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE = 0,
  WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE = 1,
  WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE = 2,
  WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE = 3,
  WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE = 4,
  WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE = 5,
  WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE = 6,
  WEB_SOCKET_CONTROL_PAYLOADS_PROPERTY_TYPE = 0x100
} WEB_SOCKET_PROPERTY_TYPE;

/* Which operations WebSocketGetAction() looks at. Replies to pings belong to the receive queue. */
typedef enum _WEB_SOCKET_ACTION_QUEUE
{
  WEB_SOCKET_SEND_ACTION_QUEUE = 0x1,
  WEB_SOCKET_RECEIVE_ACTION_QUEUE = 0x2,
  WEB_SOCKET_ALL_ACTION_QUEUE = WEB_SOCKET_SEND_ACTION_QUEUE | WEB_SOCKET_RECEIVE_ACTION_QUEUE
} WEB_SOCKET_ACTION_QUEUE;

/* What a buffer holds; 0 is none. A FRAGMENT is followed by more of the same message, and is not a frame. The values are
 * over INT_MAX, which ISO C does not allow in an enum, and frames of an extension have values of their own: with bits 31
 * and 0 clear, bits 2 to 9 are the first byte of the frame (FIN, RSV1 to RSV3, opcode). */
typedef ULONG WEB_SOCKET_BUFFER_TYPE;
#define WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000000)
#define WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000001)
#define WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000002)
#define WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000003)
#define WEB_SOCKET_CLOSE_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000004)
#define WEB_SOCKET_PING_PONG_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000005)
#define WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000006)
/* Not in Windows: a ping that the application is to answer, with UNSOLICITED_PONG (see CONTROL_PAYLOADS). */
#define WEB_SOCKET_PING_BUFFER_TYPE ((WEB_SOCKET_BUFFER_TYPE) 0x80000100)
/* Not in Windows: with the type of a message's first piece, that the message is sent as it is although
 * permessage-deflate was negotiated. */
#define WEB_SOCKET_UNCOMPRESSED_FLAG ((WEB_SOCKET_BUFFER_TYPE) 0x40000000)

/* Which rule of RFC 6455 and RFC 7692 the peer broke (not in Windows). */
typedef enum _WEB_SOCKET_VIOLATION
{
  WEB_SOCKET_NO_VIOLATION = 0,
  WEB_SOCKET_RESERVED_BITS_VIOLATION = 1,
  WEB_SOCKET_OPCODE_VIOLATION = 2,
  WEB_SOCKET_UNMASKED_VIOLATION = 3, /* by a client */
  WEB_SOCKET_MASKED_VIOLATION = 4,   /* by a server */
  WEB_SOCKET_LENGTH_VIOLATION = 5,   /* not the shortest encoding, or its highest bit is set */
  WEB_SOCKET_CONTROL_LENGTH_VIOLATION = 6,
  WEB_SOCKET_CONTROL_FRAGMENT_VIOLATION = 7,
  WEB_SOCKET_CONTINUATION_VIOLATION = 8, /* of no message */
  WEB_SOCKET_DATA_VIOLATION = 9,         /* a message inside another */
  WEB_SOCKET_UTF8_VIOLATION = 10,
  WEB_SOCKET_DEFLATE_VIOLATION = 11,
  WEB_SOCKET_CLOSE_LENGTH_VIOLATION = 12,
  WEB_SOCKET_CLOSE_STATUS_VIOLATION = 13,
  WEB_SOCKET_CLOSE_REASON_VIOLATION = 14, /* not UTF-8 */
  WEB_SOCKET_AFTER_CLOSE_VIOLATION = 15
} WEB_SOCKET_VIOLATION;

/* Where a handle is in what it receives (not in Windows). */
typedef struct _WEB_SOCKET_RECEIVE_STATE
{
  ULONGLONG ullFrameRemaining; /* bytes of the data frame's payload that were not indicated; 0 between frames */
  BOOL bCompressed;            /* whether they are compressed */
  WEB_SOCKET_VIOLATION eViolation;
} WEB_SOCKET_RECEIVE_STATE;

/* What is to be done next. */
typedef enum _WEB_SOCKET_ACTION
{
  WEB_SOCKET_NO_ACTION = 0,
  WEB_SOCKET_SEND_TO_NETWORK_ACTION = 1,
  WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION = 2,
  WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION = 3,
  WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION = 4
} WEB_SOCKET_ACTION;

typedef struct _WEB_SOCKET_PROPERTY
{
  WEB_SOCKET_PROPERTY_TYPE Type;
  PVOID pvValue;
  ULONG ulValueSize;
} WEB_SOCKET_PROPERTY, *PWEB_SOCKET_PROPERTY;

/* Neither string needs a terminating NUL; the name has no colon. */
typedef struct _WEB_SOCKET_HTTP_HEADER
{
  PCHAR pcName;
  ULONG ulNameLength;
  PCHAR pcValue;
  ULONG ulValueLength;
} WEB_SOCKET_HTTP_HEADER, *PWEB_SOCKET_HTTP_HEADER;

typedef union _WEB_SOCKET_BUFFER
{
  struct
  {
    PBYTE pbBuffer;
    ULONG ulBufferLength;
  } Data;
  struct
  {
    PBYTE pbReason;
    ULONG ulReasonLength;
    USHORT usStatus;
  } CloseStatus;
} WEB_SOCKET_BUFFER, *PWEB_SOCKET_BUFFER;

/* Makes a handle for one connection. (NULL, 0) gives every property its default.
 * E_INVALIDARG for a property that is unknown, of the wrong size or out of range; E_OUTOFMEMORY. */
HRESULT WINAPI WebSocketCreateClientHandle (_In_reads_opt_ (ulPropertyCount) const WEB_SOCKET_PROPERTY *pProperties,
                                            _In_ ULONG ulPropertyCount,
                                            _Out_ WEB_SOCKET_HANDLE *phWebSocket);
HRESULT WINAPI WebSocketCreateServerHandle (_In_reads_opt_ (ulPropertyCount) const WEB_SOCKET_PROPERTY *pProperties,
                                            _In_ ULONG ulPropertyCount,
                                            _Out_ WEB_SOCKET_HANDLE *phWebSocket);

/* Begins a client's handshake: gives the headers that the caller's request must have besides its own. A header of
 * pInitialHeaders with the name of one of them is replaced by it. "permessage-deflate" among the extensions, with or
 * without parameters, is negotiated and applied by the component, for which a send buffer of at least 64 bytes is needed;
 * frames of any other are the caller's business.
 * The array is the handle's and lives until WebSocketEndClientHandshake() succeeds or the handle is deleted.
 * E_INVALIDARG; E_INVALID_PROTOCOL_OPERATION when the handshake is over already. */
HRESULT WINAPI WebSocketBeginClientHandshake (_In_ WEB_SOCKET_HANDLE hWebSocket,
                                              _In_reads_opt_ (ulSubprotocolCount) PCSTR *pszSubprotocols,
                                              _In_ ULONG ulSubprotocolCount,
                                              _In_reads_opt_ (ulExtensionCount) PCSTR *pszExtensions,
                                              _In_ ULONG ulExtensionCount,
                                              _In_reads_opt_ (ulInitialHeaderCount)
                                                const WEB_SOCKET_HTTP_HEADER *pInitialHeaders,
                                              _In_ ULONG ulInitialHeaderCount,
                                              _Outptr_result_buffer_ (*pulAdditionalHeaderCount)
                                                PWEB_SOCKET_HTTP_HEADER *pAdditionalHeaders,
                                              _Out_ ULONG *pulAdditionalHeaderCount);

/* Ends it: checks the headers of the server's 101 response. What was selected comes as indices into the arrays given to
 * WebSocketBeginClientHandshake(); *pulSelectedExtensionCount is the room in pulSelectedExtensions before the call, at
 * least the number of extensions offered, and how many were selected after it. *pulSelectedSubprotocol is 0xFFFFFFFF when
 * the server selected none. The last three may be NULL.
 * E_INVALID_PROTOCOL_FORMAT, E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, E_SUBPROTOCOL_NOT_SUPPORTED. */
HRESULT WINAPI WebSocketEndClientHandshake (_In_ WEB_SOCKET_HANDLE hWebSocket,
                                            _In_reads_ (ulReponseHeaderCount)
                                              const WEB_SOCKET_HTTP_HEADER *pResponseHeaders,
                                            _In_ ULONG ulReponseHeaderCount,
                                            _Out_writes_to_opt_ (*pulSelectedExtensionCount, *pulSelectedExtensionCount)
                                              ULONG *pulSelectedExtensions,
                                            _Inout_opt_ ULONG *pulSelectedExtensionCount,
                                            _Out_opt_ ULONG *pulSelectedSubprotocol);

/* Begins a server's handshake: checks the request's headers and gives those that the 101 response must have. The selected
 * subprotocol and extensions are among those the client offered. The array is the handle's and lives until
 * WebSocketEndServerHandshake() or, without it, until the first call of the session.
 * E_INVALID_PROTOCOL_FORMAT, E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, E_SUBPROTOCOL_NOT_SUPPORTED. */
HRESULT WINAPI WebSocketBeginServerHandshake (_In_ WEB_SOCKET_HANDLE hWebSocket,
                                              _In_opt_ PCSTR pszSubprotocolSelected,
                                              _In_reads_opt_ (ulExtensionSelectedCount) PCSTR *pszExtensionSelected,
                                              _In_ ULONG ulExtensionSelectedCount,
                                              _In_reads_ (ulRequestHeaderCount)
                                                const WEB_SOCKET_HTTP_HEADER *pRequestHeaders,
                                              _In_ ULONG ulRequestHeaderCount,
                                              _Outptr_result_buffer_ (*pulResponseHeaderCount)
                                                PWEB_SOCKET_HTTP_HEADER *pResponseHeaders,
                                              _Out_ ULONG *pulResponseHeaderCount);

/* Ends it: frees what the handshake held. Optional: the first call of the session does the same. */
HRESULT WINAPI WebSocketEndServerHandshake (_In_ WEB_SOCKET_HANDLE hWebSocket);

/* Queues one send. The buffer's bytes stay the caller's, and must stay as they are until the operation is indicated as
 * complete. For PING_PONG and UNSOLICITED_PONG pBuffer is NULL, or data with CONTROL_PAYLOADS; for CLOSE, NULL sends a
 * close frame without a body.
 * E_INVALIDARG; E_INVALID_PROTOCOL_OPERATION after a close, after WebSocketAbortHandle(), before the handshake is over,
 * and for a type that does not continue the message under way. */
HRESULT WINAPI WebSocketSend (_In_ WEB_SOCKET_HANDLE hWebSocket, _In_ WEB_SOCKET_BUFFER_TYPE BufferType,
                              _In_opt_ WEB_SOCKET_BUFFER *pBuffer, _In_opt_ PVOID pvContext);

/* Queues one receive: into pBuffer's bytes, or, for NULL, to be shown in the handle's own buffer. Bytes of a frame that
 * is not compressed may be asked for where pBuffer points, when they fill more than the handle's buffer.
 * E_INVALIDARG; E_INVALID_PROTOCOL_OPERATION. */
HRESULT WINAPI WebSocketReceive (_In_ WEB_SOCKET_HANDLE hWebSocket, _In_opt_ WEB_SOCKET_BUFFER *pBuffer,
                                 _In_opt_ PVOID pvContext);

/* Says what to do next. *pulDataBufferCount is the room in pDataBuffers before the call (2 serves every action best, 1
 * is enough) and how many were filled after it. One action a direction may be outstanding; each that is not
 * WEB_SOCKET_NO_ACTION must be completed with its *pvActionContext. WEB_SOCKET_NO_ACTION means that there is nothing to
 * do in these queues before another call: Send, Receive, or the completion of an action that is outstanding.
 * E_INVALIDARG; what the peer did wrong comes, for the receive queue, as E_INVALID_PROTOCOL_FORMAT or
 * E_INVALID_PROTOCOL_OPERATION: no more is received then, and WebSocketAbortHandle() lets the queues be drained. */
HRESULT WINAPI WebSocketGetAction (_In_ WEB_SOCKET_HANDLE hWebSocket, _In_ WEB_SOCKET_ACTION_QUEUE eActionQueue,
                                   _Out_writes_to_opt_ (*pulDataBufferCount, *pulDataBufferCount)
                                     WEB_SOCKET_BUFFER *pDataBuffers,
                                   _Inout_ ULONG *pulDataBufferCount, _Out_ WEB_SOCKET_ACTION *pAction,
                                   _Out_ WEB_SOCKET_BUFFER_TYPE *pBufferType, _Out_opt_ PVOID *pvApplicationContext,
                                   _Out_ PVOID *pvActionContext);

/* Completes an action. ulBytesTransferred counts what was sent or received, and is 0 for the other actions. A send of
 * fewer bytes than asked for, or a receive of 0, cancels its operation. An unknown context is ignored. */
VOID WINAPI WebSocketCompleteAction (_In_ WEB_SOCKET_HANDLE hWebSocket, _In_ PVOID pvActionContext,
                                     _In_ ULONG ulBytesTransferred);

/* Says how far the frame is that is being received, and what the peer did wrong when WebSocketGetAction() has failed:
 * for callers that size their buffers, limit messages, or tell their users which rule was broken (not in Windows).
 * E_INVALIDARG; E_INVALID_PROTOCOL_OPERATION before the handshake is over. */
HRESULT WINAPI WebSocketGetReceiveState (_In_ WEB_SOCKET_HANDLE hWebSocket, _Out_ WEB_SOCKET_RECEIVE_STATE *pState);

/* Frees what only messages under way need: the send buffer, unless it is the caller's, and of permessage-deflate some
 * 300 KiB; what the peer's next message may refer to stays, at most 32 KiB. libwebsocket-component gives large blocks
 * straight to the kernel then. For connections on which nothing has happened for some seconds: the next message takes
 * the memory again, and the first that is sent is compressed without those before it. Does nothing for a message that is
 * under way, nor before the handshake is over (not in Windows). */
VOID WINAPI WebSocketRest (_In_ WEB_SOCKET_HANDLE hWebSocket);

/* Ends the session at once: nothing more is sent or received, and the queued operations are indicated as complete by
 * WebSocketGetAction(). Does nothing before the handshake is over. */
VOID WINAPI WebSocketAbortHandle (_In_ WEB_SOCKET_HANDLE hWebSocket);

/* Frees the handle; every action must have been completed. NULL is allowed. */
VOID WINAPI WebSocketDeleteHandle (_In_ WEB_SOCKET_HANDLE hWebSocket);

/* Gives a property that is the same for all handles: KEEPALIVE_INTERVAL (30000, or the environment variable
 * WEBSOCKET_KEEPALIVE_INTERVAL, at least 15000) or SUPPORTED_VERSIONS ({ 13 }).
 * E_INVALIDARG; when *ulSize is too small, too, and *ulSize is then the size that is needed. */
HRESULT WINAPI WebSocketGetGlobalProperty (_In_ WEB_SOCKET_PROPERTY_TYPE eType,
                                           _Out_writes_bytes_to_opt_ (*ulSize, *ulSize) PVOID pvValue,
                                           _Inout_ ULONG *ulSize);

#ifdef __cplusplus
}
#endif

#endif /* BISQUE_WEBSOCKET_H */
