#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/codec/message.hpp"
#include "probes/codec/reply.hpp"

namespace {

using namespace drydock;

void require(bool holds) {
  if (!holds) std::abort();
}

void examine(const Reply& reply) {
  const ReplyLimits limits;
  require(!reply.lines.empty() && reply.lines.size() <= limits.lines);
  require(reply.text().size() <= 4 * 1024);
  const Capabilities said = parse_capabilities(reply);
  require(said.keywords.size() == said.parameters.size());
  (void)said.mechanisms();
}

/// Feeds `octets` in pieces of `step`; the codes that came out.
std::string replies(std::string_view octets, ReplyForm form, std::size_t step) {
  ReplyParser parser(form);
  std::string codes;
  while (!octets.empty()) {
    const auto fed = parser.feed(octets.substr(0, step));
    if (!fed) return codes + "!";
    octets.remove_prefix(*fed);
    if (!parser.complete()) continue;
    const Reply reply = parser.take();
    examine(reply);
    codes += std::to_string(reply.code) + " ";
  }
  return codes;
}

}  // namespace

/// The replies of a stream don't depend on how it is cut, and a message survives the way through dot-stuffing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const ReplyForm form : {ReplyForm::smtp, ReplyForm::ftp}) {
    const std::string whole = replies(octets, form, octets.size() + 1);
    require(whole == replies(octets, form, 1));
    require(whole == replies(octets, form, 7));
  }
  const std::string stuffed = dot_stuff(octets);
  require(stuffed.ends_with(".\r\n"));
  require(dot_stuff(dot_unstuff(stuffed)) == stuffed);
  return 0;
}
