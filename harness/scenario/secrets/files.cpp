#include "harness/scenario/secrets/files.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "harness/scenario/yaml/file_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kMostTrust = 16U << 20U;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kEverybody = S_IRWXO;

/// The permission bits of a regular file; none of anything else.
mode_t mode_of(const std::string& path) {
  struct stat status{};
  const bool regular = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  return regular ? status.st_mode & 07777U : 0;
}

bool holds_certificate(const std::string& text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                      &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> first(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr),
                                                          &X509_free);
  return first != nullptr;
}

}  // namespace

void look_whether_readable(Loading& loading, const std::string& path, const Place& place, std::string_view what) {
  if (::access(path.c_str(), R_OK) != 0)
    loading.diagnostics.warning(place, fmt::format("{} {} can't be read", what, path));
}

void look_at_key(Loading& loading, const std::string& path, const Place& place) {
  look_whether_readable(loading, path, place, "the key");
  const mode_t mode = mode_of(path);
  if ((mode & kOthers) != 0)
    loading.diagnostics.warning(place, fmt::format("the key {} is open to others (mode {:04o}), and ssh refuses such a "
                                                   "key; chmod 600 it",
                                                   path, mode));
}

void look_at_secret(Loading& loading, const std::string& path, const Place& place, const std::string& name) {
  const mode_t mode = mode_of(path);
  if ((mode & kEverybody) != 0)
    loading.diagnostics.warning(
        place, fmt::format("the secret `{}` is open to everybody: {} has mode {:04o}; chmod 600 it", name, path, mode));
}

void look_at_trust(Loading& loading, const std::string& path, const Place& place) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    loading.error(place, fmt::format("the certificate authorities can't be {}, which is {}; name a PEM file", path,
                                     S_ISDIR(status.st_mode) ? "a folder" : "no regular file"));
    return;
  }
  const FileText file = read_file(path, kMostTrust);
  if (!file.problem.empty() || file.text.size() > kMostTrust)
    loading.diagnostics.warning(place, fmt::format("the certificate authorities {} can't be read", path));
  else if (!holds_certificate(file.text))
    loading.diagnostics.warning(
        place, fmt::format("{} holds no certificate; it wants certificate authorities in PEM form", path));
}

}  // namespace drydock
