// Operations of the caller's own, and checkpointed functions, through the C interface.
#include "check.h"

typedef struct {
  int forwards, backwards, destroyed;
  tw_status failure; // what the callback in question returns
} counts;

static void destroy(void *user_data) { ((counts *)user_data)->destroyed++; }

// ---------------------------------------------------------------------------------------------------------
// (x, y) -> x y and x + y, in the library's operations, so that it can be differentiated twice.

static tw_status both(tw_context_t context, const tw_tensor_t *inputs, size_t input_count,
                      tw_tensor_t *outputs, size_t output_count, void *user_data) {
  counts *seen = user_data;
  int32_t recording = 1, needed = 0;
  seen->forwards++;
  CHECK(input_count == 2 && output_count == 2);
  if (seen->failure != TW_OK)
    return seen->failure;
  OK(tw_is_grad_enabled(&recording));
  CHECK(recording == 0);
  OK(tw_context_needs_gradient(context, 0, &needed));
  CHECK(needed == 1);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "there is no input 2", tw_context_needs_gradient(context, 2, &needed));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "impossible", tw_context_needs_gradient(context, SIZE_MAX, &needed));
  tw_tensor_t early = NULL;
  FAILS(TW_ERROR_AUTOGRAD, "belongs in backward", tw_context_saved(context, 0, &early));
  OK(tw_context_save(context, inputs[0]));
  OK(tw_context_save(context, inputs[1]));
  OK(tw_tensor_mul(inputs[0], inputs[1], &outputs[0]));
  return tw_tensor_add(inputs[0], inputs[1], &outputs[1]);
}

static tw_status both_backward(tw_context_t context, const tw_tensor_t *output_gradients, size_t output_count,
                               tw_tensor_t *input_gradients, size_t input_count, void *user_data) {
  counts *seen = user_data;
  tw_tensor_t saved[2] = {NULL, NULL}, product = NULL;
  size_t count = 0;
  seen->backwards++;
  CHECK(input_count == 2 && output_count == 2);
  if (seen->failure != TW_OK)
    return seen->failure;
  OK(tw_context_saved_count(context, &count));
  CHECK(count == 2);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no saved tensor 2", tw_context_saved(context, 2, &product));
  FAILS(TW_ERROR_AUTOGRAD, "belongs in forward", tw_context_save(context, output_gradients[0]));
  tw_status status = TW_OK;
  for (size_t i = 0; i < 2 && status == TW_OK; i++)
    status = tw_context_saved(context, i, &saved[i]);
  for (size_t i = 0; i < 2 && status == TW_OK; i++) {
    int32_t needed = 0;
    status = tw_context_needs_gradient(context, i, &needed);
    if (!needed)
      continue;
    if (status == TW_OK)
      status = tw_tensor_mul(output_gradients[0], saved[1 - i], &product);
    if (status == TW_OK)
      status = tw_tensor_add(product, output_gradients[1], &input_gradients[i]);
    tw_tensor_release(product);
    product = NULL;
  }
  tw_tensor_release(saved[0]);
  tw_tensor_release(saved[1]);
  return status;
}

static tw_tensor_t leaf_of(const float *values, int64_t count) {
  tw_tensor_t x = tensor_of(values, &count, 1);
  OK(tw_tensor_set_requires_grad(x, 1));
  return x;
}

