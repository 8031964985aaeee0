/// @file
/// The WebSocket stream.
#ifndef BISQUE_WEBSOCKET_STREAM_HPP
#define BISQUE_WEBSOCKET_STREAM_HPP

#include <bisque/websocket/impl/close.hpp>
#include <bisque/websocket/impl/handshake.hpp>
#include <bisque/websocket/impl/read.hpp>
#include <bisque/websocket/impl/write.hpp>
#include <bisque/websocket/settings.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/throw_exception.hpp>

namespace bisque {
namespace websocket {

/// A WebSocket (RFC 6455), client or server, over a stream of bytes: a socket, TLS over one, or one of Boost.Beast's
/// streams.
///
/// Its members are those of `boost::beast::websocket::stream`, and so is their behaviour, but for what docs/cpp.md
/// lists. Those that ask for its state and set its options are in stream_settings.
///
/// Every operation exists three times: with an error code, without one (it throws `boost::system::system_error`), and
/// asynchronously with any completion token. An asynchronous operation uses the executor, the allocator and the
/// cancellation slot that are associated with its handler, and calls the handler as if by `boost::asio::post()`, never
/// before it has returned.
///
/// At a time there may be one read, one write and one close outstanding, and any number of pings and pongs. Another
/// read or write ends the program with a sentence that names both calls; with the option write_queue writes wait for
/// their turn. A stream is not thread-safe: all calls, and the handlers, belong to one strand.
///
/// Cancellation (Boost 1.77 and later): a read, and whatever waits for its turn, can be cancelled by every type of
/// cancellation and has changed nothing; the stream goes on. What has begun to write is only cancelled by
/// `cancellation_type::terminal`, and the stream has failed then.
///
/// Destroying the stream with operations outstanding closes the connection; they complete with
/// `boost::asio::error::operation_aborted`.
///
/// @tparam NextLayer What lies below. With a reference type it is not owned, and has to live as long as the operations.
/// @tparam deflateSupported Whether permessage-deflate can be switched on.
template <class NextLayer, bool deflateSupported = true>
class stream : public stream_settings<NextLayer, deflateSupported> {
  using settings = stream_settings<NextLayer, deflateSupported>;
  using core_type = detail::core<NextLayer>;
  using settings::core_;

  template <class Signature, class Operation, class Token>
  auto start(Operation&& operation, Token&& token) {
    return net::async_compose<Token, Signature>(std::forward<Operation>(operation), token, core_->next.get_executor());
  }

  template <class Token>
  static constexpr bool is_request_or_buffers =
      net::is_const_buffer_sequence<std::decay_t<Token>>::value || http::is_fields<std::decay_t<Token>>::value;

public:
  /// Whether permessage-deflate can be switched on.
  using is_deflate_supported = std::integral_constant<bool, deflateSupported>;

  /// What lies below.
  using next_layer_type = typename core_type::next_layer_type;

  /// The executor that handlers without one of their own are called on: the next layer's.
  using executor_type = typename next_layer_type::executor_type;

  /// The token that asynchronous operations take where none is given.
  using default_token = net::default_completion_token_t<executor_type>;

  /// The same stream over the next layer with another executor.
  template <class Executor>
  struct rebind_executor {
    /// The stream's type.
    using other = stream<typename next_layer_type::template rebind_executor<Executor>::other, deflateSupported>;
  };

  // ---- Making and destroying ----

  /// Makes a stream whose next layer is constructed from `args`.
  template <class... Args, class = std::enable_if_t<std::is_constructible_v<NextLayer, Args&&...>>>
  explicit stream(Args&&... args) : settings(std::make_shared<core_type>(std::forward<Args>(args)...)) {}

  /// Makes a stream over the next layer of another, which has no connection.
  template <class Other, class = std::enable_if_t<std::is_constructible_v<NextLayer, Other&&>>>
  explicit stream(stream<Other, deflateSupported>&& other)
      : settings(std::make_shared<core_type>(std::move(other.next_layer()))) {}

  /// Moves a stream; the other can only be destroyed then.
  stream(stream&& other) noexcept = default;

  stream& operator=(stream&&) = delete;

  /// Closes the connection as it stands; what is outstanding is aborted.
  ~stream() {
    if (core_)
      core_->detach();
  }

  // ---- What lies below ----

  /// Returns the next layer's executor.
  executor_type get_executor() noexcept { return core_->next.get_executor(); }

