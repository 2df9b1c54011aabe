// The data that the reader reads with libhdf5.
#include "reader.h"

// A type in memory, as the request describes it; `whole` is that of what is read.
static hid_t take_type(hid_t whole, int depth) {
  if (depth > 2 * WIRE_MOST_DEPTH)
    return -1;
  switch (wire_take_number(&here.request)) {
  case WIRE_NATIVE: {
    const hid_t *natives[] = {here.h5->native_f32, here.h5->native_f64, here.h5->native_i64,
                              here.h5->native_i32, here.h5->native_u8,  here.h5->native_i8,
                              here.h5->native_u32};
    return here.h5->H5Tcopy(tw_hdf5_constant(natives[wire_take_count(&here.request, 6)]));
  }
  case WIRE_WHOLE:
    return here.h5->H5Tcopy(whole);
  case WIRE_TEXT: {
    int set = (int)wire_take_count(&here.request, 255);
    hid_t text = here.h5->H5Tcopy(tw_hdf5_constant(here.h5->c_string));
    here.h5->H5Tset_size(text, tw_hdf5_variable());
    here.h5->H5Tset_cset(text, set);
    return text;
  }
  case WIRE_MEMBER: {
    unsigned index = (unsigned)wire_take_count(&here.request, WIRE_MOST_MEMBERS);
    hid_t parent = take_type(whole, depth + 1);
    hid_t member = parent < 0 ? -1 : here.h5->H5Tget_member_type(parent, index);
    if (parent >= 0)
      here.h5->H5Idec_ref(parent);
    return member;
  }
  case WIRE_SUPER: {
    hid_t parent = take_type(whole, depth + 1);
    hid_t super = parent < 0 ? -1 : here.h5->H5Tget_super(parent);
    if (parent >= 0)
      here.h5->H5Idec_ref(parent);
    return super;
  }
  case WIRE_COMPOUND: {
    const char *name = wire_take_text(&here.request);
    hid_t inner = take_type(whole, depth + 1);
    hid_t outer = inner < 0 ? -1 : here.h5->H5Tcreate(TW_H5T_COMPOUND, here.h5->H5Tget_size(inner));
    if (outer >= 0)
      here.h5->H5Tinsert(outer, name, 0, inner);
    if (inner >= 0)
      here.h5->H5Idec_ref(inner);
    return outer;
  }
  default:
    return -1;
  }
}

// Elements of variable length: of each how many values it has, or all bits set, and their bytes.
static void send_sequences(const void *elements, uint64_t count, bool are_texts, size_t width) {
  wire_message out = {0};
  for (uint64_t i = 0; i < count; i++) {
    uint64_t length;
    const void *data;
    if (are_texts) {
      data = ((char *const *)elements)[i];
      length = data ? strlen(data) : UINT64_MAX;
    } else {
      const tw_hdf5_sequence *sequence = (const tw_hdf5_sequence *)elements + i;
      data = sequence->data;
      length = data ? sequence->count : 0;
    }
    wire_put_number(&out, length);
    size_t bytes = data ? length * width : 0;
    if (bytes < 1 << 16) {
      wire_put(&out, data, bytes);
    } else {
      tw_reader_send(out.bytes, out.size);
      out.size = 0;
      tw_reader_send(data, bytes);
    }
    if (out.failed)
      tw_reader_leave();
    if (out.size >= 1 << 16) {
      tw_reader_send(out.bytes, out.size);
      out.size = 0;
    }
  }
  tw_reader_send(out.bytes, out.size);
  free(out.bytes);
}

