#include "probes/mail/type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>

#include "probes/codec/header_fields.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/mail/checks.hpp"
#include "probes/mail/facts.hpp"
#include "probes/mail/probe.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 4> kReadWords{"imaps", "imap", "pop3s", "pop3"};

constexpr std::array<ParameterSpec, 9> kParameters{{
    {.name = "from", .type = ParameterType::mail_address, .meaning = "the envelope's sender", .required = true},
    {.name = "to",
     .type = ParameterType::accounts,
     .meaning = "whose mailbox is read, one or several; their `mail` are the recipients",
     .required = true},
    {.name = "recipient",
     .type = ParameterType::mail_address,
     .meaning = "the one recipient instead: an alias, say, that leads to all of `to`"},
    {.name = "port", .type = ParameterType::port, .default_value = "25", .meaning = "the SMTP port"},
    {.name = "read",
     .type = ParameterType::choice,
     .default_value = "imaps",
     .meaning = "how the mailbox is read; imap and pop3 begin with STARTTLS",
     .choices = kReadWords},
    {.name = "within",
     .type = ParameterType::duration,
     .default_value = "60s",
     .meaning = "how long delivery may take"},
    {.name = "copies_within",
     .type = ParameterType::duration,
     .default_value = "2500ms",
     .meaning = "how long further copies are waited for, from the first one on"},
    {.name = "slow_after",
     .type = ParameterType::duration,
     .meaning = "a delivery that takes longer is a warning",
     .only_judged = true},
    {.name = "tagged",
     .type = ParameterType::text,
     .meaning = "a header field that the content scanner adds to every message",
     .only_judged = true},
}};

constexpr auto kFacts = fact_table(kMail);

constexpr std::array<CheckSpec, 6> kChecks{{
    {.id = "mail.accepted",
     .title = "the server takes the message",
     .severity = Severity::critical,
     .rfc = "RFC 5321 §3.3",
     .spec = "SMTP-40",
     .catches = "a domain that is not local, a user that is missing, a content scanner that refuses everything, no "
                "SMTP service at all",
     .why = "Mail for this account bounces.",
     .by_hand = "swaks --server ADDRESS --from SENDER --to RECIPIENT",
     .mend = "Read the server's log for the reply (Exim: mainlog, exim -bt RECIPIENT).",
     .judge = mail_checks::accepted},
    {.id = "mail.delivered",
     .title = "the message arrives in the mailbox",
     .severity = Severity::critical,
     .rfc = "RFC 5321 §6.1",
     .spec = "SMTP-40",
     .catches = "mail that is accepted and then queued, frozen, thrown away or delivered where nobody reads: what no "
                "single service shows",
     .why = "Mail is lost, and nobody is told.",
     .by_hand = "send with swaks, then search the mailbox for the subject",
     .mend = "On the host: exim -bp, mainlog, and whether delivery and the IMAP server mean the same Maildir.",
     .judge = mail_checks::delivered},
    {.id = "mail.single-copy",
     .title = "the message arrives once",
     .severity = Severity::critical,
     .rfc = "RFC 5321 §4.5.4.1",
     .spec = "SMTP-40",
     .catches = "two routers that both deliver, an alias that names its user twice. A copy that comes after "
                "copies_within is told, and removed, at the next look of the same run",
     .why = "Every user gets everything twice.",
     .by_hand = "send with swaks, then count in the mailbox",
     .mend = "exim -bt RECIPIENT shows every delivery that would be made.",
     .judge = mail_checks::single_copy},
    {.id = "mail.speed",
     .title = "the message arrives soon",
     .severity = Severity::degraded,
     .rfc = "",
     .spec = "SMTP-40",
     .catches = "deliveries that wait for a queue run, slow scanners, name look-ups that time out",
     .why = "Mail is late.",
     .by_hand = "compare the times in the Received fields",
     .mend = "See in mainlog what the message waited for.",
     .judge = mail_checks::speed},
    {.id = "mail.scanned",
     .title = "the content scanner saw the message",
     .severity = Severity::critical,
     .rfc = "",
     .spec = "SMTP-29",
     .catches = "a local_scan plug-in that is not loaded, a scanner that is passed by",
     .why = "Spam and viruses reach the users.",
     .by_hand = "send with swaks, then look for the scanner's field in the header",
     .mend = "Exim: local_scan_path and the plug-in's file; restart, and read paniclog.",
     .judge = mail_checks::scanned},
    {.id = "mail.cleaned",
     .title = "the test message was deleted again",
     .severity = Severity::advisory,
     .rfc = "RFC 4315 §2.1, RFC 1939 §6",
     .spec = "SMTP-40",
     .catches = "a mailbox that can be read but not changed",
     .why = "Test messages pile up in the account.",
     .by_hand = "search the mailbox for the token",
     .mend = "See who owns the Maildir, and whether it is on a file system mounted read-only.",
     .judge = mail_checks::cleaned},
}};

std::unique_ptr<const Probe> make(const Parameters& parameters) {
  return make_mail_probe(mail_plan(parameters));
}

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const MailPlan plan = mail_plan(parameters);
  if (!plan.mailboxes.empty() && plan.recipients.empty())
    problems.push_back(
        {"to", "the account has no address to send to; give it `mail: user@domain`, or name a `recipient`"});
  std::set<std::string> logins;
  for (const auto& account : plan.mailboxes)
    if (!logins.insert(account.login).second)
      problems.push_back({"to", fmt::format("{} is named twice; name each mailbox once", account.login)});
  const std::string& tagged = parameters.text("tagged");
  if (!tagged.empty() && !is_field_name(tagged))
    problems.push_back(
        {"tagged", "this is no name of a header field; write one such as X-Spam-Status, without the colon"});
  return problems;
}

Duration waiting(const Parameters& parameters) {
  const MailPlan plan = mail_plan(parameters);
  return plan.within + plan.copies_within;
}

std::uint16_t port(const Parameters& parameters) {
  return static_cast<std::uint16_t>(mail_plan(parameters).port);
}

}  // namespace

const ProbeType kMailType{
    .name = "mail",
    .summary = "a message goes in by SMTP, is found by its token in the mailbox, counted, timed, and deleted again",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make,
    .validate = validate,
    .waiting = waiting,
    .port = port,
    .why_not_held = mail_checks::why_not_held,
    .announce =
        [](const Subject& subject) {
          return fmt::format("sends a message to {}, and deletes it",
                             fmt::join(mail_plan(subject.parameters).recipients, ", "));
        },
};

}  // namespace drydock
