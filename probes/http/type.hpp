#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// `http`: one request to a web server, with the redirects that it answers with.
extern const ProbeType kHttpType;

}  // namespace drydock
