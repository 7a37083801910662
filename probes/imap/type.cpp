#include "probes/imap/type.hpp"

#include <array>

#include "probes/client/tls_mode.hpp"
#include "probes/core/check_table.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/imap/checks.hpp"
#include "probes/imap/facts.hpp"
#include "probes/imap/probe.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 3> kPlainPortWords{"closed", "no-login", "free"};

constexpr std::array<ParameterSpec, 5> kParameters{{
    {.name = "port", .type = ParameterType::port, .meaning = "the port to dial; 993 with implicit TLS, else 143"},
    {.name = "tls",
     .type = ParameterType::choice,
     .default_value = "implicit",
     .meaning = "how the connection becomes private",
     .choices = kTlsModes},
    {.name = "as", .type = ParameterType::account, .meaning = "the account that must be able to log in; needs TLS"},
    {.name = "plain_port",
     .type = ParameterType::choice,
     .meaning = "what port 143 must do: be closed, offer no login without TLS, or anything (free)",
     .choices = kPlainPortWords},
    facet::wrong_password_parameter(),
}};

constexpr auto kFacts = fact_table(kImap, kImapTls);

constexpr JudgedBeside kPlainPortBeside{kBesideTheAddress, imap_checks::plain_port_awaits_others,
                                        imap_checks::plain_port};

constexpr std::array<CheckSpec, 1> kGreetingChecks{{
    {.id = "imap.greeting",
     .title = "the server greets with OK under the wanted TLS",
     .severity = Severity::critical,
     .rfc = "RFC 3501 §7.1.1, RFC 8314 §3.2",
     .spec = "IMAP-01",
     .catches = "imapd-ssl that was not started, a port in clear text where TLS is wanted, a server that turns "
                "everybody away (BYE) or "
                "lets everybody in (PREAUTH)",
     .why = "No mail client gets any further than this.",
     .by_hand = "openssl s_client -crlf -connect ADDRESS:993 -servername NAME, and wait for * OK",
     .mend = "Start the TLS service (Courier: IMAPDSSLSTART=YES, TLS_CERTFILE readable), and read its log.",
     .judge = imap_checks::greeting},
}};

constexpr auto kCertificateChecks =
    facet::certificate_checks<"imap.certificate-", "openssl s_client -connect ADDRESS:993 -servername NAME",
                              imap_checks::of_certificate>(
        {.chain = "TLS-01", .name = "IMAP-01", .validity = "TLS-03"});

constexpr std::array<CheckSpec, 4> kMailboxChecks{{
    {.id = "imap.plain-port",
     .title = "port 143 takes no password in clear text",
     .severity = Severity::critical,
     .rfc = "RFC 3501 §11.1, RFC 8314 §4.1",
     .spec = "IMAP-02",
     .catches = "a package that starts its clear-text service by itself, a missing IMAP_TLS_REQUIRED. No login is "
                "tried there: what the "
                "port offers is what a client without TLS will do, and its password is lost before any answer comes",
     .why = "Whoever sits on the way reads passwords.",
     .by_hand = "printf 'a CAPABILITY\\r\\n' | nc -w 5 ADDRESS 143: closed, or LOGINDISABLED and no AUTH=PLAIN",
     .mend = "Stop the clear-text service (Courier: IMAPDSTART=NO) or demand TLS (IMAP_TLS_REQUIRED=1).",
     .judge = &kPlainPortBeside},
    {.id = "imap.login",
     .title = "the account logs in and its inbox opens",
     .severity = Severity::critical,
     .rfc = "RFC 3501 §6.2.3, §7.1.5",
     .spec = "IMAP-04",
     .catches = "a stopped authdaemond (BYE to every login), a wrong authentication module, an unknown password hash, "
                "a missing Maildir, "
                "an account that is refused only after LOGIN was answered with OK",
     .why = "Users can't read their mail.",
     .by_hand = "curl -v --connect-to ::ADDRESS:993 --user LOGIN imaps://NAME/ -X 'EXAMINE INBOX'",
     .mend = "Read the server's log; Courier: start courier-authdaemon, and try authtest LOGIN.",
     .judge = imap_checks::login},
    {.id = "imap.wrong-password",
     .title = "a wrong password is refused",
     .severity = Severity::critical,
     .rfc = "RFC 3501 §6.2.3",
     .spec = "IMAP-04",
     .catches = "an authentication module that accepts everything",
     .why = "Everybody can read everybody's mail.",
     .by_hand = "curl -v --connect-to ::ADDRESS:993 --user LOGIN:wrong imaps://NAME/: login denied",
     .mend = "Stop the server, and mend its authentication.",
     .judge = imap_checks::wrong_password},
    {.id = "imap.capabilities",
     .title = "the server says that it speaks IMAP4rev1 or IMAP4rev2",
     .severity = Severity::degraded,
     .rfc = "RFC 3501 §6.1.1, RFC 9051 §6.1.1",
     .spec = "IMAP-05",
     .catches = "an IMAP_CAPABILITY that was emptied or cut off",
     .why = "Mail clients choose what they do by this list; without its base they stop.",
     .by_hand = "openssl s_client -crlf -connect ADDRESS:993, then: a CAPABILITY",
     .mend = "Put the package's list back (Courier: IMAP_CAPABILITY in /etc/courier/imapd).",
     .judge = imap_checks::capabilities},
}};

constexpr auto kChecks = check_table(kGreetingChecks, kCertificateChecks, kMailboxChecks);

std::unique_ptr<const Probe> make(const Parameters& parameters) {
  return make_imap_probe(imap_plan(parameters));
}

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const ImapPlan plan = imap_plan(parameters);
  if (plan.account && plan.tls == TlsMode::none)
    problems.push_back({"as", "a password is never sent without TLS; write tls: implicit or tls: starttls"});
  if (parameters.text("plain_port") == "closed" && plan.port == plan.clear_port)
    problems.push_back(
        {"plain_port", "this probe itself talks to port 143, so it can't be closed; write no-login or free"});
  return problems;
}

std::vector<CheckCost> costs(const Subject& subject) {
  const ImapPlan plan = imap_plan(subject.parameters);
  if (!plan.account || !plan.wrong_password) return {};
  return {{.check = "imap.wrong-password", .facts = kImap.wrong_password.name, .wrong_logins = 1}};
}

std::uint16_t port(const Parameters& parameters) {
  return imap_plan(parameters).port;
}

/// A login that was not decided is tried again on another.
int connections(const Parameters& parameters) {
  const ImapPlan plan = imap_plan(parameters);
  return 1 + (plan.account ? 1 : 0) + (plan.look_at_clear_port ? 1 : 0) +
         (plan.account && plan.wrong_password ? 1 : 0);
}

}  // namespace

const ProbeType kImapType{
    .name = "imap",
    .summary = "a mailbox server as a mail client meets it: TLS, login, and what the port without TLS offers",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make,
    .validate = validate,
    .connections = connections,
    .costs = costs,
    .port = port,
    .reached_by = "imap.greeting",
};

}  // namespace drydock
