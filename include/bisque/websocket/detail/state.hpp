/// @file
/// The state and the options of a stream, which are the same for every next layer.
#ifndef BISQUE_WEBSOCKET_DETAIL_STATE_HPP
#define BISQUE_WEBSOCKET_DETAIL_STATE_HPP

#include <bisque/websocket/detail/engine.hpp>
#include <bisque/websocket/detail/service.hpp>
#include <bisque/websocket/error.hpp>
#include <bisque/websocket/option.hpp>
#include <boost/beast/core/error.hpp>
#include <functional>
#include <utility>
#include <vector>

namespace bisque {
namespace websocket {
namespace detail {

/// Where a connection is in its life.
enum class status {
  /// Nothing has been negotiated, or it is being.
  handshake,
  /// Messages pass.
  open,
  /// A close frame has gone, or goes.
  closing,
  /// Closed in order, by a timeout, or with the stream.
  closed,
  /// An operation has failed.
  failed
};

/// The part of the core that is the same for every next layer.
class core_base : public gates {
public:
  engine protocol;
  status state = status::closed;
  role_type role = role_type::client;

  // What has been negotiated.
  permessage_deflate_status deflated;

  // Receiving.
  std::size_t read_size = 0; ///< of the message under way, so far
  bool read_done = true;     ///< the message is whole
  bool read_text = true;     ///< what it is
  bool got_close = false;    ///< the peer's close has come
  // Sending.
  bool write_begun = false;   ///< a message is under way
  bool write_text = true;     ///< what it is
  bool sent_close = false;    ///< our close has gone, or goes
  std::vector<BYTE> gathered; ///< a frame whose payload lies in several buffers
  ping_data control_payload;  ///< the text of the control frame under way, which an operation that moves cannot hold

  /// Why the peer's close is not waited for any more, if it broke the protocol.
  error_code fault;

  // Which calls are outstanding, by name.
  char const* reader = nullptr;
  char const* writer = nullptr;
  char const* closer = nullptr;
  std::size_t writers = 0;

  // Options.
  permessage_deflate deflate_option;
  stream_base::decorator decorator;
  stream_base::timeout timeout{stream_base::none(), stream_base::none(), false};
  stream_base::close_timeout close_timeout;
  websocket::write_queue write_queue{false, 0};
  std::function<void(frame_type, string_view)> control_callback;
  std::size_t read_message_max = 16 * 1024 * 1024;
  std::size_t write_buffer_bytes = 4096;
  std::size_t read_buffer_bytes = 1536;
  bool auto_fragment = true;
  bool text = true;
  bool compress = true;

  /// Forgets an earlier connection.
  void restart(role_type which) {
    role = which;
    state = status::handshake;
    read_size = 0;
    read_done = true;
    write_begun = got_close = sent_close = false;
    timed_out_ = reported_ = false;
    deflated = {};
    fault = {};
  }

  /// Prepares the protocol for a handshake.
  void begin(role_type which, bool may_compress) {
    restart(which);
    // Half of the receive buffer is for what is inflated.
    auto const receive = may_compress ? 2 * read_buffer_bytes : read_buffer_bytes;
    std::size_t send = write_buffer_bytes + largest_header;
    if (role == role_type::server && (!may_compress || write_buffer_bytes == 4096))
      send = 0;
    else if (role == role_type::client)
      send = (std::max)(send, std::size_t(256));
    else
      send = (std::max)(send, std::size_t(64));
    protocol.reset(role, static_cast<ULONG>(receive), static_cast<ULONG>(send));
  }

  /// Says whether an operation is to end, and with which error: the first that sees what happened is told, the others
  /// are aborted. To be called when one begins, and whenever it goes on.
  bool stopped(error_code& ec) {
    if (detached_) {
      ec = net::error::operation_aborted;
      return true;
    }
    if (timed_out_) {
      timed_out_ = false;
      ec = beast::error::timeout;
      return true;
    }
    if (state == status::closed || state == status::failed) {
      ec = net::error::operation_aborted;
      return true;
    }
    if (!ec)
      return false;
    if (std::exchange(reported_, true))
      ec = net::error::operation_aborted;
    state = status::failed;
    return true;
  }

  /// Replaces the error of an operation that did not get its turn by what ended the stream, if that is why.
  void explain(error_code& ec) {
    error_code why;
    if (stopped(why))
      ec = why;
  }

  /// Whether an aborted read has left everything as it was.
  bool goes_on() const { return state == status::open && !timed_out_ && !detached_; }

  /// Whether the stream was destroyed.
  bool is_detached() const { return detached_; }

  /// Both close frames have passed, and so a timeout that comes after them is no news.
  void forget_timeout() { timed_out_ = false; }

  /// Whether the message that begins now is sent as it is.
  bool sends_plain(std::size_t size, bool fin, bool wants_compression) const {
    return !deflated.active || !wants_compression || (fin && size < deflate_option.msg_size_threshold);
  }

  /// Whether the frame under way makes its message longer than allowed.
  bool too_big(std::size_t so_far) const {
    if (read_message_max == 0)
      return false;
    if (so_far > read_message_max)
      return true;
    auto const now = protocol.receive_state();
    return !now.bCompressed && now.ullFrameRemaining > read_message_max - so_far;
  }

  /// A good number of bytes for the next read, given a default for when nothing is known.
  std::size_t read_size_hint(std::size_t initial) const {
    if (read_done)
      return initial;
    auto const now = protocol.receive_state();
    if (now.bCompressed || now.ullFrameRemaining == 0)
      return initial;
    // A peer that announces much has not sent it yet.
    return static_cast<std::size_t>((std::min<ULONGLONG>)(now.ullFrameRemaining, largest_hint));
  }

protected:
  bool timed_out_ = false;
  bool reported_ = false;
  bool detached_ = false;

private:
  static constexpr std::size_t largest_header = 14;
  static constexpr std::size_t largest_hint = 65536;
};

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
