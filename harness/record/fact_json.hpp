#pragma once
#include <boost/json/value.hpp>
#include <optional>

#include "probes/core/fact.hpp"
#include "probes/core/secret.hpp"

/// Facts as JSON, so that they can be judged again. Pure. Numbers and truth values as they are; a text as a string, or
/// as `{"base64": "..."}` where it holds anything but printable characters, LF and TAB; a list as an array; rows as an
/// array of `[name, value]`, since names may come twice; a reply as `{code, enhanced, lines, irregular}`; DNS data as
/// `{text, folds}`; an answer as `{status, code, words, trouble}`, trouble as `{kind, message}` or null; a
/// link as `{text, target}`; the beginning of a text as `{text, whole}`; a row with columns as `{column: value, ...}`.
namespace drydock {

/// Secrets are removed first; `redactor` may be null.
boost::json::value fact_to_json(const FactValue& value, const Redactor* redactor);

/// Nothing where the JSON is no such fact: of an edited record, or of a drydock whose fact had another type.
std::optional<FactValue> fact_from_json(const FactSpec& fact, const boost::json::value& json);

}  // namespace drydock
