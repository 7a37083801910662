// Questions of each kind broken in each way, at the server itself and at the other one.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "tests/support/memory_peak.hpp"
#include "tests/unit/dns/dns_test_support.hpp"

namespace drydock {
namespace {

using test::DnsAnswer;
using test::DnsAsk;
using test::DnsServer;
using test::kZone;
using test::serve_zone;
using test::subject_of;
using testing::IsEmpty;

const std::string kName = "starship.python.test.";

/// The kinds of questions that the probe asks an authoritative server.
enum class About { name, soa, ns, server_address };
constexpr About kAll[] = {About::name, About::soa, About::ns, About::server_address};

About about(const DnsAsk& ask) {
  if (ask.type == test::kSoa) return About::soa;
  if (ask.type == test::kNs) return About::ns;
  return ask.name == kName ? About::name : About::server_address;
}

/// What a broken server does with a question; `right`: what a healthy one answers.
struct Break {
  std::string_view what;
  std::function<std::vector<std::string>(const DnsAsk&, const std::string& right)> answer;
  bool silent = false;   ///< nothing comes that belongs to the question
  bool answers = false;  ///< what comes is an answer, though not the zone's
};

const std::vector<Break>& breaks() {
  using Answers = std::vector<std::string>;
  static const std::vector<Break> all{
      {"is silent", [](const DnsAsk&, const std::string&) { return Answers{}; }, true},
      {"answers half",
       [](const DnsAsk&, const std::string& right) { return Answers{right.substr(0, right.size() / 2)}; }},
      {"answers a header", [](const DnsAsk&, const std::string& right) { return Answers{right.substr(0, 12)}; }},
      {"answers another id",
       [](const DnsAsk&, std::string right) {
         right[0] = static_cast<char>(right[0] ^ 1);
         return Answers{right};
       }},
      {"answers another question",
       [](const DnsAsk& ask, const std::string&) {
         return Answers{DnsAnswer(ask).aa().question("other.python.test", ask.type).octets()};
       }},
      {"answers by a question", [](const DnsAsk& ask, const std::string&) { return Answers{ask.octets}; }},
      {"answers SERVFAIL",
       [](const DnsAsk& ask, const std::string&) { return Answers{DnsAnswer(ask).rcode(2).octets()}; }},
      {"answers REFUSED",
       [](const DnsAsk& ask, const std::string&) { return Answers{DnsAnswer(ask).rcode(5).octets()}; }},
      {"answers NOTIMP",
       [](const DnsAsk& ask, const std::string&) { return Answers{DnsAnswer(ask).rcode(4).octets()}; }},
      {"answers without authority",
       [](const DnsAsk& ask, const std::string&) { return Answers{DnsAnswer(ask).octets()}; }, false, true},
      {"is truncated, and TCP ends",
       [](const DnsAsk& ask, const std::string&) {
         return ask.tcp ? Answers{} : Answers{DnsAnswer(ask).tc().octets()};
       }},
      {"is truncated, and TCP tells half",
       [](const DnsAsk& ask, const std::string& right) {
         return Answers{ask.tcp ? right.substr(0, right.size() - 3) : DnsAnswer(ask).tc().octets()};
       }},
      {"is truncated, and TCP is another server's",
       [](const DnsAsk& ask, const std::string&) {
         return Answers{ask.tcp ? DnsAnswer(ask).rcode(5).octets() : DnsAnswer(ask).tc().octets()};
       }},
      {"is truncated, over TCP too",
       [](const DnsAsk&, std::string right) {
         right[2] = static_cast<char>(right[2] | 2);
         return Answers{right};
       }},
      {"floods with what is no answer",
       [](const DnsAsk&, std::string right) {
         right[0] = static_cast<char>(right[0] ^ 1);
         return Answers(500, right);
       }},
  };
  return all;
}

/// Which kinds of answers each check can't pass without: of the server itself, and of the others.
struct Needs {
  std::set<About> own, others;
};
const std::map<std::string, Needs> kNeeds{
    {"dns.answer", {{About::name}, {}}},
    {"dns.exists", {{About::name}, {}}},
    {"dns.authoritative", {{About::name, About::soa}, {}}},
    {"dns.serial", {{About::name, About::soa}, {About::soa}}},
    {"dns.ns-set", {{About::name, About::soa, About::ns, About::server_address}, {About::ns}}},
};

/// A pair of servers, one of which breaks the questions of one kind.
class DnsSweep : public testing::Test {
protected:
  static test::DnsHandler broken(About what, const Break& how) {
    return [what, how, zone = serve_zone("python.test.", 1, kZone)](const DnsAsk& ask) {
      auto right = zone(ask);
      return about(ask) == what && !right.empty() ? how.answer(ask, right.front()) : right;
    };
  }
  /// What is wrong with the verdicts, one line each.
  std::vector<std::string> sweep(bool own) {
    std::vector<std::string> found;
    const auto healthy = serve_zone("python.test.", 1, kZone);
    for (const Break& how : breaks())
      for (const About what : kAll) {
        const DnsServer ns1(own ? broken(what, how) : healthy);
        const DnsServer ns2(own ? healthy : broken(what, how), "127.0.0.2");
        const Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
        const test::MemoryPeak memory;
        const auto start = Clock::now();
        const Observation seen = test::observe(kDnsType, subject, kPatience);
        const std::string which =
            fmt::format("{} {} about {}: ", own ? "it" : "the other", how.what, static_cast<int>(what));
        if (Clock::now() - start > kPatience + kSlack) found.push_back(which + "the probe did not end by its deadline");
        if (memory.octets() > test::kMostMemory) found.push_back(which + "memory grew without bound");
        for (const CheckSpec& check : kDnsType.checks) judge(found, which, check, own, what, how, seen, subject);
      }
    return found;
  }

private:
  static constexpr Duration kPatience{3000};
  static constexpr Duration kSlack{3000};

