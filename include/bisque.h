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

G_END_DECLS
