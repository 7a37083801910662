#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <map>
#include <sstream>

#include "harness/transfer/transfer.hpp"
#include "tests/unit/transfer/transfer_world.hpp"

namespace drydock::test {

/// One transfer in a folder of its own.
class TransferTest : public ::testing::Test {
protected:
  Folder folder;
  Scenario scenario = scenario_in(folder.path());
  ScriptedWorld world;
  StopToken stop;
  std::ostringstream out, err;
  std::function<void(const std::string&)> at_boundary;

  TransferOptions options() {
    TransferOptions options;
    options.journal = default_journal(scenario.file);
    options.out = &out;
    options.err = &err;
    options.progress = &err;
    options.at_boundary = at_boundary;
    return options;
  }
  TransferResult run(boost::asio::awaitable<TransferResult> verb) {
    boost::asio::io_context loop;
    std::optional<TransferResult> result;
    boost::asio::co_spawn(loop, std::move(verb), [&](std::exception_ptr thrown, TransferResult value) {
      if (thrown) std::rethrow_exception(thrown);
      result = std::move(value);
    });
    loop.run();
    return std::move(result.value());
  }
  TransferResult go(CutoverOptions what = {}) {
    out.str({});
    err.str({});
    return run(drydock::cutover(scenario, world, stop, options(), std::move(what)));
  }
  TransferResult back(RollbackOptions what = {}) {
    out.str({});
    err.str({});
    return run(drydock::rollback(scenario, world, stop, options(), std::move(what)));
  }
  int marked(const std::string& id, const std::string& word) {
    TransferOptions said = options();
    said.person = "Jim";
    return drydock::mark(scenario, said, id, word, "I looked");
  }
  int approved(const std::string& id, const std::string& person, const std::string& because = "it is time") {
    TransferOptions said = options();
    said.person = person;
    return drydock::approve(scenario, said, id, because);
  }
  /// From here on this action fails, and every other one is done.
  void fails(const std::string& failing) {
    world.outcome = [failing](const std::string& what) {
      return what == failing ? ActionResult{ActionEnd::failed, "exit 1", "", 1, true}
                             : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
    };
  }
  std::string said() const { return out.str() + err.str(); }
  static std::map<std::string, std::string> states(const RunRecord& record) {
    std::map<std::string, std::string> states;
    for (const auto& step : record.steps) states[step.step] = step.state;
    return states;
  }
};

using Names = std::vector<std::string>;

}  // namespace drydock::test
