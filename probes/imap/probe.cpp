#include "probes/imap/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/not_now.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/imap/facts.hpp"
#include "probes/net/begins_with_tls.hpp"
#include "probes/net/connection_time.hpp"
#include "probes/net/deadline.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kClearPortPatience{5000};

/// What one try to log in and open the inbox came to.
struct LoginTry {
  Answer login;
  std::optional<Answer> inbox;  ///< nothing where LOGIN was not OK

  [[nodiscard]] const Answer& last() const { return inbox ? *inbox : login; }
};

/// The server could not say whether the account may in.
bool is_undecided(const Answer& answer) {
  return answer.trouble || answer.is("BYE") || tells_not_now(answer);
}

/// The connection ended where an answer was awaited: that is an answer too, and is told from what is no answer at all.
Answer answer_of(const Failure& failure) {
  const ErrorKind kind = failure.kind();
  if (kind != ErrorKind::closed && kind != ErrorKind::reset && kind != ErrorKind::temporary) throw failure;
  return {.status = {}, .code = {}, .words = {}, .trouble = Error{kind, failure.what()}};
}

/// LOGIN, and one command after it: a server may refuse the account only then (RFC 3501 §7.1.5). Where that command
/// comes to no end, the answer to LOGIN is noted.
asio::awaitable<LoginTry> try_login(ImapClient& session, const Account& account, Observation& out) {
  LoginTry result;
  struct Note {
    const LoginTry& result;
    Observation& out;
    ~Note() {
      if (result.login.is("OK") && !result.inbox) out.set(kImap.login, result.login);
    }
  };
  const Note note{result, out};
  try {
    const ImapReply login = co_await session.login(account.login, account.password.reveal(), net::PasswordIs::real);
    result.login = login.answer();
  } catch (const Failure& failure) {
    result.login = answer_of(failure);
  }
  if (!result.login.is("OK")) co_return result;
  try {
    const ImapReply inbox = co_await session.command("EXAMINE INBOX", "examine");
    result.inbox = inbox.answer();
  } catch (const Failure& failure) {
    result.inbox = answer_of(failure);
  }
  co_return result;
}

void record_login(Observation& out, const LoginTry& result) {
  out.put_off = tells_of_too_many(result.last());
  out.set(kImap.login, result.login);
  if (result.inbox) out.set(kImap.inbox, *result.inbox);
}

asio::awaitable<void> record_capabilities(ImapClient& session, Observation& out) {
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
      net::ConnectionTime time(context);
      co_await time.give(main_dialogue(context, out), "end of the dialogue");
    } catch (const Failure& failure) {
      broken = failure;
    }
    const std::string address = out.address;
    std::string stage = out.stage;
    if (plan_.look_at_clear_port && !context.subject.is_off("imap.plain-port")) {
      const Duration patience = std::max(context.patience, kClearPortPatience);
      const Deadline limit = std::min<Deadline>(context.deadline, Clock::now() + patience);
      const bool ended = co_await net::with_deadline(limit, clear_port(context, out));
      if (!ended) out.set(kImap.clear_trouble, std::string("no answer in time"));
    }
    if (!broken && wants_wrong_password(context.subject, out)) {
      try {
        net::ConnectionTime time(context);
        co_await time.give(wrong_password(context, out), "answer to a wrong password");
        stage = "wrong-password";
      } catch (const Failure& failure) {
        broken = failure;
        stage = "wrong-password";
        out.put_off = failure.kind() == ErrorKind::temporary;
      }
    }
    out.address = address;
    out.stage = stage;
    if (broken) throw *broken;
  }

