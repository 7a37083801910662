#include "probes/net/trust_store.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "probes/core/error.hpp"

namespace drydock::net {

namespace {

/// Where systems keep the bundle of public authorities. Folders of hashed links are not among them, not even where
/// SSL_CERT_DIR names one, as it does in many shells: a certificate of this machine's own, such as Debian's snakeoil
/// one, lies there too.
constexpr std::array kBundles = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                 "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/// SSL_CERT_FILE, or the first of these that is there.
std::string bundle() {
  if (const char* named = std::getenv(X509_get_default_cert_file_env())) return named;
  for (const char* file : kBundles)
    if (access(file, R_OK) == 0) return file;
  return X509_get_default_cert_file();
}

/// What changes when somebody writes to the file or puts another in its place.
std::string stamp_of(const std::string& path) {
  struct stat seen{};
  if (stat(path.c_str(), &seen) != 0) return fmt::format("{}: none\n", path);
  return fmt::format("{}: {} {} {} {}.{:09} {}.{:09}\n", path, seen.st_dev, seen.st_ino, seen.st_size,
                     seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec, seen.st_ctim.tv_sec, seen.st_ctim.tv_nsec);
}

/// Of everything that a store is made of.
std::string stamp_of_all(const std::string& trust, Anchors anchors) {
  std::string stamp = trust.empty() ? std::string("\n") : stamp_of(trust);
  return anchors == Anchors::named ? stamp : stamp + stamp_of(bundle());
}

std::shared_ptr<X509_STORE> load(const std::string& trust, Anchors anchors) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  if (anchors == Anchors::all) X509_STORE_load_file(store.get(), bundle().c_str());
  struct stat kind{};
  const bool regular = trust.empty() || (stat(trust.c_str(), &kind) == 0 && S_ISREG(kind.st_mode));
  const bool read = trust.empty() || (regular && X509_STORE_load_file(store.get(), trust.c_str()) == 1);
  ERR_clear_error();
  if (!read) throw Failure(ErrorKind::local, fmt::format("can't read certificate authorities from {} (trust)", trust));
  return store;
}

struct Kept {
  std::string stamp;
  std::shared_ptr<X509_STORE> store;
};

}  // namespace

std::string trust_stamp(const std::string& trust) {
  return stamp_of_all(trust, Anchors::all);
}

std::shared_ptr<X509_STORE> trust_store(const std::string& trust, Anchors anchors) {
  static std::mutex mutex;
  static std::vector<Kept> kept;  // the one asked for last stands last
  // Stamped before it is read: a file that changes in between is read again by the next who asks.
  const std::string stamp = stamp_of_all(trust, anchors);
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(kept.begin(), kept.end(), [&](const Kept& one) { return one.stamp == stamp; });
  if (found != kept.end()) {
    std::rotate(found, found + 1, kept.end());
    return kept.back().store;
  }
  std::shared_ptr<X509_STORE> store = load(trust, anchors);
  if (kept.size() == kTrustStores) kept.erase(kept.begin());
  kept.push_back({stamp, store});
  return store;
}

}  // namespace drydock::net
