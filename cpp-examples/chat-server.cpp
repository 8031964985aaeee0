// A chat room with coroutines: chat-server [PORT]
//
// What one guest says, all hear. Messages are written to each guest without waiting for the others: the stream queues
// them.

#include <bisque/websocket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <iostream>
#include <memory>
#include <set>
#include <string>

namespace net = boost::asio;
namespace websocket = bisque::websocket;
using boost::system::error_code;
using tcp = net::ip::tcp;
using guest = websocket::stream<tcp::socket>;

class room {
public:
  void enter(std::shared_ptr<guest> const& one) { guests_.insert(one); }

  void leave(std::shared_ptr<guest> const& one) {
    guests_.erase(one);
    say("somebody left, " + std::to_string(guests_.size()) + " here");
  }

  void say(std::string words) {
    // One copy for all; each write keeps it until it is done.
    auto const message = std::make_shared<std::string const>(std::move(words));
    for (auto const& one : guests_)
      one->async_write(net::buffer(*message), [one, message](error_code ec, std::size_t) {
        // Who does not read loses the connection, not the room its memory.
        if (ec == net::error::no_buffer_space)
          one->next_layer().close();
      });
  }

private:
  std::set<std::shared_ptr<guest>> guests_;
};

net::awaitable<void> serve(tcp::socket socket, room& here) {
  auto const ws = std::make_shared<guest>(std::move(socket));
  ws->set_option(websocket::stream_base::timeout::suggested(boost::beast::role_type::server));
  ws->set_option(websocket::write_queue{true, 100});
  bool entered = false;
  try {
    co_await ws->async_accept(net::use_awaitable);
    here.enter(ws);
    entered = true;
    for (;;) {
      boost::beast::flat_buffer buffer;
      co_await ws->async_read(buffer, net::use_awaitable);
      here.say(boost::beast::buffers_to_string(buffer.data()));
    }
  } catch (boost::system::system_error const& failure) {
    if (failure.code() != websocket::error::closed)
      std::cout << "lost: " << failure.what() << std::endl;
  }
  if (entered)
    here.leave(ws);
}

net::awaitable<void> listen(tcp::acceptor& acceptor, room& here) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(net::use_awaitable);
    net::co_spawn(acceptor.get_executor(), serve(std::move(socket), here), net::detached);
  }
}

int main(int argc, char** argv) try {
  auto const port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 8080);
  net::io_context context;
  room here;
  tcp::acceptor acceptor(context, {net::ip::make_address("127.0.0.1"), port});
  std::cout << "ws://127.0.0.1:" << acceptor.local_endpoint().port() << "/" << std::endl;
  net::co_spawn(context, listen(acceptor, here), net::detached);
  context.run();
} catch (std::exception const& failure) {
  std::cerr << failure.what() << "\n";
  return 1;
}
