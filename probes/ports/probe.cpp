#include "probes/ports/probe.hpp"
#include "probes/ports/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/net/for_each.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Those that must be closed, but for what must be open, too: that is judged by one knock.
std::vector<std::string> only_closed(const Parameters& parameters) {
  const auto& open = parameters.texts("open");
  std::vector<std::string> closed = parameters.texts("closed");
  std::erase_if(closed, [&](const auto& port) { return std::ranges::find(open, port) != open.end(); });
  return closed;
}

asio::awaitable<void> knock_at(const ProbeContext& context, const std::string& port, Duration patience,
                               Observation& out) {
  const Endpoint to{context.subject.target.ip, static_cast<std::uint16_t>(std::stoi(port))};
  const net::PortState state = co_await net::knock(context, to, patience);
  out.transcript.note(fmt::format("{}: {}", to.text(), net::to_string(state)));
  for (const auto& [one, fact] : kPortStates)
    if (one == state) out.at(*fact).push_back(port);
}

}  // namespace

PortsProbe::PortsProbe(const Parameters& parameters)
    : open_(parameters.texts("open")),
      closed_(only_closed(parameters)),
      patience_(parameters.duration("patience", kPatience)) {}

Duration PortsProbe::waiting(const Parameters& parameters) {
  const std::size_t rounds = parameters.texts("open").size() + (only_closed(parameters).size() + kAtOnce - 1) / kAtOnce;
  return parameters.duration("patience", kPatience) * static_cast<std::int64_t>(rounds);
}

asio::awaitable<void> PortsProbe::run(const ProbeContext& context, Observation& out) const {
  out.address = context.subject.target.ip;
  out.stage = "connect";
  for (const auto& [state, fact] : kPortStates) out.set(*fact, {});
  const auto knock_at_all = [&](const std::vector<std::string>& ports) {
    return std::function(
        [this, &context, &out, &ports](std::size_t i) { return knock_at(context, ports[i], patience_, out); });
  };
  const auto knock_open = knock_at_all(open_), knock_closed = knock_at_all(closed_);
  co_await net::for_each_index(context.slot, open_.size(), kAtOnce, knock_open);
  co_await net::for_each_index(closed_.size(), kAtOnce, knock_closed);
  out.stage = "done";
}

}  // namespace drydock
