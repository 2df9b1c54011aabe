#include "CSystem.h"

#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Thread_local intptr_t tw_thread_word[TW_THREAD_WORDS];

unsigned char tw_memory_area[TW_MEMORY_AREA];

// In ThalwegCore: what has to be ready before the first call, so that no call has to ask whether it is.
extern void thalweg_start(void);
__attribute__((constructor)) static void start(void) { thalweg_start(); }

static _Thread_local char last_error[2048];

void tw_thread_set_error(const char *message) {
  size_t length = strlen(message);
  if (length >= sizeof last_error) {
    length = sizeof last_error - 1;
    while (length > 0 && ((unsigned char)message[length] & 0xC0) == 0x80) // not inside a UTF-8 character
      length--;
  }
  memcpy(last_error, message, length);
  last_error[length] = '\0';
}

const char *tw_thread_error(void) { return last_error; }

#if defined(__x86_64__)
uint64_t tw_fp_mode(void) { return __builtin_ia32_stmxcsr(); }
void tw_set_fp_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode | 0x8040; } // FTZ, DAZ
#elif defined(__aarch64__)
uint64_t tw_fp_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void tw_set_fp_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" ::"r"(mode)); }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode | (1u << 24); } // FZ
#else
uint64_t tw_fp_mode(void) { return 0; }
void tw_set_fp_mode(uint64_t mode) { (void)mode; }
uint64_t tw_fp_mode_flushing(uint64_t mode) { return mode; }
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
