#include "tests/cases/mail_host.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "probes/codec/base64.hpp"
#include "tests/support/password_wire.hpp"

namespace drydock::test {
namespace {

/// The answer to the longest beginning of the line that there is one for; nothing where there is none.
const std::string* prepared(const std::map<std::string, std::string>& answers, const std::string& line) {
  const std::string* found = nullptr;
  for (const auto& [beginning, answer] : answers)
    if (line.starts_with(beginning)) found = &answer;  // sorted: a longer one comes later
  return found;
}

std::mutex logins_lock;

class SmtpSession {
public:
  SmtpSession(const SmtpHost& host, PeerConnection& peer) : host_(host), peer_(peer), secure_(host.implicit) {}

  void serve() {
    peer_.send(host_.greeting + "\r\n");
    if (!host_.greeting.starts_with("220")) return;
    for (;;) {
      const std::string line = peer_.line();
      if (line == "NOOP") continue;  // was sent in clear behind STARTTLS: a right server drops it
      const std::string* own = prepared(host_.answers, line);
      peer_.send((own ? *own : usual(line)) + "\r\n");
      if (!own && line.starts_with("STARTTLS")) peer_.start_tls(), secure_ = true;
      if (line.starts_with("QUIT")) return;
      for (const auto& beginning : host_.hangs_up_after)
        if (line.starts_with(beginning)) return;
    }
  }

private:
  std::string usual(const std::string& line) {
    const auto says = [&](std::string_view word) { return line.starts_with(word); };
    const std::string& extensions = secure_ ? host_.secure_extensions : host_.extensions;
    if (says("EHLO")) return extensions.empty() ? "250 mail.test" : "250-mail.test\r\n250 " + extensions;
    if (says("STARTTLS")) return "220 go ahead";
    if (says("AUTH")) return secure_ ? auth(line) : "503 AUTH not advertised";
    if (says("RCPT TO:<jim@mail.test>") || says("RCPT TO:<postmaster") || says("RCPT TO:<Postmaster")) return "250 ok";
    if (says("RCPT")) return "550 unknown user";
    if (says("QUIT")) return "221 bye";
    if (!says("DATA")) return "250 ok";
    peer_.send("354 go on\r\n");
    while (peer_.line() != ".") {
    }
    return "250 ok id=1";
  }

  std::string auth(const std::string& line) {
    std::string login;
    std::string password;
    if (line.starts_with("AUTH LOGIN")) {
      peer_.send("334 VXNlcm5hbWU6\r\n");
      login = base64_decode(peer_.line()).value_or("");
      peer_.send("334 UGFzc3dvcmQ6\r\n");
      password = base64_decode(peer_.line()).value_or("");
    } else {
      const std::string both = base64_decode(line.substr(line.rfind(' ') + 1)).value_or("");
      const auto between = both.rfind('\0');
      if (between == std::string::npos || between == 0) return "501 what?";
      login = both.substr(1, between - 1);
      password = both.substr(between + 1);
    }
    const std::lock_guard held(logins_lock);
    host_.logins->push_back(login == "jim" && password == kTestPasswords[0]);
    return host_.logins->back() ? "235 welcome" : "535 Incorrect authentication data";
  }

