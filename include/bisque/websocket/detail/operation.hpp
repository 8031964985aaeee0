/// @file
/// What every operation is made of.
#ifndef BISQUE_WEBSOCKET_DETAIL_OPERATION_HPP
#define BISQUE_WEBSOCKET_DETAIL_OPERATION_HPP

#include <bisque/websocket/detail/core.hpp>
#include <boost/asio/coroutine.hpp>
#include <memory>
#include <utility>

namespace bisque {
namespace websocket {
namespace detail {

/// The base of every operation: its share of the core, where it is, and the turns that it has.
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

  /// Takes a turn, or says that it is to be waited for.
  bool must_wait(gate& which) {
    if (which.try_take(name_))
      return false;
    suspended_ = true;
    return true;
  }

  /// The turn was taken, or waited for with this outcome. Returns false when the operation is to end with `ec`.
  bool took(bool& turn, error_code& ec) {
    if (ec) {
      core_->explain(ec);
      return false;
    }
    turn = true;
    return !core_->stopped(ec);
  }

  /// Whether there is more to write of what the protocol was given: it is in `out_` then.
  bool wants_to_write() {
    if (out_.empty()) {
      if (std::exchange(writes_, false))
        core_->protocol.output_done();
      writes_ = core_->protocol.next_output(out_);
    }
    suspended_ |= writes_;
    return writes_;
  }

  /// Some was written. Returns false when the operation is to end with `ec`.
  bool wrote(error_code& ec, std::size_t bytes) {
    if (core_->stopped(ec))
      return false;
    out_.consume(bytes);
    return true;
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
  /// Whether the protocol waits to hear that it was written.
  bool writes_ = false;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
