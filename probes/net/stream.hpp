#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/core/subject.hpp"

namespace drydock::net {

/// What a TLS client says and whom it trusts.
struct TlsOptions {
  std::string server_name;       ///< SNI and certificate name; empty: no SNI, no name check
  std::string trust;             ///< PEM file of further certificate authorities; empty: the system's only
  int minimum_version = 0x0303;  ///< as in the TLS record: 0x0301 is TLS 1.0, 0x0303 TLS 1.2
  int maximum_version = 0;       ///< 0: no limit
  std::string pin{};             ///< SHA-256 of the leaf that proves the peer by itself, hex in lower case; empty: none
};

/// As the scenario has this host spoken to: its spoken name, trust, pin and oldest version.
TlsOptions tls_options(const Subject& subject);

/// What a TLS handshake showed. A certificate that does not verify does not end the handshake: it is data to judge.
struct TlsSession {
  std::string version;  ///< TLSv1.3
  std::string cipher;
  bool chain_ok = false;    ///< verified to a trust anchor with the served intermediates alone (RFC 5280 §6)
  std::string chain_error;  ///< OpenSSL's words where it was not
  bool ordered = true;      ///< each served certificate is followed by its issuer's (RFC 5246 §7.4.2)
  bool self_signed = false;
  std::vector<std::string> names;  ///< dNSName and iPAddress of subjectAltName (RFC 9525: the common name is ignored)
  bool name_ok = false;            ///< names cover server_name (RFC 9525 §6.3)
  std::string subject;
  std::string issuer;
  std::string not_before;  ///< RFC 3339, UTC
  std::string not_after;
  double days_left = 0;              ///< until not_after; negative when past
  std::string issuer_not_after;      ///< of the path that was verified, leaf left out, the earliest end; empty: no path
  double issuer_days_left = 0;       ///< until then
  std::string issuer_subject;        ///< whose end that is
  std::string issuer_not_before;     ///< the same: the latest start; empty: no path
  double issuer_age_hours = 0;       ///< since then; negative when in the future
  std::string issuer_start_subject;  ///< whose start that is
  double age_hours = 0;              ///< since not_before; negative when in the future
  std::string key;                   ///< "EC 256", "RSA 2048"
  std::string sha256;                ///< fingerprint of the leaf, hex in lower case
  bool pinned = false;               ///< it is the one that TlsOptions::pin names
  bool another_is_pinned = false;    ///< TlsOptions::pin names another
  std::vector<std::string> pem;      ///< leaf first
};

/// The peer said something in plain text where TLS was to begin.
class PlainTextAnswer : public Failure {
public:
  explicit PlainTextAnswer(std::string line);
  /// Its first line as far as it had come, raw, 512 octets at the most.
  [[nodiscard]] const std::string& line() const { return line_; }

private:
  std::string line_;
};

/// One TCP connection, plain or TLS, read in lines. Every operation obeys the cancellation of the coroutine that awaits
/// it, and throws Failure with the kind that fits (timeouts excepted: those are the runner's). Records itself in the
/// transcript of the observation it was made with, which must outlive it.
class Stream {
public:
  /// What a peer may send in answer to one thing that was sent, or before anything was, in octets: whoever reads lines,
  /// lists and literals and keeps them is bounded by it, also where his own bounds are wide or forgotten. Past it every
  /// read throws Failure(local): it is our limit.
  static constexpr std::size_t kMostUnanswered = 32 * 1024 * 1024;

  /// Dials `to` from the vantage's address; sets out.address and out.stage "connect". Adds `to.ip` to
  /// context.answered once the peer accepts or refuses.
  static boost::asio::awaitable<Stream> dial(const ProbeContext& context, Endpoint to, Observation& out);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();  ///< closes at once, without TLS close_notify

  /// TLS from here on (implicit TLS or STARTTLS in place). Plaintext that arrived before the handshake is dropped; its
  /// size is in discarded_octets() (CVE-2011-0411 class). Throws Failure(tls) with the alert's or OpenSSL's words,
  /// PlainTextAnswer (tls too) where what comes is no TLS.
  boost::asio::awaitable<TlsSession> start_tls(TlsOptions options);
  [[nodiscard]] bool encrypted() const;
  [[nodiscard]] std::size_t discarded_octets() const;
  /// Whether the server asked for a certificate of ours in the handshake. There is none, and in TLS 1.3 it is only
  /// after the handshake that the server ends the connection for that (RFC 8446 §4.4.2.4).
  [[nodiscard]] bool certificate_wanted() const;
  /// Whether the server has sent a ticket since the handshake (RFC 8446 §4.6.1): it has taken the client's part of it.
  /// Tickets are read along with data.
  [[nodiscard]] bool has_ticket() const;

  /// One line without its CRLF (a bare LF ends a line too and is noted once). Throws Failure(protocol) past `limit`
  /// octets, Failure(closed) at the end of the stream, Failure(reset) on RST.
  boost::asio::awaitable<std::string> read_line(std::size_t limit = 65536);
  /// Exactly `count` octets (an IMAP literal).
  boost::asio::awaitable<std::string> read_exactly(std::size_t count);
  /// Whatever comes next, at least one octet; empty at the end of the stream.
  boost::asio::awaitable<std::string> read_some(std::size_t limit = 65536);
  /// Whether the peer ended TLS without close_notify (RFC 8446 §6.1): what read_some gave may have been cut short.
  [[nodiscard]] bool truncated() const;

  /// Where the peer had still said something before it hung up, writing succeeds and the reads that follow give what it
  /// said, then throw. Sends `line` and CRLF. `shown`: what the transcript keeps instead (a password's place).
  boost::asio::awaitable<void> write_line(std::string_view line, std::optional<std::string> shown = std::nullopt);
  /// Sends the octets as they are; the transcript keeps `shown`.
  boost::asio::awaitable<void> write(std::string_view octets, std::string shown);
  /// Tells the peer that nothing more comes: TLS close_notify where there is TLS, then FIN. Reading goes on (without
  /// TLS).
  boost::asio::awaitable<void> finish_writing();

  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] Endpoint peer() const;
  /// Closes the connection at once.
  void close();

private:
  struct State;
  explicit Stream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a port takes connections, by connecting and closing.
enum class PortState { open, refused, prohibited, silent, unreachable };
std::string_view to_string(PortState state);
/// Never throws for what the network does; `silent` after `patience`.
boost::asio::awaitable<PortState> knock(const ProbeContext& context, Endpoint to, Duration patience);

/// Waits; cancelled with the coroutine.
boost::asio::awaitable<void> pause(Duration duration);

/// How often who waits on a slot looks whether it is wanted.
inline constexpr Duration kSlotLookedAt{100};
/// Waits until then, or until somebody wants the slot; null: nobody does.
boost::asio::awaitable<void> pause_while_unwanted(Deadline until, const Slot* slot);

}  // namespace drydock::net
