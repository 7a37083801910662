#include "harness/cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace drydock::cli {
namespace {

std::string format_names() {
  std::string names;
  for (const auto& reporter : reporters()) names += fmt::format("{}{}", names.empty() ? "" : ", ", reporter.name);
  return names;
}

bool streams(const Reporter* reporter) {
  return reporter->name == "jsonl";
}

}  // namespace

Output::Output(const OutputOptions& options) : options_(options) {
  const char* no_color = std::getenv("NO_COLOR");
  color_ = !options.no_color && !(no_color && *no_color) && isatty(STDOUT_FILENO);
  for (const auto& text : options.reports) {
    const auto equals = text.find('=');
    const std::string format = text.substr(0, equals);
    const auto* reporter = find_reporter(format);
    if (!reporter)
      throw UsageError(fmt::format("--report {}: '{}' is no format; the formats are {}", text, format, format_names()));
    if (equals == std::string::npos || equals + 1 == text.size())
      throw UsageError(
          fmt::format("--report {}: no path; write {}=PATH, or {}=- for standard output", text, format, format));
    Sink sink{reporter, text.substr(equals + 1), nullptr};
    if (sink.path == "-") {
      if (!human_) throw UsageError("--report: only one report can go to standard output");
      human_ = false;
    } else {
      sink.file = std::make_unique<std::ofstream>(sink.path, std::ios::binary | std::ios::trunc);
      if (!*sink.file)
        throw UsageError(fmt::format("--report {}: can't write {}: {}", text, sink.path, std::strerror(errno)));
    }
    sinks_.push_back(std::move(sink));
  }
}

std::ostream& Output::stream(const Sink& sink) {
  return sink.file ? *sink.file : std::cout;
}

void Output::begin(const RunRecord& record) {
  begun_ = true;
  for (const auto& sink : sinks_)
    if (streams(sink.reporter)) {
      write_jsonl_run(record, stream(sink));
      stream(sink).flush();
    }
}

void Output::result(const ResultRecord& result) {
  for (const auto& sink : sinks_)
    if (streams(sink.reporter)) {
      write_jsonl_result(result, stream(sink));
      stream(sink).flush();
    }
}

void Output::write_reports(const RunRecord& record) {
  for (const auto& sink : sinks_) {
    std::ostream& out = stream(sink);
    if (begun_ && streams(sink.reporter))
      write_jsonl_summary(record, out);
    else
      sink.reporter->write(record, out);
    out.flush();
    if (!out) throw std::runtime_error(fmt::format("can't write the report {}: {}", sink.path, std::strerror(errno)));
  }
}

void Output::finish(const RunRecord& record) {
  write_reports(record);
  if (human_) write_text(record, std::cout, {color_, options_.verbose});
  std::cout.flush();
}

}  // namespace drydock::cli
