#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "harness/plan/standing.hpp"
#include "harness/transfer/transfer_log.hpp"

namespace drydock {

/// Pure. The step that a rollback without --to and --all would undo; nothing where it would be refused because that
/// step has no undo, or because none is in force.
std::optional<std::size_t> undone_by_rollback(const Scenario& scenario, const Standing& standing);

/// Pure. How far the rollback was to go that began, or carried on, the last undo, as typed: `--all`, `--to cut`; empty:
/// one step, or it was a cutover that undid. With `--force` where the point of no return is passed.
std::string way_back(const TransferLog& log, const Standing& standing);

/// Pure. Whether something that a rollback with these arguments is to undo is still in force, beyond the step whose
/// undo is under way.
bool goes_further_back(const Standing& standing, const std::string& arguments);

}  // namespace drydock
