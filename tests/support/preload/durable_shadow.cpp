// fsync and fdatasync of the program that this is linked into or preloaded by. Besides syncing they keep in the folder
// $DRYDOCK_SHADOW what of the folder $DRYDOCK_SHADOW_OF would outlive a loss of power, in the form that
// tests/support/power_loss.hpp tells. Without these variables they only sync. A disk in memory syncs at once; with
// $DRYDOCK_SYNC_TAKES, in milliseconds, it takes as long as one that is none. No C++ library is needed here, since
// every program that the preloaded one starts loads this too.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// What is kept takes its place at once or not at all: the program may be killed at any moment.
class Kept {
public:
  Kept(const char* shadow, const char* name) {
    snprintf(path_, sizeof path_, "%s/%s", shadow, name);
    snprintf(unfinished_, sizeof unfinished_, "%s/unfinished", shadow);
    descriptor_ = open(unfinished_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  void add(const char* octets, size_t size) const {
    if (write(descriptor_, octets, size) != static_cast<ssize_t>(size)) abort();
  }
  void put_in_place() const {
    if (close(descriptor_) != 0 || rename(unfinished_, path_) != 0) abort();
  }

private:
  char path_[PATH_MAX], unfinished_[PATH_MAX];
  int descriptor_;
};

/// Reads by the descriptor that was synced: closing another one would drop the locks that the program has on the file.
void keep_content(const char* shadow, int descriptor, unsigned long inode) {
  char name[32], block[1 << 14];
  snprintf(name, sizeof name, "%lu", inode);
  const Kept kept(shadow, name);
  off_t at = 0;
  for (ssize_t got = 0; (got = pread(descriptor, block, sizeof block, at)) > 0; at += got)
    kept.add(block, static_cast<size_t>(got));
  kept.put_in_place();
}

void keep_names(const char* shadow, const char* folder) {
  DIR* list = opendir(folder);
  if (!list) return;
  const Kept kept(shadow, "names");
  while (const dirent* entry = readdir(list)) {
    if (!strstr(entry->d_name, ".journal")) continue;
    char line[NAME_MAX + 32];
    const int size = snprintf(line, sizeof line, "%lu %s\n", static_cast<unsigned long>(entry->d_ino), entry->d_name);
    kept.add(line, static_cast<size_t>(size));
  }
  kept.put_in_place();
  closedir(list);
}

void keep(int descriptor) {
  const char* shadow = getenv("DRYDOCK_SHADOW");
  const char* folder = getenv("DRYDOCK_SHADOW_OF");
  if (!shadow || !folder) return;
  char link[32], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  struct stat found;
  if (size <= 0 || fstat(descriptor, &found) != 0) return;
  path[size] = '\0';
  const size_t length = strlen(folder);
  if (strcmp(path, folder) == 0) keep_names(shadow, folder);
  if (strncmp(path, folder, length) == 0 && path[length] == '/' && strstr(path + length, ".journal"))
    keep_content(shadow, descriptor, found.st_ino);
}

void take_time() {
  const char* milliseconds = getenv("DRYDOCK_SYNC_TAKES");
  if (milliseconds) usleep(static_cast<useconds_t>(atoi(milliseconds)) * 1000);
}

int sync_and_keep(long call, int descriptor) {
  take_time();
  const long result = syscall(call, descriptor);
  if (result == 0) keep(descriptor);
  return static_cast<int>(result);
}

}  // namespace

extern "C" int fsync(int descriptor) {
  return sync_and_keep(SYS_fsync, descriptor);
}
extern "C" int fdatasync(int descriptor) {
  return sync_and_keep(SYS_fdatasync, descriptor);
}
