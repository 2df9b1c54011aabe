// Vector instructions that Swift has no operator for, as inline functions on clang's vector types, which
// Swift sees as SIMD4, SIMD8 or SIMD16. A "lanes" vector has as many elements as float32 fit a register of
// the instruction set this header is compiled for, whatever the element type.
#pragma once
#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define TK_LANES 16
#define TK_SWAP_8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define TK_SWAP_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define TK_SWAP_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define TK_SWAP_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#define TK_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define TK_UNZIP(a, b)                                                                                       \
  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define TK_ZIP_HIGH(a, b)                                                                                    \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif defined(__AVX2__)
#define TK_LANES 8
#define TK_SWAP_8(v) (v)
#define TK_SWAP_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define TK_SWAP_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define TK_SWAP_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#define TK_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define TK_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define TK_UNZIP(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#else
#define TK_LANES 4
#define TK_SWAP_8(v) (v)
#define TK_SWAP_4(v) (v)
#define TK_SWAP_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define TK_SWAP_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#define TK_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define TK_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define TK_UNZIP(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#endif

#define TK_INLINE static inline __attribute__((always_inline))

typedef float tk_f32_lanes __attribute__((ext_vector_type(TK_LANES)));
typedef double tk_f64_lanes __attribute__((ext_vector_type(TK_LANES)));
typedef int64_t tk_i64_lanes __attribute__((ext_vector_type(TK_LANES)));
typedef int32_t tk_i32_lanes __attribute__((ext_vector_type(TK_LANES)));
typedef uint8_t tk_u8_lanes __attribute__((ext_vector_type(TK_LANES)));

TK_INLINE tk_f32_lanes tk_sqrt_f32(tk_f32_lanes x) { return __builtin_elementwise_sqrt(x); }
TK_INLINE tk_f64_lanes tk_sqrt_f64(tk_f64_lanes x) { return __builtin_elementwise_sqrt(x); }

#if TK_LANES == 16
// x 2^n, rounded once, for whole n.
TK_INLINE tk_f32_lanes tk_scale_f32(tk_f32_lanes x, tk_f32_lanes n) { return _mm512_scalef_ps(x, n); }
TK_INLINE tk_f64_lanes tk_scale_f64(tk_f64_lanes x, tk_f64_lanes n) {
  __m512d low = _mm512_scalef_pd(x.lo, n.lo), high = _mm512_scalef_pd(x.hi, n.hi);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#endif

// To a whole number: towards -infinity, +infinity, 0, and the nearest, halves to even.
#define TK_ROUNDING(type)                                                                                    \
  TK_INLINE tk_##type##_lanes tk_floor_##type(tk_##type##_lanes x) {                                         \
    return __builtin_elementwise_floor(x);                                                                   \
  }                                                                                                          \
  TK_INLINE tk_##type##_lanes tk_ceil_##type(tk_##type##_lanes x) { return __builtin_elementwise_ceil(x); }  \
  TK_INLINE tk_##type##_lanes tk_trunc_##type(tk_##type##_lanes x) {                                         \
    return __builtin_elementwise_trunc(x);                                                                   \
  }                                                                                                          \
  TK_INLINE tk_##type##_lanes tk_round_##type(tk_##type##_lanes x) { return __builtin_elementwise_rint(x); }
TK_ROUNDING(f32)
TK_ROUNDING(f64)

// Writes a pack past the caches, at a multiple of 64 bytes or of its size. Other threads see what was written
// so once `tk_stream_end` has been called.
TK_INLINE void tk_stream_f32(void *p, tk_f32_lanes v) { __builtin_nontemporal_store(v, (tk_f32_lanes *)p); }
TK_INLINE void tk_stream_end(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

// Per element type:
// swap(v, step): lane i takes the value of lane i ^ step; step is 1, 2, 4 or 8, below the number of lanes
// zip_low(a, b), zip_high(a, b): a0 b0 a1 b1 ... of the lower and of the upper halves
// unzip(a, b): a0 a2 ... b0 b2 ...
#define TK_SHUFFLES(type)                                                                                    \
  TK_INLINE tk_##type##_lanes tk_swap_##type(tk_##type##_lanes v, int32_t step) {                            \
    return step == 8 ? TK_SWAP_8(v) : step == 4 ? TK_SWAP_4(v) : step == 2 ? TK_SWAP_2(v) : TK_SWAP_1(v);    \
  }                                                                                                          \
  TK_INLINE tk_##type##_lanes tk_zip_low_##type(tk_##type##_lanes a, tk_##type##_lanes b) {                  \
    return TK_ZIP_LOW(a, b);                                                                                 \
  }                                                                                                          \
  TK_INLINE tk_##type##_lanes tk_zip_high_##type(tk_##type##_lanes a, tk_##type##_lanes b) {                 \
    return TK_ZIP_HIGH(a, b);                                                                                \
  }                                                                                                          \
  TK_INLINE tk_##type##_lanes tk_unzip_##type(tk_##type##_lanes a, tk_##type##_lanes b) {                    \
    return TK_UNZIP(a, b);                                                                                   \
  }
