#pragma once
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/options.hpp"
#include "harness/report/reporters.hpp"

namespace drydock::cli {

/// Wrong usage: the message says what is wrong and what would be right. Ends with exit 2.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Where a command's reports go: human text on standard output unless a report takes its place, and each --report.
/// Files are opened before anything is sent, so that a wrong path costs nothing.
class Output {
public:
  /// Throws UsageError on an unknown format, a malformed FORMAT=PATH, two reports on standard output, or a path that
  /// can't be written.
  explicit Output(const OutputOptions& options);

  /// JSON Lines sinks hear the run's start and each result as it comes.
  void begin(const RunRecord& record);
  void result(const ResultRecord& result);
  /// Writes every report.
  void write_reports(const RunRecord& record);
  /// Writes every report and, unless a report took standard output, the human text.
  void finish(const RunRecord& record);

  /// True where standard output carries human text.
  [[nodiscard]] bool human() const { return human_; }
  [[nodiscard]] const OutputOptions& options() const { return options_; }
  [[nodiscard]] bool color() const { return color_; }

private:
  struct Sink {
    const Reporter* reporter;
    std::string path;
    std::unique_ptr<std::ofstream> file;  ///< null: standard output
  };
  std::ostream& stream(const Sink& sink);
  OutputOptions options_;
  std::vector<Sink> sinks_;
  bool human_ = true;
  bool color_ = false;
  bool begun_ = false;
};

}  // namespace drydock::cli
