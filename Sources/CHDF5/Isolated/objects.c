// What is in files that are read apart: links, objects, attributes; opening and closing.
#define _GNU_SOURCE
#include "remote.h"

#include <sys/mman.h>
#include <unistd.h>

static uint64_t hash(const char *path) {
  uint64_t h = 1469598103934665603u;
  for (; *path; path++)
    h = (h ^ (uint8_t)*path) * 1099511628211u;
  return h;
}

// A part that was read, by `take`; false if it makes no sense.
#define TAKE_PART(part, m, take)                                                                             \
  (wire_take_number(m) ? ((part).value = take) != NULL                                                       \
                       : ((part).reason = tw_remote_text(wire_take_text(m))) != NULL)

static remote_object *take_object(remote_file *file, const char *path, wire_message *m) {
  remote_object *o = tw_remote_allocate(sizeof *o);
  if (!o)
    return NULL;
  o->file = file;
  o->path = path;
  o->kind = (int)wire_take_count(m, 1000);
  o->has_reference = wire_take_number(m) != 0;
  o->reference = wire_take_number(m);
  if (o->kind != TW_H5I_DATASET)
    return o;
  bool is_whole = TAKE_PART(o->type, m, tw_remote_take_type(m, 0)) &&
                  TAKE_PART(o->space, m, tw_remote_take_space(m)) &&
                  TAKE_PART(o->layout, m, tw_remote_take_layout(m));
  o->address = wire_take_number(m);
  o->stored_bytes = wire_take_number(m);
  return is_whole ? o : NULL;
}

// What is at `path`; NULL when the reader cannot say.
static remote_link *look(hid_t location, const char *path) {
  remote_file *file = tw_remote_thing(location, REMOTE_FILE);
  if (!file) {
    tw_remote_because("not a file");
    return NULL;
  }
  uint64_t h = hash(path);
  remote_link **slot = &file->links[h % REMOTE_LINK_SLOTS];
  for (remote_link *l = *slot; l; l = l->next)
    if (l->hash == h && strcmp(l->path, path) == 0)
      return l;
  wire_put_text(tw_remote_request(), path);
  wire_message *m = tw_remote_ask(file, WIRE_LOOK);
  if (!m)
    return NULL;
  remote_link *l = tw_remote_allocate(sizeof *l);
  bool has_memory = l && (l->path = tw_remote_text(path));
  if (has_memory) {
    l->hash = h;
    l->state = (int)wire_take_count(m, WIRE_UNREADABLE);
    if (l->state == WIRE_LINK)
      l->type = (int)wire_take_count(m, 1 << 20);
    if (l->state == WIRE_UNREADABLE)
      has_memory = (l->reason = tw_remote_text(wire_take_text(m))) != NULL;
    if (l->state == WIRE_OBJECT)
      has_memory = (l->object = take_object(file, l->path, m)) != NULL;
  }
  if (!tw_remote_is_sound(file, has_memory))
    return NULL;
  l->next = *slot;
  *slot = l;
  return l;
}

static htri_t exists(hid_t location, const char *path, hid_t access) {
  (void)access;
  remote_link *l = look(location, path);
  return l ? l->state != WIRE_NOTHING : -1;
}

int32_t tw_remote_link_type(hid_t location, const char *path) {
  remote_link *l = look(location, path);
  if (!l || l->state == WIRE_NOTHING)
    return -1;
  return l->state == WIRE_LINK ? l->type : TW_H5L_TYPE_HARD;
}

static hid_t open_object(hid_t location, const char *path, hid_t access) {
  (void)access;
  remote_link *l = look(location, path);
  if (!l)
    return -1;
  if (l->state == WIRE_OBJECT)
    return tw_remote_identify(REMOTE_OBJECT, l->object);
  return tw_remote_because(l->state == WIRE_UNREADABLE ? l->reason : "no object is there");
}

static int32_t visit_names(remote_object *o, uint32_t kind, tw_hdf5_visit visit, void *user_data) {
  if (!o)
    return tw_remote_because("not an object");
  wire_put_text(tw_remote_request(), o->path);
  wire_message *m = tw_remote_ask(o->file, kind);
  if (!m)
    return -1;
  // Whoever is told of a name may ask for more, which brings another answer.
  wire_message names = *m;
  *m = (wire_message){0};
  uint64_t count = wire_take_number(&names);
  int32_t result = 0;
  for (uint64_t i = 0; i < count && result == 0; i++) {
    const char *name = wire_take_text(&names);
    int32_t type = (int32_t)wire_take_count(&names, 1 << 20);
    if (names.failed || !*name)
      break;
    result = visit(name, type, user_data);
  }
  m->failed = m->failed || names.failed;
  free(names.bytes);
  return tw_remote_is_sound(o->file, true) ? result : -1;
}

