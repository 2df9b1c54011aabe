// Memory against time: a deep net trained with more and fewer of its layers' results kept for backward.
//
//   checkpointing
//
// 64 layers of width 128 on a batch of 2048. A checkpointed segment keeps its input only and is computed once
// more in backward (Chen et al. 2016, "Training deep nets with sublinear memory cost"): of n layers in s
// segments about s + n / s results are in memory at once instead of n, least for s = sqrt(n), and a step
// takes a third longer at most. The loss and the gradients are the same to the bit.
#define _POSIX_C_SOURCE 199309L // for clock_gettime
#include <time.h>

#include "example.h"

enum { DEPTH = 64, WIDTH = 128, BATCH = 2048, STEPS = 5 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// A layer and its tanh, as one child, so that segments are cut between them.
static void make_layers(tw_module_t *layers) {
  for (int i = 0; i < DEPTH; i++) {
    tw_module_t parts[2] = {NULL, NULL};
    MUST(tw_linear_create(WIDTH, WIDTH, 1, TW_FLOAT32, &parts[0]));
    MUST(tw_tanh_create(&parts[1]));
    MUST(tw_sequential_create(parts, 2, &layers[i]));
    tw_module_release(parts[0]);
    tw_module_release(parts[1]);
  }
}

// One step's loss; the gradients are in the net.
static double step(tw_module_t net, tw_tensor_t x) {
  tw_tensor_t y = NULL, square = NULL, loss = NULL;
  MUST(tw_module_zero_grad(net));
  MUST(tw_module_forward(net, x, &y));
  MUST(tw_tensor_mul(y, y, &square));
  MUST(tw_tensor_mean(square, NULL, 0, 0, &loss));
  MUST(tw_tensor_backward(loss, NULL, 0, 0));
  double value = number(loss);
  tw_tensor_release(y);
  tw_tensor_release(square);
  tw_tensor_release(loss);
  return value;
}

int main(void) {
  tw_module_t layers[DEPTH] = {NULL};
  tw_tensor_t x = NULL;
  const int64_t shape[2] = {BATCH, WIDTH};
  MUST(tw_manual_seed(1));
  make_layers(layers);
  MUST(tw_tensor_randn(shape, 2, TW_FLOAT32, NULL, &x));
  printf("%10s %14s %14s %12s\n", "segments", "peak [MB]", "step [ms]", "loss");
  for (int segments = 0; segments <= DEPTH; segments = segments ? 2 * segments : 2) {
    tw_module_t net = NULL;
    tw_memory_stats stats;
    if (segments == 0)
      MUST(tw_sequential_create(layers, DEPTH, &net));
    else
      MUST(tw_checkpointed_sequential_create(layers, DEPTH, segments, 1, &net));
    double loss = step(net, x), best = 1e9;
    MUST(tw_module_zero_grad(net));
    MUST(tw_reset_peak_memory());
    MUST(tw_memory_stats_init(&stats, sizeof stats));
    MUST(tw_get_memory_stats(&stats));
    uint64_t start = stats.bytes_in_use; // parameters and the batch
    for (int i = 0; i < STEPS; i++) {
      double begin = seconds();
      loss = step(net, x);
      double time = seconds() - begin;
      best = time < best ? time : best;
    }
    MUST(tw_get_memory_stats(&stats));
    char name[16];
    snprintf(name, sizeof name, segments ? "%d" : "none", segments);
    printf("%10s %14.1f %14.1f %12.3e\n", name, (double)(stats.peak_bytes_in_use - start) / 1e6, 1e3 * best,
           loss);
    tw_module_release(net);
  }
  for (int i = 0; i < DEPTH; i++)
    tw_module_release(layers[i]);
  tw_tensor_release(x);
  return 0;
}
