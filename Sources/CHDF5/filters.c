#include "CHDF5.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// libdeflate, where the machine has it: it takes half of zlib's time for whole chunks. Looked for once, at
// the first chunk; THALWEG_LIBDEFLATE names another library, or with "off" none. The bytes are the same.
static struct {
  void *(*make)(void);
  int (*run)(void *decoder, const void *input, size_t size, void *output, size_t capacity, size_t *made);
  void (*free)(void *decoder);
} deflate_library;

static void find_libdeflate(void) {
  const char *chosen = getenv("THALWEG_LIBDEFLATE");
  if (chosen && strcmp(chosen, "off") == 0)
    return;
  void *library = dlopen(chosen && *chosen ? chosen : "libdeflate.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return;
  *(void **)&deflate_library.make = dlsym(library, "libdeflate_alloc_decompressor");
  *(void **)&deflate_library.free = dlsym(library, "libdeflate_free_decompressor");
  if (deflate_library.make && deflate_library.free)
    *(void **)&deflate_library.run = dlsym(library, "libdeflate_zlib_decompress");
}

int64_t tw_inflate(const void *input, size_t size, void *output, size_t capacity) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_libdeflate);
  void *decoder = deflate_library.run ? deflate_library.make() : NULL;
  if (decoder) {
    size_t made = 0;
    int status = deflate_library.run(decoder, input, size, output, capacity, &made);
    deflate_library.free(decoder);
    return status == 0 ? (int64_t)made : -1;
  }
  z_stream stream = {0};
  if (size > UINT32_MAX || capacity > UINT32_MAX || inflateInit(&stream) != Z_OK)
    return -1; // chunks are below 4 GiB
  stream.next_in = (Bytef *)input;
  stream.avail_in = (uInt)size;
  stream.next_out = output;
  stream.avail_out = (uInt)capacity;
  int status = inflate(&stream, Z_FINISH);
  int64_t made = (int64_t)stream.total_out;
  inflateEnd(&stream);
  return status == Z_STREAM_END ? made : -1;
}

// LibLZF's format: a control byte below 32 announces that many literals and one more; another one a copy of
// what was written before, its length in the upper three bits (7: more in the next byte), its distance in the
// lower five and the byte that follows. Here copies go in blocks where there is room to write too much.
int64_t tw_lzf_decode(const void *input, size_t size, void *output, size_t capacity) {
  const uint8_t *from = input, *const from_end = from + size;
  uint8_t *to = output, *const to_end = to + capacity;
  while (from < from_end) {
    size_t control = *from++;
    if (control < 32) {
      size_t count = control + 1, left = (size_t)(from_end - from), room = (size_t)(to_end - to);
      if (count > left || count > room)
        return -1;
      if (left >= 32 && room >= 32)
        memcpy(to, from, 32);
      else
        memcpy(to, from, count);
      from += count;
      to += count;
      continue;
    }
    size_t count = control >> 5, distance = (control & 31) << 8;
    if (count == 7) {
      if (from == from_end)
        return -1;
      count += *from++;
    }
    if (from == from_end)
      return -1;
    distance += *from++ + (size_t)1;
    count += 2;
    size_t room = (size_t)(to_end - to);
    if (distance > (size_t)(to - (uint8_t *)output) || count > room)
      return -1;
    const uint8_t *source = to - distance;
    // A copy of a pattern that is shorter than a block: each time there is twice as much of it.
    while (distance < 16 && count > distance) {
      memcpy(to, source, distance);
      to += distance;
      count -= distance;
      room -= distance;
      distance *= 2;
    }
    if (distance >= 16 && room >= count + 16) {
      uint8_t *const end = to + count;
      for (; to < end; to += 16, source += 16)
        memcpy(to, source, 16);
      to = end;
    } else {
      for (size_t i = 0; i < count; i++)
        to[i] = source[i];
      to += count;
    }
  }
  return to - (uint8_t *)output;
}

#define UNSHUFFLE(width)                                                                                     \
  static void unshuffle##width(const uint8_t *restrict in, uint8_t *restrict out, size_t count) {            \
    for (size_t i = 0; i < count; i++)                                                                       \
      for (size_t byte = 0; byte < width; byte++)                                                            \
        out[i * width + byte] = in[byte * count + i];                                                        \
  }
UNSHUFFLE(2)
UNSHUFFLE(4)
UNSHUFFLE(8)

void tw_unshuffle(const void *input, void *output, size_t size, size_t width) {
  const uint8_t *in = input;
  uint8_t *out = output;
  size_t count = width > 1 ? size / width : 0, whole = count * width;
  if (count <= 1)
    whole = 0;
  else if (width == 2)
    unshuffle2(in, out, count);
  else if (width == 4)
    unshuffle4(in, out, count);
  else if (width == 8)
    unshuffle8(in, out, count);
  else
    for (size_t byte = 0; byte < width; byte++)
      for (size_t i = 0; i < count; i++)
        out[i * width + byte] = in[byte * count + i];
  memcpy(out + whole, in + whole, size - whole);
}

uint32_t tw_fletcher32(const void *data, size_t size) {
  const uint8_t *bytes = data;
  uint64_t first = 0, second = 0;
  size_t words = size / 2;
  while (words > 0) {
    // So many that 64 bits hold the second sum: 2^16 words add up to less than 2^48.
    size_t block = words < 65536 ? words : 65536;
    words -= block;
    for (; block > 0; block--, bytes += 2) {
      first += (uint64_t)(bytes[0] << 8 | bytes[1]);
      second += first;
    }
    first %= 65535;
    second %= 65535;
  }
  if (size & 1) {
    first += (uint64_t)(bytes[0] << 8);
    second += first;
  }
  // HDF5 folds rather than divides: a sum that is a multiple of 65535 but not 0 stays 65535 there.
  first %= 65535;
  second %= 65535;
  return (uint32_t)(second << 16 | first);
}

bool tw_fletcher32_matches(const void *data, size_t size) {
  if (size < 4)
    return false;
  const uint8_t *end = (const uint8_t *)data + size - 4;
  uint32_t stored =
      (uint32_t)end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
  // Files of HDF5 1.6 have the bytes of each half exchanged.
  uint32_t other = (stored & 0x00FF00FF) << 8 | (stored >> 8 & 0x00FF00FF);
  uint32_t sum = tw_fletcher32(data, size - 4);
  uint32_t forms[2] = {stored, other};
  for (int i = 0; i < 2; i++) {
    uint32_t high = forms[i] >> 16, low = forms[i] & 0xFFFF;
    if ((high % 65535 << 16 | low % 65535) == sum)
      return true;
  }
  return false;
}
