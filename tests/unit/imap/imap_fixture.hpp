#pragma once
#include <optional>
#include <string>
#include <vector>

#include "probes/imap/probe.hpp"
#include "probes/imap/type.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

inline constexpr auto kPassword = "right-horse-42";

inline Account jim() {
  return {.id = "jim", .login = "jim", .mail = "jim@mail.test", .password = Secret::of("jim", kPassword)};
}

inline Script operator+(Script first, const Script& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// `CAPABILITY` answered with these words.
inline Script offers(const std::string& words) {
  return {hear("d"), say("* CAPABILITY " + words), say("{tag} OK done")};
}
inline Script greets(const std::string& words = "IMAP4rev1 UIDPLUS AUTH=PLAIN") {
  return Script{say("* OK [CAPABILITY " + words + "] ready")} + offers(words);
}
inline Script logs_in(const std::string& words = "IMAP4rev1 UIDPLUS IDLE") {
  return Script{hear("d"), say("{tag} OK LOGIN Ok."), hear("d"), say("* 3 EXISTS"), say("{tag} OK [READ-ONLY] Ok")} +
         offers(words);
}
inline Script logs_out() {
  return {hear("d")};
}
/// A second connection on which a wrong password is tried and `answer` given.
inline Script wrong_password(const std::string& answer) {
  return Script{say("* OK [CAPABILITY IMAP4rev1] ready"), hear("d"), say("{tag} " + answer), hear("d")};
}

/// One imap probe against a scripted server that speaks implicit TLS, with no pause between two logins.
struct ImapRun {
  explicit ImapRun(std::vector<Script> scripts, CertificateOptions certificate = {})
      : peer(std::move(scripts),
             {.certificate = ca.issue(certificate), .implicit_tls = true, .proves_itself = proves(certificate)}) {
    plan.port = peer.port();
    plan.account = jim();
    plan.pause_before_second_login = Duration(10);
    subject = subject_at(peer.endpoint());
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("tls", std::string("implicit"));
    subject.parameters.set("as", jim());
  }

  const Observation& run(Duration patience = std::chrono::seconds(20)) {
    seen = observe(*make_imap_probe(plan), subject, patience);
    return seen;
  }
  [[nodiscard]] Judgement judge(std::string_view check) const { return test::judge(kImapType, check, seen, subject); }
  [[nodiscard]] Verdict verdict(std::string_view check) const { return judge(check).verdict; }
  /// Ids of the checks with this verdict, in the table's order.
  [[nodiscard]] std::vector<std::string> with(Verdict verdict_wanted) const {
    std::vector<std::string> ids;
    for (const auto& check : kImapType.checks)
      if (check.judge(seen, subject).verdict == verdict_wanted) ids.emplace_back(check.id);
    return ids;
  }

  static bool proves(const CertificateOptions& certificate) {
    return !certificate.self_signed && certificate.days_left > 0 && certificate.names == CertificateOptions{}.names;
  }

  TestCa ca;
  ScriptedPeer peer;
  ImapPlan plan;
  Subject subject;
  Observation seen;
};

}  // namespace drydock::test
