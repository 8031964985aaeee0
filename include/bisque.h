/* What Bisque has and libsoup has not. Programs that use it do not build against libsoup. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

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

G_END_DECLS
