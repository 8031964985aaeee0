// How streams end: closing, deadlines, silence, destruction, misuse.
#include "behaviour.hpp"

#include <boost/asio/steady_timer.hpp>
#include <sys/wait.h>
#include <unistd.h>

using websocket::close_code;
using websocket::error;

namespace {

constexpr char peer_closes[] = "\x03\xe9"
                               "bye";

TEST(a_peer_that_closes_is_answered_and_read_says_closed) {
  served<> s;
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.say(masked(0x88, peer_closes));
  s.peer.shutdown(local::socket::shutdown_send);
  s.run();
  CHECK_EQUAL(read.ec, error::closed);
  CHECK_EQUAL(s.ws->reason().code, 1001);
  CHECK(s.ws->reason().reason == "bye");
  CHECK(!s.ws->is_open());
  CHECK_EQUAL(s.hear_all(), std::string("\x88\x02\x03\xe9"));
  outcome again;
  s.ws->async_read(s.buffer, again.handler());
  CHECK(!again.done);
  s.run();
  CHECK_EQUAL(again.ec, net::error::operation_aborted);
}

TEST(a_close_without_a_code_is_answered_with_normal) {
  served<> s;
  s.say(masked(0x88, ""));
  s.peer.shutdown(local::socket::shutdown_send);
  error_code ec;
  s.ws->read(s.buffer, ec);
  CHECK_EQUAL(ec, error::closed);
  CHECK(!s.ws->reason());
  CHECK_EQUAL(s.hear_all(), std::string("\x88\x02\x03\xe8"));
}

TEST(closing_discards_data_until_the_peers_close) {
  served<> s;
  outcome closed;
  s.ws->async_close({close_code::going_away, "enough"}, closed.handler());
  s.poll();
  CHECK_EQUAL(s.hear(10), std::string("\x88\x08\x03\xe9"
                                      "enough"));
  s.say(masked(0x81, "late") + masked(0x89, "ping") + masked(0x02, std::string(9000, 'x')) + masked(0x80, ""));
  s.say(masked(0x88, "\x03\xe9"));
  s.peer.shutdown(local::socket::shutdown_send);
  s.run();
  CHECK_EQUAL(closed.ec, error_code());
  CHECK_EQUAL(s.hear_all(), std::string());
}

TEST(a_read_that_is_outstanding_while_closing_is_aborted) {
  served<> s;
  outcome read, closed;
  s.ws->async_read(s.buffer, read.handler());
  s.poll();
  s.ws->async_close(close_code::normal, closed.handler());
  s.poll();
  s.say(masked(0x81, "late") + masked(0x88, "\x03\xe8"));
  s.peer.shutdown(local::socket::shutdown_send);
  s.run();
  CHECK_EQUAL(read.ec, net::error::operation_aborted);
  CHECK_EQUAL(closed.ec, error_code());
  CHECK(s.buffer.size() == 0);
}

TEST(both_sides_may_close_at_once) {
  served<> s;
  outcome read, closed;
  s.say(masked(0x88, "\x03\xe8"));
  s.peer.shutdown(local::socket::shutdown_send);
  s.ws->async_close(close_code::normal, closed.handler());
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(closed.ec, error_code());
  CHECK_EQUAL(read.ec, net::error::operation_aborted);
  CHECK_EQUAL(s.hear_all(), std::string("\x88\x02\x03\xe8"));
}

TEST(a_close_cannot_hang_and_leaves_the_stream_closed) {
  served<> s;
  s.ws->set_option(websocket::stream_base::close_timeout{20ms});
  outcome closed, read, write;
  s.ws->async_close(close_code::normal, closed.handler());
  s.run();
  CHECK_EQUAL(closed.ec, beast::error::timeout);
  CHECK(!s.ws->is_open());
  CHECK(!s.bottom().is_open());
  s.ws->async_read(s.buffer, read.handler());
  s.ws->async_write(net::buffer("x", 1), write.handler());
  s.run();
  CHECK_EQUAL(read.ec, net::error::operation_aborted);
  CHECK_EQUAL(write.ec, net::error::operation_aborted);
}

TEST(a_synchronous_close_cannot_hang_either) {
  for (bool peer_reads : {true, false}) {
    served<> s;
    s.ws->set_option(websocket::stream_base::close_timeout{20ms});
    if (!peer_reads) {
      s.bottom().non_blocking(true);
      error_code full;
      while (!full)
        s.bottom().write_some(net::buffer(std::string(4096, 'x')), full);
      s.bottom().non_blocking(false);
    }
    error_code ec;
    s.ws->close(close_code::normal, ec);
    CHECK_EQUAL(ec, beast::error::timeout);
    CHECK(!s.ws->is_open() && !s.bottom().is_open());
  }
}

TEST(a_synchronous_close_leaves_its_socket_blocking_when_refused) {
  served<> s;
  error_code ec;
  s.ws->close(close_code::abnormal, ec);
  CHECK_EQUAL(ec, net::error::invalid_argument);
  CHECK(s.ws->is_open());
  CHECK(!s.bottom().non_blocking());
  s.say(masked(0x81, "on"));
  s.ws->read(s.buffer);
  CHECK_EQUAL(s.text(), "on");
}

TEST(a_close_that_waits_for_a_stuck_write_has_its_deadline) {
  served<> s;
  s.ws->set_option(websocket::stream_base::close_timeout{20ms});
  std::string const much(4 << 20, 'x');
  outcome write, closed;
  s.ws->async_write(net::buffer(much), write.handler());
  s.poll();
  CHECK(!write.done);
  s.ws->async_close(close_code::normal, closed.handler());
  s.run();
  CHECK(closed.done && closed.ec);
  CHECK(write.done && write.ec);
  CHECK(!s.bottom().is_open());
}

TEST(a_peer_that_goes_without_a_close_fails_the_read) {
  served<> s;
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.poll();
  s.peer.close();
  s.run();
  CHECK_EQUAL(read.ec, net::error::eof);
  CHECK(!s.ws->is_open());
}

TEST(a_peer_that_breaks_the_protocol_is_told_and_left) {
  struct {
    std::string bytes;
    error expected;
    int code;
  } const cases[] = {{std::string("\x81\x00", 2), error::bad_unmasked_frame, 1002},
                     {masked(0x83, ""), error::bad_opcode, 1002},
                     {masked(0x81, "\xff"), error::bad_frame_payload, 1007},
                     {masked(0x80, ""), error::bad_continuation, 1002},
                     {masked(0x01, "a") + masked(0x81, "b"), error::bad_data_frame, 1002},
                     {masked(0x88, "\x03"), error::bad_close_size, 1002},
                     {masked(0x88, "\x03\xed"), error::bad_close_code, 1002}};
  for (auto const& one : cases) {
    served<> s;
    s.say(one.bytes);
    s.peer.shutdown(local::socket::shutdown_send);
    outcome read;
    s.ws->async_read(s.buffer, read.handler());
    s.run();
    CHECK_EQUAL(read.ec, one.expected);
    CHECK(read.ec == websocket::condition::protocol_violation);
    std::string const close = {'\x88', 2, static_cast<char>(one.code >> 8), static_cast<char>(one.code)};
    CHECK_EQUAL(s.hear_all(), close);
  }
}

TEST(a_message_that_is_too_big_is_refused_by_its_header) {
  served<> s;
  s.ws->read_message_max(1000);
  // 1001 bytes in two frames; nothing of the second has come.
  s.say(masked(0x02, std::string(400, 'x')) + std::string("\x80\xfe\x02\x59\0\0\0\0", 8));
  s.peer.shutdown(local::socket::shutdown_send);
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.ec, error::message_too_big);
  CHECK_EQUAL(s.hear_all(), std::string("\x88\x02\x03\xf1"));
}

