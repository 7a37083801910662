#pragma once
#include <functional>
#include <string>

namespace drydock::test {

/// What SQLite does to a file.
enum class DiskChange { write, truncate, sync, removal };

/// SQLite's own VFS with a hand between: it counts what is done to the files of one folder, and before each change asks
/// a hook, which may kill the process or let the change fail. Becomes the default VFS of the process that uses it.
class LossyDisk {
public:
  static LossyDisk& here();
  /// From here on the changes in `folder` (a prefix of paths) are counted, from 1, and told to `before`, which answers
  /// with SQLite's result code: SQLITE_OK lets the change be made, any other is what SQLite is told instead.
  void watch(std::string folder, std::function<int(DiskChange, int number)> before);
  void forget() { watch({}, nullptr); }
  [[nodiscard]] int changes() const { return changes_; }
  /// Uses of the shared memory beside a log: they outlive nothing, and are passed through.
  [[nodiscard]] int shared() const { return shared_; }

  /// For the VFS alone.
  [[nodiscard]] bool watches(const char* path) const;
  int ask(DiskChange change);
  void share() { ++shared_; }

private:
  LossyDisk();
  std::string folder_;
  std::function<int(DiskChange, int)> before_;
  int changes_ = 0, shared_ = 0;
};

}  // namespace drydock::test
