#pragma once
#include "probes/core/fact.hpp"

namespace drydock {

/// What the type `mail` sees.
struct MailFacts {
  Fact<std::int64_t> copies{"mail.copies", "copies of the message, in all its mailboxes together", Parity::same};
  Fact<Rows<std::int64_t>> mailboxes{"mail.mailboxes", "login: copies that were seen in this mailbox", Parity::same};
  Fact<bool> counted{"mail.counted", "every mailbox could be read at the end of the time in which copies are counted"};
  Fact<Rows<std::int64_t>> late{
      "mail.late", "token of a message of an earlier look of this run: copies that came after that look was over"};
  Fact<double> seconds{"mail.seconds",
                       "from the reply to the message until its first copy was seen, in the last of its mailboxes, in "
                       "seconds"};
  Fact<double> queued{
      "mail.queued", "how long before that the probe waited for its own turn, in seconds: the copy may have come then"};
  Fact<std::vector<std::string>> received{"mail.received", "Received fields of the first copy, the latest first"};
  Fact<std::string> received_by{"mail.received_by", "the name after `by` in the latest of them"};
  Fact<Fields> headers{"mail.headers", "header fields of the first copy"};
  Fact<bool> header_clipped{"mail.header_clipped", "there were more of them than are kept"};
  Fact<Reply> submission{"mail.submission", "the last reply of the SMTP server", Parity::normalised, "reply code"};
  Fact<std::string> submission_stage{"mail.submission_stage", "what it answers: mail, rcpt, data, or the message",
                                     Parity::same};
  Fact<bool> encrypted{"mail.encrypted", "the message went out under TLS", Parity::same};
  Fact<bool> mailbox_open{"mail.mailbox_open", "every mailbox could be opened before anything was sent", Parity::same};
  Fact<std::string> mailbox_trouble{"mail.mailbox_trouble", "why one could not be read afterwards"};
  Fact<double> waited{"mail.waited", "how long copies were looked for, in seconds"};
  Fact<bool> cleaned{"mail.cleaned", "what was sent is deleted again"};
  Fact<std::string> cleaning_trouble{"mail.cleaning_trouble", "why it is not"};
};
inline constexpr MailFacts kMail;

}  // namespace drydock
