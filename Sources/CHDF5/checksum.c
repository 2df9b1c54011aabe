#define _GNU_SOURCE // sync_file_range
#include "CHDF5.h"

#include <fcntl.h>
#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>

// The remainder that `size` bytes, a positive multiple of 64, leave in 16 bytes of the same CRC. Four strands
// of 16 bytes are carried over 64 bytes by multiplication without carries, then into one another; the
// constants are powers of x modulo the polynomial. (Gopal et al., Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ, 2009.)
__attribute__((target("pclmul,sse4.1"))) static __m128i carry(__m128i x, __m128i powers) {
  return _mm_xor_si128(_mm_clmulepi64_si128(x, powers, 0x00), _mm_clmulepi64_si128(x, powers, 0x11));
}

__attribute__((target("pclmul,sse4.1"))) static void fold(uint32_t state, const uint8_t *bytes, size_t size,
                                                          uint8_t *rest) {
  const __m128i over64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i over16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  const __m128i *in = (const __m128i *)bytes, *const end = (const __m128i *)(bytes + size);
  __m128i a = _mm_xor_si128(_mm_loadu_si128(in), _mm_cvtsi32_si128((int)state));
  __m128i b = _mm_loadu_si128(in + 1), c = _mm_loadu_si128(in + 2), d = _mm_loadu_si128(in + 3);
  for (in += 4; in < end; in += 4) {
    a = _mm_xor_si128(carry(a, over64), _mm_loadu_si128(in));
    b = _mm_xor_si128(carry(b, over64), _mm_loadu_si128(in + 1));
    c = _mm_xor_si128(carry(c, over64), _mm_loadu_si128(in + 2));
    d = _mm_xor_si128(carry(d, over64), _mm_loadu_si128(in + 3));
  }
  b = _mm_xor_si128(carry(a, over16), b);
  c = _mm_xor_si128(carry(b, over16), c);
  d = _mm_xor_si128(carry(c, over16), d);
  _mm_storeu_si128((__m128i *)rest, d);
}

__attribute__((target("avx512f,vpclmulqdq"))) static __m512i carry_wide(__m512i x, __m512i powers) {
  return _mm512_xor_si512(_mm512_clmulepi64_epi128(x, powers, 0x00),
                          _mm512_clmulepi64_epi128(x, powers, 0x11));
}

// The same for a positive multiple of 256 bytes, which leave 256: sixteen strands, four in a register.
__attribute__((target("avx512f,vpclmulqdq"))) static void fold_wide(uint32_t state, const uint8_t *bytes,
                                                                    size_t size, uint8_t *rest) {
  const __m512i over256 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x1322d1430, 0x11542778a));
  __m512i a =
      _mm512_xor_si512(_mm512_loadu_si512(bytes), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)state)));
  __m512i b = _mm512_loadu_si512(bytes + 64), c = _mm512_loadu_si512(bytes + 128);
  __m512i d = _mm512_loadu_si512(bytes + 192);
  for (const uint8_t *in = bytes + 256, *const end = bytes + size; in < end; in += 256) {
    a = _mm512_xor_si512(carry_wide(a, over256), _mm512_loadu_si512(in));
    b = _mm512_xor_si512(carry_wide(b, over256), _mm512_loadu_si512(in + 64));
    c = _mm512_xor_si512(carry_wide(c, over256), _mm512_loadu_si512(in + 128));
    d = _mm512_xor_si512(carry_wide(d, over256), _mm512_loadu_si512(in + 192));
  }
  _mm512_storeu_si512(rest, a);
  _mm512_storeu_si512(rest + 64, b);
  _mm512_storeu_si512(rest + 128, c);
  _mm512_storeu_si512(rest + 192, d);
}
#endif

uint32_t tw_crc32(uint32_t crc, const void *data, size_t size) {
  if (!data || size == 0)
    return crc; // zlib answers a NULL with the initial value
  const uint8_t *bytes = data;
#if defined(__x86_64__)
  if (size >= 256 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    uint8_t rest[256];
    size_t whole = size & ~(size_t)63;
    if (size >= 1024 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) {
      whole = size & ~(size_t)255;
      fold_wide(~crc, bytes, whole, rest);
      fold(0, rest, sizeof rest, rest);
    } else {
      fold(~crc, bytes, whole, rest);
    }
    crc = (uint32_t)crc32_z(0xFFFFFFFF, rest, 16); // from the state 0
    bytes += whole;
    size -= whole;
    if (size == 0)
      return crc;
  }
#endif
  return (uint32_t)crc32_z(crc, bytes, size);
}

uint32_t tw_crc32_joined(uint32_t first, uint32_t second, size_t second_size) {
  return (uint32_t)crc32_combine(first, second, (z_off_t)second_size);
}

void tw_start_writing(int descriptor, int64_t start, int64_t size) {
  (void)sync_file_range(descriptor, start, size, SYNC_FILE_RANGE_WRITE);
}
