#include "probes/imap/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "probes/client/by_hand.hpp"
#include "probes/codec/not_now.hpp"
#include "probes/core/ended_at.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/imap/facts.hpp"
#include "probes/imap/probe.hpp"

namespace drydock::imap_checks {
namespace {

using List = std::vector<std::string>;

/// An untagged answer as it came.
std::string untagged(const Answer& answer) {
  return "* " + answer.text();
}

/// For an answer that says nothing about the service: there are too many connections, of this prober's or of others'.
Judgement turned_away(const Answer& answer, std::string_view what) {
  return Judgement::inconclusive(
      fmt::format("{}: the server says that there are too many connections: \"{}\"", what, answer.text()),
      "look again when fewer are open; how many one address may have is Courier's MAXPERIP, Dovecot's "
      "mail_max_userip_connections");
}

Endpoint dialled(const Subject& subject) {
  return {subject.target.ip, subject.target.port.value_or(imap_plan(subject.parameters).port)};
}

/// A command that opens the same connection by hand.
std::string openssl_command(const Subject& subject) {
  const ImapPlan plan = imap_plan(subject.parameters);
  const Endpoint to = dialled(subject);
  if (plan.tls == TlsMode::none) return fmt::format("nc -C {} {}", to.ip, to.port);
  return fmt::format("openssl s_client -crlf{} -connect {}{}", plan.tls == TlsMode::starttls ? " -starttls imap" : "",
                     to.text(), subject.target.name.empty() ? "" : " -servername " + shell_word(subject.target.name));
}

/// A command that logs in; it asks for the password.
std::string login_command(const Subject& subject) {
  const ImapPlan plan = imap_plan(subject.parameters);
  return curl_mailbox_command(subject, dialled(subject), plan.tls == TlsMode::implicit ? "imaps" : "imap", "",
                              plan.account ? plan.account->login : "USER", "EXAMINE INBOX");
}

Judgement with_command(Judgement judgement, std::string command, std::string_view stage = {}) {
  judgement.reproduce = std::move(command);
  if (judgement.stage.empty()) judgement.stage = stage;
  return judgement;
}

Judgement greeting_of(const Observation& seen, const Subject& subject) {
  constexpr std::string_view kExpected = "* OK";
  const ImapPlan plan = imap_plan(subject.parameters);
  const auto* greeting = seen.get(kImap.greeting);
  if (!greeting) return seen.error ? ended_early(seen, kExpected) : not_seen(seen, "the greeting");
  if (tells_of_too_many(*greeting)) return turned_away(*greeting, "the greeting is BYE");
  if (puts_off(*greeting))
    return Judgement::inconclusive(fmt::format("the server greets with \"not now\": {}", untagged(*greeting)),
                                   "the server's log says why");
  if (greeting->is("BYE"))
    return Judgement::fail("the server refuses every client: it greets with BYE", std::string(kExpected),
                           untagged(*greeting),
                           "the server's log says why: a clock that is wrong, or a service that is shutting down");
  if (greeting->is("PREAUTH"))
    return Judgement::fail("everybody is logged in without a password: the server greets with PREAUTH",
                           std::string(kExpected), untagged(*greeting),
                           "stop the server, and look at how it is started: PREAUTH belongs on a pipe, not on a port");
  if (!greeting->is("OK"))
    return Judgement::fail("the greeting is no IMAP greeting", std::string(kExpected), untagged(*greeting));
  if (plan.tls == TlsMode::starttls && !seen.has(kImapTls.version) && ended_at(seen, {"starttls", "tls"}))
    return ended_early(seen, "STARTTLS offered, and a TLS handshake after it");
  return Judgement::pass(untagged(*greeting));
}

}  // namespace

Judgement greeting(const Observation& seen, const Subject& subject) {
  return with_command(greeting_of(seen, subject), openssl_command(subject), "greeting");
}

Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  if (imap_plan(subject.parameters).tls == TlsMode::none) return Judgement::skip("the scenario says tls: none here");
  Judgement judgement = judge(seen, subject, kImapTls);
  if (judgement.reproduce.empty()) judgement.reproduce = openssl_command(subject);
  return judgement;
}

