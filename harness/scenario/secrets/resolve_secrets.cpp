#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "harness/scenario/loader.hpp"
#include "harness/scenario/yaml/file_text.hpp"
#include "probes/core/child_environment.hpp"
#include "probes/core/ownership.hpp"

namespace drydock {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;
constexpr std::chrono::seconds kCommandTime{30};

struct Outcome {
  std::string value;
  std::string problem;
};

std::string without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Outcome checked(std::string value) {
  if (value.empty()) return {{}, "it is empty"};
  if (value.size() > kMaxSecret) return {{}, "it is longer than 64 KiB"};
  return {std::move(value), {}};
}

Outcome from_env(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  return value ? checked(value) : Outcome{{}, fmt::format("the environment has no {}", name)};
}

Outcome from_file(const std::string& path) {
  FileText file = read_file(path, kMaxSecret + 2);
  if (!file.problem.empty()) return {{}, fmt::format("{}: {}", path, file.problem)};
  // Root sends and signs with nothing that somebody else could have put there.
  if (::geteuid() == 0)
    if (const auto why = distrust(path, Owned::file)) return {{}, *why};
  Outcome outcome = checked(without_line_end(std::move(file.text)));
  if (!outcome.problem.empty()) outcome.problem = fmt::format("{}: {}", path, outcome.problem);
  return outcome;
}

/// As the system wants them; they point into `texts`.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

/// A child with its standard output on a pipe; ended when this goes out of scope.
class Child {
public:
  explicit Child(const std::vector<std::string>& argv) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      problem_ = errno;
      return;
    }
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const std::vector<std::string> variables = environment_for_children();
    std::vector<char*> words = pointers(argv);
    std::vector<char*> environment = pointers(variables);
    problem_ = ::posix_spawnp(&process_, words.front(), &actions, &attributes, words.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (problem_ != 0) process_ = -1;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (output_ >= 0) ::close(output_);
    if (process_ > 0) (void)wait(true);
  }

  [[nodiscard]] int problem() const { return problem_; }
  [[nodiscard]] int output() const { return output_; }
  /// The exit status as waitpid gives it; `by_force` ends the child and all it started.
  int wait(bool by_force) {
    if (by_force) ::kill(-process_, SIGKILL);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

private:
  int problem_ = 0;
  int output_ = -1;
  pid_t process_ = -1;
};

/// Reads until the end of the output; false where the time or the size is over.
bool read_output(int output, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + kCommandTime;
  while (text.size() <= kMaxSecret + 2) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{output, POLLIN, 0};
    if (left.count() <= 0) return false;
    const int polled = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return false;
    char block[4096];
    const ssize_t got = ::read(output, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(block, static_cast<std::size_t>(got));
  }
  return false;
}

Outcome from_command(const std::vector<std::string>& argv) {
  Child child(argv);
  if (child.problem() != 0)
    return {{}, fmt::format("{} can't be run: {}", argv.front(), std::generic_category().message(child.problem()))};
  std::string text;
  if (!read_output(child.output(), text))
    return {{},
            text.size() > kMaxSecret
                ? fmt::format("{} gave more than 64 KiB", argv.front())
                : fmt::format("{} did not end within {} seconds", argv.front(), kCommandTime.count())};
  const int status = child.wait(false);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return {{},
            fmt::format("{} failed ({})", argv.front(),
                        WIFEXITED(status) ? fmt::format("exit {}", WEXITSTATUS(status))
                                          : fmt::format("signal {}", WTERMSIG(status)))};
  Outcome outcome = checked(without_line_end(std::move(text)));
  if (!outcome.problem.empty()) outcome.problem = fmt::format("what {} gave: {}", argv.front(), outcome.problem);
  return outcome;
}

}  // namespace

void resolve_secrets(const Scenario& scenario, bool run_commands) {
  for (const SecretDefinition& definition : scenario.secrets)
    if (definition.source.kind == SecretSource::Kind::env) withhold_from_children(definition.source.text);
  for (const SecretDefinition& definition : scenario.secrets) {
    const SecretSource& source = definition.source;
    if (source.kind == SecretSource::Kind::command && !run_commands) continue;
    Outcome outcome = source.kind == SecretSource::Kind::env    ? from_env(source.text)
                      : source.kind == SecretSource::Kind::file ? from_file(source.text)
                                                                : from_command(source.argv);
    Secret secret = definition.secret;
    if (outcome.problem.empty())
      secret.fill(std::move(outcome.value));
    else
      secret.mark_missing(std::move(outcome.problem));
  }
}

}  // namespace drydock
