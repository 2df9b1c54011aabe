// An allocator of the host's: it serves every tensor, gets everything back, and may fail at any moment.
#define _POSIX_C_SOURCE 200809L
#include "check.h"

typedef struct {
  long live, calls, allowed; // allowed < 0: without end
} ledger;

static void *allocate(size_t size, size_t alignment, void *user_data) {
  ledger *own = user_data;
  void *data = NULL;
  if (own->allowed == 0)
    return NULL;
  if (own->allowed > 0)
    own->allowed--;
  if (posix_memalign(&data, alignment, size ? size : alignment) != 0)
    return NULL;
  own->live++;
  own->calls++;
  return data;
}

static void deallocate(void *data, size_t size, size_t alignment, void *user_data) {
  (void)size;
  (void)alignment;
  if (data)
    ((ledger *)user_data)->live--;
  free(data);
}

// Some work; returns the first status that is not TW_OK, with everything released.
static tw_status work(void) {
  const int64_t shape[2] = {120, 120};
  tw_tensor_t a = NULL, b = NULL, c = NULL, sum = NULL;
  tw_module_t linear = NULL;
  tw_status status = tw_tensor_ones(shape, 2, TW_FLOAT32, &a);
  if (status == TW_OK)
    status = tw_linear_create(120, 50, 1, TW_FLOAT32, &linear);
  if (status == TW_OK)
    status = tw_module_forward(linear, a, &b);
  if (status == TW_OK)
    status = tw_tensor_log_softmax(b, 1, &c);
  if (status == TW_OK)
    status = tw_tensor_sum(c, NULL, 0, 0, &sum);
  if (status == TW_OK)
    status = tw_tensor_backward(sum, NULL, 0, 0);
  if (status != TW_OK)
    CHECK(strlen(tw_last_error()) > 0);
  tw_tensor_release(a);
  tw_tensor_release(b);
  tw_tensor_release(c);
  tw_tensor_release(sum);
  tw_module_release(linear);
  return status;
}

int main(void) {
  static ledger own = {0, 0, -1}; // outlives main: the library may give memory back at exit
  tw_allocator allocator;
  OK(tw_allocator_init(&allocator, sizeof allocator));
  allocator.allocate = allocate;
  allocator.deallocate = deallocate;
  allocator.user_data = &own;
  OK(tw_set_allocator(&allocator));
  OK(work());
  CHECK(own.calls > 0);

  int refused = 0, done = 0;
  for (long allowed = 0; allowed < 200 && !done; allowed++) {
    OK(tw_set_allocator(&allocator)); // gives back what the library keeps for reuse
    own.allowed = allowed;
    tw_status status = work();
    own.allowed = -1;
    CHECK(status == TW_OK || status == TW_ERROR_OUT_OF_MEMORY);
    refused += status == TW_ERROR_OUT_OF_MEMORY;
    done = status == TW_OK;
  }
  CHECK(refused > 0 && done);
  OK(work());

  tw_memory_stats stats;
  OK(tw_memory_stats_init(&stats, sizeof stats));
  OK(tw_reset_peak_memory());
  OK(tw_get_memory_stats(&stats));
  uint64_t before = stats.bytes_in_use;
  const int64_t shape[1] = {1000000};
  tw_tensor_t large = NULL;
  OK(tw_tensor_zeros(shape, 1, TW_FLOAT32, &large));
  OK(tw_get_memory_stats(&stats));
  CHECK(stats.bytes_in_use >= before + 4000000);
  tw_tensor_release(large);
  OK(tw_get_memory_stats(&stats));
  CHECK(stats.bytes_in_use == before);
  CHECK(stats.peak_bytes_in_use >= before + 4000000);

  OK(tw_set_memory_profiling(1));
  OK(tw_tensor_zeros(shape, 1, TW_FLOAT32, &large));
  OK(tw_set_memory_profiling(0));
  tw_tensor_release(large);
  size_t operations = 0;
  const char *operation = "";
  int64_t bytes = 0, blocks = 0;
  OK(tw_memory_profile_count(&operations));
  CHECK(operations >= 1);
  OK(tw_memory_profile_at(0, &operation, &bytes, &blocks));
  CHECK(strcmp(operation, "full") == 0 && bytes == 4000000 && blocks == 1);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no operation",
        tw_memory_profile_at(operations, &operation, &bytes, &blocks));

  OK(tw_set_allocator(NULL));
  CHECK(own.live == 0);
  OK(work());
  return checks_result();
}
