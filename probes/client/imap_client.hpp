#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/tls_mode.hpp"
#include "probes/client/trace.hpp"
#include "probes/codec/imap_response.hpp"
#include "probes/core/answer.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// What a command came to.
struct ImapReply {
  ImapResponse last;               ///< the tagged response, or the BYE after which the server hung up instead of it
  std::vector<ImapResponse> data;  ///< the untagged responses before it: status responses, and data that was wanted

  [[nodiscard]] bool ok() const { return last.status == "OK"; }
  [[nodiscard]] Answer answer() const;
  /// `NO [AUTHENTICATIONFAILED] Login failed.`, as Answer::text().
  [[nodiscard]] std::string text() const { return answer().text(); }
  /// The first response, untagged or tagged, with this response code (upper case); null where none has it.
  [[nodiscard]] const ImapResponse* with_code(std::string_view name) const;
};

Answer answer_of(const ImapResponse& response);

/// True where a server turns a client away because there are too many connections or sessions: this one client's, or
/// everybody's. BYE and NO alone; by the code LIMIT (RFC 5530 §3), and by words, since Courier, Cyrus and Dovecot say
/// it in words.
bool tells_of_too_many(const Answer& answer);

/// True for a NO or BYE that decides nothing, and may be another answer later: too many, or NO with UNAVAILABLE or
/// INUSE (RFC 5530 §3).
bool tells_not_now(const Answer& answer);

/// True where a greeting, or the answer to STARTTLS, turns this client away for now: tells_not_now(), BYE with
/// UNAVAILABLE, and by words.
bool puts_off(const Answer& answer);

/// What is thrown for an answer to STARTTLS that is not OK: `temporary` where it is for now, else `protocol`.
Failure starttls_refused(const Answer& answer);

/// A message's header as it was fetched.
struct ImapHeader {
  std::string octets;         ///< CRLF lines
  std::uint64_t dropped = 0;  ///< octets at its end that were not kept
};

/// One IMAP client connection, RFC 3501 and RFC 9051: commands one by one. Every method throws Failure when the
/// connection breaks, when the peer's bytes are no IMAP or endless, and Failure(temporary) when the server ends the
/// connection because there are too many; other replies, refusals among them, are returned. Its stages are the
/// commands' names in lower case, and `greeting`. Holds a few MiB at the most, whatever comes.
class ImapClient {
public:
  /// On a connection that is there. `tags`: what the tags of its commands begin with. What is referred to must outlive
  /// the client.
  ImapClient(net::Stream stream, const Subject& subject, Trace trace, std::string tags = "d");
  /// Dials, and shakes hands at once where `tls` is implicit (stages connect, tls). greet() must follow. `out` must
  /// outlive the session.
  static boost::asio::awaitable<ImapClient> dial(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                 Observation& out);
  /// Reads the greeting (stage greeting), which may be a BYE. May be cancelled and called again.
  boost::asio::awaitable<void> greet();
  /// dial(), greet(), and STARTTLS where `tls` says so. Throws Failure(protocol) where the greeting is not OK, where
  /// STARTTLS is not offered, and where it is refused; Failure(temporary) where that is for now.
  static boost::asio::awaitable<ImapClient> open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                       Observation& out);

  [[nodiscard]] const Answer& greeting() const { return greeting_; }
  /// Of the handshake that `implicit` made, or of start_tls().
  [[nodiscard]] const std::optional<net::TlsSession>& tls() const { return tls_; }
  [[nodiscard]] net::Stream& stream() { return stream_; }
  /// What the server said last of its capabilities; empty where it has not been asked since TLS or login.
  [[nodiscard]] const std::vector<std::string>& capabilities() const { return capabilities_; }
  /// Compared without case.
  [[nodiscard]] bool has(std::string_view capability) const;

  /// CAPABILITY, always sent.
  boost::asio::awaitable<ImapReply> ask_capabilities();
  /// STARTTLS alone. After OK nothing but the handshake may follow, which is then the caller's, on stream().
  boost::asio::awaitable<ImapReply> ask_for_tls();
  /// ask_for_tls(), and the handshake where the reply is OK (stage tls). Capabilities are forgotten then (RFC 3501
  /// §6.2.1).
  boost::asio::awaitable<ImapReply> start_tls();
  /// LOGIN, or AUTHENTICATE PLAIN where LOGIN is disabled or cannot carry the octets; asks for capabilities where they
  /// are not known. The transcript keeps no password. Throws Failure(local) without TLS, and Failure(credential) where
  /// a real password must not go out on this connection: nothing is sent then.
  boost::asio::awaitable<ImapReply> login(std::string login, std::string password, net::PasswordIs is);
  /// Any other command of one line. `wanted`: names of the data responses that the reply is to have. `shown`: what the
  /// transcript keeps instead, without the tag.
  boost::asio::awaitable<ImapReply> command(std::string line, std::string stage, std::vector<std::string> wanted = {},
                                            std::optional<std::string> shown = std::nullopt);
  /// The UIDs that match, by UID SEARCH. Throws Failure(protocol) where the server refuses to search.
  boost::asio::awaitable<std::vector<std::uint32_t>> uid_search(std::string criteria);
  /// The header of one message, without marking it read. Nothing where the message is gone.
  boost::asio::awaitable<std::optional<ImapHeader>> fetch_header(std::uint32_t uid);
  /// IDLE (RFC 2177) until the server tells of messages, `until` at the longest, or until somebody wants `slot` (null:
  /// nobody does); DONE then. Throws Failure(protocol) where the server refuses to.
  boost::asio::awaitable<void> idle(Deadline until, const Slot* slot = nullptr);
  /// Says LOGOUT and closes without waiting for the answer. Never throws for what the peer does.
  boost::asio::awaitable<void> logout();

private:
  boost::asio::awaitable<ImapResponse> receive();
  boost::asio::awaitable<ImapReply> finish(std::string tag, bool may_continue);
  boost::asio::awaitable<ImapReply> authenticate_plain(std::string response, bool at_once);
  boost::asio::awaitable<ImapReply> login_command(std::string login, std::string password);
  boost::asio::awaitable<void> handshake();
  boost::asio::awaitable<void> take_literal(std::uint64_t wanted);
  boost::asio::awaitable<ImapReply> send(std::string line, std::string stage, std::vector<std::string> wanted,
                                         std::optional<std::string> shown, bool may_continue);
  void learn(const ImapResponse& response);
  void keep(ImapReply& reply, ImapResponse response);
  std::string next_tag();
  [[nodiscard]] std::string last_tag() const;

  net::Stream stream_;
  net::TlsOptions options_;
  Trace trace_;
  ImapResponseReader reader_;
  Answer greeting_;
  std::optional<net::TlsSession> tls_;
  std::vector<std::string> capabilities_;
  std::size_t kept_ = 0;  ///< what the reply to it costs, in octets
  std::string tags_;
  int commands_ = 0;
  std::uint32_t messages_ = 0;  ///< in the mailbox that is open, as the server told last
  bool has_news_ = false;       ///< it told of more since the last search began
};

/// Compared without case.
bool has_capability(const std::vector<std::string>& capabilities, std::string_view name);

}  // namespace drydock
