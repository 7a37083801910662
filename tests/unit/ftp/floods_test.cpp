// Whatever a server sends without end: the probe ends soon, keeps little, and passes nothing that it did not see.
#include <gmock/gmock.h>

#include "probes/ftp/facts.hpp"
#include "tests/support/memory_peak.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

constexpr Duration kPatience{40'000};
constexpr Duration kSoon{25'000};

class FtpFloods : public FtpTest, public testing::WithParamInterface<std::string> {
protected:
  /// What a server comes to that makes these moves in place of its reply to that command.
  Seen flooded(const std::string& verb, const Script& moves) {
    FtpServer server;
    server.moves[verb] = moves;
    const MemoryPeak memory;
    const auto start = Clock::now();
    Seen seen = look(server, {}, kPatience);
    (void)seen.unclear();
    EXPECT_LT(memory.octets(), kMostMemory) << verb;
    EXPECT_LT(Clock::now() - start, kSoon) << verb << ": it has an end of its own, before the deadline";
    EXPECT_LT(seen.observation.transcript.lines().size(), Transcript::kMaxLines) << verb;
    return seen;
  }
};

TEST_P(FtpFloods, InPlaceOfAReply) {
  const std::string& verb = GetParam();
  const bool has_data = verb == "NLST" || verb == "STOR" || verb == "RETR";
  for (const auto& [begin, again] :
       {std::pair("", "A"), std::pair("", "\r\n"), std::pair("200-first\r\n", "200-more\r\n"),
        std::pair("200-first\r\n", " more\r\n"), std::pair("", "150 wait\r\n"), std::pair("200 ", "ok ")}) {
    // One 150 sends the client to the data connection: what follows is not read before that has ended.
    if (has_data && std::string_view(again).starts_with("150")) continue;
    const Seen seen = flooded(verb, {send(begin), endless(again)});
    const auto& error = seen.observation.error;
    EXPECT_TRUE(!error || error->kind != ErrorKind::timeout) << verb << begin << again;
    EXPECT_NE(seen.judge("ftp.round-trip").verdict, Verdict::pass) << verb << begin << again;
    EXPECT_NE(seen.judge("ftp.wrong-password").verdict, Verdict::pass) << verb << begin << again;
  }
}

INSTANTIATE_TEST_SUITE_P(At, FtpFloods,
                         testing::Values("FEAT", "AUTH", "USER", "PBSZ", "PASV", "NLST", "STOR", "RETR", "DELE"));

using FtpFloodsOfData = FtpFloods;

TEST_F(FtpFloodsOfData, AnEndlessListingIsNoFaultOfTheHost) {
  for (const char* again : {"a-file-name\r\n", "A"}) {
    const Seen seen = flooded("NLST", {say("150 here it comes"), data_tls(), data_endless(again)});
    ASSERT_TRUE(seen.observation.error);
    EXPECT_EQ(seen.observation.error->kind, ErrorKind::local) << seen.observation.error->message;
    EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation).substr(0, 2000);
    EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::inconclusive);
  }
}

TEST_F(FtpFloodsOfData, AnEndlessDownloadIsNotWhatWasUploaded) {
  const Seen seen = flooded("RETR", {say("150 here it comes"), data_tls(), data_endless("octets")});
  EXPECT_EQ(seen.failed(), "round-trip") << transcript_text(seen.observation).substr(0, 2000);
}

}  // namespace
}  // namespace drydock::test
