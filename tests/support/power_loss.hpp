#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace drydock::test {

/// A folder as a disk that loses power. While a program runs that has loaded tests/support/preload/durable_shadow.cpp,
/// with the environment that this names, a second folder keeps what is durable: of each journal file, and of what
/// SQLite keeps beside it, the content as of its last sync, by inode; in the file `names` the folder's names as of its
/// last sync, each line `INODE NAME`. So a file whose folder was not synced since may be gone, and one that was renamed
/// may have its old name. The folder must be on a tmpfs, which gives no inode number twice.
class PowerLoss {
public:
  /// All that is in `folder` now is durable.
  PowerLoss(std::filesystem::path folder, std::filesystem::path shadow);
  [[nodiscard]] std::map<std::string, std::string> environment() const;

  enum class Keeps {
    all,       ///< the process died and the machine did not
    synced,    ///< nothing that was not synced
    at_random  ///< of what was not synced any sectors of 512 octets, any length, and the names before or after
  };
  /// Makes of the folder what is found after the power came back. What is left is durable.
  void strike(Keeps keeps, std::uint64_t seed) const;

private:
  void all_is_durable() const;
  std::filesystem::path folder_, shadow_;
};

}  // namespace drydock::test
