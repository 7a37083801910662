#include "harness/run/look_under_way.hpp"

#include <algorithm>
#include <boost/algorithm/apply_permutation.hpp>
#include <numeric>
#include <utility>

namespace drydock {
namespace {

void put_in_order(LookRecord& look, const std::vector<std::size_t>& planned) {
  std::ranges::sort(look.observations, {}, &ObservationRecord::id);
  std::vector<std::size_t> order(planned.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&planned](std::size_t result) { return planned[result]; });
  boost::algorithm::apply_permutation(look.results, order);
}

}  // namespace

LookUnderWay::LookUnderWay(std::size_t observations, std::size_t results) {
  look_.observations.reserve(observations);
  look_.results.reserve(results);
  planned_.reserve(results);
}

std::size_t LookUnderWay::add(ObservationRecord seen) {
  look_.observations.push_back(std::move(seen));
  return look_.observations.size() - 1;
}

const ResultRecord& LookUnderWay::add(std::size_t planned, ResultRecord result) {
  planned_.push_back(planned);
  return look_.results.emplace_back(std::move(result));
}

LookRecord LookUnderWay::so_far() const {
  LookRecord copy = look_;
  put_in_order(copy, planned_);
  return copy;
}

LookRecord LookUnderWay::take() {
  put_in_order(look_, planned_);
  planned_ = {};
  return std::exchange(look_, {});
}

}  // namespace drydock
