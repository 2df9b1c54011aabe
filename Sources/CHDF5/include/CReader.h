// The reader: the program in which libhdf5 reads files that nobody vouches for, and how the engine has them
// read there.
#pragma once
#include <CHDF5.h>

#pragma clang assume_nonnull begin

// The whole of the program thalweg-reader, which the engine starts with a socket as descriptor 3.
int tw_reader_main(int count, char *_Nullable *_Nonnull arguments);

// When files are read in a process of their own.
enum { TW_READ_HERE = 0, TW_READ_FOREIGN_APART = 1, TW_READ_APART = 2 };

typedef struct tw_isolation {
  int32_t mode;
  bool is_chosen; // by the host; else, where there is no program, files are read here
  double seconds; // that a reader may work on a file, and 0.1 more for each MB that it reads
  int64_t bytes;  // of address space that a reader may have
} tw_isolation;

// The setting of the whole process.
tw_isolation tw_isolation_get(void);
void tw_isolation_set(tw_isolation setting);
// Where the program is; NULL or "": beside the library. -1: no memory.
int32_t tw_isolation_set_program(const char *_Nullable path);
// The path of the program, "" if there is none.
void tw_isolation_program(char *path, size_t capacity);

// As tw_hdf5_begin, with a table whose functions read, in processes of their own, the files that are opened
// through them. libhdf5 itself is not looked up in this process. All that is not needed for reading fails.
// What the functions give is what the reader said, with every length and size checked; identifiers are valid
// until tw_remote_end, and H5Dread and H5Aread write as many bytes as the space and the type that they are
// called with have.
typedef struct tw_remote_session {
  void *_Nullable outer;
} tw_remote_session;
// NULL, without the lock, when there is no memory.
const tw_hdf5 *_Nullable tw_remote_begin(tw_remote_session *session);
void tw_remote_end(const tw_remote_session *session);
// What befell a reader in this session: 0 nothing; 1 the file ended it, or it took too long; 2 it could not
// be started.
int32_t tw_remote_problem(char *message, size_t capacity);

#pragma clang assume_nonnull end
