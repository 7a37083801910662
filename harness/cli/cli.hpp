#pragma once

namespace drydock::cli {

/// The whole program: reads the arguments, carries out the verb, returns the exit code. Never throws.
int run(int argc, char** argv);

}  // namespace drydock::cli
