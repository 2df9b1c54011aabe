// An operation of one's own: Huber's function with a kernel in C, trained through like any other.
//
//   custom
//
// forward computes y = h(x), a plain loop over the tensor's memory; backward returns the gradient of x, in
// the library's operations, so that it can be differentiated again. The slope of a line through points with
// outliers is then found by gradient descent.
#include <math.h>

#include "example.h"

typedef struct {
  double delta;
} huber;

static tw_status forward(tw_context_t context, const tw_tensor_t *inputs, size_t input_count,
                         tw_tensor_t *outputs, size_t output_count, void *user_data) {
  double delta = ((huber *)user_data)->delta;
  tw_tensor_t x = NULL;
  void *data = NULL;
  int64_t count = 0;
  (void)input_count;
  (void)output_count;
  tw_status status = tw_context_save(context, inputs[0]);
  if (status == TW_OK)
    status = tw_tensor_clone(inputs[0], &x); // rows without gaps, ours to change
  if (status == TW_OK)
    status = tw_tensor_numel(x, &count);
  if (status == TW_OK)
    status = tw_tensor_data(x, &data);
  if (status != TW_OK) {
    tw_tensor_release(x);
    return status;
  }
  double *v = data;
  for (int64_t i = 0; i < count; i++)
    v[i] = fabs(v[i]) <= delta ? 0.5 * v[i] * v[i] : delta * (fabs(v[i]) - 0.5 * delta);
  outputs[0] = x;
  return TW_OK;
}

// h'(x) is x, no larger than delta.
static tw_status backward(tw_context_t context, const tw_tensor_t *output_gradients, size_t output_count,
                          tw_tensor_t *input_gradients, size_t input_count, void *user_data) {
  double delta = ((huber *)user_data)->delta;
  tw_tensor_t x = NULL, slope = NULL;
  (void)output_count;
  (void)input_count;
  tw_status status = tw_context_saved(context, 0, &x);
  if (status == TW_OK)
    status = tw_tensor_hardtanh(x, -delta, delta, &slope);
  if (status == TW_OK)
    status = tw_tensor_mul(output_gradients[0], slope, input_gradients);
  tw_tensor_release(x);
  tw_tensor_release(slope);
  return status;
}

static void forget(void *user_data) { free(user_data); }

static tw_tensor_t huber_of(tw_tensor_t x, double delta) {
  huber *h = malloc(sizeof *h);
  tw_tensor_t y = NULL;
  if (h == NULL)
    exit(1);
  h->delta = delta;
  MUST(tw_custom_apply("huber", forward, backward, &x, 1, 1, h, forget, &y));
  return y;
}

int main(void) {
  enum { COUNT = 40 };
  double x[COUNT], y[COUNT];
  for (int i = 0; i < COUNT; i++) {
    x[i] = (double)i / COUNT;
    y[i] = i % 10 == 9 ? 30 : 2 * x[i]; // every tenth point is far off the line of slope 2
  }
  const int64_t shape[1] = {COUNT};
  tw_tensor_t points = NULL, wanted = NULL, slope = NULL;
  MUST(tw_tensor_from_data(x, TW_FLOAT64, shape, 1, &points));
  MUST(tw_tensor_from_data(y, TW_FLOAT64, shape, 1, &wanted));
  const double deltas[2] = {1e3, 0.1};
  for (int k = 0; k < 2; k++) {
    MUST(tw_tensor_zeros(NULL, 0, TW_FLOAT64, &slope));
    MUST(tw_tensor_set_requires_grad(slope, 1));
    tw_sgd_options options;
    tw_optimizer_t sgd = NULL;
    MUST(tw_sgd_options_init(&options, sizeof options));
    options.lr = 1;
    MUST(tw_sgd_create(&slope, 1, &options, &sgd));
    for (int step = 0; step < 500; step++) {
      tw_tensor_t value = NULL;
      MUST(tw_optimizer_zero_grad(sgd));
      MUST(tw_tensor_mul(points, slope, &value));
      tw_tensor_t difference = NULL;
      MUST(tw_tensor_sub(value, wanted, &difference));
      replace(&value, huber_of(difference, deltas[k]));
      replace(&difference, NULL);
      MUST(tw_tensor_mean(value, NULL, 0, 0, &difference));
      MUST(tw_tensor_backward(difference, NULL, 0, 0));
      MUST(tw_optimizer_step(sgd));
      tw_tensor_release(value);
      tw_tensor_release(difference);
    }
    printf("delta %-5g slope %.3f\n", deltas[k], number(slope));
    tw_optimizer_release(sgd);
    replace(&slope, NULL);
  }
  tw_tensor_release(points);
  tw_tensor_release(wanted);
  return 0;
}
