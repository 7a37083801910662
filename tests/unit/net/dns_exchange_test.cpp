#include "probes/net/dns_exchange.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/dns_server.hpp"
#include "tests/support/observe.hpp"

namespace drydock::net {
namespace {

using test::DnsAnswer;
using test::DnsAsk;
using test::DnsServer;
using testing::HasSubstr;

/// What asking one question came to.
struct Outcome {
  std::optional<DnsReply> reply;
  std::optional<Failure> failure;
  Transcript transcript;
  std::set<std::string> answered;

  [[nodiscard]] std::string data() const {
    if (failure) return std::string(to_string(failure->kind())) + ": " + failure->what();
    return reply->message.answer.empty() ? reply->message.rcode : reply->message.answer[0].data;
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& line : transcript.lines()) all += line.text + "\n";
    return all;
  }
};

Outcome ask(const Endpoint& server, Duration patience = std::chrono::seconds(20),
            const std::string& from = "127.0.0.1") {
  Outcome outcome;
  test::run_on_loop([&]() -> boost::asio::awaitable<void> {
    DnsPeer peer{server, from, Clock::now() + patience, &outcome.transcript, &outcome.answered};
    dns::Query query;
    query.name = "mail.test";
    query.type = "A";
    try {
      DnsReply reply = co_await ask_dns(peer, query);
      outcome.reply = std::move(reply);
    } catch (const Failure& failure) {
      outcome.failure = failure;
    }
  });
  return outcome;
}

DnsAnswer right(const DnsAsk& ask) {
  return DnsAnswer(ask).aa().answer("mail.test", test::kA, 300, test::wire_ip("127.0.20.1"));
}
DnsAnswer wrong(const DnsAsk& ask) {
  return DnsAnswer(ask).aa().answer("mail.test", test::kA, 300, test::wire_ip("6.6.6.6"));
}

/// Name `a` whose owner of the only answer points at itself.
std::string looping(const DnsAsk& ask) {
  std::string octets = DnsAnswer(ask).octets();
  const auto self = static_cast<unsigned>(octets.size());
  octets[7] = 1;
  octets += static_cast<char>(0xC0U | self >> 8U);
  octets += static_cast<char>(self);
  return octets + std::string("\0\x01\0\x01\0\0\0\x01\0\x04\x06\x06\x06\x06", 14);
}

TEST(DnsExchange, AsksByUdp) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{right(ask).octets()}; });
  const Outcome outcome = ask(server.endpoint());
  EXPECT_EQ(outcome.data(), "127.0.20.1") << outcome.text();
  EXPECT_FALSE(outcome.reply->tcp);
  ASSERT_EQ(server.asks().size(), 1U);
  EXPECT_TRUE(server.asks()[0].edns);
  EXPECT_FALSE(server.asks()[0].rd);
  EXPECT_TRUE(outcome.answered.contains("127.0.0.1"));
}

TEST(DnsExchange, DialsFromTheVantage) {
  DnsServer server([](const DnsAsk& ask) {
    return std::vector{DnsAnswer(ask).answer("mail.test", test::kA, 1, test::wire_ip(ask.client.ip)).octets()};
  });
  EXPECT_EQ(ask(server.endpoint(), std::chrono::seconds(20), "127.0.40.7").data(), "127.0.40.7");
}

TEST(DnsExchange, SourceThatIsNotOursIsThisMachinesFault) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{right(ask).octets()}; });
  EXPECT_EQ(ask(server.endpoint(), std::chrono::seconds(20), "192.0.2.1").failure->kind(), ErrorKind::local);
}

