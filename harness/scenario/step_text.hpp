#pragma once
#include <string_view>

namespace drydock {

/// The canonical text of a step (StepDefinition::text), by which the journal knows whether a step was edited:
///
///     1 {"before": ["ready"], "run": [{"command": ["ls", "-l"], "on": "old"}], "step": "stop-old"}
///
/// A version, a blank, and the step as JSON on one line. Names are put in, secrets stand as `${secrets.NAME}`. Keys are
/// sorted by octets; keys that have their default value are left out, so a key that a later drydock adds changes no
/// text of a step that doesn't use it, and needs no new version. One action is a list of one. Durations have their
/// shortest spelling, numbers and truth values are bare, all else is a text. Lists keep their order. A change of
/// anything of this is a new version.
enum class SameStep {
  same,
  different,
  unknown  ///< of different versions, or without one: nobody can say
};
/// The version that a text names; 0 where it names none.
int step_text_version(std::string_view text);
/// Pure. Texts of one version, whichever, are compared octet by octet.
SameStep same_step(std::string_view a, std::string_view b);

}  // namespace drydock
