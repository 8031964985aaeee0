/// @file
/// Destroys the operations that wait in a gate when their execution context ends: they are in no queue of Asio's, and a
/// handler may own the stream whose gate it waits in.
#ifndef BISQUE_WEBSOCKET_DETAIL_SERVICE_HPP
#define BISQUE_WEBSOCKET_DETAIL_SERVICE_HPP

#include <bisque/websocket/detail/gate.hpp>
#include <boost/asio/execution_context.hpp>
#include <mutex>

namespace bisque {
namespace websocket {
namespace detail {

class service;

/// What the service knows of a stream: its two gates.
class gates {
public:
  /// The turn of those that read.
  gate reading;
  /// The turn of those that write.
  gate writing;

  gates() = default;
  gates(gates const&) = delete;
  gates& operator=(gates const&) = delete;

  /// Makes them known to the context's service.
  void join(net::execution_context& context);

protected:
  ~gates();

private:
  friend class service;
  service* service_ = nullptr;
  gates* next_ = nullptr;
  gates* previous_ = nullptr;
};

/// The streams of an execution context.
class service final : public net::execution_context::service {
public:
  using key_type = service;
  inline static net::execution_context::id id;

  explicit service(net::execution_context& context) : net::execution_context::service(context) {}

private:
  friend class gates;

  void add(gates& member) {
    std::lock_guard<std::mutex> lock(mutex_);
    member.next_ = first_;
    if (first_)
      first_->previous_ = &member;
    first_ = &member;
  }

  void remove(gates& member) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (member.next_)
      member.next_->previous_ = member.previous_;
    (member.previous_ ? member.previous_->next_ : first_) = member.next_;
  }

  void shutdown() override {
    waiter_list all;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (gates* member = first_; member; member = member->next_) {
        member->reading.move_all(all);
        member->writing.move_all(all);
      }
    }
    // Streams go with them, and leave the list, which is why it is not locked.
    while (waiter* entry = all.pop_front())
      entry->destroy();
  }

  std::mutex mutex_;
  gates* first_ = nullptr;
};

inline void gates::join(net::execution_context& context) {
  service_ = &net::use_service<service>(context);
  service_->add(*this);
}

inline gates::~gates() {
  if (service_)
    service_->remove(*this);
}

/// The execution context of an executor of either of Asio's models.
template <class Executor>
net::execution_context& context_of(Executor const& executor) {
  if constexpr (net::execution::is_executor<Executor>::value)
    return net::query(executor, net::execution::context);
  else
    return executor.context();
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
