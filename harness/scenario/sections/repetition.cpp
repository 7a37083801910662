#include <fmt/format.h>

#include "harness/scenario/sections/raw_probe.hpp"

namespace drydock {

const ProbeType* type_of(const Loading& loading, std::string_view key) {
  for (const ProbeType* type : loading.types)
    if (type->name == key) return type;
  return nullptr;
}

std::vector<std::string> type_names(const Loading& loading) {
  std::vector<std::string> names;
  for (const ProbeType* type : loading.types) names.emplace_back(type->name);
  return names;
}

namespace {

Node names_put_in(Loading& loading, const Node& probe, const Node* each) {
  if (!probe.is(Node::Kind::mapping)) return loading.names.put_in(probe, {});
  Node copy = Node::mapping(probe.place, {});
  for (const auto& entry : probe.entries) {
    if (entry.key == "for_each") continue;
    const bool token = entry.key == "expect" || type_of(loading, entry.key) != nullptr;
    copy.entries.push_back(
        {entry.key, entry.key_place, loading.names.put_in(entry.value, {.token = token, .each = each})});
  }
  return copy;
}

bool item_is_right(Loading& loading, const Node& item) {
  const KeySpec key{.name = "for_each", .form = Form::items};
  const auto plain = [](const Node& node) { return node.is(Node::Kind::scalar) && node.secret.empty(); };
  if (item.is(Node::Kind::refused)) return false;
  const bool right = plain(item) || (item.is(Node::Kind::mapping) && !item.entries.empty());
  if (!right) loading.reader.wrong(item, key);
  return right;
}

void repeat(Loading& loading, const Node& probe, const Node& written, std::vector<RawProbe>& into) {
  const Node items = loading.names.put_in(written, {});
  if (!items.is(Node::Kind::sequence) || items.items.empty()) {
    loading.all_probe_ids_known = false;
    if (items.is(Node::Kind::sequence))
      loading.error(items.place,
                    "`for_each` is an empty list, so this probe would never run; name an item, or remove the probe");
    else
      loading.reader.wrong(items, {.name = "for_each", .form = Form::items});
    return;
  }
  const std::size_t weight_of_one = weight(probe) - weight(written);  // the list itself is in none of them
  if (weight_of_one * items.items.size() > kMaxWeight) {
    loading.all_probe_ids_known = false;
    loading.error(items.place, "`for_each` makes this scenario too large; give it fewer items");
    return;
  }
  for (const Node& item : items.items) {
    if (!item_is_right(loading, item))
      loading.all_probe_ids_known = false;
    else
      into.push_back({names_put_in(loading, probe, &item), {}});
  }
}

void read_id(Loading& loading, RawProbe& probe, bool repeated) {
  static constexpr KeySpec kId{.name = "id", .form = Form::identifier};
  const Node* node = probe.node.find("id");
  const auto id = node && !node->is(Node::Kind::nothing) ? loading.reader.word(*node, kId) : std::nullopt;
  if (!id) {
    loading.all_probe_ids_known = false;
    return;
  }
  loading.refuse_own_id(*id, node->place);
  const auto [taken, fresh] = loading.taken_probe_ids.emplace(*id, node->place);
  if (!fresh) {
    const Place& place = taken->second;
    if (repeated && place.line == node->place.line && place.column == node->place.column)
      loading.error(
          node->place,
          fmt::format("for_each makes the id `{}` more than once; put ${{each}} in it, and no item twice", *id));
    else
      loading.error(node->place, fmt::format("the id `{}` is taken by the probe at line {}; give this one another", *id,
                                             place.line));
    return;
  }
  probe.id = *id;
  loading.probe_ids.emplace_back(*id, node->place);
}

}  // namespace

std::vector<RawProbe> expand_probes(Loading& loading, const Node& section) {
  std::vector<RawProbe> probes;
  for (const Node& item : section.items) {
    const Node* each = item.is(Node::Kind::mapping) ? item.find("for_each") : nullptr;
    const std::size_t first = probes.size();
    const bool repeated = each && !each->is(Node::Kind::nothing);
    if (repeated)
      repeat(loading, item, *each, probes);
    else
      probes.push_back({names_put_in(loading, item, nullptr), {}});
    if (each && !repeated)
      loading.error(item.entry("for_each")->key_place, "`for_each` has no value; give it one, or remove the line");
    for (std::size_t i = first; i < probes.size(); ++i) read_id(loading, probes[i], repeated);
  }
  return probes;
}

}  // namespace drydock
