// What the shorter examples share: an error ends the program with the library's sentence about it.
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thalweg.h>

#define MUST(call)                                                                                           \
  do {                                                                                                       \
    if ((call) != TW_OK) {                                                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, tw_last_error());                                   \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

// `*target` = `value`, and lets go of what it was. For chains: x = f(x).
static inline void replace(tw_tensor_t *target, tw_tensor_t value) {
  tw_tensor_release(*target);
  *target = value;
}

static inline double number(tw_tensor_t tensor) {
  double value = 0;
  MUST(tw_tensor_item(tensor, &value));
  return value;
}

#endif
