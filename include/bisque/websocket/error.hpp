/// @file
/// What can go wrong with a WebSocket, as error codes and error conditions. Names and values are Boost.Beast's.
#ifndef BISQUE_WEBSOCKET_ERROR_HPP
#define BISQUE_WEBSOCKET_ERROR_HPP

#include <bisque/websocket/rfc6455.hpp>
#include <string>
#include <type_traits>

namespace bisque {
namespace websocket {

/// What an operation of a stream ended with. Those that break the protocol compare equal to
/// condition::protocol_violation, those of the handshake to condition::handshake_failed.
enum class error {
  /// The WebSocket stream was closed in order by both sides.
  closed = 1,
  /// The dynamic buffer has no room for the message.
  buffer_overflow = 4,
  /// A compressed message ended inside a block.
  partial_deflate_block = 5,
  /// The message is longer than read_message_max().
  message_too_big = 6,
  /// The WebSocket handshake is not HTTP/1.1.
  bad_http_version = 7,
  /// The method of the WebSocket handshake is not GET.
  bad_method = 8,
  /// The WebSocket handshake has no Host field.
  no_host = 9,
  /// The WebSocket handshake has no Connection field.
  no_connection = 10,
  /// The Connection field of the WebSocket handshake lacks "upgrade".
  no_connection_upgrade = 11,
  /// The WebSocket handshake has no Upgrade field.
  no_upgrade = 12,
  /// The Upgrade field of the WebSocket handshake lacks "websocket".
  no_upgrade_websocket = 13,
  /// The WebSocket handshake has no Sec-WebSocket-Key field.
  no_sec_key = 14,
  /// The Sec-WebSocket-Key of the handshake is not 16 bytes in base64.
  bad_sec_key = 15,
  /// The WebSocket handshake has no Sec-WebSocket-Version field.
  no_sec_version = 16,
  /// The Sec-WebSocket-Version of the handshake is not 13.
  bad_sec_version = 17,
  /// The server's response has no Sec-WebSocket-Accept field.
  no_sec_accept = 18,
  /// The server's Sec-WebSocket-Accept does not answer the key.
  bad_sec_accept = 19,
  /// The server declined the WebSocket upgrade.
  upgrade_declined = 20,
  /// A frame has a reserved opcode.
  bad_opcode = 21,
  /// A message began inside another.
  bad_data_frame = 22,
  /// A frame continues a message that was not begun.
  bad_continuation = 23,
  /// A frame has reserved bits set.
  bad_reserved_bits = 24,
  /// A control frame is fragmented.
  bad_control_fragment = 25,
  /// A control frame is longer than 125 bytes.
  bad_control_size = 26,
  /// A client's frame is not masked.
  bad_unmasked_frame = 27,
  /// A server's frame is masked.
  bad_masked_frame = 28,
  /// The length of a frame is not encoded as shortly as it can be.
  bad_size = 29,
  /// A text message is not UTF-8.
  bad_frame_payload = 30,
  /// A close frame has a code that must not be sent.
  bad_close_code = 31,
  /// A close frame has a payload of one byte.
  bad_close_size = 32,
  /// The reason of a close frame is not UTF-8.
  bad_close_payload = 33,

  // What Boost.Beast has no code for.
  /// The server's Sec-WebSocket-Extensions do not answer what was offered.
  bad_extensions = 64,
  /// A compressed message cannot be inflated.
  bad_deflate_data = 65
};

/// What kinds of error there are, for comparison with an error code.
enum class condition {
  /// The handshake failed. The response, where there is one, says whether it may be tried again.
  handshake_failed = 1,
  /// The peer broke the protocol.
  protocol_violation = 2
};

namespace detail {

class condition_category final : public boost::system::error_category {
public:
  char const* name() const noexcept override { return "bisque.websocket"; }

  std::string message(int value) const override {
    return static_cast<condition>(value) == condition::handshake_failed ? "The WebSocket handshake failed"
                                                                        : "The peer broke the WebSocket protocol";
  }
};

inline boost::system::error_category const& conditions() {
  static condition_category const category{};
  return category;
}

class error_category final : public boost::system::error_category {
public:
  char const* name() const noexcept override { return "bisque.websocket"; }

