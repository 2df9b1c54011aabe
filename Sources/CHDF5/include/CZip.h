// What a ZIP archive needs of zlib.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Inflates `size` bytes of a raw deflate stream into exactly `capacity` bytes. 0: done, the stream and the
// room ended together; 1: it is damaged, or gives another number of bytes; 2: no memory.
int32_t tw_zip_inflate(const void *_Nonnull data, size_t size, void *_Nonnull out, size_t capacity);
