// Initialisation in place: bounds, equal seeds, gains, and what is refused.
#include "check.h"

int main(void) {
  const int64_t shape[2] = {20, 30};
  tw_tensor_t a = NULL, b = NULL, vector = NULL, labels = NULL;
  OK(tw_tensor_empty(shape, 2, TW_FLOAT32, &a));
  OK(tw_tensor_empty(shape, 2, TW_FLOAT32, &b));
  OK(tw_tensor_empty(shape, 1, TW_FLOAT32, &vector));
  OK(tw_tensor_zeros(shape, 1, TW_INT64, &labels));

  // Equal seeds give equal bits.
  tw_generator_t first = NULL, second = NULL;
  OK(tw_generator_create(5, &first));
  OK(tw_generator_create(5, &second));
  OK(tw_init_kaiming_uniform(a, 0, TW_FAN_IN, TW_NONLINEARITY_RELU, first));
  OK(tw_init_kaiming_uniform(b, 0, TW_FAN_IN, TW_NONLINEARITY_RELU, second));
  float values[600], others[600];
  OK(tw_tensor_copy_to(a, values, sizeof values));
  OK(tw_tensor_copy_to(b, others, sizeof others));
  CHECK(memcmp(values, others, sizeof values) == 0);
  float largest = 0;
  for (int i = 0; i < 600; i++)
    largest = fmaxf(largest, fabsf(values[i]));
  const double bound = sqrt(6.0 / 30);
  CHECK(largest <= bound + 1e-6 && largest > 0.97 * bound);

  OK(tw_init_uniform(a, 2, 3, NULL));
  OK(tw_tensor_copy_to(a, values, sizeof values));
  for (int i = 0; i < 600; i++)
    CHECK(values[i] >= 2 && values[i] < 3);
  OK(tw_init_normal(a, 0, 1, NULL));
  OK(tw_init_xavier_uniform(a, 1, NULL));
  OK(tw_init_xavier_normal(a, 1, first));
  OK(tw_init_kaiming_normal(a, 0, TW_FAN_OUT, TW_NONLINEARITY_LEAKY_RELU, NULL));
  OK(tw_init_constant(vector, 0.5));
  OK(tw_tensor_copy_to(vector, values, 20 * sizeof *values));
  CHECK(values[0] == 0.5f && values[19] == 0.5f);

  double gain = 0;
  OK(tw_init_gain(TW_NONLINEARITY_TANH, 0, &gain));
  CHECK(gain == 5.0 / 3);
  OK(tw_init_gain(TW_NONLINEARITY_LEAKY_RELU, 1, &gain));
  CHECK(gain == 1);

  FAILS(TW_ERROR_SHAPE, "[20]", tw_init_xavier_normal(vector, 1, NULL));
  FAILS(TW_ERROR_DTYPE, "int64", tw_init_constant(labels, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "interval", tw_init_uniform(a, 1, 0, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "deviation", tw_init_normal(a, 0, NAN, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "fan_mode", tw_init_kaiming_normal(a, 0, 2, TW_NONLINEARITY_RELU, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "nonlinearity", tw_init_kaiming_normal(a, 0, TW_FAN_IN, -1, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "nonlinearity", tw_init_gain(6, 0, &gain));
  CHECK(gain == 1);

  tw_generator_release(first);
  tw_generator_release(second);
  tw_tensor_release(a);
  tw_tensor_release(b);
  tw_tensor_release(vector);
  tw_tensor_release(labels);
  return checks_result();
}
