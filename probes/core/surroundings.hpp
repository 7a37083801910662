#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock {

/// Who the prober is.
struct Vantage {
  std::string id;
  std::string address;                      ///< IP that the target is dialled from; empty: the system chooses
  std::string name;                         ///< what the prober calls itself (EHLO); empty: the machine's own name
  std::vector<std::string> addresses = {};  ///< all it has, at most one of each family; empty: only `address`

  /// Where to dial `ip` from: its own address of that family. Empty: the system chooses. None where it has addresses,
  /// but none of that family.
  [[nodiscard]] std::optional<std::string> source_for(std::string_view ip) const;
  /// The same; `address` where there is none, which can't dial `ip` then.
  [[nodiscard]] std::string dials_from(std::string_view ip) const { return source_for(ip).value_or(address); }
};

/// Name servers by IP address, port 53 unless written `ip:port`.
struct DnsServers {
  std::vector<std::string> authoritative;
  std::vector<std::string> resolvers;
};

/// What is the same whatever is looked at: from where, when, by what authorities. Plain data.
struct Surroundings {
  Vantage vantage;
  std::string phase;
  DnsServers dns;
  std::string trust;              ///< PEM file of certificate authorities besides the system's; empty: none
  std::vector<std::string> ours;  ///< addresses and networks that may be asked more than an ordinary DNS question
  std::string folder;             ///< the scenario's folder: what relative paths in parameters are relative to

  /// Whether an address is among `ours`.
  [[nodiscard]] bool is_ours(std::string_view address) const;
};

}  // namespace drydock
