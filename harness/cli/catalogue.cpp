#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "harness/check/comparison.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/loader.hpp"
#include "probes/registry.hpp"

namespace drydock::cli {
namespace {

void paragraph(const char* title, std::string_view text) {
  if (!text.empty()) fmt::print(std::cout, "\n{}\n  {}\n", title, text);
}

void list_parameters(std::span<const ParameterSpec> parameters, const std::string& prefix) {
  for (const auto& one : parameters) {
    const std::string choices = one.choices.empty() ? "" : fmt::format(" {}", fmt::join(one.choices, " | "));
    const std::string usual = one.required                ? " (required)"
                              : one.default_value.empty() ? ""
                                                          : fmt::format(" ({} unless said)", one.default_value);
    fmt::print(std::cout, "  {:<28}{}{}\n", prefix + std::string(one.name), one.meaning, choices + usual);
    list_parameters(one.members, prefix + std::string(one.name) + ".");
  }
}

void list_checks_of(const ProbeType& type) {
  for (const auto& check : type.checks)
    fmt::print(std::cout, "  {:<28} {:<9} {:<9} {}\n", check.id, to_string(check.severity), check.spec, check.title);
}

int explain_type(const ProbeType& type) {
  fmt::print(std::cout, "{}: {}\n\nparameters\n", type.name, type.summary);
  list_parameters(type.parameters, "");
  fmt::print(std::cout, "\nfacts, without `{}.` in expect; = where `compare` compares them\n", type.name);
  for (const auto& fact : type.facts)
    fmt::print(std::cout, "  {:<28}{} {}\n", fact.name, is_compared(fact) ? '=' : ' ', fact.meaning);
  fmt::print(std::cout, "\nchecks\n");
  list_checks_of(type);
  return exit_code::kDone;
}

/// By a slip of the finger, by the number of what is to be verified, or by the family of an id.
std::string what_may_be_meant(const std::string& word) {
  std::vector<std::string> all, numbered, related;
  for (const auto* type : probe_types()) {
    all.emplace_back(type->name);
    for (const auto& check : type->checks) {
      all.emplace_back(check.id);
      if (check.spec == word) numbered.emplace_back(check.id);
      if (check.id.substr(0, check.id.find('.')) == word.substr(0, word.find('.'))) related.emplace_back(check.id);
    }
  }
  if (!numbered.empty()) return fmt::format("; {} is {}", word, fmt::join(numbered, ", "));
  if (const std::string near = nearest(word, all); !near.empty()) return fmt::format("; did you mean `{}`?", near);
  if (!related.empty()) return fmt::format("; its like are {}", fmt::join(related, ", "));
  return "; `drydock checks` lists them all";
}

}  // namespace

int list_checks(const std::string& only, bool json) {
  if (!only.empty() && !find_probe_type(only)) {
    std::vector<std::string> names;
    for (const auto* type : probe_types()) names.emplace_back(type->name);
    throw UsageError(fmt::format("there is no probe type '{}'; the types are {}", only, fmt::join(names, ", ")));
  }
  boost::json::array checks;
  for (const auto* type : probe_types()) {
    if (!only.empty() && type->name != only) continue;
    if (!json) {
      fmt::print(std::cout, "{}: {}\n", type->name, type->summary);
      list_checks_of(*type);
      continue;
    }
    for (const auto& check : type->checks)
      checks.push_back(boost::json::object{{"id", check.id},
                                           {"probe", type->name},
                                           {"title", check.title},
                                           {"severity", to_string(check.severity)},
                                           {"rfc", check.rfc},
                                           {"spec", check.spec}});
  }
  if (json) fmt::print(std::cout, "{}\n", boost::json::serialize(boost::json::object{{"checks", checks}}));
  return exit_code::kDone;
}

int explain(const std::string& id) {
  if (const ProbeType* type = find_probe_type(id)) return explain_type(*type);
  const auto* check = find_check(id);
  if (!check && id.starts_with("expect."))
    throw UsageError(
        fmt::format("{}: an assertion of the scenario's own `expect`; its line there says what is wanted", id));
  if (!check) throw UsageError(fmt::format("there is no check '{}'{}", id, what_may_be_meant(id)));
  fmt::print(std::cout, "{}: {}\n", check->id, check->title);
  fmt::print(std::cout, "{}{}{}{}{}\n", to_string(check->severity), check->spec.empty() ? "" : ", ", check->spec,
             check->rfc.empty() ? "" : ", ", check->rfc);
  paragraph("What it catches", check->catches);
  for (const Role* role : check->judge.roles()) paragraph("What else it goes by", role->meaning);
  paragraph("Why it matters", check->why);
  paragraph("See it by hand", check->by_hand);
  paragraph("Mend it", check->mend);
  return exit_code::kDone;
}

int print_schema() {
  fmt::print(std::cout, "{}", scenario_schema());
  return exit_code::kDone;
}

}  // namespace drydock::cli
