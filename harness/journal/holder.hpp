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
  /// host build7, since 2026-11-22T20:00:00.000Z`. The file is made with mode 0600 and never opened through a link.
  /// Throws JournalError where it can't be made, or where something else stands under its name.
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
