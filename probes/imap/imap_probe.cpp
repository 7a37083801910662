#include "probes/imap/imap_probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/imap/facts.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kClearPortPatience{5000};

/// What one try to log in and open the inbox came to.
struct LoginTry {
  std::string answer;                  ///< to LOGIN, or what the server did instead
  std::string inbox;                   ///< to EXAMINE; empty where LOGIN was not OK
  bool undecided = false;              ///< the server could not say whether the password is right
  std::optional<Failure> broken = {};  ///< the connection broke instead of an answer
};

bool says_undecided(const ImapReply& reply) {
  return reply.last.status == "BYE" || (reply.last.status == "NO" && code_name(reply.last) == "UNAVAILABLE");
}

/// LOGIN, and one command after it: a server may refuse the account only then (RFC 3501 §7.1.5).
asio::awaitable<LoginTry> try_login(ImapSession& session, const Account& account, Observation& out) {
  LoginTry result;
  try {
    const ImapReply login = co_await session.login(account.login, account.password.reveal(), net::PasswordIs::real);
    result.answer = login.text();
    result.undecided = says_undecided(login);
    if (!login.ok()) co_return result;
    const ImapReply inbox = co_await session.command("EXAMINE INBOX", "examine");
    result.inbox = inbox.text();
    result.undecided = says_undecided(inbox);
  } catch (const Failure& failure) {
    if (failure.kind() != ErrorKind::closed && failure.kind() != ErrorKind::reset) throw;
    (result.answer.empty() ? result.answer : result.inbox) = "the connection ended without an answer";
    result.undecided = true;
    result.broken = failure;
    out.transcript.note(failure.what());
  }
  co_return result;
}

void record_login(Observation& out, const LoginTry& result) {
  out.set(kImap.login, result.answer);
  out.at(kImap.login_tries)
      .push_back(result.inbox.empty() ? result.answer : result.answer + "; inbox: " + result.inbox);
  if (!result.inbox.empty()) out.set(kImap.inbox, result.inbox);
}

asio::awaitable<void> record_capabilities(ImapSession& session, Observation& out) {
  const ImapReply reply = co_await session.ask_capabilities();
  if (reply.last.status == "BYE")
    throw Failure(ErrorKind::closed, fmt::format("the server hung up with \"{}\"", reply.text()));
  out.set(kImap.capabilities, reply.ok() ? session.capabilities() : std::vector<std::string>{});
}

class ImapProbe : public Probe {
public:
  explicit ImapProbe(ImapPlan plan) : plan_(std::move(plan)) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    std::optional<Failure> broken;
    try {
      co_await main_dialogue(context, out);
    } catch (const Failure& failure) {
      broken = failure;
    }
    const std::string address = out.address;
    std::string stage = out.stage;
    if (plan_.look_at_clear_port) {
      const Deadline limit = std::min<Deadline>(context.deadline, Clock::now() + kClearPortPatience);
      const bool ended = co_await net::with_deadline(limit, clear_port(context, out));
      if (!ended) out.set(kImap.clear_trouble, std::string("no answer in time"));
    }
    if (!broken && wants_wrong_password(out)) {
      try {
        co_await wrong_password(context, out);
        stage = "wrong-password";
      } catch (const Failure& failure) {
        broken = failure;
        stage = "wrong-password";
      }
    }
    out.address = address;
    out.stage = stage;
    if (broken) throw *broken;
  }

