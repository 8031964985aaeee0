/// @file
/// Streams over TLS: what a program for Beast includes as `<boost/beast/websocket/ssl.hpp>`. The teardown itself stands
/// in teardown.hpp, and needs nothing of OpenSSL.
#ifndef BISQUE_WEBSOCKET_SSL_HPP
#define BISQUE_WEBSOCKET_SSL_HPP

#include <bisque/websocket/teardown.hpp>
#include <boost/asio/ssl/stream.hpp>

#endif
