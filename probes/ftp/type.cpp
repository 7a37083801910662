#include "probes/ftp/type.hpp"

#include "probes/core/fact_table.hpp"
#include "probes/ftp/checks.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/probe.hpp"

namespace drydock {

namespace {

constexpr std::string_view kTls[] = {"none", "starttls", "implicit"};
constexpr std::string_view kPolicy[] = {"refused", "allowed"};
constexpr std::string_view kWrongPassword[] = {"refused", "untested"};

constexpr ParameterSpec kParameters[] = {
    {.name = "port",
     .type = ParameterType::port,
     .default_value = "21",
     .meaning = "port of the control connection; 990 as a rule where tls is implicit"},
    {.name = "tls",
     .type = ParameterType::choice,
     .default_value = "starttls",
     .meaning = "how TLS begins: never, with AUTH TLS, or with the connection",
     .choices = kTls},
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
    {.name = "wrong_password",
     .type = ParameterType::choice,
     .default_value = "refused",
     .meaning =
         "whether a made-up password is tried on the account (`untested`: not; a server may ban who guesses often)",
     .choices = kWrongPassword},
};

constexpr auto kFacts = fact_table(kFtp, kFtpTls);

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
  if (account && parameters.text("wrong_password") != "untested")
    costs.push_back({.check = "ftp.wrong-password", .facts = kFtp.wrong_password.name, .wrong_logins = 1});
  return costs;
}

std::uint16_t port_of(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", 21));
}

}  // namespace

const ProbeType kFtpType{
    .name = "ftp",
    .summary = "an FTP server: greeting, TLS, login rules, passive address, a file's round trip",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = ftp::checks(),
    .make = ftp::make_probe,
    .validate = validate,
    .costs = costs,
    .port = port_of,
};

}  // namespace drydock
