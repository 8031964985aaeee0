// An asynchronous echo server: echo-server [PORT]
//
// One object a connection, which its own handlers keep alive: when the last handler is gone, so is the connection.

#include <bisque/websocket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace net = boost::asio;
namespace websocket = bisque::websocket;
using boost::system::error_code;
using tcp = net::ip::tcp;

class connection : public std::enable_shared_from_this<connection> {
public:
  explicit connection(tcp::socket socket) : ws_(std::move(socket)) {
    // Silent peers get a ping, and dead ones are left.
    ws_.set_option(websocket::stream_base::timeout::suggested(boost::beast::role_type::server));
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    ws_.set_option(deflate);
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
      if (ec == websocket::error::closed)
        std::cout << "closed: " << self->ws_.reason().code << std::endl;
      else if (ec)
        std::cout << "lost: " << ec.message() << std::endl;
      else
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
  boost::beast::flat_buffer buffer_;
};

int main(int argc, char** argv) try {
  auto const port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 8080);
  net::io_context context;
  tcp::acceptor acceptor(context, {net::ip::make_address("127.0.0.1"), port});
  std::cout << "ws://127.0.0.1:" << acceptor.local_endpoint().port() << "/" << std::endl;
  std::function<void()> const accept = [&] {
    acceptor.async_accept([&](error_code ec, tcp::socket socket) {
      if (!ec)
        std::make_shared<connection>(std::move(socket))->run();
      accept();
    });
  };
  accept();
  context.run();
} catch (std::exception const& failure) {
  std::cerr << failure.what() << "\n";
  return 1;
}
