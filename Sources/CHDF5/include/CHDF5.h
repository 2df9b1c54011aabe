// libhdf5 as a table of functions that is filled at run time, at the first call that needs it.
//
// Nothing links to libhdf5: the engine works without it, a host may carry another copy (h5py does), and a
// program that reads no file does not pay for the thirty libraries that Debian's drags in. This header is
// self-contained; hdf5.c compares every member with the real prototypes when it is compiled.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The scalar types of HDF5 1.10 and later. Where a prototype of HDF5 has an enumeration, this one has the
// integer type that is compatible with it, and the constants are below.
typedef int64_t hid_t;
typedef int herr_t; // negative: failure
typedef int htri_t; // negative: failure; else 0 or 1
typedef unsigned long long hsize_t;
typedef uint64_t haddr_t; // all bits set: nowhere
// An element of a data set of sequences of variable length, in memory.
typedef struct tw_hdf5_sequence {
  size_t count;
  void *_Nullable data;
} tw_hdf5_sequence;

enum {
  TW_H5F_ACC_RDONLY = 0x0000,
  TW_H5F_ACC_RDWR = 0x0001,
  TW_H5F_ACC_EXCL = 0x0004,
  TW_H5F_SCOPE_LOCAL = 0,
  TW_H5F_LIBVER_EARLIEST = 0,
  TW_H5F_LIBVER_V110 = 2
};
enum { TW_H5I_GROUP = 2, TW_H5I_DATASET = 5 }; // H5I_type_t
enum { TW_H5L_TYPE_HARD = 0, TW_H5L_TYPE_SOFT = 1, TW_H5L_TYPE_EXTERNAL = 64 };
enum { TW_H5S_SCALAR = 0, TW_H5S_SIMPLE = 1, TW_H5S_NULL = 2 };
enum { TW_H5S_SELECT_SET = 0 };
enum { TW_H5D_COMPACT = 0, TW_H5D_CONTIGUOUS = 1, TW_H5D_CHUNKED = 2, TW_H5D_VIRTUAL = 3 };
enum { TW_H5D_ALLOC_TIME_EARLY = 1, TW_H5D_FILL_TIME_NEVER = 1 };
enum {
  TW_H5Z_DEFLATE = 1,
  TW_H5Z_SHUFFLE = 2,
  TW_H5Z_FLETCHER32 = 3,
  TW_H5Z_SZIP = 4,
  TW_H5Z_NBIT = 5,
  TW_H5Z_SCALEOFFSET = 6,
  TW_H5Z_LZF = 32000
};
enum {
  TW_H5T_INTEGER = 0,
  TW_H5T_FLOAT = 1,
  TW_H5T_TIME = 2,
  TW_H5T_STRING = 3,
  TW_H5T_BITFIELD = 4,
  TW_H5T_OPAQUE = 5,
  TW_H5T_COMPOUND = 6,
  TW_H5T_REFERENCE = 7,
  TW_H5T_ENUM = 8,
  TW_H5T_VLEN = 9,
  TW_H5T_ARRAY = 10
};
enum { TW_H5R_OBJECT = 0 };
enum { TW_H5T_SGN_NONE = 0, TW_H5T_CSET_UTF8 = 1 };
enum { TW_H5T_ORDER_LE = 0, TW_H5T_ORDER_BE = 1 };
enum { TW_H5T_STR_NULLTERM = 0, TW_H5T_STR_NULLPAD = 1, TW_H5T_STR_SPACEPAD = 2 };
enum { TW_H5T_NORM_IMPLIED = 0 };
// H5T_VARIABLE, the size of a string of any length.
static inline size_t tw_hdf5_variable(void) { return (size_t)-1; }
// H5S_UNLIMITED, the most that a dimension may grow to.
static inline hsize_t tw_hdf5_unlimited(void) { return (hsize_t)-1; }

#pragma clang assume_nonnull begin

