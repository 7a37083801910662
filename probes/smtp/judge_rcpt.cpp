#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "probes/codec/message.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

/// Replies to RCPT sorted by what they say.
struct Answers {
  Rows<Reply> accepted, unverified, refused, deferred, about_prober;
  Rows<Reply> unexplained;  ///< those of `refused` that don't say why
  std::size_t count = 0;
};

/// `address: reply; address: reply and 3 more`.
std::string joined(const Rows<Reply>& rows) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kShown); ++i)
    text += fmt::format("{}{}: {}", i == 0 ? "" : "; ", rows[i].first, rows[i].second.text());
  return rows.size() > kShown ? fmt::format("{} and {} more", text, rows.size() - kShown) : text;
}

ProberNames prober_of(const Observation& seen) {
  const auto text = [&seen](const Fact<std::string>& fact) {
    const auto* value = seen.get(fact);
    return value ? *value : std::string();
  };
  return {text(kSmtp.local), text(kSmtp.own_name), text(kSmtp.sender)};
}

/// Of the null sender a refusal that speaks of the sender is the answer.
bool is_refused(const Fact<Rows<Reply>>& fact, RcptAnswer answer) {
  return refuses_recipient(answer) || (&fact == &kSmtp.null_sender && answer == RcptAnswer::about_sender);
}

Answers sort_answers(const Observation& seen, const Fact<Rows<Reply>>& fact) {
  Answers answers;
  const auto* replies = seen.get(fact);
  if (!replies) return answers;
  const ProberNames prober = prober_of(seen);
  answers.count = replies->size();
  for (const auto& row : *replies) {
    const RcptAnswer answer = classify_rcpt(row.second, prober, row.first);
    Rows<Reply>& rows = answer == RcptAnswer::accepted     ? answers.accepted
                        : answer == RcptAnswer::unverified ? answers.unverified
                        : answer == RcptAnswer::deferred   ? answers.deferred
                        : is_refused(fact, answer)         ? answers.refused
                                                           : answers.about_prober;
    rows.push_back(row);
    if (answer == RcptAnswer::refused) answers.unexplained.push_back(row);
  }
  return answers;
}

/// What keeps us from a statement: nothing asked, or answers that say nothing about the host. Only where no answer is
/// wrong.
Judgement without_statement(const Observation& seen, std::string_view check, const Answers& answers,
                            std::string_view what, std::string_view expected) {
  if (broken_at(seen, check)) return unseen(seen, check, what, expected);
  if (!answers.about_prober.empty())
    return Judgement::inconclusive(
        "the refusal speaks of this prober, not of the address: " + joined(answers.about_prober),
        "does the prober's name have an address, and its address a name? is it on a block list?");
  if (!answers.deferred.empty())
    return Judgement::inconclusive("deferred, not refused: " + joined(answers.deferred),
                                   "greylisting or a look-up that failed; try again later or have the prober allowed");
  const auto* from = seen.get(kSmtp.sender_reply);
  if (from && !from->positive())
    return Judgement::inconclusive("this prober's MAIL FROM was not taken: " + from->text());
  return unseen(seen, check, what, expected);
}

/// Why nobody could be asked about on a port where one must log in first; empty where that was possible.
std::string why_no_login(const Observation& seen, const SmtpSettings& settings) {
  if (!settings.submission()) return {};
  if (const auto* why = seen.get(kSmtp.auth_withheld)) return "the password was not sent: " + *why;
  const auto* extensions = seen.get(kSmtp.ehlo_extensions);
  const bool offers_tls = extensions && std::ranges::find(*extensions, "STARTTLS") != extensions->end();
  if (extensions && settings.tls() == SmtpTls::starttls && !offers_tls)
    return "STARTTLS is not offered, and a password is never sent without TLS";
  const auto* offered = seen.get(kSmtp.secure_auth);
  if (offered && SmtpSettings::spoken(*offered).empty())
    return offered->empty()
               ? "AUTH is not offered inside TLS"
               : fmt::format("of AUTH only {} is offered, which drydock does not speak", fmt::join(*offered, " "));
  const auto* logins = seen.get(kSmtp.auth);
  const auto worked = [](const auto& row) { return row.second.positive(); };
  if (!logins || std::ranges::any_of(*logins, worked)) return {};
  return "the login got " + joined(*logins);
}

/// Recipients were asked about, and none was accepted.
bool nobody_may_receive(const Observation& seen) {
  bool asked = false;
  for (const auto* fact : {&kSmtp.recipients, &kSmtp.postmaster})
    if (const auto* replies = seen.get(*fact))
      for (const auto& [address, reply] : *replies) {
        asked = true;
        if (reply.code == 250 || reply.code == 251) return false;
      }
  return asked;
}

