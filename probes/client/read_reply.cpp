#include "probes/client/read_reply.hpp"

namespace drydock {
namespace asio = boost::asio;

asio::awaitable<Reply> read_reply(net::Stream& stream, ReplyForm form) {
  ReplyParser parser(form);
  while (!parser.complete()) {
    const std::string line = co_await stream.read_line(ReplyLimits{}.line);
    const auto added = parser.add_line(line);
    if (!added) throw Failure(added.error().kind, added.error().message);
  }
  co_return parser.take();
}

}  // namespace drydock
