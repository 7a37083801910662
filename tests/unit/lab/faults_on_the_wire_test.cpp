#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/lab/practice_lab.hpp"

namespace drydock::lab {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What a fault changes, as somebody sees it who asks by hand.
struct Sight {
  const char* fault;
  const char* line;     ///< shell, for PracticeLab::say
  const char* healthy;  ///< part of what it says then
  const char* wrong;    ///< part of what it says under the fault, and not when healthy
};

const std::vector<Sight>& mail_sights() {
  static const std::vector<Sight> sights{
      {"F04", "send --to x@elsewhere.test -q RCPT", "550 relay not permitted", "250 Accepted"},
      {"F06", "send --to x%elsewhere.test@$C -q RCPT", "550 restricted characters", "250 Accepted"},
      {"F08", "send --to jim@$C -q EHLO | grep -c STARTTLS", "1\n", "0\n"},
      {"F10", "openssl s_client -connect $NEW:465 -servername $C </dev/null 2>&1 | grep ^subject",
       "CN = starship.python.test", "CN = drydock.python2.test"},
      {"F12", "send --port 587 -tls -a PLAIN -au jim -ap wrong -q AUTH", "535 ", "235 "},
      {"F14", "send --to captain@$C -q RCPT", "250 Accepted", "550 5.1.1"},
      {"F17", "swaks --local-interface 127.0.40.1 --server $NEW --from '<>' --to jim@$C -q RCPT", "250 Accepted",
       "550 mail without a sender"},
      {"F18", "send --to postmaster@$C -q RCPT; send --to postmaster -q RCPT", "250 Accepted", "550 5.1.1"},
      {"F21", "send --to jim@$C --body 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'",
       "550 the scanner", "250 OK id="},
  };
  return sights;
}

const std::vector<Sight>& mailbox_sights() {
  static const std::vector<Sight> sights{
      {"F49", "openssl s_client -connect $NEW:993 -servername $C </dev/null 2>&1 | grep ^subject",
       "CN = starship.python.test", "CN = drydock.python2.test"},
      {"F50", "curl -sS -m 10 -u jim:$P imap://$NEW/INBOX -X NOOP && echo in", "(7)", "in\n"},
      {"F52", "fetch -u jim:$P imaps://$C/INBOX -X NOOP && echo in || echo out", "in\n", "out\n"},
  };
  return sights;
}

const std::vector<Sight>& web_sights() {
  static const std::vector<Sight> sights{
      {"F68", "fetch -D - https://$C/~jim/hello.cgi?q=a", "0cc175b9c0f1b6a831c399e269772661",
       "application/octet-stream"},
      {"F69", "fetch -D - https://$C/~jim/hello.cgi?q=a", "0cc175b9c0f1b6a831c399e269772661", "403 Forbidden"},
      {"F70", "fetch -D - https://$C/~jim/hello.cgi?q=a", "0cc175b9c0f1b6a831c399e269772661", "500 Internal"},
      {"F72", "fetch https://$C/~jim/index.shtml", "A crew page of Starship Python", "<!--#include"},
      {"F73", "fetch https://$C/~jim/index.shtml", "A crew page of Starship Python", "[an error occurred"},
      {"F76", "fetch https://$C/", "<h1>Starship Python</h1>", "<h1>The Gallery</h1>"},
      {"F82", "fetch -L --max-redirs 5 https://$C/", "<h1>Starship Python</h1>", "(47)"},
      {"seed-crew-cgi", "fetch https://$C/~jim/hello.cgi?q=a; fetch https://$C/~jim/hello.spy?q=a", "<p>asked: a</p>",
       "#!/usr/local/bin/spy"},
      {"seed-ssi", "fetch https://$C/~jim/index.shtml", "A crew page of Starship Python", "<!--#include"},
      {"F92", "fetch -v --disable-epsv --ssl-reqd -u jim:$P ftp://$C/", "227 Entering Passive Mode (127,0,20,1",
       "227 Entering Passive Mode (10,0,0,5"},
      {"F96", "fetch --ssl-reqd -u anonymous:a@elsewhere.test ftp://$C/", "(67)", "welcome.txt"},
      {"F97", "fetch -u jim:$P ftp://$C/", "550", "public_html"},
      {"F98", "fetch -v --ssl-reqd -u jim:$P -T /etc/hostname ftp://$C/up.txt", "226 ", "550 up.txt"},
  };
  return sights;
}

const std::vector<Sight>& dns_sights() {
  static const std::vector<Sight> sights{
      {"F104",
       "[ \"$(dig +short @127.0.53.1 python.test SOA)\" = \"$(dig +short @127.0.53.2 python.test SOA)\" ] "
       "&& echo same || echo behind",
       "same", "behind"},
      {"F106", "dig @127.0.53.1 $C AAAA | grep -E 'ANSWER: |IN.AAAA.[0-9]'", "ANSWER: 0", "2001:db8:10::1"},
      {"F128", "dig @127.0.53.3 -x $NEW | grep -E 'status|PTR'", "drydock.python2.test.", "NXDOMAIN"},
      {"F130", "dig +short @127.0.53.1 -x $NEW; dig @127.0.53.1 nowhere.python.test | grep status",
       "drydock.python2.test.", "nowhere.python.test."},
      {"seed-rdns", "dig +short @127.0.53.3 -x $NEW", "drydock.python2.test.", "vps-20-1.elsewhere.test."},
  };
  return sights;
}

void look_at(const PracticeLab& lab, const std::vector<Sight>& sights) {
  for (const Sight& sight : sights) {
    SCOPED_TRACE(sight.fault);
    EXPECT_THAT(lab.say(sight.line), AllOf(HasSubstr(sight.healthy), Not(HasSubstr(sight.wrong))));
    EXPECT_THAT(lab.make_fault(sight.fault), HasSubstr(sight.fault));
    EXPECT_THAT(lab.say(sight.line), HasSubstr(sight.wrong));
    EXPECT_THAT(lab.mend_fault(sight.fault), HasSubstr("is mended"));
    EXPECT_THAT(lab.say(sight.line), AllOf(HasSubstr(sight.healthy), Not(HasSubstr(sight.wrong))));
  }
}

void look_at_all(const std::vector<Sight>& sights) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  const PracticeLab lab;
  ASSERT_EQ(lab.trouble(), "");
  look_at(lab, sights);
}

