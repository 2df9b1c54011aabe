// What the engine says to its reader, the process in which libhdf5 reads a file that nobody vouches for, and
// back.
//
// A request is a head {operation, size} and so many bytes; the answer a head {0 or not, size} and so many
// bytes, after which an answer to a read has the data. Numbers are 8 bytes each, little-endian as the
// machine; a text is its length, its bytes and a NUL. Both sides check every length; after anything that does
// not fit, a message gives zeros and empty texts, and says so in `failed`.
#pragma once
#include "CHDF5.h"

#include <stdlib.h>
#include <string.h>

// The reader's descriptors: where it is asked, and the file that was in memory.
enum { WIRE_SOCKET = 3, WIRE_IMAGE = 4 };

enum {
  WIRE_OPEN = 1,  // is in memory, bytes of chunks to keep, path -> bytes of the user's, available filters
  WIRE_LOOK,      // path -> a link, and what it leads to
  WIRE_LINKS,     // path of a group -> names and kinds
  WIRE_NAMES,     // path -> names of attributes
  WIRE_ATTRIBUTE, // path, name -> whether there is one, type, space
  WIRE_VALUE,     // path, name, type, count, size; then the data
  WIRE_CHUNKS,    // path, rank, count, corners -> place of each
  WIRE_READ       // path, type, rank or -1, starts, counts, count, size; then the data
};
// What a link is found to be.
enum { WIRE_NOTHING, WIRE_LINK, WIRE_OBJECT, WIRE_UNREADABLE };
// How a type in memory is made: one of the constants, the type of what is read or a part of it, or a new one.
enum { WIRE_NATIVE = 1, WIRE_WHOLE, WIRE_MEMBER, WIRE_SUPER, WIRE_COMPOUND, WIRE_TEXT };

enum {
  WIRE_MOST_DIMS = 32,
  WIRE_MOST_VALUES = 8,    // of a filter
  WIRE_MOST_FILTERS = 32,  // of a data set
  WIRE_MOST_DEPTH = 16,    // of types in types
  WIRE_MOST_MEMBERS = 4096 // of a type
};
#define WIRE_MOST_BYTES ((size_t)1 << 28)  // of a message without the data
#define WIRE_MOST_SIZE ((uint64_t)1 << 40) // of an element

typedef struct {
  uint32_t kind, size;
} wire_head;

typedef struct {
  uint8_t *bytes;
  size_t size, capacity, at;
  bool failed;
} wire_message;

static inline void wire_put(wire_message *m, const void *bytes, size_t size) {
  if (m->failed || size > WIRE_MOST_BYTES - m->size) {
    m->failed = true;
    return;
  }
  if (m->size + size > m->capacity) {
    size_t capacity = m->capacity * 2 > m->size + size ? m->capacity * 2 : m->size + size + 256;
    uint8_t *larger = realloc(m->bytes, capacity);
    if (!larger) {
      m->failed = true;
      return;
    }
    m->bytes = larger;
    m->capacity = capacity;
  }
  if (size)
    memcpy(m->bytes + m->size, bytes, size);
  m->size += size;
}

static inline void wire_put_number(wire_message *m, uint64_t value) { wire_put(m, &value, sizeof value); }

static inline void wire_put_text(wire_message *m, const char *text) {
  size_t length = strlen(text);
  wire_put_number(m, length);
  wire_put(m, text, length + 1);
}

// So many bytes of what is left; NULL if there are fewer.
static inline const void *wire_take(wire_message *m, size_t size) {
  if (m->failed || size > m->size - m->at) {
    m->failed = true;
    return NULL;
  }
  const void *bytes = m->bytes + m->at;
  m->at += size;
  return bytes;
}

static inline uint64_t wire_take_number(wire_message *m) {
  uint64_t value = 0;
  const void *bytes = wire_take(m, sizeof value);
  if (bytes)
    memcpy(&value, bytes, sizeof value);
  return value;
}

// A number that is at most `most`.
static inline uint64_t wire_take_count(wire_message *m, uint64_t most) {
  uint64_t value = wire_take_number(m);
  if (value > most)
    m->failed = true;
  return m->failed ? 0 : value;
}

// A text, in the message's own memory.
static inline const char *wire_take_text(wire_message *m) {
  uint64_t length = wire_take_count(m, WIRE_MOST_BYTES);
  const char *text = wire_take(m, length + 1);
  if (!text || text[length] != 0 || strlen(text) != length) {
    m->failed = true;
    return "";
  }
  return text;
}
