// Peers that are broken or mean harm: what drydock once let them do.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/cases/mail_host.hpp"
#include "tests/cases/verdicts.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/memory_peak.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The most resident memory, in octets, that any drydock of this process has had.
std::size_t most_memory() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return static_cast<std::size_t>(used.ru_maxrss) * 1024;
}

/// What drydock itself takes, a build without optimisation included, and what one probe may take besides.
constexpr std::size_t kBound = std::size_t{48} * 1024 * 1024 + kMostMemory;

/// An IMAP server that answers each search by `found` and each fetch by a header of this size.
Script endless_mailbox(const std::string& found, std::size_t header_size) {
  return {say("* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready"), act([found, header_size](PeerConnection& peer) {
            const std::string header = "X-Other: " + std::string(header_size, 'x') + "\r\n\r\n";
            for (;;) {
              const std::string line = peer.line();
              const std::string tag = line.substr(0, line.find(' '));
              const std::string rest = line.substr(tag.size() + 1);
              if (rest.starts_with("LOGOUT")) return;
              if (rest.starts_with("SELECT")) peer.send("* 3 EXISTS\r\n* OK [UIDNEXT 8] next\r\n");
              if (rest.starts_with("UID SEARCH") && rest.find("DELETED") == std::string::npos)
                peer.send("* SEARCH" + found + "\r\n");
              if (rest.starts_with("UID FETCH"))
                peer.send(fmt::format("* 1 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", std::stoi(rest.substr(10)),
                                      header.size(), header));
              peer.send(tag + " OK done\r\n");
            }
          })};
}

/// Sends mail to this address of this machine and looks for it in such a mailbox.
Said look_into(const Script& mailbox, const std::string& address) {
  const TestCa ca;
  Mailboxes boxes;
  const ScriptedPeer smtp(boxes.smtp(), {.address = address});
  const ScriptedPeer imap(
      mailbox,
      {.address = address, .port = 993, .certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = true});
  return run_scenario(fmt::format(R"(drydock: 1
name: hostile
names: {{canonical: mail.test}}
domains: [mail.test]
trust: ca.pem
hosts: {{new: {{address: {}}}}}
secrets: {{jim: {{file: jim.password}}}}
accounts: {{jim: {{login: jim, password: "${{secrets.jim}}", mail: jim@mail.test}}}}
probes: [{{id: m, timeout: 2s, mail: {{from: p@elsewhere.test, to: jim, port: {}, within: 500ms}}}}]
)",
                                  address, smtp.port()),
                      {{"ca.pem", ca.pem()}, {"jim.password", "right-horse-42\n"}});
}

// A mailbox in which everything is found, and everything is large, costs no more than its bound.
TEST(HostileCases, AMailboxWithoutEndKeepsWithinTheBound) {
  if (const auto why = why_no_low_ports(); !why.empty()) GTEST_SKIP() << why;
  std::string found;
  for (int uid = 8; uid < 408; ++uid) found += fmt::format(" {}", uid);
  const Said said = look_into(endless_mailbox(found, 1'000'000), "127.0.71.1");
  EXPECT_NE(said.verdict("mail.delivered"), "pass") << said.text;
  EXPECT_LT(most_memory(), kBound) << said.text.substr(0, 2000);
}

// Lines of many small words cost no more, either: a value costs what it holds.
TEST(HostileCases, ManySmallWordsKeepWithinTheBound) {
  const TestCa ca;
  const ScriptedPeer peer(Script{say("* OK ready"), act([](PeerConnection& client) {
                                   std::string words = "* CAPABILITY IMAP4rev1";
                                   while (words.size() < 65000) words += " a";
                                   words += "\r\n";
                                   const std::string tag = client.line();
                                   for (int line = 0; line < 128; ++line) client.send(words);
                                   client.send(tag.substr(0, tag.find(' ')) + " OK done\r\n");
                                   client.stall();
                                 })},
                          {.certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = true});
  const Said said = ask({"probe", "imap", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test",
                         "trust=" + ca.trust_file(), "timeout=8s"});
  EXPECT_FALSE(said.text.empty());
  EXPECT_LT(most_memory(), kBound) << said.text.substr(0, 2000);
}

