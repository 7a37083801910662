#pragma once
#include <optional>
#include <string>

#include "harness/transfer/transfer_log.hpp"

namespace drydock {

/// Who carries a transfer on at this moment.
struct Owner {
  bool here = false;        ///< a process of this machine; else one of another machine, of which nothing is assumed
  bool has_lock = false;    ///< else somebody has removed it, or it lies on another machine
  std::string who, verb{};  ///< in words; the verb where the journal names it
};
/// By the journal alone, as for who holds the lock. Nothing where nobody does, or only this process.
std::optional<Owner> owner_by_journal(const TransferLog& log);
/// By its lock, or else by the journal.
std::optional<Owner> owner_of(const std::string& journal, const TransferLog& log);

/// That it is carried on by `owner`, of another machine, and nothing says that it has ended.
std::string elsewhere_words(const Owner& owner);

}  // namespace drydock