static void test_gradients(void) {
  counts seen = {0, 0, 0, TW_OK};
  tw_tensor_t xy[2] = {leaf_of((float[]){1, 2}, 2), leaf_of((float[]){3, 5}, 2)}, out[2] = {NULL, NULL};
  OK(tw_custom_apply("both", both, both_backward, xy, 2, 2, &seen, destroy, out));
  CHECK(holds(out[0], (float[]){3, 10}, 2) && holds(out[1], (float[]){4, 7}, 2));
  CHECK(seen.forwards == 1 && seen.backwards == 0 && seen.destroyed == 0);

  // Of the second output alone: the first one's gradient is zeros.
  tw_tensor_t ones = NULL, found[2] = {NULL, NULL}, second[1] = {NULL};
  OK(tw_tensor_from_data((float[]){1, 1}, TW_FLOAT32, (int64_t[]){2}, 1, &ones));
  OK(tw_grad(&out[1], 1, xy, 2, &ones, 1, 0, 0, found));
  CHECK(holds(found[0], (float[]){1, 1}, 2) && holds(found[1], (float[]){1, 1}, 2));
  tw_tensor_release(found[0]);
  tw_tensor_release(found[1]);

  // Twice: d/dy of d(xy)/dx.
  OK(tw_grad(&out[0], 1, xy, 1, &ones, 1, 1, 0, found));
  CHECK(holds(found[0], (float[]){3, 5}, 2));
  OK(tw_grad(found, 1, &xy[1], 1, &ones, 0, 0, 0, second));
  CHECK(holds(second[0], (float[]){1, 1}, 2));
  CHECK(seen.backwards == 2);

  // Input gradients that leaves accumulate are their own.
  OK(tw_tensor_backward(out[0], ones, 0, 0));
  tw_tensor_t gradient = NULL;
  OK(tw_tensor_grad(xy[0], &gradient));
  CHECK(holds(gradient, (float[]){3, 5}, 2));
  tw_tensor_release(gradient);
  FAILS(TW_ERROR_AUTOGRAD, "both is part of", tw_tensor_backward(out[0], ones, 0, 0));

  tw_tensor_release(second[0]);
  tw_tensor_release(found[0]);
  tw_tensor_release(out[0]);
  tw_tensor_release(out[1]);
  tw_tensor_release(ones);
  CHECK(seen.destroyed == 1);
  tw_tensor_release(xy[0]);
  tw_tensor_release(xy[1]);
}

static void test_failures(void) {
  counts seen = {0, 0, 0, TW_OK};
  tw_tensor_t xy[2] = {leaf_of((float[]){1, 2}, 2), leaf_of((float[]){3, 5}, 2)}, out[2] = {NULL, NULL};
  FAILS(TW_ERROR_INVALID_ARGUMENT, "output_count is 0",
        tw_custom_apply("both", both, both_backward, xy, 2, 0, &seen, destroy, out));
  seen.failure = 77;
  FAILS(TW_ERROR_CANCELLED, "forward of both: the callback returned status 77",
        tw_custom_apply("both", both, both_backward, xy, 2, 2, &seen, destroy, out));
  CHECK(out[0] == NULL && seen.destroyed == 0);

  // Unrecorded, the data is given back at once.
  seen.failure = TW_OK;
  int32_t before;
  OK(tw_set_grad_enabled(0, &before));
  OK(tw_custom_apply("both", both, both_backward, xy, 2, 2, &seen, destroy, out));
  OK(tw_set_grad_enabled(before, NULL));
  CHECK(seen.destroyed == 1);
  tw_tensor_release(out[0]);
  tw_tensor_release(out[1]);

  OK(tw_custom_apply("both", both, both_backward, xy, 2, 2, &seen, destroy, out));
  tw_tensor_t sum = NULL;
  OK(tw_tensor_sum(out[0], NULL, 0, 0, &sum));
  seen.failure = TW_ERROR_CANCELLED;
  FAILS(TW_ERROR_CANCELLED, "backward of both", tw_tensor_backward(sum, NULL, 1, 0));
  // A saved tensor that was changed in place.
  seen.failure = TW_OK;
  OK(tw_set_grad_enabled(0, &before));
  OK(tw_tensor_fill(xy[1], 7));
  OK(tw_set_grad_enabled(before, NULL));
  FAILS(TW_ERROR_AUTOGRAD, "both needs one of its tensors", tw_tensor_backward(sum, NULL, 0, 0));
  tw_tensor_release(sum);
  tw_tensor_release(out[0]);
  tw_tensor_release(out[1]);
  CHECK(seen.destroyed == 2);
  tw_tensor_release(xy[0]);
  tw_tensor_release(xy[1]);
}

