// Types and data spaces of files that are read apart.
#define _GNU_SOURCE
#include "remote.h"

static const hid_t natives[] = {1, 2, 3, 4, 5, 6, 7}, text_constant = REMOTE_C_STRING,
                   access_constant = REMOTE_FILE_ACCESS;

static const remote_type native_types[] = {
    {.class = TW_H5T_FLOAT, .size = 4, .precision = 32, .origin = WIRE_NATIVE, .index = 0},
    {.class = TW_H5T_FLOAT, .size = 8, .precision = 64, .origin = WIRE_NATIVE, .index = 1},
    {.class = TW_H5T_INTEGER, .size = 8, .precision = 64, .sign = 1, .origin = WIRE_NATIVE, .index = 2},
    {.class = TW_H5T_INTEGER, .size = 4, .precision = 32, .sign = 1, .origin = WIRE_NATIVE, .index = 3},
    {.class = TW_H5T_INTEGER, .size = 1, .precision = 8, .origin = WIRE_NATIVE, .index = 4},
    {.class = TW_H5T_INTEGER, .size = 1, .precision = 8, .sign = 1, .origin = WIRE_NATIVE, .index = 5},
    {.class = TW_H5T_INTEGER, .size = 4, .precision = 32, .origin = WIRE_NATIVE, .index = 6}};
static const remote_type text_type = {.class = TW_H5T_STRING, .size = 1, .origin = WIRE_TEXT};

const remote_type *tw_remote_type_of(hid_t id) {
  if (id >= REMOTE_NATIVES && id < REMOTE_NATIVES + 7)
    return &native_types[id - REMOTE_NATIVES];
  return id == REMOTE_C_STRING ? &text_type : tw_remote_thing(id, REMOTE_TYPE);
}

// ---------------------------------------------------------------------------------------------------------
// Data spaces

hid_t tw_remote_identify_copy(remote_part part, remote_kind kind, size_t size) {
  if (!part.value)
    return tw_remote_because(part.reason);
  void *copy = tw_remote_allocate(size);
  if (copy)
    memcpy(copy, part.value, size);
  return tw_remote_identify(kind, copy);
}

static hid_t create_space(int kind) {
  remote_space *s = tw_remote_allocate(sizeof *s);
  if (s)
    s->kind = kind;
  return tw_remote_identify(REMOTE_SPACE, s);
}

static hid_t create_simple(int rank, const hsize_t *dims, const hsize_t *most) {
  remote_space *s = rank < 0 || rank > WIRE_MOST_DIMS ? NULL : tw_remote_allocate(sizeof *s);
  if (s) {
    s->kind = TW_H5S_SIMPLE;
    s->rank = rank;
    for (int i = 0; i < rank; i++) {
      s->dims[i] = dims[i];
      s->most[i] = most ? most[i] : dims[i];
    }
  }
  return tw_remote_identify(REMOTE_SPACE, s);
}

static int space_kind(hid_t id) {
  remote_space *s = tw_remote_thing(id, REMOTE_SPACE);
  return s ? s->kind : -1;
}

static int space_rank(hid_t id) {
  remote_space *s = tw_remote_thing(id, REMOTE_SPACE);
  return s ? s->rank : -1;
}

static int space_dims(hid_t id, hsize_t *dims, hsize_t *most) {
  remote_space *s = tw_remote_thing(id, REMOTE_SPACE);
  if (!s)
    return -1;
  for (int i = 0; i < s->rank; i++) {
    if (dims)
      dims[i] = s->dims[i];
    if (most)
      most[i] = s->most[i];
  }
  return s->rank;
}

static herr_t select_block(hid_t id, int operation, const hsize_t *starts, const hsize_t *strides,
                           const hsize_t *counts, const hsize_t *blocks) {
  remote_space *s = tw_remote_thing(id, REMOTE_SPACE);
  if (!s || operation != TW_H5S_SELECT_SET || strides || blocks)
    return tw_remote_because("not a selection that is read apart");
  for (int i = 0; i < s->rank; i++)
    if (starts[i] > s->dims[i] || counts[i] > s->dims[i] - starts[i])
      return tw_remote_because("a selection goes beyond the data set");
  memcpy(s->starts, starts, sizeof *starts * (size_t)s->rank);
  memcpy(s->counts, counts, sizeof *counts * (size_t)s->rank);
  s->is_selected = true;
  return 0;
}

