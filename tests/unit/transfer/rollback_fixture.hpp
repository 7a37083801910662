#pragma once
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {

/// A transfer of four steps, the third of which has no undo.
class Rollback : public TransferTest {
protected:
  void SetUp() override {
    scenario.transfer = {step("a", {action("a")}, {action("un-a")}), step("b", {action("b")}, {action("un-b")}),
                         step("c", {action("c")}), step("d", {action("d")}, {action("un-d")})};
    scenario.transfer[1].enters = 1;
  }
};

}  // namespace drydock::test
