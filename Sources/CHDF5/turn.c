#include "CHDF5.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Sixteen rows of sixteen elements, `step` apart, become sixteen columns: pairs of rows are zipped, by
// elements and by pairs of them, then their quarters are put in order.
__attribute__((target("avx512f"))) static inline void turn16(float *out, size_t out_step, const float *in,
                                                             size_t step) {
  __m512 a[16], b[16];
  for (size_t i = 0; i < 16; i++)
    a[i] = _mm512_loadu_ps(in + i * step);
  for (size_t i = 0; i < 8; i++) {
    b[2 * i] = _mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]);
  }
  for (size_t i = 0; i < 16; i += 4)
    for (size_t k = 0; k < 2; k++) {
      __m512d first = _mm512_castps_pd(b[i + k]), second = _mm512_castps_pd(b[i + k + 2]);
      a[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(first, second));
      a[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(first, second));
    }
  for (size_t i = 0; i < 16; i += 8)
    for (size_t k = 0; k < 4; k++) {
      b[i + k] = _mm512_shuffle_f32x4(a[i + k], a[i + k + 4], 0x88);
      b[i + k + 4] = _mm512_shuffle_f32x4(a[i + k], a[i + k + 4], 0xDD);
    }
  for (size_t i = 0; i < 8; i++) {
    _mm512_stream_ps(out + i * out_step, _mm512_shuffle_f32x4(b[i], b[i + 8], 0x88));
    _mm512_stream_ps(out + (i + 8) * out_step, _mm512_shuffle_f32x4(b[i], b[i + 8], 0xDD));
  }
}

__attribute__((target("avx512f"))) static void turn(float *out, size_t out_step, const float *in, size_t step,
                                                    size_t rows, size_t columns) {
  for (size_t j = 0; j < columns; j += 16)
    for (size_t i = 0; i < rows; i += 16)
      turn16(out + j * out_step + i, out_step, in + i * step + j, step);
  _mm_sfence();
}
#endif

bool tw_turn4(void *out, size_t out_step, const void *in, size_t in_step, size_t rows, size_t columns) {
#if defined(__x86_64__)
  if ((uintptr_t)out % 64 == 0 && out_step % 16 == 0 && rows % 16 == 0 && columns % 16 == 0 &&
      __builtin_cpu_supports("avx512f")) {
    turn(out, out_step, in, in_step, rows, columns);
    return true;
  }
#endif
  return false;
}
