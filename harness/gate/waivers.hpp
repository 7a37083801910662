#pragma once
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// Fills ResultRecord::waiver of each fail that a person accepted: `jim, ann until 2026-12-01: why`. Pure. To be called
/// before fold_look, with all results of one look, those of mitigations too, and waivers that refuse_waiver lets
/// through. A waiver applies to results of its check, its probe and, where it says so, its host and address (one with a
/// `row` to results with that row, which none has yet). Verdicts stay as they are. Where a waiver would apply but for
/// its date, its mitigation or a second name that a critical check needs, the fail's message says so (`the waiver of
/// jim expired on 2026-12-01`), once however often this is called; another waiver may still apply.
void apply_waivers(std::vector<ResultRecord>& results, const std::vector<Waiver>& waivers, WallTime now);

/// Whether a waiver may excuse this fail whose mitigation decides: which is known only with all results of the look.
bool awaits_mitigation(const ResultRecord& result, const std::vector<Waiver>& waivers);

/// The probes that a look at this gate must look at besides the gate's own: mitigations of waivers of its probes that
/// have not expired. They don't count in fold_look.
std::vector<std::string> mitigations(const GateDefinition& gate, const std::vector<Waiver>& waivers, WallTime now);

}  // namespace drydock
