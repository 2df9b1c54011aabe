// What the machine can do: fused multiply-adds a second, and bytes a second of STREAM's triad.
// Built by machine.py with -O3 -march=native -ffp-contract=fast.
#include <stddef.h>

// Independent chains of vectors: enough to hide the latency of two FMA units, few enough for the registers
// (32 of AVX-512, 16 of AVX2). fma_peak returns their sum, so that nothing is left out.
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
enum { CHAINS = LANES == 16 ? 24 : 12 };

// A turn of the loop.
int fma_operations(void) { return 2 * CHAINS * LANES; }

float fma_peak(size_t iterations, float factor, float addend) {
  lanes sum[CHAINS], x = factor - (lanes){0}, y = addend - (lanes){0};
  for (int i = 0; i < CHAINS; i++)
    sum[i] = y * (float)i;
  for (size_t n = 0; n < iterations; n++) {
#pragma GCC unroll 32
    for (int i = 0; i < CHAINS; i++)
      sum[i] = sum[i] * x + y;
  }
  lanes total = sum[0];
  for (int i = 1; i < CHAINS; i++)
    total += sum[i];
  float result = 0;
  for (int i = 0; i < LANES; i++)
    result += total[i];
  return result;
}

void triad(float *restrict a, const float *restrict b, const float *restrict c, float scalar, size_t count) {
  for (size_t i = 0; i < count; i++)
    a[i] = b[i] + scalar * c[i];
}