  /// Returns the next layer, to connect it, to shake hands over TLS, or to reach the socket.
  next_layer_type& next_layer() noexcept { return core_->next; }

  /// Returns the next layer.
  next_layer_type const& next_layer() const noexcept { return core_->next; }

  // ---- Handshake of a client ----

  /// Asks the server for a WebSocket. `host` is the Host field: a name, and the port where it is not the usual one.
  void handshake(string_view host, string_view target) {
    throwing([&](error_code& ec) { handshake(host, target, ec); });
  }
  /// @copydoc handshake
  void handshake(string_view host, string_view target, error_code& ec) {
    detail::run_blocking(handshaking("handshake()", nullptr, host, target), ec);
  }

  /// The same, and gives the server's response whenever there is one: also where it refuses, or redirects.
  void handshake(response_type& response, string_view host, string_view target) {
    throwing([&](error_code& ec) { handshake(response, host, target, ec); });
  }
  /// @copydoc handshake
  void handshake(response_type& response, string_view host, string_view target, error_code& ec) {
    detail::run_blocking(handshaking("handshake()", &response, host, target), ec);
  }

  /// Asks the server for a WebSocket, asynchronously. The handler takes an error code.
  template <class Token = default_token>
  auto async_handshake(string_view host, string_view target, Token&& token = Token()) {
    return start<void(error_code)>(handshaking("async_handshake()", nullptr, host, target), std::forward<Token>(token));
  }

  /// The same with the response, which has to live until the handler is called.
  template <class Token = default_token>
  auto async_handshake(response_type& response, string_view host, string_view target, Token&& token = Token()) {
    return start<void(error_code)>(handshaking("async_handshake()", &response, host, target),
                                   std::forward<Token>(token));
  }

  // ---- Handshake of a server ----

  /// Reads a client's request and answers it. A bad one gets a response that says why, and is an error.
  void accept() {
    throwing([&](error_code& ec) { accept(ec); });
  }
  /// @copydoc accept
  void accept(error_code& ec) { accept(net::const_buffer(), ec); }

  /// The same for a request of which some bytes, or all, have been read.
  template <class ConstBufferSequence>
  auto accept(ConstBufferSequence const& buffers)
      -> std::enable_if_t<net::is_const_buffer_sequence<ConstBufferSequence>::value> {
    throwing([&](error_code& ec) { accept(buffers, ec); });
  }
  /// @copydoc accept
  template <class ConstBufferSequence>
  auto accept(ConstBufferSequence const& buffers, error_code& ec)
      -> std::enable_if_t<net::is_const_buffer_sequence<ConstBufferSequence>::value> {
    detail::run_blocking(accepting("accept()", buffers), ec);
  }

  /// Answers a request that has been read and parsed.
  template <class Body, class Allocator>
  void accept(http::request<Body, http::basic_fields<Allocator>> const& request) {
    throwing([&](error_code& ec) { accept(request, ec); });
  }
  /// @copydoc accept
  template <class Body, class Allocator>
  void accept(http::request<Body, http::basic_fields<Allocator>> const& request, error_code& ec) {
    detail::run_blocking(accepting("accept()", request), ec);
  }

  /// Reads a client's request and answers it, asynchronously. The handler takes an error code.
  template <class Token = default_token, class = std::enable_if_t<!is_request_or_buffers<Token>>>
  auto async_accept(Token&& token = Token()) {
    return start<void(error_code)>(accepting("async_accept()", net::const_buffer()), std::forward<Token>(token));
  }

  /// The same for a request of which some bytes have been read; they are copied.
  template <class ConstBufferSequence, class Token = default_token,
            class = std::enable_if_t<net::is_const_buffer_sequence<ConstBufferSequence>::value>>
  auto async_accept(ConstBufferSequence const& buffers, Token&& token = Token()) {
    return start<void(error_code)>(accepting("async_accept()", buffers), std::forward<Token>(token));
  }

  /// Answers a request that has been read and parsed, asynchronously. It is not needed any more when this returns.
  template <class Body, class Allocator, class Token = default_token>
  auto async_accept(http::request<Body, http::basic_fields<Allocator>> const& request, Token&& token = Token()) {
    return start<void(error_code)>(accepting("async_accept()", request), std::forward<Token>(token));
  }

  // ---- Closing, pings and pongs ----

