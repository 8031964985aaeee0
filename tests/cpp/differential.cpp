// Scripted peers against a stream, in its words.
//
// Compiled against Bisque and against Beast; the two must print the same, but for what docs/cpp.md lists. Each script
// is played whole, a byte at a time, and cut off at every byte. A line is a script's name, what the stream's operations
// came to, the messages that it read, and the frames that it sent, unmasked.
#include "which.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/uuid/detail/sha1.hpp>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

using local = net::local::stream_protocol;

struct script {
  char const* name;
  std::string bytes;
};

// ---- What peers say ----

std::string frame(int first, std::string const& payload, bool mask) {
  std::string text(1, static_cast<char>(first));
  char const bit = mask ? '\x80' : '\0';
  if (payload.size() < 126)
    text += static_cast<char>(bit | static_cast<char>(payload.size()));
  else
    text += {static_cast<char>(bit | 126), static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  if (mask)
    text += "abcd";
  for (std::size_t i = 0; i < payload.size(); i++)
    text += mask ? static_cast<char>(payload[i] ^ "abcd"[i % 4]) : payload[i];
  return text;
}

std::vector<script> scripts(bool mask) {
  auto const f = [mask](int first, std::string const& payload = "") { return frame(first, payload, mask); };
  std::string const wrong_bit = mask ? std::string("\x81\x01x") : frame(0x81, "x", true);
  auto const header = [mask](std::string bytes) {
    if (mask)
      bytes[1] = static_cast<char>(bytes[1] | '\x80'), bytes += "abcd";
    return bytes;
  };
  using namespace std::string_literals;
  auto const close = [&](int code, std::string const& why = "") {
    return f(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + why);
  };
  return {
      {"text and close", f(0x81, "hello") + close(1000)},
      {"binary and close with reason", f(0x82, "\x01\x02") + close(1001, "bye")},
      {"empty messages", f(0x81) + f(0x82) + close(1000)},
      {"close without code", f(0x88)},
      {"close of 3000", close(3000, "app")},
      {"close of 4999", close(4999)},
      {"fragments", f(0x01, "he") + f(0x00, "ll") + f(0x80, "o") + close(1000)},
      {"empty fragments", f(0x01) + f(0x00) + f(0x80, "x") + close(1000)},
      {"pings between", f(0x01, "he") + f(0x89, "?") + f(0x80, "y") + f(0x89) + close(1000)},
      {"ping of 125", f(0x89, std::string(125, 'p')) + close(1000)},
      {"pongs", f(0x8a, "x") + f(0x8a) + close(1000)},
      {"126 bytes", f(0x82, std::string(126, 'x')) + close(1000)},
      {"3000 bytes", f(0x81, std::string(3000, 'x')) + close(1000)},
      {"characters over frames", f(0x01, "\xc3") + f(0x80, "\xa9") + close(1000)},
      {"data after close", close(1000) + f(0x81, "late")},
      {"second close", close(1000) + close(1001)},
      {"end without close", f(0x81, "hello")},
      {"nothing", ""},
      // What must not be.
      {"mask bit", wrong_bit},
      {"opcode 3", f(0x83)},
      {"opcode 7", f(0x87)},
      {"opcode 11", f(0x8b)},
      {"opcode 15", f(0x8f)},
      {"reserved bit 1", f(0xc1, "x")},
      {"reserved bit 2", f(0xa1, "x")},
      {"reserved bit 3", f(0x91, "x")},
      {"reserved bit on ping", f(0xc9)},
      {"reserved bit on continuation", f(0x01, "a") + f(0xc0, "b")},
      {"continuation of nothing", f(0x80, "x")},
      {"open continuation of nothing", f(0x00, "x")},
      {"text inside text", f(0x01, "a") + f(0x81, "b")},
      {"binary inside text", f(0x01, "a") + f(0x02, "b")},
      {"fragmented ping", f(0x09)},
      {"fragmented close", f(0x08)},
      {"ping of 126", header("\x89\x7e\x00\x7e"s)},
      {"close of 126", header("\x88\x7e\x00\x7e"s)},
      {"length 5 in 16 bits", header("\x82\x7e\x00\x05"s)},
      {"length 65535 in 64 bits", header("\x82\x7f\0\0\0\0\0\0\xff\xff"s)},
      {"too long", header("\x82\x7f\0\0\0\0\1\0\0\1"s)},
      {"text that is not UTF-8", f(0x81, "ab\xff")},
      {"overlong", f(0x81, "\xc0\x80")},
      {"surrogate", f(0x81, "\xed\xa0\x80")},
      {"over 10ffff", f(0x81, "\xf4\x90\x80\x80")},
      {"text ends in a character", f(0x81, "\xe4\xb8")},
      {"not UTF-8 in a fragment", f(0x01, "\xff")},
      {"close of one byte", f(0x88, "\x03")},
      {"close of 999", close(999)},
      {"close of 1004", close(1004)},
      {"close of 1005", close(1005)},
      {"close of 1006", close(1006)},
      {"close of 1015", close(1015)},
      {"close of 5000", close(5000)},
      {"close reason that is not UTF-8", close(1000, "\xff")},
  };
}

// ---- What is printed ----

std::string readable(std::string const& bytes, std::size_t most = 40) {
  std::string text;
  for (char const c : bytes.substr(0, most))
    if (c >= ' ' && c <= '~' && c != '\\')
      text += c;
    else {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\%02x", static_cast<unsigned char>(c));
      text += hex;
    }
  return bytes.size() > most ? text + "...(" + std::to_string(bytes.size()) + ")" : text;
}

std::string kind_of(error_code ec) {
  if (!ec)
    return "ok";
  if (ec == websocket::error::closed)
    return "closed";
  if (ec == websocket::error::message_too_big)
    return "too big";
  if (ec == websocket::condition::protocol_violation)
    return "violation " + std::to_string(ec.value());
  if (ec == websocket::condition::handshake_failed)
    return "handshake " + std::to_string(ec.value());
  return ec.message();
}

// The frames of a stream, with their masks taken off.
std::string frames_of(std::string const& bytes) {
  std::string text;
  std::size_t at = 0;
  auto const byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  while (at + 2 <= bytes.size()) {
    char first[8];
    std::snprintf(first, sizeof first, " %02x", byte(at));
    std::size_t size = byte(at + 1) & 0x7f, header = 2;
    bool const mask = byte(at + 1) & 0x80;
    if (size == 126)
      size = byte(at + 2) << 8 | byte(at + 3), header = 4;
    auto const key = at + header;
    header += mask ? 4 : 0;
    std::string payload = bytes.substr(std::min(bytes.size(), at + header), size);
    for (std::size_t i = 0; mask && i < payload.size(); i++)
      payload[i] = static_cast<char>(payload[i] ^ bytes[key + i % 4]);
    text += first + std::string(mask ? "m:" : ":") + readable(payload);
    at += header + size;
  }
  return text;
}

// ---- The peer ----

/// Plays a script, in pieces of `chunk` bytes, and collects what it hears until the end.
class peer {
public:
  peer(local::socket& socket, std::string bytes, std::size_t chunk) : socket_(socket) {
    speaking_ = std::thread([this, bytes = std::move(bytes), chunk] {
      error_code ec;
      for (std::size_t at = 0; at < bytes.size() && !ec; at += chunk)
        net::write(socket_, net::buffer(bytes.data() + at, std::min(chunk, bytes.size() - at)), ec);
      socket_.shutdown(local::socket::shutdown_send, ec);
    });
    hearing_ = std::thread([this] {
      error_code ec;
      net::read(socket_, net::dynamic_buffer(heard_), ec);
    });
  }

  std::string heard() {
    speaking_.join();
    hearing_.join();
    return heard_;
  }

private:
  local::socket& socket_;
  std::string heard_;
  std::thread speaking_, hearing_;
};

std::string accept_of(std::string const& key) {
  boost::uuids::detail::sha1 hash;
  std::string const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  hash.process_bytes(text.data(), text.size());
  unsigned digest[5];
  hash.get_digest(digest);
  std::string bytes, coded;
  for (unsigned const word : digest)
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += static_cast<char>(word >> shift);
  bytes += '\0';
  char const* const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < 21; i += 3) {
    unsigned const three = static_cast<unsigned char>(bytes[i]) << 16 | static_cast<unsigned char>(bytes[i + 1]) << 8 |
                           static_cast<unsigned char>(bytes[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6)
      coded += letters[three >> shift & 63];
  }
  coded.back() = '=';
  return coded;
}

std::string const request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

std::string up_to_head(local::socket& socket) {
  std::string head;
  char c;
  while (head.find("\r\n\r\n") == std::string::npos) {
    net::read(socket, net::buffer(&c, 1));
    head += c;
  }
  return head;
}

/// Opens a stream of either role over a pair, and returns it with the other end.
struct connection {
  net::io_context context;
  websocket::stream<local::socket> ws{context};
  local::socket other{context};

  explicit connection(bool server) {
    net::local::connect_pair(ws.next_layer(), other);
    if (server) {
      net::write(other, net::buffer(request));
      ws.accept();
      up_to_head(other);
    } else {
      std::thread answering([this] {
        auto const head = up_to_head(other);
        std::string const field = "Sec-WebSocket-Key: ";
        auto const at = head.find(field) + field.size();
        net::write(other,
                   net::buffer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: " +
                               accept_of(head.substr(at, 24)) + "\r\n\r\n"));
      });
      ws.handshake("localhost", "/");
      answering.join();
    }
  }
};