TEST(DnsExchange, WaitsOnPastWrongIdAndWrongQuestion) {
  DnsServer server([](const DnsAsk& ask) {
    return std::vector{wrong(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets(),
                       wrong(ask).question("other.test", test::kA).octets(),
                       wrong(ask).question("mail.test", test::kMx).octets(), std::string("x"), right(ask).octets()};
  });
  const Outcome outcome = ask(server.endpoint());
  EXPECT_EQ(outcome.data(), "127.0.20.1");
  EXPECT_EQ(outcome.reply->dropped, 4);
  EXPECT_THAT(outcome.text(), HasSubstr("dropped a message"));
}

TEST(DnsExchange, DoesNotHearAnotherSource) {
  DnsServer server([](const DnsAsk& ask) {
    // A spoofer who knows everything but can't send from the server's address and port.
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(ask.client.port);
    inet_pton(AF_INET, ask.client.ip.c_str(), &to.sin_addr);
    const std::string lie = wrong(ask).octets();
    ::sendto(socket, lie.data(), lie.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    ::close(socket);
    return std::vector{right(ask).octets()};
  });
  EXPECT_EQ(ask(server.endpoint()).data(), "127.0.20.1");
}

TEST(DnsExchange, TruncatedAnswerIsAskedForByTcp) {
  DnsServer server(
      [](const DnsAsk& ask) { return std::vector{ask.tcp ? right(ask).octets() : DnsAnswer(ask).tc().octets()}; });
  const Outcome outcome = ask(server.endpoint());
  EXPECT_EQ(outcome.data(), "127.0.20.1");
  EXPECT_TRUE(outcome.reply->tcp);
}

TEST(DnsExchange, TruncatedInTheMiddleOfARecordIsAskedForByTcp) {
  DnsServer server([](const DnsAsk& ask) {
    return std::vector{ask.tcp ? right(ask).octets() : right(ask).tc().octets().substr(0, 30)};
  });
  EXPECT_EQ(ask(server.endpoint()).data(), "127.0.20.1");
}

TEST(DnsExchange, CompressionLoopIsAskedForByTcp) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{ask.tcp ? right(ask).octets() : looping(ask)}; });
  const Outcome outcome = ask(server.endpoint());
  EXPECT_EQ(outcome.data(), "127.0.20.1");
  EXPECT_TRUE(outcome.reply->tcp);
}

TEST(DnsExchange, CompressionLoopOverTcpTooBlamesTheHost) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{looping(ask)}; });
  const Outcome outcome = ask(server.endpoint());
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind(), ErrorKind::protocol);
}

TEST(DnsExchange, NothingButWrongIdsIsAskedForByTcp) {
  const auto foreign = [](const DnsAsk& ask) { return wrong(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets(); };
  DnsServer mended([&](const DnsAsk& ask) { return std::vector{ask.tcp ? right(ask).octets() : foreign(ask)}; });
  EXPECT_EQ(ask(mended.endpoint()).data(), "127.0.20.1");
  DnsServer broken([&](const DnsAsk& ask) { return std::vector{foreign(ask)}; });
  EXPECT_EQ(ask(broken.endpoint()).failure->kind(), ErrorKind::protocol);
}

TEST(DnsExchange, SilenceIsATimeoutAfterRetransmission) {
  DnsServer server([](const DnsAsk&) { return std::vector<std::string>{}; });
  const Outcome outcome = ask(server.endpoint(), std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome.failure->kind(), ErrorKind::timeout);
  EXPECT_THAT(outcome.failure->what(), HasSubstr("nothing came back"));
  EXPECT_EQ(server.asks().size(), 2U);
}

TEST(DnsExchange, LostQuestionIsAskedAgain) {
  std::atomic<int> count = 0;
  DnsServer server(
      [&](const DnsAsk& ask) { return ++count == 1 ? std::vector<std::string>{} : std::vector{right(ask).octets()}; });
  EXPECT_EQ(ask(server.endpoint()).data(), "127.0.20.1");
}

TEST(DnsExchange, ClosedPortIsRefused) {
  Endpoint nobody;
  {
    DnsServer server([](const DnsAsk&) { return std::vector<std::string>{}; });
    nobody = server.endpoint();
  }
  const Outcome outcome = ask(nobody);
  EXPECT_EQ(outcome.failure->kind(), ErrorKind::refused);
  EXPECT_TRUE(outcome.answered.contains("127.0.0.1"));
}

TEST(DnsExchange, TcpThatSaysNothingOrHalfEnds) {
  DnsServer closes([](const DnsAsk& ask) {
    return ask.tcp ? std::vector<std::string>{} : std::vector{DnsAnswer(ask).tc().octets()};
  });
  EXPECT_EQ(ask(closes.endpoint()).failure->kind(), ErrorKind::closed);
  DnsServer empty(
      [](const DnsAsk& ask) { return std::vector{ask.tcp ? std::string() : DnsAnswer(ask).tc().octets()}; });
  EXPECT_EQ(ask(empty.endpoint()).failure->kind(), ErrorKind::protocol);
}

TEST(DnsExchange, AnAnswerThatIsTruncatedOverTcpTooIsNone) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{right(ask).tc().octets()}; });
  const Outcome outcome = ask(server.endpoint());
  ASSERT_TRUE(outcome.failure) << outcome.text();
  EXPECT_EQ(outcome.failure->kind(), ErrorKind::protocol);
  EXPECT_THAT(outcome.failure->what(), HasSubstr("truncated over TCP"));
}

