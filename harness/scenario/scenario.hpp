#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/check/matcher.hpp"
#include "harness/scenario/waiver.hpp"
#include "probes/core/probe.hpp"

namespace drydock {

/// What drydock's own gates are called in journals and reports, and the results that they judge. No gate and no probe
/// of a scenario has such an id.
inline constexpr std::string_view kStartPremise = "transfer-starts";
inline constexpr std::string_view kGuardPremise = "guards";
inline constexpr std::string_view kWindowGate = "window";
inline constexpr std::array kOwnIds{kStartPremise, kGuardPremise, kWindowGate};

struct SecretSource {
  enum class Kind { env, file, command } kind = Kind::env;
  std::string text;               ///< variable name or absolute path
  std::vector<std::string> argv;  ///< command
};

struct SecretDefinition {
  Secret secret;
  SecretSource source;
  SourcePosition where{};
};

enum class Family { ipv4, ipv6 };
Family family_of(std::string_view ip);

/// At the most so many in any span of this length, above 0 both.
struct Rate {
  int count = 0;
  Duration span{};
};
/// `30/10m`
std::string to_string(const Rate& rate);
std::optional<Rate> parse_rate(std::string_view text);

struct HostDefinition {
  std::string id;
  std::string address;  ///< IP; the first of `addresses`
  std::vector<std::string>
      hostname_by_phase;               ///< one a phase, in the order of Scenario::phases; empty where not declared
  std::vector<std::string> published;  ///< what DNS shows of the host; empty: its address
  std::optional<SshAccess> ssh;
  std::optional<std::uint16_t> port;  ///< set by `drydock probe TYPE IP:port` alone: see Target::port
  SourcePosition where{};
  std::string pin{};        ///< `tls`: SHA-256 of the right certificate, hex in lower case; empty: none
  int oldest_tls = 0x0303;  ///< `tls`: as in the TLS record
  int connections = 4;      ///< `limits`: how many probes may be under way at once at one of its addresses
  std::optional<Rate> refusals{}, wrong_logins{};  ///< `limits`: drawn on purpose, over all probes and looks
  std::vector<std::string> other_addresses{};      ///< besides `address`: probes look at each
  std::vector<std::string> replaces{};  ///< ids of the hosts whose work it takes over: what it is compared with

