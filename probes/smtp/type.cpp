#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/client/tls_mode.hpp"
#include "probes/core/check_table.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"
#include "probes/smtp/type.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 2> kUnknownWords = {"refused", "accepted"};
constexpr std::array<std::string_view, 1> kScannerWords = {"gtube"};

constexpr std::array kScannerParameters = {
    ParameterSpec{
        .name = "refuses",
        .type = ParameterType::choice,
        .meaning = "a message that must be refused for its content after DATA, where a plain one is taken: gtube, the "
                   "test string of all scanners",
        .choices = kScannerWords},
    ParameterSpec{.name = "to",
                  .type = ParameterType::mail_address,
                  .meaning =
                      "who gets the plain message, which is delivered at every look and stays, and the other where the "
                      "scanner is not in the path: an address that nobody reads, best an alias to nowhere; unless "
                      "said the first of `recipients` who is taken, in whose mailbox they lie then"},
    ParameterSpec{
        .name = "tags",
        .type = ParameterType::text,
        .meaning = "header field that the scanner puts on delivered mail; judged where mail is read (type mail)"},
};

constexpr std::array kParameters = {
    ParameterSpec{.name = "port", .type = ParameterType::port, .default_value = "25", .meaning = "port to dial"},
    ParameterSpec{
        .name = "tls",
        .type = ParameterType::choice,
        .meaning = "how the connection becomes private; by the port unless said: 465 implicit, others starttls",
        .choices = kTlsModes},
    ParameterSpec{
        .name = "as",
        .type = ParameterType::account,
        .meaning = "account to log in with; its password is sent inside TLS only, to a certificate that verifies"},
    facet::wrong_password_parameter(
        "whether made-up passwords are tried on the account and on a user who does not exist "
        "(`untested`: not; a server may ban who guesses often)"),
    ParameterSpec{.name = "recipients",
                  .type = ParameterType::mail_addresses,
                  .meaning = "addresses for which mail must be taken; on a submission port asked after login"},
    ParameterSpec{.name = "unknown",
                  .type = ParameterType::choice,
                  .default_value = "refused",
                  .meaning = "what becomes of mail for a user who does not exist",
                  .choices = kUnknownWords},
    ParameterSpec{.name = "scanner",
                  .type = ParameterType::group,
                  .meaning = "the content scanner in the path of mail",
                  .members = kScannerParameters},
    ParameterSpec{.name = "defers",
                  .type = ParameterType::mail_addresses,
                  .meaning = "addresses for which mail must be deferred with 4xx; nothing else is asked at RCPT then"},
};

constexpr auto kFacts = fact_table(kSmtp, kSmtpTls);

constexpr std::array kSessionChecks = {
    CheckSpec{
        "smtp.greeting", "the server greets and answers EHLO", Severity::critical, "RFC 5321 §3.1", "SMTP-01",
        "A mail server that is not started, listens on another address, turns clients away (554, 521), is not the "
        "program meant for this port, breaks off before EHLO is answered, or sits behind a firewall that rewrites its "
        "greeting.",
        "No mail arrives; senders give up after days and bounce.", "swaks --server ADDRESS --quit-after EHLO",
        "Start the mail server; see local_interfaces and daemon_smtp_ports; look in its log and in the firewall.",
        judge_smtp_greeting},
    CheckSpec{"smtp.name", "the server calls itself by the host's name", Severity::critical, "RFC 5321 §4.1.1.1, §4.2",
              "SMTP-02",
              "primary_hostname (myhostname) left at the interim name, /etc/mailname forgotten, a daemon that was not "
              "restarted after the renaming, localhost, a bare label.",
              "Other servers distrust mail from a host that does not know its name; bounces carry the wrong domain.",
              "swaks --server ADDRESS --quit-after EHLO", "Set primary_hostname and restart the daemon.",
              judge_smtp_name},
    CheckSpec{"smtp.capabilities", "EHLO is known and offers what the port needs", Severity::critical,
              "RFC 5321 §4.1.1.1, RFC 3207 §4.2", "SMTP-04",
              "STARTTLS missing (no tls_advertise_hosts, a build without TLS, a firewall that removes it), STARTTLS "
              "offered again inside TLS, HELO only.",
              "Mail crosses the net in clear, and senders that insist on TLS keep their mail.",
              "swaks --server ADDRESS --tls --quit-after EHLO", "Set tls_advertise_hosts and the certificate.",
              judge_smtp_capabilities},
    CheckSpec{"smtp.starttls", "STARTTLS leads into TLS and drops what was sent before it", Severity::critical,
              "RFC 3207 §4", "SMTP-05",
              "A private key that the mail server's user can't read (454), a certificate path of the old name, a "
              "handshake that fails, a proxy that carries plaintext commands over into TLS.",
              "Senders fall back to clear text or keep their mail; an attacker can put commands into a TLS session.",
              "openssl s_client -connect ADDRESS:25 -starttls smtp",
              "Make the key readable for the mail server's user; see its log for the TLS library's words.",
              judge_smtp_starttls},
};

