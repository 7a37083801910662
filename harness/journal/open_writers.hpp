#pragma once
#include <string>

namespace drydock {

/// Notes that this process has a journal open for writing. A reader in the same process must then not open and close
/// the file by itself: that would drop SQLite's locks (POSIX locks belong to the process). Not thread safe: the event
/// loop's only.
class OpenWriter {
public:
  OpenWriter() = default;
  explicit OpenWriter(const std::string& path);
  OpenWriter(OpenWriter&& other) noexcept;
  OpenWriter& operator=(OpenWriter&& other) noexcept;
  ~OpenWriter();
  [[nodiscard]] static bool here(const std::string& path);

private:
  std::string key_;  ///< device and inode
};

}  // namespace drydock
