/// @file
/// What a stream and its operations share: the next layer, the protocol's engine, the state and the options.
///
/// Operations own it: when the stream is destroyed while some are outstanding, the connection is closed, and it lives
/// until they have completed.
#ifndef BISQUE_WEBSOCKET_DETAIL_CORE_HPP
#define BISQUE_WEBSOCKET_DETAIL_CORE_HPP

#include <bisque/websocket/detail/engine.hpp>
#include <bisque/websocket/detail/service.hpp>
#include <bisque/websocket/detail/transport.hpp>
#include <bisque/websocket/error.hpp>
#include <bisque/websocket/option.hpp>
#include <bisque/websocket/teardown.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/coroutine.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>
#include <memory>
#include <optional>

namespace bisque {
namespace websocket {
namespace detail {

/// Where a connection is in its life.
enum class status {
  /// Nothing has been negotiated, or it is being.
  handshake,
  /// Messages pass.
  open,
  /// A close frame has gone, or goes.
  closing,
  /// Closed in order, by a timeout, or with the stream.
  closed,
  /// An operation has failed.
  failed
};

/// The part of the core that is the same for every next layer.
class core_base : public gates {
public:
  engine protocol;
  status state = status::closed;
  role_type role = role_type::client;

  // What has been negotiated.
  permessage_deflate_status deflated;

  // Receiving.
  std::size_t read_size = 0; ///< of the message under way, so far
  bool read_done = true;     ///< the message is whole
  bool read_text = true;     ///< what it is
  bool got_close = false;    ///< the peer's close has come
  // Sending.
  bool write_begun = false;    ///< a message is under way
  bool write_text = true;      ///< what it is
  bool sent_close = false;     ///< our close has gone, or goes
  std::vector<BYTE> gathered;  ///< a frame whose payload lies in several buffers
  ping_data control_payload;   ///< of the ping or pong under way, which an operation that moves cannot hold
  close_reason closing_reason; ///< the same of a close

  /// Why the peer's close is not waited for any more, if it broke the protocol.
  error_code fault;

  // Which calls are outstanding, by name.
  char const* reader = nullptr;
  char const* writer = nullptr;
  char const* closer = nullptr;
  std::size_t writers = 0;

  // Options.
  permessage_deflate deflate_option;
  stream_base::decorator decorator;
  stream_base::timeout timeout{stream_base::none(), stream_base::none(), false};
  stream_base::close_timeout close_timeout;
  websocket::write_queue write_queue{false, 0};
  std::function<void(frame_type, string_view)> control_callback;
  std::size_t read_message_max = 16 * 1024 * 1024;
  std::size_t write_buffer_bytes = 4096;
  std::size_t read_buffer_bytes = 4096;
  bool auto_fragment = true;
  bool text = true;
  bool compress = true;

  /// Forgets an earlier connection.
  void restart(role_type which) {
    role = which;
    state = status::handshake;
    read_size = 0;
    read_done = true;
    write_begun = got_close = sent_close = false;
    timed_out_ = reported_ = false;
    deflated = {};
    fault = {};
  }

  /// Prepares the protocol for a handshake.
  void begin(role_type which, bool may_compress) {
    restart(which);
    // Half of the receive buffer is for what is inflated.
    auto const receive = may_compress ? 2 * read_buffer_bytes : read_buffer_bytes;
    std::size_t send = write_buffer_bytes + largest_header;
    if (role == role_type::server && (!may_compress || write_buffer_bytes == 4096))
      send = 0;
    else if (role == role_type::client)
      send = (std::max)(send, std::size_t(256));
    else
      send = (std::max)(send, std::size_t(64));
    protocol.reset(role, static_cast<ULONG>(receive), static_cast<ULONG>(send));
  }

  /// Says whether an operation is to end, and with which error: the first that sees what happened is told, the others
  /// are aborted. To be called when one begins, and whenever it goes on.
  bool stopped(error_code& ec) {
    if (detached_) {
      ec = net::error::operation_aborted;
      return true;
    }
    if (timed_out_) {
      timed_out_ = false;
      ec = beast::error::timeout;
      return true;
    }
    if (state == status::closed || state == status::failed) {
      ec = net::error::operation_aborted;
      return true;
    }
    if (!ec)
      return false;
    if (std::exchange(reported_, true))
      ec = net::error::operation_aborted;
    state = status::failed;
    return true;
  }

