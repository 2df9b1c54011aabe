// Layers with state, state by name, counts, gradients by layer, nets that are known by name, metrics.
#include "check.h"

static void batch_norm(void) {
  const int64_t shape[3] = {2, 1, 2};
  tw_batch_norm_options options;
  tw_module_t norm = NULL;
  tw_tensor_t x = tensor_of((const float[]){1, 3, 5, 7}, shape, 3), y = NULL, mean = NULL, count = NULL;
  OK(tw_batch_norm_options_init(&options, sizeof options));
  CHECK(options.momentum == 0.1 && options.affine == 1 && options.track_running_stats == 1);
  options.momentum = 0.5;
  options.eps = 0;
  OK(tw_batch_norm1d_create(1, &options, &norm));
  OK(tw_module_forward(norm, x, &y));
  OK(tw_module_buffer(norm, "running_mean", &mean));
  CHECK(holds(mean, (const float[]){2}, 1));
  OK(tw_module_buffer(norm, "num_batches_tracked", &count));
  int64_t batches = 0;
  OK(tw_tensor_item_int64(count, &batches));
  CHECK(batches == 1);
  tw_tensor_release(y);
  y = NULL;
  OK(tw_module_train(norm, 0));
  OK(tw_module_forward(norm, x, &y));
  OK(tw_tensor_item_int64(count, &batches));
  CHECK(batches == 1); // evaluation counts nothing
  tw_module_release(norm);
  norm = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "0 channels", tw_batch_norm2d_create(0, NULL, &norm));
  CHECK(norm == NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(mean);
  tw_tensor_release(count);
}

static void state(void) {
  const int64_t sizes[3] = {2, 3, 2}, shape[1] = {3};
  tw_module_t net = NULL;
  size_t count = 0;
  const char *name = NULL;
  char report[64] = "?";
  OK(tw_mlp_create(sizes, 3, TW_FLOAT32, &net));
  OK(tw_module_state_count(net, &count));
  CHECK(count == 4);
  tw_tensor_t bias = NULL, given = tensor_of((const float[]){1, 2, 3}, shape, 1);
  OK(tw_module_state_at(net, 1, &name, &bias));
  CHECK(strcmp(name, "0.bias") == 0);
  const char *names[2] = {"0.bias", "more"};
  const tw_tensor_t values[2] = {given, given};
  FAILS(TW_ERROR_INVALID_ARGUMENT, "missing: 0.weight, 2.weight, 2.bias; unexpected: more",
        tw_module_load_state(net, names, values, 2, 1, NULL, 0));
  OK(tw_module_load_state(net, names, values, 2, 0, report, sizeof report));
  CHECK(strcmp(report, "missing: 0.weight, 2.weight, 2.bias; unexpected: more") == 0);
  CHECK(holds(bias, (const float[]){1, 2, 3}, 3));
  OK(tw_module_load_state(net, names, values, 1, 0, report, 8));
  CHECK(strcmp(report, "missing") == 0); // cut where there is no more room
  names[0] = "2.bias";
  FAILS(TW_ERROR_INVALID_ARGUMENT, "2.bias has shape [3], not [2]",
        tw_module_load_state(net, names, values, 1, 0, NULL, 0));

  int64_t total = 0;
  OK(tw_module_parameter_total(net, 0, &total));
  CHECK(total == 17);
  OK(tw_module_set_requires_grad(net, 0));
  OK(tw_module_parameter_total(net, 1, &total));
  CHECK(total == 0);
  OK(tw_module_to(net, TW_FLOAT64));
  tw_tensor_release(bias);
  bias = NULL;
  OK(tw_module_parameter(net, "0.bias", &bias));
  int32_t dtype = -1;
  OK(tw_tensor_dtype(bias, &dtype));
  CHECK(dtype == TW_FLOAT64);
  tw_tensor_release(bias);
  tw_tensor_release(given);
  tw_module_release(net);
}

static void inspection(void) {
  const int64_t sizes[3] = {2, 3, 2}, shape[2] = {1, 2}, labels[1] = {1};
  tw_module_t net = NULL;
  tw_tensor_t x = tensor_of((const float[]){1, -1}, shape, 2), target = NULL, output = NULL;
  OK(tw_tensor_from_data(labels, TW_INT64, labels, 1, &target));
  OK(tw_mlp_create(sizes, 3, TW_FLOAT32, &net));
  int64_t products = 0;
  const char *table = NULL;
  OK(tw_module_multiply_adds(net, x, &products));
  CHECK(products == 12);
  OK(tw_module_summary(net, x, &table));
  CHECK(strstr(table, "0 (Linear)") && strstr(table, "multiply-adds: 12"));

  tw_layer_gradient rows[8];
  size_t count = 0;
  OK(tw_module_layer_gradients(net, x, target, TW_LOSS_CROSS_ENTROPY, rows, 8, &count));
  CHECK(count == 4 && strcmp(rows[2].name, "2") == 0 && strcmp(rows[2].type_name, "Linear") == 0);
  CHECK(rows[2].activation_gradient_norm > 0 && rows[2].weight_gradient_norm > 0 &&
        isnan(rows[1].weight_norm));
  tw_tensor_t weight = NULL, gradient = NULL;
  OK(tw_module_parameter(net, "2.weight", &weight));
  OK(tw_tensor_grad(weight, &gradient));
  CHECK(gradient == NULL); // left as it was
  const char *names[8];
  tw_tensor_t outputs[8] = {NULL};
  OK(tw_module_trace(net, x, names, outputs, 8, &count, &output));
  CHECK(count == 4 && outputs[3] == output && strcmp(names[1], "1") == 0);
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(outputs[i]);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "room for 3", tw_module_trace(net, x, names, outputs, 3, &count, &output));

  double share = -1;
  OK(tw_metric_accuracy(output, target, 2, &share));
  CHECK(share == 1);
  tw_tensor_release(output);
  tw_tensor_release(weight);
  tw_tensor_release(target);
  tw_tensor_release(x);
  tw_module_release(net);
}

