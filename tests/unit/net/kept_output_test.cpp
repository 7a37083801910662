#include "probes/net/kept_output.hpp"

#include <gtest/gtest.h>

namespace drydock::net {
namespace {

std::string kept(std::size_t limit, const std::string& said, std::size_t chunk) {
  KeptOutput output(limit);
  for (std::size_t at = 0; at < said.size(); at += chunk) output.add(std::string_view(said).substr(at, chunk));
  return output.text();
}

class Chunks : public testing::TestWithParam<std::size_t> {};

TEST_P(Chunks, OutputWithinTheLimitIsWhole) {
  EXPECT_EQ(kept(10, "0123456789", GetParam()), "0123456789");
  EXPECT_EQ(kept(11, "0123456789", GetParam()), "0123456789");
  EXPECT_EQ(kept(10, "", GetParam()), "");
}

TEST_P(Chunks, OutputBeyondTheLimitKeepsItsHeadAndItsTail) {
  EXPECT_EQ(kept(10, "abcdefghijk", GetParam()), "abcde\n[1 octets left out]\nghijk");
  EXPECT_EQ(kept(5, "abcdefghijklmnopqrstuvwxyz", GetParam()), "ab\n[21 octets left out]\nxyz");
}

TEST_P(Chunks, LinesAreNotTornWhereALineEndIsNear) {
  EXPECT_EQ(kept(20, "first line\nsecond one\nthird\nlast line\n", GetParam()),
            "first line\n[18 octets left out]\nlast line\n");
  EXPECT_EQ(kept(24, "one\ntwo\nfour\nfive\nsix\nseven\neight\nnine\n", GetParam()),
            "one\ntwo\n[20 octets left out]\neight\nnine\n");
}

TEST_P(Chunks, ALineWithoutEndIsCutAnywhere) {
  const std::string said(100'000, 'x');
  EXPECT_EQ(kept(10, said, GetParam()), "xxxxx\n[99990 octets left out]\nxxxxx");
}

INSTANTIATE_TEST_SUITE_P(Of, Chunks, testing::Values(1, 3, 7, 1000, 1'000'000));

}  // namespace
}  // namespace drydock::net
