#include "probes/mail/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/header_fields.hpp"
#include "probes/codec/message.hpp"
#include "probes/mail/facts.hpp"
#include "probes/mail/mail_probe.hpp"
#include "probes/smtp/smtp_settings.hpp"

namespace drydock::mail_checks {
namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string send_command(const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  return swaks_command(subject, smtp_endpoint(subject, plan.port), SmtpTls::starttls,
                       fmt::format("--from {} --to {} --header {}", shell_word(plan.from), shell_word(plan.to.mail),
                                   shell_word(fmt::format("{}: by-hand", kTokenField))));
}

/// A command that looks for the message; it asks for the password.
std::string read_command(const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  const std::string name = subject.name.empty() ? subject.ip : subject.name;
  const bool imap = plan.access == MailAccess::imaps || plan.access == MailAccess::imap;
  const bool implicit = plan.access == MailAccess::imaps || plan.access == MailAccess::pop3s;
  const std::string url = fmt::format("{}{}://{}:{}/{}", imap ? "imap" : "pop3", implicit ? "s" : "", name,
                                      plan.read_port, imap ? "INBOX" : "");
  const std::string what = imap ? fmt::format("SEARCH HEADER {} {}", kTokenField, subject.token) : "UIDL";
  std::string options = subject.trust.empty() ? "" : " --cacert " + shell_word(subject.trust);
  if (!subject.vantage.address.empty()) options += " --interface " + subject.vantage.address;
  return fmt::format("curl -v --ssl-reqd{} --connect-to ::{} --user {} {} -X {}", options,
                     Endpoint{subject.ip, plan.read_port}.text(), shell_word(plan.to.login), shell_word(url),
                     shell_word(what));
}

/// The stage is the mailbox where the judgement names none.
Judgement with_command(Judgement judgement, std::string command) {
  judgement.reproduce = std::move(command);
  if (judgement.stage.empty() && judgement.verdict != Verdict::skip) judgement.stage = "mailbox";
  return judgement;
}

const Judgement kNothingAccepted =
    Judgement::inconclusive("no message was accepted, so that none can arrive", "see mail.accepted");

bool was_accepted(const Observation& seen) {
  const auto* reply = seen.get(kMail.submission);
  const auto* stage = seen.get(kMail.submission_stage);
  return reply && stage && *stage == "message" && reply->positive();
}

/// Where the number of copies is not known: why.
Judgement no_count(const Observation& seen) {
  if (!was_accepted(seen)) return kNothingAccepted;
  if (const auto* trouble = seen.get(kMail.mailbox_trouble))
    return Judgement::inconclusive(
        fmt::format("the message was accepted, but the mailbox could not be read: {}", *trouble),
        "see the checks of the type imap on this host");
  return not_seen(seen, "the mailbox after the message was accepted");
}

Judgement accepted_of(const Observation& seen, const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  const std::string expected = fmt::format("250 to a message from {} for {}", plan.from, plan.to.mail);
  const auto* reply = seen.get(kMail.submission);
  const auto* stage = seen.get(kMail.submission_stage);
  if (!reply || !stage) {
    if (seen.error && seen.has(kMail.mailbox_open)) return ended_early(seen, expected);
    Judgement judgement = not_seen(seen, "the submission");
    if (seen.error)
      judgement.message =
          "nothing was sent, since it could not have been found or deleted again: " + seen.error->message;
    return judgement;
  }
  Judgement judgement;
  if (was_accepted(seen)) {
    judgement = Judgement::pass(reply->text());
  } else if (reply->temporary()) {
    judgement =
        Judgement::inconclusive(fmt::format("the message was deferred: {}", reply->text()),
                                "try again later; where it stays so, read the server's log (Exim: mainlog, paniclog)");
  } else if (is_about_prober(*reply)) {
    judgement = Judgement::inconclusive(
        fmt::format("the server refuses this prober, which says nothing about others: {}", reply->text()),
        "give the prober a name with forward and reverse DNS, and a sender that can be verified");
  } else {
    judgement = Judgement::fail(
        fmt::format("mail for {} is refused", plan.to.mail), expected, reply->text(),
        "Exim: exim -bt ADDRESS on the host, and its mainlog; is the domain local, does the user exist");
  }
  judgement.expected = expected;
  judgement.actual = reply->text();
  judgement.stage = *stage;
  return judgement;
}

Judgement delivered_of(const Observation& seen, const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  const auto* copies = seen.get(kMail.copies);
  if (!copies) return no_count(seen);
  const std::string expected =
      fmt::format("the message in the mailbox of {} within {}", plan.to.login, format_duration(plan.within));
  if (*copies > 0) return Judgement::pass("in the mailbox");
  const auto* reply = seen.get(kMail.submission);
  return Judgement::fail(
      "mail is accepted and does not arrive", expected,
      fmt::format("accepted with \"{}\", and not in the mailbox {} later", reply ? reply->text() : "250",
                  format_duration(plan.within)),
      "on the host: exim -bp shows what is queued, mainlog where this message went; is it another user's mailbox, "
      "another folder, another Maildir than the IMAP server reads");
}

Judgement single_copy_of(const Observation& seen) {
  const auto* copies = seen.get(kMail.copies);
  if (!copies) return no_count(seen);
  if (*copies == 0)
    return Judgement::inconclusive("no copy arrived, so that none could arrive twice", "see mail.delivered");
  if (*copies == 1) return Judgement::pass("1 copy");
  return Judgement::fail(
      fmt::format("one message arrives {} times", *copies), "1 copy", fmt::format("{} copies", *copies),
      "two routers that both deliver (Exim: unseen), an alias that names the user twice, two delivery agents");
}

Judgement speed_of(const Observation& seen, Duration limit) {
  const auto* seconds = seen.get(kMail.seconds);
  if (!seconds) {
    if (const auto* copies = seen.get(kMail.copies); copies && *copies == 0)
      return Judgement::inconclusive("no copy arrived, so that there is no time to judge", "see mail.delivered");
    return no_count(seen);
  }
  const std::string took = fmt::format("{:.1f} s", *seconds);
  if (*seconds * 1000 <= static_cast<double>(limit.count())) return Judgement::pass(took);
  return Judgement::warn("mail arrives, but slowly", "within " + format_duration(limit), took,
                         "a queue that is only run now and then, a slow scanner, name look-ups that time out");
}

Judgement scanned_of(const Observation& seen, const std::string& wanted) {
  const auto* fields = seen.get(kMail.headers);
  if (!fields) {
    if (const auto* copies = seen.get(kMail.copies); copies && *copies == 0)
      return Judgement::inconclusive("no copy arrived, so that there is no header to see", "see mail.delivered");
    return no_count(seen);
  }
  for (const auto& [name, value] : *fields)
    if (name == lower(wanted)) return Judgement::pass(fmt::format("{}: {}", wanted, printable(value)));
  std::string names;
  for (const auto& [name, value] : *fields)
    if (names.find(name) == std::string::npos && names.size() < 400) names += (names.empty() ? "" : ", ") + name;
  return Judgement::fail(
      "mail is delivered without having passed the content scanner", wanted + " in the header", "only " + names,
      "Exim: is local_scan_path set, does the file exist, was the daemon restarted; paniclog tells of dlopen and ABI "
      "trouble");
}

Judgement cleaned_of(const Observation& seen) {
  const auto* cleaned = seen.get(kMail.cleaned);
  if (!cleaned) {
    const auto* copies = seen.get(kMail.copies);
    if (!was_accepted(seen)) return Judgement::skip("nothing was sent that would have to be deleted");
    if (copies && *copies == 0) return Judgement::skip("no copy was found that would have to be deleted");
    return no_count(seen);
  }
  if (*cleaned) return Judgement::pass("deleted");
  const auto* trouble = seen.get(kMail.cleaning_trouble);
  return Judgement::warn("a test message was left in the mailbox", "deleted", trouble ? *trouble : "not deleted",
                         "delete it by hand: its token is in its subject");
}

}  // namespace

Judgement accepted(const Observation& seen, const Subject& subject) {
  return with_command(accepted_of(seen, subject), send_command(subject));
}

Judgement delivered(const Observation& seen, const Subject& subject) {
  return with_command(delivered_of(seen, subject), read_command(subject));
}

Judgement single_copy(const Observation& seen, const Subject& subject) {
  return with_command(single_copy_of(seen), read_command(subject));
}

Judgement speed(const Observation& seen, const Subject& subject) {
  const auto* limit = subject.parameters.get<Duration>("slow_after");
  if (!limit) return Judgement::skip("the scenario does not say what is slow (slow_after)");
  return with_command(speed_of(seen, *limit), send_command(subject));
}

Judgement scanned(const Observation& seen, const Subject& subject) {
  const std::string& wanted = subject.parameters.text("tagged");
  if (wanted.empty()) return Judgement::skip("the scenario names no header of a content scanner (tagged)");
  return with_command(scanned_of(seen, wanted), read_command(subject));
}

Judgement cleaned(const Observation& seen, const Subject& subject) {
  return with_command(cleaned_of(seen), read_command(subject));
}

}  // namespace drydock::mail_checks
