#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace drydock {

/// A folder of our own, readable by nobody else, that goes with this object. One whose process was killed is removed by
/// the next of the same user.
class PrivateFolder {
public:
  /// Where so many octets have room. Throws JournalError.
  explicit PrivateFolder(std::uint64_t octets);
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  bool make_in(const std::string& place);
  std::string path_;
  int lock_ = -1;  ///< of the folder, held as long as it is in use
};

/// A journal's main file and log as of one moment, in a private folder that goes with this object.
class JournalCopy {
public:
  /// Nothing where the journal changed in a way that a copy can't follow: try again. Throws JournalError.
  static std::unique_ptr<JournalCopy> make(const std::string& journal);
  explicit JournalCopy(std::uint64_t octets) : folder_(octets) {}
  /// The main file's copy; the log's lies beside it where there was one.
  [[nodiscard]] std::string path() const { return folder_.path() + "/journal"; }
  /// True where the journal's main file is still the one that was copied, unchanged.
  [[nodiscard]] bool still_true() const;

private:
  struct Facts {
    unsigned long long inode = 0;
    long long size = -1, seconds = 0, nanoseconds = 0;
    bool operator==(const Facts&) const = default;
  };
  static Facts facts_of(const std::string& path);
  PrivateFolder folder_;
  std::string original_;
  Facts original_facts_;
};

}  // namespace drydock
