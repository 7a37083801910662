#include "probes/core/shell_word.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

TEST(ShellWord, QuotesForTheShell) {
  EXPECT_EQ(shell_word("jim@mail.test"), "jim@mail.test");
  EXPECT_EQ(shell_word("a!b@c"), "'a!b@c'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace drydock