TK_SHUFFLES(f32)
TK_SHUFFLES(f64)
TK_SHUFFLES(i64)
TK_SHUFFLES(i32)
TK_SHUFFLES(u8)

// transpose(out, so, a, sa): a square of lanes by lanes elements, out[i so + j] = a[j sa + i]. Zipping row i
// with row i + lanes / 2, as often as 2 goes into the number of lanes by multiplication, turns rows into
// columns.
#define TK_TRANSPOSE(name, type, element, put)                                                               \
  TK_INLINE void tk_transpose_##name(void *out, int64_t so, const void *a, int64_t sa) {                     \
    tk_##type##_lanes x[TK_LANES], y[TK_LANES];                                                              \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < TK_LANES; i++)                                    \
        __builtin_memcpy(&x[i], (const element *)a + i * sa, sizeof x[i]);                                   \
    _Pragma("clang loop unroll(full)") for (int s = TK_LANES; s > 1; s /= 2) {                               \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < TK_LANES / 2; i++) {                            \
        y[2 * i] = TK_ZIP_LOW(x[i], x[i + TK_LANES / 2]);                                                    \
        y[2 * i + 1] = TK_ZIP_HIGH(x[i], x[i + TK_LANES / 2]);                                               \
      }                                                                                                      \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < TK_LANES; i++) x[i] = y[i];                     \
    }                                                                                                        \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < TK_LANES; i++)                                    \
        put((element *)out + i * so, x[i]);                                                                  \
  }
#define TK_PUT(p, v) __builtin_memcpy(p, &v, sizeof v)
#define TK_PUT_STREAMED(p, v) __builtin_nontemporal_store(v, (tk_i32_lanes *)(p))
TK_TRANSPOSE(i64, i64, int64_t, TK_PUT)
TK_TRANSPOSE(i32, i32, int32_t, TK_PUT)
TK_TRANSPOSE(u8, u8, uint8_t, TK_PUT)
// With rows at multiples of their size, past the caches.
TK_TRANSPOSE(streamed_i32, i32, int32_t, TK_PUT_STREAMED)

// Lane by lane conversion; a float must be in the range of the integer.
#define TK_CONVERT(from, to)                                                                                 \
  TK_INLINE tk_##to##_lanes tk_##from##_to_##to(tk_##from##_lanes x) {                                       \
    return __builtin_convertvector(x, tk_##to##_lanes);                                                      \
  }
TK_CONVERT(f32, f64)
TK_CONVERT(f32, i64)
TK_CONVERT(f32, i32)
TK_CONVERT(f32, u8)
TK_CONVERT(f64, f32)
TK_CONVERT(f64, i64)
TK_CONVERT(f64, i32)
TK_CONVERT(f64, u8)
TK_CONVERT(i64, f32)
TK_CONVERT(i64, f64)
TK_CONVERT(i64, i32)
TK_CONVERT(i64, u8)
TK_CONVERT(i32, f32)
TK_CONVERT(i32, f64)
TK_CONVERT(i32, i64)
TK_CONVERT(i32, u8)
TK_CONVERT(u8, f32)
TK_CONVERT(u8, f64)
TK_CONVERT(u8, i64)
TK_CONVERT(u8, i32)

// load(p, n, fill): the first n lanes from memory, the others from `fill`; 0 <= n <= lanes.
// store(p, n, v): the first n lanes to memory. Neither touches memory beyond them.
#define TK_PARTIAL_LOOP(type, element)                                                                       \
  TK_INLINE tk_##type##_lanes tk_load_##type(const void *p, int64_t n, tk_##type##_lanes fill) {             \
    for (int64_t i = 0; i < n; i++)                                                                          \
      fill[i] = ((const element *)p)[i];                                                                     \
    return fill;                                                                                             \
  }                                                                                                          \
  TK_INLINE void tk_store_##type(void *p, int64_t n, tk_##type##_lanes v) {                                  \
    for (int64_t i = 0; i < n; i++)                                                                          \
      ((element *)p)[i] = v[i];                                                                              \
  }