TEST(silence_ends_a_connection) {
  served<> s;
  s.ws->set_option(websocket::stream_base::timeout{websocket::stream_base::none(), 30ms, false});
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.ec, beast::error::timeout);
  CHECK(!s.bottom().is_open());
}

TEST(a_keepalive_pings_and_every_frame_is_a_sign_of_life) {
  served<> s;
  s.ws->set_option(websocket::stream_base::timeout{websocket::stream_base::none(), 100ms, true});
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  // The peer answers three pings: with a pong, with a ping, and with a part of a message.
  std::string const answers[] = {masked(0x8a, ""), masked(0x89, "you?"), masked(0x01, "a")};
  std::array<char, 2> ping{};
  std::array<char, 6> pong{};
  for (int i = 0; i < 3; i++) {
    outcome heard;
    net::async_read(s.peer, net::buffer(ping), heard.handler());
    while (!heard.done && !read.done)
      s.context.restart(), s.context.run_one();
    CHECK(!read.done);
    CHECK_EQUAL(static_cast<int>(static_cast<unsigned char>(ping[0])), 0x89);
    s.say(answers[i]);
    if (i == 1) {
      s.poll();
      net::read(s.peer, net::buffer(pong));
      CHECK_EQUAL(std::string(pong.data(), 6), "\x8a\x04you?");
    }
  }
  s.run();
  CHECK_EQUAL(read.ec, beast::error::timeout);
}

