#pragma once
#include <fstream>
#include <string>
#include <string_view>

#include "probes/core/secret.hpp"

namespace drydock {

/// Everything that one action says, in a file of its own, secrets removed. What can't be written is told once and ends
/// nothing.
class OutputFile {
public:
  /// Makes FOLDER/NAME and the folder where there is none; neither is opened through a link, and nothing that is there
  /// is overwritten. `redactor` may be null and must outlive it.
  OutputFile(const std::string& folder, const std::string& name, const Redactor* redactor);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  void add(std::string_view chunk);
  /// Writes what is left, without a line end, and makes it durable.
  void finish();
  /// Why not all of it is there; empty where it is.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

private:
  [[nodiscard]] std::string redacted(std::string_view text) const;
  void write(std::string_view clean);
  const Redactor* redactor_;
  int descriptor_ = -1;
  std::string line_;  ///< begun and not ended yet, redacted but for a secret that its end may cut
  std::string trouble_;
};

/// Why nothing can be written to this folder, which is made where there is none; empty where it can.
std::string why_no_output(const std::string& folder);

}  // namespace drydock
