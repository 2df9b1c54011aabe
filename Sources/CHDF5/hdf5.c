#define _GNU_SOURCE // RTLD_DEEPBIND, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP
#include "CHDF5.h"
#include "Isolated/remote.h"

#include <dlfcn.h>
#include <hdf5.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// HDF5 1.12 renamed the link functions of 1.10 and gave their names to new ones.
#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info1_t link_info;
#else
typedef H5L_info_t link_info;
#endif

// Everything the library must have, under the names of the table's members.
#define REQUIRED(X)                                                                                          \
  X(H5open)                                                                                                  \
  X(H5get_libversion)                                                                                        \
  X(H5free_memory)                                                                                           \
  X(H5Idec_ref)                                                                                              \
  X(H5Iget_type)                                                                                             \
  X(H5Eget_auto2)                                                                                            \
  X(H5Eset_auto2)                                                                                            \
  X(H5Fopen)                                                                                                 \
  X(H5Fcreate)                                                                                               \
  X(H5Fflush)                                                                                                \
  X(H5Fclose)                                                                                                \
  X(H5Fget_vfd_handle)                                                                                       \
  X(H5Fget_create_plist)                                                                                     \
  X(H5Oopen)                                                                                                 \
  X(H5Gcreate2)                                                                                              \
  X(H5Lexists)                                                                                               \
  X(H5Lcreate_hard)                                                                                          \
  X(H5Dcreate2)                                                                                              \
  X(H5Dget_type)                                                                                             \
  X(H5Dget_space)                                                                                            \
  X(H5Dget_create_plist)                                                                                     \
  X(H5Dget_offset)                                                                                           \
  X(H5Dread)                                                                                                 \
  X(H5Dwrite)                                                                                                \
  X(H5Dvlen_reclaim)                                                                                         \
  X(H5Dset_extent)                                                                                           \
  X(H5Dget_storage_size)                                                                                     \
  X(H5Aexists)                                                                                               \
  X(H5Aopen)                                                                                                 \
  X(H5Acreate2)                                                                                              \
  X(H5Aget_type)                                                                                             \
  X(H5Aget_space)                                                                                            \
  X(H5Aread)                                                                                                 \
  X(H5Awrite)                                                                                                \
  X(H5Adelete)                                                                                               \
  X(H5Screate)                                                                                               \
  X(H5Screate_simple)                                                                                        \
  X(H5Sget_simple_extent_type)                                                                               \
  X(H5Sget_simple_extent_ndims)                                                                              \
  X(H5Sget_simple_extent_dims)                                                                               \
  X(H5Sselect_hyperslab)                                                                                     \
  X(H5Tcopy)                                                                                                 \
  X(H5Tget_class)                                                                                            \
  X(H5Tget_size)                                                                                             \
  X(H5Tget_sign)                                                                                             \
  X(H5Tget_super)                                                                                            \
  X(H5Tget_order)                                                                                            \
  X(H5Tget_precision)                                                                                        \
  X(H5Tget_offset)                                                                                           \
  X(H5Tget_fields)                                                                                           \
  X(H5Tget_ebias)                                                                                            \
  X(H5Tget_norm)                                                                                             \
  X(H5Tget_strpad)                                                                                           \
  X(H5Tget_array_ndims)                                                                                      \
  X(H5Tget_array_dims2)                                                                                      \
  X(H5Tget_cset)                                                                                             \
  X(H5Tget_nmembers)                                                                                         \
  X(H5Tget_member_name)                                                                                      \
  X(H5Tget_member_value)                                                                                     \
  X(H5Tget_member_index)                                                                                     \
  X(H5Tget_member_offset)                                                                                    \
  X(H5Tget_member_type)                                                                                      \
  X(H5Tcreate)                                                                                               \
  X(H5Tinsert)                                                                                               \
  X(H5Tvlen_create)                                                                                          \
  X(H5Tis_variable_str)                                                                                      \
  X(H5Tset_size)                                                                                             \
  X(H5Tset_cset)                                                                                             \
  X(H5Tenum_create)                                                                                          \
  X(H5Tenum_insert)                                                                                          \
  X(H5Pcreate)                                                                                               \
  X(H5Pset_libver_bounds)                                                                                    \
  X(H5Pset_fapl_core)                                                                                        \
  X(H5Pset_file_image)                                                                                       \
  X(H5Pset_alignment)                                                                                        \
  X(H5Pset_cache)                                                                                            \
  X(H5Pset_obj_track_times)                                                                                  \
  X(H5Pset_layout)                                                                                           \
  X(H5Pset_alloc_time)                                                                                       \
  X(H5Pset_fill_time)                                                                                        \
  X(H5Pset_chunk)                                                                                            \
  X(H5Pset_deflate)                                                                                          \
  X(H5Pset_shuffle)                                                                                          \
  X(H5Pset_fletcher32)                                                                                       \
  X(H5Pget_layout)                                                                                           \
  X(H5Pget_external_count)                                                                                   \
  X(H5Pget_nfilters)                                                                                         \
  X(H5Pget_filter2)                                                                                          \
  X(H5Pget_chunk)                                                                                            \
  X(H5Pget_chunk_opts)                                                                                       \
  X(H5Pget_userblock)                                                                                        \
  X(H5Pfill_value_defined)                                                                                   \
  X(H5Pget_fill_value)                                                                                       \
  X(H5Zfilter_avail)