#if TK_LANES == 16
#define TK_PARTIAL_MASKED(type, vector, mask, load, store)                                                   \
  TK_INLINE tk_##type##_lanes tk_load_##type(const void *p, int64_t n, tk_##type##_lanes fill) {             \
    return (tk_##type##_lanes)load((vector)fill, (mask)((1u << n) - 1), p);                                  \
  }                                                                                                          \
  TK_INLINE void tk_store_##type(void *p, int64_t n, tk_##type##_lanes v) {                                  \
    store(p, (mask)((1u << n) - 1), (vector)v);                                                              \
  }
TK_PARTIAL_MASKED(f32, __m512, __mmask16, _mm512_mask_loadu_ps, _mm512_mask_storeu_ps)
TK_PARTIAL_MASKED(i32, __m512i, __mmask16, _mm512_mask_loadu_epi32, _mm512_mask_storeu_epi32)
TK_PARTIAL_MASKED(u8, __m128i, __mmask16, _mm_mask_loadu_epi8, _mm_mask_storeu_epi8)
// Sixteen 8-byte lanes are two registers.
#define TK_PARTIAL_PAIR(type, half, vector, load, store)                                                     \
  TK_INLINE tk_##type##_lanes tk_load_##type(const void *p, int64_t n, tk_##type##_lanes fill) {             \
    uint32_t mask = (1u << n) - 1;                                                                           \
    half low = (half)load((vector)fill.lo, (__mmask8)mask, p);                                               \
    half high = (half)load((vector)fill.hi, (__mmask8)(mask >> 8), (const char *)p + 64);                    \
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);         \
  }                                                                                                          \
  TK_INLINE void tk_store_##type(void *p, int64_t n, tk_##type##_lanes v) {                                  \
    uint32_t mask = (1u << n) - 1;                                                                           \
    store(p, (__mmask8)mask, (vector)v.lo);                                                                  \
    store((char *)p + 64, (__mmask8)(mask >> 8), (vector)v.hi);                                              \
  }
typedef double tk_f64_half __attribute__((ext_vector_type(8)));
typedef int64_t tk_i64_half __attribute__((ext_vector_type(8)));
TK_PARTIAL_PAIR(f64, tk_f64_half, __m512d, _mm512_mask_loadu_pd, _mm512_mask_storeu_pd)
TK_PARTIAL_PAIR(i64, tk_i64_half, __m512i, _mm512_mask_loadu_epi64, _mm512_mask_storeu_epi64)
#elif TK_LANES == 8
TK_INLINE __m256i tk_first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
TK_INLINE tk_f32_lanes tk_load_f32(const void *p, int64_t n, tk_f32_lanes fill) {
  __m256i mask = tk_first_lanes(n);
  return _mm256_blendv_ps(fill, _mm256_maskload_ps(p, mask), (__m256)mask);
}
TK_INLINE void tk_store_f32(void *p, int64_t n, tk_f32_lanes v) {
  _mm256_maskstore_ps(p, tk_first_lanes(n), v);
}
TK_INLINE tk_i32_lanes tk_load_i32(const void *p, int64_t n, tk_i32_lanes fill) {
  return (tk_i32_lanes)tk_load_f32(p, n, (tk_f32_lanes)fill);
}
TK_INLINE void tk_store_i32(void *p, int64_t n, tk_i32_lanes v) { tk_store_f32(p, n, (tk_f32_lanes)v); }
TK_PARTIAL_LOOP(f64, double)
TK_PARTIAL_LOOP(i64, int64_t)
TK_PARTIAL_LOOP(u8, uint8_t)
#else
TK_PARTIAL_LOOP(f32, float)
TK_PARTIAL_LOOP(f64, double)
TK_PARTIAL_LOOP(i64, int64_t)
TK_PARTIAL_LOOP(i32, int32_t)
TK_PARTIAL_LOOP(u8, uint8_t)
#endif

// Turning a matrix of TK_LINES_<type> rows, `across` apart, 16 bytes (TK_COLUMNS_<type> elements) of each:
// these are gathered from every TK_COLUMNS_<type>th row, then turned within each 16 bytes, and become
// TK_COLUMNS_<type> rows, `step` apart. Rows from `lines` on count as 0. What else is of use to kernels that
// move numbers is `tk_prefetch`.
TK_INLINE void tk_prefetch(const void *p) { __builtin_prefetch(p, 0, 3); }
// Not into the nearest cache, whose room what is worked on needs.
TK_INLINE void tk_prefetch_far(const void *p) { __builtin_prefetch(p, 0, 2); }

