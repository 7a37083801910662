#pragma once
#include <optional>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"

/// What a record says of how things stand at its end, for formats that are compared from run to run. Pure. Pointers are
/// into the record.
namespace drydock {

/// The results that count: where a check was judged in several looks at one place, those of the last look. Several
/// results of one look stay. In the order of the record.
std::vector<const ResultRecord*> current_results(const RunRecord& record);

/// The last observation of each probe at each place. In the order of the record.
std::vector<const ObservationRecord*> current_observations(const RunRecord& record);

/// How long it took, in seconds; nothing where its begin or its end is not known. Of instants to the millisecond, as
/// records keep them: told again from its JSON, a record says the same.
std::optional<double> seconds_taken(const RunRecord& record);

/// Of two results for one thing the worse one counts: skip 0, pass, warn, a waived fail, what is not critical and
/// inconclusive, or failed, critical and inconclusive, a critical fail 7.
int badness(const ResultRecord& result);

/// Where a probe saw a number or a time under a fact's name.
template <class Value>
struct Seen {
  const ObservationRecord* observation = nullptr;
  std::string fact;  ///< `smtp.tls.not_after`
  Value value{};
};
/// Until when certificates are valid: those served, and of their paths what ends first.
std::vector<Seen<WallTime>> certificate_ends(const std::vector<const ObservationRecord*>& observations);
/// Days until the end of certificates that were served, as their checks count them; negative where it is past.
std::vector<Seen<double>> certificate_days(const std::vector<const ObservationRecord*>& observations);
/// Smallest TTL of what a name server answered, in seconds.
std::vector<Seen<double>> dns_ttls(const std::vector<const ObservationRecord*>& observations);

}  // namespace drydock
