#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "probes/client/smtp_reply.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/net/password.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

using Texts = std::vector<std::string>;

constexpr int kAuthenticated = 235;
constexpr int kBadCredentials = 535;

std::string said(const Rows<Reply>& replies) {
  return describe(FactValue(replies));
}

Judgement judge_clear_reply(const Reply& answer) {
  const int code = answer.code;
  const std::string reply = answer.text();
  const std::string expected = "503, 530, 538 or another refusal before any password is looked at";
  const std::string hint = "take AUTH back before TLS: auth_advertise_hosts or server_advertise_condition (Exim)";
  if (code == kAuthenticated)
    return Judgement::fail("AUTH without TLS succeeded with a made-up name and password", expected, reply, hint);
  if (code == 334) return Judgement::fail("the server asks for a password without TLS", expected, reply, hint);
  if (puts_client_off(answer)) return Judgement::inconclusive("the server puts this prober off: " + reply);
  if (code == kBadCredentials)
    return Judgement::warn("AUTH is not advertised without TLS, but the server looked at the password", expected, reply,
                           hint);
  if (code >= 500) return Judgement::pass(reply);
  return Judgement::inconclusive("AUTH without TLS was deferred: " + reply);
}

Judgement judge_logins(const Rows<Reply>& replies, const Subject& subject) {
  const Account& account = *subject.parameters.account("as");
  for (const auto& [mechanism, reply] : replies) {
    if (reply.code != kAuthenticated && !reply.temporary() && !puts_client_off(reply))
      return Judgement::fail(fmt::format("AUTH {} with the password of {} got {}; {}", mechanism, account.id,
                                         reply.text(), net::doubt_password(account.password)),
                             "235", reply.text(),
                             "is the password hash readable for this system's libcrypt, is the authenticator's file or "
                             "PAM service there, is the mail server's user in the group that may ask?");
  }
  for (const auto& [mechanism, reply] : replies)
    if (reply.temporary())
      return Judgement::inconclusive(fmt::format("AUTH {} was deferred: {}", mechanism, reply.text()),
                                     "a temporary failure that stays is the authentication daemon down");
    else if (reply.code != kAuthenticated)
      return Judgement::inconclusive(
          fmt::format("at AUTH {} the server puts this prober off: {}", mechanism, reply.text()),
          "have the prober's address allowed; servers ban who guesses");
  return Judgement::pass(said(replies));
}

/// Whether the account has logged in with the right password.
bool logs_in(const Observation& seen) {
  const auto* logins = seen.get(kSmtp.auth);
  return logins && std::ranges::any_of(*logins, [](const auto& row) { return row.second.code == kAuthenticated; });
}

/// Without what differs from one reply to the next: words with a digit in them, such as the number of a session.
std::string without_numbers(const Reply& reply) {
  std::string text = fmt::format("{} {}", reply.code, reply.enhanced ? reply.enhanced->text() : "");
  std::istringstream words(reply.words());
  for (std::string word; words >> word;)
    if (std::ranges::none_of(word, [](char c) { return c >= '0' && c <= '9'; })) text += " " + word;
  return text;
}

std::string by_swaks(const Subject& subject, const SmtpSettings& settings) {
  const Account* account = settings.account();
  return swaks_command(
      subject, settings.endpoint(), settings.tls(),
      fmt::format("--auth PLAIN --auth-user {} --quit-after AUTH", shell_word(account ? account->login : "")));
}

Judgement staged(Judgement judgement, std::string reproduce) {
  return staged(std::move(judgement), "auth", std::move(reproduce));
}

}  // namespace

