#include "probes/net/curl_handle.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "probes/net/curl_multi.hpp"
#include "probes/net/failure.hpp"
#include "probes/net/tls_session.hpp"

namespace drydock::net {
using boost::asio::ip::tcp;

namespace {

std::string_view text_of(const char* data, std::size_t size) {
  return {data, size};
}

/// True where `address` is the IP address `ip`.
bool is_address(const curl_sockaddr& address, const std::string& ip) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* octets = address.family == AF_INET
                           ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr)
                           : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr);
  if (address.family != AF_INET && address.family != AF_INET6) return false;
  if (!inet_ntop(address.family, octets, text, sizeof text)) return false;
  boost::system::error_code error;
  return boost::asio::ip::make_address(text, error) == boost::asio::ip::make_address(ip, error);
}

bool bind_to(int socket, const std::string& from) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(from, error);
  if (error) return false;
  const tcp::endpoint endpoint(address, 0);
  return ::bind(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
}

/// Ends our side and reads what still comes, until the peer ends its side too or is slow about it.
void drain(int socket) {
  constexpr int kPatience = 500;  // milliseconds without an octet
  constexpr int kReads = 256;
  ::shutdown(socket, SHUT_WR);
  char dropped[4096];
  pollfd wait{socket, POLLIN, 0};
  for (int reads = 0; reads < kReads && ::poll(&wait, 1, kPatience) > 0; ++reads)
    if (::recv(socket, dropped, sizeof dropped, MSG_DONTWAIT) <= 0) return;
}

bool looks_like_plain_text(std::string_view words) {
  return words.find("wrong version number") != std::string_view::npos ||
         words.find("packet length too long") != std::string_view::npos ||
         words.find("http request") != std::string_view::npos;
}

int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& listener = *static_cast<CurlListener*>(self);
  if (type == CURLINFO_HEADER_OUT) listener.sent(text_of(data, size));
  if (type == CURLINFO_DATA_IN) listener.came(size);
  return 0;
}

std::size_t on_header(char* data, std::size_t unit, std::size_t count, void* self) {
  return static_cast<CurlListener*>(self)->received(text_of(data, unit * count)) ? unit * count : 0;
}

std::size_t on_body(char* data, std::size_t unit, std::size_t count, void* self) {
  return static_cast<CurlListener*>(self)->body(text_of(data, unit * count)) ? unit * count : 0;
}

void on_tls(const SSL* session, int where, int) {
  auto* listener = static_cast<CurlListener*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  if (!listener) return;
  if (where & SSL_CB_HANDSHAKE_START) listener->tls_began();
  if (where & SSL_CB_HANDSHAKE_DONE) listener->tls_done(session);
}

CURLcode on_tls_context(CURL*, void* context, void* self) {
  auto* settings = static_cast<SSL_CTX*>(context);
  SSL_CTX_set_app_data(settings, self);
  SSL_CTX_set_info_callback(settings, &on_tls);
  return CURLE_OK;
}

}  // namespace

CurlHandle::CurlHandle(CurlListener& listener, Endpoint to, std::string from)
    : listener_(listener), to_(std::move(to)), from_(std::move(from)) {
  require_curl();
  easy_ = curl_easy_init();
  if (!easy_) throw Failure(ErrorKind::local, "libcurl can't make a handle");
  configure();
  secure();
}

CurlHandle::~CurlHandle() {
  interrupt();
  curl_easy_cleanup(easy_);
  curl_slist_free_all(connect_to_);
  if (adopted_ >= 0) ::close(adopted_);
}

