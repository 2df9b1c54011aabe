// Convolution, pooling and dropout, as operations and as layers.
#include "check.h"

static void operations(void) {
  const int64_t shape[4] = {1, 1, 3, 3}, filter[4] = {1, 1, 2, 2}, two[2] = {2, 2}, one[2] = {1, 1};
  const int64_t none[2] = {0, 0}, wide[2] = {4, 4};
  tw_tensor_t x = tensor_of((const float[]){1, 2, 3, 4, 5, 6, 7, 8, 9}, shape, 4);
  tw_tensor_t w = tensor_of((const float[]){1, 0, 0, -1}, filter, 4);
  const int64_t count = 1;
  tw_tensor_t b = tensor_of((const float[]){10}, &count, 1), y = NULL;
  OK(tw_tensor_conv2d(x, w, b, NULL, NULL, NULL, 1, &y));
  CHECK(holds(y, (const float[]){6, 6, 6, 6}, 4));
  tw_tensor_release(y);
  OK(tw_tensor_conv2d(x, w, NULL, two, one, one, 1, &y));
  CHECK(holds(y, (const float[]){-1, -3, -7, -4}, 4));
  tw_tensor_release(y);
  OK(tw_tensor_max_pool2d(x, two, one, NULL, NULL, 0, &y));
  CHECK(holds(y, (const float[]){5, 6, 8, 9}, 4));
  tw_tensor_release(y);
  OK(tw_tensor_avg_pool2d(x, two, NULL, NULL, 1, 1, 0, &y));
  CHECK(holds(y, (const float[]){3, 4.5f, 7.5f, 9}, 4));
  tw_tensor_release(y);
  tw_tensor_t places = NULL;
  OK(tw_tensor_max_pool2d_with_indices(x, two, one, NULL, NULL, 0, &y, &places));
  int64_t place = 0;
  tw_tensor_t corner = NULL;
  OK(tw_tensor_amin(places, NULL, 0, 0, &corner));
  OK(tw_tensor_item_int64(corner, &place));
  CHECK(place == 4 && holds(y, (const float[]){5, 6, 8, 9}, 4));
  tw_tensor_release(corner);
  tw_tensor_release(places);
  tw_tensor_release(y);
  OK(tw_tensor_conv2d_same(x, w, NULL, NULL, 1, &y));
  CHECK(holds(y, (const float[]){-4, -4, 3, -4, -4, 6, 7, 8, 9}, 9));
  tw_tensor_release(y);
  OK(tw_tensor_conv_transpose2d(x, w, NULL, two, one, one, 1, NULL, &y));
  CHECK(holds(
      y, (const float[]){-1, 0, -2, 0, -3, 0, 5, 0, 6, 0, -4, 0, -5, 0, -6, 0, 8, 0, 9, 0, -7, 0, -8, 0, -9},
      25));
  tw_tensor_release(y);
  const int64_t open[2] = {1, -1};
  OK(tw_tensor_adaptive_avg_pool2d(x, open, &y));
  CHECK(holds(y, (const float[]){4, 5, 6}, 3));
  tw_tensor_release(y);
  OK(tw_tensor_dropout(x, 1, 1, NULL, &y));
  CHECK(holds(y, (const float[]){0, 0, 0, 0, 0, 0, 0, 0, 0}, 9));
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "stride is [0, 0]", tw_tensor_conv2d(x, w, b, none, NULL, NULL, 1, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "groups is 0", tw_tensor_conv2d(x, w, b, NULL, NULL, NULL, 0, &y));
  FAILS(TW_ERROR_SHAPE, "conv2d: the kernel [2, 2]", tw_tensor_conv2d(x, w, b, NULL, NULL, wide, 1, &y));
  FAILS(TW_ERROR_SHAPE, "max_pool2d: the kernel [4, 4]",
        tw_tensor_max_pool2d(x, wide, NULL, NULL, NULL, 0, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "probability", tw_tensor_dropout(x, 2, 1, NULL, &y));
  CHECK(y == NULL);
  tw_tensor_release(x);
  tw_tensor_release(w);
  tw_tensor_release(b);
}

static void layers(void) {
  const int64_t shape[4] = {2, 3, 8, 8}, three[2] = {3, 3}, two[2] = {2, 2};
  tw_module_t children[4] = {NULL}, net = NULL;
  tw_conv2d_options options;
  OK(tw_conv2d_options_init(&options, sizeof options));
  CHECK(options.stride[0] == 1 && options.dilation[1] == 1 && options.groups == 1 && options.bias == 1);
  options.same_padding = 1;
  OK(tw_conv2d_create(3, 4, three, &options, &children[0]));
  tw_pool2d_options pool;
  OK(tw_pool2d_options_init(&pool, sizeof pool));
  OK(tw_max_pool2d_create(two, &pool, &children[1]));
  OK(tw_avg_pool2d_create(two, NULL, &children[2]));
  OK(tw_dropout_create(0.5, &children[3]));
  OK(tw_sequential_create(children, 4, &net));
  OK(tw_module_train(net, 0));
  tw_tensor_t x = NULL, y = NULL;
  OK(tw_tensor_ones(shape, 4, TW_FLOAT32, &x));
  OK(tw_module_forward(net, x, &y));
  int64_t result[4] = {0};
  OK(tw_tensor_shape(y, result, 4));
  CHECK(result[0] == 2 && result[1] == 4 && result[2] == 2 && result[3] == 2);
  options.stride[0] = 2;
  tw_module_t module = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "'same'", tw_conv2d_create(3, 4, three, &options, &module));
  pool.dilation[0] = 2;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "dilation", tw_avg_pool2d_create(two, &pool, &module));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "NULL", tw_max_pool2d_create(NULL, &pool, &module));
  CHECK(module == NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_module_release(net);
  for (int i = 0; i < 4; i++)
    tw_module_release(children[i]);
}