Judgement judge_smtp_clear_auth(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_clear_auth(); !why.empty()) return Judgement::skip(std::move(why));
  const std::string look = swaks_command(subject, settings.endpoint(), TlsMode::none, "--quit-after EHLO");
  const auto* advertised = seen.get(kSmtp.ehlo_auth);
  if (!advertised) return staged(not_seen(seen, "the reply to EHLO"), look);
  if (!advertised->empty())
    return staged(Judgement::fail("AUTH is offered without TLS", "no AUTH before STARTTLS",
                                  fmt::format("AUTH {}", fmt::join(*advertised, " ")),
                                  "passwords would cross the net in clear: advertise AUTH under TLS only"),
                  look);
  if (seen.has(kSmtp.clear_auth_hung_up)) return staged(Judgement::pass("the server hung up on AUTH"), look);
  const auto* reply = seen.get(kSmtp.clear_auth);
  return staged(reply ? judge_clear_reply(*reply)
                      : unseen(seen, smtp_check::kClearAuth, "the reply to AUTH without TLS", "a refusal"),
                look);
}

Judgement judge_smtp_auth(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_auth(); !why.empty()) return Judgement::skip(std::move(why));
  const std::string look = by_swaks(subject, settings);
  const auto* offered = seen.get(kSmtp.secure_auth);
  if (!offered) return staged(not_seen(seen, "the reply to EHLO inside TLS"), look);
  if (offered->empty())
    return staged(Judgement::fail("AUTH is not offered inside TLS", "AUTH PLAIN or LOGIN", "no AUTH",
                                  "see auth_advertise_hosts and the authenticators' server_advertise_condition"),
                  look);
  if (const auto* why = seen.get(kSmtp.auth_withheld))
    return staged(Judgement::inconclusive("the password was not sent: " + *why), look);
  const std::vector<std::string> spoken = SmtpSettings::spoken(*offered);
  if (spoken.empty())
    return staged(Judgement::inconclusive(
                      fmt::format("only {} is offered, which drydock does not speak", fmt::join(*offered, " "))),
                  look);
  const auto* replies = seen.get(kSmtp.auth);
  if (!replies) return staged(unseen(seen, smtp_check::kAuth, "the reply to AUTH", "235"), look);
  Judgement judgement = judge_logins(*replies, subject);
  const bool complete = replies->size() == spoken.size() && !broken_at(seen, smtp_check::kAuth);
  if (judgement.verdict != Verdict::fail && !complete)
    judgement = unseen(seen, smtp_check::kAuth, "the reply to AUTH of every mechanism", "235");
  return staged(judgement, look);
}

Judgement judge_smtp_wrong_password(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_wrong_password(); !why.empty()) return Judgement::skip(std::move(why));
  const std::string look = by_swaks(subject, settings);
  const auto* replies = seen.get(kSmtp.wrong_password);
  if (!replies || replies->empty())
    return staged(unseen(seen, smtp_check::kWrongPassword, "the reply to AUTH with a wrong password", "535"), look);
  for (const auto& [what, reply] : *replies)
    if (reply.code == kAuthenticated)
      return staged(
          Judgement::fail(
              fmt::format("AUTH with {} succeeded", what == "unknown user" ? "an unknown user" : "a wrong password"),
              "535", reply.text(),
              "anybody can send mail through this host: mend the authenticator's server_condition"),
          look);
  for (const auto& [what, reply] : *replies) {
    if (reply.code < 500)
      return staged(Judgement::inconclusive(fmt::format("AUTH with {} was deferred: {}", what, reply.text())), look);
    const bool of_the_password = reply.code == kBadCredentials || logs_in(seen);
    if (puts_client_off(reply) || !of_the_password)
      return staged(Judgement::inconclusive(
                        fmt::format("AUTH with {} was refused, but not for its password: {}", what, reply.text())),
                    look);
  }
  if (replies->size() < 2)
    return staged(unseen(seen, smtp_check::kWrongPassword, "the reply to AUTH of an unknown user", "535"), look);
  if (without_numbers(replies->front().second) != without_numbers(replies->back().second))
    return staged(
        Judgement::warn("a wrong password and an unknown user are answered differently, so that names can be found out",
                        "the same reply to both", said(*replies), "let both end in the same 535"),
        look);
  return staged(Judgement::pass(said(*replies)), look);
}

}  // namespace drydock
