#pragma once
#include <string_view>

/// What servers say in words about this moment, for protocols that have no code for it or whose servers use none.
namespace drydock {

/// True where these words of a server say that there are too many connections, sessions or clients: nothing that says
/// whether it would serve one who comes alone.
bool speaks_of_too_many(std::string_view words);

/// The same, or that it is busy or can't serve for now. Only of words with which a connection or STARTTLS is turned
/// away: after a login the same words stand for what may last (an authentication daemon that is gone).
bool speaks_of_not_now(std::string_view words);

/// True where a refusal speaks of the client that asks, by its address or name: it says nothing about what was asked.
bool speaks_of_this_client(std::string_view words);

}  // namespace drydock
