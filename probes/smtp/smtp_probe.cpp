#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <charconv>

#include "probes/codec/message.hpp"
#include "probes/net/tls_facts.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/smtp.hpp"
#include "probes/smtp/smtp_session.hpp"
#include "probes/smtp/smtp_settings.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kStartTlsReady = 220;
constexpr int kAuthenticated = 235;
/// Asked on one connection; servers must take 100 (RFC 5321 §4.5.3.1.8).
constexpr int kQuestionsPerConnection = 50;
/// When this many addresses were not taken, the rest are left unasked: the answer is clear and the host's patience
/// finite.
constexpr int kMostRefusals = 4 * ErrorBudget::kMost;

/// One run of the probe: several connections one after another, each for one purpose with an error budget of its own.
/// A connection that breaks leaves its facts unset; the others are still made, and the first break becomes out.error.
class SmtpDialogue {
public:
  SmtpDialogue(const ProbeContext& context, Observation& out, Duration back_off)
      : context_(context), out_(out), back_off_(back_off), settings_(context.subject) {}

  asio::awaitable<void> run();

private:
  asio::awaitable<void> attempt(asio::awaitable<void> connection);
  asio::awaitable<SmtpSession> open(ErrorBudget budget);
  asio::awaitable<void> meet();
  asio::awaitable<void> meet_privately(SmtpSession& session);
  asio::awaitable<void> inject();
  asio::awaitable<void> log_in_clear();
  asio::awaitable<void> log_in(std::string mechanism);
  asio::awaitable<Reply> authenticate(SmtpSession& session, std::string_view mechanism);
  asio::awaitable<void> log_in_wrongly();
  asio::awaitable<void> test_auth();
  asio::awaitable<void> ask_all();
  asio::awaitable<void> ask_some(const std::vector<RcptQuestion>& questions, std::size_t& next);
  asio::awaitable<void> ask_deferred();
  asio::awaitable<void> send_from_nobody();
  asio::awaitable<void> send_spam();

  void record_hello(const SmtpSession& session);
  void record_session(const net::TlsSession& session);
  void note(const Fact<Rows<Reply>>& fact, std::string key, const Reply& reply);
  [[nodiscard]] std::string why_withheld() const;
  [[nodiscard]] std::string taken_recipient() const;

  const ProbeContext& context_;
  Observation& out_;
  Duration back_off_;
  SmtpSettings settings_;
  SmtpTls tls_ = settings_.tls();     ///< what connections after the first use: none where STARTTLS does not work
  std::vector<std::string> offered_;  ///< SASL mechanisms inside TLS
  std::string why_untrusted_;         ///< why the first connection's certificate is not enough for a password
  int refusals_ = 0;
};

void SmtpDialogue::record_hello(const SmtpSession& session) {
  const Capabilities& said = session.capabilities();
  out_.set(kSmtp.ehlo_name, said.name);
  const bool first = !out_.has(kSmtp.ehlo_extensions);
  if (first) {
    out_.set(kSmtp.ehlo_extended, session.extended());
    out_.set(kSmtp.ehlo_extensions, said.keywords);
    out_.set(kSmtp.ehlo_auth, said.mechanisms());
  }
  if (session.encrypted()) {
    out_.set(kSmtp.secure_extensions, said.keywords);
    out_.set(kSmtp.secure_auth, said.mechanisms());
    offered_ = said.mechanisms();
  }
  const std::string_view size = said.parameter("SIZE");
  std::int64_t octets = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), octets);
  if (error == std::errc() && end == size.data() + size.size()) out_.set(kSmtp.size, octets);
}

void SmtpDialogue::record_session(const net::TlsSession& session) {
  net::record_tls(out_, kSmtpTls, session);
  why_untrusted_ = net::why_no_password(&session, context_.subject.name);
}

void SmtpDialogue::note(const Fact<Rows<Reply>>& fact, std::string key, const Reply& reply) {
  out_.at(fact).emplace_back(std::move(key), reply);
}