#define OPTIONAL(X)                                                                                          \
  X(H5Pset_file_locking)                                                                                     \
  X(H5Dget_chunk_info_by_coord)                                                                              \
  X(H5Rcreate)

// Member of the table, symbol in the library.
#define VARIABLES(X)                                                                                         \
  X(native_f32, H5T_NATIVE_FLOAT_g)                                                                          \
  X(native_f64, H5T_NATIVE_DOUBLE_g)                                                                         \
  X(native_i64, H5T_NATIVE_INT64_g)                                                                          \
  X(native_i32, H5T_NATIVE_INT32_g)                                                                          \
  X(native_u8, H5T_NATIVE_UINT8_g)                                                                           \
  X(native_i8, H5T_NATIVE_INT8_g)                                                                            \
  X(native_u32, H5T_NATIVE_UINT32_g)                                                                         \
  X(file_f32, H5T_IEEE_F32LE_g)                                                                              \
  X(file_f64, H5T_IEEE_F64LE_g)                                                                              \
  X(file_i64, H5T_STD_I64LE_g)                                                                               \
  X(file_i32, H5T_STD_I32LE_g)                                                                               \
  X(file_u8, H5T_STD_U8LE_g)                                                                                 \
  X(file_i8, H5T_STD_I8LE_g)                                                                                 \
  X(file_u32, H5T_STD_U32LE_g)                                                                               \
  X(object_reference, H5T_STD_REF_OBJ_g)                                                                     \
  X(c_string, H5T_C_S1_g)                                                                                    \
  X(file_access, H5P_CLS_FILE_ACCESS_ID_g)                                                                   \
  X(file_create, H5P_CLS_FILE_CREATE_ID_g)                                                                   \
  X(group_create, H5P_CLS_GROUP_CREATE_ID_g)                                                                 \
  X(dataset_create, H5P_CLS_DATASET_CREATE_ID_g)

