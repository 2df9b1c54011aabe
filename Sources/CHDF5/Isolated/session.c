// Sessions in which files are read apart: what is known of them, identifiers, and the table of libhdf5's
// functions, which answer from what a reader said of an object when it was looked up, or ask it.
#define _GNU_SOURCE
#include "remote.h"

#include <stdio.h>
#include <unistd.h>

typedef struct block {
  struct block *next;
  size_t used, size;
  max_align_t bytes[];
} block;

typedef struct {
  remote_kind kind;
  void *thing;
} identified;

typedef struct session {
  struct session *outer;
  block *blocks;
  size_t allocated;
  remote_file *files;
  identified *things;
  size_t count, capacity;
  hid_t first; // identifiers of this session begin there
  int32_t problem;
  char reason[512];
  wire_message request, answer;
} session;

// Guarded by the lock that a session holds.
static session *active;
static uint32_t sessions;
static tw_hdf5 table;

// What a session may know of its files: some 4 KB of a data set.
static const size_t most_memory = (size_t)1 << 30;

void *tw_remote_allocate(size_t size) {
  size = (size + 15) & ~(size_t)15;
  block *b = active->blocks;
  if (!b || b->size - b->used < size) {
    size_t room = size > (1 << 16) ? size : 1 << 16;
    if (active->allocated + room > most_memory || !(b = calloc(1, sizeof *b + room)))
      return NULL;
    b->size = room;
    b->next = active->blocks;
    active->blocks = b;
    active->allocated += room;
  }
  void *memory = (char *)b->bytes + b->used;
  b->used += size;
  return memory;
}

const char *tw_remote_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = tw_remote_allocate(size);
  if (copy)
    memcpy(copy, text, size);
  return copy;
}

int tw_remote_because(const char *reason) {
  snprintf(active->reason, sizeof active->reason, "%s", reason ? reason : "");
  return -1;
}

remote_file **tw_remote_files(void) { return &active->files; }

bool tw_remote_is_active(void) { return active != NULL; }

void *tw_remote_suspend(void) {
  session *interrupted = active;
  active = NULL;
  return interrupted;
}

void tw_remote_resume(void *interrupted) { active = interrupted; }

void tw_remote_reason(char *message, size_t capacity) { snprintf(message, capacity, "%s", active->reason); }

// ---------------------------------------------------------------------------------------------------------
// Identifiers

hid_t tw_remote_identify(remote_kind kind, const void *thing) {
  if (!thing)
    return tw_remote_because("there is not enough memory to read it apart");
  if (active->count == active->capacity) {
    size_t capacity = active->capacity * 2 + 64;
    identified *larger = capacity > (1u << 28) ? NULL : realloc(active->things, capacity * sizeof *larger);
    if (!larger)
      return tw_remote_because("there is not enough memory to read it apart");
    active->things = larger;
    active->capacity = capacity;
  }
  active->things[active->count] = (identified){kind, (void *)thing};
  return active->first + (hid_t)active->count++;
}

void *tw_remote_thing(hid_t id, remote_kind kind) {
  if (!active || id < active->first || id >= active->first + (hid_t)active->count)
    return NULL;
  identified *found = &active->things[id - active->first];
  return found->kind == kind ? found->thing : NULL;
}

// ---------------------------------------------------------------------------------------------------------
// Asking

wire_message *tw_remote_request(void) {
  active->request.size = 0;
  active->request.failed = false;
  return &active->request;
}

wire_message *tw_remote_ask(remote_file *file, uint32_t kind) {
  if (!file->reader) {
    tw_remote_because("the file is closed");
    return NULL;
  }
  if (tw_reader_ask(file->reader, kind, &active->request, &active->answer))
    return &active->answer;
  tw_remote_because(file->reader->reason);
  return NULL;
}

// After an answer was taken apart: whether it made sense.
bool tw_remote_is_sound(remote_file *file, bool has_memory) {
  if (!active->answer.failed && has_memory)
    return true;
  tw_reader_distrust(file->reader);
  tw_remote_because(file->reader->reason);
  return false;
}

// ---------------------------------------------------------------------------------------------------------
// The table

static int64_t refuse(void) { return tw_remote_because("files are only read apart, not written"); }
static herr_t done(void) { return 0; }
static herr_t free_text(void *memory) {
  free(memory);
  return 0;
}

static void fill(void) {
  // What is not set below is not needed for reading.
  typedef int64_t (*function)(void);
  function *members = (function *)(void *)&table.H5open;
  size_t count = (offsetof(tw_hdf5, native_f32) - offsetof(tw_hdf5, H5open)) / sizeof *members;
  for (size_t i = 0; i < count; i++)
    members[i] = refuse;
  table.H5open = done;
  table.H5free_memory = free_text;
  tw_remote_fill_objects(&table);
  tw_remote_fill_types(&table);
  tw_remote_fill_layouts(&table);
  tw_remote_fill_data(&table);
}

const tw_hdf5 *tw_remote_begin(tw_remote_session *saved) {
  tw_hdf5_lock_across_forks();
  saved->outer = active;
  if (!table.H5open)
    fill();
  session *s = calloc(1, sizeof *s);
  if (!s) {
    tw_hdf5_unlock();
    return NULL;
  }
  s->outer = active;
  s->first = ((hid_t)++sessions << 32) + 1000;
  active = s;
  return &table;
}

void tw_remote_end(const tw_remote_session *saved) {
  session *s = active;
  for (remote_file *file = s->files; file; file = file->next)
    if (file->reader)
      tw_reader_stop(file->reader);
  for (size_t i = 0; i < s->count; i++) {
    remote_access *access = s->things[i].kind == REMOTE_ACCESS ? s->things[i].thing : NULL;
    if (access && access->image >= 0)
      close(access->image);
  }
  while (s->blocks) {
    block *next = s->blocks->next;
    free(s->blocks);
    s->blocks = next;
  }
  free(s->things);
  free(s->request.bytes);
  free(s->answer.bytes);
  active = saved->outer;
  free(s);
  tw_hdf5_unlock();
}

int32_t tw_remote_problem(char *message, size_t capacity) {
  for (remote_file *file = active->files; file; file = file->next)
    if (file->reader && file->reader->problem) {
      snprintf(message, capacity, "%s", file->reader->reason);
      return file->reader->problem;
    }
  return 0;
}