TEST(a_stream_that_has_failed_lets_its_context_end) {
  served<> s;
  s.ws->set_option(websocket::stream_base::timeout{websocket::stream_base::none(), 24h, true});
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.poll();
  s.peer.close();
  s.run(); // a day, if the timer were left
  CHECK_EQUAL(read.ec, net::error::eof);
}

TEST(a_handshake_has_a_deadline) {
  net::io_context context;
  websocket::stream<local::socket> ws(context);
  local::socket peer(context);
  net::local::connect_pair(ws.next_layer(), peer);
  ws.set_option(websocket::stream_base::timeout{20ms, websocket::stream_base::none(), false});
  outcome shaken;
  ws.async_handshake("localhost", "/", shaken.handler());
  context.run();
  CHECK_EQUAL(shaken.ec, beast::error::timeout);
}

TEST(destroying_a_stream_aborts_what_is_outstanding) {
  served<> s;
  std::string const much(4 << 20, 'x');
  outcome read, write, ping, closed;
  s.ws->async_read(s.buffer, read.handler());
  s.ws->async_write(net::buffer(much), write.handler());
  s.poll(); // the write is stuck inside a frame
  s.ws->async_ping("", ping.handler());
  s.ws->async_close(close_code::normal, closed.handler());
  s.poll();
  s.ws.reset();
  s.run();
  for (auto const* one : {&read, &write, &ping, &closed}) {
    CHECK_EQUAL(one->ec, net::error::operation_aborted);
    CHECK_EQUAL(one->calls, 1u);
  }
}

TEST(a_handler_may_destroy_the_stream) {
  served<> s;
  s.say(masked(0x89, "") + masked(0x81, "x"));
  s.ws->control_callback([&](websocket::frame_type, websocket::string_view) { s.ws.reset(); });
  outcome read;
  s.ws->async_read(s.buffer, read.handler());
  s.run();
  CHECK_EQUAL(read.ec, net::error::operation_aborted);
}

// A session that its own handlers own is freed with the execution context: the leak checker sees it otherwise.
TEST(what_waits_is_destroyed_with_its_context) {
  struct session : std::enable_shared_from_this<session> {
    explicit session(served<>& from) : ws(std::move(*from.ws)), much(4 << 20, 'x') {}
    void run() {
      ws.async_read(buffer, [self = shared_from_this()](error_code, std::size_t) {});
      ws.async_write(net::buffer(much), [self = shared_from_this()](error_code, std::size_t) {});
      for (int i = 0; i < 3; i++)
        ws.async_ping("", [self = shared_from_this()](error_code) {});
      ws.async_close(close_code::normal, [self = shared_from_this()](error_code) {});
    }
    websocket::stream<local::socket> ws;
    beast::flat_buffer buffer;
    std::string much;
  };
  std::weak_ptr<session> alive;
  {
    served<> s;
    auto const one = std::make_shared<session>(s);
    alive = one;
    one->run();
    s.poll();
  }
  CHECK(alive.expired());
}

// What a child process says on its standard error before it aborts.
std::string last_words(std::function<void()> const& misuse) {
  int ends[2];
  CHECK(::pipe(ends) == 0);
  pid_t const child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 2);
    misuse();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string words;
  char bytes[512];
  for (ssize_t got; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    words.append(bytes, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  return words;
}

TEST(misuse_names_both_calls) {
  auto const reads = last_words([] {
    served<> s;
    beast::flat_buffer other;
    s.ws->async_read(s.buffer, [](error_code, std::size_t) {});
    s.ws->async_read_some(other, 1, [](error_code, std::size_t) {});
  });
  CHECK(reads.find("async_read_some() was called while async_read() is outstanding") != std::string::npos);
  auto const writes = last_words([] {
    served<> s;
    s.ws->async_write(net::buffer("a", 1), [](error_code, std::size_t) {});
    s.ws->write(net::buffer("b", 1));
  });
  CHECK(writes.find("write() was called while async_write() is outstanding") != std::string::npos);
}

} // namespace
