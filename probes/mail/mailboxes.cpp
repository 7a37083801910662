#include "probes/mail/mailboxes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/header_fields.hpp"
#include "probes/mail/facts.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kBetweenLooksForRemoval{100};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Duration until(Clock::time_point end) {
  return std::max(std::chrono::ceil<Duration>(end - Clock::now()), Duration(1));
}

std::unique_ptr<Mailbox> make_mailbox(MailAccess access, MailboxPlan plan) {
  switch (access) {
    case MailAccess::imaps:
      return make_imap_mailbox(std::move(plan), true);
    case MailAccess::imap:
      return make_imap_mailbox(std::move(plan), false);
    case MailAccess::pop3s:
      return make_pop3_mailbox(std::move(plan), true);
    case MailAccess::pop3:
      return make_pop3_mailbox(std::move(plan), false);
  }
  return nullptr;
}

/// The tokens of one run end in the number of the observation.
MessageMarks marks_of(const Subject& subject) {
  const std::size_t number = subject.token.rfind('-');
  return {.token = subject.token,
          .series = number == std::string::npos ? subject.token : subject.token.substr(0, number + 1),
          .sender = fmt::format("{} {} {}", subject.probe, subject.target.id, subject.target.ip)};
}

}  // namespace

Mailboxes::Mailboxes(const MailPlan& plan, const ProbeContext& context, Observation& out)
    : plan_(plan), subject_(context.subject), slot_(context.slot), out_(out), marks_(marks_of(context.subject)) {
  for (const Account& account : plan.mailboxes)
    all_.push_back({.login = account.login,
                    .mailbox = make_mailbox(
                        plan.access, {context, out, {context.subject.target.ip, plan.read_port}, account, marks_})});
}

asio::awaitable<void> Mailboxes::open() {
  for (auto& one : all_) co_await open(one);
  out_.set(kMail.mailbox_open, true);
}

asio::awaitable<void> Mailboxes::open(Watched& one) {
  try {
    LateCopies late = co_await one.mailbox->open();
    if (late.ids.empty()) co_return;
    for (const auto& [token, copies] : late.by_token) out_.at(kMail.late).emplace_back(token, copies);
    co_await remove_late(one, std::move(late.ids));
  } catch (const Failure& failure) {
    out_.stage = "mailbox " + out_.stage;
    throw Failure(failure.kind(), fmt::format("the mailbox of {} can't be read: {}", one.login, failure.what()));
  }
}

/// Messages of earlier looks. That they can't be deleted is told, and hinders nothing.
asio::awaitable<void> Mailboxes::remove_late(Watched& one, std::vector<std::string> ids) {
  std::string trouble;
  try {
    trouble = co_await one.mailbox->remove(std::move(ids));
  } catch (const Failure& failure) {
    trouble = failure.what();
  }
  if (trouble.empty()) co_return;
  one.late_left = "messages of earlier looks are left: " + trouble;
  out_.set(kMail.cleaned, false);
  out_.set(kMail.cleaning_trouble, fmt::format("{}: {}", one.login, one.late_left));
}

asio::awaitable<void> Mailboxes::follow(Clock::time_point accepted) {
  for (auto& one : all_) co_await wait_for_first(one, accepted);
  const auto found = [](const Watched& one) { return !one.copies.ids.empty(); };
  const auto unsure = [](const Watched& one) { return !one.last_look_worked; };
  const bool any = std::any_of(all_.begin(), all_.end(), found);
  if (any && !subject_.is_off("mail.single-copy")) co_await wait_for_more();
  out_.stage = "mailbox";
  record(accepted);
  if (!any && std::none_of(all_.begin(), all_.end(), unsure)) co_return;
  for (auto& one : all_) co_await remove(one);
  record_cleaning();
}

/// One look. What the network or the server does wrong is noted, and the next look connects anew.
asio::awaitable<void> Mailboxes::look(Watched& one) {
  one.last_look_worked = false;
  try {
    MailCopies found = co_await one.mailbox->find();
    one.last_look_worked = found.unread.empty();
    if (!one.last_look_worked) one.trouble = found.unread;
    one.most = std::max(one.most, found.ids.size());
    if (!found.ids.empty()) one.copies = std::move(found);
  } catch (const Failure& failure) {
    one.trouble = failure.what();
  }
}

/// Where others want the slot, it is theirs until then; the next look connects anew.
asio::awaitable<void> Mailboxes::step_aside(Deadline until) {
  queued_ = {};
  if (!slot_ || !slot_->is_wanted() || Clock::now() >= until) co_return;
  out_.transcript.note("others want to connect: they are let in until the next look");
  co_await close();
  slot_->leave();
  co_await net::pause_while_unwanted(until, nullptr);
  const auto asked = Clock::now();
  co_await slot_->enter();
  queued_ = Clock::now() - asked;
}

