#include "probes/net/marked_command.hpp"

#include <charconv>

namespace drydock::net {

std::vector<std::string> with_marks(std::string_view mark, const std::vector<std::string>& argv) {
  std::vector<std::string> marked{"sh", "-c",
                                  R"(echo "$0 begins" >&2; "$@"; status=$?; echo "$0 ended $status" >&2; exit $status)",
                                  std::string(mark)};
  marked.insert(marked.end(), argv.begin(), argv.end());
  return marked;
}

Marks take_marks(std::string& err, std::string_view mark) {
  Marks marks;
  const std::string begins = std::string(mark) + " begins\n";
  if (const std::size_t at = err.find(begins); at != std::string::npos) {
    marks.began = true;
    err.erase(at, begins.size());
  }
  const std::string end = std::string(mark) + " ended ";
  if (const std::size_t at = err.rfind(end); at != std::string::npos) {
    const std::size_t digits = at + end.size();
    int exit = 0;
    if (std::from_chars(err.data() + digits, err.data() + err.size(), exit).ec == std::errc{}) marks.exit = exit;
    const std::size_t line_end = err.find('\n', at);
    err.erase(at, line_end == std::string::npos ? line_end : line_end - at + 1);
  }
  return marks;
}

}  // namespace drydock::net
