/* What Bisque has and libsoup has not. Programs that use it do not build against libsoup. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * BisqueServerLimit:
 * @BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME: milliseconds for the first byte of a connection (30,000)
 * @BISQUE_SERVER_LIMIT_HEAD_TIME: milliseconds for a request's head, from its first byte to its end (30,000); a client that takes
 *   longer gets 408
 * @BISQUE_SERVER_LIMIT_BODY_TIME: milliseconds without a byte of a request's body (60,000); then 408
 * @BISQUE_SERVER_LIMIT_RESPONSE_TIME: milliseconds in which a client reads nothing of a response (60,000)
 * @BISQUE_SERVER_LIMIT_IDLE_TIME: milliseconds between the end of a response and the next request (60,000)
 * @BISQUE_SERVER_LIMIT_BODY_SIZE: bytes of a request's body that is kept in memory for its handler (32 MiB); a longer one gets 413. A body
 *   whose chunks an early handler takes (soup_message_body_set_accumulate()) has no limit
 * @BISQUE_SERVER_LIMIT_BODIES_SIZE: bytes of all such bodies at a time (512 MiB); a request beyond them gets 503
 * @BISQUE_SERVER_LIMIT_CONNECTIONS: connections that carry HTTP at a time (0). A newcomer takes the place of the one that has been idle
 *   longest, or waits in the listener's backlog. WebSockets do not count
 * @BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS: such connections from one IP address (0); a newcomer takes the place of an idle one, or
 *   is closed. Behind a reverse proxy all come from one address
 * @BISQUE_SERVER_LIMIT_HEAD_SIZE: bytes of a request's head, from its first line to its empty line (128 KiB); a longer one gets 431
 * @BISQUE_SERVER_LIMIT_HEAD_FIELDS: header lines of a request (256); with more of them it gets 431
 * @BISQUE_SERVER_LIMIT_HANDSHAKE_TIME: milliseconds for a TLS handshake, from the accepted connection to its end (30,000)
 *
 * What the clients of a #SoupServer may take, with the defaults. 0 is no limit. Times do not run while a message is paused, nor
 * while the program has not written its response. When the descriptors of the process run out, a newcomer takes the place of the
 * connection that has been idle longest, whatever the limits are; WebSockets are not closed for it.
 */
typedef enum {
  BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME,
  BISQUE_SERVER_LIMIT_HEAD_TIME,
  BISQUE_SERVER_LIMIT_BODY_TIME,
  BISQUE_SERVER_LIMIT_RESPONSE_TIME,
  BISQUE_SERVER_LIMIT_IDLE_TIME,
  BISQUE_SERVER_LIMIT_BODY_SIZE,
  BISQUE_SERVER_LIMIT_BODIES_SIZE,
  BISQUE_SERVER_LIMIT_CONNECTIONS,
  BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS,
  BISQUE_SERVER_LIMIT_HEAD_SIZE,
  BISQUE_SERVER_LIMIT_HEAD_FIELDS,
  BISQUE_SERVER_LIMIT_HANDSHAKE_TIME,
} BisqueServerLimit;

/**
 * bisque_server_get_limit:
 * @server: the server
 * @limit: which limit
 *
 * Gets a limit on what the clients of @server may take.
 *
 * Returns: milliseconds, bytes or a count; 0 is no limit
 */
guint64 bisque_server_get_limit (SoupServer *server, BisqueServerLimit limit);

/**
 * bisque_server_set_limit:
 * @server: the server
 * @limit: which limit
 * @value: milliseconds, bytes or a count; 0 is no limit
 *
 * Changes a limit on what the clients of @server may take. A new time counts from a connection's next step on.
 */
void bisque_server_set_limit (SoupServer *server, BisqueServerLimit limit, guint64 value);

/**
 * bisque_server_stop_async:
 * @server: the server
 * @milliseconds: how long that may take, or 0 for as long as it takes
 * @callback: (scope async): called when everything has ended
 * @user_data: data for @callback
 *
 * Stops @server in its own time, where soup_server_disconnect() cuts off what it can, and leaves WebSockets alone. The listeners
 * are closed at once, and so are connections without a request. Requests under way are read, handled and answered, and their
 * connections closed behind the responses. WebSockets that @server has given to handlers are closed with
 * %SOUP_WEBSOCKET_CLOSE_GOING_AWAY (1001). What is left when the time is over is cut off: requests are aborted, and WebSockets emit
 * #SoupWebsocketConnection::error.
 *
 * Call it in the thread in which @server listens; @callback is called there too. Then @server may listen anew. A message that the
 * program has paused is waited for as well.
 */
