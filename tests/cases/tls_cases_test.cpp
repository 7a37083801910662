// What drydock once said wrongly of certificates and TLS, by kind.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

/// `drydock probe tls` at a server with this certificate.
Said ask_tls(const TestCa& ca, const CertificateOptions& options) {
  const ScriptedPeer peer({tls(), stall()}, {.certificate = ca.issue(options), .minimum_version = 0x0303});
  return ask(
      {"probe", "tls", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test", "trust=" + ca.trust_file()});
}

// Clients refuse a good certificate whose intermediate has expired.
TEST(TlsCases, AnExpiredIntermediateFails) {
  const TestCa ca;
  const Said said = ask_tls(ca, {.names = {"mail.test"}, .intermediate = true, .intermediate_days_left = -3});
  EXPECT_EQ(said.verdict("tls.validity"), "fail") << said.text;
}

// One that expires in some days is told in time.
TEST(TlsCases, AnIntermediateThatExpiresSoonWarns) {
  const TestCa ca;
  const Said said = ask_tls(ca, {.names = {"mail.test"}, .intermediate = true, .intermediate_days_left = 4});
  EXPECT_EQ(said.verdict("tls.validity"), "warn") << said.text;
}

// An expired one beside another that is valid harms nobody.
TEST(TlsCases, ASurplusExpiredIntermediatePasses) {
  const TestCa ca;
  const Said said = ask_tls(ca, {.names = {"mail.test"}, .intermediate = true, .serve_expired_too = true});
  EXPECT_EQ(said.verdict("tls.validity"), "pass") << said.text;
  EXPECT_EQ(said.exit, 0);
}

// In TLS 1.3 a demand for a client certificate is told only after the handshake.
TEST(TlsCases, AServerThatDemandsAClientCertificateFails) {
  const TestCa ca;
  const ScriptedPeer peer({tls(), stall()}, {.certificate = ca.issue({.names = {"mail.test"}}),
                                             .minimum_version = 0x0304,
                                             .client_certificate = ClientCertificate::demanded});
  const Said said = ask(
      {"probe", "tls", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test", "trust=" + ca.trust_file()});
  EXPECT_EQ(said.verdict("tls.answers"), "fail") << said.text;
  EXPECT_EQ(said.exit, 1);
}

/// The name of a file by which OpenSSL finds this certificate in a folder.
std::string hashed_name(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  const unsigned long hash = X509_subject_name_hash(certificate);
  X509_free(certificate);
  BIO_free(bio);
  return fmt::format("{:08x}.0", hash);
}

/// A user and mount namespace of the process's own, in which `folder` is /etc/ssl/certs. False where none can be had.
bool enter_with_certificates(const std::filesystem::path& folder) {
  const auto put = [](const char* file, const std::string& text) { std::ofstream(file) << text; };
  const uid_t user = getuid();
  const gid_t group = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
  put("/proc/self/setgroups", "deny");
  put("/proc/self/uid_map", fmt::format("0 {} 1", user));
  put("/proc/self/gid_map", fmt::format("0 {} 1", group));
  return mount(folder.c_str(), "/etc/ssl/certs", nullptr, MS_BIND, nullptr) == 0;
}

// Debian's snakeoil certificate is linked into /etc/ssl/certs of the host that made it: drydock there must not trust
// it.
TEST(TlsCases, ACertificateOfThisMachineIsNoPublicAuthority) {
  constexpr int kDone = 0, kImpossible = 77;
  const TestCa ca;
  const Certificate snakeoil = ca.issue({.names = {"mail.test"}, .self_signed = true});
  const ScriptedPeer peer({tls(), stall()}, {.certificate = snakeoil});
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "certs");
  std::ofstream(folder.path() / "certs" / hashed_name(snakeoil.chain)) << snakeoil.chain;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!enter_with_certificates(folder.path() / "certs")) _exit(kImpossible);
    const Said said = ask({"probe", "tls", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test"});
    std::ofstream(folder.path() / "said") << said.verdict("tls.chain") << "\n" << said.text;
    _exit(kDone);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kImpossible) GTEST_SKIP() << "no mount namespace can be had here";
  std::ifstream file(folder.path() / "said");
  std::string verdict;
  std::getline(file, verdict);
  EXPECT_EQ(verdict, "fail") << std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace
}  // namespace drydock::test
