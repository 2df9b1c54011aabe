// A reader's process and what is said to it.
#pragma once
#include "wire.h"

#include <sys/types.h>
#include <time.h>

typedef struct reader {
  int socket;
  pid_t process;
  int process_descriptor;
  double seconds_left;
  uint64_t most_bytes;
  // 0, or as tw_remote_problem has it
  int32_t problem;
  char reason[512];
  size_t buffered, buffer_at;
  uint8_t buffer[1 << 16];
} reader;

// Starts the program; `image`, if not negative, becomes its descriptor for a file in memory. NULL: no memory.
reader *tw_reader_start(int image);
// Ends the process and forgets it.
void tw_reader_stop(reader *r);
// Sends the request and takes the answer: false, with a reason, when it is no or when none comes.
bool tw_reader_ask(reader *r, uint32_t kind, wire_message *request, wire_message *answer);
// The data behind an answer.
bool tw_reader_take(reader *r, void *bytes, size_t size);
// What the reader said makes no sense: it is not listened to any more.
void tw_reader_distrust(reader *r);
