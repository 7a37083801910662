#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "probes/net/child_process.hpp"
#include "tests/support/observe.hpp"

namespace drydock::net {

inline ChildOptions options(std::vector<std::string> argv, Duration patience = std::chrono::seconds(30)) {
  ChildOptions made;
  made.argv = std::move(argv);
  made.deadline = Clock::now() + patience;
  return made;
}

inline ChildResult run(ChildOptions wanted) {
  ChildResult result;
  test::run_on_loop([&]() -> boost::asio::awaitable<void> { result = co_await run_child(wanted); });
  return result;
}

}  // namespace drydock::net