/// What was seen of UDP is told beside what became of TCP.
TEST(DnsExchange, TellsWhatWasSeenOfEachTransport) {
  const auto truncated = [](const DnsAsk& ask) { return std::vector{DnsAnswer(ask).tc().octets()}; };
  const auto unreadable = [](const DnsAsk& ask) { return std::vector{looping(ask)}; };
  const auto foreign = [](const DnsAsk& ask) {
    return std::vector{wrong(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets()};
  };
  struct Case {
    test::DnsHandler udp;
    std::string told;
    ErrorKind where_refused;
  };
  for (const Case& one : {Case{truncated, "over UDP is truncated", ErrorKind::refused},
                          Case{unreadable, "over UDP can't be read", ErrorKind::protocol},
                          Case{foreign, "over UDP is no answer", ErrorKind::refused}}) {
    const auto end_with = [&](test::DnsTcp tcp) {
      const DnsServer server(one.udp, "127.0.0.1", 0, tcp);
      return *ask(server.endpoint(), std::chrono::milliseconds(tcp == test::DnsTcp::silent ? 2500 : 20000)).failure;
    };
    const Failure refused = end_with(test::DnsTcp::refused);
    EXPECT_EQ(refused.kind(), one.where_refused) << refused.what();
    EXPECT_THAT(refused.what(), testing::AllOf(HasSubstr(one.told), HasSubstr("over TCP: "), HasSubstr("refused")));
    const Failure silent = end_with(test::DnsTcp::silent);
    EXPECT_EQ(silent.kind(), ErrorKind::timeout);
    EXPECT_THAT(silent.what(), testing::AllOf(HasSubstr(one.told), HasSubstr("over TCP: "), HasSubstr("in time")));
    EXPECT_THAT(silent.what(), testing::Not(HasSubstr("nothing came back")));
  }
}

TEST(DnsExchange, FloodOfForeignDatagramsEndsByTheDeadline) {
  DnsServer server([](const DnsAsk& ask) {
    if (ask.tcp) return std::vector<std::string>{};
    return std::vector<std::string>(5000, wrong(ask).id(static_cast<std::uint16_t>(ask.id + 1)).octets());
  });
  const Outcome outcome = ask(server.endpoint(), std::chrono::milliseconds(2500));
  EXPECT_TRUE(outcome.failure);
  EXPECT_LT(outcome.transcript.lines().size(), 20U);
}

TEST(DnsExchange, ServerThatChokesOnEdnsIsAskedWithout) {
  DnsServer server(
      [](const DnsAsk& ask) { return std::vector{ask.edns ? DnsAnswer(ask).rcode(1).octets() : right(ask).octets()}; });
  EXPECT_EQ(ask(server.endpoint()).data(), "127.0.20.1");
}

std::string with_edns(const DnsAnswer& answer) {
  std::string octets = answer.octets();
  octets[11] = 1;
  return octets + std::string("\0\0\x29\x04\xD0\0\0\0\0\0\0", 11);
}

TEST(DnsExchange, ServerThatKnowsEdnsAndRefusesItIsTold) {
  DnsServer server([](const DnsAsk& ask) {
    return std::vector{ask.edns ? with_edns(DnsAnswer(ask).rcode(1)) : right(ask).octets()};
  });
  const Outcome outcome = ask(server.endpoint());
  EXPECT_EQ(outcome.data(), "127.0.20.1");
  EXPECT_EQ(outcome.reply->chokes_on, DnsChoke::edns);
  EXPECT_EQ(outcome.reply->choked_rcode, "FORMERR");
  DnsServer stubborn([](const DnsAsk& ask) { return std::vector{with_edns(DnsAnswer(ask).rcode(1))}; });
  EXPECT_EQ(ask(stubborn.endpoint()).reply->chokes_on, DnsChoke::none) << "it answers so to every question";
}

/// The question's name as it came.
std::string name_in(const DnsAsk& ask) {
  return ask.octets.substr(13, 4) + "." + ask.octets.substr(18, 4);
}

TEST(DnsExchange, ServerThatKnowsNamesInLowerCaseOnlyIsTold) {
  DnsServer server([](const DnsAsk& ask) {
    return std::vector{name_in(ask) == "mail.test" ? right(ask).octets() : DnsAnswer(ask).rcode(3).octets()};
  });
  bool told = false;
  for (int i = 0; i < 8 && !told; ++i) {
    const Outcome outcome = ask(server.endpoint());
    EXPECT_EQ(outcome.data(), "127.0.20.1");
    told = outcome.reply->chokes_on == DnsChoke::mixed_case && outcome.reply->choked_rcode == "NXDOMAIN";
    if (told) EXPECT_THAT(outcome.text(), HasSubstr(name_in(server.asks().front()))) << "as it was sent";
  }
  EXPECT_TRUE(told);
  std::atomic<int> asked = 0;
  DnsServer changing([&](const DnsAsk& ask) {
    return std::vector{++asked == 1 ? DnsAnswer(ask).rcode(3).octets() : right(ask).octets()};
  });
  const Outcome changed = ask(changing.endpoint());
  EXPECT_EQ(changed.data(), "127.0.20.1");
  EXPECT_EQ(changed.reply->chokes_on, DnsChoke::none) << "the record was made between two questions";
  DnsServer empty([](const DnsAsk& ask) { return std::vector{DnsAnswer(ask).rcode(3).octets()}; });
  EXPECT_EQ(ask(empty.endpoint()).reply->chokes_on, DnsChoke::none);
  DnsServer shy([](const DnsAsk& ask) {
    return name_in(ask) == "mail.test" ? std::vector<std::string>{} : std::vector{DnsAnswer(ask).rcode(3).octets()};
  });
  EXPECT_EQ(ask(shy.endpoint(), std::chrono::milliseconds(700)).data(), "NXDOMAIN") << "the first answer stands";
}

TEST(DnsExchange, QuestionIsInMixedCaseAndCaseLossIsNoted) {
  DnsServer server([](const DnsAsk& ask) { return std::vector{right(ask).question("mail.test", test::kA).octets()}; });
  bool mixed = false;
  for (int i = 0; i < 8 && !mixed; ++i) {
    const Outcome outcome = ask(server.endpoint());
    EXPECT_EQ(outcome.data(), "127.0.20.1");
    mixed = outcome.text().find("did not keep the case") != std::string::npos;
  }
  EXPECT_TRUE(mixed);
}

TEST(DnsExchange, NamesInAnswersAreAsTheZoneWritesThem) {
  DnsServer server([](const DnsAsk& ask) {
    // The target is a pointer to the question's name, as servers write it.
    return std::vector{DnsAnswer(ask).answer("mail.test", test::kCname, 60, "\xC0\x0C").octets()};
  });
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(server.endpoint()).data(), "mail.test.");
}

TEST(DnsExchange, ServerTextIsParsedStrictly) {
  EXPECT_EQ(parse_dns_server("127.0.0.1")->text(), "127.0.0.1:53");
  EXPECT_EQ(parse_dns_server("127.0.0.1:5353")->text(), "127.0.0.1:5353");
  EXPECT_EQ(parse_dns_server("::1")->text(), "[::1]:53");
  EXPECT_EQ(parse_dns_server("[::1]:5353")->text(), "[::1]:5353");
  for (const char* text : {"", "ns1.test", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x",
                           "[127.0.0.1]:5", "[]:53", "127.0.0.1:123456"})
    EXPECT_FALSE(parse_dns_server(text)) << text;
}

}  // namespace
}  // namespace drydock::net
