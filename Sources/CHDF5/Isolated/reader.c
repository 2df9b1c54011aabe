// The reader's side: libhdf5 reads one file, and this answers what is asked of it, until nobody asks any
// more.
#define _GNU_SOURCE
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

reading tw_reading = {.file = -1, .object = -1};

_Noreturn void tw_reader_leave(void) { _exit(0); }

void tw_reader_send(const void *bytes, size_t size) {
  const char *from = bytes;
  while (size > 0) {
    ssize_t sent = send(WIRE_SOCKET, from, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      tw_reader_leave();
    from += sent;
    size -= (size_t)sent;
  }
}

static void receive_all(void *bytes, size_t size) {
  char *to = bytes;
  while (size > 0) {
    ssize_t got = recv(WIRE_SOCKET, to, size, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      tw_reader_leave();
    to += got;
    size -= (size_t)got;
  }
}

void tw_reader_say(uint32_t status) {
  if (here.answer.failed)
    tw_reader_leave(); // no memory, or a message beyond all bounds
  wire_head head = {status, (uint32_t)here.answer.size};
  tw_reader_send(&head, sizeof head);
  tw_reader_send(here.answer.bytes, here.answer.size);
}

void tw_reader_put_reason(void) {
  char reason[512];
  tw_hdf5_reason(reason, sizeof reason);
  wire_put_text(&here.answer, reason);
}

void tw_reader_fail(void) {
  here.answer.size = 0;
  tw_reader_put_reason();
  tw_reader_say(1);
}

void tw_reader_put_number(int64_t value) { wire_put_number(&here.answer, (uint64_t)value); }

bool tw_reader_open(const char *path) {
  if (here.object >= 0 && strcmp(here.object_path, path) == 0)
    return true;
  if (here.object >= 0)
    here.h5->H5Idec_ref(here.object);
  free(here.object_path);
  here.object_path = strdup(path);
  here.object = here.object_path ? here.h5->H5Oopen(here.file, path, 0) : -1;
  return here.object >= 0;
}

// ---------------------------------------------------------------------------------------------------------
// What can be asked

// Has libhdf5 read the file that was in the host's memory, of which it makes a copy.
static bool use_image(hid_t access) {
  struct stat status;
  if (fstat(WIRE_IMAGE, &status) != 0 || status.st_size <= 0)
    return false;
  size_t size = (size_t)status.st_size;
  void *image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, WIRE_IMAGE, 0);
  if (image == MAP_FAILED)
    return false;
  bool is_set = here.h5->H5Pset_fapl_core(access, 1 << 16, false) >= 0 &&
                here.h5->H5Pset_file_image(access, image, size) >= 0;
  munmap(image, size);
  return is_set;
}

static void open_file(void) {
  bool is_image = wire_take_number(&here.request) != 0;
  uint64_t cache = wire_take_count(&here.request, (uint64_t)1 << 40);
  const char *path = wire_take_text(&here.request);
  if (here.request.failed || here.file >= 0)
    tw_reader_leave();
  hid_t access = here.h5->H5Pcreate(tw_hdf5_constant(here.h5->file_access));
  if (access < 0)
    return tw_reader_fail();
  if (!is_image && here.h5->H5Pset_file_locking)
    here.h5->H5Pset_file_locking(access, true, true);
  if (cache > 0)
    here.h5->H5Pset_cache(access, 0, 521, cache, 0.75);
  if (is_image && !use_image(access))
    return tw_reader_fail();
  here.file = here.h5->H5Fopen(is_image ? "thalweg-in-memory.h5" : path, TW_H5F_ACC_RDONLY, access);
  if (here.file < 0)
    return tw_reader_fail();
  hsize_t block = 0;
  hid_t list = here.h5->H5Fget_create_plist(here.file);
  tw_reader_put_number(list >= 0 && here.h5->H5Pget_userblock(list, &block) >= 0);
  wire_put_number(&here.answer, block);
  uint64_t filters = 0;
  for (int i = 1; i <= TW_H5Z_SCALEOFFSET; i++)
    filters |= (uint64_t)(here.h5->H5Zfilter_avail(i) > 0) << i;
  wire_put_number(&here.answer, filters);
  tw_reader_put_number(here.h5->H5Dget_chunk_info_by_coord != NULL);
  tw_reader_say(0);
}

static void look(void) {
  const char *path = wire_take_text(&here.request);
  if (strcmp(path, "/") != 0) {
    htri_t exists = here.h5->H5Lexists(here.file, path, 0);
    if (exists < 0)
      return tw_reader_fail();
    if (exists == 0) {
      tw_reader_put_number(WIRE_NOTHING);
      return tw_reader_say(0);
    }
    int32_t type = tw_hdf5_link_type(here.file, path);
    if (type != TW_H5L_TYPE_HARD) {
      tw_reader_put_number(WIRE_LINK);
      tw_reader_put_number(type);
      return tw_reader_say(0);
    }
  }
  if (!tw_reader_open(path)) {
    tw_reader_put_number(WIRE_UNREADABLE);
    tw_reader_put_reason();
    return tw_reader_say(0);
  }
  tw_reader_put_number(WIRE_OBJECT);
  int kind = here.h5->H5Iget_type(here.object);
  tw_reader_put_number(kind);
  uint64_t reference = 0;
  tw_reader_put_number(here.h5->H5Rcreate &&
                       here.h5->H5Rcreate(&reference, here.file, path, TW_H5R_OBJECT, -1) >= 0);
  wire_put_number(&here.answer, reference);
  if (kind == TW_H5I_DATASET)
    tw_reader_put_dataset();
  tw_reader_say(0);
}

static int32_t put_name(const char *name, int32_t link_type, void *user_data) {
  wire_put_text(&here.answer, name);
  tw_reader_put_number(link_type);
  ++*(uint64_t *)user_data;
  return here.answer.failed ? -1 : 0;
}

static void list(bool of_links) {
  if (!tw_reader_open(wire_take_text(&here.request)))
    return tw_reader_fail();
  uint64_t count = 0;
  tw_reader_put_number(0);
  if ((of_links ? tw_hdf5_links : tw_hdf5_attributes)(here.object, put_name, &count) < 0)
    return tw_reader_fail();
  if (!here.answer.failed)
    memcpy(here.answer.bytes, &count, sizeof count);
  tw_reader_say(0);
}

hid_t tw_reader_open_attribute(void) {
  const char *path = wire_take_text(&here.request), *name = wire_take_text(&here.request);
  return tw_reader_open(path) ? here.h5->H5Aopen(here.object, name, 0) : -1;
}

static void describe_attribute(void) {
  size_t start = here.request.at;
  const char *path = wire_take_text(&here.request), *name = wire_take_text(&here.request);
  htri_t exists = tw_reader_open(path) ? here.h5->H5Aexists(here.object, name) : -1;
  if (exists < 0)
    return tw_reader_fail();
  tw_reader_put_number(exists);
  if (exists == 0)
    return tw_reader_say(0);
  here.request.at = start;
  hid_t attribute = tw_reader_open_attribute();
  size_t before = tw_reader_begin_part();
  tw_reader_end_part(attribute >= 0, before);
  if (attribute >= 0) {
    before = tw_reader_begin_part();
    tw_reader_end_part(tw_reader_put_type(here.h5->H5Aget_type(attribute)), before);
    before = tw_reader_begin_part();
    hid_t space = here.h5->H5Aget_space(attribute);
    tw_reader_end_part(space >= 0 && tw_reader_put_space(space), before);
    if (space >= 0)
      here.h5->H5Idec_ref(space);
    here.h5->H5Idec_ref(attribute);
  }
  tw_reader_say(0);
}

static void find_chunks(void) {
  if (!tw_reader_open(wire_take_text(&here.request)) || !here.h5->H5Dget_chunk_info_by_coord)
    return tw_reader_fail();
  int rank = (int)wire_take_count(&here.request, WIRE_MOST_DIMS);
  uint64_t count = wire_take_count(&here.request, 1 << 16);
  for (uint64_t i = 0; i < count; i++) {
    hsize_t corner[WIRE_MOST_DIMS] = {0}, size = 0;
    for (int j = 0; j < rank; j++)
      corner[j] = wire_take_number(&here.request);
    unsigned mask = 0;
    haddr_t address = 0;
    // What came before a damaged place is told; it is an error when it is the first that is asked for.
    if (here.h5->H5Dget_chunk_info_by_coord(here.object, corner, &mask, &address, &size) < 0) {
      if (i == 0)
        return tw_reader_fail();
      break;
    }
    tw_reader_put_number(mask);
    wire_put_number(&here.answer, address);
    wire_put_number(&here.answer, size);
  }
  tw_reader_say(0);
}

static void serve(void) {
  for (;;) {
    wire_head head;
    receive_all(&head, sizeof head);
    if (head.size > WIRE_MOST_BYTES)
      tw_reader_leave();
    if (head.size > here.request.capacity) {
      free(here.request.bytes);
      here.request.capacity = head.size;
      here.request.bytes = malloc(head.size);
      if (!here.request.bytes)
        tw_reader_leave();
    }
    receive_all(here.request.bytes, head.size);
    here.request.size = head.size;
    here.request.at = 0;
    here.request.failed = false;
    here.answer.size = 0;
    if (head.kind != WIRE_OPEN && here.file < 0)
      tw_reader_leave();
    switch (head.kind) {
    case WIRE_OPEN:
      open_file();
      break;
    case WIRE_LOOK:
      look();
      break;
    case WIRE_LINKS:
      list(true);
      break;
    case WIRE_NAMES:
      list(false);
      break;
    case WIRE_ATTRIBUTE:
      describe_attribute();
      break;
    case WIRE_VALUE:
      tw_reader_read_attribute();
      break;
    case WIRE_CHUNKS:
      find_chunks();
      break;
    case WIRE_READ:
      tw_reader_read_dataset();
      break;
    default:
      tw_reader_leave();
    }
  }
}

// ---------------------------------------------------------------------------------------------------------

static void limit(int resource, uint64_t most) {
  struct rlimit limit = {most, most};
  setrlimit((__rlimit_resource_t)resource, &limit);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1 // they map terabytes
#endif
#endif

int tw_reader_main(int count, char **arguments) {
  // Nothing of the host's but the socket and the file that was in memory.
  if (syscall(SYS_close_range, WIRE_IMAGE + 1, ~0U, 0) != 0)
    for (int i = WIRE_IMAGE + 1; i < 1024; i++)
      close(i);
  int type = 0;
  socklen_t size = sizeof type;
  if (count < 3 || getsockopt(WIRE_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    const char text[] = "thalweg-reader is started by libthalweg, which reads HDF5 files in it; "
                        "it does nothing by itself\n";
    (void)!write(2, text, sizeof text - 1);
    return 2;
  }
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, strtoull(arguments[2], NULL, 10));
  signal(SIGXFSZ, SIG_IGN);
  limit(RLIMIT_FSIZE, 0); // it writes no file
#ifndef SANITIZED
  limit(RLIMIT_AS, strtoull(arguments[1], NULL, 10));
#endif
  setenv("HDF5_PLUGIN_PRELOAD", "::", 1); // no filters from elsewhere: a file names them
  tw_hdf5_session session;
  char message[2048];
  here.h5 = tw_hdf5_begin(&session, message, sizeof message);
  // The first word, before anything is asked: whether there is a libhdf5.
  if (!here.h5) {
    wire_put_text(&here.answer, message);
    tw_reader_say(1);
    tw_reader_leave();
  }
  tw_reader_say(0);
  serve();
  return 0;
}