void bisque_server_stop_async (SoupServer *server,
                               guint milliseconds,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/**
 * bisque_server_stop_finish:
 * @server: the server
 * @result: what the callback got
 * @error: where an error goes
 *
 * Ends bisque_server_stop_async().
 *
 * Returns: %TRUE if everything has ended by itself; %FALSE with %G_IO_ERROR_TIMED_OUT if something was cut off
 */
gboolean bisque_server_stop_finish (SoupServer *server, GAsyncResult *result, GError **error);

/**
 * bisque_websocket_connection_get_buffered_amount:
 * @connection: the connection
 *
 * How many bytes wait to be written to the peer: what was sent and has not left yet, frame headers included. A program that
 * sends faster than its peer reads sees it grow.
 *
 * Returns: the number of bytes
 */
gsize bisque_websocket_connection_get_buffered_amount (SoupWebsocketConnection *connection);

/**
 * bisque_websocket_connection_get_max_queued_output:
 * @connection: the connection
 *
 * How many bytes may wait to be written. A connection whose peer does not read is given up, with an error, when a message
 * is sent while that many wait already.
 *
 * Returns: the number of bytes
 */
gsize bisque_websocket_connection_get_max_queued_output (SoupWebsocketConnection *connection);

/**
 * bisque_websocket_connection_set_max_queued_output:
 * @connection: the connection
 * @bytes: the number of bytes
 *
 * Changes how many bytes may wait to be written.
 */
void bisque_websocket_connection_set_max_queued_output (SoupWebsocketConnection *connection, gsize bytes);

/**
 * BisqueMessageFunc:
 * @connection: the connection
 * @type: text, which is valid UTF-8, or binary
 * @data: (array length=size): the bytes of the message
 * @size: how many there are
 * @user_data: what was given with the function
 *
 * Takes a message. @data is valid until the function returns, and no NUL stands behind it.
 */
typedef void (*BisqueMessageFunc) (SoupWebsocketConnection *connection,
                                   SoupWebsocketDataType type,
                                   const guint8 *data,
                                   gsize size,
                                   gpointer user_data);

/**
 * bisque_websocket_connection_set_message_func:
 * @connection: the connection
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): takes the messages
 * @user_data: data for @func
 * @destroy: frees @user_data
 *
 * Has @func called with each message, in the thread and at the moment in which #SoupWebsocketConnection::message would be
 * emitted; that signal is not emitted meanwhile. With %NULL it is again.
 *
 * The bytes are those of the read buffer: no #GBytes is made for them, and no closure looked up. For small messages in
 * numbers that is most of what receiving them costs.
 *
 * @destroy is called when another function takes the place of this one, and when the connection is disposed of.
 */
void bisque_websocket_connection_set_message_func (SoupWebsocketConnection *connection,
                                                   BisqueMessageFunc func,
                                                   gpointer user_data,
                                                   GDestroyNotify destroy);

/**
 * bisque_websocket_connection_send:
 * @connection: the connection
 * @type: text or binary
 * @data: (array length=size) (nullable): the message
 * @size: the length of @data
 *
 * Sends a message whose bytes need neither a #GBytes around them nor a NUL behind them. Text must be valid UTF-8. It leaves when
 * the main loop runs, behind everything that was sent before.
 */
void bisque_websocket_connection_send (SoupWebsocketConnection *connection,
                                       SoupWebsocketDataType type,
                                       const guint8 *data,
                                       gsize size);

/**
 * bisque_message_get_refusal:
 * @msg: the message of a WebSocket's handshake
 *
 * Gets the body of the response with which a server has refused a WebSocket: soup_session_websocket_connect_finish() has failed
 * with %SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET then, and @msg has its status and headers. At most 64 KiB of it are kept, until the
 * message is sent again.
 *
 * Returns: (transfer none) (nullable): the body, or %NULL if nothing was refused
 */
GBytes *bisque_message_get_refusal (SoupMessage *msg);

G_END_DECLS
