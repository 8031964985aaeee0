/// @file
/// Reading messages: pings are answered, and the connection is closed when the peer closes it or breaks the protocol.
#ifndef BISQUE_WEBSOCKET_IMPL_READ_HPP
#define BISQUE_WEBSOCKET_IMPL_READ_HPP

#include <bisque/websocket/detail/operation.hpp>
#include <stdexcept>

namespace bisque {
namespace websocket {
namespace detail {

/// The bytes of a read go to a dynamic buffer.
template <class DynamicBuffer>
class dynamic_target {
public:
  /// `limit`: at most so many bytes, 0 for any number. `some`: the first piece is enough.
  dynamic_target(DynamicBuffer& buffer, std::size_t limit, bool some)
      : buffer_(&buffer), limit_(limit ? limit : std::size_t(-1)), some_(some) {}

  /// Returns room for about `hint` bytes, which is not empty, or sets an error.
  net::mutable_buffer prepare(std::size_t hint, error_code& ec) {
    auto const left = buffer_->max_size() - buffer_->size();
    auto const size = (std::min)({hint, limit_, left});
    if (size == 0) {
      ec = error::buffer_overflow;
      return {};
    }
    try {
      auto const room = buffer_->prepare(size);
      auto const end = net::buffer_sequence_end(room);
      for (auto at = net::buffer_sequence_begin(room); at != end; ++at)
        if (net::mutable_buffer(*at).size() != 0)
          return net::mutable_buffer(*at);
    } catch (std::length_error const&) {
      // Its max_size() promised more than it has.
    }
    ec = error::buffer_overflow;
    return {};
  }

  void commit(std::size_t bytes) { buffer_->commit(bytes); }
  bool is_enough() const { return some_; }

private:
  DynamicBuffer* buffer_;
  std::size_t limit_;
  bool some_;
};

/// The bytes of a read go to the first of some buffers that has room.
template <class MutableBufferSequence>
class fixed_target {
public:
  explicit fixed_target(MutableBufferSequence const& buffers) : buffers_(buffers) {}

  net::mutable_buffer prepare(std::size_t, error_code& ec) {
    auto const end = net::buffer_sequence_end(buffers_);
    for (auto at = net::buffer_sequence_begin(buffers_); at != end; ++at)
      if (net::mutable_buffer(*at).size() != 0)
        return net::mutable_buffer(*at);
    ec = error::buffer_overflow;
    return {};
  }

  void commit(std::size_t) {}
  bool is_enough() const { return true; }

private:
  MutableBufferSequence buffers_;
};

/// read(), read_some() and their asynchronous forms.
template <class NextLayer, class Target>
class read_operation : private operation<NextLayer> {
  using base = operation<NextLayer>;
  using base::core_;
  using base::coroutine_;
  using base::has_reading_;
  using base::has_writing_;
  using base::name_;
  using base::out_;
  using base::result_;
  using base::suspended_;

public:
  read_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, Target target)
      : base(std::move(shared), name), target_(std::move(target)) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      begin(c, self);

    take_turn:
      if (base::must_wait(c.reading)) {
        BOOST_ASIO_CORO_YIELD c.wait(c.reading, urgency::control, name_, self);
      }
      if (!base::took(has_reading_, ec))
        goto stop;

      for (;;) {
        if (!receive(c))
          goto done;

        if (event_.kind == event::want_read) {
          if (c.too_big(c.read_done || c.sent_close ? 0 : c.read_size))
            goto too_big;
          if (base::is_cancelled(self)) {
            c.protocol.cancel_receive();
            ec = net::error::operation_aborted;
            goto stop;
          }
          do {
            suspended_ = true;
            BOOST_ASIO_CORO_YIELD c.read_some(c.protocol.room(), self);
            if (ec == net::error::operation_aborted && c.goes_on()) {
              // Nothing is lost: the stream can be read again.
              c.protocol.cancel_receive();
              goto stop;
            }
            if (c.stopped(ec)) {
              c.protocol.cancel_receive();
              goto stop;
            }
          } while (bytes == 0);
          c.protocol.received(bytes);
          c.sign_of_life();
        } else if (event_.kind == event::data) {
          if (c.sent_close)
            continue; // what comes behind our close is discarded
          if (!take_data(c))
            goto too_big;
          if (c.read_done || target_.is_enough())
            goto done;
        } else if (event_.kind == event::ping || event_.kind == event::pong) {
          if (c.sent_close)
            continue;
          if (c.control_callback) {
            if (!suspended_) {
              suspended_ = true;
              BOOST_ASIO_CORO_YIELD c.post(self);
              if (c.stopped(ec))
                goto stop;
            }
            call_back(c, event_.kind == event::ping ? frame_type::ping : frame_type::pong);
            if (c.stopped(ec))
              goto stop;
          }
          if (event_.kind == event::pong)
            continue;
          // While the answer waits for its turn a close may go on reading.
          base::give_up_turns();
          if (base::must_wait(c.writing)) {
            BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::control, name_, self);
          }
          if (!base::took(has_writing_, ec))
            goto stop;
          c.protocol.send(WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, c.protocol.control().data(),
                          c.protocol.control().size());
          while (base::wants_to_write()) {
            BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
            if (!base::wrote(ec, bytes))
              goto stop;
          }
          base::give_up_turns();
          goto take_turn;
        } else {
          goto peer_ends;
        }
      }

