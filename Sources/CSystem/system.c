#include "CSystem.h"

#include <string.h>

_Thread_local intptr_t tw_thread_word[TW_THREAD_WORDS];

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
