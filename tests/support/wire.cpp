#include "tests/support/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

namespace {

struct Free {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};

constexpr int kPatienceMs = 60'000;

void wait_or_stop(int descriptor, short events, int stop) {
  std::array<pollfd, 2> watched{{{descriptor, events, 0}, {stop, POLLIN, 0}}};
  int ready = 0;
  do {
    ready = ::poll(watched.data(), watched.size(), kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0 || watched[1].revents != 0) throw PeerGone{};
}

void use_certificate(SSL_CTX* context, const Certificate& certificate) {
  const std::unique_ptr<BIO, Free> chain(
      BIO_new_mem_buf(certificate.chain.data(), static_cast<int>(certificate.chain.size())));
  bool leaf = true;
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (leaf)
      SSL_CTX_use_certificate(context, next);
    else
      SSL_CTX_add1_chain_cert(context, next);
    X509_free(next);
    leaf = false;
  }
  const std::unique_ptr<BIO, Free> bio(
      BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    throw std::runtime_error("the scripted peer has no certificate");
  ERR_clear_error();
}

}  // namespace

struct Wire::Tls {
  std::unique_ptr<SSL_CTX, Free> context;
  std::unique_ptr<SSL, Free> ssl;
};

Wire::Wire(int descriptor, int stop) : descriptor_(descriptor), stop_(stop) {
  std::signal(SIGPIPE, SIG_IGN);
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Wire::wait(short events) const {
  wait_or_stop(descriptor_, events, stop_);
}

bool Wire::wait_for_tls(int result) {
  const int error = SSL_get_error(tls_->ssl.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ)
    wait(POLLIN);
  else if (error == SSL_ERROR_WANT_WRITE)
    wait(POLLOUT);
  else
    return false;
  return true;
}

std::string Wire::read() {
  std::string chunk(16384, '\0');
  for (;;) {
    if (descriptor_ < 0) throw PeerGone{};
    const ssize_t count = tls_ ? SSL_read(tls_->ssl.get(), chunk.data(), static_cast<int>(chunk.size()))
                               : ::recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (count > 0) return chunk.substr(0, static_cast<std::size_t>(count));
    if (tls_ && wait_for_tls(static_cast<int>(count))) continue;
    if (tls_ || count == 0) return {};
    if (errno != EAGAIN && errno != EINTR) throw PeerGone{};
    wait(POLLIN);
  }
}

void Wire::write(const std::string& octets) {
  std::size_t done = 0;
  while (done < octets.size()) {
    if (descriptor_ < 0) throw PeerGone{};
    const std::size_t left = octets.size() - done;
    const ssize_t count = tls_ ? SSL_write(tls_->ssl.get(), octets.data() + done, static_cast<int>(left))
                               : ::send(descriptor_, octets.data() + done, left, MSG_NOSIGNAL);
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (tls_ ? !wait_for_tls(static_cast<int>(count)) : (errno != EAGAIN && errno != EINTR))
      throw PeerGone{};
    else if (!tls_)
      wait(POLLOUT);
  }
}

void Wire::start_tls(const Certificate& certificate, int minimum_version, int maximum_version,
                     ClientCertificate of_client) {
  tls_ = std::make_unique<Tls>();
  tls_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(tls_->context.get(), minimum_version);
  SSL_CTX_set_max_proto_version(tls_->context.get(), maximum_version);
  SSL_CTX_set_cipher_list(tls_->context.get(), "ALL:@SECLEVEL=0");
  use_certificate(tls_->context.get(), certificate);
  if (of_client == ClientCertificate::wanted) SSL_CTX_set_verify(tls_->context.get(), SSL_VERIFY_PEER, nullptr);
  if (of_client == ClientCertificate::demanded)
    SSL_CTX_set_verify(tls_->context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  tls_->ssl.reset(SSL_new(tls_->context.get()));
  SSL_set_fd(tls_->ssl.get(), descriptor_);
  for (;;) {
    const int result = SSL_accept(tls_->ssl.get());
    if (result == 1) return;
    if (!wait_for_tls(result)) throw PeerGone{};
  }
}

void Wire::hang_up(bool goodbye) {
  if (descriptor_ < 0) return;
  if (goodbye && tls_ && SSL_is_init_finished(tls_->ssl.get())) SSL_shutdown(tls_->ssl.get());
  ERR_clear_error();
  // Input that nobody read would turn the FIN into RST.
  ::shutdown(descriptor_, SHUT_WR);
  std::array<char, 4096> dropped{};
  while (::recv(descriptor_, dropped.data(), dropped.size(), 0) > 0) {
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

void Wire::reset() {
  if (descriptor_ < 0) return;
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(descriptor_);
  descriptor_ = -1;
}

int accept_or_stop(int descriptor, int stop) {
  for (;;) {
    const int accepted = ::accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) return accepted;
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) throw PeerGone{};
    std::array<pollfd, 2> watched{{{descriptor, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) > 0 && watched[1].revents != 0) throw PeerGone{};
  }
}

int listen_on(const std::string& address, unsigned short& port) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const bool v6 = address.find(':') != std::string::npos;
  if (v6) {
    auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(port);
    inet_pton(AF_INET6, address.c_str(), &to->sin6_addr);
    size = sizeof *to;
  } else {
    auto* to = reinterpret_cast<sockaddr_in*>(&storage);
    to->sin_family = AF_INET;
    to->sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &to->sin_addr);
    size = sizeof *to;
  }
  const int made = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (made < 0 || ::bind(made, reinterpret_cast<sockaddr*>(&storage), size) != 0 || ::listen(made, 64) != 0) {
    if (made >= 0) ::close(made);
    throw std::runtime_error("can't listen on " + address);
  }
  ::getsockname(made, reinterpret_cast<sockaddr*>(&storage), &size);
  port = ntohs(v6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                  : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
  return made;
}

}  // namespace drydock::test
