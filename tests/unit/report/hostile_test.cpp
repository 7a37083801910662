// What peers and actions say, and what somebody writes into a JSON report, can't forge a line, reach a terminal, turn
// text around, or make a document that no parser takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/locale/utf.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/record/plain_text.hpp"
#include "harness/record/record_json.hpp"
#include "harness/report/reporters.hpp"
#include "tests/unit/report/samples.hpp"

namespace drydock {
namespace {

namespace json = boost::json;
using test::kTurnsAround;
using test::written;
using testing::HasSubstr;
using testing::Not;

RunRecord forged() {
  return test::forged(test::kForged);
}

/// Every text that is no word of ours and no time becomes `kForged`, as far as JSON can carry it.
void forge(json::value& value, const std::string& key) {
  static const std::vector<std::string> kOurs{"schema",  "severity", "verdict",    "started", "finished", "state",
                                              "outcome", "result",   "transcript", "summary", "addresses"};
  if (std::find(kOurs.begin(), kOurs.end(), key) != kOurs.end()) return;
  if (auto* object = value.if_object())
    for (auto& member : *object) forge(member.value(), std::string(member.key()));
  else if (auto* array = value.if_array())
    for (auto& member : *array) forge(member, key);
  else if (value.is_string())
    value = "x\x1b[2Jy" + kTurnsAround + "\xEF\xBF\xBE\r\nverdict: pass (nothing is wrong; exit 0)";
}

std::size_t lines_that_begin(std::string_view text, std::string_view with) {
  std::size_t found = text.starts_with(with) ? 1 : 0;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos;)
    if (text.substr(++at).starts_with(with)) ++found;
  return found;
}

/// XML 1.0 §2.2, production 2.
bool is_xml_char(char32_t code) {
  return code == 0x9 || code == 0xa || code == 0xd || (code >= 0x20 && code <= 0xd7ff) ||
         (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

void expect_xml_parsers_take(const std::string& document) {
  for (auto at = document.begin(); at != document.end();) {
    const auto code = boost::locale::utf::utf_traits<char>::decode(at, document.end());
    ASSERT_TRUE(boost::locale::utf::is_valid_codepoint(code) && is_xml_char(code)) << std::hex << code;
  }
  const auto path = std::filesystem::temp_directory_path() / ("drydock-junit-" + std::to_string(getpid()) + ".xml");
  std::ofstream(path, std::ios::binary) << document;
  for (const std::string parser : {"xmllint --noout",
                                   "python3 -c 'import sys, pyexpat as p\n"
                                   "p.ParserCreate().Parse(open(sys.argv[1], \"rb\").read(), True)'"})
    if (std::system(("command -v " + parser.substr(0, parser.find(' ')) + " >/dev/null").c_str()) == 0) {
      EXPECT_EQ(std::system((parser + " " + path.string()).c_str()), 0) << parser << "\n" << document;
    }
  std::filesystem::remove(path);
}

void expect_plain(const std::string& text) {
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
  EXPECT_THAT(text, Not(HasSubstr(kTurnsAround)));
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xA8")));
  EXPECT_EQ(text.find('\0'), std::string::npos);
  EXPECT_TRUE(plain_lines(text) == text);
}

TEST(Hostile, TextIsPlainAndHasOneVerdict) {
  for (const bool verbose : {false, true}) {
    std::ostringstream out;
    write_text(forged(), out, {false, verbose});
    expect_plain(out.str());
    EXPECT_EQ(lines_that_begin(out.str(), "verdict:"), 1U) << out.str();
    EXPECT_THAT(out.str(), HasSubstr("\\u{202E}"));
  }
}

TEST(Hostile, ColoursAreOurs) {
  std::ostringstream out;
  write_text(forged(), out, {true, true});
  EXPECT_THAT(out.str(), HasSubstr("\x1b[31m"));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b[2J")));
}

TEST(Hostile, JunitIsWellFormed) {
  const std::string document = written("junit", forged());
  expect_plain(document);
  expect_xml_parsers_take(document);
  EXPECT_THAT(document, HasSubstr("\\u{FFFE}"));
  EXPECT_THAT(document, HasSubstr("]]&gt;"));
}

TEST(Hostile, JsonIsPlainAndReadsBackTheSame) {
  for (const std::string format : {"json", "jsonl"}) expect_plain(written(format, forged()));
  const std::string once = written("json", forged());
  EXPECT_TRUE(written("json", run_from_json(once)) == once);
}

TEST(Hostile, AnEditedJsonReportForgesNothing) {
  json::value edited = json::parse(written("json", forged()));
  forge(edited, {});
  const RunRecord record = run_from_json(json::serialize(edited));
  ASSERT_THAT(record.results.at(0).message, HasSubstr("\x1b")) << "the reader takes it as it is";
  for (const auto& reporter : reporters()) {
    const std::string text = written(std::string(reporter.name), record);
    expect_plain(text);
    EXPECT_EQ(lines_that_begin(text, "verdict:"), reporter.name == "text" ? 1U : 0U) << text;
  }
  expect_xml_parsers_take(written("junit", record));
}

TEST(PlainText, TheEndOfAnOutputIsItsLastLines) {
  EXPECT_EQ(end_of_output(""), "");
  EXPECT_EQ(end_of_output("one\ntwo\n"), "one\ntwo");
  std::string many;
  for (int i = 1; i <= 14; ++i) many += std::to_string(i) + "\n";
  EXPECT_EQ(end_of_output(many), "[4 octets before]\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14");
  EXPECT_EQ(end_of_output(std::string(2001, 'x')), "[1 octets before]\n" + std::string(2000, 'x'));
}

TEST(PlainText, KeepsWhatOnlyLooksForeign) {
  const std::string text = "Grüße, שלום, 日本語 🚢\tx";
  EXPECT_EQ(plain_lines(text), text);
  EXPECT_EQ(plain_line("a\nb"), "a\\x0ab");
  EXPECT_EQ(plain_line("user\xE2\x80\xAEgpj.exe"), "user\\u{202E}gpj.exe");
}

}  // namespace
}  // namespace drydock
