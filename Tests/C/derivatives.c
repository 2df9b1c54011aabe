// Jacobians, Hessians, checks of derivatives, hooks and anomaly mode through the C interface.
#include "check.h"

static tw_status cube(const tw_tensor_t *inputs, size_t count, tw_tensor_t *output, void *user_data) {
  tw_tensor_t square = NULL;
  ++*(int *)user_data;
  CHECK(count == 1);
  tw_status status = tw_tensor_mul(inputs[0], inputs[0], &square);
  if (status == TW_OK)
    status = tw_tensor_mul(square, inputs[0], output);
  tw_tensor_release(square);
  return status;
}

static tw_status half_of_square(const tw_tensor_t *inputs, size_t count, tw_tensor_t *output,
                                void *user_data) {
  tw_tensor_t constant = NULL;
  (void)count;
  (void)user_data;
  tw_status status = tw_tensor_detach(inputs[0], &constant);
  if (status == TW_OK)
    status = tw_tensor_mul(constant, inputs[0], output);
  tw_tensor_release(constant);
  return status;
}

static tw_status refuse(const tw_tensor_t *inputs, size_t count, tw_tensor_t *output, void *user_data) {
  (void)inputs, (void)count, (void)output, (void)user_data;
  return TW_ERROR_CANCELLED;
}

static tw_status double_it(tw_tensor_t gradient, tw_tensor_t *replacement, void *user_data) {
  ++*(int *)user_data;
  return tw_tensor_add(gradient, gradient, replacement);
}

static void count_destroyed(void *user_data) { *(int *)user_data += 100; }

static void place(char *buffer, size_t size, void *user_data) {
  snprintf(buffer, size, "%s", (const char *)user_data);
}

static void matrices(void) {
  const double values[2] = {2, 3}, ones[2] = {1, 1};
  const int64_t shape[1] = {2};
  tw_tensor_t x = NULL, y = NULL, total = NULL, v = NULL, out[2] = {NULL}, found[1] = {NULL};
  OK(tw_tensor_from_data(values, TW_FLOAT64, shape, 1, &x));
  OK(tw_tensor_from_data(ones, TW_FLOAT64, shape, 1, &v));
  OK(tw_tensor_set_requires_grad(x, 1));
  OK(tw_tensor_mul(x, x, &y));
  double data[4];
  OK(tw_jacobian(y, &x, 1, 0, out));
  OK(tw_tensor_copy_to(out[0], data, sizeof data));
  CHECK(data[0] == 4 && data[1] == 0 && data[2] == 0 && data[3] == 6);
  tw_tensor_release(out[0]);
  OK(tw_vjp(&y, 1, &x, 1, &v, 0, out));
  OK(tw_jvp(&y, 1, &x, 1, &v, 0, found));
  OK(tw_tensor_copy_to(out[0], data, 2 * sizeof *data));
  OK(tw_tensor_copy_to(found[0], data + 2, 2 * sizeof *data));
  CHECK(data[0] == 4 && data[1] == 6 && data[2] == 4 && data[3] == 6);
  tw_tensor_release(out[0]);
  tw_tensor_release(found[0]);
  OK(tw_tensor_sum(y, NULL, 0, 0, &total));
  OK(tw_hessian(total, &x, 1, 0, out));
  OK(tw_hvp(total, &x, 1, &v, 0, found));
  OK(tw_tensor_copy_to(out[0], data, sizeof data));
  CHECK(data[0] == 2 && data[1] == 0 && data[3] == 2);
  OK(tw_tensor_copy_to(found[0], data, 2 * sizeof *data));
  CHECK(data[0] == 2 && data[1] == 2);
  tw_tensor_release(out[0]);
  tw_tensor_release(found[0]);
  found[0] = NULL;
  FAILS(TW_ERROR_AUTOGRAD, "scalar", tw_hvp(y, &x, 1, &v, 0, found));
  CHECK(found[0] == NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(v);
  tw_tensor_release(total);
}

static void checks(void) {
  const double values[2] = {2, 3};
  const int64_t shape[1] = {2};
  int calls = 0;
  tw_tensor_t x = NULL;
  tw_gradcheck_options options;
  OK(tw_tensor_from_data(values, TW_FLOAT64, shape, 1, &x));
  OK(tw_gradcheck(cube, &x, 1, NULL, &calls));
  CHECK(calls == 5);
  OK(tw_gradcheck_options_init(&options, sizeof options));
  options.rtol = 1e-6;
  OK(tw_gradgradcheck(cube, &x, 1, &options, &calls));
  FAILS(TW_ERROR_AUTOGRAD, "differences", tw_gradcheck(half_of_square, &x, 1, NULL, NULL));
  FAILS(TW_ERROR_CANCELLED, "status", tw_gradcheck(refuse, &x, 1, NULL, NULL));
  options.eps = 0;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "eps", tw_gradcheck(cube, &x, 1, &options, &calls));
  tw_tensor_release(x);
}

static void hooks(void) {
  const double three = 3;
  int calls = 0;
  int64_t hook = 0;
  tw_tensor_t x = NULL, y = NULL, gradient = NULL;
  OK(tw_tensor_from_data(&three, TW_FLOAT64, NULL, 0, &x));
  FAILS(TW_ERROR_AUTOGRAD, "require", tw_tensor_register_hook(x, double_it, &calls, count_destroyed, &hook));
  CHECK(calls == 0);
  OK(tw_tensor_set_requires_grad(x, 1));
  OK(tw_tensor_register_hook(x, double_it, &calls, count_destroyed, &hook));
  OK(tw_tensor_mul(x, x, &y));
  OK(tw_tensor_retain_grad(y));
  OK(tw_tensor_backward(y, NULL, 0, 0));
  CHECK(calls == 1);
  OK(tw_tensor_grad(x, &gradient));
  CHECK(item_of(gradient) == 12);
  tw_tensor_release(gradient);
  OK(tw_tensor_grad(y, &gradient));
  CHECK(item_of(gradient) == 1);
  tw_tensor_release(gradient);
  OK(tw_tensor_remove_hook(x, hook));
  CHECK(calls == 101);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no hook", tw_tensor_remove_hook(x, hook));
  tw_tensor_release(x);
  tw_tensor_release(y);
}

static void anomalies(void) {
  const float zero = 0;
  int32_t previous = 1;
  tw_tensor_t x = NULL, y = NULL;
  OK(tw_tensor_from_data(&zero, TW_FLOAT32, NULL, 0, &x));
  OK(tw_set_detect_anomaly(1, &previous));
  CHECK(previous == 0);
  OK(tw_set_call_site_callback(place, "model.c:12"));
  FAILS(TW_ERROR_AUTOGRAD, "model.c:12", tw_tensor_log(x, &y));
  CHECK(strstr(tw_last_error(), "log: made Inf"));
  OK(tw_set_call_site_callback(NULL, NULL));
  OK(tw_set_detect_anomaly(0, NULL));
  OK(tw_tensor_log(x, &y));
  tw_tensor_release(x);
  tw_tensor_release(y);
}

int main(void) {
  matrices();
  checks();
  hooks();
  anomalies();
  return checks_result();
}
