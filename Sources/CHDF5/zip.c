#include "CZip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

int32_t tw_zip_inflate(const void *data, size_t size, void *out, size_t capacity) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return 2;
  const unsigned char *source = data;
  unsigned char *target = out;
  int status = Z_OK;
  // zlib counts in unsigned: large members go in pieces.
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      const size_t piece = size > UINT_MAX ? UINT_MAX : size;
      stream.next_in = (unsigned char *)source;
      stream.avail_in = (unsigned)piece;
      source += piece;
      size -= piece;
    }
    if (stream.avail_out == 0) {
      const size_t piece = capacity > UINT_MAX ? UINT_MAX : capacity;
      stream.next_out = target;
      stream.avail_out = (unsigned)piece;
      target += piece;
      capacity -= piece;
    }
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const int done =
      status == Z_STREAM_END && stream.avail_out == 0 && capacity == 0 && stream.avail_in == 0 && size == 0;
  inflateEnd(&stream);
  return done ? 0 : status == Z_MEM_ERROR ? 2 : 1;
}