private:
  [[nodiscard]] Endpoint endpoint(const Subject& subject) const {
    return {subject.ip, subject.port.value_or(plan_.port)};
  }

  [[nodiscard]] bool wants_wrong_password(const Observation& out) const {
    const auto* inbox = out.get(kImap.inbox);
    return plan_.account && plan_.wrong_password && inbox && inbox->starts_with("OK");
  }

  asio::awaitable<void> main_dialogue(const ProbeContext& context, Observation& out) const {
    ImapSession session = co_await ImapSession::open(context, endpoint(context.subject), plan_.tls, out);
    if (session.tls()) net::record_tls(out, kImapTls, *session.tls());
    out.set(kImap.greeting, imap_status_text(session.greeting()));
    if (session.greeting().status != "OK")
      throw Failure(ErrorKind::protocol, fmt::format("greeted with \"{}\"", imap_status_text(session.greeting())));
    co_await record_capabilities(session, out);
    if (plan_.tls == ImapTls::starttls) co_await start_tls(session, out);
    if (plan_.account) co_await log_in(context, session, out);
    co_await session.logout();
  }

  static asio::awaitable<void> start_tls(ImapSession& session, Observation& out) {
    out.stage = "starttls";
    if (!session.has("STARTTLS")) throw Failure(ErrorKind::protocol, "STARTTLS is not offered");
    const ImapReply reply = co_await session.start_tls();
    if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("STARTTLS was refused with \"{}\"", reply.text()));
    net::record_tls(out, kImapTls, *session.tls());
    co_await record_capabilities(session, out);
  }

  asio::awaitable<void> log_in(const ProbeContext& context, ImapSession& session, Observation& out) const {
    out.stage = "login";
    const Account& account = *plan_.account;
    if (!account.password.available())
      throw Failure(ErrorKind::credential,
                    fmt::format("the password of {} can't be read: {}", account.login, account.password.why_missing()));
    LoginTry result = co_await try_login(session, account, out);
    record_login(out, result);
    if (!result.undecided) {
      if (result.inbox.starts_with("OK")) co_await record_capabilities(session, out);
      co_return;
    }
    session.stream().close();
    co_await second_login(context, out);
  }

  /// The same once more, after a pause and over a new connection: what a passing trouble does not survive.
  asio::awaitable<void> second_login(const ProbeContext& context, Observation& out) const {
    out.transcript.note(fmt::format("the login could not be decided; once more in {}",
                                    format_duration(plan_.pause_before_second_login)));
    co_await net::pause(plan_.pause_before_second_login);
    ImapSession session = co_await ImapSession::open_ready(context, endpoint(context.subject), plan_.tls, out);
    LoginTry result = co_await try_login(session, *plan_.account, out);
    record_login(out, result);
    if (result.broken) throw *result.broken;
    if (result.inbox.starts_with("OK")) co_await record_capabilities(session, out);
    co_await session.logout();
  }

  /// What a client without TLS meets. Never throws for what the network or the peer does.
  asio::awaitable<void> clear_port(const ProbeContext& context, Observation& out) const {
    const Endpoint to{context.subject.ip, plan_.clear_port};
    out.stage = "clear-port";
    const net::PortState state = co_await net::knock(context, to, kClearPortPatience / 2);
    out.set(kImap.clear_state, std::string(net::to_string(state)));
    out.transcript.note(fmt::format("{} is {}", to.text(), net::to_string(state)));
    if (state != net::PortState::open) co_return;
    try {
      ImapSession session = co_await ImapSession::open(context, to, ImapTls::none, out);
      out.set(kImap.clear_greeting, imap_status_text(session.greeting()));
      if (session.greeting().status == "OK") {
        const ImapReply reply = co_await session.ask_capabilities();
        if (reply.ok()) out.set(kImap.clear_capabilities, session.capabilities());
        co_await session.logout();
      }
    } catch (const Failure& failure) {
      out.transcript.note(fmt::format("{}: {}", to.text(), failure.what()));
      out.set(kImap.clear_trouble, std::string(failure.what()));
    }
  }

  asio::awaitable<void> wrong_password(const ProbeContext& context, Observation& out) const {
    ImapSession session = co_await ImapSession::open_ready(context, endpoint(context.subject), plan_.tls, out);
    const ImapReply reply =
        co_await session.login(plan_.account->login, "wrong-" + context.subject.token, net::PasswordIs::made_up);
    out.set(kImap.wrong_password, reply.text());
    co_await session.logout();
  }

  ImapPlan plan_;
};

}  // namespace

std::unique_ptr<const Probe> make_imap_probe(ImapPlan plan) {
  return std::make_unique<ImapProbe>(std::move(plan));
}

ImapPlan imap_plan(const Parameters& parameters) {
  ImapPlan plan;
  const std::string& tls = parameters.text("tls");
  if (tls == "none") plan.tls = ImapTls::none;
  if (tls == "starttls") plan.tls = ImapTls::starttls;
  plan.port = static_cast<std::uint16_t>(parameters.integer("port", plan.tls == ImapTls::implicit ? 993 : 143));
  if (const Account* account = parameters.account("as")) plan.account = *account;
  plan.wrong_password = parameters.text("wrong_password") != "untested";
  const std::string& clear = parameters.text("plain_port");
  plan.look_at_clear_port = !clear.empty() && clear != "free";
  return plan;
}

}  // namespace drydock
