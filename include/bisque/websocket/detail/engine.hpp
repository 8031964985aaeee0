/// @file
/// The protocol, by libwebsocket-component: a handle, its handshake, and what it wants from the network next. No I/O.
#ifndef BISQUE_WEBSOCKET_DETAIL_ENGINE_HPP
#define BISQUE_WEBSOCKET_DETAIL_ENGINE_HPP

#include <algorithm>
#include <array>
#include <bisque/websocket/error.hpp>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <new>
#include <string>
#include <vector>
#include <websocket.h>

namespace bisque {
namespace websocket {
namespace detail {

/// The bytes of at most two buffers that are to be written.
class output {
public:
  using value_type = net::const_buffer;
  using const_iterator = net::const_buffer const*;

  const_iterator begin() const { return buffers_.data(); }
  const_iterator end() const { return buffers_.data() + count_; }
  bool empty() const { return begin_bytes() == 0; }

  void assign(WEB_SOCKET_BUFFER const* buffers, ULONG count) {
    count_ = count;
    for (ULONG i = 0; i < count; i++)
      buffers_[i] = net::const_buffer(buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength);
  }

  void assign(net::const_buffer buffer) {
    count_ = 1;
    buffers_[0] = buffer;
  }

  /// Whether there is one buffer, which is written with a cheaper system call.
  bool is_single() const { return count_ == 1; }

  void consume(std::size_t bytes) {
    for (auto& buffer : buffers_) {
      auto const here = (std::min)(bytes, buffer.size());
      buffer += here;
      bytes -= here;
    }
  }

private:
  std::size_t begin_bytes() const { return net::buffer_size(*this); }

  std::array<net::const_buffer, 2> buffers_;
  std::size_t count_ = 0;
};

/// What has come, or what is wanted.
struct event {
  enum kind_type {
    /// Bytes are to be read into engine::room().
    want_read,
    /// A piece of a message is in the buffer.
    data,
    /// A control frame, whose payload is in engine::control().
    ping,
    pong,
    /// The peer's close, which is in engine::reason().
    close,
    /// The peer broke the protocol: engine::violation().
    failed
  };
  kind_type kind;
  std::size_t size = 0;
  bool last = false;
  bool text = false;
};

/// One connection's protocol.
class engine {
public:
  engine() = default;
  engine(engine const&) = delete;
  engine& operator=(engine const&) = delete;
  ~engine() { WebSocketDeleteHandle(handle_); }

  /// Begins anew, with buffers of these sizes; 0 leaves a size to the component.
  void reset(role_type role, ULONG receive_size, ULONG send_size) {
    WebSocketDeleteHandle(std::exchange(handle_, nullptr));
    BOOL payloads = TRUE;
    WEB_SOCKET_PROPERTY properties[] = {
        {WEB_SOCKET_CONTROL_PAYLOADS_PROPERTY_TYPE, &payloads, sizeof payloads},
        {WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &receive_size, sizeof receive_size},
        {WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &send_size, sizeof send_size},
    };
    auto const create = role == role_type::client ? WebSocketCreateClientHandle : WebSocketCreateServerHandle;
    if (FAILED(create(properties, send_size ? 3 : 2, &handle_)))
      throw std::bad_alloc();
    reason_ = {};
    early_.clear();
    receiving_ = false;
  }

  /// Frees the handle, and all its memory.
  void release() {
    WebSocketDeleteHandle(std::exchange(handle_, nullptr));
    early_ = {};
    small_ = {};
  }

  /// Gives back what only messages under way need.
  void rest() { WebSocketRest(handle_); }

  /// A client's key, for an offer of `extensions`, which may be empty.
  std::string begin_client(std::string const& extensions) {
    PCSTR offered = extensions.c_str();
    WEB_SOCKET_HTTP_HEADER* fields = nullptr;
    ULONG count = 0;
    if (FAILED(WebSocketBeginClientHandshake(handle_, nullptr, 0, &offered, !extensions.empty(), nullptr, 0, &fields,
                                             &count)))
      return {};
    return value_of(fields, count, "Sec-WebSocket-Key");
  }

