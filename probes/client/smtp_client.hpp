#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/tls_mode.hpp"
#include "probes/client/trace.hpp"
#include "probes/codec/reply.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/core/subject.hpp"
#include "probes/net/connection_time.hpp"
#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

inline constexpr std::int64_t kSmtpPort = 25;
inline constexpr std::int64_t kSubmissionsPort = 465;
inline constexpr std::int64_t kSubmissionPort = 587;
/// A port of RFC 6409 or RFC 8314: for those who log in.
constexpr bool is_submission(std::uint16_t port) {
  return port == kSubmissionPort || port == kSubmissionsPort;
}

/// What one connection may cost its server: how many refusals (4xx and 5xx) it is willing to draw before it ends
/// itself. Servers count them, delay and ban; so each purpose has a connection and a budget of its own.
class ErrorBudget {
public:
  /// `purpose` goes into the transcript. At most kMost errors.
  static constexpr int kMost = 3;
  explicit ErrorBudget(std::string purpose, int errors = kMost);

  void spend() { --left_; }
  [[nodiscard]] bool spent() const { return left_ <= 0; }
  [[nodiscard]] int left() const { return left_; }
  [[nodiscard]] const std::string& purpose() const { return purpose_; }

private:
  std::string purpose_;
  int left_;
};

/// What STARTTLS came to.
struct StartTlsOutcome {
  Reply reply;                             ///< to STARTTLS
  std::optional<net::TlsSession> session;  ///< where the reply was 220
};

/// The server ended a connection by a word of its own: 421 at any place, a greeting that is no 220, or a refusal after
/// which it hung up (Exim's `drop`). What it said is the answer to the last command; what was not asked yet may be
/// asked on another connection. Its kind is `temporary`: no break that the host is to blame for.
class ServerEnded : public Failure {
public:
  ServerEnded(Reply reply, const std::string& message)
      : Failure(ErrorKind::temporary, message), reply_(std::move(reply)) {}
  [[nodiscard]] const Reply& reply() const { return reply_; }

private:
  Reply reply_;
};

/// Whether the server ended the connection without a word: FIN or RST.
[[nodiscard]] inline bool is_hang_up(const Failure& failure) {
  return failure.kind() == ErrorKind::closed || failure.kind() == ErrorKind::reset;
}

/// One SMTP client connection, RFC 5321: commands one by one (no pipelining), replies as data. Every method throws
/// Failure when the connection breaks, when the peer's bytes are no reply, and when the connection's time is over
/// (net::ConnectionTime), ServerEnded on 421 (but from greet(), ehlo() and ask_for_tls(), for which it is data) and
/// where the server hangs up after a refusal; all other replies are returned, and each 4xx and 5xx is taken from the
/// budget. Its stages are the commands' names in lower case, and `banner` for the greeting.
class SmtpClient {
public:
  /// On a connection that is there, whose time begins now. `name`: what the prober calls itself in EHLO. What is
  /// referred to must outlive the client.
  SmtpClient(net::Stream stream, const ProbeContext& context, std::string name, Trace trace,
             ErrorBudget budget = ErrorBudget("one question"));
  /// Dials, and shakes hands at once where `tls` is implicit (stages connect, tls). Where the server speaks in clear
  /// instead of TLS: ServerEnded where it says 4xx or speaks of the prober, else Failure(tls) with its words. `out`
  /// must outlive the session.
  static boost::asio::awaitable<SmtpClient> connect(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                    Observation& out, ErrorBudget budget);
  /// Awaits the greeting (stage banner), whatever it is. After connect(), once.
  boost::asio::awaitable<void> greet();
  /// connect() and greet().
  static boost::asio::awaitable<SmtpClient> open(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                 Observation& out, ErrorBudget budget);

