// What the reader says of types, data spaces and layouts.
#include "reader.h"

static bool put_type(hid_t type, int depth);

static bool put_owned_type(hid_t type, int depth) {
  if (type < 0)
    return false;
  bool done = put_type(type, depth);
  here.h5->H5Idec_ref(type);
  return done;
}

static bool put_type(hid_t type, int depth) {
  int class = here.h5->H5Tget_class(type);
  size_t size = here.h5->H5Tget_size(type);
  if (depth > WIRE_MOST_DEPTH || size > WIRE_MOST_SIZE)
    return false;
  tw_reader_put_number(class);
  tw_reader_put_number((int64_t)size);
  bool is_number = class == TW_H5T_INTEGER || class == TW_H5T_FLOAT || class == TW_H5T_ENUM;
  tw_reader_put_number(
      is_number || class == TW_H5T_BITFIELD || class == TW_H5T_TIME ? here.h5->H5Tget_order(type) : -1);
  tw_reader_put_number(class == TW_H5T_INTEGER ? here.h5->H5Tget_sign(type) : -1);
  tw_reader_put_number(is_number ? (int64_t)here.h5->H5Tget_precision(type) : 0);
  tw_reader_put_number(is_number ? here.h5->H5Tget_offset(type) : -1);
  if (class == TW_H5T_FLOAT) {
    size_t fields[5] = {0};
    tw_reader_put_number(
        here.h5->H5Tget_fields(type, &fields[0], &fields[1], &fields[2], &fields[3], &fields[4]) >= 0);
    for (int i = 0; i < 5; i++)
      tw_reader_put_number((int64_t)fields[i]);
    tw_reader_put_number((int64_t)here.h5->H5Tget_ebias(type));
    tw_reader_put_number(here.h5->H5Tget_norm(type));
  }
  if (class == TW_H5T_STRING) {
    bool is_variable = here.h5->H5Tis_variable_str(type) > 0;
    tw_reader_put_number(is_variable);
    tw_reader_put_number(here.h5->H5Tget_strpad(type));
    tw_reader_put_number(here.h5->H5Tget_cset(type));
  }
  if (class == TW_H5T_ARRAY) {
    int rank = here.h5->H5Tget_array_ndims(type);
    hsize_t dims[WIRE_MOST_DIMS] = {0};
    if (rank < 0 || rank > WIRE_MOST_DIMS || here.h5->H5Tget_array_dims2(type, dims) != rank)
      return false;
    tw_reader_put_number(rank);
    for (int i = 0; i < rank; i++)
      wire_put_number(&here.answer, dims[i]);
  }
  if ((class == TW_H5T_ENUM || class == TW_H5T_VLEN || class == TW_H5T_ARRAY) &&
      !put_owned_type(here.h5->H5Tget_super(type), depth + 1))
    return false;
  if (class != TW_H5T_ENUM && class != TW_H5T_COMPOUND)
    return true;
  int count = here.h5->H5Tget_nmembers(type);
  if (count < 0 || count > WIRE_MOST_MEMBERS)
    return false;
  tw_reader_put_number(count);
  for (unsigned i = 0; i < (unsigned)count; i++) {
    char *name = here.h5->H5Tget_member_name(type, i);
    if (!name)
      return false;
    wire_put_text(&here.answer, name);
    here.h5->H5free_memory(name);
    if (class == TW_H5T_ENUM) {
      uint8_t value[256] = {0};
      uint64_t first;
      if (size > sizeof value || here.h5->H5Tget_member_value(type, i, value) < 0)
        return false;
      memcpy(&first, value, sizeof first);
      wire_put_number(&here.answer, first);
    } else {
      tw_reader_put_number((int64_t)here.h5->H5Tget_member_offset(type, i));
      if (!put_owned_type(here.h5->H5Tget_member_type(type, i), depth + 1))
        return false;
    }
  }
  return true;
}

bool tw_reader_put_space(hid_t space) {
  int kind = here.h5->H5Sget_simple_extent_type(space);
  int rank = kind == TW_H5S_SIMPLE ? here.h5->H5Sget_simple_extent_ndims(space) : 0;
  hsize_t dims[WIRE_MOST_DIMS] = {0}, most[WIRE_MOST_DIMS] = {0};
  if (rank < 0 || rank > WIRE_MOST_DIMS ||
      (rank > 0 && here.h5->H5Sget_simple_extent_dims(space, dims, most) < 0))
    return false;
  tw_reader_put_number(kind);
  tw_reader_put_number(rank);
  for (int i = 0; i < rank; i++)
    wire_put_number(&here.answer, dims[i]);
  for (int i = 0; i < rank; i++)
    wire_put_number(&here.answer, most[i]);
  return true;
}

