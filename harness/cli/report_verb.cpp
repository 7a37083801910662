#include <fmt/format.h>

#include <string>

#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/journal/journal.hpp"
#include "harness/report/exit_code.hpp"
#include "harness/report/record_json.hpp"
#include "harness/scenario/file_text.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock::cli {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

/// Octets of a JSON report; a journal may be larger.
constexpr std::size_t kLargestReport = std::size_t{1} << 30;

bool is_journal(const std::string& path) {
  return read_file(path, kSqliteMagic.size()).text.starts_with(kSqliteMagic);
}

std::string read_report(const std::string& path) {
  FileText file = read_file(path, kLargestReport);
  if (!file.problem.empty())
    throw UsageError(fmt::format("can't read {}: {}; give a journal or a JSON report", path, file.problem));
  if (file.text.size() > kLargestReport)
    throw UsageError(fmt::format("{} has more than 1 GiB: that is no JSON report", path));
  return std::move(file.text);
}

}  // namespace

int report(const std::string& recorded, const OutputOptions& options) {
  (void)journal_exists(recorded);  // tells where a journal is gone and parts of it are left
  RunRecord record;
  if (is_journal(recorded)) {
    record = record_of_journal(recorded);
  } else {
    const std::string text = read_report(recorded);
    try {
      record = run_from_json(text);
    } catch (const std::exception& error) {
      throw UsageError(fmt::format("{}: neither a journal nor a JSON report: {}", recorded, error.what()));
    }
  }
  std::vector<ProtectedFile> files = files_of_journal(recorded);
  files.front().what = "what is read";
  Output output(options, files);
  return output.finish(record) ? exit_code::kDone : exit_code::kMachine;
}

}  // namespace drydock::cli
