// An echo server in the styles of Beast's tutorial: echo-server sync|async|awaitable tcp|tls|unix
// [FOLDER-OF-CERTIFICATES]
//
// Prints where it listens, and serves until its standard input ends. Connections that are plain begin with the HTTP
// request read by the program itself, as a web server's do.
#include "which.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <unistd.h>

namespace {

net::ssl::context tls(net::ssl::context::tls_server);

template <class Socket>
void prepare(websocket::stream<Socket>& ws) {
  ws.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
  websocket::permessage_deflate deflate;
  deflate.server_enable = true;
  ws.set_option(deflate);
  ws.set_option(websocket::stream_base::decorator(
      [](websocket::response_type& response) { response.set(http::field::server, "echo by " LIBRARY); }));
}

void report(char const* what, error_code ec) {
  if (ec != websocket::error::closed && ec != net::error::operation_aborted)
    std::cerr << "server: " << what << ": " << ec.message() << std::endl;
}

// ---- Synchronous: a thread a connection ----

template <class Stream>
void serve_sync(Stream stream) {
  websocket::stream<Stream> ws(std::move(stream));
  try {
    if constexpr (!std::is_same_v<Stream, tcp::socket> && !std::is_same_v<Stream, net::local::stream_protocol::socket>)
      ws.next_layer().handshake(net::ssl::stream_base::server);
    prepare(ws);
    ws.accept();
    for (;;) {
      beast::flat_buffer buffer;
      ws.read(buffer);
      ws.text(ws.got_text());
      ws.write(buffer.data());
    }
  } catch (boost::system::system_error const& failure) {
    report("sync", failure.code());
  }
}

// ---- Asynchronous: an object a connection ----

template <class Stream>
class session : public std::enable_shared_from_this<session<Stream>> {
public:
  explicit session(Stream stream) : ws_(std::move(stream)) {}

  void run() {
    net::dispatch(ws_.get_executor(), [self = this->shared_from_this()] { self->begin(); });
  }

private:
  void begin() {
    if constexpr (std::is_same_v<Stream, net::ssl::stream<beast::tcp_stream>>)
      ws_.next_layer().async_handshake(net::ssl::stream_base::server,
                                       beast::bind_front_handler(&session::on_tls, this->shared_from_this()));
    else
      // The request is the program's: it could be for a page instead.
      http::async_read(ws_.next_layer(), buffer_, request_,
                       beast::bind_front_handler(&session::on_request, this->shared_from_this()));
  }

  void on_request(error_code ec, std::size_t) {
    if (ec || !websocket::is_upgrade(request_))
      return report("request", ec);
    prepare(ws_);
    ws_.async_accept(request_, beast::bind_front_handler(&session::on_accept, this->shared_from_this()));
  }

  void on_tls(error_code ec) {
    if (ec)
      return report("TLS", ec);
    prepare(ws_);
    ws_.async_accept(beast::bind_front_handler(&session::on_accept, this->shared_from_this()));
  }

  void on_accept(error_code ec) {
    if (ec)
      return report("accept", ec);
    buffer_.clear();
    read();
  }

  void read() { ws_.async_read(buffer_, beast::bind_front_handler(&session::on_read, this->shared_from_this())); }

  void on_read(error_code ec, std::size_t) {
    if (ec)
      return report("read", ec);
    ws_.text(ws_.got_text());
    ws_.async_write(buffer_.data(), beast::bind_front_handler(&session::on_write, this->shared_from_this()));
  }

  void on_write(error_code ec, std::size_t) {
    if (ec)
      return report("write", ec);
    buffer_.consume(buffer_.size());
    read();
  }

