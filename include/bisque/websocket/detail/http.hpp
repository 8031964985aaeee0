/// @file
/// The HTTP of the handshake: messages become bytes, and are checked as RFC 6455, section 4, asks for.
#ifndef BISQUE_WEBSOCKET_DETAIL_HTTP_HPP
#define BISQUE_WEBSOCKET_DETAIL_HTTP_HPP

#include <bisque/websocket/detail/state.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdlib>
#include <string>

namespace bisque {
namespace websocket {
namespace detail {

inline void append(std::string& text, string_view more) { text.append(more.data(), more.size()); }

template <class Fields>
void append_fields(std::string& text, Fields const& fields) {
  for (auto const& field : fields) {
    detail::append(text, field.name_string());
    text += ": ";
    detail::append(text, field.value());
    text += "\r\n";
  }
  text += "\r\n";
}

/// A request as it goes to the server.
inline std::string bytes_of(request_type const& request) {
  std::string text;
  detail::append(text, request.method_string());
  text += ' ';
  detail::append(text, request.target());
  text += request.version() == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
  detail::append_fields(text, request);
  return text;
}

/// A response as it goes to the client.
inline std::string bytes_of(response_type const& response) {
  std::string text = response.version() == 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  text += std::to_string(response.result_int());
  text += ' ';
  detail::append(text, response.reason());
  text += "\r\n";
  detail::append_fields(text, response);
  text += response.body();
  return text;
}

/// The values of a field that may stand several times, as one list.
template <class Fields>
std::string list_of(Fields const& fields, http::field name) {
  std::string list;
  auto const range = fields.equal_range(name);
  for (auto at = range.first; at != range.second; ++at) {
    if (!list.empty())
      list += ", ";
    detail::append(list, at->value());
  }
  return list;
}

/// Whether a list of tokens has one.
template <class Fields>
bool has_token(Fields const& fields, http::field name, char const* token) {
  return http::token_list{detail::list_of(fields, name)}.exists(token);
}

/// permessage-deflate with the settings of an option, as a client offers it or a server selects it. An offer says that
/// the client's window may be set (RFC 7692, section 7.1.2.2); a server's of 15 bits is what goes without saying, and
/// some servers do not repeat it in their answer.
inline std::string extension_of(permessage_deflate const& option, bool offer) {
  std::string text = "permessage-deflate";
  if (option.server_max_window_bits < 15)
    text += "; server_max_window_bits=" + std::to_string(option.server_max_window_bits);
  if (offer || option.client_max_window_bits < 15)
    text += "; client_max_window_bits=" + std::to_string(option.client_max_window_bits);
  if (option.server_no_context_takeover)
    text += "; server_no_context_takeover";
  if (option.client_no_context_takeover)
    text += "; client_no_context_takeover";
  return text;
}

/// What a server's answer says about permessage-deflate; the component has checked it.
inline permessage_deflate_status status_of(string_view extensions) {
  permessage_deflate_status status;
  for (auto const& extension : http::ext_list{extensions}) {
    if (!beast::iequals(extension.first, "permessage-deflate"))
      continue;
    status = {true, 15, 15};
    for (auto const& parameter : extension.second) {
      int const bits = std::atoi(std::string(parameter.second.data(), parameter.second.size()).c_str());
      if (beast::iequals(parameter.first, "client_max_window_bits"))
        status.client_window_bits = bits;
      else if (beast::iequals(parameter.first, "server_max_window_bits"))
        status.server_window_bits = bits;
    }
  }
  return status;
}

/// Checks what both sides' heads must have.
template <class Message>
error_code check_upgrade(Message const& message) {
  if (!message.count(http::field::connection))
    return error::no_connection;
  if (!detail::has_token(message, http::field::connection, "upgrade"))
    return error::no_connection_upgrade;
  if (!message.count(http::field::upgrade))
    return error::no_upgrade;
  if (!detail::has_token(message, http::field::upgrade, "websocket"))
    return error::no_upgrade_websocket;
  return {};
}

/// Begins a client's handshake and returns the request.
inline request_type make_request(core_base& c, bool may_compress, string_view host, string_view target) {
  bool const offers = may_compress && c.deflate_option.client_enable;
  c.begin(role_type::client, offers);
  std::string const extensions = offers ? detail::extension_of(c.deflate_option, true) : std::string();
  std::string const key = c.protocol.begin_client(extensions);
  request_type request;
  request.method(http::verb::get);
  request.target(target);
  request.version(11);
  request.set(http::field::host, host);
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::connection, "upgrade");
  request.set(http::field::sec_websocket_key, key);
  request.set(http::field::sec_websocket_version, "13");
  if (offers)
    request.set(http::field::sec_websocket_extensions, extensions);
  c.decorator(request);
  return request;
}

/// Checks a server's response to it.
inline error_code check_response(core_base& c, response_type const& response) {
  if (response.result() != http::status::switching_protocols)
    return error::upgrade_declined;
  if (response.version() != 11)
    return error::bad_http_version;
  if (auto const ec = detail::check_upgrade(response))
    return ec;
  auto const accepts = response.count(http::field::sec_websocket_accept);
  if (accepts == 0)
    return error::no_sec_accept;
  if (accepts != 1)
    return error::bad_sec_accept;
  auto const extensions = detail::list_of(response, http::field::sec_websocket_extensions);
  if (auto const ec = c.protocol.end_client(response[http::field::sec_websocket_accept], extensions))
    return ec;
  c.deflated = detail::status_of(extensions);
  return {};
}

/// Checks a client's request, in the order in which Beast does.
template <class Body, class Allocator>
error_code check_request(http::request<Body, http::basic_fields<Allocator>> const& request) {
  if (request.version() != 11)
    return error::bad_http_version;
  if (request.method() != http::verb::get)
    return error::bad_method;
  if (!request.count(http::field::host))
    return error::no_host;
  if (auto const ec = detail::check_upgrade(request))
    return ec;
  auto const keys = request.count(http::field::sec_websocket_key);
  if (keys == 0)
    return error::no_sec_key;
  if (keys != 1)
    return error::bad_sec_key;
  if (!request.count(http::field::sec_websocket_version))
    return error::no_sec_version;
  if (request[http::field::sec_websocket_version] != "13")
    return error::bad_sec_version;
  return {};
}

/// Begins and ends a server's handshake, and returns the response, which refuses where `result` is set.
template <class Body, class Allocator>
response_type make_response(core_base& c, bool may_compress,
                            http::request<Body, http::basic_fields<Allocator>> const& request, error_code& result) {
  bool const selects = may_compress && c.deflate_option.server_enable;
  c.begin(role_type::server, selects);
  response_type response;
  response.version(request.version());
  result = detail::check_request(request);
  std::string accept, extensions;
  if (!result)
    result = c.protocol.begin_server(
        request[http::field::sec_websocket_key], detail::list_of(request, http::field::sec_websocket_extensions),
        selects ? detail::extension_of(c.deflate_option, false) : std::string(), accept, extensions);
  if (result) {
    bool const version = result == error::bad_sec_version;
    response.result(version ? http::status::upgrade_required : http::status::bad_request);
    if (version)
      response.set(http::field::sec_websocket_version, "13");
    response.body() = result.message();
    response.prepare_payload();
  } else {
    response.result(http::status::switching_protocols);
    response.set(http::field::upgrade, "websocket");
    response.set(http::field::connection, "upgrade");
    response.set(http::field::sec_websocket_accept, accept);
    if (!extensions.empty())
      response.set(http::field::sec_websocket_extensions, extensions);
    c.deflated = detail::status_of(extensions);
  }
  c.decorator(response);
  if (!response.count(http::field::server))
    response.set(http::field::server, "Bisque");
  return response;
}

/// Gives a parser what is in the buffer. Returns true when it needs more, or `ec` says what is wrong.
template <class Parser>
bool wants_more(Parser& parser, beast::flat_buffer& buffer, error_code& ec) {
  while (!parser.is_done()) {
    if (buffer.size() == 0)
      return true;
    auto const used = parser.put(buffer.data(), ec);
    buffer.consume(used);
    if (ec == http::error::need_more) {
      ec = {};
      return true;
    }
    if (ec)
      return false;
  }
  return false;
}

/// The network has no more for a parser.
template <class Parser>
void end_of_input(Parser& parser, error_code& ec) {
  if (!parser.got_some()) {
    ec = http::error::end_of_stream;
    return;
  }
  ec = {};
  parser.put_eof(ec);
}

} // namespace detail
} // namespace websocket
} // namespace bisque

#endif
