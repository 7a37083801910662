#pragma once
#include <optional>
#include <string>

#include "probes/core/duration.hpp"

namespace drydock {

/// The right to carry a transfer on: a lock on `JOURNAL.lock` that ends with the process that holds it, however it
/// ends. The file names the holder for people.
class Holder {
public:
  /// Takes the lock. Nothing where another process has it; `who` then says who: `pid 4711 (drydock cutover), user ops,
  /// since 2026-11-22T20:00:00.000Z`. Throws JournalError where the file can't be made.
  static std::optional<Holder> take(const std::string& journal, const std::string& verb, WallTime now,
                                    std::string& who);
  /// Who holds it, asked without taking it or making the file; nothing where nobody does.
  static std::optional<std::string> who_holds(const std::string& journal);

  Holder(Holder&& other) noexcept;
  Holder& operator=(Holder&&) = delete;
  ~Holder();

private:
  Holder(std::string path, int descriptor);
  std::string path_;
  int descriptor_;
};

}  // namespace drydock
