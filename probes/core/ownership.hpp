#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace drydock {

/// What must stand at a path that is to be believed.
enum class Owned {
  file,    ///< a regular file that only its owner can write
  folder,  ///< a folder in which only its owner can make, remove and rename
  place,   ///< where something new may be made: such a folder, or one with the sticky bit, such as /tmp
};

/// Why nobody should act on what stands at `path`, in words that name the culprit, whose it is and what would be right;
/// nothing where it can be believed. It can be where it is as `wanted` says and belongs to root or to the effective
/// user, and so does every folder on the way, and others can write in none of them, unless the sticky bit keeps them
/// from replacing the next component. A symbolic link is followed only where it could be a folder by the same rule and
/// stands where others can't write at all, sticky or not. A path that leads nowhere is not believed either. A relative
/// path is checked from / down.
///
/// What was seen stays true afterwards as far as others are concerned, for each step was seen to be out of their reach
/// before the next was taken; root and the user can change it at any time. It can't be seen
/// * who put a file into a sticky folder: others can move a file of ours there from a folder of theirs. So keep what
///   is to be believed in a folder of its own. (A file with a second name there is refused.)
/// * who opened a file for writing while others still could;
/// * whether a file system lies about owners: one made by others (a stick, FUSE, NFS) can say anything.
std::optional<std::string> distrust(const std::filesystem::path& path, Owned wanted);

/// The file's text, read through the very descriptor that was checked as Owned::file. Never waits, as a FIFO would make
/// it. Throws std::runtime_error with what distrust() says, or where it holds more than `most` octets.
std::string read_owned(const std::filesystem::path& path, std::size_t most);

}  // namespace drydock
