#pragma once
#include "probes/dns/talk.hpp"

namespace drydock {

/// Notes the zone that holds the name, its serial and its name servers, here and on the other authoritative servers.
/// `first` is this server's answer to the question.
boost::asio::awaitable<void> look_at_zone(const DnsTalk& talk, const dns::Message& first);

/// Notes whether this server is one of the zone's name servers, as the other authoritative servers or a resolver tell
/// it; nothing where none of them does.
boost::asio::awaitable<void> look_who_is_listed(const DnsTalk& talk);

}  // namespace drydock
