#include "probes/facet/wrong_password.hpp"

#include <gmock/gmock.h>

namespace drydock {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(WrongPassword, IsTriedUnlessTheScenarioSaysOtherwise) {
  Parameters parameters;
  EXPECT_THAT(facet::why_no_wrong_password(parameters), IsEmpty());
  for (const std::string_view word : facet::wrong_password_parameter().choices) {
    parameters.set("wrong_password", std::string(word));
    EXPECT_EQ(facet::why_no_wrong_password(parameters).empty(), word == "refused") << word;
  }
}

TEST(WrongPassword, ThatIsAcceptedFailsAndThatWasNotTriedProvesNothing) {
  EXPECT_EQ(facet::wrong_password_not_tried().verdict, Verdict::inconclusive);
  const Judgement accepted = facet::wrong_password_accepted("jim", "NO", "OK in", "stop it");
  EXPECT_EQ(accepted.verdict, Verdict::fail);
  EXPECT_THAT(accepted.message, HasSubstr("log in as jim"));
  EXPECT_EQ(accepted.expected + "/" + accepted.actual + "/" + accepted.hint, "NO/OK in/stop it");
}

}  // namespace
}  // namespace drydock
