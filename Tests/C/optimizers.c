// Optimisers, schedules, clipping and averages through the header.
#include "check.h"
#include <math.h>

static tw_tensor_t leaf(double value) {
  const int64_t shape[1] = {1};
  tw_tensor_t tensor = NULL;
  OK(tw_tensor_full(shape, 1, value, TW_FLOAT64, &tensor));
  OK(tw_tensor_set_requires_grad(tensor, 1));
  return tensor;
}

static void set_gradient(tw_tensor_t tensor, double value) {
  const int64_t shape[1] = {1};
  tw_tensor_t gradient = NULL;
  OK(tw_tensor_full(shape, 1, value, TW_FLOAT64, &gradient));
  OK(tw_tensor_set_grad(tensor, gradient));
  tw_tensor_release(gradient);
}

static double value_of(tw_tensor_t tensor) {
  double value = NAN;
  OK(tw_tensor_item(tensor, &value));
  return value;
}

static double gradient_of(tw_tensor_t tensor) {
  tw_tensor_t gradient = NULL;
  OK(tw_tensor_grad(tensor, &gradient));
  double value = value_of(gradient);
  tw_tensor_release(gradient);
  return value;
}

static int near(double a, double b) { return fabs(a - b) <= 1e-12 * (1 + fabs(b)); }

// One step of each rule from 1 with gradient 0.5, by hand.
static void rules(void) {
  tw_optimizer_t all[7] = {NULL};
  tw_tensor_t p[7];
  for (int i = 0; i < 7; i++) {
    p[i] = leaf(1);
    set_gradient(p[i], 0.5);
  }
  tw_adagrad_options adagrad;
  OK(tw_adagrad_options_init(&adagrad, sizeof adagrad));
  adagrad.initial_accumulator_value = 0.75;
  OK(tw_adagrad_create(p, 1, &adagrad, &all[0]));
  tw_adadelta_options adadelta;
  OK(tw_adadelta_options_init(&adadelta, sizeof adadelta));
  adadelta.eps = 0.1;
  OK(tw_adadelta_create(p + 1, 1, &adadelta, &all[1]));
  tw_rmsprop_options rmsprop;
  OK(tw_rmsprop_options_init(&rmsprop, sizeof rmsprop));
  rmsprop.centered = 1;
  rmsprop.eps = 1;
  OK(tw_rmsprop_create(p + 2, 1, &rmsprop, &all[2]));
  tw_nadam_options nadam;
  OK(tw_nadam_options_init(&nadam, sizeof nadam));
  nadam.momentum_decay = 0;
  OK(tw_nadam_create(p + 3, 1, &nadam, &all[3]));
  tw_radam_options radam;
  OK(tw_radam_options_init(&radam, sizeof radam));
  radam.weight_decay = 1;
  radam.decoupled_weight_decay = 1;
  OK(tw_radam_create(p + 4, 1, &radam, &all[4]));
  tw_adamax_options adamax;
  OK(tw_adamax_options_init(&adamax, sizeof adamax));
  adamax.maximize = 1;
  OK(tw_adamax_create(p + 5, 1, &adamax, &all[5]));
  tw_lion_options lion;
  OK(tw_lion_options_init(&lion, sizeof lion));
  lion.lr = 0.25;
  OK(tw_lion_create(p + 6, 1, &lion, &all[6]));
  for (int i = 0; i < 7; i++)
    OK(tw_optimizer_step(all[i]));
  CHECK(near(value_of(p[0]), 1 - 1e-2 * 0.5 / (1 + 1e-10)));
  CHECK(near(value_of(p[1]), 1 - sqrt(0.1) / sqrt(0.025 + 0.1) * 0.5));
  CHECK(near(value_of(p[2]), 1 - 1e-2 * 0.5 / (sqrt(0.0025 - 0.005 * 0.005) + 1)));
  // mu is 0.45 at every step, M(1) = 0.45, M(2) = 0.2025; m = 0.05
  CHECK(
      near(value_of(p[3]), 1 - 2e-3 * (0.45 * 0.05 / (1 - 0.2025) + 0.55 * 0.5 / (1 - 0.45)) / (0.5 + 1e-8)));
  CHECK(near(value_of(p[4]), 1 - 1e-3 - 1e-3 * 0.5));
  CHECK(near(value_of(p[5]), 1 + 2e-3 * 0.5 / (0.5 + 1e-8)));
  CHECK(near(value_of(p[6]), 0.75));
  for (int i = 0; i < 7; i++) {
    tw_optimizer_release(all[i]);
    tw_tensor_release(p[i]);
  }
}

