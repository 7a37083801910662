#include "harness/transfer/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace drydock {
namespace {

/// A line without an end is written in parts from this length on; the last half of it is held back, so that a secret is
/// never cut in two.
constexpr std::size_t kLongestLine = std::size_t{1} << 20;

}  // namespace

std::string why_no_output(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fmt::format("{} can't be made: {}", folder, std::strerror(errno));
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return fmt::format("{} is no folder", folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return fmt::format("{} can't be written: {}", folder, std::strerror(errno));
  return {};
}

OutputFile::OutputFile(const std::string& folder, const std::string& name, const Redactor* redactor)
    : redactor_(redactor) {
  const std::string path = folder + "/" + name;
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) trouble_ = fmt::format("{} can't be made: {}", path, std::strerror(errno));
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string OutputFile::redacted(std::string_view text) const {
  return redactor_ ? (*redactor_)(text) : std::string(text);
}

void OutputFile::write(std::string_view clean) {
  for (std::size_t done = 0; done < clean.size() && trouble_.empty();) {
    const ssize_t put = ::write(descriptor_, clean.data() + done, clean.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0)
      trouble_ = fmt::format("the output of the action could not be kept whole: {}", std::strerror(errno));
    else
      done += static_cast<std::size_t>(put);
  }
}

void OutputFile::add(std::string_view chunk) {
  if (!trouble_.empty()) return;
  line_ += chunk;
  if (const std::size_t end = line_.rfind('\n'); end != std::string::npos) {
    write(redacted(std::string_view(line_).substr(0, end + 1)));
    line_.erase(0, end + 1);
  }
  if (line_.size() < kLongestLine) return;
  line_ = redacted(line_);
  const std::size_t part = line_.size() - std::min(line_.size(), kLongestLine / 2);
  write(std::string_view(line_).substr(0, part));
  line_.erase(0, part);
}

void OutputFile::finish() {
  if (!trouble_.empty() || descriptor_ < 0) return;
  write(redacted(line_));
  line_.clear();
  if (trouble_.empty() && ::fsync(descriptor_) != 0)
    trouble_ = fmt::format("the output of the action could not be kept: {}", std::strerror(errno));
}

}  // namespace drydock
