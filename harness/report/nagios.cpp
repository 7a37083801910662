#include "harness/report/nagios.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "harness/record/exit_code.hpp"
#include "harness/record/plain_text.hpp"
#include "harness/report/current.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/reporters.hpp"
#include "probes/core/certificate_days.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

/// NRPE takes a kilobyte, numbers included.
constexpr std::size_t kLongestWords = 600;
constexpr std::size_t kLongestRecap = 300;

std::string words_of(const RunRecord& record, const Summary& summary) {
  std::string words = fmt::format("{} ({})", summary.verdict, verdict_words(record, summary));
  const auto lines = recap(record, summary, Warnings::told);
  if (!lines.empty()) {
    const auto& [label, red, text] = lines.front();
    words += ": " + clip(label == summary.verdict ? text : fmt::format("{} {}", label, text), kLongestRecap);
  }
  if (lines.size() > 1) words += fmt::format("; and {} more", lines.size() - 1);
  return words;
}

/// A count, of which none is below 0.
std::string count_of(std::string_view label, std::int64_t count) {
  return fmt::format(" {}={};;;0", label, count);
}

/// Days that the certificate has left which ends first, with the ranges of the checks: warning below 30, critical below
/// 14.
std::string certificate_numbers(const RunRecord& record) {
  const auto days = certificate_days(current_observations(record));
  const auto first = std::ranges::min_element(days, {}, &Seen<double>::value);
  if (first == days.end()) return {};
  return fmt::format(" certificate_days={:.2f};{}:;{}:", first->value, kCertificateDaysComfortable,
                     kCertificateDaysWanted);
}

std::string numbers_of(const RunRecord& record, const Summary& summary) {
  std::string numbers = count_of("pass", summary.pass) + count_of("warn", summary.warn) +
                        count_of("fail", summary.fail) + count_of("waived", summary.waived) +
                        count_of("inconclusive", summary.inconclusive) + count_of("skip", summary.skip);
  if (!record.steps.empty())
    numbers += fmt::format(" steps_done={};;;0;{}", std::ranges::count(record.steps, "done", &StepRecord::state),
                           record.steps.size());
  if (const auto took = seconds_taken(record)) numbers += fmt::format(" time={:.3f}s;;;0", *took);
  return numbers + certificate_numbers(record);
}

}  // namespace

int nagios_exit(std::string_view verdict, int exit) {
  if (exit == exit_code::kNoGo || exit == exit_code::kUndone || exit == exit_code::kActNow) return nagios::kCritical;
  if (exit != exit_code::kDone) return nagios::kUnknown;
  return verdict == "pass" ? nagios::kOk : verdict == "warn" ? nagios::kWarning : nagios::kUnknown;
}

std::string nagios_line(int state, std::string_view words) {
  static constexpr std::array<std::string_view, 4> kStates{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  return fmt::format("DRYDOCK {} - {}", kStates.at(static_cast<std::size_t>(state)),
                     clip(plain_field(words), kLongestWords));
}

void write_nagios(const RunRecord& record, std::ostream& out) {
  const Summary summary = summarise(record);
  fmt::print(out, "{} |{}\n", nagios_line(nagios_exit(summary.verdict, summary.exit), words_of(record, summary)),
             numbers_of(record, summary));
}

}  // namespace drydock
