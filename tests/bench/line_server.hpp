#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>

namespace drydock::bench {

/// How a server of lines behaves.
struct LineProtocol {
  std::string greeting;  ///< sent first; may be empty
  /// What is sent for a line (without its line end); an empty answer sends nothing.
  std::string (*answer)(std::string_view line) = nullptr;
  bool (*last)(std::string_view line) = nullptr;  ///< true: hang up after the answer
};

/// Enough of SMTP for a probe of a server without TLS: knows one user, refuses the others.
LineProtocol smtp_protocol();
/// One page by HTTP/1.1, one request a connection.
LineProtocol http_protocol();

/// A server on 127.0.0.1 on a thread of its own, by epoll, for thousands of connections.
class LineServer {
public:
  /// Says nothing to anybody until `crowd` connections are there at once (or 30 seconds are over), then calls
  /// `crowded` on its thread and serves them all.
  LineServer(LineProtocol protocol, std::size_t crowd, std::function<void()> crowded);
  ~LineServer();
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections() const { return connections_; }
  /// As many as were wanted were there at once.
  [[nodiscard]] bool was_crowded() const { return was_crowded_; }

private:
  void run();
  void accept_all();
  void begin_service();
  void serve(int client);
  void drop(int client);

  LineProtocol protocol_;
  std::size_t crowd_;
  std::function<void()> crowded_;
  int listener_ = -1, stop_ = -1, poll_ = -1;
  std::uint16_t port_ = 0;
  bool serving_ = false;
  std::map<int, std::string> unfinished_;  ///< by connection: what came of the line under way
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<bool> was_crowded_ = false;
  std::thread thread_;
};

}  // namespace drydock::bench
