#include "probes/smtp/judge_mail.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/core/shell_word.hpp"
#include "probes/smtp/facts.hpp"

namespace drydock {

std::string why_no_login(const Observation& seen, const SmtpSettings& settings) {
  if (!settings.submission()) return {};
  if (const auto* why = seen.get(kSmtp.auth_withheld)) return "the password was not sent: " + *why;
  const auto* extensions = seen.get(kSmtp.ehlo_extensions);
  const bool offers_tls = extensions && std::ranges::find(*extensions, "STARTTLS") != extensions->end();
  if (extensions && settings.tls() == TlsMode::starttls && !offers_tls)
    return "STARTTLS is not offered, and a password is never sent without TLS";
  const auto* offered = seen.get(kSmtp.secure_auth);
  if (offered && SmtpSettings::spoken(*offered).empty())
    return offered->empty()
               ? "AUTH is not offered inside TLS"
               : fmt::format("of AUTH only {} is offered, which drydock does not speak", fmt::join(*offered, " "));
  const auto* logins = seen.get(kSmtp.auth);
  const auto worked = [](const auto& row) { return row.second.positive(); };
  if (!logins || std::ranges::any_of(*logins, worked)) return {};
  return "the login got " + describe(FactValue(*logins));
}

std::string sender_of(const Subject& subject, const SmtpSettings& settings) {
  return settings.submission() && settings.account() ? settings.account()->mail
                                                     : probe_sender(subject.surroundings.vantage);
}

std::string swaks_mail(const Subject& subject, const SmtpSettings& settings, std::string_view from, std::string_view to,
                       std::string_view rest) {
  const TlsMode tls = settings.submission() ? settings.tls() : TlsMode::none;
  std::string login;
  if (settings.submission() && settings.account())
    login = fmt::format(" --auth PLAIN --auth-user {}", shell_word(settings.account()->login));
  return swaks_command(
      subject, settings.endpoint(), tls,
      fmt::format("--from {} --to {}{} {}", from.empty() ? "'<>'" : shell_word(from), shell_word(to), login, rest));
}

}  // namespace drydock