// ---- the port without TLS

namespace {

/// What a client without TLS would log in with there; empty where it is kept from it.
List clear_logins(const List& capabilities) {
  List ways;
  if (!has_capability(capabilities, "LOGINDISABLED")) ways.emplace_back("LOGIN");
  for (const auto* way : {"AUTH=PLAIN", "AUTH=LOGIN"})
    if (has_capability(capabilities, way)) ways.emplace_back(way);
  return ways;
}

/// Where the port takes connections.
Judgement open_port(const Observation& seen, bool closed_wanted) {
  const auto* greeting = seen.get(kImap.clear_greeting);
  const auto* capabilities = seen.get(kImap.clear_capabilities);
  const std::string expected = closed_wanted ? "port 143 closed" : "LOGINDISABLED on port 143, or the port closed";
  if (greeting && tells_of_too_many(*greeting))
    return turned_away(*greeting, "port 143 is open, and what it offers could not be seen");
  if (greeting && greeting->is("PREAUTH"))
    return Judgement::fail("port 143 lets everybody in without a password", expected, untagged(*greeting),
                           "stop the clear-text IMAP service");
  if (greeting && puts_off(*greeting))
    return Judgement::inconclusive(
        fmt::format("port 143 is open, and the server greets with \"not now\": {}", untagged(*greeting)));
  if (greeting && greeting->is("BYE")) {
    const auto* elsewhere = seen.get(kImap.greeting);
    if (!elsewhere || !elsewhere->is("OK"))
      return Judgement::inconclusive(
          fmt::format("port 143 greets this prober with {}, and so may turn away the prober alone: it was served at no "
                      "other port",
                      untagged(*greeting)));
    if (!closed_wanted) return Judgement::pass(untagged(*greeting));
    return Judgement::warn("port 143 is open, though nobody can log in there", expected, untagged(*greeting),
                           "stop the clear-text IMAP service");
  }
  if (!capabilities) {
    const auto* trouble = seen.get(kImap.clear_trouble);
    return Judgement::inconclusive(fmt::format("port 143 is open, and what it offers could not be seen: {}",
                                               trouble ? *trouble : "no list of capabilities came"),
                                   "see by hand what listens there");
  }
  const List ways = clear_logins(*capabilities);
  if (!ways.empty())
    return Judgement::fail(
        "port 143 takes passwords in clear text", expected,
        fmt::format("{} offered without TLS: {}", fmt::join(ways, ", "), fmt::join(*capabilities, " ")),
        "Courier: IMAPDSTART=NO, or IMAP_TLS_REQUIRED=1 in /etc/courier/imapd-ssl and restart; every client that is "
        "set up without TLS sends its password to be read on the way");
  if (closed_wanted)
    return Judgement::warn("port 143 is open, though no login is offered there without TLS", expected,
                           fmt::format("{}", fmt::join(*capabilities, " ")),
                           "stop the clear-text IMAP service (Courier: IMAPDSTART=NO), or write plain_port: no-login");
  return Judgement::pass("LOGINDISABLED, no AUTH=PLAIN");
}

Judgement clear_port_of(const Observation& seen, const Evidence& evidence, const std::string& wanted) {
  const auto* state = seen.get(kImap.clear_state);
  if (!state) return not_seen(seen, "port 143");
  if (*state == "refused" || *state == "prohibited") return Judgement::pass("port 143 " + *state);
  if (*state == "open") return open_port(seen, wanted == "closed");
  if (*state == "silent" && (seen.has(kImap.greeting) || address_answered(seen, evidence)))
    return Judgement::pass("port 143 drops connections, while the host answers elsewhere");
  return Judgement::inconclusive(fmt::format("port 143 is {}: nothing can be said of it", *state),
                                 "see whether the prober reaches the host at all");
}

}  // namespace

