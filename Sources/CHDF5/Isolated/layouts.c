// How data sets that are read apart lie in their files.
#define _GNU_SOURCE
#include "remote.h"

static hid_t dataset_type(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  if (!o || !o->type.value)
    return tw_remote_because(o ? o->type.reason : "not a data set");
  return tw_remote_identify(REMOTE_TYPE, o->type.value);
}

static hid_t dataset_space(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  return o ? tw_remote_identify_copy(o->space, REMOTE_SPACE, sizeof(remote_space)) : -1;
}

static hid_t dataset_layout(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  if (!o || !o->layout.value)
    return tw_remote_because(o ? o->layout.reason : "not a data set");
  return tw_remote_identify(REMOTE_LAYOUT, o->layout.value);
}

static haddr_t dataset_offset(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  return o ? o->address : UINT64_MAX;
}

static hsize_t dataset_bytes(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  return o ? o->stored_bytes : 0;
}

static int layout_kind(hid_t id) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  return l ? l->layout : -1;
}

static int layout_external(hid_t id) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  return l ? l->external_count : -1;
}

static int layout_filters(hid_t id) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  return l ? l->filter_count : -1;
}

static int layout_filter(hid_t id, unsigned index, unsigned *flags, size_t *count, unsigned *values,
                         size_t capacity, char *name, unsigned *configuration) {
  (void)configuration;
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  if (!l || index >= (unsigned)l->filter_count)
    return tw_remote_because("there is no such filter");
  if (capacity > 0 && name)
    *name = '\0';
  const remote_filter *filter = &l->filters[index];
  *flags = filter->flags;
  for (size_t i = 0; i < *count && i < WIRE_MOST_VALUES && values; i++)
    values[i] = filter->values[i];
  *count = filter->value_count;
  return filter->filter;
}

static int layout_chunk(hid_t id, int capacity, hsize_t *dims) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  if (!l || l->layout != TW_H5D_CHUNKED)
    return tw_remote_because("the data set has no chunks");
  for (int i = 0; i < l->rank && i < capacity; i++)
    dims[i] = l->chunk[i];
  return l->rank;
}

static herr_t layout_options(hid_t id, unsigned *options) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  if (!l || !l->has_options)
    return tw_remote_because("the data set has no chunks");
  *options = l->options;
  return 0;
}

static herr_t layout_fill_status(hid_t id, int *status) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  if (!l || l->fill_status < 0)
    return tw_remote_because("the fill value cannot be read");
  *status = l->fill_status;
  return 0;
}

static herr_t layout_fill(hid_t id, hid_t type, void *value) {
  remote_layout *l = tw_remote_thing(id, REMOTE_LAYOUT);
  const remote_type *t = tw_remote_type_of(type);
  if (!l || !t || l->fill_size == 0 || l->fill_size != t->size)
    return tw_remote_because("the fill value cannot be read");
  memcpy(value, l->fill, l->fill_size);
  return 0;
}

// Where chunks are is asked for of many at once: they are read in order, mostly.
static herr_t find_chunk(hid_t id, const hsize_t *corner, unsigned *mask, haddr_t *address, hsize_t *size) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  const remote_layout *l = o ? o->layout.value : NULL;
  const remote_space *s = o ? o->space.value : NULL;
  if (!l || !s || l->rank != s->rank || !o->file->tells_chunks)
    return tw_remote_because("the data set has no chunks");
  uint64_t number = 0, total = 1;
  for (int i = 0; i < l->rank; i++) {
    if (l->chunk[i] == 0 || corner[i] >= s->dims[i])
      return tw_remote_because("there is no such chunk");
    uint64_t along = (s->dims[i] - 1) / l->chunk[i] + 1;
    if (__builtin_mul_overflow(number, along, &number) || __builtin_mul_overflow(total, along, &total) ||
        __builtin_add_overflow(number, corner[i] / l->chunk[i], &number))
      return tw_remote_because("there are too many chunks");
  }
  enum { MOST = 4096 };
  if (!o->chunks || number < o->first_chunk || number - o->first_chunk >= o->chunk_count) {
    if (!o->chunks && !(o->chunks = tw_remote_allocate(MOST * 3 * sizeof *o->chunks)))
      return tw_remote_because("there is not enough memory to read it apart");
    uint64_t wanted = number == o->next_chunk ? MOST : 16;
    if (wanted > total - number)
      wanted = total - number;
    wire_message *m = tw_remote_request();
    wire_put_text(m, o->path);
    wire_put_number(m, (uint64_t)l->rank);
    wire_put_number(m, wanted);
    for (uint64_t i = number; i < number + wanted; i++) {
      hsize_t place[WIRE_MOST_DIMS];
      uint64_t rest = i;
      for (int j = l->rank - 1; j >= 0; j--) {
        uint64_t along = (s->dims[j] - 1) / l->chunk[j] + 1;
        place[j] = rest % along * l->chunk[j];
        rest /= along;
      }
      wire_put(m, place, sizeof *place * (size_t)l->rank);
    }
    o->chunk_count = 0;
    if (!(m = tw_remote_ask(o->file, WIRE_CHUNKS)))
      return -1;
    uint64_t count = m->size / (3 * sizeof *o->chunks);
    const void *places = count >= 1 && count <= wanted ? wire_take(m, count * 3 * sizeof *o->chunks) : NULL;
    if (!tw_remote_is_sound(o->file, places != NULL))
      return -1;
    memcpy(o->chunks, places, count * 3 * sizeof *o->chunks);
    o->first_chunk = number;
    o->chunk_count = count;
    o->next_chunk = number + count;
  }
  const uint64_t *found = o->chunks + (number - o->first_chunk) * 3;
  *mask = (unsigned)found[0];
  *address = found[1];
  *size = found[2];
  return 0;
}

void tw_remote_fill_layouts(tw_hdf5 *table) {
  table->H5Dget_type = dataset_type;
  table->H5Dget_space = dataset_space;
  table->H5Dget_create_plist = dataset_layout;
  table->H5Dget_offset = dataset_offset;
  table->H5Dget_chunk_info_by_coord = find_chunk;
  table->H5Dget_storage_size = dataset_bytes;
  table->H5Pget_layout = layout_kind;
  table->H5Pget_external_count = layout_external;
  table->H5Pget_nfilters = layout_filters;
  table->H5Pget_filter2 = layout_filter;
  table->H5Pget_chunk = layout_chunk;
  table->H5Pget_chunk_opts = layout_options;
  table->H5Pfill_value_defined = layout_fill_status;
  table->H5Pget_fill_value = layout_fill;
}