static void groups(void) {
  tw_tensor_t a = leaf(1), b = leaf(1);
  tw_optimizer_t adam = NULL;
  OK(tw_adam_create(&a, 1, NULL, &adam));
  const char *const keys[2] = {"lr", "beta1"};
  const double values[2] = {0.5, 0.25};
  OK(tw_optimizer_add_group(adam, &b, 1, keys, 2, values, 2));
  size_t count = 0;
  OK(tw_optimizer_group_count(adam, &count));
  CHECK(count == 2);
  double value = 0;
  OK(tw_optimizer_value(adam, 1, "beta1", &value));
  CHECK(value == 0.25);
  OK(tw_optimizer_value(adam, 0, "lr", &value));
  CHECK(value == 1e-3);
  OK(tw_optimizer_set_value(adam, 0, "lr", 0.125));
  const char *name = NULL;
  OK(tw_optimizer_hyperparameter_count(adam, &count));
  OK(tw_optimizer_hyperparameter_name(adam, count - 1, &name));
  CHECK(strcmp(name, "decoupled_weight_decay") == 0);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "hyperparameter", tw_optimizer_hyperparameter_name(adam, count, &name));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "momentum", tw_optimizer_set_value(adam, 0, "momentum", 0.5));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "beta2", tw_optimizer_set_value(adam, 0, "beta2", 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "group 7", tw_optimizer_value(adam, 7, "lr", &value));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "same tensor", tw_optimizer_add_group(adam, &a, 1, NULL, 0, NULL, 0));

  set_gradient(a, 2);
  set_gradient(b, 2);
  OK(tw_optimizer_step(adam));
  CHECK(fabs(value_of(a) - 0.875) < 1e-8 && fabs(value_of(b) - 0.5) < 1e-8);

  // Another optimiser goes on from the state, to the bit.
  const char *names[6];
  tw_tensor_t tensors[6], c = leaf(value_of(a)), d = leaf(value_of(b)), pair[2];
  OK(tw_optimizer_state(adam, 6, names, tensors, &count));
  CHECK(count == 6 && strcmp(names[0], "0.step") == 0 && strcmp(names[4], "1.exp_avg") == 0);
  pair[0] = c;
  pair[1] = d;
  tw_optimizer_t other = NULL;
  OK(tw_adam_create(pair, 2, NULL, &other));
  OK(tw_optimizer_set_lr(other, 0.125));
  OK(tw_optimizer_load_state(other, names, 6, tensors, 6));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "names", tw_optimizer_load_state(other, names, 5, tensors, 6));
  set_gradient(c, 3);
  set_gradient(a, 3);
  OK(tw_optimizer_step(adam));
  OK(tw_optimizer_step(other));
  CHECK(value_of(a) == value_of(c));
  for (size_t i = 0; i < 6; i++)
    tw_tensor_release(tensors[i]);
  tw_optimizer_release(adam);
  tw_optimizer_release(other);
  tw_tensor_release(a);
  tw_tensor_release(b);
  tw_tensor_release(c);
  tw_tensor_release(d);
}

// (x - 3)^2, with its gradient.
static tw_status parabola(double *loss, void *user_data) {
  tw_tensor_t x = *(tw_tensor_t *)user_data;
  double distance = value_of(x) - 3;
  set_gradient(x, 2 * distance);
  *loss = distance * distance;
  return TW_OK;
}

