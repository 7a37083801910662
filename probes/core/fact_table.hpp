#pragma once
#include <array>
#include <boost/pfr.hpp>
#include <tuple>

#include "probes/core/fact.hpp"

namespace drydock {

/// The table of the facts that are the members of `group`, and of further groups, in their order.
template <class Group, class... Groups>
constexpr auto fact_table(const Group& group, const Groups&... groups) {
  const auto members = [](const auto& one) { return boost::pfr::structure_to_tuple(one); };
  return std::apply([](const auto&... facts) { return std::array<FactSpec, sizeof...(facts)>{facts.spec()...}; },
                    std::tuple_cat(members(group), members(groups)...));
}

}  // namespace drydock
