#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/core/parameter.hpp"

namespace drydock {

/// An IP address and a port; `ip` is the textual form without brackets.
struct Endpoint {
  std::string ip;
  std::uint16_t port = 0;
  /// `127.0.0.1:25`, `[::1]:25`.
  [[nodiscard]] std::string text() const;
};

/// Who the prober is.
struct Vantage {
  std::string id;
  std::string address;  ///< IP to dial from; empty: the system chooses
  std::string name;     ///< what the prober calls itself (EHLO); empty: the machine's own name
};

/// How to run commands on a host: the system's ssh client, strict host key checking.
struct SshAccess {
  std::string user;
  std::string key_file;
  std::string known_hosts;
  std::uint16_t port = 22;
};

/// Name servers by IP address, port 53 unless written `ip:port`.
struct DnsServers {
  std::vector<std::string> authoritative;
  std::vector<std::string> resolvers;
};

/// Whom and what an observation is about: everything that a probe is told and that a check judges against. Plain data.
struct Subject {
  std::string probe;                  ///< id in the scenario
  std::string host;                   ///< host id; `dns` for dns and rdns; `here` for this machine
  std::string ip;                     ///< the address to dial: the host's, or the name server's
  std::optional<std::uint16_t> port;  ///< overrides the type's port (`probe TYPE ip:port`, `ip:port` of a name server)
  std::string name;                   ///< the name spoken; empty: none is known, and checks that need one are skipped
  std::string hostname;               ///< what the host may call itself in this phase; empty: unknown
  std::vector<std::string> wrong_names;  ///< hostnames of other phases and other hosts: an interim name, the old host's
  std::vector<std::string> domains;      ///< mail domains of the scenario
  Vantage vantage;
  std::string phase;
  std::string token;  ///< unique to this observation; [a-z0-9-], begins with the run's token
  DnsServers dns;
  std::vector<std::string> ours;  ///< addresses and networks that may be asked more than an ordinary DNS question
  std::string pin;                ///< SHA-256 of the leaf certificate that is the right one, 64 hex digits; empty: none
  int oldest_tls = 0x0303;        ///< the oldest version that is spoken, as in the TLS record: 0x0301 is TLS 1.0
  std::string trust;              ///< PEM file of certificate authorities besides the system's; empty: none
  std::optional<SshAccess> ssh;
  Parameters parameters;          ///< token already put in
  std::string folder;             ///< the scenario's folder: what relative paths in parameters are relative to
  bool address_answered = false;  ///< another port of `ip` answered in the same run
  /// Names of the facts that the scenario's `expect` speaks of, without the type's prefix (`status`, `exit`). A check
  /// that stands in where nothing is said about a fact is skipped when its fact is here.
  std::vector<std::string> expected_facts;
  /// Ids of the checks that the scenario switched off. What is done for their sake alone is not done.
  std::vector<std::string> switched_off;

  /// Ids of the checks for whose sake nothing may be asked this time, since what the host may be asked (`limits`) is
  /// used up. An expectation that speaks of their facts changes nothing about that.
  std::vector<std::string> withheld;

  /// Whether nothing is to be done for the sake of this check alone: switched off, or withheld.
  [[nodiscard]] bool is_off(std::string_view check) const;
  [[nodiscard]] bool is_withheld(std::string_view check) const;
  /// Whether an address is among `ours`.
  [[nodiscard]] bool is_ours(std::string_view address) const;
};

}  // namespace drydock
