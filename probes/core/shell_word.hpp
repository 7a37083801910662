#pragma once
#include <string>
#include <string_view>

namespace drydock {

/// One word of a POSIX shell's command line (XCU §2.2.2), quoted where it has to be: what a person is told to paste
/// must mean nothing else, whoever chose its letters.
std::string shell_word(std::string_view text);
/// The same, quoted in any case: so that it can't be a reserved word or an assignment either.
std::string shell_quoted(std::string_view text);

}  // namespace drydock