// The table against hdf5.h.
#define SAME_TYPE(name)                                                                                      \
  _Static_assert(__builtin_types_compatible_p(__typeof__(((tw_hdf5 *)0)->name), __typeof__(&name)),          \
                 #name ": the prototype in CHDF5.h is not the library's");
REQUIRED(SAME_TYPE)
OPTIONAL(SAME_TYPE)
#define SAME_VARIABLE(member, symbol)                                                                        \
  _Static_assert(__builtin_types_compatible_p(__typeof__(symbol), hid_t), #symbol " is not a hid_t");
VARIABLES(SAME_VARIABLE)
#define SAME_VALUE(name)                                                                                     \
  _Static_assert((int)TW_##name == (int)(name), #name ": the value in CHDF5.h is wrong");
#define VALUES(X)                                                                                            \
  X(H5F_ACC_RDONLY)                                                                                          \
  X(H5F_ACC_RDWR)                                                                                            \
  X(H5F_ACC_EXCL)                                                                                            \
  X(H5F_SCOPE_LOCAL)                                                                                         \
  X(H5F_LIBVER_EARLIEST)                                                                                     \
  X(H5F_LIBVER_V110)                                                                                         \
  X(H5I_GROUP)                                                                                               \
  X(H5I_DATASET)                                                                                             \
  X(H5L_TYPE_HARD)                                                                                           \
  X(H5L_TYPE_SOFT)                                                                                           \
  X(H5L_TYPE_EXTERNAL)                                                                                       \
  X(H5S_SCALAR)                                                                                              \
  X(H5S_SIMPLE)                                                                                              \
  X(H5S_NULL)                                                                                                \
  X(H5S_SELECT_SET)                                                                                          \
  X(H5D_COMPACT)                                                                                             \
  X(H5D_CONTIGUOUS)                                                                                          \
  X(H5D_CHUNKED)                                                                                             \
  X(H5D_VIRTUAL)                                                                                             \
  X(H5D_ALLOC_TIME_EARLY)                                                                                    \
  X(H5D_FILL_TIME_NEVER)                                                                                     \
  X(H5T_INTEGER)                                                                                             \
  X(H5T_FLOAT)                                                                                               \
  X(H5T_TIME)                                                                                                \
  X(H5T_STRING)                                                                                              \
  X(H5T_BITFIELD)                                                                                            \
  X(H5T_OPAQUE)                                                                                              \
  X(H5T_COMPOUND)                                                                                            \
  X(H5T_REFERENCE)                                                                                           \
  X(H5T_ENUM)                                                                                                \
  X(H5T_VLEN)                                                                                                \
  X(H5T_ARRAY)                                                                                               \
  X(H5T_ORDER_BE)                                                                                            \
  X(H5R_OBJECT)                                                                                              \
  X(H5T_SGN_NONE)                                                                                            \
  X(H5T_CSET_UTF8)                                                                                           \
  X(H5T_ORDER_LE)                                                                                            \
  X(H5T_STR_NULLTERM)                                                                                        \
  X(H5T_STR_NULLPAD)                                                                                         \
  X(H5T_STR_SPACEPAD)                                                                                        \
  X(H5T_NORM_IMPLIED)
// Macros that open the library when evaluated; without that they are plain constants.
#undef H5OPEN
#define H5OPEN
#undef H5CHECK
#define H5CHECK
VALUES(SAME_VALUE)
_Static_assert(TW_H5Z_DEFLATE == H5Z_FILTER_DEFLATE && TW_H5Z_SHUFFLE == H5Z_FILTER_SHUFFLE &&
                   TW_H5Z_FLETCHER32 == H5Z_FILTER_FLETCHER32 && TW_H5Z_SZIP == H5Z_FILTER_SZIP &&
                   TW_H5Z_NBIT == H5Z_FILTER_NBIT && TW_H5Z_SCALEOFFSET == H5Z_FILTER_SCALEOFFSET,
               "the filters' numbers in CHDF5.h are wrong");
_Static_assert(sizeof(tw_hdf5_sequence) == sizeof(hvl_t) &&
                   offsetof(tw_hdf5_sequence, data) == offsetof(hvl_t, p),
               "tw_hdf5_sequence is not the library's hvl_t");
_Static_assert(H5T_VARIABLE == (size_t)-1, "tw_hdf5_variable is wrong");
_Static_assert(H5S_UNLIMITED == (hsize_t)-1, "tw_hdf5_unlimited is wrong");
_Static_assert(H5P_DEFAULT == 0 && H5S_ALL == 0 && H5E_DEFAULT == 0, "0 stands for each of these");

// ---------------------------------------------------------------------------------------------------------

static tw_hdf5 table;
// What only this file calls.
static herr_t (*walk_errors)(hid_t, H5E_direction_t, H5E_walk2_t, void *);
static herr_t (*get_link)(hid_t, const char *, link_info *, hid_t);
static herr_t (*iterate_links)(hid_t, H5_index_t, H5_iter_order_t, hsize_t *,
                               herr_t (*)(hid_t, const char *, const link_info *, void *), void *);
static herr_t (*iterate_attributes)(hid_t, H5_index_t, H5_iter_order_t, hsize_t *, H5A_operator2_t, void *);
static int loaded; // guarded by the lock

// Not every build of libhdf5 is safe with threads, and the safe ones have one lock of this kind inside.
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

// A child of fork has the state that its parent's other threads left behind: with the lock held across the
// fork, none of them was inside libhdf5.
static void before_fork(void) { pthread_mutex_lock(&lock); }
static void after_fork_in_parent(void) { pthread_mutex_unlock(&lock); }
static void after_fork_in_child(void) {
  pthread_mutex_t fresh = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  lock = fresh; // its owner was a thread of the parent
}

void tw_hdf5_lock(void) { pthread_mutex_lock(&lock); }

void tw_hdf5_lock_across_forks(void) {
  static int knows_forks; // guarded by the lock
  tw_hdf5_lock();
  if (!knows_forks)
    knows_forks = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

void tw_hdf5_unlock(void) { pthread_mutex_unlock(&lock); }

// libhdf5 is torn down by a function that it registered with atexit before this one was, so this one runs
// first: it waits for the call that another thread is in, and lets no engine's thread make another.
static int exiting; // guarded by the lock
static void at_exit(void) {
  pthread_mutex_lock(&lock);
  exiting = 1;
  pthread_mutex_unlock(&lock);
}

int32_t tw_hdf5_is_exiting(void) { return exiting; }

// By soname: 103 is HDF5 1.10, 200 is 1.12, 310 is 1.14, 320 is 2.0. Debian's serial build has a name of its
// own.
static const char *const candidates[] = {"libhdf5_serial.so.103", "libhdf5_serial.so.310",
                                         "libhdf5_serial.so.320", "libhdf5_serial.so.200",
                                         "libhdf5.so.103",        "libhdf5.so.310",
                                         "libhdf5.so.320",        "libhdf5.so.200",
                                         "libhdf5_serial.so",     "libhdf5.so"};

// Sanitizers replace malloc and friends in the whole process, which DEEPBIND would undo for this library.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEEPBIND 0
#else
// Its own symbols first: a copy of HDF5 that the host loaded for everyone must not be mixed into this one.
#define DEEPBIND RTLD_DEEPBIND
#endif

__attribute__((format(printf, 3, 4))) static void say(char *message, size_t capacity, const char *format,
                                                      ...) {
  size_t used = strlen(message);
  if (used >= capacity)
    return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message + used, capacity - used, format, arguments);
  va_end(arguments);
}

static void *symbol(void *library, const char *name, const char *older_name, const char **missing) {
  void *address = dlsym(library, name);
  if (!address && older_name)
    address = dlsym(library, older_name);
  if (!address && !*missing)
    *missing = older_name ? older_name : name;
  return address;
}

// Fills the table from a library that dlopen accepted; says why not in `message`. A library that is refused
// stays mapped: asking for its version has already made it register a function with atexit.
static int fill(void *library, const char *name, char *message, size_t capacity) {
  tw_hdf5 found = {0};
  const char *missing = NULL;
#define FIND(name) found.name = (__typeof__(found.name))symbol(library, #name, NULL, &missing);
  REQUIRED(FIND)
#define FIND_VARIABLE(member, name) found.member = symbol(library, #name, NULL, &missing);
  VARIABLES(FIND_VARIABLE)
  walk_errors = (__typeof__(walk_errors))symbol(library, "H5Ewalk2", NULL, &missing);
  get_link = (__typeof__(get_link))symbol(library, "H5Lget_info1", "H5Lget_info", &missing);
  iterate_links = (__typeof__(iterate_links))symbol(library, "H5Literate1", "H5Literate", &missing);
  iterate_attributes = (__typeof__(iterate_attributes))symbol(library, "H5Aiterate2", NULL, &missing);
  if (missing) {
    say(message, capacity, " %s: has no %s;", name, missing);
    return 0;
  }
#define FIND_OPTIONAL(name) found.name = (__typeof__(found.name))dlsym(library, #name);
  OPTIONAL(FIND_OPTIONAL)
  if (found.H5get_libversion(&found.version_major, &found.version_minor, &found.version_release) < 0) {
    say(message, capacity, " %s: does not tell its version;", name);
    return 0;
  }
  // 1.10.2 gave H5F_LIBVER_V110 its value; 3 may change what this file relies on.
  unsigned version = found.version_major * 1000000 + found.version_minor * 1000 + found.version_release;
  if (version < 1010002 || found.version_major > 2) {
    say(message, capacity, " %s: is HDF5 %u.%u.%u, needed is 1.10.2 to 2.x;", name, found.version_major,
        found.version_minor, found.version_release);
    return 0;
  }
  table = found;
  return 1;
}

static int try_library(const char *name, char *message, size_t capacity) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL | DEEPBIND);
  if (!library) {
    const char *reason = dlerror();
    // The usual reason, that the file does not exist, starts with the name.
    if (reason && strncmp(reason, name, strlen(name)) == 0)
      say(message, capacity, " %s;", reason);
    else
      say(message, capacity, " %s: %s;", name, reason ? reason : "cannot be loaded");
    return 0;
  }
  return fill(library, name, message, capacity);
}

static int load(char *message, size_t capacity) {
  const char *chosen = getenv("THALWEG_HDF5");
  if (chosen && *chosen) {
    say(message, capacity, "the library named by THALWEG_HDF5 cannot be used:");
    if (try_library(chosen, message, capacity))
      return 1;
    say(message, capacity, " unset the variable or give it the path of a libhdf5");
    return 0;
  }
  char reasons[1024] = "";
  say(message, capacity, "libhdf5 was not found; tried");
  for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
    if (try_library(candidates[i], reasons, sizeof reasons))
      return 1;
    say(message, capacity, "%s %s", i ? "," : "", candidates[i]);
    if (!strstr(reasons, "No such file"))
      say(message, capacity, " (%.*s)", (int)strcspn(reasons, ";"), reasons + (*reasons == ' '));
    *reasons = '\0';
  }
  say(message, capacity,
      "; install it (Debian and Ubuntu: apt install libhdf5-103-1 or libhdf5-310; Fedora: dnf install hdf5; "
      "conda: hdf5) or set THALWEG_HDF5 to its path");
  return 0;
}

