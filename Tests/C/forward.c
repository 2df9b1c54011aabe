// Forward mode and Jacobians through the C interface.
#include "check.h"

// x -> (x^3, sum of x)
static tw_status cube_and_sum(const tw_tensor_t *inputs, size_t input_count, tw_tensor_t *outputs,
                              size_t output_count, void *user_data) {
  tw_tensor_t square = NULL;
  CHECK(input_count == 1 && output_count == 2);
  if (user_data != NULL)
    return TW_ERROR_CANCELLED;
  tw_status status = tw_tensor_mul(inputs[0], inputs[0], &square);
  if (status == TW_OK)
    status = tw_tensor_mul(square, inputs[0], &outputs[0]);
  if (status == TW_OK)
    status = tw_tensor_sum(inputs[0], NULL, 0, 0, &outputs[1]);
  tw_tensor_release(square);
  return status;
}

static void test_function(void) {
  const int64_t shape[1] = {2};
  tw_tensor_t x = tensor_of((float[]){1, 2}, shape, 1), v = tensor_of((float[]){1, 10}, shape, 1);
  tw_tensor_t out[2] = {NULL, NULL}, moved[2] = {NULL, NULL};
  OK(tw_function_jvp(cube_and_sum, &x, 1, &v, 2, NULL, out, moved));
  CHECK(holds(out[0], (float[]){1, 8}, 2) && holds(moved[0], (float[]){3, 120}, 2));
  CHECK(item_of(out[1]) == 3 && item_of(moved[1]) == 11);
  for (int i = 0; i < 2; i++) {
    int32_t recorded = 1;
    OK(tw_tensor_requires_grad(out[i], &recorded));
    CHECK(recorded == 0);
    tw_tensor_release(out[i]);
    tw_tensor_release(moved[i]);
    out[i] = moved[i] = NULL;
  }
  FAILS(TW_ERROR_CANCELLED, "", tw_function_jvp(cube_and_sum, &x, 1, &v, 2, &x, out, moved));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "impossible",
        tw_function_jvp(cube_and_sum, &x, 1, &v, SIZE_MAX, NULL, out, moved));
  CHECK(out[0] == NULL && moved[0] == NULL);
  // The level that failed is over.
  FAILS(TW_ERROR_AUTOGRAD, "no level", tw_forward_level_leave());
  tw_tensor_release(x);
  tw_tensor_release(v);
}

static void test_duals(void) {
  const int64_t shape[1] = {2};
  tw_tensor_t x = tensor_of((float[]){1, 2}, shape, 1), v = tensor_of((float[]){1, 10}, shape, 1);
  tw_tensor_t dual = NULL, y = NULL, primal = NULL, tangent = NULL;
  FAILS(TW_ERROR_AUTOGRAD, "no level", tw_make_dual(x, v, &dual));
  OK(tw_forward_level_enter());
  OK(tw_make_dual(x, v, &dual));
  OK(tw_tensor_exp(dual, &y));
  OK(tw_unpack_dual(y, &primal, &tangent));
  CHECK(holds(primal, (float[]){2.7182818f, 7.3890561f}, 2));
  CHECK(holds(tangent, (float[]){2.7182818f, 73.890561f}, 2));
  tw_tensor_release(primal);
  tw_tensor_release(tangent);
  tangent = v;
  OK(tw_unpack_dual(x, &primal, &tangent));
  CHECK(tangent == NULL);
  tw_tensor_release(primal);

  // The Hessian times a vector: the tangent of the gradient.
  tw_tensor_t point = NULL, square = NULL, cube = NULL, sum = NULL, gradient = NULL;
  OK(tw_tensor_point(dual, &point));
  OK(tw_tensor_mul(point, point, &square));
  OK(tw_tensor_mul(square, point, &cube));
  OK(tw_tensor_sum(cube, NULL, 0, 0, &sum));
  OK(tw_grad(&sum, 1, &point, 1, NULL, 0, 0, 0, &gradient));
  OK(tw_unpack_dual(gradient, &primal, &tangent));
  CHECK(holds(primal, (float[]){3, 12}, 2) && holds(tangent, (float[]){6, 120}, 2));
  OK(tw_forward_level_leave());
  tw_tensor_t all[] = {primal, tangent, point, square, cube, sum, gradient, y, dual, x, v};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    tw_tensor_release(all[i]);
}

static void test_jacobians(void) {
  const int64_t shape[1] = {2};
  tw_tensor_t x = tensor_of((float[]){1, 2}, shape, 1), y = NULL, rows = NULL, columns = NULL;
  OK(tw_tensor_set_requires_grad(x, 1));
  OK(tw_tensor_mul(x, x, &y));
  OK(tw_jacobian(y, &x, 1, 0, &rows));
  OK(tw_jacobian_forward(y, &x, 1, 0, &columns));
  CHECK(holds(rows, (float[]){2, 0, 0, 4}, 4) && holds(columns, (float[]){2, 0, 0, 4}, 4));
  tw_tensor_t all[] = {x, y, rows, columns};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    tw_tensor_release(all[i]);
}

int main(void) {
  test_function();
  test_duals();
  test_jacobians();
  return checks_result();
}
