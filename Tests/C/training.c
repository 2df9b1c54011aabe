// A training loop with each optimiser: the loss falls, equal seeds give equal bits, options are checked.
#include "check.h"
#include <malloc.h>

static tw_module_t make_net(void) {
  tw_module_t layers[3] = {NULL}, net = NULL;
  OK(tw_linear_create(2, 16, 1, TW_FLOAT32, &layers[0]));
  OK(tw_tanh_create(&layers[1]));
  OK(tw_linear_create(16, 2, 1, TW_FLOAT32, &layers[2]));
  OK(tw_sequential_create(layers, 3, &net));
  for (int i = 0; i < 3; i++)
    tw_module_release(layers[i]);
  return net;
}

// Returns the loss.
static double train_step(tw_module_t net, tw_optimizer_t optimizer, tw_tensor_t inputs, tw_tensor_t targets) {
  tw_tensor_t logits = NULL, mean = NULL;
  OK(tw_module_forward(net, inputs, &logits));
  OK(tw_tensor_cross_entropy(logits, targets, NULL, TW_REDUCTION_MEAN, -100, 0, &mean));
  OK(tw_optimizer_zero_grad(optimizer));
  OK(tw_tensor_backward(mean, NULL, 0, 0));
  OK(tw_optimizer_step(optimizer));
  double loss = item_of(mean);
  tw_tensor_release(logits);
  tw_tensor_release(mean);
  return loss;
}

static tw_module_t make_image_net(void) {
  tw_module_t layers[8] = {NULL}, net = NULL;
  const int64_t five[2] = {5, 5}, two[2] = {2, 2};
  OK(tw_conv2d_create(1, 6, five, NULL, &layers[0]));
  OK(tw_relu_create(&layers[1]));
  OK(tw_max_pool2d_create(two, NULL, &layers[2]));
  OK(tw_conv2d_create(6, 16, five, NULL, &layers[3]));
  OK(tw_relu_create(&layers[4]));
  OK(tw_avg_pool2d_create(two, NULL, &layers[5]));
  OK(tw_flatten_create(1, -1, &layers[6]));
  OK(tw_linear_create(256, 2, 1, TW_FLOAT32, &layers[7]));
  OK(tw_sequential_create(layers, 8, &net));
  for (int i = 0; i < 8; i++)
    tw_module_release(layers[i]);
  return net;
}

// From its second step on training takes nothing from the system: the engine asks its allocator for no block,
// and malloc, where its small objects come from, keeps no more than before.
static void takes_nothing(tw_module_t net, const int64_t *shape, size_t rank, int steps) {
  tw_tensor_t inputs = NULL, targets = NULL, parameters[8] = {NULL};
  tw_optimizer_t optimizer = NULL;
  int64_t classes[64] = {0};
  OK(tw_tensor_zeros(shape, rank, TW_FLOAT32, &inputs));
  OK(tw_tensor_from_data(classes, TW_INT64, shape, 1, &targets));
  size_t parameter_count = 0;
  OK(tw_module_parameters(net, parameters, 8, &parameter_count));
  OK(tw_adam_create(parameters, parameter_count, NULL, &optimizer));
  tw_memory_stats early, late;
  OK(tw_memory_stats_init(&early, sizeof early));
  OK(tw_memory_stats_init(&late, sizeof late));
  train_step(net, optimizer, inputs, targets);
  train_step(net, optimizer, inputs, targets);
  OK(tw_get_memory_stats(&early));
  struct mallinfo2 heap = mallinfo2();
  size_t used =
      0; // freed blocks that malloc sets aside for a thread count as used, and those gather for a while
  for (int step = 2; step < steps; step++) {
    train_step(net, optimizer, inputs, targets);
    if (step == 10)
      used = mallinfo2().uordblks;
  }
  struct mallinfo2 now = mallinfo2();
  OK(tw_get_memory_stats(&late));
  CHECK(late.allocations == early.allocations);
  CHECK(late.deallocations == early.deallocations);
  CHECK(late.bytes_in_use == early.bytes_in_use);
  CHECK(late.peak_bytes_in_use == early.peak_bytes_in_use);
  CHECK(late.bytes_held == early.bytes_held);
  // Freed blocks that malloc sets aside count as used: a few may come, but not one a step, of 32 bytes at
  // least.
  CHECK(now.uordblks < used + 32 * (size_t)(steps - 11));
  CHECK(now.arena < heap.arena + room_of_threads() && now.hblkhd == heap.hblkhd);
  tw_optimizer_release(optimizer);
  for (size_t i = 0; i < parameter_count; i++)
    tw_tensor_release(parameters[i]);
  tw_tensor_release(inputs);
  tw_tensor_release(targets);
  tw_module_release(net);
}

