// Several threads: one model evaluated by all of them, errors of their own, handles released while in use.
#include "check.h"
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 300 };

static tw_module_t net;
static tw_tensor_t input, expected;
static int wrong[THREADS];
static tw_tensor_t raced[ROUNDS];

static void *evaluate(void *argument) {
  int self = (int)(intptr_t)argument;
  if (tw_set_grad_enabled(0, NULL) != TW_OK)
    wrong[self]++;
  for (int round = 0; round < ROUNDS; round++) {
    tw_tensor_t out = NULL;
    float got[64 * 10], want[64 * 10];
    if (tw_module_forward(net, input, &out) != TW_OK || tw_tensor_copy_to(out, got, sizeof got) != TW_OK ||
        tw_tensor_copy_to(expected, want, sizeof want) != TW_OK || memcmp(got, want, sizeof got) != 0)
      wrong[self]++;
    tw_tensor_release(out);
    // The error of this thread, not of another.
    char name[32];
    snprintf(name, sizeof name, "missing-%d", self);
    if (tw_module_parameter(net, name, &out) == TW_OK || !strstr(tw_last_error(), name))
      wrong[self]++;
    // A handle that another thread may have released already: the value or an error, never anything else.
    int64_t numel = 0;
    tw_status status = tw_tensor_numel(raced[round], &numel);
    if (!(status == TW_OK && numel == 3) && status != TW_ERROR_INVALID_HANDLE)
      wrong[self]++;
    if (round % THREADS == self)
      tw_tensor_release(raced[round]);
  }
  return NULL;
}

int main(void) {
  const int64_t shape[4] = {64, 1, 10, 10}, three[1] = {3}, kernel[2] = {3, 3}, two[2] = {2, 2};
  enum { LAYERS = 5 };
  tw_module_t layers[LAYERS] = {NULL};
  OK(tw_conv2d_create(1, 12, kernel, NULL, &layers[0]));
  OK(tw_relu_create(&layers[1]));
  OK(tw_max_pool2d_create(two, NULL, &layers[2]));
  OK(tw_flatten_create(1, -1, &layers[3]));
  OK(tw_linear_create(12 * 4 * 4, 10, 1, TW_FLOAT32, &layers[4]));
  OK(tw_sequential_create(layers, LAYERS, &net));
  OK(tw_tensor_randn(shape, 4, TW_FLOAT32, NULL, &input));
  OK(tw_module_forward(net, input, &expected));
  for (int i = 0; i < ROUNDS; i++)
    OK(tw_tensor_zeros(three, 1, TW_FLOAT32, &raced[i]));

  pthread_t threads[THREADS];
  for (intptr_t i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, evaluate, (void *)i) == 0);
  for (int i = 0; i < THREADS; i++)
    CHECK(pthread_join(threads[i], NULL) == 0);
  for (int i = 0; i < THREADS; i++)
    CHECK(wrong[i] == 0);

  int32_t enabled = 0; // a thread's switch is its own
  OK(tw_is_grad_enabled(&enabled));
  CHECK(enabled == 1);
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  tw_module_release(net);
  tw_tensor_release(input);
  tw_tensor_release(expected);
  return checks_result();
}
