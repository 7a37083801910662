#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "fixtures/lab/process.hpp"
#include "fixtures/lab/running_supervisor.hpp"
#include "tests/unit/lab/practice_lab.hpp"

namespace drydock::lab {
namespace {

using testing::HasSubstr;
using testing::Not;

class LabHosts : public testing::Test {
protected:
  void SetUp() override {
    if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
    lab_.emplace(options_);
    ASSERT_EQ(lab_->trouble(), "");
  }
  std::string say(const std::string& line) const { return lab_->say(line); }

  UpOptions options_;
  std::optional<PracticeLab> lab_;
};

class MovedLab : public LabHosts {
protected:
  MovedLab() { options_.moved = true; }
};

TEST_F(LabHosts, ServeEverythingThatWillMove) {
  EXPECT_THAT(say("send --to jim@$C -tls"), HasSubstr("250 OK id="));
  EXPECT_THAT(say("sleep 1; fetch -u jim:$P \"imaps://$C/INBOX;MAILINDEX=*\""), HasSubstr("X-Lab-Scan: clean"));
  EXPECT_THAT(say("curl -sS --cacert $L/ca.pem --resolve $C:995:$NEW -u jim:$P pop3s://$C/"), HasSubstr("1 "));
  EXPECT_THAT(say("send --port 587 -tls -a LOGIN -au jim -ap $P --to kathy@$C -q RCPT"), HasSubstr("250 Accepted"));
  EXPECT_THAT(say("send --port 587 -tls --to kathy@$C -q RCPT"), HasSubstr("530 5.7.0 Authentication required"));
  EXPECT_THAT(say("fetch \"https://$C/~jim/hello.spy?q=a\""), HasSubstr("md5: 0cc175b9c0f1b6a831c399e269772661"));
  EXPECT_THAT(say("fetch https://$C/zope/"), HasSubstr("behind the proxy"));
  EXPECT_THAT(say("fetch -o /dev/null -w '%{http_code} %{redirect_url}' http://$C/x"),
              HasSubstr("301 https://starship.python.test/x"));
  EXPECT_THAT(say("fetch -o /dev/null -w '%{redirect_url}' https://$C/crew/jim"),
              HasSubstr("https://starship.python.test/~jim/"));
  EXPECT_THAT(say("curl -sS --cacert $L/ca.pem --resolve gallery.python.test:443:$NEW https://gallery.python.test/"),
              HasSubstr("The Gallery"));
  EXPECT_THAT(say("curl -sS -m 3 imap://$NEW/; curl -sS -m 3 pop3://$NEW/"),
              AllOf(HasSubstr("port 143"), HasSubstr("port 110")));
  EXPECT_THAT(say("dig +short @127.0.53.3 $C"), HasSubstr("127.0.10.1"));
  EXPECT_THAT(say("dig +short @127.0.53.3 example.com; dig @127.0.53.3 example.com | grep status"),
              HasSubstr("SERVFAIL"));
}

TEST_F(LabHosts, AnswerSystemctlAsARealHostDoes) {
  EXPECT_EQ(say("on $NEW 'systemctl is-active exim4 cron nonesuch; echo $?'"), "active\ninactive\ninactive\n0\n");
  EXPECT_EQ(say("on $NEW 'systemctl is-active cron nonesuch; echo $?'"), "inactive\ninactive\n4\n");
  EXPECT_EQ(say("on $NEW 'systemctl stop exim4.service; systemctl is-active exim4; echo $?'"), "inactive\n3\n");
  EXPECT_THAT(say("curl -sS -m 3 smtp://$NEW"), HasSubstr("connect"));
  EXPECT_EQ(
      say("on $NEW 'systemctl start exim4 && systemctl reload exim4 apache2 && systemctl restart ssh && echo $?'"),
      "0\n");
  EXPECT_THAT(say("send --to jim@$C -q RCPT"), HasSubstr("250 Accepted"));
  EXPECT_THAT(say("on $NEW 'systemctl start nonesuch; echo $?'"), HasSubstr("5\n"));
  EXPECT_THAT(say("on $NEW 'systemctl frobnicate exim4; echo $?'"), HasSubstr("1\n"));
  EXPECT_EQ(say("on $NEW 'systemctl enable exim4 && systemctl daemon-reload && echo fine'"), "fine\n");
}

TEST_F(LabHosts, KeepStrangersWaitingUntilMailIsOpened) {
  const char* stranger =
      "swaks --local-interface 127.0.40.2 --server $NEW --from s@elsewhere.test --to jim@$C --ehlo s.test -q RCPT";
  EXPECT_THAT(say(stranger), HasSubstr("450 4.3.2"));
  EXPECT_THAT(say("send --to jim@$C -q RCPT"), HasSubstr("250 Accepted"));
  say("on $NEW /usr/local/sbin/open-mail");
  EXPECT_THAT(say(stranger), HasSubstr("250 Accepted"));
  say("on $NEW /usr/local/sbin/close-mail");
  EXPECT_THAT(say(stranger), HasSubstr("450 4.3.2"));
}

TEST_F(LabHosts, AreRenamedInParts) {
  EXPECT_THAT(say("on $NEW \"become $C --only hostname; hostname; cat /etc/hostname /etc/mailname\""),
              HasSubstr("starship.python.test\nstarship.python.test\ndrydock.python2.test\n"));
  EXPECT_THAT(say("send --to jim@$C -q EHLO"), HasSubstr("220 drydock.python2.test"));
  EXPECT_THAT(say("on $NEW \"become $C --only exim\""), HasSubstr("exim is now"));
  EXPECT_THAT(say("send --to jim@$C -q EHLO"), HasSubstr("220 starship.python.test"));
  EXPECT_THAT(say("on $NEW 'grep -c \"ServerName drydock\" /etc/apache2/apache2.conf'"), HasSubstr("1"));
  EXPECT_THAT(say("on $NEW \"become $C --only apache; grep ^ServerName /etc/apache2/apache2.conf\""),
              HasSubstr("ServerName starship.python.test"));
  EXPECT_THAT(say("on $NEW 'become drydock.python2.test; hostname'"), HasSubstr("drydock.python2.test"));
  EXPECT_THAT(say("send --to jim@$C -q EHLO"), HasSubstr("220 drydock.python2.test"));
  EXPECT_THAT(say("on $NEW 'become $(echo \"a;b\"); echo $?'"), HasSubstr("2\n"));
}

TEST_F(LabHosts, FreezeAndCopyAsThePlanSays) {
  const std::string jim =
      "ssh -F /dev/null -i $L/keys/jim -o UserKnownHostsFile=$L/keys/known_hosts -o BatchMode=yes jim@";
  EXPECT_THAT(say(jim + "$OLD id"), HasSubstr("uid=51001(jim)"));
  EXPECT_THAT(say(jim + "$NEW id"), HasSubstr("/etc/nologin"));
  EXPECT_EQ(say("on $OLD 'systemctl stop exim4 courier-imap-ssl courier-pop-ssl cron; echo closed > /etc/nologin; "
                "mount -o remount,ro /home; findmnt -no OPTIONS /home | cut -d, -f1; touch /home/x 2>&1 | grep -c "
                "Read-only'"),
            "ro\n1\n");
  EXPECT_THAT(say(jim + "$OLD id"), HasSubstr("/etc/nologin"));
  EXPECT_THAT(say("curl -sS --cacert $L/ca.pem --ssl-reqd --resolve $C:21:$OLD -u jim:$P ftp://$C/"), HasSubstr("530"));
  EXPECT_THAT(say("curl -sS --cacert $L/ca.pem --resolve $C:443:$OLD \"https://$C/~jim/guestbook.cgi?x\""),
              HasSubstr("closed"));
  const std::string copy = "rsync -aHAX --numeric-ids --delete -e ssh ";
  EXPECT_THAT(say("on $NEW '" + copy + "-ni ops@old:/home/ /home/'"),
              AllOf(HasSubstr("jim/notes.txt"), HasSubstr("*deleting   jim/draft.txt")));
  EXPECT_EQ(say("on $NEW '" + copy + "ops@old:/home/ /home/ && " + copy + "-nic ops@old:/home/ /home/; echo done'"),
            "done\n");
  EXPECT_EQ(say("on $OLD 'mount -o remount,rw /home; systemctl start exim4; touch /home/x && echo back'"), "back\n");
}

TEST_F(LabHosts, TouchNothingOfTheMachine) {
  const std::string machine = read_file("/etc/hostname") + read_file("/etc/passwd");
  EXPECT_THAT(say("on $NEW 'touch /usr/x /opt/x; touch /etc/x /var/x /usr/local/x /tmp/x /run/x /home/x && echo own'"),
              AllOf(HasSubstr("own"), HasSubstr("'/usr/x': Read-only"), HasSubstr("'/opt/x': Read-only")));
  EXPECT_EQ(read_file("/etc/hostname") + read_file("/etc/passwd"), machine);
  for (const char* path : {"/etc/x", "/var/x", "/usr/local/x", "/run/x", "/home/x", "/etc/exim4/mail-open"}) {
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
  }
  EXPECT_THAT(read_file("/proc/self/mountinfo"), Not(HasSubstr("/run/lab")));
}

TEST_F(LabHosts, AreTwoMachinesAndNoneIsThisOne) {
  const char* ask = " 'cat /etc/machine-id; cat /proc/sys/kernel/random/boot_id; cat /var/lib/dbus/machine-id'";
  const std::string old_host = say(std::string("on $OLD") + ask);
  const std::string new_host = say(std::string("on $NEW") + ask);
  for (const std::string& each : {old_host, new_host}) {
    EXPECT_THAT(each, testing::MatchesRegex("[0-9a-f]{32}\n[0-9a-f-]{36}\n[0-9a-f]{32}\n"));
    EXPECT_EQ(each.substr(0, 33), each.substr(70));
    EXPECT_NE(each.substr(0, 33), read_file("/etc/machine-id"));
    EXPECT_NE(each.substr(33, 37), read_file("/proc/sys/kernel/random/boot_id"));
  }
  EXPECT_NE(old_host.substr(0, 33), new_host.substr(0, 33));
  EXPECT_NE(old_host.substr(33, 37), new_host.substr(33, 37));

  EXPECT_EQ(say("on $NEW 'systemctl restart ssh && become starship.python.test >/dev/null'"), "");
  EXPECT_EQ(say(std::string("on $NEW") + ask), new_host);
  EXPECT_EQ(say("on $NEW 'echo x > /proc/sys/kernel/random/boot_id' 2>&1 | grep -c Read-only"), "1\n");

  EXPECT_EQ(say("for id in etc/machine-id boot-id; do cat $L/old/$id > $L/new/$id; done"), "");
  EXPECT_EQ(say(std::string("on $NEW") + ask), old_host);
}

TEST_F(LabHosts, TakeDnsUpdatesWithTheKeyOnly) {
  const std::string update =
      "printf 'server 127.0.53.1\\nzone python.test\\nupdate delete starship.python.test A\\n"
      "update add starship.python.test 300 A 127.0.20.1\\nsend\\n' | nsupdate ";
  EXPECT_THAT(say(update + "&& echo taken"), Not(HasSubstr("taken")));
  EXPECT_THAT(say(update + "-k $L/keys/tsig && echo taken"), HasSubstr("taken"));
  EXPECT_EQ(say("for i in $(seq 100); do dig +short @127.0.53.2 $C A | grep 127.0.20.1 && exit; sleep 0.1; done"),
            "127.0.20.1\n");
}

TEST_F(MovedLab, IsAsAfterAFinishedTransfer) {
  EXPECT_EQ(say("dig +short @127.0.53.1 $C A; dig +short @127.0.53.2 $C A; dig +short @127.0.53.1 -x $NEW"),
            "127.0.20.1\n127.0.20.1\nstarship.python.test.\n");
  EXPECT_EQ(say("on $NEW 'hostname; test -e /etc/nologin || echo open; test -e /home/jim/notes.txt && echo copied'"),
            "starship.python.test\nopen\ncopied\n");
  EXPECT_THAT(
      say("swaks --local-interface 127.0.40.2 --server $NEW --from s@elsewhere.test --to jim@$C --ehlo s.test -q RCPT"),
      AllOf(HasSubstr("220 starship.python.test"), HasSubstr("250 Accepted")));
  EXPECT_THAT(say("curl -sS -m 3 smtp://$OLD; curl -sS -m 3 imaps://$OLD"),
              AllOf(HasSubstr("port 25"), HasSubstr("port 993")));
  EXPECT_EQ(say("on $OLD 'findmnt -no OPTIONS /home | cut -d, -f1; test -e /etc/nologin && echo closed; systemctl "
                "is-active exim4'"),
            "ro\nclosed\ninactive\n");
}

bool eventually_gone(pid_t pid) {
  for (int i = 0; i < 500; ++i) {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (stat.empty() || stat.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST_F(LabHosts, EndWithTheirSupervisorHoweverItEnds) {
  const auto running = running_supervisor(lab_->place().run);
  ASSERT_TRUE(running);
  const pid_t supervisor = running->pid;
  // A daemon of the lab, seen from outside: any child of the supervisor.
  const std::string children =
      need_tool({"/bin/sh", "-c", "cat /proc/" + std::to_string(supervisor) + "/task/*/children"});
  std::istringstream words(children);
  std::vector<pid_t> daemons;
  for (pid_t pid = 0; words >> pid;) daemons.push_back(pid);
  ASSERT_GT(daemons.size(), 10u);
  kill(supervisor, SIGKILL);
  EXPECT_TRUE(eventually_gone(supervisor));
  for (const pid_t pid : daemons) EXPECT_TRUE(eventually_gone(pid));
  std::ostringstream out, err;
  EXPECT_EQ(status(lab_->place(), out, err), kNotRunning);
  EXPECT_EQ(down(lab_->place(), out, err), kDone);
  EXPECT_TRUE(std::filesystem::is_empty(lab_->place().run));
}

TEST_F(LabHosts, ExecBecomesTheCommandInTheLabsNetwork) {
  const auto run = [&](const std::vector<std::string>& argv) {
    const pid_t child = fork();
    if (child == 0) {
      std::ostringstream err;
      _exit(exec(lab_->place(), argv, err));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(run({"/bin/sh", "-c", "exit 41"}), 41);
  EXPECT_EQ(run({"/bin/sh", "-c", "grep -q ':0019 00000000:0000 0A' /proc/net/tcp"}), 0);
  EXPECT_EQ(run({"no-such-command"}), 127);
}

TEST(Lab, NamesWhoHoldsAPort) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  // Copy 231 is no other test's.
  const std::string script =
      "use Socket; socket(S,PF_INET,SOCK_STREAM,0); bind(S,sockaddr_in(25,inet_aton('127.231.20.1'))) or die; "
      "listen(S,1);"
      "syswrite(STDOUT,\"x\"); sleep 60";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    execlp("perl", "perl", "-e", script.c_str(), nullptr);
    _exit(127);
  }
  char octet = 0;
  ASSERT_EQ(read(ends[0], &octet, 1), 1);
  UpOptions options;
  options.place.copy = 231;
  std::ostringstream out, err;
  EXPECT_EQ(up(options, out, err), kCannot);
  EXPECT_THAT(err.str(), HasSubstr("127.231.20.1:25 (TCP): perl (process " + std::to_string(child) + ")"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(Lab, RefusesWhatItDoesNotKnow) {
  UpOptions options;
  options.faults = {"F9999"};
  std::ostringstream out, err;
  EXPECT_EQ(up(options, out, err), kUsage);
  EXPECT_THAT(err.str(), HasSubstr("no such fault: F9999"));
  options = {};
  options.place.copy = 256;
  EXPECT_EQ(up(options, out, err), kUsage);
  EXPECT_EQ(fault({}, "nothing", out, err), kUsage);
  EXPECT_EQ(status({"/nowhere", 0}, out, err), kNotRunning);
  EXPECT_EQ(down({"/tmp", 0}, out, err), kNotRunning);
}

TEST(Lab, TakesNoFolderThatHoldsSomethingElse) {
  if (!can_run_labs()) GTEST_SKIP() << "needs root and the lab's servers";
  std::string folder = "/var/tmp/drydock-other.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  write_file(folder + "/precious", "data");
  UpOptions options;
  options.netns = true;
  options.place.run = folder;
  std::ostringstream out, err;
  EXPECT_EQ(up(options, out, err), kCannot);
  EXPECT_THAT(err.str(), HasSubstr("no lab's folder"));
  EXPECT_EQ(read_file(folder + "/precious"), "data");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace drydock::lab
