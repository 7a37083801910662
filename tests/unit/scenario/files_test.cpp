#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/scenario/practice_types.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// A scenario in a folder of its own, beside files that each test makes.
class FilesTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "drydock-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::ofstream(folder_ / name) << text;
    ::chmod((folder_ / name).c_str(), mode);
  }
  LoadResult load(const std::string& more, const std::string& ssh = "") {
    LoadOptions options;
    options.types = practice_types();
    return load_scenario_text("drydock: 1\nname: test\nnames: {canonical: www.test}\nhosts: {web: {address: 192.0.2.1" +
                                  ssh + "}}\nprobes: [{id: a, smtp: {}}]\n" + more,
                              "t.yaml", folder_.string(), options);
  }
  std::string told(const std::string& more, const std::string& ssh = "") { return shown(load(more, ssh)); }

  fs::path folder_;
};

TEST_F(FilesTest, AKeyThatOthersCanReadIsTold) {
  const std::string ssh = ", ssh: {user: ops, key_file: key}";
  for (const mode_t mode : {0644, 0640, 0604, 0660}) {
    write("key", "k", mode);
    EXPECT_THAT(told("", ssh), HasSubstr("/key is open to others (mode 0")) << mode;
  }
  for (const mode_t mode : {0600, 0400, 0700}) {
    write("key", "k", mode);
    EXPECT_EQ(told("", ssh), "") << mode;
  }
  EXPECT_TRUE(load("", ssh).scenario);
}

TEST_F(FilesTest, ASecretThatEverybodyCanReadIsTold) {
  const std::string secret =
      "secrets: {key: {file: secret}}\naccounts: {jim: {login: j, password: \"${secrets.key}\"}}\n";
  write("secret", "s", 0644);
  EXPECT_THAT(told(secret), HasSubstr("the secret `key` is open to everybody: "));
  EXPECT_THAT(told(secret), HasSubstr("/secret has mode 0644; chmod 600 it"));
  write("secret", "s", 0640);
  EXPECT_THAT(told(secret), Not(HasSubstr("open to everybody")));
}

TEST_F(FilesTest, TrustWithoutACertificateIsTold) {
  write("ca.pem", "");
  EXPECT_THAT(told("trust: ca.pem\n"), HasSubstr("/ca.pem holds no certificate; it wants"));
  write("ca.pem", "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(told("trust: ca.pem\n"), HasSubstr("holds no certificate"));
  write("ca.pem", "-----BEGIN EC PRIVATE KEY-----\nbm90aGluZw==\n-----END EC PRIVATE KEY-----\n");
  EXPECT_THAT(told("trust: ca.pem\n"), HasSubstr("holds no certificate"));
  write("ca.pem", read_whole(golden("lab/ca.pem")), 0644);
  EXPECT_EQ(told("trust: ca.pem\n"), "");
}

TEST_F(FilesTest, TrustThatIsNoRegularFileIsRefusedWithoutWaitingForIt) {
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(load("trust: fifo\n").scenario);
  EXPECT_THAT(told("trust: fifo\n"), HasSubstr("/fifo, which is no regular file; name a PEM file"));
  EXPECT_THAT(told("trust: .\n"), HasSubstr("which is a folder; name a PEM file"));
  EXPECT_THAT(told("trust: missing\n"), HasSubstr("warning: the certificate authorities"));
}

}  // namespace
}  // namespace drydock::test
