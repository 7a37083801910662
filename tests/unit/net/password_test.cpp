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

net::TlsSession proven() {
  net::TlsSession session;
  session.pem = {"leaf"};
  session.chain_ok = session.name_ok = true;
  session.days_left = 30;
  session.age_hours = 100;
  return session;
}

TEST(Password, GoesOutOnlyOnAConnectionThatProvesWhoseItIs) {
  EXPECT_EQ(net::why_no_password(nullptr, "mail.test"), "this connection has no TLS");
  const net::TlsSession good = proven();
  EXPECT_EQ(net::why_no_password(&good, "mail.test"), "");
  EXPECT_NE(net::why_no_password(&good, ""), "");
  void (*const spoil[])(net::TlsSession&) = {[](net::TlsSession& session) { session.pem.clear(); },
                                             [](net::TlsSession& session) { session.chain_ok = false; },
                                             [](net::TlsSession& session) { session.name_ok = false; },
                                             [](net::TlsSession& session) { session.days_left = -1; },
                                             [](net::TlsSession& session) { session.age_hours = -1; },
                                             [](net::TlsSession& session) {
                                               session.issuer_not_after = "2003-01-01T00:00:00Z";
                                               session.issuer_days_left = -1;
                                             },
                                             [](net::TlsSession& session) {
                                               session.issuer_not_before = "2099-01-01T00:00:00Z";
                                               session.issuer_age_hours = -1;
                                             }};
  for (const auto& change : spoil) {
    net::TlsSession session = proven();
    change(session);
    EXPECT_NE(net::why_no_password(&session, "mail.test"), "");
    EXPECT_THROW(net::demand_proof(net::PasswordIs::real, session, "mail.test"), Failure);
    EXPECT_NO_THROW(net::demand_proof(net::PasswordIs::made_up, session, "mail.test"));
    session.pinned = true;
    EXPECT_EQ(net::why_no_password(&session, "mail.test").empty(), !session.pem.empty());
  }
}

TEST(Password, ALineEndIsNeverSentInOne) {
  EXPECT_NO_THROW(net::demand_one_line("FTP", "jim", "Sesame 7"));
  for (const auto& [login, password] : {std::pair<std::string, std::string>{"jim", "a\r\nDELE 1"},
                                        {"jim", "a\nb"},
                                        {"jim\r", "a"},
                                        {"jim", std::string("a\0b", 3)}}) {
    try {
      net::demand_one_line("FTP", login, password);
      ADD_FAILURE() << login << password;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), ErrorKind::local);
      EXPECT_EQ(std::string(failure.what()).find("DELE"), std::string::npos) << failure.what();
    }
  }
}

TEST(Password, ThatCannotBeReadIsNoFaultOfTheHosts) {
  EXPECT_NO_THROW(net::demand_readable(Secret::of("jim", "Sesame-7"), "jim"));
  try {
    net::demand_readable(Secret("jim"), "jim");
    FAIL() << "no Failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), ErrorKind::credential);
    EXPECT_EQ(std::string(failure.what()).find("the password of jim can't be read"), 0U);
  }
}

}  // namespace
}  // namespace drydock::test
