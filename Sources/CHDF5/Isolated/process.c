// Starting, asking and ending a reader's process, in a host that may have threads, its own children and its
// own idea of SIGCHLD: posix_spawn, not fork; its end is known from the socket, and its state is asked for
// only of a descriptor that can mean no other process.
#define _GNU_SOURCE
#include "remote.h"
#include "CReader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

extern char **environ;

// ---------------------------------------------------------------------------------------------------------

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// What the reader needs of the host's environment, and no more.
static int environment(char **list, int capacity) {
  const char *const names[] = {"LD_LIBRARY_PATH=", "THALWEG_HDF5=", "HDF5_USE_FILE_LOCKING=",
                               "ASAN_OPTIONS=",    "TSAN_OPTIONS=", "UBSAN_OPTIONS="};
  int count = 0;
  for (char **entry = environ; entry && *entry; entry++)
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      if (strncmp(*entry, names[i], strlen(names[i])) == 0 && count < capacity - 1)
        list[count++] = *entry;
  list[count] = NULL;
  return count;
}

// The descriptor under a number that no redirection of the reader's overwrites.
static int raise_descriptor(int descriptor) {
  int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, 16);
  close(descriptor);
  return raised;
}

static int spawn(reader *r, const char *path, int peer, int image) {
  tw_isolation limits = tw_isolation_get();
  char bytes[32], seconds[32];
  snprintf(bytes, sizeof bytes, "%lld", (long long)limits.bytes);
  // For a reader whose host is gone; the host itself has a clock.
  snprintf(seconds, sizeof seconds, "%lld",
           (long long)(limits.seconds < 1e6 ? limits.seconds * 4 + 60 : 4e6));
  char *arguments[] = {(char *)path, bytes, seconds, NULL};
  char *variables[16];
  environment(variables, 16);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return ENOMEM;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }
  for (int i = 0; i < 3; i++)
    posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, peer, WIRE_SOCKET);
  if (image >= 0)
    posix_spawn_file_actions_adddup2(&actions, image, WIRE_IMAGE);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
  posix_spawn_file_actions_addclosefrom_np(&actions, image >= 0 ? WIRE_IMAGE + 1 : WIRE_SOCKET + 1);
#endif
#endif
  // No signal is blocked or ignored there, and Ctrl-C at the host's terminal is not for the reader.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int error = posix_spawn(&r->process, path, &actions, &attributes, arguments, variables);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static void unavailable(reader *r, const char *what) {
  r->problem = 2;
  snprintf(r->reason, sizeof r->reason, "%s", what);
}

reader *tw_reader_start(int image) {
  reader *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  tw_isolation limits = tw_isolation_get();
  r->socket = r->process_descriptor = -1;
  r->seconds_left = limits.seconds;
  r->most_bytes = (uint64_t)limits.bytes;
  char path[4096], text[512];
  tw_isolation_program(path, sizeof path);
  if (!*path) {
    unavailable(r, "the program thalweg-reader, in which files are read apart, is not beside the library; "
                   "set THALWEG_READER to its path");
    return r;
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    snprintf(text, sizeof text, "no socket for a reader: error %d of the system", errno);
    unavailable(r, text);
    return r;
  }
  r->socket = ends[0];
  int peer = raise_descriptor(ends[1]);
  int raised = image < 0 ? -1 : fcntl(image, F_DUPFD_CLOEXEC, 16);
  int error = peer < 0 || (image >= 0 && raised < 0) ? errno : spawn(r, path, peer, raised);
  if (peer >= 0)
    close(peer);
  if (raised >= 0)
    close(raised);
  if (error) {
    r->process = 0;
    snprintf(text, sizeof text, "'%.300s' cannot be started: error %d of the system", path, error);
    unavailable(r, text);
    return r;
  }
#ifdef SYS_pidfd_open
  // The process waits for what is said to it, so the number still is its own.
  r->process_descriptor = (int)syscall(SYS_pidfd_open, r->process, 0);
#endif
  wire_message nothing = {0}, answer = {0};
  if (!tw_reader_ask(r, 0, &nothing, &answer)) {
    if (r->problem == 0)
      r->problem = 2; // it has no libhdf5, and has said what to do
    else
      unavailable(r, "the program thalweg-reader ends as soon as it is started");
  }
  free(answer.bytes);
  return r;
}