void CurlHandle::configure() {
  set_option(easy_, CURLOPT_NOSIGNAL, 1L);
  set_option(easy_, CURLOPT_PROXY, "");
  set_option(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set_option(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(easy_, CURLOPT_PROTOCOLS_STR, "http,https,ftp,ftps");
  set_option(easy_, CURLOPT_ERRORBUFFER, &words_[0]);
  const std::string pinned = to_.ip.find(':') == std::string::npos ? fmt::format("::{}:{}", to_.ip, to_.port)
                                                                   : fmt::format("::[{}]:{}", to_.ip, to_.port);
  connect_to_ = curl_slist_append(nullptr, pinned.c_str());
  set_option(easy_, CURLOPT_CONNECT_TO, connect_to_);
  set_option(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_opensocket_callback open = [](void* self, curlsocktype, curl_sockaddr* address) -> curl_socket_t {
    return static_cast<CurlHandle*>(self)->open_socket(address);
  };
  set_option(easy_, CURLOPT_OPENSOCKETFUNCTION, open);
  set_option(easy_, CURLOPT_SOCKOPTDATA, this);
  curl_sockopt_callback prepare = [](void* self, curl_socket_t socket, curlsocktype) -> int {
    return socket == static_cast<CurlHandle*>(self)->connected_ ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
  };
  set_option(easy_, CURLOPT_SOCKOPTFUNCTION, prepare);
  set_option(easy_, CURLOPT_CLOSESOCKETDATA, this);
  curl_closesocket_callback close = [](void* self, curl_socket_t socket) -> int {
    return static_cast<CurlHandle*>(self)->close_socket(socket);
  };
  set_option(easy_, CURLOPT_CLOSESOCKETFUNCTION, close);
  curl_xferinfo_callback progress = [](void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int {
    return static_cast<CurlHandle*>(self)->interrupted_ ? 1 : 0;
  };
  set_option(easy_, CURLOPT_XFERINFODATA, this);
  set_option(easy_, CURLOPT_XFERINFOFUNCTION, progress);
  set_option(easy_, CURLOPT_NOPROGRESS, 0L);
  set_option(easy_, CURLOPT_VERBOSE, 1L);
  set_option(easy_, CURLOPT_DEBUGDATA, &listener_);
  set_option(easy_, CURLOPT_DEBUGFUNCTION, &on_debug);
  set_option(easy_, CURLOPT_HEADERDATA, &listener_);
  set_option(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  set_option(easy_, CURLOPT_WRITEDATA, &listener_);
  set_option(easy_, CURLOPT_WRITEFUNCTION, &on_body);
}

void CurlHandle::secure() {
  // Verification is off here: describe_session does it, so that a bad certificate is data.
  set_option(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
  set_option(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  set_option(easy_, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  set_option(easy_, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set_option(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(easy_, CURLOPT_SSL_CTX_DATA, &listener_);
  set_option(easy_, CURLOPT_SSL_CTX_FUNCTION, &on_tls_context);
}

void CurlHandle::speak_from(int oldest) {
  const bool is_old = oldest < TLS1_2_VERSION;
  set_option(easy_, CURLOPT_SSLVERSION,
             static_cast<long>(oldest >= TLS1_3_VERSION   ? CURL_SSLVERSION_TLSv1_3
                               : !is_old                  ? CURL_SSLVERSION_TLSv1_2
                               : oldest == TLS1_1_VERSION ? CURL_SSLVERSION_TLSv1_1
                                                          : CURL_SSLVERSION_TLSv1_0));
  if (is_old) set_option(easy_, CURLOPT_SSL_CIPHER_LIST, kOldCiphers);
}

void CurlHandle::adopt(int socket) {
  if (adopted_ >= 0) ::close(adopted_);
  adopted_ = socket;
}

int CurlHandle::open_socket(const curl_sockaddr* address) {
  const std::lock_guard lock(mutex_);
  if (interrupted_) return CURL_SOCKET_BAD;
  if (adopted_ >= 0) {
    connected_ = std::exchange(adopted_, -1);
    sockets_.insert(connected_);
    return connected_;
  }
  if (!is_address(*address, to_.ip)) {
    local_problem_ = fmt::format("a connection to another address than {} was to be made", to_.ip);
    return CURL_SOCKET_BAD;
  }
  const int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
  if (made < 0) return CURL_SOCKET_BAD;
  if (!from_.empty() && !bind_to(made, from_)) {
    local_problem_ = fmt::format("can't dial from the vantage's address {}: {}", from_, std::strerror(errno));
    ::close(made);
    return CURL_SOCKET_BAD;
  }
  sockets_.insert(made);
  made_ = made;
  return made;
}

int CurlHandle::close_socket(int socket) {
  if (gentle_ && !interrupted_) drain(socket);
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
  if (connected_ == socket) connected_ = -1;
  if (made_ == socket) made_ = -1;
  return ::close(socket);
}

bool CurlHandle::is_connecting() {
  const std::lock_guard lock(mutex_);
  tcp_info info{};
  socklen_t size = sizeof info;
  return made_ >= 0 && ::getsockopt(made_, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_SYN_SENT;
}

void CurlHandle::hang_up() {
  const std::lock_guard lock(mutex_);
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

void CurlHandle::interrupt() {
  interrupted_ = true;
  hang_up();
}

std::string CurlHandle::words() const {
  return printable(words_);
}

Error CurlHandle::explain(int result, std::string_view doing) const {
  const auto code = static_cast<CURLcode>(result);
  const std::string said = words_[0] ? printable(words_) : curl_easy_strerror(code);
  const std::string while_doing = doing.empty() ? "" : fmt::format(" while {}", doing);
  if (!local_problem_.empty()) return {ErrorKind::local, local_problem_};
  long number = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  const boost::system::error_code system(static_cast<int>(number), boost::system::system_category());
  switch (code) {
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return {ErrorKind::closed, fmt::format("the peer closed the connection{} ({})", while_doing, said)};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorKind::timeout, said};
    case CURLE_SSL_CONNECT_ERROR:
      if (looks_like_plain_text(said))
        return {ErrorKind::tls, fmt::format("the peer answered in plain text where TLS was to begin ({})", said)};
      return {ErrorKind::tls, fmt::format("TLS failed: {}", said)};
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (system) {
        const Error error = to_error(system, doing);
        if (error.kind != ErrorKind::local) return error;
      }
      return {ErrorKind::closed, fmt::format("the connection ended{} ({})", while_doing, said)};
    // What libcurl 7.88 says of a header field above its own limit, 100 KiB.
    case CURLE_OUT_OF_MEMORY:
      return {ErrorKind::local, "the peer sent a header field that is longer than libcurl takes"};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_TOO_MANY_REDIRECTS:
      return {ErrorKind::protocol, fmt::format("the answer is not what the protocol allows ({})", said)};
    case CURLE_URL_MALFORMAT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_FAILED_INIT:
      return {ErrorKind::local, fmt::format("libcurl can't make the request ({})", said)};
    default:
      return {ErrorKind::protocol, fmt::format("the transfer failed{} ({})", while_doing, said)};
  }
}

}  // namespace drydock::net
