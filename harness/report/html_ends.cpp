#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ostream>
#include <set>
#include <tuple>

#include "harness/report/current.hpp"
#include "harness/report/html_sections.hpp"
#include "harness/report/html_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kRows = 200;

/// A row, before it is drawn. `length`: days or seconds; negative where it is over.
struct Bar {
  const ObservationRecord* seen;
  std::string fact, words;
  double length;
};

/// `share`: of the box, 0 to 1. The words beside it say the same.
std::string drawn(double share, Tone tone) {
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect x=\"0\" y=\"0\" width=\"{:.1f}\" height=\"8\" class=\"{}\"/></svg>",
      100 * std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0), html_class(tone));
}

std::string where(const ObservationRecord& seen) {
  return fmt::format("{} {} {}", seen.probe, seen.host.value_or(""), seen.address.value_or(""));
}

/// What is the same at one address is told once, by whichever probe saw it first; the shortest comes first.
std::vector<Bar> distinct(std::vector<Bar> bars) {
  std::ranges::stable_sort(bars, {}, &Bar::length);
  std::set<std::tuple<std::string, std::string, std::string>> known;
  std::erase_if(bars, [&](const Bar& bar) {
    return !known.emplace(bar.seen->host.value_or(""), bar.seen->address.value_or(""), bar.fact + bar.words).second;
  });
  return bars;
}

void write_bars(std::string_view caption, std::string_view unit, std::vector<Bar> all, std::ostream& out) {
  if (all.empty()) return;
  const std::vector<Bar> bars = distinct(std::move(all));
  const double longest = std::max(bars.back().length, 1.0);
  out << html_table(caption, {"where", "what", std::string(unit), "as a bar"});
  for (std::size_t i = 0; i < std::min(bars.size(), kRows); ++i)
    fmt::print(out, "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
               html_text(where(*bars[i].seen)), html_text(bars[i].fact), html_text(bars[i].words),
               bars[i].length < 0 ? drawn(1, Tone::red) : drawn(bars[i].length / longest, Tone::green));
  out << kHtmlTableEnd << html_left_out(bars.size(), kRows);
}

double days_since_1970(WallTime time) {
  return std::chrono::duration<double, std::ratio<86400>>(time.time_since_epoch()).count();
}

/// By the time at which they were seen, so that the same record says the same tomorrow.
std::vector<Bar> certificate_bars(const std::vector<const ObservationRecord*>& observations) {
  std::vector<Bar> bars;
  for (const auto& end : certificate_ends(observations)) {
    if (!end.observation->started) continue;
    const double days = days_since_1970(end.value) - days_since_1970(*end.observation->started);
    bars.push_back({end.observation, end.fact,
                    days >= 0 ? fmt::format("{:.0f} days, until {}", std::floor(days), format_time(end.value))
                              : fmt::format("over since {}", format_time(end.value)),
                    days});
  }
  return bars;
}

std::vector<Bar> ttl_bars(const std::vector<const ObservationRecord*>& observations) {
  std::vector<Bar> bars;
  for (const auto& ttl : dns_ttls(observations))
    bars.push_back({ttl.observation, ttl.fact, fmt::format("{} s", ttl.value), ttl.value});
  return bars;
}

}  // namespace

bool has_html_ends(const HtmlView& view) {
  const auto observations = current_observations(view.record);
  return !certificate_bars(observations).empty() || !ttl_bars(observations).empty();
}

void write_html_ends(const HtmlView& view, std::ostream& out) {
  const auto observations = current_observations(view.record);
  write_bars("How long certificates are valid, from when they were seen", "valid for", certificate_bars(observations),
             out);
  write_bars("TTLs of DNS answers", "kept for", ttl_bars(observations), out);
}

}  // namespace drydock