  /// Checks a server's answer.
  error_code end_client(string_view accept, string_view extensions) {
    std::vector<WEB_SOCKET_HTTP_HEADER> fields = {field("Upgrade", "websocket"), field("Connection", "Upgrade"),
                                                  field("Sec-WebSocket-Accept", accept)};
    if (!extensions.empty())
      fields.push_back(field("Sec-WebSocket-Extensions", extensions));
    auto const result = WebSocketEndClientHandshake(handle_, fields.data(), static_cast<ULONG>(fields.size()), nullptr,
                                                    nullptr, nullptr);
    if (SUCCEEDED(result))
      return {};
    // Which of the two was wrong shows when the other is left out.
    if (!extensions.empty() &&
        SUCCEEDED(WebSocketEndClientHandshake(handle_, fields.data(), 3, nullptr, nullptr, nullptr)))
      return error::bad_extensions;
    return error::bad_sec_accept;
  }

  /// Answers a client's key: gives Sec-WebSocket-Accept and, where `selected` fits the client's offer, the extension.
  error_code begin_server(string_view key, string_view offered, std::string const& selected, std::string& accept,
                          std::string& extensions) {
    std::vector<WEB_SOCKET_HTTP_HEADER> fields = {field("Upgrade", "websocket"), field("Connection", "Upgrade"),
                                                  field("Sec-WebSocket-Version", "13"),
                                                  field("Sec-WebSocket-Key", key)};
    PCSTR chosen = selected.c_str();
    WEB_SOCKET_HTTP_HEADER* response = nullptr;
    ULONG count = 0;
    auto const begin = [&](ULONG extension) {
      return WebSocketBeginServerHandshake(handle_, nullptr, &chosen, extension, fields.data(),
                                           static_cast<ULONG>(fields.size()), &response, &count);
    };
    bool done = false;
    if (!offered.empty() && !selected.empty()) {
      fields.push_back(field("Sec-WebSocket-Extensions", offered));
      done = SUCCEEDED(begin(1));
      if (!done)
        fields.pop_back();
    }
    // An offer that does not suit is declined, not refused.
    if (!done && FAILED(begin(0)))
      return error::bad_sec_key;
    accept = value_of(response, count, "Sec-WebSocket-Accept");
    extensions = value_of(response, count, "Sec-WebSocket-Extensions");
    return {};
  }

  /// Bytes that came behind the handshake.
  void preload(void const* bytes, std::size_t size) {
    auto const* at = static_cast<BYTE const*>(bytes);
    early_.assign(at, at + size);
  }

  /// Queues a frame or a piece of a message; false when the protocol does not allow it.
  bool send(WEB_SOCKET_BUFFER_TYPE type, void const* bytes, std::size_t size) {
    WEB_SOCKET_BUFFER buffer;
    buffer.Data.pbBuffer = static_cast<PBYTE>(const_cast<void*>(bytes));
    buffer.Data.ulBufferLength = static_cast<ULONG>(size);
    return SUCCEEDED(WebSocketSend(handle_, type, &buffer, nullptr));
  }

  /// Queues a close frame; false when its code must not be sent or its text is not UTF-8.
  bool send_close(std::uint16_t code, string_view reason = {}) {
    if (code == close_code::none)
      return SUCCEEDED(WebSocketSend(handle_, WEB_SOCKET_CLOSE_BUFFER_TYPE, nullptr, nullptr));
    WEB_SOCKET_BUFFER buffer;
    buffer.CloseStatus.pbReason = reinterpret_cast<PBYTE>(const_cast<char*>(reason.data()));
    buffer.CloseStatus.ulReasonLength = static_cast<ULONG>(reason.size());
    buffer.CloseStatus.usStatus = code;
    return SUCCEEDED(WebSocketSend(handle_, WEB_SOCKET_CLOSE_BUFFER_TYPE, &buffer, nullptr));
  }

