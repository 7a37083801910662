// Somebody takes the journal away while a transfer is under way.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/transfer/crash.hpp"

namespace drydock::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// What is taken away: the folder, which comes back, or one file for good.
enum class Taken { folder, journal, log };

const char* name_of(Taken taken) {
  return taken == Taken::folder ? "WithItsFolder" : taken == Taken::journal ? "ItsMainFile" : "ItsLog";
}

class JournalIsTaken : public CrashTest, public ::testing::WithParamInterface<Taken> {
protected:
  std::string elsewhere() const { return folder.path() + "/elsewhere"; }
  void take() {
    if (GetParam() == Taken::folder)
      fs::rename(disk(), elsewhere());
    else
      fs::remove(options().journal + (GetParam() == Taken::log ? "-wal" : ""));
  }
  void expect_stopped(int exit, std::size_t acts) {
    EXPECT_EQ(exit, 70) << said();
    EXPECT_EQ(done().size(), acts) << "an action began that no journal knows";
    EXPECT_THAT(said(), HasSubstr(options().journal));
    EXPECT_THAT(said(), HasSubstr("was removed or replaced while it was in use"));
    EXPECT_THAT(said(), HasSubstr("no further action was started"));
  }
  /// Without its folder nothing begins; with it the transfer goes on.
  void bring_back() {
    if (GetParam() == Taken::folder) {
      const std::size_t acts = done().size();
      EXPECT_EQ(go().exit, 70) << said();
      EXPECT_EQ(done().size(), acts);
      fs::rename(elsewhere(), disk());
    }
    EXPECT_EQ(carry_to_the_end(), 0) << said();
    expect_all_done_once();
  }
};

TEST_P(JournalIsTaken, AtAnyBoundaryTheTransferStopsBeforeTheNextAction) {
  int n = 1, exit = 0;
  std::size_t acts = 0;
  bool nothing_to_write = false;
  const auto taken = [&](const std::string& boundary) {
    take();
    // What was announced durably may run; nothing after it.
    acts = done().size() + (boundary == "after action-intended" ? 1 : 0);
    nothing_to_write = boundary == "after stopped";
  };
  for (; meddled_at_boundary(n, taken, [&] { exit = go().exit; }); ++n) {
    SCOPED_TRACE(testing::Message() << "boundary " << n);
    if (nothing_to_write)
      EXPECT_EQ(exit, 0) << said();
    else
      expect_stopped(exit, acts);
    if (GetParam() != Taken::journal) bring_back();
    if (HasFailure()) return;
    forget();
    fs::remove_all(elsewhere());
  }
  EXPECT_GT(n, 50);
}

INSTANTIATE_TEST_SUITE_P(Transfer, JournalIsTaken, ::testing::Values(Taken::folder, Taken::journal, Taken::log),
                         [](const auto& taken) { return std::string(name_of(taken.param)); });

}  // namespace
}  // namespace drydock::test