asio::awaitable<void> SmtpDialogue::attempt(asio::awaitable<void> connection) {
  try {
    co_await std::move(connection);
  } catch (const Failure& failure) {
    out_.transcript.note(fmt::format("ended early at {}: {}", out_.stage, failure.what()));
    if (out_.error) co_return;
    out_.error = Error{failure.kind(), failure.what()};
    out_.error_stage = out_.stage;
  }
}

asio::awaitable<SmtpSession> SmtpDialogue::open(ErrorBudget budget) {
  SmtpSession session = co_await SmtpSession::open_ready(context_, settings_.endpoint(), tls_, out_, std::move(budget));
  co_return session;
}

asio::awaitable<void> SmtpDialogue::run() {
  co_await meet();
  if (settings_.tls() == SmtpTls::starttls && tls_ == SmtpTls::starttls) co_await attempt(inject());
  if (settings_.tls() != SmtpTls::implicit) co_await attempt(log_in_clear());
  if (settings_.why_no_auth().empty()) co_await test_auth();
  if (!settings_.defers().empty()) {
    co_await attempt(ask_deferred());
    co_return;
  }
  co_await attempt(ask_all());
  if (settings_.why_no_stranger().empty()) co_await attempt(send_from_nobody());
  if (settings_.why_no_scanner().empty()) co_await attempt(send_spam());
}

// ---- greeting, names, TLS

/// What breaks before the reply to EHLO ends the whole probe; what breaks after it, this connection.
asio::awaitable<void> SmtpDialogue::meet() {
  SmtpSession session = co_await SmtpSession::open(context_, settings_.endpoint(), settings_.tls(), out_,
                                                   ErrorBudget("greeting, names and TLS"));
  out_.set(kSmtp.greeting, session.greeting());
  out_.set(kSmtp.banner, session.greeting().lines.front());
  if (!out_.transcript.lines().empty())
    out_.set(kSmtp.banner_seconds, std::chrono::duration<double>(out_.transcript.lines().back().at).count());
  out_.set(kSmtp.local, session.stream().local().ip);
  if (session.tls()) record_session(*session.tls());
  co_await session.hello();
  record_hello(session);
  if (settings_.tls() == SmtpTls::starttls) {
    tls_ = SmtpTls::none;
    co_await attempt(meet_privately(session));
  }
  if (!out_.error) co_await session.quit();
}

asio::awaitable<void> SmtpDialogue::meet_privately(SmtpSession& session) {
  if (!session.capabilities().has("STARTTLS")) co_return;
  const StartTlsOutcome outcome = co_await session.start_tls();
  out_.set(kSmtp.starttls, outcome.reply);
  if (!outcome.session) co_return;
  record_session(*outcome.session);
  out_.set(kSmtp.discarded_octets, static_cast<std::int64_t>(session.stream().discarded_octets()));
  co_await session.hello();
  record_hello(session);
  tls_ = SmtpTls::starttls;
}

/// A command behind STARTTLS in the same segment (CVE-2011-0411 class). A server that obeyed it inside TLS has one
/// reply more to give than it got commands, so that QUIT is answered by the reply to EHLO.
asio::awaitable<void> SmtpDialogue::inject() {
  SmtpSession session = co_await SmtpSession::open(context_, settings_.endpoint(), SmtpTls::starttls, out_,
                                                   ErrorBudget("a command smuggled in before TLS"));
  co_await session.hello();
  std::string outcome = "refused";
  try {
    const StartTlsOutcome started = co_await session.start_tls("NOOP");
    if (started.reply.code == kStartTlsReady) {
      co_await session.hello();
      outcome = "dropped";
      const Reply farewell = co_await session.command("QUIT", "injection");
      if (farewell.code != 221) outcome = "executed";
    }
  } catch (const Failure& failure) {
    if (!blames_host(failure.kind()) && failure.kind() != ErrorKind::temporary) throw;
    out_.transcript.note(fmt::format("the connection ended: {}", failure.what()));
  }
  out_.set(kSmtp.injection, outcome);
}

