#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::net {

/// `argv` under a shell that writes `MARK begins` before it and `MARK ended STATUS` after it on standard error. Nothing
/// else says that a command ran on a host: ssh's exit status 255 and its words leave it open.
std::vector<std::string> with_marks(std::string_view mark, const std::vector<std::string>& argv);

/// What the marks said.
struct Marks {
  bool began = false;
  std::optional<int> exit;  ///< as the shell saw it: 128 and the signal's number where one ended the command
};
/// Takes their lines out of standard error.
Marks take_marks(std::string& err, std::string_view mark);

}  // namespace drydock::net
