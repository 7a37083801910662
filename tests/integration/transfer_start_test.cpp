// Before the first action: are these the machines that the scenario means?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/plan/event.hpp"
#include "tests/integration/starship_move.hpp"

namespace drydock {
namespace {

using net::ChildResult;
using test::count;
using test::entry;
using test::StarshipMove;
using testing::AllOf;
using testing::HasSubstr;

void expect_untouched(const StarshipMove& move) {
  EXPECT_EQ(move.lab().on("old", "test -e /etc/nologin || echo untouched"), "untouched");
  EXPECT_EQ(count(move.events(), entry(event::ActionIntended::kKind)), 0);
}

void refuse_swapped_addresses(StarshipMove& move) {
  move.keep_journal_at(move.lab().folder() / "swapped.journal");
  for (const bool dry : {true, false}) {
    test::Words swapped{"--set", "old=127.0.20.1", "--set", "new=127.0.10.1"};
    if (dry) swapped.emplace_back("--dry-run");
    const ChildResult refused = move.say("cutover", swapped);
    EXPECT_EQ(refused.exit, 1) << refused.out << refused.err;
    EXPECT_THAT(refused.out, AllOf(HasSubstr("no-go: gate transfer-starts"), HasSubstr("are the addresses swapped?")));
  }
  expect_untouched(move);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void refuse_one_machine_under_two_addresses(StarshipMove& move) {
  move.keep_journal_at(move.lab().folder() / "one.journal");
  const auto lab = move.lab().folder() / "lab";
  const auto give = [&](const std::string& id, const std::string& text) {
    std::ofstream(lab / "new" / id, std::ios::trunc) << text;  // the inode stays: it is mounted
  };
  const std::string machine = contents(lab / "new/etc/machine-id"), boot = contents(lab / "new/boot-id");
  give("etc/machine-id", contents(lab / "old/etc/machine-id"));
  give("boot-id", contents(lab / "old/boot-id"));
  const ChildResult refused = move.say("cutover");
  EXPECT_EQ(refused.exit, 1) << refused.out << refused.err;
  EXPECT_THAT(refused.out, HasSubstr("are one and the same machine"));
  expect_untouched(move);
  give("etc/machine-id", machine);
  give("boot-id", boot);
}

void hold_where_a_host_cant_be_asked(StarshipMove& move) {
  move.keep_journal_at(move.lab().folder() / "unseen.journal");
  const auto keys = move.lab().folder() / "lab/keys/known_hosts";
  const std::string known = contents(keys);
  std::filesystem::rename(keys, keys.string() + ".away");
  const ChildResult held = move.say("cutover", {"--dry-run"});
  EXPECT_NE(held.exit, 0) << held.out << held.err;
  EXPECT_THAT(held.out, HasSubstr("gate transfer-starts"));
  std::filesystem::rename(keys.string() + ".away", keys);
  expect_untouched(move);
}

/// Adds a probe that looks at one TLS port of both hosts.
void look_at_certificates_of_both(const StarshipMove& move) {
  const auto file = move.lab().folder() / "starship.yaml";
  std::string text = contents(file);
  const std::string before = "  - id: pop3s-certificate\n";
  text.insert(text.find(before), "  - {id: certificate-of-both, on: [old, new], tls: {port: 993}}\n");
  std::ofstream(file, std::ios::trunc) << text;
}

TEST(TransferOnPracticeHosts, BeginsOnlyOnTheMachinesThatAreMeant) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  StarshipMove move;
  ASSERT_TRUE(move.lab().up()) << move.lab().said();
  refuse_swapped_addresses(move);
  refuse_one_machine_under_two_addresses(move);
  hold_where_a_host_cant_be_asked(move);
  move.keep_journal_at(move.lab().folder() / "starship.journal");
  const auto report = move.lab().folder() / "begun.json";
  look_at_certificates_of_both(move);
  const ChildResult begun =
      move.say("cutover", {"--until", "disable-logins-on-old", "--report", "json=" + report.string()});
  EXPECT_EQ(begun.exit, 0) << begun.out << begun.err;
  EXPECT_THAT(contents(report),
              HasSubstr(R"("check": "start.certificates","row": null,"severity": "critical","verdict": "pass")"))
      << "each host has a certificate of its own";
  EXPECT_THAT(begun.out, HasSubstr("gate transfer-starts (before disable-logins-on-old): go"));
}

}  // namespace
}  // namespace drydock
