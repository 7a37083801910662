#include <fmt/format.h>

#include "harness/action/action.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock {
namespace {

struct Words {
  std::string operator()(const CommandAction& action) const {
    std::string text = action.on.empty() ? "here:" : fmt::format("on {}:", action.on);
    if (!action.shell.empty()) return text + " sh -c " + shell_word(action.shell);
    for (const auto& argument : action.argv) text += " " + shell_word(argument);
    return text;
  }
  std::string operator()(const DnsUpdateAction& action) const {
    std::string text = fmt::format("DNS update of {} at {}:", action.zone, action.server);
    for (const auto& change : action.changes) {
      text += fmt::format(" {} {}", change.name, change.type);
      if (change.data.empty()) text += " deleted";
      for (const auto& data : change.data) text += " " + data;
      text += ";";
    }
    text.pop_back();
    return text;
  }
  std::string operator()(const ConfirmAction& action) const { return fmt::format("by a person: {}", action.text); }
  std::string operator()(const WaitAction& action) const {
    return fmt::format("wait {}", format_duration(action.duration));
  }
};

}  // namespace

std::string describe(const ActionDefinition& action) {
  return std::visit(Words{}, action.what);
}

bool always_repeatable(const ActionDefinition& action) {
  return std::holds_alternative<DnsUpdateAction>(action.what) || std::holds_alternative<WaitAction>(action.what);
}

std::string_view to_string(ActionEnd end) {
  switch (end) {
    case ActionEnd::done:
      return "done";
    case ActionEnd::failed:
      return "failed";
    case ActionEnd::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<ActionEnd> action_end(std::string_view word) {
  for (const ActionEnd end : {ActionEnd::done, ActionEnd::failed, ActionEnd::unknown})
    if (to_string(end) == word) return end;
  return std::nullopt;
}

}  // namespace drydock