static tw_status stops(double *loss, void *user_data) {
  (void)loss;
  (void)user_data;
  return TW_ERROR_CANCELLED;
}

static void quasi_newton(void) {
  tw_tensor_t x = leaf(-5);
  tw_lbfgs_options options;
  tw_optimizer_t optimizer = NULL;
  OK(tw_lbfgs_options_init(&options, sizeof options));
  options.strong_wolfe = 1;
  OK(tw_lbfgs_create(&x, 1, &options, &optimizer));
  double loss = 0;
  OK(tw_optimizer_step_closure(optimizer, parabola, &x, &loss));
  CHECK(loss == 64);
  CHECK(fabs(value_of(x) - 3) < 1e-6);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "closure", tw_optimizer_step(optimizer));
  FAILS(TW_ERROR_CANCELLED, "closure", tw_optimizer_step_closure(optimizer, stops, &x, &loss));
  CHECK(loss == 64);
  tw_optimizer_release(optimizer);
  tw_tensor_release(x);
}

static tw_status halves(int64_t epoch, size_t group, double *factor, void *user_data) {
  (void)group;
  (void)user_data;
  *factor = pow(0.5, (double)epoch);
  return epoch == 3 ? TW_ERROR_CANCELLED : TW_OK;
}

static int freed;
static void count_free(void *user_data) {
  (void)user_data;
  freed++;
}

static void schedules(void) {
  tw_tensor_t x = leaf(1);
  tw_optimizer_t sgd = NULL;
  OK(tw_sgd_create(&x, 1, NULL, &sgd));
  OK(tw_optimizer_set_lr(sgd, 1));
  tw_schedule_t parts[2] = {NULL}, both = NULL, lambda = NULL;
  OK(tw_linear_lr_create(sgd, 0.5, 1, 2, -1, &parts[0]));
  OK(tw_exponential_lr_create(sgd, 0.5, -1, &parts[1]));
  const int64_t milestones[1] = {2};
  OK(tw_sequential_lr_create(sgd, parts, 2, milestones, 1, -1, &both));
  const double expected[5] = {0.5, 0.75, 1, 0.5, 0.25};
  for (int i = 0; i < 5; i++) {
    double rate = 0, last = 0;
    int64_t epoch = -1;
    OK(tw_optimizer_lr(sgd, &rate));
    OK(tw_schedule_last_lr(both, 0, &last));
    OK(tw_schedule_last_epoch(both, &epoch));
    CHECK(near(rate, expected[i]) && rate == last && epoch == i);
    OK(tw_schedule_step(both));
  }
  size_t count = 0;
  OK(tw_schedule_state_count(both, &count));
  const char *name = NULL;
  double value = 0;
  OK(tw_schedule_state_at(both, count - 1, &name, &value));
  CHECK(strcmp(name, "_schedulers.1._last_lr.0") == 0 && value == 0.125);
  const char *const keys[1] = {"_schedulers.1.last_epoch"};
  value = 7;
  OK(tw_schedule_load_state(both, keys, 1, &value, 1));
  OK(tw_schedule_state_at(both, count - 3, &name, &value));
  CHECK(strcmp(name, keys[0]) == 0 && value == 7);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "metric", tw_schedule_step_metric(both, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "epoch", tw_schedule_step_to(both, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "group 1", tw_schedule_last_lr(both, 1, &value));
  FAILS(TW_ERROR_INVALID_HANDLE, "a schedule", tw_schedule_step((tw_schedule_t)sgd));

  OK(tw_lambda_lr_create(sgd, halves, NULL, count_free, -1, &lambda));
  OK(tw_schedule_step(lambda));
  OK(tw_schedule_step(lambda));
  FAILS(TW_ERROR_CANCELLED, "callback", tw_schedule_step(lambda));
  OK(tw_schedule_last_lr(lambda, 0, &value));
  CHECK(value == 0.25);
  tw_schedule_release(lambda);
  CHECK(freed == 1);

  const double low = 1, high = 3;
  tw_cyclic_options cycle;
  tw_schedule_t cyclic = NULL;
  OK(tw_cyclic_options_init(&cycle, sizeof cycle));
  cycle.step_size_up = 2;
  cycle.cycle_momentum = 0;
  OK(tw_cyclic_lr_create(sgd, &low, 1, &high, 1, &cycle, &cyclic));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "none that tw_cyclic_lr_create made",
        tw_cyclic_lr_set_scale(both, halves, 0, NULL, count_free));
  CHECK(freed == 1); // not freed where the call fails
  OK(tw_cyclic_lr_set_scale(cyclic, halves, 0, NULL, count_free));
  OK(tw_schedule_step(cyclic));
  OK(tw_schedule_step(cyclic));
  OK(tw_schedule_last_lr(cyclic, 0, &value));
  CHECK(near(value, 2)); // the top of the first cycle, at half height
  tw_schedule_release(cyclic);
  CHECK(freed == 2);

  tw_plateau_options options;
  OK(tw_plateau_options_init(&options, sizeof options));
  options.patience = 0;
  tw_schedule_t plateau = NULL;
  OK(tw_reduce_lr_on_plateau_create(sgd, NULL, 0, &options, &plateau));
  OK(tw_optimizer_set_lr(sgd, 1));
  OK(tw_schedule_step_metric(plateau, 1));
  OK(tw_schedule_step_metric(plateau, 1));
  OK(tw_optimizer_lr(sgd, &value));
  CHECK(near(value, 0.1));
  tw_schedule_release(plateau);
  tw_schedule_release(both);
  tw_schedule_release(parts[0]);
  tw_schedule_release(parts[1]);
  tw_optimizer_release(sgd);
  tw_tensor_release(x);
}

