/// @file
/// Names from RFC 6455: close codes, close reasons, payloads of control frames, and the HTTP messages of the handshake.
#ifndef BISQUE_WEBSOCKET_RFC6455_HPP
#define BISQUE_WEBSOCKET_RFC6455_HPP

#include <boost/asio/error.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/static_string.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>

/// Bisque's C++ faces.
namespace bisque {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// A WebSocket stream for Boost.Asio, with Boost.Beast's interface, over `websocket.h`.
namespace websocket {

using boost::beast::role_type;
using boost::system::error_code;
using boost::system::system_error;
using string_view = boost::beast::string_view;

/// The HTTP request of a handshake.
using request_type = http::request<http::empty_body>;

/// The HTTP response to a handshake. It has a body where the server refuses.
using response_type = http::response<http::string_body>;

/// The status in a close frame (RFC 6455, section 7.4).
enum close_code : std::uint16_t {
  /// The purpose of the connection has been fulfilled.
  normal = 1000,
  /// The endpoint goes away: a server that goes down, a page that is left.
  going_away = 1001,
  /// The peer broke the protocol.
  protocol_error = 1002,
  /// The endpoint cannot take this type of data.
  unknown_data = 1003,
  /// The message was not what its type says, such as text that is not UTF-8.
  bad_payload = 1007,
  /// The message violates a policy of the endpoint.
  policy_error = 1008,
  /// The message is too big to be processed.
  too_big = 1009,
  /// The server did not negotiate an extension that the client needs.
  needs_extension = 1010,
  /// Something unexpected happened in the endpoint.
  internal_error = 1011,
  /// The service restarts.
  service_restart = 1012,
  /// The service is overloaded: try again later.
  try_again_later = 1013,
  /// A gateway got an invalid response from upstream.
  bad_gateway = 1014,

  /// No code, in Beast's interface: a close frame without a body. Never on the wire.
  none = 0,
  /// Reserved.
  reserved1 = 1004,
  /// A close frame had no code. Never on the wire.
  no_status = 1005,
  /// The connection was lost without a close frame. Never on the wire.
  abnormal = 1006,
  /// What older Beasts call bad_gateway.
  reserved2 = 1014,
  /// Reserved. Never on the wire.
  reserved3 = 1015
};

/// The reason in a close frame: UTF-8, at most 123 bytes.
using reason_string = boost::beast::static_string<123, char>;

/// The payload of a ping or a pong: at most 125 bytes.
using ping_data = boost::beast::static_string<125, char>;

/// Why a connection was closed: a code, and a text that may be empty.
struct close_reason {
  /// The code, or `close_code::none`.
  std::uint16_t code = close_code::none;

  /// The text.
  reason_string reason;

  /// No code and no text.
  close_reason() = default;

  /// A code alone.
  close_reason(std::uint16_t code_) : code(code_) {}

  /// A text, with `close_code::normal`.
  close_reason(string_view text) : code(close_code::normal), reason(text.data(), text.size()) {}

  /// A text, with `close_code::normal`.
  close_reason(char const* text) : close_reason(string_view(text)) {}

  /// A code and a text.
  close_reason(close_code code_, string_view text) : code(code_), reason(text.data(), text.size()) {}

  /// Whether there is a code.
  operator bool() const { return code != close_code::none; }
};

/// Returns whether an HTTP request asks for a WebSocket (RFC 6455, section 4.2.1), so that it may be given to
/// stream::accept(). What else may be wrong with it is found there.
template <class Allocator>
bool is_upgrade(http::header<true, http::basic_fields<Allocator>> const& request) {
  return request.version() >= 11 && request.method() == http::verb::get &&
         http::token_list{request[http::field::connection]}.exists("upgrade") &&
         http::token_list{request[http::field::upgrade]}.exists("websocket");
}

} // namespace websocket
} // namespace bisque

#endif
