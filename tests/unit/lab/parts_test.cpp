#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "fixtures/lab/assets.hpp"
#include "fixtures/lab/certificate.hpp"
#include "fixtures/lab/control.hpp"
#include "fixtures/lab/draft.hpp"
#include "fixtures/lab/fault.hpp"
#include "fixtures/lab/listener.hpp"
#include "fixtures/lab/process.hpp"
#include "fixtures/lab/unit.hpp"

namespace drydock::lab {
namespace {

using testing::HasSubstr;

TEST(LabTemplate, PutsVariablesInAndLeavesOtherMarks) {
  const Variables variables{{"NS1", "127.0.53.1"}, {"COPY", "3"}};
  EXPECT_EQ(fill("listen: @NS1@@53", variables), "listen: 127.0.53.1@53");
  EXPECT_EQ(fill("@ SOA ns1 jim@home @COPY@", variables), "@ SOA ns1 jim@home 3");
  EXPECT_EQ(fill("^.*[@%!] @", variables), "^.*[@%!] @");
}

TEST(LabTemplate, RefusesAVariableThatIsNotThere) {
  EXPECT_THROW(fill("x @NOWHERE@ y", {}), std::logic_error);
}

TEST(LabTemplate, CopiesHaveAddressesOfTheirOwn) {
  Settings settings;
  settings.copy = 7;
  EXPECT_EQ(settings.new_host(), "127.7.20.1");
  EXPECT_EQ(common_variables(settings).at("PROBER"), "127.7.40.1");
}

TEST(LabDraft, RefusesAnEditThatChangesNothing) {
  Draft draft = host_draft("new");
  EXPECT_THROW(draft.replace("/etc/exim4/exim4.conf", "no such line", "x"), std::logic_error);
  EXPECT_THROW(draft.remove("/etc/nothing"), std::logic_error);
  EXPECT_THROW(draft.rename("/etc/nothing", "/etc/x"), std::logic_error);
}

TEST(LabSettings, IPv6StandsBesideIPv4OnlyWhereThereIsSome) {
  Settings settings;
  settings.copy = 7;
  EXPECT_EQ(host_addresses(settings, "new").at("ADDRESSES"), "127.7.20.1");
  EXPECT_EQ(common_variables(settings).at("WITH6"), "# ");
  settings.ipv6 = true;
  EXPECT_EQ(host_addresses(settings, "new").at("ADDRESSES"), "127.7.20.1 ; fd7f:7:20::1");
  EXPECT_EQ(common_variables(settings).at("WITH6"), "");
}

TEST(LabDraft, HasNoVariableThatIsNotThere) {
  Settings settings;
  Variables variables = common_variables(settings);
  variables.merge(host_addresses(settings, "new"));
  for (const char* own : {"HOST", "HOSTNAME", "EXIM_NAME", "APACHE_NAME", "GAMIN", "TSIG", "TRANSFER"})
    variables[own] = "x";
  for (const char* host : {"old", "new"}) {
    const Draft draft = host_draft(host);
    for (const auto& [path, file] : draft.files()) EXPECT_NO_THROW(fill(file.text, variables)) << path;
  }
  const Draft dns = dns_draft();
  for (const auto& [path, file] : dns.files()) EXPECT_NO_THROW(fill(file.text, variables)) << path;
}

TEST(LabDraft, PublishWritesChangesAndRemovesWhatIsGone) {
  std::string folder = "/tmp/drydock-draft.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  Settings settings;
  settings.folder = folder;
  std::map<std::string, std::string> shown;
  Draft draft;
  draft.put("/etc/a", {"one @X@\n"});
  draft.put("/usr/local/bin/b", {"two\n", 0755});
  publish(settings, "new", draft, {{"X", "1"}}, shown);
  EXPECT_EQ(read_file(settings.folder / "new/etc/a"), "one 1\n");
  EXPECT_EQ(read_file(settings.folder / "new/local/bin/b"), "two\n");
  draft.remove("/usr/local/bin/b");
  publish(settings, "new", draft, {{"X", "2"}}, shown);
  EXPECT_EQ(read_file(settings.folder / "new/etc/a"), "one 2\n");
  EXPECT_FALSE(std::filesystem::exists(settings.folder / "new/local/bin/b"));
  std::filesystem::remove_all(folder);
}

TEST(LabFaults, HoldsEveryFaultThatIsPromised) {
  std::set<std::string> names;
  for (const FaultEntry& entry : fault_entries()) names.insert(entry.name);
  for (const char* name :
       {"F01", "F04", "F06",  "F08",  "F10",  "F12",  "F14",           "F17",      "F18",      "F21", "F49",
        "F50", "F52", "F68",  "F69",  "F70",  "F72",  "F73",           "F76",      "F82",      "F92", "F96",
        "F97", "F98", "F104", "F106", "F128", "F130", "seed-crew-cgi", "seed-ssi", "seed-rdns"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(LabFaults, EachChangesADraftThatIsThere) {
  Settings settings;
  std::set<std::string> units{"knot"};
  for (const UnitSpec& unit : host_units(settings, "new")) units.insert(unit.name);
  for (const Fault& fault : all_faults()) {
    SCOPED_TRACE(fault.entry.name);
    Draft host = host_draft("new");
    Draft dns = dns_draft();
    for (const FaultChange& change : fault.changes) {
      if (const auto* edit = std::get_if<ReplaceText>(&change)) {
        EXPECT_NO_THROW((edit->path.starts_with("/dns/") ? dns : host).replace(edit->path, edit->from, edit->to));
      } else if (const auto* removal = std::get_if<RemoveFile>(&change)) {
        EXPECT_NO_THROW(host.remove(removal->path));
      } else if (const auto* move = std::get_if<RenameFile>(&change)) {
        EXPECT_NO_THROW(host.rename(move->path, move->to));
      } else if (const auto* held = std::get_if<HoldUnit>(&change)) {
        EXPECT_TRUE(units.contains(held->unit)) << held->unit;
      } else if (const auto* started = std::get_if<StartUnit>(&change)) {
        EXPECT_TRUE(units.contains(started->unit)) << started->unit;
      }
    }
    for (const std::string& unit : fault.restart) EXPECT_TRUE(units.contains(unit)) << unit;
    EXPECT_THAT(fault.entry.check, testing::ContainsRegex("^([A-Z]+-[0-9][0-9]|expect\\.[a-z.]+)$"));
    for (const Consequence& more : fault.entry.also) {
      EXPECT_THAT(more.check, testing::ContainsRegex("^([A-Z]+-[0-9][0-9]|expect\\.[a-z.]+)$"));
      EXPECT_FALSE(more.because.empty());
    }
  }
}

TEST(LabFaults, AreFoundInAnyCase) {
  ASSERT_NE(find_fault("f04"), nullptr);
  EXPECT_EQ(find_fault("f04")->entry.name, "F04");
  ASSERT_NE(find_fault("SEED-SSI"), nullptr);
  EXPECT_EQ(find_fault("F999"), nullptr);
}

TEST(LabFaults, AWrongFileIsNamed) {
  const auto trouble = [](const char* text) -> std::string {
    try {
      read_fault("faults/x.yaml", text);
    } catch (const std::runtime_error& problem) {
      return problem.what();
    }
    return "";
  };
  EXPECT_THAT(trouble("fault: F1\ntitle: t\nred: SMTP-01\nphases: [before]\n"),
              HasSubstr("faults/x.yaml: changes nothing"));
  EXPECT_THAT(trouble("fault: F1\nchanges: []\n"), HasSubstr("unknown key changes"));
  EXPECT_THAT(trouble("fault: F1\ntitle: t\nchange: [{hold: exim4}]\nred: SMTP-01\n"), HasSubstr("shows in no phase"));
  EXPECT_THAT(trouble("fault: F1\ntitle: t\nchange: [{edit: /etc/x, replace: a}]\nred: S\nphases: [before]\n"),
              HasSubstr("needs with"));
}

TEST(LabCertificate, IsGoodForItsNamesUnderItsAuthority) {
  std::string folder = "/tmp/drydock-ca.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const Authority authority;
  const Credential leaf = authority.issue({"a.test", "b.test"}, {"127.0.0.9"});
  write_file(folder + "/ca.pem", authority.certificate());
  write_file(folder + "/leaf.pem", leaf.certificate);
  const auto verify = [&](const std::string& how, const std::string& what) {
    return run_tool(
               {"openssl", "verify", "-x509_strict", "-CAfile", folder + "/ca.pem", how, what, folder + "/leaf.pem"})
        .exit;
  };
  EXPECT_EQ(verify("-verify_hostname", "b.test"), 0);
  EXPECT_EQ(verify("-verify_ip", "127.0.0.9"), 0);
  EXPECT_NE(verify("-verify_hostname", "c.test"), 0);
  write_file(folder + "/other.pem", Authority().certificate());
  EXPECT_NE(run_tool({"openssl", "verify", "-CAfile", folder + "/other.pem", folder + "/leaf.pem"}).exit, 0);
  EXPECT_THAT(need_tool({"openssl", "x509", "-in", folder + "/leaf.pem", "-noout", "-checkend", "7000000"}),
              HasSubstr("will not"));
  std::filesystem::remove_all(folder);
}

TEST(LabPassword, IsCryptedAsShadowHoldsIt) {
  EXPECT_THAT(crypt_password("x"), testing::StartsWith("$6$"));
  EXPECT_NE(crypt_password("x"), crypt_password("x"));
  EXPECT_EQ(random_word(20).size(), 20u);
  EXPECT_NE(random_word(20), random_word(20));
}

TEST(LabUuid, IsWrittenAsTheKernelWritesIt) {
  const std::string uuid = random_uuid();
  EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(uuid, random_uuid());
}

TEST(LabTool, TellsExitAndOutputAndEndsWhatTakesTooLong) {
  const ToolResult told = run_tool({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(told.exit, 3);
  EXPECT_EQ(told.output, "out\nerr\n");
  EXPECT_THAT(run_tool({"/bin/sleep", "60"}, std::chrono::milliseconds(50)).output, HasSubstr("took too long"));
  EXPECT_EQ(run_forked([] { throw std::runtime_error("no luck"); }), "no luck");
  EXPECT_EQ(run_forked([] {}), "");
}

TEST(LabFile, IsWrittenThroughANameThatNobodyCanForesee) {
  std::string folder = "/tmp/drydock-file.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  write_file(folder + "/precious", "data");
  for (const char* guess : {"/x.new", "/x.tmp", "/x~"}) std::filesystem::create_symlink("precious", folder + guess);
  write_file(folder + "/x", "text", 0640);
  EXPECT_EQ(read_file(folder + "/precious"), "data");
  EXPECT_EQ(read_file(folder + "/x"), "text");
  EXPECT_EQ(std::filesystem::status(folder + "/x").permissions(), std::filesystem::perms(0640));
  EXPECT_THROW(write_file(folder + "/x", "other", 0644, "no-such-user:root"), std::runtime_error);
  EXPECT_EQ(read_file(folder + "/x"), "text");
  const auto count = std::distance(std::filesystem::directory_iterator(folder), {});
  EXPECT_EQ(count, 5) << "something was left behind";
  std::filesystem::remove_all(folder);
}

TEST(LabControl, CarriesWordsThereAndTheAnswerBack) {
  std::string folder = "/tmp/drydock-control.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  if (geteuid() != 0) GTEST_SKIP() << "the control socket answers root only";
  const Descriptor listener = listen_control(folder);
  const pid_t child = fork();
  if (child == 0) {
    serve_control(listener.get(),
                  [](const Words& words) { return Answer{4, words.at(0) + "|" + words.at(1) + "\n", "oops\n"}; });
    _exit(0);
  }
  const auto answer = call_control(folder, {"systemctl", ""});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->code, 4);
  EXPECT_EQ(answer->out, "systemctl|\n");
  EXPECT_EQ(answer->err, "oops\n");
  EXPECT_FALSE(call_control(folder + "/nowhere", {"x"}).has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace drydock::lab
