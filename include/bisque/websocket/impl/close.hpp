/// @file
/// Closing, pings and pongs.
#ifndef BISQUE_WEBSOCKET_IMPL_CLOSE_HPP
#define BISQUE_WEBSOCKET_IMPL_CLOSE_HPP

#include <bisque/websocket/detail/operation.hpp>
#include <boost/asio/bind_executor.hpp>

namespace bisque {
namespace websocket {
namespace detail {

/// close() and async_close(): sends a close frame, discards what comes until the peer's, and ends the connection below.
template <class NextLayer>
class close_operation : private operation<NextLayer> {
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
  close_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, close_reason const& reason)
      : base(std::move(shared), name), reason_(reason) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      if (c.closer)
        detail::misuse(name_, c.closer);
      c.closer = name_;
      base::cancel_by_all(self);
      if (base::must_wait(c.writing)) {
        // A peer that does not read must not hold up the end either.
        if (c.state == status::open) {
          c.state = status::closing;
          c.limit_closing(self);
        }
        BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::control, name_, self);
      }
      if (!base::took(has_writing_, ec))
        goto stop;
      base::cancel_by_terminal(self);
      c.control_payload.assign(reason_.reason.begin(), reason_.reason.end());
      if (!c.protocol.send_close(reason_.code, string_view(c.control_payload.data(), c.control_payload.size()))) {
        ec = net::error::invalid_argument;
        goto stop;
      }
      c.sent_close = true;
      if (std::exchange(c.state, status::closing) == status::open)
        c.limit_closing(self);
      while (base::wants_to_write()) {
        BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
        if (!base::wrote(ec, bytes))
          goto give_up;
      }
      if (!c.got_close) {
        if (base::must_wait(c.reading)) {
          BOOST_ASIO_CORO_YIELD c.wait(c.reading, urgency::control, name_, self);
        }
        if (!base::took(has_reading_, ec))
          goto give_up;
      }
      while (!c.got_close) {
        event_ = c.protocol.receive({});
        if (event_.kind == event::want_read) {
          if (c.too_big(0)) {
            c.got_close = true; // that is not waited for
            c.fault = error::message_too_big;
            break;
          }
          suspended_ = true;
          BOOST_ASIO_CORO_YIELD c.read_some(c.protocol.room(), self);
          if (c.stopped(ec))
            goto give_up;
          if (bytes != 0)
            c.protocol.received(bytes);
          else
            c.protocol.cancel_receive();
        } else if (event_.kind == event::close) {
          c.got_close = true;
        } else if (event_.kind == event::failed) {
          c.got_close = true;
          c.fault = c.protocol.violation();
        }
      }
      suspended_ = true;
      BOOST_ASIO_CORO_YIELD c.tear_down(self);
      if (c.is_detached()) {
        ec = net::error::operation_aborted;
        goto stop;
      }
      // The closing handshake is complete: how the connection below ends is no news.
      c.forget_timeout();
      result_ = c.fault;
      if (ec && ec != net::error::eof)
        c.shut();
      c.finish(result_ ? status::failed : status::closed);
      goto done;

    give_up:
      if (!c.is_detached())
        c.shut();
    stop:
      if (c.state == status::closing && !c.sent_close && !c.got_close)
        c.opened(); // nothing has happened
      result_ = ec;
    done:
      base::give_up_turns();
      if (!suspended_) {
        BOOST_ASIO_CORO_YIELD c.post(self);
      }
      c.closer = nullptr;
      self.complete(result_);
    }
  }

private:
  close_reason reason_;
  event event_{event::want_read};
};

/// ping(), pong(), their asynchronous forms, and the pings of a keepalive.
template <class NextLayer>
class ping_operation : private operation<NextLayer> {
  using base = operation<NextLayer>;
  using base::core_;
  using base::coroutine_;
  using base::has_writing_;
  using base::name_;
  using base::out_;
  using base::result_;
  using base::suspended_;

public:
  ping_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, frame_type which, ping_data const& payload)
      : base(std::move(shared), name), which_(which), payload_(payload) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      base::cancel_by_all(self);
      if (base::must_wait(c.writing)) {
        BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::control, name_, self);
      }
      if (!base::took(has_writing_, ec))
        goto stop;
      base::cancel_by_terminal(self);
      c.control_payload = payload_;
      c.protocol.send(which_ == frame_type::ping ? WEB_SOCKET_PING_PONG_BUFFER_TYPE
                                                 : WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE,
                      c.control_payload.data(), c.control_payload.size());
      while (base::wants_to_write()) {
        BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
        if (!base::wrote(ec, bytes))
          goto stop;
      }
      goto done;
    stop:
      result_ = ec;
    done:
      base::give_up_turns();
      if (!suspended_) {
        BOOST_ASIO_CORO_YIELD c.post(self);
      }
      self.complete(result_);
    }
  }

private:
  frame_type which_;
  ping_data payload_;
};

template <class NextLayer>
template <class Executor>
void core<NextLayer>::send_idle_ping(Executor const& executor) {
  auto done = net::bind_executor(executor, [](error_code) {});
  net::async_compose<decltype(done), void(error_code)>(
      ping_operation<NextLayer>(this->shared_from_this(), "a keepalive ping", frame_type::ping, ping_data{}), done,
      next.get_executor());
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
