/// @file
/// A turn that operations of one stream take one after another: who has it, and who waits.
///
/// Not thread-safe: like the stream, it is used from one strand.
#ifndef BISQUE_WEBSOCKET_DETAIL_GATE_HPP
#define BISQUE_WEBSOCKET_DETAIL_GATE_HPP

#include <bisque/websocket/rfc6455.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/version.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#if BOOST_VERSION >= 107700
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associator.hpp>
#define BISQUE_WEBSOCKET_HAS_CANCELLATION 1
#else
#define BISQUE_WEBSOCKET_HAS_CANCELLATION 0
#endif

namespace bisque {
namespace websocket {
namespace detail {

/// Ends the program because of a call that the stream's rules do not allow; its state would be undefined otherwise.
[[noreturn]] inline void misuse(char const* called, char const* outstanding) {
  std::fprintf(stderr,
               "bisque::websocket::stream: %s was called while %s is outstanding: wait for its completion (or, for "
               "writes, set the option write_queue)\n",
               called, outstanding);
  std::abort();
}

/// A handler with its error code, which is called without arguments.
template <class Handler>
struct bound_handler {
  Handler handler;
  error_code ec;

  void operator()() { std::move(handler)(ec); }
};

/// An operation that waits for its turn.
class waiter {
public:
  waiter(char const* name) : name_(name) {}
  waiter(waiter const&) = delete;
  waiter& operator=(waiter const&) = delete;

  /// Posts the operation to its executor, to go on with `ec`. Frees the waiter. `cancelled`: by its cancellation slot.
  virtual void resume(error_code ec, bool cancelled = false) = 0;

  /// Destroys the operation. Frees the waiter.
  virtual void destroy() = 0;

protected:
  ~waiter() = default;

private:
  friend class waiter_list;
  friend class gate;
  waiter* next_ = nullptr;
  char const* name_;
};

/// Operations in the order in which they came.
class waiter_list {
public:
  waiter_list() = default;
  waiter_list(waiter_list&& other) noexcept
      : head_(std::exchange(other.head_, nullptr)), size_(std::exchange(other.size_, 0)) {}

  bool empty() const { return head_ == nullptr; }
  std::size_t size() const { return size_; }

  void push_back(waiter* entry) {
    waiter** at = &head_;
    while (*at)
      at = &(*at)->next_;
    *at = entry;
    ++size_;
  }

  void push_front(waiter* entry) {
    entry->next_ = head_;
    head_ = entry;
    ++size_;
  }

  waiter* pop_front() {
    waiter* const entry = head_;
    if (entry) {
      head_ = entry->next_;
      entry->next_ = nullptr;
      --size_;
    }
    return entry;
  }

  bool remove(waiter* entry) {
    for (waiter** at = &head_; *at; at = &(*at)->next_)
      if (*at == entry) {
        *at = entry->next_;
        entry->next_ = nullptr;
        --size_;
        return true;
      }
    return false;
  }

private:
  waiter* head_ = nullptr;
  std::size_t size_ = 0;
};

/// Which of those that wait come first.
enum class urgency {
  /// Closes, pings and pongs.
  control,
  /// A message that has begun, and let a control frame pass.
  begun,
  /// Messages.
  data
};

/// One turn, and those that wait for it.
class gate {
public:
  gate() = default;
  gate(gate const&) = delete;
  gate& operator=(gate const&) = delete;

  /// Takes the turn if nobody has it.
  bool try_take(char const* name) {
    if (holder_)
      return false;
    holder_ = name;
    return true;
  }

  /// Gives the turn to who waits for it first, if anybody does.
  void give_up() {
    waiter* next = control_.pop_front();
    if (!next)
      next = data_.pop_front();
    holder_ = next ? next->name_ : nullptr;
    if (next)
      next->resume({});
  }

  /// Who has the turn, or a null pointer.
  char const* holder() const { return holder_; }

  /// Whether a control frame waits.
  bool control_waits() const { return !control_.empty(); }

  /// How many messages wait.
  std::size_t messages_waiting() const { return data_.size(); }

  /// Lets `operation` wait. It is resumed with its turn, or with an error and without.
  template <class Operation>
  void wait(urgency how, char const* name, Operation&& operation);

  /// Resumes everybody with an error, and without the turn.
  void cancel_all() {
    while (waiter* entry = control_.empty() ? data_.pop_front() : control_.pop_front())
      entry->resume(net::error::operation_aborted);
  }

  /// Takes everybody off, to be destroyed.
  void move_all(waiter_list& to) {
    while (waiter* entry = control_.empty() ? data_.pop_front() : control_.pop_front())
      to.push_front(entry);
  }

