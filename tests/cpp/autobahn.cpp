// What the Autobahn suite tests: an asynchronous echo server, and a synchronous client that echoes what the suite
// sends.
//
//     autobahn server                          prints its ws:// URL, and serves until its standard input ends
//     autobahn client ws://127.0.0.1:PORT AGENT
#include "which.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>

namespace {

template <class Stream>
void prepare(Stream& ws) {
  websocket::permessage_deflate deflate;
  deflate.server_enable = deflate.client_enable = true;
  ws.set_option(deflate);
  ws.read_message_max(64 << 20);
  ws.auto_fragment(false);
}

class session : public std::enable_shared_from_this<session> {
public:
  explicit session(tcp::socket socket) : ws_(std::move(socket)) {
    ws_.next_layer().set_option(tcp::no_delay(true));
    prepare(ws_);
  }

  void run() {
    ws_.async_accept([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->read();
    });
  }

private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec)
        self->write();
    });
  }

  void write() {
    ws_.text(ws_.got_text());
    ws_.async_write(buffer_.data(), [self = shared_from_this()](error_code ec, std::size_t) {
      self->buffer_.clear();
      if (!ec)
        self->read();
    });
  }

  websocket::stream<tcp::socket> ws_;
  beast::flat_buffer buffer_;
};

int serve() {
  net::io_context context;
  tcp::acceptor acceptor(context, {net::ip::make_address("127.0.0.1"), 0});
  std::function<void()> next = [&] {
    acceptor.async_accept([&](error_code ec, tcp::socket socket) {
      if (!ec)
        std::make_shared<session>(std::move(socket))->run();
      next();
    });
  };
  next();
  net::posix::stream_descriptor input(context, ::dup(0));
  char nothing[16];
  std::function<void(error_code, std::size_t)> on_input = [&](error_code ec, std::size_t) {
    if (ec)
      context.stop();
    else
      input.async_read_some(net::buffer(nothing), on_input);
  };
  on_input({}, 0);
  std::cout << "ws://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
  context.run();
  return 0;
}

/// One connection; returns the text of the first message, if `answer` is not set.
std::string talk(unsigned short port, std::string const& target, bool answer) {
  net::io_context context;
  websocket::stream<tcp::socket> ws(context);
  ws.next_layer().connect({net::ip::make_address("127.0.0.1"), port});
  ws.next_layer().set_option(tcp::no_delay(true));
  prepare(ws);
  // The suite wants the port in the Host field.
  ws.handshake("127.0.0.1:" + std::to_string(port), target);
  std::string first;
  for (;;) {
    beast::flat_buffer buffer;
    error_code ec;
    ws.read(buffer, ec);
    if (ec)
      return first;
    if (answer) {
      ws.text(ws.got_text());
      ws.write(buffer.data(), ec);
    } else {
      first = beast::buffers_to_string(buffer.data());
    }
  }
}

} // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string(argv[1]) == "server")
    return serve();
  if (argc != 4)
    return 2;
  std::string const url = argv[2], agent = argv[3];
  auto const port = static_cast<unsigned short>(std::stoul(url.substr(url.rfind(':') + 1)));
  int const cases = std::stoi(talk(port, "/getCaseCount", false));
  for (int i = 1; i <= cases; i++)
    talk(port, "/runCase?case=" + std::to_string(i) + "&agent=" + agent, true);
  talk(port, "/updateReports?agent=" + agent, false);
} catch (std::exception const& failure) {
  std::cerr << failure.what() << std::endl;
  return 1;
}
