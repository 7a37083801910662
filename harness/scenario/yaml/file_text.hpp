#pragma once
#include <cstddef>
#include <string>

namespace drydock {

struct FileText {
  std::string text;
  std::string problem;  ///< empty where the file was read: `No such file or directory`
};

/// Reads a regular file; stops one octet past `most`, so that the reader sees that it is too large.
FileText read_file(const std::string& path, std::size_t most);

}  // namespace drydock
