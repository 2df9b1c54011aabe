// What the engine knows of files that are read apart: copies of what a reader said, in memory that lives as
// long as the session.
#pragma once
#include "CReader.h"
#include "process.h"

typedef struct remote_type remote_type;

typedef struct {
  const char *name;
  uint64_t value; // of an enumeration: its first 8 bytes
  size_t offset;
  remote_type *type;
} remote_member;

struct remote_type {
  int class, order, sign, offset, norm, padding, character_set, rank;
  bool is_variable, has_fields;
  size_t size, precision, bias, fields[5];
  hsize_t dims[WIRE_MOST_DIMS];
  remote_type *super;
  int member_count;
  remote_member *members;
  // How the reader makes it: WIRE_... with the type it is a part of, or of what it is made.
  int origin, index;
  const remote_type *parent;
  const char *name;
};

typedef struct {
  int kind, rank;
  hsize_t dims[WIRE_MOST_DIMS], most[WIRE_MOST_DIMS];
  bool is_selected;
  hsize_t starts[WIRE_MOST_DIMS], counts[WIRE_MOST_DIMS];
} remote_space;

typedef struct {
  int filter;
  unsigned flags, value_count, values[WIRE_MOST_VALUES];
} remote_filter;

typedef struct {
  int layout, external_count, rank, filter_count, fill_status;
  hsize_t chunk[WIRE_MOST_DIMS];
  remote_filter filters[WIRE_MOST_FILTERS];
  bool has_options;
  unsigned options;
  size_t fill_size;
  const void *fill;
} remote_layout;

// A part of an object that could be read, or the reason why not.
typedef struct {
  const void *value;
  const char *reason;
} remote_part;

typedef struct remote_file remote_file;

typedef struct {
  remote_file *file;
  const char *path;
  int kind;
  bool has_reference;
  uint64_t reference;
  remote_part type, space, layout;
  haddr_t address;
  hsize_t stored_bytes;
  // Places of some chunks, from number `first_chunk` on, row-major: mask, address, size of each.
  uint64_t first_chunk, chunk_count, next_chunk;
  uint64_t *chunks;
} remote_object;

typedef struct {
  remote_object *object;
  const char *name;
  remote_part type, space;
} remote_attribute;

typedef struct remote_link {
  struct remote_link *next; // of the same slot
  uint64_t hash;
  const char *path, *reason;
  int state, type;
  remote_object *object;
} remote_link;

enum { REMOTE_LINK_SLOTS = 1 << 12 };

struct remote_file {
  remote_file *next; // of the session
  reader *reader;
  hsize_t user_block;
  bool has_user_block, tells_chunks;
  uint64_t filters;
  remote_link *links[REMOTE_LINK_SLOTS];
};

// A list of properties of a file that is to be opened.
typedef struct {
  bool is_image;
  int image; // a descriptor
  size_t cache;
} remote_access;

// What an identifier stands for.
typedef enum {
  REMOTE_FILE = 1,
  REMOTE_OBJECT,
  REMOTE_TYPE,
  REMOTE_SPACE,
  REMOTE_LAYOUT,
  REMOTE_ACCESS,
  REMOTE_ATTRIBUTE,
  REMOTE_CREATION
} remote_kind;

// The constants' own identifiers, below those of every session.
enum { REMOTE_NATIVES = 1, REMOTE_C_STRING = 100, REMOTE_FILE_ACCESS = 101 };

// Memory that is given back when the session ends. NULL when there is none left, or more than a session may
// take.
void *tw_remote_allocate(size_t size);
const char *tw_remote_text(const char *text);
// What a reader says of a type, a data space, a layout; NULL when it makes no sense.
remote_type *tw_remote_take_type(wire_message *m, int depth);
remote_space *tw_remote_take_space(wire_message *m);
remote_layout *tw_remote_take_layout(wire_message *m);
// As a reader is told how to make the type in memory.
void tw_remote_put_type(wire_message *m, const remote_type *type);

// What identifiers stand for: NULL unless `id` is one of this kind in this session. -1 with a reason if there
// is no thing.
hid_t tw_remote_identify(remote_kind kind, const void *thing);
hid_t tw_remote_identify_copy(remote_part part, remote_kind kind, size_t size);
void *tw_remote_thing(hid_t id, remote_kind kind);
// Of a type of the session or a constant.
const remote_type *tw_remote_type_of(hid_t id);
// The elements of a space, or of what is selected there; UINT64_MAX if they cannot be counted.
uint64_t tw_remote_elements(const remote_space *space);
// -1, and why.
int tw_remote_because(const char *reason);
remote_file **tw_remote_files(void);
// A request to be filled; its answer, NULL with a reason when the reader says no. After the answer was taken
// apart: whether it made sense.
wire_message *tw_remote_request(void);
wire_message *tw_remote_ask(remote_file *file, uint32_t kind);
bool tw_remote_is_sound(remote_file *file, bool has_memory);
// Members of the table.
void tw_remote_fill_objects(tw_hdf5 *table);
void tw_remote_fill_types(tw_hdf5 *table);
void tw_remote_fill_layouts(tw_hdf5 *table);
void tw_remote_fill_data(tw_hdf5 *table);

// Whether the calling thread's session is one of these; then the functions of CHDF5.h that are no members of
// the table come here.
bool tw_remote_is_active(void);
// While another session of the same thread, with libhdf5 itself, goes on inside of it.
void *tw_remote_suspend(void);
void tw_remote_resume(void *session);
void tw_remote_reason(char *message, size_t capacity);
int32_t tw_remote_link_type(hid_t location, const char *name);
int32_t tw_remote_links(hid_t group, tw_hdf5_visit visit, void *user_data);
int32_t tw_remote_attributes(hid_t object, tw_hdf5_visit visit, void *user_data);
// The lock of hdf5.c; for a session it is known to fork, too.
void tw_hdf5_lock(void);
void tw_hdf5_lock_across_forks(void);
void tw_hdf5_unlock(void);
