#include <gtest/gtest.h>

#include <random>

#include "probes/core/check.hpp"
#include "probes/core/duration.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/parameter.hpp"
#include "probes/core/secret.hpp"
#include "probes/core/subject.hpp"

namespace drydock {
namespace {

TEST(DurationText, ReadsEachUnitAndNothingElse) {
  EXPECT_EQ(parse_duration("250ms"), Duration(250));
  EXPECT_EQ(parse_duration("5s"), Duration(5000));
  EXPECT_EQ(parse_duration("10m"), Duration(600'000));
  EXPECT_EQ(parse_duration("2h"), Duration(7'200'000));
  EXPECT_EQ(parse_duration("3d"), Duration(259'200'000));
  for (const char* wrong : {"", "5", "s", "-5s", "+5s", " 5s", "5 s", "5s ", "5sec", "1.5s", "1h30m",
                            "99999999999999999999d", "9999999999999d"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(DurationText, WritesWhatItReads) {
  for (const char* text : {"250ms", "90s", "2m", "1h", "3d", "1500ms"})
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  EXPECT_EQ(format_duration(Duration(0)), "0s");
}

TEST(TimeText, ReadsWhatItWrites) {
  const auto time = parse_time("2026-11-22T20:00:00.125Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_time(*time), "2026-11-22T20:00:00.125Z");
  for (const char* wrong : {"", "2026-11-22", "2026-11-22T20:00:00Z", "2026-11-22T20:00:00.125Z!"})
    EXPECT_FALSE(parse_time(wrong));
}

TEST(RedactorText, RemovesPlainBase64AndUrlForms) {
  Redactor redactor;
  redactor.add("s3cr&t pass");
  EXPECT_EQ(redactor("say s3cr&t pass twice: s3cr&t pass"), "say [secret] twice: [secret]");
  EXPECT_EQ(redactor("x=s3cr%26t%20pass"), "x=[secret]");
  EXPECT_EQ(redactor("AUTH PLAIN AGppbQBzM2NyJnQgcGFzcw=="), "AUTH PLAIN [secret]");  // NUL jim NUL password
  EXPECT_EQ(redactor("AUTH PLAIN AGppbW0AczNjciZ0IHBhc3M="), "AUTH PLAIN [secret]");  // one octet further
  EXPECT_EQ(redactor("AUTH PLAIN AGppbW1tAHMzY3ImdCBwYXNz"), "AUTH PLAIN [secret]");  // two octets further
  EXPECT_EQ(redactor("czNjciZ0IHBhc3M="), "[secret]");
  EXPECT_EQ(redactor("nothing to hide"), "nothing to hide");
}

TEST(RedactorText, IgnoresValuesTooShortToRemove) {
  Redactor redactor;
  redactor.add("ab");
  redactor.add("");
  EXPECT_EQ(redactor("abab"), "abab");
}

TEST(RedactorText, RemovesAKeyFileLineByLineAndTheKeyWithin) {
  Redactor redactor;
  redactor.add("key \"drydock\" {\n\talgorithm hmac-sha256;\n\tsecret \"bWFueSBvY3RldHMgb2YgYSBrZXk=\";\n};\n");
  EXPECT_EQ(redactor("TSIG bWFueSBvY3RldHMgb2YgYSBrZXk= used"), "TSIG [secret] used");
  EXPECT_EQ(redactor("\tsecret \"bWFueSBvY3RldHMgb2YgYSBrZXk=\";"), "\t[secret]");
  EXPECT_EQ(redactor("drydock"), "drydock") << "a short name within is no secret";
}

TEST(RedactorText, RemovesASecretWhoseControlOctetsAreShownEscaped) {
  Redactor redactor;
  redactor.add("pass\x01word");
  EXPECT_EQ(redactor(printable("say pass\x01word")), "say [secret]");
}

TEST(SecretValue, IsSharedByItsCopies) {
  Secret secret("jim");
  const Secret copy = secret;
  EXPECT_FALSE(copy.available());
  EXPECT_THROW((void)copy.reveal(), std::logic_error);
  secret.fill("x");
  EXPECT_EQ(copy.reveal(), "x");
  secret.mark_missing("no such file");
  EXPECT_EQ(copy.why_missing(), "no such file");
}

TEST(Printable, IsAlwaysValidUtf8) {
  EXPECT_EQ(printable(std::string_view("a\tb\0c\r\n\x7f", 8)), "a\tb\\x00c\\x0d\\x0a\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b\r", 4)), "a\\x00b\\x0d");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("caf\xe9 x"), "caf\\xe9 x");
  EXPECT_EQ(printable("\xf0\x9f"), "\\xf0\\x9f");
  EXPECT_EQ(printable("\xc2\x9b[2J"), "\\xc2\\x9b[2J") << "C1 controls drive terminals";
  EXPECT_EQ(printable("a\nb", true), "a\nb");
}

TEST(Printable, ShowsWhatTurnsTextAroundOrIsNoCharacter) {
  EXPECT_EQ(printable("a\u202e"
                      "b\u2066"
                      "c\u200f"
                      "d\u2028"
                      "e"),
            "a\\u{202E}b\\u{2066}c\\u{200F}d\\u{2028}e");
  EXPECT_EQ(printable("\xef\xbf\xbe\xef\xbf\xbf"), "\\u{FFFE}\\u{FFFF}");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a lone surrogate is not UTF-8";
  EXPECT_EQ(printable("\u05d0\u05d1"), "\u05d0\u05d1") << "letters of any script stay";
}

TEST(Printable, LeavesItsOwnTextAlone) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string octets(random() % 40, '\0');
    for (char& octet : octets) octet = static_cast<char>(random());
    const std::string once = printable(octets, true);
    EXPECT_EQ(printable(once, true), once);
  }
}

TEST(Clip, CutsAtACharacterAndSaysHowMuch) {
  EXPECT_EQ(clip("abc", 3), "abc");
  EXPECT_EQ(clip("abcdef", 3), "abc [+3 octets]");
  EXPECT_EQ(clip("ab\u00e9\u00e9", 3), "ab [+4 octets]");
  EXPECT_EQ(clip("\u20ac\u20ac", 5), "\u20ac [+3 octets]");
  EXPECT_EQ(clip("ab\\x1bcd", 4), "ab [+6 octets]") << "an escape is one character";
  EXPECT_EQ(clip("ab\\x1bcd", 6), "ab\\x1b [+2 octets]");
  EXPECT_EQ(clip("ab\\u{202E}cd", 9), "ab [+10 octets]");
  EXPECT_EQ(clip("\\u is no escape", 5), "\\u is [+10 octets]");
  const std::string cut_before = "aaaa" + clip_middle(std::string(1000, 'b'), 10) + "cccc";
  EXPECT_EQ(clip_middle(cut_before, 8), "aaaa\n[1000 octets left out]\ncccc");
  EXPECT_EQ(clip_middle("aa\n[99999999999999999999 octets left out]\nbb", 4), "aa\n[40 octets left out]\nbb");
  EXPECT_EQ(clip_middle("abcdefghij", 4), "ab\n[6 octets left out]\nij");
  EXPECT_EQ(clip_middle("\u20ac\u20ac\u20ac\u20ac", 8), "\u20ac\n[6 octets left out]\n\u20ac");
}

TEST(TextFilter, RemovesASecretWhereverATextWasCut) {
  Redactor redactor;
  redactor.add("Sesame-open-7");
  const TextFilter filter(&redactor);
  const std::string said = "the password is Sesame-open-7 and it is wrong";
  for (std::size_t at = 0; at <= said.size(); ++at) {
    const std::string upstream = filter(clip(said, at));
    const std::string here = filter(said, at);
    const std::string middle = filter(clip_middle(said + said, at));
    for (const auto& text : {upstream, here, middle})
      for (const char* part : {"Ses", "same", "open", "n-7"})
        EXPECT_EQ(text.find(part), std::string::npos) << at << ": " << text;
  }
}

TEST(TextFilter, WhatComesOutIsPrintableAndBounded) {
  std::mt19937 random(2);
  const TextFilter filter;
  for (int i = 0; i < 500; ++i) {
    std::string octets(random() % 400, '\0');
    for (char& octet : octets) octet = static_cast<char>(random());
    const std::string text = filter(octets, 100);
    EXPECT_EQ(printable(text, true), text);
    EXPECT_LE(text.size(), 130U);
    EXPECT_LE(filter.output(octets, 100).size(), 140U);
  }
}

TEST(TranscriptText, IsBounded) {
  Transcript transcript;
  for (int i = 0; i < 5000; ++i) transcript.received(std::string(100'000, 'x'));
  EXPECT_LE(transcript.lines().size(), Transcript::kMaxLines);
  EXPECT_GT(transcript.dropped(), 0u);
  EXPECT_LT(transcript.lines()[0].text.size(), Transcript::kMaxLine + 40);
}

TEST(ParameterValues, PutTheTokenIntoEveryText) {
  Parameters inner;
  inner.set("name", "n-" + std::string(kTokenMark));
  Parameters outer;
  outer.set("text", std::string(kTokenMark) + "-" + std::string(kTokenMark));
  outer.set("list", std::vector<std::string>{std::string(kTokenMark)});
  outer.set("fields", Fields{{"h", std::string(kTokenMark)}});
  outer.set("group", std::make_shared<const Parameters>(inner));
  outer.set("number", std::int64_t{7});
  const Parameters filled = outer.with_token("t1");
  EXPECT_EQ(filled.text("text"), "t1-t1");
  EXPECT_EQ(filled.texts("list").front(), "t1");
  EXPECT_EQ(filled.get<Fields>("fields")->front().second, "t1");
  EXPECT_EQ(filled.group("group").text("name"), "n-t1");
  EXPECT_EQ(filled.integer("number", 0), 7);
}

TEST(EarlyEnd, BlamesTheHostOnlyForWhatTheHostDid) {
  Observation seen;
  seen.stage = "banner";
  seen.error_stage = "banner";
  for (const auto kind : {ErrorKind::refused, ErrorKind::prohibited, ErrorKind::reset, ErrorKind::closed,
                          ErrorKind::protocol, ErrorKind::tls}) {
    seen.error = Error{kind, "it did"};
    EXPECT_EQ(ended_early(seen, "220").verdict, Verdict::fail) << to_string(kind);
    EXPECT_EQ(not_seen(seen, "the banner").verdict, Verdict::inconclusive);
  }
  for (const auto kind :
       {ErrorKind::timeout, ErrorKind::unreachable, ErrorKind::temporary, ErrorKind::credential, ErrorKind::local}) {
    seen.error = Error{kind, "it did not"};
    EXPECT_EQ(ended_early(seen, "220").verdict, Verdict::inconclusive) << to_string(kind);
  }
}

TEST(EndpointText, BracketsIpv6) {
  EXPECT_EQ((Endpoint{"127.0.0.1", 25}.text()), "127.0.0.1:25");
  EXPECT_EQ((Endpoint{"::1", 25}.text()), "[::1]:25");
}

}  // namespace
}  // namespace drydock
