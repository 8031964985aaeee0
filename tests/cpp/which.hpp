// The namespace alias that makes a program one of Bisque's or one of Boost.Beast's; nothing else in it differs.
#ifndef TESTS_CPP_WHICH_HPP
#define TESTS_CPP_WHICH_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#ifdef WITH_BEAST
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
namespace websocket = boost::beast::websocket;
#define LIBRARY "Beast"
#else
#include <bisque/websocket.hpp>
#include <bisque/websocket/ssl.hpp>
namespace websocket = bisque::websocket;
#define LIBRARY "Bisque"
#endif

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = net::ip::tcp;

#endif
