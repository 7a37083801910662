#include "probes/ports/probe.hpp"
#include "probes/ports/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/net/for_each.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

std::vector<std::string> all_ports(const Parameters& parameters) {
  std::vector<std::string> ports = parameters.texts("open");
  for (const auto& port : parameters.texts("closed"))
    if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
  return ports;
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
    : ports_(all_ports(parameters)), patience_(parameters.duration("patience", kPatience)) {}

Duration PortsProbe::waiting(const Parameters& parameters) {
  const auto rounds = static_cast<std::int64_t>((all_ports(parameters).size() + kAtOnce - 1) / kAtOnce);
  return parameters.duration("patience", kPatience) * rounds;
}

asio::awaitable<void> PortsProbe::run(const ProbeContext& context, Observation& out) const {
  out.address = context.subject.target.ip;
  out.stage = "connect";
  for (const auto& [state, fact] : kPortStates) out.set(*fact, {});
  const std::function<asio::awaitable<void>(std::size_t)> work = [this, &context, &out](std::size_t index) {
    return knock_at(context, ports_[index], patience_, out);
  };
  co_await net::for_each_index(ports_.size(), kAtOnce, work);
  out.stage = "done";
}

}  // namespace drydock