  /// Replaces the error of an operation that did not get its turn by what ended the stream, if that is why.
  void explain(error_code& ec) {
    error_code why;
    if (stopped(why))
      ec = why;
  }

  /// Whether an aborted read has left everything as it was.
  bool goes_on() const { return state == status::open && !timed_out_ && !detached_; }

  /// Whether the stream was destroyed.
  bool is_detached() const { return detached_; }

  /// Both close frames have passed, and so a timeout that comes after them is no news.
  void forget_timeout() { timed_out_ = false; }

  /// Whether the message that begins now is sent as it is.
  bool sends_plain(std::size_t size, bool fin, bool wants_compression) const {
    return !deflated.active || !wants_compression || (fin && size < deflate_option.msg_size_threshold);
  }

  /// Whether the frame under way makes its message longer than allowed.
  bool too_big(std::size_t so_far) const {
    if (read_message_max == 0)
      return false;
    if (so_far > read_message_max)
      return true;
    auto const now = protocol.receive_state();
    return !now.bCompressed && now.ullFrameRemaining > read_message_max - so_far;
  }

  /// A good number of bytes for the next read, given a default for when nothing is known.
  std::size_t read_size_hint(std::size_t initial) const {
    if (read_done)
      return initial;
    auto const now = protocol.receive_state();
    if (now.bCompressed || now.ullFrameRemaining == 0)
      return initial;
    // A peer that announces much has not sent it yet.
    return static_cast<std::size_t>((std::min<ULONGLONG>)(now.ullFrameRemaining, largest_hint));
  }

protected:
  bool timed_out_ = false;
  bool reported_ = false;
  bool detached_ = false;

private:
  static constexpr std::size_t largest_header = 14;
  static constexpr std::size_t largest_hint = 65536;
};

/// Takes the place of an asynchronous operation's handler in a synchronous call: each step is done where it is asked
/// for, and the operation goes on.
struct blocking_call {
  error_code ec;
  std::size_t bytes = 0;
  bool again = false;
  error_code result;
  std::size_t transferred = 0;

  void go_on(error_code next, std::size_t size = 0) {
    ec = next;
    bytes = size;
    again = true;
  }

  void complete(error_code last, std::size_t size = 0) {
    result = last;
    transferred = size;
  }
};

template <class Self>
inline constexpr bool is_blocking = std::is_same_v<Self, blocking_call>;

/// Runs an operation synchronously.
template <class Operation>
std::size_t run_blocking(Operation operation, error_code& ec) {
  blocking_call self;
  do {
    self.again = false;
    operation(self, self.ec, self.bytes);
  } while (self.again);
  ec = self.result;
  return self.transferred;
}

/// The core of a stream over a next layer.
template <class NextLayer>
class core final : public core_base, public std::enable_shared_from_this<core<NextLayer>> {
public:
  using next_layer_type = std::remove_reference_t<NextLayer>;
  using executor_type = typename next_layer_type::executor_type;
  using clock = std::chrono::steady_clock;

  template <class... Args>
  explicit core(Args&&... args) : next(std::forward<Args>(args)...), timer_(next.get_executor()) {
    join(detail::context_of(next.get_executor()));
  }

  NextLayer next;

  // ---- Steps of operations ----

  /// Reads some bytes and goes on with `self`.
  template <class Self>
  void read_some(net::mutable_buffer buffer, Self& self) {
    if constexpr (is_blocking<Self>)
      block(false, self, [&](error_code& ec) { return next.read_some(buffer, ec); });
    else
      next.async_read_some(buffer, std::move(self));
  }

  /// Writes some bytes and goes on.
  template <class Self>
  void write_some(output const& buffers, Self& self) {
    if constexpr (is_blocking<Self>)
      block(true, self, [&](error_code& ec) { return next.write_some(buffers, ec); });
    else
      next.async_write_some(output(buffers), std::move(self)); // a copy: the buffers are in `self`
  }

