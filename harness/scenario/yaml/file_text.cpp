#include "harness/scenario/yaml/file_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace drydock {
namespace {

std::string words(int code) {
  return std::generic_category().message(code);
}

}  // namespace

FileText read_file(const std::string& path, std::size_t most) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {{}, words(errno)};
  FileText result;
  struct stat status{};
  if (::fstat(file, &status) != 0)
    result.problem = words(errno);
  else if (!S_ISREG(status.st_mode))
    result.problem = S_ISDIR(status.st_mode) ? "it is a folder" : "it isn't a regular file";
  while (result.problem.empty() && result.text.size() <= most) {
    char block[65536];
    const ssize_t got = ::read(file, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) result.problem = words(errno);
    if (got <= 0) break;
    result.text.append(block, static_cast<std::size_t>(got));
  }
  ::close(file);
  return result;
}

}  // namespace drydock
