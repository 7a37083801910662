#pragma once
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace drydock::test {

/// A port of 127.0.0.1 that is silent as behind a filter that drops: its queue is full, so the kernel drops further
/// SYNs.
class SilentPort {
public:
  SilentPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    (void)::bind(listener_, plain, size);
    (void)::listen(listener_, 0);
    (void)::getsockname(listener_, plain, &size);
    port_ = ntohs(address.sin_port);
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(filler, plain, size);
    }
  }
  ~SilentPort() {
    for (const int filler : fillers_) ::close(filler);
    ::close(listener_);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// As the reply to PASV names it.
  [[nodiscard]] std::string numbers() const { return fmt::format("127,0,0,1,{},{}", port_ / 256, port_ % 256); }

private:
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  int fillers_[3] = {};
};

}  // namespace drydock::test
