#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/mail/facts.hpp"
#include "tests/unit/mail/heap_peak.hpp"
#include "tests/unit/mail/mail_fixture.hpp"

/// A probe holds 64 MiB at the most, whatever a server sends (README, Hostile peers). Here it is held to half of that.
namespace drydock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kMost = 32 * 1024 * 1024;
constexpr std::size_t kMebi = 1024 * 1024;

/// What a hostile server says to a line that begins with `word` (behind the tag); the tagged OK follows.
struct Hostile {
  std::string word;
  std::function<void(PeerConnection&)> says;
};

/// An IMAP or a POP3 server that is healthy but for that.
Script serves(std::shared_ptr<FakeInbox> inbox, MailAccess access, Hostile hostile) {
  const bool imap = access == MailAccess::imaps;
  struct Twisted : PeerConnection {
    Twisted(PeerConnection& inner, const Hostile& what, bool tagged) : client(inner), hostile(what), tags(tagged) {}
    std::string line() override {
      for (;;) {
        std::string heard = client.line();
        const std::size_t word = tags ? heard.find(' ') + 1 : 0;
        if (heard.compare(word, hostile.word.size(), hostile.word) != 0) return heard;
        hostile.says(client);
        if (tags) client.send(heard.substr(0, word) + "OK done\r\n");
      }
    }
    std::string octets(std::size_t count) override { return client.octets(count); }
    void send(const std::string& octets) override { client.send(octets); }
    void start_tls() override { client.start_tls(); }
    void hang_up() override { client.hang_up(); }
    void close_without_goodbye() override { client.close_without_goodbye(); }
    void reset() override { client.reset(); }
    void stall() override { client.stall(); }
    void follow(const Script& script) override { client.follow(script); }
    void complain(const std::string& what) override { client.complain(what); }
    [[nodiscard]] const std::string& last() const override { return client.last(); }
    [[nodiscard]] const std::string& data() const override { return client.data(); }
    PeerConnection& client;
    const Hostile& hostile;
    bool tags;
  };
  return {act([inbox, imap, hostile](PeerConnection& client) {
    Twisted twisted(client, hostile, imap);
    imap ? serve_imap(*inbox, twisted) : serve_pop3(*inbox, twisted);
  })};
}

/// `text` again and again, about `octets` of it.
std::string repeated(const std::string& text, std::size_t octets) {
  std::string all;
  while (all.size() < octets) all += text;
  return all;
}

struct HostileRun {
  HostileRun(MailAccess access, Hostile hostile) {
    MailRun test(smtp_script(), access);
    ScriptedPeer server(serves(test.inbox, access, std::move(hostile)),
                        {.certificate = test.ca.issue(), .implicit_tls = true});
    test.plan.read_port = server.port();
    test.plan.within = Duration(300);
    test.subject.parameters.set("within", test.plan.within);
    const HeapPeak peak;
    test.run(std::chrono::seconds(40));
    octets = peak.octets();
    transcript = transcript_text(test.seen);
    fails = test.with(Verdict::fail);
    delivered = test.judge("mail.delivered");
    copies = test.seen.get(kMail.copies) ? *test.seen.get(kMail.copies) : -1;
  }
  std::int64_t octets = 0;
  std::int64_t copies = 0;
  std::string transcript;
  std::vector<std::string> fails;
  Judgement delivered;
};

void sends(PeerConnection& client, const std::string& chunk, std::size_t octets) {
  for (std::size_t sent = 0; sent < octets; sent += chunk.size()) client.send(chunk);
}

TEST(MailMemory, IsBoundedWhereASearchGivesThousands) {
  const HostileRun test(MailAccess::imaps, {"UID SEARCH UID", [](PeerConnection& client) {
                                              std::string found = "* SEARCH";
                                              for (int uid = 8; uid < 8008; ++uid) found += fmt::format(" {}", uid);
                                              client.send(found + "\r\n");
                                            }});
  EXPECT_LT(test.octets, kMost);
  EXPECT_EQ(test.delivered.verdict, Verdict::inconclusive);
  EXPECT_THAT(test.delivered.message, HasSubstr("gave 8000, of which 500 are looked at"));
  EXPECT_THAT(test.fails, IsEmpty());
}

