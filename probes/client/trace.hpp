#pragma once
#include <string>
#include <string_view>

#include "probes/core/observation.hpp"

namespace drydock {

/// Where a client tells how far it has come: all that it knows of an observation. A type whose stages have names of
/// their own gives the client another text for its stages.
class Trace {
public:
  explicit Trace(Observation& out) : Trace(out, out.stage) {}
  /// Both must outlive the client.
  Trace(Observation& out, std::string& stage) : transcript_(&out.transcript), stage_(&stage) {}

  void reach(std::string_view stage) { *stage_ = stage; }
  void note(std::string_view remark) { transcript_->note(remark); }

private:
  Transcript* transcript_;
  std::string* stage_;
};

}  // namespace drydock
