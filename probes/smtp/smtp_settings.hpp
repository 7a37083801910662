#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/shell_word.hpp"
#include "probes/core/subject.hpp"
#include "probes/smtp/smtp_session.hpp"

namespace drydock {

inline constexpr std::int64_t kSmtpPort = 25;
inline constexpr std::int64_t kSubmissionsPort = 465;
inline constexpr std::int64_t kSubmissionPort = 587;

/// One address to be named in RCPT, and the fact that keeps the reply.
struct RcptQuestion {
  const Fact<Rows<Reply>>* fact = nullptr;  ///< that takes the reply
  std::string path;                         ///< what stands between < and >
};

/// What the parameters of a probe of the type smtp ask for, with the defaults that depend on one another. Used by the
/// dialogue, which asks, and by the checks, which must know what was not asked and why.
class SmtpSettings {
public:
  explicit SmtpSettings(const Subject& subject);

  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] SmtpTls tls() const { return tls_; }
  /// A port of RFC 6409: whoever sends must log in, so that what strangers may do is not asked there.
  [[nodiscard]] bool submission() const;
  [[nodiscard]] const Account* account() const { return subject_->parameters.account("as"); }
  [[nodiscard]] const std::vector<std::string>& recipients() const { return subject_->parameters.texts("recipients"); }
  [[nodiscard]] const std::vector<std::string>& defers() const { return subject_->parameters.texts("defers"); }
  [[nodiscard]] bool unknown_is_accepted() const { return subject_->parameters.text("unknown") == "accepted"; }
  /// The scenario's mail domains, or else those of the recipients; each once.
  [[nodiscard]] const std::vector<std::string>& domains() const { return domains_; }

  /// Why a test does not apply with these parameters; empty where it does.
  [[nodiscard]] std::string why_no_stranger() const;    ///< unknown, postmaster, null sender
  [[nodiscard]] std::string why_no_recipients() const;  ///< recipients
  [[nodiscard]] std::string why_no_scanner() const;
  [[nodiscard]] std::string why_no_auth() const;
  [[nodiscard]] std::string why_no_clear_auth() const;

  /// What to ask at RCPT, in this order: postmaster, unknown, recipients; each where it applies.
  [[nodiscard]] std::vector<RcptQuestion> questions() const;

private:
  const Subject* subject_;
  Endpoint endpoint_;
  SmtpTls tls_;
  std::vector<std::string> domains_;
};

/// What a reply to RCPT or MAIL says about the address.
enum class RcptAnswer {
  accepted,     ///< 250, 251
  unverified,   ///< 252
  refused,      ///< 5xx
  deferred,     ///< 4xx: nothing can be said
  about_prober  ///< 5xx that speaks of the prober's address, name or sender: nothing can be said about the host
};

/// 530 and 538: whoever has not logged in, or not begun TLS, is not listened to (RFC 4954 §6, RFC 3207 §4).
bool demands_login(const Reply& reply);

/// True where a 5xx reply speaks of the prober: 530 and 538, enhanced codes X.1.7, X.1.8 and X.7.20 to X.7.29 (RFC 7372
/// and the IANA registry), and by their words: failed sender verification, block lists, rate limits.
bool is_about_prober(const Reply& reply);

/// Classifies by code; `prober_ip` and `sender` (may be empty) are what a refusal that speaks of the prober would hold.
RcptAnswer classify_rcpt(const Reply& reply, std::string_view prober_ip, std::string_view sender);

/// A swaks command line that does the same from the same address; `rest` is added to it.
std::string swaks_command(const Subject& subject, const Endpoint& to, SmtpTls tls, std::string_view rest);

}  // namespace drydock
