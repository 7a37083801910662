#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/journal/holder.hpp"
#include "harness/plan/standing.hpp"
#include "harness/transfer/tell.hpp"
#include "harness/transfer/transfer.hpp"
#include "harness/transfer/transfer_log.hpp"

namespace drydock {

/// That the owner on another machine is gone, as a person says.
struct TakeOver {
  bool wanted = false;
  std::string because;
};

/// What cutover and rollback have in common: the lock, the log, the checks before anything is done, and what is
/// noted at the end. One for one invocation.
class Session {
public:
  /// `arguments`: how far the verb is to go, as typed. `read_only`: a dry run, which locks and writes nothing.
  Session(const Scenario& scenario, World& world, const TransferOptions& options, std::string verb,
          std::string arguments, bool read_only);

  /// Takes the lock and reads the log. The exit code where the verb can't begin.
  std::optional<int> open();
  /// Nobody else may carry the transfer on: 75. Where the journal names another machine, nothing is assumed about it
  /// until a person says that it does not; a dry run takes nothing from it.
  std::optional<int> ask_for_owner(const TakeOver& take_over);
  /// Refuses where something that is needed on the way can't be had: these secrets, a line each, or the folder for
  /// what actions say.
  std::optional<int> refuse_missing(const std::vector<std::string>& secrets);
  /// From here on the verb may write, and who has the right to carry on is noted before the first thing is done with
  /// it; the exit code where somebody else has taken it meanwhile. The journal is made here where there was none.
  std::optional<int> begin();

  /// Tells why, and, where that names no command, the one that shows where the transfer stands.
  int refuse(const std::string& why);
  int held(const std::string& why);
  /// Carries out the verb, turns what this machine does wrong into exit 70, and notes the end in the journal.
  boost::asio::awaitable<TransferResult> carry_out(boost::asio::awaitable<int> verb);

  [[nodiscard]] TransferLog& log() { return *log_; }
  [[nodiscard]] Tell& tell() { return tell_; }
  [[nodiscard]] Standing standing() const { return stand(outline_of(scenario_), log_->events()); }

private:
  TransferResult finish(int exit);
  int machine_failed(const std::exception& error);
  void stop(int exit);
  void note_vars();

  const Scenario& scenario_;
  World& world_;
  const TransferOptions& options_;
  std::string verb_, arguments_;
  bool read_only_;
  Tell tell_, errors_;
  std::optional<Holder> holder_;
  std::optional<TransferLog> log_;
  std::optional<event::TakenOver> take_over_;
  bool owns_ = false;
};

}  // namespace drydock
