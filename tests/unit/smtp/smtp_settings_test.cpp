#include "probes/smtp/settings.hpp"

#include <gtest/gtest.h>

namespace drydock::test {
namespace {

TEST(SmtpSettings, TlsFollowsThePort) {
  const auto tls_of = [](std::int64_t port) {
    Subject subject;
    subject.parameters.set("port", port);
    return SmtpSettings(subject).tls();
  };
  EXPECT_EQ(tls_of(25), TlsMode::starttls);
  EXPECT_EQ(tls_of(587), TlsMode::starttls);
  EXPECT_EQ(tls_of(465), TlsMode::implicit);
}

}  // namespace
}  // namespace drydock::test
