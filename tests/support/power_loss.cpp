#include "tests/support/power_loss.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <stdexcept>

namespace drydock::test {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSector = 512;
using Names = std::map<std::string, ino_t>;
using Random = std::mt19937_64;

bool of_a_journal(const fs::path& path) {
  return path.filename().string().find(".journal") != std::string::npos;
}

ino_t inode_of(const fs::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) throw std::runtime_error(path.string() + " is gone");
  return found.st_ino;
}

Names names_in(const fs::path& folder) {
  Names names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (of_a_journal(entry.path())) names[entry.path().filename().string()] = inode_of(entry.path());
  return names;
}

Names durable_names(const fs::path& shadow) {
  std::ifstream file(shadow / "names");
  Names names;
  ino_t inode = 0;
  for (std::string name; file >> inode && file.get() && std::getline(file, name);) names[name] = inode;
  return names;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  if (!file.flush()) throw std::runtime_error(path.string() + " can't be written");
}

std::string mixed(const std::string& durable, const std::string& current, Random& random) {
  std::string found = random() % 2 ? durable : current;
  found.assign(found.size(), '\0');
  for (std::size_t at = 0; at < found.size(); at += kSector) {
    const std::string& from = random() % 2 ? durable : current;
    if (at >= from.size()) continue;
    const std::size_t size = std::min({kSector, found.size() - at, from.size() - at});
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), size, found.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return found;
}

}  // namespace

PowerLoss::PowerLoss(fs::path folder, fs::path shadow) : folder_(std::move(folder)), shadow_(std::move(shadow)) {
  all_is_durable();
}

std::map<std::string, std::string> PowerLoss::environment() const {
  return {{"DRYDOCK_SHADOW", shadow_.string()}, {"DRYDOCK_SHADOW_OF", folder_.string()}};
}

void PowerLoss::all_is_durable() const {
  fs::remove_all(shadow_);
  fs::create_directory(shadow_);
  std::ofstream names(shadow_ / "names");
  for (const auto& [name, inode] : names_in(folder_)) {
    fs::copy_file(folder_ / name, shadow_ / std::to_string(inode), fs::copy_options::overwrite_existing);
    names << inode << ' ' << name << '\n';
  }
}

void PowerLoss::strike(Keeps keeps, std::uint64_t seed) const {
  Random random(seed);
  const Names current = names_in(folder_);
  std::map<ino_t, std::string> written;
  for (const auto& [name, inode] : current) written[inode] = content(folder_ / name);
  const bool new_names = keeps == Keeps::all || (keeps == Keeps::at_random && random() % 2);
  const Names names = new_names ? current : durable_names(shadow_);
  std::map<std::string, std::string> found;
  for (const auto& [name, inode] : names) {
    const std::string durable = content(shadow_ / std::to_string(inode));
    const auto last = written.find(inode);
    const std::string& now = last == written.end() ? durable : last->second;
    found[name] = keeps == Keeps::all ? now : keeps == Keeps::synced ? durable : mixed(durable, now, random);
  }
  for (const auto& [name, inode] : current) fs::remove(folder_ / name);
  for (const auto& [name, octets] : found)
    if (keeps == Keeps::all || !name.ends_with("-shm")) write(folder_ / name, octets);
  all_is_durable();
}

}  // namespace drydock::test