static void sequences(void) {
  const int64_t shape[3] = {1, 1, 4}, filter[3] = {1, 1, 2};
  tw_tensor_t x = tensor_of((const float[]){1, 2, 3, 5}, shape, 3), y = NULL;
  tw_tensor_t w = tensor_of((const float[]){1, -1}, filter, 3);
  OK(tw_tensor_conv1d(x, w, NULL, 1, 1, 1, 1, &y));
  CHECK(holds(y, (const float[]){-1, -1, -1, -2, 5}, 5));
  tw_tensor_release(y);
  OK(tw_tensor_conv1d_same(x, w, NULL, 2, 1, &y));
  CHECK(holds(y, (const float[]){-2, -2, -3, 3}, 4));
  tw_tensor_release(y);
  OK(tw_tensor_conv_transpose1d(x, w, NULL, 2, 0, 1, 1, 1, &y));
  CHECK(holds(y, (const float[]){1, -1, 2, -2, 3, -3, 5, -5, 0}, 9));
  tw_tensor_release(y);
  OK(tw_tensor_max_pool1d(x, 2, 0, 0, 1, 0, &y));
  CHECK(holds(y, (const float[]){2, 5}, 2));
  tw_tensor_release(y);
  OK(tw_tensor_avg_pool1d(x, 2, 1, 1, 0, 0, &y));
  CHECK(holds(y, (const float[]){1, 1.5f, 2.5f, 4, 5}, 5));
  tw_tensor_release(y);
  OK(tw_tensor_adaptive_max_pool1d(x, 3, &y));
  CHECK(holds(y, (const float[]){2, 3, 5}, 3));
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "stride is [0]", tw_tensor_conv1d(x, w, NULL, 0, 0, 1, 1, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "output_size", tw_tensor_adaptive_avg_pool1d(x, -1, &y));
  CHECK(y == NULL);

  tw_conv1d_options options;
  OK(tw_conv1d_options_init(&options, sizeof options));
  options.stride = 2;
  tw_module_t layers[3] = {NULL}, net = NULL, module = NULL;
  OK(tw_conv1d_create(1, 3, 2, NULL, &layers[0]));
  OK(tw_conv_transpose1d_create(3, 2, 2, &options, &layers[1]));
  OK(tw_adaptive_avg_pool1d_create(5, &layers[2]));
  OK(tw_sequential_create(layers, 3, &net));
  OK(tw_module_forward(net, x, &y));
  int64_t result[3] = {0};
  OK(tw_tensor_shape(y, result, 3));
  CHECK(result[0] == 1 && result[1] == 2 && result[2] == 5);
  options.same_padding = 1;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "'same'", tw_conv_transpose1d_create(3, 2, 2, &options, &module));
  options.output_padding = 1;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "output_padding", tw_conv1d_create(3, 2, 2, &options, &module));
  CHECK(module == NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(w);
  tw_module_release(net);
  for (int i = 0; i < 3; i++)
    tw_module_release(layers[i]);
}

int main(void) {
  operations();
  sequences();
  layers();
  return checks_result();
}