static bool put_layout(hid_t list, hid_t type) {
  int layout = here.h5->H5Pget_layout(list);
  tw_reader_put_number(layout);
  tw_reader_put_number(here.h5->H5Pget_external_count(list));
  if (layout != TW_H5D_CHUNKED)
    return true;
  hsize_t chunk[WIRE_MOST_DIMS] = {0};
  int rank = here.h5->H5Pget_chunk(list, WIRE_MOST_DIMS, chunk);
  int count = here.h5->H5Pget_nfilters(list);
  if (rank < 0 || rank > WIRE_MOST_DIMS || count < 0 || count > WIRE_MOST_FILTERS)
    return false;
  tw_reader_put_number(rank);
  for (int i = 0; i < rank; i++)
    wire_put_number(&here.answer, chunk[i]);
  tw_reader_put_number(count);
  for (unsigned i = 0; i < (unsigned)count; i++) {
    unsigned flags = 0, values[WIRE_MOST_VALUES] = {0};
    size_t used = WIRE_MOST_VALUES;
    tw_reader_put_number(here.h5->H5Pget_filter2(list, i, &flags, &used, values, 0, NULL, NULL));
    tw_reader_put_number(flags);
    tw_reader_put_number((int64_t)(used < WIRE_MOST_VALUES ? used : WIRE_MOST_VALUES));
    for (int j = 0; j < WIRE_MOST_VALUES; j++)
      tw_reader_put_number(values[j]);
  }
  unsigned options = 0;
  tw_reader_put_number(here.h5->H5Pget_chunk_opts(list, &options) >= 0);
  tw_reader_put_number(options);
  int status = 0;
  size_t size = here.h5->H5Tget_size(type);
  char *value = NULL;
  if (here.h5->H5Pfill_value_defined(list, &status) < 0)
    status = -1;
  // Of a chunk that was never written; read only for types that have no memory of their own.
  int class = here.h5->H5Tget_class(type);
  bool is_flat = class != TW_H5T_VLEN && !(class == TW_H5T_STRING && here.h5->H5Tis_variable_str(type) > 0);
  if (status == 2 && is_flat && size > 0 && size <= 1 << 20 && (value = calloc(1, size)) &&
      here.h5->H5Pget_fill_value(list, type, value) < 0) {
    free(value);
    value = NULL;
  }
  tw_reader_put_number(status);
  tw_reader_put_number(value ? (int64_t)size : 0);
  if (value)
    wire_put(&here.answer, value, size);
  free(value);
  return true;
}

// Each part with whether it could be read, or why not.
void tw_reader_end_part(bool done, size_t before) {
  if (done) {
    uint64_t yes = 1;
    if (!here.answer.failed)
      memcpy(here.answer.bytes + before, &yes, sizeof yes);
    return;
  }
  here.answer.size = before;
  tw_reader_put_number(0);
  tw_reader_put_reason();
}

size_t tw_reader_begin_part(void) {
  size_t before = here.answer.size;
  tw_reader_put_number(0);
  return before;
}

void tw_reader_put_dataset(void) {
  hid_t type = here.h5->H5Dget_type(here.object);
  size_t before = tw_reader_begin_part();
  tw_reader_end_part(type >= 0 && put_type(type, 0), before);
  before = tw_reader_begin_part();
  hid_t space = here.h5->H5Dget_space(here.object);
  tw_reader_end_part(space >= 0 && tw_reader_put_space(space), before);
  before = tw_reader_begin_part();
  hid_t list = here.h5->H5Dget_create_plist(here.object);
  tw_reader_end_part(list >= 0 && type >= 0 && put_layout(list, type), before);
  wire_put_number(&here.answer, here.h5->H5Dget_offset(here.object));
  wire_put_number(&here.answer, here.h5->H5Dget_storage_size(here.object));
  if (list >= 0)
    here.h5->H5Idec_ref(list);
  if (space >= 0)
    here.h5->H5Idec_ref(space);
  if (type >= 0)
    here.h5->H5Idec_ref(type);
}

bool tw_reader_put_type(hid_t type) { return put_owned_type(type, 0); }
