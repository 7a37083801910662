#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/check.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/parameter.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

/// One of the connections that an address is to have at once (`limits.connections`), which a probe holds while it
/// looks. Who waits for something that may take long, and needs no connection for that, lets those in who want one.
class Slot {
public:
  virtual ~Slot() = default;
  /// Whether somebody waits for it.
  [[nodiscard]] virtual bool is_wanted() const = 0;
  virtual void leave() = 0;
  /// Waits its turn, before those who have not begun; returns at once where it is held.
  virtual boost::asio::awaitable<void> enter() = 0;
  /// Takes up to `most` further places that nobody wants now, without waiting; how many it got. With leave() they go.
  virtual std::size_t take_more(std::size_t most) = 0;
  /// Gives back what take_more() took.
  virtual void give_back_more() = 0;
};

/// What a running probe is given. Lives until the probe has ended.
struct ProbeContext {
  const Subject& subject;
  Deadline deadline;  ///< the runner cancels the probe then; sub-steps may use it to plan
  /// The addresses (IP) that took or refused a connection, or answered a datagram: who dials adds to it. May be null.
  std::set<std::string>* answered = nullptr;
  /// How long one connection may take where the type's `connections` says that it makes several; 0: until the deadline.
  Duration patience{0};
  Slot* slot = nullptr;  ///< that it holds when it begins; may be null: then nobody wants one
};

/// One dialogue. Immutable: may run many times at once. Observes and never judges; no retries inside.
class Probe {
public:
  virtual ~Probe() = default;
  /// Throws Failure or boost::system::system_error when the dialogue ends early; what was seen is in `out` by then.
  virtual boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const = 0;
};

/// A problem of parameters that no single ParameterSpec can express; `parameter` names the culprit.
struct ParameterProblem {
  std::string parameter;
  std::string message;  ///< `what is wrong; what would be right`
};

/// What is done for the sake of one check costs the host at the most, by its `limits`.
struct CheckCost {
  std::string_view check;
  std::string_view facts = {};  ///< how the facts begin that are seen for it alone: `smtp.unknown`
  int refusals = 0;             ///< replies 4xx and 5xx to commands that are not expected to succeed
  int wrong_logins = 0;         ///< logins that must fail
};

/// Everything there is to know about one probe type. One constant a type, listed in probes/registry.cpp; documentation,
/// JSON Schema, `checks` and `explain` are generated from it.
struct ProbeType {
  std::string_view name;  ///< the key in the scenario: smtp, http, ...
  std::string_view summary;
  Aims aims = {Aim::host};  ///< what a probe of it looks at, one instance each
  std::span<const ParameterSpec> parameters;
  std::span<const FactSpec> facts;
  std::span<const CheckSpec> checks;
  std::unique_ptr<const Probe> (*make)(const Parameters&) = nullptr;
  std::vector<ParameterProblem> (*validate)(const Parameters&) = nullptr;  ///< null: nothing to add
  /// How long the probe waits on purpose (a mail's `within`), besides its ordinary time limit. Null: 0.
  Duration (*waiting)(const Parameters&) = nullptr;
  /// How many connections it makes one after another at the most, each with the whole time limit to itself. Null: the
  /// time limit is that of the whole dialogue.
  int (*connections)(const Parameters&) = nullptr;
  /// What its checks cost with these parameters; checks that cost nothing are left out. Null: none costs anything.
  std::vector<CheckCost> (*costs)(const Subject&) = nullptr;
  bool asks_about_domains = false;  ///< Expected::domains shape its dialogue
  /// The port it dials with these parameters; 0 where there is no single one.
  std::uint16_t (*port)(const Parameters&) = nullptr;
  /// A command that shows the fact of this full name by hand, from what was seen of the same peer; holds no secret.
  /// Null, or an empty text: a check of the type knows one that shows the same dialogue.
  std::string (*by_hand)(const Observation&, const Subject&, std::string_view fact) = nullptr;
  /// Why nothing that is wrong with the fact of this full name can be held against the host, in plain words: it was not
  /// given what the right answer would have needed. Empty: it can be held. Null: always.
  std::string (*why_not_held)(const Observation&, std::string_view fact) = nullptr;
  /// The check that says whether the service was reached: who needs a probe of the type needs it, and not all the
  /// others. Empty: all that are critical.
  std::string_view reached_by = {};
  /// What it does on a host besides asking, such as sending a message, in a line for who is to allow it. Empty:
  /// nothing. Null: never anything.
  std::string (*announce)(const Subject&) = nullptr;
};

}  // namespace drydock
