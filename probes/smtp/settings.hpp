#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/by_hand.hpp"
#include "probes/client/smtp_client.hpp"
#include "probes/client/smtp_reply.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

/// The checks by which a break is charged, and which may be switched off.
namespace smtp_check {
inline constexpr std::string_view kGreeting = "smtp.greeting";
inline constexpr std::string_view kStarttls = "smtp.starttls";
inline constexpr std::string_view kClearAuth = "smtp.auth-clear";
inline constexpr std::string_view kAuth = "smtp.auth";
inline constexpr std::string_view kWrongPassword = "smtp.auth-wrong-password";
inline constexpr std::string_view kRecipients = "smtp.recipients";
inline constexpr std::string_view kUnknown = "smtp.unknown-recipient";
inline constexpr std::string_view kPostmaster = "smtp.postmaster";
inline constexpr std::string_view kNullSender = "smtp.null-sender";
inline constexpr std::string_view kDefers = "smtp.defers";
inline constexpr std::string_view kScanner = "smtp.scanner";
}  // namespace smtp_check

/// The subjects of the message that a content scanner must refuse, and of the plain one beside it.
inline constexpr std::string_view kScannerSubject = "drydock scanner test";
inline constexpr std::string_view kScannerControlSubject = "drydock scanner control";

/// Users who don't exist that are asked about, one at each domain: to refuse them is right, but servers count it.
inline constexpr std::size_t kMostStrangers = 100;

/// One address to be named in RCPT, the fact that keeps the reply, and the check that judges it.
struct RcptQuestion {
  const Fact<Rows<Reply>>* fact = nullptr;  ///< that takes the reply
  std::string path;                         ///< what stands between < and >
  std::string_view check;
};

/// What the parameters of a probe of the type smtp ask for, with the defaults that depend on one another. Used by the
/// dialogue, which asks, and by the checks, which must know what was not asked and why.
class SmtpSettings {
public:
  explicit SmtpSettings(const Subject& subject);

  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] TlsMode tls() const { return tls_; }
  /// Whoever sends must log in, so that what strangers may do is not asked here.
  [[nodiscard]] bool submission() const;
  [[nodiscard]] const Account* account() const { return subject_->parameters.account("as"); }
  [[nodiscard]] const std::vector<std::string>& recipients() const { return subject_->parameters.texts("recipients"); }
  [[nodiscard]] const std::vector<std::string>& defers() const { return subject_->parameters.texts("defers"); }
  /// The mechanisms for the account's password that drydock speaks, of those `offered`: PLAIN, LOGIN.
  [[nodiscard]] static std::vector<std::string> spoken(const std::vector<std::string>& offered);
  /// Who is to get the message that the scanner must refuse; empty: the first recipient who is taken.
  [[nodiscard]] const std::string& scanner_recipient() const {
    return subject_->parameters.group("scanner").text("to");
  }
  [[nodiscard]] bool unknown_is_accepted() const { return subject_->parameters.text("unknown") == "accepted"; }
  /// The scenario's mail domains, or else those of the recipients; each once.
  [[nodiscard]] const std::vector<std::string>& domains() const { return domains_; }

  /// Why a test does not apply with these parameters; empty where it does.
  [[nodiscard]] std::string why_no_stranger() const;    ///< unknown, postmaster, null sender
  [[nodiscard]] std::string why_no_recipients() const;  ///< recipients
  [[nodiscard]] std::string why_no_scanner() const;
  [[nodiscard]] std::string why_no_auth() const;
  [[nodiscard]] std::string why_no_clear_auth() const;
  [[nodiscard]] std::string why_no_wrong_password() const;

  /// False where the scenario switched the check off and expects nothing of the fact: then what is done for it alone is
  /// left out.
  template <class T>
  [[nodiscard]] bool wants(std::string_view check, const Fact<T>& fact) const {
    return wants(check, fact.name);
  }
  /// What to ask at RCPT, in this order: postmaster, unknown, recipients; each where it applies and is wanted, or where
  /// another check that is wanted stands on its answer.
  [[nodiscard]] std::vector<RcptQuestion> questions() const;

private:
  [[nodiscard]] bool wants(std::string_view check, std::string_view fact) const;

  [[nodiscard]] std::string why_no_mail() const;

  const Subject* subject_;
  Endpoint endpoint_;
  TlsMode tls_;
  std::vector<std::string> domains_;
};

/// Whether the address is postmaster's (RFC 5321 §4.5.1), at whatever domain or at none: whom hosts exempt from block
/// lists, so that to be taken proves little.
bool is_postmaster(std::string_view address);

}  // namespace drydock
