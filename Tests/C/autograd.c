// Derivatives: backward, seeds, gradients of gradients, and what is refused.
#include "check.h"

int main(void) {
  const int64_t shape[1] = {3};
  tw_tensor_t x = tensor_of((const float[]){1, 2, 3}, shape, 1);
  tw_tensor_t cube = NULL, sum = NULL, gradient = NULL, none = NULL;
  int32_t leaf = -1, wanted = -1;
  OK(tw_tensor_set_requires_grad(x, 1));
  OK(tw_tensor_requires_grad(x, &wanted));
  OK(tw_tensor_is_leaf(x, &leaf));
  CHECK(wanted == 1 && leaf == 1);
  OK(tw_tensor_grad(x, &gradient));
  CHECK(gradient == NULL); // none yet

  OK(tw_tensor_pow_scalar(x, 3, &cube));
  OK(tw_tensor_sum(cube, NULL, 0, 0, &sum));
  FAILS(TW_ERROR_AUTOGRAD, "[3]", tw_tensor_backward(cube, NULL, 0, 0)); // no scalar, no seed
  OK(tw_tensor_backward(sum, NULL, 0, 0));
  OK(tw_tensor_grad(x, &gradient));
  CHECK(gradient && holds(gradient, (const float[]){3, 12, 27}, 3));
  tw_tensor_release(gradient);
  CHECK(tw_tensor_backward(sum, NULL, 0, 0) == TW_ERROR_AUTOGRAD); // the graph is gone
  OK(tw_tensor_set_grad(x, NULL));
  OK(tw_tensor_grad(x, &gradient));
  CHECK(gradient == NULL);
  tw_tensor_release(sum);
  tw_tensor_release(cube);

  // The gradient of the gradient: d2(x^3) = 6 x.
  tw_tensor_t first = NULL, second = NULL;
  OK(tw_tensor_pow_scalar(x, 3, &cube));
  OK(tw_tensor_sum(cube, NULL, 0, 0, &sum));
  OK(tw_grad(&sum, 1, &x, 1, NULL, 1, 1, 0, &first));
  CHECK(holds(first, (const float[]){3, 12, 27}, 3));
  tw_tensor_t seed = tensor_of((const float[]){1, 1, 1}, shape, 1);
  OK(tw_grad(&first, 1, &x, 1, &seed, 0, 0, 0, &second));
  CHECK(holds(second, (const float[]){6, 12, 18}, 3));
  tw_tensor_release(first);
  tw_tensor_release(second);
  tw_tensor_release(sum);
  tw_tensor_release(cube);

  // A tensor that the outputs do not depend on.
  tw_tensor_t other = tensor_of((const float[]){1, 1, 1}, shape, 1);
  OK(tw_tensor_set_requires_grad(other, 1));
  OK(tw_tensor_sum(x, NULL, 0, 0, &sum));
  CHECK(tw_grad(&sum, 1, &other, 1, NULL, 1, 0, 0, &none) == TW_ERROR_AUTOGRAD);
  CHECK(none == NULL);
  OK(tw_grad(&sum, 1, &other, 1, NULL, 1, 0, 1, &none)); // allow_unused
  CHECK(none == NULL);
  tw_tensor_release(sum);
  tw_tensor_release(other);

  // An in-place change of what backward needs is found out, and of what is part of a graph refused.
  tw_tensor_t factor = NULL, product = NULL;
  OK(tw_tensor_ones(shape, 1, TW_FLOAT32, &factor));
  OK(tw_tensor_mul(x, factor, &product));
  CHECK(tw_tensor_fill(product, 5) == TW_ERROR_AUTOGRAD);
  OK(tw_tensor_sum(product, NULL, 0, 0, &sum));
  OK(tw_tensor_fill(factor, 5));
  CHECK(tw_tensor_backward(sum, NULL, 0, 0) == TW_ERROR_AUTOGRAD);
  CHECK(strstr(tw_last_error(), "mul") && strstr(tw_last_error(), "fill"));
  tw_tensor_release(factor);
  tw_tensor_release(product);
  tw_tensor_release(sum);

  // Integers have no derivative.
  tw_tensor_t whole = NULL;
  OK(tw_tensor_zeros(shape, 1, TW_INT64, &whole));
  CHECK(tw_tensor_set_requires_grad(whole, 1) != TW_OK);
  tw_tensor_release(whole);

  // A long chain overflows no stack, in backward or when it is freed.
  tw_tensor_t chain = NULL;
  OK(tw_tensor_clone(x, &chain));
  for (int i = 0; i < 200000; i++) {
    tw_tensor_t longer = NULL;
    OK(tw_tensor_add_scalar(chain, 0, &longer));
    tw_tensor_release(chain);
    chain = longer;
  }
  OK(tw_tensor_sum(chain, NULL, 0, 0, &sum));
  OK(tw_tensor_backward(sum, NULL, 1, 0));
  OK(tw_tensor_grad(x, &gradient));
  CHECK(holds(gradient, (const float[]){1, 1, 1}, 3));
  tw_tensor_release(gradient);
  tw_tensor_release(chain);
  tw_tensor_release(sum);
  tw_tensor_release(seed);
  tw_tensor_release(x);
  return checks_result();
}