constexpr auto kCertificateChecks = [] {
  auto checks = facet::certificate_checks<
      "smtp.certificate-", "openssl s_client -connect ADDRESS:25 -starttls smtp -servername NAME", of_smtp_certificate>(
      {.chain = "SMTP-06", .name = "SMTP-06", .validity = "SMTP-06", .name_rfc = "RFC 9525 §6.3"});
  checks.front().why =
      "Mail programs warn or refuse; MTA-STS senders keep their mail. Other servers send in any case, so that a "
      "self-signed certificate on port 25 is a warning.";
  checks.front().judge = judge_smtp_chain;
  return checks;
}();

constexpr std::array kMailChecks = {
    CheckSpec{"smtp.auth-clear", "no AUTH without TLS", Severity::critical, "RFC 4954 §4", "SMTP-07",
              "AUTH that is advertised, or taken, before STARTTLS: a server_advertise_condition lost in conversion.",
              "Users' passwords cross the net in clear.", "swaks --server ADDRESS --quit-after EHLO",
              "auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}} (Exim), smtpd_tls_auth_only = yes (Postfix).",
              judge_smtp_clear_auth},
    CheckSpec{
        "smtp.auth", "the account logs in by PLAIN and LOGIN", Severity::critical, "RFC 4954 §4, §6", "SMTP-08",
        "Password hashes that this system's libcrypt does not know, a missing PAM service, an authentication daemon "
        "that is down, AUTH that is not offered.",
        "Users can't send mail.", "swaks --server ADDRESS:587 --tls --auth PLAIN --auth-user LOGIN",
        "Try the same password against the authentication source by hand; see the mail server's log.", judge_smtp_auth},
    CheckSpec{"smtp.auth-wrong-password", "a wrong password and an unknown user are refused", Severity::critical,
              "RFC 4954 §6", "SMTP-09", "An authenticator whose condition is always true.",
              "Anybody can send mail through the host as anybody.",
              "swaks --server ADDRESS:587 --tls --auth PLAIN --auth-user LOGIN --auth-password wrong",
              "Mend server_condition of the authenticator.", judge_smtp_wrong_password},
    CheckSpec{"smtp.recipients", "mail for each recipient is taken", Severity::critical, "RFC 5321 §3.3", "SMTP-12",
              "An alias file that was not moved or rebuilt, a missing account, a domain that the host does not know as "
              "its own, a mailbox that is disabled or over quota, a login demanded of other servers (530).",
              "Mail for these people bounces.", "swaks --server ADDRESS --to RECIPIENT --quit-after RCPT",
              "Add the alias or account; put the domain into local_domains.", judge_smtp_recipients},
    CheckSpec{
        "smtp.unknown-recipient", "mail for a user who does not exist is refused at once", Severity::critical,
        "RFC 5321 §3.3, §6.2", "SMTP-13", "A wildcard alias, recipients that are not verified at RCPT.",
        "The host accepts and bounces later, to senders who were forged: backscatter, and a place on block lists.",
        "swaks --server ADDRESS --to no-such-user@DOMAIN --quit-after RCPT",
        "require verify = recipient in the RCPT ACL (Exim); say `unknown: accepted` where a catch-all is meant.",
        judge_smtp_unknown},
    CheckSpec{
        "smtp.postmaster", "mail for postmaster is taken, without a domain too", Severity::critical, "RFC 5321 §4.5.1",
        "SMTP-15", "A missing postmaster alias, a bare address that is not qualified.",
        "Nobody can tell you that your mail is broken; some hosts refuse mail from a domain without a postmaster.",
        "swaks --server ADDRESS --to postmaster --quit-after RCPT",
        "Add the alias postmaster; accept local_parts = postmaster in the RCPT ACL.", judge_smtp_postmaster},
    CheckSpec{"smtp.null-sender", "mail from the null sender is taken", Severity::critical, "RFC 5321 §4.5.5, §6.1",
              "SMTP-16", "An ACL that denies the empty sender, sender verification that trips over it.",
              "Users never learn that their mail was not delivered.",
              "swaks --server ADDRESS --from '<>' --to RECIPIENT --quit-after RCPT",
              "Take the empty sender out of the ACL's deny.", judge_smtp_null_sender},
    CheckSpec{"smtp.defers", "mail is deferred with 4xx, neither taken nor bounced", Severity::critical,
              "RFC 5321 §4.2.1", "SMTP-26",
              "A host that takes mail before the move is complete, or answers 5xx where senders should come again.",
              "Mail lands on the wrong host, or bounces, in the hours of the move.",
              "swaks --server ADDRESS --to RECIPIENT --quit-after RCPT",
              "Answer 450 to everybody but the prober until mail is opened.", judge_smtp_defers},
    CheckSpec{"smtp.scanner", "the content scanner is in the path of mail", Severity::critical, "RFC 5321 §4.2.5",
              "SMTP-29", "local_scan or a milter that is not loaded, a scanner's socket that moved.",
              "Spam and viruses are delivered; nothing else shows that the scanner is gone.",
              "swaks --server ADDRESS --to RECIPIENT --body @gtube.txt",
              "See local_scan_path and the panic log; an ABI mismatch shows there as `dlopen`.", judge_smtp_scanner},
};