static void nets(void) {
  const int64_t shape[4] = {2, 3, 32, 32};
  tw_module_t net = NULL;
  tw_tensor_t x = NULL, y = NULL;
  int64_t total = 0, size[2] = {0, 0};
  OK(tw_cifar_net_create(20, 1, 0, 10, TW_FLOAT32, &net));
  OK(tw_module_parameter_total(net, 0, &total));
  CHECK(total == 269722);
  OK(tw_tensor_zeros(shape, 4, TW_FLOAT32, &x));
  OK(tw_module_forward(net, x, &y));
  OK(tw_tensor_shape(y, size, 2));
  CHECK(size[0] == 2 && size[1] == 10);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_module_release(net);
  net = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "6 n + 2", tw_cifar_net_create(21, 1, 0, 10, TW_FLOAT32, &net));
  OK(tw_lenet5_create(1, 10, 1, TW_FLOAT64, &net));
  OK(tw_module_parameter_total(net, 0, &total));
  CHECK(total == 61706);
  tw_module_release(net);
}

static void early_stopping(void) {
  const int64_t sizes[3] = {1, 4, 1}, shape[2] = {8, 1};
  const float numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  tw_module_t net = NULL;
  tw_optimizer_t optimizer = NULL;
  tw_loader_t loader = NULL;
  tw_tensor_t arrays[2] = {tensor_of(numbers, shape, 2), tensor_of(numbers, shape, 2)}, parameters[4];
  tw_fit_options options;
  tw_sgd_options sgd;
  size_t count = 0, epochs = 0;
  OK(tw_mlp_create(sizes, 3, TW_FLOAT32, &net));
  OK(tw_module_parameters(net, parameters, 4, &count));
  OK(tw_sgd_options_init(&sgd, sizeof sgd));
  sgd.lr = 0; // nothing becomes better
  OK(tw_sgd_create(parameters, count, &sgd, &optimizer));
  OK(tw_loader_from_tensors(arrays, 2, NULL, &loader));
  OK(tw_fit_options_init(&options, sizeof options));
  options.epochs = 50;
  options.loss = TW_LOSS_MSE;
  options.monitor = TW_MONITOR_LOSS;
  options.patience = 3;
  options.restore_best = 1;
  OK(tw_fit(net, optimizer, loader, &options, NULL, 0, &epochs));
  CHECK(epochs == 4);
  options.monitor = 9;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "monitor 9", tw_fit(net, optimizer, loader, &options, NULL, 0, &epochs));
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parameters[i]);
  tw_tensor_release(arrays[0]);
  tw_tensor_release(arrays[1]);
  tw_loader_release(loader);
  tw_optimizer_release(optimizer);
  tw_module_release(net);
}

static tw_status twice(tw_module_t self, tw_tensor_t input, tw_tensor_t *output, void *user_data) {
  (void)self;
  (void)user_data;
  return tw_tensor_add(input, input, output);
}

static void copies(void) {
  const int64_t sizes[3] = {2, 3, 2}, shape[1] = {1};
  tw_module_t net = NULL, copy = NULL, own = NULL, norm = NULL;
  tw_tensor_t cache = tensor_of((const float[]){5}, shape, 1), weight = NULL, copied = NULL;
  size_t count = 0;
  OK(tw_mlp_create(sizes, 3, TW_FLOAT32, &net));
  OK(tw_module_register_unsaved_buffer(net, "cache", cache));
  OK(tw_module_state_count(net, &count));
  CHECK(count == 4);
  OK(tw_module_buffer_count(net, &count));
  CHECK(count == 1);
  OK(tw_module_train(net, 0));
  OK(tw_module_clone(net, 1, &copy));
  OK(tw_module_buffer_count(copy, &count));
  CHECK(count == 1);
  int32_t training = 1;
  OK(tw_module_is_training(copy, &training));
  CHECK(training == 0);
  OK(tw_module_parameter(net, "0.weight", &weight));
  OK(tw_module_parameter(copy, "0.weight", &copied));
  int32_t equal = 0;
  OK(tw_tensor_equal(weight, copied, &equal));
  CHECK(equal == 1);
  OK(tw_set_grad_enabled(0, NULL));
  OK(tw_tensor_fill(weight, 9));
  OK(tw_set_grad_enabled(1, NULL));
  OK(tw_tensor_equal(weight, copied, &equal));
  CHECK(equal == 0);
  tw_module_release(copy);
  OK(tw_module_clone(net, 0, &copy));
  OK(tw_module_child_count(copy, &count));
  CHECK(count == 0);
  OK(tw_module_create("Twice", twice, NULL, NULL, &own));
  tw_module_release(copy);
  copy = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "Twice is no layer", tw_module_clone(own, 1, &copy));
  OK(tw_module_announce(own, weight, weight)); // nobody traces: nothing happens
  OK(tw_batch_norm1d_create(1, NULL, &norm));
  OK(tw_norm_set_momentum(norm, NAN));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "finite", tw_norm_set_momentum(norm, INFINITY));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no batch or instance", tw_norm_set_momentum(own, 0.1));
  tw_module_release(net);
  tw_module_release(own);
  tw_module_release(norm);
  tw_tensor_release(cache);
  tw_tensor_release(weight);
  tw_tensor_release(copied);
}

int main(void) {
  batch_norm();
  copies();
  state();
  inspection();
  nets();
  early_stopping();
  return checks_result();
}