  /// `address`, then the others.
  [[nodiscard]] std::vector<std::string> addresses() const;
  /// Whether it is one of them, however it is written.
  [[nodiscard]] bool is_at(std::string_view ip) const;
};

/// `checks: {smtp.vrfy: off, smtp.size: advisory}`, resolved to check ids.
struct CheckOverride {
  bool off = false;
  std::optional<Severity> severity;
};

/// Whether what a probe sees is compared with the same on the host that its host replaces.
enum class Compare {
  no,
  as_all,  ///< by `compare: all` of the scenario: nothing is written or provoked there for it
  itself   ///< by the probe's own `compare: true`
};

struct ProbeDefinition {
  std::string id;  ///< with for_each: `id` as written with ${each} put in; unique
  const ProbeType* type = nullptr;
  std::vector<std::string> on;  ///< host ids; `here`; `dns` for types that aim at name servers
  std::string name;             ///< spoken; empty: none
  Vantage vantage;
  std::optional<Family> family;  ///< only addresses of this family
  std::vector<bool> in_phase;    ///< one a phase
  Parameters parameters;         ///< kTokenMark where ${token} stands; account passwords as Secret handles
  std::vector<Expectation> expectations;
  std::map<std::string, CheckOverride>
      overrides;                     ///< by check id; an assertion's is `expect.` and the fact without its type
  std::optional<Severity> severity;  ///< the most that any of its checks may weigh
  std::vector<std::string> needs;    ///< ids, globs resolved
  /// Of those of `needs` that are written as PROBE/CHECK: the checks that must have passed there, in place of the
  /// service being reached.
  std::map<std::string, std::vector<std::string>> needed_checks;
  std::vector<std::string> tags;
  Compare compare = Compare::no;
  Duration timeout{};   ///< the whole of one attempt: `timeout`, for each connection, plus the type's own waiting
  Duration patience{};  ///< `timeout` where it is each connection's (ProbeType::connections); else 0
  int tries = 1;
  Duration pause{1000};
  SourcePosition where{};
};

/// `quorum`: of the hosts, name servers or resolvers that these probes look at, so many must pass; the others may fail.
struct Quorum {
  enum class Per { host, server, resolver };
  std::vector<std::string> probes;  ///< ids, globs resolved, in the order of the scenario
  Per per = Per::host;
  int pass = 1;
};
std::string_view to_string(Quorum::Per per);

/// Every check of a probe with what it weighs by itself: those of its type, `expect.FACT` for each assertion, and where
/// it is compared `same` and `same.FACT`.
std::vector<std::pair<std::string, Severity>> checks_of(const ProbeDefinition& probe);
std::vector<std::string> check_ids(const ProbeDefinition& probe);

struct GateDefinition {
  std::string id;
  std::vector<std::string> probes;  ///< ids, globs resolved, in the order of the scenario; the quorum's among them
  std::optional<Quorum> quorum;
  Duration span{0};  ///< the least time that the looks that pass must cover
  int need = 1;
  Duration every{5000};
  Duration within{120000};
  bool degraded_counts = true;  ///< false: `degraded: report`
  bool wait_on_fail = false;    ///< `on_fail: wait`
  SourcePosition where{};
};

struct CommandAction {
  std::vector<std::string> argv;  ///< empty where `shell` is used
  std::string shell;
  std::string on;  ///< host id; empty: this machine
};
struct DnsUpdateAction {
  struct Record {
    std::string name, type;
    std::uint32_t ttl = 0;          ///< seconds; for replace
    std::vector<std::string> data;  ///< presentation form; empty: delete the RRset (RFC 2136 §2.5.2)
  };
  std::string zone;
  std::string server;           ///< IP or IP:port
  Secret key;                   ///< text as tsig-keygen writes it
  std::vector<Record> changes;  ///< `replace` deletes the RRset first, then adds
};
struct ConfirmAction {
  std::string text;
};
struct WaitAction {
  Duration duration{};
};

struct ActionDefinition {
  std::variant<CommandAction, DnsUpdateAction, ConfirmAction, WaitAction> what;
  Duration timeout{600000};
  std::optional<Duration> takes;  ///< of an undo: how long it is expected to take
  SourcePosition where{};
};

/// What an action changes: what was seen of it before is stale.
struct Touches {
  std::vector<std::string> hosts;  ///< ids
  std::vector<std::string> zones;  ///< lower case, without the final dot
};

struct StepDefinition {
  std::string id;
  std::optional<std::size_t> enters;       ///< index into phases
  std::vector<std::string> before, after;  ///< gate ids
  std::vector<ActionDefinition> run, undo;
  Touches touches;
  std::optional<Duration> takes;  ///< how long the step is expected to take, from its action to its last gate
  int approvals = 0;              ///< `approve: {by: N}`
  bool repeatable = false;
  bool point_of_no_return = false;
  std::string text;  ///< canonical, with vars put in: see step_text.hpp
  SourcePosition where{};
};

/// How long a step is expected to take: its `takes`, else what its actions wait on purpose.
Duration run_time(const StepDefinition& step);
/// How long its undo is: what its actions take, as far as they say so, and what they wait on purpose.
Duration undo_time(const StepDefinition& step);

struct Guards {
  std::string clock{};    ///< the host whose clock is compared; empty: none
  std::string control{};  ///< IP:port that must be reachable; empty: none
  std::string decoy{};    ///< IP:port where no connection may come about; empty: none
};

/// `transfer_starts: {dns: ...}`: where DNS must lead before the first action.
enum class DnsStart {
  old,  ///< to what `old` has published
  free  ///< anywhere
};

/// A validated scenario. Immutable; every name in it resolves.
struct Scenario {
  std::string name, file, folder, sha256;   ///< folder: absolute, of the file; sha256 of the file's octets
  std::map<std::string, std::string> vars;  ///< in force after --set and --vars
  std::map<std::string, std::string> names;
  std::vector<std::string> domains;
  std::vector<Vantage> vantages;      ///< the first is the default; never empty
  std::vector<HostDefinition> hosts;  ///< in the order of the file
  std::vector<std::string> phases;    ///< never empty
  DnsServers dns;
  std::vector<std::string> allowed_targets;  ///< as the file lists them: addresses and networks
  std::string trust;                         ///< absolute path; empty: none
  std::vector<SecretDefinition> secrets;     ///< also those written inline in accounts
  std::vector<ProbeDefinition> probes;
  std::vector<GateDefinition> gates;
  std::vector<StepDefinition> transfer;  ///< empty: no transfer
  std::optional<WallTime> window_end;    ///< `window: {end}`: no point of no return that would come later
  Guards guards;
  DnsStart dns_starts = DnsStart::old;
  std::vector<Waiver> waivers;  ///< those of the file; none that refuse_waiver refuses
  bool compare_all = false;     ///< `compare: all`

  [[nodiscard]] const ProbeDefinition* probe(std::string_view id) const;
  [[nodiscard]] const HostDefinition* host(std::string_view id) const;
  [[nodiscard]] const GateDefinition* gate(std::string_view id) const;
  [[nodiscard]] const StepDefinition* step(std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> phase(std::string_view id) const;
};

/// Where the default vantage dials this address from. Empty: from where the system chooses, also where the vantage has
/// no address of that family.
std::string default_source(const Scenario& scenario, std::string_view ip);

/// Whether a probe of name servers asks the authoritative ones of the scenario or its resolvers; empty where it lists
/// the addresses itself.
std::optional<Aim> servers_role(const ProbeDefinition& probe);

/// The name servers that a probe asks, `IP` or `IP:port` each; empty for one of hosts.
std::vector<std::string> servers_asked(const ProbeDefinition& probe, const DnsServers& dns);

}  // namespace drydock