// The elements of a space, or of what is selected there; UINT64_MAX if they cannot be counted.
uint64_t tw_remote_elements(const remote_space *s) {
  if (s->kind != TW_H5S_SIMPLE)
    return s->kind == TW_H5S_SCALAR ? 1 : 0;
  const hsize_t *sizes = s->is_selected ? s->counts : s->dims;
  uint64_t count = 1;
  for (int i = 0; i < s->rank; i++)
    if (__builtin_mul_overflow(count, sizes[i], &count))
      return UINT64_MAX;
  return count;
}

// ---------------------------------------------------------------------------------------------------------
// Types

#define TYPE_VALUE(function, result, none, value)                                                            \
  static result function(hid_t id) {                                                                         \
    const remote_type *t = tw_remote_type_of(id);                                                            \
    return t ? (result)(value) : (result)(none);                                                             \
  }
TYPE_VALUE(type_class, int, -1, t->class)
TYPE_VALUE(type_size, size_t, 0, t->size)
TYPE_VALUE(type_sign, int, -1, t->sign)
TYPE_VALUE(type_order, int, -1, t->order)
TYPE_VALUE(type_precision, size_t, 0, t->precision)
TYPE_VALUE(type_offset, int, -1, t->offset)
TYPE_VALUE(type_bias, size_t, 0, t->bias)
TYPE_VALUE(type_norm, int, -1, t->norm)
TYPE_VALUE(type_padding, int, -1, t->padding)
TYPE_VALUE(type_rank, int, -1, t->class == TW_H5T_ARRAY ? t->rank : -1)
TYPE_VALUE(type_set, int, -1, t->character_set)
TYPE_VALUE(type_members, int, -1,
           t->class == TW_H5T_ENUM || t->class == TW_H5T_COMPOUND ? t->member_count : -1)
TYPE_VALUE(type_is_variable, htri_t, -1, t->is_variable)
TYPE_VALUE(type_super, hid_t, -1, t->super ? tw_remote_identify(REMOTE_TYPE, t->super) : -1)

static hid_t type_copy(hid_t id) {
  const remote_type *t = tw_remote_type_of(id);
  return tw_remote_identify_copy((remote_part){t, "not a type"}, REMOTE_TYPE, sizeof *t);
}

static herr_t type_fields(hid_t id, size_t *sign, size_t *exponent, size_t *exponent_size, size_t *mantissa,
                          size_t *mantissa_size) {
  const remote_type *t = tw_remote_type_of(id);
  if (!t || !t->has_fields)
    return tw_remote_because("not a type of floats");
  *sign = t->fields[0];
  *exponent = t->fields[1];
  *exponent_size = t->fields[2];
  *mantissa = t->fields[3];
  *mantissa_size = t->fields[4];
  return 0;
}

static int type_dims(hid_t id, hsize_t *dims) {
  const remote_type *t = tw_remote_type_of(id);
  if (!t || t->class != TW_H5T_ARRAY)
    return tw_remote_because("not a type of arrays");
  memcpy(dims, t->dims, sizeof *dims * (size_t)t->rank);
  return t->rank;
}

static remote_member *member_of(hid_t id, unsigned index) {
  const remote_type *t = tw_remote_type_of(id);
  if (t && index < (unsigned)t->member_count)
    return &t->members[index];
  tw_remote_because("the type has no such member");
  return NULL;
}

static char *member_name(hid_t id, unsigned index) {
  remote_member *m = member_of(id, index);
  return m ? strdup(m->name) : NULL;
}

static herr_t member_value(hid_t id, unsigned index, void *value) {
  remote_member *m = member_of(id, index);
  const remote_type *t = tw_remote_type_of(id);
  if (!m || t->class != TW_H5T_ENUM)
    return -1;
  memcpy(value, &m->value, t->size < sizeof m->value ? t->size : sizeof m->value);
  return 0;
}