// ---------------------------------------------------------------------------------------------------------
// Checkpoints

static tw_status noisy(const tw_tensor_t *inputs, size_t input_count, tw_tensor_t *outputs,
                       size_t output_count, void *user_data) {
  tw_tensor_t dropped = NULL, curved = NULL;
  CHECK(input_count == 1 && output_count == 1);
  ((counts *)user_data)->forwards++;
  tw_status status = tw_tensor_dropout(inputs[0], 0.5, 1, NULL, &dropped);
  if (status == TW_OK)
    status = tw_tensor_exp(dropped, &curved);
  if (status == TW_OK)
    status = tw_tensor_mul(curved, inputs[0], outputs);
  tw_tensor_release(dropped);
  tw_tensor_release(curved);
  return status;
}

enum { SIZE = 32 };

static tw_tensor_t gradient_of_noisy(int checkpointed, counts *seen) {
  float values[SIZE];
  for (int i = 0; i < SIZE; i++)
    values[i] = 0.1f * (float)i - 1;
  tw_tensor_t x = leaf_of(values, SIZE), y = NULL, sum = NULL, gradient = NULL;
  OK(tw_manual_seed(5));
  if (checkpointed)
    OK(tw_checkpointed(noisy, &x, 1, 1, 1, seen, destroy, &y));
  else
    OK(noisy(&x, 1, &y, 1, seen));
  OK(tw_tensor_sum(y, NULL, 0, 0, &sum));
  OK(tw_tensor_backward(sum, NULL, 0, 0));
  OK(tw_tensor_grad(x, &gradient));
  tw_tensor_release(sum);
  tw_tensor_release(y);
  tw_tensor_release(x);
  return gradient;
}

static void test_checkpoint(void) {
  counts seen = {0, 0, 0, TW_OK};
  float expected[SIZE], got[SIZE];
  tw_tensor_t plain = gradient_of_noisy(0, &seen), again = gradient_of_noisy(1, &seen);
  OK(tw_tensor_copy_to(plain, expected, sizeof expected));
  OK(tw_tensor_copy_to(again, got, sizeof got));
  CHECK(memcmp(expected, got, sizeof got) == 0);
  CHECK(seen.forwards == 3 && seen.destroyed == 1);
  tw_tensor_release(plain);
  tw_tensor_release(again);

  tw_module_t layers[4] = {NULL}, chain = NULL, same = NULL;
  for (int i = 0; i < 4; i++)
    OK(i % 2 ? tw_tanh_create(&layers[i]) : tw_linear_create(3, 3, 1, TW_FLOAT32, &layers[i]));
  OK(tw_sequential_create(layers, 4, &chain));
  OK(tw_checkpointed_sequential_create(layers, 4, 2, 1, &same));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "0 segments", tw_checkpointed_sequential_create(layers, 4, 0, 1, &same));
  float row[3] = {1, -2, 0.5f}, outputs[2][3], gradients[2][9];
  tw_tensor_t x = tensor_of(row, (int64_t[]){1, 3}, 2), weight = NULL;
  OK(tw_module_parameter(layers[0], "weight", &weight));
  for (int i = 0; i < 2; i++) {
    tw_tensor_t y = NULL, sum = NULL, gradient = NULL;
    OK(tw_tensor_set_grad(weight, NULL));
    OK(tw_module_forward(i ? same : chain, x, &y));
    OK(tw_tensor_sum(y, NULL, 0, 0, &sum));
    OK(tw_tensor_backward(sum, NULL, 0, 0));
    OK(tw_tensor_grad(weight, &gradient));
    OK(tw_tensor_copy_to(y, outputs[i], sizeof outputs[i]));
    OK(tw_tensor_copy_to(gradient, gradients[i], sizeof gradients[i]));
    tw_tensor_release(gradient);
    tw_tensor_release(sum);
    tw_tensor_release(y);
  }
  CHECK(memcmp(outputs[0], outputs[1], sizeof outputs[0]) == 0);
  CHECK(memcmp(gradients[0], gradients[1], sizeof gradients[0]) == 0);
  tw_tensor_release(weight);
  tw_tensor_release(x);
  for (int i = 0; i < 4; i++)
    tw_module_release(layers[i]);
  tw_module_release(chain);
  tw_module_release(same);
}

