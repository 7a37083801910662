#include "harness/action/dns_update.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "probes/codec/dns/message.hpp"
#include "probes/net/dns_exchange.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/observe.hpp"

namespace drydock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kKnotd = "/usr/sbin/knotd";
constexpr const char* kSecret = "BwEKFHDl/nPjyEW5s4Ma5MXnqsft3sLvffDvbUN4tKs=";

std::string key_text(const std::string& name = "lab-ddns", const std::string& algorithm = "hmac-sha256",
                     const std::string& secret = kSecret) {
  return "key \"" + name + "\" {\n\talgorithm " + algorithm + ";\n\tsecret \"" + secret + "\";\n};\n";
}

DnsUpdateAction replace_www(const Endpoint& server, std::vector<std::string> data,
                            const std::string& key = key_text()) {
  DnsUpdateAction action;
  action.zone = "dyn.test";
  action.server = server.text();
  action.key = Secret::of("tsig", key);
  action.changes = {{"www.dyn.test", "A", 300, std::move(data)}};
  return action;
}

ActionResult run(const DnsUpdateAction& action, Duration patience = std::chrono::seconds(15)) {
  ActionResult result;
  test::run_on_loop([&]() -> boost::asio::awaitable<void> {
    ActionResult ended = co_await run_dns_update(action, "127.0.0.1", Clock::now() + patience);
    result = std::move(ended);
  });
  return result;
}

std::vector<std::string> lookup(const Endpoint& server, const std::string& name, const std::string& type) {
  std::vector<std::string> data;
  test::run_on_loop([&]() -> boost::asio::awaitable<void> {
    dns::Query query;
    query.name = name;
    query.type = type;
    net::DnsPeer peer{server, "", Clock::now() + std::chrono::seconds(10), nullptr, nullptr};
    net::DnsReply reply = co_await net::ask_dns(peer, query);
    for (const auto& record : dns::resolve(reply.message, name, type).records) data.push_back(record.data);
  });
  std::sort(data.begin(), data.end());
  return data;
}

/// A real Knot with the zone dyn.test on a free port of 127.0.0.1, in a folder of its own.
class Knot {
public:
  Knot() {
    std::string pattern = (std::filesystem::temp_directory_path() / "knot-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    {
      const test::DnsServer free_port([](const test::DnsAsk&) { return std::vector<std::string>{}; });
      server_ = free_port.endpoint();
    }
    write_files();
    start();
  }
  ~Knot() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }
  Knot(const Knot&) = delete;
  Knot& operator=(const Knot&) = delete;
  [[nodiscard]] const Endpoint& server() const { return server_; }

