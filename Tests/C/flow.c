// Gradient norms of a module's parameters.
#include "check.h"

int main(void) {
  const int64_t shape[2] = {1, 2};
  const float values[] = {3, 4};
  tw_module_t net = NULL;
  tw_tensor_t input = tensor_of(values, shape, 2), output = NULL;
  OK(tw_linear_create(2, 1, 1, TW_FLOAT32, &net));

  double norm = -1;
  FAILS(TW_ERROR_AUTOGRAD, "weight", tw_module_gradient_norm(net, "weight", &norm));
  FAILS(TW_ERROR_AUTOGRAD, "backward", tw_module_gradient_norm(net, NULL, &norm));
  CHECK(norm == -1);

  // The output's derivative is the input for the weight and 1 for the bias.
  OK(tw_module_forward(net, input, &output));
  OK(tw_tensor_backward(output, NULL, 0, 0));
  OK(tw_module_gradient_norm(net, "weight", &norm));
  CHECK(norm == 5);
  OK(tw_module_gradient_norm_at(net, 1, &norm));
  CHECK(norm == 1);
  OK(tw_module_gradient_norm(net, NULL, &norm));
  CHECK(fabs(norm - sqrt(26)) < 1e-12);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "weight, bias", tw_module_gradient_norm(net, "heavy", &norm));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "2 parameters", tw_module_gradient_norm_at(net, 2, &norm));

  tw_tensor_release(output);
  tw_tensor_release(input);
  tw_module_release(net);
  return checks_result();
}
