#include "probes/mail/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/client/smtp_client.hpp"
#include "probes/codec/message.hpp"
#include "probes/mail/facts.hpp"
#include "probes/mail/mailboxes.hpp"
#include "probes/net/clean_up.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// How long the message may still be looked for, to delete it: after a break it may be on its way.
constexpr Duration kPatienceAfterABreak{3000};
constexpr Duration kPatienceOfTheInterrupted{8000};
/// The stage at which a server has the whole message and has not said yet what becomes of it.
constexpr std::string_view kAfterTheMessage = "message";
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

class MailProbe : public Probe {
public:
  explicit MailProbe(MailPlan plan) : plan_(std::move(plan)) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    const AddressKept kept(out, smtp_endpoint(context.subject, plan_.port).text());
    Mailboxes mailboxes(plan_, context, out);
    bool accepted = false;
    // Where the end came after the message went out, it may be in a mailbox, or on its way.
    net::CleanUp clean_up{.needed = [&] { return accepted || out.stage == kAfterTheMessage; },
                          .run = [&] { return mailboxes.take_away(); },
                          .after_a_break = kPatienceAfterABreak,
                          .interrupted = kPatienceOfTheInterrupted};
    co_await net::with_clean_up(context, out, dialogue(context, mailboxes, accepted, out), std::move(clean_up));
  }

private:
  asio::awaitable<void> dialogue(const ProbeContext& context, Mailboxes& mailboxes, bool& accepted,
                                 Observation& out) const {
    co_await mailboxes.open();
    accepted = co_await submit(context, mailboxes.marks(), out);
    if (accepted) co_await mailboxes.follow(Clock::now());
    const std::string stage = out.stage;
    co_await mailboxes.close();
    out.stage = stage;
  }

  /// A session as a mail server opens it: STARTTLS where it is offered, in clear where TLS can't be had (RFC 3207
  /// §4.1).
  asio::awaitable<SmtpClient> open_smtp(const ProbeContext& context, Observation& out) const {
    const Endpoint to = smtp_endpoint(context.subject, plan_.port);
    try {
      SmtpClient session =
          co_await SmtpClient::open_ready(context, to, TlsMode::starttls, out, ErrorBudget("submission"));
      co_return session;
    } catch (const Failure& failure) {
      if (failure.kind() != ErrorKind::tls) throw;
      out.transcript.note(fmt::format("{}; once more in clear text, as mail servers do", failure.what()));
    }
    SmtpClient session =
        co_await SmtpClient::open_ready(context, to, TlsMode::none, out, ErrorBudget("submission in clear"));
    co_return session;
  }

  /// True where the message was accepted.
  asio::awaitable<bool> submit(const ProbeContext& context, const MessageMarks& marks, Observation& out) const {
    SmtpClient session = co_await open_smtp(context, out);
    out.set(kMail.encrypted, session.encrypted());
    Reply reply = co_await session.mail(plan_.from);
    for (std::size_t i = 0; i < plan_.recipients.size() && reply.positive(); ++i)
      reply = co_await session.rcpt(plan_.recipients[i]);
    bool accepted = false;
    if (reply.positive()) {
      const TestMessage message{.from = plan_.from,
                                .to = plan_.recipients.front(),
                                .subject = "cutover test",
                                .token = marks.token,
                                .domain = plan_.from.substr(plan_.from.rfind('@') + 1),
                                .body = std::string(kBody),
                                .date = WallTime::clock::now(),
                                .further = {{std::string(kSenderField), marks.sender}}};
      reply = co_await session.data(build_message(message));
      accepted = reply.positive();
    }
    out.set(kMail.submission, reply);
    out.set(kMail.submission_stage, out.stage);
    co_await session.quit();
    co_return accepted;
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
  plan.mailboxes = parameters.accounts("to");
  const std::string& recipient = parameters.text("recipient");
  if (!recipient.empty()) plan.recipients.push_back(recipient);
  for (const auto& account : plan.mailboxes) {
    const auto& known = plan.recipients;
    if (recipient.empty() && !account.mail.empty() &&
        std::find(known.begin(), known.end(), account.mail) == known.end())
      plan.recipients.push_back(account.mail);
  }
  plan.port = parameters.integer("port", plan.port);
  plan.within = parameters.duration("within", plan.within);
  plan.copies_within = parameters.duration("copies_within", plan.copies_within);
  const std::string& read = parameters.text("read");
  if (read == "imap") plan.access = MailAccess::imap, plan.read_port = 143;
  if (read == "pop3s") plan.access = MailAccess::pop3s, plan.read_port = 995;
  if (read == "pop3") plan.access = MailAccess::pop3, plan.read_port = 110;
  return plan;
}

}  // namespace drydock
