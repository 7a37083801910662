#include <gtest/gtest.h>

#include "probes/imap/type.hpp"
#include "tests/support/memory_peak.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

std::string repeated(const std::string& text, std::size_t octets) {
  std::string all;
  while (all.size() < octets) all += text;
  return all;
}

TEST(ImapFloods, TakeLittleMemoryWhateverTheServerOffers) {
  constexpr std::size_t kMebi = 1024 * 1024;
  const TestCa ca;
  const std::string line = "* CAPABILITY " + repeated("a ", 99'000) + "\r\n";
  for (const std::string& chunk : {line, "* CAPABILITY " + repeated("a ", 8 * kMebi)}) {
    ScriptedPeer server(Script{act([&](PeerConnection& client) {
                          client.send("* OK ready\r\n");
                          client.line();
                          for (std::size_t sent = 0; sent < 40 * kMebi; sent += chunk.size()) client.send(chunk);
                        })},
                        {.certificate = ca.issue(), .implicit_tls = true});
    Subject subject = subject_at(server.endpoint());
    subject.surroundings.trust = ca.trust_file();
    const MemoryPeak memory;
    const Observation seen = observe(kImapType, subject, std::chrono::seconds(40));
    EXPECT_LT(memory.octets(), kMostMemory);
    EXPECT_TRUE(seen.error);
  }
}

}  // namespace
}  // namespace drydock::test
