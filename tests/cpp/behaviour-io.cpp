// What passes over a stream: the handshake, messages, pings, options, and what Asio asks of operations.
#include "behaviour.hpp"

#if BISQUE_WEBSOCKET_HAS_CANCELLATION
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#endif
#include <cstdio>
#include <exception>
#include <thread>

using websocket::error;

namespace {

std::string const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

template <class Stream>
void compresses(Stream& ws) {
  websocket::permessage_deflate option;
  option.server_enable = true;
  option.server_max_window_bits = 11;
  option.msg_size_threshold = 5;
  ws.set_option(option);
}

TEST(a_response_has_what_the_decorator_gives_it) {
  served<> s("", [](auto& ws) {
    ws.set_option(
        websocket::stream_base::decorator([](websocket::response_type& response) { response.set("X-Mine", "yes"); }));
  });
  CHECK(s.response.find("101 Switching Protocols\r\n") != std::string::npos);
  CHECK(s.response.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(s.response.find("X-Mine: yes\r\n") != std::string::npos);
}

TEST(a_bad_request_is_told_why) {
  struct {
    std::string request;
    error expected;
    char const* line;
  } const cases[] = {{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", error::no_connection, "HTTP/1.1 400 "},
                     {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", error::bad_method, "HTTP/1.1 400 "},
                     {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", error::bad_http_version, "HTTP/1.0 400 "},
                     {"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
                      error::bad_sec_version, "HTTP/1.1 426 "},
                     {"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n\r\n",
                      error::bad_sec_key, "HTTP/1.1 400 "},
                     {"", error::closed, ""}};
  for (auto const& one : cases) {
    net::io_context context;
    websocket::stream<local::socket> ws(context);
    local::socket peer(context);
    net::local::connect_pair(ws.next_layer(), peer);
    net::write(peer, net::buffer(one.request));
    peer.shutdown(local::socket::shutdown_send);
    error_code ec;
    ws.accept(ec);
    CHECK_EQUAL(ec, one.expected);
    ws.next_layer().close();
    std::string answer;
    net::read(peer, net::dynamic_buffer(answer), ec);
    CHECK_EQUAL(answer.substr(0, std::strlen(one.line)), one.line);
  }
}

TEST(a_refusal_gives_the_whole_response) {
  net::io_context context;
  websocket::stream<local::socket> ws(context);
  local::socket peer(context);
  net::local::connect_pair(ws.next_layer(), peer);
  net::write(peer, net::buffer(std::string("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 4\r\n\r\nback")));
  websocket::response_type response;
  outcome shaken;
  ws.async_handshake(response, "localhost", "/", shaken.handler());
  context.run();
  CHECK_EQUAL(shaken.ec, error::upgrade_declined);
  CHECK(shaken.ec == websocket::condition::handshake_failed);
  CHECK_EQUAL(response.result_int(), 302u);
  CHECK(response[http::field::location] == "/there");
  CHECK_EQUAL(response.body(), "back");
  CHECK(!ws.is_open());
}

TEST(frames_behind_the_request_are_read) {
  served<> s;
  net::io_context context;
  websocket::stream<local::socket> ws(context);
  local::socket peer(context);
  net::local::connect_pair(ws.next_layer(), peer);
  net::write(peer, net::buffer("\r\n" + masked(0x81, "early") + masked(0x82, std::string(5000, 'e'))));
  ws.accept(net::buffer(request_text));
  beast::flat_buffer buffer;
  ws.read(buffer);
  CHECK_EQUAL(beast::buffers_to_string(buffer.data()), "early");
  buffer.clear();
  CHECK_EQUAL(ws.read(buffer), 5000u);
}

TEST(pings_are_answered_and_shown) {
  served<> s;
  std::string seen;
  s.ws->control_callback([&](websocket::frame_type kind, websocket::string_view payload) {
    seen += std::to_string(static_cast<int>(kind)) + ":" + std::string(payload.data(), payload.size()) + " ";
  });
  s.say(masked(0x89, "a") + masked(0x8a, "b") + masked(0x01, "he") + masked(0x89, "") + masked(0x80, "llo"));
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.ec, error_code());
  CHECK_EQUAL(s.text(), "hello");
  CHECK_EQUAL(seen, "1:a 2:b 1: ");
  CHECK_EQUAL(s.hear(5), std::string("\x8a\x01"
                                     "a\x8a\0",
                                     5));
  s.ws->ping("p");
  s.ws->pong("q");
  CHECK_EQUAL(s.hear(6), "\x89\x01p\x8a\x01q");
}

TEST(messages_are_read_in_pieces) {
  served<> s;
  s.say(masked(0x02, "abc") + masked(0x80, "def"));
  char room[2];
  CHECK_EQUAL(s.ws->read_some(net::buffer(room)), 2u);
  CHECK(!s.ws->is_message_done() && s.ws->got_binary());
  CHECK_EQUAL(s.ws->read_size_hint(), 1u);
  CHECK_EQUAL(s.ws->read_some(s.buffer, 1), 1u);
  outcome rest;
  s.ws->async_read(s.buffer, rest.handler());
  s.run();
  CHECK_EQUAL(rest.bytes, 3u);
  CHECK(s.ws->is_message_done());
  CHECK_EQUAL(s.text(), "cdef");
  beast::flat_buffer small(3);
  s.say(masked(0x82, "abcd"));
  error_code ec;
  s.ws->read(small, ec);
  CHECK_EQUAL(ec, error::buffer_overflow);
}

TEST(a_large_message_comes_whole) {
  served<> s;
  std::string large;
  for (int i = 0; i < 60000; i++)
    large += static_cast<char>('a' + i % 23);
  outcome read, said;
  auto const frame = masked(0x81, large);
  net::async_write(s.peer, net::buffer(frame), said.handler());
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.bytes, large.size());
  CHECK(s.text() == large);
}

TEST(messages_are_written_in_frames_from_buffers_of_any_cut) {
  served<> s;
  std::string const one(3000, '1'), two(2500, '2'), three(3500, '3');
  std::array<net::const_buffer, 3> const parts{net::buffer(one), net::buffer(two), net::buffer(three)};
  s.ws->binary(true);
  CHECK_EQUAL(s.ws->write(parts), 9000u);
  auto const all = one + two + three;
  auto const frame = [](int first, std::string const& payload) {
    return std::string{static_cast<char>(first), 126, static_cast<char>(payload.size() >> 8),
                       static_cast<char>(payload.size())} +
           payload;
  };
  auto const expected =
      frame(0x02, all.substr(0, 4096)) + frame(0x00, all.substr(4096, 4096)) + frame(0x80, all.substr(8192));
  CHECK(s.hear(expected.size()) == expected);
  s.ws->auto_fragment(false);
  s.ws->write(parts);
  CHECK(s.hear(9004) == frame(0x82, all));
  s.ws->write_some(false, net::buffer("a", 1));
  s.ws->text(true); // comes too late for this message
  s.ws->write_some(false, net::buffer("", 0));
  s.ws->write(net::buffer("b", 1));
  CHECK_EQUAL(s.hear(8), std::string("\x02\x01"
                                     "a\0\0\x80\x01"
                                     "b",
                                     8));
}

TEST(writes_queue_where_that_is_asked_for) {
  served<> s;
  s.ws->set_option(websocket::write_queue{true, 2});
  std::string const first(3 << 20, 'x');
  outcome writes[4], read;
  s.ws->auto_fragment(false);
  s.ws->async_write(net::buffer(first), writes[0].handler());
  s.ws->async_write(net::buffer("text", 4), writes[1].handler());
  s.ws->binary(true);
  s.ws->async_write(net::buffer("binary", 6), writes[2].handler());
  s.ws->async_write(net::buffer("too many", 8), writes[3].handler());
  s.poll();
  CHECK_EQUAL(writes[3].ec, net::error::no_buffer_space);
  CHECK(!writes[0].done);
  std::string heard(first.size() + 10 + 6 + 8, '\0');
  net::async_read(s.peer, net::buffer(heard), read.handler());
  s.run();
  for (int i = 0; i < 3; i++)
    CHECK(writes[i].done && !writes[i].ec);
  CHECK_EQUAL(heard.substr(first.size() + 10), "\x81\x04text\x82\x06"
                                               "binary");
}

TEST(a_control_frame_passes_between_the_frames_of_a_message) {
  served<> s;
  std::string const much(2 << 20, 'x');
  outcome write, ping, read;
  s.ws->async_write(net::buffer(much), write.handler());
  s.poll();
  s.ws->async_ping("now", ping.handler());
  std::string heard(much.size() + 4 * (much.size() / 4096) + 5, '\0');
  net::async_read(s.peer, net::buffer(heard), read.handler());
  s.run();
  CHECK(!write.ec && !ping.ec && !read.ec);
  auto const at = heard.find("\x89\x03now");
  CHECK(at != std::string::npos && at % 4100 == 0 && at < much.size());
}

TEST(compression_is_negotiated_and_can_be_left_out) {
  served<> s(offer, [](auto& ws) { compresses(ws); });
  websocket::permessage_deflate_status status;
  s.ws->get_status(status);
  CHECK(status.active);
  CHECK_EQUAL(status.server_window_bits, 11);
  CHECK_EQUAL(status.client_window_bits, 15);
  s.ws->write(net::buffer("aaaaaaaa", 8));
  CHECK_EQUAL(static_cast<unsigned char>(s.hear(1)[0]), 0xc1);
  s.hear(static_cast<unsigned char>(s.hear(1)[0]));
  s.ws->write(net::buffer("aaaa", 4)); // below the threshold
  CHECK_EQUAL(s.hear(6), "\x81\x04"
                         "aaaa");
  s.ws->compress(false);
  s.ws->write(net::buffer("aaaaaaaa", 8));
  CHECK_EQUAL(s.hear(10), "\x81\x08"
                          "aaaaaaaa");
  served<> declined(offer);
  declined.ws->get_status(status);
  CHECK(!status.active);
}

TEST(silence_gives_back_what_compresses) {
  served<> s(offer, [](auto& ws) {
    compresses(ws);
    ws.set_option(websocket::stream_base::timeout{websocket::stream_base::none(), std::chrono::seconds(60), false});
  });
  std::string text;
  for (unsigned i = 0, state = 1; i < 1000; i++, state = state * 1664525 + 1013904223)
    text.push_back(static_cast<char>('a' + state / 65536 % 26));
  auto const written = [&] {
    outcome sent;
    s.ws->async_write(net::buffer(text), sent.handler());
    s.poll();
    CHECK_EQUAL(sent.ec, error_code());
    std::size_t size = static_cast<unsigned char>(s.hear(2)[1]);
    if (size == 126) {
      auto const bytes = s.hear(2);
      size = static_cast<unsigned char>(bytes[0]) * 256u + static_cast<unsigned char>(bytes[1]);
    }
    s.hear(size);
    return size;
  };
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  auto const first = written();
  CHECK(written() < first / 4); // it refers to the one before
  s.context.restart();
  s.context.run_for(std::chrono::milliseconds(3500));
  CHECK(written() > first / 2); // nothing is left to refer to
  CHECK(written() < first / 4);
}

TEST(options_are_checked) {
  served<> s;
  auto const throws = [](auto&& call) {
    try {
      call();
    } catch (std::invalid_argument const&) {
      return true;
    }
    return false;
  };
  websocket::permessage_deflate bad;
  bad.server_max_window_bits = 8;
  CHECK(throws([&] { s.ws->set_option(bad); }));
  CHECK(throws([&] { s.ws->write_buffer_bytes(7); }));
  CHECK(throws([&] { s.ws->read_buffer_bytes(255); }));
  websocket::stream<local::socket, false> plain(s.context);
  websocket::permessage_deflate on;
  on.client_enable = true;
  CHECK(throws([&] { plain.set_option(on); }));
}

TEST(a_clients_masks_are_new_for_every_frame) {
  net::io_context context;
  websocket::stream<local::socket> client(context), server(context);
  net::local::connect_pair(client.next_layer(), server.next_layer());
  std::thread accepting([&] { server.accept(); });
  client.handshake("localhost", "/");
  accepting.join();
  std::string keys;
  for (int i = 0; i < 3; i++) {
    client.write(net::buffer("abcd", 4));
    char frame[10];
    net::read(server.next_layer(), net::buffer(frame));
    std::string const key(frame + 2, 4);
    for (int j = 0; j < 4; j++)
      CHECK_EQUAL(static_cast<char>(frame[6 + j] ^ frame[2 + j]), "abcd"[j]);
    CHECK(keys.find(key) == std::string::npos);
    keys += key;
  }
}

TEST(errors_say_what_they_are) {
  error_code const ec = error::bad_masked_frame;
  CHECK(ec == websocket::condition::protocol_violation && ec != websocket::condition::handshake_failed);
  CHECK_EQUAL(static_cast<int>(error::upgrade_declined), 20);
  CHECK(error_code(error::no_host) == websocket::condition::handshake_failed);
  CHECK(error_code(error::closed) != websocket::condition::protocol_violation);
  CHECK(error_code(error::closed).message() != error_code(error::no_host).message());
}

// ---- What Asio asks of operations ----

std::size_t allocations = 0;

template <class T>
struct counting_allocator {
  using value_type = T;
  counting_allocator() = default;
  template <class U>
  counting_allocator(counting_allocator<U> const&) {}
  T* allocate(std::size_t count) {
    ++allocations;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* at, std::size_t count) { std::allocator<T>().deallocate(at, count); }
  template <class U>
  bool operator==(counting_allocator<U> const&) const {
    return true;
  }
  template <class U>
  bool operator!=(counting_allocator<U> const&) const {
    return false;
  }
};

struct counting_handler {
  using allocator_type = counting_allocator<char>;
  allocator_type get_allocator() const { return {}; }
  outcome* result;
  std::unique_ptr<int> makes_it_move_only;
  void operator()(error_code ec, std::size_t bytes = 0) { result->handler()(ec, bytes); }
};

TEST(handlers_are_moved_and_lend_their_allocator) {
  served<> s;
  s.ws->set_option(websocket::write_queue{});
  outcome read, write, queued;
  s.ws->async_read(s.buffer, counting_handler{&read, {}});
  CHECK(allocations > 0);
  auto const before = allocations;
  s.ws->async_write(net::buffer("a", 1), counting_handler{&write, {}});
  s.ws->async_write(net::buffer("b", 1), counting_handler{&queued, {}});
  CHECK(allocations > before);
  s.say(masked(0x81, "x"));
  s.run();
  CHECK(!read.ec && !write.ec && !queued.ec);
}

TEST(handlers_are_called_on_their_executor_and_never_at_once) {
  served<> s;
  auto strand = net::make_strand(s.context);
  std::vector<bool> inside;
  auto const note = [&](auto&&...) { inside.push_back(strand.running_in_this_thread()); };
  s.say(masked(0x81, "x") + masked(0x81, "y"));
  s.ws->async_read(s.buffer, net::bind_executor(strand, note));
  s.ws->async_write(net::buffer("a", 1), net::bind_executor(strand, note));
  s.ws->async_ping("", net::bind_executor(strand, note));
  CHECK(inside.empty());
  s.run();
  // The second message is there already.
  s.ws->async_read(s.buffer, net::bind_executor(strand, note));
  CHECK_EQUAL(inside.size(), 3u);
  s.run();
  CHECK(inside == std::vector<bool>(4, true));
}

#if BISQUE_WEBSOCKET_HAS_CANCELLATION
TEST(a_cancelled_read_loses_nothing) {
  served<> s;
  net::cancellation_signal signal;
  for (auto const kind :
       {net::cancellation_type::terminal, net::cancellation_type::partial, net::cancellation_type::total}) {
    outcome read, again;
    s.ws->async_read(s.buffer, net::bind_cancellation_slot(signal.slot(), read.handler()));
    s.say(masked(0x01, "half "));
    s.poll();
    signal.emit(kind);
    s.run();
    CHECK_EQUAL(read.ec, net::error::operation_aborted);
    CHECK(s.ws->is_open());
    s.say(masked(0x80, "whole "));
    s.ws->async_read(s.buffer, again.handler());
    s.run();
    CHECK_EQUAL(again.ec, error_code());
  }
  CHECK_EQUAL(s.text(), "half whole half whole half whole ");
}

TEST(what_waits_for_its_turn_can_be_cancelled) {
  served<> s;
  s.ws->set_option(websocket::write_queue{});
  std::string const much(3 << 20, 'x');
  net::cancellation_signal write_signal, ping_signal, close_signal;
  outcome first, write, ping, closed, read;
  s.ws->async_write(net::buffer(much), first.handler());
  s.poll();
  s.ws->async_write(net::buffer("b", 1), net::bind_cancellation_slot(write_signal.slot(), write.handler()));
  s.ws->async_ping("", net::bind_cancellation_slot(ping_signal.slot(), ping.handler()));
  s.ws->async_close(websocket::close_code::normal, net::bind_cancellation_slot(close_signal.slot(), closed.handler()));
  write_signal.emit(net::cancellation_type::total);
  ping_signal.emit(net::cancellation_type::partial);
  close_signal.emit(net::cancellation_type::terminal);
  s.poll();
  CHECK_EQUAL(write.ec, net::error::operation_aborted);
  CHECK_EQUAL(ping.ec, net::error::operation_aborted);
  CHECK_EQUAL(closed.ec, net::error::operation_aborted);
  CHECK(s.ws->is_open());
  // A signal that is emitted again finds nobody.
  write_signal.emit(net::cancellation_type::total);
  std::string heard(much.size() + 4 * (much.size() / 4096), '\0');
  net::async_read(s.peer, net::buffer(heard), read.handler());
  s.run();
  CHECK(!first.ec && !read.ec);
}

TEST(a_write_that_has_begun_ends_the_stream_when_it_is_cancelled) {
  served<> s;
  std::string const much(3 << 20, 'x');
  net::cancellation_signal signal;
  outcome write;
  s.ws->async_write(net::buffer(much), net::bind_cancellation_slot(signal.slot(), write.handler()));
  s.poll();
  signal.emit(net::cancellation_type::total); // not this one
  s.poll();
  CHECK(!write.done);
  signal.emit(net::cancellation_type::terminal);
  s.run();
  CHECK_EQUAL(write.ec, net::error::operation_aborted);
  CHECK(!s.ws->is_open());
}
#endif

// ---- Layers of one's own ----

/// A layer that ends like TLS whose peer leaves out close_notify.
struct truncated_layer {
  using executor_type = local::socket::executor_type;
  local::socket socket_;
  explicit truncated_layer(local::socket socket) : socket_(std::move(socket)) {}
  executor_type get_executor() { return socket_.get_executor(); }
  local::socket& next_layer() { return socket_; }
  template <class Buffers, class Handler>
  void async_read_some(Buffers const& buffers, Handler&& handler) {
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(Buffers const& buffers, Handler&& handler) {
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  void shutdown(error_code& ec) { ec = net::error::connection_reset; }
  template <class Handler>
  void async_shutdown(Handler&& handler) {
    net::post(websocket::detail::bound_handler<std::decay_t<Handler>>{std::forward<Handler>(handler),
                                                                      net::error::connection_reset});
  }
};

TEST(an_end_below_without_its_own_goodbye_is_a_close_in_order) {
  served<truncated_layer> s;
  s.say(masked(0x88, "\x03\xe8"));
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.ec, error::closed);
  served<truncated_layer> other;
  outcome closed;
  other.say(masked(0x88, "\x03\xe8"));
  other.ws->async_close(websocket::close_code::normal, closed.handler());
  other.run();
  CHECK_EQUAL(closed.ec, error_code());
  CHECK(!other.bottom().is_open());
}

} // namespace

int main() {
  std::size_t number = 0, failed = 0;
  std::printf("1..%zu\n", all_tests().size());
  for (auto const& test : all_tests()) {
    ++number;
    try {
      test.body();
      std::printf("ok %zu %s\n", number, test.name);
    } catch (std::exception const& failure) {
      ++failed;
      std::printf("not ok %zu %s\n# %s\n", number, test.name, failure.what());
    }
    std::fflush(stdout);
  }
  return failed != 0;
}
