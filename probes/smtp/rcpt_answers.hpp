#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/smtp_reply.hpp"
#include "probes/core/fact.hpp"
#include "probes/core/observation.hpp"

/// What the replies to RCPT of one run say, sorted for the rules of the type smtp.
namespace drydock {

struct RcptRow {
  std::string address;
  Reply reply;
  RcptAnswer answer = RcptAnswer::deferred;
};
using RcptRows = std::vector<RcptRow>;

struct RcptAnswers {
  RcptRows accepted, unverified, refused, deferred;
  RcptRows about_prober;  ///< that say nothing of the host: they speak of the prober, or of its sender
  std::size_t count = 0;

  /// Whether one of `refused` does not say why the recipient, and not who asks, is refused.
  [[nodiscard]] bool unexplained() const;
};

/// The replies of `fact`, each beside those who were taken in this run. A login that is demanded is a refusal where
/// the port is for other servers (`submission` is false), or where somebody is taken without; and so is whatever
/// refuses the null sender, for a recipient who is taken from another.
RcptAnswers sort_answers(const Observation& seen, const Fact<Rows<Reply>>& fact, bool submission);

/// The last MAIL of the questions at RCPT, where it was not taken.
std::optional<RcptRow> refused_sender(const Observation& seen);

/// An ordinary user, who may exist or not.
bool somebody_is_taken(const Observation& seen);
bool postmaster_is_taken(const Observation& seen);
/// Recipients were asked about, and none was taken.
bool nobody_may_receive(const Observation& seen);

/// `address: reply (mailbox full: over quota); address: reply and 3 more`.
std::string joined(const RcptRows& rows);
/// The reply, where all have the same; else all with their addresses.
std::string reply_of(const RcptRows& rows);
/// What to look at for the first of these refusals.
std::string hint_of(const RcptRows& rows, std::string_view otherwise);

}  // namespace drydock