private:
  [[nodiscard]] Endpoint endpoint(const Subject& subject) const {
    return {subject.target.ip, subject.target.port.value_or(plan_.port)};
  }

  [[nodiscard]] bool wants_wrong_password(const Subject& subject, const Observation& out) const {
    const auto* inbox = out.get(kImap.inbox);
    return plan_.account && plan_.wrong_password && !subject.is_off("imap.wrong-password") && inbox && inbox->is("OK");
  }

  asio::awaitable<void> main_dialogue(const ProbeContext& context, Observation& out) const {
    ImapClient session = co_await dial(context, out);
    if (session.tls()) facet::record_tls(out, kImapTls, *session.tls());
    co_await await_greeting(context, session, out);
    out.set(kImap.greeting, session.greeting());
    if (!session.greeting().is("OK"))
      throw Failure(puts_off(session.greeting()) ? ErrorKind::temporary : ErrorKind::protocol,
                    fmt::format("greeted with \"{}\"", session.greeting().text()));
    co_await record_capabilities(session, out);
    if (plan_.tls == TlsMode::starttls) co_await start_tls(session, out);
    if (plan_.account) co_await log_in(context, session, out);
    co_await session.logout();
  }

  asio::awaitable<ImapClient> dial(const ProbeContext& context, Observation& out) const {
    try {
      ImapClient session = co_await ImapClient::dial(context, endpoint(context.subject), plan_.tls, out);
      co_return session;
    } catch (const net::PlainTextAnswer& failure) {
      // A server that is full or busy may say so before TLS, where a client of this port can't read it.
      if (speaks_of_not_now(failure.line())) throw Failure(ErrorKind::temporary, failure.what());
      throw Failure(failure.kind(), fmt::format("{}; did you mean `tls: starttls`?", failure.what()));
    }
  }

  /// The greeting; where none comes for a while in clear text, a look whether this port begins with TLS. A server may
  /// take its time all the same.
  asio::awaitable<void> await_greeting(const ProbeContext& context, ImapClient& session, Observation& out) const {
    if (plan_.tls != TlsMode::implicit) {
      const auto patience = std::min<Clock::duration>(plan_.greeting_patience, (context.deadline - Clock::now()) / 3);
      const bool greeted = co_await net::with_deadline(Clock::now() + patience, session.greet());
      if (greeted) co_return;
      const bool waits_for_tls = co_await net::begins_with_tls(context, endpoint(context.subject), out);
      out.stage = "greeting";
      if (waits_for_tls)
        throw Failure(ErrorKind::tls,
                      "no greeting comes in clear text, and TLS begins at once on this port; did you "
                      "mean `tls: implicit`?");
    }
    co_await session.greet();
  }

  static asio::awaitable<void> start_tls(ImapClient& session, Observation& out) {
    out.stage = "starttls";
    if (!session.has("STARTTLS")) throw Failure(ErrorKind::protocol, "STARTTLS is not offered");
    const ImapReply reply = co_await session.start_tls();
    if (!reply.ok()) throw starttls_refused(reply.answer());
    facet::record_tls(out, kImapTls, *session.tls());
    co_await record_capabilities(session, out);
  }

  asio::awaitable<void> log_in(const ProbeContext& context, ImapClient& session, Observation& out) const {
    out.stage = "login";
    const Account& account = *plan_.account;
    net::demand_readable(account.password, account.login);
    const LoginTry result = co_await try_login(session, account, out);
    if (is_undecided(result.last())) {
      out.set(kImap.deferred_login, result.login);
      if (result.inbox) out.set(kImap.deferred_inbox, *result.inbox);
      session.stream().close();
      co_await second_login(context, out);
      co_return;
    }
    record_login(out, result);
    if (result.last().is("OK")) co_await record_capabilities(session, out);
  }

  /// The same once more, after a pause and over a new connection: what a passing trouble does not survive.
  asio::awaitable<void> second_login(const ProbeContext& context, Observation& out) const {
    out.transcript.note(
        fmt::format("the login was not decided; once more in {}", format_duration(plan_.pause_before_second_login)));
    co_await net::pause(plan_.pause_before_second_login);
    ImapClient session = co_await ImapClient::open_ready(context, endpoint(context.subject), plan_.tls, out);
    // What ends before LOGIN is sent is no answer to it.
    if (session.capabilities().empty()) co_await record_capabilities(session, out);
    const LoginTry result = co_await try_login(session, *plan_.account, out);
    record_login(out, result);
    if (const auto& trouble = result.last().trouble) throw Failure(trouble->kind, trouble->message);
    if (result.last().is("OK")) co_await record_capabilities(session, out);
    co_await session.logout();
  }

  /// What a client without TLS meets. Never throws for what the network or the peer does.
  asio::awaitable<void> clear_port(const ProbeContext& context, Observation& out) const {
    const Endpoint to{context.subject.target.ip, plan_.clear_port};
    out.stage = "clear-port";
    const net::PortState state = co_await net::knock(context, to, kClearPortPatience / 2);
    out.set(kImap.clear_state, std::string(net::to_string(state)));
    out.transcript.note(fmt::format("{} is {}", to.text(), net::to_string(state)));
    if (state != net::PortState::open) co_return;
    try {
      ImapClient session = co_await ImapClient::dial(context, to, TlsMode::none, out);
      co_await session.greet();
      out.set(kImap.clear_greeting, session.greeting());
      out.put_off = out.put_off || puts_off(session.greeting());
      if (session.greeting().is("OK")) {
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
    ImapClient session = co_await ImapClient::open_ready(context, endpoint(context.subject), plan_.tls, out);
    const ImapReply reply =
        co_await session.login(plan_.account->login, "wrong-" + context.subject.token, net::PasswordIs::made_up);
    out.set(kImap.wrong_password, reply.answer());
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
  plan.tls = fact_word<TlsMode>(parameters.text("tls")).value_or(TlsMode::implicit);
  plan.port = static_cast<std::uint16_t>(parameters.integer("port", plan.tls == TlsMode::implicit ? 993 : 143));
  if (const Account* account = parameters.account("as")) plan.account = *account;
  plan.wrong_password = facet::why_no_wrong_password(parameters).empty();
  const std::string& clear = parameters.text("plain_port");
  plan.look_at_clear_port = !clear.empty() && clear != "free";
  return plan;
}

}  // namespace drydock
