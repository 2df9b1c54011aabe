// What Swift cannot say itself: thread-local words, the floating-point mode, a pause while spinning.
#pragma once
#include <stdint.h>

// One word a thread: TW_THREAD_* index. Zero at a thread's start.
enum {
  TW_THREAD_NO_GRAD = 0,   // not 0: operations record no graph
  TW_THREAD_IN_POOL = 1,   // not 0: this thread runs a chunk of a parallel loop
  TW_THREAD_WORDS = 4
};
extern _Thread_local intptr_t tw_thread_word[TW_THREAD_WORDS];
static inline intptr_t tw_thread_get(int32_t index) { return tw_thread_word[index]; }
static inline void tw_thread_set(int32_t index, intptr_t value) { tw_thread_word[index] = value; }

// The last error of this thread: copied in, truncated at the end of the buffer on a character boundary.
void tw_thread_set_error(const char *_Nonnull message);
const char *_Nonnull tw_thread_error(void);

// Rounding, flushing and exception masks of the calling thread (MXCSR; FPCR on arm64).
uint64_t tw_fp_mode(void);
void tw_set_fp_mode(uint64_t mode);
// `mode` with subnormal results and operands flushed to zero.
uint64_t tw_fp_mode_flushing(uint64_t mode);

// Tells the core that this is a spin loop.
static inline void tw_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
