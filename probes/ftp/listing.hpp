#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace drydock::ftp {

/// How many names of a folder are read at the most.
inline constexpr std::size_t kMostNames = 100'000;

/// The names in an answer to NLST (RFC 959 §4.1.3), printable and sorted, without the folders that some servers put
/// before them. Throws Failure(local) where there are more than kMostNames.
std::vector<std::string> names_in(const std::string& listing);

}  // namespace drydock::ftp
