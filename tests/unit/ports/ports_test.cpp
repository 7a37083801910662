#include "probes/ports/type.hpp"

#include <gmock/gmock.h>

#include "probes/ports/checks.hpp"
#include "probes/ports/facts.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using Ports = std::vector<std::string>;

Subject subject_of(Ports open, Ports closed) {
  Subject subject = subject_at({"127.0.0.1", 0});
  subject.target.port.reset();
  if (!open.empty()) subject.parameters.set("open", std::move(open));
  if (!closed.empty()) subject.parameters.set("closed", std::move(closed));
  return subject;
}

/// An observation as if these ports had been knocked at.
Observation seen_as(const Ports& open, const Ports& refused, const Ports& prohibited, const Ports& silent,
                    const Ports& unreachable = {}) {
  Observation seen;
  seen.set(kPorts.open, open);
  seen.set(kPorts.refused, refused);
  seen.set(kPorts.prohibited, prohibited);
  seen.set(kPorts.silent, silent);
  seen.set(kPorts.unreachable, unreachable);
  seen.answered = !open.empty() || !refused.empty();
  return seen;
}

Verdict open_verdict(const Observation& seen, const Ports& wanted) {
  return judge(kPortsType, "ports.open", seen, subject_of(wanted, {})).verdict;
}
Verdict closed_verdict(const Observation& seen, const Ports& wanted) {
  return judge(kPortsType, "ports.closed", seen, subject_of({}, wanted)).verdict;
}

TEST(Ports, KnocksAtAllOfThem) {
  const ScriptedPeer first({stall()});
  const ScriptedPeer second({stall()});
  std::uint16_t gone = 0;
  {
    const ScriptedPeer peer({stall()});
    gone = peer.port();
  }
  const std::string open = std::to_string(first.port());
  const std::string wrong = std::to_string(second.port());
  const std::string closed = std::to_string(gone);
  const Subject subject = subject_of({open}, {closed, wrong});
  std::set<std::string> answered;
  const Observation seen = observe(kPortsType, subject, std::chrono::seconds(20), &answered);
  EXPECT_FALSE(seen.error);
  EXPECT_THAT(*seen.get(kPorts.refused), ElementsAre(closed));
  EXPECT_THAT(*seen.get(kPorts.open), testing::UnorderedElementsAre(open, wrong));
  EXPECT_TRUE(answered.contains("127.0.0.1"));
  EXPECT_EQ(judge(kPortsType, "ports.open", seen, subject).verdict, Verdict::pass);
  const Judgement judgement = judge(kPortsType, "ports.closed", seen, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message, HasSubstr("port " + wrong));
  EXPECT_THAT(judgement.reproduce, HasSubstr("-s 127.0.0.1 127.0.0.1 " + wrong));
}

TEST(Ports, OpenIsJudgedByWhatCame) {
  EXPECT_EQ(open_verdict(seen_as({"22"}, {}, {}, {}), {"22"}), Verdict::pass);
  EXPECT_EQ(open_verdict(seen_as({}, {"22"}, {}, {}), {"22"}), Verdict::fail);
  EXPECT_EQ(open_verdict(seen_as({}, {}, {"22"}, {}), {"22"}), Verdict::fail);
  EXPECT_EQ(open_verdict(seen_as({}, {}, {}, {"22"}), {"22"}), Verdict::inconclusive);
  EXPECT_EQ(open_verdict(seen_as({}, {}, {}, {}, {"22"}), {"22"}), Verdict::inconclusive);
  EXPECT_EQ(open_verdict(seen_as({"22"}, {"25"}, {}, {}), {"22", "25"}), Verdict::fail);
  EXPECT_EQ(open_verdict(seen_as({"22"}, {}, {}, {"25"}), {"22", "25"}), Verdict::inconclusive);
  EXPECT_EQ(open_verdict(seen_as({}, {}, {}, {}), {}), Verdict::skip);
  EXPECT_EQ(open_verdict(seen_as({}, {}, {}, {}), {"22"}), Verdict::inconclusive);
  EXPECT_EQ(open_verdict(Observation(), {"22"}), Verdict::inconclusive);
}

