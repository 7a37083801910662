#include "harness/report/reporters.hpp"

#include <array>

namespace drydock {

std::span<const Reporter> reporters() {
  static constexpr std::array<Reporter, 9> kReporters{{
      {"text", [](const RunRecord& record, std::ostream& out) { write_text(record, out, {}); }},
      {"json", write_json},
      {"jsonl", write_jsonl},
      {"junit", write_junit},
      {"tap", write_tap},
      {"markdown", write_markdown},
      {"html", write_html},
      {"prometheus", write_prometheus},
      {"nagios", write_nagios},
  }};
  return kReporters;
}

const Reporter* find_reporter(std::string_view name) {
  for (const auto& reporter : reporters())
    if (reporter.name == name) return &reporter;
  return nullptr;
}

}  // namespace drydock
