#pragma once
#include <string>

#include "harness/plan/event.hpp"

namespace drydock {

/// This process, on behalf of `person`; empty: the login name, of whoever called sudo where that was so.
Actor this_actor(const std::string& person = {});

/// `Jim (user ops on mail1, pid 4711)`; the person is left out where it is the user.
std::string words_of(const Actor& actor);

/// True where it is this process, not one of its id on another machine or at another time.
bool is_this_process(const Actor& actor);

/// True where both are known to be of one machine: one boot, or one machine id and one name.
bool same_machine(const Actor& a, const Actor& b);

}  // namespace drydock
