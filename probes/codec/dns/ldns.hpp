#pragma once
// ldns defines `bool`, `true` and `false` as macros unless <stdbool.h> came first.
#include <stdbool.h>
// clang-format off
#include <ldns/ldns.h>
// clang-format on

#include <cstdlib>
#include <memory>

namespace drydock::dns {

/// Frees what ldns gives away.
struct LdnsDelete {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
  void operator()(ldns_rr* record) const { ldns_rr_free(record); }
  void operator()(ldns_rr_list* records) const { ldns_rr_list_deep_free(records); }
  void operator()(ldns_rdf* field) const { ldns_rdf_deep_free(field); }
  void operator()(char* text) const { std::free(text); }
  void operator()(std::uint8_t* octets) const { std::free(octets); }
};
template <class T>
using Ldns = std::unique_ptr<T, LdnsDelete>;

}  // namespace drydock::dns
