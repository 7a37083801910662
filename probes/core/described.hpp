#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstddef>

/// What BOOST_DESCRIBE_STRUCT told of plain structs, and proof that it told everything.
namespace drydock {

/// The described members of T, for mp_for_each.
template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public>;

/// Converts to whatever a member is; never called.
struct Anything {
  template <class T>
  operator T() const;
};

/// How many members an aggregate has: as many as it takes initialisers.
template <class T, class... Initialisers>
consteval std::size_t members_of() {
  if constexpr (requires { T{Initialisers{}..., Anything{}}; })
    return members_of<T, Initialisers..., Anything>();
  else
    return sizeof...(Initialisers);
}

/// False where some member of one of them is not described.
template <class... Records>
constexpr bool kNothingIsForgotten = ((members_of<Records>() == boost::mp11::mp_size<Members<Records>>::value) && ...);

}  // namespace drydock