static int member_index(hid_t id, const char *name) {
  const remote_type *t = tw_remote_type_of(id);
  for (int i = 0; t && i < t->member_count; i++)
    if (strcmp(t->members[i].name, name) == 0)
      return i;
  return tw_remote_because("the type has no such member");
}

static size_t member_offset(hid_t id, unsigned index) {
  remote_member *m = member_of(id, index);
  return m ? m->offset : 0;
}

static hid_t member_type(hid_t id, unsigned index) {
  remote_member *m = member_of(id, index);
  return m && m->type ? tw_remote_identify(REMOTE_TYPE, m->type) : -1;
}

static hid_t create_type(int class, size_t size) {
  remote_type *t = class == TW_H5T_COMPOUND ? tw_remote_allocate(sizeof *t) : NULL;
  if (t) {
    t->class = class;
    t->size = size;
    t->origin = WIRE_COMPOUND;
  }
  return tw_remote_identify(REMOTE_TYPE, t);
}

static herr_t insert_member(hid_t id, const char *name, size_t offset, hid_t member) {
  remote_type *t = tw_remote_thing(id, REMOTE_TYPE);
  const remote_type *inner = tw_remote_type_of(member);
  if (!t || !inner || t->origin != WIRE_COMPOUND || t->parent || offset != 0 || t->size != inner->size)
    return tw_remote_because("not a type that is made apart");
  t->parent = inner;
  t->name = tw_remote_text(name);
  return t->name ? 0 : -1;
}

static herr_t set_type_size(hid_t id, size_t size) {
  remote_type *t = tw_remote_thing(id, REMOTE_TYPE);
  if (!t || t->origin != WIRE_TEXT || size != tw_hdf5_variable())
    return tw_remote_because("not a type that is made apart");
  t->is_variable = true;
  t->size = sizeof(char *);
  return 0;
}

static herr_t set_type_set(hid_t id, int set) {
  remote_type *t = tw_remote_thing(id, REMOTE_TYPE);
  if (!t || t->origin != WIRE_TEXT)
    return tw_remote_because("not a type that is made apart");
  t->character_set = set;
  return 0;
}

void tw_remote_fill_types(tw_hdf5 *table) {
  table->H5Screate = create_space;
  table->H5Screate_simple = create_simple;
  table->H5Sget_simple_extent_type = space_kind;
  table->H5Sget_simple_extent_ndims = space_rank;
  table->H5Sget_simple_extent_dims = space_dims;
  table->H5Sselect_hyperslab = select_block;
  table->H5Tcopy = type_copy;
  table->H5Tget_class = type_class;
  table->H5Tget_size = type_size;
  table->H5Tget_sign = type_sign;
  table->H5Tget_super = type_super;
  table->H5Tget_order = type_order;
  table->H5Tget_precision = type_precision;
  table->H5Tget_offset = type_offset;
  table->H5Tget_fields = type_fields;
  table->H5Tget_ebias = type_bias;
  table->H5Tget_norm = type_norm;
  table->H5Tget_strpad = type_padding;
  table->H5Tget_array_ndims = type_rank;
  table->H5Tget_array_dims2 = type_dims;
  table->H5Tget_cset = type_set;
  table->H5Tget_nmembers = type_members;
  table->H5Tget_member_name = member_name;
  table->H5Tget_member_value = member_value;
  table->H5Tget_member_index = member_index;
  table->H5Tget_member_offset = member_offset;
  table->H5Tget_member_type = member_type;
  table->H5Tcreate = create_type;
  table->H5Tinsert = insert_member;
  table->H5Tis_variable_str = type_is_variable;
  table->H5Tset_size = set_type_size;
  table->H5Tset_cset = set_type_set;
  table->native_f32 = &natives[0];
  table->native_f64 = &natives[1];
  table->native_i64 = &natives[2];
  table->native_i32 = &natives[3];
  table->native_u8 = &natives[4];
  table->native_i8 = &natives[5];
  table->native_u32 = &natives[6];
  table->file_f32 = table->file_f64 = table->file_i64 = table->file_i32 = table->file_u8 = table->file_i8 =
      table->file_u32 = table->object_reference = table->file_create = table->group_create =
          table->dataset_create = &access_constant;
  table->c_string = &text_constant;
  table->file_access = &access_constant;
}
