#include "probes/ftp/listing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/core/error.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock::ftp {

namespace {

/// The last component of a path.
std::string file_name(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

}  // namespace

std::vector<std::string> names_in(const std::string& listing) {
  std::vector<std::string> names;
  for (std::size_t from = 0; from < listing.size();) {
    const std::size_t end = std::min(listing.find('\n', from), listing.size());
    std::string name = listing.substr(from, end - from);
    from = end + 1;
    if (!name.empty() && name.back() == '\r') name.pop_back();
    if (!name.empty()) names.push_back(printable(file_name(std::move(name))));
    if (names.size() > kMostNames)
      throw Failure(ErrorKind::local, fmt::format("the folder has more than {} names, more than are read", kMostNames));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace drydock::ftp