  /// Gives the next bytes for the network; false when what was queued has been written. One thing is queued at a time.
  bool next_output(output& out) {
    WEB_SOCKET_BUFFER buffers[2];
    ULONG count = 2;
    WEB_SOCKET_ACTION action;
    WEB_SOCKET_BUFFER_TYPE type;
    PVOID context;
    if (FAILED(WebSocketGetAction(handle_, WEB_SOCKET_SEND_ACTION_QUEUE, buffers, &count, &action, &type, nullptr,
                                  &context)) ||
        action == WEB_SOCKET_NO_ACTION)
      return false;
    if (action != WEB_SOCKET_SEND_TO_NETWORK_ACTION) {
      WebSocketCompleteAction(handle_, context, 0);
      return false;
    }
    send_action_ = context;
    send_size_ = 0;
    for (ULONG i = 0; i < count; i++)
      send_size_ += buffers[i].Data.ulBufferLength;
    if (count == 2 && send_size_ <= small_frame)
      out.assign(gather(buffers));
    else
      out.assign(buffers, count);
    return true;
  }

  /// The bytes of next_output() have been written.
  void output_done() { WebSocketCompleteAction(handle_, send_action_, send_size_); }

  /// Goes on receiving, into `target` or, without one, into nothing.
  event receive(net::mutable_buffer target) {
    for (;;) {
      if (!receiving_) {
        WEB_SOCKET_BUFFER buffer;
        buffer.Data.pbBuffer = static_cast<PBYTE>(target.data());
        buffer.Data.ulBufferLength = static_cast<ULONG>((std::min)(target.size(), std::size_t(1) << 30));
        if (FAILED(WebSocketReceive(handle_, target.size() ? &buffer : nullptr, nullptr)))
          return {event::failed};
        receiving_ = true;
      }
      WEB_SOCKET_BUFFER buffer;
      ULONG count = 1;
      WEB_SOCKET_ACTION action;
      WEB_SOCKET_BUFFER_TYPE type;
      if (FAILED(WebSocketGetAction(handle_, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type, nullptr,
                                    &receive_action_)))
        return {event::failed};
      if (action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION) {
        room_ = net::mutable_buffer(buffer.Data.pbBuffer, buffer.Data.ulBufferLength);
        if (early_.empty())
          return {event::want_read};
        received(take_early());
        continue;
      }
      if (action != WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION)
        return {event::failed};
      auto const result = understand(type, buffer);
      WebSocketCompleteAction(handle_, receive_action_, 0);
      receiving_ = false;
      return result;
    }
  }

  /// Where the network's bytes go.
  net::mutable_buffer room() const { return room_; }

  /// So many bytes came to room(); not 0.
  void received(std::size_t bytes) { WebSocketCompleteAction(handle_, receive_action_, static_cast<ULONG>(bytes)); }

  /// Gives up waiting for bytes; nothing that has come is lost.
  void cancel_receive() {
    if (!receiving_)
      return;
    WebSocketCompleteAction(handle_, receive_action_, 0);
    WEB_SOCKET_BUFFER buffer;
    ULONG count = 1;
    WEB_SOCKET_ACTION action;
    WEB_SOCKET_BUFFER_TYPE type;
    if (SUCCEEDED(WebSocketGetAction(handle_, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type, nullptr,
                                     &receive_action_)) &&
        action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION)
      WebSocketCompleteAction(handle_, receive_action_, 0);
    receiving_ = false;
  }

  /// How much of the data frame under way is still to come.
  WEB_SOCKET_RECEIVE_STATE receive_state() const {
    WEB_SOCKET_RECEIVE_STATE state{};
    if (handle_)
      WebSocketGetReceiveState(handle_, &state);
    return state;
  }

  /// What the peer did wrong.
  error violation() const;

  /// The payload of the control frame that came last.
  ping_data const& control() const { return control_; }

  /// The peer's close.
  close_reason const& reason() const { return reason_; }

private:
  net::const_buffer gather(WEB_SOCKET_BUFFER const* buffers) {
    auto const& header = buffers[0].Data;
    auto const& payload = buffers[1].Data;
    if (small_.size() < send_size_)
      small_.resize(send_size_);
    std::memcpy(small_.data(), header.pbBuffer, header.ulBufferLength);
    std::memcpy(small_.data() + header.ulBufferLength, payload.pbBuffer, payload.ulBufferLength);
    return {small_.data(), send_size_};
  }

