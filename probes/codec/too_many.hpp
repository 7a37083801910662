#pragma once
#include <string_view>

namespace drydock {

/// True where these words of a server say that there are too many connections, sessions or clients: nothing that says
/// whether it would serve one who comes alone. For protocols that have no code for it, or whose servers use none.
bool speaks_of_too_many(std::string_view words);

}  // namespace drydock
