#include "probes/facet/certificate.hpp"

#include <gmock/gmock.h>

#include "probes/core/check_table.hpp"

namespace drydock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr facet::TlsFacts kOurs = facet::tls_facts<"ours.tls">();

/// What a type may have for itself: no certificate to judge without a name.
Judgement of_ours(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  if (subject.target.name.empty()) return Judgement::skip("nameless");
  return judge(seen, subject, kOurs);
}

constexpr std::array kFirst = {CheckSpec{"ours.first", "first", Severity::critical, "", "", "", "", "", "", {}}};
constexpr auto kChecks =
    check_table(kFirst, facet::certificate_checks<"ours.certificate-", "openssl s_client -connect ADDRESS:1", of_ours>(
                            {.chain = "A-1", .name = "A-2", .validity = "A-3"}));

TEST(CertificateChecks, StandInATypesTableUnderItsNamesAndNumbers) {
  std::vector<std::string> rows;
  for (const CheckSpec& check : kChecks) rows.push_back(std::string(check.id) + " " + std::string(check.spec));
  EXPECT_THAT(rows, ElementsAre("ours.first ", "ours.certificate-chain A-1", "ours.certificate-name A-2",
                                "ours.certificate-validity A-3"));
  for (std::size_t i = 1; i < kChecks.size(); ++i)
    EXPECT_THAT(std::string(kChecks[i].by_hand), StartsWith("openssl s_client -connect ADDRESS:1 ")) << kChecks[i].id;
}

TEST(CertificateChecks, JudgeTheTypesOwnFactsWhereTheTypeLetsThem) {
  Observation seen;
  Subject subject;
  for (std::size_t i = 1; i < kChecks.size(); ++i)
    EXPECT_EQ(kChecks[i].judge(seen, subject).message, "nameless") << kChecks[i].id;
  subject.target.name = "mail.test";
  for (std::size_t i = 1; i < kChecks.size(); ++i)
    EXPECT_EQ(kChecks[i].judge(seen, subject).verdict, Verdict::inconclusive) << kChecks[i].id;
  seen.set(kOurs.chain, false);
  seen.set(kOurs.name_ok, true);
  seen.set(kOurs.days_left, 5.0);
  seen.set(kOurs.age_hours, 100.0);
  EXPECT_EQ(kChecks[1].judge(seen, subject).verdict, Verdict::fail);
  EXPECT_EQ(kChecks[2].judge(seen, subject).verdict, Verdict::pass);
  EXPECT_EQ(kChecks[3].judge(seen, subject).verdict, Verdict::fail);
  EXPECT_THAT(kChecks[3].judge(seen, subject).message, HasSubstr("5.0 days"));
}

}  // namespace
}  // namespace drydock
