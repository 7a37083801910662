#pragma once
#include <sys/types.h>

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>

namespace drydock::cli {

/// A place in the file system, so that two spellings of it, links included, can be told to be one.
struct Place {
  std::string path;                             ///< links followed to the end, even where nothing stands there yet
  std::optional<std::pair<dev_t, ino_t>> file;  ///< what stands there
  mode_t mode = 0;                              ///< of that
  std::optional<int> descriptor;                ///< it names an open file of this process: /dev/stdout, /dev/fd/63

  /// Never throws for what the path is.
  static Place of(const std::string& path);
  [[nodiscard]] bool same_as(const Place& other) const;
};

/// Where one report goes. A regular file is replaced whole and at once: until then what stood there is untouched, and a
/// process that dies leaves nothing. Of a symbolic link the target is replaced. Pipes, terminals and devices are
/// written directly. With `in_place` a regular file is written directly too; it is emptied by the first write.
class ReportFile {
public:
  using Content = std::function<void(std::ostream&)>;

  /// Opens what is written directly and proves that a file can be made where one is to be replaced. Throws
  /// std::runtime_error with the reason where that can't be.
  ReportFile(Place place, bool in_place);
  ReportFile(ReportFile&& other) noexcept;
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  ReportFile& operator=(ReportFile&&) = delete;
  /// Takes away a file that was made for a report that was never begun.
  ~ReportFile();

  [[nodiscard]] const Place& place() const { return place_; }
  /// Adds what `content` writes to what is written directly, replaces a file by it otherwise. It is not held, however
  /// long it is. Throws std::runtime_error with the reason.
  void write(const Content& content);

private:
  void replace(const Content& content) const;
  Place place_;
  int fd_ = -1;  ///< of what is written directly; -1: the file is replaced
  bool regular_ = false;
  bool made_ = false;
  bool begun_ = false;
};

}  // namespace drydock::cli
