#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/tls_mode.hpp"
#include "probes/codec/reply.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

struct FtpLogin {
  Endpoint to;              ///< what is dialled, for control and for data, whatever a 227 reply names
  net::TlsOptions options;  ///< what is spoken (SNI) and how the server must prove itself
  TlsMode tls = TlsMode::starttls;
  std::string user;
  std::string password;
};

/// One command and what the server replied to it. The greeting has the command "".
struct FtpExchange {
  std::string command;  ///< its verb, in capitals
  Reply reply;
};

/// How one operation ended.
struct FtpOutcome {
  bool done = false;   ///< false: the server refused, see `reply`
  Reply reply;         ///< the last one; code 0 where none came
  std::string octets;  ///< what a list or a retrieval gave
};

/// A user session held by libcurl, as a client that people use would hold it: passive mode, binary, the data connection
/// under TLS where the control connection is. It works in threads of its own, because libcurl's FTP blocks where it
/// awaits the end of a transfer; nothing of it stalls the event loop. One operation at a time.
/// Every operation throws Failure where the connection, not a reply, ends it; out.stage is then login, starttls,
/// passive, or the stage that was given. Failure(credential) where the password must not go out on the connection
/// (why_no_password()): it is ended before the password, or even the login, is sent.
class FtpClient {
public:
  /// `context` and `out` must outlive the client.
  FtpClient(const ProbeContext& context, FtpLogin login, Observation& out);
  ~FtpClient();
  FtpClient(const FtpClient&) = delete;
  FtpClient& operator=(const FtpClient&) = delete;

  /// The names in the folder that one logs in to (NLST), one a line. More than 4 MiB of them is Failure(local): no
  /// fault of the host's.
  boost::asio::awaitable<FtpOutcome> list(std::string stage);
  boost::asio::awaitable<FtpOutcome> store(std::string stage, std::string path, std::string octets);
  /// At most `limit` octets; more is Failure(protocol).
  boost::asio::awaitable<FtpOutcome> retrieve(std::string stage, std::string path, std::size_t limit);
  boost::asio::awaitable<FtpOutcome> remove(std::string stage, std::string path);

  /// Everything that was said so far, commands with their replies.
  [[nodiscard]] const std::vector<FtpExchange>& exchanges() const;
  /// Why the port of a passive reply took no connection: refused, unreachable, or timeout where it gave no answer for
  /// 10 seconds, or half of the time that was left. The control connection had just given that reply.
  [[nodiscard]] std::optional<ErrorKind> data_error() const;
  /// The last reply to that command, or null.
  [[nodiscard]] const Reply* reply_to(std::string_view verb) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace drydock
