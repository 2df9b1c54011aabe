// Files that crash libhdf5 are errors, also in a host that has children and a SIGCHLD handler of its own.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *hostile = THALWEG_DATA "/../../Tests/Golden/hostile";
static const char *good = THALWEG_DATA "/digits.h5";

static volatile sig_atomic_t ended;

// As hosts do that wait for all of their children.
static void reap(int signal) {
  (void)signal;
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ended++;
}

static int open_descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder && readdir(folder))
    count++;
  if (folder)
    closedir(folder);
  return count;
}

// Returns how many of the files crashed libhdf5; what damage does to it also depends on what is in its
// memory.
static int read_all(void) {
  int count = 0;
  DIR *folder = opendir(hostile);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (!strstr(entry->d_name, ".h5"))
      continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", hostile, entry->d_name);
    tw_file_t file = NULL;
    if (tw_file_open(path, &file) != TW_OK) {
      CHECK(strstr(tw_last_error(), "process of its own") != NULL);
      CHECK(file == NULL);
      count++;
    }
    tw_file_release(file);
    tw_module_t model = NULL;
    CHECK(tw_model_load_keras(path, &model) != TW_OK && model == NULL);
  }
  if (folder)
    closedir(folder);
  return count;
}

static void read_good(void) {
  tw_tensor_t images = NULL;
  OK(tw_hdf5_read(good, "test/images", &images));
  tw_tensor_release(images);
}

static void settings(void) {
  int32_t mode = -1;
  double seconds = 0;
  int64_t bytes = 0;
  OK(tw_get_isolation(&mode, &seconds, &bytes));
  CHECK(mode == TW_ISOLATION_FOREIGN && seconds == 30 && bytes == (int64_t)4 << 30);
  CHECK(tw_set_isolation(3, 0, 0) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_set_isolation(-1, 0, 0) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_set_isolation(TW_ISOLATION_ALWAYS, -1, 0) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_set_isolation(TW_ISOLATION_ALWAYS, 0, INT64_MIN) == TW_ERROR_INVALID_ARGUMENT);
  OK(tw_set_isolation(TW_ISOLATION_ALWAYS, 1e300, INT64_MAX));
  read_good();
  OK(tw_set_isolation_program("/nowhere/thalweg-reader"));
  tw_tensor_t images = NULL;
  CHECK(tw_hdf5_read(good, "test/images", &images) == TW_ERROR_UNAVAILABLE);
  OK(tw_set_isolation_program(NULL));
  OK(tw_set_isolation(TW_ISOLATION_ALWAYS, 2, 0));
  OK(tw_get_isolation(&mode, &seconds, &bytes));
  CHECK(mode == TW_ISOLATION_ALWAYS && seconds == 2);
}

int main(void) {
  int32_t available = 0;
  OK(tw_hdf5_available(&available));
  if (!available)
    return 77;
  settings();
  read_good();
  int before = open_descriptors();
  CHECK(read_all() >= 3);
  CHECK(open_descriptors() == before);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1); // no child is left

  // A host with a child of its own that it has not waited for.
  pid_t child = fork();
  if (child == 0)
    _exit(7);
  read_all();
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);

  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = reap;
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, NULL);
  read_all();
  read_good();
  action.sa_handler = SIG_IGN;
  sigaction(SIGCHLD, &action, NULL);
  read_all();
  read_good();
  CHECK(open_descriptors() == before);
  return checks_result();
}
