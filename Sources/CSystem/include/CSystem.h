// What Swift cannot say itself: thread-local words, the floating-point mode, static memory, waiting.
#pragma once
#include <stddef.h>
#include "DLPack.h"
#include <stdint.h>

// One word a thread: TW_THREAD_* index. Zero at a thread's start.
enum {
  TW_THREAD_GRAD_MODE = 0,  // bits of GradMode: whether operations record a graph, and look for Inf and NaN
  TW_THREAD_IN_POOL = 1,    // not 0: this thread runs a chunk of a parallel loop
  TW_THREAD_SHARD = 2,      // 1 + the shard of the memory cache that this thread uses; 0: not chosen yet
  TW_THREAD_CHECKPOINT = 3, // who is asked during long computations whether to go on; 0: nobody
  TW_THREAD_OBSERVER = 4,   // who hears of every call of a module; 0: nobody
  TW_THREAD_REGION = 5,     // the run of a checkpointed function that this thread is in; 0: none
  TW_THREAD_LEVEL = 6,      // the level of forward-mode differentiation that this thread is in; 0: none
  TW_THREAD_STEP = 7,       // the recording of a step that this thread makes; 0: none
  TW_THREAD_WORDS = 8
};
// The initial-exec model makes an access one instruction instead of a call, also in a library that dlopen
// loads: the loader keeps room in the static block for small thread-local variables such as this.
extern _Thread_local __attribute__((tls_model("initial-exec"), visibility("hidden")))
intptr_t tw_thread_word[TW_THREAD_WORDS];
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

// The monotonic clock in nanoseconds.
uint64_t tw_clock(void);

// The rounding, flushing and mask bits alone, without the sticky exception flags.
uint64_t tw_fp_control(uint64_t mode);

// The CPUs that this process may run on, at least 1.
int32_t tw_cpu_count(void);

// The CPU that the calling thread is on now.
int32_t tw_cpu(void);

// Starts a detached thread named `name` that blocks all signals but those that its own faults raise.
// Returns 0, or an errno.
int32_t tw_thread_start(const char *_Nonnull name, void (*_Nonnull run)(intptr_t), intptr_t argument);

// Lets other threads on this CPU run.
void tw_yield(void);

// Tells the core that this is a spin loop.
static inline void tw_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// What a thread does at its `attempt`-th try (from 0) to get something that another thread will give soon:
// spin, then yield, then sleep in short naps, so that a preempted owner gets on even under real-time
// scheduling.
void tw_back_off(uint32_t attempt);

// Zeroed memory with static lifetime, so that what lives in it needs no initialisation check.
enum { TW_MEMORY_AREA = 24576 };
extern __attribute__((aligned(128), visibility("hidden"))) unsigned char tw_memory_area[TW_MEMORY_AREA];
static inline void *_Nonnull tw_memory_area_start(void) { return tw_memory_area; }
enum { TW_POOL_AREA = 33280 };
extern __attribute__((aligned(128), visibility("hidden"))) unsigned char tw_pool_area[TW_POOL_AREA];
static inline void *_Nonnull tw_pool_area_start(void) { return tw_pool_area; }
enum { TW_HANDLE_AREA = 256 };
extern __attribute__((aligned(128), visibility("hidden"))) unsigned char tw_handle_area[TW_HANDLE_AREA];
static inline void *_Nonnull tw_handle_area_start(void) { return tw_handle_area; }

// Sleeps while *word == value, until tw_wake or for at most `nanoseconds` (0: no limit). May wake early.
void tw_wait(const uint32_t *_Nonnull word, uint32_t value, uint64_t nanoseconds);
// Wakes one thread that sleeps on `word`.
void tw_wake(const uint32_t *_Nonnull word);