typedef struct tw_hdf5 {
  unsigned version_major, version_minor, version_release;

  herr_t (*H5open)(void);
  herr_t (*H5get_libversion)(unsigned *major, unsigned *minor, unsigned *release);
  herr_t (*H5free_memory)(void *memory);
  // Closes an object of any kind when nothing else refers to its identifier.
  int (*H5Idec_ref)(hid_t id);
  int (*H5Iget_type)(hid_t id);

  herr_t (*H5Eget_auto2)(hid_t stack, herr_t (*_Nullable *_Nonnull function)(hid_t, void *_Nullable),
                         void *_Nullable *_Nonnull data);
  herr_t (*H5Eset_auto2)(hid_t stack, herr_t (*_Nullable function)(hid_t, void *_Nullable),
                         void *_Nullable data);

  hid_t (*H5Fget_create_plist)(hid_t file);
  hid_t (*H5Fopen)(const char *path, unsigned flags, hid_t access);
  hid_t (*H5Fcreate)(const char *path, unsigned flags, hid_t creation, hid_t access);
  herr_t (*H5Fflush)(hid_t object, unsigned scope);
  herr_t (*H5Fclose)(hid_t file);
  herr_t (*H5Fget_vfd_handle)(hid_t file, hid_t access, void *_Nullable *_Nonnull handle);

  hid_t (*H5Oopen)(hid_t location, const char *name, hid_t access);
  hid_t (*H5Gcreate2)(hid_t location, const char *name, hid_t link, hid_t creation, hid_t access);
  htri_t (*H5Lexists)(hid_t location, const char *name, hid_t access);
  herr_t (*H5Lcreate_hard)(hid_t source, const char *name, hid_t target, const char *new_name, hid_t creation,
                           hid_t access);

  hid_t (*H5Dcreate2)(hid_t location, const char *name, hid_t type, hid_t space, hid_t link, hid_t creation,
                      hid_t access);
  hid_t (*H5Dget_type)(hid_t dataset);
  hid_t (*H5Dget_space)(hid_t dataset);
  hid_t (*H5Dget_create_plist)(hid_t dataset);
  haddr_t (*H5Dget_offset)(hid_t dataset);
  herr_t (*_Nullable H5Dget_chunk_info_by_coord)(hid_t dataset, const hsize_t *start, unsigned *filter_mask,
                                                 haddr_t *address, hsize_t *size); // NULL before 1.10.5
  herr_t (*H5Dread)(hid_t dataset, hid_t memory_type, hid_t memory_space, hid_t file_space, hid_t transfer,
                    void *buffer);
  herr_t (*H5Dwrite)(hid_t dataset, hid_t memory_type, hid_t memory_space, hid_t file_space, hid_t transfer,
                     const void *buffer);
  herr_t (*H5Dvlen_reclaim)(hid_t type, hid_t space, hid_t transfer, void *buffer);

  herr_t (*H5Dset_extent)(hid_t dataset, const hsize_t *dims);
  hsize_t (*H5Dget_storage_size)(hid_t dataset);

  htri_t (*H5Aexists)(hid_t object, const char *name);
  hid_t (*H5Aopen)(hid_t object, const char *name, hid_t access);
  hid_t (*H5Acreate2)(hid_t object, const char *name, hid_t type, hid_t space, hid_t creation, hid_t access);
  hid_t (*H5Aget_type)(hid_t attribute);
  hid_t (*H5Aget_space)(hid_t attribute);
  herr_t (*H5Aread)(hid_t attribute, hid_t memory_type, void *buffer);
  herr_t (*H5Awrite)(hid_t attribute, hid_t memory_type, const void *buffer);

  herr_t (*H5Adelete)(hid_t object, const char *name);

  hid_t (*H5Screate)(int kind);
  hid_t (*H5Screate_simple)(int rank, const hsize_t *dims, const hsize_t *_Nullable max_dims);
  int (*H5Sget_simple_extent_type)(hid_t space);
  int (*H5Sget_simple_extent_ndims)(hid_t space);
  int (*H5Sget_simple_extent_dims)(hid_t space, hsize_t *_Nullable dims, hsize_t *_Nullable max_dims);
  herr_t (*H5Sselect_hyperslab)(hid_t space, int operation, const hsize_t *start,
                                const hsize_t *_Nullable stride, const hsize_t *count,
                                const hsize_t *_Nullable block);

  hid_t (*H5Tcopy)(hid_t type);
  int (*H5Tget_class)(hid_t type);
  size_t (*H5Tget_size)(hid_t type);
  int (*H5Tget_sign)(hid_t type);
  hid_t (*H5Tget_super)(hid_t type);
  int (*H5Tget_order)(hid_t type);
  size_t (*H5Tget_precision)(hid_t type);
  int (*H5Tget_offset)(hid_t type);
  herr_t (*H5Tget_fields)(hid_t type, size_t *sign, size_t *exponent, size_t *exponent_size, size_t *mantissa,
                          size_t *mantissa_size);
  size_t (*H5Tget_ebias)(hid_t type);
  int (*H5Tget_norm)(hid_t type);
  int (*H5Tget_strpad)(hid_t type);
  int (*H5Tget_array_ndims)(hid_t type);
  int (*H5Tget_array_dims2)(hid_t type, hsize_t *dims);
  int (*H5Tget_cset)(hid_t type);
  int (*H5Tget_nmembers)(hid_t type);
  char *_Nullable (*_Nonnull H5Tget_member_name)(hid_t type, unsigned member);
  herr_t (*H5Tget_member_value)(hid_t type, unsigned member, void *value);
  int (*H5Tget_member_index)(hid_t type, const char *name);
  size_t (*H5Tget_member_offset)(hid_t type, unsigned member);
  hid_t (*H5Tget_member_type)(hid_t type, unsigned member);
  hid_t (*H5Tcreate)(int type_class, size_t size);
  herr_t (*H5Tinsert)(hid_t type, const char *name, size_t offset, hid_t member);
  hid_t (*H5Tvlen_create)(hid_t base);
  htri_t (*H5Tis_variable_str)(hid_t type);
  herr_t (*H5Tset_size)(hid_t type, size_t size);
  herr_t (*H5Tset_cset)(hid_t type, int set);
  hid_t (*H5Tenum_create)(hid_t base);
  herr_t (*H5Tenum_insert)(hid_t type, const char *name, const void *value);

  // A reference to an object, of 8 bytes: equal for equal objects. NULL in builds without it.
  herr_t (*_Nullable H5Rcreate)(void *reference, hid_t location, const char *name, int kind, hid_t space);

  hid_t (*H5Pcreate)(hid_t list_class);
  herr_t (*H5Pset_libver_bounds)(hid_t list, int low, int high);
  // A file in memory, and what it begins with, which is copied.
  herr_t (*H5Pset_fapl_core)(hid_t list, size_t increment, bool backing_store);
  herr_t (*H5Pset_file_image)(hid_t list, void *image, size_t size);
  herr_t (*H5Pset_alignment)(hid_t list, hsize_t least, hsize_t multiple);
  herr_t (*H5Pset_cache)(hid_t list, int unused, size_t chunk_slots, size_t chunk_bytes, double preemption);
  herr_t (*H5Pset_obj_track_times)(hid_t list, bool track);
  herr_t (*H5Pset_layout)(hid_t list, int layout);
  herr_t (*H5Pset_alloc_time)(hid_t list, int time);
  herr_t (*H5Pset_fill_time)(hid_t list, int time);
  herr_t (*H5Pset_chunk)(hid_t list, int rank, const hsize_t *dims);
  herr_t (*H5Pset_deflate)(hid_t list, unsigned level);
  herr_t (*H5Pset_shuffle)(hid_t list);
  herr_t (*H5Pset_fletcher32)(hid_t list);
  herr_t (*_Nullable H5Pset_file_locking)(hid_t list, bool use,
                                          bool ignore_when_disabled); // NULL before 1.10.7
  int (*H5Pget_layout)(hid_t list);
  int (*H5Pget_external_count)(hid_t list);
  int (*H5Pget_nfilters)(hid_t list);
  int (*H5Pget_filter2)(hid_t list, unsigned index, unsigned *flags, size_t *value_count,
                        unsigned *_Nullable values, size_t name_capacity, char *_Nullable name,
                        unsigned *_Nullable configuration);
  int (*H5Pget_chunk)(hid_t list, int capacity, hsize_t *dims);
  herr_t (*H5Pget_chunk_opts)(hid_t list, unsigned *options);
  herr_t (*H5Pget_userblock)(hid_t list, hsize_t *size);
  herr_t (*H5Pfill_value_defined)(hid_t list, int *status); // H5D_fill_value_t
  herr_t (*H5Pget_fill_value)(hid_t list, hid_t type, void *value);
  htri_t (*H5Zfilter_avail)(int filter);

  // The variables behind macros like H5T_NATIVE_FLOAT, valid once H5open has run. Read them through the
  // functions below, each time: a host that shares this copy of the library may close and reopen it.
  const hid_t *native_f32, *native_f64, *native_i64, *native_i32, *native_u8, *native_i8, *native_u32;
  const hid_t *file_f32, *file_f64, *file_i64, *file_i32, *file_u8, *file_i8, *file_u32; // little-endian
  const hid_t *c_string, *object_reference;
  const hid_t *file_access, *file_create, *group_create, *dataset_create;
} tw_hdf5;

