// Volumes: convolution and pooling layers and functions; poolings with a norm, with fractions, and back.
#include "check.h"

static tw_tensor_t counting(const int64_t *shape, size_t rank) {
  float values[64];
  int64_t count = 1;
  for (size_t i = 0; i < rank; i++)
    count *= shape[i];
  for (int64_t i = 0; i < count; i++)
    values[i] = (float)i;
  return tensor_of(values, shape, rank);
}

static void convolution(void) {
  const int64_t shape[5] = {1, 1, 2, 3, 3}, ones[5] = {1, 1, 2, 2, 2}, kernel[3] = {2, 2, 2};
  tw_conv3d_options options;
  tw_module_t layer = NULL, back = NULL;
  tw_tensor_t x = counting(shape, 5), weight = NULL, y = NULL;
  const float w[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  weight = tensor_of(w, ones, 5);
  OK(tw_tensor_conv3d(x, weight, NULL, NULL, NULL, NULL, 1, &y));
  CHECK(holds(y, (const float[]){52, 60, 76, 84}, 4));
  tw_tensor_t wide = NULL;
  OK(tw_tensor_conv_transpose3d(y, weight, NULL, NULL, NULL, NULL, 1, NULL, &wide));
  CHECK(holds(
      wide, (const float[]){52, 112, 60, 128, 272, 144, 76, 160, 84, 52, 112, 60, 128, 272, 144, 76, 160, 84},
      18));
  tw_tensor_release(wide);
  wide = NULL;
  OK(tw_tensor_conv3d_same(x, weight, NULL, NULL, 1, &wide));
  int64_t numel = 0;
  OK(tw_tensor_numel(wide, &numel));
  CHECK(numel == 18);
  OK(tw_conv3d_options_init(&options, sizeof options));
  CHECK(options.stride[2] == 1 && options.groups == 1 && options.padding_mode == TW_PAD_CONSTANT);
  options.padding[0] = 1;
  options.padding_mode = TW_PAD_CIRCULAR;
  OK(tw_conv3d_create(1, 4, kernel, &options, &layer));
  tw_tensor_t made = NULL;
  OK(tw_module_forward(layer, x, &made));
  OK(tw_tensor_numel(made, &numel));
  CHECK(numel == 4 * 3 * 2 * 2);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "without mode", tw_conv_transpose3d_create(1, 4, kernel, &options, &back));
  options.padding_mode = 9;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "padding_mode 9", tw_conv3d_create(1, 4, kernel, &options, &back));
  FAILS(TW_ERROR_SHAPE, "conv3d", tw_tensor_conv3d(x, weight, NULL, NULL, NULL, NULL, 2, &made));
  OK(tw_conv_transpose3d_create(1, 4, kernel, NULL, &back));
  CHECK(back != NULL);
  tw_module_release(layer);
  tw_module_release(back);
  tw_tensor_release(x);
  tw_tensor_release(weight);
  tw_tensor_release(y);
  tw_tensor_release(wide);
  tw_tensor_release(made);
}

static void pooling(void) {
  const int64_t shape[4] = {1, 2, 2, 4}, kernel[3] = {2, 1, 2}, two[3] = {1, 2, 2};
  tw_pool3d_options options;
  tw_tensor_t x = counting(shape, 4), y = NULL, indices = NULL, back = NULL;
  OK(tw_tensor_max_pool3d_with_indices(x, kernel, NULL, NULL, NULL, 0, &y, &indices));
  CHECK(holds(y, (const float[]){9, 11, 13, 15}, 4));
  OK(tw_tensor_max_unpool(y, indices, &shape[1], 3, &back));
  CHECK(holds(back, (const float[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 11, 0, 13, 0, 15}, 16));
  tw_tensor_release(y);
  tw_module_t layer = NULL;
  OK(tw_pool3d_options_init(&options, sizeof options));
  options.divisor_override = 2;
  OK(tw_avg_pool3d_create(kernel, &options, &layer));
  OK(tw_module_forward(layer, x, &y));
  CHECK(holds(y, (const float[]){9, 13, 17, 21}, 4));
  tw_module_release(layer);
  tw_tensor_release(y);
  OK(tw_adaptive_avg_pool3d_create(two, &layer));
  OK(tw_module_forward(layer, x, &y));
  CHECK(holds(y, (const float[]){4.5f, 6.5f, 8.5f, 10.5f}, 4));
  tw_module_release(layer);
  tw_tensor_release(y);
  OK(tw_lp_pool_create(1, kernel, 3, NULL, 0, 0, &layer));
  OK(tw_module_forward(layer, x, &y));
  CHECK(holds(y, (const float[]){18, 26, 34, 42}, 4));
  tw_module_release(layer);
  tw_tensor_release(y);
  layer = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "1 to 3", tw_lp_pool_create(1, kernel, 0, NULL, 0, 0, &layer));
  const double half = 0.5;
  OK(tw_fractional_max_pool_create(two, 3, NULL, 0, &half, 1, &layer));
  OK(tw_module_forward(layer, x, &y));
  int64_t numel = 0;
  OK(tw_tensor_numel(y, &numel));
  CHECK(numel == 2);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "one of output_size and output_ratio",
        tw_fractional_max_pool_create(two, 3, two, 3, &half, 1, &layer));
  tw_module_release(layer);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(indices);
  tw_tensor_release(back);
}

int main(void) {
  convolution();
  pooling();
  return checks_result();
}
