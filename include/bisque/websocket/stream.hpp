/// @file
/// The WebSocket stream.
#ifndef BISQUE_WEBSOCKET_STREAM_HPP
#define BISQUE_WEBSOCKET_STREAM_HPP

#include <bisque/websocket/impl/close.hpp>
#include <bisque/websocket/impl/handshake.hpp>
#include <bisque/websocket/impl/read.hpp>
#include <bisque/websocket/impl/write.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/throw_exception.hpp>
#include <stdexcept>

namespace bisque {
namespace websocket {

/// A WebSocket (RFC 6455), client or server, over a stream of bytes: a socket, TLS over one, or one of Boost.Beast's
/// streams.
///
/// Its members are those of `boost::beast::websocket::stream`, and so is their behaviour, but for what docs/cpp.md
/// lists.
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
class stream {
  using core_type = detail::core<NextLayer>;

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
  explicit stream(Args&&... args) : core_(std::make_shared<core_type>(std::forward<Args>(args)...)) {}

  /// Makes a stream over the next layer of another, which has no connection.
  template <class Other, class = std::enable_if_t<std::is_constructible_v<NextLayer, Other&&>>>
  explicit stream(stream<Other, deflateSupported>&& other)
      : core_(std::make_shared<core_type>(std::move(other.next_layer()))) {}

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

  // ---- State ----

  /// Returns whether messages may be sent and received: the handshake is over, and no close has begun.
  bool is_open() const noexcept { return core_->state == detail::status::open; }

  /// Returns whether the message that was read last, or is being read, is binary.
  bool got_binary() const noexcept { return !core_->read_text; }

  /// Returns whether the message that was read last, or is being read, is text.
  bool got_text() const noexcept { return core_->read_text; }

  /// Returns whether the last read has reached the end of a message.
  bool is_message_done() const noexcept { return core_->read_done; }

  /// Returns the code and reason of the peer's close, after an operation has ended with error::closed.
  close_reason const& reason() const noexcept { return core_->protocol.reason(); }

  /// Returns how many bytes of room suit the next read: what is left of the frame, or `initial_size`. Never 0.
  std::size_t read_size_hint(std::size_t initial_size = 1536) const { return core_->read_size_hint(initial_size); }

  /// The same, but not more than the buffer may grow.
  template <class DynamicBuffer, class = std::enable_if_t<!std::is_integral_v<DynamicBuffer>>>
  std::size_t read_size_hint(DynamicBuffer& buffer) const {
    auto const left = buffer.max_size() - buffer.size();
    return left == 0 ? 1 : (std::min)(core_->read_size_hint((std::min)(left, std::size_t(1536))), left);
  }

  // ---- Options ----

  /// Sets a function that changes the handshake's request or response before it is sent.
  void set_option(stream_base::decorator decorate) { core_->decorator = std::move(decorate); }

  /// Sets the time limits of asynchronous operations.
  void set_option(stream_base::timeout const& limits) { core_->set_timeout(limits); }

  /// Gives the time limits.
  void get_option(stream_base::timeout& limits) const { limits = core_->timeout; }

  /// Sets the time limit of closing.
  void set_option(stream_base::close_timeout const& limit) { core_->close_timeout = limit; }

  /// Gives the time limit of closing.
  void get_option(stream_base::close_timeout& limit) const { limit = core_->close_timeout; }

  /// Sets whether writes queue.
  void set_option(write_queue const& queue) { core_->write_queue = queue; }

  /// Gives whether writes queue.
  void get_option(write_queue& queue) const { queue = core_->write_queue; }

  /// Sets what the next handshake says about permessage-deflate. Throws `std::invalid_argument` for a setting that is
  /// out of range, or that switches it on where deflateSupported is false.
  void set_option(permessage_deflate const& option);

  /// Gives what was set.
  void get_option(permessage_deflate& option) const { option = core_->deflate_option; }

