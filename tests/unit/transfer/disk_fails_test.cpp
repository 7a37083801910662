// The disk takes nothing more from any change on that a transfer makes of it: full, or broken.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <iostream>

#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/crash.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

struct Failure {
  const char* name;
  int code;          ///< SQLite's
  const char* told;  ///< to people
  bool writes_only;  ///< a full disk still syncs and removes
  bool once;         ///< it is well again for the change after
};

class DiskFails : public CrashTest, public ::testing::WithParamInterface<Failure> {
protected:
  void TearDown() override { LossyDisk::here().forget(); }
  /// The disk fails from its `n`th change on. Readers rely on the log, in whatever state the disk is.
  void fail_from(int n) {
    failed_ = false;
    LossyDisk::here().watch(disk(), [this, n](DiskChange change, int number) {
      if (number < n || (GetParam().once && number > n) || (GetParam().writes_only && change != DiskChange::write))
        return SQLITE_OK;
      if (!failed_) acts_before_ = done().size();
      failed_ = true;
      return GetParam().code;
    });
    at_boundary = [this](const std::string& boundary) {
      if (boundary.starts_with("after")) EXPECT_TRUE(journal_exists(options().journal + "-wal")) << boundary;
    };
  }
  /// Stopped, with a reason and before another action.
  void judge_the_end(const TransferResult& result) {
    EXPECT_EQ(result.exit, 70) << said();
    EXPECT_EQ(done().size(), acts_before_) << "an action began after the disk had failed";
    EXPECT_THAT(said(), HasSubstr(GetParam().told));
    EXPECT_THAT(said(), HasSubstr(options().journal));
    EXPECT_THAT(said(), HasSubstr("no further action was started"));
    EXPECT_THAT(said(), HasSubstr("drydock cutover " + scenario.file));
  }
  bool failed_ = false;
  std::size_t acts_before_ = 0;
};

TEST_P(DiskFails, AtAnyChangeTheTransferStopsBeforeTheNextActionAndGoesOnLater) {
  int stopped = 0, unharmed = 0, resumed = 0, n = 1;
  for (;; ++n) {
    SCOPED_TRACE(testing::Message() << "from change " << n << " on");
    fail_from(n);
    const TransferResult result = go();
    if (!failed_) break;
    LossyDisk::here().forget();
    // All that is left to do after the last entry is to put the log away, which the next one to come does as well.
    const bool complete = result.exit == 0;
    complete ? ++unharmed : ++stopped;
    if (complete)
      EXPECT_EQ(done().size(), 4U);
    else
      judge_the_end(result);
    if (journal_exists(options().journal)) EXPECT_TRUE(whole_journal(options().journal).problems.empty());
    EXPECT_EQ(carry_to_the_end(), 0) << said();
    EXPECT_EQ(done(), (Names{"a", "b", "c", "d"}));
    EXPECT_TRUE(whole_journal(options().journal).problems.empty());
    if (HasFailure()) return;
    ++resumed;
    forget();
  }
  std::cout << GetParam().name << ": " << n - 1 << " changes of the disk, " << stopped << " stopped, " << unharmed
            << " after the last entry, " << resumed << " resumed, every action done once\n";
  RecordProperty("stopped", stopped);
  RecordProperty("resumed", resumed);
  EXPECT_GT(stopped, 150);
  EXPECT_LT(unharmed, 30);
}

INSTANTIATE_TEST_SUITE_P(
    Transfer, DiskFails,
    ::testing::Values(Failure{"FullDisk", SQLITE_FULL, "the disk is full", true, false},
                      Failure{"BrokenDisk", SQLITE_IOERR_WRITE, "the disk reports an error", false, false},
                      Failure{"DiskWithOneFault", SQLITE_IOERR_WRITE, "the disk reports an error", false, true}),
    [](const auto& failure) { return failure.param.name; });

}  // namespace
}  // namespace drydock::test
