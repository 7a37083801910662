#pragma once
#include <memory>
#include <string>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace drydock {

/// SHA-256 (FIPS 180-4) of octets that come in parts. One object hashes any number of texts, one after the other.
/// Throws std::runtime_error where OpenSSL can't.
class Sha256 {
public:
  Sha256();
  void add(std::string_view octets);
  /// 64 lower-case hexadecimal digits of all that was added; begins anew.
  std::string hex();

private:
  struct Free {
    void operator()(evp_md_st* algorithm) const;
    void operator()(evp_md_ctx_st* context) const;
  };
  void begin();
  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(std::string_view octets);

}  // namespace drydock