int32_t tw_remote_links(hid_t group, tw_hdf5_visit visit, void *user_data) {
  return visit_names(tw_remote_thing(group, REMOTE_OBJECT), WIRE_LINKS, visit, user_data);
}

int32_t tw_remote_attributes(hid_t object, tw_hdf5_visit visit, void *user_data) {
  return visit_names(tw_remote_thing(object, REMOTE_OBJECT), WIRE_NAMES, visit, user_data);
}

static herr_t make_reference(void *reference, hid_t location, const char *path, int kind, hid_t space) {
  (void)kind, (void)space;
  remote_link *l = look(location, path);
  if (!l || l->state != WIRE_OBJECT || !l->object->has_reference)
    return tw_remote_because("there is no reference to it");
  memcpy(reference, &l->object->reference, sizeof l->object->reference);
  return 0;
}

// ---------------------------------------------------------------------------------------------------------
// Files

static hid_t create_list(hid_t class) {
  remote_access *access = class == REMOTE_FILE_ACCESS ? tw_remote_allocate(sizeof *access) : NULL;
  if (access)
    access->image = -1;
  return tw_remote_identify(REMOTE_ACCESS, access);
}

static herr_t set_locking(hid_t list, bool use, bool ignore) {
  (void)use, (void)ignore; // the reader locks as the engine does
  return tw_remote_thing(list, REMOTE_ACCESS) ? 0 : -1;
}

static herr_t set_cache(hid_t list, int unused, size_t slots, size_t bytes, double preemption) {
  (void)unused, (void)slots, (void)preemption;
  remote_access *access = tw_remote_thing(list, REMOTE_ACCESS);
  if (!access)
    return -1;
  access->cache = bytes;
  return 0;
}

static herr_t set_core(hid_t list, size_t increment, bool backing) {
  (void)increment, (void)backing;
  return tw_remote_thing(list, REMOTE_ACCESS) ? 0 : -1;
}

static herr_t set_image(hid_t list, void *image, size_t size) {
  remote_access *access = tw_remote_thing(list, REMOTE_ACCESS);
  if (!access || access->image >= 0)
    return tw_remote_because("not a list for a file");
  access->image = memfd_create("thalweg-file", MFD_CLOEXEC);
  const char *from = image;
  while (access->image >= 0 && size > 0) {
    ssize_t written = write(access->image, from, size);
    if (written <= 0)
      return tw_remote_because("there is not enough memory for it");
    from += written;
    size -= (size_t)written;
  }
  return access->image < 0 ? tw_remote_because("there is no file in memory") : 0;
}

static hid_t open_file(const char *path, unsigned flags, hid_t list) {
  remote_access *access = tw_remote_thing(list, REMOTE_ACCESS);
  if (!access || flags != TW_H5F_ACC_RDONLY)
    return tw_remote_because("files are only read apart");
  remote_file *file = tw_remote_allocate(sizeof *file);
  if (!file || !(file->reader = tw_reader_start(access->image)))
    return tw_remote_because("there is not enough memory to read it apart");
  remote_file **files = tw_remote_files();
  file->next = *files;
  *files = file;
  wire_message *m = tw_remote_request();
  wire_put_number(m, access->image >= 0);
  wire_put_number(m, access->cache);
  wire_put_text(m, path);
  m = file->reader->problem ? NULL : tw_remote_ask(file, WIRE_OPEN);
  if (!m) {
    tw_remote_because(file->reader->reason);
    return -1;
  }
  file->has_user_block = wire_take_number(m) != 0;
  file->user_block = wire_take_number(m);
  file->filters = wire_take_number(m);
  file->tells_chunks = wire_take_number(m) != 0;
  return tw_remote_is_sound(file, true) ? tw_remote_identify(REMOTE_FILE, file) : -1;
}

