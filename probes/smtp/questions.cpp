#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "probes/client/smtp_reply.hpp"
#include "probes/codec/message.hpp"
#include "probes/smtp/dialogue.hpp"

/// The part of the dialogue about RCPT, and about the content scanner.
namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kClosing = 421;
/// Asked on one connection; servers must take 100 (RFC 5321 §4.5.3.1.8).
constexpr int kQuestionsPerConnection = 50;
/// When this many addresses were not taken that should be, the rest are left unasked: the answer is clear and the
/// host's patience finite.
constexpr int kMostRefusals = 4 * ErrorBudget::kMost;
/// When this many questions were answered by a break alone, the rest are left unasked.
constexpr int kMostBreaks = 3;

/// A 421 as the reply that it is; the connection is over then.
asio::awaitable<Reply> even_421(asio::awaitable<Reply> answer) {
  try {
    Reply reply = co_await std::move(answer);
    co_return reply;
  } catch (const ServerEnded& ended) {
    if (ended.reply().code != kClosing) throw;
    co_return ended.reply();
  }
}

}  // namespace

void SmtpDialogue::note(const Fact<Rows<Reply>>& fact, const std::string& key, const Reply& reply) {
  out_.at(fact).emplace_back(key, reply);
}

std::string SmtpDialogue::sender() const {
  return settings_.submission() ? settings_.account()->mail : probe_sender(context_.subject.surroundings.vantage);
}

bool SmtpDialogue::is_right_refusal(const RcptQuestion& question) const {
  return question.fact == &kSmtp.unknown && !settings_.unknown_is_accepted();
}

/// A question at which a connection broke is asked once more, first on the next one; where it breaks that too, and the
/// one after, the break is its answer.
asio::awaitable<void> SmtpDialogue::ask_all() {
  questions_ = settings_.questions();
  int breaks = 0;
  while (next_ < questions_.size() && refusals_ < kMostRefusals && breaks < kMostBreaks && !given_up_ && may_send()) {
    const std::size_t before = next_;
    co_await attempt(questions_[next_].check, &SmtpDialogue::ask_some);
    if (next_ != before) continue;
    const auto* from = out_.get(kSmtp.sender_reply);
    if (!from || !from->positive()) break;
    ++next_;
    ++breaks;
  }
}

/// One connection. Leaves `next_` where it was when the server takes no mail from this sender at all.
asio::awaitable<void> SmtpDialogue::ask_some() {
  SmtpClient session = co_await open_for_mail(ErrorBudget("RCPT"));
  out_.set(kSmtp.sender, sender());
  const Reply from = co_await session.mail(sender());
  out_.set(kSmtp.sender_reply, from);
  for (int asked = 0; from.positive() && next_ < questions_.size() && asked < kQuestionsPerConnection; ++asked) {
    if (session.budget().spent() || refusals_ == kMostRefusals || (asked > 0 && !session.has_time_left())) break;
    const RcptQuestion& question = questions_[next_];
    try {
      const Reply reply = co_await even_421(session.rcpt(question.path));
      if (reply.code == kClosing && std::exchange(told_to_wait_, next_) != next_)
        throw ServerEnded(reply, "the server ended it: " + reply.text());
      note(*question.fact, question.path, reply);
      ++next_;
      if (!reply.positive() && !is_right_refusal(question)) ++refusals_;
      if (reply.code == kClosing) co_return;
    } catch (const ServerEnded& ended) {
      if (asks_to_wait(ended.reply()) || asked == 0) throw;
      co_return;
    } catch (const Failure& failure) {
      if (!is_hang_up(failure) || asked == 0) throw;
      out_.transcript.note(failure.what());
      co_return;
    }
  }
  co_await session.quit();
}

std::string SmtpDialogue::taken_recipient() const {
  for (const auto* fact : {&kSmtp.recipients, &kSmtp.postmaster})
    if (const auto* replies = out_.get(*fact))
      for (const auto& [address, reply] : *replies)
        if (is_taken(reply)) return address;
  return {};
}

