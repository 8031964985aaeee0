// Streams on strands of a context that several threads run: echoes, pings, a write queue, closes and destruction at
// once.
#include <atomic>
#include <bisque/websocket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace net = boost::asio;
namespace websocket = bisque::websocket;
using boost::system::error_code;
using tcp = net::ip::tcp;
using strand = net::strand<net::io_context::executor_type>;
using stream = websocket::stream<net::basic_stream_socket<tcp, strand>>;

namespace {

constexpr int clients = 8, messages = 50;
std::atomic<int> echoed{0}, ended{0};

class server : public std::enable_shared_from_this<server> {
public:
  explicit server(stream ws) : ws_(std::move(ws)) {
    ws_.set_option(websocket::stream_base::timeout{std::chrono::minutes(1), std::chrono::minutes(1), true});
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
      if (ec) {
        ++ended;
        return;
      }
      self->ws_.async_ping("here", [self](error_code) {});
      self->ws_.async_write(self->buffer_.data(), [self](error_code failed, std::size_t) {
        self->buffer_.clear();
        if (!failed)
          self->read();
      });
    });
  }

  stream ws_;
  boost::beast::flat_buffer buffer_;
};

class client : public std::enable_shared_from_this<client> {
public:
  client(strand const& on, bool leaves) : ws_(on), leaves_(leaves) { ws_.set_option(websocket::write_queue{}); }

  void run(tcp::endpoint const& where) {
    ws_.next_layer().async_connect(where, [self = shared_from_this()](error_code ec) {
      if (ec)
        return;
      self->ws_.async_handshake("localhost", "/", [self](error_code) {
        for (int i = 0; i < messages; i++)
          self->ws_.async_write(net::buffer(self->text_), [self](error_code, std::size_t) {});
        self->read();
      });
    });
  }

private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec)
        return;
      self->buffer_.clear();
      ++echoed;
      if (++self->heard_ < messages)
        return self->read();
      if (self->leaves_)
        self->ws_.next_layer().close();
      else
        self->ws_.async_close(websocket::close_code::normal, [self](error_code) {});
    });
  }

  stream ws_;
  boost::beast::flat_buffer buffer_;
  std::string text_ = std::string(1000, 't');
  int heard_ = 0;
  bool leaves_;
};

} // namespace

int main() {
  net::io_context context;
  net::basic_socket_acceptor<tcp, net::io_context::executor_type> acceptor(context,
                                                                           {net::ip::address_v4::loopback(), 0});
  std::function<void(int)> accept = [&](int left) {
    if (left == 0)
      return;
    acceptor.async_accept(strand(net::make_strand(context)), [&, left](error_code ec, auto socket) {
      if (!ec)
        std::make_shared<server>(stream(std::move(socket)))->run();
      accept(left - 1);
    });
  };
  accept(clients);
  for (int i = 0; i < clients; i++)
    std::make_shared<client>(net::make_strand(context), i % 2)->run(acceptor.local_endpoint());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++)
    threads.emplace_back([&] { context.run(); });
  for (auto& thread : threads)
    thread.join();
  bool const good = echoed == clients * messages && ended == clients;
  std::printf("1..1\n%s 1 threads\n# %d echoed, %d ended\n", good ? "ok" : "not ok", echoed.load(), ended.load());
  return !good;
}