TEST(MailMemory, IsBoundedWhereEveryHeaderIsLongAndSaysWhatWasNotKept) {
  std::string found = "* SEARCH";
  for (int uid = 8; uid < 68; ++uid) found += fmt::format(" {}", uid);
  MailRun test;
  ScriptedPeer server(
      serves(test.inbox, MailAccess::imaps,
             {"UID",
              [&](PeerConnection& client) {
                const std::string& line = client.last();
                if (line.find("SEARCH UID 8:* HEADER") != std::string::npos) {
                  client.send(found + "\r\n");
                } else if (line.find("FETCH") != std::string::npos) {
                  const std::string header = "X-Cutover-Token: t-1\r\n" + repeated("X-A: bbbbbbbbbbbbbbbb\r\n", kMebi);
                  client.send(fmt::format("* 4 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n",
                                          std::stoi(line.substr(line.find("FETCH") + 6)), header.size(), header));
                }
              }}),
      {.certificate = test.ca.issue(), .implicit_tls = true});
  test.plan.read_port = server.port();
  const HeapPeak peak;
  test.run(std::chrono::seconds(60));
  EXPECT_LT(peak.octets(), kMost);
  EXPECT_EQ(*test.seen.get(kMail.copies), 60) << transcript_text(test.seen).substr(0, 2000);
  EXPECT_THAT(transcript_text(test.seen), HasSubstr("octets of the header of message 8 were not kept"));
}

TEST(MailMemory, IsBoundedWhateverOneAnswerOfImapHolds) {
  const std::string values = "* 4 FETCH (" + repeated("a ", 99'000) + ")\r\n";
  const std::string many_values = "* 4 FETCH (" + repeated("a ", 900'000) + ")\r\n";
  const std::string numbers = "* SEARCH" + repeated(" 1", 1'000'000) + "\r\n";
  const std::string words = "* OK [X] " + repeated("a ", 900'000) + "\r\n";
  const std::string unwanted = "* LIST " + repeated("a ", 900'000) + "\r\n";
  const std::string long_line = "* LIST " + repeated("a ", 8 * kMebi);
  for (const std::string& chunk : {values, many_values, numbers, words, unwanted, long_line}) {
    const std::string word = chunk.starts_with("* 4 FETCH") ? "UID FETCH" : "UID SEARCH UID";
    const HostileRun test(MailAccess::imaps, {word, [&](PeerConnection& client) { sends(client, chunk, 40 * kMebi); }});
    EXPECT_LT(test.octets, kMost) << chunk.substr(0, 20);
    EXPECT_EQ(test.delivered.verdict, Verdict::inconclusive) << chunk.substr(0, 20);
    EXPECT_THAT(test.fails, IsEmpty());
  }
}

TEST(MailMemory, IsBoundedWhereAHeaderHasNoEnd) {
  const HostileRun test(MailAccess::imaps, {"UID FETCH", [](PeerConnection& client) {
                                              client.send("* 4 FETCH (UID 8 BODY[HEADER] {4294967295}\r\n");
                                              sends(client, repeated("A: b\r\n", kMebi), 40 * kMebi);
                                            }});
  EXPECT_LT(test.octets, kMost);
  EXPECT_EQ(test.delivered.verdict, Verdict::inconclusive);
  EXPECT_THAT(test.delivered.message, HasSubstr("more than 32 MiB at once"));
  EXPECT_THAT(test.fails, IsEmpty());
}

TEST(MailMemory, IsBoundedWhateverPop3Sends) {
  const std::string entries = "+OK\r\n" + [] {
    std::string all;
    for (int number = 1; number <= 20'000; ++number) all += fmt::format("{} u{:060}\r\n", number, number);
    return all;
  }();
  const std::string header = "+OK\r\n" + repeated("A: bbbbbbbbbb\r\n", kMebi);
  for (const auto& [word, chunk] : std::vector<std::pair<std::string, std::string>>{
           {"UIDL", entries}, {"TOP", header}, {"UIDL", "+OK" + std::string(8 * kMebi, 'a')}}) {
    const HostileRun test(MailAccess::pop3s,
                          {word, [&octets = chunk](PeerConnection& client) { sends(client, octets, 40 * kMebi); }});
    EXPECT_LT(test.octets, kMost) << word;
    EXPECT_EQ(test.delivered.verdict, Verdict::inconclusive) << word;
    EXPECT_THAT(test.fails, IsEmpty());
  }
}

}  // namespace
}  // namespace drydock::test