static hid_t creation_of(hid_t id) {
  return tw_remote_identify(REMOTE_CREATION, tw_remote_thing(id, REMOTE_FILE));
}

static herr_t user_block(hid_t list, hsize_t *size) {
  remote_file *file = tw_remote_thing(list, REMOTE_CREATION);
  if (!file || !file->has_user_block)
    return tw_remote_because("no list of a file");
  *size = file->user_block;
  return 0;
}

static htri_t is_available(int filter) {
  return filter > 0 && filter < 64 && *tw_remote_files() && ((*tw_remote_files())->filters >> filter & 1);
}

// ---------------------------------------------------------------------------------------------------------
// Attributes

// The attribute, NULL where there is none or on failure.
static remote_attribute *find_attribute(hid_t id, const char *name, htri_t *found) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  *found = -1;
  if (!o)
    return NULL;
  wire_message *m = tw_remote_request();
  wire_put_text(m, o->path);
  wire_put_text(m, name);
  if (!(m = tw_remote_ask(o->file, WIRE_ATTRIBUTE)))
    return NULL;
  bool is_there = wire_take_number(m) != 0;
  remote_attribute *a = tw_remote_allocate(sizeof *a);
  bool is_whole = a && (a->name = tw_remote_text(name));
  remote_part opened = {0};
  if (is_whole && is_there) {
    a->object = o;
    // The first part is empty: whether the attribute could be opened.
    is_whole = TAKE_PART(opened, m, (const void *)"") &&
               (opened.reason || (TAKE_PART(a->type, m, tw_remote_take_type(m, 0)) &&
                                  TAKE_PART(a->space, m, tw_remote_take_space(m))));
  }
  if (!tw_remote_is_sound(o->file, is_whole))
    return NULL;
  *found = is_there;
  if (opened.reason)
    tw_remote_because(opened.reason);
  return is_there && !opened.reason ? a : NULL;
}

static htri_t attribute_exists(hid_t id, const char *name) {
  htri_t found;
  find_attribute(id, name, &found);
  return found;
}

static hid_t open_attribute(hid_t id, const char *name, hid_t access) {
  (void)access;
  htri_t found;
  remote_attribute *a = find_attribute(id, name, &found);
  return a ? tw_remote_identify(REMOTE_ATTRIBUTE, a) : -1;
}

static hid_t attribute_type(hid_t id) {
  remote_attribute *a = tw_remote_thing(id, REMOTE_ATTRIBUTE);
  if (!a || !a->type.value)
    return tw_remote_because(a ? a->type.reason : "not an attribute");
  return tw_remote_identify(REMOTE_TYPE, a->type.value);
}

static hid_t attribute_space(hid_t id) {
  remote_attribute *a = tw_remote_thing(id, REMOTE_ATTRIBUTE);
  return a ? tw_remote_identify_copy(a->space, REMOTE_SPACE, sizeof(remote_space)) : -1;
}

// Closes what an identifier stands for, where that is something.
static int drop(hid_t id) {
  remote_access *access = tw_remote_thing(id, REMOTE_ACCESS);
  if (access && access->image >= 0) {
    close(access->image);
    access->image = -1;
  }
  remote_file *file = tw_remote_thing(id, REMOTE_FILE);
  if (file && file->reader && file->reader->problem == 0) {
    tw_reader_stop(file->reader);
    file->reader = NULL;
  }
  return 0;
}

static int kind_of(hid_t id) {
  remote_object *o = tw_remote_thing(id, REMOTE_OBJECT);
  return o ? o->kind : -1;
}

void tw_remote_fill_objects(tw_hdf5 *table) {
  table->H5Idec_ref = drop;
  table->H5Iget_type = kind_of;
  table->H5Fget_create_plist = creation_of;
  table->H5Fopen = open_file;
  table->H5Oopen = open_object;
  table->H5Lexists = exists;
  table->H5Aexists = attribute_exists;
  table->H5Aopen = open_attribute;
  table->H5Aget_type = attribute_type;
  table->H5Aget_space = attribute_space;
  table->H5Rcreate = make_reference;
  table->H5Pcreate = create_list;
  table->H5Pset_fapl_core = set_core;
  table->H5Pset_file_image = set_image;
  table->H5Pset_cache = set_cache;
  table->H5Pset_file_locking = set_locking;
  table->H5Pget_userblock = user_block;
  table->H5Zfilter_avail = is_available;
}
