// The data of files that are read apart, where only libhdf5 can read it.
#define _GNU_SOURCE
#include "remote.h"

// Whether elements have memory of their own: at the top, or, which is not read apart, further down.
static bool is_sequence(const remote_type *t) { return t->is_variable || t->class == TW_H5T_VLEN; }

static bool has_sequence(const remote_type *t) {
  if (is_sequence(t))
    return true;
  if (t->origin == WIRE_COMPOUND)
    return t->parent ? has_sequence(t->parent) : true;
  for (int i = 0; i < t->member_count; i++)
    if (t->members[i].type && has_sequence(t->members[i].type))
      return true;
  return t->super && has_sequence(t->super);
}

static void free_sequences(const remote_type *t, void *memory, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    if (t->is_variable) {
      free(((char **)memory)[i]);
      ((char **)memory)[i] = NULL;
    } else {
      tw_hdf5_sequence *sequence = (tw_hdf5_sequence *)memory + i;
      free(sequence->data);
      *sequence = (tw_hdf5_sequence){0, NULL};
    }
  }
}

static bool take_sequence(reader *r, const remote_type *t, void *element, uint64_t *left) {
  uint64_t length;
  if (!tw_reader_take(r, &length, sizeof length))
    return false;
  size_t width = t->is_variable ? 1 : t->super->size;
  if (t->is_variable && length == UINT64_MAX)
    return true;
  if (length > *left / width) {
    tw_reader_distrust(r);
    return false;
  }
  *left -= length * width;
  char *data = malloc(length * width + 1);
  if (!data)
    return false;
  if (!tw_reader_take(r, data, length * width)) {
    free(data);
    return false;
  }
  data[length * width] = '\0';
  if (t->is_variable)
    *(char **)element = data;
  else
    *(tw_hdf5_sequence *)element = (tw_hdf5_sequence){length, data};
  return true;
}

// The data behind an answer, `count` elements.
static herr_t take_elements(remote_file *file, const remote_type *t, uint64_t count, void *memory) {
  reader *r = file->reader;
  bool is_whole = true;
  if (!is_sequence(t)) {
    is_whole = tw_reader_take(r, memory, count * t->size);
  } else {
    memset(memory, 0, count * t->size);
    uint64_t left = r->most_bytes;
    for (uint64_t i = 0; i < count && is_whole; i++)
      is_whole = take_sequence(r, t, (char *)memory + i * t->size, &left);
    if (!is_whole)
      free_sequences(t, memory, count);
  }
  if (is_whole)
    return 0;
  tw_reader_distrust(r);
  return tw_remote_because(r->reason);
}

static bool is_readable(const remote_type *t, uint64_t count, uint64_t *bytes) {
  bool is_fit = t && !(has_sequence(t) && (!is_sequence(t) || (t->super && has_sequence(t->super)))) &&
                !__builtin_mul_overflow(count, t->size, bytes) && *bytes <= (uint64_t)1 << 46;
  if (!is_fit)
    tw_remote_because("elements of such a type are not read apart");
  return is_fit;
}

static herr_t read_part(remote_object *o, const remote_type *t, const remote_space *selected, uint64_t count,
                        void *memory) {
  // Time to read, for who asks for much.
  o->file->reader->seconds_left += (double)count * (double)t->size * 1e-7;
  wire_message *m = tw_remote_request();
  wire_put_text(m, o->path);
  tw_remote_put_type(m, t);
  wire_put_number(m, selected != NULL);
  int rank = selected ? selected->rank : 0;
  wire_put_number(m, (uint64_t)rank);
  if (selected) {
    wire_put(m, selected->starts, sizeof(hsize_t) * (size_t)rank);
    wire_put(m, selected->counts, sizeof(hsize_t) * (size_t)rank);
  }
  wire_put_number(m, count);
  wire_put_number(m, t->size);
  return tw_remote_ask(o->file, WIRE_READ) ? take_elements(o->file, t, count, memory) : -1;
}

static herr_t read_dataset(hid_t id, hid_t type, hid_t in_memory, hid_t in_file, hid_t transfer,
                           void *memory) {
  (void)transfer;
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  const remote_type *t = tw_remote_type_of(type);
  if (!o || !o->space.value || !o->file->reader || (in_memory != 0) != (in_file != 0))
    return tw_remote_because("not a data set");
  remote_space all = *(const remote_space *)o->space.value;
  if (in_file) {
    const remote_space *file_space = tw_remote_thing(in_file, REMOTE_SPACE),
                       *memory_space = tw_remote_thing(in_memory, REMOTE_SPACE);
    if (!file_space || !memory_space || tw_remote_elements(file_space) != tw_remote_elements(memory_space) ||
        file_space->rank != all.rank)
      return tw_remote_because("not a selection that is read apart");
    all = *file_space;
  }
  uint64_t count = tw_remote_elements(&all), bytes;
  if (!is_readable(t, count, &bytes))
    return -1;
  if (count == 0)
    return 0;
  if (all.rank == 0)
    return read_part(o, t, NULL, count, memory);
  if (!all.is_selected) {
    memset(all.starts, 0, sizeof all.starts);
    memcpy(all.counts, all.dims, sizeof all.counts);
    all.is_selected = true;
  }
  // Some rows at a time, whole chunks of them: the reader needs memory only for these.
  hsize_t end = all.starts[0] + all.counts[0];
  uint64_t row = bytes / all.counts[0], together = row < (1 << 25) ? (1 << 25) / (row ? row : 1) : 1;
  const remote_layout *l = o->layout.value;
  if (l && l->layout == TW_H5D_CHUNKED && l->rank > 0 && l->chunk[0] > 0)
    together = together > l->chunk[0] ? together - together % l->chunk[0] : l->chunk[0];
  char *to = memory;
  for (hsize_t at = all.starts[0]; at < end;) {
    remote_space part = all;
    part.starts[0] = at;
    part.counts[0] = end - at < together ? end - at : together;
    if (read_part(o, t, &part, tw_remote_elements(&part), to) < 0) {
      if (is_sequence(t))
        free_sequences(t, memory, (uint64_t)(to - (char *)memory) / t->size);
      return -1;
    }
    to += tw_remote_elements(&part) * t->size;
    at += part.counts[0];
  }
  return 0;
}

static herr_t reclaim(hid_t type, hid_t space, hid_t transfer, void *memory) {
  (void)transfer;
  const remote_type *t = tw_remote_type_of(type);
  const remote_space *s = tw_remote_thing(space, REMOTE_SPACE);
  if (!t || !s)
    return -1;
  if (is_sequence(t))
    free_sequences(t, memory, tw_remote_elements(s));
  return 0;
}

static herr_t read_attribute(hid_t id, hid_t type, void *memory) {
  remote_attribute *a = tw_remote_thing(id, REMOTE_ATTRIBUTE);
  const remote_type *t = tw_remote_type_of(type);
  if (!a || !a->space.value)
    return tw_remote_because("not an attribute");
  uint64_t count = tw_remote_elements(a->space.value), bytes;
  if (!is_readable(t, count, &bytes))
    return -1;
  wire_message *m = tw_remote_request();
  wire_put_text(m, a->object->path);
  wire_put_text(m, a->name);
  tw_remote_put_type(m, t);
  wire_put_number(m, count);
  wire_put_number(m, t->size);
  return tw_remote_ask(a->object->file, WIRE_VALUE) ? take_elements(a->object->file, t, count, memory) : -1;
}

void tw_remote_fill_data(tw_hdf5 *table) {
  table->H5Aread = read_attribute;
  table->H5Dread = read_dataset;
  table->H5Dvlen_reclaim = reclaim;
}
