#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace drydock {

/// Why a dialogue ended before its end.
enum class ErrorKind {
  timeout,      ///< no answer by the deadline: says nothing about the host
  unreachable,  ///< no route, ICMP unreachable: says nothing about the host
  refused,      ///< RST on connect: the port is closed
  prohibited,   ///< ICMP administratively prohibited: the port is closed by a filter
  reset,        ///< RST in the middle of the dialogue
  closed,       ///< end of stream where the protocol wants more
  protocol,     ///< the peer's bytes are not what the protocol allows, or exceed a limit
  tls,          ///< the TLS handshake failed, or an alert arrived
  temporary,    ///< the peer said "not now" (SMTP 421, 4xx)
  credential,   ///< a secret that the probe needs can't be read
  local,        ///< this machine: no such source address, missing program, missing right
  interrupted   ///< whoever looks was told to end
};

/// `timeout`, `refused`, ... as written in reports.
std::string_view to_string(ErrorKind kind);
/// The kind that is written so; nothing where none is.
std::optional<ErrorKind> error_kind(std::string_view word);

/// True where the error says that the host is wrong (refused, prohibited, reset, closed, protocol, tls); false where it
/// says nothing about the host, so that the verdict is inconclusive.
bool blames_host(ErrorKind kind);

struct Error {
  ErrorKind kind{};
  std::string message;
  friend bool operator==(const Error&, const Error&) = default;
};

/// Thrown inside a dialogue; run_probe turns it into Observation::error.
class Failure : public std::runtime_error {
public:
  Failure(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const { return kind_; }

private:
  ErrorKind kind_;
};

}  // namespace drydock
