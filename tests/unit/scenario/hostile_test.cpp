#include <gmock/gmock.h>

#include <random>

#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(Hostile, DeepNestingIsRefusedBeforeTheStackIsDeep) {
  for (const char* piece : {"[", "{a: ", "- ", "? ", "[a: ", "a: [\n"}) {
    const auto result = load(repeated(piece, 100000));
    EXPECT_FALSE(result.scenario);
    EXPECT_EQ(result.diagnostics.size(), 1U) << piece;
  }
  EXPECT_THAT(shown(load(repeated("- ", 100000))), HasSubstr("nested more than 64 deep"));
}

TEST(Hostile, LargeFilesAreRefused) {
  EXPECT_THAT(shown(load(std::string((1U << 20U) + 1, '#'))), HasSubstr("at most 1048576 (1 MiB)"));
  EXPECT_THAT(shown(load(std::string(1U << 20U, '#'))), HasSubstr("is empty"));
}

TEST(Hostile, NamesThatMultiplyAreRefused) {
  std::string vars = "vars:\n  v0: xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${vars.v" + std::to_string(i - 1) + "}";
    vars += "  v" + std::to_string(i) + ": \"" + before + before + "\"\n";
  }
  const auto result = load(vars + head() + "probes: [{id: a, smtp: {}}]\n");
  EXPECT_EQ(result.diagnostics.size(), 1U) << shown(result);
  EXPECT_THAT(shown(result), HasSubstr("longer than 64 KiB"));
}

TEST(Hostile, LongChainsOfNamesAreRefused) {
  std::string vars = "vars:\n  v20000: x\n";
  for (int i = 0; i < 20000; ++i) vars += "  v" + std::to_string(i) + ": \"${vars.v" + std::to_string(i + 1) + "}\"\n";
  EXPECT_THAT(shown(load(vars + head() + "probes: [{id: a, smtp: {}}]\n")), HasSubstr("more than 64 times"));
}

TEST(Hostile, RepetitionThatMultipliesIsRefused) {
  std::string probe = "probes:\n  - {id: \"a-${each}\", smtp: {recipients: [";
  probe += repeated("a@b.test, ", 20000) + "c@d.test]}, for_each: [" + repeated("x, ", 20000) + "y]}\n";
  EXPECT_THAT(shown(load(head() + probe)), HasSubstr("`for_each` makes this scenario too large"));
}

TEST(Hostile, ManyProblemsAreListedUpToALimit) {
  const auto result = load(head() + "probes:\n" + repeated("  - {id: a, smpt: {}}\n", 3000));
  EXPECT_LE(result.diagnostics.size(), 502U);
  EXPECT_THAT(shown(result), HasSubstr("more problems than can be listed"));
}

TEST(Hostile, TerminalsAreNotSteered) {
  const auto result = load("drydock: 1\nname: \x1b[2Jx\n");
  EXPECT_EQ(shown(result).find('\x1b'), std::string::npos) << shown(result);
  EXPECT_THAT(shown(result), HasSubstr("control character (0x1b)"));
}

/// Every prefix and many mutations of a right file: diagnostics, no crash.
TEST(Hostile, DamagedFilesAreTold) {
  const std::string whole = read_whole(golden("interface-example.yaml"));
  for (std::size_t length = 0; length < whole.size(); length += 41) (void)load(whole.substr(0, length));
  std::mt19937 random(2003);
  const std::string bits = "{}[]:,#&*!|>'\"%@` \n-?x$\t\\\x00\xff";
  for (int round = 0; round < 200; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 8; ++i) damaged[random() % damaged.size()] = bits[random() % bits.size()];
    const auto result = load(damaged);
    for (const Diagnostic& diagnostic : result.diagnostics) EXPECT_GT(diagnostic.where.line, 0);
  }
}

}  // namespace
}  // namespace drydock::test
