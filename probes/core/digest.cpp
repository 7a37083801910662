#include "probes/core/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace drydock {
namespace {

void require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL can't compute SHA-256");
}

}  // namespace

void Sha256::Free::operator()(evp_md_st* algorithm) const {
  EVP_MD_free(algorithm);
}
void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  require(algorithm_ && context_);
  begin();
}

void Sha256::begin() {
  require(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1);
}

void Sha256::add(std::string_view octets) {
  require(EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
  begin();
  std::string text;
  text.reserve(std::size_t{2} * size);
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view octets) {
  thread_local Sha256 hash;
  hash.add(octets);
  return hash.hex();
}

}  // namespace drydock
