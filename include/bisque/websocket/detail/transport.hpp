/// @file
/// What lies below a stream, at the bottom: closing it, and waiting for it in synchronous calls that have a deadline.
#ifndef BISQUE_WEBSOCKET_DETAIL_TRANSPORT_HPP
#define BISQUE_WEBSOCKET_DETAIL_TRANSPORT_HPP

#include <algorithm>
#include <bisque/websocket/option.hpp>
#include <boost/asio/error.hpp>
#include <climits>
#include <type_traits>
#include <utility>

#ifndef _WIN32
#include <cerrno>
#include <poll.h>
#endif

namespace bisque {
namespace websocket {
namespace detail {

template <class T, class = void>
struct has_next_layer : std::false_type {};
template <class T>
struct has_next_layer<T, std::void_t<decltype(std::declval<T&>().next_layer())>> : std::true_type {};

template <class T, class = void>
struct has_socket : std::false_type {};
template <class T>
struct has_socket<T, std::void_t<decltype(std::declval<T&>().socket())>> : std::true_type {};

template <class T, class = void>
struct has_close_with_code : std::false_type {};
template <class T>
struct has_close_with_code<T, std::void_t<decltype(std::declval<T&>().close(std::declval<error_code&>()))>>
    : std::true_type {};

template <class T, class = void>
struct has_close : std::false_type {};
template <class T>
struct has_close<T, std::void_t<decltype(std::declval<T&>().close())>> : std::true_type {};

template <class T, class = void>
struct can_wait : std::false_type {};
template <class T>
struct can_wait<T, std::void_t<decltype(std::declval<T&>().non_blocking(true, std::declval<error_code&>())),
                               decltype(std::declval<T&>().native_handle())>> : std::true_type {};

/// The layer that has no other below it.
template <class Layer>
auto& lowest_layer(Layer& layer) {
  if constexpr (has_next_layer<Layer>::value)
    return detail::lowest_layer(layer.next_layer());
  else
    return layer;
}

/// Closes the connection as it stands: what waits for it is aborted.
template <class Layer>
void close_transport(Layer& layer) {
  auto& lowest = detail::lowest_layer(layer);
  using lowest_type = std::remove_reference_t<decltype(lowest)>;
  error_code ignored;
  if constexpr (has_close_with_code<lowest_type>::value)
    lowest.close(ignored);
  else if constexpr (has_close<lowest_type>::value)
    lowest.close();
  else
    lowest.cancel();
}

/// Makes synchronous calls of a stream give up at a deadline, while it lives: they answer `would_block` instead of
/// blocking, and the caller waits here. A lowest layer that is no socket has no deadline.
template <class Layer>
class blocking_deadline {
public:
  using time_point = stream_base::time_point;

  blocking_deadline(Layer& layer, time_point when) : layer_(layer), when_(when) {
    if (when_ != stream_base::never())
      switch_non_blocking(true);
  }

  blocking_deadline(blocking_deadline const&) = delete;
  blocking_deadline& operator=(blocking_deadline const&) = delete;

  ~blocking_deadline() {
    if (switched_)
      switch_non_blocking(false);
  }

  /// Does `call`, which sets `ec`, until it does not answer `would_block`; `timed_out` when the deadline passes.
  template <class Call>
  std::size_t repeat(bool writing, error_code& ec, Call&& call) {
    for (;;) {
      ec = {};
      std::size_t const result = call();
      if (!switched_ || (ec != net::error::would_block && ec != net::error::try_again))
        return result;
      if (!wait(writing)) {
        ec = net::error::timed_out;
        return 0;
      }
    }
  }

private:
  template <class Do>
  void with_socket(Do&& with) {
    auto& lowest = detail::lowest_layer(layer_);
    using lowest_type = std::remove_reference_t<decltype(lowest)>;
    if constexpr (has_socket<lowest_type>::value)
      with(lowest.socket());
    else if constexpr (can_wait<lowest_type>::value)
      with(lowest);
  }

  void switch_non_blocking(bool on) {
    with_socket([&](auto& socket) {
      error_code ec;
      if (on && socket.non_blocking())
        return; // the program's own choice
      socket.non_blocking(on, ec);
      switched_ = on && !ec;
    });
  }

  /// Returns false when the deadline passes first.
  bool wait(bool writing) {
    bool ready = false;
    with_socket([&](auto& socket) {
#ifdef _WIN32
      WSAPOLLFD watched{};
#else
      pollfd watched{};
#endif
      watched.fd = socket.native_handle();
      watched.events = writing ? POLLOUT : POLLIN;
      for (;;) {
        auto const left = when_ - std::chrono::steady_clock::now();
        if (left <= left.zero())
          return;
        auto const rounded = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
        int const milliseconds = static_cast<int>((std::min<long long>)(rounded, INT_MAX));
#ifdef _WIN32
        int const result = ::WSAPoll(&watched, 1, milliseconds);
        bool const again = false;
#else
        int const result = ::poll(&watched, 1, milliseconds);
        bool const again = result < 0 && errno == EINTR;
#endif
        if (result != 0 && !again) {
          ready = true;
          return;
        }
      }
    });
    return ready;
  }

  Layer& layer_;
  time_point when_;
  bool switched_ = false;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
