// The shortest client: echo-client HOST PORT TARGET MESSAGE
//
// Everything is synchronous: a call returns when it is done, and throws when it fails.

#include <bisque/websocket.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <iostream>
#include <string>

namespace net = boost::asio;
namespace websocket = bisque::websocket;
using tcp = net::ip::tcp;

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: echo-client HOST PORT TARGET MESSAGE\n";
    return 2;
  }
  net::io_context context;
  websocket::stream<tcp::socket> ws(context);
  net::connect(ws.next_layer(), tcp::resolver(context).resolve(argv[1], argv[2]));

  // The response is there even when the server declines, to say why.
  websocket::response_type response;
  try {
    ws.handshake(response, std::string(argv[1]) + ":" + argv[2], argv[3]);
  } catch (boost::system::system_error const&) {
    std::cerr << "the server says " << response.result_int() << " " << response.reason() << "\n";
    throw;
  }

  ws.write(net::buffer(std::string(argv[4])));
  boost::beast::flat_buffer buffer;
  ws.read(buffer);
  std::cout.write(static_cast<char const*>(buffer.data().data()), static_cast<std::streamsize>(buffer.size()));
  std::cout << std::endl;

  // Waits for the server's close, ten seconds at most.
  ws.close(websocket::close_code::normal);
} catch (std::exception const& failure) {
  std::cerr << failure.what() << "\n";
  return 1;
}
