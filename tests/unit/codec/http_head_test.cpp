#include "probes/codec/http_head.hpp"

#include <gmock/gmock.h>

namespace drydock {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HttpHead, IsReadLineByLine) {
  HttpHead head;
  EXPECT_FALSE(head.take("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_FALSE(head.take("Content-TYPE:  text/html \r\n"));
  EXPECT_FALSE(head.take("X-Long: a\r\n"));
  EXPECT_FALSE(head.take("\tb\r\n"));
  EXPECT_FALSE(head.take("no field\r\n"));
  EXPECT_TRUE(head.take("\r\n"));
  EXPECT_EQ(head.status(), 404);
  EXPECT_EQ(head.version(), "1.1");
  EXPECT_EQ(head.reason(), "Not Found");
  EXPECT_THAT(head.fields(), ElementsAre(Pair("content-type", "text/html"), Pair("x-long", "a b")));
}

TEST(HttpHead, AnInterimOneIsForgotten) {
  HttpHead head;
  for (const char* line : {"HTTP/1.1 103 Early Hints", "Link: </a>", ""}) EXPECT_FALSE(head.take(line));
  head.take("HTTP/1.0 200");
  EXPECT_TRUE(head.take(""));
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.reason(), "");
  EXPECT_TRUE(head.fields().empty());
}

TEST(HttpHead, TellsWhatIsNoLength) {
  for (const char* value : {"12", "12, 12", "0"}) {
    HttpHead head;
    head.take("Content-Length: " + std::string(value));
    EXPECT_FALSE(head.wrong_length()) << value;
  }
  for (const char* value : {"-1", "1, 2", "x", "", "99999999999999999999", "1 2"}) {
    HttpHead head;
    head.take("Content-Length: " + std::string(value));
    EXPECT_TRUE(head.wrong_length()) << value;
  }
}

}  // namespace
}  // namespace drydock
