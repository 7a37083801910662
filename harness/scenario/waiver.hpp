#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/probe.hpp"

namespace drydock {

struct ProbeDefinition;
struct Scenario;

/// A named person's acceptance of one failing check of one probe. Plain data, as `waivers` or `drydock waive` give it;
/// what is not given (host, address, row) is not asked for.
struct Waiver {
  std::string check, probe;
  std::optional<std::string> host;
  std::optional<std::string> address;     ///< IP or IP:port
  std::optional<std::string> row;         ///< of a table
  std::vector<std::string> as;            ///< who accepts it; a critical check needs two
  std::string because;                    ///< one line
  std::string until;                      ///< as written: see parse_until
  std::optional<std::string> mitigation;  ///< the probe that must pass instead
};

/// Why a waiver may not be, and which of its keys is to blame: `what is wrong; what would be right`.
struct WaiverRefusal {
  std::string key;
  std::string message;
};
/// Pure; that it has expired is no reason.
std::optional<WaiverRefusal> refuse_waiver(const Waiver& waiver, const Scenario& scenario);

/// What the check catches, where that may never be waived (an open relay, lost mail, ...); else empty. `check` is an id
/// of the type, or `expect.FACT` or `same.FACT`.
std::string_view never_waived(const ProbeType& type, std::string_view check);

/// What a check of the probe weighs, `expect.FACT` included; nothing where it has no such check, or it is off.
std::optional<Severity> weight_of(const ProbeDefinition& probe, std::string_view check);

bool has_expired(const Waiver& waiver, WallTime now);
/// `jim, ann`.
std::string names_of(const Waiver& waiver);
/// The persons of it, each once: blanks around a name and its case make no other person.
std::size_t persons_of(const Waiver& waiver);

}  // namespace drydock
