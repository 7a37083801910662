#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "probes/core/probe.hpp"

namespace drydock::test {

/// Runs a coroutine on an event loop of its own until it ends; throws what it throws.
void run_on_loop(std::function<boost::asio::awaitable<void>()> work);

/// Runs one probe to its end or to `patience`, as the engine does.
Observation observe(const Probe& probe, const Subject& subject, Duration patience = std::chrono::seconds(20),
                    std::set<std::string>* answered = nullptr);
/// The same for a type: makes the probe from subject.parameters.
Observation observe(const ProbeType& type, const Subject& subject, Duration patience = std::chrono::seconds(20),
                    std::set<std::string>* answered = nullptr);

/// What the check `id` of the type says. Throws std::logic_error where the type has no such check.
Judgement judge(const ProbeType& type, std::string_view id, const Observation& seen, const Subject& subject,
                const Evidence& evidence = {});

/// A subject aimed at `to`, with the vantage 127.0.0.1 `prober.test`, host `new`, token `t-1`, and the given name.
Subject subject_at(const Endpoint& to, std::string name = "localhost");

/// The transcript as lines `> text`, `< text`, `* text`, for messages of failed tests.
std::string transcript_text(const Observation& seen);

}  // namespace drydock::test
