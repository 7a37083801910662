#include <fmt/format.h>

#include "probes/client/smtp_reply.hpp"
#include "probes/codec/message.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/judge_mail.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

/// Where a message lies that was taken: nobody but its reader can remove it.
std::string where_it_lies(const Observation& seen, const Subject& subject, std::string_view title) {
  const auto* recipient = seen.get(kSmtp.scanner_to);
  if (!recipient) return {};
  return fmt::format("\"{}\" with {} in its header, goes to {} now and is to be removed there", title, subject.token,
                     *recipient);
}

/// A message that must be refused was: for its content, where a plain one is not refused the same way.
Judgement judge_refusal(const Observation& seen, const Subject& subject, const Reply& refusal) {
  const auto* control = seen.get(kSmtp.scanner_control);
  if (!control)
    return Judgement::inconclusive(fmt::format(
        "it was refused ({}), but how a plain message is answered was not seen, beside which that proves something",
        refusal.text()));
  const ContentAnswer plain = classify_content(*control, false);
  if (plain == ContentAnswer::accepted)
    return Judgement::pass(fmt::format("{}; the plain message beside it, {}", refusal.text(),
                                       where_it_lies(seen, subject, kScannerControlSubject)));
  const bool same_way = plain == ContentAnswer::content || plain == ContentAnswer::refused;
  if (classify_content(refusal, false) == ContentAnswer::content && !same_way) return Judgement::pass(refusal.text());
  return Judgement::inconclusive(
      fmt::format("a plain message was not taken either ({}), so the refusal says nothing of the content scanner: {}",
                  control->text(), refusal.text()),
      "see the mail server's log for why it takes no message from this prober");
}

/// The message that must be refused was taken.
Judgement judge_taken(const Observation& seen, const Subject& subject, const Reply& reply) {
  constexpr std::string_view kExpected = "550 after DATA";
  if (tells_of_content(reply))
    return Judgement::fail(
        fmt::format("the content scanner saw a message that it must refuse (GTUBE), and does not refuse it; if it is "
                    "delivered, {}",
                    where_it_lies(seen, subject, kScannerSubject)),
        std::string(kExpected), reply.text(),
        "what the scanner does with spam is set to discard, quarantine or tag; say `tags` where that is meant");
  return Judgement::fail(
      fmt::format("accepted a message that the content scanner must refuse (GTUBE): it is not in the path of mail; "
                  "the message, {}",
                  where_it_lies(seen, subject, kScannerSubject)),
      std::string(kExpected), reply.text(),
      "is local_scan_path set and the plug-in loadable, does the milter's socket exist? see the panic log");
}

Judgement judge_content(const Observation& seen, const Subject& subject, const Reply& reply) {
  switch (classify_content(reply, true)) {
    case ContentAnswer::accepted:
      return judge_taken(seen, subject, reply);
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
  return judge_refusal(seen, subject, reply);
}

}  // namespace

Judgement judge_smtp_scanner(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (std::string why = settings.why_no_scanner(); !why.empty()) return Judgement::skip(std::move(why));
  const std::string& declared = settings.scanner_recipient();
  const std::string look =
      swaks_mail(subject, settings, sender_of(subject, settings),
                 declared.empty() ? settings.recipients().front() : declared, "--body " + shell_word(kGtube));
  const auto* reply = seen.get(kSmtp.scanner);
  if (const std::string why = why_no_login(seen, settings); !reply && !why.empty())
    return staged(Judgement::inconclusive("no message could be sent: " + why, "see smtp.auth"), "auth", look);
  if (!reply)
    return staged(
        unseen(seen, smtp_check::kScanner, "the answer to the message that the scanner must refuse", "550 after DATA"),
        "message", look);
  return staged(judge_content(seen, subject, *reply), "message", look);
}

}  // namespace drydock
