// SPDX-License-Identifier: MIT OR Apache-2.0
// Stackful coroutines: a server and a client of net::spawn(), which yield to each other. Prints TAP.
#include "which.hpp"

#include <boost/asio/spawn.hpp>
#include <cstdio>
#include <string>

namespace {

int number = 0;
bool failed = false;

void check(bool good, char const* what) {
  std::printf("%s %d %s\n", good ? "ok" : "not ok", ++number, what);
  failed |= !good;
}

template <class Next>
void serve(websocket::stream<Next>& ws, net::yield_context yield) {
  ws.async_accept(yield);
  for (;;) {
    beast::flat_buffer buffer;
    error_code ec;
    ws.async_read(buffer, yield[ec]);
    if (ec) {
      check(ec == websocket::error::closed, "the server's read ends with the client's close");
      check(ws.reason().code == websocket::close_code::going_away, "which says why");
      return;
    }
    ws.text(ws.got_text());
    ws.async_write(buffer.data(), yield);
  }
}

template <class Next>
void visit(websocket::stream<Next>& ws, net::yield_context yield) {
  ws.async_handshake("localhost", "/", yield);
  // Larger than what a socket takes at once, so that both are suspended within an operation.
  for (std::size_t size : {std::size_t(0), std::size_t(5), std::size_t(8) << 20}) {
    std::string const said(size, 'x');
    ws.text(true);
    check(ws.async_write(net::buffer(said), yield) == size, "a message is written");
    beast::flat_buffer buffer;
    check(ws.async_read(buffer, yield) == size && beast::buffers_to_string(buffer.data()) == said, "and comes back");
  }
  ws.async_ping("here", yield);
  ws.async_close(websocket::close_code::going_away, yield);
  check(!ws.is_open(), "the client is closed");
  beast::flat_buffer buffer;
  error_code ec;
  ws.async_read(buffer, yield[ec]);
  check(bool(ec), "a read after it fails by its error code");
  bool thrown = false;
  try {
    ws.async_write(net::buffer("x", 1), yield);
  } catch (boost::system::system_error const&) {
    thrown = true;
  }
  check(thrown, "and without one by an exception");
}

} // namespace

int main() {
  net::io_context context;
  tcp::acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
  net::spawn(context, [&](net::yield_context yield) {
    websocket::stream<tcp::socket> ws(context);
    acceptor.async_accept(ws.next_layer(), yield);
    serve(ws, yield);
  });
  net::spawn(context, [&](net::yield_context yield) {
    websocket::stream<tcp::socket> ws(context);
    ws.next_layer().async_connect(acceptor.local_endpoint(), yield);
    visit(ws, yield);
  });
  context.run();
  std::printf("1..%d\n", number);
  return failed || number != 11;
}
