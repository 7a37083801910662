#include "tests/support/test_ca.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace drydock::test {

namespace {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Identity {
  Owned<X509> certificate;
  Owned<EVP_PKEY> key;
};

std::string taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return taken(bio.get());
}

std::string pem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return taken(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (!extension) throw std::runtime_error("can't make the extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string subject_alt_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    std::array<unsigned char, 16> ignored{};
    const bool ip =
        inet_pton(AF_INET, name.c_str(), ignored.data()) == 1 || inet_pton(AF_INET6, name.c_str(), ignored.data()) == 1;
    text += (text.empty() ? "" : ",") + std::string(ip ? "IP:" : "DNS:") + name;
  }
  return text;
}

Identity make(const CertificateOptions& options, bool authority, const Identity* issuer, EVP_PKEY* key = nullptr) {
  static long serial = static_cast<long>(getpid()) * 1000;
  Identity made;
  if (key) EVP_PKEY_up_ref(key);
  made.key.reset(key                    ? key
                 : options.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(options.rsa_bits))
                                        : EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  const std::time_t now = std::time(nullptr);
  ASN1_TIME_set(X509_getm_notBefore(certificate), now - static_cast<std::time_t>(options.age_hours * 3600));
  ASN1_TIME_set(X509_getm_notAfter(certificate), now + static_cast<std::time_t>(options.days_left * 86400));
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1, -1, 0);
  X509* signer = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  add_extension(certificate, signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
  if (!authority && !options.names.empty())
    add_extension(certificate, signer, NID_subject_alt_name, subject_alt_names(options.names));
  X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

CertificateOptions authority_named(std::string name) {
  CertificateOptions options;
  options.common_name = std::move(name);
  options.days_left = 3650;
  return options;
}

}  // namespace

struct TestCa::State {
  Identity root = make(authority_named("drydock test root"), true, nullptr);
  std::string file;
};

TestCa::TestCa() : state_(std::make_unique<State>()) {
  std::string file = (std::filesystem::temp_directory_path() / "drydock-ca-XXXXXX").string();
  const int descriptor = mkstemp(file.data());
  if (descriptor < 0) throw std::runtime_error("can't make a file for the test CA");
  ::close(descriptor);
  std::ofstream(file) << pem();
  state_->file = file;
}

TestCa::~TestCa() {
  ::unlink(state_->file.c_str());
}

std::string TestCa::pem() const {
  return test::pem(state_->root.certificate.get());
}
const std::string& TestCa::trust_file() const {
  return state_->file;
}

Certificate TestCa::issue(const CertificateOptions& options) const {
  if (options.self_signed) {
    const Identity alone = make(options, false, nullptr);
    return {test::pem(alone.certificate.get()), test::pem(alone.key.get())};
  }
  Identity middle;
  CertificateOptions between = authority_named("drydock test intermediate");
  between.days_left = options.intermediate_days_left;
  between.age_hours = options.intermediate_age_hours;
  if (options.intermediate) middle = make(between, true, &state_->root);
  const Identity leaf = make(options, false, options.intermediate ? &middle : &state_->root);
  Certificate issued{test::pem(leaf.certificate.get()), test::pem(leaf.key.get())};
  if (options.wrong_order) issued.chain += pem();
  between.days_left = -3;
  if (options.serve_expired_too)
    issued.chain += test::pem(make(between, true, &state_->root, middle.key.get()).certificate.get());
  if (options.intermediate && options.serve_intermediate) issued.chain += test::pem(middle.certificate.get());
  return issued;
}

}  // namespace drydock::test
