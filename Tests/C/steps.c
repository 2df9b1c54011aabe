// Recorded steps: the same bits as without, no memory in steady state, errors for what cannot be repeated.
#include "check.h"

enum { STEPS = 5, LIMIT = 32 };

// A network in training, and what a step of it needs.
typedef struct {
  tw_module_t model;
  tw_tensor_t parameters[LIMIT];
  size_t count;
  tw_optimizer_t optimizer;
  tw_schedule_t schedule; // or NULL
  double max_norm;        // 0: no clipping
} training;

static training begin(tw_module_t model, int adam) {
  training t = {model, {NULL}, 0, NULL, NULL, 0};
  OK(tw_module_parameters(model, t.parameters, LIMIT, &t.count));
  if (adam) {
    OK(tw_adam_create(t.parameters, t.count, NULL, &t.optimizer));
    OK(tw_step_lr_create(t.optimizer, 2, 0.5, -1, &t.schedule));
    t.max_norm = 0.5;
  } else {
    tw_sgd_options options;
    OK(tw_sgd_options_init(&options, sizeof options));
    options.momentum = 0.9;
    options.lr = 0.1;
    OK(tw_sgd_create(t.parameters, t.count, &options, &t.optimizer));
  }
  return t;
}

static void end(training *t) {
  for (size_t i = 0; i < t->count; i++)
    tw_tensor_release(t->parameters[i]);
  tw_schedule_release(t->schedule);
  tw_optimizer_release(t->optimizer);
  tw_module_release(t->model);
}

