#include <fmt/format.h>

#include <optional>

#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/password.hpp"

namespace drydock::ftp {
namespace {

/// Whether the server refuses USER without TLS; nothing where it did not say. One that sends everybody away who comes
/// without TLS answers 421 or hangs up (Pure-FTPd with TLS=2): that is no "not now" where the same login works under
/// TLS.
std::optional<bool> refuses_clear(const Observation& seen, bool wanted) {
  const auto* reply = seen.get(kFtp.clear);
  const bool sent_away = seen.has(kFtp.clear_cut) || (reply && reply->code == 421);
  if (sent_away && wanted && is_logged_in(seen)) return true;
  if (!reply || reply->temporary()) return std::nullopt;
  return reply->permanent();
}

/// Of a login without TLS to which the server gave no answer that says yes or no.
Judgement unclear(const Observation& seen) {
  if (const auto* reply = seen.get(kFtp.clear)) return not_now("USER without TLS", *reply);
  if (seen.has(kFtp.clear_cut))
    return Judgement::inconclusive("the server hung up on USER without TLS, and no login under TLS was seen to work");
  return unseen_reply(seen, "the reply to USER without TLS");
}

Judgement judge_anonymous_in_clear(const Observation& seen, const Subject& subject, const Reply& inside) {
  const auto* clear = seen.get(kFtp.anonymous_clear);
  if (clear && clear->positive())
    return finished(
        Judgement::fail(fmt::format("anybody can log in anonymously without TLS: {}", clear->text()), "530",
                        clear->text(),
                        "a server may refuse strangers inside TLS and let them in outside (vsftpd: allow_anon_ssl)"),
        stage::kAnonymous, by_netcat(subject, {"USER anonymous", "PASS drydock@"}));
  const bool tried = clear || seen.has(kFtp.anonymous_clear_cut);
  if (!tried && subject.parameters.text("tls") == "starttls")
    return unseen_reply(seen, "the reply to an anonymous login without TLS");
  return Judgement::pass(inside.text());
}

}  // namespace

Judgement judge_clear(const Observation& seen, const Subject& subject) {
  const std::string& policy = subject.parameters.text("clear");
  const Account* account = subject.parameters.account("as");
  if (policy.empty()) return Judgement::skip("`clear` is not declared");
  if (!account) return Judgement::skip("no account (`as`) to try it with");
  if (subject.parameters.text("tls") != "starttls") return Judgement::skip("only where TLS begins with AUTH TLS");
  const std::string hand = by_netcat(subject, {fmt::format("USER {}", account->login)});
  if (ended_at(seen, {stage::kClear}))
    return finished(ended_early(seen, "a reply to USER without TLS"), stage::kClear, hand);
  const auto refused = refuses_clear(seen, policy == "refused");
  if (!refused) return finished(unclear(seen), stage::kClear, hand);
  const auto* reply = seen.get(kFtp.clear);
  const std::string said = reply ? reply->text() : "the server hung up";
  if (*refused == (policy == "refused")) return Judgement::pass(said);
  if (*refused)
    return finished(
        Judgement::fail(fmt::format("a login without TLS is refused: {}", said), "331", said, "TLSRequired"),
        stage::kClear, hand);
  return finished(
      Judgement::fail(fmt::format("the server takes logins without TLS, so passwords cross in clear: {}", said),
                      "530 or 550 to USER before AUTH TLS", said, "TLSRequired on (or auth)"),
      stage::kClear, hand);
}

Judgement judge_anonymous(const Observation& seen, const Subject& subject) {
  const std::string& policy = subject.parameters.text("anonymous");
  if (policy.empty()) return Judgement::skip("`anonymous` is not declared");
  const std::string hand = by_curl(subject, "--user anonymous:drydock@");
  if (ended_at(seen, {stage::kAnonymous}))
    return finished(ended_early(seen, "a reply to an anonymous login"), stage::kAnonymous, hand);
  const auto* reply = seen.get(kFtp.anonymous);
  if (!reply) return unseen_reply(seen, "the reply to an anonymous login");
  if (reply->temporary() || (policy == "allowed" && is_about_the_crowd(*reply)))
    return finished(not_now("anonymous login", *reply), stage::kAnonymous, hand);
  const bool refused = reply->permanent();
  if (refused && policy == "refused") return judge_anonymous_in_clear(seen, subject, *reply);
  const std::string said = reply->text();
  if (refused == (policy == "refused")) return Judgement::pass(said);
  if (refused)
    return finished(Judgement::fail(fmt::format("an anonymous login is refused: {}", said), "230", said,
                                    "the <Anonymous> section, /etc/ftpusers, the ftp user's shell"),
                    stage::kAnonymous, hand);
  return finished(Judgement::fail(fmt::format("anybody can log in anonymously: {}", said), "530", said,
                                  "an <Anonymous> section that the package brings or that was carried over"),
                  stage::kAnonymous, hand);
}

Judgement judge_login(const Observation& seen, const Subject& subject) {
  const Account* account = subject.parameters.account("as");
  if (!account) return Judgement::skip("no account (`as`)");
  const std::string hand = by_curl(subject);
  if (ended_at(seen, {stage::kLogin}))
    return finished(ended_early(seen, "230 to the account's login"), stage::kLogin, hand);
  const auto* reply = seen.get(kFtp.login);
  if (!reply) return unseen_reply(seen, "the reply to the account's login");
  if (is_logged_in(seen)) return Judgement::pass(reply->text());
  if (reply->temporary() || is_about_the_crowd(*reply)) return finished(not_now("login", *reply), stage::kLogin, hand);
  return finished(
      Judgement::fail(
          fmt::format("{} can't log in: {}; {}", account->login, reply->text(), net::doubt_password(account->password)),
          "230", reply->text(), "the password's hash scheme, the shell in /etc/shells, /etc/ftpusers, the home"),
      stage::kLogin, hand);
}

Judgement judge_wrong_password(const Observation& seen, const Subject& subject) {
  const Account* account = subject.parameters.account("as");
  if (!account) return Judgement::skip("no account (`as`)");
  if (subject.parameters.text("wrong_password") == "untested")
    return Judgement::skip("the scenario says wrong_password: untested");
  const std::string hand = by_curl(subject) + "   # and type a wrong password";
  const auto* reply = seen.get(kFtp.wrong_password);
  if (!reply && !is_logged_in(seen))
    return Judgement::inconclusive(
        "not tried: where the right password is not accepted, a refusal of a wrong one proves nothing");
  if (!reply) return finished(unseen_reply(seen, "the reply to a wrong password"), stage::kWrongPassword, hand);
  if (reply->temporary() || is_about_the_crowd(*reply))
    return finished(not_now("wrong password", *reply), stage::kWrongPassword, hand);
  if (reply->permanent()) return Judgement::pass(reply->text());
  return finished(
      Judgement::fail(fmt::format("anybody can log in as {}: a password that nobody has was accepted", account->login),
                      "530", reply->text(), "stop the server now, and mend its authentication"),
      stage::kWrongPassword, hand);
}

}  // namespace drydock::ftp
