#include <fmt/format.h>

#include <iostream>

#include "fixtures/lab/lab.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/verbs.hpp"

namespace drydock::cli {

int lab(const LabOptions& options) {
  const lab::Place place{options.run, options.copy};
  std::cout.flush();
  if (options.verb == "up") {
    const lab::UpOptions up{place, options.faults, options.moved, options.netns, options.foreground};
    return lab::up(up, std::cout, std::cerr);
  }
  if (options.verb == "down") return lab::down(place, std::cout, std::cerr);
  if (options.verb == "status") return lab::status(place, std::cout, std::cerr);
  if (options.verb == "faults") return lab::list_faults(std::cout);
  if (options.verb == "fault") return lab::fault(place, options.fault, std::cout, std::cerr);
  if (options.verb == "mend") return lab::mend(place, options.fault, std::cout, std::cerr);
  if (options.verb == "exec") return lab::exec(place, options.command, std::cerr);
  throw UsageError("drydock lab wants one of up, down, status, faults, fault NAME, mend NAME, exec -- COMMAND");
}

}  // namespace drydock::cli