bool plain_port_awaits_others(const Observation& seen, const Subject&) {
  const auto* state = seen.get(kImap.clear_state);
  return state && *state == "silent" && !seen.answered;
}

Judgement plain_port(const Observation& seen, const Subject& subject, const Evidence& evidence) {
  const std::string& wanted = subject.parameters.text("plain_port");
  if (wanted.empty()) return Judgement::skip("the scenario does not say what port 143 must do (plain_port)");
  if (wanted == "free") return Judgement::skip("the scenario leaves port 143 free");
  return with_command(clear_port_of(seen, evidence, wanted),
                      fmt::format("printf 'a CAPABILITY\\r\\nb LOGOUT\\r\\n' | nc -w 5 {} 143", subject.target.ip),
                      "clear-port");
}

// ---- logging in

namespace {

constexpr std::string_view kExpectedOfLogin = "OK to LOGIN and to the command after it";
constexpr std::string_view kUndecidedHint =
    "log in with a second account: where that works it is this one's home (owner, mode, Maildir, a +t bit, a quota); "
    "where it does not, the server's log says why; Courier: does authdaemond run, does authmodulelist name the right "
    "module";

/// The answers of one try, in one line.
std::string try_text(const Answer& login, const Answer* inbox) {
  return inbox ? fmt::format("{}; inbox: {}", login.text(), inbox->text()) : login.text();
}

/// The answers of all tries, in one line.
std::string tries_text(const Observation& seen) {
  const auto* first = seen.get(kImap.deferred_login);
  const auto* login = seen.get(kImap.login);
  std::string text = first ? try_text(*first, seen.get(kImap.deferred_inbox)) : std::string();
  if (login) text += (first ? "; once more: " : "") + try_text(*login, seen.get(kImap.inbox));
  return text;
}

/// Whether a refusal gives a reason of the server's own (RFC 5530 §3): then no password is doubted.
bool is_about_the_server(const Answer& refusal) {
  const std::string code = refusal.code_name();
  return code == "SERVERBUG" || code == "CORRUPTION" || code == "CONTACTADMIN" || code == "PRIVACYREQUIRED";
}

Judgement login_refused(const Observation& seen, const Answer& last, const Account& account) {
  if (speaks_of_this_client(last.words))
    return Judgement::inconclusive(
        fmt::format("{} can't log in from here: the refusal speaks of this prober: {}", account.login, last.text()),
        "let the server take this prober's address, or look from elsewhere");
  const std::string doubt = is_about_the_server(last) ? last.text() : net::doubt_password(account.password);
  return Judgement::fail(
      fmt::format("{} can't log in with the password of the scenario; {}", account.login, doubt),
      std::string(kExpectedOfLogin), tries_text(seen),
      "log in by hand with what the scenario's source gives; else the server's log says why; Courier: does "
      "authmodulelist name the right module, can it read this account's password hash");
}

Judgement never_decided(const Observation& seen, const Answer& last, const std::string& account) {
  if (tells_of_too_many(last)) return turned_away(last, fmt::format("{} could not log in", account));
  if (last.code_name() == "INUSE")
    return Judgement::inconclusive(fmt::format("{} could not log in: \"{}\"", account, last.text()),
                                   "another client holds the mailbox; try again");
  if (last.trouble && !blames_host(last.trouble->kind))
    return Judgement::inconclusive(fmt::format("{} could not log in: {}", account, last.text()));
  return Judgement::fail(last.trouble
                             ? fmt::format("{} can't log in: the server hung up twice instead of an answer", account)
                             : fmt::format("{} can't log in: the server answered twice that it can't decide", account),
                         std::string(kExpectedOfLogin), tries_text(seen), std::string(kUndecidedHint));
}

/// Where no login came to an answer that counts.
Judgement login_unseen(const Observation& seen) {
  if (!seen.has(kImap.deferred_login))
    return not_seen(seen, seen.has(kImap.login) ? "the answer to EXAMINE INBOX" : "the answer to LOGIN");
  Judgement judgement = not_seen(seen, "the answer to a second LOGIN");
  judgement.message =
      fmt::format("the login was deferred (\"{}\"), and a second one could not be held", tries_text(seen));
  judgement.hint = kUndecidedHint;
  return judgement;
}

Judgement login_of(const Observation& seen, const Account& account) {
  const auto* login = seen.get(kImap.login);
  const auto* inbox = seen.get(kImap.inbox);
  if (!login || (login->is("OK") && !inbox)) return login_unseen(seen);
  const Answer& last = login->is("OK") ? *inbox : *login;
  if (last.is("OK")) {
    if (!seen.has(kImap.deferred_login)) return Judgement::pass(login->text());
    return Judgement::warn(fmt::format("{} could log in at the second try only", account.login),
                           std::string(kExpectedOfLogin), tries_text(seen), std::string(kUndecidedHint));
  }
  const bool decided = last.is("BAD") || (last.is("NO") && !tells_not_now(last));
  if (!decided) return never_decided(seen, last, account.login);
  if (!login->is("OK")) return login_refused(seen, last, account);
  return Judgement::fail(fmt::format("{} logs in, but the inbox can't be opened", account.login),
                         std::string(kExpectedOfLogin), tries_text(seen),
                         "the server's log says why: is there a Maildir, whose is it, may its owner read it");
}

Judgement wrong_password_of(const Observation& seen, const std::string& account) {
  const auto* answer = seen.get(kImap.wrong_password);
  if (!answer) {
    const auto* inbox = seen.get(kImap.inbox);
    if (!inbox || !inbox->is("OK")) return facet::wrong_password_not_tried();
    return not_seen(seen, "the answer to a wrong password");
  }
  if (answer->is("OK"))
    return facet::wrong_password_accepted(
        account, "NO", answer->text(),
        "stop the server now; look at authmodulelist and at what its module does with the password");
  const bool refused = answer->is("NO") && !tells_not_now(*answer) && !speaks_of_this_client(answer->words);
  if (refused) return Judgement::pass(answer->text());
  return Judgement::inconclusive(
      fmt::format("a wrong password was answered with \"{}\", which is neither yes nor no", answer->text()),
      std::string(kUndecidedHint));
}

const Account* account_of(const Subject& subject) {
  return subject.parameters.account("as");
}

}  // namespace

