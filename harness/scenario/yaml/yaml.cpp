#include "harness/scenario/yaml/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_set>

#include "harness/scenario/yaml/yaml_text.hpp"

namespace drydock {
namespace {

/// Ends the reading; the problem is reported already.
struct Refused {};

/// Builds the tree from yaml-cpp's events. Depth and size are bounded here, before the parser's own recursion is deep.
class TreeBuilder : public YAML::EventHandler {
public:
  TreeBuilder(std::shared_ptr<const Source> source, Diagnostics& diagnostics)
      : source_(std::move(source)), diagnostics_(diagnostics) {}

  [[nodiscard]] std::optional<Node> take() { return std::move(root_); }
  /// Where the collections begin that are open now, innermost last.
  [[nodiscard]] std::optional<Place> innermost_flow() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
      if (frame->flow) return frame->node.place;
    return std::nullopt;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(place(mark), "a second YAML document begins here; a scenario is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = place(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(place(mark), "this alias stands inside what it names; write the value out");
    charge(weight(found->second), place(mark));
    if (awaits_key()) refuse(place(mark), "a key can't be an alias; write the word out");
    add(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const Place where = place(mark);
    check_tag(tag, where);
    Node node = Node::scalar(where, value);
    node.quoted = tag == "!";
    if (node.quoted && !quote_is_closed(*source_, where))
      refuse(where, "this quotation mark is never closed; put another at the end of the text");
    for (const char c : value)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
        refuse(where, fmt::format("an escape in this text makes the control character 0x{:02x}; remove it", c));
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::sequence(place(mark), {}), tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::mapping(place(mark), {}), tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor;
    bool flow;
    std::optional<Node> key = {};
    std::unordered_set<std::string> keys = {};
  };

  [[nodiscard]] Place place(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1}; }

  [[noreturn]] void refuse(const Place& where, std::string message) {
    diagnostics_.error(where, std::move(message));
    throw Refused{};
  }

  void charge(std::size_t octets, const Place& where) {
    weight_ += octets;
    if (weight_ > kMaxWeight) refuse(where, "the aliases of this file make it too large; write fewer of them");
  }

  void check_tag(const std::string& tag, const Place& where) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    diagnostics_.error(where, fmt::format("YAML tags (`{}`) aren't known here; leave the tag out", tag));
  }

  [[nodiscard]] bool awaits_key() const {
    return !frames_.empty() && frames_.back().node.is(Node::Kind::mapping) && !frames_.back().key;
  }

  void open(Node node, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    check_tag(tag, node.place);
    if (frames_.size() >= kMaxNesting)
      refuse(node.place,
             fmt::format("lists and maps are nested more than {} deep; a scenario never needs that", kMaxNesting));
    if (awaits_key())
      refuse(node.place, "a key must be a word, not a list or a map; put it in quotes, or close its bracket");
    charge(weight(node), node.place);
    frames_.push_back({std::move(node), anchor, style == YAML::EmitterStyle::Flow});
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = frame.node;
    add(std::move(frame.node));
  }

  void finish(Node node, YAML::anchor_t anchor) {
    charge(weight(node), node.place);
    if (anchor != 0) anchors_[anchor] = node;
    add(std::move(node));
  }

  void add(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.is(Node::Kind::sequence)) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      frame.key = std::move(node);
    } else {
      add_entry(frame, std::move(*frame.key), std::move(node));
      frame.key.reset();
    }
  }

  void add_entry(Frame& frame, Node key, Node value) {
    if (value.is(Node::Kind::nothing)) value.place = key.place;
    if (!key.is(Node::Kind::scalar)) {
      diagnostics_.error(key.place, "a key must be a word; this one is nothing");
    } else if (key.text == "<<" && !key.quoted) {
      diagnostics_.error(key.place, "merge keys (`<<`) aren't known here; write the keys out, or use for_each");
    } else if (!frame.keys.insert(key.text).second) {
      const Place& first = frame.node.entry(key.text)->key_place;
      diagnostics_.error(key.place, fmt::format("the key `{}` stands here twice, first at line {}; keep one of them",
                                                key.text, first.line));
    } else {
      frame.node.entries.push_back({std::move(key.text), key.place, std::move(value)});
    }
  }

  std::shared_ptr<const Source> source_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::optional<Node> root_;
  std::size_t weight_ = 0;
  int documents_ = 0;
};

}  // namespace

std::optional<Node> read_yaml(std::shared_ptr<const Source> source, std::string_view text, Diagnostics& diagnostics) {
  if (const auto problem = text_problem(source, text)) {
    diagnostics.error(problem->place, problem->message);
    return std::nullopt;
  }
  TreeBuilder builder(source, diagnostics);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& exception) {
    const Place place{source, exception.mark.is_null() ? 1 : exception.mark.line + 1,
                      exception.mark.is_null() ? 1 : exception.mark.column + 1};
    const TextProblem problem = syntax_problem(place, exception.msg, builder.innermost_flow());
    diagnostics.error(problem.place, problem.message);
    return std::nullopt;
  } catch (const Refused&) {
    return std::nullopt;
  }
  auto root = builder.take();
  if (!root || root->is(Node::Kind::nothing)) {
    diagnostics.error(
        {source, 1, 1},
        fmt::format("{} is empty; README.md beside the shipped scenarios shows what it needs", source->name()));
    return std::nullopt;
  }
  return root;
}

}  // namespace drydock
