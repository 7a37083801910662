#pragma once
#include <string>
#include <string_view>

namespace drydock {

/// The database image that a SQLite main file and its write-ahead log make together, up to the log's last commit whose
/// checksums hold (https://www.sqlite.org/fileformat2.html#walformat); what comes after it was never durable. The image
/// says of itself that it needs no log. Pure. A log that does not belong to the file or is damaged at its start counts
/// as empty.
std::string merge_wal(std::string main, std::string_view wal);

}  // namespace drydock
