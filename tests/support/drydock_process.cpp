#include "tests/support/drydock_process.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace drydock::test {

namespace {

constexpr Duration kPatience{120'000};

net::ChildResult run_to_end(std::vector<std::string> argv) {
  net::ChildOptions options;
  options.argv = std::move(argv);
  options.deadline = Clock::now() + kPatience;
  net::ChildResult result;
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, net::run_child(std::move(options)),
                        [&](const std::exception_ptr& error, net::ChildResult ended) {
                          if (error) std::rethrow_exception(error);
                          result = std::move(ended);
                        });
  loop.run();
  return result;
}

}  // namespace

net::ChildResult run_drydock(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), DRYDOCK_BINARY);
  return run_to_end(std::move(arguments));
}

TemporaryFolder::TemporaryFolder() {
  std::string path = "/var/tmp/drydock-test.XXXXXX";
  if (!mkdtemp(path.data())) throw std::runtime_error("no folder can be made in /var/tmp");
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

PracticeHosts::PracticeHosts(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"--netns"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto result = lab("up", all);
  up_ = result.exit == 0;
  said_ = result.out + result.err;
}

PracticeHosts::~PracticeHosts() {
  if (up_) lab("down");
}

net::ChildResult PracticeHosts::drydock(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"lab", "exec", "--run", (folder_.path() / "lab").string(), "--", DRYDOCK_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_drydock(std::move(all));
}

net::ChildResult PracticeHosts::lab(const std::string& verb, const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"lab", verb, "--run", (folder_.path() / "lab").string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_drydock(std::move(all));
}

std::string why_no_lab() {
  return geteuid() == 0 ? "" : "the lab's servers need root: run the tests with sudo";
}

}  // namespace drydock::test
