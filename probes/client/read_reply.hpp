#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/codec/reply.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// One whole reply of SMTP or FTP. Throws Failure(protocol) where what comes is none, or is past the limits of one.
boost::asio::awaitable<Reply> read_reply(net::Stream& stream, ReplyForm form);

}  // namespace drydock