/// To an address that was taken from another sender, so that a refusal is about the null sender.
asio::awaitable<void> SmtpDialogue::send_from_nobody() {
  const std::string recipient = taken_recipient();
  if (recipient.empty()) co_return;
  SmtpClient session = co_await open(ErrorBudget("the null sender", 1));
  const Reply from = co_await session.mail({});
  if (from.positive()) {
    const Reply reply = co_await session.rcpt(recipient);
    note(kSmtp.null_sender, recipient, reply);
  } else {
    note(kSmtp.null_sender, "MAIL FROM:<>", from);
  }
  co_await session.quit();
}

asio::awaitable<void> SmtpDialogue::ask_deferred() {
  const std::size_t count = settings_.defers().size();
  for (std::size_t before = count; next_ < count && next_ != before && !given_up_;) {
    before = next_;
    co_await attempt(smtp_check::kDefers, &SmtpDialogue::defer_some);
  }
}

/// One connection. A 421 is a deferral like any other 4xx: who sends comes again.
asio::awaitable<void> SmtpDialogue::defer_some() {
  const std::vector<std::string>& addresses = settings_.defers();
  const std::size_t before = next_;
  const std::string sender = probe_sender(context_.subject.surroundings.vantage);
  out_.set(kSmtp.sender, sender);
  SmtpClient session = co_await open(ErrorBudget("RCPT that is to be deferred"));
  try {
    const Reply from = co_await even_421(session.mail(sender));
    while (next_ < addresses.size() && !session.budget().spent() && (next_ == before || session.has_time_left())) {
      Reply reply = from;
      if (from.positive()) reply = co_await even_421(session.rcpt(addresses[next_]));
      note(kSmtp.defers, addresses[next_++], reply);
      if (reply.code == kClosing) co_return;
    }
  } catch (const Failure& failure) {
    const bool hung_up = is_hang_up(failure) || failure.kind() == ErrorKind::temporary;
    if (!hung_up || next_ == before) throw;
    out_.transcript.note(failure.what());
    co_return;
  }
  co_await session.quit();
}

// ---- content scanner

/// The message that must be refused; where it is, a plain one, so that the refusal is known to be about the content.
asio::awaitable<void> SmtpDialogue::test_scanner() {
  co_await attempt(smtp_check::kScanner, &SmtpDialogue::send_spam);
  const auto* reply = out_.get(kSmtp.scanner);
  if (!reply) co_return;
  const ContentAnswer beside_plain = classify_content(*reply, true);
  if (beside_plain == ContentAnswer::content || beside_plain == ContentAnswer::refused)
    co_await attempt(smtp_check::kScanner, &SmtpDialogue::send_plain);
}

asio::awaitable<void> SmtpDialogue::send_spam() {
  co_await send(kSmtp.scanner, kScannerSubject, std::string(kGtube) + "\n");
}

asio::awaitable<void> SmtpDialogue::send_plain() {
  co_await send(kSmtp.scanner_control, kScannerControlSubject,
                "A plain message beside one that a content scanner must refuse. It may be deleted.\n");
}

std::string SmtpDialogue::scanner_recipient() const {
  const std::string& declared = settings_.scanner_recipient();
  return declared.empty() ? taken_recipient() : declared;
}

/// One message to whom the scanner's messages go. `fact` takes the reply to it; it stays unset where the sender, the
/// recipient or DATA is refused.
asio::awaitable<void> SmtpDialogue::send(const Fact<Reply>& fact, std::string_view subject, std::string body) {
  const std::string recipient = scanner_recipient();
  if (recipient.empty() || !may_send()) co_return;
  SmtpClient session = co_await open_for_mail(ErrorBudget("a message for the scanner", 1));
  TestMessage message;
  message.from = sender();
  message.to = recipient;
  message.subject = subject;
  message.token = context_.subject.token;
  message.domain = session.own_name();
  message.body = std::move(body);
  message.date = WallTime::clock::now();
  Reply reply = co_await session.mail(message.from);
  if (reply.positive()) reply = co_await session.rcpt(recipient);
  if (reply.positive()) {
    out_.set(kSmtp.scanner_to, recipient);
    reply = co_await session.data(build_message(message));
  }
  if (out_.stage == "message")
    out_.set(fact, reply);
  else
    note_break(kSmtp.unanswered, smtp_check::kScanner, reply.text());
  co_await session.quit();
}

}  // namespace drydock
