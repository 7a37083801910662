#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"
#include "harness/scenario/yaml/yaml.hpp"
#include "probes/registry.hpp"

namespace drydock {
namespace {

/// Builds the tree of a scenario with one probe and one host out of the command line.
class ArgumentReader {
public:
  ArgumentReader(const ProbeArguments& arguments, std::span<const ProbeType* const> types, Diagnostics& diagnostics)
      : arguments_(arguments), types_(types), diagnostics_(diagnostics) {}

  [[nodiscard]] const std::optional<ServerText>& server() const { return server_; }
  [[nodiscard]] bool dials_port() const { return dials_port_; }

  std::optional<Node> read() {
    if (!find_type() || !read_address()) return std::nullopt;
    for (const auto& [key, value] : arguments_.keys) read_key(key, value);
    if (!arguments_.name.empty())
      probe_.entries.push_back({"name", place("--name"), quoted("--name", arguments_.name)});
    aim();
    return assemble();
  }

private:
  /// Where a piece of the command line is shown.
  static Place place(const std::string& text) { return {std::make_shared<Source>("command line", text), 1, 1}; }

  static Node quoted(const std::string& shown, const std::string& text) { return Node::scalar(place(shown), text); }

  bool find_type() {
    std::vector<std::string> names;
    for (const ProbeType* type : types_) {
      names.emplace_back(type->name);
      if (type->name == arguments_.type) type_ = type;
    }
    if (!type_)
      diagnostics_.error(place(arguments_.type), fmt::format("there is no probe type `{}`{}", arguments_.type,
                                                             suggestion(arguments_.type, names, "the types are")));
    return type_ != nullptr;
  }

  bool read_address() {
    server_ = parse_server(arguments_.address);
    if (!server_)
      diagnostics_.error(place(arguments_.address),
                         fmt::format("`{}` isn't an address; write IP, IP:port or [v6]:port", arguments_.address));
    return server_.has_value();
  }

  [[nodiscard]] const ParameterSpec* parameter(std::string_view key) const {
    const auto found = std::find_if(type_->parameters.begin(), type_->parameters.end(),
                                    [&](const ParameterSpec& spec) { return spec.name == key; });
    return found == type_->parameters.end() ? nullptr : &*found;
  }

  static bool is_probe_key(std::string_view key) {
    static constexpr std::string_view kMeaningless[] = {"id",    "on",    "name", "vantage",
                                                        "phase", "needs", "tags", "for_each"};
    const auto keys = probe_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const KeySpec& spec) { return spec.name == key; }) &&
           std::find(std::begin(kMeaningless), std::end(kMeaningless), key) == std::end(kMeaningless);
  }

  [[nodiscard]] std::vector<std::string> known_keys() const {
    std::vector<std::string> keys;
    for (const ParameterSpec& spec : type_->parameters) keys.emplace_back(spec.name);
    for (const KeySpec& spec : probe_keys())
      if (is_probe_key(spec.name)) keys.emplace_back(spec.name);
    for (const char* key : {"vantage", "trust", "domains", "dns", "allowed_targets"}) keys.emplace_back(key);
    return keys;
  }

  void read_key(const std::string& key, const std::string& value) {
    const std::string shown = key + "=" + value;
    if (std::count_if(arguments_.keys.begin(), arguments_.keys.end(),
                      [&](const auto& one) { return one.first == key; }) > 1) {
      diagnostics_.error(place(shown), fmt::format("`{}` is given twice; give it once", key));
      return;
    }
    auto node = read_value(shown, key.size() + 1);
    if (!node) return;
    Node::Entry entry{key, place(shown), std::move(*node)};
    if (parameter(key))
      parameters_.entries.push_back(std::move(entry));
    else if (is_probe_key(key))
      probe_.entries.push_back(std::move(entry));
    else if (key == "vantage")
      vantage_ = std::move(entry);
    else if (key == "trust" || key == "domains" || key == "dns" || key == "allowed_targets")
      root_.entries.push_back(std::move(entry));
    else
      diagnostics_.error(place(shown), fmt::format("a {} probe on the command line has no key `{}`{}", type_->name, key,
                                                   suggestion(key, known_keys(), "its keys are")));
  }

  /// The value behind `KEY=`, with places that point into the whole argument.
  std::optional<Node> read_value(const std::string& shown, std::size_t from) {
    const auto source = std::make_shared<Source>("command line", shown);
    if (from == shown.size()) {
      diagnostics_.error({source, 1, static_cast<int>(from)}, "there is no value behind `=`; write KEY=VALUE");
      return std::nullopt;
    }
    const std::string blank(from, ' ');
    return read_yaml(source, blank + shown.substr(from), diagnostics_);
  }

  void give(std::string_view key, Node value) {
    const Place where = value.place;
    parameters_.entries.push_back({std::string(key), where, std::move(value)});
  }

