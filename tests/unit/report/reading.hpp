#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"

/// What readers that are not ours make of a report.
namespace drydock::test {

struct Read {
  int exit = -1;
  std::string said;
};

/// What `reader` (a command of the shell, such as `perl tap.pl`, found in the folder `readers`) says of a report.
Read read_by(const std::string& reader, const std::string& format, const RunRecord& record);

/// How often the part stands in the text.
std::size_t count(const std::string& text, const std::string& part);

/// What somebody would write who wants a report to say something else.
const std::vector<std::string>& hostile_texts();

}  // namespace drydock::test
