#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/options.hpp"
#include "harness/cli/report_file.hpp"
#include "harness/report/reporters.hpp"

namespace drydock::cli {

/// Wrong usage: the message says what is wrong and what would be right. Ends with exit 2.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The format that maps exit codes to those of monitoring plugins.
inline constexpr std::string_view kNagios = "nagios";
/// `text, json, ...`
std::string format_names();
/// Whether the argument of a --report asks for that format; whether on standard output.
bool asks_for_plugin(const std::string& argument);
bool plugin_prints(const std::string& argument);

/// A file that no report may replace, and what it is: `the journal`.
struct ProtectedFile {
  std::string path, what;
};

/// Where a command's reports go: human text on standard output unless a report takes its place, and each --report.
/// Made before anything is sent, so that a wrong path costs nothing. Writes JSON Lines as they come.
class Output {
public:
  /// Throws UsageError on an unknown format, a malformed FORMAT=PATH, two reports to one place, a path that can't be
  /// written, and one that is a protected file, under whatever name. No file has been changed then.
  Output(const OutputOptions& options, const std::vector<ProtectedFile>& protected_files);

  /// The run's start, for JSON Lines: observations and results that come after it follow.
  void begin(const RunRecord& record);
  void observation(const ObservationRecord& seen);
  void result(const ResultRecord& result);
  /// Writes every report. False where one can't be written: that has been said on standard error, and the others are
  /// there.
  bool write_reports(const RunRecord& record);
  /// Writes every report and, unless a report took standard output, the human text. False as above.
  bool finish(const RunRecord& record);

  /// Whether a report asks that drydock ends as a monitoring plugin does.
  [[nodiscard]] bool is_plugin() const;
  /// The exit code of a command that ends with `exit`: the same, or a plugin's.
  [[nodiscard]] int exit_of(const RunRecord& record, int exit) const;

  /// True where standard output carries human text.
  [[nodiscard]] bool human() const { return human_; }
  [[nodiscard]] const OutputOptions& options() const { return options_; }
  [[nodiscard]] bool color() const { return color_; }

private:
  struct Sink {
    const Reporter* reporter;
    std::string argument;            ///< FORMAT=PATH as written
    std::optional<Place> place;      ///< empty: standard output
    std::optional<ReportFile> file;  ///< empty: standard output
    std::string problem;             ///< why it can't be written any more
    void write(const ReportFile::Content& content);
  };
  void stream(const ReportFile::Content& line);
  static Sink sink_of(const std::string& argument);
  void refuse_conflicts(const std::vector<ProtectedFile>& protected_files) const;
  void write_report(const Sink& sink, const RunRecord& record, std::ostream& out) const;
  OutputOptions options_;
  std::vector<Sink> sinks_;
  bool human_ = true;
  bool color_ = false;
  bool begun_ = false;
};

}  // namespace drydock::cli