/// A shell into which commands are pasted: the tools that they name do nothing, and `touch` notes that it ran.
class PasteShell {
public:
  PasteShell() {
    for (const char* tool : {"dig", "nc", "curl", "openssl", "swaks", "printf", "sleep", "ssh"}) write(tool, "exit 0");
    write("touch", ": > \"" + (folder_.path() / "RAN").string() + "\"");
  }
  /// Whether anything but the tools ran.
  [[nodiscard]] bool runs_more_than_tools(const std::string& command) const {
    const std::string script = (folder_.path() / "pasted").string();
    std::ofstream(script) << command << "\n";
    const std::string home = folder_.path().string();
    (void)!std::system(
        fmt::format("cd {0} && PATH={0} HOME={0} /bin/sh pasted >/dev/null 2>&1 </dev/null", home).c_str());
    return std::filesystem::exists(folder_.path() / "RAN") || std::filesystem::exists(folder_.path() / "PWNED");
  }

private:
  void write(const std::string& name, const std::string& line) {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path) << "#!/bin/sh\n" << line << "\n";
    ::chmod(path.c_str(), 0700);
  }
  TemporaryFolder folder_;
};

std::vector<std::string> commands_of(const Said& said) {
  std::vector<std::string> commands;
  if (!said.report.is_object()) return commands;
  for (const auto& result : said.report.at("results").as_array())
    if (const auto& command = result.at("reproduce"); command.is_string())
      commands.emplace_back(command.as_string().c_str());
  return commands;
}

const std::vector<std::string> kMean = {"x|touch$IFS$HOME/PWNED|y.test", "x`touch$IFS$HOME/PWNED`.test",
                                        "x$(touch$IFS$HOME/PWNED).test", "x';touch$IFS$HOME/PWNED;'y.test",
                                        "x\ntouch PWNED\ny.test",        "x&touch$IFS$HOME/PWNED&y.test"};

// A reverse name that holds a shell's words is quoted in the commands that are given to paste.
TEST(HostileCases, AReverseNameRunsNothingWhenACommandIsPasted) {
  for (const auto& mean : kMean) {
    const DnsServer server(serve_zone(".", 1, {{"1.0.0.127.in-addr.arpa.", kPtr, wire_name(mean)}}));
    const Said said = run_scenario(fmt::format(R"(drydock: 1
name: mean
hosts: {{new: {{address: 127.0.0.1}}}}
dns: {{authoritative: ["{}"], resolvers: ["{}"]}}
probes: [{{id: r, timeout: 4s, rdns: {{address: 127.0.0.1, name: good.test}}}}]
)",
                                               server.endpoint().text(), server.endpoint().text()));
    EXPECT_EQ(said.verdict("rdns.forward"), "fail") << said.text;
    const auto commands = commands_of(said);
    EXPECT_FALSE(commands.empty()) << said.text;
    for (const auto& command : commands) EXPECT_FALSE(PasteShell().runs_more_than_tools(command)) << command;
  }
}

// A length that no number holds is no length.
TEST(HostileCases, AContentLengthBeyondAllNumbersIsAProtocolError) {
  for (const char* length : {"9223372036854775808", "99999999999999999999999", "18446744073709551617"}) {
    const ScriptedPeer peer(
        Script{hear("GET "), hear_until(""),
               send(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n<p>page</p>",
                                length)),
               hang_up()});
    const Said said = ask({"probe", "http", fmt::format("127.0.0.1:{}", peer.port()), "--name", "site.test",
                           fmt::format("url=http://site.test:{}/", peer.port()), "timeout=5s"});
    EXPECT_EQ(said.verdict("http.answers"), "fail") << length << said.text;
  }
}

