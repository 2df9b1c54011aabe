// A step of training or inference whose cost is counted: `cost <row>` makes four steps and then one more;
// prints how often that one called malloc and its like (the Swift runtime's objects come from there) and how
// many blocks the engine asked its allocator for. Tests/Build/budget.py runs it under callgrind, which counts
// from measured() on.
#include "check.h"

static long calls; // of malloc and its like, on the one thread there is

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

#pragma GCC visibility push(default) // seen by the library and libc
void *malloc(size_t size) {
  calls++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  calls++;
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  calls++;
  return __libc_realloc(block, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  calls++;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : 12;
}

#pragma GCC visibility pop

typedef struct {
  tw_module_t net; // or NULL: the sum of two tensors
  tw_optimizer_t optimizer;
  tw_tensor_t inputs, targets, parameters[64];
  size_t count;
} work;

static tw_tensor_t normal(const int64_t *shape, size_t rank) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_randn(shape, rank, TW_FLOAT32, NULL, &out));
  return out;
}

static tw_tensor_t classes(int64_t rows, int64_t count) {
  static int64_t values[4096];
  tw_tensor_t out = NULL;
  for (int64_t i = 0; i < rows; i++)
    values[i] = i % count;
  OK(tw_tensor_from_data(values, TW_INT64, &rows, 1, &out));
  return out;
}

static void trains(work *w, int with_adam) {
  OK(tw_module_parameters(w->net, w->parameters, 64, &w->count));
  tw_sgd_options options;
  OK(tw_sgd_options_init(&options, sizeof options));
  options.momentum = 0.9;
  if (with_adam)
    OK(tw_adam_create(w->parameters, w->count, NULL, &w->optimizer));
  else
    OK(tw_sgd_create(w->parameters, w->count, &options, &w->optimizer));
}

static void mlp(work *w, int64_t batch) {
  OK(tw_mlp_create((const int64_t[]){784, 512, 512, 10}, 4, TW_FLOAT32, &w->net));
  w->inputs = normal((const int64_t[]){batch, 784}, 2);
  w->targets = classes(batch, 10);
}

static void tiny(work *w) {
  OK(tw_mlp_create((const int64_t[]){2, 64, 1}, 3, TW_FLOAT32, &w->net));
  w->inputs = normal((const int64_t[]){32, 2}, 2);
  w->targets = normal((const int64_t[]){32, 1}, 2);
}

static void lenet(work *w, int64_t batch) {
  OK(tw_lenet5_create(1, 10, 1, TW_FLOAT32, &w->net));
  w->inputs = normal((const int64_t[]){batch, 1, 28, 28}, 4);
  w->targets = classes(batch, 10);
}

static void residual(work *w) {
  OK(tw_cifar_net_create(8, 1, 0, 10, TW_FLOAT32, &w->net));
  w->inputs = normal((const int64_t[]){1, 3, 32, 32}, 4);
  w->targets = classes(1, 10);
}

static void recurrent(work *w, int64_t batch, int64_t steps, int stateful) {
  tw_recurrent_options options;
  tw_module_t layers[2];
  OK(tw_recurrent_options_init(&options, sizeof options));
  options.batch_first = 1;
  options.return_sequences = 0;
  OK(tw_lstm_create(32, 128, &options, &layers[0]));
  OK(tw_linear_create(128, 10, 1, TW_FLOAT32, &layers[1]));
  OK(tw_sequential_create(layers, 2, &w->net));
  tw_module_release(layers[0]);
  tw_module_release(layers[1]);
  if (stateful)
    OK(tw_module_set_stateful(w->net, TW_STATE_VALUES));
  w->inputs = normal((const int64_t[]){batch, steps, 32}, 3);
  w->targets = classes(batch, 10);
}

static void add(work *w) {
  const int64_t ten = 10;
  for (int i = 0; i < 2; i++) {
    w->parameters[i] = normal(&ten, 1);
    OK(tw_tensor_set_requires_grad(w->parameters[i], 1));
  }
  OK(tw_tensor_ones(&ten, 1, TW_FLOAT32, &w->inputs));
}

static void step(work *w) {
  tw_tensor_t y = NULL, loss = NULL;
  if (!w->net) {
    OK(tw_tensor_add(w->parameters[0], w->parameters[1], &y));
    OK(tw_tensor_backward(y, w->inputs, 0, 0));
  } else {
    OK(tw_module_forward(w->net, w->inputs, &y));
    if (w->optimizer) {
      int32_t dtype;
      OK(tw_tensor_dtype(w->targets, &dtype));
      if (dtype == TW_INT64)
        OK(tw_tensor_cross_entropy(y, w->targets, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
      else
        OK(tw_tensor_mse_loss(y, w->targets, TW_REDUCTION_MEAN, &loss));
      OK(tw_optimizer_zero_grad(w->optimizer));
      OK(tw_tensor_backward(loss, NULL, 0, 0));
      OK(tw_optimizer_step(w->optimizer));
    }
  }
  tw_tensor_release(y);
  tw_tensor_release(loss);
}

static int make(work *w, const char *row) {
  int inference = strstr(row, "/infer") != NULL;
  OK(tw_manual_seed(1));
  if (!strcmp(row, "add"))
    return add(w), 1;
  if (!strncmp(row, "tiny-mlp", 8))
    tiny(w);
  else if (!strncmp(row, "mlp", 3))
    mlp(w, inference ? 1 : 16);
  else if (!strncmp(row, "lenet", 5))
    lenet(w, inference ? 1 : 4);
  else if (!strncmp(row, "resnet8", 7))
    residual(w);
  else if (!strncmp(row, "lstm", 4))
    recurrent(w, inference ? 1 : 4, inference ? 1 : 10, inference);
  else
    return 0;
  if (!inference)
    return trains(w, !strncmp(row, "tiny-mlp", 8)), 1;
  OK(tw_module_train(w->net, 0));
  OK(tw_set_grad_enabled(0, NULL));
  return 1;
}

__attribute__((noinline)) void measured(work *w); // seen by callgrind
void measured(work *w) { step(w); }

int main(int argc, char **argv) {
  static work w;
  if (argc != 2 || !make(&w, argv[1]))
    return 2;
  tw_memory_stats before, after;
  OK(tw_memory_stats_init(&before, sizeof before));
  OK(tw_memory_stats_init(&after, sizeof after));
  for (int i = 0; i < 4; i++) // weights are packed when they have been used a few times
    step(&w);
  OK(tw_get_memory_stats(&before));
  long first = calls;
  measured(&w);
  long last = calls;
  OK(tw_get_memory_stats(&after));
  printf("%ld %lld\n", last - first, (long long)(after.allocations - before.allocations));
  return checks_result();
}
