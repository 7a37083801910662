#include "harness/cli/transfer_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "probes/core/safe_text.hpp"
#include "probes/net/stream.hpp"

namespace drydock::cli {
namespace {

constexpr Duration kRedraw{200};
constexpr Duration kTellEvery{30'000};
constexpr std::size_t kLongestLine = 2048;  ///< of an action's output, kept to be shown

/// `0:07`, `2:31:00`.
std::string age(Clock::duration duration) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string key(const std::string& probe, const std::string& host) {
  return host.empty() ? probe : probe + " on " + host;
}

}  // namespace

std::string time_stamp() {
  return format_time(std::chrono::system_clock::now()).substr(11, 8) + "Z ";
}

void TransferView::step(std::size_t number, std::size_t of, const std::string& id) {
  step_ = fmt::format("step {} of {}: {}", number, of, id);
}

void TransferView::action_started(const std::string& what) {
  action_ = what;
  action_began_ = last_told_ = Clock::now();
  last_line_.clear();
  line_.clear();
}

void TransferView::action_said(std::string_view chunk) {
  for (const char octet : chunk) {
    const bool ends = octet == '\n' || octet == '\r';
    if (!ends && line_.size() < kLongestLine) line_ += octet;
    if (!ends || line_.empty()) continue;
    last_line_ = std::exchange(line_, {});
  }
}

void TransferView::action_ended() {
  action_.clear();
}

void TransferView::gates(const std::vector<GateWait>& gates, bool looking) {
  gates_ = gates;
  looking_ = looking;
  if (!looking) probes_.clear();
}

void TransferView::probe_started(const std::string& probe, const std::string& host) {
  probes_.push_back(key(probe, host));
}

void TransferView::probe_finished(const std::string& probe, const std::string& host) {
  const auto found = std::find(probes_.begin(), probes_.end(), key(probe, host));
  if (found != probes_.end()) probes_.erase(found);
}

std::vector<std::string> TransferView::lines(Clock::time_point now) const {
  std::vector<std::string> lines;
  if (step_.empty()) return lines;
  lines.push_back(step_);
  if (!action_.empty()) {
    lines.push_back(fmt::format("  {} {}", age(now - action_began_), action_));
    if (const std::string words = said(); !words.empty()) lines.push_back("  | " + words);
  }
  for (const auto& gate : gates_) {
    lines.push_back(fmt::format("  gate {}: {} of {} passed, look {}", gate.gate, gate.passes, gate.need,
                                gate.looks + (looking_ ? 1 : 0)));
    if (!gate.missing.empty()) lines.push_back("    lacks " + gate.missing);
    lines.push_back(looking_
                        ? fmt::format("    looking; {} left", age(gate.over - now))
                        : fmt::format("    next look in {}; {} left", age(gate.next_look - now), age(gate.over - now)));
  }
  if (looking_ && !probes_.empty()) {
    std::string names;
    for (const auto& probe : probes_) names += (names.empty() ? "" : ", ") + probe;
    lines.push_back("  " + names);
  }
  return lines;
}

/// The last whole line: one that has only begun may end in the middle of a secret.
std::string TransferView::said() const {
  return printable(filter_(last_line_, 400));
}

std::string TransferView::still_runs(Clock::time_point now) const {
  const std::string words = said();
  return fmt::format("{}  still running after {}: {}{}{}\n", time_stamp(), age(now - action_began_),
                     printable(filter_(action_, 200)), words.empty() ? "" : "; it says: ", words);
}

boost::asio::awaitable<void> TransferView::live() {
  while (shown_) {
    const auto now = Clock::now();
    if (draws_) {
      lines_.draw(lines(now));
    } else if (!action_.empty() && now - last_told_ >= kTellEvery) {
      last_told_ = now;
      std::cerr << still_runs(now) << std::flush;
    }
    co_await net::pause(kRedraw);
  }
}

}  // namespace drydock::cli
