#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>

namespace drydock::net {

/// The system's certificate authorities (as OpenSSL finds them: SSL_CERT_FILE and SSL_CERT_DIR count) and those of the
/// PEM file `trust`; empty: none more. Parsed once and shared for as long as none of these files changes; of the last
/// kTrustStores ones that were asked for. The caller must not add to it. May be called on any thread.
/// Throws Failure(local) where `trust` can't be read.
std::shared_ptr<X509_STORE> trust_store(const std::string& trust);

constexpr std::size_t kTrustStores = 16;

}  // namespace drydock::net
