#include "CKernels.h"

const tk_table *tk_active = 0;

#if defined(__x86_64__)
#include <cpuid.h>

static uint64_t enabled_states(void) { // XGETBV(0): which register files the system saves
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

int32_t tk_best_isa(void) {
  uint32_t a, b, c, d, c1, b7, c81 = 0;
  if (!__get_cpuid(1, &a, &b, &c1, &d))
    return 0;
  const uint32_t osxsave = 1u << 27;
  if (!(c1 & osxsave))
    return 0;
  uint64_t states = enabled_states();
  if (!__get_cpuid_count(7, 0, &a, &b7, &c, &d))
    return 0;
  __get_cpuid(0x80000001, &a, &b, &c81, &d);
  // x86-64-v3: FMA, MOVBE, F16C, AVX | AVX2, BMI1, BMI2 | LZCNT; XMM and YMM state saved
  const uint32_t v3_1 = 1u << 12 | 1u << 22 | 1u << 29 | 1u << 28;
  const uint32_t v3_7 = 1u << 5 | 1u << 3 | 1u << 8;
  if ((c1 & v3_1) != v3_1 || (b7 & v3_7) != v3_7 || !(c81 & 1u << 5) || (states & 0x6) != 0x6)
    return 0;
  // x86-64-v4: AVX-512 F, DQ, CD, BW, VL; opmask and ZMM state saved
  const uint32_t v4_7 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
  if ((b7 & v4_7) != v4_7 || (states & 0xE6) != 0xE6)
    return 3;
  return 4;
}
#else
int32_t tk_best_isa(void) { return 0; }
#endif