bool somebody_is_taken(const Observation& seen) {
  const auto* replies = seen.get(kSmtp.recipients);
  return replies && std::ranges::any_of(
                        *replies, [](const auto& row) { return row.second.positive() && !is_postmaster(row.first); });
}

bool postmaster_is_taken(const Observation& seen) {
  const auto* replies = seen.get(kSmtp.postmaster);
  return replies && std::ranges::any_of(*replies, [](const auto& row) { return row.second.positive(); });
}

/// A refusal proves something only beside a recipient whom the host takes from the same prober. Beside postmaster, whom
/// hosts exempt from block lists, only one that says why.
std::optional<Judgement> why_unproven(const Observation& seen, const Answers& refusals) {
  if (somebody_is_taken(seen)) return std::nullopt;
  if (postmaster_is_taken(seen)) {
    if (refusals.unexplained.empty()) return std::nullopt;
    return Judgement::inconclusive(
        "only postmaster is taken from this prober, whom many hosts exempt from block lists, and the refusal does not "
        "say why: " +
            joined(refusals.unexplained),
        "name an ordinary recipient (`recipients`), beside whom a refusal proves something");
  }
  for (const auto* fact : {&kSmtp.postmaster, &kSmtp.recipients})
    if (const auto* replies = seen.get(*fact); replies && !replies->empty())
      return Judgement::inconclusive(
          fmt::format("from this prober nobody is taken, so the refusal of one user proves nothing: {}: {}",
                      replies->back().first, replies->back().second.text()),
          "see smtp.recipients and smtp.postmaster");
  return not_seen(seen, "a recipient who is taken, beside whom a refusal proves something");
}

/// `rest`: what is done besides the envelope, `--quit-after RCPT`.
std::string by_swaks(const Subject& subject, const SmtpSettings& settings, std::string_view from, std::string_view to,
                     std::string_view rest = "--quit-after RCPT") {
  const SmtpTls tls = settings.submission() ? settings.tls() : SmtpTls::none;
  std::string login;
  if (settings.submission() && settings.account())
    login = fmt::format(" --auth PLAIN --auth-user {}", shell_word(settings.account()->login));
  return swaks_command(
      subject, settings.endpoint(), tls,
      fmt::format("--from {} --to {}{} {}", from.empty() ? "'<>'" : shell_word(from), shell_word(to), login, rest));
}

/// Where a message lies that should have been refused.
std::string where_it_lies(const Observation& seen, const Subject& subject) {
  const auto* recipient = seen.get(kSmtp.scanner_to);
  if (!recipient) return {};
  return fmt::format("; the message, \"{}\" with {} in its header, goes to {} now and is to be removed there",
                     kScannerSubject, subject.token, *recipient);
}

/// Who sends in the questions at RCPT.
std::string sender_of(const Subject& subject, const SmtpSettings& settings) {
  return settings.submission() && settings.account() ? settings.account()->mail
                                                     : probe_sender(subject.surroundings.vantage);
}

Judgement staged(Judgement judgement, std::string reproduce, std::string_view stage = "rcpt") {
  if (judgement.stage.empty()) judgement.stage = stage;
  judgement.reproduce = std::move(reproduce);
  return judgement;
}

/// The address of the first row, or `otherwise`.
std::string first_address(const Rows<Reply>& rows, const std::string& otherwise) {
  return rows.empty() ? otherwise : rows.front().first;
}

std::string reply_of(const Rows<Reply>& rows) {
  return rows.size() == 1 ? rows.front().second.text() : joined(rows);
}

/// A message that must be refused was: for its content, where a plain one is not refused the same way.
Judgement judge_beside_plain(const Observation& seen, const Reply& refusal) {
  const auto* control = seen.get(kSmtp.scanner_control);
  if (!control)
    return Judgement::inconclusive(fmt::format(
        "it was refused ({}), but how a plain message is answered was not seen, beside which that proves something",
        refusal.text()));
  const ContentAnswer plain = classify_content(*control);
  const bool same_way = plain == ContentAnswer::content || plain == ContentAnswer::refused;
  const bool explained = classify_content(refusal) == ContentAnswer::content && !same_way;
  if (plain == ContentAnswer::accepted || explained) return Judgement::pass(refusal.text());
  return Judgement::inconclusive(
      fmt::format("a plain message was not taken either ({}), so the refusal says nothing of the content scanner: {}",
                  control->text(), refusal.text()),
      "see the mail server's log for why it takes no message from this prober");
}