// ---- AUTH

/// Never with a real name or password: whether the server would look at one at all is what is asked.
asio::awaitable<void> SmtpDialogue::log_in_clear() {
  const auto* advertised = out_.get(kSmtp.ehlo_auth);
  if (!advertised || !advertised->empty()) co_return;
  SmtpSession session = co_await SmtpSession::open(context_, settings_.endpoint(), SmtpTls::none, out_,
                                                   ErrorBudget("AUTH without TLS", 2));
  co_await session.hello();
  const Reply reply =
      co_await session.auth_plain("nobody-" + context_.subject.token, "no password at all", net::PasswordIs::made_up);
  out_.set(kSmtp.clear_auth, reply);
  co_await session.quit();
}

std::string SmtpDialogue::why_withheld() const {
  const Account& account = *settings_.account();
  if (!account.password.available()) return account.password.why_missing();
  if (account.login.empty()) return "the account has no login";
  if (account.password.reveal().find('\0') != std::string::npos) return "the password holds a NUL";
  return why_untrusted_;
}

asio::awaitable<void> SmtpDialogue::test_auth() {
  if (!out_.has(kSmtp.secure_auth)) co_return;
  const bool plain = std::ranges::find(offered_, "PLAIN") != offered_.end();
  const bool login = std::ranges::find(offered_, "LOGIN") != offered_.end();
  const std::string withheld = why_withheld();
  if (!withheld.empty()) out_.set(kSmtp.auth_withheld, withheld);
  if (withheld.empty() && plain) co_await attempt(log_in("PLAIN"));
  if (withheld.empty() && login) co_await attempt(log_in("LOGIN"));
  if (plain || login) co_await attempt(log_in_wrongly());
}

asio::awaitable<Reply> SmtpDialogue::authenticate(SmtpSession& session, std::string_view mechanism) {
  const Account& account = *settings_.account();
  if (mechanism == "PLAIN") {
    Reply reply = co_await session.auth_plain(account.login, account.password.reveal(), net::PasswordIs::real);
    co_return reply;
  }
  Reply reply = co_await session.auth_login(account.login, account.password.reveal(), net::PasswordIs::real);
  co_return reply;
}

asio::awaitable<void> SmtpDialogue::log_in(std::string mechanism) {
  SmtpSession session = co_await open(ErrorBudget("AUTH " + mechanism, 1));
  const Reply reply = co_await authenticate(session, mechanism);
  note(kSmtp.auth, mechanism, reply);
  co_await session.quit();
}

asio::awaitable<void> SmtpDialogue::log_in_wrongly() {
  SmtpSession session = co_await open(ErrorBudget("AUTH that must fail", 2));
  const bool plain = std::ranges::find(offered_, "PLAIN") != offered_.end();
  const std::string wrong = "wrong-" + context_.subject.token;
  for (const bool known : {true, false}) {
    const std::string login = known ? settings_.account()->login : "nobody-" + context_.subject.token;
    Reply reply;
    if (plain)
      reply = co_await session.auth_plain(login, wrong, net::PasswordIs::made_up);
    else
      reply = co_await session.auth_login(login, wrong, net::PasswordIs::made_up);
    note(kSmtp.wrong_password, known ? "wrong password" : "unknown user", reply);
    if (reply.code == kAuthenticated) break;
  }
  co_await session.quit();
}

// ---- RCPT

asio::awaitable<void> SmtpDialogue::ask_all() {
  const std::vector<RcptQuestion> questions = settings_.questions();
  std::size_t next = 0;
  while (next < questions.size() && refusals_ < kMostRefusals) {
    if (refusals_ > 0) co_await net::pause(back_off_);
    const std::size_t before = next;
    co_await ask_some(questions, next);
    if (next == before) break;
  }
}