static void keeps_its_memory(void) {
  tw_tensor_t parameters[4] = {NULL};
  tw_module_t net = make_net();
  size_t parameter_count = 0;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "room for 3", tw_module_parameters(net, parameters, 3, &parameter_count));
  CHECK(parameters[0] == NULL && parameter_count == 0);
  takes_nothing(net, (const int64_t[]){4, 2}, 2, 1000);
  takes_nothing(make_image_net(), (const int64_t[]){64, 1, 28, 28}, 4, 300);
}

// Exclusive or, learnt in 200 steps from the same seed; returns the last loss, the first in *first.
static double learn(int use_adam, double *first) {
  const int64_t shape[2] = {4, 2}, count[1] = {4};
  const int64_t classes[4] = {0, 1, 1, 0};
  tw_tensor_t inputs = tensor_of((const float[]){0, 0, 0, 1, 1, 0, 1, 1}, shape, 2), targets = NULL;
  OK(tw_tensor_from_data(classes, TW_INT64, count, 1, &targets));
  OK(tw_manual_seed(3));
  tw_module_t net = make_net();
  tw_tensor_t parameters[4] = {NULL};
  size_t parameter_count = 0;
  const char *name = NULL;
  OK(tw_module_parameter_count(net, &parameter_count));
  CHECK(parameter_count == 4);
  for (size_t i = 0; i < 4; i++)
    OK(tw_module_parameter_at(net, i, &name, &parameters[i]));
  CHECK(name && strcmp(name, "2.bias") == 0);

  tw_optimizer_t optimizer = NULL;
  if (use_adam) {
    tw_adam_options options;
    OK(tw_adam_options_init(&options, sizeof options));
    CHECK(options.struct_size == sizeof options && options.lr == 1e-3 && options.beta1 == 0.9);
    options.lr = 0.05;
    OK(tw_adam_create(parameters, 4, &options, &optimizer));
  } else {
    tw_sgd_options options;
    OK(tw_sgd_options_init(&options, sizeof options));
    options.lr = 0.1;
    options.momentum = 0.9;
    options.nesterov = 1;
    OK(tw_sgd_create(parameters, 4, &options, &optimizer));
  }
  double loss = NAN;
  for (int step = 0; step < 200; step++) {
    loss = train_step(net, optimizer, inputs, targets);
    if (step == 0)
      *first = loss;
  }
  double lr = 0;
  OK(tw_optimizer_lr(optimizer, &lr));
  CHECK(lr == (use_adam ? 0.05 : 0.1));
  OK(tw_optimizer_set_lr(optimizer, 0.5));
  OK(tw_optimizer_lr(optimizer, &lr));
  CHECK(lr == 0.5);

  tw_module_release(net); // in any order
  tw_tensor_release(inputs);
  for (size_t i = 0; i < 4; i++)
    tw_tensor_release(parameters[i]);
  OK(tw_optimizer_step(optimizer));
  tw_optimizer_release(optimizer);
  tw_tensor_release(targets);
  return loss;
}

int main(void) {
  keeps_its_memory();
  for (int use_adam = 0; use_adam < 2; use_adam++) {
    double first = 0, again = 0;
    double loss = learn(use_adam, &first);
    CHECK(first > 0.3);
    CHECK(loss < 0.05);
    CHECK(learn(use_adam, &again) == loss && again == first);
  }

  // An option struct of a size that no version had, and settings that make no sense.
  tw_sgd_options options;
  tw_optimizer_t none = NULL;
  const int64_t shape[1] = {1};
  tw_tensor_t parameter = tensor_of((const float[]){1}, shape, 1);
  OK(tw_tensor_set_requires_grad(parameter, 1));
  CHECK(tw_sgd_options_init(&options, 0) != TW_OK);
  OK(tw_sgd_options_init(&options, sizeof options));
  options.struct_size = 3;
  CHECK(tw_sgd_create(&parameter, 1, &options, &none) != TW_OK);
  OK(tw_sgd_options_init(&options, sizeof options));
  options.nesterov = 1; // without momentum
  CHECK(tw_sgd_create(&parameter, 1, &options, &none) != TW_OK);
  options.nesterov = 0;
  options.lr = -1;
  CHECK(tw_sgd_create(&parameter, 1, &options, &none) != TW_OK);
  CHECK(tw_sgd_create(&parameter, 0, NULL, &none) != TW_OK); // nothing to optimise
  CHECK(none == NULL);
  tw_tensor_release(parameter);
  return checks_result();
}