// Reads `count` elements of `size` bytes from an attribute, or from the open data set where that is negative.
static void read_elements(hid_t attribute, hid_t type, hid_t in_memory, hid_t in_file, uint64_t count,
                          uint64_t size) {
  if (here.request.failed || type < 0 || here.h5->H5Tget_size(type) != size || size == 0 ||
      count > ((uint64_t)1 << 46) / size)
    return tw_reader_fail();
  void *elements = calloc(count ? count : 1, size);
  if (!elements) {
    wire_put_text(&here.answer, "the reader has not enough memory for it");
    return tw_reader_say(1);
  }
  herr_t status = attribute >= 0 ? here.h5->H5Aread(attribute, type, elements)
                                 : here.h5->H5Dread(here.object, type, in_memory, in_file, 0, elements);
  if (status < 0) {
    free(elements);
    return tw_reader_fail();
  }
  tw_reader_say(0);
  int class = here.h5->H5Tget_class(type);
  if (class == TW_H5T_STRING && here.h5->H5Tis_variable_str(type) > 0) {
    send_sequences(elements, count, true, 1);
  } else if (class == TW_H5T_VLEN) {
    hid_t base = here.h5->H5Tget_super(type);
    send_sequences(elements, count, false, here.h5->H5Tget_size(base));
  } else {
    tw_reader_send(elements, count * size);
  }
  // What libhdf5 allocated for sequences.
  if (class == TW_H5T_STRING || class == TW_H5T_VLEN) {
    hid_t space = attribute >= 0 ? here.h5->H5Aget_space(attribute)
                  : in_memory    ? in_memory
                                 : here.h5->H5Dget_space(here.object);
    here.h5->H5Dvlen_reclaim(type, space, 0, elements);
    if (space != in_memory && space >= 0)
      here.h5->H5Idec_ref(space);
  }
  free(elements);
}

void tw_reader_read_attribute(void) {
  hid_t attribute = tw_reader_open_attribute();
  if (attribute < 0)
    return tw_reader_fail();
  hid_t whole = here.h5->H5Aget_type(attribute);
  hid_t type = take_type(whole, 0);
  uint64_t count = wire_take_number(&here.request), size = wire_take_number(&here.request);
  read_elements(attribute, type, 0, 0, count, size);
  if (type >= 0)
    here.h5->H5Idec_ref(type);
  if (whole >= 0)
    here.h5->H5Idec_ref(whole);
  here.h5->H5Idec_ref(attribute);
}

void tw_reader_read_dataset(void) {
  if (!tw_reader_open(wire_take_text(&here.request)) || here.h5->H5Iget_type(here.object) != TW_H5I_DATASET)
    return tw_reader_fail();
  hid_t whole = here.h5->H5Dget_type(here.object);
  hid_t type = take_type(whole, 0);
  uint64_t has_selection = wire_take_number(&here.request);
  int rank = (int)wire_take_count(&here.request, WIRE_MOST_DIMS);
  hsize_t starts[WIRE_MOST_DIMS] = {0}, counts[WIRE_MOST_DIMS] = {0};
  for (int i = 0; i < rank; i++)
    starts[i] = wire_take_number(&here.request);
  for (int i = 0; i < rank; i++)
    counts[i] = wire_take_number(&here.request);
  uint64_t count = wire_take_number(&here.request), size = wire_take_number(&here.request);
  hid_t in_memory = 0, in_file = 0;
  if (has_selection) {
    in_file = here.h5->H5Dget_space(here.object);
    in_memory = here.h5->H5Screate_simple(rank, counts, NULL);
    if (in_file < 0 || in_memory < 0 || here.h5->H5Sget_simple_extent_ndims(in_file) != rank ||
        here.h5->H5Sselect_hyperslab(in_file, TW_H5S_SELECT_SET, starts, NULL, counts, NULL) < 0)
      return tw_reader_fail();
  }
  read_elements(-1, type, in_memory, in_file, count, size);
  if (in_memory > 0)
    here.h5->H5Idec_ref(in_memory);
  if (in_file > 0)
    here.h5->H5Idec_ref(in_file);
  if (type >= 0)
    here.h5->H5Idec_ref(type);
  if (whole >= 0)
    here.h5->H5Idec_ref(whole);
}
