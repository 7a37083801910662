#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "probes/core/probe.hpp"
#include "probes/mail/mailbox.hpp"

namespace drydock {

/// What one mail probe does. Port and pauses are here so that tests can stand in for them.
struct MailPlan {
  std::string from;
  std::vector<std::string> recipients;  ///< each is named in RCPT
  std::vector<Account> mailboxes;       ///< in each of which the message must arrive
  std::int64_t port = 25;
  MailAccess access = MailAccess::imaps;
  std::uint16_t read_port = 993;
  Duration within{60'000};        ///< for the first copy in each mailbox
  Duration copies_within{2'500};  ///< from the first copy on, for further ones
  Duration first_pause{50};       ///< between two looks; grows up to kLongestPause
};

inline constexpr Duration kLongestPause{2000};

/// The dialogue: the mailboxes are opened first, so that nothing is sent which could not be taken away again; what
/// earlier looks of this run left there is told and removed. Then the message is submitted as mail servers do it, with
/// TLS where it can be had; then each mailbox is looked at until the first copy comes, and once more when the time for
/// further copies is over. What was sent is deleted, also where a later step fails, where the time is over and where
/// the probe is interrupted: for that a little time is kept.
std::unique_ptr<const Probe> make_mail_probe(MailPlan plan);

/// The plan that these parameters mean.
MailPlan mail_plan(const Parameters& parameters);

}  // namespace drydock
