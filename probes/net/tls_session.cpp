#include "probes/net/tls_session.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "probes/net/trust_store.hpp"

namespace drydock::net {

namespace {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string distinguished_name(const X509_NAME* name) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return printable(take(bio.get()));
}

std::string pem_of(X509* certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return take(bio.get());
}

std::string fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string key_of(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (!key) return "unreadable";
  const char* name = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} {}", name ? name : "?", EVP_PKEY_get_bits(key));
}

std::string ip_text(const ASN1_OCTET_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(octets);
  const int family = size == 4 ? AF_INET : AF_INET6;
  if (size != 4 && size != 16) return {};
  return inet_ntop(family, ASN1_STRING_get0_data(octets), text.data(), text.size()) ? text.data() : std::string();
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const Owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = all ? sk_GENERAL_NAME_num(all.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
      names.push_back(printable(std::string_view(data, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)))));
    } else if (name->type == GEN_IPADD) {
      const std::string ip = ip_text(name->d.iPAddress);
      if (!ip.empty()) names.push_back(ip);
    }
  }
  return names;
}

/// RFC 9525 §6.3: the common name never counts, a wildcard is one whole label.
bool covers(X509* certificate, std::string name) {
  if (name.empty()) return false;
  if (name.back() == '.') name.pop_back();
  if (X509_check_ip_asc(certificate, name.c_str(), 0) == 1) return true;
  const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return X509_check_host(certificate, name.data(), name.size(), flags, nullptr) == 1;
}

struct Instant {
  std::string text;
  double seconds = 0;  ///< since the epoch
};

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {"unreadable", 0};
  const std::time_t seconds = timegm(&parts);
  return {fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                      parts.tm_hour, parts.tm_min, parts.tm_sec),
          static_cast<double>(seconds)};
}

/// The certificates of the path, but for the leaf, whose time is over first and whose time begins last.
void note_path_times(TlsSession& session, X509_STORE_CTX* context, double now) {
  STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context);
  for (int i = 1; path && i < sk_X509_num(path); ++i) {
    const X509* certificate = sk_X509_value(path, i);
    const Instant from = instant_of(X509_get0_notBefore(certificate));
    const Instant until = instant_of(X509_get0_notAfter(certificate));
    const double days = (until.seconds - now) / 86400, hours = (now - from.seconds) / 3600;
    if (session.issuer_not_after.empty() || days < session.issuer_days_left) {
      session.issuer_not_after = until.text;
      session.issuer_days_left = days;
      session.issuer_subject = distinguished_name(X509_get_subject_name(certificate));
    }
    if (session.issuer_not_before.empty() || hours < session.issuer_age_hours) {
      session.issuer_not_before = from.text;
      session.issuer_age_hours = hours;
      session.issuer_start_subject = distinguished_name(X509_get_subject_name(certificate));
    }
  }
}

bool verify_once(TlsSession& session, X509* leaf, STACK_OF(X509) * served, X509_STORE* store, unsigned long flags,
                 double now) {
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store, leaf, served) != 1) {
    session.chain_error = "the certificate can't be verified";
    return false;
  }
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  // Who names an intermediate in the trust file means it.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN | flags);
  X509_VERIFY_PARAM_set_auth_level(rules, 2);
  session.chain_error.clear();
  if (X509_verify_cert(context.get()) == 1) {
    note_path_times(session, context.get(), now);
    return true;
  }
  session.chain_error =
      fmt::format("{} (certificate {})", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())),
                  X509_STORE_CTX_get_error_depth(context.get()));
  return false;
}

/// Dates are judged apart (TLS-03), so they don't break the chain; but a path that is valid now is preferred to one
/// that is not, as clients prefer it. The authorities that the scenario names come first: where they suffice, the
/// hundred and more of the system need not be read, which costs ten handshakes.
bool verify(TlsSession& session, X509* leaf, STACK_OF(X509) * served, const std::string& trust, double now) {
  const auto leads_to = [&](Anchors anchors, unsigned long flags) {
    return verify_once(session, leaf, served, trust_store(trust, anchors).get(), flags, now);
  };
  if (!trust.empty() && leads_to(Anchors::named, 0)) return true;
  return leads_to(Anchors::all, 0) || leads_to(Anchors::all, X509_V_FLAG_NO_CHECK_TIME);
}

}  // namespace

