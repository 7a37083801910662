#include "harness/run/places.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace drydock {
namespace {

/// A first word that comes sooner tells nothing about the server's load; one that takes so many times as long does.
constexpr Duration kSlowFirstWord{1000};
constexpr int kTimesAsLong = 4;

}  // namespace

int probes_at_once() {
  // A probe holds a connection and now and then a second one, a command three pipes and what ssh opens by itself.
  constexpr rlim_t kOfOurOwn = 64, kOfAProbe = 4, kMost = 10'000;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= kOfOurOwn + kOfAProbe) return 1;
  return static_cast<int>(std::min((limit.rlim_cur - kOfOurOwn) / kOfAProbe, kMost));
}

Places::Places(const Scenario& scenario, int per_server, int in_all)
    : scenario_(scenario), per_server_(per_server), most_in_all_(in_all) {}

void Places::open(const boost::asio::any_io_executor& executor) {
  close();
  executor_ = executor;
  in_all_ = std::make_unique<Turnstile>(executor, most_in_all_ > 0 ? most_in_all_ : probes_at_once());
}

void Places::close() {
  at_address_.clear();
  in_all_.reset();
  executor_.reset();
}

Turnstile& Places::at(const std::string& ip) {
  auto& place = at_address_[ip];
  if (place) return *place;
  const auto host = std::ranges::find_if(scenario_.hosts, [&](const auto& one) { return one.is_at(ip); });
  const int places = host == scenario_.hosts.end() ? per_server_ : host->connections;
  return *(place = std::make_unique<Turnstile>(*executor_, std::max(1, places - fewer_[ip])));
}

void Places::turned_away(const std::string& ip) {
  at(ip).narrow();
  ++fewer_[ip];
}

void Places::first_word(const std::string& ip, const std::string& where, Duration after) {
  const auto [known, is_new] = first_word_.try_emplace(where, after);
  if (after >= kSlowFirstWord && after >= kTimesAsLong * known->second) at(ip).narrow();
  known->second = std::min(known->second, after);
}

}  // namespace drydock
