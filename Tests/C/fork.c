// Work goes on in a forked child, with as many threads, and gives the same bits; thread counts do not change
// them.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 300 };
static float parent_bits[SIZE * SIZE], child_bits[SIZE * SIZE];

static void product(tw_tensor_t a, float *bits) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_matmul(a, a, &out));
  OK(tw_tensor_copy_to(out, bits, sizeof parent_bits));
  tw_tensor_release(out);
}

int main(void) {
  const int64_t shape[2] = {SIZE, SIZE};
  tw_tensor_t a = NULL;
  OK(tw_set_num_threads(4));
  OK(tw_manual_seed(11));
  OK(tw_tensor_randn(shape, 2, TW_FLOAT32, NULL, &a));
  product(a, parent_bits); // the pool has its threads now
  for (int round = 0; round < 20; round++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      alarm(30); // a hanging child is a failure, not a hanging test
      product(a, child_bits);
      tw_tensor_t numbers = NULL;
      OK(tw_tensor_randn(shape, 2, TW_FLOAT32, NULL, &numbers));
      tw_tensor_release(numbers);
      _exit(checks_failed || memcmp(parent_bits, child_bits, sizeof child_bits) != 0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    product(a, child_bits); // and in the parent
    CHECK(memcmp(parent_bits, child_bits, sizeof child_bits) == 0);
  }
  for (int32_t threads = 1; threads <= 5; threads++) {
    OK(tw_set_num_threads(threads));
    product(a, child_bits);
    CHECK(memcmp(parent_bits, child_bits, sizeof child_bits) == 0);
  }
  tw_tensor_release(a);
  return checks_result();
}
