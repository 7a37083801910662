#pragma once
#include <boost/json/object.hpp>

#include "harness/record/run_record.hpp"

/// Records as JSON values, for what writes JSON; record_json.hpp says what they hold.
namespace drydock {

boost::json::object value_of(const ObservationRecord& record);
boost::json::object value_of(const ResultRecord& record);
boost::json::object value_of(const RunRecord& record);
/// Everything but summary, observations, results, gates and steps.
boost::json::object head_of(const RunRecord& record);
boost::json::object summary_of(const RunRecord& record);

}  // namespace drydock
