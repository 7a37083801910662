#include "probes/ftp/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "probes/client/ftp_control.hpp"
#include "probes/codec/reply.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/round_trip.hpp"
#include "probes/net/begins_with_tls.hpp"
#include "probes/net/connection_time.hpp"
#include "probes/net/password.hpp"

namespace drydock::ftp {
namespace asio = boost::asio;

namespace {

std::uint16_t port_of(const Subject& subject) {
  return subject.target.port.value_or(static_cast<std::uint16_t>(subject.parameters.integer("port", 21)));
}

TlsMode tls_of(const Subject& subject) {
  return fact_word<TlsMode>(subject.parameters.text("tls")).value_or(TlsMode::starttls);
}

/// A server may hang up on whom it does not want.
bool is_cut(const Failure& failure) {
  return failure.kind() == ErrorKind::closed || failure.kind() == ErrorKind::reset;
}

/// The dialogues of one observation, one after the other, each on a connection of its own.
class Dialogue {
public:
  Dialogue(const ProbeContext& context, Observation& out) : context_(context), subject_(context.subject), out_(out) {}

  asio::awaitable<void> run();

private:
  asio::awaitable<FtpControl> dial(Reply& greeting);
  asio::awaitable<std::optional<FtpControl>> dial_again();
  asio::awaitable<void> give_time(asio::awaitable<void> work);
  asio::awaitable<bool> meet();
  asio::awaitable<bool> inspect();
  asio::awaitable<void> inspect_into(bool& ready);
  asio::awaitable<bool> secure(FtpControl& control);
  asio::awaitable<void> log_in_anonymously(FtpControl& control, const Fact<Reply>& answer, const Fact<bool>& cut);
  asio::awaitable<void> try_anonymous_in_clear();
  asio::awaitable<void> try_clear();
  asio::awaitable<void> try_wrong_password();
  asio::awaitable<void> log_in();
  asio::awaitable<void> features(FtpControl& control);
  asio::awaitable<void> start_tls(FtpControl& control);

  [[nodiscard]] bool wants_anonymous() const {
    return subject_.parameters.has("anonymous") && !subject_.is_off("ftp.anonymous");
  }
  void stage(std::string_view name) { out_.stage = std::string(name); }

