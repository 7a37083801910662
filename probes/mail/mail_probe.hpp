#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "probes/core/probe.hpp"
#include "probes/mail/mailbox.hpp"

namespace drydock {

/// What one mail probe does. Port and pauses are here so that tests can stand in for them.
struct MailPlan {
  std::string from;
  Account to;
  std::int64_t port = 25;
  MailAccess access = MailAccess::imaps;
  std::uint16_t read_port = 993;
  Duration within{60'000};
  Duration first_pause{100};       ///< between two looks; grows up to kLongestPause
  Duration shortest_settle{1000};  ///< how long duplicates are waited for, at least
};

inline constexpr Duration kLongestPause{2000};
inline constexpr Duration kLongestSettle{5000};

/// The dialogue: the mailbox is opened first, so that nothing is sent which could not be taken away again; then the
/// message is submitted as mail servers do it, with TLS where it can be had; then the mailbox is looked at until the
/// first copy comes, and once more after as long again, for duplicates. What was sent is deleted, also where a later
/// step fails.
std::unique_ptr<const Probe> make_mail_probe(MailPlan plan);

/// The plan that these parameters mean.
MailPlan mail_plan(const Parameters& parameters);

}  // namespace drydock