TEST(LabFaultsOnTheWire, Mail) {
  look_at_all(mail_sights());
}
TEST(LabFaultsOnTheWire, Mailboxes) {
  look_at_all(mailbox_sights());
}
TEST(LabFaultsOnTheWire, WebAndFiles) {
  look_at_all(web_sights());
}
TEST(LabFaultsOnTheWire, Dns) {
  look_at_all(dns_sights());
}

TEST(LabFaultsOnTheWire, SeveralOutliveARenameAndAreMendedOneByOne) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  UpOptions options;
  options.faults = {"f01", "SEED-SSI", "f04"};
  const PracticeLab lab(options);
  ASSERT_EQ(lab.trouble(), "");
  EXPECT_THAT(lab.say("on $NEW become $C"), HasSubstr("the host is now starship.python.test"));
  EXPECT_THAT(lab.say("on $NEW hostname"), HasSubstr("starship.python.test"));
  EXPECT_THAT(lab.say("send --to jim@$C -q EHLO"), HasSubstr("220 drydock.python2.test"));
  EXPECT_THAT(lab.mend_fault("F01"), HasSubstr("is mended"));
  EXPECT_THAT(lab.say("send --to x@elsewhere.test -q RCPT"),
              AllOf(HasSubstr("220 starship.python.test"), HasSubstr("250 Accepted")));
  EXPECT_THAT(lab.say("fetch https://$C/~jim/index.shtml"), HasSubstr("<!--#include"));
  EXPECT_THAT(lab.mend_fault("seed-ssi"), HasSubstr("is mended"));
  EXPECT_THAT(lab.say("fetch https://$C/~jim/index.shtml"), HasSubstr("A crew page"));
}

TEST(LabFaultsOnTheWire, ReverseDnsThatCanNotBeSetRefusesUpdates) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  const PracticeLab lab;
  ASSERT_EQ(lab.trouble(), "");
  const char* update =
      "printf 'server 127.0.53.1\\nzone 127.in-addr.arpa\\nupdate delete 1.20.0.127.in-addr.arpa PTR\\n"
      "update add 1.20.0.127.in-addr.arpa 300 PTR starship.python.test.\\nsend\\n' | nsupdate -k $L/keys/tsig && echo "
      "taken";
  lab.make_fault("seed-rdns");
  EXPECT_THAT(lab.say(update), Not(HasSubstr("taken")));
  lab.mend_fault("seed-rdns");
  EXPECT_THAT(lab.say(update), HasSubstr("taken"));
  EXPECT_THAT(lab.say("dig +short @127.0.53.1 -x $NEW"), HasSubstr("starship.python.test."));
}

TEST(LabFaultsOnTheWire, MendingLeavesARecordThatATransferSetMeanwhile) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  const PracticeLab lab;
  ASSERT_EQ(lab.trouble(), "");
  lab.make_fault("F128");
  lab.say(
      "printf 'server 127.0.53.1\\nzone 127.in-addr.arpa\\nupdate add 1.20.0.127.in-addr.arpa 300 PTR "
      "starship.python.test.\\nsend\\n' | nsupdate -k $L/keys/tsig");
  lab.mend_fault("F128");
  EXPECT_EQ(lab.say("dig +short @127.0.53.1 -x $NEW"), "starship.python.test.\n");
}

}  // namespace
}  // namespace drydock::lab
