#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Thread_local intptr_t tw_thread_word[TW_THREAD_WORDS];

unsigned char tw_memory_area[TW_MEMORY_AREA];
unsigned char tw_pool_area[TW_POOL_AREA];
unsigned char tw_handle_area[TW_HANDLE_AREA];

// In ThalwegCore: what has to be ready before the first call, so that no call has to ask whether it is.
extern void thalweg_start(void);
__attribute__((constructor)) static void start(void) { thalweg_start(); }

// The sentence lies on the heap: thread-local storage of the initial-exec model comes from a small reserve
// when a library is loaded late, and a buffer in it would make dlopen fail.
enum { ERROR_SIZE = 2048 };
static _Thread_local char *last_error;
static pthread_key_t error_key;
static pthread_once_t error_once = PTHREAD_ONCE_INIT;

static void free_error(void *buffer) {
  last_error = NULL;
  free(buffer);
}

static void make_error_key(void) { pthread_key_create(&error_key, free_error); }

void tw_thread_set_error(const char *message) {
  if (!last_error) {
    pthread_once(&error_once, make_error_key);
    char *buffer = malloc(ERROR_SIZE);
    if (!buffer)
      return;
    pthread_setspecific(error_key, buffer); // frees it when the thread ends
    last_error = buffer;
  }
  size_t length = strlen(message);
  if (length >= ERROR_SIZE) {
    length = ERROR_SIZE - 1;
    while (length > 0 && ((unsigned char)message[length] & 0xC0) == 0x80) // not inside a UTF-8 character
      length--;
  }
  memcpy(last_error, message, length);
  last_error[length] = '\0';
}

const char *tw_thread_error(void) { return last_error ? last_error : ""; }

#if defined(__x86_64__)
uint64_t tw_fp_mode(void) { return __builtin_ia32_stmxcsr(); }
void tw_set_fp_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode | 0x8040; } // FTZ, DAZ
uint64_t tw_fp_control(uint64_t mode) { return mode & ~(uint64_t)0x3F; }
#elif defined(__aarch64__)
uint64_t tw_fp_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void tw_set_fp_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" ::"r"(mode)); }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode | (1u << 24); } // FZ
uint64_t tw_fp_control(uint64_t mode) { return mode; }                    // the flags are in FPSR
#else
uint64_t tw_fp_mode(void) { return 0; }
void tw_set_fp_mode(uint64_t mode) { (void)mode; }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode; }
uint64_t tw_fp_control(uint64_t mode) { return mode; }
#endif

uint64_t tw_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void tw_back_off(uint32_t attempt) {
  const struct timespec nap = {0, 50000};
  if (attempt < 100)
    tw_spin_pause();
  else if (attempt < 120)
    sched_yield();
  else
    nanosleep(&nap, 0);
}

void tw_wait(const uint32_t *word, uint32_t value, uint64_t nanoseconds) {
  struct timespec limit = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nanoseconds ? &limit : 0, 0, 0);
}

void tw_wake(const uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); }

int32_t tw_cpu(void) { return sched_getcpu(); }

void tw_yield(void) { sched_yield(); }

int32_t tw_cpu_count(void) {
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) { // the kernel refuses a set smaller than its own
    cpu_set_t *set = CPU_ALLOC(cpus);
    if (!set)
      return 1;
    size_t size = CPU_ALLOC_SIZE(cpus);
    CPU_ZERO_S(size, set);
    int failed = sched_getaffinity(0, size, set);
    int reason = errno;
    int count = failed ? 0 : CPU_COUNT_S(size, set);
    CPU_FREE(set);
    if (!failed)
      return count > 0 ? count : 1;
    if (reason != EINVAL)
      return 1;
  }
  return 1;
}

typedef struct {
  void (*run)(intptr_t);
  intptr_t argument;
  char name[16];
} thread_start;

static void *thread_main(void *data) {
  thread_start start = *(thread_start *)data;
  free(data);
  pthread_setname_np(pthread_self(), start.name);
  start.run(start.argument);
  return 0;
}

int32_t tw_thread_start(const char *name, void (*run)(intptr_t), intptr_t argument) {
  thread_start *start = calloc(1, sizeof *start);
  if (!start)
    return ENOMEM;
  start->run = run;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGTRAP);
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (!error) {
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &blocked, &before); // a thread inherits its creator's mask
    pthread_t thread;
    error = pthread_create(&thread, &attributes, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    pthread_attr_destroy(&attributes);
  }
  if (error)
    free(start);
  return error;
}
