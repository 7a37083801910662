#include "tests/bench/line_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace drydock::bench {

namespace {

constexpr std::chrono::seconds kPatience{30};

void watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) != 0) throw std::runtime_error("epoll_ctl");
}

std::string smtp_answer(std::string_view line) {
  const std::string_view verb = line.substr(0, 4);
  if (verb == "EHLO") return "250-mail.test Hello\r\n250-SIZE 1000\r\n250 8BITMIME\r\n";
  if (verb == "QUIT") return "221 mail.test closing connection\r\n";
  if (verb == "AUTH" || verb == "STAR") return "503 not advertised\r\n";
  if (verb != "RCPT") return "250 OK\r\n";
  const bool known = line.find("<jim@") != line.npos || line.find("ostmaster") != line.npos;
  return known ? "250 Accepted\r\n" : "550 Unrouteable address\r\n";
}

std::string http_answer(std::string_view line) {
  return line.empty() ? "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 17\r\nConnection: close\r\n\r\n"
                        "<p>Starship</p>\r\n"
                      : "";
}

}  // namespace

LineProtocol smtp_protocol() {
  return {"220 mail.test ESMTP\r\n", smtp_answer, [](std::string_view line) { return line.starts_with("QUIT"); }};
}

LineProtocol http_protocol() {
  return {"", http_answer, [](std::string_view line) { return line.empty(); }};
}

LineServer::LineServer(LineProtocol protocol, std::size_t crowd, std::function<void()> crowded)
    : protocol_(std::move(protocol)), crowd_(crowd), crowded_(std::move(crowded)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  stop_ = eventfd(0, EFD_CLOEXEC);
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 4096) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the server of the benchmark can't listen");
  port_ = ntohs(address.sin_port);
  watch(poll_, listener_);
  watch(poll_, stop_);
  thread_ = std::thread([this] { run(); });
}

LineServer::~LineServer() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const auto& [client, unfinished] : unfinished_) close(client);
  for (const int descriptor : {listener_, stop_, poll_}) close(descriptor);
}

void LineServer::run() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(poll_, events.data(), events.size(), serving_ ? -1 : 100);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      if (ready == stop_) return;
      if (ready == listener_)
        accept_all();
      else
        serve(ready);
    }
    if (serving_) continue;
    was_crowded_ = unfinished_.size() >= crowd_;
    if (was_crowded_ || std::chrono::steady_clock::now() > until) begin_service();
  }
}

void LineServer::accept_all() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    ++connections_;
    unfinished_[client];
    if (!serving_) continue;
    send(client, protocol_.greeting.data(), protocol_.greeting.size(), MSG_NOSIGNAL);
    watch(poll_, client);
  }
}

void LineServer::begin_service() {
  serving_ = true;
  if (was_crowded_) crowded_();
  for (const auto& [client, unfinished] : unfinished_) {
    send(client, protocol_.greeting.data(), protocol_.greeting.size(), MSG_NOSIGNAL);
    watch(poll_, client);
  }
}

void LineServer::serve(int client) {
  std::array<char, 4096> octets;
  const ssize_t size = recv(client, octets.data(), octets.size(), 0);
  if (size <= 0) return drop(client);
  std::string& unfinished = unfinished_[client];
  unfinished.append(octets.data(), static_cast<std::size_t>(size));
  for (std::size_t end; (end = unfinished.find('\n')) != unfinished.npos;) {
    std::string line = unfinished.substr(0, end);
    unfinished.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    const std::string answer = protocol_.answer(line);
    send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (protocol_.last(line)) return drop(client);
  }
}

void LineServer::drop(int client) {
  close(client);
  unfinished_.erase(client);
}

}  // namespace drydock::bench
