#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/run/instance.hpp"

namespace drydock {

/// What a probe is told to ask, as records keep it: the parameters that shape its dialogue, accounts by their login and
/// mail, the token as `${token}`; `domains`, where the type asks about mail domains; `oldest_tls`, where it is not
/// TLS 1.2; `vantage`; `withheld`, the checks for whose sake nothing was asked. Secrets removed.
boost::json::object asked_of(const ProbeDefinition& probe, const Subject& subject, const Redactor* redactor);

/// The checks for whose sake nothing was asked.
std::vector<std::string> withheld_in(const ObservationRecord& seen);

/// Pure. What this instance would ask otherwise than was asked then: names of parameters, `name` for the name spoken,
/// in the order of the alphabet. A parameter that was not known then and has a default is none. Empty: the same is
/// asked, as far as secrets, which are in no record, let it be told.
std::vector<std::string> asked_otherwise(const ObservationRecord& seen, const Instance& now);

}  // namespace drydock
