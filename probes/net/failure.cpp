#include "probes/net/failure.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

namespace drydock::net {
namespace asio = boost::asio;

namespace {

std::string while_doing(std::string_view doing) {
  return doing.empty() ? "" : fmt::format(" while {}", doing);
}

Error tls_error(const boost::system::error_code& code, std::string_view doing) {
  const auto packed = static_cast<unsigned long>(code.value());
  const char* words = ERR_reason_error_string(packed);
  const std::string reason = words ? words : code.message();
  const int number = ERR_GET_REASON(packed);
  if (number == SSL_R_NO_PROTOCOLS_AVAILABLE || number == SSL_R_NO_CIPHERS_AVAILABLE)
    return {ErrorKind::local, fmt::format("this machine's OpenSSL can't make the attempt: {}", reason)};
  if (number >= SSL_AD_REASON_OFFSET)
    return {ErrorKind::tls, fmt::format("the peer sent the TLS alert \"{}\"{}", reason, while_doing(doing))};
  return {ErrorKind::tls, fmt::format("TLS failed: {}{}", reason, while_doing(doing))};
}

ErrorKind socket_kind(const boost::system::error_code& code) {
  namespace errc = boost::system::errc;
  if (code == errc::connection_refused) return ErrorKind::refused;
  if (code == errc::connection_reset || code == errc::broken_pipe || code == errc::connection_aborted)
    return ErrorKind::reset;
  if (code == errc::timed_out) return ErrorKind::timeout;
  if (code == errc::network_unreachable || code == errc::host_unreachable || code.value() == EHOSTDOWN ||
      code.value() == ENONET || code == errc::network_down)
    return ErrorKind::unreachable;
  return ErrorKind::local;
}

}  // namespace

Error to_error(const boost::system::error_code& code, std::string_view doing) {
  if (code == asio::error::eof)
    return {ErrorKind::closed, fmt::format("the peer closed the connection{}", while_doing(doing))};
  if (code == asio::ssl::error::stream_truncated)
    return {ErrorKind::closed, fmt::format("the peer closed the connection without ending TLS{}", while_doing(doing))};
  if (code.category() == asio::error::get_ssl_category()) return tls_error(code, doing);
  if (code.category() == asio::ssl::error::get_stream_category())
    return {ErrorKind::tls, fmt::format("TLS failed: {}{}", code.message(), while_doing(doing))};
  const ErrorKind kind = socket_kind(code);
  switch (kind) {
    case ErrorKind::refused:
      return {kind, fmt::format("the connection was refused{}", while_doing(doing))};
    case ErrorKind::reset:
      return {kind, fmt::format("the peer reset the connection{}", while_doing(doing))};
    default:
      return {kind, fmt::format("{}{}", code.message(), while_doing(doing))};
  }
}

void raise(const boost::system::error_code& code, std::string_view doing) {
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
  const Error error = to_error(code, doing);
  throw Failure(error.kind, error.message);
}

}  // namespace drydock::net