/// One connection. Leaves `next` where it was when the server takes no mail from this sender at all.
asio::awaitable<void> SmtpDialogue::ask_some(const std::vector<RcptQuestion>& questions, std::size_t& next) {
  if (settings_.submission() && (offered_.empty() || !why_withheld().empty())) co_return;
  SmtpSession session = co_await open(ErrorBudget("RCPT"));
  if (settings_.submission()) {
    const Reply reply =
        co_await authenticate(session, std::ranges::find(offered_, "PLAIN") != offered_.end() ? "PLAIN" : "LOGIN");
    if (reply.code != kAuthenticated) co_return;
  }
  const std::string sender =
      settings_.submission() ? settings_.account()->mail : probe_sender(context_.subject.vantage);
  out_.set(kSmtp.sender, sender);
  const Reply from = co_await session.mail(sender);
  out_.set(kSmtp.sender_reply, from);
  for (int asked = 0; from.positive() && next < questions.size() && asked < kQuestionsPerConnection; ++asked, ++next) {
    if (session.budget().spent()) break;
    const RcptQuestion& question = questions[next];
    const Reply reply = co_await session.rcpt(question.path);
    note(*question.fact, question.path, reply);
    if (!reply.positive()) ++refusals_;
  }
  co_await session.quit();
}

std::string SmtpDialogue::taken_recipient() const {
  for (const auto* fact : {&kSmtp.recipients, &kSmtp.postmaster})
    if (const auto* replies = out_.get(*fact))
      for (const auto& [address, reply] : *replies)
        if (reply.code == 250 || reply.code == 251) return address;
  return {};
}

/// To an address that was taken from another sender, so that a refusal is about the null sender.
asio::awaitable<void> SmtpDialogue::send_from_nobody() {
  const std::string recipient = taken_recipient();
  if (recipient.empty()) co_return;
  SmtpSession session = co_await open(ErrorBudget("the null sender", 1));
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
  const std::vector<std::string>& addresses = settings_.defers();
  const std::string sender = probe_sender(context_.subject.vantage);
  out_.set(kSmtp.sender, sender);
  for (std::size_t next = 0; next < addresses.size();) {
    if (next > 0) co_await net::pause(back_off_);
    SmtpSession session = co_await open(ErrorBudget("RCPT that is to be deferred"));
    const Reply from = co_await session.mail(sender);
    while (next < addresses.size() && !session.budget().spent()) {
      Reply reply = from;
      if (from.positive()) reply = co_await session.rcpt(addresses[next]);
      note(kSmtp.defers, addresses[next++], reply);
    }
    co_await session.quit();
  }
}

// ---- content scanner

asio::awaitable<void> SmtpDialogue::send_spam() {
  const std::string recipient = taken_recipient();
  if (recipient.empty()) co_return;
  SmtpSession session = co_await open(ErrorBudget("a message that the scanner must refuse", 1));
  TestMessage message;
  message.from = probe_sender(context_.subject.vantage);
  message.to = recipient;
  message.subject = "drydock scanner test";
  message.token = context_.subject.token;
  message.domain = ehlo_name(context_.subject.vantage, session.stream().local().ip);
  message.body = std::string(kGtube) + "\n";
  message.date = WallTime::clock::now();
  const Reply from = co_await session.mail(message.from);
  if (!from.positive()) co_return;
  const Reply to = co_await session.rcpt(recipient);
  if (!to.positive()) co_return;
  const Reply reply = co_await session.data(build_message(message));
  if (out_.stage == "message") out_.set(kSmtp.scanner, reply);
  co_await session.quit();
}

class SmtpProbe final : public Probe {
public:
  explicit SmtpProbe(Duration back_off) : back_off_(back_off) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    SmtpDialogue dialogue(context, out, back_off_);
    co_await dialogue.run();
  }

private:
  Duration back_off_;
};

}  // namespace

std::unique_ptr<const Probe> make_smtp_probe(Duration back_off) {
  return std::make_unique<SmtpProbe>(back_off);
}

}  // namespace drydock
