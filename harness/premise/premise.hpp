#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"
#include "probes/net/stream.hpp"

/// What must hold before drydock touches anything: that the machines are those that the scenario means, that DNS still
/// leads to the old one, and that what is seen from here can be believed. Asked once by ssh and DNS, judged afterwards.
namespace drydock {

/// The gate of the start: looked at before the first action of a transfer. Nothing where nothing of the scenario could
/// be judged in this phase: no host has ssh and a hostname or another beside it, and DNS may lead anywhere.
std::optional<GateDefinition> start_gate(const Scenario& scenario, std::size_t phase);
/// The gate of the guards: looked at before each action. Nothing where the scenario has none.
std::optional<GateDefinition> guard_gate(const Scenario& scenario);

/// The certificate that a host serves where a `tls` probe of the scenario looks at it.
struct CertificateFacts {
  std::uint16_t port = 0;
  std::string sha256;  ///< of the leaf, hex
};

/// What a host says of itself by `uname -n`, /etc/machine-id, boot_id and `date`. What it does not say is empty.
struct HostFacts {
  std::string host, address;
  std::string trouble{};   ///< why it could not be asked; empty where it answered
  bool wrong_key = false;  ///< trouble: it shows another host key than known_hosts has
  std::string name{}, machine{}, boot{};
  std::optional<double> clock{};                 ///< seconds since 1970, to the second, when it answered
  std::vector<std::string> keys{};               ///< that known_hosts has for it: one of them it has shown
  std::vector<CertificateFacts> certificates{};  ///< where it answered with TLS
  double asked = 0, answered = 0;                ///< by our own clock, seconds since 1970
};

/// The keys that a known_hosts text (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) has for an address, each `TYPE BASE64`.
/// Pure. Hashed names match nothing, and patterns only where they are the address itself.
std::vector<std::string> keys_in(std::string_view known_hosts, std::string_view ip, std::uint16_t port);

/// What a name server answers for the name that users know.
struct NameFacts {
  std::string server, name;
  std::string trouble;  ///< why nothing is known; empty where it answered
  std::vector<std::string> addresses;
};

/// What came of knocking at the control or the decoy.
struct KnockFacts {
  std::string endpoint;
  std::optional<net::PortState> state{};  ///< nothing: it could not be tried
  std::string trouble{};                  ///< why not
};

struct PremiseFacts {
  std::vector<HostFacts> hosts;  ///< those with ssh
  std::vector<NameFacts> names;
  std::optional<KnockFacts> control, decoy;
};

/// Asks hosts and name servers for the start, and what the guards want. Never throws for what the network does.
boost::asio::awaitable<PremiseFacts> ask_start(const Scenario& scenario, Deadline deadline);
boost::asio::awaitable<PremiseFacts> ask_guards(const Scenario& scenario, Deadline deadline);

/// Pure. One result a check; what could not be seen is inconclusive, what does not apply is skipped with the reason.
std::vector<ResultRecord> judge_start(const Scenario& scenario, std::size_t phase, const PremiseFacts& facts);
std::vector<ResultRecord> judge_guards(const Scenario& scenario, const PremiseFacts& facts);

}  // namespace drydock
