#include "CHDF5.h"

#include <string.h>

static inline uint16_t swap16(uint16_t value) { return __builtin_bswap16(value); }
static inline uint32_t swap32(uint32_t value) { return __builtin_bswap32(value); }
static inline uint64_t swap64(uint64_t value) { return __builtin_bswap64(value); }
static inline uint8_t swap8(uint8_t value) { return value; }

static inline float as_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float half_value(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
  if (rest >= 0x7C00) // infinite, or not a number
    return as_float(sign | 0x7F800000 | (rest & 0x3FF) << 13);
  if (rest >= 0x400)
    return as_float(sign | ((rest << 13) + (112u << 23)));
  float magnitude = (float)rest * 0x1p-24f; // subnormal
  return sign ? -magnitude : magnitude;
}

static inline float bfloat_value(uint16_t bits) { return as_float((uint32_t)bits << 16); }
static inline float float_value(uint32_t bits) { return as_float(bits); }
static inline double double_value(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Element i has `inner` numbers from byte i * stride on.
#define CONVERT(name, bits, output, value)                                                                   \
  static void name(const uint8_t *in, size_t stride, size_t inner, bool swapped, void *restrict out,         \
                   size_t count) {                                                                           \
    output *restrict to = out;                                                                               \
    for (size_t i = 0; i < count; i++, in += stride)                                                         \
      for (size_t j = 0; j < inner; j++) {                                                                   \
        uint##bits##_t raw;                                                                                  \
        memcpy(&raw, in + j * sizeof raw, sizeof raw);                                                       \
        if (swapped)                                                                                         \
          raw = swap##bits(raw);                                                                             \
        *to++ = (output)(value);                                                                             \
      }                                                                                                      \
  }
CONVERT(from_u8, 8, uint8_t, raw)
CONVERT(from_i8, 8, int32_t, (int8_t)raw)
CONVERT(from_u16, 16, int64_t, raw)
CONVERT(from_i16, 16, int32_t, (int16_t)raw)
CONVERT(from_u32, 32, int64_t, raw)
CONVERT(from_i32, 32, int32_t, raw)
CONVERT(from_i64, 64, int64_t, raw)
CONVERT(from_f16, 16, float, half_value(raw))
CONVERT(from_bf16, 16, float, bfloat_value(raw))
CONVERT(from_f32, 32, float, float_value(raw))
CONVERT(from_f64, 64, double, double_value(raw))

size_t tw_number_size(int32_t kind) {
  switch (kind) {
  case TW_NUMBER_U8:
  case TW_NUMBER_I8:
  case TW_NUMBER_BOOL:
    return 1;
  case TW_NUMBER_U16:
  case TW_NUMBER_I16:
  case TW_NUMBER_F16:
  case TW_NUMBER_BF16:
    return 2;
  case TW_NUMBER_U32:
  case TW_NUMBER_I32:
  case TW_NUMBER_F32:
    return 4;
  default:
    return 8;
  }
}

bool tw_convert(const void *input, size_t stride, size_t inner, int32_t kind, bool swapped, void *output,
                size_t count) {
  const uint8_t *in = input;
  if (stride == inner * tw_number_size(kind)) { // one piece
    inner = inner * count;
    count = 1;
  }
  switch (kind) {
  case TW_NUMBER_U8:
    from_u8(in, stride, inner, false, output, count);
    break;
  case TW_NUMBER_I8:
    from_i8(in, stride, inner, false, output, count);
    break;
  case TW_NUMBER_U16:
    from_u16(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_I16:
    from_i16(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_U32:
    from_u32(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_I32:
    from_i32(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_I64:
    from_i64(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_F16:
    from_f16(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_BF16:
    from_bf16(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_F32:
    from_f32(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_F64:
    from_f64(in, stride, inner, swapped, output, count);
    break;
  case TW_NUMBER_U64: {
    from_i64(in, stride, inner, swapped, output, count);
    uint64_t all = 0;
    for (size_t i = 0; i < inner * count; i++)
      all |= ((const uint64_t *)output)[i];
    return all >> 63 == 0;
  }
  case TW_NUMBER_BOOL: {
    from_u8(in, stride, inner, false, output, count);
    uint8_t all = 0;
    for (size_t i = 0; i < inner * count; i++)
      all |= ((const uint8_t *)output)[i];
    return all <= 1;
  }
  default:
    return false;
  }
  return true;
}
