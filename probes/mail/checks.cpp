#include "probes/mail/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "probes/client/by_hand.hpp"
#include "probes/client/smtp_client.hpp"
#include "probes/client/smtp_reply.hpp"
#include "probes/codec/header_fields.hpp"
#include "probes/codec/message.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/core/text.hpp"
#include "probes/mail/facts.hpp"
#include "probes/mail/probe.hpp"

namespace drydock::mail_checks {
namespace {

using Copies = Rows<std::int64_t>;

std::string recipients(const MailPlan& plan) {
  return fmt::format("{}", fmt::join(plan.recipients, ","));
}

std::string logins(const MailPlan& plan) {
  std::vector<std::string> all;
  for (const auto& account : plan.mailboxes) all.push_back(account.login);
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string send_command(const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  return swaks_command(subject, smtp_endpoint(subject, plan.port), TlsMode::starttls,
                       fmt::format("--from {} --to {} --header {}", shell_word(plan.from), shell_word(recipients(plan)),
                                   shell_word(fmt::format("{}: by-hand", kTokenField))));
}

/// A command that looks for the message in the mailbox of `login`, or of the first; it asks for the password.
std::string read_command(const Subject& subject, std::string login = {}) {
  const MailPlan plan = mail_plan(subject.parameters);
  if (login.empty() && !plan.mailboxes.empty()) login = plan.mailboxes.front().login;
  const bool imap = plan.access == MailAccess::imaps || plan.access == MailAccess::imap;
  const bool implicit = plan.access == MailAccess::imaps || plan.access == MailAccess::pop3s;
  const std::string what = imap ? fmt::format("SEARCH HEADER {} {}", kTokenField, subject.token) : "UIDL";
  return curl_mailbox_command(subject, {subject.target.ip, plan.read_port},
                              fmt::format("{}{}", imap ? "imap" : "pop3", implicit ? "s" : ""), imap ? "INBOX" : "",
                              login, what);
}

/// The stage is the mailbox where the judgement names none.
Judgement with_command(Judgement judgement, std::string command) {
  if (judgement.reproduce.empty()) judgement.reproduce = std::move(command);
  if (judgement.stage.empty() && judgement.verdict != Verdict::skip) judgement.stage = "mailbox";
  return judgement;
}

bool was_accepted(const Observation& seen) {
  const auto* reply = seen.get(kMail.submission);
  const auto* stage = seen.get(kMail.submission_stage);
  return reply && stage && *stage == "message" && reply->positive();
}

/// Why no message can arrive.
Judgement nothing_accepted(const Observation& seen) {
  constexpr std::string_view kHint = "see mail.accepted";
  if (seen.error && !seen.has(kMail.mailbox_open))
    return Judgement::inconclusive(fmt::format("nothing was sent: {}", seen.error->message), std::string(kHint));
  if (const auto* reply = seen.get(kMail.submission))
    return Judgement::inconclusive(fmt::format("no message was accepted, so that none can arrive: {}", reply->text()),
                                   std::string(kHint));
  return not_seen(seen, "the reply to the message");
}

/// Where the number of copies is not known: why.
Judgement no_count(const Observation& seen) {
  if (!was_accepted(seen)) return nothing_accepted(seen);
  if (const auto* trouble = seen.get(kMail.mailbox_trouble))
    return Judgement::inconclusive(
        fmt::format("the message was accepted, but the mailbox could not be read: {}", *trouble),
        "see the checks of the type imap on this host");
  return not_seen(seen, "the mailbox after the message was accepted");
}

/// The first mailbox with so many copies.
template <class Holds>
const std::pair<std::string, std::int64_t>* find_row(const Copies* rows, Holds holds) {
  if (!rows) return nullptr;
  const auto found = std::find_if(rows->begin(), rows->end(), [&](const auto& row) { return holds(row.second); });
  return found == rows->end() ? nullptr : &*found;
}

bool none_arrived(const Observation& seen) {
  const auto* rows = seen.get(kMail.mailboxes);
  return rows && !find_row(rows, [](std::int64_t copies) { return copies > 0; }) && seen.has(kMail.copies);
}

/// A 5xx to the message, or to what comes before it.
Judgement judge_refused(const Reply& reply, const Subject& subject, const MailPlan& plan) {
  const auto port = smtp_endpoint(subject, plan.port).port;
  if (demands_login(reply) && !is_submission(port))
    return Judgement::fail(login_demanded(port), {}, {},
                           "take mail for the own domains without a login on the port that MX leads to");
  if (!is_about_prober(reply))
    return Judgement::fail(fmt::format("mail for {} is refused", recipients(plan)), {}, {},
                           "Exim: exim -bt ADDRESS on the host, and its mainlog; is the domain local, does the user "
                           "exist, is the mailbox full?");
  return Judgement::inconclusive(
      fmt::format("the server refuses this prober, which says nothing about others: {}", reply.text()),
      is_submission(port) ? "this port takes mail from who logs in only (RFC 6409), and this probe sends as other "
                            "servers do: say `port: 25`"
                          : "give the prober a name with forward and reverse DNS, and a sender that can be verified");
}

Judgement accepted_of(const Observation& seen, const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  const std::string expected = fmt::format("250 to a message from {} for {}", plan.from, recipients(plan));
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
  } else {
    judgement = judge_refused(*reply, subject, plan);
  }
  judgement.expected = expected;
  judgement.actual = reply->text();
  judgement.stage = *stage;
  return judgement;
}

Judgement delivered_of(const Observation& seen, const Subject& subject) {
  const MailPlan plan = mail_plan(subject.parameters);
  const auto* rows = seen.get(kMail.mailboxes);
  const auto* missing = find_row(rows, [](std::int64_t copies) { return copies == 0; });
  if (!missing) {
    if (!rows || rows->size() < plan.mailboxes.size()) return no_count(seen);
    return Judgement::pass(rows->size() == 1 ? "in the mailbox" : "in the mailboxes of " + logins(plan));
  }
  const bool several = plan.mailboxes.size() > 1;
  const auto* reply = seen.get(kMail.submission);
  Judgement judgement = Judgement::fail(
      several ? fmt::format("mail is accepted and does not arrive at {}", missing->first)
              : "mail is accepted and does not arrive",
      fmt::format("the message in the mailbox of {} within {}", missing->first, format_duration(plan.within)),
      fmt::format("accepted with \"{}\", and not in the mailbox {} later", reply ? reply->text() : "250",
                  format_duration(plan.within)),
      "on the host: exim -bp shows what is queued, mainlog where this message went; is it another user's mailbox, "
      "another folder, another Maildir than the IMAP server reads");
  judgement.reproduce = read_command(subject, missing->first);
  return judgement;
}

Judgement doubled(std::string message, std::int64_t copies) {
  return Judgement::fail(
      std::move(message), "1 copy", fmt::format("{} copies", copies),
      "two routers that both deliver (Exim: unseen), an alias that names the user twice, two delivery agents");
}

Judgement single_copy_of(const Observation& seen, const Subject& subject) {
  const auto more_than_one = [](std::int64_t copies) { return copies > 1; };
  const MailPlan plan = mail_plan(subject.parameters);
  const auto* rows = seen.get(kMail.mailboxes);
  const auto* late = seen.get(kMail.late);
  const bool several = plan.mailboxes.size() > 1;
  if (const auto* row = find_row(rows, more_than_one)) {
    Judgement judgement = doubled(
        fmt::format("one message arrives {} times{}", row->second, several ? " at " + row->first : ""), row->second);
    judgement.reproduce = read_command(subject, row->first);
    return judgement;
  }
  if (const auto* row = find_row(late, more_than_one))
    return doubled(fmt::format("a message of an earlier look arrived {} times, after that look was over", row->second),
                   row->second);
  const auto* counted = seen.get(kMail.counted);
  if (!rows || !counted || !*counted) return no_count(seen);
  if (const auto* none = find_row(rows, [](std::int64_t copies) { return copies == 0; }))
    return Judgement::inconclusive(several ? fmt::format("no copy arrived at {}", none->first)
                                           : "no copy arrived, so that none could arrive twice",
                                   "see mail.delivered");
  if (late)
    return Judgement::warn(
        "a copy of a message of an earlier look came after that look was over", "1 copy, in time",
        describe(FactValue(*late)),
        fmt::format("it was a second copy, or the first came late: raise copies_within ({}) to count "
                    "slow copies",
                    format_duration(plan.copies_within)));
  return Judgement::pass(several ? "1 copy in each mailbox" : "1 copy");
}

Judgement speed_of(const Observation& seen, Duration limit) {
  const auto* seconds = seen.get(kMail.seconds);
  if (!seconds) {
    if (find_row(seen.get(kMail.mailboxes), [](std::int64_t copies) { return copies == 0; }))
      return Judgement::inconclusive("no copy arrived, so that there is no time to judge", "see mail.delivered");
    return no_count(seen);
  }
  const std::string took = fmt::format("{:.1f} s", *seconds);
  const double* queued = seen.get(kMail.queued);
  const double most = static_cast<double>(limit.count()) / 1000;
  if (queued && *seconds <= most && *seconds + *queued > most)
    return Judgement::inconclusive(
        fmt::format("it came between {} and {:.1f} s: for {:.1f} s the probe waited for its own turn", took,
                    *seconds + *queued, *queued),
        "allow the host more connections (limits), or probe it alone");
  if (*seconds * 1000 <= static_cast<double>(limit.count())) return Judgement::pass(took);
  return Judgement::warn("mail arrives, but slowly", "within " + format_duration(limit), took,
                         "a queue that is only run now and then, a slow scanner, name look-ups that time out");
}

Judgement scanned_of(const Observation& seen, const std::string& wanted) {
  const auto* fields = seen.get(kMail.headers);
  if (!fields) {
    if (none_arrived(seen))
      return Judgement::inconclusive("no copy arrived, so that there is no header to see", "see mail.delivered");
    return no_count(seen);
  }
  for (const auto& [name, value] : *fields)
    if (name == ascii_lower(wanted)) return Judgement::pass(fmt::format("{}: {}", wanted, printable(value)));
  if (seen.has(kMail.header_clipped))
    return Judgement::inconclusive(
        fmt::format("{} is not among the header fields that were kept, and there were more", wanted),
        "look at the message by hand");
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
    if (!was_accepted(seen)) return Judgement::skip("nothing was sent that would have to be deleted");
    if (none_arrived(seen)) return Judgement::skip("no copy was found that would have to be deleted");
    return no_count(seen);
  }
  if (*cleaned) return Judgement::pass("deleted");
  const auto* trouble = seen.get(kMail.cleaning_trouble);
  return Judgement::warn("a test message may be left in the mailbox", "deleted", trouble ? *trouble : "not deleted",
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
  return with_command(single_copy_of(seen, subject), read_command(subject));
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

std::string why_not_held(const Observation& seen, std::string_view fact) {
  const bool about_header = fact == kMail.headers.name || fact == kMail.received.name;
  return about_header && seen.has(kMail.header_clipped)
             ? "the header of the message has more fields than are kept: look at it by hand"
             : "";
}

}  // namespace drydock::mail_checks