const tw_hdf5 *tw_hdf5_begin(tw_hdf5_session *session, char *message, size_t capacity) {
  if (capacity > 0)
    *message = '\0';
  tw_hdf5_lock_across_forks();
  if (!loaded) {
    if (!load(message, capacity)) {
      pthread_mutex_unlock(&lock);
      return NULL;
    }
    atexit(at_exit);
    loaded = 1;
  }
  // H5dont_atexit is not called: another user of this copy of the library may rely on files being flushed at
  // exit, and our own are closed by then. H5close is never called, for the same neighbour's sake.
  if (table.H5open() < 0) {
    say(message, capacity, "libhdf5 %u.%u.%u does not start", table.version_major, table.version_minor,
        table.version_release);
    pthread_mutex_unlock(&lock);
    return NULL;
  }
  if (table.H5Eget_auto2(H5E_DEFAULT, &session->printer, &session->printer_data) < 0) {
    session->printer = NULL;
    session->printer_data = NULL;
  }
  table.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  session->apart = tw_remote_suspend();
  return &table;
}

void tw_hdf5_end(const tw_hdf5_session *session) {
  tw_remote_resume(session->apart);
  table.H5Eset_auto2(H5E_DEFAULT, session->printer, session->printer_data);
  pthread_mutex_unlock(&lock);
}

