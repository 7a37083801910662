#include "harness/scenario/sections/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/scenario/yaml/file_text.hpp"
#include "harness/scenario/yaml/yaml.hpp"
#include "harness/scenario/yaml/yaml_text.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/core/parameter.hpp"

namespace drydock {
namespace {

constexpr std::size_t kMaxScalar = 64 * 1024;
constexpr std::string_view kUndecided = "undecided";

std::vector<std::string> keys_of(const Node* mapping) {
  std::vector<std::string> keys;
  if (mapping)
    for (const auto& entry : mapping->entries) keys.push_back(entry.key);
  return keys;
}

/// Where `${` of the reference stands in the file, as far as the line shows it.
Place place_in(const Node& node, std::string_view reference) {
  if (!node.place.source) return node.place;
  const std::string& line = node.place.source->line(node.place.line);
  const std::size_t at = line.find(reference, octet_of_column(line, node.place.column));
  if (at == std::string::npos) return node.place;
  return {node.place.source, node.place.line, column_of_octet(line, at)};
}

}  // namespace

Names::Names(const Node& root, const LoadOptions& options, Diagnostics& diagnostics)
    : root_(root), diagnostics_(diagnostics) {
  for (const std::string kind : {"vars", "names", "hosts", "secrets"}) {
    const Node* section = root_.find(kind);
    if (!section) continue;
    for (const auto& entry : section->entries) {
      if (kind == "hosts")
        define_addresses(entry);
      else
        definitions_.emplace(kind + "." + entry.key, &entry.value);
    }
  }
  read_overrides(options);
}

/// `hosts.old.0`, `hosts.old.1`, ...
void Names::define_addresses(const Node::Entry& host) {
  const Node* one = host.value.find("address");
  const Node* list = host.value.find("addresses");
  if (one) definitions_.emplace(fmt::format("hosts.{}.0", host.key), one);
  for (std::size_t i = 0; !one && list && i < list->items.size(); ++i)
    definitions_.emplace(fmt::format("hosts.{}.{}", host.key, i), &list->items[i]);
}

void Names::read_overrides(const LoadOptions& options) {
  const auto declared = defined("vars");
  const auto known = [&](const std::string& name) {
    return std::find(declared.begin(), declared.end(), name) != declared.end();
  };
  for (const auto& [name, value] : options.recorded)
    if (known(name)) overrides_[name] = value;
  for (const std::string& path : options.vars_files) read_vars_file(path);
  for (const auto& [name, value] : options.set) {
    const auto source = std::make_shared<Source>("--set", name + "=" + value);
    if (const auto problem = text_problem(source, name + "=" + value)) {
      diagnostics_.error(problem->place, problem->message);
      continue;
    }
    if (known(name)) {
      overrides_[name] = value;
      continue;
    }
    diagnostics_.error({source, 1, 1},
                       fmt::format("`{}` isn't declared under vars{}", name, suggestion(name, declared, "declared")));
  }
}

void Names::read_vars_file(const std::string& path) {
  const FileText file = read_file(path, kMaxFileOctets);
  const auto source = std::make_shared<Source>(path, file.text);
  if (!file.problem.empty()) {
    diagnostics_.error({source, 1, 1},
                       fmt::format("can't be read: {}; --vars wants a YAML file of names and values", file.problem));
    return;
  }
  const auto node = read_yaml(source, file.text, diagnostics_);
  if (!node) return;
  if (!node->is(Node::Kind::mapping)) {
    diagnostics_.error(node->place,
                       fmt::format("a file for --vars is a map of names to values, not {}", kind_in_words(*node)));
    return;
  }
  const auto declared = defined("vars");
  for (const auto& entry : node->entries) {
    if (std::find(declared.begin(), declared.end(), entry.key) == declared.end())
      undeclared_var(*node, entry);
    else if (entry.value.is(Node::Kind::scalar))
      overrides_[entry.key] = entry.value.text;
    else
      diagnostics_.error(entry.value.place,
                         fmt::format("the var `{}` can't be {}; it wants a text, a number or a truth value", entry.key,
                                     kind_in_words(entry.value)));
  }
}

void Names::undeclared_var(const Node& file, const Node::Entry& entry) {
  std::vector<std::string> not_given;
  for (const std::string& name : defined("vars"))
    if (!file.find(name)) not_given.push_back(name);
  const std::string near = nearest(entry.key, not_given);
  if (near.empty())
    diagnostics_.warning(entry.key_place,
                         fmt::format("the scenario declares no var `{}`, so nothing uses it", entry.key));
  else
    diagnostics_.error(
        entry.key_place,
        fmt::format("the scenario declares no var `{}`; did you mean `{}`, which this file doesn't give?", entry.key,
                    near));
}

const Node* Names::definition(const std::string& root, const std::string& name) const {
  const auto found = definitions_.find(root + "." + name);
  return found == definitions_.end() ? nullptr : found->second;
}

std::vector<std::string> Names::defined(const std::string& root) const {
  return keys_of(root_.find(root));
}

Node Names::put_in(const Node& node, const Context& context) {
  if (node.is(Node::Kind::scalar)) return put_into_scalar(node, context);
  Node copy;
  copy.kind = node.kind;
  copy.place = node.place;
  for (const Node& item : node.items) copy.items.push_back(put_in(item, context));
  for (const auto& entry : node.entries) {
    if (entry.key.find("${") != std::string::npos)
      diagnostics_.error(entry.key_place, "names are put into values only, not into keys; write the key out");
    copy.entries.push_back({entry.key, entry.key_place, put_in(entry.value, context)});
  }
  return copy;
}

Node Names::put_into_scalar(const Node& node, const Context& context) {
  Node out = node;
  if (node.text == kUndecided) {
    diagnostics_.error(node.place,
                       "this is still undecided; decide it here, or make it a var and give it with --set or --vars");
    out.kind = Node::Kind::refused;
    return out;
  }
  if (node.text.find('$') == std::string::npos) return out;
  auto text = expand(node, context, out);
  if (!text) {
    out.kind = Node::Kind::refused;
    return out;
  }
  if (out.secret.empty()) out.text = std::move(*text);
  return out;
}

std::optional<std::string> Names::expand(const Node& node, const Context& context, Node& out) {
  std::string text;
  bool right = true;
  const std::string_view all = node.text;
  for (std::size_t at = 0; at < all.size();) {
    if (all.substr(at).starts_with("$${")) {
      text += "${";
      at += 3;
    } else if (all.substr(at).starts_with("${")) {
      const std::size_t end = all.find('}', at);
      if (end == std::string_view::npos) {
        diagnostics_.error(place_in(node, "${"),
                           "this `${` is never closed; write `}` after the name, or `$${` for the two characters");
        return std::nullopt;
      }
      const std::string_view written = all.substr(at, end - at + 1);
      const Reference reference{place_in(node, written), std::string(all.substr(at + 2, end - at - 2)),
                                written.size() == all.size()};
      const auto value = resolve(reference, context, out);
      right = right && value.has_value();
      if (value) text += *value;
      at = end + 1;
    } else {
      text += all[at++];
    }
    if (text.size() > kMaxScalar) {
      diagnostics_.error(node.place,
                         "the names in this text make it longer than 64 KiB; a name may not stand for so much");
      return std::nullopt;
    }
  }
  put_ += text.size();
  if (put_ > kMaxWeight) {
    diagnostics_.error(node.place, "the names of this file make it too large; use fewer or shorter ones");
    return std::nullopt;
  }
  return right ? std::optional(text) : std::nullopt;
}

std::optional<std::string> Names::resolve(const Reference& reference, const Context& context, Node& out) {
  const std::string& inside = reference.inside;
  out.put_in = true;
  if (inside == "token") {
    if (context.token) return std::string(kTokenMark);
    diagnostics_.error(
        reference.place,
        "`${token}` is new for every observation; it may stand only in a probe's parameters and its expect");
    return std::nullopt;
  }
  if (inside == "each" || inside.starts_with("each.")) return resolve_each(reference, context.each);
  if (inside.starts_with("secrets.")) {
    const std::string name = inside.substr(8);
    used_.insert(inside);
    if (!definition("secrets", name)) {
      unknown_reference(reference);
      return std::nullopt;
    }
    if (!reference.whole) {
      diagnostics_.error(reference.place,
                         fmt::format("the secret `{}` can't be part of a text; {}", name, kSecretPlaces));
      return std::nullopt;
    }
    out.secret = name;
    return std::string{};
  }
  return resolve_defined(reference);
}

std::optional<std::string> Names::resolve_each(const Reference& reference, const Node* each) {
  if (!each) {
    diagnostics_.error(
        reference.place,
        fmt::format("there is no for_each here; `${{{}}}` stands only in a probe that has one", reference.inside));
    return std::nullopt;
  }
  if (each->is(Node::Kind::refused)) return std::nullopt;
  const bool whole = reference.inside == "each";
  if (whole && each->is(Node::Kind::scalar)) return each->text;
  if (whole || !each->is(Node::Kind::mapping)) {
    diagnostics_.error(reference.place,
                       whole ? fmt::format("the items of for_each are maps here; write one of their keys{}",
                                           each->entries.empty() ? "" : ": ${each." + each->entries.front().key + "}")
                             : "the items of for_each are plain values here; write `${each}`");
    return std::nullopt;
  }
  const std::string key = reference.inside.substr(5);
  const Node* value = each->find(key);
  if (!value) {
    diagnostics_.error(reference.place, fmt::format("the item of for_each at line {} has no key `{}`{}",
                                                    each->place.line, key, suggestion(key, keys_of(each), "it has")));
    return std::nullopt;
  }
  if (value->is(Node::Kind::scalar) && value->secret.empty()) return value->text;
  if (!value->is(Node::Kind::refused))
    diagnostics_.error(
        value->place, fmt::format("`{}` of an item of for_each can't be {}; it wants a text, a number or a truth value",
                                  key, kind_in_words(*value)));
  return std::nullopt;
}

std::optional<std::string> Names::resolve_defined(const Reference& reference) {
  const std::string& inside = reference.inside;
  const std::size_t dot = inside.find('.');
  const std::string root = inside.substr(0, dot);
  const std::string name = dot == std::string::npos ? "" : inside.substr(dot + 1);
  if (root == "hosts") return resolve_address(reference, name);
  used_.insert(root + "." + name);
  if ((root != "vars" && root != "names") || name.empty() || !definition(root, name)) {
    unknown_reference(reference);
    return std::nullopt;
  }
  return value_once(reference, root, name);
}

/// `old.address`, the first; `old.ipv4` and `old.ipv6`, the first of that family.
std::optional<std::string> Names::resolve_address(const Reference& reference, const std::string& name) {
  const std::size_t dot = std::min(name.rfind('.'), name.size());
  const std::string host = name.substr(0, dot), wanted = name.substr(std::min(dot + 1, name.size()));
  const bool any = wanted == "address";
  if ((!any && wanted != "ipv4" && wanted != "ipv6") || !definition("hosts", host + ".0")) {
    unknown_reference(reference);
    return std::nullopt;
  }
  used_.insert("hosts." + host);
  for (std::size_t i = 0; definition("hosts", fmt::format("{}.{}", host, i)); ++i) {
    const auto address = value_once(reference, "hosts", fmt::format("{}.{}", host, i));
    if (!address || any || is_ipv6_address(*address) == (wanted == "ipv6")) return address;
  }
  diagnostics_.error(reference.place, fmt::format("`{}` has no {} address; give it one under `addresses`", host,
                                                  wanted == "ipv4" ? "IPv4" : "IPv6"));
  return std::nullopt;
}

std::optional<std::string> Names::value_once(const Reference& reference, const std::string& root,
                                             const std::string& name) {
  const std::string full = root + "." + name;
  const auto cycle = std::find(under_way_.begin(), under_way_.end(), full);
  if (cycle != under_way_.end()) {
    diagnostics_.error(reference.place,
                       fmt::format("this name depends on itself: {} -> {}; give one of them a value of its own",
                                   fmt::join(cycle, under_way_.end(), " -> "), full));
    return std::nullopt;
  }
  if (under_way_.size() >= kMaxNesting) {
    diagnostics_.error(
        reference.place,
        fmt::format("names lead to names more than {} times here; give this one a value of its own", kMaxNesting));
    return std::nullopt;
  }
  return value(root, name);
}

void Names::unknown_reference(const Reference& reference) {
  const std::string& inside = reference.inside;
  std::vector<std::string> candidates;
  for (const char* root : {"vars", "names", "secrets"})
    for (const std::string& name : defined(root)) candidates.push_back(fmt::format("{}.{}", root, name));
  for (const std::string& host : defined("hosts")) candidates.push_back(fmt::format("hosts.{}.address", host));
  for (const std::string& candidate : candidates)
    if (candidate.substr(candidate.find('.') + 1) == inside) {
      diagnostics_.error(reference.place,
                         fmt::format("`${{{}}}` names nothing; did you mean `${{{}}}`?", inside, candidate));
      return;
    }
  const std::string near = nearest(inside, candidates);
  if (!near.empty())
    diagnostics_.error(reference.place, fmt::format("`${{{}}}` names nothing; did you mean `${{{}}}`?", inside, near));
  else
    diagnostics_.error(reference.place, fmt::format("`${{{}}}` names nothing; there are vars.NAME, names.NAME, "
                                                    "hosts.HOST.address (or ipv4, ipv6), secrets.NAME, "
                                                    "token and, with for_each, each (`$${{` for the two characters)",
                                                    inside));
}

std::optional<std::string> Names::value(const std::string& root, const std::string& name) {
  const std::string full = root + "." + name;
  const auto found = known_.find(full);
  if (found != known_.end()) return found->second;
  const Node* node = definition(root, name);
  if (!node) return std::nullopt;
  under_way_.push_back(full);
  auto computed = compute(root, name, *node);
  under_way_.pop_back();
  return known_.insert_or_assign(full, std::move(computed)).first->second;
}

std::optional<std::string> Names::compute(const std::string& root, const std::string& name, const Node& node) {
  if (root == "vars") {
    const auto overridden = overrides_.find(name);
    const std::string& text = overridden == overrides_.end() ? node.text : overridden->second;
    if (node.is(Node::Kind::scalar) && text == kUndecided) {
      diagnostics_.error(node.place,
                         fmt::format("the var `{}` is still undecided; decide it here, or with --set or --vars", name));
      return std::nullopt;
    }
    if (overridden != overrides_.end()) return text;
  }
  if (!node.is(Node::Kind::scalar)) {
    if (root != "hosts")
      diagnostics_.error(node.place, fmt::format("`{}` can't be {}; {} holds texts, numbers and truth values", name,
                                                 kind_in_words(node), root));
    return std::nullopt;
  }
  const Node out = put_into_scalar(node, {});
  if (out.is(Node::Kind::refused)) return std::nullopt;
  if (out.secret.empty()) return out.text;
  if (root != "hosts")
    diagnostics_.error(node.place, fmt::format("`{}` can't be the secret `{}`; {}", name, out.secret, kSecretPlaces));
  return std::nullopt;
}

}  // namespace drydock
