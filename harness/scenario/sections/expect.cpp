#include <fmt/format.h>

#include <map>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"

namespace drydock {
namespace {

std::string without_type(const FactSpec& fact, const ProbeType& type) {
  const std::string prefix = std::string(type.name) + ".";
  return std::string(fact.name.starts_with(prefix) ? fact.name.substr(prefix.size()) : fact.name);
}

/// Reads the lines of `expect`, or of a group in it.
class ExpectReader {
public:
  ExpectReader(Loading& loading, const ProbeType& type) : loading_(loading), type_(type) {}

  void read(const Node& node, const std::string& group, std::vector<Expectation>& into) {
    for (const auto& entry : node.entries) {
      if (const FactSpec* fact = find(group, entry.key)) {
        if (said_before(*fact, entry)) continue;
        auto matcher = read_matcher(loading_, entry.value, without_type(*fact, type_), *fact);
        if (matcher) into.push_back({std::string(fact->name), std::move(*matcher), position(entry.key_place)});
      } else if (group.empty() && !members(entry.key).empty() && entry.value.is(Node::Kind::mapping)) {
        if (entry.value.entries.empty())
          loading_.error(entry.value.place, fmt::format("`{}` says nothing; name a fact in it, such as `{}`, or remove "
                                                        "the line",
                                                        entry.key, members(entry.key).front()));
        read(entry.value, entry.key, into);
      } else {
        unknown(entry, group);
      }
    }
  }

private:
  /// Of the group `final` the member `status` is the fact final_status, of the group `tls` the member `version` the
  /// fact tls.version.
  static constexpr std::string_view kJoints = "._";

  [[nodiscard]] const FactSpec* find(const std::string& group, const std::string& name) const {
    for (const FactSpec& fact : type_.facts) {
      const std::string written = without_type(fact, type_);
      if (group.empty() && written == name) return &fact;
      for (const char joint : kJoints)
        if (!group.empty() && written == fmt::format("{}{}{}", group, joint, name)) return &fact;
    }
    return nullptr;
  }

  /// The names within the group of the facts that are its members.
  [[nodiscard]] std::vector<std::string> members(const std::string& group) const {
    std::vector<std::string> names;
    for (const FactSpec& fact : type_.facts) {
      const std::string written = without_type(fact, type_);
      if (written.size() > group.size() + 1 && written.starts_with(group) &&
          kJoints.find(written[group.size()]) != std::string_view::npos)
        names.push_back(written.substr(group.size() + 1));
    }
    return names;
  }

  /// A fact may have two names: in its group, and by itself. Two lines about it would leave one without effect.
  bool said_before(const FactSpec& fact, const Node::Entry& entry) {
    const auto [found, is_new] = said_.try_emplace(std::string(fact.name), entry.key_place);
    if (is_new) return false;
    loading_.error(entry.key_place, fmt::format("this is `{}`, of which line {} speaks already; say all of it there",
                                                without_type(fact, type_), position(found->second).line));
    return true;
  }

  void unknown(const Node::Entry& entry, const std::string& group) {
    std::vector<std::string> names = members(group);
    if (group.empty()) {
      for (const FactSpec& fact : type_.facts) names.push_back(without_type(fact, type_));
      for (const FactSpec& fact : type_.facts)
        if (fact.name == entry.key) {
          loading_.error(entry.key_place, fmt::format("in expect a fact is named without its probe type; write `{}`",
                                                      without_type(fact, type_)));
          return;
        }
    }
    loading_.error(entry.key_place, fmt::format("{}{}{} has no fact `{}`{}", type_.name, group.empty() ? "" : ".",
                                                group, entry.key, suggestion(entry.key, names, "its facts are")));
  }

  Loading& loading_;
  const ProbeType& type_;
  std::map<std::string, Place> said_;  ///< facts, and where
};

}  // namespace

std::vector<Expectation> read_expectations(Loading& loading, const Node& node, const ProbeType& type) {
  std::vector<Expectation> expectations;
  if (!node.is(Node::Kind::mapping) || node.entries.empty()) {
    loading.reader.wrong(node, {.name = "expect", .form = Form::matchers});
    return expectations;
  }
  ExpectReader(loading, type).read(node, "", expectations);
  return expectations;
}

}  // namespace drydock
