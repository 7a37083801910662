#pragma once
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {

/// A transfer of four steps, the third of which is a point of no return.
class FourSteps : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition stop_old = step("stop-old", {action("stop"), action("freeze")}, {action("thaw"), action("start")});
    stop_old.enters = 1;
    stop_old.before = {"g"};
    stop_old.after = {"g"};
    StepDefinition switch_dns = step("switch-dns", {action("switch")}, {action("switch-back")});
    switch_dns.enters = 2;
    switch_dns.before = {"g"};
    switch_dns.after = {"g"};
    StepDefinition open = step("open-mail", {action("open")});
    open.enters = 3;
    open.after = {"g"};
    open.point_of_no_return = true;
    StepDefinition logins = step("logins", {action("logins")}, {action("no-logins")});
    logins.after = {"g"};
    scenario.transfer = {stop_old, switch_dns, open, logins};
  }
};

}  // namespace drydock::test
