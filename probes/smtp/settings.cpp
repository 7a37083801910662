#include "probes/smtp/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "probes/core/text.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/smtp/facts.hpp"

namespace drydock {
namespace {

TlsMode tls_mode(const std::string& word, std::uint16_t port) {
  return fact_word<TlsMode>(word).value_or(port == kSubmissionsPort ? TlsMode::implicit : TlsMode::starttls);
}

std::vector<std::string> mail_domains(const Subject& subject) {
  std::vector<std::string> domains;
  const auto add = [&domains](std::string domain) {
    if (!domain.empty() && std::ranges::find(domains, domain) == domains.end()) domains.push_back(std::move(domain));
  };
  for (const auto& domain : subject.expected.domains) add(ascii_lower(domain));
  if (!domains.empty()) return domains;
  for (const auto& address : subject.parameters.texts("recipients"))
    add(ascii_lower(std::string_view(address).substr(address.rfind('@') + 1)));
  return domains;
}

}  // namespace

SmtpSettings::SmtpSettings(const Subject& subject)
    : subject_(&subject),
      endpoint_(smtp_endpoint(subject, subject.parameters.integer("port", kSmtpPort))),
      tls_(tls_mode(subject.parameters.text("tls"), endpoint_.port)),
      domains_(mail_domains(subject)) {}

bool SmtpSettings::submission() const {
  return is_submission(endpoint_.port) || tls_ == TlsMode::implicit;
}

std::string SmtpSettings::why_no_stranger() const {
  if (!defers().empty()) return "this host is to defer all mail from here (`defers`)";
  if (submission()) return fmt::format("port {} takes mail from who logs in only (RFC 6409)", endpoint_.port);
  return {};
}

std::string SmtpSettings::why_no_recipients() const {
  return recipients().empty() ? "no `recipients` are named" : why_no_mail();
}

std::string SmtpSettings::why_no_mail() const {
  if (!defers().empty()) return "this host is to defer all mail from here (`defers`)";
  if (submission() && !why_no_auth().empty())
    return fmt::format("port {} takes mail from who logs in only (RFC 6409), and {}", endpoint_.port, why_no_auth());
  return {};
}

std::string SmtpSettings::why_no_scanner() const {
  const Parameters& scanner = subject_->parameters.group("scanner");
  if (scanner.values().empty()) return "no `scanner` is declared";
  if (!scanner.has("refuses")) return "the scanner only tags, which is seen in delivered mail alone (type mail)";
  return scanner_recipient().empty() ? why_no_recipients() : why_no_mail();
}

std::string SmtpSettings::why_no_auth() const {
  if (!account()) return "no account is named (`as`)";
  if (tls_ == TlsMode::none) return "a password is never sent without TLS";
  return {};
}

std::string SmtpSettings::why_no_clear_auth() const {
  return tls_ == TlsMode::implicit ? "all of this port is inside TLS" : "";
}

std::string SmtpSettings::why_no_wrong_password() const {
  const std::string why = facet::why_no_wrong_password(subject_->parameters);
  return why.empty() ? why_no_auth() : why;
}

std::vector<std::string> SmtpSettings::spoken(const std::vector<std::string>& offered) {
  std::vector<std::string> mechanisms;
  for (const char* mechanism : {"PLAIN", "LOGIN"})
    if (std::ranges::find(offered, mechanism) != offered.end()) mechanisms.emplace_back(mechanism);
  return mechanisms;
}

bool SmtpSettings::wants(std::string_view check, std::string_view fact) const {
  const std::string_view written = fact.substr(fact.find('.') + 1);
  if (subject_->is_withheld(check)) return false;
  return !subject_->is_off(check) ||
         std::ranges::find(subject_->expected.facts, written) != subject_->expected.facts.end();
}

std::vector<RcptQuestion> SmtpSettings::questions() const {
  const bool strangers = why_no_stranger().empty();
  const bool unknown = strangers && wants(smtp_check::kUnknown, kSmtp.unknown);
  const bool stood_on =
      unknown || (strangers && wants(smtp_check::kNullSender, kSmtp.null_sender)) ||
      (why_no_scanner().empty() && scanner_recipient().empty() && wants(smtp_check::kScanner, kSmtp.scanner));
  std::vector<RcptQuestion> questions;
  if (strangers && (stood_on || wants(smtp_check::kPostmaster, kSmtp.postmaster))) {
    questions.push_back({&kSmtp.postmaster, "postmaster", smtp_check::kPostmaster});
    for (const auto& domain : domains_)
      questions.push_back({&kSmtp.postmaster, "Postmaster@" + domain, smtp_check::kPostmaster});
  }
  if (unknown)
    for (const auto& domain : std::span(domains_).first(std::min(domains_.size(), kMostStrangers)))
      questions.push_back(
          {&kSmtp.unknown, fmt::format("no-such-user-{}@{}", subject_->token, domain), smtp_check::kUnknown});
  if (why_no_recipients().empty() && (stood_on || wants(smtp_check::kRecipients, kSmtp.recipients)))
    for (const auto& address : recipients()) questions.push_back({&kSmtp.recipients, address, smtp_check::kRecipients});
  return questions;
}

bool is_postmaster(std::string_view address) {
  return ascii_lower(address.substr(0, address.rfind('@'))) == "postmaster";
}

}  // namespace drydock
