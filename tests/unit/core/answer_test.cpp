#include "probes/core/answer.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

TEST(AnswerText, IsOneLineOfWhatWasSaid) {
  const Answer answer{.status = "NO", .code = "badcharset (\"x\")", .words = "no\x01", .trouble = {}};
  EXPECT_EQ(answer.text(), "NO [badcharset (\"x\")] no\\x01");
  EXPECT_EQ(answer.code_name(), "BADCHARSET");
  EXPECT_TRUE(answer.is("NO"));
  EXPECT_EQ((Answer{.status = "OK", .code = {}, .words = {}, .trouble = {}}).text(), "OK");
  EXPECT_LT((Answer{.status = "OK", .code = {}, .words = std::string(5000, 'x'), .trouble = {}}).text().size(), 600u);
}

TEST(AnswerText, SaysWhyNoneCame) {
  const Answer none{.status = {}, .code = {}, .words = {}, .trouble = Error{ErrorKind::closed, "the peer hung up"}};
  EXPECT_EQ(none.text(), "the peer hung up");
  EXPECT_FALSE(none.is("OK"));
}

}  // namespace
}  // namespace drydock