  static void judge(std::vector<std::string>& found, const std::string& which, const CheckSpec& check, bool own,
                    About what, const Break& how, const Observation& seen, const Subject& subject) {
    const auto needs = kNeeds.find(std::string(check.id));
    if (needs == kNeeds.end()) return found.push_back(fmt::format("{} is not known to this test", check.id));
    const Judgement judgement = check.judge(seen, subject);
    const bool passes = judgement.verdict == Verdict::pass || judgement.verdict == Verdict::warn;
    // Of the name's own answer, authority is asked by these two alone.
    const bool wants_authority = check.id == "dns.authoritative" || check.id == "dns.exists";
    const bool sees_an_answer = how.answers && what == About::name && !wants_authority;
    const bool unseen = (own ? needs->second.own : needs->second.others).contains(what) && !sees_an_answer;
    const std::string transcript = test::transcript_text(seen);
    if (passes && unseen)
      found.push_back(fmt::format("{}{} passes: {}\n{}", which, check.id, judgement.actual, transcript));
    // The other server answers, so that the silence of this one is its own.
    const bool told_by_the_other = own && check.id == "dns.answer" && what == About::name;
    const bool blamed = judgement.verdict == Verdict::fail;
    if (blamed && !own) found.push_back(fmt::format("{}{} fails: {}", which, check.id, judgement.message));
    if (blamed && how.silent && !told_by_the_other)
      found.push_back(fmt::format("{}{} fails in silence: {}\n{}", which, check.id, judgement.message, transcript));
    if (judgement.verdict != Verdict::pass && judgement.message.empty())
      found.push_back(fmt::format("{}{} says nothing", which, check.id));
  }
};

TEST_F(DnsSweep, KnowsEveryCheckByName) {
  for (const CheckSpec& check : kDnsType.checks) EXPECT_TRUE(kNeeds.contains(std::string(check.id))) << check.id;
  EXPECT_EQ(kNeeds.size(), kDnsType.checks.size());
  const DnsServer ns1(serve_zone("python.test.", 1, kZone)), ns2(serve_zone("python.test.", 1, kZone), "127.0.0.2");
  const Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(test::verdicts(test::observe(kDnsType, subject), subject), "ppppp") << "in the healthy dialogue all pass";
}

TEST_F(DnsSweep, EveryBreakOfTheServerEndsWell) {
  EXPECT_THAT(sweep(true), IsEmpty());
}

TEST_F(DnsSweep, NoBreakOfAnotherServerIsHeldAgainstThisOne) {
  EXPECT_THAT(sweep(false), IsEmpty());
}

/// A message of 64 KiB whose records are two octets and a pointer to the longest name there is, each octet of which is
/// four characters to a person.
std::string longest(const DnsAsk& ask) {
  std::string octets = DnsAnswer(ask).aa().octets();
  const auto pointer_to = [](std::size_t at) {
    return std::string{static_cast<char>(0xC0U | at >> 8U), static_cast<char>(at & 0xFFU)};
  };
  const std::string kind("\0\x02\0\x01\0\0\0\x3c", 8);  // NS, IN, a minute
  std::string name;
  for (const std::size_t label : {63U, 63U, 63U, 61U}) name += static_cast<char>(label) + std::string(label, '\x01');
  const std::string target = pointer_to(octets.size());
  octets += name + '\0' + kind + std::string("\0\x02", 2) + target;
  unsigned count = 1;
  for (; octets.size() + 14 <= 65535; ++count) octets += target + kind + std::string("\0\x02", 2) + target;
  octets[6] = static_cast<char>(count >> 8U);
  octets[7] = static_cast<char>(count & 0xFFU);
  return octets;
}

TEST(DnsFloods, AMessageOfNothingButNamesCostsLittle) {
  for (const bool by_resolver : {false, true}) {
    const DnsServer server(
        [](const DnsAsk& ask) { return std::vector{ask.tcp ? longest(ask) : DnsAnswer(ask).tc().octets()}; });
    const Subject subject = subject_of(server, {&server, &server}, "starship.python.test", "NS",
                                       by_resolver ? "resolvers" : "authoritative");
    const test::MemoryPeak memory;
    const Observation seen = test::observe(kDnsType, subject);
    const std::string verdicts = test::verdicts(seen, subject);
    EXPECT_LT(memory.octets(), test::kMostMemory) << verdicts;
    EXPECT_LE(seen.transcript.lines().size(), Transcript::kMaxLines);
    EXPECT_NE(test::verdict("dns.exists", seen, subject), Verdict::pass);
  }
}

TEST(DnsFloods, OfMessagesOverTcpEnd) {
  const DnsServer server([](const DnsAsk& ask) {
    if (!ask.tcp) return std::vector{DnsAnswer(ask).tc().octets()};
    return std::vector<std::string>(1000, DnsAnswer(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets());
  });
  const Subject subject = subject_of(server, {&server}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::protocol) << seen.error->message;
  EXPECT_EQ(test::verdicts(seen, subject), "fiiii");
  EXPECT_LT(seen.transcript.lines().size(), 50u);
}

TEST(DnsFloods, OfDatagramsEnd) {
  const DnsServer server([](const DnsAsk& ask) {
    if (ask.tcp) return std::vector<std::string>{};
    return std::vector<std::string>(5000, DnsAnswer(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets());
  });
  const Subject subject = subject_of(server, {&server}, "starship.python.test");
  const test::MemoryPeak memory;
  const Observation seen = test::observe(kDnsType, subject, std::chrono::seconds(6));
  EXPECT_LT(memory.octets(), test::kMostMemory);
  ASSERT_TRUE(seen.error);
  EXPECT_LT(seen.transcript.lines().size(), 50u);
  EXPECT_EQ(test::verdicts(seen, subject).find('p'), std::string::npos);
}

}  // namespace
}  // namespace drydock
