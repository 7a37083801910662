#pragma once
#include <memory>
#include <string>

namespace drydock {

/// A journal's main file and log as of one moment, in a private folder that goes with this object.
class JournalCopy {
public:
  /// Nothing where the journal changed in a way that a copy can't follow: try again. Throws JournalError.
  static std::unique_ptr<JournalCopy> make(const std::string& journal);
  explicit JournalCopy(std::string folder) : folder_(std::move(folder)) {}
  ~JournalCopy();
  JournalCopy(const JournalCopy&) = delete;
  JournalCopy& operator=(const JournalCopy&) = delete;
  /// The main file's copy; the log's lies beside it where there was one.
  [[nodiscard]] std::string path() const { return folder_ + "/journal"; }
  /// True where the journal's main file is still the one that was copied, unchanged.
  [[nodiscard]] bool still_true() const;

private:
  struct Facts {
    unsigned long long inode = 0;
    long long size = -1, seconds = 0, nanoseconds = 0;
    bool operator==(const Facts&) const = default;
  };
  static Facts facts_of(const std::string& path);
  std::string folder_;
  std::string original_;
  Facts original_facts_;
};

}  // namespace drydock