constexpr auto kChecks = check_table(kSessionChecks, kCertificateChecks, kMailChecks);

std::unique_ptr<const Probe> make_smtp(const Parameters&) {
  return make_smtp_probe(kSmtpBackOff);
}

/// One for each purpose, some that users who don't exist are divided among, and one for each question at RCPT: a server
/// may be so slow that a connection takes one only. What a server breaks off is made again in the time that is left.
int smtp_connections(const Parameters& parameters) {
  constexpr std::size_t kPurposes = 13;
  constexpr std::size_t kStrangers = 4;
  return static_cast<int>(kPurposes + kStrangers + parameters.texts("recipients").size() +
                          parameters.texts("defers").size());
}

/// RFC 5321 §4.2.1: what must be refused is refused with 4xx or 5xx, and servers count those.
std::vector<CheckCost> smtp_costs(const Subject& subject) {
  const SmtpSettings settings(subject);
  std::vector<CheckCost> costs;
  if (settings.why_no_clear_auth().empty())
    costs.push_back({.check = smtp_check::kClearAuth, .facts = kSmtp.clear_auth.name, .refusals = 1});
  if (settings.why_no_wrong_password().empty())
    costs.push_back({.check = smtp_check::kWrongPassword, .facts = kSmtp.wrong_password.name, .wrong_logins = 2});
  if (!settings.defers().empty())
    costs.push_back({.check = smtp_check::kDefers,
                     .facts = kSmtp.defers.name,
                     .refusals = static_cast<int>(settings.defers().size())});
  else if (settings.why_no_stranger().empty() && !settings.unknown_is_accepted())
    costs.push_back({.check = smtp_check::kUnknown,
                     .facts = kSmtp.unknown.name,
                     .refusals = static_cast<int>(std::min(settings.domains().size(), kMostStrangers))});
  if (settings.defers().empty() && settings.why_no_scanner().empty())
    costs.push_back({.check = smtp_check::kScanner, .facts = kSmtp.scanner.name, .refusals = 1});
  return costs;
}

std::string announce_smtp(const Subject& subject) {
  const SmtpSettings settings(subject);
  if (!settings.defers().empty() || !settings.why_no_scanner().empty() || subject.is_off(smtp_check::kScanner))
    return {};
  const std::string& to = settings.scanner_recipient();
  return fmt::format(
      "sends a message that a scanner must refuse (GTUBE), and a plain one beside it, to {}; what is taken "
      "stays in that mailbox",
      to.empty() ? "the first recipient that is taken (scanner.to names another)" : to);
}

std::uint16_t smtp_port(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", kSmtpPort));
}

std::vector<ParameterProblem> validate_smtp(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  if (parameters.account("as") && parameters.text("tls") == "none")
    problems.push_back({"as", "a password is never sent without TLS; write tls: implicit or tls: starttls"});
  if (!parameters.has("scanner")) return problems;
  const Parameters& scanner = parameters.group("scanner");
  if (!scanner.has("refuses") && !scanner.has("tags"))
    problems.push_back({"scanner", "says nothing of the scanner; say `refuses: gtube` or `tags: HEADER`"});
  if (scanner.has("refuses") && !scanner.has("to") && parameters.texts("recipients").empty())
    problems.push_back({"scanner", "needs somebody to write to; say `to`, or name one under `recipients`"});
  return problems;
}

}  // namespace

constinit const ProbeType kSmtpType = {
    .name = "smtp",
    .summary = "mail service of one port: greeting, names, TLS, AUTH, recipients",
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make_smtp,
    .validate = validate_smtp,
    .connections = smtp_connections,
    .costs = smtp_costs,
    .asks_about_domains = true,
    .port = smtp_port,
    .reached_by = "smtp.greeting",
    .announce = announce_smtp,
};

}  // namespace drydock
