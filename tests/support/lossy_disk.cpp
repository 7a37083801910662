#include "tests/support/lossy_disk.hpp"

#include <sqlite3.h>

#include <new>
#include <stdexcept>

namespace drydock::test {
namespace {

/// Lies before the file of the VFS below, in one piece of memory that SQLite gives.
struct alignas(8) Handle {
  sqlite3_file file{};
  bool watched = false;
};

sqlite3_vfs* below() {
  static sqlite3_vfs* vfs = sqlite3_vfs_find("unix");
  return vfs;
}

sqlite3_file* under(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<Handle*>(file) + 1);
}

/// Calls METHOD of the file below.
template <auto METHOD, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* real = under(file);
  return (real->pMethods->*METHOD)(real, arguments...);
}

template <DiskChange CHANGE, auto METHOD, class... Arguments>
int change(sqlite3_file* file, Arguments... arguments) {
  if (reinterpret_cast<Handle*>(file)->watched)
    if (const int code = LossyDisk::here().ask(CHANGE); code != SQLITE_OK) return code;
  return pass<METHOD, Arguments...>(file, arguments...);
}

template <auto METHOD, class... Arguments>
int share(sqlite3_file* file, Arguments... arguments) {
  if (reinterpret_cast<Handle*>(file)->watched) LossyDisk::here().share();
  return pass<METHOD, Arguments...>(file, arguments...);
}

void barrier(sqlite3_file* file) {
  under(file)->pMethods->xShmBarrier(under(file));
}

using Methods = sqlite3_io_methods;

/// Version 2: without memory that is mapped from a file, past which writes would go.
const Methods kMethods{
    .iVersion = 2,
    .xClose = pass<&Methods::xClose>,
    .xRead = pass<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = change<DiskChange::write, &Methods::xWrite, const void*, int, sqlite3_int64>,
    .xTruncate = change<DiskChange::truncate, &Methods::xTruncate, sqlite3_int64>,
    .xSync = change<DiskChange::sync, &Methods::xSync, int>,
    .xFileSize = pass<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = pass<&Methods::xLock, int>,
    .xUnlock = pass<&Methods::xUnlock, int>,
    .xCheckReservedLock = pass<&Methods::xCheckReservedLock, int*>,
    .xFileControl = pass<&Methods::xFileControl, int, void*>,
    .xSectorSize = pass<&Methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&Methods::xDeviceCharacteristics>,
    .xShmMap = share<&Methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = share<&Methods::xShmLock, int, int, int>,
    .xShmBarrier = barrier,
    .xShmUnmap = share<&Methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  Handle* handle = new (file) Handle;
  handle->watched = LossyDisk::here().watches(path);
  const int code = below()->xOpen(below(), path, under(file), flags, out_flags);
  if (under(file)->pMethods) file->pMethods = &kMethods;
  return code;
}

int remove(sqlite3_vfs*, const char* path, int sync_folder) {
  if (LossyDisk::here().watches(path))
    if (const int code = LossyDisk::here().ask(DiskChange::removal); code != SQLITE_OK) return code;
  return below()->xDelete(below(), path, sync_folder);
}

}  // namespace

LossyDisk& LossyDisk::here() {
  static LossyDisk disk;
  return disk;
}

LossyDisk::LossyDisk() {
  static sqlite3_vfs vfs = *below();
  vfs.szOsFile += static_cast<int>(sizeof(Handle));
  vfs.zName = "lossy";
  vfs.xOpen = open;
  vfs.xDelete = remove;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("SQLite takes no VFS");
}

void LossyDisk::watch(std::string folder, std::function<int(DiskChange, int)> before) {
  folder_ = std::move(folder);
  before_ = std::move(before);
  changes_ = shared_ = 0;
}

bool LossyDisk::watches(const char* path) const {
  return path && !folder_.empty() && std::string(path).starts_with(folder_);
}

int LossyDisk::ask(DiskChange change) {
  ++changes_;
  return before_ ? before_(change, changes_) : SQLITE_OK;
}

}  // namespace drydock::test
