#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace drydock {

/// Data of a DNS record, or a name in it, as a fact. Names fold case and may end in a dot or not (RFC 1034 §3.1, RFC
/// 4343), texts and keys don't.
struct DnsData {
  std::string text;   ///< presentation form; of TXT the joined octets, without quotes
  bool folds = true;  ///< it is made of names, addresses, numbers and hex digits only
  friend bool operator==(const DnsData&, const DnsData&) = default;
};

/// What two spellings of the same data have in common, where it folds: no case, no final dot, one form of an IPv6
/// address. Else the text as it is.
std::string comparable(std::string_view text, bool folds);

/// The names as data.
std::vector<DnsData> as_names(const std::vector<std::string>& names);
std::vector<std::string> texts_of(const std::vector<DnsData>& data);

}  // namespace drydock
