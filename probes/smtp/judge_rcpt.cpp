#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/judge_mail.hpp"
#include "probes/smtp/rcpt_answers.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

constexpr std::string_view kDeferredHint =
    "greylisting or a look-up that failed; try again later or have the prober allowed";

/// What keeps us from a statement: nothing asked, or answers that say nothing about the host. Only where no answer is
/// wrong.
Judgement without_statement(const Observation& seen, std::string_view check, const RcptAnswers& answers,
                            std::string_view what, std::string_view expected) {
  if (broken_at(seen, check)) return unseen(seen, check, what, expected);
  if (!answers.about_prober.empty())
    return Judgement::inconclusive(
        "the refusal speaks of this prober, not of the address: " + joined(answers.about_prober),
        "does the prober's name have an address, and its address a name? is it on a block list?");
  if (!answers.deferred.empty())
    return Judgement::inconclusive("deferred, not refused: " + joined(answers.deferred), std::string(kDeferredHint));
  if (const auto from = refused_sender(seen))
    return Judgement::inconclusive("this prober's MAIL FROM was not taken: " + from->reply.text());
  return unseen(seen, check, what, expected);
}

/// A refusal proves something only beside a recipient whom the host takes from the same prober. Beside postmaster, whom
/// hosts exempt from block lists, only one that says why.
std::optional<Judgement> why_unproven(const Observation& seen, const RcptAnswers& refusals) {
  if (somebody_is_taken(seen)) return std::nullopt;
  if (postmaster_is_taken(seen)) {
    if (!refusals.unexplained()) return std::nullopt;
    return Judgement::inconclusive(
        "only postmaster is taken from this prober, whom many hosts exempt from block lists, and the refusal does not "
        "say why: " +
            joined(refusals.refused),
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

/// The address of the first row, or `otherwise`.
std::string first_address(const RcptRows& rows, const std::string& otherwise) {
  return rows.empty() ? otherwise : rows.front().address;
}

Judgement promises_nothing(const RcptRows& unverified, std::string_view expected) {
  return Judgement::warn("252 promises nothing: " + joined(unverified), std::string(expected), reply_of(unverified),
                         "let the server verify recipients");
}

/// Users of the host's own are refused: `what` was; where a login is demanded for them, that is what is wrong.
Judgement refuses_own(const RcptRows& refused, const SmtpSettings& settings, std::string_view what,
                      std::string_view expected, std::string_view hint) {
  const bool login =
      std::ranges::any_of(refused, [](const RcptRow& row) { return row.answer == RcptAnswer::demands_login; });
  const std::string words = login ? login_demanded(settings.endpoint().port) : std::string(what);
  return Judgement::fail(fmt::format("{}: {}", words, joined(refused)), std::string(expected), reply_of(refused),
                         hint_of(refused, hint));
}

/// Where no sender at all is taken, by a fault of the host: what that means for its users; nothing else.
std::optional<Judgement> takes_no_mail(const Observation& seen, const SmtpSettings& settings,
                                       std::string_view expected) {
  const auto from = refused_sender(seen);
  const bool login = from && from->answer == RcptAnswer::demands_login && !settings.submission();
  if (!login && !(from && from->answer == RcptAnswer::system_fault)) return std::nullopt;
  return refuses_own({*from}, settings, "takes mail from nobody", expected, "");
}

}  // namespace

Judgement judge_smtp_recipients(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_recipients(); !why.empty()) return Judgement::skip(std::move(why));
  const RcptAnswers answers = sort_answers(seen, kSmtp.recipients, settings.submission());
  const std::size_t wanted = settings.recipients().size();
  const std::string look = swaks_mail(subject, settings, sender_of(subject, settings),
                                      first_address(answers.refused, settings.recipients().front()));
  const std::string expected = "250 or 251 for each recipient";
  const auto said = [&look](Judgement judgement) { return staged(std::move(judgement), "rcpt", look); };
  if (!answers.refused.empty()) {
    Judgement judgement = refuses_own(
        answers.refused, settings, fmt::format("refused {} of {} recipients", answers.refused.size(), wanted), expected,
        "is the alias file rebuilt, is the domain local to this host, does the account exist here?");
    if (answers.count < wanted) judgement.message += fmt::format("; {} were not asked", wanted - answers.count);
    return said(std::move(judgement));
  }
  if (const std::string why = why_no_login(seen, settings); answers.count == 0 && !why.empty())
    return said(Judgement::inconclusive("no recipient was asked about: " + why, "see smtp.auth"));
  if (answers.count < wanted)
    if (auto nobody = takes_no_mail(seen, settings, expected)) return said(std::move(*nobody));
  if (answers.count < wanted || !answers.deferred.empty() || !answers.about_prober.empty())
    return said(without_statement(seen, smtp_check::kRecipients, answers, "the answer for every recipient", expected));
  if (!answers.unverified.empty()) return said(promises_nothing(answers.unverified, expected));
  return said(Judgement::pass(fmt::format("{} accepted", answers.accepted.size())));
}

namespace {

/// A user who does not exist, where a catch-all is declared.
Judgement judge_catch_all(const Observation& seen, const RcptAnswers& answers) {
  const auto unproven = answers.refused.empty() ? std::nullopt : why_unproven(seen, answers);
  if (unproven) return *unproven;
  if (!answers.refused.empty())
    return Judgement::fail(
        "refused a user who does not exist, though a catch-all is declared: " + joined(answers.refused), "250",
        reply_of(answers.refused), "the catch-all of the old host is missing here");
  if (!answers.unverified.empty()) return promises_nothing(answers.unverified, "250");
  return Judgement::pass(reply_of(answers.accepted));
}

Judgement judge_stranger(const Observation& seen, const RcptAnswers& answers) {
  if (auto unproven = why_unproven(seen, answers)) return *unproven;
  return Judgement::pass(reply_of(answers.refused));
}

}  // namespace

Judgement judge_smtp_unknown(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  if (settings.domains().empty()) return Judgement::skip("no mail domain is known (`domains`)");
  const RcptAnswers answers = sort_answers(seen, kSmtp.unknown, settings.submission());
  const std::string look = swaks_mail(subject, settings, probe_sender(subject.surroundings.vantage),
                                      "no-such-user@" + settings.domains().front());
  const auto said = [&look](Judgement judgement) { return staged(std::move(judgement), "rcpt", look); };
  const bool accepted = settings.unknown_is_accepted();
  RcptRows taken = answers.accepted;
  taken.insert(taken.end(), answers.unverified.begin(), answers.unverified.end());
  if (!accepted && !taken.empty())
    return said(Judgement::fail("accepted mail for a user who does not exist: " + joined(taken), "550 at RCPT",
                                reply_of(taken),
                                "verify recipients at RCPT: who accepts and bounces later sends backscatter"));
  if (accepted && !answers.refused.empty()) return said(judge_catch_all(seen, answers));
  if (answers.count == kMostStrangers && settings.domains().size() > kMostStrangers)
    return said(Judgement::inconclusive(fmt::format("asked at {} of {} mail domains: servers count refusals",
                                                    kMostStrangers, settings.domains().size()),
                                        "look at the others by a scenario of their own"));
  if (answers.count < settings.domains().size() || !answers.deferred.empty() || !answers.about_prober.empty())
    return said(without_statement(seen, smtp_check::kUnknown, answers, "the answer for a user who does not exist",
                                  accepted ? "250" : "550 at RCPT"));
  return said(accepted ? judge_catch_all(seen, answers) : judge_stranger(seen, answers));
}

Judgement judge_smtp_postmaster(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  const RcptAnswers answers = sort_answers(seen, kSmtp.postmaster, settings.submission());
  const std::string look = swaks_mail(subject, settings, probe_sender(subject.surroundings.vantage),
                                      first_address(answers.refused, "postmaster"));
  const auto said = [&look](Judgement judgement) { return staged(std::move(judgement), "rcpt", look); };
  const std::string expected = "250 for <postmaster>, with and without domain";
  if (!answers.refused.empty())
    return said(refuses_own(answers.refused, settings, "refused mail for the postmaster", expected,
                            "add the alias postmaster, and qualify_recipient for the form without a domain"));
  const bool complete = answers.count == settings.domains().size() + 1;
  if (!complete)
    if (auto nobody = takes_no_mail(seen, settings, expected)) return said(std::move(*nobody));
  if (!complete || !answers.deferred.empty() || !answers.about_prober.empty())
    return said(without_statement(seen, smtp_check::kPostmaster, answers, "the answer for postmaster", expected));
  if (!answers.unverified.empty()) return said(promises_nothing(answers.unverified, expected));
  return said(Judgement::pass(fmt::format("{} accepted", answers.count)));
}

namespace {

/// The answers to the null sender; where it is the prober's own, the one to MAIL, if that says itself what it is about.
RcptAnswers null_sender_answers(const Observation& seen) {
  RcptAnswers answers = sort_answers(seen, kSmtp.null_sender, false);
  const auto* sender = seen.get(kSmtp.sender);
  const auto from = refused_sender(seen);
  if (answers.count > 0 || !sender || !sender->empty() || !from || from->answer != RcptAnswer::about_sender)
    return answers;
  answers.refused.push_back(*from);
  answers.count = 1;
  return answers;
}

}  // namespace

Judgement judge_smtp_null_sender(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_stranger(); !why.empty()) return Judgement::skip(std::move(why));
  const RcptAnswers answers = null_sender_answers(seen);
  const std::string recipient = settings.recipients().empty() ? "postmaster" : settings.recipients().front();
  const std::string look = swaks_mail(subject, settings, {}, recipient);
  const auto said = [&look](Judgement judgement) { return staged(std::move(judgement), "rcpt", look); };
  if (!answers.refused.empty())
    return said(Judgement::fail(
        "refused mail from the null sender, so that no bounce reaches the users here: " + joined(answers.refused),
        "250", reply_of(answers.refused), "take the empty sender out of the ACL's deny (senders = :)"));
  const bool clear = answers.count > 0 && answers.deferred.empty() && answers.about_prober.empty();
  if (clear && !answers.unverified.empty()) return said(promises_nothing(answers.unverified, "250"));
  if (clear) return said(Judgement::pass(reply_of(answers.accepted)));
  if (answers.count == 0 && nobody_may_receive(seen))
    return said(Judgement::inconclusive(
        "no recipient was accepted from any sender, so that nothing can be said of the null sender"));
  return said(without_statement(seen, smtp_check::kNullSender, answers, "the answer to the null sender", "250"));
}

