// What drydock once said wrongly of FTP servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

/// An FTP server with one folder and one account, jim. Must outlive the peer that uses it.
struct FtpSite {
  std::map<std::string, std::string> files;
  std::string listed_under;                        ///< what NLST puts before each name
  bool keeps_files = false;                        ///< says that it deletes, and does not
  bool anonymous_in_clear = false;                 ///< strangers may log in where there is no TLS, and there alone
  std::string refusal_in_clear = "530 TLS first";  ///< to USER without TLS; hangs up after a 421

  [[nodiscard]] Script script() {
    return {say("220 ftp.test ready"), act([this](PeerConnection& peer) {
              Session session{.peer = peer};
              while (answer(session)) {
              }
            })};
  }

private:
  struct Session {
    PeerConnection& peer;
    std::string user = {};
    bool tls = false, protects = false;
  };

  bool answer(Session& now) {
    const std::string line = now.peer.line();
    const std::string verb = line.substr(0, line.find(' '));
    const std::string argument = line.size() > verb.size() ? line.substr(verb.size() + 1) : "";
    if (verb == "AUTH") {
      now.peer.follow({say("234 go ahead"), tls()});
      now.tls = true;
    } else if (verb == "PROT") {
      now.protects = argument == "P";
      now.peer.follow({say("200 set")});
    } else if (verb == "USER" && !now.tls && !anonymous_in_clear) {
      now.peer.follow({say(refusal_in_clear)});
      return !refusal_in_clear.starts_with("421");
    } else if (verb == "USER") {
      now.user = argument;
      now.peer.follow({say("331 Password required")});
    } else if (verb == "PASS") {
      const bool jim = now.user == "jim" && argument == "right-horse-42";
      const bool stranger = now.user == "anonymous" && !now.tls && anonymous_in_clear;
      now.peer.follow({say(jim || stranger ? "230 logged in" : "530 Login incorrect.")});
    } else if (verb == "PWD") {
      now.peer.follow({say("257 \"/\" is the current directory")});
    } else if (verb == "PASV") {
      now.peer.follow({open_data(), say("227 Entering Passive Mode ({pasv}).")});
    } else if (verb == "SIZE") {
      now.peer.follow({say("213 " + std::to_string(files[argument].size()))});
    } else if (verb == "DELE") {
      if (!keeps_files) files.erase(argument);
      now.peer.follow({say("250 deleted")});
    } else if (verb == "NLST" || verb == "STOR" || verb == "RETR") {
      transfer(now, verb, argument);
    } else {
      now.peer.follow({say(verb == "QUIT" ? "221 bye" : "200 ok")});
    }
    return verb != "QUIT";
  }

  void transfer(Session& now, const std::string& verb, const std::string& name) {
    now.peer.follow({say("150 here it comes")});
    if (now.protects) now.peer.follow({data_tls()});
    std::string octets = verb == "RETR" ? files[name] : "";
    if (verb == "NLST")
      for (const auto& file : files) octets += listed_under + file.first + "\r\n";
    now.peer.follow(verb == "STOR" ? Script{data_hear()} : Script{data_say(octets), data_end()});
    if (verb == "STOR") files[name] = now.peer.data();
    now.peer.follow({say("226 Transfer complete")});
  }
};

/// `drydock probe ftp` at such a site, as jim; `words` are further keys.
Said ask_ftp(FtpSite& site, std::vector<std::string> words, const std::string& password_file = "right-horse-42\n") {
  const TestCa ca;
  const TemporaryFolder folder;
  const std::string password = (folder.path() / "jim").string();
  std::ofstream(password) << password_file;
  const ScriptedPeer peer(site.script(), {.certificate = ca.issue({.names = {"ftp.test"}})});
  std::vector<std::string> all{"probe",
                               "ftp",
                               fmt::format("127.0.0.1:{}", peer.port()),
                               "--name",
                               "ftp.test",
                               "trust=" + ca.trust_file(),
                               fmt::format("as={{login: jim, password: {{file: {}}}}}", password)};
  all.insert(all.end(), words.begin(), words.end());
  return ask(std::move(all));
}

// vsftpd with allow_anon_ssl=NO: strangers are refused inside TLS and let in without.
TEST(FtpCases, StrangersAreTriedWithoutTlsToo) {
  FtpSite site;
  site.anonymous_in_clear = true;
  const Said said = ask_ftp(site, {"anonymous=refused"});
  EXPECT_EQ(said.verdict("ftp.anonymous"), "fail") << said.text;
}

// A long listing is no fault of the host's, and none of its firewall's.
TEST(FtpCases, ALongListingIsRead) {
  FtpSite site;
  const std::string filler(100, 'x');
  for (int i = 0; i < 12000; ++i) site.files[fmt::format("{}-{}", filler, i)] = "";
  const Said said = ask_ftp(site, {"round_trip=drydock-${token}"});
  EXPECT_EQ(said.verdict("ftp.passive-address"), "pass") << said.text;
  EXPECT_EQ(said.verdict("ftp.round-trip"), "pass") << said.text;
}

class FtpCasesPaths : public testing::TestWithParam<const char*> {};

// Some servers list whole paths: the file that went up is among them.
TEST_P(FtpCasesPaths, AreReadByTheirLastPart) {
  FtpSite site;
  site.listed_under = GetParam();
  site.files["readme"] = "hello";
  const Said said = ask_ftp(site, {"round_trip=drydock-${token}"});
  EXPECT_EQ(said.verdict("ftp.round-trip"), "pass") << said.text;
}

// And so is one that was left behind.
TEST_P(FtpCasesPaths, ShowAFileThatIsLeftBehind) {
  FtpSite site;
  site.listed_under = GetParam();
  site.keeps_files = true;
  const Said said = ask_ftp(site, {"round_trip=drydock-${token}"});
  EXPECT_EQ(said.verdict("ftp.round-trip"), "fail") << said.text;
  EXPECT_THAT(said.message("ftp.round-trip"), HasSubstr("still there"));
}

INSTANTIATE_TEST_SUITE_P(Listings, FtpCasesPaths, testing::Values("/home/jim/", "./", "//"));

// Pure-FTPd with TLS=2 sends everybody away who does not begin TLS: that is a refusal.
TEST(FtpCases, ToBeSentAwayWithoutTlsIsARefusal) {
  FtpSite site;
  site.refusal_in_clear = "421 Sorry, cleartext sessions are not accepted on this server.";
  const Said said = ask_ftp(site, {"clear=refused"});
  EXPECT_EQ(said.verdict("ftp.login"), "pass") << said.text;
  EXPECT_EQ(said.verdict("ftp.clear-login"), "pass") << said.text;
}

// A login that is refused may be the password's fault: what is odd about its file is said.
TEST(FtpCases, APasswordMayBeWrongItself) {
  for (const auto& [file, oddity] :
       {std::pair("\xEF\xBB\xBFright-horse-42\n", "byte order mark"), std::pair("right-horse-42 \n", "blank")}) {
    FtpSite site;
    const Said said = ask_ftp(site, {}, file);
    EXPECT_EQ(said.verdict("ftp.login"), "fail") << said.text;
    EXPECT_THAT(said.message("ftp.login"), HasSubstr("password itself may be wrong"));
    EXPECT_THAT(said.message("ftp.login"), HasSubstr(oddity));
  }
}

}  // namespace
}  // namespace drydock::test