  /// Closes the connection: sends a close frame, discards what comes until the peer's, and ends what lies below. At the
  /// latest when the time limit of closing is over, and whatever the outcome, the stream is closed afterwards:
  /// is_open() is false, the connection below has ended, and operations are aborted.
  /// `boost::asio::error::invalid_argument` for a code that must not be sent, or a reason that is not UTF-8; nothing
  /// has happened then.
  void close(close_reason const& reason) {
    throwing([&](error_code& ec) { close(reason, ec); });
  }
  /// @copydoc close
  void close(close_reason const& reason, error_code& ec) {
    detail::run_blocking(detail::close_operation<NextLayer>(core_, "close()", reason), ec);
  }

  /// Closes the connection asynchronously. The handler takes an error code.
  template <class Token = default_token>
  auto async_close(close_reason const& reason, Token&& token = Token()) {
    return start<void(error_code)>(detail::close_operation<NextLayer>(core_, "async_close()", reason),
                                   std::forward<Token>(token));
  }

  /// Sends a ping. The peer's pong is seen by the control callback.
  void ping(ping_data const& payload) {
    throwing([&](error_code& ec) { ping(payload, ec); });
  }
  /// @copydoc ping
  void ping(ping_data const& payload, error_code& ec) {
    detail::run_blocking(pinging("ping()", frame_type::ping, payload), ec);
  }

  /// Sends a ping asynchronously. The handler takes an error code.
  template <class Token = default_token>
  auto async_ping(ping_data const& payload, Token&& token = Token()) {
    return start<void(error_code)>(pinging("async_ping()", frame_type::ping, payload), std::forward<Token>(token));
  }

  /// Sends a pong that answers nothing. Pings are answered by reading.
  void pong(ping_data const& payload) {
    throwing([&](error_code& ec) { pong(payload, ec); });
  }
  /// @copydoc pong
  void pong(ping_data const& payload, error_code& ec) {
    detail::run_blocking(pinging("pong()", frame_type::pong, payload), ec);
  }

  /// Sends a pong asynchronously. The handler takes an error code.
  template <class Token = default_token>
  auto async_pong(ping_data const& payload, Token&& token = Token()) {
    return start<void(error_code)>(pinging("async_pong()", frame_type::pong, payload), std::forward<Token>(token));
  }

  // ---- Reading ----

  /// Reads a whole message, or what is left of one, to the end of a dynamic buffer. Returns how many bytes it was.
  /// error::closed when the peer has closed in order (see reason()), error::buffer_overflow when the buffer is full.
  template <class DynamicBuffer>
  std::size_t read(DynamicBuffer& buffer) {
    return throwing([&](error_code& ec) { return read(buffer, ec); });
  }
  /// @copydoc read
  template <class DynamicBuffer>
  std::size_t read(DynamicBuffer& buffer, error_code& ec) {
    return detail::run_blocking(reading("read()", detail::dynamic_target<DynamicBuffer>(buffer, 0, false)), ec);
  }

  /// Reads a message asynchronously. The handler takes an error code and a number of bytes.
  template <class DynamicBuffer, class Token = default_token>
  auto async_read(DynamicBuffer& buffer, Token&& token = Token()) {
    return start<void(error_code, std::size_t)>(
        reading("async_read()", detail::dynamic_target<DynamicBuffer>(buffer, 0, false)), std::forward<Token>(token));
  }

  /// Reads some of a message to the end of a dynamic buffer, at most `limit` bytes; 0 leaves it to the stream.
  /// is_message_done() says whether that was all.
  template <class DynamicBuffer>
  std::size_t read_some(DynamicBuffer& buffer, std::size_t limit) {
    return throwing([&](error_code& ec) { return read_some(buffer, limit, ec); });
  }
  /// @copydoc read_some
  template <class DynamicBuffer>
  std::size_t read_some(DynamicBuffer& buffer, std::size_t limit, error_code& ec) {
    return detail::run_blocking(reading("read_some()", detail::dynamic_target<DynamicBuffer>(buffer, limit, true)), ec);
  }

  /// Reads some of a message asynchronously. The handler takes an error code and a number of bytes.
  template <class DynamicBuffer, class Token = default_token,
            class = std::enable_if_t<!net::is_mutable_buffer_sequence<DynamicBuffer>::value>>
  auto async_read_some(DynamicBuffer& buffer, std::size_t limit, Token&& token = Token()) {
    return start<void(error_code, std::size_t)>(
        reading("async_read_some()", detail::dynamic_target<DynamicBuffer>(buffer, limit, true)),
        std::forward<Token>(token));
  }