// Ends the process, which may have ended already. The signal that did, 0 if that is not known.
static int end(reader *r) {
  if (r->process <= 0)
    return 0;
  int signal = 0;
#ifdef SYS_pidfd_send_signal
  if (r->process_descriptor >= 0) {
    syscall(SYS_pidfd_send_signal, r->process_descriptor, SIGKILL, NULL, 0);
    siginfo_t info = {0};
    int status;
    while ((status = waitid((idtype_t)P_PIDFD, (id_t)r->process_descriptor, &info, WEXITED)) != 0 &&
           errno == EINTR) {
    }
    if (status == 0 && (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED))
      signal = info.si_status;
    // The host may ignore SIGCHLD, or have waited for all of its children: then there is nothing left to do.
    close(r->process_descriptor);
    r->process_descriptor = -1;
    r->process = 0;
    return signal;
  }
#endif
  // Without such a descriptor a number could mean another process: the closed socket ends the reader, or its
  // limit does.
  int status = 0;
  if (waitpid(r->process, &status, WNOHANG) == 0)
    kill(r->process, SIGKILL);
  while (waitpid(r->process, &status, 0) < 0 && errno == EINTR) {
  }
  r->process = 0;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void tw_reader_stop(reader *r) {
  if (r->socket >= 0)
    close(r->socket);
  end(r);
  free(r);
}

static const char *name(int signal) {
  switch (signal) {
  case SIGSEGV:
    return "crashed libhdf5 (segmentation fault)";
  case SIGBUS:
    return "crashed libhdf5 (bus error)";
  case SIGABRT:
    return "crashed libhdf5 (aborted)";
  case SIGFPE:
    return "crashed libhdf5 (division by zero)";
  case SIGILL:
    return "crashed libhdf5 (illegal instruction)";
  case SIGXCPU:
    return "took libhdf5 too long";
  default:
    return "ended the process that read it";
  }
}

static void lost(reader *r, const char *reason) {
  if (r->problem)
    return;
  r->problem = 1;
  close(r->socket);
  r->socket = -1;
  int signal = end(r);
  snprintf(r->reason, sizeof r->reason, "%s", reason ? reason : name(signal));
}

void tw_reader_distrust(reader *r) { lost(r, "made its reader say what makes no sense"); }

// Waits until the socket is ready: false when the reader's time is over.
static bool wait_for(reader *r, short events) {
  for (;;) {
    struct pollfd entry = {r->socket, events, 0};
    double started = now(), left = r->seconds_left;
    int ready = left <= 0 ? 0 : poll(&entry, 1, left > 1e6 ? 1000000000 : (int)(left * 1000) + 1);
    r->seconds_left -= now() - started;
    if (ready > 0)
      return true;
    if (ready < 0 && errno == EINTR)
      continue;
    lost(r, "took libhdf5 longer than it may");
    return false;
  }
}

static bool send_all(reader *r, const void *bytes, size_t size) {
  const char *from = bytes;
  while (size > 0) {
    ssize_t sent = send(r->socket, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      from += sent;
      size -= (size_t)sent;
    } else if (sent < 0 && errno == EAGAIN) {
      if (!wait_for(r, POLLOUT))
        return false;
    } else if (sent == 0 || errno != EINTR) {
      lost(r, NULL);
      return false;
    }
  }
  return true;
}

// At least `least` bytes, at most `most`; 0 on failure.
static size_t receive(reader *r, void *bytes, size_t most) {
  for (;;) {
    ssize_t got = recv(r->socket, bytes, most, MSG_DONTWAIT);
    if (got > 0)
      return (size_t)got;
    if (got < 0 && errno == EAGAIN) {
      if (!wait_for(r, POLLIN))
        return 0;
    } else if (got == 0 || errno != EINTR) {
      lost(r, NULL);
      return 0;
    }
  }
}

bool tw_reader_take(reader *r, void *bytes, size_t size) {
  char *to = bytes;
  while (size > 0) {
    if (r->problem)
      return false;
    size_t ready = r->buffered - r->buffer_at;
    if (ready == 0 && size >= sizeof r->buffer) {
      size_t got = receive(r, to, size);
      if (got == 0)
        return false;
      to += got;
      size -= got;
      continue;
    }
    if (ready == 0) {
      r->buffer_at = 0;
      r->buffered = receive(r, r->buffer, sizeof r->buffer);
      ready = r->buffered;
      if (ready == 0)
        return false;
    }
    size_t part = ready < size ? ready : size;
    memcpy(to, r->buffer + r->buffer_at, part);
    r->buffer_at += part;
    to += part;
    size -= part;
  }
  return true;
}

bool tw_reader_ask(reader *r, uint32_t kind, wire_message *request, wire_message *answer) {
  answer->size = answer->at = 0;
  answer->failed = false;
  if (r->problem)
    return false;
  if (request->failed) {
    snprintf(r->reason, sizeof r->reason, "what is asked for is too long");
    return false;
  }
  wire_head head = {kind, (uint32_t)request->size};
  // Kind 0 asks for nothing: a new reader speaks first.
  if (kind != 0 && (!send_all(r, &head, sizeof head) || !send_all(r, request->bytes, request->size)))
    return false;
  if (!tw_reader_take(r, &head, sizeof head))
    return false;
  if (head.size > WIRE_MOST_BYTES || head.size > r->most_bytes) {
    tw_reader_distrust(r);
    return false;
  }
  if (head.size > answer->capacity) {
    free(answer->bytes);
    answer->capacity = 0;
    answer->bytes = malloc(head.size);
    if (!answer->bytes) {
      lost(r, "says more than there is memory for");
      return false;
    }
    answer->capacity = head.size;
  }
  if (!tw_reader_take(r, answer->bytes, head.size))
    return false;
  answer->size = head.size;
  if (head.kind == 0)
    return true;
  const char *reason = wire_take_text(answer);
  snprintf(r->reason, sizeof r->reason, "%s", reason);
  return false;
}