TlsOptions tls_options(const Subject& subject) {
  return {.server_name = subject.target.name,
          .trust = subject.surroundings.trust,
          .minimum_version = subject.target.oldest_tls,
          .pin = subject.target.pin};
}

TlsSession describe_chain(const stack_st_X509* chain, const TlsOptions& options, WallTime now) {
  auto* served = const_cast<stack_st_X509*>(chain);  // which OpenSSL asks for, and leaves as it is
  TlsSession session;
  const int count = served ? sk_X509_num(served) : 0;
  if (count == 0) {
    session.chain_error = "no certificate was served";
    return session;
  }
  X509* leaf = sk_X509_value(served, 0);
  for (int i = 0; i < count; ++i) {
    session.pem.push_back(pem_of(sk_X509_value(served, i)));
    if (i > 0 && X509_check_issued(sk_X509_value(served, i), sk_X509_value(served, i - 1)) != X509_V_OK)
      session.ordered = false;
  }
  const double at = std::chrono::duration<double>(now.time_since_epoch()).count();
  session.chain_ok = verify(session, leaf, served, options.trust, at);
  session.self_signed = X509_check_issued(leaf, leaf) == X509_V_OK;
  session.names = names_of(leaf);
  session.name_ok = covers(leaf, options.server_name);
  session.subject = distinguished_name(X509_get_subject_name(leaf));
  session.issuer = distinguished_name(X509_get_issuer_name(leaf));
  const Instant from = instant_of(X509_get0_notBefore(leaf));
  const Instant until = instant_of(X509_get0_notAfter(leaf));
  session.not_before = from.text;
  session.not_after = until.text;
  session.age_hours = (at - from.seconds) / 3600;
  session.days_left = (until.seconds - at) / 86400;
  session.key = key_of(leaf);
  session.sha256 = fingerprint(leaf);
  session.pinned = !options.pin.empty() && session.sha256 == options.pin;
  session.another_is_pinned = !options.pin.empty() && !session.pinned;
  ERR_clear_error();
  return session;
}

namespace {

/// All that the description of a chain is made from, within a second: what was served, octet for octet, and how it is
/// looked at.
std::string question_of(STACK_OF(X509) * served, const TlsOptions& options, WallTime now) {
  std::string question =
      fmt::format("{}\n{}\n{}\n{}", std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count(),
                  options.server_name, options.pin, trust_stamp(options.trust));
  for (int i = 0; served && i < sk_X509_num(served); ++i) {
    unsigned char* octets = nullptr;
    const int size = i2d_X509(sk_X509_value(served, i), &octets);
    if (size > 0) question.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
  }
  return question;
}

/// Many connections to one server meet the same chain: it is read and verified once a second.
TlsSession chain_of(STACK_OF(X509) * served, const TlsOptions& options, WallTime now) {
  constexpr std::size_t kMost = 8;
  static std::mutex mutex;
  static std::deque<std::pair<std::string, TlsSession>> known;
  std::string question = question_of(served, options, now);
  const std::lock_guard lock(mutex);
  for (const auto& [asked, session] : known)
    if (asked == question) return session;
  TlsSession session = describe_chain(served, options, now);
  if (known.size() == kMost) known.pop_front();
  known.emplace_back(std::move(question), session);
  return session;
}

}  // namespace

TlsSession describe_session(const ssl_st* ssl, const TlsOptions& options, WallTime now) {
  TlsSession session = chain_of(SSL_get_peer_cert_chain(ssl), options, now);
  session.version = SSL_get_version(ssl);
  session.cipher = SSL_get_cipher_name(ssl);
  return session;
}

}  // namespace drydock::net