Judgement login(const Observation& seen, const Subject& subject) {
  const Account* account = account_of(subject);
  if (!account) return Judgement::skip("no account is given (as)");
  return with_command(login_of(seen, *account), login_command(subject), "login");
}

Judgement wrong_password(const Observation& seen, const Subject& subject) {
  const Account* account = account_of(subject);
  if (!account) return Judgement::skip("no account is given (as)");
  if (std::string why = facet::why_no_wrong_password(subject.parameters); !why.empty())
    return Judgement::skip(std::move(why));
  return with_command(wrong_password_of(seen, account->login),
                      login_command(subject) + "   # and type a wrong password", "wrong-password");
}

// ---- capabilities

namespace {

Judgement capabilities_of(const Observation& seen) {
  const std::string expected = "IMAP4rev1 or IMAP4rev2 among the capabilities";
  const auto* words = seen.get(kImap.capabilities);
  if (!words)
    return ended_at(seen, {"capability"}) ? ended_early(seen, expected) : not_seen(seen, "the list of capabilities");
  const std::string all = fmt::format("{}", fmt::join(*words, " "));
  if (has_capability(*words, "IMAP4rev1") || has_capability(*words, "IMAP4rev2")) return Judgement::pass(all);
  return Judgement::fail("the server does not say that it speaks IMAP4rev1 or IMAP4rev2", expected,
                         words->empty() ? "none" : all,
                         "Courier: IMAP_CAPABILITY and IMAP_CAPABILITY_TLS in /etc/courier/imapd");
}

}  // namespace

Judgement capabilities(const Observation& seen, const Subject& subject) {
  return with_command(capabilities_of(seen), openssl_command(subject), "capability");
}

}  // namespace drydock::imap_checks
