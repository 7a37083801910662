#include "probes/net/url.hpp"

#include <gmock/gmock.h>

namespace drydock::net {
namespace {

TEST(UrlTest, ReadsTheParts) {
  const auto url = parse_url("HTTPS://User:pw@Site.Test:8443/a%20b/c?q=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "site.test");
  EXPECT_EQ(url->port, 8443);
  EXPECT_FALSE(url->default_port());
  EXPECT_EQ(url->path, "/a%20b/c");
  EXPECT_EQ(url->text.find("pw"), std::string::npos);
  EXPECT_EQ(url->text.find('#'), std::string::npos);
}

TEST(UrlTest, KnowsDefaultPortsAndAddresses) {
  EXPECT_EQ(parse_url("http://a.test")->port, 80);
  EXPECT_EQ(parse_url("https://a.test")->port, 443);
  EXPECT_EQ(parse_url("http://a.test")->path, "/");
  EXPECT_EQ(parse_url("http://[2001:db8::1]/")->host, "2001:db8::1");
}

TEST(UrlTest, RefusesOtherText) {
  for (const char* text : {"", "a.test/", "ftp://a.test/", "file:///etc/passwd", "http://", "http://a.test:99999/",
                           "http://a.test:0/", "http://a.test/\r\nX: y"})
    EXPECT_FALSE(parse_url(text)) << text;
}

TEST(UrlTest, HasOneTextForAllSpellingsOfTheHostAndItsPort) {
  for (const char* same : {"https://Site.TEST:443/Dir", "HTTPS://site.test/Dir", "https://site.test:/Dir"})
    EXPECT_EQ(parse_url(same)->text, "https://site.test/Dir") << same;
  EXPECT_EQ(parse_url("http://[2001:DB8::1]:80/")->text, "http://[2001:db8::1]/");
}

TEST(UrlTest, ResolvesWhatLocationSays) {
  const Url base = *parse_url("https://site.test/a/b?c");
  EXPECT_EQ(resolve_url(base, "/x")->text, "https://site.test/x");
  EXPECT_EQ(resolve_url(base, "x")->text, "https://site.test/a/x");
  EXPECT_EQ(resolve_url(base, "//other.test/")->text, "https://other.test/");
  EXPECT_EQ(resolve_url(base, "http://other.test:81/")->port, 81);
  EXPECT_EQ(resolve_url(base, "/a b")->text, "https://site.test/a%20b");
  EXPECT_FALSE(resolve_url(base, "mailto:x@site.test"));
  EXPECT_FALSE(resolve_url(base, std::string("/a\0b", 4)));
}

}  // namespace
}  // namespace drydock::net
