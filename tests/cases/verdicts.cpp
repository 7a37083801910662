#include "tests/cases/verdicts.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace drydock::test {
namespace {

constexpr std::array<std::string_view, 5> kBestFirst{"skip", "pass", "warn", "inconclusive", "fail"};

auto rank(std::string_view verdict) {
  return std::find(kBestFirst.begin(), kBestFirst.end(), verdict) - kBestFirst.begin();
}

std::string text_of(const boost::json::value* value) {
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  return text_of(object.if_contains(key));
}

const boost::json::object* worst(const boost::json::value& report, const std::string& check) {
  const boost::json::object* found = nullptr;
  if (!report.is_object()) return found;
  const auto* results = report.get_object().if_contains("results");
  if (!results) return found;
  for (const auto& entry : results->as_array()) {
    const auto& result = entry.as_object();
    if (text_at(result, "check") != check) continue;
    if (!found || rank(text_at(result, "verdict")) > rank(text_at(*found, "verdict"))) found = &result;
  }
  return found;
}

}  // namespace

std::string Said::verdict(const std::string& check) const {
  const auto* result = worst(report, check);
  return result ? text_at(*result, "verdict") : "absent";
}

std::string Said::message(const std::string& check) const {
  const auto* result = worst(report, check);
  if (!result) return "";
  return text_at(*result, "message") + " | expected " + text_at(*result, "expected") + " | actual " +
         text_at(*result, "actual");
}

std::string Said::by_hand(const std::string& check) const {
  const auto* result = worst(report, check);
  return result ? text_at(*result, "reproduce") : "";
}

std::vector<std::string> Said::all(const std::string& verdict) const {
  std::vector<std::string> found;
  if (!report.is_object()) return found;
  for (const auto& entry : report.at("results").as_array())
    if (text_at(entry.as_object(), "verdict") == verdict) found.push_back(text_at(entry.as_object(), "check"));
  std::sort(found.begin(), found.end());
  return found;
}

Said ask(std::vector<std::string> words) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "report.json").string();
  words.insert(words.end(), {"--report", "json=" + path});
  const auto ended = run_drydock(std::move(words));
  Said said{.exit = ended.exit, .report = {}, .text = ended.out + ended.err};
  std::ifstream file(path);
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!json.empty()) said.report = boost::json::parse(json);
  return said;
}

Said run_scenario(const std::string& yaml, const std::vector<std::pair<std::string, std::string>>& files,
                  const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  for (const auto& [name, text] : files) std::ofstream(folder.path() / name) << text;
  const std::string path = (folder.path() / "case.yaml").string();
  std::ofstream(path) << yaml;
  std::vector<std::string> all{"run", path};
  all.insert(all.end(), words.begin(), words.end());
  return ask(std::move(all));
}

}  // namespace drydock::test
