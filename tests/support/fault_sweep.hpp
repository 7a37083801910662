#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "probes/core/probe.hpp"
#include "tests/support/scripted_peer.hpp"

/// Takes a healthy dialogue and breaks it at every move of the server: there the server hangs up, resets, stalls, sends
/// half of its octets and does one of these, or floods (megabytes without a line end; endless lines). Where it makes
/// several connections, all but the first besides meet another server: one with a certificate that proves nothing, one
/// that speaks on in clear where TLS was to begin, one of another service. After each run these must hold:
///   - the probe ends by its deadline;
///   - Observation::error is set, except where the move is in `tolerated`;
///   - no check passes that `needs` a move which was not made, and none at all where the first move was broken;
///   - where the server stalls, no check fails;
///   - facts and transcript stay small;
///   - no real password goes out on a connection that has not itself proved whose it is (PasswordWire).
/// And each check of the type is known by name: what passes in the healthy dialogue is in `needs`, and nothing else is;
/// what does not pass there is skipped, or in `not_here` with the reason.
/// Usage:
///
///   SweepPlan plan{.type = kSmtpType, .scripts = {{say("220 mail.test"), hear("EHLO"), say("250 mail.test"), ...}}};
///   plan.subject = [](const Endpoint& to) { Subject s = subject_at(to); s.parameters.set("port", ...); return s; };
///   plan.needs = {{"smtp.ehlo", 1}};       // can't pass unless the server made its move 1, the reply to EHLO
///   plan.tolerated = {5};                  // the reply to QUIT
///   EXPECT_THAT(fault_sweep(plan), testing::IsEmpty());
///
/// Moves of the server are counted from 0 over all scripts: say, send, tls, data_say, data_tls, act; not hear,
/// open_data, data_hear, data_end. `implicit_tls` is no move of its own: write tls() as the first move instead to have
/// it broken too.
namespace drydock::test {

struct SweepPlan {
  const ProbeType& type;
  std::vector<Script> scripts;  ///< of a dialogue in which no check fails; one for each connection
  PeerOptions peer = {};
  std::function<Subject(const Endpoint&)> subject = {};
  std::map<std::string, std::size_t> needs = {};  ///< check id → the move it can't pass without
  std::map<std::string, std::string> not_here =
      {};                                 ///< check id → why it neither passes in this dialogue nor is skipped
  std::set<std::string> of_anybody = {};  ///< checks that may pass by connections that have not proved whose they are
  std::set<std::size_t> tolerated = {};   ///< moves whose loss need not end the probe early
  std::set<std::string> may_fail = {};    ///< checks that may fail even in the stalls and in the healthy run
  Duration patience = std::chrono::milliseconds(600);  ///< for the runs in which the server stalls or floods
};

/// Runs the healthy dialogue and every broken one. What did not hold, one line each; empty: all held.
std::vector<std::string> fault_sweep(const SweepPlan& plan);

}  // namespace drydock::test
