#include "probes/ftp/ftp.hpp"

#include "probes/ftp/checks.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock {

namespace {

constexpr std::string_view kTls[] = {"none", "starttls", "implicit"};
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
     .choices = kTls},
    {.name = "as", .type = ParameterType::account, .meaning = "who logs in"},
    {.name = "round_trip",
     .type = ParameterType::text,
     .meaning = "a file to upload, list, download, compare and delete, in the folder that `as` logs in to"},
    {.name = "anonymous",
     .type = ParameterType::choice,
     .meaning = "what an anonymous login must meet; not tried unless said",
     .choices = kPolicy},
    {.name = "clear",
     .type = ParameterType::choice,
     .meaning = "what a login without TLS must meet (only the name is sent); not tried unless said",
     .choices = kPolicy},
};

constexpr FactSpec kFacts[] = {
    {"ftp.welcome", FactType::text, "the greeting, with its code", Parity::free},
    {"ftp.welcome_code", FactType::integer, "code of the greeting", Parity::same},
    {"ftp.features", FactType::list, "what FEAT lists", Parity::same},
    {"ftp.auth_tls.code", FactType::integer, "code of the reply to AUTH TLS", Parity::same},
    {"ftp.auth_tls.reply", FactType::text, "the reply to AUTH TLS"},
    {"ftp.prot.code", FactType::integer, "code of the reply to PROT P", Parity::same},
    {"ftp.prot.reply", FactType::text, "the reply to PROT P"},
    {"ftp.anonymous.code", FactType::integer, "code of the last reply to an anonymous login", Parity::same},
    {"ftp.anonymous.reply", FactType::text, "the last reply to an anonymous login"},
    {"ftp.clear.code", FactType::integer, "code of the reply to USER without TLS", Parity::same},
    {"ftp.clear.reply", FactType::text, "the reply to USER without TLS"},
    {"ftp.login.code", FactType::integer, "code of the last reply to the account's login", Parity::same},
    {"ftp.login.reply", FactType::text, "the last reply to the account's login"},
    {"ftp.passive.code", FactType::integer, "code of the last reply to PASV", Parity::same},
    {"ftp.passive.reply", FactType::text, "the last reply to PASV"},
    {"ftp.passive.address", FactType::text, "the address that it names; never dialled", Parity::free},
    {"ftp.passive.port", FactType::integer, "the port that it names", Parity::free},
    {"ftp.files", FactType::list, "names in the folder before the round trip", Parity::same},
    {"ftp.list.code", FactType::integer, "code of the reply that refused a listing", Parity::same},
    {"ftp.list.reply", FactType::text, "the reply that refused a listing"},
    {"ftp.round_trip.step", FactType::text, "the last step of the round trip that was done", Parity::same},
    {"ftp.round_trip.refused", FactType::text, "the step that was refused"},
    {"ftp.round_trip.code", FactType::integer, "code of the reply that refused it"},
    {"ftp.round_trip.reply", FactType::text, "the reply that refused it"},
    {"ftp.round_trip.sent", FactType::integer, "octets that were uploaded"},
    {"ftp.round_trip.size", FactType::integer, "octets that SIZE tells afterwards (RFC 3659 §4)"},
    {"ftp.round_trip.listed", FactType::boolean, "the uploaded file is in the listing"},
    {"ftp.round_trip.received", FactType::integer, "octets that were downloaded"},
    {"ftp.round_trip.same", FactType::boolean, "what came down is what went up (SHA-256)"},
    {"ftp.round_trip.left", FactType::boolean, "the file is still there at the end"},
    {"ftp.round_trip.abandoned", FactType::boolean, "the file could not be deleted after an early end"},
    DRYDOCK_TLS_FACTS("ftp.tls"),
};

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const std::string& file = parameters.text("round_trip");
  const bool account = parameters.has("as");
  if (!file.empty() && !account)
    problems.push_back({"round_trip", "nobody is named who logs in; `as: ACCOUNT` beside it would be right"});
  if (parameters.has("clear") && !account)
    problems.push_back({"clear", "nobody is named who would log in; `as: ACCOUNT` beside it would be right"});
  if (file.find_first_of("/\r\n") != std::string::npos || file == "." || file == "..")
    problems.push_back({"round_trip", "this is no file's name; a name without a folder would be right"});
  if (parameters.text("tls") == "none" && parameters.text("clear") == "refused")
    problems.push_back({"clear", "a login without TLS is refused, yet tls is none; tls: starttls would be right"});
  return problems;
}

std::uint16_t port_of(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", 21));
}

}  // namespace

const ProbeType kFtpType{
    .name = "ftp",
    .summary = "an FTP server: greeting, TLS, login rules, passive address, a file's round trip",
    .aim = Aim::host,
    .parameters = kParameters,
    .facts = kFacts,
    .checks = ftp::checks(),
    .make = ftp::make_probe,
    .validate = validate,
    .waiting = nullptr,
    .port = port_of,
};

}  // namespace drydock