typedef float tk_f32_part __attribute__((ext_vector_type(4), aligned(4)));
typedef double tk_f64_part __attribute__((ext_vector_type(2), aligned(8)));
#define TK_LINES_F32 TK_LANES
#define TK_COLUMNS_F32 4
#define TK_LINES_F64 (TK_LANES / 2)
#define TK_COLUMNS_F64 2
#if TK_LANES == 16
typedef tk_f64_half tk_f64_register;
#define TK_JOIN_F32(a, b, c, d)                                                                              \
  __builtin_shufflevector(__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7),                             \
                          __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7), 0, 1, 2, 3, 4, 5, 6, 7, 8,  \
                          9, 10, 11, 12, 13, 14, 15)
#define TK_JOIN_F64(a, b, c, d)                                                                              \
  __builtin_shufflevector(__builtin_shufflevector(a, b, 0, 1, 2, 3),                                         \
                          __builtin_shufflevector(c, d, 0, 1, 2, 3), 0, 1, 2, 3, 4, 5, 6, 7)
#define TK_EVEN_PAIRS(a, b)                                                                                  \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define TK_ODD_PAIRS(a, b)                                                                                   \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define TK_LOW_PAIRS(a, b)                                                                                   \
  __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define TK_HIGH_PAIRS(a, b)                                                                                  \
  __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define TK_EVEN(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define TK_ODD(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#elif TK_LANES == 8
typedef double tk_f64_register __attribute__((ext_vector_type(4)));
#define TK_JOIN_F32(a, b, c, d) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#define TK_JOIN_F64(a, b, c, d) __builtin_shufflevector(a, b, 0, 1, 2, 3)
#define TK_EVEN_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define TK_ODD_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define TK_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define TK_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define TK_EVEN(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define TK_ODD(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#else
typedef double tk_f64_register __attribute__((ext_vector_type(2)));
#define TK_JOIN_F32(a, b, c, d) (a)
#define TK_JOIN_F64(a, b, c, d) (a)
#define TK_EVEN_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define TK_ODD_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define TK_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define TK_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#define TK_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2)
#define TK_ODD(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif

#define TK_GATHER(type, element, vector, joined, columns, join)                                              \
  TK_INLINE type##_part type##_part_of(const element *p, int64_t across, int64_t line, int64_t lines) {      \
    return line < lines ? *(const type##_part *)(p + line * across) : (type##_part)0;                        \
  }                                                                                                          \
  TK_INLINE vector type##_gather(const element *p, int64_t across, int64_t line, int64_t lines) {            \
    type##_part a = type##_part_of(p, across, line, lines);                                                  \
    type##_part b = type##_part_of(p, across, line + columns, lines);                                        \
    type##_part c = type##_part_of(p, across, line + 2 * columns, lines);                                    \
    type##_part d = type##_part_of(p, across, line + 3 * columns, lines);                                    \
    (void)b, (void)c, (void)d;                                                                               \
    return join(a, b, c, d);                                                                                 \
  }
TK_GATHER(tk_f32, float, tk_f32_lanes, tk_f32_lanes, 4, TK_JOIN_F32)
TK_GATHER(tk_f64, double, tk_f64_register, tk_f64_register, 2, TK_JOIN_F64)

TK_INLINE void tk_turn_f32(const float *from, int64_t across, int64_t lines, float *to, int64_t step) {
  tk_f32_lanes a = tk_f32_gather(from, across, 0, lines), b = tk_f32_gather(from, across, 1, lines);
  tk_f32_lanes c = tk_f32_gather(from, across, 2, lines), d = tk_f32_gather(from, across, 3, lines);
  tk_f32_lanes ab = TK_EVEN_PAIRS(a, b), cd = TK_EVEN_PAIRS(c, d);
  tk_f32_lanes rows[4] = {TK_LOW_PAIRS(ab, cd), TK_HIGH_PAIRS(ab, cd)};
  ab = TK_ODD_PAIRS(a, b), cd = TK_ODD_PAIRS(c, d);
  rows[2] = TK_LOW_PAIRS(ab, cd), rows[3] = TK_HIGH_PAIRS(ab, cd);
  __builtin_memcpy(to, &rows[0], sizeof rows[0]);
  __builtin_memcpy(to + step, &rows[1], sizeof rows[1]);
  __builtin_memcpy(to + 2 * step, &rows[2], sizeof rows[2]);
  __builtin_memcpy(to + 3 * step, &rows[3], sizeof rows[3]);
}

TK_INLINE void tk_turn_f64(const double *from, int64_t across, int64_t lines, double *to, int64_t step) {
  tk_f64_register a = tk_f64_gather(from, across, 0, lines), b = tk_f64_gather(from, across, 1, lines);
  tk_f64_register rows[2] = {TK_EVEN(a, b), TK_ODD(a, b)};
  __builtin_memcpy(to, &rows[0], sizeof rows[0]);
  __builtin_memcpy(to + step, &rows[1], sizeof rows[1]);
}
