#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// Told what happens while probes run, for progress lines and streamed reports. Called on the event loop; must not
/// block.
class RunListener {
public:
  virtual ~RunListener() = default;
  virtual void probe_started(const std::string& probe, const std::string& host) { (void)probe, (void)host; }
  virtual void probe_finished(const std::string& probe, const std::string& host) { (void)probe, (void)host; }
  /// Before the results that were judged from it.
  virtual void observation(const ObservationRecord& seen) { (void)seen; }
  virtual void result(const ResultRecord& result) { (void)result; }
};

struct EngineOptions {
  std::size_t phase = 0;                  ///< index into Scenario::phases
  std::string token;                      ///< the run's token: [a-z0-9-]
  int per_server = 8;                     ///< probes under way at once at a name server; hosts have `limits`
  int at_once = 0;                        ///< probes under way at once in all; 0: as many as file descriptors allow
  std::vector<RunListener*> listeners{};  ///< told in this order; must outlive the engine
  const Redactor* redactor = nullptr;     ///< applied to every text of a result; may be null
  bool whole_transcripts = false;         ///< also of what passed: else of a long one the beginning and the end
};

/// Runs probes of one scenario on the executor of the coroutine that awaits it. One engine may look many times (gates);
/// every look observes afresh, the token stays.
class Engine {
public:
  /// `scenario` must outlive the engine. Secrets must have been resolved.
  Engine(const Scenario& scenario, EngineOptions options);
  ~Engine();

  /// Observes the probes of these ids and what they `need`, in the engine's phase, and judges them: an observation an
  /// attempt, numbered over all looks of this engine. Results come in the order of the scenario; those of probes that
  /// are only needed are among them. A probe out of phase gives one result with verdict skip and check id `probe`.
  /// Cancelled: seen() has what was seen so far, and the other probes as inconclusive: interrupted after so long, or
  /// not looked at. `hosts`: only these (empty: all of each probe's `on`).
  boost::asio::awaitable<LookRecord> look(std::vector<std::string> probe_ids, std::set<std::string> hosts = {});
  /// What a look has seen so far that is under way, or was cancelled: one that has ended has given it to who awaits it.
  [[nodiscard]] LookRecord seen() const;

  /// The chain of `needs` of the last look that took longest: probe ids with the time each took, causes first.
  [[nodiscard]] std::vector<std::pair<std::string, Duration>> longest_chain() const;

  /// From here on no check keeps a pass that it had before: see `limits`.
  void begin_gates();
  void enter(std::size_t phase);
  [[nodiscard]] std::size_t phase() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The filters of `run`: those of one kind are or-ed, the kinds and-ed. Ids of the probes chosen, in scenario order;
/// empty where nothing is chosen.
struct Selection {
  std::vector<std::string> on, only, tags;  ///< host ids, globs over probe ids, tags
};
std::vector<std::string> select_probes(const Scenario& scenario, const Selection& selection);

}  // namespace drydock