  websocket::stream<Stream> ws_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

// ---- Coroutines ----

template <class Stream>
net::awaitable<void> serve_awaitable(Stream stream) {
  websocket::stream<Stream> ws(std::move(stream));
  try {
    if constexpr (std::is_same_v<Stream, net::ssl::stream<beast::tcp_stream>>)
      co_await ws.next_layer().async_handshake(net::ssl::stream_base::server, net::use_awaitable);
    prepare(ws);
    co_await ws.async_accept(net::use_awaitable);
    for (;;) {
      beast::flat_buffer buffer;
      co_await ws.async_read(buffer, net::use_awaitable);
      ws.text(ws.got_text());
      co_await ws.async_write(buffer.data(), net::use_awaitable);
    }
  } catch (boost::system::system_error const& failure) {
    report("awaitable", failure.code());
  }
}

// With FEWER_STYLES, a program has each style that is costly to compile over one transport: what is sent is the same
// over all.
#ifdef FEWER_STYLES
constexpr bool every_style = false;
#else
constexpr bool every_style = true;
#endif

template <class Stream>
constexpr bool is_tls = std::is_same_v<Stream, net::ssl::stream<beast::tcp_stream>>;

template <class Stream>
void serve(std::string const& style, Stream stream) {
  if constexpr (every_style || is_tls<Stream>)
    if (style == "async")
      return std::make_shared<session<Stream>>(std::move(stream))->run();
  if constexpr (every_style || std::is_same_v<Stream, beast::tcp_stream>)
    if (style == "awaitable") {
      auto const executor = stream.get_executor();
      return net::co_spawn(executor, serve_awaitable(std::move(stream)), net::detached);
    }
  std::cerr << "server: " << style << " is not built for this transport" << std::endl;
}

template <class Protocol, class Serve>
void listen(net::io_context& context, typename Protocol::acceptor& acceptor, Serve serve) {
  acceptor.async_accept(net::make_strand(context), [&context, &acceptor, serve](error_code ec, auto socket) {
    if (!ec)
      serve(std::move(socket));
    listen<Protocol>(context, acceptor, serve);
  });
}

// A socket of an io_context of its own is what synchronous programs have.
template <class Socket, class Protocol, class Strange>
Socket adopt(net::io_context& context, Protocol protocol, Strange strange) {
  return Socket(context, protocol, strange.release());
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  std::string const style = argv[1], transport = argv[2];
  if (argc > 3) {
    std::string const folder = argv[3];
    tls.use_certificate_chain_file(folder + "/server.pem");
    tls.use_private_key_file(folder + "/server.pem", net::ssl::context::pem);
  }
  net::io_context context;
  net::posix::stream_descriptor input(context, ::dup(0));
  char nothing[16];
  std::function<void(error_code, std::size_t)> on_input = [&](error_code ec, std::size_t) {
    if (ec)
      std::exit(0);
    input.async_read_some(net::buffer(nothing), on_input);
  };
  input.async_read_some(net::buffer(nothing), on_input);

  if (transport == "unix") {
    using local = net::local::stream_protocol;
    std::string const path = "/tmp/echo-" LIBRARY "-" + std::to_string(::getpid());
    ::unlink(path.c_str());
    local::acceptor acceptor(context, path);
    listen<local>(context, acceptor, [&](auto socket) {
      if (style == "sync")
        std::thread([&context, fd = socket.release()] { serve_sync(local::socket(context, local(), fd)); }).detach();
      else
        serve(style, local::socket(std::move(socket)));
    });
    std::cout << path << std::endl;
    context.run();
  }
  tcp::acceptor acceptor(context, {net::ip::make_address("127.0.0.1"), 0});
  bool const secure = transport == "tls";
  listen<tcp>(context, acceptor, [&](auto socket) {
    if (style == "sync")
      std::thread([&context, secure, fd = socket.release()] {
        tcp::socket mine(context, tcp::v4(), fd);
        if (secure)
          serve_sync(net::ssl::stream<tcp::socket>(std::move(mine), tls));
        else
          serve_sync(std::move(mine));
      }).detach();
    else if (secure)
      serve(style, net::ssl::stream<beast::tcp_stream>(beast::tcp_stream(std::move(socket)), tls));
    else
      serve(style, beast::tcp_stream(std::move(socket)));
  });
  std::cout << acceptor.local_endpoint().port() << std::endl;
  context.run();
}