// ---------------------------------------------------------------------------------------------------------
// Forward mode of its own: (x, y) -> x y

static tw_status product(tw_context_t context, const tw_tensor_t *inputs, size_t input_count,
                         tw_tensor_t *outputs, size_t output_count, void *user_data) {
  (void)user_data;
  CHECK(input_count == 2 && output_count == 1);
  OK(tw_context_save(context, inputs[0]));
  OK(tw_context_save(context, inputs[1]));
  return tw_tensor_mul(inputs[0], inputs[1], &outputs[0]);
}

static tw_status no_backward(tw_context_t context, const tw_tensor_t *output_gradients, size_t output_count,
                             tw_tensor_t *input_gradients, size_t input_count, void *user_data) {
  (void)context, (void)output_gradients, (void)output_count, (void)input_gradients, (void)input_count;
  ((counts *)user_data)->backwards++;
  return TW_ERROR_UNAVAILABLE;
}

static tw_status product_jvp(tw_context_t context, const tw_tensor_t *input_tangents, size_t input_count,
                             tw_tensor_t *output_tangents, size_t output_count, void *user_data) {
  counts *seen = user_data;
  CHECK(input_count == 2 && output_count == 1);
  seen->forwards++;
  if (seen->failure != TW_OK)
    return seen->failure;
  CHECK(input_tangents[1] == NULL); // y does not move
  tw_tensor_t y = NULL;
  OK(tw_context_saved(context, 1, &y));
  tw_status status = tw_tensor_mul(input_tangents[0], y, &output_tangents[0]);
  tw_tensor_release(y);
  return status;
}

static tw_status apply_product(const tw_tensor_t *inputs, size_t input_count, tw_tensor_t *outputs,
                               size_t output_count, void *user_data) {
  const int64_t two = 2;
  tw_tensor_t xy[2] = {inputs[0], tensor_of((float[]){3, 5}, &two, 1)};
  CHECK(input_count == 1 && output_count == 1);
  tw_status status = tw_custom_apply_with_jvp("product", product, no_backward, product_jvp, xy, 2, 1,
                                              user_data, destroy, outputs);
  tw_tensor_release(xy[1]);
  return status;
}

static void test_forward_mode(void) {
  counts seen = {0, 0, 0, TW_OK};
  const int64_t two = 2;
  tw_tensor_t x = tensor_of((float[]){1, 2}, &two, 1), v = tensor_of((float[]){1, 10}, &two, 1);
  tw_tensor_t out = NULL, moved = NULL;
  OK(tw_function_jvp(apply_product, &x, 1, &v, 1, &seen, &out, &moved));
  CHECK(holds(out, (float[]){3, 10}, 2) && holds(moved, (float[]){3, 50}, 2));
  CHECK(seen.forwards > 0 && seen.backwards == 0);
  tw_tensor_release(out);
  tw_tensor_release(moved);
  CHECK(seen.destroyed == 1);
  seen.failure = TW_ERROR_UNAVAILABLE;
  out = moved = NULL;
  FAILS(TW_ERROR_UNAVAILABLE, "jvp of product",
        tw_function_jvp(apply_product, &x, 1, &v, 1, &seen, &out, &moved));
  CHECK(out == NULL && moved == NULL);
  tw_tensor_release(x);
  tw_tensor_release(v);
}

int main(void) {
  test_gradients();
  test_forward_mode();
  test_failures();
  test_checkpoint();
  return checks_result();
}
