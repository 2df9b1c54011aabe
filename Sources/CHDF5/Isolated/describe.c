// Types, data spaces and layouts as a reader describes them. Every number is checked here, where it comes in:
// what uses them need not ask again.
#include "remote.h"

static int take_int(wire_message *m) {
  int64_t value = (int64_t)wire_take_number(m);
  return value < INT32_MIN || value > INT32_MAX ? -1 : (int)value;
}

remote_type *tw_remote_take_type(wire_message *m, int depth) {
  remote_type *t = depth > WIRE_MOST_DEPTH ? NULL : tw_remote_allocate(sizeof *t);
  if (!t)
    return NULL;
  t->class = take_int(m);
  t->size = wire_take_count(m, WIRE_MOST_SIZE);
  t->order = take_int(m);
  t->sign = take_int(m);
  t->precision = wire_take_count(m, WIRE_MOST_SIZE * 8);
  t->offset = take_int(m);
  if (t->class == TW_H5T_FLOAT) {
    t->has_fields = wire_take_number(m) != 0;
    for (int i = 0; i < 5; i++)
      t->fields[i] = wire_take_count(m, WIRE_MOST_SIZE * 8);
    t->bias = wire_take_number(m) & INT64_MAX;
    t->norm = take_int(m);
  }
  if (t->class == TW_H5T_STRING) {
    t->is_variable = wire_take_number(m) != 0;
    t->padding = take_int(m);
    t->character_set = take_int(m);
    if (t->is_variable)
      t->size = sizeof(char *);
  }
  if (t->class == TW_H5T_VLEN)
    t->size = sizeof(tw_hdf5_sequence);
  if (t->class == TW_H5T_ARRAY) {
    t->rank = (int)wire_take_count(m, WIRE_MOST_DIMS);
    for (int i = 0; i < t->rank; i++)
      t->dims[i] = wire_take_number(m);
  }
  if (t->class == TW_H5T_ENUM || t->class == TW_H5T_VLEN || t->class == TW_H5T_ARRAY) {
    t->super = tw_remote_take_type(m, depth + 1);
    if (!t->super)
      return NULL;
    t->super->origin = WIRE_SUPER;
    t->super->parent = t;
  }
  if (t->class == TW_H5T_ENUM || t->class == TW_H5T_COMPOUND) {
    t->member_count = (int)wire_take_count(m, WIRE_MOST_MEMBERS);
    t->members = tw_remote_allocate(sizeof(remote_member) * ((size_t)t->member_count + 1));
    if (!t->members)
      return NULL;
    for (int i = 0; i < t->member_count; i++) {
      remote_member *member = &t->members[i];
      member->name = tw_remote_text(wire_take_text(m));
      if (!member->name || m->failed)
        return NULL;
      if (t->class == TW_H5T_ENUM) {
        member->value = wire_take_number(m);
        continue;
      }
      member->offset = wire_take_count(m, WIRE_MOST_SIZE);
      member->type = tw_remote_take_type(m, depth + 1);
      if (!member->type)
        return NULL;
      member->type->origin = WIRE_MEMBER;
      member->type->index = i;
      member->type->parent = t;
    }
  }
  t->origin = WIRE_WHOLE;
  return m->failed || t->size == 0 ? NULL : t;
}

remote_space *tw_remote_take_space(wire_message *m) {
  remote_space *s = tw_remote_allocate(sizeof *s);
  if (!s)
    return NULL;
  s->kind = take_int(m);
  s->rank = (int)wire_take_count(m, WIRE_MOST_DIMS);
  for (int i = 0; i < s->rank; i++)
    s->dims[i] = wire_take_number(m);
  for (int i = 0; i < s->rank; i++)
    s->most[i] = wire_take_number(m);
  return m->failed ? NULL : s;
}

remote_layout *tw_remote_take_layout(wire_message *m) {
  remote_layout *l = tw_remote_allocate(sizeof *l);
  if (!l)
    return NULL;
  l->layout = take_int(m);
  l->external_count = take_int(m);
  if (l->layout != TW_H5D_CHUNKED)
    return m->failed ? NULL : l;
  l->rank = (int)wire_take_count(m, WIRE_MOST_DIMS);
  for (int i = 0; i < l->rank; i++)
    l->chunk[i] = wire_take_number(m);
  l->filter_count = (int)wire_take_count(m, WIRE_MOST_FILTERS);
  for (int i = 0; i < l->filter_count; i++) {
    remote_filter *filter = &l->filters[i];
    filter->filter = take_int(m);
    filter->flags = (unsigned)wire_take_number(m);
    filter->value_count = (unsigned)wire_take_count(m, WIRE_MOST_VALUES);
    for (int j = 0; j < WIRE_MOST_VALUES; j++)
      filter->values[j] = (unsigned)wire_take_number(m);
  }
  l->has_options = wire_take_number(m) != 0;
  l->options = (unsigned)wire_take_number(m);
  l->fill_status = take_int(m);
  l->fill_size = wire_take_count(m, WIRE_MOST_BYTES);
  const void *fill = wire_take(m, l->fill_size);
  void *copy = tw_remote_allocate(l->fill_size + 1);
  if (!fill || !copy)
    return NULL;
  memcpy(copy, fill, l->fill_size);
  l->fill = copy;
  return m->failed ? NULL : l;
}

void tw_remote_put_type(wire_message *m, const remote_type *type) {
  wire_put_number(m, (uint64_t)type->origin);
  switch (type->origin) {
  case WIRE_NATIVE:
    wire_put_number(m, (uint64_t)type->index);
    break;
  case WIRE_TEXT:
    wire_put_number(m, (uint64_t)type->character_set & 255);
    break;
  case WIRE_MEMBER:
    wire_put_number(m, (uint64_t)type->index);
    tw_remote_put_type(m, type->parent);
    break;
  case WIRE_SUPER:
    tw_remote_put_type(m, type->parent);
    break;
  case WIRE_COMPOUND:
    wire_put_text(m, type->name);
    tw_remote_put_type(m, type->parent);
    break;
  default:
    break;
  }
}
