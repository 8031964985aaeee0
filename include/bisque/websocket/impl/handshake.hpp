/// @file
/// The handshake, of a client and of a server.
#ifndef BISQUE_WEBSOCKET_IMPL_HANDSHAKE_HPP
#define BISQUE_WEBSOCKET_IMPL_HANDSHAKE_HPP

#include <bisque/websocket/detail/http.hpp>
#include <bisque/websocket/detail/operation.hpp>
#include <memory>

namespace bisque {
namespace websocket {
namespace detail {

/// What a handshake needs while it lasts, in memory of its own: an operation moves.
template <class Parser>
struct handshake_state {
  std::string text;
  Parser parser;
  beast::flat_buffer buffer;

  handshake_state() {
    parser.eager(true);
    parser.body_limit(largest_body);
  }

  /// The longest body of a refusal that is kept.
  static constexpr std::uint64_t largest_body = 1024 * 1024;
  /// How much is read at once.
  static constexpr std::size_t read_size = 2048;
};

/// handshake() and async_handshake().
template <class NextLayer>
class handshake_operation : private operation<NextLayer> {
  using base = operation<NextLayer>;
  using base::core_;
  using base::coroutine_;
  using base::name_;
  using base::out_;
  using base::result_;
  using base::suspended_;
  using state_type = handshake_state<http::response_parser<http::string_body>>;

public:
  handshake_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, bool may_compress,
                      response_type* response, string_view host, string_view target)
      : base(std::move(shared), name), response_(response), state_(new state_type), host_(host.data(), host.size()),
        target_(target.data(), target.size()), may_compress_(may_compress) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      base::begin_handshake();
      state_->text = detail::bytes_of(detail::make_request(c, may_compress_, host_, target_));
      suspended_ = true;
      c.limit_handshake(self);
      out_.assign(net::buffer(state_->text));
      while (!out_.empty()) {
        BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
        if (c.stopped(ec))
          goto stop;
        out_.consume(bytes);
      }
      while (detail::wants_more(state_->parser, state_->buffer, ec)) {
        BOOST_ASIO_CORO_YIELD c.read_some(state_->buffer.prepare(state_type::read_size), self);
        if (ec == net::error::eof) {
          detail::end_of_input(state_->parser, ec);
          if (!ec)
            continue;
        }
        if (c.stopped(ec))
          goto stop;
        state_->buffer.commit(bytes);
      }
      if (c.stopped(ec))
        goto stop;
      ec = detail::check_response(c, state_->parser.get());
      if (response_)
        *response_ = state_->parser.release();
      if (!ec) {
        c.protocol.preload(state_->buffer.data().data(), state_->buffer.size());
        c.opened();
      } else {
        c.finish(status::closed);
      }
    stop:
      if (c.state == status::failed)
        c.finish(status::failed);
      c.reader = c.writer = nullptr;
      self.complete(ec);
    }
  }

private:
  response_type* response_;
  std::unique_ptr<state_type> state_;
  std::string host_;
  std::string target_;
  bool may_compress_;
};

/// accept() and async_accept(), after or without reading the request.
template <class NextLayer>
class accept_operation : private operation<NextLayer> {
  using base = operation<NextLayer>;
  using base::core_;
  using base::coroutine_;
  using base::name_;
  using base::out_;
  using base::result_;
  using base::suspended_;
  using state_type = handshake_state<http::request_parser<http::empty_body>>;

public:
  /// Reads the request, of which `buffers` have come already.
  template <class ConstBufferSequence>
  accept_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, bool may_compress,
                   ConstBufferSequence const& buffers)
      : accept_operation(std::move(shared), name, may_compress) {
    auto const room = state_->buffer.prepare(net::buffer_size(buffers));
    state_->buffer.commit(net::buffer_copy(room, buffers));
  }

  /// Answers a request.
  template <class Body, class Allocator>
  accept_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, bool may_compress,
                   http::request<Body, http::basic_fields<Allocator>> const& request)
      : accept_operation(std::move(shared), name, may_compress) {
    answer(request);
  }

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      base::begin_handshake();
      if (state_->text.empty())
        c.restart(role_type::server);
      c.limit_handshake(self);
      if (state_->text.empty()) {
        while (detail::wants_more(state_->parser, state_->buffer, ec)) {
          suspended_ = true;
          BOOST_ASIO_CORO_YIELD c.read_some(state_->buffer.prepare(state_type::read_size), self);
          if (ec == net::error::eof)
            detail::end_of_input(state_->parser, ec);
          if (ec == http::error::end_of_stream)
            ec = error::closed;
          if (c.stopped(ec))
            goto stop;
          state_->buffer.commit(bytes);
        }
        if (c.stopped(ec))
          goto stop;
        answer(state_->parser.get());
      }
      out_.assign(net::buffer(state_->text));
      while (!out_.empty()) {
        suspended_ = true;
        BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
        if (c.stopped(ec))
          goto stop;
        out_.consume(bytes);
      }
      ec = result_;
      if (!ec) {
        c.protocol.preload(state_->buffer.data().data(), state_->buffer.size());
        c.opened();
      } else {
        c.finish(status::closed);
      }
    stop:
      if (c.state == status::failed)
        c.finish(status::failed);
      if (!suspended_) {
        suspended_ = true;
        result_ = ec;
        BOOST_ASIO_CORO_YIELD c.post(self);
        ec = result_;
      }
      c.reader = c.writer = nullptr;
      self.complete(ec);
    }
  }

private:
  accept_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, bool may_compress)
      : base(std::move(shared), name), state_(new state_type), may_compress_(may_compress) {}

  template <class Body, class Allocator>
  void answer(http::request<Body, http::basic_fields<Allocator>> const& request) {
    state_->text = detail::bytes_of(detail::make_response(*core_, may_compress_, request, result_));
  }

  std::unique_ptr<state_type> state_;
  bool may_compress_;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