static inline hid_t tw_hdf5_constant(const hid_t *variable) { return *variable; }

// A stretch of work with libhdf5: holds the one lock, and the calling thread's error printer is off.
typedef struct tw_hdf5_session {
  herr_t (*_Nullable printer)(hid_t, void *_Nullable);
  void *_Nullable printer_data;
  void *_Nullable apart; // a session of CReader.h that this one interrupts
} tw_hdf5_session;

// Takes the lock (it is recursive), finds and opens libhdf5 if that has not happened yet, and silences the
// error printer of this thread. NULL, with a sentence in `message` and without the lock, when no usable
// libhdf5 is there.
const tw_hdf5 *_Nullable tw_hdf5_begin(tw_hdf5_session *session, char *message, size_t capacity);
// Gives the error printer back and unlocks.
void tw_hdf5_end(const tw_hdf5_session *session);
// Not 0: the process is in exit(), and libhdf5 about to be torn down. Threads of the engine's own ask after
// they have begun a session, and end it without another call.
int32_t tw_hdf5_is_exiting(void);

// The innermost entry of this thread's error stack: what went wrong, in libhdf5's words. "" if there is none.
void tw_hdf5_reason(char *message, size_t capacity);

// TW_H5L_TYPE_* of a link that exists, negative on failure.
int32_t tw_hdf5_link_type(hid_t location, const char *name);