  event understand(WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER const& buffer) {
    event result{event::data, buffer.Data.ulBufferLength};
    switch (type) {
    case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
    case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
    case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE:
    case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE:
      result.last = type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE || type == WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE;
      result.text = type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE || type == WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
      return result;
    case WEB_SOCKET_CLOSE_BUFFER_TYPE: {
      auto const& status = buffer.CloseStatus;
      reason_.code = status.usStatus == close_code::no_status ? std::uint16_t(close_code::none) : status.usStatus;
      reason_.reason.assign(reinterpret_cast<char const*>(status.pbReason), status.ulReasonLength);
      return {event::close};
    }
    default:
      control_.assign(reinterpret_cast<char const*>(buffer.Data.pbBuffer), buffer.Data.ulBufferLength);
      return {type == WEB_SOCKET_PING_BUFFER_TYPE ? event::ping : event::pong};
    }
  }

  std::size_t take_early() {
    auto const size = (std::min)(early_.size(), room_.size());
    std::memcpy(room_.data(), early_.data(), size);
    early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(size));
    if (early_.empty())
      early_.shrink_to_fit();
    return size;
  }

  static WEB_SOCKET_HTTP_HEADER field(string_view name, string_view value) {
    return {const_cast<char*>(name.data()), static_cast<ULONG>(name.size()), const_cast<char*>(value.data()),
            static_cast<ULONG>(value.size())};
  }

  static std::string value_of(WEB_SOCKET_HTTP_HEADER const* fields, ULONG count, string_view name) {
    for (ULONG i = 0; i < count; i++)
      if (string_view(fields[i].pcName, fields[i].ulNameLength) == name)
        return std::string(fields[i].pcValue, fields[i].ulValueLength);
    return {};
  }

  /// Up to here, copying a payload behind its header costs less than writing two buffers; and over TLS, two records.
  static constexpr std::size_t small_frame = 512;

  WEB_SOCKET_HANDLE handle_ = nullptr;
  PVOID send_action_ = nullptr;
  PVOID receive_action_ = nullptr;
  net::mutable_buffer room_;
  ULONG send_size_ = 0;
  bool receiving_ = false;
  std::vector<BYTE> early_;
  std::vector<BYTE> small_; // a frame that is written
  close_reason reason_;
  ping_data control_;
};

inline error engine::violation() const {
  switch (receive_state().eViolation) {
  case WEB_SOCKET_RESERVED_BITS_VIOLATION:
    return error::bad_reserved_bits;
  case WEB_SOCKET_OPCODE_VIOLATION:
    return error::bad_opcode;
  case WEB_SOCKET_UNMASKED_VIOLATION:
    return error::bad_unmasked_frame;
  case WEB_SOCKET_MASKED_VIOLATION:
    return error::bad_masked_frame;
  case WEB_SOCKET_CONTROL_LENGTH_VIOLATION:
    return error::bad_control_size;
  case WEB_SOCKET_CONTROL_FRAGMENT_VIOLATION:
    return error::bad_control_fragment;
  case WEB_SOCKET_CONTINUATION_VIOLATION:
    return error::bad_continuation;
  case WEB_SOCKET_DATA_VIOLATION:
  case WEB_SOCKET_AFTER_CLOSE_VIOLATION:
    return error::bad_data_frame;
  case WEB_SOCKET_UTF8_VIOLATION:
    return error::bad_frame_payload;
  case WEB_SOCKET_DEFLATE_VIOLATION:
    return error::bad_deflate_data;
  case WEB_SOCKET_CLOSE_LENGTH_VIOLATION:
    return error::bad_close_size;
  case WEB_SOCKET_CLOSE_STATUS_VIOLATION:
    return error::bad_close_code;
  case WEB_SOCKET_CLOSE_REASON_VIOLATION:
    return error::bad_close_payload;
  default:
    return error::bad_size;
  }
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
