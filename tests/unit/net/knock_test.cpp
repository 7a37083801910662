#include <gmock/gmock.h>

#include <filesystem>

#include "probes/net/child_process.hpp"
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::net {
namespace {

using namespace test;
using boost::asio::awaitable;
using testing::HasSubstr;

PortState knock_at(const Endpoint& to, std::set<std::string>* answered = nullptr,
                   Duration patience = std::chrono::seconds(20), const std::string& from = "") {
  Subject subject = subject_at(to);
  subject.surroundings.vantage.address = from;
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(30), answered};
  PortState state = PortState::unreachable;
  run_on_loop([&]() -> awaitable<void> { state = co_await knock(context, to, patience); });
  return state;
}

Endpoint closed_port(const std::string& address = "127.0.0.1") {
  const ScriptedPeer peer(Script{}, {.address = address});
  return peer.endpoint();
}

TEST(Knock, TellsOpenFromRefused) {
  const ScriptedPeer peer({stall()});
  std::set<std::string> answered;
  EXPECT_EQ(knock_at(peer.endpoint(), &answered), PortState::open);
  EXPECT_TRUE(answered.contains("127.0.0.1"));
  answered.clear();
  EXPECT_EQ(knock_at(closed_port(), &answered), PortState::refused);
  EXPECT_TRUE(answered.contains("127.0.0.1")) << "a refusal is an answer";
}

TEST(Knock, GoesOverIpv6) {
  const ScriptedPeer peer({stall()}, {.address = "::1"});
  EXPECT_EQ(knock_at(peer.endpoint(), nullptr, std::chrono::seconds(20), "::1"), PortState::open);
  EXPECT_EQ(knock_at(closed_port("::1")), PortState::refused);
}

TEST(Knock, BlamesThisMachineForItsOwnAddresses) {
  const Endpoint to = closed_port();
  EXPECT_THROW(knock_at(to, nullptr, std::chrono::seconds(1), "192.0.2.1"), Failure);
  EXPECT_THROW(knock_at(to, nullptr, std::chrono::seconds(1), "::1"), Failure);
  EXPECT_THROW(knock_at({"new.example", 25}), Failure);
}

/// A router on the way: prober 10.9.0.1 and fd09::1, router 10.9.0.2 and fd09::2.
constexpr const char* kNetwork = R"sh(set -e
ip link set lo up
unshare -n sleep 100 & router=$!
trap 'kill $router' EXIT
while [ "$(readlink /proc/$router/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add v0 type veth peer name v1 netns $router
ip addr add 10.9.0.1/24 dev v0; ip link set v0 up
ip -6 addr add fd09::1/64 dev v0 nodad
nsenter -t $router -n sh -ec 'ip link set lo up; ip addr add 10.9.0.2/24 dev v1; ip -6 addr add fd09::2/64 dev v1 nodad
  ip link set v1 up; echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  ip route add prohibit 10.9.1.0/24; ip route add unreachable 10.9.2.0/24; ip route add blackhole 10.9.3.0/24
  ip -6 route add prohibit fd09:1::/64; ip -6 route add unreachable fd09:2::/64'
ip route add default via 10.9.0.2; ip -6 route add default via fd09::2
ip route add prohibit 10.9.4.0/24; ip route add blackhole 10.9.5.0/24
"$0" --gtest_also_run_disabled_tests --gtest_filter=DISABLED_InNamespace.*
)sh";

TEST(Knock, TellsWhatRoutersSay) {
  ChildOptions options;
  options.argv = {"unshare", "-rn", "sh", "-c", kNetwork, "/proc/self/exe"};
  options.argv.back() = std::filesystem::read_symlink("/proc/self/exe").string();
  options.deadline = Clock::now() + std::chrono::seconds(60);
  ChildResult result;
  run_on_loop([&]() -> awaitable<void> { result = co_await run_child(options); });
  if (result.out.find("[ RUN      ]") == std::string::npos)
    GTEST_SKIP() << "no network namespace to be had: " << result.err;
  EXPECT_EQ(result.exit, 0) << result.out << result.err;
}

/// Run by Knock.TellsWhatRoutersSay in a network of its own, and by nobody else.
using DISABLED_InNamespace = testing::Test;

TEST_F(DISABLED_InNamespace, ProhibitedIsToldFromUnreachable) {
  std::set<std::string> answered;
  EXPECT_EQ(knock_at({"10.9.1.1", 25}, &answered), PortState::prohibited);
  EXPECT_EQ(knock_at({"10.9.2.1", 25}, &answered), PortState::unreachable);
  EXPECT_EQ(knock_at({"fd09:1::1", 25}, &answered), PortState::prohibited);
  EXPECT_EQ(knock_at({"fd09:2::1", 25}, &answered), PortState::unreachable);
  EXPECT_TRUE(answered.empty()) << "a router's word is no answer of the address";
}

TEST_F(DISABLED_InNamespace, SilenceIsSilence) {
  std::set<std::string> answered;
  EXPECT_EQ(knock_at({"10.9.3.1", 25}, &answered, std::chrono::milliseconds(300)), PortState::silent);
  EXPECT_TRUE(answered.empty());
}

TEST_F(DISABLED_InNamespace, OurOwnRoutesAreNotTheHosts) {
  for (const auto& [ip, words] : {std::pair("10.9.4.1", "this machine forbids"),
                                  std::pair("10.9.5.1", "this machine's routes drop what goes to 10.9.5.1")}) {
    try {
      knock_at({ip, 25});
      ADD_FAILURE() << "our own route to " << ip << " passed for an answer";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), ErrorKind::local);
      EXPECT_THAT(failure.what(), HasSubstr(words));
    }
  }
}

}  // namespace
}  // namespace drydock::net
