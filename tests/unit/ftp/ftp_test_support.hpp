#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "probes/ftp/type.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

/// An FTP server for tests: one folder, one account, any reply can be replaced. Must outlive the peer that uses it.
struct FtpServer {
  std::map<std::string, std::string> instead;  ///< verb → the reply that is given in place of the usual one
  std::map<std::string, Script> moves;         ///< verb → what is done in place of the usual reply
  std::map<std::string, std::string> files;
  bool tls_required = true;
  bool anonymous = false;
  bool anonymous_in_clear = false;  ///< outside TLS only
  bool cuts_strangers = false;      ///< hangs up on USER anonymous inside TLS
  /// To USER outside TLS, where it is required: 421 is followed by a hang-up; empty: the hang-up alone.
  std::string refusal_in_clear = "550 SSL/TLS required on the control channel";
  std::string any_password_of;      ///< may log in with any
  std::string advertise;            ///< the numbers of the 227 reply; empty: the right ones
  bool bare_passive = false;        ///< without parentheses round them
  std::string listed_under;         ///< what NLST puts before each name
  bool damage = false;              ///< what comes down is not what went up
  bool keep_files = false;          ///< DELE says that it did and does not
  bool close_after_upload = false;  ///< hangs up once a file is stored
  bool discard_uploads = false;     ///< takes files and keeps none
  std::atomic<bool> stall_after_upload = false;
  std::function<void()> after_upload;  ///< called once, when the first file is stored and nothing was said of it yet
  /// Ends the data connection of a STOR, and says so once the client has sent another command; empty: it takes uploads.
  /// "hang up": ends the control connection instead.
  std::string late_refusal;

  /// The script of one connection.
  Script script() {
    return {say("220 ftp.test ready"), act([this](PeerConnection& peer) { serve(peer); })};
  }

private:
  void serve(PeerConnection& peer) {
    bool tls = false;
    bool protect = false;
    std::string user;
    for (;;) {
      const std::string line = peer.line();
      const std::string verb = line.substr(0, line.find(' '));
      const std::string argument = line.size() > verb.size() ? line.substr(verb.size() + 1) : "";
      if (const auto found = instead.find(verb); found != instead.end()) {
        peer.follow({say(found->second)});
        if (found->second.starts_with("421")) return;
        continue;
      }
      if (const auto found = moves.find(verb); found != moves.end()) {
        peer.follow(found->second);
        continue;
      }
      if (verb == "QUIT") return peer.follow({say("221 bye")});
      if (verb == "AUTH") {
        peer.follow({say("234 go ahead")});
        peer.start_tls();
        tls = true;
      } else if (verb == "FEAT") {
        peer.follow({say("211-Features:\r\n AUTH TLS\r\n SIZE\r\n211 End")});
      } else if (verb == "PROT") {
        protect = argument == "P";
        peer.follow({say("200 set")});
      } else if (verb == "USER" && tls_required && !tls) {
        if (!refusal_in_clear.empty()) peer.follow({say(refusal_in_clear)});
        if (refusal_in_clear.empty() || refusal_in_clear.starts_with("421")) return;
      } else if (verb == "USER" && cuts_strangers && tls && argument == "anonymous") {
        return;
      } else if (verb == "USER") {
        user = argument;
        peer.follow({say("331 Password required")});
      } else if (verb == "PASS") {
        const bool right = (user == "jim" && argument == "right-horse-42") || user == any_password_of ||
                           (user == "anonymous" && (anonymous || (anonymous_in_clear && !tls)));
        peer.follow({say(right ? "230 logged in" : "530 Login incorrect.")});
      } else if (verb == "PWD") {
        peer.follow({say("257 \"/\" is the current directory")});
      } else if (verb == "PASV") {
        const std::string numbers = advertise.empty() ? "{pasv}" : advertise + ",{pasv_port}";
        peer.follow({open_data(), say("227 Entering Passive Mode " + (bare_passive ? numbers : "(" + numbers + ")."))});
      } else if (verb == "SIZE") {
        peer.follow({say("213 " + std::to_string(files[argument].size()))});
      } else if (verb == "DELE") {
        if (!keep_files) files.erase(argument);
        peer.follow({say("250 deleted")});
      } else if (verb == "STOR" && !late_refusal.empty()) {
        peer.follow({data_end()});
        peer.line();
        if (late_refusal == "hang up") return;
        peer.follow({say(late_refusal)});
      } else if (verb == "NLST" || verb == "STOR" || verb == "RETR") {
        if (!transfer(peer, verb, argument, protect)) return;
      } else {
        peer.follow({say("200 ok")});
      }
    }
  }

