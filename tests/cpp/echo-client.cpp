// An echo client in the styles of Beast's tutorial: echo-client sync|async|awaitable tcp|tls|unix PORT-OR-PATH [FOLDER]
//
// Sends texts and bytes of several lengths, expects them back, pings, closes, and prints "fine".
#include "which.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

using local = net::local::stream_protocol;
net::ssl::context tls(net::ssl::context::tls_client);

struct message {
  std::string bytes;
  bool text;
};

std::vector<message> const& messages() {
  static auto const all = [] {
    std::string binary;
    for (int i = 0; i < 100000; i++)
      binary += static_cast<char>(i * 7 + i / 251);
    return std::vector<message>{{"hello", true},
                                {"", true},
                                {std::string(125, 'a'), true},
                                {std::string(126, 'b'), true},
                                {"", false},
                                {std::string(65536, 'c'), true},
                                {binary, false},
                                {"\xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80", true}};
  }();
  return all;
}

void expect(bool good, char const* what) {
  if (!good) {
    std::cout << "wrong: " << what << std::endl;
    std::exit(1);
  }
}

template <class Stream>
bool is_same(websocket::stream<Stream> const& ws, message const& sent, beast::flat_buffer const& buffer) {
  return ws.got_text() == sent.text && buffer.size() == sent.bytes.size() &&
         std::equal(sent.bytes.begin(), sent.bytes.end(), static_cast<char const*>(buffer.data().data()));
}

template <class Stream>
void prepare(websocket::stream<Stream>& ws) {
  ws.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
  websocket::permessage_deflate deflate;
  deflate.client_enable = true;
  ws.set_option(deflate);
  ws.set_option(websocket::stream_base::decorator(
      [](websocket::request_type& request) { request.set(http::field::user_agent, "echo by " LIBRARY); }));
}

template <class Stream>
void check_response(websocket::stream<Stream>& ws, websocket::response_type const& response) {
  expect(response.result() == http::status::switching_protocols, "status");
  expect(response.count(http::field::server) == 1, "Server");
  expect(ws.is_open(), "is_open");
}

// ---- Synchronous ----

template <class Stream>
void talk_sync(websocket::stream<Stream> ws) {
  prepare(ws);
  if constexpr (std::is_same_v<Stream, net::ssl::stream<tcp::socket>>)
    ws.next_layer().handshake(net::ssl::stream_base::client);
  websocket::response_type response;
  ws.handshake(response, "localhost", "/sync");
  check_response(ws, response);
  int pongs = 0;
  ws.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    pongs += kind == websocket::frame_type::pong && payload == "there?";
  });
  ws.ping("there?");
  for (auto const& sent : messages()) {
    ws.text(sent.text);
    ws.write(net::buffer(sent.bytes));
    beast::flat_buffer buffer;
    ws.read(buffer);
    expect(is_same(ws, sent, buffer), "echo");
  }
  expect(pongs == 1, "pong");
  ws.close({websocket::close_code::normal, "that is all"});
  expect(!ws.is_open(), "closed");
}

// ---- Asynchronous ----

template <class Stream>
class session : public std::enable_shared_from_this<session<Stream>> {
public:
  explicit session(websocket::stream<Stream> ws) : ws_(std::move(ws)) { prepare(ws_); }

  void run() {
    if constexpr (std::is_same_v<Stream, net::ssl::stream<tcp::socket>>)
      ws_.next_layer().async_handshake(net::ssl::stream_base::client,
                                       beast::bind_front_handler(&session::on_ready, this->shared_from_this()));
    else
      on_ready({});
  }

private:
  void on_ready(error_code ec) {
    expect(!ec, "TLS");
    ws_.async_handshake(response_, "localhost", "/async",
                        beast::bind_front_handler(&session::on_handshake, this->shared_from_this()));
  }

  void on_handshake(error_code ec) {
    expect(!ec, "handshake");
    check_response(ws_, response_);
    write();
  }

  void write() {
    if (at_ == messages().size())
      return ws_.async_close(websocket::close_code::normal,
                             beast::bind_front_handler(&session::on_close, this->shared_from_this()));
    ws_.text(messages()[at_].text);
    ws_.async_write(net::buffer(messages()[at_].bytes),
                    beast::bind_front_handler(&session::on_write, this->shared_from_this()));
  }

  void on_write(error_code ec, std::size_t bytes) {
    expect(!ec && bytes == messages()[at_].bytes.size(), "write");
    ws_.async_read(buffer_, beast::bind_front_handler(&session::on_read, this->shared_from_this()));
  }

  void on_read(error_code ec, std::size_t bytes) {
    expect(!ec && bytes == buffer_.size() && is_same(ws_, messages()[at_], buffer_), "echo");
    buffer_.clear();
    ++at_;
    write();
  }

  void on_close(error_code ec) { expect(!ec && !ws_.is_open(), "close"); }

  websocket::stream<Stream> ws_;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  std::size_t at_ = 0;
};

// ---- Coroutines ----

template <class Stream>
net::awaitable<void> talk_awaitable(websocket::stream<Stream> ws) {
  prepare(ws);
  if constexpr (std::is_same_v<Stream, net::ssl::stream<tcp::socket>>)
    co_await ws.next_layer().async_handshake(net::ssl::stream_base::client, net::use_awaitable);
  websocket::response_type response;
  co_await ws.async_handshake(response, "localhost", "/awaitable", net::use_awaitable);
  check_response(ws, response);
  for (auto const& sent : messages()) {
    ws.text(sent.text);
    co_await ws.async_write(net::buffer(sent.bytes), net::use_awaitable);
    beast::flat_buffer buffer;
    co_await ws.async_read(buffer, net::use_awaitable);
    expect(is_same(ws, sent, buffer), "echo");
  }
  co_await ws.async_close(websocket::close_code::normal, net::use_awaitable);
}

template <class Stream>
void talk(net::io_context& context, std::string const& style, websocket::stream<Stream> ws) {
  if (style == "sync")
    talk_sync(std::move(ws));
  else if (style == "async")
    std::make_shared<session<Stream>>(std::move(ws))->run();
  else
    net::co_spawn(context, talk_awaitable(std::move(ws)), [](std::exception_ptr failure) {
      if (failure)
        std::rethrow_exception(failure);
    });
  context.run();
  std::cout << "fine" << std::endl;
}

} // namespace

int main(int argc, char** argv) try {
  if (argc < 4)
    return 2;
  std::string const style = argv[1], transport = argv[2];
  net::io_context context;
  if (transport == "unix") {
    local::socket socket(context);
    socket.connect(argv[3]);
    talk(context, style, websocket::stream<local::socket>(std::move(socket)));
    return 0;
  }
  tcp::socket socket(context);
  socket.connect({net::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::atoi(argv[3]))});
  if (transport == "tcp") {
    talk(context, style, websocket::stream<tcp::socket>(std::move(socket)));
  } else {
    tls.load_verify_file(std::string(argv[4]) + "/authority.pem");
    tls.set_verify_mode(net::ssl::verify_peer);
    talk(context, style, websocket::stream<net::ssl::stream<tcp::socket>>(std::move(socket), tls));
  }
} catch (std::exception const& failure) {
  std::cout << "failed: " << failure.what() << std::endl;
  return 1;
}
