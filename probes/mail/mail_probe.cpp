#include "probes/mail/mail_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "probes/codec/header_fields.hpp"
#include "probes/codec/message.hpp"
#include "probes/mail/facts.hpp"
#include "probes/net/stream.hpp"
#include "probes/smtp/smtp_session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kBeforeCourtesy{
    1000};  ///< before looking for a message of which it is unknown whether it was accepted
constexpr std::string_view kBody =
    "This message tests whether mail arrives on a host that is about to take over.\n"
    "It is deleted by the program that sent it. Should you read it, you may delete it too.\n";

/// Whatever is dialled in between, the observation is about the SMTP service.
struct AddressKept {
  AddressKept(Observation& seen, std::string text) : out(seen), address(std::move(text)) {}
  ~AddressKept() { out.address = address; }
  AddressKept(const AddressKept&) = delete;
  AddressKept& operator=(const AddressKept&) = delete;
  Observation& out;
  std::string address;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// How the looks into the mailbox ended.
struct Watch {
  std::vector<MailCopy> copies;
  bool last_look_worked = false;
  double seconds = 0;   ///< until the first copy was seen
  std::string trouble;  ///< of the last look that failed
};

class MailProbe : public Probe {
public:
  explicit MailProbe(MailPlan plan) : plan_(std::move(plan)) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    const Subject& subject = context.subject;
    const AddressKept kept(out, smtp_endpoint(subject, plan_.port).text());
    const std::unique_ptr<Mailbox> mailbox = make_mailbox(context, out);
    std::optional<Failure> broken;
    try {
      co_await mailbox->open();
    } catch (const Failure& failure) {
      out.stage = "mailbox " + out.stage;
      throw Failure(failure.kind(), fmt::format("the mailbox of {} can't be read: {}", plan_.to.login, failure.what()));
    }
    out.set(kMail.mailbox_open, true);
    bool accepted = false;
    try {
      accepted = co_await submit(context, out);
    } catch (const Failure& failure) {
      broken = failure;
    }
    if (broken) {
      const std::string stage = out.stage;
      if (stage == "message") co_await take_away(*mailbox, out);
      out.stage = stage;
      throw *broken;
    }
    if (accepted) co_await follow(*mailbox, out);
    const std::string stage = out.stage;
    co_await mailbox->close();
    out.stage = stage;
  }

private:
  [[nodiscard]] std::unique_ptr<Mailbox> make_mailbox(const ProbeContext& context, Observation& out) const {
    MailboxPlan plan{context, out, {context.subject.ip, plan_.read_port}, plan_.to, context.subject.token};
    switch (plan_.access) {
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

  /// A session as a mail server opens it: STARTTLS where it is offered, in clear where TLS can't be had (RFC 3207
  /// §4.1).
  asio::awaitable<SmtpSession> open_smtp(const ProbeContext& context, Observation& out) const {
    const Endpoint to = smtp_endpoint(context.subject, plan_.port);
    try {
      SmtpSession session =
          co_await SmtpSession::open_ready(context, to, SmtpTls::starttls, out, ErrorBudget("submission"));
      co_return session;
    } catch (const Failure& failure) {
      if (failure.kind() != ErrorKind::tls) throw;
      out.transcript.note(fmt::format("{}; once more in clear text, as mail servers do", failure.what()));
    }
    SmtpSession session =
        co_await SmtpSession::open_ready(context, to, SmtpTls::none, out, ErrorBudget("submission in clear"));
    co_return session;
  }

  /// True where the message was accepted.
  asio::awaitable<bool> submit(const ProbeContext& context, Observation& out) const {
    SmtpSession session = co_await open_smtp(context, out);
    out.set(kMail.encrypted, session.encrypted());
    Reply reply = co_await session.mail(plan_.from);
    if (reply.positive()) reply = co_await session.rcpt(plan_.to.mail);
    bool accepted = false;
    if (reply.positive()) {
      const TestMessage message{.from = plan_.from,
                                .to = plan_.to.mail,
                                .subject = "cutover test",
                                .token = context.subject.token,
                                .domain = plan_.from.substr(plan_.from.rfind('@') + 1),
                                .body = std::string(kBody),
                                .date = WallTime::clock::now(),
                                .further = {}};
      reply = co_await session.data(build_message(message));
      accepted = reply.positive();
    }
    out.set(kMail.submission, reply);
    out.set(kMail.submission_stage, out.stage);
    co_await session.quit();
    co_return accepted;
  }

  /// From the acceptance on: waits for copies, keeps what they show, deletes them.
  asio::awaitable<void> follow(Mailbox& mailbox, Observation& out) const {
    const auto accepted = Clock::now();
    Watch watch = co_await wait_for_first(mailbox, accepted);
    if (!watch.copies.empty()) co_await wait_for_more(mailbox, watch);
    out.stage = "mailbox";
    if (!watch.last_look_worked) {
      out.set(kMail.mailbox_trouble, watch.trouble);
      co_return;
    }
    out.set(kMail.copies, static_cast<std::int64_t>(watch.copies.size()));
    out.set(kMail.waited, seconds_since(accepted));
    if (watch.copies.empty()) co_return;
    out.set(kMail.seconds, watch.seconds);
    record_header(watch.copies.front().header, out);
    co_await clean(mailbox, std::move(watch.copies), out);
  }

  asio::awaitable<Watch> wait_for_first(Mailbox& mailbox, Clock::time_point accepted) const {
    Watch watch;
    Duration between = plan_.first_pause;
    for (;;) {
      const bool last = Clock::now() - accepted >= plan_.within;
      co_await look(mailbox, watch);
      if (!watch.copies.empty()) {
        watch.seconds = seconds_since(accepted);
        co_return watch;
      }
      if (last) co_return watch;
      const auto left = std::chrono::ceil<Duration>(accepted + plan_.within - Clock::now());
      co_await net::pause(std::clamp(between, Duration(1), std::max(left, Duration(1))));
      between = std::min(between * 3 / 2, kLongestPause);
    }
  }

  /// Gives duplicates twice the time that the first copy took.
  asio::awaitable<void> wait_for_more(Mailbox& mailbox, Watch& watch) const {
    const Duration twice(static_cast<std::int64_t>(watch.seconds * 2000));
    co_await net::pause(std::min(std::max(twice, plan_.shortest_settle), kLongestSettle));
    Watch again;
    co_await look(mailbox, again);
    if (!again.last_look_worked) co_await look(mailbox, again);
    if (again.last_look_worked && again.copies.size() > watch.copies.size()) watch.copies = std::move(again.copies);
  }

  /// One look. What the network or the server does wrong is noted, and the next look connects anew.
  static asio::awaitable<void> look(Mailbox& mailbox, Watch& watch) {
    watch.last_look_worked = false;
    try {
      watch.copies = co_await mailbox.find();
      watch.last_look_worked = true;
    } catch (const Failure& failure) {
      watch.trouble = failure.what();
    }
  }

  static void record_header(const std::string& header, Observation& out) {
    Fields fields = parse_header_fields(header);
    std::vector<std::string> received;
    for (const auto& [name, value] : fields)
      if (name == "received") received.push_back(value);
    if (!received.empty()) out.set(kMail.received_by, received_by(received.front()));
    out.set(kMail.received, std::move(received));
    out.set(kMail.headers, std::move(fields));
  }

  static asio::awaitable<void> clean(Mailbox& mailbox, std::vector<MailCopy> copies, Observation& out) {
    std::string trouble;
    try {
      trouble = co_await mailbox.remove(std::move(copies));
    } catch (const Failure& failure) {
      trouble = failure.what();
    }
    out.set(kMail.cleaned, trouble.empty());
    if (!trouble.empty()) out.set(kMail.cleaning_trouble, trouble);
  }

  /// Where the connection broke after the message went out: it may have been accepted all the same.
  static asio::awaitable<void> take_away(Mailbox& mailbox, Observation& out) {
    out.transcript.note("whether the message was accepted is unknown: looking for it, to delete it");
    co_await net::pause(kBeforeCourtesy);
    Watch watch;
    co_await look(mailbox, watch);
    if (!watch.copies.empty()) co_await clean(mailbox, std::move(watch.copies), out);
  }

  MailPlan plan_;
};

}  // namespace

std::unique_ptr<const Probe> make_mail_probe(MailPlan plan) {
  return std::make_unique<MailProbe>(std::move(plan));
}

MailPlan mail_plan(const Parameters& parameters) {
  MailPlan plan;
  plan.from = parameters.text("from");
  if (const Account* account = parameters.account("to")) plan.to = *account;
  plan.port = parameters.integer("port", plan.port);
  plan.within = parameters.duration("within", plan.within);
  const std::string& read = parameters.text("read");
  if (read == "imap") plan.access = MailAccess::imap, plan.read_port = 143;
  if (read == "pop3s") plan.access = MailAccess::pop3s, plan.read_port = 995;
  if (read == "pop3") plan.access = MailAccess::pop3, plan.read_port = 110;
  return plan;
}

}  // namespace drydock
