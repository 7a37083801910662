#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/json_writer.hpp"
#include "harness/record/run_record.hpp"

/// Records as JSON text with exactly the keys of the JSON report (scenarios/README.md), null where nothing is known;
/// besides them `phase`, `asked`, `token`, `answered`, `beside`, `absent` and `left_out` of an observation,
/// `first_failure` and `limit` of a result, `undo` and `message` of an action, `journal`, `vars`, `addresses`, `ending`
/// and `judged_again` of a run. Reading ignores unknown keys and takes a missing one as null; it throws
/// std::runtime_error that names the key where a value has the wrong type, and on text that is not JSON.
namespace drydock {

void write_json(const ObservationRecord& record, JsonWriter& out);
void write_json(const ResultRecord& record, JsonWriter& out);
/// The whole report, schema `drydock.report/2`; `summary` is what summarise() says.
void write_json(const RunRecord& record, JsonWriter& out);
/// The keys before `summary`, and that: into an object that was begun.
void write_head(const RunRecord& record, JsonWriter& out);
void write_summary(const RunRecord& record, JsonWriter& out);

std::string to_json(const ResultRecord& record);
std::string to_json(const RunRecord& record);

ResultRecord result_from_json(std::string_view text);
RunRecord run_from_json(std::string_view text);

/// One look, for the journal: `{"observations": [...], "results": [...]}`.
std::string to_json(const LookRecord& look);
LookRecord look_from_json(std::string_view text);

}  // namespace drydock
