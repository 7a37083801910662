#include <fmt/format.h>

#include <optional>

#include "probes/core/text.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/password.hpp"

namespace drydock::ftp {
namespace {

/// Whether the server sends everybody away who comes without TLS, with 421 or without a word (Pure-FTPd with TLS=2):
/// that is no "not now" where the same login is answered under TLS.
bool sends_away(const Reply* reply, bool cut, bool answers_under_tls) {
  return answers_under_tls && (cut || (reply && reply->code == 421 && !is_about_the_crowd(*reply)));
}

/// Whether the server refuses USER without TLS; nothing where it did not say.
std::optional<bool> refuses_clear(const Observation& seen, bool wanted) {
  const auto* reply = seen.get(kFtp.clear);
  if (wanted && sends_away(reply, seen.has(kFtp.clear_cut), is_logged_in(seen))) return true;
  if (!reply || reply->code < 200 || is_not_now(*reply) || is_about_this_client(*reply)) return std::nullopt;
  return reply->permanent();
}

/// A reply that says no to this login, and not to the crowd or to whoever comes from here.
bool is_refusal(const Reply& reply) {
  return reply.permanent() && !is_not_now(reply) && !is_about_this_client(reply);
}

/// Of a reply that says neither yes nor no: too many clients, 4yz, this prober, or that there is more to send (332).
Judgement undecided(std::string_view what, const Reply& reply) {
  if (is_not_now(reply)) return not_now(what, reply);
  if (is_about_this_client(reply))
    return Judgement::inconclusive(fmt::format("{}: the refusal speaks of this prober: {}", what, reply.text()),
                                   "let the server take this prober's address, or look from elsewhere");
  return Judgement::inconclusive(fmt::format("{}: the reply says neither yes nor no: {}", what, reply.text()));
}

/// Of a login without TLS to which the server gave no answer that says yes or no.
Judgement unclear(const Observation& seen) {
  if (const auto* reply = seen.get(kFtp.clear)) return undecided("USER without TLS", *reply);
  if (seen.has(kFtp.clear_cut))
    return Judgement::inconclusive("the server hung up on USER without TLS, and no login under TLS was seen to work");
  return unseen_reply(seen, "the reply to USER without TLS");
}

/// Whether a login failed after the password was taken: vsftpd's `500 OOPS: cannot change directory`, ProFTPD's `home
/// directory not accessible`.
bool is_about_the_home(const Reply& reply) {
  return ascii_lower(reply.text()).find("directory") != std::string::npos;
}

constexpr std::string_view kNoReply = "the server hung up on an anonymous login, without a reply";

Judgement let_in(const Reply& reply, std::string_view how, std::string_view hint, std::string hand) {
  return finished(Judgement::fail(fmt::format("anybody can log in anonymously{}: {}", how, reply.text()), "530",
                                  reply.text(), std::string(hint)),
                  stage::kAnonymous, std::move(hand));
}

/// The reply that refused the account that is to work, or whoever comes from here; null where that is not so.
const Reply* refused_login(const Observation& seen) {
  const auto* login = seen.get(kFtp.login);
  return login && login->permanent() && !is_not_now(*login) ? login : nullptr;
}

/// What the login without TLS comes to, where strangers are to be refused; nothing where it is refused.
std::optional<Judgement> judge_anonymous_in_clear(const Observation& seen, const Subject& subject) {
  if (subject.parameters.text("tls") != "starttls") return std::nullopt;
  const auto* reply = seen.get(kFtp.anonymous_clear);
  const bool cut = seen.has(kFtp.anonymous_clear_cut);
  const std::string hand = by_netcat(subject, {"USER anonymous", "PASS drydock@"});
  if (reply && reply->positive())
    return let_in(*reply, " without TLS",
                  "a server may refuse strangers inside TLS and let them in outside (vsftpd: allow_anon_ssl)", hand);
  const auto* inside = seen.get(kFtp.anonymous);
  if (sends_away(reply, cut, inside && !is_not_now(*inside))) return std::nullopt;
  if (reply && !is_refusal(*reply))
    return finished(undecided("anonymous login without TLS", *reply), stage::kAnonymous, hand);
  if (cut)
    return finished(Judgement::inconclusive(fmt::format("{}, outside TLS, and gave none inside it either", kNoReply)),
                    stage::kAnonymous, hand);
  if (!reply) return unseen_reply(seen, "the reply to an anonymous login without TLS");
  return std::nullopt;
}

/// Where strangers are to be refused: both inside TLS and outside.
Judgement judge_strangers_kept_out(const Observation& seen, const Subject& subject, std::string hand) {
  const auto* inside = seen.get(kFtp.anonymous);
  if (inside && inside->positive())
    return let_in(*inside, "", "an <Anonymous> section that the package brings or that was carried over",
                  std::move(hand));
  auto outside = judge_anonymous_in_clear(seen, subject);
  if (outside && outside->verdict == Verdict::fail) return *outside;
  if (!inside) return finished(Judgement::inconclusive(std::string(kNoReply)), stage::kAnonymous, std::move(hand));
  if (!is_refusal(*inside)) return finished(undecided("anonymous login", *inside), stage::kAnonymous, std::move(hand));
  if (outside) return *outside;
  if (const auto* login = refused_login(seen))
    return finished(
        Judgement::inconclusive(
            fmt::format("an anonymous login is refused ({}), but so is that of {} ({}): this may be about the "
                        "prober, or about everybody",
                        inside->text(), subject.parameters.account("as")->login, login->text()),
            "mend the other login first"),
        stage::kAnonymous, std::move(hand));
  return Judgement::pass(inside->text());
}

Judgement judge_strangers_let_in(const Observation& seen, std::string hand) {
  const auto* reply = seen.get(kFtp.anonymous);
  if (reply && reply->positive()) return Judgement::pass(reply->text());
  if (reply && !is_refusal(*reply))
    return finished(undecided("anonymous login", *reply), stage::kAnonymous, std::move(hand));
  const std::string said = reply ? reply->text() : std::string(kNoReply);
  return finished(Judgement::fail(fmt::format("an anonymous login is refused: {}", said), "230", said,
                                  "the <Anonymous> section, /etc/ftpusers, the ftp user's shell"),
                  stage::kAnonymous, std::move(hand));
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
  if (const auto* login = *refused ? refused_login(seen) : nullptr)
    return finished(
        Judgement::inconclusive(
            fmt::format("USER without TLS is refused ({}), but so is the login under TLS ({})", said, login->text()),
            "mend the login under TLS first"),
        stage::kClear, hand);
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
  const auto* in_clear = seen.get(kFtp.anonymous_clear);
  const bool let_in_clear = policy == "refused" && in_clear && in_clear->positive();
  if (!let_in_clear && !seen.has(kFtp.anonymous) && !seen.has(kFtp.anonymous_cut))
    return unseen_reply(seen, "the reply to an anonymous login");
  return policy == "refused" ? judge_strangers_kept_out(seen, subject, hand) : judge_strangers_let_in(seen, hand);
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
  if (is_not_now(*reply) || is_about_this_client(*reply))
    return finished(undecided("login", *reply), stage::kLogin, hand);
  const std::string doubt = is_about_the_home(*reply) ? "" : "; " + net::doubt_password(account->password);
  return finished(
      Judgement::fail(fmt::format("{} can't log in: {}{}", account->login, reply->text(), doubt), "230", reply->text(),
                      "the password's hash scheme, the shell in /etc/shells, /etc/ftpusers, the home"),
      stage::kLogin, hand);
}

Judgement judge_wrong_password(const Observation& seen, const Subject& subject) {
  const Account* account = subject.parameters.account("as");
  if (!account) return Judgement::skip("no account (`as`)");
  if (std::string why = facet::why_no_wrong_password(subject.parameters); !why.empty())
    return Judgement::skip(std::move(why));
  const std::string hand = by_curl(subject) + "   # and type a wrong password";
  const auto* reply = seen.get(kFtp.wrong_password);
  if (!reply && !is_logged_in(seen)) return facet::wrong_password_not_tried();
  if (!reply) return finished(unseen_reply(seen, "the reply to a wrong password"), stage::kWrongPassword, hand);
  if (is_refusal(*reply)) return Judgement::pass(reply->text());
  if (!reply->positive()) return finished(undecided("wrong password", *reply), stage::kWrongPassword, hand);
  return finished(facet::wrong_password_accepted(account->login, "530", reply->text(),
                                                 "stop the server now, and mend its authentication"),
                  stage::kWrongPassword, hand);
}

}  // namespace drydock::ftp
