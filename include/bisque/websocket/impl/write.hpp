/// @file
/// Writing messages and pieces of messages.
#ifndef BISQUE_WEBSOCKET_IMPL_WRITE_HPP
#define BISQUE_WEBSOCKET_IMPL_WRITE_HPP

#include <bisque/websocket/detail/operation.hpp>

namespace bisque {
namespace websocket {
namespace detail {

/// Gives `size` bytes of a sequence from `offset` on as one buffer: where they lie, or gathered in `room`.
template <class ConstBufferSequence>
net::const_buffer contiguous(ConstBufferSequence const& buffers, std::size_t offset, std::size_t size,
                             std::vector<BYTE>& room) {
  room.clear();
  auto const end = net::buffer_sequence_end(buffers);
  for (auto at = net::buffer_sequence_begin(buffers); at != end && room.size() < size; ++at) {
    net::const_buffer here(*at);
    if (offset >= here.size()) {
      offset -= here.size();
      continue;
    }
    here += std::exchange(offset, 0);
    if (room.empty() && here.size() >= size)
      return {here.data(), size};
    auto const* const bytes = static_cast<BYTE const*>(here.data());
    room.insert(room.end(), bytes, bytes + (std::min)(here.size(), size - room.size()));
  }
  return {room.data(), room.size()};
}

/// write(), write_some() and their asynchronous forms.
template <class NextLayer, class ConstBufferSequence>
class write_operation : private operation<NextLayer> {
  using base = operation<NextLayer>;
  using base::core_;
  using base::coroutine_;
  using base::has_writing_;
  using base::name_;
  using base::out_;
  using base::result_;
  using base::suspended_;

public:
  /// What the stream's options are at the moment of the call is what the message will be.
  write_operation(std::shared_ptr<core<NextLayer>> shared, char const* name, bool fin,
                  ConstBufferSequence const& buffers)
      : base(std::move(shared), name), buffers_(buffers), size_(net::buffer_size(buffers)), fin_(fin),
        text_(core_->text), compress_(core_->compress), fragment_(core_->auto_fragment) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}, std::size_t bytes = 0) {
    auto& c = *core_;
    BOOST_ASIO_CORO_REENTER(coroutine_) {
      begin(c, self);
      if (refused(c)) {
        result_ = net::error::no_buffer_space;
        goto done;
      }
      if (base::must_wait(c.writing)) {
        BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::data, name_, self);
      }
      if (!base::took(has_writing_, ec))
        goto stop;
      if (base::is_cancelled(self)) {
        ec = net::error::operation_aborted;
        goto stop;
      }
      base::cancel_by_terminal(self);
      begin_message(c);
      do {
        if (!queue_piece(c)) {
          ec = net::error::invalid_argument;
          goto stop;
        }
        while (base::wants_to_write()) {
          BOOST_ASIO_CORO_YIELD c.write_some(out_, self);
          if (!base::wrote(ec, bytes))
            goto stop;
          if (!c.reader)
            c.sign_of_life();
        }
        if (done_ < size_ && c.writing.control_waits()) {
          has_writing_ = false;
          c.writing.give_up();
          BOOST_ASIO_CORO_YIELD c.wait(c.writing, urgency::begun, name_, self);
          has_writing_ = !ec;
          // Without the rest of this message there cannot be another.
          if (c.stopped(ec))
            goto stop;
        }
      } while (done_ < size_);
      goto done;
    stop:
      result_ = ec;
    done:
      base::give_up_turns();
      if (!suspended_) {
        BOOST_ASIO_CORO_YIELD c.post(self);
      }
      end(c, self);
      self.complete(result_, done_);
    }
  }

private:
  template <class Self>
  void begin(core<NextLayer>& c, Self& self) {
    if (c.writer && !c.write_queue.enabled)
      detail::misuse(name_, c.writer);
    c.writer = name_;
    ++c.writers;
    c.begin_waiting(self);
    base::cancel_by_all(self);
  }

  template <class Self>
  void end(core<NextLayer>& c, Self& self) {
    c.end_waiting(self);
    if (--c.writers == 0)
      c.writer = nullptr;
  }

  bool refused(core<NextLayer> const& c) const {
    auto const& queue = c.write_queue;
    return queue.enabled && queue.limit != 0 && c.writing.messages_waiting() >= queue.limit && c.writing.holder();
  }

  void begin_message(core<NextLayer>& c) {
    plain_ = c.sends_plain(size_, fin_, compress_);
    if (!c.write_begun)
      c.write_text = text_;
    if (!plain_)
      piece_ = compressed_piece;
    else if (fragment_)
      piece_ = c.write_buffer_bytes;
  }

  /// Gives the protocol the next piece: a frame, or what becomes some compressed ones.
  bool queue_piece(core<NextLayer>& c) {
    auto const size = (std::min)(size_ - done_, piece_);
    auto const buffer = detail::contiguous(buffers_, done_, size, c.gathered);
    bool const last = fin_ && done_ + size == size_;
    auto type = c.write_text ? (last ? WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE : WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE)
                             : (last ? WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE : WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE);
    if (plain_)
      type |= WEB_SOCKET_UNCOMPRESSED_FLAG;
    if (!c.protocol.send(type, buffer.data(), buffer.size()))
      return false;
    c.write_begun = !last;
    done_ += size;
    return true;
  }

  /// How much is compressed before a control frame may pass.
  static constexpr std::size_t compressed_piece = 65536;
  /// The longest frame, for the component counts in 32 bits.
  static constexpr std::size_t largest_piece = std::size_t(1) << 30;

  ConstBufferSequence buffers_;
  std::size_t size_;
  std::size_t done_ = 0;
  std::size_t piece_ = largest_piece;
  bool fin_;
  bool text_;
  bool compress_;
  bool fragment_;
  bool plain_ = true;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
