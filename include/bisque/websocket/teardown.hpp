/// @file
/// Ending the connection below a WebSocket: for sockets, TLS and Beast's streams here, for other streams by functions
/// `teardown(role_type, Stream&, error_code&)` and `async_teardown(role_type, Stream&, Handler)` in their namespace.
#ifndef BISQUE_WEBSOCKET_TEARDOWN_HPP
#define BISQUE_WEBSOCKET_TEARDOWN_HPP

#include <bisque/websocket/rfc6455.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/coroutine.hpp>
#include <boost/asio/post.hpp>
#include <type_traits>
#include <utility>

namespace boost {
namespace asio {
namespace ssl {
template <class Stream>
class stream;
}
} // namespace asio
namespace beast {
template <class Protocol, class Executor, class RatePolicy>
class basic_stream;
}
} // namespace boost

namespace bisque {
namespace websocket {

/// Ends a TCP connection, or another socket's (RFC 6455, section 7.1.1): the server ends its direction first, so that
/// it is the client's port that lingers; both wait for the other's end, and close.
template <class Protocol, class Executor>
void teardown(role_type role, net::basic_stream_socket<Protocol, Executor>& socket, error_code& ec) {
  ec = {};
  if (role == role_type::server)
    socket.shutdown(net::socket_base::shutdown_send, ec);
  char nowhere[2048];
  while (!ec)
    socket.read_some(net::buffer(nowhere), ec);
  if (ec != net::error::eof)
    return;
  ec = {};
  if (role == role_type::client)
    socket.shutdown(net::socket_base::shutdown_send, ec);
  if (!ec)
    socket.close(ec);
}

/// Ends a TLS connection.
template <class Stream>
void teardown(role_type, net::ssl::stream<Stream>& stream, error_code& ec) {
  stream.shutdown(ec);
}

/// Ends the connection of one of Beast's streams.
template <class Protocol, class Executor, class RatePolicy>
void teardown(role_type role, beast::basic_stream<Protocol, Executor, RatePolicy>& stream, error_code& ec) {
  websocket::teardown(role, stream.socket(), ec);
}

namespace detail {

/// async_teardown() of a socket.
template <class Socket>
class socket_teardown {
public:
  socket_teardown(role_type role, Socket& socket) : socket_(socket), role_(role) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      if (role_ == role_type::server)
        socket_.shutdown(net::socket_base::shutdown_send, ec);
      if (!ec)
        socket_.non_blocking(true, ec);
      while (!ec) {
        ec = discard();
        if (ec != net::error::would_block)
          break;
        waited_ = true;
        BOOST_ASIO_CORO_YIELD socket_.async_wait(net::socket_base::wait_read, std::move(self));
      }
      if (ec == net::error::eof) {
        ec = {};
        if (role_ == role_type::client)
          socket_.shutdown(net::socket_base::shutdown_send, ec);
        if (!ec)
          socket_.close(ec);
      }
      if (!waited_) {
        result_ = ec;
        BOOST_ASIO_CORO_YIELD net::post(std::move(self));
        ec = result_;
      }
      self.complete(ec);
    }
  }

private:
  /// Reads what has come; a flood is interrupted, for the sake of others on this executor.
  error_code discard() {
    error_code ec;
    char nowhere[2048];
    for (int round = 0; round < 64 && !ec; round++)
      socket_.read_some(net::buffer(nowhere), ec);
    return ec ? ec : error_code(net::error::would_block);
  }

  Socket& socket_;
  role_type role_;
  bool waited_ = false;
  error_code result_;
  net::coroutine coroutine_;
};

} // namespace detail

/// Ends a TCP connection, or another socket's, asynchronously.
template <class Protocol, class Executor, class TeardownToken>
auto async_teardown(role_type role, net::basic_stream_socket<Protocol, Executor>& socket, TeardownToken&& token) {
  using socket_type = net::basic_stream_socket<Protocol, Executor>;
  return net::async_compose<TeardownToken, void(error_code)>(detail::socket_teardown<socket_type>(role, socket), token,
                                                             socket);
}

/// Ends a TLS connection asynchronously.
template <class Stream, class TeardownToken>
auto async_teardown(role_type, net::ssl::stream<Stream>& stream, TeardownToken&& token) {
  return stream.async_shutdown(std::forward<TeardownToken>(token));
}

/// Ends the connection of one of Beast's streams asynchronously.
template <class Protocol, class Executor, class RatePolicy, class TeardownToken>
auto async_teardown(role_type role, beast::basic_stream<Protocol, Executor, RatePolicy>& stream,
                    TeardownToken&& token) {
  return websocket::async_teardown(role, stream.socket(), std::forward<TeardownToken>(token));
}

} // namespace websocket

/// Calls of functions that argument-dependent lookup finds; none of ours is visible here.
namespace found_by_lookup {

template <class Stream>
auto call_teardown(boost::beast::role_type role, Stream& stream, boost::system::error_code& ec)
    -> decltype(teardown(role, stream, ec)) {
  return teardown(role, stream, ec);
}

template <class Stream, class Handler>
void call_async_teardown(boost::beast::role_type role, Stream& stream, Handler&& handler) {
  async_teardown(role, stream, std::forward<Handler>(handler));
}

template <class Stream, class = void>
struct has_teardown : std::false_type {};
template <class Stream>
struct has_teardown<Stream,
                    std::void_t<decltype(call_teardown(std::declval<boost::beast::role_type>(), std::declval<Stream&>(),
                                                       std::declval<boost::system::error_code&>()))>> : std::true_type {
};

} // namespace found_by_lookup

namespace websocket {
namespace detail {

template <class Stream>
struct is_known : std::false_type {};
template <class Protocol, class Executor>
struct is_known<net::basic_stream_socket<Protocol, Executor>> : std::true_type {};
template <class Stream>
struct is_known<net::ssl::stream<Stream>> : std::true_type {};
template <class Protocol, class Executor, class RatePolicy>
struct is_known<beast::basic_stream<Protocol, Executor, RatePolicy>> : std::true_type {};

/// A stream that ends its own protocol, as those of TLS do.
template <class Stream, class = void>
struct has_shutdown : std::false_type {};
template <class Stream>
struct has_shutdown<Stream, std::void_t<decltype(std::declval<Stream&>().shutdown(std::declval<error_code&>()))>>
    : std::true_type {};

template <class Stream>
void call_teardown(role_type role, Stream& stream, error_code& ec) {
  if constexpr (is_known<Stream>::value)
    websocket::teardown(role, stream, ec);
  else if constexpr (found_by_lookup::has_teardown<Stream>::value || !has_shutdown<Stream>::value)
    found_by_lookup::call_teardown(role, stream, ec);
  else
    stream.shutdown(ec);
}

template <class Stream, class Handler>
void call_async_teardown(role_type role, Stream& stream, Handler&& handler) {
  if constexpr (is_known<Stream>::value)
    websocket::async_teardown(role, stream, std::forward<Handler>(handler));
  else if constexpr (found_by_lookup::has_teardown<Stream>::value || !has_shutdown<Stream>::value)
    found_by_lookup::call_async_teardown(role, stream, std::forward<Handler>(handler));
  else
    stream.async_shutdown(std::forward<Handler>(handler));
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
