// The tree of modules, and a user's own module with its callbacks.
#include "check.h"

typedef struct {
  int forwards, destroyed;
  tw_status answer;
} scaler;

// y = weight * x, with the weight registered as a parameter of the module.
static tw_status scale(tw_module_t self, tw_tensor_t input, tw_tensor_t *output, void *user_data) {
  scaler *own = user_data;
  tw_tensor_t weight = NULL;
  own->forwards++;
  if (own->answer != TW_OK)
    return own->answer;
  tw_status status = tw_module_parameter(self, "weight", &weight);
  if (status == TW_OK)
    status = tw_tensor_mul(input, weight, output);
  tw_tensor_release(weight);
  return status;
}

// Forgets its output.
static tw_status forget(tw_module_t self, tw_tensor_t input, tw_tensor_t *output, void *user_data) {
  (void)self, (void)input, (void)output, (void)user_data;
  return TW_OK;
}

static void destroy(void *user_data) {
  ((scaler *)user_data)->destroyed++;
}

int main(void) {
  scaler own = {0, 0, TW_OK};
  const int64_t shape[1] = {2};
  tw_module_t module = NULL, relu = NULL, net = NULL;
  tw_tensor_t weight = tensor_of((const float[]){2, -3}, shape, 1);
  tw_tensor_t input = tensor_of((const float[]){1, 1}, shape, 1), output = NULL, sum = NULL, gradient = NULL;
  OK(tw_tensor_set_requires_grad(weight, 1));
  OK(tw_module_create("Scale", scale, &own, destroy, &module));
  OK(tw_module_register_parameter(module, "weight", weight));
  OK(tw_module_register_buffer(module, "seen", input));
  CHECK(tw_module_register_parameter(module, "a.b", weight) != TW_OK); // dots divide names
  CHECK(tw_module_register_parameter(module, "", weight) != TW_OK);
  OK(tw_relu_create(&relu));
  OK(tw_sequential_create((const tw_module_t[]){module, relu}, 2, &net));

  const char *name = NULL;
  size_t count = 0;
  OK(tw_module_type_name(net, &name));
  CHECK(name && strcmp(name, "Sequential") == 0);
  OK(tw_module_type_name(module, &name));
  CHECK(name && strcmp(name, "Scale") == 0);
  OK(tw_module_child_count(net, &count));
  CHECK(count == 2);
  tw_module_t child = NULL;
  OK(tw_module_child_at(net, 1, &name, &child));
  CHECK(strcmp(name, "1") == 0 && child == relu); // one object, one handle
  tw_module_release(child);
  CHECK(tw_module_child_at(net, 2, &name, &child) != TW_OK);
  tw_tensor_t found = NULL;
  OK(tw_module_parameter_at(net, 0, &name, &found));
  CHECK(strcmp(name, "0.weight") == 0 && found == weight);
  tw_tensor_release(found);
  found = NULL;
  OK(tw_module_buffer(net, "0.seen", &found));
  CHECK(found == input);
  tw_tensor_release(found);
  found = NULL;
  CHECK(tw_module_parameter(net, "0.nothing", &found) != TW_OK);
  CHECK(found == NULL);

  OK(tw_module_forward(net, input, &output));
  CHECK(holds(output, (const float[]){2, 0}, 2));
  CHECK(own.forwards == 1);
  OK(tw_tensor_sum(output, NULL, 0, 0, &sum));
  OK(tw_tensor_backward(sum, NULL, 0, 0));
  OK(tw_tensor_grad(weight, &gradient));
  CHECK(holds(gradient, (const float[]){1, 0}, 2));
  tw_tensor_release(gradient);
  OK(tw_module_zero_grad(net));
  tw_tensor_release(output);
  tw_tensor_release(sum);

  // What a callback answers is what the call returns.
  own.answer = TW_ERROR_CANCELLED;
  output = NULL;
  FAILS(TW_ERROR_CANCELLED, "Scale", tw_module_forward(net, input, &output)); // it set no sentence of its own
  CHECK(output == NULL);

  // The sentence of the call that failed in a callback stays.
  own.answer = TW_OK;
  OK(tw_module_register_parameter(module, "weight", NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no parameter named weight", tw_module_forward(net, input, &output));
  tw_module_t forgetful = NULL;
  OK(tw_module_create("Forgetful", forget, NULL, NULL, &forgetful));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "without an output", tw_module_forward(forgetful, input, &output));
  tw_module_release(forgetful);
  CHECK(output == NULL);

  int32_t training = -1;
  OK(tw_module_train(net, 0));
  OK(tw_module_is_training(module, &training));
  CHECK(training == 0);

  // A module cannot be its own descendant.
  CHECK(tw_module_register_module(module, "loop", net) != TW_OK);
  CHECK(tw_module_register_module(module, "loop", module) != TW_OK);

  tw_module_release(module);
  CHECK(own.destroyed == 0); // the sequence has it
  tw_module_release(relu);
  tw_module_release(net);
  CHECK(own.destroyed == 1);
  tw_tensor_release(weight);
  tw_tensor_release(input);
  return checks_result();
}
