#include "tests/support/temporary_folder.hpp"

#include <stdlib.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace drydock::test {

TemporaryFolder::TemporaryFolder() {
  std::string path = "/var/tmp/drydock-test.XXXXXX";
  if (!mkdtemp(path.data())) throw std::runtime_error("no folder can be made in /var/tmp");
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace drydock::test