  /// open(), hello(), and start_tls() with another hello() where `tls` is starttls and it is offered. Where it is not
  /// offered the session stays in clear, as mail servers do; ask encrypted(). Throws Failure where STARTTLS is refused.
  static boost::asio::awaitable<SmtpClient> open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                       Observation& out, ErrorBudget budget);

  [[nodiscard]] const Reply& greeting() const { return greeting_; }
  /// What the prober calls itself in EHLO.
  [[nodiscard]] const std::string& own_name() const { return ehlo_; }
  /// Of the handshake that `implicit` made, or of start_tls().
  [[nodiscard]] const std::optional<net::TlsSession>& tls() const { return tls_; }
  [[nodiscard]] bool encrypted() const { return stream_.encrypted(); }
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  /// False where the server refused EHLO and took HELO.
  [[nodiscard]] bool extended() const { return extended_; }
  [[nodiscard]] const ErrorBudget& budget() const { return budget_; }
  /// False where the connection had better end itself, and the next question be asked on another one.
  [[nodiscard]] bool has_time_left() const { return time_.has_enough_left(); }
  [[nodiscard]] net::Stream& stream() { return stream_; }

  /// One EHLO, and whatever the reply to it is; capabilities() are those of a positive one.
  boost::asio::awaitable<Reply> ehlo();
  /// EHLO with the prober's name, HELO where EHLO is refused with 5xx. Throws ServerEnded where the greeting is 4xx or
  /// speaks of the prober, Failure(protocol) where it is another that is not 220, Failure(temporary) where the reply is
  /// 4xx, Failure(local) where both EHLO and HELO are refused: that speaks of the prober's name.
  boost::asio::awaitable<void> hello();
  /// STARTTLS alone. After a 220 nothing but the handshake may follow, which is then the caller's, on stream().
  /// `injected`: a line that is sent behind STARTTLS in the same segment, which a server must drop.
  boost::asio::awaitable<Reply> ask_for_tls(std::string_view injected = {});
  /// ask_for_tls(), and the handshake where the reply is 220; a handshake that fails throws at the stage `tls`. hello()
  /// must follow (RFC 3207 §4.2).
  boost::asio::awaitable<StartTlsOutcome> start_tls(std::string_view injected = {});

  /// MAIL FROM:<from>; an empty `from` is the null sender. `parameters`: `BODY=8BITMIME` and such.
  boost::asio::awaitable<Reply> mail(std::string_view from, std::string_view parameters = {});
  /// RCPT TO:<to>; `to` may be any path, and goes out as it is but for line ends and NULs, which are refused
  /// (std::invalid_argument).
  boost::asio::awaitable<Reply> rcpt(std::string_view to);
  /// DATA, and after a 354 the message (CRLF lines, not dot-stuffed). The last reply: to DATA where it was no 354, else
  /// the one after the final dot.
  boost::asio::awaitable<Reply> data(std::string_view message);
  boost::asio::awaitable<Reply> rset();
  /// AUTH PLAIN with an initial response (RFC 4954 §4). The transcript keeps neither login nor password. A 334 is
  /// answered by
  /// `*` and returned as it came.
  /// Throws Failure(credential) where a real password must not go out on this connection; nothing is sent then.
  boost::asio::awaitable<Reply> auth_plain(std::string_view login, std::string_view password, net::PasswordIs is);
  /// AUTH LOGIN; the last reply. Throws as auth_plain().
  boost::asio::awaitable<Reply> auth_login(std::string_view login, std::string_view password, net::PasswordIs is);
  /// Any other command of one line.
  boost::asio::awaitable<Reply> command(std::string line, std::string_view stage,
                                        std::optional<std::string> shown = std::nullopt);
  /// One more reply, such as one that nobody asked for.
  boost::asio::awaitable<Reply> read_reply();
  /// Says QUIT and closes without waiting for the 221. Never throws for what the peer does.
  boost::asio::awaitable<void> quit();

private:
  boost::asio::awaitable<Reply> exchange(std::string line, std::string_view stage,
                                         std::optional<std::string> shown = std::nullopt);
  boost::asio::awaitable<Reply> receive();
  boost::asio::awaitable<void> read_into(Reply& reply);
  boost::asio::awaitable<net::TlsSession> shake_hands();
  boost::asio::awaitable<void> shake_hands_into(std::optional<net::TlsSession>& session);

  net::Stream stream_;
  net::ConnectionTime time_;
  net::TlsOptions options_;
  std::string ehlo_;
  Trace trace_;
  ErrorBudget budget_;
  std::string awaited_;        ///< what the next reply answers: `reply to EHLO prober.test`
  std::optional<Reply> last_;  ///< what the server said last
  Reply greeting_;
  Capabilities capabilities_;
  std::optional<net::TlsSession> tls_;
  bool extended_ = true;
};

/// Where an SMTP probe dials: the subject's address, and its port or else `port`.
Endpoint smtp_endpoint(const Subject& subject, std::int64_t port);

/// The name for EHLO: the vantage's, else this machine's host name where it is qualified, else the address literal of
/// `local_ip` (RFC 5321 §4.1.3).
std::string ehlo_name(const Vantage& vantage, const std::string& local_ip);

/// The sender of test mail: probe@ and the vantage's name or this machine's qualified host name. Empty, the null
/// sender, where there is neither.
std::string probe_sender(const Vantage& vantage);

}  // namespace drydock
