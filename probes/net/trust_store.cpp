#include "probes/net/trust_store.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <vector>

#include "probes/core/error.hpp"

namespace drydock::net {

namespace {

std::string from_environment(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  return value ? value : fallback;
}

/// What changes when somebody writes to the file or puts another in its place; a directory's entries likewise.
std::string stamp_of(const std::string& path) {
  struct stat seen{};
  if (stat(path.c_str(), &seen) != 0) return fmt::format("{}: none\n", path);
  return fmt::format("{}: {} {} {} {}.{:09} {}.{:09}\n", path, seen.st_dev, seen.st_ino, seen.st_size,
                     seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec, seen.st_ctim.tv_sec, seen.st_ctim.tv_nsec);
}

/// Of everything that a store for `trust` is made of.
std::string stamp_of_all(const std::string& trust) {
  std::string stamp = trust.empty() ? std::string("\n") : stamp_of(trust);
  stamp += stamp_of(from_environment(X509_get_default_cert_file_env(), X509_get_default_cert_file()));
  std::istringstream folders(from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()));
  for (std::string folder; std::getline(folders, folder, ':');) stamp += stamp_of(folder);
  return stamp;
}

std::shared_ptr<X509_STORE> load(const std::string& trust) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_set_default_paths(store.get());
  const bool read = trust.empty() || X509_STORE_load_file(store.get(), trust.c_str()) == 1;
  ERR_clear_error();
  if (!read) throw Failure(ErrorKind::local, fmt::format("can't read certificate authorities from {} (trust)", trust));
  return store;
}

struct Kept {
  std::string stamp;
  std::shared_ptr<X509_STORE> store;
};

}  // namespace

std::shared_ptr<X509_STORE> trust_store(const std::string& trust) {
  static std::mutex mutex;
  static std::vector<Kept> kept;  // the one asked for last stands last
  // Stamped before it is read: a file that changes in between is read again by the next who asks.
  const std::string stamp = stamp_of_all(trust);
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(kept.begin(), kept.end(), [&](const Kept& one) { return one.stamp == stamp; });
  if (found != kept.end()) {
    std::rotate(found, found + 1, kept.end());
    return kept.back().store;
  }
  std::shared_ptr<X509_STORE> store = load(trust);
  if (kept.size() == kTrustStores) kept.erase(kept.begin());
  kept.push_back({stamp, store});
  return store;
}

}  // namespace drydock::net