  /// The address is dialled: as the host's, or as the name server's that is asked.
  void aim() {
    if (!arguments_.name.empty() && parameter("name") && !parameters_.find("name"))
      give("name", quoted("--name", arguments_.name));
    const Place where = place(arguments_.address);
    if (type_->aims.has(Aim::host)) {
      if (server_->port && parameter("port") && !parameters_.find("port"))
        give("port", Node::scalar(where, std::to_string(*server_->port)));
      dials_port_ = server_->port.has_value();
      return;
    }
    for (const ParameterSpec& spec : type_->parameters) {
      const Node* given = parameters_.find(spec.name);
      const bool chooses = type_->aims.has(Aim::name_server) && spec.type == ParameterType::servers;
      if (chooses && given) return choose(spec, *given);
      if (given) continue;
      if (chooses) return give(spec.name, list(where));
      if (!type_->aims.has(Aim::name_server) && spec.type == ParameterType::ip_address && spec.required)
        return give(spec.name, Node::scalar(where, server_->ip));
    }
    if (!type_->aims.has(Aim::name_server) && !root_.find("dns"))
      root_.entries.push_back({"dns", where, Node::mapping(where, {{"resolvers", where, list(where)}})});
  }

  /// The address is asked in any case: as what the word says, or it is refused to ask another.
  void choose(const ParameterSpec& spec, const Node& given) {
    const bool is_word = given.is(Node::Kind::scalar) &&
                         std::find(spec.choices.begin(), spec.choices.end(), given.text) != spec.choices.end();
    const bool is_address =
        given.is(Node::Kind::sequence) && given.items.size() == 1 && given.items.front().text == arguments_.address;
    if (is_address) return;
    if (is_word && !root_.find("dns")) {
      const Place where = place(arguments_.address);
      root_.entries.push_back({"dns", where, Node::mapping(where, {{given.text, where, list(where)}})});
      return;
    }
    diagnostics_.error(given.place,
                       fmt::format("`{}` chooses other servers than {}, which is to be asked; leave it out", spec.name,
                                   arguments_.address));
  }

  [[nodiscard]] Node list(const Place& where) const {
    return Node::sequence(where, {Node::scalar(where, arguments_.address)});
  }

  Node assemble() {
    const Place where = place(arguments_.type + " " + arguments_.address);
    const auto text = [&](const char* key, std::string value) {
      return Node::Entry{key, where, Node::scalar(where, std::move(value))};
    };
    parameters_.kind = probe_.kind = root_.kind = Node::Kind::mapping;
    parameters_.place = probe_.place = root_.place = where;
    probe_.entries.push_back(text("id", arguments_.type));
    probe_.entries.push_back({arguments_.type, where, parameters_});
    if (vantage_) {
      Node who = std::move(vantage_->value);
      if (who.is(Node::Kind::scalar)) who = Node::mapping(who.place, {{"address", who.place, who}});
      root_.entries.push_back(
          {"vantages", where, Node::mapping(where, {{"prober", vantage_->key_place, std::move(who)}})});
    }
    root_.entries.push_back(text("drydock", "1"));
    root_.entries.push_back(text("name", fmt::format("{} {}", arguments_.type, arguments_.address)));
    root_.entries.push_back(
        {"hosts", where,
         Node::mapping(where, {{"host", where, Node::mapping(where, {text("address", server_->ip)})}})});
    root_.entries.push_back({"probes", where, Node::sequence(where, {probe_})});
    return std::move(root_);
  }

  const ProbeArguments& arguments_;
  std::span<const ProbeType* const> types_;
  Diagnostics& diagnostics_;
  const ProbeType* type_ = nullptr;
  std::optional<ServerText> server_;
  bool dials_port_ = false;
  Node root_;
  Node probe_;
  Node parameters_;
  std::optional<Node::Entry> vantage_;
};

bool is_about_use(const Diagnostic& diagnostic) {
  return diagnostic.message.starts_with("warning: nothing uses");
}

}  // namespace

LoadResult load_probe_arguments(const ProbeArguments& arguments, std::span<const ProbeType* const> types) {
  Diagnostics diagnostics;
  LoadOptions options;
  options.types = types.empty() ? probe_types() : types;
  ArgumentReader reader(arguments, options.types, diagnostics);
  LoadResult result;
  const auto root = reader.read();
  if (root) result.scenario = load_tree(*root, options, std::filesystem::current_path().string(), diagnostics);
  if (diagnostics.has_errors()) result.scenario.reset();
  result.diagnostics = diagnostics.take();
  std::erase_if(result.diagnostics, is_about_use);
  if (!result.scenario) return result;
  result.scenario->file = "command line";
  if (reader.dials_port()) result.scenario->hosts.front().port = reader.server()->port;
  return result;
}

}  // namespace drydock