private:
  void write_files() const {
    std::ofstream(folder_ / "dyn.test.zone") << "dyn.test. 3600 SOA ns1.dyn.test. root.dyn.test. 1 3600 600 86400 300\n"
                                                "dyn.test. 3600 NS ns1.dyn.test.\n"
                                                "ns1.dyn.test. 3600 A 127.0.0.1\n"
                                                "www.dyn.test. 3600 A 127.0.10.1\n";
    std::ofstream(folder_ / "knot.conf")
        << "server:\n  rundir: \"" << folder_.string() << "\"\n  listen: 127.0.0.1@" << server_.port
        << "\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
        << "database:\n  storage: \"" << folder_.string() << "\"\n"
        << "log:\n- target: stderr\n  any: info\n"
        << "key:\n- id: lab-ddns\n  algorithm: hmac-sha256\n  secret: " << kSecret << "\n"
        << "- id: long\n  algorithm: hmac-sha512\n  secret: " << kSecret << "\n"
        << "- id: reader\n  algorithm: hmac-sha256\n  secret: " << kSecret << "\n"
        << "acl:\n- id: upd\n  address: 127.0.0.0/8\n  key: [lab-ddns, long]\n  action: [update]\n"
        << "template:\n- id: default\n  storage: \"" << folder_.string() << "\"\n  file: \"%s.zone\"\n"
        << "  journal-content: all\n  zonefile-sync: -1\n  zonefile-load: difference-no-serial\n  acl: upd\n"
        << "zone:\n- domain: dyn.test\n";
  }
  void start() {
    const std::string config = (folder_ / "knot.conf").string();
    const std::string log = (folder_ / "knot.log").string();
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    const std::array<const char*, 4> argv = {kKnotd, "-c", config.c_str(), nullptr};
    const int error = posix_spawn(&child_, kKnotd, &files, nullptr, const_cast<char**>(argv.data()), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::runtime_error("can't start knotd");
    for (int i = 0; i < 100; ++i) {
      try {
        if (!lookup(server_, "dyn.test", "SOA").empty()) return;
      } catch (const Failure&) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::stringstream said;
    said << std::ifstream(log).rdbuf();
    throw std::runtime_error("knotd is not ready: " + said.str());
  }

  std::filesystem::path folder_;
  Endpoint server_;
  pid_t child_ = -1;
};

class DnsUpdateOnKnot : public testing::Test {
protected:
  void SetUp() override {
    if (::access(kKnotd, X_OK) != 0) GTEST_SKIP() << "knotd is not installed (package knot)";
    knot_.emplace();
  }
  std::optional<Knot> knot_;
};

TEST_F(DnsUpdateOnKnot, ReplacesAddsAndDeletes) {
  const Endpoint server = knot_->server();
  ASSERT_THAT(lookup(server, "www.dyn.test", "A"), ElementsAre("127.0.10.1"));
  const ActionResult moved = run(replace_www(server, {"127.0.20.1", "127.0.20.2"}));
  EXPECT_EQ(moved.end, ActionEnd::done) << moved.message;
  EXPECT_THAT(moved.output, HasSubstr("update add www.dyn.test 300 A 127.0.20.1"));
  EXPECT_THAT(lookup(server, "www.dyn.test", "A"), ElementsAre("127.0.20.1", "127.0.20.2"));
  EXPECT_EQ(run(replace_www(server, {"127.0.20.1", "127.0.20.2"})).end, ActionEnd::done);  // again: no harm
  EXPECT_THAT(lookup(server, "www.dyn.test", "A"), ElementsAre("127.0.20.1", "127.0.20.2"));
  EXPECT_EQ(run(replace_www(server, {})).end, ActionEnd::done);
  EXPECT_THAT(lookup(server, "www.dyn.test", "A"), IsEmpty());
}

TEST_F(DnsUpdateOnKnot, CarriesManyRecordsOverTcp) {
  DnsUpdateAction action = replace_www(knot_->server(), {}, key_text("long", "hmac-sha512"));
  for (int i = 0; i < 60; ++i)
    action.changes.push_back(
        {"host" + std::to_string(i) + ".dyn.test", "TXT", 60, {"\"a text of some length, to fill the message\""}});
  const ActionResult result = run(action);
  EXPECT_EQ(result.end, ActionEnd::done) << result.message;
  EXPECT_THAT(result.output, HasSubstr("over TCP"));
  EXPECT_THAT(lookup(knot_->server(), "host59.dyn.test", "TXT"), testing::SizeIs(1));
}

TEST_F(DnsUpdateOnKnot, RefusalsAreTold) {
  const Endpoint server = knot_->server();
  const auto refused = [&](const std::string& key) {
    const ActionResult result = run(replace_www(server, {"127.0.20.1"}, key));
    EXPECT_EQ(result.end, ActionEnd::failed) << result.message;
    EXPECT_EQ(result.message.find(kSecret), std::string::npos);
    return result.message;
  };
  EXPECT_THAT(refused(key_text("nobody")), HasSubstr("BADKEY"));
  EXPECT_THAT(refused(key_text("lab-ddns", "hmac-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
              HasSubstr("BADSIG"));
  EXPECT_THAT(refused(key_text("reader")), HasSubstr("reader"));
  DnsUpdateAction other = replace_www(server, {"127.0.20.1"});
  other.zone = "other.test";
  other.changes[0].name = "www.other.test";
  const ActionResult result = run(other);
  EXPECT_EQ(result.end, ActionEnd::failed) << result.message;
  EXPECT_THAT(result.message, HasSubstr("other.test"));
  EXPECT_THAT(lookup(server, "www.dyn.test", "A"), ElementsAre("127.0.10.1"));
}

/// Answers every update with this code, unsigned.
test::DnsHandler update_answer(unsigned rcode) {
  return [rcode](const test::DnsAsk& ask) {
    std::string octets = ask.octets.substr(0, 12);
    octets[2] = static_cast<char>(0xA8);
    octets[3] = static_cast<char>(rcode);
    for (std::size_t i = 4; i < 12; ++i) octets[i] = 0;
    return std::vector{octets};
  };
}

TEST(DnsUpdateAnswer, SuccessWithoutASignatureIsNotBelieved) {
  test::DnsServer server(update_answer(0));
  const ActionResult result = run(replace_www(server.endpoint(), {"127.0.20.1"}), std::chrono::seconds(8));
  EXPECT_EQ(result.end, ActionEnd::unknown);
  EXPECT_THAT(result.message, HasSubstr("without a signature"));
}

TEST(DnsUpdateAnswer, RefusalIsBelieved) {
  for (const auto& [rcode, word] : std::vector<std::pair<unsigned, std::string>>{
           {5, "REFUSED"}, {9, "NOTAUTH"}, {4, "NOTIMP"}, {10, "NOTZONE"}, {1, "FORMERR"}, {2, "SERVFAIL"}}) {
    test::DnsServer server(update_answer(rcode));
    const ActionResult result = run(replace_www(server.endpoint(), {"127.0.20.1"}));
    EXPECT_EQ(result.end, ActionEnd::failed);
    EXPECT_THAT(result.message, HasSubstr(word));
  }
}

TEST(DnsUpdateAnswer, SilenceIsUnknownAndAClosedPortIsNot) {
  Endpoint closed;
  {
    test::DnsServer server([](const test::DnsAsk&) { return std::vector<std::string>{}; });
    EXPECT_EQ(run(replace_www(server.endpoint(), {"127.0.20.1"}), std::chrono::milliseconds(500)).end,
              ActionEnd::unknown);
    closed = server.endpoint();
  }
  EXPECT_EQ(run(replace_www(closed, {"127.0.20.1"})).end, ActionEnd::failed);
}

TEST(DnsUpdateAnswer, NothingIsSentWithoutAKeyOrWithImpossibleData) {
  test::DnsServer server([](const test::DnsAsk&) { return std::vector<std::string>{}; });
  DnsUpdateAction missing = replace_www(server.endpoint(), {"127.0.20.1"});
  missing.key = Secret("tsig");
  missing.key.mark_missing("no such file: keys/tsig");
  for (const DnsUpdateAction& action : {missing, replace_www(server.endpoint(), {"127.0.20.1"}, "nonsense"),
                                        replace_www(server.endpoint(), {"127.0.20"})}) {
    const ActionResult result = run(action);
    EXPECT_EQ(result.end, ActionEnd::failed);
    EXPECT_THAT(result.message, HasSubstr("nothing was sent"));
  }
  EXPECT_THAT(server.asks(), IsEmpty());
}

}  // namespace
}  // namespace drydock