  /// Ends the connection below and goes on.
  template <class Self>
  void tear_down(Self& self) {
    if constexpr (is_blocking<Self>)
      block(false, self, [&](error_code& ec) { return detail::call_teardown(role, next, ec), std::size_t(0); });
    else
      detail::call_async_teardown(role, next, std::move(self));
  }

  /// Waits for a turn and goes on: with it, or with an error.
  template <class Self>
  void wait(gate& which, urgency how, char const* name, Self& self) {
    if constexpr (is_blocking<Self>)
      detail::misuse(name, which.holder());
    else
      which.wait(how, name, std::move(self));
  }

  /// Goes on, as if something had been waited for.
  template <class Self>
  void post(Self& self) {
    if constexpr (is_blocking<Self>)
      self.go_on({});
    else
      net::post(std::move(self));
  }

  // ---- Time ----

  /// Begins the handshake's time limit.
  template <class Self>
  void limit_handshake(Self& self) {
    limit(timeout.handshake_timeout, self);
  }

  /// Begins the time limit of closing.
  template <class Self>
  void limit_closing(Self& self) {
    limit((std::min)(close_timeout.value, timeout.handshake_timeout), self);
  }

  /// The handshake has succeeded: from now on silence counts.
  void opened() {
    state = status::open;
    stop_timer();
  }

  /// An operation that waits for the peer begins.
  template <class Self>
  void begin_waiting(Self& self) {
    if constexpr (!is_blocking<Self>) {
      if (waiting_++ == 0)
        sign_of_life();
      if (!ticking_ && state == status::open && timeout.idle_timeout != stream_base::none()) {
        ticking_ = true;
        start_timer(clock::now() + silence_until_next_tick(), net::get_associated_executor(self));
      }
    }
  }

  /// It ends.
  template <class Self>
  void end_waiting(Self&) {
    if constexpr (!is_blocking<Self>)
      --waiting_;
  }

  /// The peer has shown that it is there.
  void sign_of_life() {
    if (timeout.idle_timeout != stream_base::none())
      last_life_ = clock::now();
    pinged_ = last_chance_ = false;
  }

  /// Takes new limits.
  void set_timeout(stream_base::timeout const& limits) {
    timeout = limits;
    if (state == status::open)
      stop_timer();
  }

  // ---- Ends ----

  /// The connection is over; `last` is closed or failed.
  void finish(status last) {
    state = last;
    stop_timer();
    blocking_.reset();
  }

  /// Closes the connection as it stands.
  void shut() {
    finish(status::closed);
    detail::close_transport(next);
  }

  /// The stream is gone: what is outstanding ends without touching the next layer again.
  void detach() {
    detached_ = true;
    stop_timer();
    state = status::closed;
    if constexpr (!std::is_reference_v<NextLayer>) {
      // The stream's own, and those of its operations.
      if (this->weak_from_this().use_count() > 1)
        detail::close_transport(next);
    }
    reading.cancel_all();
    writing.cancel_all();
  }

  /// Sends a ping that nobody has asked for, on an executor. Defined beside the operation.
  template <class Executor>
  void send_idle_ping(Executor const& executor);

private:
  /// A wait for the timer, on the executor of the operation that began it.
  template <class Executor>
  struct tick {
    std::weak_ptr<core> weak;
    Executor executor;

    using executor_type = Executor;
    executor_type get_executor() const noexcept { return executor; }

    void operator()(error_code ec) {
      if (ec)
        return;
      if (auto const self = weak.lock())
        self->on_tick(executor);
    }
  };

  template <class Self, class Call>
  void block(bool writing, Self& self, Call&& call) {
    error_code ec;
    std::size_t size = 0;
    if (blocking_)
      size = blocking_->repeat(writing, ec, [&] { return call(ec); });
    else
      size = call(ec);
    if (blocking_ && ec == net::error::timed_out) {
      time_out();
      ec = net::error::operation_aborted;
    }
    self.go_on(ec, size);
  }

