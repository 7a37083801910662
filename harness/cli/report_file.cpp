#include "harness/cli/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <streambuf>

namespace drydock::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;

[[noreturn]] void fail(const std::string& what) {
  const int error = errno;
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(error)));
}

/// N of /dev/fd/N and its other names.
std::optional<int> descriptor_named(const std::string& path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    int number = 0;
    const char* end = path.data() + path.size();
    if (!path.starts_with(folder)) continue;
    const auto read = std::from_chars(path.data() + folder.size(), end, number);
    if (read.ec == std::errc{} && read.ptr == end) return number;
  }
  return std::nullopt;
}

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("can't write " + path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Puts what is written to it into a file, a piece at a time.
class FileBuffer : public std::streambuf {
public:
  FileBuffer(int fd, const std::string& path) : fd_(fd), path_(path) { empty(); }

protected:
  int_type overflow(int_type octet) override {
    write_all(fd_, {pbase(), static_cast<std::size_t>(pptr() - pbase())}, path_);
    empty();
    return traits_type::eq_int_type(octet, traits_type::eof()) ? traits_type::not_eof(octet)
                                                               : sputc(traits_type::to_char_type(octet));
  }
  int sync() override {
    overflow(traits_type::eof());
    return 0;
  }

private:
  void empty() { setp(octets_.data(), octets_.data() + octets_.size()); }

  int fd_;
  const std::string& path_;
  std::array<char, 64UL * 1024> octets_{};
};

/// Throws where not all could be written.
void write_content(int fd, const ReportFile::Content& content, const std::string& path) {
  FileBuffer buffer(fd, path);
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);  // so that what the buffer throws comes out
  content(out);
  out.flush();
}

/// Opens what is written directly. A pipe that nobody reads is waited for, for some seconds.
int open_directly(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
  constexpr int kTries = 100;
  constexpr timespec kBetween{0, 50'000'000};
  int fd = -1;
  for (int i = 0; i < kTries; ++i) {
    fd = ::open(path.c_str(), kFlags | O_NONBLOCK);
    if (fd >= 0 || errno != ENXIO) break;
    ::nanosleep(&kBetween, nullptr);
  }
  if (fd < 0 && errno == ENXIO) throw std::runtime_error("it is a pipe or device that nobody reads");
  if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

/// What a file that is made here gets, unless there is one already, which keeps its own.
mode_t mode_for(const Place& place) {
  constexpr mode_t kPermissions = 0777, kNewFile = 0666;
  if (place.file) return place.mode & kPermissions;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return kNewFile & ~mask;
}

/// A file beside `path` under a name that nobody else has. Gone with the object unless it was renamed.
class Temporary {
public:
  explicit Temporary(const std::string& path) {
    const std::string folder = fs::path(path).parent_path().string();
    name_ = folder + "/.drydock-report-XXXXXX";
    fd_ = ::mkostemp(name_.data(), O_CLOEXEC);
    if (fd_ < 0) fail("can't make a file in " + folder);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    ::close(fd_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  [[nodiscard]] int fd() const { return fd_; }
  void rename_to(const std::string& path) {
    if (std::rename(name_.c_str(), path.c_str()) != 0) fail("can't replace " + path);
    name_.clear();
  }

private:
  std::string name_;
  int fd_;
};

}  // namespace

Place Place::of(const std::string& path) {
  std::error_code error;
  Place place{fs::absolute(path, error).string(), {}, 0, descriptor_named(path)};
  struct stat seen{};
  if ((place.descriptor ? ::fstat(*place.descriptor, &seen) : ::stat(path.c_str(), &seen)) == 0) {
    place.file = {seen.st_dev, seen.st_ino};
    place.mode = seen.st_mode;
  }
  if (place.descriptor || (place.file && !S_ISREG(place.mode))) return place;
  fs::path at = place.path;
  for (int link = 0; link < kMostLinks && fs::is_symlink(fs::symlink_status(at, error)); ++link) {
    at = at.parent_path() / fs::read_symlink(at, error);
    place.descriptor = descriptor_named(at.string());
    if (place.descriptor) return place;
  }
  const fs::path folder = fs::weakly_canonical(at.parent_path(), error);
  if (!error) place.path = (folder / at.filename()).string();
  return place;
}

bool Place::same_as(const Place& other) const {
  return (file && file == other.file) || path == other.path;
}

ReportFile::ReportFile(Place place, bool in_place) : place_(std::move(place)) {
  if (place_.file && S_ISDIR(place_.mode))
    throw std::runtime_error("it is a folder; name a file in it, such as " + place_.path + "/report");
  const std::string what = "can't write " + place_.path;
  regular_ = !place_.descriptor && (!place_.file || S_ISREG(place_.mode));
  if (place_.descriptor) {
    fd_ = ::fcntl(*place_.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  } else if (!regular_) {
    fd_ = open_directly(place_.path);
  } else if (!in_place) {
    const Temporary proof(place_.path);
    return;
  } else {
    constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
    fd_ = ::open(place_.path.c_str(), kFlags | O_CREAT | O_EXCL, 0666);
    made_ = fd_ >= 0;
    if (!made_) fd_ = ::open(place_.path.c_str(), kFlags);
  }
  if (fd_ < 0) fail(what);
}

ReportFile::ReportFile(ReportFile&& other) noexcept
    : place_(std::move(other.place_)),
      fd_(std::exchange(other.fd_, -1)),
      regular_(other.regular_),
      made_(std::exchange(other.made_, false)),
      begun_(other.begun_) {}

ReportFile::~ReportFile() {
  if (fd_ >= 0) ::close(fd_);
  if (made_ && !begun_) ::unlink(place_.path.c_str());
}

void ReportFile::write(const Content& content) {
  if (fd_ < 0) return replace(content);
  if (regular_ && !begun_ && ::ftruncate(fd_, 0) != 0) fail("can't empty " + place_.path);
  begun_ = true;
  write_content(fd_, content, place_.path);
}

void ReportFile::replace(const Content& content) const {
  Temporary file(place_.path);
  write_content(file.fd(), content, place_.path);
  if (::fchmod(file.fd(), mode_for(place_)) != 0) fail("can't set the mode of " + place_.path);
  if (::fsync(file.fd()) != 0) fail("can't write " + place_.path);
  file.rename_to(place_.path);
}

}  // namespace drydock::cli
