// The least program that opens a stream and does something with it: what including the header costs is measured by
// compiling it, compile_time.py. Nobody runs it.
#ifdef WITH_BEAST
#include <boost/beast/websocket.hpp>
namespace websocket = boost::beast::websocket;
#else
#include <bisque/websocket.hpp>
namespace websocket = bisque::websocket;
#endif

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

using boost::system::error_code;

int main() {
  boost::asio::io_context context;
  websocket::stream<boost::asio::ip::tcp::socket> ws(context);
  boost::beast::flat_buffer buffer;
  ws.async_handshake("localhost", "/", [&](error_code) {
    ws.async_write(boost::asio::buffer("hello", 5), [&](error_code, std::size_t) {
      ws.async_read(buffer,
                    [&](error_code, std::size_t) { ws.async_close(websocket::close_code::normal, [](error_code) {}); });
    });
  });
  context.run();
}