Judgement judge_content(const Observation& seen, const Subject& subject, const Reply& reply) {
  switch (classify_content(reply)) {
    case ContentAnswer::accepted:
      return Judgement::fail(
          fmt::format(
              "accepted a message that the content scanner must refuse (GTUBE): it is not in the path of mail{}",
              where_it_lies(seen, subject)),
          "550 after DATA", reply.text(),
          "is local_scan_path set and the plug-in loadable, does the milter's socket exist? see the panic log");
    case ContentAnswer::deferred:
      return Judgement::inconclusive("the message was deferred: " + reply.text(),
                                     "a scanner that always answers 4xx has crashed");
    case ContentAnswer::about_other:
      return Judgement::inconclusive("the message was refused for another reason than its content: " + reply.text(),
                                     "give the prober a sender and an address that the host believes");
    case ContentAnswer::content:
    case ContentAnswer::refused:
      break;
  }
  return judge_beside_plain(seen, reply);
}

}  // namespace

Judgement judge_smtp_recipients(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_recipients(); !why.empty()) return Judgement::skip(std::move(why));
  const Answers answers = sort_answers(seen, kSmtp.recipients);
  const std::size_t wanted = settings.recipients().size();
  const std::string look = by_swaks(subject, settings, sender_of(subject, settings),
                                    first_address(answers.refused, settings.recipients().front()));
  const std::string expected = "250 or 251 for each recipient";
  if (!answers.refused.empty()) {
    const std::string rest = answers.count < wanted ? fmt::format("; {} were not asked", wanted - answers.count) : "";
    return staged(
        Judgement::fail(fmt::format("refused {} of {} recipients: {}{}", answers.refused.size(), wanted,
                                    joined(answers.refused), rest),
                        expected, reply_of(answers.refused),
                        "is the alias file rebuilt, is the domain local to this host, does the account exist here?"),
        look);
  }
  if (const std::string why = why_no_login(seen, settings); answers.count == 0 && !why.empty())
    return staged(Judgement::inconclusive("no recipient was asked about: " + why, "see smtp.auth"), look);
  if (answers.count < wanted || !answers.deferred.empty() || !answers.about_prober.empty())
    return staged(without_statement(seen, smtp_check::kRecipients, answers, "the answer for every recipient", expected),
                  look);
  if (!answers.unverified.empty())
    return staged(Judgement::warn("252 promises nothing: " + joined(answers.unverified), expected,
                                  reply_of(answers.unverified), "let the server verify recipients"),
                  look);
  return staged(Judgement::pass(fmt::format("{} accepted", answers.accepted.size())), look);
}

Judgement judge_smtp_unknown(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  if (settings.domains().empty()) return Judgement::skip("no mail domain is known (`domains`)");
  const Answers answers = sort_answers(seen, kSmtp.unknown);
  const std::string look = by_swaks(subject, settings, probe_sender(subject.surroundings.vantage),
                                    "no-such-user@" + settings.domains().front());
  Rows<Reply> taken = answers.accepted;
  taken.insert(taken.end(), answers.unverified.begin(), answers.unverified.end());
  const bool accepted = settings.unknown_is_accepted();
  const Rows<Reply>& wrong = accepted ? answers.refused : taken;
  const auto unproven = answers.refused.empty() ? std::nullopt : why_unproven(seen, answers);
  if (!wrong.empty() && accepted && unproven) return staged(*unproven, look);
  if (!wrong.empty() && accepted)
    return staged(Judgement::fail("refused a user who does not exist, though a catch-all is declared: " + joined(wrong),
                                  "250", reply_of(wrong), "the catch-all of the old host is missing here"),
                  look);
  if (!wrong.empty())
    return staged(
        Judgement::fail("accepted mail for a user who does not exist: " + joined(wrong), "550 at RCPT", reply_of(wrong),
                        "verify recipients at RCPT: who accepts and bounces later sends backscatter"),
        look);
  if (answers.count == kMostStrangers && settings.domains().size() > kMostStrangers)
    return staged(Judgement::inconclusive(fmt::format("asked at {} of {} mail domains: servers count refusals",
                                                      kMostStrangers, settings.domains().size()),
                                          "look at the others by a scenario of their own"),
                  look);
  if (answers.count < settings.domains().size() || !answers.deferred.empty() || !answers.about_prober.empty())
    return staged(without_statement(seen, smtp_check::kUnknown, answers, "the answer for a user who does not exist",
                                    accepted ? "250" : "550 at RCPT"),
                  look);
  if (unproven) return staged(*unproven, look);
  return staged(Judgement::pass(reply_of(accepted ? taken : answers.refused)), look);
}