static void clipping(void) {
  tw_tensor_t p[3] = {leaf(1), leaf(1), leaf(1)};
  set_gradient(p[0], 12);
  set_gradient(p[1], -16);
  double norm = 0, norms[3] = {0};
  OK(tw_clip_grad_norm(p, 3, 10, 2, 0, &norm));
  CHECK(norm == 20 && gradient_of(p[0]) == 6 && gradient_of(p[1]) == -8);
  tw_tensor_t gradients[2];
  OK(tw_tensor_grad(p[0], &gradients[0]));
  OK(tw_tensor_grad(p[1], &gradients[1]));
  OK(tw_total_norm(gradients, 2, INFINITY, 0, &norm));
  CHECK(norm == 8);
  tw_tensor_release(gradients[0]);
  tw_tensor_release(gradients[1]);
  OK(tw_clip_grad_norm_per_tensor(p, 3, 7, 2, 0, norms));
  CHECK(norms[0] == 6 && norms[1] == 8 && norms[2] == 0 && gradient_of(p[1]) == -7);
  OK(tw_clip_grad_value(p, 3, 0.7));
  CHECK(gradient_of(p[0]) == 0.7 && gradient_of(p[1]) == -0.7);
  OK(tw_clip_grad_adaptive(p, 3, 0.5, 1e-3, 0, &norm));
  CHECK(near(norm, 0.7 * sqrt(2)) && gradient_of(p[1]) == -0.5);
  set_gradient(p[0], INFINITY);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "norm", tw_clip_grad_norm(p, 3, 1, 2, 1, &norm));
  CHECK(gradient_of(p[1]) == -0.5);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "limit", tw_clip_grad_value(p, 3, -1));
  tw_tensor_t average = leaf(0);
  OK(tw_tensor_set_requires_grad(average, 0));
  OK(tw_average_update(&average, 1, p, 1, 0.25));
  CHECK(value_of(average) == 0.25);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "averages", tw_average_update(&average, 1, p, 2, 0.25));
  tw_tensor_release(average);
  for (int i = 0; i < 3; i++)
    tw_tensor_release(p[i]);
}

int main(void) {
  rules();
  groups();
  quasi_newton();
  schedules();
  clipping();
  return checks_result();
}
