#include "harness/record/shared_text.hpp"

#include <gtest/gtest.h>

#include "harness/record/packed_json.hpp"

namespace drydock {
namespace {

TEST(SharedText, IsATextOrNone) {
  const SharedText none, empty(""), text("new");
  EXPECT_FALSE(none);
  EXPECT_TRUE(empty) << "an empty text is one";
  EXPECT_EQ(none.value_or("?"), "?");
  EXPECT_EQ(empty.value_or("?"), "");
  EXPECT_EQ(*text, "new");
  EXPECT_EQ(text, "new");
  EXPECT_NE(none, "");
  EXPECT_NE(none, empty);
  EXPECT_EQ(text, SharedText(std::string("new"))) << "by what they say";
  EXPECT_EQ(none, std::nullopt);
}

TEST(SharedText, ACopyStaysWhereTheOtherIsAssigned) {
  SharedText text("old");
  const SharedText copy = text;
  EXPECT_EQ(&*copy, &*text) << "the octets are there once";
  text = "new";
  EXPECT_EQ(copy, "old");
  text.reset();
  EXPECT_FALSE(text);
  EXPECT_EQ(copy, "old");
}

TEST(SharedTexts, GiveEqualTextsTheSameOctetsUpToABound) {
  SharedTexts texts;
  EXPECT_FALSE(texts(""));
  const SharedText first = texts("a");
  EXPECT_EQ(&*first, &*texts("a"));
  for (std::size_t i = 0; i < 2 * SharedTexts::kMost; ++i) EXPECT_EQ(texts(std::to_string(i)), std::to_string(i));
  EXPECT_EQ(&*first, &*texts("a")) << "what is known stays known";
  const std::string late = std::to_string(2 * SharedTexts::kMost - 1);
  EXPECT_NE(&*texts(late), &*texts(late)) << "what came after the last place is kept by nobody";
}

TEST(PackedJson, GivesBackWhatWentIn) {
  EXPECT_TRUE(PackedJson().object().empty());
  EXPECT_EQ(PackedJson(boost::json::object{}), PackedJson());
  const boost::json::object object{{"b", 1.5}, {"a", {1, nullptr, "x\u00e9\"\n"}}};
  const PackedJson packed(object);
  EXPECT_EQ(packed.object(), object);
  EXPECT_EQ(packed.object().begin()->key(), "b") << "in their order";
  const boost::json::object odd{{"\xff", "\xe2\x80\0x"}, {"deep", {{{{{{{1}}}}}}}}};
  EXPECT_EQ(PackedJson(odd).object(), odd) << "whatever octets it holds";
}

}  // namespace
}  // namespace drydock
