#include "harness/scenario/keys/keys.hpp"

#include <algorithm>

namespace drydock {
namespace {

using enum Form;

constexpr std::string_view kSeverities[] = {"critical", "degraded", "advisory"};
constexpr std::string_view kOverrides[] = {"off", "critical", "degraded", "advisory"};
constexpr std::string_view kFamilies[] = {"ipv4", "ipv6"};
constexpr std::string_view kPer[] = {"host", "server", "resolver"};
constexpr std::string_view kDnsStarts[] = {"old", "free"};
constexpr std::string_view kReport[] = {"report"};
constexpr std::string_view kCompare[] = {"all"};
constexpr std::string_view kWait[] = {"wait"};

constexpr KeySpec kSecret[] = {
    {"env", text, "the environment variable that holds it"},
    {"file", path, "the file that holds it; a line end at its end is not part of it"},
    {"command", texts, "the program, with its arguments, whose output it is"},
};
constexpr KeySpec kAccount[] = {
    {.name = "login", .form = text, .meaning = "the name to log in with", .required = true},
    {.name = "password", .form = secret, .meaning = "the secret to log in with"},
    {.name = "mail", .form = mail_address, .meaning = "the account's address"},
};
constexpr KeySpec kVantage[] = {
    {"address", ip_address, "the address to dial from; the system chooses unless said"},
    {"addresses", ip_addresses, "in place of `address`: one for each family that is dialled from here"},
    {"name", host_name, "what the prober calls itself"},
};
constexpr KeySpec kSsh[] = {
    {.name = "user", .form = text, .meaning = "who logs in", .required = true},
    {.name = "key_file", .form = path, .meaning = "the private key"},
    {.name = "known_hosts", .form = path, .meaning = "the known host keys; a host with another key is sent nothing"},
    {.name = "port", .form = port, .meaning = "the port of sshd", .default_value = "22"},
};
constexpr KeySpec kLimits[] = {
    {.name = "connections",
     .form = integer,
     .meaning = "how many probes may be under way at once at one of its addresses",
     .minimum = 1,
     .maximum = 1000,
     .default_value = "4"},
    {.name = "refusals",
     .form = text,
     .meaning = "how many refusals may be drawn on purpose in a span of time, over all probes and looks: 30/10m"},
    {.name = "wrong_logins",
     .form = text,
     .meaning = "how many logins that must fail may be tried in a span of time, over all probes and looks: 2/10m"},
};
constexpr std::string_view kTlsVersions[] = {"1.0", "1.1", "1.2", "1.3"};
constexpr KeySpec kTls[] = {
    {.name = "pin",
     .form = text,
     .meaning = "sha256:HEX, the digest of the certificate under which passwords may go out whatever else is wrong "
                "with it; the checks judge it all the same"},
    {.name = "oldest",
     .form = choice,
     .meaning = "the oldest version of TLS that is spoken",
     .choices = kTlsVersions,
     .default_value = "1.2"},
};
constexpr KeySpec kHost[] = {
    {.name = "address", .form = ip_address, .meaning = "the address that probes dial"},
    {.name = "addresses",
     .form = ip_addresses,
     .meaning = "in place of `address`: each is looked at, IPv4 and IPv6; the first is where commands are run"},
    {.name = "published",
     .form = ip_addresses,
     .meaning = "what DNS shows of the host where that is not its address (NAT, a proxy)"},
    {.name = "hostname",
     .form = host_names_by_phase,
     .meaning = "what the host calls itself: one name, or a map of phases to names, each of which holds until the next "
                "phase named"},
    {.name = "replaces",
     .form = texts,
     .meaning = "the hosts whose work it takes over, with which it is compared; old unless said"},
    {.name = "ssh", .form = group, .meaning = "how commands are run on the host", .members = kSsh},
    {.name = "tls", .form = group, .meaning = "how TLS is spoken with the host", .members = kTls},
    {.name = "limits", .form = group, .meaning = "what may be asked of the host at most", .members = kLimits},
};
constexpr KeySpec kDns[] = {
    {"authoritative", servers, "the name servers that hold the zones"},
    {"resolvers", servers, "the resolvers that users ask; the system's unless said"},
};
constexpr KeySpec kPhaseRange[] = {
    {"from", identifier, "the first phase, included"},
    {"until", identifier, "the last phase, included"},
};
constexpr KeySpec kProbe[] = {
    {.name = "id",
     .form = identifier,
     .meaning = "the name of the probe; with for_each it holds ${each}",
     .required = true},
    {.name = "on",
     .form = text_or_texts,
     .meaning = "the hosts to probe; the only host, or new, unless said; here is this machine"},
    {.name = "name",
     .form = host_name,
     .meaning = "the name spoken; names.canonical unless said, the URL's host for http"},
    {.name = "vantage", .form = identifier, .meaning = "who the prober is; the first vantage unless said"},
    {.name = "family",
     .form = choice,
     .meaning = "only the addresses of this family are looked at; all unless said",
     .choices = kFamilies},
    {.name = "phase",
     .form = phase_range,
     .meaning = "the phases in which it runs: a list, or {from, until}, both included; all unless said"},
    {.name = "expect", .form = matchers, .meaning = "what facts must be"},
    {.name = "checks", .form = overrides, .meaning = "what built-in checks weigh, by id or glob"},
    {.name = "severity",
     .form = choice,
     .meaning = "the most that any of its checks may weigh",
     .choices = kSeverities},
    {.name = "compare",
     .form = boolean,
     .meaning = "true: what it sees is compared with the same on the host that its host replaces; false: not even by "
                "compare: all"},
    {.name = "needs",
     .form = texts,
     .meaning = "probes (ids, globs) whose service must have been reached, or PROBE/CHECK that must have passed"},
    {.name = "tags", .form = texts, .meaning = "words to choose probes by"},
    {.name = "timeout",
     .form = duration,
     .meaning = "the time for one attempt, beyond what the probe waits on purpose",
     .minimum = 1,
     .default_value = "30s"},
    {.name = "tries",
     .form = integer,
     .meaning = "how often it is tried before its verdict counts",
     .minimum = 1,
     .maximum = 100,
     .default_value = "1"},
    {.name = "pause",
     .form = duration,
     .meaning =
         "the time between tries; doubled, up to a minute, each time the server ends the dialogue with \"not now\"",
     .default_value = "1s"},
    {.name = "for_each",
     .form = items,
     .meaning = "one probe for each item: ${each}, or ${each.KEY} where items are maps"},
};
constexpr KeySpec kQuorum[] = {
    {.name = "probes", .form = texts, .meaning = "the probes (ids, globs) that it counts", .required = true},
    {.name = "per", .form = choice, .meaning = "what it counts", .required = true, .choices = kPer},
    {.name = "pass",
     .form = integer,
     .meaning = "how many of them must pass",
     .required = true,
     .minimum = 1,
     .maximum = 100000},
};
constexpr KeySpec kGate[] = {
    {.name = "probes", .form = texts, .meaning = "the probes (ids, globs) it looks at"},
    {.name = "quorum",
     .form = group,
     .meaning = "probes of which so many hosts, name servers or resolvers must pass; the others may fail",
     .members = kQuorum},
    {.name = "need",
     .form = integer,
     .meaning = "how many looks in a row must pass",
     .minimum = 1,
     .maximum = 100000,
     .default_value = "1"},
    {.name = "every",
     .form = duration,
     .meaning = "the time from the end of a look to the start of the next",
     .default_value = "5s"},
    {.name = "span",
     .form = duration,
     .meaning = "the least time that the looks that pass must cover",
     .default_value = "0s"},
    {.name = "within",
     .form = duration,
     .meaning = "the time it has; a look that has begun is finished",
     .minimum = 1,
     .default_value = "2m"},
    {.name = "degraded",
     .form = choice,
     .meaning = "report: degraded checks are reported and don't count",
     .choices = kReport},
    {.name = "on_fail",
     .form = choice,
     .meaning = "wait: before an action a fail is looked at again instead of being no-go at once",
     .choices = kWait},
};
constexpr KeySpec kApprove[] = {
    {.name = "by",
     .form = integer,
     .meaning = "how many people must approve",
     .required = true,
     .minimum = 1,
     .maximum = 100},
};
constexpr KeySpec kReplace[] = {
    {.name = "name", .form = dns_name, .meaning = "the owner of the records", .required = true},
    {.name = "type", .form = text, .meaning = "their type: A, AAAA, MX, ...", .required = true},
    {.name = "ttl", .form = integer, .meaning = "in seconds", .required = true, .minimum = 0, .maximum = 2147483647},
    {.name = "data", .form = texts, .meaning = "their data in presentation form", .required = true},
};
constexpr KeySpec kDelete[] = {
    {.name = "name", .form = dns_name, .meaning = "the owner of the records", .required = true},
    {.name = "type", .form = text, .meaning = "their type", .required = true},
};
constexpr KeySpec kDnsUpdate[] = {
    {.name = "zone", .form = dns_name, .meaning = "the zone that is changed", .required = true},
    {.name = "server", .form = server, .meaning = "its primary server", .required = true},
    {.name = "key", .form = secret, .meaning = "the TSIG key, as tsig-keygen writes it", .required = true},
    {.name = "replace", .form = groups, .meaning = "record sets to put in place of what is there", .members = kReplace},
    {.name = "delete", .form = groups, .meaning = "record sets to remove", .members = kDelete},
};
constexpr KeySpec kAction[] = {
    {.name = "command", .form = texts, .meaning = "the program and its arguments; no shell"},
    {.name = "shell", .form = text, .meaning = "a text for the shell, in place of command"},
    {.name = "on", .form = identifier, .meaning = "the host to run it on; this machine unless said"},
    {.name = "dns_update", .form = group, .meaning = "a change of DNS records (RFC 2136)", .members = kDnsUpdate},
    {.name = "confirm", .form = text, .meaning = "what a person does, and confirms with mark --done"},
    {.name = "wait", .form = duration, .meaning = "time that must pass", .minimum = 1},
    {.name = "timeout",
     .form = duration,
     .meaning = "the time that the action has",
     .minimum = 1,
     .default_value = "10m"},
    {.name = "takes", .form = duration, .meaning = "of an undo: how long it is expected to take", .minimum = 1},
};
constexpr KeySpec kStep[] = {
    {.name = "step", .form = identifier, .meaning = "the name of the step", .required = true},
    {.name = "enters", .form = identifier, .meaning = "the phase that begins when its action is done"},
    {.name = "before", .form = texts, .meaning = "gates that must go before its action"},
    {.name = "approve", .form = group, .meaning = "people who must approve before its action", .members = kApprove},
    {.name = "run", .form = group_or_groups, .meaning = "its actions", .members = kAction},
    {.name = "undo", .form = group_or_groups, .meaning = "actions that take it back", .members = kAction},
    {.name = "after", .form = texts, .meaning = "gates that must go after its action"},
    {.name = "touches",
     .form = texts,
     .meaning = "hosts and zones that its action changes; what was seen of them before is stale"},
    {.name = "takes",
     .form = duration,
     .meaning = "how long it is expected to take, from its action to its last gate",
     .minimum = 1},
    {.name = "repeatable",
     .form = boolean,
     .meaning = "its actions may run again when their end is not known",
     .default_value = "false"},
    {.name = "point_of_no_return",
     .form = boolean,
     .meaning = "once its action has begun nothing is undone by itself",
     .default_value = "false"},
};
constexpr KeySpec kWaiver[] = {
    {.name = "check",
     .form = text,
     .meaning = "the check whose fail is accepted: an id, or expect.FACT",
     .required = true},
    {.name = "probe", .form = identifier, .meaning = "the probe that it is of", .required = true},
    {.name = "host", .form = identifier, .meaning = "on this host alone"},
    {.name = "address", .form = server, .meaning = "at this address alone"},
    {.name = "row", .form = text, .meaning = "of this row of a table alone"},
    {.name = "as",
     .form = text_or_texts,
     .meaning = "who accepts it; two people where the check is critical",
     .required = true},
    {.name = "because", .form = text, .meaning = "why", .required = true},
    {.name = "until",
     .form = until,
     .meaning = "until when; a date lasts to the end of its day in UTC",
     .required = true},
    {.name = "mitigation", .form = identifier, .meaning = "the probe that must pass instead"},
};
constexpr KeySpec kWindow[] = {
    {.name = "end", .form = instant, .meaning = "no point of no return that would come later", .required = true},
};
constexpr KeySpec kGuards[] = {
    {.name = "clock", .form = identifier, .meaning = "the host whose clock is compared"},
    {.name = "control", .form = server, .meaning = "IP:port that must be reachable, so that silence means something"},
    {.name = "decoy", .form = server, .meaning = "IP:port where nothing listens, so that an open port means something"},
};
constexpr KeySpec kStarts[] = {
    {.name = "dns",
     .form = choice,
     .meaning = "where DNS leads before the first action: old, or free where it need not be the old host",
     .required = true,
     .choices = kDnsStarts},
};
constexpr KeySpec kScenario[] = {
    {.name = "drydock",
     .form = integer,
     .meaning = "the version of this language",
     .required = true,
     .minimum = 1,
     .maximum = 1},
    {.name = "name", .form = text, .meaning = "what the move is called in reports", .required = true},
    {.name = "vars", .form = scalars, .meaning = "values that --set and --vars replace; used as ${vars.NAME}"},
    {.name = "names",
     .form = scalars,
     .meaning = "host names; canonical is what users call the service; used as ${names.NAME}"},
    {.name = "domains", .form = host_names, .meaning = "the domains for which mail is taken"},
    {.name = "vantages",
     .form = named_groups,
     .meaning = "who the prober is; the first is the default",
     .members = kVantage},
    {.name = "hosts", .form = named_groups, .meaning = "the machines", .required = true, .members = kHost},
    {.name = "phases",
     .form = texts,
     .meaning = "the phases of the move in order",
     .default_value = "[before, freeze, cut, soak]"},
    {.name = "dns", .form = group, .meaning = "name servers", .members = kDns},
    {.name = "allowed_targets",
     .form = ip_networks,
     .meaning = "addresses and networks that are ours, besides those of the hosts and of dns.authoritative: elsewhere "
                "only ordinary DNS questions are asked"},
    {.name = "trust", .form = path, .meaning = "a PEM file of certificate authorities besides the system's"},
    {.name = "compare",
     .form = choice,
     .meaning = "all: every probe that can be is compared with the same on the host that its host replaces",
     .choices = kCompare},
    {.name = "secrets",
     .form = named_groups,
     .meaning = "where secrets come from: env, file or command",
     .members = kSecret},
    {.name = "accounts", .form = named_groups, .meaning = "who logs in", .members = kAccount},
    {.name = "probes", .form = groups, .meaning = "the conversations to have", .required = true, .members = kProbe},
    {.name = "gates",
     .form = named_groups,
     .meaning = "probes that must pass before or after a step",
     .members = kGate},
    {.name = "transfer", .form = groups, .meaning = "the steps of the move in order", .members = kStep},
    {.name = "window", .form = group, .meaning = "the time that the move has", .members = kWindow},
    {.name = "guards", .form = group, .meaning = "what must hold for this machine's view to count", .members = kGuards},
    {.name = "transfer_starts", .form = group, .meaning = "what holds before the first action", .members = kStarts},
    {.name = "waivers", .form = groups, .meaning = "fails that named people accept, for a time", .members = kWaiver},
};

constexpr OperatorSpec kOperators[] = {
    {"equals", Matcher::Op::equals, "the value itself; of a list: its only element"},
    {"not", Matcher::Op::not_, "the matcher inside must not hold"},
    {"one_of", Matcher::Op::one_of, "one of the values of a list"},
    {"contains", Matcher::Op::contains, "of a text: each is a part of it; of a list: each is an element"},
    {"matches", Matcher::Op::matches,
     "an RE2 expression finds something; ^ and $ are line ends; of a list: in some element"},
    {"starts_with", Matcher::Op::starts_with, "the text, or some element of a list, begins so"},
    {"at_least", Matcher::Op::at_least, "a number not below"},
    {"at_most", Matcher::Op::at_most, "a number not above"},
    {"between", Matcher::Op::between, "[low, high], both included"},
    {"exactly", Matcher::Op::exactly, "the list has these elements and no others, in any order"},
    {"every", Matcher::Op::every,
     "each element of a list, or row of a table, satisfies the matcher; there is at least one"},
    {"some", Matcher::Op::some, "at least one element or row satisfies the matcher"},
    {"count", Matcher::Op::count, "how many elements or rows there are: a number, or a matcher for one"},
    {"absent", Matcher::Op::absent, "true: there is no such fact or field; false: there is one"},
};

}  // namespace

std::span<const KeySpec> scenario_keys() {
  return kScenario;
}
const KeySpec& scenario_key(std::string_view name) {
  return *std::find_if(std::begin(kScenario), std::end(kScenario),
                       [&](const KeySpec& key) { return key.name == name; });
}
std::span<const KeySpec> probe_keys() {
  return kProbe;
}
std::span<const KeySpec> account_keys() {
  return kAccount;
}
std::span<const KeySpec> secret_keys() {
  return kSecret;
}
std::span<const KeySpec> vantage_keys() {
  return kVantage;
}
std::span<const KeySpec> dns_keys() {
  return kDns;
}
std::span<const KeySpec> phase_range_keys() {
  return kPhaseRange;
}
std::span<const OperatorSpec> operators() {
  return kOperators;
}
std::span<const std::string_view> override_choices() {
  return kOverrides;
}

}  // namespace drydock
