#include "harness/journal/open_writers.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <set>
#include <utility>

namespace drydock {
namespace {

std::multiset<std::string>& open_here() {
  static std::multiset<std::string> all;
  return all;
}

std::string key_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? fmt::format("{}:{}", found.st_dev, found.st_ino) : std::string();
}

}  // namespace

OpenWriter::OpenWriter(const std::string& path) : key_(key_of(path)) {
  if (!key_.empty()) open_here().insert(key_);
}
OpenWriter::OpenWriter(OpenWriter&& other) noexcept : key_(std::exchange(other.key_, {})) {}
OpenWriter& OpenWriter::operator=(OpenWriter&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}
OpenWriter::~OpenWriter() {
  const auto found = open_here().find(key_);
  if (found != open_here().end()) open_here().erase(found);
}
bool OpenWriter::here(const std::string& path) {
  return open_here().count(key_of(path)) > 0;
}

}  // namespace drydock