Judgement judge_smtp_defers(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (settings.defers().empty()) return Judgement::skip("no address is named that is to be deferred (`defers`)");
  const RcptAnswers answers = sort_answers(seen, kSmtp.defers, settings.submission());
  const std::string look =
      swaks_mail(subject, settings, probe_sender(subject.surroundings.vantage), settings.defers().front());
  const auto said = [&look](Judgement judgement) { return staged(std::move(judgement), "rcpt", look); };
  const std::string expected = "4xx at RCPT";
  RcptRows taken = answers.accepted;
  taken.insert(taken.end(), answers.unverified.begin(), answers.unverified.end());
  if (!taken.empty())
    return said(Judgement::fail(
        "takes mail that it should defer: " + joined(taken), expected, reply_of(taken),
        "mail that arrives before the move is complete ends up on the wrong host: close mail for strangers"));
  if (!answers.refused.empty())
    return said(Judgement::fail("refuses for good mail that it should defer: " + joined(answers.refused), expected,
                                reply_of(answers.refused),
                                "5xx makes senders give up at once: answer 450 until mail is opened"));
  if (!answers.about_prober.empty())
    return said(without_statement(seen, smtp_check::kDefers, answers, "the answer", expected));
  if (answers.count < settings.defers().size())
    return said(unseen(seen, smtp_check::kDefers, "the answer for every address", expected));
  return said(Judgement::pass(reply_of(answers.deferred)));
}

}  // namespace drydock