// ---- The ways to play a script ----

std::string play(bool server, bool asynchronous, std::string const& bytes, std::size_t chunk) {
  connection c(server);
  peer other(c.other, bytes, chunk);
  std::string said, pings;
  c.ws.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    pings += " " + std::to_string(static_cast<int>(kind)) + "=" + readable(std::string(payload));
  });
  for (error_code ec; !ec;) {
    beast::flat_buffer buffer;
    if (asynchronous) {
      c.ws.async_read(buffer, [&](error_code result, std::size_t) { ec = result; });
      c.context.restart();
      c.context.run();
    } else {
      c.ws.read(buffer, ec);
    }
    if (!ec)
      said += std::string(c.ws.got_text() ? " T:" : " B:") + readable(beast::buffers_to_string(buffer.data()));
    else
      said += " | " + kind_of(ec);
  }
  if (c.ws.reason())
    said +=
        " " + std::to_string(c.ws.reason().code) + readable({c.ws.reason().reason.begin(), c.ws.reason().reason.end()});
  error_code ignored;
  c.ws.next_layer().close(ignored);
  return said + " |" + pings + " |" + frames_of(other.heard());
}

/// The stream closes while the peer speaks.
std::string play_close(bool server, std::string const& bytes) {
  connection c(server);
  peer other(c.other, bytes, bytes.size() + 1);
  error_code ec;
  c.ws.close({websocket::close_code::going_away, "enough"}, ec);
  error_code ignored;
  c.ws.next_layer().close(ignored);
  return kind_of(ec) + " |" + frames_of(other.heard());
}