TEST(Ports, ClosedIsJudgedByWhatCame) {
  EXPECT_EQ(closed_verdict(seen_as({}, {"25"}, {}, {}), {"25"}), Verdict::pass);
  EXPECT_EQ(closed_verdict(seen_as({}, {}, {"25"}, {}), {"25"}), Verdict::pass);
  EXPECT_EQ(closed_verdict(seen_as({"25"}, {}, {}, {}), {"25"}), Verdict::fail);
  EXPECT_EQ(closed_verdict(seen_as({}, {}, {}, {}, {"25"}), {"25"}), Verdict::inconclusive);
  EXPECT_EQ(closed_verdict(seen_as({}, {}, {}, {}), {}), Verdict::skip);
  EXPECT_EQ(closed_verdict(Observation(), {"25"}), Verdict::inconclusive);
}

TEST(Ports, SilencePassesOnlyWhereTheAddressAnswers) {
  const Observation mute = seen_as({}, {}, {}, {"25"});
  const Subject subject = subject_of({}, {"25"});
  EXPECT_EQ(judge(kPortsType, "ports.closed", mute, subject).verdict, Verdict::inconclusive);
  Observation other;
  Evidence evidence;
  evidence.add(kSameAddress, other);
  EXPECT_EQ(judge(kPortsType, "ports.closed", mute, subject, evidence).verdict, Verdict::inconclusive);
  other.answered = true;
  EXPECT_EQ(judge(kPortsType, "ports.closed", mute, subject, evidence).verdict, Verdict::pass);
  EXPECT_EQ(closed_verdict(seen_as({"22"}, {}, {}, {"25"}), {"25"}), Verdict::pass);
  EXPECT_EQ(closed_verdict(seen_as({}, {"26"}, {}, {"25"}), {"25", "26"}), Verdict::pass);
  // A filter on the way may say "prohibited": that is no answer of the address.
  EXPECT_EQ(closed_verdict(seen_as({}, {}, {"26"}, {"25"}), {"25", "26"}), Verdict::inconclusive);
}

TEST(Ports, OnlySilenceOfAllAwaitsOthers) {
  const auto awaits = [](const Observation& seen) {
    return ports::closed_awaits_others(seen, subject_of({}, {"25", "26"}));
  };
  EXPECT_TRUE(awaits(seen_as({}, {}, {}, {"25"}, {"26"})));
  EXPECT_FALSE(awaits(seen_as({}, {"26"}, {}, {"25"})));
  EXPECT_FALSE(awaits(seen_as({}, {}, {"25", "26"}, {"110"})));
  EXPECT_FALSE(awaits(Observation()));
}
TEST(Ports, DeclareHowLongSilenceMayLast) {
  Subject subject = subject_of({}, {"1"});
  Ports many;
  for (int port = 1; port <= 33; ++port) many.push_back(std::to_string(port));
  subject.parameters.set("closed", many);
  subject.parameters.set("patience", Duration(2000));
  EXPECT_EQ(kPortsType.waiting(subject.parameters), Duration(4000));
}

TEST(Ports, AVantageThatIsNotOursIsNobodysFault) {
  Subject subject = subject_of({"22"}, {"25"});
  subject.surroundings.vantage.address = "192.0.2.7";
  const Observation seen = observe(kPortsType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::local);
  EXPECT_THAT(seen.error->message, HasSubstr("192.0.2.7 is not an address of this machine"));
  EXPECT_EQ(judge(kPortsType, "ports.open", seen, subject).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge(kPortsType, "ports.closed", seen, subject).verdict, Verdict::inconclusive);
}

TEST(Ports, ParametersMustNameAPortOnce) {
  EXPECT_EQ(kPortsType.validate(subject_of({}, {}).parameters).size(), 1U);
  EXPECT_EQ(kPortsType.validate(subject_of({"22"}, {"22"}).parameters).size(), 1U);
  EXPECT_TRUE(kPortsType.validate(subject_of({"22"}, {"25"}).parameters).empty());
}

TEST(Ports, PatienceOutlastsASynThatWasLost) {
  Subject subject = subject_of({}, {"25"});
  for (const auto& [patience, problems] : {std::pair(0, 1), std::pair(1999, 1), std::pair(2000, 0)}) {
    subject.parameters.set("patience", Duration(patience));
    EXPECT_EQ(kPortsType.validate(subject.parameters).size(), static_cast<std::size_t>(problems)) << patience;
  }
}

}  // namespace
}  // namespace drydock
