#include "probes/net/trust_store.hpp"

#include <gmock/gmock.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
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