void writes(bool server) {
  std::string const texts[] = {"",
                               "x",
                               std::string(125, 'a'),
                               std::string(126, 'b'),
                               std::string(4096, 'c'),
                               std::string(4097, 'd'),
                               std::string(12288, 'e')};
  for (bool fragments : {true, false})
    for (auto const& text : texts) {
      connection c(server);
      peer other(c.other, "", 1);
      c.ws.auto_fragment(fragments);
      c.ws.binary(fragments);
      c.ws.write(net::buffer(text));
      c.ws.write_some(false, net::buffer(text));
      c.ws.ping("between");
      c.ws.write_some(true, net::buffer(text));
      c.ws.pong("p");
      c.ws.next_layer().close();
      std::printf("%s write %zu %s:%s\n", server ? "server" : "client", text.size(), fragments ? "frames" : "frame",
                  frames_of(other.heard()).c_str());
    }
}

void handshakes() {
  struct {
    char const* name;
    std::string request;
  } const cases[] = {
      {"no host", "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"post", "POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"1.0", "GET / HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"no connection", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"},
      {"wrong connection", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n"},
      {"no upgrade", "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\n"},
      {"wrong upgrade", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"},
      {"no key", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n"},
      {"no version", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"},
      {"version 8", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n"},
      {"lists", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, WebSocket\r\nConnection: keep-alive, upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"},
      {"garbage", "GARBAGE\r\n\r\n"},
      {"cut off", "GET / HTTP/1.1\r\nHost"},
      {"nothing", ""},
  };
  for (auto const& one : cases) {
    net::io_context context;
    websocket::stream<local::socket> ws(context);
    local::socket socket(context);
    net::local::connect_pair(ws.next_layer(), socket);
    peer other(socket, one.request, 1000);
    error_code ec;
    ws.accept(ec);
    ws.next_layer().close();
    auto const heard = other.heard();
    std::printf("accept %s: %s | %s\n", one.name, kind_of(ec).c_str(), heard.substr(0, heard.find('\r')).c_str());
  }
  struct {
    char const* name;
    std::string response;
  } const answers[] = {
      {"not found", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"},
      {"no accept", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"wrong accept", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                       "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"},
      {"no upgrade", "HTTP/1.1 101 S\r\nConnection: Upgrade\r\n\r\n"},
      {"wrong connection", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n"},
      {"1.0", "HTTP/1.0 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"cut off", "HTTP/1.1 101 Swit"},
      {"nothing", ""},
  };
  for (auto const& one : answers) {
    net::io_context context;
    websocket::stream<local::socket> ws(context);
    local::socket socket(context);
    net::local::connect_pair(ws.next_layer(), socket);
    peer other(socket, one.response, 1000);
    error_code ec;
    websocket::response_type response;
    ws.handshake(response, "localhost:80", "/a?b", ec);
    ws.next_layer().close();
    auto const heard = other.heard();
    auto const key = heard.find("Sec-WebSocket-Key: ");
    std::printf("handshake %s: %s %s | %s%s\n", one.name, kind_of(ec).c_str(), response.body().c_str(),
                readable(heard.substr(0, key), 1000).c_str(),
                key == heard.npos ? "" : readable(heard.substr(key + 43), 1000).c_str());
  }
}

} // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  handshakes();
  for (bool server : {false, true}) {
    writes(server);
    for (auto const& one : scripts(server)) {
      auto const print = [&](std::string const& how, std::string const& what) {
        std::printf("%s %s, %s:%s\n", server ? "server" : "client", one.name, how.c_str(), what.c_str());
      };
      print("whole", play(server, false, one.bytes, one.bytes.size() + 1));
      print("asynchronous", play(server, true, one.bytes, one.bytes.size() + 1));
      print("byte by byte", play(server, true, one.bytes, 1));
      print("closing", " " + play_close(server, one.bytes));
      for (std::size_t cut = 1; cut < one.bytes.size() && cut < 40; cut++)
        print("cut at " + std::to_string(cut), play(server, false, one.bytes.substr(0, cut), cut));
    }
  }
}
