// The setting, and where the program is.
#define _GNU_SOURCE // dladdr
#include "remote.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

// Guarded by the lock.
static tw_isolation setting = {TW_READ_FOREIGN_APART, false, 30, (int64_t)4 << 30};
static char *program;

tw_isolation tw_isolation_get(void) {
  tw_hdf5_lock();
  tw_isolation now = setting;
  tw_hdf5_unlock();
  return now;
}

void tw_isolation_set(tw_isolation new_setting) {
  tw_hdf5_lock();
  setting = new_setting;
  tw_hdf5_unlock();
}

int32_t tw_isolation_set_program(const char *path) {
  char *copy = path && *path ? strdup(path) : NULL;
  if (path && *path && !copy)
    return -1;
  tw_hdf5_lock();
  free(program);
  program = copy;
  tw_hdf5_unlock();
  return 0;
}

static bool is_there(const char *path) { return *path && access(path, X_OK) == 0; }

// Beside the library, or in the folder `thalweg` there.
static void find_beside(char *path, size_t capacity) {
  char folder[4096] = "";
  Dl_info info;
  if (dladdr((void *)&find_beside, &info) && info.dli_fname) {
    char *real = realpath(info.dli_fname, NULL);
    if (real)
      snprintf(folder, sizeof folder, "%s", real);
    free(real);
  }
  for (int attempt = 0; attempt < 2; attempt++) {
    char *slash = strrchr(folder, '/');
    if (slash) {
      *slash = '\0';
      const char *const names[] = {"thalweg-reader", "thalweg/thalweg-reader"};
      for (int i = 0; i < 2; i++) {
        int length = snprintf(path, capacity, "%s/%s", folder, names[i]);
        if (length > 0 && (size_t)length < capacity && is_there(path))
          return;
      }
    }
    // The library may be part of the program.
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[length > 0 ? length : 0] = '\0';
  }
  *path = '\0';
}

void tw_isolation_program(char *path, size_t capacity) {
  *path = '\0';
  tw_hdf5_lock();
  const char *chosen = program ? program : getenv("THALWEG_READER");
  if (chosen && *chosen) {
    snprintf(path, capacity, "%s", chosen);
    if (!is_there(path))
      *path = '\0';
  } else {
    find_beside(path, capacity);
  }
  tw_hdf5_unlock();
}
