#include "probes/net/password.hpp"

#include <gtest/gtest.h>

namespace drydock::test {
namespace {

TEST(Password, NothingIsOddAboutWhatPeopleChoose) {
  for (const char* password : {"Sesame-7", "a b c", "it's", "\"", "#!/x y"}) EXPECT_EQ(net::what_is_odd(password), "");
}

TEST(Password, TracesOfEditorsAndOfCopyingAreNamed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "is empty"},
      {"\xEF\xBB\xBFSesame-7", "begins with a byte order mark"},
      {"\xEF\xBB\xBF Sesame-7", "begins with a byte order mark, begins with a blank"},
      {" Sesame-7", "begins with a blank"},
      {"Sesame-7\t", "ends with a blank"},
      {"Sesame-7\r", "ends with a line end"},
      {"Sesame-7\n\n", "ends with a line end"},
      {"Sesame-7\n# of jim", "holds 2 lines"},
      {"one\r\ntwo\r\nthree", "holds 3 lines"},
      {"Sesame\x01", "holds a control character"},
      {"'Sesame-7'", "stands in quotation marks"},
      {"S\xC3\xA9same", "holds characters beyond ASCII"},
      {"Sesame-7\xC2\xA0", "holds characters beyond ASCII"},
      {std::string_view("\xFF\xFES\0", 4),
       "begins like a file in UTF-16, holds a control character, "
       "holds characters beyond ASCII"}};
  for (const auto& [password, odd] : cases) EXPECT_EQ(net::what_is_odd(password), odd) << password;
}

TEST(Password, ADoubtNeverHoldsThePassword) {
  EXPECT_EQ(net::doubt_password(Secret::of("jim", "Sesame-7")), "the password itself may be wrong");
  EXPECT_EQ(net::doubt_password(Secret::of("jim", "Sesame-7 ")),
            "the password itself may be wrong: it ends with a blank");
  EXPECT_EQ(net::doubt_password(Secret("jim")), "the password itself may be wrong");
}

}  // namespace
}  // namespace drydock::test