Judgement judge_smtp_postmaster(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  const Answers answers = sort_answers(seen, kSmtp.postmaster);
  const std::string look = by_swaks(subject, settings, probe_sender(subject.surroundings.vantage),
                                    first_address(answers.refused, "postmaster"));
  if (!answers.refused.empty())
    return staged(Judgement::fail("refused mail for the postmaster: " + joined(answers.refused),
                                  "250 for <postmaster>, with and without domain", reply_of(answers.refused),
                                  "add the alias postmaster, and qualify_recipient for the form without a domain"),
                  look);
  if (answers.count < settings.domains().size() + 1 || !answers.deferred.empty() || !answers.about_prober.empty())
    return staged(without_statement(seen, smtp_check::kPostmaster, answers, "the answer for postmaster",
                                    "250 for <postmaster>, with and without domain"),
                  look);
  return staged(Judgement::pass(fmt::format("{} accepted", answers.count)), look);
}

Judgement judge_smtp_null_sender(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  const Answers answers = sort_answers(seen, kSmtp.null_sender);
  const std::string recipient = settings.recipients().empty() ? "postmaster" : settings.recipients().front();
  const std::string look = by_swaks(subject, settings, {}, recipient);
  if (!answers.refused.empty())
    return staged(
        Judgement::fail(
            "refused mail from the null sender, so that no bounce reaches the users here: " + joined(answers.refused),
            "250", reply_of(answers.refused), "take the empty sender out of the ACL's deny (senders = :)"),
        look);
  if (!answers.unverified.empty() && answers.deferred.empty() && answers.about_prober.empty())
    return staged(Judgement::warn("252 promises nothing: " + joined(answers.unverified), "250",
                                  reply_of(answers.unverified), "let the server verify recipients"),
                  look);
  if (answers.count > 0 && answers.deferred.empty() && answers.about_prober.empty())
    return staged(Judgement::pass(reply_of(answers.accepted)), look);
  if (answers.count == 0 && nobody_may_receive(seen))
    return staged(Judgement::inconclusive(
                      "no recipient was accepted from any sender, so that nothing can be said of the null sender"),
                  look);
  return staged(without_statement(seen, smtp_check::kNullSender, answers, "the answer to the null sender", "250"),
                look);
}

Judgement judge_smtp_defers(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (settings.defers().empty()) return Judgement::skip("no address is named that is to be deferred (`defers`)");
  const Answers answers = sort_answers(seen, kSmtp.defers);
  const std::string look =
      by_swaks(subject, settings, probe_sender(subject.surroundings.vantage), settings.defers().front());
  const std::string expected = "4xx at RCPT";
  Rows<Reply> taken = answers.accepted;
  taken.insert(taken.end(), answers.unverified.begin(), answers.unverified.end());
  if (!taken.empty())
    return staged(
        Judgement::fail(
            "takes mail that it should defer: " + joined(taken), expected, reply_of(taken),
            "mail that arrives before the move is complete ends up on the wrong host: close mail for strangers"),
        look);
  if (!answers.refused.empty())
    return staged(Judgement::fail("refuses for good mail that it should defer: " + joined(answers.refused), expected,
                                  reply_of(answers.refused),
                                  "5xx makes senders give up at once: answer 450 until mail is opened"),
                  look);
  if (answers.count < settings.defers().size() || !answers.about_prober.empty())
    return staged(answers.about_prober.empty()
                      ? unseen(seen, smtp_check::kDefers, "the answer for every address", expected)
                      : without_statement(seen, smtp_check::kDefers, answers, "the answer", expected),
                  look);
  return staged(Judgement::pass(reply_of(answers.deferred)), look);
}

Judgement judge_smtp_scanner(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_scanner(); !why.empty()) return Judgement::skip(std::move(why));
  const std::string look =
      by_swaks(subject, settings, sender_of(subject, settings),
               settings.recipients().empty() ? settings.scanner_recipient() : settings.recipients().front(),
               "--body " + shell_word(kGtube));
  const auto* reply = seen.get(kSmtp.scanner);
  if (const std::string why = why_no_login(seen, settings); !reply && !why.empty())
    return staged(Judgement::inconclusive("no message could be sent: " + why, "see smtp.auth"), look, "auth");
  if (!reply)
    return staged(
        unseen(seen, smtp_check::kScanner, "the answer to the message that the scanner must refuse", "550 after DATA"),
        look, "message");
  return staged(judge_content(seen, subject, *reply), look, "message");
}

}  // namespace drydock
