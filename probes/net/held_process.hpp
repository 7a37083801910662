#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace drydock::net {

/// A new process, in a session of its own, that holds still before its program begins: what must be known of it can be
/// made durable first. Where this object, or the process that made it, ends before release(), the program never begins.
class HeldProcess {
public:
  struct Program {
    std::vector<std::string> argv;         ///< argv[0] is searched in our PATH; none holds a NUL octet
    std::vector<std::string> environment;  ///< NAME=VALUE
    std::string folder;                    ///< working directory; empty: ours
    int out = -1, err = -1;                ///< descriptors that become its standard streams; its input is /dev/null
  };
  /// No signal is blocked or ignored in it, and no other descriptor of ours is open. Throws boost::system::system_error
  /// where no process can be made.
  explicit HeldProcess(Program program);
  ~HeldProcess();
  HeldProcess(const HeldProcess&) = delete;
  HeldProcess& operator=(const HeldProcess&) = delete;

  /// Reaping it is the caller's part.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Lets the program begin. 0, or the errno that tells why it can't; the process then ends by itself.
  int release();

private:
  pid_t pid_ = -1;
  int line_ = -1;  ///< to the process, until its program begins
  int error_ = 0;  ///< errno of what its program can't begin for
};

}  // namespace drydock::net
