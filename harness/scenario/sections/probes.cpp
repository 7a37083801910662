#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/check/comparison.hpp"
#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/sections/raw_probe.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

/// Reads one probe. Each function sees to one key, or to what belongs together.
class ProbeReader {
public:
  ProbeReader(Loading& loading, const RawProbe& raw)
      : loading_(loading),
        raw_(raw),
        keys_(probe_keys().begin(), probe_keys().end()),
        map_(loading.diagnostics, raw.node, keys_, "a probe", type_names(loading)) {}

  void read() {
    if (!map_.is_map()) return;
    probe_.id = raw_.id;
    probe_.where = position(raw_.node.place);
    const bool typed = read_type();
    read_aim();
    read_who();
    read_weights();
    read_times();
    if (!typed) return;
    read_comparison();
    probe_.parameters = read_parameters(loading_, *parameters_, probe_.type->parameters,
                                        fmt::format("`{}`", probe_.type->name), right_);
    if (right_) look_at_parameters();
    if (const Node* expect = map_.get("expect"))
      probe_.expectations = read_expectations(loading_, *expect, *probe_.type);
    read_overrides();
    look_for_emptiness();
    if (!probe_.id.empty()) loading_.scenario.probes.push_back(std::move(probe_));
  }

private:
  bool read_type() {
    const Node::Entry* chosen = nullptr;
    for (const auto& entry : raw_.node.entries) {
      const ProbeType* type = type_of(loading_, entry.key);
      if (!type) continue;
      if (chosen) {
        loading_.error(entry.key_place,
                       fmt::format("a probe has one protocol; this one has {} already, so make `{}` a probe of its own",
                                   chosen->key, entry.key));
        return false;
      }
      chosen = &entry;
      probe_.type = type;
    }
    if (!chosen) {
      if (!has_unknown_key())
        loading_.error(raw_.node.place, fmt::format("this probe has no protocol; give it one of {}",
                                                    fmt::join(type_names(loading_), ", ")));
      return false;
    }
    parameters_ = &chosen->value;
    type_place_ = chosen->key_place;
    return !parameters_->is(Node::Kind::nothing) && !parameters_->is(Node::Kind::refused);
  }

  /// Then the protocol may be what was misspelt, and that was said.
  [[nodiscard]] bool has_unknown_key() const {
    return std::any_of(raw_.node.entries.begin(), raw_.node.entries.end(), [&](const Node::Entry& entry) {
      return std::none_of(keys_.begin(), keys_.end(), [&](const KeySpec& key) { return key.name == entry.key; });
    });
  }

  void read_aim() {
    const Node* node = map_.get("on");
    const bool dns = probe_.type && !probe_.type->aims.has(Aim::host);
    if (node) {
      probe_.on = map_.words("on");
      check_hosts(*node, dns);
    } else if (dns) {
      probe_.on = {std::string(kNameServers)};
    } else if (!map_.has("on")) {
      choose_host();
    }
  }

