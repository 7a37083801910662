#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/codec/imap_response.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// How a connection to an IMAP server becomes private.
enum class ImapTls { none, starttls, implicit };

/// What a command came to.
struct ImapReply {
  ImapResponse last;               ///< the tagged response, or the BYE after which the server hung up instead of it
  std::vector<ImapResponse> data;  ///< the untagged responses before it

  [[nodiscard]] bool ok() const { return last.status == "OK"; }
  /// `NO [AUTHENTICATIONFAILED] Login failed.`
  [[nodiscard]] std::string text() const;
  /// The first response, untagged or tagged, with this response code (upper case); null where none has it.
  [[nodiscard]] const ImapResponse* with_code(std::string_view name) const;
};

/// A status response on one line, without its tag: `OK [UIDNEXT 5] words`.
std::string imap_status_text(const ImapResponse& response);

/// One IMAP client connection, RFC 3501 and RFC 9051: commands one by one. Every method throws Failure when the
/// connection breaks and when the peer's bytes are no IMAP or endless; replies, refusals among them, are returned. Sets
/// out.stage to the command's name in lower case.
class ImapSession {
public:
  /// Dials, shakes hands at once where `tls` is implicit, and reads the greeting (stages connect, tls, greeting), which
  /// may be a BYE. `out` must outlive the session.
  static boost::asio::awaitable<ImapSession> open(const ProbeContext& context, Endpoint to, ImapTls tls,
                                                  Observation& out);
  /// open(), and STARTTLS where `tls` says so. Throws Failure(protocol) where the greeting is not OK, where STARTTLS is
  /// not offered, and where it is refused.
  static boost::asio::awaitable<ImapSession> open_ready(const ProbeContext& context, Endpoint to, ImapTls tls,
                                                        Observation& out);

  [[nodiscard]] const ImapResponse& greeting() const { return greeting_; }
  /// Of the handshake that `implicit` made, or of start_tls().
  [[nodiscard]] const std::optional<net::TlsSession>& tls() const { return tls_; }
  [[nodiscard]] net::Stream& stream() { return stream_; }
  /// What the server said last of its capabilities; empty where it has not been asked since TLS or login.
  [[nodiscard]] const std::vector<std::string>& capabilities() const { return capabilities_; }
  /// Compared without case.
  [[nodiscard]] bool has(std::string_view capability) const;

  /// CAPABILITY, always sent.
  boost::asio::awaitable<ImapReply> ask_capabilities();
  /// STARTTLS, and the handshake where the reply is OK (stage tls). Capabilities are forgotten then (RFC 3501 §6.2.1).
  boost::asio::awaitable<ImapReply> start_tls();
  /// LOGIN, or AUTHENTICATE PLAIN where LOGIN is disabled or cannot carry the octets; asks for capabilities where they
  /// are not known. The transcript keeps no password. Throws Failure(local) without TLS, and Failure(credential) where
  /// a real password must not go out on this connection: nothing is sent then.
  boost::asio::awaitable<ImapReply> login(std::string login, std::string password, net::PasswordIs is);
  /// Any other command of one line. `shown`: what the transcript keeps instead, without the tag.
  boost::asio::awaitable<ImapReply> command(std::string line, std::string stage,
                                            std::optional<std::string> shown = std::nullopt);
  /// The UIDs that match, by UID SEARCH. Throws Failure(protocol) where the server refuses to search.
  boost::asio::awaitable<std::vector<std::uint32_t>> uid_search(std::string criteria);
  /// The header of one message, CRLF lines, without marking it read. Nothing where the message is gone.
  boost::asio::awaitable<std::optional<std::string>> fetch_header(std::uint32_t uid);
  /// Says LOGOUT and closes without waiting for the answer. Never throws for what the peer does.
  boost::asio::awaitable<void> logout();

private:
  ImapSession(net::Stream stream, const Subject& subject, Observation& out);
  boost::asio::awaitable<ImapResponse> receive();
  boost::asio::awaitable<ImapReply> finish(std::string tag, bool may_continue);
  boost::asio::awaitable<ImapReply> authenticate_plain(std::string response, bool at_once);
  boost::asio::awaitable<ImapReply> login_command(std::string login, std::string password);
  boost::asio::awaitable<void> handshake();
  void learn(const ImapResponse& response);
  std::string next_tag();

  net::Stream stream_;
  net::TlsOptions options_;
  Observation* out_;
  ImapResponseReader reader_;
  ImapResponse greeting_;
  std::optional<net::TlsSession> tls_;
  std::vector<std::string> capabilities_;
  std::size_t octets_ = 0;  ///< received since the last command
  int tags_ = 0;
};

/// Compared without case.
bool has_capability(const std::vector<std::string>& capabilities, std::string_view name);

}  // namespace drydock
