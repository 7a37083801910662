#pragma once
#include <memory>
#include <string>

#include "probes/smtp/type.hpp"
#include "tests/unit/smtp/fake_smtp.hpp"

namespace drydock::test {

/// The types as they are, but for the pause between connections: none.
ProbeType quick_smtp();
ProbeType quick_relay();

/// The greatest number of 4xx and 5xx replies that one connection of the transcript holds.
int most_errors_on_a_connection(const Observation& seen);

/// The value of the parameter `scanner` with `refuses: gtube`.
Parameters::Value scanner_that_refuses();

/// A fake server and a subject that fits it: name and hostname mail.test, domain mail.test, recipients jim and kathy,
/// account jim, vantage prober.test. Change both before observe().
struct SmtpScene {
  SmtpScene();

  /// Runs the probe against the server.
  const Observation& observe();
  /// What the check says of the last observation; observes first where nothing was.
  Judgement judge(std::string_view check);
  /// Ids of the checks that fail, one a word.
  std::string red();
  /// Ids of the checks with this verdict, one a word.
  std::string with(Verdict verdict);

  TestCa ca;
  CertificateOptions certificate = {.names = {"mail.test"}};
  FakeSmtp server;
  Subject subject;
  ProbeType type = quick_smtp();
  bool implicit = false;
  bool proves_itself = true;  ///< as PeerOptions
  int newest_tls = 0;         ///< as PeerOptions::maximum_version
  Duration patience = std::chrono::seconds(20);
  Duration connection{0};          ///< ProbeContext::patience
  std::vector<FakeSmtp> later;     ///< the servers of the connections after the first; empty: all are `server`
  std::vector<std::string> heard;  ///< all lines that the server heard
  std::size_t connections = 0;     ///< that were made
  std::string complaints;
  std::unique_ptr<Observation> seen;
};

}  // namespace drydock::test
