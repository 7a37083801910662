#include "probes/smtp/rcpt_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

ProberNames prober_of(const Observation& seen) {
  const auto text = [&seen](const Fact<std::string>& fact) {
    const auto* value = seen.get(fact);
    return value ? *value : std::string();
  };
  return {text(kSmtp.local), text(kSmtp.own_name), text(kSmtp.sender)};
}

bool demands(RcptAnswer answer) {
  return answer == RcptAnswer::demands_login || answer == RcptAnswer::demands_tls;
}

bool any_taken(const Observation& seen, const Fact<Rows<Reply>>& fact, bool postmaster) {
  const auto* replies = seen.get(fact);
  return replies && std::ranges::any_of(*replies, [&](const auto& row) {
           return is_taken(row.second) && is_postmaster(row.first) == postmaster;
         });
}

/// Beside whom the answers of `fact` were given. The null sender is tried on a recipient who is taken from another; the
/// forms of postmaster stand beside one another; where all are to be deferred, a 5xx is wrong for whatever reason it
/// has, but for a client that is clearly refused.
Beside beside_whom(const Observation& seen, const Fact<Rows<Reply>>& fact) {
  const bool taken = &fact == &kSmtp.null_sender || &fact == &kSmtp.defers || somebody_is_taken(seen) ||
                     (&fact == &kSmtp.postmaster && postmaster_is_taken(seen));
  return taken ? Beside::user : Beside::nobody;
}

/// Whether the answer speaks against the host; which answers do depends on what was asked, and of whom.
class RefusalSorter {
public:
  RefusalSorter(const Fact<Rows<Reply>>& fact, Beside beside, bool submission)
      : null_sender_(&fact == &kSmtp.null_sender), beside_(beside), submission_(submission) {}

  [[nodiscard]] bool is_refusal(RcptAnswer answer) const {
    if (refuses_recipient(answer)) return true;
    if (answer == RcptAnswer::about_sender) return null_sender_;
    if (!demands(answer)) return false;
    return beside_ == Beside::user || (answer == RcptAnswer::demands_login && !submission_);
  }

private:
  bool null_sender_;
  Beside beside_;
  bool submission_;
};

struct Cause {
  RcptAnswer answer;
  std::string_view words;
  std::string_view hint;
};

constexpr std::array kCauses = {
    Cause{RcptAnswer::mailbox_disabled, "mailbox disabled", "enable the account; was it disabled on the old host too?"},
    Cause{RcptAnswer::mailbox_full, "mailbox full: over quota",
          "give the mailbox room; did the quota move along, is the file system full?"},
    Cause{RcptAnswer::system_fault, "a fault of the mail system itself",
          "see the mail server's log: configuration, disk space, routing"},
    Cause{RcptAnswer::callout_failed, "a server behind this one does not take it",
          "see the server that this one asks (callout, address verification), and its log"},
    Cause{RcptAnswer::demands_login, "authentication demanded",
          "take mail for the own domains without a login on the port that MX leads to; see the order of the rules at "
          "RCPT"},
};

const Cause* cause_of(RcptAnswer answer) {
  const auto found = std::ranges::find(kCauses, answer, &Cause::answer);
  return found == kCauses.end() ? nullptr : &*found;
}

}  // namespace

bool RcptAnswers::unexplained() const {
  return std::ranges::any_of(
      refused, [](const RcptRow& row) { return row.answer == RcptAnswer::refused || demands(row.answer); });
}

RcptAnswers sort_answers(const Observation& seen, const Fact<Rows<Reply>>& fact, bool submission) {
  RcptAnswers answers;
  const auto* replies = seen.get(fact);
  if (!replies) return answers;
  const ProberNames prober = prober_of(seen);
  const Beside beside = beside_whom(seen, fact);
  const RefusalSorter sorter(fact, beside, submission);
  answers.count = replies->size();
  for (const auto& [address, reply] : *replies) {
    const RcptAnswer answer = classify_rcpt(reply, prober, address, beside);
    RcptRows& rows = answer == RcptAnswer::accepted     ? answers.accepted
                     : answer == RcptAnswer::unverified ? answers.unverified
                     : answer == RcptAnswer::deferred   ? answers.deferred
                     : sorter.is_refusal(answer)        ? answers.refused
                                                        : answers.about_prober;
    rows.push_back({address, reply, answer});
  }
  return answers;
}

std::optional<RcptRow> refused_sender(const Observation& seen) {
  const auto* sender = seen.get(kSmtp.sender);
  const auto* reply = seen.get(kSmtp.sender_reply);
  if (!sender || !reply || reply->positive()) return std::nullopt;
  return RcptRow{fmt::format("MAIL FROM:<{}>", *sender), *reply,
                 classify_rcpt(*reply, prober_of(seen), "", Beside::nobody)};
}

bool somebody_is_taken(const Observation& seen) {
  return any_taken(seen, kSmtp.recipients, false) || any_taken(seen, kSmtp.unknown, false);
}

bool postmaster_is_taken(const Observation& seen) {
  return any_taken(seen, kSmtp.postmaster, true);
}

bool nobody_may_receive(const Observation& seen) {
  bool asked = false;
  for (const auto* fact : {&kSmtp.recipients, &kSmtp.postmaster})
    if (const auto* replies = seen.get(*fact)) {
      asked = asked || !replies->empty();
      if (std::ranges::any_of(*replies, [](const auto& row) { return is_taken(row.second); })) return false;
    }
  return asked;
}

std::string joined(const RcptRows& rows) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kShown); ++i) {
    const Cause* cause = cause_of(rows[i].answer);
    text += fmt::format("{}{}: {}", i == 0 ? "" : "; ", rows[i].address, rows[i].reply.text());
    if (cause) text += fmt::format(" ({})", cause->words);
  }
  return rows.size() > kShown ? fmt::format("{} and {} more", text, rows.size() - kShown) : text;
}

std::string reply_of(const RcptRows& rows) {
  const bool same =
      !rows.empty() && std::ranges::all_of(rows, [&](const RcptRow& row) { return row.reply == rows.front().reply; });
  return same ? rows.front().reply.text() : joined(rows);
}

std::string hint_of(const RcptRows& rows, std::string_view otherwise) {
  const Cause* cause = rows.empty() ? nullptr : cause_of(rows.front().answer);
  return std::string(cause ? cause->hint : otherwise);
}

}  // namespace drydock
