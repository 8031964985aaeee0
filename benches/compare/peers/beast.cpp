// The same on Boost.Beast's stream or, with BISQUE, on ours, which is shaped like it: asynchronous, one thread, asio told so; frames whole, buffers kept from message to message.
#include "peer.h"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#ifdef BISQUE
#include <bisque/websocket.hpp>
#else
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#endif
#include <deque>
#include <iostream>
#include <memory>
#include <optional>
#include <unordered_set>

namespace asio = boost::asio;
namespace beast = boost::beast;
#ifdef BISQUE
namespace websocket = bisque::websocket;
#else
namespace websocket = beast::websocket;
#endif
using tcp = asio::ip::tcp;
// One thread: the executor that checks nothing, and handlers called directly.
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using error = beast::error_code;

// Each stream compiled for what it has to do.
using plain = websocket::stream<socket_type, false>;
using deflated = websocket::stream<socket_type, true>;
using encrypted = websocket::stream<beast::ssl_stream<socket_type>, false>;

static peer options;

template <class Stream> static void set_up(Stream &stream) {
    stream.auto_fragment(false);
    stream.read_message_max(0);
    beast::get_lowest_layer(stream).set_option(tcp::no_delay(true));
    if constexpr (std::is_same_v<Stream, deflated>) {
        websocket::permessage_deflate deflate;
        deflate.server_enable = true;
        stream.set_option(deflate);
        // As Beast's examples have it: for ours, silence is also when memory is given back.
        stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    }
}

template <class Stream> class session;
template <class Stream> static std::unordered_set<session<Stream> *> sessions;

template <class Stream> class session : public std::enable_shared_from_this<session<Stream>> {
    Stream stream;
    beast::flat_buffer buffer;
    std::deque<std::shared_ptr<const std::string>> queue; // broadcast only

  public:
    template <class... Arguments> explicit session(Arguments &&...arguments) : stream(std::forward<Arguments>(arguments)...) {}
    ~session() { sessions<Stream>.erase(this); }

    void start() {
        set_up(stream);
        if constexpr (std::is_same_v<Stream, encrypted>)
            stream.next_layer().async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error failed) {
                if (!failed)
                    self->upgrade();
            });
        else
            upgrade();
    }

    void upgrade() {
        stream.async_accept([self = this->shared_from_this()](error failed) {
            if (failed)
                return;
            sessions<Stream>.insert(self.get());
            self->read();
        });
    }

    void read() {
        stream.async_read(buffer, [self = this->shared_from_this()](error failed, std::size_t) {
            if (failed)
                return;
            if (options.broadcast)
                self->spread();
            else
                self->write();
        });
    }

    void write() {
        stream.binary(stream.got_binary());
        stream.async_write(buffer.data(), [self = this->shared_from_this()](error failed, std::size_t) {
            if (failed)
                return;
            self->buffer.clear();
            self->read();
        });
    }

    void spread() {
        auto message = std::make_shared<const std::string>(beast::buffers_to_string(buffer.data()));
        buffer.clear();
        for (auto *each : sessions<Stream>)
            each->send(message);
        read();
    }

    void send(std::shared_ptr<const std::string> message) {
        queue.push_back(std::move(message));
        if (queue.size() == 1)
            send_next();
    }

    void send_next() {
        stream.binary(true);
        stream.async_write(asio::buffer(*queue.front()), [self = this->shared_from_this()](error failed, std::size_t) {
            self->queue.pop_front();
            if (!failed && !self->queue.empty())
                self->send_next();
        });
    }
};

using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;

template <class Stream, class... Context> static void accept(acceptor_type &acceptor, Context &...context) {
    acceptor.async_accept([&](error failed, socket_type socket) {
        if (!failed)
            std::make_shared<session<Stream>>(std::move(socket), context...)->start();
        accept<Stream>(acceptor, context...);
    });
}

static asio::ssl::context tls_context() {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(options.certificate);
    context.use_private_key_file(options.key, asio::ssl::context::pem);
    SSL_CTX_set_num_tickets(context.native_handle(), options.tickets ? 2 : 0);
    return context;
}

static void fetch_next(plain &stream, beast::flat_buffer &buffer) {
    stream.async_read(buffer, [&](error failed, std::size_t) {
        if (failed)
            return;
        buffer.clear();
        fetch_next(stream, buffer);
    });
}

int main(int argc, char **argv) {
    options = peer_start(argc, argv);
    asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    tcp::endpoint local(asio::ip::address_v4::loopback(), options.port);
    if (options.client) {
        plain stream(context);
        beast::flat_buffer buffer;
        stream.next_layer().connect(local);
        set_up(stream);
        stream.handshake("127.0.0.1", "/");
        fetch_next(stream, buffer);
        context.run();
        return 0;
    }
    acceptor_type acceptor(context, local);
    peer_listening(acceptor.local_endpoint().port());
    std::optional<asio::ssl::context> tls;
    if (options.certificate)
        accept<encrypted>(acceptor, tls.emplace(tls_context()));
    else if (options.deflate)
        accept<deflated>(acceptor);
    else
        accept<plain>(acceptor);
    context.run();
    return 0;
}
