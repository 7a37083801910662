#include "harness/cli/progress.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>

#include "probes/net/stream.hpp"

namespace drydock::cli {
namespace {

constexpr Duration kRedraw{200};

std::string key(const std::string& probe, const std::string& host) {
  return host.empty() ? probe : probe + " on " + host;
}

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

}  // namespace

void Progress::Tally::count(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      ++pass;
      break;
    case Verdict::warn:
      ++warn;
      break;
    case Verdict::fail:
      ++fail;
      break;
    case Verdict::inconclusive:
      ++inconclusive;
      break;
    case Verdict::skip:
      ++skip;
      break;
  }
}

std::string Progress::Tally::words() const {
  std::string text = fmt::format("{} pass", pass);
  if (warn) text += fmt::format(", {} warn", warn);
  if (fail) text += fmt::format(", {} fail", fail);
  if (inconclusive) text += fmt::format(", {} inconclusive", inconclusive);
  if (skip) text += fmt::format(", {} skip", skip);
  return text;
}

Progress::Progress(bool shown, bool plain) : shown_(shown), plain_(plain), terminal_(can_draw()) {}
Progress::~Progress() {
  clear();
}

void Progress::probe_started(const std::string& probe, const std::string& host) {
  running_[key(probe, host)] = Clock::now();
}

void Progress::probe_finished(const std::string& probe, const std::string& host) {
  const auto found = running_.find(key(probe, host));
  if (found == running_.end()) return;
  if (shown_ && plain_ && !terminal_)
    fmt::print(std::cerr, "{}: looked at in {:.1f} s\n", found->first, seconds_since(found->second));
  running_.erase(found);
}

void Progress::result(const ResultRecord& result) {
  total_.count(result.verdict);
}

void Progress::clear() {
  lines_.clear();
}

void Progress::draw() {
  std::vector<std::string> lines{
      fmt::format("{:.0f} s, {} under way, {}", seconds_since(begun_), running_.size(), total_.words())};
  for (const auto& [name, since] : running_) lines.push_back(fmt::format("  {} {:.1f} s", name, seconds_since(since)));
  lines_.draw(lines);
}

boost::asio::awaitable<void> Progress::live() {
  if (!shown_ || !terminal_) co_return;
  for (;;) {
    draw();
    co_await net::pause(kRedraw);
  }
}

}  // namespace drydock::cli