    too_big:
      result_ = error::message_too_big;
      code_ = close_code::too_big;
      goto close;

    peer_ends:
      if (event_.kind == event::close) {
        if (c.control_callback) {
          if (!suspended_) {
            suspended_ = true;
            BOOST_ASIO_CORO_YIELD c.post(self);
            if (c.stopped(ec))
              goto stop;
          }
          call_back(c, frame_type::close);
          if (c.stopped(ec))
            goto stop;
        }
        result_ = error::closed;
        code_ = c.protocol.reason() ? c.protocol.reason().code : std::uint16_t(close_code::normal);
      } else {
        result_ = c.protocol.violation();
        code_ = result_ == error::bad_frame_payload || result_ == error::bad_deflate_data ? close_code::bad_payload
                                                                                          : close_code::protocol_error;
      }

    close:
      // A close operation that has not got so far must not wait for this one.
      c.got_close = true;
      if (c.sent_close) {
        // It ends the connection, and is told what happened.
        if (result_ != error::closed)
          c.fault = result_;
        base::give_up_turns();
      } else {
        c.limit_closing(self);
      }
      if (base::must_wait(c.writing)) {
        BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::control, name_, self);
      }
      if (!base::took(has_writing_, ec))
        goto stop;
      c.state = status::closing;
      if (!c.sent_close) {
        c.sent_close = true;
        if (!c.protocol.send_close(code_))
          c.protocol.send_close(close_code::normal);
        while (base::wants_to_write()) {
          BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
          if (!base::wrote(ec, bytes)) {
            if (!c.is_detached())
              c.shut();
            goto stop;
          }
        }
      }
      suspended_ = true;
      BOOST_ASIO_CORO_YIELD c.tear_down(self);
      if (c.is_detached()) {
        ec = net::error::operation_aborted;
        goto stop;
      }
      // What happens to the connection behind both closes is no news, be it an end of TLS that the peer has left out.
      c.forget_timeout();
      if (ec && ec != net::error::eof)
        c.shut();
      c.finish(result_ == error::closed ? status::closed : status::failed);
      goto done;

    stop:
      result_ = ec;
    done:
      base::give_up_turns();
      if (!suspended_) {
        BOOST_ASIO_CORO_YIELD c.post(self);
      }
      c.end_waiting(self);
      c.reader = nullptr;
      self.complete(result_, transferred_);
    }
  }

private:
  template <class Self>
  void begin(core<NextLayer>& c, Self& self) {
    if (c.reader)
      detail::misuse(name_, c.reader);
    c.reader = name_;
    c.begin_waiting(self);
    base::cancel_by_all(self);
  }

  /// Goes on receiving; false when there is no room, and `result_` says so.
  bool receive(core<NextLayer>& c) {
    if (c.sent_close) {
      event_ = c.protocol.receive({});
      return true;
    }
    if (room_.size() == 0)
      room_ = target_.prepare(c.read_size_hint(first_read), result_);
    if (result_)
      return false;
    event_ = c.protocol.receive(room_);
    return true;
  }

  /// Takes a piece of a message; false when the message becomes too big.
  bool take_data(core<NextLayer>& c) {
    if (c.read_done)
      c.read_size = 0;
    c.read_size += event_.size;
    c.read_text = event_.text;
    c.read_done = event_.last;
    // At the end of a message nothing of its frames remains to be asked for.
    if (c.read_done ? c.read_message_max != 0 && c.read_size > c.read_message_max : c.too_big(c.read_size))
      return false;
    target_.commit(event_.size);
    transferred_ += event_.size;
    room_ = {};
    return true;
  }

  void call_back(core<NextLayer>& c, frame_type which) {
    // A copy, for the function may set another.
    auto const callback = c.control_callback;
    if (which == frame_type::close)
      callback(which, string_view(c.protocol.reason().reason.data(), c.protocol.reason().reason.size()));
    else
      callback(which, string_view(c.protocol.control().data(), c.protocol.control().size()));
  }

  /// How much is read when nothing is known of a message.
  static constexpr std::size_t first_read = 1536;

  Target target_;
  net::mutable_buffer room_;
  event event_{event::want_read};
  std::size_t transferred_ = 0;
  std::uint16_t code_ = close_code::none;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