  template <class Self>
  void limit(stream_base::duration most, Self& self) {
    stop_timer();
    if (most == stream_base::none())
      return;
    deadline_ = clock::now() + most;
    if constexpr (is_blocking<Self>) {
      // Handshakes block as long as their next layer does.
      if (state != status::handshake)
        blocking_.emplace(next, deadline_);
    } else {
      start_timer(deadline_, net::get_associated_executor(self));
    }
  }

  template <class Executor>
  void start_timer(clock::time_point when, Executor const& executor) {
    timer_.expires_at(when);
    timer_.async_wait(tick<Executor>{this->weak_from_this(), executor});
  }

  void stop_timer() {
    ticking_ = false;
    timer_.cancel();
  }

  stream_base::duration silence_until_next_tick() const {
    return timeout.keep_alive_pings && !pinged_ ? timeout.idle_timeout / 2 : timeout.idle_timeout;
  }

  template <class Executor>
  void on_tick(Executor const& executor) {
    auto const now = clock::now();
    if (state == status::handshake || state == status::closing) {
      // The timer may have been set anew while this tick was on its way.
      if (now >= deadline_)
        time_out();
      return;
    }
    if (state != status::open || !ticking_)
      return;
    if (waiting_ == 0 || timeout.idle_timeout == stream_base::none()) {
      ticking_ = false;
      return;
    }
    auto const silence = now - last_life_;
    if (silence >= timeout.idle_timeout) {
      if (std::exchange(last_chance_, true))
        return time_out();
      // A program that was held up looks at what has come meanwhile before it judges the peer.
      return start_timer(now, executor);
    }
    if (timeout.keep_alive_pings && !pinged_ && silence >= timeout.idle_timeout / 2) {
      pinged_ = true;
      send_idle_ping(executor);
    }
    start_timer(last_life_ + silence_until_next_tick(), executor);
  }

  void time_out() {
    timed_out_ = true;
    finish(status::closed);
    detail::close_transport(next);
    reading.cancel_all();
    writing.cancel_all();
  }

  net::basic_waitable_timer<clock, net::wait_traits<clock>, executor_type> timer_;
  clock::time_point deadline_{};
  clock::time_point last_life_{};
  std::size_t waiting_ = 0;
  bool ticking_ = false;
  bool pinged_ = false;
  bool last_chance_ = false;
  std::optional<blocking_deadline<next_layer_type>> blocking_;
};

/// What every operation is made of.
template <class NextLayer>
class operation {
protected:
  using core_type = core<NextLayer>;

  operation(std::shared_ptr<core_type> shared, char const* name) : core_(std::move(shared)), name_(name) {}

  /// Lets the operation be cancelled by any type of cancellation: it has changed nothing yet, or nothing is lost.
  template <class Self>
  static void cancel_by_all([[maybe_unused]] Self& self) {
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
    if constexpr (!is_blocking<Self>)
      self.reset_cancellation_state(net::enable_total_cancellation());
#endif
  }

  /// From now on only terminal cancellation will do: the connection cannot go on after it.
  template <class Self>
  static void cancel_by_terminal([[maybe_unused]] Self& self) {
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
    if constexpr (!is_blocking<Self>)
      self.reset_cancellation_state(net::enable_terminal_cancellation());
#endif
  }

  /// Whether it was cancelled while nothing could be interrupted.
  template <class Self>
  static bool is_cancelled([[maybe_unused]] Self& self) {
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
    if constexpr (!is_blocking<Self>)
      return self.cancelled() != net::cancellation_type::none;
#endif
    return false;
  }

  /// Makes a handshake the only operation.
  void begin_handshake() {
    if (char const* const outstanding = core_->reader ? core_->reader : core_->writer)
      detail::misuse(name_, outstanding);
    core_->reader = core_->writer = name_;
  }

  /// Gives up the turns it has.
  void give_up_turns() {
    if (std::exchange(has_writing_, false))
      core_->writing.give_up();
    if (std::exchange(has_reading_, false))
      core_->reading.give_up();
  }

  std::shared_ptr<core_type> core_;
  net::coroutine coroutine_;
  char const* name_;
  /// Whether it has been suspended, so that its handler may be called.
  bool suspended_ = false;
  bool has_reading_ = false;
  bool has_writing_ = false;
  /// What it ends with.
  error_code result_;
  /// What it writes.
  output out_;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