static tw_tensor_t train(training *t, tw_tensor_t x, tw_tensor_t target) {
  tw_tensor_t y = NULL, loss = NULL;
  OK(tw_optimizer_zero_grad(t->optimizer));
  OK(tw_module_forward(t->model, x, &y));
  OK(tw_tensor_cross_entropy(y, target, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
  OK(tw_tensor_backward(loss, NULL, 0, 0));
  if (t->max_norm > 0) {
    double norm;
    OK(tw_clip_grad_norm(t->parameters, t->count, t->max_norm, 2, 0, &norm));
  }
  OK(tw_optimizer_step(t->optimizer));
  if (t->schedule)
    OK(tw_schedule_step(t->schedule));
  tw_tensor_release(y);
  return loss;
}

static tw_module_t mlp(void) {
  const int64_t sizes[3] = {20, 32, 10};
  tw_module_t model = NULL;
  OK(tw_mlp_create(sizes, 3, TW_FLOAT32, &model));
  return model;
}

static tw_module_t lenet(void) {
  tw_module_t parts[3] = {NULL}, model = NULL;
  OK(tw_lenet5_create(1, 32, 1, TW_FLOAT32, &parts[0]));
  OK(tw_dropout_create(0.3, &parts[1]));
  OK(tw_linear_create(32, 10, 1, TW_FLOAT32, &parts[2]));
  OK(tw_sequential_create(parts, 3, &model));
  for (int i = 0; i < 3; i++)
    tw_module_release(parts[i]);
  return model;
}

// Batch `number` of a data set.
static void batch(int number, const int64_t *shape, size_t rank, tw_tensor_t *x, tw_tensor_t *target) {
  float values[4 * 28 * 28];
  int64_t classes[4], four = 4, total = 1;
  for (size_t i = 0; i < rank; i++)
    total *= shape[i];
  for (int64_t i = 0; i < total; i++)
    values[i] = (float)((i * 7919 + number * 131) % 997) / 500 - 1;
  for (int i = 0; i < 4; i++)
    classes[i] = (i * 3 + number) % 10;
  *x = tensor_of(values, shape, rank);
  OK(tw_tensor_from_data(classes, TW_INT64, &four, 1, target));
}

static void compare(tw_tensor_t a, tw_tensor_t b) {
  static float first[65536], second[65536];
  int64_t numel = 0;
  OK(tw_tensor_numel(a, &numel));
  CHECK(numel <= 65536);
  OK(tw_tensor_copy_to(a, first, (size_t)numel * 4));
  OK(tw_tensor_copy_to(b, second, (size_t)numel * 4));
  CHECK(memcmp(first, second, (size_t)numel * 4) == 0);
}

// Trains two equal networks, one of them by a recorded step.
static void check_training(tw_module_t (*make)(void), int adam, const int64_t *shape, size_t rank) {
  double losses[STEPS];
  training eager, recorded;
  OK(tw_manual_seed(3));
  eager = begin(make(), adam);
  for (int i = 0; i < STEPS; i++) {
    tw_tensor_t x, target;
    batch(i, shape, rank, &x, &target);
    tw_tensor_t loss = train(&eager, x, target);
    losses[i] = item_of(loss);
    tw_tensor_release(loss);
    tw_tensor_release(x);
    tw_tensor_release(target);
  }

  OK(tw_manual_seed(3));
  recorded = begin(make(), adam);
  tw_tensor_t inputs[2], loss;
  tw_step_t step = NULL;
  batch(0, shape, rank, &inputs[0], &inputs[1]);
  OK(tw_step_begin(inputs, 2));
  loss = train(&recorded, inputs[0], inputs[1]);
  OK(tw_step_end(&loss, 1, &step));
  CHECK(item_of(loss) == losses[0]);
  for (int i = 1; i < STEPS; i++) {
    tw_tensor_t next[2];
    batch(i, shape, rank, &next[0], &next[1]);
    OK(tw_step_run(step, next, 2));
    CHECK(item_of(loss) == losses[i]);
    tw_tensor_release(next[0]);
    tw_tensor_release(next[1]);
  }
  CHECK(eager.count == recorded.count);
  for (size_t i = 0; i < eager.count; i++)
    compare(eager.parameters[i], recorded.parameters[i]);

  tw_memory_stats before, after;
  OK(tw_memory_stats_init(&before, sizeof before));
  OK(tw_memory_stats_init(&after, sizeof after));
  OK(tw_get_memory_stats(&before));
  for (int i = 0; i < STEPS; i++)
    OK(tw_step_run(step, inputs, 2));
  OK(tw_get_memory_stats(&after));
  CHECK(after.allocations == before.allocations);
  CHECK(after.bytes_in_use == before.bytes_in_use);
  int64_t held = 0, peak = 0;
  OK(tw_step_memory(step, &held, &peak));
  CHECK(peak > 0 && held >= peak);
  OK(tw_step_memory(step, NULL, NULL));

  tw_step_release(step); // before what it has made
  CHECK(isfinite(item_of(loss)));
  tw_tensor_release(loss);
  tw_tensor_release(inputs[0]);
  tw_tensor_release(inputs[1]);
  end(&eager);
  end(&recorded);
}

static void check_errors(void) {
  const int64_t three = 3, four = 4;
  const float values[4] = {1, 2, 3, 4};
  tw_tensor_t x = tensor_of(values, &three, 1), longer = tensor_of(values, &four, 1), y = NULL, whole = NULL;
  tw_step_t step = NULL;
  double value = 7;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "step_begin comes first", tw_step_end(NULL, 0, &step));
  tw_step_abort(); // nothing to end

  OK(tw_step_begin(&x, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "records a step already", tw_step_begin(&x, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "item", tw_tensor_item(x, &value));
  CHECK(value == 7);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "nonzero", tw_tensor_nonzero(x, &y));
  CHECK(y == NULL);
  OK(tw_tensor_mul(x, x, &y));
  OK(tw_step_end(&y, 1, &step)); // what was refused is not in it
  OK(tw_tensor_to(longer, TW_FLOAT64, &whole));
  FAILS(TW_ERROR_SHAPE, "input 0 has shape [4]", tw_step_run(step, &longer, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "0 inputs", tw_step_run(step, NULL, 0));
  FAILS(TW_ERROR_INVALID_HANDLE, "inputs", tw_step_run(step, (const tw_tensor_t *)&step, 1));
  OK(tw_tensor_fill(x, 5));
  OK(tw_step_run(step, &x, 1)); // an input may be itself
  CHECK(holds(y, (const float[]){25, 25, 25}, 3));

  OK(tw_step_begin(NULL, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "cannot be part of one", tw_step_run(step, &x, 1));
  tw_step_abort();
  FAILS(TW_ERROR_INVALID_ARGUMENT, "out", tw_step_end(NULL, 0, NULL));
  OK(tw_step_begin(NULL, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "out", tw_step_end(NULL, 0, NULL)); // it has ended all the same
  FAILS(TW_ERROR_SHAPE, "single element", tw_tensor_item(whole, &value));
  tw_step_release(step);
  FAILS(TW_ERROR_INVALID_HANDLE, "released", tw_step_run(step, &x, 1));
  tw_step_release(NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(longer);
  tw_tensor_release(whole);
}

int main(void) {
  const int64_t rows[2] = {4, 20}, images[4] = {4, 1, 28, 28};
  check_training(mlp, 0, rows, 2);
  check_training(lenet, 1, images, 4);
  check_errors();
  return checks_result();
}
