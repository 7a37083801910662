#include "probes/smtp/settings.hpp"
#include "probes/smtp/type.hpp"

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

TEST(SmtpSettings, AnAccountIsRefusedWhereItsPasswordCouldNeverGoOut) {
  Parameters parameters;
  parameters.set("port", std::int64_t{587});
  parameters.set("as", Parameters::Value(std::in_place_type<Account>));
  EXPECT_TRUE(kSmtpType.validate(parameters).empty());
  parameters.set("tls", std::string("none"));
  ASSERT_EQ(kSmtpType.validate(parameters).size(), 1U);
  EXPECT_EQ(kSmtpType.validate(parameters)[0].parameter, "as");
}

}  // namespace
}  // namespace drydock::test