  /// Reads some of a message into the first of the buffers that is not empty.
  template <class MutableBufferSequence>
  auto read_some(MutableBufferSequence const& buffers)
      -> std::enable_if_t<net::is_mutable_buffer_sequence<MutableBufferSequence>::value, std::size_t> {
    return throwing([&](error_code& ec) { return read_some(buffers, ec); });
  }
  /// @copydoc read_some
  template <class MutableBufferSequence>
  auto read_some(MutableBufferSequence const& buffers, error_code& ec)
      -> std::enable_if_t<net::is_mutable_buffer_sequence<MutableBufferSequence>::value, std::size_t> {
    return detail::run_blocking(reading("read_some()", detail::fixed_target<MutableBufferSequence>(buffers)), ec);
  }

  /// The same asynchronously. The handler takes an error code and a number of bytes.
  template <class MutableBufferSequence, class Token = default_token,
            class = std::enable_if_t<net::is_mutable_buffer_sequence<MutableBufferSequence>::value>>
  auto async_read_some(MutableBufferSequence const& buffers, Token&& token = Token()) {
    return start<void(error_code, std::size_t)>(
        reading("async_read_some()", detail::fixed_target<MutableBufferSequence>(buffers)), std::forward<Token>(token));
  }

  // ---- Writing ----

  /// Writes a message, or the last piece of one, and returns its bytes. Text has to be UTF-8; the peer checks it.
  template <class ConstBufferSequence>
  std::size_t write(ConstBufferSequence const& buffers) {
    return throwing([&](error_code& ec) { return write(buffers, ec); });
  }
  /// @copydoc write
  template <class ConstBufferSequence>
  std::size_t write(ConstBufferSequence const& buffers, error_code& ec) {
    return detail::run_blocking(writing("write()", true, buffers), ec);
  }

  /// Writes a message asynchronously. The buffers have to live until the handler is called, which takes an error code
  /// and a number of bytes.
  template <class ConstBufferSequence, class Token = default_token>
  auto async_write(ConstBufferSequence const& buffers, Token&& token = Token()) {
    return start<void(error_code, std::size_t)>(writing("async_write()", true, buffers), std::forward<Token>(token));
  }

  /// Writes a piece of a message; `fin` makes it the last. The message's type is that of its first piece.
  template <class ConstBufferSequence>
  std::size_t write_some(bool fin, ConstBufferSequence const& buffers) {
    return throwing([&](error_code& ec) { return write_some(fin, buffers, ec); });
  }
  /// @copydoc write_some
  template <class ConstBufferSequence>
  std::size_t write_some(bool fin, ConstBufferSequence const& buffers, error_code& ec) {
    return detail::run_blocking(writing("write_some()", fin, buffers), ec);
  }

  /// Writes a piece of a message asynchronously. The handler takes an error code and a number of bytes.
  template <class ConstBufferSequence, class Token = default_token>
  auto async_write_some(bool fin, ConstBufferSequence const& buffers, Token&& token = Token()) {
    return start<void(error_code, std::size_t)>(writing("async_write_some()", fin, buffers),
                                                std::forward<Token>(token));
  }

private:
  template <class Call>
  static auto throwing(Call&& call) {
    struct check {
      error_code ec;
      void operator()() const {
        if (ec)
          BOOST_THROW_EXCEPTION(system_error(ec));
      }
    } result;
    if constexpr (std::is_void_v<decltype(call(result.ec))>) {
      call(result.ec);
      result();
    } else {
      auto const value = call(result.ec);
      result();
      return value;
    }
  }

  auto handshaking(char const* name, response_type* response, string_view host, string_view target) {
    return detail::handshake_operation<NextLayer>(core_, name, deflateSupported, response, host, target);
  }

  template <class Request>
  auto accepting(char const* name, Request const& request) {
    return detail::accept_operation<NextLayer>(core_, name, deflateSupported, request);
  }

  auto pinging(char const* name, frame_type which, ping_data const& payload) {
    return detail::ping_operation<NextLayer>(core_, name, which, payload);
  }

  template <class Target>
  auto reading(char const* name, Target target) {
    return detail::read_operation<NextLayer, Target>(core_, name, std::move(target));
  }

  template <class ConstBufferSequence>
  auto writing(char const* name, bool fin, ConstBufferSequence const& buffers) {
    return detail::write_operation<NextLayer, ConstBufferSequence>(core_, name, fin, buffers);
  }
};

} // namespace websocket
} // namespace bisque

#endif
