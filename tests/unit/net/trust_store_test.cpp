#include "probes/net/trust_store.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "probes/core/error.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock {
namespace {

using net::trust_store;
using testing::HasSubstr;

std::size_t authorities(const std::shared_ptr<X509_STORE>& store) {
  STACK_OF(X509)* all = X509_STORE_get1_all_certs(store.get());
  const int count = sk_X509_num(all);
  sk_X509_pop_free(all, X509_free);
  return static_cast<std::size_t>(count);
}

class TrustStore : public testing::Test {
protected:
  TrustStore() { std::filesystem::create_directory(folder_); }
  ~TrustStore() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& pem) const {
    const auto path = folder_ / name;
    std::ofstream(path) << pem;
    return path.string();
  }

  const test::TestCa one_, other_;
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("drydock-trust-" + std::to_string(getpid()));
};

TEST_F(TrustStore, IsReadOnce) {
  const std::string path = write("ca.pem", one_.pem());
  EXPECT_EQ(trust_store(path), trust_store(path));
  EXPECT_EQ(trust_store(""), trust_store(""));
  EXPECT_NE(trust_store(path), trust_store(""));
  EXPECT_EQ(authorities(trust_store(path)), authorities(trust_store("")) + 1);
}

/// Whether the store trusts a certificate authority for itself.
bool trusts(const std::shared_ptr<X509_STORE>& store, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                        X509_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  return X509_STORE_CTX_init(context.get(), store.get(), one.get(), nullptr) == 1 &&
         X509_verify_cert(context.get()) == 1;
}

TEST_F(TrustStore, AFolderOfHashedLinksNeverCounts) {
  const std::string pem = one_.pem();
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                        X509_free);
  write(fmt::format("{:08x}.0", X509_subject_name_hash(one.get())), pem);
  const char* before = std::getenv("SSL_CERT_DIR");
  const std::string kept = before ? before : "";
  ::setenv("SSL_CERT_DIR", folder_.c_str(), 1);
  EXPECT_FALSE(trusts(trust_store(""), pem)) << "as Debian's snakeoil certificate lies in /etc/ssl/certs";
  before ? ::setenv("SSL_CERT_DIR", kept.c_str(), 1) : ::unsetenv("SSL_CERT_DIR");
  EXPECT_TRUE(trusts(trust_store(write("ca.pem", pem)), pem));
}

TEST_F(TrustStore, HasOnlyTheNamedOnesWhereOnlyTheyAreWanted) {
  const std::string path = write("ca.pem", one_.pem());
  EXPECT_EQ(authorities(trust_store(path, net::Anchors::named)), 1U);
  EXPECT_EQ(authorities(trust_store("", net::Anchors::named)), 0U);
  EXPECT_NE(trust_store(path, net::Anchors::named), trust_store(path));
}

TEST_F(TrustStore, IsNoFifoThatNobodyFills) {
  const std::string fifo = (folder_ / "fifo").string();
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THROW(trust_store(fifo), Failure);
}

TEST_F(TrustStore, IsReadAgainWhereTheFileChanged) {
  const std::string path = write("ca.pem", one_.pem());
  const auto before = trust_store(path);
  write("ca.pem", one_.pem() + other_.pem());
  const auto after = trust_store(path);
  EXPECT_EQ(authorities(after), authorities(before) + 1);
  EXPECT_EQ(after, trust_store(path));
}

TEST_F(TrustStore, IsReadAgainWhereAFileOfTheSameSizeAndTimeTookItsPlace) {
  const std::string path = write("ca.pem", one_.pem());
  const auto before = trust_store(path);
  const std::string substitute = write("new.pem", one_.pem());
  std::filesystem::last_write_time(substitute, std::filesystem::last_write_time(path));
  std::filesystem::rename(substitute, path);
  EXPECT_NE(trust_store(path), before);
}

TEST_F(TrustStore, FailsWhereTheFileCantBeReadAndHealsOnceItCan) {
  const std::string path = (folder_ / "ca.pem").string();
  const auto message = [&] {
    try {
      trust_store(path);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), ErrorKind::local);
      return std::string(failure.what());
    }
    return std::string();
  };
  EXPECT_THAT(message(), HasSubstr(path));
  write("ca.pem", "no certificate\n");
  EXPECT_THAT(message(), HasSubstr(path));
  write("ca.pem", one_.pem());
  EXPECT_EQ(message(), "");
}

TEST_F(TrustStore, KeepsOnlyTheLastOnes) {
  const std::weak_ptr<X509_STORE> first = trust_store(write("first.pem", one_.pem()));
  const std::string second_path = write("second.pem", one_.pem());
  const std::weak_ptr<X509_STORE> second = trust_store(second_path);
  for (std::size_t i = 0; i < net::kTrustStores - 1; ++i) {
    trust_store(write(std::to_string(i) + ".pem", one_.pem()));
    EXPECT_EQ(trust_store(second_path), second.lock());
  }
  EXPECT_TRUE(first.expired());
  EXPECT_FALSE(second.expired());
}

TEST_F(TrustStore, IsOneForManyThreads) {
  const std::string path = write("ca.pem", one_.pem());
  std::vector<std::shared_ptr<X509_STORE>> seen(8);
  {
    std::vector<std::jthread> threads;
    for (auto& slot : seen) threads.emplace_back([&slot, &path] { slot = trust_store(path); });
  }
  for (const auto& store : seen) EXPECT_EQ(store, seen.front());
}

}  // namespace
}  // namespace drydock
