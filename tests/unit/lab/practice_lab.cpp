#include "tests/unit/lab/practice_lab.hpp"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "fixtures/lab/process.hpp"

namespace drydock::lab {
namespace {

constexpr const char* kPrelude = R"(
OLD=127.0.10.1; NEW=127.0.20.1; C=starship.python.test; P=$(cat "$L/jim.password")
on() { host=$1; shift; ssh -F /dev/null -i "$L/keys/ops" -o UserKnownHostsFile="$L/keys/known_hosts" -o BatchMode=yes \
  -o StrictHostKeyChecking=yes "ops@$host" "$@"; }
fetch() { curl -sS -m 10 --interface 127.0.40.1 --cacert "$L/ca.pem" --resolve "$C:443:$NEW" --resolve "$C:80:$NEW" \
  --resolve "$C:993:$NEW" --resolve "$C:21:$NEW" "$@"; }
send() { swaks --local-interface 127.0.40.1 --server "$NEW" --from probe@elsewhere.test --ehlo probe.elsewhere.test "$@"; }
)";

}  // namespace

PracticeLab::PracticeLab(UpOptions options) {
  std::string folder = "/var/tmp/drydock-test.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    trouble_ = "no folder";
    return;
  }
  place_.run = folder;
  options.place = place_;
  options.netns = true;
  std::ostringstream out, err;
  if (up(options, out, err) != kDone) trouble_ = err.str();
}

PracticeLab::~PracticeLab() {
  std::ostringstream ignored;
  down(place_, ignored, ignored);
  std::error_code error;
  std::filesystem::remove_all(place_.run, error);
}

std::string PracticeLab::say(const std::string& line) const {
  const std::string script = "L=" + place_.run.string() + kPrelude + line + "\n";
  std::string pid = read_file(place_.run / "supervisor");
  pid.resize(pid.find(' '));
  return run_tool({"/usr/bin/nsenter", "--net=/proc/" + pid + "/ns/net", "/bin/sh", "-c", script},
                  std::chrono::milliseconds(60000))
      .output;
}

std::string PracticeLab::make_fault(const std::string& name) const {
  std::ostringstream said;
  fault(place_, name, said, said);
  return said.str();
}

std::string PracticeLab::mend_fault(const std::string& name) const {
  std::ostringstream said;
  mend(place_, name, said, said);
  return said.str();
}

bool can_run_labs() {
  return geteuid() == 0 && std::filesystem::exists("/usr/sbin/exim4");
}

}  // namespace drydock::lab