  const SmtpHost& host_;
  PeerConnection& peer_;
  bool secure_;
};

}  // namespace

Script SmtpHost::script() const {
  return {act([host = *this](PeerConnection& peer) { SmtpSession(host, peer).serve(); })};
}

Script Mailboxes::smtp() {
  return {say("220 mail.test ESMTP"), act([this](PeerConnection& peer) {
            std::vector<std::string> recipients;
            for (;;) {
              const std::string line = peer.line();
              std::string answer = "250 ok";
              if (line.starts_with("QUIT")) return peer.send("221 bye\r\n");
              if (line.starts_with("RCPT TO:<")) recipients.push_back(line.substr(9, line.find('>') - 9));
              if (line.starts_with("RCPT TO:<") && !leads_to.contains(recipients.back())) answer = "550 unknown user";
              if (line.starts_with("DATA")) {
                peer.send("354 go on\r\n");
                std::string message;
                for (std::string text = peer.line(); text != "."; text = peer.line()) message += text + "\r\n";
                take(recipients, message);
                recipients.clear();
                answer = "250 ok id=1";
              }
              peer.send(answer + "\r\n");
            }
          })};
}

Script Mailboxes::imap() {
  return {say("* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready"), act([this](PeerConnection& peer) {
            std::string login;
            for (;;) {
              const std::string line = peer.line();
              const std::string tag = line.substr(0, line.find(' '));
              const std::string rest = line.substr(std::min(line.size(), tag.size() + 1));
              if (rest.starts_with("LOGOUT")) return;
              if (stalls_now(rest)) peer.stall();
              const std::string* own = prepared(imap_answers, rest);
              if (!own) peer.send(command(rest, login));
              peer.send(tag + " " + (own ? *own : "OK done") + "\r\n");
            }
          })};
}

std::size_t Mailboxes::left(const std::string& login) {
  const std::lock_guard held(lock_);
  return messages_[login].size();
}

std::size_t Mailboxes::taken() {
  const std::lock_guard held(lock_);
  return taken_;
}

std::size_t Mailboxes::shown() {
  const std::lock_guard held(lock_);
  return shown_;
}

bool Mailboxes::stalls_now(const std::string& command) {
  const std::lock_guard held(lock_);
  if (taken_ == 0 || stalls == 0 || command.find("HEADER") == std::string::npos) return false;
  --stalls;
  return true;
}

void Mailboxes::take(const std::vector<std::string>& recipients, const std::string& message) {
  const std::lock_guard held(lock_);
  ++taken_;
  for (const auto& recipient : recipients)
    for (const auto& login : leads_to.at(recipient)) messages_[login][next_uid_++] = message;
}

/// The untagged lines before the end of an answer.
std::string Mailboxes::command(const std::string& line, std::string& login) {
  const auto says = [&](std::string_view word) { return line.starts_with(word); };
  const std::lock_guard held(lock_);
  if (says("LOGIN")) {
    std::string name = line.substr(6, line.find(' ', 6) - 6);
    std::erase(name, '"');
    login = name;
  } else if (says("CAPABILITY")) {
    return "* CAPABILITY IMAP4rev1 UIDPLUS\r\n";
  } else if (says("SELECT")) {
    return fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 1] told\r\n* OK [UIDNEXT {}] next\r\n",
                       messages_[login].size(), next_uid_);
  } else if (says("UID SEARCH")) {
    return "* SEARCH" + find(line, login) + "\r\n";
  } else if (says("UID FETCH")) {
    return show(std::stoi(line.substr(10)), login);
  } else if (says("UID STORE")) {
    for (const auto& [uid, message] : messages_[login])
      if ((" " + line.substr(10)).find(fmt::format("{} ", uid)) != std::string::npos) marked_[login].insert(uid);
  } else if (says("UID EXPUNGE") || says("EXPUNGE")) {
    for (const int uid : marked_[login]) messages_[login].erase(uid);
    marked_[login].clear();
  }
  return "";
}

std::string Mailboxes::find(const std::string& criteria, const std::string& login) {
  if (criteria.find("DELETED NOT") != std::string::npos) return "";
  const auto field = criteria.find("HEADER ");
  std::string wanted = field == std::string::npos ? "" : criteria.substr(field + 7);
  std::erase(wanted, '"');
  if (!wanted.empty()) wanted.replace(wanted.find(' '), 1, ": ");
  std::string uids;
  for (const auto& [uid, message] : messages_[login])
    if (message.find(wanted) != std::string::npos) uids += fmt::format(" {}", uid);
  return uids;
}

std::string Mailboxes::show(int uid, const std::string& login) {
  ++shown_;
  const std::string& message = messages_[login][uid];
  const std::string header = message.substr(0, message.find("\r\n\r\n") + 4);
  return fmt::format("* 1 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", uid, header.size(), header);
}

std::string why_no_low_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  int first = 1024;
  file >> first;
  return geteuid() == 0 || first <= 587 ? ""
                                        : "mail is read at port 993 and submitted at 587, where only root may listen";
}

}  // namespace drydock::test