  std::string message(int value) const override { return text(static_cast<error>(value)); }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    auto const which = static_cast<error>(value);
    if (which <= error::message_too_big)
      return {value, *this};
    bool const handshake = which <= error::upgrade_declined || which == error::bad_extensions;
    return {static_cast<int>(handshake ? condition::handshake_failed : condition::protocol_violation), conditions()};
  }

private:
  static char const* text(error which) {
    switch (which) {
    case error::closed:
      return "The WebSocket stream was closed in order by both sides";
    case error::buffer_overflow:
      return "The dynamic buffer has no room for the message";
    case error::partial_deflate_block:
      return "A compressed message ended inside a block";
    case error::message_too_big:
      return "The message is longer than read_message_max()";
    case error::bad_http_version:
      return "The WebSocket handshake is not HTTP/1.1";
    case error::bad_method:
      return "The method of the WebSocket handshake is not GET";
    case error::no_host:
      return "The WebSocket handshake has no Host field";
    case error::no_connection:
      return "The WebSocket handshake has no Connection field";
    case error::no_connection_upgrade:
      return "The Connection field of the WebSocket handshake lacks \"upgrade\"";
    case error::no_upgrade:
      return "The WebSocket handshake has no Upgrade field";
    case error::no_upgrade_websocket:
      return "The Upgrade field of the WebSocket handshake lacks \"websocket\"";
    case error::no_sec_key:
      return "The WebSocket handshake has no Sec-WebSocket-Key field";
    case error::bad_sec_key:
      return "The Sec-WebSocket-Key of the handshake is not 16 bytes in base64";
    case error::no_sec_version:
      return "The WebSocket handshake has no Sec-WebSocket-Version field";
    case error::bad_sec_version:
      return "The Sec-WebSocket-Version of the handshake is not 13";
    case error::no_sec_accept:
      return "The server's response has no Sec-WebSocket-Accept field";
    case error::bad_sec_accept:
      return "The server's Sec-WebSocket-Accept does not answer the key";
    case error::upgrade_declined:
      return "The server declined the WebSocket upgrade";
    case error::bad_opcode:
      return "A frame has a reserved opcode";
    case error::bad_data_frame:
      return "A message began inside another";
    case error::bad_continuation:
      return "A frame continues a message that was not begun";
    case error::bad_reserved_bits:
      return "A frame has reserved bits set";
    case error::bad_control_fragment:
      return "A control frame is fragmented";
    case error::bad_control_size:
      return "A control frame is longer than 125 bytes";
    case error::bad_unmasked_frame:
      return "A client's frame is not masked";
    case error::bad_masked_frame:
      return "A server's frame is masked";
    case error::bad_size:
      return "The length of a frame is not encoded as shortly as it can be";
    case error::bad_frame_payload:
      return "A text message is not UTF-8";
    case error::bad_close_code:
      return "A close frame has a code that must not be sent";
    case error::bad_close_size:
      return "A close frame has a payload of one byte";
    case error::bad_close_payload:
      return "The reason of a close frame is not UTF-8";
    case error::bad_extensions:
      return "The server's Sec-WebSocket-Extensions do not answer what was offered";
    case error::bad_deflate_data:
      return "A compressed message cannot be inflated";
    }
    return "Unknown WebSocket error";
  }
};

} // namespace detail

/// Makes an error code of an error.
inline error_code make_error_code(error which) {
  static detail::error_category const category{};
  return {static_cast<int>(which), category};
}

/// Makes an error condition of a condition.
inline boost::system::error_condition make_error_condition(condition which) {
  return {static_cast<int>(which), detail::conditions()};
}

} // namespace websocket
} // namespace bisque

namespace boost {
namespace system {

template <>
struct is_error_code_enum<::bisque::websocket::error> : std::true_type {};

template <>
struct is_error_condition_enum<::bisque::websocket::condition> : std::true_type {};

} // namespace system
} // namespace boost

#endif