  void check_hosts(const Node& node, bool dns) {
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < probe_.on.size(); ++i) {
      const std::string& host = probe_.on[i];
      const Place& place = node.is(Node::Kind::sequence) ? node.items[i].place : node.place;
      loading_.use("hosts", host);
      if (std::find(seen.begin(), seen.end(), host) != seen.end())
        loading_.error(place, fmt::format("`{}` stands here twice; a host comes once", host));
      seen.push_back(host);
      if (dns && host != kNameServers)
        loading_.error(place, fmt::format("a {} probe asks name servers, not the host `{}`; leave `on` out",
                                          probe_.type->name, host));
      else if (!dns && host == kNameServers)
        loading_.error(place, "`dns` is only what dns and rdns probes are on; name a host");
      else if (host == kThisMachine && probe_.type && !probe_.type->aims.has(Aim::this_machine))
        loading_.error(place,
                       fmt::format("a {} probe looks at hosts, not at this machine; name a host", probe_.type->name));
      else if (!is_reserved_id(host))
        check_host(host, place);
    }
  }

  void check_host(const std::string& host, const Place& place) {
    const auto& hosts = loading_.host_ids;
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) return;
    auto candidates = hosts;
    if (probe_.type && probe_.type->aims.has(Aim::this_machine)) candidates.emplace_back(kThisMachine);
    loading_.error(place, fmt::format("there is no host `{}`{}", host, suggestion(host, candidates, "the hosts are")));
  }

  void choose_host() {
    const auto& hosts = loading_.host_ids;
    if (hosts.empty()) return;
    if (hosts.size() == 1)
      probe_.on = hosts;
    else if (std::find(hosts.begin(), hosts.end(), "new") != hosts.end())
      probe_.on = {"new"};
    else
      loading_.error(
          raw_.node.place,
          fmt::format("this probe doesn't say which host it is on, and none is called new; write on: with one of {}",
                      fmt::join(hosts, ", ")));
    for (const std::string& host : probe_.on) loading_.use("hosts", host);
  }

  void read_who() {
    const auto name = map_.word("name");
    const auto canonical = loading_.scenario.names.find("canonical");
    if (name)
      probe_.name = *name;
    else if (canonical != loading_.scenario.names.end())
      probe_.name = canonical->second;
    named_ = name.has_value();
    if (const auto family = map_.word("family")) probe_.family = *family == "ipv6" ? Family::ipv6 : Family::ipv4;
    probe_.vantage = loading_.scenario.vantages.front();
    const auto vantage = map_.word("vantage");
    if (!vantage) return;
    loading_.use("vantages", *vantage);
    for (const Vantage& known : loading_.scenario.vantages) {
      if (known.id != *vantage) continue;
      probe_.vantage = known;
      return;
    }
    const auto& known = loading_.vantage_ids;
    loading_.error(
        map_.get("vantage")->place,
        fmt::format("there is no vantage `{}`{}", *vantage,
                    known.empty() ? "; declare it under vantages" : suggestion(*vantage, known, "the vantages are")));
  }

  void read_weights() {
    probe_.in_phase.assign(loading_.scenario.phases.size(), true);
    if (const Node* phase = map_.get("phase")) probe_.in_phase = read_phases(loading_, *phase, map_.spec("phase"));
    if (const auto severity = map_.word("severity"))
      probe_.severity = *severity == "critical"   ? Severity::critical
                        : *severity == "degraded" ? Severity::degraded
                                                  : Severity::advisory;
    probe_.tags = map_.words("tags");
    if (const Node* needs = map_.get("needs"))
      probe_.needs = resolve_needs(loading_, *needs, map_.spec("needs"), probe_.id);
  }

  void read_times() {
    probe_.timeout = map_.duration("timeout").value_or(std::chrono::seconds(30));
    probe_.tries = static_cast<int>(map_.integer("tries").value_or(1));
    probe_.pause = map_.duration("pause").value_or(std::chrono::seconds(1));
  }

  void read_comparison() {
    const auto said = map_.boolean("compare");
    const bool can_be = probe_.type->aims.has(Aim::host) &&
                        std::ranges::any_of(probe_.type->facts, [](const FactSpec& fact) { return is_compared(fact); });
    const bool has_other = std::ranges::any_of(probe_.on, [&](const std::string& id) {
      const HostDefinition* host = loading_.scenario.host(id);
      return host && !host->replaces.empty();
    });
    if (said == true && !can_be)
      loading_.error(
          map_.get("compare")->place,
          fmt::format("nothing that a {} probe sees can be compared; leave `compare` out", probe_.type->name));
    else if (said == true && !has_other)
      loading_.error(map_.get("compare")->place,
                     "none of this probe's hosts replaces another, so there is nothing to compare with; write "
                     "`replaces` at the host");
    if (!can_be || !has_other || said == false) return;
    if (said)
      probe_.compare = Compare::itself;
    else if (loading_.scenario.compare_all)
      probe_.compare = Compare::as_all;
  }

  void look_at_parameters() {
    const ProbeType& type = *probe_.type;
    if (type.validate)
      for (const ParameterProblem& problem : type.validate(probe_.parameters)) {
        const auto* entry = parameters_->entry(problem.parameter);
        loading_.error(entry ? entry->value.place : type_place_, problem.message);
        right_ = false;
      }
    if (right_ && type.connections) {
      probe_.patience = probe_.timeout;
      probe_.timeout *= type.connections(probe_.parameters);
    }
    if (right_ && type.waiting) probe_.timeout += type.waiting(probe_.parameters);
    for (const ParameterSpec& spec : type.parameters) {
      if (spec.type == ParameterType::url && !named_) take_name_from_url(spec);
      const auto* servers = probe_.parameters.get<std::vector<std::string>>(spec.name);
      const bool asks =
          spec.type == ParameterType::servers && servers && *servers == std::vector<std::string>{"authoritative"};
      if (asks && loading_.scenario.dns.authoritative.empty() && !loading_.root.find("dns"))
        loading_.error(type_place_,
                       "this probe asks the authoritative servers, and none are declared; write them under dns: "
                       "{authoritative: [...]}");
    }
  }

  void take_name_from_url(const ParameterSpec& spec) {
    const std::string& url = probe_.parameters.text(spec.name);
    if (const auto host = url_host(with_token(url, "token"))) probe_.name = *host;
  }

  /// What is written as an id outweighs a glob; of two globs the later one.
  void read_overrides() {
    const Node* node = map_.get("checks");
    if (!node) return;
    if (!node->is(Node::Kind::mapping)) {
      loading_.reader.wrong(*node, map_.spec("checks"));
      return;
    }
    const auto ids = check_ids(probe_);
    for (const bool globs : {true, false})
      for (const auto& entry : node->entries)
        if (is_glob(entry.key) == globs) read_override(entry, ids);
  }

  void read_override(const Node::Entry& entry, const std::vector<std::string>& ids) {
    const auto choice =
        loading_.reader.word(entry.value, {.name = entry.key, .form = Form::choice, .choices = override_choices()});
    bool matched = false;
    for (const std::string& id : ids) {
      if (!glob_matches(entry.key, id)) continue;
      matched = true;
      if (!choice) continue;
      CheckOverride change;
      change.off = *choice == "off";
      if (*choice == "critical") change.severity = Severity::critical;
      if (*choice == "degraded") change.severity = Severity::degraded;
      if (*choice == "advisory") change.severity = Severity::advisory;
      probe_.overrides[id] = change;
    }
    if (!matched)
      loading_.error(entry.key_place, fmt::format("{} has no check `{}`{}", probe_.type->name, entry.key,
                                                  suggestion(entry.key, ids, "its checks are")));
  }

  void look_for_emptiness() {
    if (map_.has("expect") && probe_.expectations.empty()) return;
    const auto ids = check_ids(probe_);
    const bool any = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
      const auto change = probe_.overrides.find(id);
      return change == probe_.overrides.end() || !change->second.off;
    });
    if (any) return;
    loading_.error(
        raw_.node.place,
        ids.empty()
            ? fmt::format("this probe would check nothing, because {} has no checks of its own; say what you expect",
                          probe_.type->name)
            : "this probe would check nothing, because all its checks are off; say what you expect, or remove it");
  }

  Loading& loading_;
  const RawProbe& raw_;
  std::vector<KeySpec> keys_;
  MapReader map_;
  ProbeDefinition probe_;
  const Node* parameters_ = nullptr;
  Place type_place_;
  bool named_ = false;
  bool right_ = true;
};

}  // namespace

void read_probes(Loading& loading) {
  const Node* section = loading.root.find("probes");
  if (!section || section->is(Node::Kind::nothing)) return;
  if (!section->is(Node::Kind::sequence)) {
    loading.reader.wrong(*section, {.name = "probes", .form = Form::groups});
    loading.all_probe_ids_known = false;
    return;
  }
  if (section->items.empty())
    loading.error(section->place, "`probes` is an empty list; a scenario without probes can't say anything");
  const auto raw = expand_probes(loading, *section);
  for (const RawProbe& probe : raw) ProbeReader(loading, probe).read();
  look_for_circles(loading);
  look_for_needed_checks(loading);
}

}  // namespace drydock