typedef struct {
  char *text;
  size_t capacity;
} text_buffer;

static herr_t take_first(unsigned index, const H5E_error2_t *entry, void *user_data) {
  text_buffer *message = user_data;
  if (index == 0 && entry->desc && message->capacity > 0)
    snprintf(message->text, message->capacity, "%s", entry->desc);
  return 0;
}

void tw_hdf5_reason(char *text, size_t capacity) {
  if (capacity > 0)
    *text = '\0';
  if (tw_remote_is_active())
    return tw_remote_reason(text, capacity);
  text_buffer message = {text, capacity};
  walk_errors(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &message);
}

int32_t tw_hdf5_link_type(hid_t location, const char *name) {
  if (tw_remote_is_active())
    return tw_remote_link_type(location, name);
  link_info info;
  return get_link(location, name, &info, H5P_DEFAULT) < 0 ? -1 : (int32_t)info.type;
}

typedef struct {
  tw_hdf5_visit visit;
  void *user_data;
} visitor;

static herr_t visit_link(hid_t group, const char *name, const link_info *info, void *user_data) {
  (void)group;
  visitor *v = user_data;
  return v->visit(name, (int32_t)info->type, v->user_data);
}

int32_t tw_hdf5_links(hid_t group, tw_hdf5_visit visit, void *user_data) {
  if (tw_remote_is_active())
    return tw_remote_links(group, visit, user_data);
  visitor v = {visit, user_data};
  return iterate_links(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &v);
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *user_data) {
  (void)object;
  (void)info;
  visitor *v = user_data;
  return v->visit(name, 0, v->user_data);
}

int32_t tw_hdf5_attributes(hid_t object, tw_hdf5_visit visit, void *user_data) {
  if (tw_remote_is_active())
    return tw_remote_attributes(object, visit, user_data);
  visitor v = {visit, user_data};
  return iterate_attributes(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &v);
}