  /// Takes one off, and says whether it was there.
  bool remove(waiter* entry) { return control_.remove(entry) || data_.remove(entry); }

private:
  char const* holder_ = nullptr;
  waiter_list control_;
  waiter_list data_;
};

/// A waiter in memory from its operation's allocator.
template <class Operation>
class allocated_waiter final : public waiter {
  using allocator_type =
      typename std::allocator_traits<net::associated_allocator_t<Operation>>::template rebind_alloc<allocated_waiter>;
  using traits = std::allocator_traits<allocator_type>;

public:
  static allocated_waiter* make(char const* name, Operation&& operation) {
    allocator_type allocator(net::get_associated_allocator(operation));
    struct memory {
      allocator_type& allocator;
      allocated_waiter* address;
      ~memory() {
        if (address)
          traits::deallocate(allocator, address, 1);
      }
    } owned{allocator, traits::allocate(allocator, 1)};
    ::new (static_cast<void*>(owned.address)) allocated_waiter(name, std::move(operation));
    return std::exchange(owned.address, nullptr);
  }

  void resume(error_code ec, bool cancelled) override {
    if (!cancelled)
      clear_slot();
    // The memory is free before the operation goes on, so that it may be used again.
    Operation operation = release();
    net::post(bound_handler<Operation>{std::move(operation), ec});
  }

  void destroy() override {
    clear_slot();
    Operation operation = release();
  }

private:
  allocated_waiter(char const* name, Operation&& operation) : waiter(name), operation_(std::move(operation)) {}

  void clear_slot() {
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
    auto slot = net::get_associated_cancellation_slot(operation_);
    if (slot.is_connected())
      slot.clear();
#endif
  }

  Operation release() {
    allocator_type allocator(net::get_associated_allocator(operation_));
    Operation operation(std::move(operation_));
    this->~allocated_waiter();
    traits::deallocate(allocator, this, 1);
    return operation;
  }

  Operation operation_;
};

#if BISQUE_WEBSOCKET_HAS_CANCELLATION
/// Takes a waiter off its gate when its operation is cancelled: nothing has happened yet, so every type of cancellation
/// is.
class cancel_waiting {
public:
  cancel_waiting(gate& owner, waiter* entry) : gate_(&owner), entry_(entry) {}

  void operator()(net::cancellation_type type) {
    waiter* const entry = std::exchange(entry_, nullptr);
    if (type != net::cancellation_type::none && entry && gate_->remove(entry))
      entry->resume(net::error::operation_aborted, true);
  }

private:
  gate* gate_;
  waiter* entry_;
};
#endif

template <class Operation>
void gate::wait(urgency how, char const* name, Operation&& operation) {
  using held = std::decay_t<Operation>;
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
  auto slot = net::get_associated_cancellation_slot(operation);
#endif
  auto* const entry = allocated_waiter<held>::make(name, std::move(operation));
  switch (how) {
  case urgency::control:
    control_.push_back(entry);
    break;
  case urgency::begun:
    data_.push_front(entry);
    break;
  case urgency::data:
    data_.push_back(entry);
    break;
  }
#if BISQUE_WEBSOCKET_HAS_CANCELLATION
  if (slot.is_connected())
    slot.template emplace<cancel_waiting>(*this, entry);
#endif
}

} // namespace detail
} // namespace websocket
} // namespace bisque

namespace boost {
namespace asio {

#if BISQUE_WEBSOCKET_HAS_CANCELLATION
template <template <class, class> class Associator, class Handler, class Default>
struct associator<Associator, ::bisque::websocket::detail::bound_handler<Handler>, Default>
    : Associator<Handler, Default> {
  static typename Associator<Handler, Default>::type
  get(::bisque::websocket::detail::bound_handler<Handler> const& bound, Default const& fallback = Default()) noexcept {
    return Associator<Handler, Default>::get(bound.handler, fallback);
  }
};
#else
template <class Handler, class Default>
struct associated_allocator<::bisque::websocket::detail::bound_handler<Handler>, Default> {
  using type = typename associated_allocator<Handler, Default>::type;
  static type get(::bisque::websocket::detail::bound_handler<Handler> const& bound,
                  Default const& fallback = Default()) noexcept {
    return associated_allocator<Handler, Default>::get(bound.handler, fallback);
  }
};

template <class Handler, class Default>
struct associated_executor<::bisque::websocket::detail::bound_handler<Handler>, Default> {
  using type = typename associated_executor<Handler, Default>::type;
  static type get(::bisque::websocket::detail::bound_handler<Handler> const& bound,
                  Default const& fallback = Default()) noexcept {
    return associated_executor<Handler, Default>::get(bound.handler, fallback);
  }
};
#endif

} // namespace asio
} // namespace boost

#endif
