/// @file
/// Synchronous calls: an asynchronous operation's steps, each done where it is asked for.
#ifndef BISQUE_WEBSOCKET_DETAIL_BLOCKING_HPP
#define BISQUE_WEBSOCKET_DETAIL_BLOCKING_HPP

#include <bisque/websocket/rfc6455.hpp>
#include <cstddef>
#include <type_traits>

namespace bisque {
namespace websocket {
namespace detail {

/// Takes the place of an asynchronous operation's handler in a synchronous call: each step is done where it is asked
/// for, and the operation goes on.
struct blocking_call {
  error_code ec;
  std::size_t bytes = 0;
  bool again = false;
  error_code result;
  std::size_t transferred = 0;

  void go_on(error_code next, std::size_t size = 0) {
    ec = next;
    bytes = size;
    again = true;
  }

  void complete(error_code last, std::size_t size = 0) {
    result = last;
    transferred = size;
  }
};

template <class Self>
inline constexpr bool is_blocking = std::is_same_v<Self, blocking_call>;

/// Runs an operation synchronously.
template <class Operation>
std::size_t run_blocking(Operation operation, error_code& ec) {
  blocking_call self;
  do {
    self.again = false;
    operation(self, self.ec, self.bytes);
  } while (self.again);
  ec = self.result;
  return self.transferred;
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
