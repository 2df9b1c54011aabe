#include "CHDF5.h"

#include <zlib.h>

uint32_t tw_crc32(uint32_t crc, const void *data, size_t size) {
  if (!data || size == 0)
    return crc; // zlib answers a NULL with the initial value
  return (uint32_t)crc32_z(crc, data, size);
}
