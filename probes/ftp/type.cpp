#include "probes/ftp/type.hpp"

#include <fmt/format.h>

#include "probes/client/tls_mode.hpp"
#include "probes/core/check_table.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/facet/wrong_password.hpp"
#include "probes/ftp/checks.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/probe.hpp"

namespace drydock {

namespace {

constexpr std::string_view kPolicy[] = {"refused", "allowed"};

constexpr ParameterSpec kParameters[] = {
    {.name = "port",
     .type = ParameterType::port,
     .default_value = "21",
     .meaning = "port of the control connection; 990 as a rule where tls is implicit"},
    {.name = "tls",
     .type = ParameterType::choice,
     .default_value = "starttls",
     .meaning = "how TLS begins: never, with AUTH TLS, or with the connection",
     .choices = kTlsModes},
    {.name = "as", .type = ParameterType::account, .meaning = "who logs in"},
    {.name = "round_trip",
     .type = ParameterType::text,
     .meaning = "a file to upload, list, download, compare and delete, in the folder that `as` logs in to; its name is "
                "given the probe's token where it has none, so that no two of them meet"},
    {.name = "anonymous",
     .type = ParameterType::choice,
     .meaning = "what an anonymous login must meet; not tried unless said",
     .choices = kPolicy},
    {.name = "clear",
     .type = ParameterType::choice,
     .meaning = "what a login without TLS must meet (only the name is sent); not tried unless said",
     .choices = kPolicy},
    facet::wrong_password_parameter(),
};

constexpr auto kFacts = fact_table(kFtp, kFtpTls);

/// One to look who speaks, and one where it does not; each login anew, an upload and a download besides.
int connections(const Parameters& parameters) {
  int count = 2;
  if (parameters.has("anonymous")) ++count;
  if (parameters.has("clear")) ++count;
  if (parameters.has("as")) count += 2;
  if (parameters.has("round_trip")) count += 2;
  return count;
}

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const std::string& file = parameters.text("round_trip");
  const bool account = parameters.has("as");
  if (!file.empty() && !account)
    problems.push_back({"round_trip", "nobody is named who logs in; `as: ACCOUNT` beside it would be right"});
  if (parameters.has("clear") && !account)
    problems.push_back({"clear", "nobody is named who would log in; `as: ACCOUNT` beside it would be right"});
  if (account && parameters.text("tls") == "none")
    problems.push_back({"as", "a password is never sent without TLS; `tls: starttls`, or no account, would be right"});
  if (file.find_first_of("/\r\n") != std::string::npos || file == "." || file == "..")
    problems.push_back({"round_trip", "this is no file's name; a name without a folder would be right"});
  if (parameters.text("tls") == "none" && parameters.text("clear") == "refused")
    problems.push_back({"clear", "a login without TLS is refused, yet tls is none; tls: starttls would be right"});
  return problems;
}

/// Anonymous logins are tried inside TLS and, where that is begun by AUTH, without it.
std::vector<CheckCost> costs(const Subject& subject) {
  const Parameters& parameters = subject.parameters;
  const bool account = parameters.has("as");
  const bool starttls = parameters.text("tls") == "starttls";
  std::vector<CheckCost> costs;
  if (parameters.text("anonymous") == "refused")
    costs.push_back({.check = "ftp.anonymous", .facts = kFtp.anonymous.name, .wrong_logins = starttls ? 2 : 1});
  if (account && starttls && parameters.text("clear") == "refused")
    costs.push_back({.check = "ftp.clear-login", .facts = kFtp.clear.name, .refusals = 1});
  if (account && facet::why_no_wrong_password(parameters).empty())
    costs.push_back({.check = "ftp.wrong-password", .facts = kFtp.wrong_password.name, .wrong_logins = 1});
  return costs;
}

std::uint16_t port_of(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", 21));
}

constexpr std::string_view kCurl =
    "curl -v --ssl-reqd --disable-epsv --connect-to ::ADDRESS:21 --user LOGIN ftp://NAME/";

constexpr std::array<CheckSpec, 2> kSessionChecks = {{
    {"ftp.greeting", "the server greets with 220", Severity::critical, "RFC 959 §4.2, §5.4", "FTP-01",
     "FTP server not started, bound to the old address, shut down; a greeting that carries a wrong name (warn)",
     "nobody can use FTP", "printf 'QUIT\\r\\n' | nc ADDRESS 21", "start the server; its virtual servers and addresses",
     ftp::judge_greeting},
    {"ftp.tls", "TLS begins on the control connection", Severity::critical, "RFC 4217 §4, §9", "FTP-02",
     "mod_tls not loaded, a key that can't be read, PROT P refused", "passwords cross in clear or clients give up",
     "openssl s_client -connect ADDRESS:21 -starttls ftp", "load mod_tls, TLSEngine on, certificate and key",
     ftp::judge_tls},
}};

constexpr std::array<CheckSpec, 6> kAccountChecks = {{
    {"ftp.clear-login", "logins without TLS are refused, or allowed, as declared", Severity::critical, "RFC 4217 §4.1",
     "FTP-03", "TLSRequired off where logins in clear are forbidden", "passwords can be read on the way",
     "printf 'USER LOGIN\\r\\nQUIT\\r\\n' | nc ADDRESS 21", "TLSRequired on", ftp::judge_clear},
    {"ftp.anonymous", "anonymous logins are refused, or allowed, as declared", Severity::critical, "RFC 1635", "FTP-04",
     "an <Anonymous> section that a package brings", "strangers read, and perhaps write, on the host",
     "curl -v --ssl-reqd --user anonymous:x@ ftp://ADDRESS/", "remove the <Anonymous> section", ftp::judge_anonymous},
    {"ftp.login", "the account logs in", Severity::critical, "RFC 959 §5.4", "FTP-04",
     "a hash scheme that the new host can't read, a shell not in /etc/shells, a missing home", "users can't log in",
     kCurl, "the account's password, shell and home on this host", ftp::judge_login},
    {"ftp.wrong-password", "a wrong password is refused", Severity::critical, "RFC 959 §5.4", "FTP-04",
     "an authentication module that accepts everything", "everybody can read and change everybody's files", kCurl,
     "stop the server, and mend its authentication (AuthOrder, PAM)", ftp::judge_wrong_password},
    {"ftp.passive-address", "passive mode leads back to this server", Severity::critical, "RFC 959 §4.1.2", "FTP-05",
     "MasqueradeAddress of the old host or of an inner network; passive ports that the firewall blocks",
     "clients hang at the first listing", kCurl, "MasqueradeAddress and PassivePorts, and the firewall",
     ftp::judge_passive},
    {"ftp.round-trip", "a file goes up, is listed, comes down the same and is deleted", Severity::critical,
     "RFC 959 §4.1.3, RFC 3659 §4", "FTP-08", "uploads denied, quota, read-only folders, damage in transfer",
     "users can't publish", kCurl, "<Limit WRITE>, owner and mode of the folder, mount options, quota",
     ftp::judge_round_trip},
}};

constexpr auto kCertificateChecks =
    facet::certificate_checks<"ftp.certificate-", "openssl s_client -connect ADDRESS:21 -starttls ftp -servername NAME",
                              ftp::of_certificate>({.chain = "FTP-02", .name = "FTP-02", .validity = "FTP-02"});

constexpr auto kChecks = check_table(kSessionChecks, kCertificateChecks, kAccountChecks);

}  // namespace

const ProbeType kFtpType{
    .name = "ftp",
    .summary = "an FTP server: greeting, TLS, login rules, passive address, a file's round trip",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = ftp::make_probe,
    .validate = validate,
    .connections = connections,
    .costs = costs,
    .port = port_of,
    .reached_by = "ftp.greeting",
    .announce =
        [](const Subject& subject) {
          const std::string& file = subject.parameters.text("round_trip");
          return file.empty() ? std::string() : "uploads a file like " + file + ", downloads and deletes it";
        },
};

}  // namespace drydock
