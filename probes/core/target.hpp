#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace drydock {

/// An IP address and a port; `ip` is the textual form without brackets.
struct Endpoint {
  std::string ip;
  std::uint16_t port = 0;
  /// `127.0.0.1:25`, `[::1]:25`.
  [[nodiscard]] std::string text() const;
};

/// How to run commands on a host: the system's ssh client, strict host key checking.
struct SshAccess {
  std::string user;
  std::string key_file;
  std::string known_hosts;
  std::uint16_t port = 22;
};

/// What an observation may look at. A type says which of these it looks at.
enum class Aim {
  host,          ///< an address of a host of the scenario
  name_server,   ///< an authoritative name server
  resolver,      ///< a resolver
  this_machine,  ///< where drydock runs
};

/// Some of these.
class Aims {
public:
  constexpr Aims(std::initializer_list<Aim> aims) {
    for (const Aim aim : aims) bits_ |= bit(aim);
  }
  [[nodiscard]] constexpr bool has(Aim aim) const { return (bits_ & bit(aim)) != 0; }

private:
  static constexpr unsigned bit(Aim aim) { return 1U << static_cast<unsigned>(aim); }
  unsigned bits_ = 0;
};

/// How scenarios and reports name what is no host of the scenario; no host may be called so.
constexpr std::string_view kNameServers = "dns";  ///< authoritative servers and resolvers
constexpr std::string_view kThisMachine = "here";

/// `dns`, `here`; empty for a host, which has an id of its own.
std::string_view reserved_id(Aim aim);
bool is_reserved_id(std::string_view id);

/// What one observation looks at, and how it proves to be that. Plain data.
struct Target {
  Aim aim = Aim::host;
  std::string id;                     ///< as scenarios and reports name it: a host's, or reserved_id(aim)
  std::string ip;                     ///< the address to dial; empty for this machine
  std::optional<std::uint16_t> port;  ///< overrides the type's port (`probe TYPE ip:port`, `ip:port` of a name server)
  std::string name;                   ///< the name spoken; empty: none is known, and checks that need one are skipped
  std::string pin;               ///< SHA-256 of the leaf certificate that is the right one, 64 hex digits; or empty
  int oldest_tls = 0x0303;       ///< the oldest version that is spoken, as in the TLS record: 0x0301 is TLS 1.0
  std::optional<SshAccess> ssh;  ///< how commands are run there; none: they can't be
};

}  // namespace drydock
