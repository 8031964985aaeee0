/// @file
/// The options of a stream: what set_option() takes.
#ifndef BISQUE_WEBSOCKET_OPTION_HPP
#define BISQUE_WEBSOCKET_OPTION_HPP

#include <bisque/websocket/rfc6455.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace bisque {
namespace websocket {

/// Settings of permessage-deflate (RFC 7692). Set them before the handshake.
struct permessage_deflate {
  /// Whether a server accepts the extension.
  bool server_enable = false;
  /// Whether a client offers it.
  bool client_enable = false;
  /// The greatest window of what the server compresses, 9 to 15 bits.
  int server_max_window_bits = 15;
  /// The greatest window of what the client compresses, 9 to 15 bits.
  int client_max_window_bits = 15;
  /// Whether the server compresses each message by itself.
  bool server_no_context_takeover = false;
  /// Whether the client compresses each message by itself.
  bool client_no_context_takeover = false;
  /// Taken for the sake of programs that set it, 0 to 9. The engine chooses by a message's length.
  int compLevel = 8;
  /// Taken for the sake of programs that set it, 1 to 9.
  int memLevel = 4;
  /// Messages that are shorter, in bytes, are sent as they are.
  std::size_t msg_size_threshold = 0;
};

/// What a handshake came to about permessage-deflate: see stream::get_status().
struct permessage_deflate_status {
  /// Whether the extension is in use.
  bool active = false;
  /// The window of what the client compresses, in bits.
  int client_window_bits = 0;
  /// The window of what the server compresses, in bits.
  int server_window_bits = 0;
};

/// Whether async_write() and async_write_some() may be called while another is outstanding: they then wait for their
/// turn, in the order of the calls. Off by default, as Beast's users expect.
///
/// The buffers of every operation must live until it completes; each keeps the text(), binary() and compress() of the
/// moment it was called.
struct write_queue {
  /// Whether writes queue.
  bool enabled = true;
  /// How many may wait; one more completes with `boost::asio::error::no_buffer_space`. 0 is no limit.
  std::size_t limit = 0;
};

/// What the options are made of that Beast nests in its stream.
struct stream_base {
  /// A length of time.
  using duration = std::chrono::steady_clock::duration;

  /// A point in time.
  using time_point = std::chrono::steady_clock::time_point;

  /// The point in time that never comes.
  static time_point never() noexcept { return (time_point::max)(); }

  /// The length of time that means "no limit".
  static duration none() noexcept { return (duration::max)(); }

  /// A function that changes each request before a client sends it, or each response before a server sends it.
  class decorator {
  public:
    /// Takes anything that can be called with a request_type&, with a response_type&, or with either.
    template <class Function, class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, decorator> &&
                                                       (std::is_invocable_v<std::decay_t<Function>&, request_type&> ||
                                                        std::is_invocable_v<std::decay_t<Function>&, response_type&>)>>
    explicit decorator(Function&& function) {
      using Held = std::decay_t<Function>;
      auto held = std::make_shared<Held>(std::forward<Function>(function));
      if constexpr (std::is_invocable_v<Held&, request_type&>)
        request_ = [held](request_type& request) { (*held)(request); };
      if constexpr (std::is_invocable_v<Held&, response_type&>)
        response_ = [held](response_type& response) { (*held)(response); };
    }

    decorator() = default;

    /// Decorates a request.
    void operator()(request_type& request) const {
      if (request_)
        request_(request);
    }

    /// Decorates a response.
    void operator()(response_type& response) const {
      if (response_)
        response_(response);
    }

  private:
    std::function<void(request_type&)> request_;
    std::function<void(response_type&)> response_;
  };

  /// How long asynchronous operations may take. A stream begins with no limit but that of close_timeout.
  struct timeout {
    /// The limit on handshake and accept, and on closing where it is shorter than that of close_timeout.
    duration handshake_timeout;

    /// How long the peer may be silent while an operation waits for it. Every byte that comes is a sign of life,
    /// whatever frame it belongs to; so is, while nobody reads, every byte that the peer lets us send.
    duration idle_timeout;

    /// Whether a ping is sent when half of idle_timeout has passed in silence, so that a peer that is only quiet stays.
    bool keep_alive_pings;

    /// The values that suit a role: 30 seconds for the handshake; a server waits 300 seconds for a silent peer and
    /// pings.
    static timeout suggested(role_type role) noexcept {
      bool const server = role == role_type::server;
      return {std::chrono::seconds(30), server ? duration(std::chrono::seconds(300)) : none(), server};
    }
  };

  /// How long closing may take from its beginning to its end, in asynchronous and synchronous operations alike. When it
  /// is over the connection is closed as it stands. On by default; none() waits for the peer forever.
  struct close_timeout {
    /// The limit.
    duration value = std::chrono::seconds(10);
  };
};

/// Which frames the control callback is told of.
enum class frame_type {
  /// The close of the connection.
  close,
  /// A ping, which the stream answers.
  ping,
  /// A pong.
  pong
};

/// Taken for the sake of programs that call it, and without effect: masks come from a cryptographic generator always.
template <class SeedSequence>
void seed_prng(SeedSequence&) {}

} // namespace websocket
} // namespace bisque

#endif
