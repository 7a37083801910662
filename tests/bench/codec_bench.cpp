// What the octets of servers cost to read.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/imap_response.hpp"
#include "probes/codec/reply.hpp"
#include "tests/support/dns_server.hpp"

namespace drydock {
namespace {

/// What Exim answers to EHLO.
constexpr std::string_view kEhlo =
    "250-starship.python.test Hello probe.elsewhere.test [127.0.40.1]\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
    "250-PIPELINING\r\n250-PIPECONNECT\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-PRDR\r\n250-AUTH PLAIN LOGIN\r\n"
    "250 HELP\r\n";

void count_octets(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(each) * state.iterations());
}

void reply_ehlo(benchmark::State& state) {
  ReplyParser parser;
  for ([[maybe_unused]] const auto turn : state) {
    const auto taken = parser.feed(kEhlo);
    if (!taken || !parser.complete()) return state.SkipWithError("the reply is not taken");
    const Capabilities said = parse_capabilities(parser.take());
    benchmark::DoNotOptimize(said.mechanisms());
  }
  count_octets(state, kEhlo.size());
}
BENCHMARK(reply_ehlo);

void reply_one_line(benchmark::State& state) {
  constexpr std::string_view kLine = "550 5.1.1 <no-such-user@starship.python.test>: Unrouteable address";
  ReplyParser parser;
  for ([[maybe_unused]] const auto turn : state) {
    const auto complete = parser.add_line(kLine);
    if (!complete || !*complete) return state.SkipWithError("the reply is not taken");
    benchmark::DoNotOptimize(parser.take());
  }
  count_octets(state, kLine.size());
}
BENCHMARK(reply_one_line);

void read_imap(benchmark::State& state, std::string_view octets, std::int64_t responses) {
  ImapResponseReader reader;
  for ([[maybe_unused]] const auto turn : state) {
    std::int64_t count = 0;
    for (std::string_view rest = octets; !rest.empty();) {
      const auto response = reader.feed(rest);
      if (!response) return state.SkipWithError(response.error().message.c_str());
      if (*response) ++count;
      benchmark::DoNotOptimize(response);
    }
    if (count != responses) return state.SkipWithError("the responses are not told apart");
  }
  count_octets(state, octets.size());
  state.SetItemsProcessed(responses * state.iterations());
}

void imap_select(benchmark::State& state) {
  read_imap(state,
            "* FLAGS (\\Draft \\Answered \\Flagged \\Deleted \\Seen \\Recent)\r\n* OK [PERMANENTFLAGS (\\* \\Draft "
            "\\Answered \\Flagged \\Deleted \\Seen)] Limited\r\n* 172 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY "
            "1062003112] Ok\r\n* OK [MYRIGHTS \"acdilrsw\"] ACL\r\n* OK [UIDNEXT 4392] Predicted\r\nd3 OK [READ-WRITE] "
            "Ok\r\n",
            8);
}
BENCHMARK(imap_select);

/// A message of range(0) octets, as one literal.
void imap_fetch(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string octets = "* 12 FETCH (UID 44827313 FLAGS (\\Seen) BODY[] {" + std::to_string(size) + "}\r\n" +
                             std::string(size, 'x') + ")\r\n";
  read_imap(state, octets, 1);
}
BENCHMARK(imap_fetch)->Arg(4 * 1024)->Arg(512 * 1024);

/// An answer of range(0) records with the zone's SOA record.
void dns_decode(benchmark::State& state) {
  dns::Query query;
  query.name = "starship.python.test";
  query.type = "A";
  query.id = 0x1234;
  test::DnsAsk ask;
  ask.octets = *dns::encode(query);
  ask.id = query.id;
  test::DnsAnswer answer(ask);
  for (std::int64_t i = 0; i < state.range(0); ++i)
    answer.aa().answer(query.name, test::kA, 300, test::wire_ip("127.0.20." + std::to_string(i % 254 + 1)));
  const std::string octets = answer.authority("python.test", test::kSoa, 3600, test::wire_soa(2003082701)).octets();
  for ([[maybe_unused]] const auto turn : state) {
    const auto message = dns::decode(octets);
    if (!message || !dns::why_foreign(*message, query).empty()) return state.SkipWithError("the answer is not taken");
    benchmark::DoNotOptimize(dns::resolve(*message, query.name, query.type));
  }
  count_octets(state, octets.size());
}
BENCHMARK(dns_decode)->Arg(1)->Arg(50);

}  // namespace
}  // namespace drydock
