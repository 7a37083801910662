#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>

#include "probes/net/tls_session.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

/// A chain as a server serves it: certificates in DER, one behind the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kMost = 4;
  STACK_OF(X509)* served = sk_X509_new_null();
  const unsigned char* at = data;
  while (sk_X509_num(served) < kMost) {
    X509* one = d2i_X509(nullptr, &at, static_cast<long>(size) - (at - data));
    if (!one) break;
    sk_X509_push(served, one);
  }
  const int count = sk_X509_num(served);
  drydock::net::TlsOptions options;
  options.server_name = "mail.test";
  const auto session = drydock::net::describe_chain(served, options, drydock::WallTime{});
  require(session.pem.size() == static_cast<std::size_t>(count));
  require(!session.chain_ok && !session.chain_error.empty());  // nobody's authority has signed it
  require(!session.name_ok || !session.names.empty());
  require(count == 0 || session.sha256.size() == 64);
  sk_X509_pop_free(served, X509_free);
  return 0;
}
