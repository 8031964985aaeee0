/// @file
/// A WebSocket stream for C++: everything but `<bisque/websocket/ssl.hpp>`.
#ifndef BISQUE_WEBSOCKET_HPP
#define BISQUE_WEBSOCKET_HPP

#include <bisque/websocket/error.hpp>
#include <bisque/websocket/option.hpp>
#include <bisque/websocket/rfc6455.hpp>
#include <bisque/websocket/stream.hpp>
#include <bisque/websocket/teardown.hpp>

#endif
