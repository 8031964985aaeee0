/// @file
/// What a stream and its operations share: the next layer, with the state and the options.
///
/// Operations own it: when the stream is destroyed while some are outstanding, the connection is closed, and it lives
/// until they have completed.
#ifndef BISQUE_WEBSOCKET_DETAIL_CORE_HPP
#define BISQUE_WEBSOCKET_DETAIL_CORE_HPP

#include <bisque/websocket/detail/blocking.hpp>
#include <bisque/websocket/detail/state.hpp>
#include <bisque/websocket/detail/transport.hpp>
#include <bisque/websocket/teardown.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

namespace bisque {
namespace websocket {
namespace detail {

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
    else if (buffers.is_single())
      next.async_write_some(net::const_buffer(*buffers.begin()), std::move(self));
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
    resting_ = woken_ = false;
    stop_timer();
  }

  /// An operation that waits for the peer begins.
  template <class Self>
  void begin_waiting(Self& self) {
    if constexpr (!is_blocking<Self>) {
      if (waiting_++ == 0)
        sign_of_life();
      bool const stale = !ticking_ || std::exchange(woken_, false);
      if (stale && state == status::open && timeout.idle_timeout != stream_base::none()) {
        ticking_ = true;
        start_timer(clock::now() + silence_until_next_tick(), net::get_associated_executor(self));
      }
    }
  }

  /// It ends.
  template <class Self>
  void end_waiting(Self&) {
    if constexpr (!is_blocking<Self>) {
      --waiting_;
      // The context need not wait for a timer that has nothing to watch.
      if (state == status::failed || state == status::closed)
        stop_timer();
    }
  }

  /// The peer has shown that it is there.
  void sign_of_life() {
    if (timeout.idle_timeout != stream_base::none())
      last_life_ = clock::now();
    pinged_ = last_chance_ = false;
    if (std::exchange(resting_, false))
      woken_ = true;
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
  /// After so much silence the memory of permessage-deflate, some 300 KiB, is given back.
  static constexpr stream_base::duration rest_after = std::chrono::seconds(3);

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
    auto const silence = timeout.keep_alive_pings && !pinged_ ? timeout.idle_timeout / 2 : timeout.idle_timeout;
    return deflated.active && !resting_ ? (std::min)(silence, rest_after) : silence;
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
    if (deflated.active && !resting_ && silence >= rest_after) {
      resting_ = true;
      protocol.rest();
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
  bool resting_ = false; ///< the memory of permessage-deflate has been given back
  bool woken_ = false;   ///< and has been taken again, so that the next tick is too far away
  std::optional<blocking_deadline<next_layer_type>> blocking_;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