  const ProbeContext& context_;
  const Subject& subject_;
  Observation& out_;
};

asio::awaitable<void> Dialogue::start_tls(FtpControl& control) {
  stage(stage::kTls);
  std::optional<net::TlsSession> session;
  try {
    session = co_await control.stream().start_tls(net::tls_options(subject_));
  } catch (const net::PlainTextAnswer& answer) {
    const std::optional<Reply> reply = reply_of_line(answer.line());
    if (reply && ftp_turns_away(*reply)) throw Failure(ErrorKind::temporary, answer.what());
    if (!reply || reply->code != 220 || tls_of(subject_) != TlsMode::implicit) throw;
    throw Failure(ErrorKind::tls, fmt::format("{}; did you mean `tls: starttls`?", answer.what()));
  }
  facet::record_tls(out_, kFtpTls, *session);
}

asio::awaitable<FtpControl> Dialogue::dial(Reply& greeting) {
  net::Stream stream = co_await net::Stream::dial(context_, {subject_.target.ip, port_of(subject_)}, out_);
  FtpControl control(std::move(stream));
  if (tls_of(subject_) == TlsMode::implicit) co_await start_tls(control);
  stage(stage::kBanner);
  greeting = co_await control.greet();
  co_return control;
}

/// A further connection; nothing where the server does not take it.
asio::awaitable<std::optional<FtpControl>> Dialogue::dial_again() {
  Reply greeting;
  FtpControl control = co_await dial(greeting);
  if (greeting.code == 220) co_return std::optional<FtpControl>(std::move(control));
  out_.set(kFtp.turned_away, greeting);
  co_return std::nullopt;
}

asio::awaitable<void> Dialogue::features(FtpControl& control) {
  const Reply reply = co_await control.ask("FEAT");
  std::vector<std::string> list;
  if (reply.code == 211 && reply.lines.size() > 2)
    for (std::size_t i = 1; i + 1 < reply.lines.size(); ++i) {
      const std::size_t start = reply.lines[i].find_first_not_of(' ');
      if (start != std::string::npos) list.push_back(printable(reply.lines[i].substr(start)));
    }
  if (reply.code < 400 || reply.code >= 500) out_.set(kFtp.features, list);
}

/// RFC 4217 §4 and §9. False where the server does not begin TLS.
asio::awaitable<bool> Dialogue::secure(FtpControl& control) {
  stage(stage::kStartTls);
  const Reply reply = co_await control.ask_for_tls();
  out_.set(kFtp.auth_tls, reply);
  if (reply.code != 234) co_return false;
  co_await start_tls(control);
  co_return true;
}

asio::awaitable<void> Dialogue::log_in_anonymously(FtpControl& control, const Fact<Reply>& answer,
                                                   const Fact<bool>& cut) {
  stage(stage::kAnonymous);
  try {
    const std::string& name = subject_.surroundings.vantage.name;
    const Reply reply =
        co_await control.try_login("anonymous", fmt::format("drydock@{}", name.empty() ? "drydock" : name));
    out_.set(answer, reply);
  } catch (const Failure& failure) {
    if (!is_cut(failure)) throw;
    out_.transcript.note(failure.what());
    out_.set(cut, true);
  }
}

/// Without TLS: a server may refuse strangers inside it and let them in outside.
asio::awaitable<void> Dialogue::try_anonymous_in_clear() {
  std::optional<FtpControl> control = co_await dial_again();
  if (!control) co_return;
  co_await log_in_anonymously(*control, kFtp.anonymous_clear, kFtp.anonymous_clear_cut);
  co_await control->quit();
}

/// Asks for the account's name without TLS; the password is never sent so.
asio::awaitable<void> Dialogue::try_clear() {
  std::optional<FtpControl> control = co_await dial_again();
  stage(stage::kClear);
  if (!control) co_return;
  const Account* account = subject_.parameters.account("as");
  try {
    const Reply reply = co_await control->ask(fmt::format("USER {}", account->login));
    out_.set(kFtp.clear, reply);
  } catch (const Failure& failure) {
    if (!is_cut(failure)) throw;
    out_.transcript.note(failure.what());
    out_.set(kFtp.clear_cut, true);
  }
  co_await control->quit();
}

/// A password that nobody has, on the account that has just logged in with the right one.
asio::awaitable<void> Dialogue::try_wrong_password() {
  std::optional<FtpControl> control = co_await dial_again();
  if (!control) co_return;
  if (tls_of(subject_) == TlsMode::starttls) {
    const bool secured = co_await secure(*control);
    if (!secured) co_return;
  }
  stage(stage::kWrongPassword);
  const Account* account = subject_.parameters.account("as");
  const Reply reply = co_await control->try_login(account->login, "wrong-" + subject_.token);
  out_.set(kFtp.wrong_password, reply);
  co_await control->quit();
}

/// True where the dialogue went as far as it was asked to, so that an account may log in.
asio::awaitable<bool> Dialogue::inspect() {
  Reply greeting;
  FtpControl control = co_await dial(greeting);
  out_.set(kFtp.welcome, greeting);
  if (ftp_turns_away(greeting))
    throw Failure(ErrorKind::temporary, fmt::format("the server greets with \"not now\": {}", greeting.text()));
  if (greeting.code != 220) co_return false;
  stage(stage::kFeatures);
  co_await features(control);
  bool secured = true;
  if (tls_of(subject_) == TlsMode::starttls) secured = co_await secure(control);
  if (secured && wants_anonymous()) co_await log_in_anonymously(control, kFtp.anonymous, kFtp.anonymous_cut);
  stage("quit");
  co_await control.quit();
  co_return secured;
}

asio::awaitable<void> Dialogue::log_in() {
  const Account* account = subject_.parameters.account("as");
  stage(stage::kLogin);
  net::demand_readable(account->password, account->id);
  FtpLogin login{{subject_.target.ip, port_of(subject_)},
                 net::tls_options(subject_),
                 tls_of(subject_),
                 account->login,
                 account->password.reveal()};
  // Upload and download log in anew, each.
  ProbeContext longer = context_;
  longer.patience *= 3;
  net::ConnectionTime time(longer);
  co_await time.give(use_account(context_, std::move(login), out_), "end of what the account does");
  const auto* reply = out_.get(kFtp.login);
  const bool in = reply && reply->positive();
  const bool wanted =
      facet::why_no_wrong_password(subject_.parameters).empty() && !subject_.is_off("ftp.wrong-password");
  if (in && wanted) co_await give_time(try_wrong_password());
}

/// One connection, in its own time.
asio::awaitable<void> Dialogue::give_time(asio::awaitable<void> work) {
  net::ConnectionTime time(context_);
  co_await time.give(std::move(work), "end of the dialogue");
}

asio::awaitable<void> Dialogue::inspect_into(bool& ready) {
  ready = co_await inspect();
}

/// Where nothing is said in clear, the server may wait for TLS to begin.
asio::awaitable<bool> Dialogue::meet() {
  bool ready = false;
  std::optional<Failure> silence;
  try {
    co_await give_time(inspect_into(ready));
  } catch (const Failure& failure) {
    const bool silent = failure.kind() == ErrorKind::timeout || is_cut(failure);
    if (!silent || out_.stage != stage::kBanner || tls_of(subject_) == TlsMode::implicit) throw;
    silence = failure;
  }
  if (!silence) co_return ready;
  const bool waits_for_tls = co_await net::begins_with_tls(context_, {subject_.target.ip, port_of(subject_)}, out_);
  stage(stage::kBanner);
  if (!waits_for_tls) throw *silence;
  throw Failure(ErrorKind::tls,
                "the server says nothing in clear and speaks TLS from the first octet; did you mean `tls: implicit`?");
}

asio::awaitable<void> Dialogue::run() {
  const bool ready = co_await meet();
  const auto* greeting = out_.get(kFtp.welcome);
  if (!greeting || greeting->code != 220) co_return;
  const bool starttls = tls_of(subject_) == TlsMode::starttls;
  const bool account = subject_.parameters.account("as") != nullptr;
  if (starttls && wants_anonymous()) co_await give_time(try_anonymous_in_clear());
  if (starttls && account && subject_.parameters.has("clear") && !subject_.is_off("ftp.clear-login"))
    co_await give_time(try_clear());
  if (!ready || !account) co_return;
  co_await log_in();
  stage("done");
}

/// Whether a later connection, or a login, was turned away because of the crowd.
bool was_put_off(const Observation& seen) {
  const std::array answers{&kFtp.login, &kFtp.clear, &kFtp.anonymous, &kFtp.anonymous_clear, &kFtp.wrong_password};
  const auto* away = seen.get(kFtp.turned_away);
  return (away && is_not_now(*away)) || std::ranges::any_of(answers, [&](const Fact<Reply>* fact) {
           const auto* reply = seen.get(*fact);
           return reply && is_about_the_crowd(*reply);
         });
}

class FtpProbe : public Probe {
public:
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    Dialogue dialogue(context, out);
    try {
      co_await dialogue.run();
    } catch (const Failure&) {
      out.put_off = was_put_off(out);
      throw;
    }
    out.put_off = was_put_off(out);
  }
};

}  // namespace

std::unique_ptr<const Probe> make_probe(const Parameters&) {
  return std::make_unique<FtpProbe>();
}

}  // namespace drydock::ftp