// Calls `visit` with each link of a group in the order of their names, until it returns something but 0.
// Negative on failure.
typedef int32_t (*tw_hdf5_visit)(const char *name, int32_t link_type, void *_Nullable user_data);
int32_t tw_hdf5_links(hid_t group, tw_hdf5_visit visit, void *_Nullable user_data);

// Has the system begin to put on the disk what was written to these bytes of the file; does not wait.
void tw_start_writing(int descriptor, int64_t start, int64_t size);

// Calls `visit` with the name of each attribute of an object, in the order of the names, until it returns
// something but 0; `link_type` is 0. Negative on failure.
int32_t tw_hdf5_attributes(hid_t object, tw_hdf5_visit visit, void *_Nullable user_data);

// out[j * out_step + i] = in[i * in_step + j] for elements of 4 bytes, the steps in elements, written past
// the caches. False, and nothing written, where this machine or the places in memory do not suit.
bool tw_turn4(void *out, size_t out_step, const void *in, size_t in_step, size_t rows, size_t columns);

// Copies what is left of one open file to another: 0, or -1 with errno. Where the file system can share
// blocks, it takes no time.
int tw_copy_file(int source, int target);

// CRC-32 (ISO 3309, as in zlib and gzip) of `size` bytes, continuing from `crc` (0 at the start).
uint32_t tw_crc32(uint32_t crc, const void *_Nullable data, size_t size);
// The CRC-32 of bytes with the CRC `first` and `second_size` bytes behind them with the CRC `second`.
uint32_t tw_crc32_joined(uint32_t first, uint32_t second, size_t second_size);

// ---------------------------------------------------------------------------------------------------------
// Filters of chunks. What they read may be anything: nothing outside of the given bytes is touched.

// Undoes deflate or LZF: the number of bytes that were written, or -1 when the input is damaged or makes more
// than `capacity`, whose bytes may then have any values.
int64_t tw_inflate(const void *input, size_t size, void *output, size_t capacity);
int64_t tw_lzf_decode(const void *input, size_t size, void *output, size_t capacity);
// Undoes shuffle for elements of `width` bytes.
void tw_unshuffle(const void *input, void *output, size_t size, size_t width);
// HDF5's sum, its two halves modulo 65535.
uint32_t tw_fletcher32(const void *data, size_t size);
// Whether the last 4 bytes are the sum of those before them.
bool tw_fletcher32_matches(const void *data, size_t size);

// How a number lies in a file, and what it becomes in a tensor.
enum {
  TW_NUMBER_U8,   // uint8
  TW_NUMBER_I8,   // int32
  TW_NUMBER_U16,  // int64
  TW_NUMBER_I16,  // int32
  TW_NUMBER_U32,  // int64
  TW_NUMBER_I32,  // int32
  TW_NUMBER_U64,  // int64, if it is below 2^63
  TW_NUMBER_I64,  // int64
  TW_NUMBER_F16,  // float32
  TW_NUMBER_BF16, // float32
  TW_NUMBER_F32,  // float32
  TW_NUMBER_F64,  // float64
  TW_NUMBER_BOOL  // bool, if it is 0 or 1
};
size_t tw_number_size(int32_t kind);
// Converts `count` elements, each with `inner` numbers side by side and `stride` bytes after the one before,
// to numbers that lie densely; `swapped`: the bytes are in the other order than the machine's. False if a
// number has no place in the output's type; it is then cut off.
bool tw_convert(const void *input, size_t stride, size_t inner, int32_t kind, bool swapped, void *output,
                size_t count);

#pragma clang assume_nonnull end
