/// @file
/// What a stream can be asked, and told, between its operations.
#ifndef BISQUE_WEBSOCKET_SETTINGS_HPP
#define BISQUE_WEBSOCKET_SETTINGS_HPP

#include <bisque/websocket/detail/core.hpp>
#include <boost/throw_exception.hpp>
#include <stdexcept>

namespace bisque {
namespace websocket {

/// The state and the options of a stream: the members of stream that begin no operation.
template <class NextLayer, bool deflateSupported>
class stream_settings {
public:
  // ---- State ----

  /// Returns whether messages may be sent and received: the handshake is over, and no close has begun.
  bool is_open() const noexcept { return core_->state == detail::status::open; }

  /// Returns whether the message that was read last, or is being read, is binary.
  bool got_binary() const noexcept { return !core_->read_text; }

  /// Returns whether the message that was read last, or is being read, is text.
  bool got_text() const noexcept { return core_->read_text; }

  /// Returns whether the last read has reached the end of a message.
  bool is_message_done() const noexcept { return core_->read_done; }

  /// Returns the code and reason of the peer's close, after an operation has ended with error::closed.
  close_reason const& reason() const noexcept { return core_->protocol.reason(); }

  /// Returns how many bytes of room suit the next read: what is left of the frame, or `initial_size`. Never 0.
  std::size_t read_size_hint(std::size_t initial_size = 1536) const { return core_->read_size_hint(initial_size); }

  /// The same, but not more than the buffer may grow.
  template <class DynamicBuffer, class = std::enable_if_t<!std::is_integral_v<DynamicBuffer>>>
  std::size_t read_size_hint(DynamicBuffer& buffer) const {
    auto const left = buffer.max_size() - buffer.size();
    return left == 0 ? 1 : (std::min)(core_->read_size_hint((std::min)(left, std::size_t(1536))), left);
  }

  // ---- Options ----

  /// Sets a function that changes the handshake's request or response before it is sent.
  void set_option(stream_base::decorator decorate) { core_->decorator = std::move(decorate); }

  /// Sets the time limits of asynchronous operations.
  void set_option(stream_base::timeout const& limits) { core_->set_timeout(limits); }

  /// Gives the time limits.
  void get_option(stream_base::timeout& limits) const { limits = core_->timeout; }

  /// Sets the time limit of closing.
  void set_option(stream_base::close_timeout const& limit) { core_->close_timeout = limit; }

  /// Gives the time limit of closing.
  void get_option(stream_base::close_timeout& limit) const { limit = core_->close_timeout; }

  /// Sets whether writes queue.
  void set_option(write_queue const& queue) { core_->write_queue = queue; }

  /// Gives whether writes queue.
  void get_option(write_queue& queue) const { queue = core_->write_queue; }

  /// Sets what the next handshake says about permessage-deflate. Throws `std::invalid_argument` for a setting that is
  /// out of range, or that switches it on where deflateSupported is false.
  void set_option(permessage_deflate const& option);

  /// Gives what was set.
  void get_option(permessage_deflate& option) const { option = core_->deflate_option; }

  /// Gives what the handshake came to about permessage-deflate.
  void get_status(permessage_deflate_status& status) const noexcept { status = core_->deflated; }

  /// Sets whether a message is sent in frames of write_buffer_bytes(), so that control frames pass between them, or in
  /// one.
  void auto_fragment(bool value) { core_->auto_fragment = value; }

  /// Returns it; true by default.
  bool auto_fragment() const { return core_->auto_fragment; }

  /// Makes messages that are written from now on binary, or text.
  void binary(bool value) { core_->text = !value; }

  /// Returns whether they are binary; false by default.
  bool binary() const { return !core_->text; }

  /// Makes messages that are written from now on text, or binary.
  void text(bool value) { core_->text = value; }

  /// Returns whether they are text; true by default.
  bool text() const { return core_->text; }

  /// Sets whether messages are compressed, where that was negotiated.
  void compress(bool value) { core_->compress = value; }

  /// Returns it; true by default.
  bool compress() const { return core_->compress; }

  /// Sets a function that is called, while something reads, for every ping, pong and close that comes.
  void control_callback(std::function<void(frame_type, string_view)> callback) {
    core_->control_callback = std::move(callback);
  }

  /// Takes the function away.
  void control_callback() { core_->control_callback = nullptr; }

  /// Sets how long a message may be in bytes, after inflating; 0 is no limit. A longer one fails the connection with
  /// close_code::too_big, as soon as it is known.
  void read_message_max(std::size_t amount) { core_->read_message_max = amount; }

  /// Returns it; 16 MiB by default.
  std::size_t read_message_max() const { return core_->read_message_max; }

  /// Sets the size of the frames that auto_fragment() makes, and of the buffer for masked and compressed bytes, which
  /// the next handshake allocates. Throws `std::invalid_argument` for less than 8.
  void write_buffer_bytes(std::size_t amount) {
    if (amount < 8 || amount > largest_buffer)
      BOOST_THROW_EXCEPTION(std::invalid_argument("write_buffer_bytes: out of range"));
    core_->write_buffer_bytes = amount;
  }

  /// Returns it; 4096 by default.
  std::size_t write_buffer_bytes() const { return core_->write_buffer_bytes; }

  /// Sets the size of the buffer that the network is read into, which the next handshake allocates; larger payloads go
  /// straight to the reader. Throws `std::invalid_argument` for less than 256.
  void read_buffer_bytes(std::size_t amount) {
    if (amount < 256 || amount > largest_buffer)
      BOOST_THROW_EXCEPTION(std::invalid_argument("read_buffer_bytes: out of range"));
    core_->read_buffer_bytes = amount;
  }

  /// Returns it; 1536 by default, as in Beast.
  std::size_t read_buffer_bytes() const { return core_->read_buffer_bytes; }

  /// Taken for the sake of programs that call it, and without effect: masks are never predictable.
  void secure_prng(bool) {}

protected:
  explicit stream_settings(std::shared_ptr<detail::core<NextLayer>> core) : core_(std::move(core)) {}
  stream_settings(stream_settings&&) noexcept = default;
  ~stream_settings() = default;

  /// The stream's share of what its operations own, too.
  std::shared_ptr<detail::core<NextLayer>> core_;

private:
  static constexpr std::size_t largest_buffer = std::size_t(1) << 30;
};

template <class NextLayer, bool deflateSupported>
void stream_settings<NextLayer, deflateSupported>::set_option(permessage_deflate const& option) {
  auto const check = [](bool good, char const* what) {
    if (!good)
      BOOST_THROW_EXCEPTION(std::invalid_argument(what));
  };
  check(deflateSupported || !(option.client_enable || option.server_enable), "deflateSupported is false");
  check(option.server_max_window_bits >= 9 && option.server_max_window_bits <= 15, "server_max_window_bits: 9 to 15");
  check(option.client_max_window_bits >= 9 && option.client_max_window_bits <= 15, "client_max_window_bits: 9 to 15");
  check(option.compLevel >= 0 && option.compLevel <= 9, "compLevel: 0 to 9");
  check(option.memLevel >= 1 && option.memLevel <= 9, "memLevel: 1 to 9");
  core_->deflate_option = option;
}

} // namespace websocket
} // namespace bisque

#endif
