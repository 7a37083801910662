#include "probes/smtp/smtp_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "probes/smtp/facts.hpp"

namespace drydock {
namespace {

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return copy;
}

SmtpTls tls_mode(const std::string& word, std::uint16_t port) {
  if (word == "none") return SmtpTls::none;
  if (word == "implicit" || (word.empty() && port == kSubmissionsPort)) return SmtpTls::implicit;
  return SmtpTls::starttls;
}

std::vector<std::string> mail_domains(const Subject& subject) {
  std::vector<std::string> domains;
  const auto add = [&domains](std::string domain) {
    if (!domain.empty() && std::ranges::find(domains, domain) == domains.end()) domains.push_back(std::move(domain));
  };
  for (const auto& domain : subject.domains) add(lower(domain));
  if (!domains.empty()) return domains;
  for (const auto& address : subject.parameters.texts("recipients"))
    add(lower(std::string_view(address).substr(address.rfind('@') + 1)));
  return domains;
}

bool names_prober(const EnhancedCode& code) {
  const bool bad_sender = code.subject == 1 && (code.detail == 7 || code.detail == 8);
  return bad_sender || (code.subject == 7 && code.detail >= 20 && code.detail <= 29);
}

}  // namespace

SmtpSettings::SmtpSettings(const Subject& subject)
    : subject_(&subject),
      endpoint_(smtp_endpoint(subject, subject.parameters.integer("port", kSmtpPort))),
      tls_(tls_mode(subject.parameters.text("tls"), endpoint_.port)),
      domains_(mail_domains(subject)) {}

bool SmtpSettings::submission() const {
  return endpoint_.port == kSubmissionPort || endpoint_.port == kSubmissionsPort || tls_ == SmtpTls::implicit;
}

std::string SmtpSettings::why_no_stranger() const {
  if (!defers().empty()) return "this host is to defer all mail from here (`defers`)";
  if (submission()) return fmt::format("port {} takes mail from who logs in only (RFC 6409)", endpoint_.port);
  return {};
}

std::string SmtpSettings::why_no_recipients() const {
  if (recipients().empty()) return "no `recipients` are named";
  if (!defers().empty()) return "this host is to defer all mail from here (`defers`)";
  if (submission() && !why_no_auth().empty())
    return fmt::format("port {} takes mail from who logs in only (RFC 6409), and {}", endpoint_.port, why_no_auth());
  return {};
}

std::string SmtpSettings::why_no_scanner() const {
  const Parameters& scanner = subject_->parameters.group("scanner");
  if (scanner.values().empty()) return "no `scanner` is declared";
  if (!scanner.has("refuses")) return "the scanner only tags, which is seen in delivered mail alone (type mail)";
  return why_no_recipients();
}

std::string SmtpSettings::why_no_auth() const {
  if (!account()) return "no account is named (`as`)";
  if (tls_ == SmtpTls::none) return "a password is never sent without TLS";
  return {};
}

std::string SmtpSettings::why_no_clear_auth() const {
  return tls_ == SmtpTls::implicit ? "all of this port is inside TLS" : "";
}

std::vector<RcptQuestion> SmtpSettings::questions() const {
  std::vector<RcptQuestion> questions;
  if (why_no_stranger().empty()) {
    questions.push_back({&kSmtp.postmaster, "postmaster"});
    for (const auto& domain : domains_) questions.push_back({&kSmtp.postmaster, "Postmaster@" + domain});
    for (const auto& domain : domains_)
      questions.push_back({&kSmtp.unknown, fmt::format("no-such-user-{}@{}", subject_->token, domain)});
  }
  if (why_no_recipients().empty())
    for (const auto& address : recipients()) questions.push_back({&kSmtp.recipients, address});
  return questions;
}

bool demands_login(const Reply& reply) {
  return reply.code == 530 || reply.code == 538;
}

bool is_about_prober(const Reply& reply) {
  if (!reply.permanent()) return false;
  if (demands_login(reply)) return true;
  if (reply.enhanced && names_prober(*reply.enhanced)) return true;
  const std::string words = lower(reply.text());
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"sender verify failed", "blocked using", "too many"},
      [&words](std::string_view trap) { return words.find(trap) != std::string::npos; });
}

RcptAnswer classify_rcpt(const Reply& reply, std::string_view prober_ip, std::string_view sender) {
  if (reply.code == 252) return RcptAnswer::unverified;
  if (reply.positive()) return RcptAnswer::accepted;
  if (!reply.permanent()) return RcptAnswer::deferred;
  const std::string words = reply.text();
  const auto holds = [&words](std::string_view text) { return !text.empty() && words.find(text) != std::string::npos; };
  return is_about_prober(reply) || holds(prober_ip) || holds(sender) ? RcptAnswer::about_prober : RcptAnswer::refused;
}

std::string swaks_command(const Subject& subject, const Endpoint& to, SmtpTls tls, std::string_view rest) {
  std::string command = fmt::format("swaks --server {} --port {}", to.ip, to.port);
  if (!subject.vantage.address.empty()) command += " --local-interface " + subject.vantage.address;
  if (!subject.vantage.name.empty()) command += " --ehlo " + shell_word(subject.vantage.name);
  if (tls == SmtpTls::starttls) command += " --tls";
  if (tls == SmtpTls::implicit) command += " --tls-on-connect";
  return rest.empty() ? command : fmt::format("{} {}", command, rest);
}

}  // namespace drydock