asio::awaitable<void> Mailboxes::wait_for_first(Watched& one, Clock::time_point accepted) {
  Duration pause = plan_.first_pause;
  const auto end = accepted + plan_.within;
  for (;;) {
    const bool last = Clock::now() >= end;
    co_await look(one);
    // What it took to be let in again is no delay of the host's.
    if (!one.copies.ids.empty()) {
      one.seconds = seconds_since(accepted + queued_);
      one.queued = std::chrono::duration<double>(queued_).count();
      one.seen_at = Clock::now();
    }
    if (last || !one.copies.ids.empty()) co_return;
    const auto next = std::min<Deadline>(end, Clock::now() + pause);
    co_await one.mailbox->wait(pause, until(end));
    co_await step_aside(next);
    pause = std::min(pause * 3 / 2, kLongestPause);
  }
}

asio::awaitable<void> Mailboxes::wait_for_more() {
  Clock::time_point seen{};
  for (const auto& one : all_) seen = std::max(seen, one.seen_at);
  const auto end = seen + plan_.copies_within;
  co_await net::pause_while_unwanted(end, slot_);
  co_await step_aside(end);
  for (auto& one : all_) {
    co_await look(one);
    if (!one.last_look_worked) co_await look(one);
  }
}

void Mailboxes::record(Clock::time_point accepted) {
  std::int64_t sum = 0;
  double seconds = 0, queued = 0;
  bool counted = true;
  bool everywhere = true;
  for (const auto& one : all_) {
    const auto copies = static_cast<std::int64_t>(one.most);
    sum += copies;
    seconds = std::max(seconds, one.seconds);
    queued = std::max(queued, one.queued);
    counted = counted && one.last_look_worked;
    everywhere = everywhere && copies > 0;
    if (copies > 0 || one.last_look_worked) out_.at(kMail.mailboxes).emplace_back(one.login, copies);
    if (!one.last_look_worked) out_.set(kMail.mailbox_trouble, fmt::format("{}: {}", one.login, one.trouble));
  }
  out_.set(kMail.counted, counted);
  if (counted) out_.set(kMail.copies, sum);
  out_.set(kMail.waited, seconds_since(accepted));
  if (everywhere) out_.set(kMail.seconds, seconds);
  if (everywhere && queued > 0) out_.set(kMail.queued, queued);
  for (const auto& one : all_)
    if (!one.copies.header.empty()) return record_header(one.copies);
}

void Mailboxes::record_header(const MailCopies& copies) {
  Fields fields = parse_header_fields(copies.header);
  if (copies.clipped || fields.size() >= kMostHeaderFields) out_.set(kMail.header_clipped, true);
  std::vector<std::string> received;
  for (const auto& [name, value] : fields)
    if (name == "received") received.push_back(value);
  if (!received.empty()) out_.set(kMail.received_by, received_by(received.front()));
  out_.set(kMail.received, std::move(received));
  out_.set(kMail.headers, std::move(fields));
}

asio::awaitable<void> Mailboxes::remove(Watched& one) {
  one.removed = false;
  if (one.copies.ids.empty() && !one.last_look_worked) {
    one.why_left = "no copy was found in time: " + one.trouble;
    co_return;
  }
  try {
    one.why_left = co_await one.mailbox->remove(one.copies.ids);
    one.removed = one.why_left.empty();
  } catch (const Failure& failure) {
    one.why_left = failure.what();
  }
}

void Mailboxes::record_cleaning() {
  bool removed = true;
  for (const auto& one : all_) {
    if (one.removed && one.late_left.empty()) continue;
    const std::string& why = one.removed ? one.late_left : one.why_left;
    removed = false;
    out_.set(kMail.cleaning_trouble, fmt::format("{}: {}", one.login, why));
  }
  out_.set(kMail.cleaned, removed);
}

asio::awaitable<void> Mailboxes::take_away() {
  out_.transcript.note("looking for the message, which may have been accepted, to delete it");
  if (slot_) co_await slot_->enter();
  for (auto& one : all_)
    if (!one.removed) one.why_left = "it was not found in time, and may still come";
  record_cleaning();
  for (;;) {
    bool all_removed = true;
    for (auto& one : all_) {
      if (one.removed) continue;
      co_await look(one);
      if (!one.copies.ids.empty()) co_await remove(one);
      record_cleaning();
      all_removed = all_removed && one.removed;
    }
    if (all_removed) co_return;
    co_await net::pause(kBetweenLooksForRemoval);
  }
}

asio::awaitable<void> Mailboxes::close() {
  for (auto& one : all_) co_await one.mailbox->close();
}

}  // namespace drydock
