#include "tests/unit/scenario/practice_types.hpp"

namespace drydock::test {
namespace {

using enum ParameterType;

constexpr std::string_view kTls[] = {"none", "starttls", "implicit"};
constexpr std::string_view kUnknown[] = {"refused", "accepted"};
constexpr std::string_view kAllowed[] = {"refused", "allowed"};
constexpr std::string_view kRead[] = {"imaps", "imap", "pop3s", "pop3"};
constexpr std::string_view kPlain[] = {"closed", "no-login", "free"};
constexpr std::string_view kAsk[] = {"authoritative", "resolvers"};
constexpr std::string_view kGtube[] = {"gtube"};

Judgement unseen(const Observation& seen, const Subject&) {
  return not_seen(seen, "anything");
}

constexpr CheckSpec check(std::string_view id, Severity severity = Severity::critical) {
  return {.id = id,
          .title = id,
          .severity = severity,
          .rfc = "",
          .spec = "",
          .catches = "",
          .why = "",
          .by_hand = "",
          .mend = "",
          .judge = unseen};
}

constexpr ParameterSpec kScanner[] = {
    {.name = "refuses", .type = choice, .choices = kGtube},
    {.name = "tags", .type = text},
};
constexpr ParameterSpec kSmtpParameters[] = {
    {.name = "port", .type = port, .default_value = "25"},
    {.name = "tls", .type = choice, .choices = kTls},
    {.name = "as", .type = account},
    {.name = "recipients", .type = mail_addresses},
    {.name = "unknown", .type = choice, .choices = kUnknown},
    {.name = "scanner", .type = group, .members = kScanner},
    {.name = "defers", .type = mail_addresses},
};
constexpr FactSpec kSmtpFacts[] = {{"smtp.banner", FactType::text, "the first line"},
                                   {"smtp.ehlo.name", FactType::text, "the name in the answer to EHLO"},
                                   {"smtp.ehlo.extensions", FactType::list, "what EHLO offers"},
                                   {"smtp.starttls", FactType::reply, "the answer to STARTTLS"},
                                   {"smtp.recipients", FactType::replies, "the answers to RCPT"}};
constexpr CheckSpec kSmtpChecks[] = {check("smtp.banner"), check("smtp.vrfy", Severity::advisory),
                                     check("smtp.size", Severity::degraded)};

constexpr ParameterSpec kRelayParameters[] = {{.name = "port", .type = port, .default_value = "25"},
                                              {.name = "outside", .type = mail_address, .required = true}};
constexpr CheckSpec kRelayChecks[] = {check("smtp.relay-denied")};

constexpr ParameterSpec kMailParameters[] = {
    {.name = "from", .type = mail_address, .required = true},
    {.name = "to", .type = accounts, .required = true},
    {.name = "port", .type = port, .default_value = "25"},
    {.name = "read", .type = choice, .default_value = "imaps", .choices = kRead},
    {.name = "within", .type = duration, .default_value = "60s"},
    {.name = "slow_after", .type = duration},
};
constexpr FactSpec kMailFacts[] = {{"mail.copies", FactType::integer, "how often it was found"},
                                   {"mail.mailboxes", FactType::integers, "how often in each mailbox"},
                                   {"mail.seconds", FactType::real, "until it was found"},
                                   {"mail.received", FactType::list, "its Received fields"}};
constexpr CheckSpec kMailChecks[] = {check("mail.delivered")};

constexpr ParameterSpec kImapParameters[] = {
    {.name = "port", .type = port},
    {.name = "tls", .type = choice, .default_value = "implicit", .choices = kTls},
    {.name = "as", .type = account},
    {.name = "plain_port", .type = choice, .choices = kPlain},
};
constexpr FactSpec kImapFacts[] = {{"imap.capabilities", FactType::list, "what it can do"},
                                   {"imap.login", FactType::answer, "the answer to LOGIN"}};
constexpr CheckSpec kImapChecks[] = {check("imap.login")};

constexpr ParameterSpec kHttpParameters[] = {
    {.name = "url", .type = url},
    {.name = "path", .type = text},
    {.name = "method", .type = text, .default_value = "GET"},
    {.name = "headers", .type = fields},
    {.name = "executes", .type = boolean},
};
constexpr FactSpec kHopColumns[] = {{"status", FactType::integer, "the status code"},
                                    {"location", FactType::link, "where it redirects to"}};
constexpr FactSpec kHttpFacts[] = {
    {"http.status", FactType::integer, "the status code"},
    {"http.location", FactType::link, "where it redirects to"},
    {"http.headers", FactType::fields, "the header fields"},
    {"http.body", FactType::excerpt, "the body"},
    {"http.hops", FactType::records, "redirects", Parity::same, {}, kHopColumns},
    {"http.final_status", FactType::integer, "the status code at the end"},
    {"http.final_headers", FactType::fields, "the header fields at the end"},
    {"http.tls.version", FactType::text, "the TLS version"},
};
constexpr CheckSpec kHttpChecks[] = {check("http.answers"), check("http.marker", Severity::degraded)};

constexpr ParameterSpec kFtpParameters[] = {
    {.name = "port", .type = port, .default_value = "21"},
    {.name = "tls", .type = choice, .default_value = "starttls", .choices = kTls},
    {.name = "as", .type = account},
    {.name = "round_trip", .type = text},
    {.name = "anonymous", .type = choice, .choices = kAllowed},
    {.name = "clear", .type = choice, .choices = kAllowed},
};
constexpr FactSpec kFtpFacts[] = {{"ftp.welcome", FactType::text, "the greeting"},
                                  {"ftp.passive.address", FactType::text, "of 227"}};
constexpr CheckSpec kFtpChecks[] = {check("ftp.login")};

constexpr ParameterSpec kDnsParameters[] = {
    {.name = "name", .type = host_name, .required = true},
    {.name = "type", .type = text, .default_value = "A"},
    {.name = "ask", .type = servers, .default_value = "authoritative", .choices = kAsk},
};
constexpr FactSpec kDnsFacts[] = {{"dns.rcode", FactType::text, "the response code"},
                                  {"dns.answers", FactType::list, "the data"},
                                  {"dns.ttl", FactType::integer, "in seconds"},
                                  {"dns.flags", FactType::list, "the flags"}};
constexpr CheckSpec kDnsChecks[] = {check("dns.answers")};

constexpr ParameterSpec kRdnsParameters[] = {{.name = "address", .type = ip_address, .required = true},
                                             {.name = "name", .type = host_name}};
constexpr FactSpec kRdnsFacts[] = {{"rdns.names", FactType::list, "the names"}};
constexpr CheckSpec kRdnsChecks[] = {check("rdns.name")};

constexpr ParameterSpec kPortsParameters[] = {{.name = "open", .type = ports}, {.name = "closed", .type = ports}};
constexpr CheckSpec kPortsChecks[] = {check("ports.open"), check("ports.closed")};

constexpr ParameterSpec kCommandParameters[] = {{.name = "argv", .type = texts, .required = true}};
constexpr FactSpec kCommandFacts[] = {{"command.exit", FactType::integer, "the exit status"},
                                      {"command.stdout", FactType::text, "what it wrote"},
                                      {"command.stderr", FactType::text, "what it complained about"},
                                      {"command.flag", FactType::boolean, "for tests"}};

std::vector<ParameterProblem> ports_problems(const Parameters& parameters) {
  if (parameters.has("open") || parameters.has("closed")) return {};
  return {{"open", "this probe names no port; give it `open` or `closed`"}};
}
Duration mail_waiting(const Parameters& parameters) {
  return parameters.duration("within", Duration{});
}

constexpr ProbeType kSmtp{
    .name = "smtp", .summary = "", .parameters = kSmtpParameters, .facts = kSmtpFacts, .checks = kSmtpChecks};
int relay_connections(const Parameters&) {
  return 4;
}
constexpr ProbeType kRelay{.name = "smtp_relay",
                           .summary = "",
                           .parameters = kRelayParameters,
                           .facts = {},
                           .checks = kRelayChecks,
                           .connections = relay_connections};
constexpr ProbeType kMail{.name = "mail",
                          .summary = "",
                          .parameters = kMailParameters,
                          .facts = kMailFacts,
                          .checks = kMailChecks,
                          .waiting = mail_waiting};
constexpr ProbeType kImap{
    .name = "imap", .summary = "", .parameters = kImapParameters, .facts = kImapFacts, .checks = kImapChecks};
constexpr ProbeType kHttp{
    .name = "http", .summary = "", .parameters = kHttpParameters, .facts = kHttpFacts, .checks = kHttpChecks};
constexpr ProbeType kFtp{
    .name = "ftp", .summary = "", .parameters = kFtpParameters, .facts = kFtpFacts, .checks = kFtpChecks};
constexpr ProbeType kDns{.name = "dns",
                         .summary = "",
                         .aims = {Aim::name_server, Aim::resolver},
                         .parameters = kDnsParameters,
                         .facts = kDnsFacts,
                         .checks = kDnsChecks};
constexpr ProbeType kRdns{.name = "rdns",
                          .summary = "",
                          .aims = {Aim::resolver},
                          .parameters = kRdnsParameters,
                          .facts = kRdnsFacts,
                          .checks = kRdnsChecks};
constexpr ProbeType kPorts{.name = "ports",
                           .summary = "",
                           .parameters = kPortsParameters,
                           .facts = {},
                           .checks = kPortsChecks,
                           .validate = ports_problems};
constexpr ProbeType kCommand{
    .name = "command", .summary = "", .parameters = kCommandParameters, .facts = kCommandFacts, .checks = {}};

constexpr const ProbeType* kTypes[] = {&kSmtp, &kRelay, &kMail, &kImap,  &kHttp,
                                       &kFtp,  &kDns,   &kRdns, &kPorts, &kCommand};

}  // namespace

std::span<const ProbeType* const> practice_types() {
  return kTypes;
}

}  // namespace drydock::test