  bool transfer(PeerConnection& peer, const std::string& verb, const std::string& name, bool protect) {
    Script script{say("150 here it comes")};
    if (protect) script.push_back(data_tls());
    if (verb == "STOR") {
      script.push_back(data_hear());
    } else {
      std::string octets;
      if (verb == "RETR") octets = files[name];
      if (verb == "NLST")
        for (const auto& [file, content] : files) octets += listed_under + file + "\r\n";
      if (verb == "RETR" && damage) octets[octets.size() / 2] ^= 1;
      script.push_back(data_say(octets));
      script.push_back(data_end());
    }
    peer.follow(script);
    if (verb == "STOR" && !discard_uploads) files[name] = peer.data();
    if (verb == "STOR" && after_upload) std::exchange(after_upload, nullptr)();
    if (verb == "STOR" && close_after_upload) return false;
    if (verb == "STOR" && stall_after_upload.exchange(false)) peer.stall();
    peer.follow({say("226 Transfer complete")});
    return true;
  }
};

inline Subject ftp_subject(const Endpoint& to, const std::string& tls = "starttls") {
  Subject subject = subject_at(to, "ftp.test");
  subject.expected.hostname = "ftp.test";
  subject.expected.wrong_names = {"drydock.test"};
  subject.parameters.set("tls", tls);
  return subject;
}

inline Subject with_account(Subject subject, const std::string& password = "right-horse-42") {
  subject.parameters.set("as", Account{"jim", "jim", "jim@ftp.test", Secret::of("jim", password)});
  return subject;
}

inline Subject with_everything(Subject subject) {
  subject = with_account(std::move(subject));
  subject.parameters.set("round_trip", std::string("drydock-t-1"));
  subject.parameters.set("anonymous", std::string("refused"));
  subject.parameters.set("clear", std::string("refused"));
  return subject;
}

inline Judgement judge_ftp(std::string_view id, const Observation& seen, const Subject& subject) {
  return judge(kFtpType, id, seen, subject);
}

/// The ids of the checks with this verdict, joined by spaces, without `ftp.`.
inline std::string with_verdict(Verdict verdict, const Observation& seen, const Subject& subject) {
  std::string ids;
  for (const CheckSpec& check : kFtpType.checks) {
    if (check.judge(seen, subject).verdict != verdict) continue;
    ids += (ids.empty() ? "" : " ") + std::string(check.id.substr(4));
  }
  return ids;
}

inline std::string failed(const Observation& seen, const Subject& subject) {
  return with_verdict(Verdict::fail, seen, subject);
}

/// What one run of the probe saw.
struct Seen {
  Observation observation;
  Subject subject;
  std::vector<std::string> heard;

  [[nodiscard]] std::string failed() const { return test::failed(observation, subject); }
  [[nodiscard]] std::string unclear() const { return with_verdict(Verdict::inconclusive, observation, subject); }
  [[nodiscard]] Judgement judge(std::string_view id) const { return judge_ftp(id, observation, subject); }
};

/// Runs the probe against an FtpServer that proves itself.
class FtpTest : public testing::Test {
protected:
  Seen look(FtpServer& server, const std::function<void(Subject&)>& change = {},
            Duration patience = std::chrono::seconds(20), bool proves_itself = true) {
    const ScriptedPeer peer(server.script(),
                            {.certificate = ca_.issue({.names = {"ftp.test"}}), .proves_itself = proves_itself});
    Subject subject = with_everything(ftp_subject(peer.endpoint()));
    subject.surroundings.trust = ca_.trust_file();
    if (change) change(subject);
    Observation seen = observe(kFtpType, subject, patience);
    return {std::move(seen), std::move(subject), peer.heard()};
  }

  TestCa ca_;
};

}  // namespace drydock::test