  /// Gives what the handshake came to about permessage-deflate.
  void get_status(permessage_deflate_status& status) const noexcept { status = core_->deflated; }

  /// Sets whether a message is sent in frames of write_buffer_bytes(), so that control frames pass between them, or in
  /// one.
  void auto_fragment(bool value) { core_->auto_fragment = value; }

  /// Returns it; true by default.
  bool auto_fragment() const { return core_->auto_fragment; }

  /// Makes messages that are written from now on binary, or text.
  void binary(bool value) { core_->text = !value; }

  /// Returns whether they are binary; false by default.
  bool binary() const { return !core_->text; }

  /// Makes messages that are written from now on text, or binary.
  void text(bool value) { core_->text = value; }

  /// Returns whether they are text; true by default.
  bool text() const { return core_->text; }

  /// Sets whether messages are compressed, where that was negotiated.
  void compress(bool value) { core_->compress = value; }

  /// Returns it; true by default.
  bool compress() const { return core_->compress; }

  /// Sets a function that is called, while something reads, for every ping, pong and close that comes.
  void control_callback(std::function<void(frame_type, string_view)> callback) {
    core_->control_callback = std::move(callback);
  }

  /// Takes the function away.
  void control_callback() { core_->control_callback = nullptr; }

  /// Sets how long a message may be in bytes, after inflating; 0 is no limit. A longer one fails the connection with
  /// close_code::too_big, as soon as it is known.
  void read_message_max(std::size_t amount) { core_->read_message_max = amount; }

  /// Returns it; 16 MiB by default.
  std::size_t read_message_max() const { return core_->read_message_max; }

  /// Sets the size of the frames that auto_fragment() makes, and of the buffer for masked and compressed bytes, which
  /// the next handshake allocates. Throws `std::invalid_argument` for less than 8.
  void write_buffer_bytes(std::size_t amount) {
    if (amount < 8 || amount > largest_buffer)
      BOOST_THROW_EXCEPTION(std::invalid_argument("write_buffer_bytes: out of range"));
    core_->write_buffer_bytes = amount;
  }

  /// Returns it; 4096 by default.
  std::size_t write_buffer_bytes() const { return core_->write_buffer_bytes; }

  /// Sets the size of the buffer that the network is read into, which the next handshake allocates; larger payloads go
  /// straight to the reader. Throws `std::invalid_argument` for less than 256.
  void read_buffer_bytes(std::size_t amount) {
    if (amount < 256 || amount > largest_buffer)
      BOOST_THROW_EXCEPTION(std::invalid_argument("read_buffer_bytes: out of range"));
    core_->read_buffer_bytes = amount;
  }

  /// Returns it; 4096 by default.
  std::size_t read_buffer_bytes() const { return core_->read_buffer_bytes; }

  /// Taken for the sake of programs that call it, and without effect: masks are never predictable.
  void secure_prng(bool) {}

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
  static constexpr std::size_t largest_buffer = std::size_t(1) << 30;

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

  std::shared_ptr<core_type> core_;
};

template <class NextLayer, bool deflateSupported>
void stream<NextLayer, deflateSupported>::set_option(permessage_deflate const& option) {
  auto const check = [](bool good, char const* what) {
    if (!good)
      BOOST_THROW_EXCEPTION(std::invalid_argument(what));
  };
  check(deflateSupported || !(option.client_enable || option.server_enable), "deflateSupported is false");
  check(option.server_max_window_bits >= 9 && option.server_max_window_bits <= 15, "server_max_window_bits: 9 to 15");
  check(option.client_max_window_bits >= 9 && option.client_max_window_bits <= 15, "client_max_window_bits: 9 to 15");
  check(option.compLevel >= 0 && option.compLevel <= 9, "compLevel: 0 to 9");
  check(option.memLevel >= 1 && option.memLevel <= 9, "memLevel: 1 to 9");
  core_->deflate_option = option;
}

} // namespace websocket
} // namespace bisque

#endif
