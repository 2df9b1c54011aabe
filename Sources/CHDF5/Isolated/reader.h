// The reader's own: the file that it reads, and what it is asked and says.
#pragma once
#include "CReader.h"
#include "wire.h"

typedef struct {
  const tw_hdf5 *h5;
  hid_t file;
  // The object that was asked for last, open.
  hid_t object;
  char *object_path;
  wire_message request, answer;
} reading;
extern reading tw_reading;
#define here tw_reading

_Noreturn void tw_reader_leave(void);
void tw_reader_send(const void *bytes, size_t size);
// Sends the answer as it is; or instead of it what libhdf5 says of a failure.
void tw_reader_say(uint32_t status);
void tw_reader_fail(void);
void tw_reader_put_number(int64_t value);
void tw_reader_put_reason(void);
bool tw_reader_open(const char *path);
// An attribute by path and name, which the request says.
hid_t tw_reader_open_attribute(void);

// Parts of an answer. Those of which something may not be readable begin with whether they were, or else say
// why not.
size_t tw_reader_begin_part(void);
void tw_reader_end_part(bool done, size_t before);
bool tw_reader_put_type(hid_t type); // given back
bool tw_reader_put_space(hid_t space);
void tw_reader_put_dataset(void);

// Answers with data.
void tw_reader_read_attribute(void);
void tw_reader_read_dataset(void);
