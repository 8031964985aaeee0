// What the behaviour tests share: a small test runner that prints TAP, and a stream whose peer is a bare socket.
#ifndef TESTS_CPP_BEHAVIOUR_HPP
#define TESTS_CPP_BEHAVIOUR_HPP

#include <array>
#include <bisque/websocket.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = bisque::websocket;
using boost::system::error_code;
using local = net::local::stream_protocol;
using namespace std::chrono_literals;

struct test_case {
  char const* name;
  void (*body)();
};

inline std::vector<test_case>& all_tests() {
  static std::vector<test_case> tests;
  return tests;
}

struct registration {
  registration(char const* name, void (*body)()) { all_tests().push_back({name, body}); }
};

#define TEST(name)                                                                                                     \
  static void name();                                                                                                  \
  static registration const register_##name(#name, name);                                                              \
  static void name()

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      fail_check(#condition, __FILE__, __LINE__);                                                                      \
  } while (false)

#define CHECK_EQUAL(left, right) check_equal((left), (right), #left " == " #right, __FILE__, __LINE__)

[[noreturn]] inline void fail_check(std::string const& what, char const* file, int line) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

template <class Left, class Right>
void check_equal(Left const& left, Right const& right, char const* what, char const* file, int line) {
  if (left == right)
    return;
  std::ostringstream text;
  if constexpr (std::is_same_v<Left, error_code>)
    text << what << ": " << left.message();
  else
    text << what << ": " << left << " and " << right;
  fail_check(text.str(), file, line);
}

inline std::string const request_text = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

using frames = std::string;

// A client's frame with the key 0, which leaves the payload as it is.
inline frames masked(int first, std::string const& payload) {
  frames text(1, static_cast<char>(first));
  if (payload.size() < 126) {
    text += static_cast<char>(0x80 | payload.size());
  } else {
    text += static_cast<char>(0x80 | 126);
    text += static_cast<char>(payload.size() >> 8);
    text += static_cast<char>(payload.size());
  }
  return text + std::string(4, '\0') + payload;
}

// What an operation came to.
struct outcome {
  bool done = false;
  error_code ec;
  std::size_t bytes = 0;
  std::size_t calls = 0;

  auto handler() {
    return [this](error_code result, std::size_t size = 0) {
      done = true;
      ec = result;
      bytes = size;
      ++calls;
    };
  }
};

// A server's stream, open, and its peer.
template <class NextLayer = local::socket>
struct served {
  net::io_context context;
  std::unique_ptr<websocket::stream<NextLayer>> ws{new websocket::stream<NextLayer>(local::socket(context))};
  local::socket peer{context};
  beast::flat_buffer buffer;
  std::string response;

  explicit served(std::string const& more_fields = "",
                  std::function<void(websocket::stream<NextLayer>&)> prepare = {}) {
    net::local::connect_pair(bottom(), peer);
    if (prepare)
      prepare(*ws);
    say(request_text + more_fields + "\r\n");
    outcome accepted;
    ws->async_accept(accepted.handler());
    run();
    CHECK_EQUAL(accepted.ec, error_code());
    while (response.find("\r\n\r\n") == std::string::npos)
      response += hear(1);
  }

  local::socket& bottom() { return websocket::detail::lowest_layer(ws->next_layer()); }

  void run() {
    context.restart();
    context.run();
  }

  void poll() {
    context.restart();
    context.poll();
  }

  void say(std::string const& bytes) { net::write(peer, net::buffer(bytes)); }

  std::string hear(std::size_t size) {
    std::string bytes(size, '\0');
    net::read(peer, net::buffer(bytes));
    return bytes;
  }

  // Everything until the stream's end.
  std::string hear_all() {
    std::string bytes;
    error_code ec;
    net::read(peer, net::dynamic_buffer(bytes), ec);
    return bytes;
  }

  std::string text() const { return beast::buffers_to_string(buffer.data()); }
};

#endif
