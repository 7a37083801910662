#include "probes/core/observation.hpp"

#include <fmt/format.h>

namespace drydock {

void Transcript::add(char direction, std::string_view line) {
  if (lines_.size() >= kMaxLines || octets_ >= kMaxOctets) {
    ++dropped_;
    return;
  }
  std::string text = printable(clip(line, kMaxLine));
  octets_ += text.size();
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_);
  lines_.push_back({at, direction, std::move(text)});
}

const FactValue* Observation::find(std::string_view fact) const {
  const auto found = facts_.find(fact);
  return found == facts_.end() ? nullptr : &found->second;
}

namespace {

struct Words {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::string>& list) const {
    return list.empty() ? "nothing" : fmt::format("{}", fmt::join(list, ", "));
  }
  std::string operator()(const Reply& reply) const { return reply.text(); }
  std::string operator()(const Answer& answer) const { return answer.text(); }
  std::string operator()(const DnsData& data) const { return data.text; }
  std::string operator()(const std::vector<DnsData>& list) const { return (*this)(texts_of(list)); }
  template <class T>
  std::string operator()(const Rows<T>& rows) const {
    std::string text;
    for (const auto& [name, content] : rows)
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, (*this)(content));
    return text.empty() ? "nothing" : text;
  }
};

}  // namespace

std::string describe(const FactValue& value) {
  return std::visit(Words{}, value);
}

}  // namespace drydock