// Controls that turn the direction of text do not reach the terminal.
TEST(HostileCases, BidirectionalControlsAreShownByTheirNumber) {
  const ScriptedPeer peer(Script{say("554 no \xE2\x80\xAEtxet desrever"), hang_up()});
  const Said said = ask({"probe", "smtp", fmt::format("127.0.0.1:{}", peer.port()), "tls=none", "timeout=3s"});
  EXPECT_THAT(said.text, AllOf(HasSubstr("\\u{202E}"), Not(HasSubstr("\xE2\x80\xAE")))) << said.text;
}

/// A self-signed certificate whose subject is so long.
Certificate with_long_subject(std::size_t length) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* made = X509_new();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -86400 * 10);
  X509_gmtime_adj(X509_getm_notAfter(made), 86400 * 60);
  X509_set_pubkey(made, key);
  X509_NAME* name = X509_get_subject_name(made);
  const std::string long_name(length, 'x');
  X509_NAME_add_entry_by_txt(name, "DC", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(long_name.data()),
                             static_cast<int>(long_name.size()), -1, 0);
  X509_set_issuer_name(made, name);
  X509_sign(made, key, EVP_sha256());
  Certificate certificate;
  const auto pem = [](auto write) {
    BIO* memory = BIO_new(BIO_s_mem());
    write(memory);
    char* octets = nullptr;
    const long size = BIO_get_mem_data(memory, &octets);
    std::string text(octets, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
  };
  certificate.chain = pem([&](BIO* out) { PEM_write_bio_X509(out, made); });
  certificate.key = pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
  X509_free(made);
  EVP_PKEY_free(key);
  return certificate;
}

// A certificate's subject of 30,000 characters is not repeated whole.
TEST(HostileCases, AnEndlessSubjectIsClipped) {
  const ScriptedPeer peer(Script{stall()}, {.certificate = with_long_subject(30000), .implicit_tls = true});
  const Said said = ask({"probe", "tls", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test"});
  EXPECT_EQ(said.verdict("tls.chain"), "fail") << said.text.substr(0, 3000);
  EXPECT_LT(said.message("tls.chain").size(), 2000u);
  EXPECT_LT(said.text.size(), 10000u);
}

// Repeated TSIG records are refused before a library that leaks them sees them.
TEST(HostileCases, RepeatedTsigRecordsAreAProtocolError) {
  const DnsServer server([](const DnsAsk& question) {
    std::string octets = DnsAnswer(question).aa().answer(question.name, kA, 300, wire_ip("127.0.20.1")).octets();
    octets[11] = 3;
    std::string tsig("\0\0\xFA\0\xFF\0\0\0\0\0\x11", 11);
    tsig += std::string(17, '\0');
    return std::vector{octets + tsig + tsig + tsig};
  });
  const Said said = ask({"probe", "dns", server.endpoint().text(), "name=host.zone.test", "timeout=4s",
                         fmt::format("dns={{authoritative: [\"{}\"]}}", server.endpoint().text())});
  EXPECT_EQ(said.verdict("dns.answer"), "fail") << said.text;
  EXPECT_THAT(said.text, HasSubstr("TSIG records")) << said.text;
}

// `trust` that names a FIFO is refused; reading it would wait for ever.
TEST(HostileCases, TrustIsARegularFile) {
  const TemporaryFolder folder;
  const std::string fifo = (folder.path() / "ca.pem").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const TestCa ca;
  const ScriptedPeer peer(Script{stall()}, {.certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = true});
  RunningDrydock drydock(
      {"probe", "tls", fmt::format("127.0.0.1:{}", peer.port()), "--name", "mail.test", "timeout=2s", "trust=" + fifo},
      folder.path());
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  while (!drydock.ended() && std::chrono::steady_clock::now() < patience) ::usleep(10'000);
  ASSERT_TRUE(drydock.ended()) << drydock.said();
  EXPECT_EQ(drydock.wait().exit, 2) << drydock.said();
  EXPECT_THAT(drydock.said(), HasSubstr("regular file"));
}

}  // namespace
}  // namespace drydock::test
