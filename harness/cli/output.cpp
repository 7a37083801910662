#include "harness/cli/output.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "harness/report/nagios.hpp"

namespace drydock::cli {
namespace {

bool streams(const Reporter* reporter) {
  return reporter->name == "jsonl";
}

/// What the regular file at the place is that no report may replace, whoever named it; empty where it is nothing such.
std::string what_stands_at(const Place& place) {
  constexpr std::size_t kSeen = 4096;
  if (!place.file || !S_ISREG(place.mode) || place.descriptor) return {};
  std::ifstream file(place.path, std::ios::binary);
  std::string head(kSeen, '\0');
  file.read(head.data(), static_cast<std::streamsize>(kSeen));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (head.starts_with("SQLite format 3")) return "a journal";
  if (head.find("PRIVATE KEY-----") != std::string::npos) return "a private key";
  const bool is_yaml = place.path.ends_with(".yaml") || place.path.ends_with(".yml");
  return is_yaml && !head.empty() ? "a YAML file" : "";
}

[[noreturn]] void refuse(const std::string& argument, const std::string& why) {
  throw UsageError(fmt::format("--report {}: {}", argument, why));
}

/// A plugin prints one line, and nobody names a file for it.
bool needs_no_path(const Reporter& reporter) {
  return reporter.name == kNagios;
}

}  // namespace

std::string format_names() {
  std::string names;
  for (const auto& reporter : reporters()) names += fmt::format("{}{}", names.empty() ? "" : ", ", reporter.name);
  return names;
}

bool asks_for_plugin(const std::string& argument) {
  return argument.substr(0, argument.find('=')) == kNagios;
}

bool plugin_prints(const std::string& argument) {
  return argument == kNagios || argument == fmt::format("{}=-", kNagios);
}

Output::Output(const OutputOptions& options, const std::vector<ProtectedFile>& protected_files) : options_(options) {
  const char* no_color = std::getenv("NO_COLOR");
  color_ = !options.no_color && !(no_color && *no_color) && isatty(STDOUT_FILENO);
  for (const auto& argument : options.reports) sinks_.push_back(sink_of(argument));
  human_ = std::all_of(sinks_.begin(), sinks_.end(), [](const Sink& sink) { return sink.place.has_value(); });
  refuse_conflicts(protected_files);
  for (auto& sink : sinks_) {
    if (!sink.place) continue;
    try {
      sink.file.emplace(*sink.place, streams(sink.reporter));
    } catch (const std::runtime_error& error) {
      refuse(sink.argument, error.what());
    }
  }
}

Output::Sink Output::sink_of(const std::string& argument) {
  const auto equals = argument.find('=');
  const std::string format = argument.substr(0, equals);
  const auto* reporter = find_reporter(format);
  if (!reporter) refuse(argument, fmt::format("'{}' is no format; the formats are {}", format, format_names()));
  if (equals == std::string::npos && needs_no_path(*reporter)) return {reporter, argument, std::nullopt, {}, {}};
  if (equals == std::string::npos || equals + 1 == argument.size())
    refuse(argument, fmt::format("no path; write {}=PATH, or {}=- for standard output", format, format));
  const std::string path = argument.substr(equals + 1);
  return {reporter, argument, path == "-" ? std::nullopt : std::optional(Place::of(path)), {}, {}};
}

void Output::refuse_conflicts(const std::vector<ProtectedFile>& protected_files) const {
  const Place standard_output = Place::of("/dev/stdout");
  for (auto sink = sinks_.begin(); sink != sinks_.end(); ++sink) {
    const auto same = std::find_if(sinks_.begin(), sink, [&](const Sink& other) {
      return sink->place && other.place ? sink->place->same_as(*other.place) : !sink->place && !other.place;
    });
    if (same != sink) refuse(sink->argument, fmt::format("{} goes there already; name another file", same->argument));
    if (!sink->place) continue;
    if (sink->place->same_as(standard_output) && (!human_ || !S_ISCHR(standard_output.mode)))
      refuse(sink->argument,
             fmt::format("that is standard output, where {}; write {}=- alone, or name another file",
                         human_ ? "the text for people goes" : "a report goes already", sink->reporter->name));
    for (const auto& file : protected_files)
      if (sink->place->same_as(Place::of(file.path)))
        refuse(sink->argument, fmt::format("that is {}, which no report replaces; name another file", file.what));
    if (const std::string what = what_stands_at(*sink->place); !what.empty())
      refuse(sink->argument, fmt::format("{} stands there, which no report replaces; name another file", what));
  }
}

/// What can't be written any more stays so; the command goes on, and write_reports tells.
void Output::Sink::write(const ReportFile::Content& content) {
  if (!problem.empty()) return;
  try {
    if (file) return file->write(content);
    content(std::cout);
    std::cout.flush();
    if (!std::cout) problem = "standard output takes no more";
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
}

void Output::begin(const RunRecord& record) {
  begun_ = true;
  stream([&](std::ostream& out) { write_jsonl_run(record, out); });
}

void Output::stream(const ReportFile::Content& line) {
  for (auto& sink : sinks_)
    if (streams(sink.reporter)) sink.write(line);
}

void Output::observation(const ObservationRecord& seen) {
  stream([&](std::ostream& out) { write_jsonl_observation(seen, out); });
}

void Output::result(const ResultRecord& result) {
  stream([&](std::ostream& out) { write_jsonl_result(result, out); });
}

void Output::write_report(const Sink& sink, const RunRecord& record, std::ostream& out) const {
  if (begun_ && streams(sink.reporter))
    write_jsonl_summary(record, out);
  else if (sink.reporter->name == "text")
    write_text(record, out, {false, options_.verbose});
  else
    sink.reporter->write(record, out);
}

bool Output::write_reports(const RunRecord& record) {
  bool complete = true;
  for (auto& sink : sinks_) {
    sink.write([&](std::ostream& out) { write_report(sink, record, out); });
    if (sink.problem.empty()) continue;
    fmt::print(stderr, "drydock: the report {} is not written: {}\n", sink.argument, sink.problem);
    complete = false;
  }
  return complete;
}

bool Output::is_plugin() const {
  return std::ranges::any_of(options_.reports, asks_for_plugin);
}

int Output::exit_of(const RunRecord& record, int exit) const {
  return is_plugin() ? nagios_exit(summarise(record).verdict, exit) : exit;
}

bool Output::finish(const RunRecord& record) {
  const bool complete = write_reports(record);
  if (!human_) return complete;
  write_text(record, std::cout, {color_, options_.verbose});
  std::cout.flush();
  if (!std::cout) fmt::print(stderr, "drydock: standard output takes no more: the text is not complete\n");
  return complete && std::cout;
}

}  // namespace drydock::cli
