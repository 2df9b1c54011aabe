// What the tests of the C interface share: checks that say where they failed and go on, and a count at the
// end.
#ifndef THALWEG_TEST_CHECK_H
#define THALWEG_TEST_CHECK_H
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thalweg.h>

static int checks_failed;

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                \
      checks_failed++;                                                                                       \
    }                                                                                                        \
  } while (0)

// The call succeeds.
#define OK(call)                                                                                             \
  do {                                                                                                       \
    if ((call) != TW_OK) {                                                                                   \
      fprintf(stderr, "%s:%d: %s\n  %s\n", __FILE__, __LINE__, #call, tw_last_error());                      \
      checks_failed++;                                                                                       \
    }                                                                                                        \
  } while (0)

// The call fails with this status and a sentence that has `part` in it.
#define FAILS(status, part, call)                                                                            \
  do {                                                                                                       \
    tw_status got_ = (call);                                                                                 \
    if (got_ != (status) || !strstr(tw_last_error(), (part))) {                                              \
      fprintf(stderr, "%s:%d: %s\n  gave %s: %s\n", __FILE__, __LINE__, #call, tw_status_name(got_),         \
              tw_last_error());                                                                              \
      checks_failed++;                                                                                       \
    }                                                                                                        \
  } while (0)

static inline int checks_result(void) {
  if (checks_failed)
    fprintf(stderr, "%d checks failed\n", checks_failed);
  return checks_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// What malloc may grow by when threads of the library begin to work, whenever that is: a first piece each.
static inline size_t room_of_threads(void) {
  int32_t threads = 0;
  OK(tw_get_num_threads(&threads));
  return (size_t)(threads + 1) * 132 * 1024;
}

// A float32 tensor of these values.
static inline tw_tensor_t tensor_of(const float *values, const int64_t *shape, size_t rank) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_from_data(values, TW_FLOAT32, shape, rank, &out));
  return out;
}

static inline double item_of(tw_tensor_t tensor) {
  double value = NAN;
  OK(tw_tensor_item(tensor, &value));
  return value;
}

// Whether the float32 tensor holds these values, to a relative error of 1e-5.
static inline int holds(tw_tensor_t tensor, const float *values, int64_t count) {
  float got[64];
  int64_t numel = -1;
  OK(tw_tensor_numel(tensor, &numel));
  if (numel != count || count > 64)
    return 0;
  OK(tw_tensor_copy_to(tensor, got, (size_t)count * sizeof(float)));
  for (int64_t i = 0; i < count; i++)
    if (!(fabsf(got[i] - values[i]) <= 1e-5f * fmaxf(1, fabsf(values[i])))) {
      fprintf(stderr, "element %d is %g, not %g\n", (int)i, (double)got[i], (double)values[i]);
      return 0;
    }
  return 1;
}
#endif
