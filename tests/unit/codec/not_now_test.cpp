#include "probes/codec/not_now.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

TEST(TooMany, IsToldInTheWordsOfServers) {
  for (const char* words :
       {"Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        "Too many connections from 192.0.2.1", "Maximum connection limit reached for ::ffff:192.0.2.1",
        "Too many open connections for this user", "There are too many connections from your internet address.",
        "Connection limit reached", "Too many concurrent SMTP connections; please try again later.",
        "50 users (the maximum) are already logged in, sorry", "Sorry, too many users"})
    EXPECT_TRUE(speaks_of_too_many(words)) << words;
}

TEST(TooMany, IsNotToldByOtherRefusals) {
  for (const char* words : {"", "Login failed.", "Courier-IMAP server shutting down", "Disconnected for inactivity.",
                            "Temporary problem, please try again later", "IMAP access disabled for this account.",
                            "message exceeds the maximum size", "the connection was closed"})
    EXPECT_FALSE(speaks_of_too_many(words)) << words;
}

TEST(NotNow, IsToldInTheWordsOfServers) {
  for (const char* words : {"Too many connections", "server busy", "Service temporarily unavailable", "try again later",
                            "Temporary problem, please try later", "overloaded"})
    EXPECT_TRUE(speaks_of_not_now(words)) << words;
  for (const char* words : {"", "Courier-IMAP server shutting down", "IMAP access disabled", "go away"})
    EXPECT_FALSE(speaks_of_not_now(words)) << words;
}

}  // namespace
}  // namespace drydock
