// Recurrent layers and cells: in a Sequential and by themselves, states, lengths, one step at a time,
// truncated backpropagation through time, gradients in time.
#include "check.h"
#include <malloc.h>

static tw_module_t make(tw_status (*create)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *),
                        int64_t inputs, int64_t hidden, const tw_recurrent_options *options) {
  tw_module_t module = NULL;
  OK(create(inputs, hidden, options, &module));
  return module;
}

static tw_recurrent_options defaults(void) {
  tw_recurrent_options options;
  OK(tw_recurrent_options_init(&options, sizeof options));
  return options;
}

static tw_module_t chain(tw_module_t *layers, size_t count) {
  tw_module_t net = NULL;
  OK(tw_sequential_create(layers, count, &net));
  for (size_t i = 0; i < count; i++)
    tw_module_release(layers[i]);
  return net;
}

static tw_tensor_t random_tensor(int64_t a, int64_t b, int64_t c) {
  const int64_t shape[3] = {a, b, c};
  tw_tensor_t out = NULL;
  OK(tw_tensor_randn(shape, 3, TW_FLOAT32, NULL, &out));
  return out;
}

static double difference(tw_tensor_t a, tw_tensor_t b) {
  tw_tensor_t d = NULL, size = NULL, most = NULL;
  OK(tw_tensor_sub(a, b, &d));
  OK(tw_tensor_abs(d, &size));
  OK(tw_tensor_amax(size, NULL, 0, 0, &most));
  double value = item_of(most);
  tw_tensor_release(d);
  tw_tensor_release(size);
  tw_tensor_release(most);
  return value;
}

static tw_tensor_t piece(tw_tensor_t tensor, int64_t start, int64_t end) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_slice(tensor, 0, start, end, 1, &out));
  return out;
}

static int has_shape(tw_tensor_t tensor, const int64_t *shape, size_t rank) {
  int64_t found[TW_MAX_RANK];
  size_t found_rank = 0;
  OK(tw_tensor_rank(tensor, &found_rank));
  OK(tw_tensor_shape(tensor, found, TW_MAX_RANK));
  return found_rank == rank && memcmp(found, shape, rank * sizeof *shape) == 0;
}

// Words of different sentences, padded with 0, to classes: the padding changes nothing.
static void classifies(void) {
  tw_recurrent_options options = defaults();
  CHECK(options.struct_size == sizeof options && options.num_layers == 1 && isnan(options.forget_bias));
  options.batch_first = options.bidirectional = options.mask_zero = 1;
  options.return_sequences = 0;
  options.forget_bias = 1;
  tw_embedding_options table;
  OK(tw_embedding_options_init(&table, sizeof table));
  table.padding_idx = 0;
  tw_module_t layers[3] = {NULL};
  OK(tw_embedding_create(9, 5, &table, &layers[0]));
  layers[1] = make(tw_lstm_create, 5, 4, &options);
  OK(tw_linear_create(8, 2, 1, TW_FLOAT32, &layers[2]));
  tw_module_t net = chain(layers, 3);
  const int64_t words[2][4] = {{3, 4, 0, 0}, {5, 6, 7, 8}}, shape[2] = {2, 4}, few[2] = {1, 2},
                out[2] = {2, 2};
  tw_tensor_t x = NULL, y = NULL, alone = NULL, z = NULL, first = NULL;
  OK(tw_tensor_from_data(words, TW_INT64, shape, 2, &x));
  OK(tw_tensor_from_data(words, TW_INT64, few, 2, &alone));
  OK(tw_module_forward(net, x, &y));
  OK(tw_module_forward(net, alone, &z));
  CHECK(has_shape(y, out, 2));
  first = piece(y, 0, 1);
  CHECK(difference(first, z) < 1e-6);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(z);
  tw_tensor_release(alone);
  tw_tensor_release(first);
  tw_module_release(net);
}

// A sequence in two pieces is the sequence: with states from hand to hand, and kept by the layer.
static void takes_states_along(tw_status (*create)(int64_t, int64_t, const tw_recurrent_options *,
                                                   tw_module_t *),
                               int has_cell) {
  tw_recurrent_options options = defaults();
  options.num_layers = 2;
  tw_module_t layer = make(create, 3, 4, &options);
  tw_tensor_t x = random_tensor(6, 2, 3), head = piece(x, 0, 2), tail = piece(x, 2, 6), y = NULL, end = NULL;
  tw_tensor_t h = NULL, c = NULL, h_end = NULL, found = NULL, last = NULL;
  OK(tw_recurrent_forward(layer, x, NULL, NULL, NULL, &y, &h_end, NULL));
  end = piece(y, 2, 6);
  OK(tw_recurrent_forward(layer, head, NULL, NULL, NULL, &found, &h, &c));
  CHECK((c != NULL) == has_cell);
  CHECK(has_shape(h, (const int64_t[]){2, 2, 4}, 3));
  tw_tensor_release(found);
  OK(tw_recurrent_forward(layer, tail, h, c, NULL, &found, &last, NULL));
  CHECK(difference(found, end) < 1e-6);
  CHECK(difference(last, h_end) < 1e-6);
  tw_tensor_release(found);
  tw_tensor_release(last);

  FAILS(TW_ERROR_INVALID_ARGUMENT, "tw_module_set_stateful first", tw_recurrent_set_state(layer, h, c));
  OK(tw_module_set_stateful(layer, TW_STATE_VALUES));
  int32_t mode = -1;
  OK(tw_recurrent_stateful(layer, &mode));
  CHECK(mode == TW_STATE_VALUES);
  OK(tw_recurrent_set_state(layer, h, c));
  OK(tw_module_forward(layer, tail, &found));
  CHECK(difference(found, end) < 1e-6);
  tw_tensor_release(found);
  tw_tensor_release(h);
  tw_tensor_release(c);
  OK(tw_recurrent_state(layer, &h, &c));
  CHECK(difference(h, h_end) < 1e-6 && (c != NULL) == has_cell);
  OK(tw_module_reset_state(layer));
  OK(tw_recurrent_state(layer, &last, &last));
  CHECK(last == NULL);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "mode 3", tw_module_set_stateful(layer, 3));
  OK(tw_module_set_stateful(layer, TW_STATE_NONE));

  tw_tensor_release(x);
  tw_tensor_release(head);
  tw_tensor_release(tail);
  tw_tensor_release(y);
  tw_tensor_release(end);
  tw_tensor_release(h);
  tw_tensor_release(c);
  tw_tensor_release(h_end);
  tw_module_release(layer);
}

// Of two directions the first goes on, the second begins anew in every piece.
static void goes_on_in_both_directions(void) {
  tw_recurrent_options options = defaults();
  options.bidirectional = 1;
  tw_module_t layer = make(tw_gru_create, 3, 4, &options);
  tw_tensor_t x = random_tensor(6, 2, 3), tail = piece(x, 2, 6), head = piece(x, 0, 2), whole = NULL;
  tw_tensor_t alone = NULL, found = NULL, a = NULL, b = NULL, part = NULL, h = NULL, c = NULL;
  OK(tw_module_forward(layer, x, &whole));
  OK(tw_module_forward(layer, tail, &alone));
  OK(tw_module_set_stateful(layer, TW_STATE_VALUES));
  OK(tw_module_forward(layer, head, &found));
  tw_tensor_release(found);
  OK(tw_recurrent_state(layer, &h, &c));
  float kept[16];
  OK(tw_tensor_copy_to(h, kept, sizeof kept));
  for (int i = 8; i < 16; i++)
    CHECK(kept[i] == 0);
  OK(tw_module_forward(layer, tail, &found));
  part = piece(whole, 2, 6);
  OK(tw_tensor_slice(part, 2, 0, 4, 1, &a));
  OK(tw_tensor_slice(found, 2, 0, 4, 1, &b));
  CHECK(difference(a, b) < 1e-6);
  tw_tensor_release(a);
  tw_tensor_release(b);
  OK(tw_tensor_slice(alone, 2, 4, 8, 1, &a));
  OK(tw_tensor_slice(found, 2, 4, 8, 1, &b));
  CHECK(difference(a, b) < 1e-6);
  tw_tbptt_options cut;
  OK(tw_tbptt_options_init(&cut, sizeof cut));
  cut.loss = TW_LOSS_MSE;
  cut.tau = 4;
  double loss = NAN;
  tw_tensor_t target = random_tensor(6, 2, 8);
  OK(tw_tbptt(layer, x, target, &cut, &loss));
  CHECK(isfinite(loss));
  cut.k1 = 2;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "two directions", tw_tbptt(layer, x, target, &cut, &loss));
  tw_tensor_release(target);
  tw_tensor_release(x);
  tw_tensor_release(head);
  tw_tensor_release(tail);
  tw_tensor_release(whole);
  tw_tensor_release(alone);
  tw_tensor_release(found);
  tw_tensor_release(part);
  tw_tensor_release(a);
  tw_tensor_release(b);
  tw_tensor_release(h);
  tw_module_release(layer);
}

// tw_fit on outputs [B, T, classes] and targets [B, T]: which of two numbers is larger, at every step.
static void learns_every_step(void) {
  enum { SAMPLES = 32, STEPS = 5 };
  tw_recurrent_options options = defaults();
  options.batch_first = 1;
  tw_module_t layers[2] = {make(tw_gru_create, 2, 8, &options), NULL};
  OK(tw_linear_create(8, 2, 1, TW_FLOAT32, &layers[1]));
  tw_module_t net = chain(layers, 2);
  tw_tensor_t x = random_tensor(SAMPLES, STEPS, 2), target = NULL, parameters[6];
  float values[SAMPLES * STEPS * 2];
  int64_t classes[SAMPLES * STEPS];
  const int64_t shape[2] = {SAMPLES, STEPS};
  OK(tw_tensor_copy_to(x, values, sizeof values));
  for (int i = 0; i < SAMPLES * STEPS; i++)
    classes[i] = values[2 * i] > values[2 * i + 1];
  OK(tw_tensor_from_data(classes, TW_INT64, shape, 2, &target));
  const tw_tensor_t arrays[2] = {x, target};
  const char *name = NULL;
  for (size_t i = 0; i < 6; i++)
    OK(tw_module_parameter_at(net, i, &name, &parameters[i]));
  tw_loader_t loader = NULL;
  tw_optimizer_t adam = NULL;
  tw_adam_options rule;
  OK(tw_adam_options_init(&rule, sizeof rule));
  rule.lr = 0.05;
  OK(tw_adam_create(parameters, 6, &rule, &adam));
  OK(tw_loader_from_tensors(arrays, 2, NULL, &loader));
  tw_fit_options fit;
  OK(tw_fit_options_init(&fit, sizeof fit));
  fit.epochs = 30;
  tw_epoch_result results[60];
  size_t done = 0;
  OK(tw_fit(net, adam, loader, &fit, results, 60, &done));
  CHECK(done == 30 && results[29].loss < results[0].loss && results[29].accuracy > 0.9);
  fit.loss = TW_LOSS_SEQUENCE_CROSS_ENTROPY;
  fit.epochs = 1;
  OK(tw_fit(net, adam, loader, &fit, results, 60, &done));
  CHECK(results[0].accuracy > 0.9);
  double loss = NAN, accuracy = NAN, same = NAN;
  OK(tw_evaluate(net, loader, TW_LOSS_CROSS_ENTROPY, &loss, &accuracy));
  OK(tw_evaluate(net, loader, TW_LOSS_SEQUENCE_CROSS_ENTROPY, &same, &accuracy));
  CHECK(loss == same);
  for (size_t i = 0; i < 6; i++)
    tw_tensor_release(parameters[i]);
  tw_tensor_release(x);
  tw_tensor_release(target);
  tw_loader_release(loader);
  tw_optimizer_release(adam);
  tw_module_release(net);
}

static void heeds_lengths(void) {
  tw_module_t layer = make(tw_gru_create, 3, 4, NULL);
  const uint8_t mask[2][4] = {{1, 1, 0, 0}, {1, 1, 1, 1}}, gap[2][4] = {{1, 0, 1, 0}, {1, 1, 1, 1}};
  const int64_t shape[2] = {2, 4};
  tw_tensor_t x = random_tensor(4, 2, 3), flags = NULL, lengths = NULL, y = NULL, h = NULL, gates = NULL;
  OK(tw_tensor_from_data(gap, TW_UINT8, shape, 2, &flags));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "gap", tw_sequence_lengths(flags, &lengths));
  tw_tensor_release(flags);
  OK(tw_tensor_from_data(mask, TW_UINT8, shape, 2, &flags));
  OK(tw_sequence_lengths(flags, &lengths));
  tw_tensor_t cells = NULL;
  OK(tw_recurrent_gates(layer, x, NULL, NULL, lengths, &y, &h, NULL, &gates, &cells));
  CHECK(cells == NULL);
  CHECK(has_shape(gates, (const int64_t[]){1, 4, 2, 12}, 4));
  float values[32], state[8];
  OK(tw_tensor_copy_to(y, values, sizeof values));
  OK(tw_tensor_copy_to(h, state, sizeof state));
  for (int i = 0; i < 4; i++) {
    CHECK(values[2 * 8 + i] == 0 && values[3 * 8 + i] == 0);
    CHECK(state[i] == values[8 + i] && state[4 + i] == values[3 * 8 + 4 + i]);
  }
  tw_tensor_release(x);
  tw_tensor_release(flags);
  tw_tensor_release(lengths);
  tw_tensor_release(y);
  tw_tensor_release(h);
  tw_tensor_release(gates);
  tw_module_release(layer);
}

// One character at a time, at batch 1: from the second step on the engine asks its allocator for nothing.
static void generates(tw_module_t layer, int64_t batch_rank) {
  tw_module_t layers[3] = {NULL, layer, NULL};
  OK(tw_embedding_create(96, 32, NULL, &layers[0]));
  OK(tw_linear_create(64, 96, 1, TW_FLOAT32, &layers[2]));
  tw_module_t net = chain(layers, 3);
  OK(tw_module_train(net, 0));
  OK(tw_module_set_stateful(net, TW_STATE_VALUES));
  int32_t recording = 0;
  OK(tw_set_grad_enabled(0, &recording));
  const int64_t ones[2] = {1, 1};
  int64_t character = 1;
  tw_memory_stats early, late;
  OK(tw_memory_stats_init(&early, sizeof early));
  OK(tw_memory_stats_init(&late, sizeof late));
  struct mallinfo2 heap = {0};
  size_t used = 0;
  for (int step = 0; step < 2000; step++) {
    tw_tensor_t x = NULL, y = NULL, best = NULL;
    OK(tw_tensor_from_data(&character, TW_INT64, ones, (size_t)batch_rank, &x));
    OK(tw_module_forward(net, x, &y));
    const int64_t last = batch_rank;
    OK(tw_tensor_argmax(y, &last, 0, &best));
    OK(tw_tensor_item_int64(best, &character));
    tw_tensor_release(x);
    tw_tensor_release(y);
    tw_tensor_release(best);
    if (step == 2)
      OK(tw_get_memory_stats(&early));
    if (step == 1000) {
      heap = mallinfo2();
      used = heap.uordblks;
    }
  }
  struct mallinfo2 now = mallinfo2();
  OK(tw_get_memory_stats(&late));
  CHECK(late.allocations == early.allocations && late.deallocations == early.deallocations);
  CHECK(late.bytes_in_use == early.bytes_in_use && late.peak_bytes_in_use == early.peak_bytes_in_use);
  CHECK(now.uordblks < used + 32 * 989);
  CHECK(now.arena < heap.arena + room_of_threads() && now.hblkhd == heap.hblkhd);
  OK(tw_set_grad_enabled(recording, NULL));
  tw_module_release(net);
}

static void cells_are_steps(void) {
  tw_module_t layer = make(tw_lstm_create, 3, 4, NULL), cell = make(tw_lstm_cell_create, 3, 4, NULL);
  static const char *const names[4] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
  for (int i = 0; i < 4; i++) {
    char name[16];
    snprintf(name, sizeof name, "%s_l0", names[i]);
    tw_tensor_t parameter = NULL;
    OK(tw_module_parameter(layer, name, &parameter));
    OK(tw_module_register_parameter(cell, names[i], parameter));
    tw_tensor_release(parameter);
  }
  tw_tensor_t x = random_tensor(3, 2, 3), h = NULL, c = NULL, y = NULL;
  OK(tw_recurrent_forward(layer, x, NULL, NULL, NULL, &y, NULL, NULL));
  for (int64_t step = 0; step < 3; step++) {
    tw_tensor_t input = NULL, expected = NULL, next_h = NULL, next_c = NULL;
    OK(tw_tensor_select(x, 0, step, &input));
    OK(tw_tensor_select(y, 0, step, &expected));
    OK(tw_recurrent_step(cell, input, h, c, &next_h, &next_c));
    CHECK(difference(next_h, expected) < 1e-6);
    tw_tensor_release(input);
    tw_tensor_release(expected);
    tw_tensor_release(h);
    tw_tensor_release(c);
    h = next_h;
    c = next_c;
  }
  FAILS(TW_ERROR_INVALID_ARGUMENT, "not a recurrent cell", tw_recurrent_step(layer, x, NULL, NULL, &y, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "must be an RNN",
        tw_recurrent_forward(cell, x, NULL, NULL, NULL, &y, NULL, NULL));
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(h);
  tw_tensor_release(c);
  tw_module_release(layer);
  tw_module_release(cell);
}

static tw_status count_windows(double loss, void *user_data) {
  CHECK(isfinite(loss));
  return ++*(int *)user_data == 100 ? TW_ERROR_CANCELLED : TW_OK;
}

static double gradient_of(tw_module_t net) {
  double norm = NAN;
  OK(tw_module_gradient_norm(net, NULL, &norm));
  OK(tw_module_zero_grad(net));
  return norm;
}

static void goes_back_a_few_steps(void) {
  tw_module_t layers[2] = {make(tw_gru_create, 3, 4, NULL), NULL};
  OK(tw_linear_create(4, 5, 1, TW_FLOAT32, &layers[1]));
  tw_module_t net = chain(layers, 2);
  const int64_t shape[2] = {7, 2}, classes[14] = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3};
  tw_tensor_t x = random_tensor(7, 2, 3), target = NULL, y = NULL, rows = NULL, labels = NULL, loss = NULL;
  OK(tw_tensor_from_data(classes, TW_INT64, shape, 2, &target));
  OK(tw_module_forward(net, x, &y));
  OK(tw_tensor_flatten(y, 0, 1, &rows));
  OK(tw_tensor_flatten(target, 0, 1, &labels));
  OK(tw_tensor_cross_entropy(rows, labels, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
  OK(tw_tensor_backward(loss, NULL, 0, 0));
  double expected = gradient_of(net), value = NAN;
  tw_tbptt_options options;
  OK(tw_tbptt_options_init(&options, sizeof options));
  OK(tw_tbptt(net, x, target, NULL, &value));
  CHECK(fabs(value - item_of(loss)) < 1e-6 && fabs(gradient_of(net) - expected) < 1e-6);
  int windows = 0;
  options.tau = 7;
  options.k1 = 2;
  options.after = count_windows;
  options.user_data = &windows;
  OK(tw_tbptt(net, x, target, &options, &value));
  CHECK(windows == 4 && fabs(value - item_of(loss)) < 1e-6 && fabs(gradient_of(net) - expected) < 1e-6);
  options.tau = options.k1 = 2;
  OK(tw_tbptt(net, x, target, &options, &value));
  CHECK(fabs(value - item_of(loss)) < 1e-6 && fabs(gradient_of(net) - expected) > 1e-6);
  windows = 99;
  FAILS(TW_ERROR_CANCELLED, "callback", tw_tbptt(net, x, target, &options, &value));
  options.k1 = 3;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "from 1 to the first", tw_tbptt(net, x, target, &options, &value));
  options.k1 = 0;
  options.tau = INT64_MIN;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "at least 1", tw_tbptt(net, x, target, &options, &value));
  options.tau = INT64_MAX;
  options.dim = 2;
  FAILS(TW_ERROR_SHAPE, "dimension", tw_tbptt(net, x, target, &options, &value));
  OK(tw_linear_create(3, 5, 1, TW_FLOAT32, &layers[0]));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no recurrent layer", tw_tbptt(layers[0], x, target, NULL, &value));
  tw_module_release(layers[0]);
  tw_tensor_release(x);
  tw_tensor_release(target);
  tw_tensor_release(y);
  tw_tensor_release(rows);
  tw_tensor_release(labels);
  tw_tensor_release(loss);
  tw_module_release(net);
}

static void tells_of_gradients_in_time(void) {
  tw_recurrent_options options = defaults();
  options.num_layers = 2;
  tw_module_t layer = make(tw_lstm_create, 3, 4, &options);
  tw_tensor_t x = random_tensor(5, 2, 3), y = NULL, last = NULL, loss = NULL, h = NULL, c = NULL;
  FAILS(TW_ERROR_AUTOGRAD, "keeps none", tw_recurrent_gradient_norms(layer, &h, &c));
  OK(tw_recurrent_keep_gradient_norms(layer, 1));
  OK(tw_module_forward(layer, x, &y));
  FAILS(TW_ERROR_AUTOGRAD, "no backward pass", tw_recurrent_gradient_norms(layer, &h, &c));
  last = piece(y, 4, 5);
  OK(tw_tensor_sum(last, NULL, 0, 0, &loss));
  OK(tw_tensor_backward(loss, NULL, 0, 0));
  OK(tw_recurrent_gradient_norms(layer, &h, &c));
  double norms[10];
  CHECK(has_shape(h, (const int64_t[]){2, 5}, 2) && has_shape(c, (const int64_t[]){2, 5}, 2));
  OK(tw_tensor_copy_to(h, norms, sizeof norms));
  CHECK(fabs(norms[9] - sqrt(8)) < 1e-6);
  for (int i = 0; i < 10; i++)
    CHECK(norms[i] > 0 && isfinite(norms[i]));
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(last);
  tw_tensor_release(loss);
  tw_tensor_release(h);
  tw_tensor_release(c);
  tw_module_release(layer);
}

static void refuses(void) {
  tw_recurrent_options options = defaults();
  tw_module_t module = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "both must be", tw_gru_create(INT64_MIN, INT64_MAX, NULL, &module));
  options.num_layers = INT64_MAX;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "layers", tw_lstm_create(2, 2, &options, &module));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "layers", tw_lstm_cell_create(2, 2, &options, &module));
  options = defaults();
  options.bidirectional = 1;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "single cell", tw_lstm_cell_create(2, 2, &options, &module));
  options = defaults();
  options.nonlinearity = 7;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "nonlinearity 7", tw_rnn_create(2, 2, &options, &module));
  options.nonlinearity = TW_RNN_SIGMOID;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "for an RNN", tw_gru_create(2, 2, &options, &module));
  options = defaults();
  options.peephole = 1;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "for an LSTM", tw_gru_create(2, 2, &options, &module));
  options = defaults();
  options.reset_after = 0;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "for a GRU", tw_lstm_create(2, 2, &options, &module));
  options = defaults();
  options.dtype = TW_INT64;
  FAILS(TW_ERROR_DTYPE, "cannot be trained", tw_lstm_create(2, 2, &options, &module));
  options.struct_size = 3;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "struct_size", tw_lstm_create(2, 2, &options, &module));
  CHECK(module == NULL);
}

int main(void) {
  OK(tw_manual_seed(1));
  classifies();
  takes_states_along(tw_rnn_create, 0);
  takes_states_along(tw_lstm_create, 1);
  takes_states_along(tw_gru_create, 0);
  goes_on_in_both_directions();
  learns_every_step();
  heeds_lengths();
  cells_are_steps();
  generates(make(tw_lstm_create, 32, 64, NULL), 2);
  generates(make(tw_gru_create, 32, 64, NULL), 2);
  generates(make(tw_lstm_cell_create, 32, 64, NULL), 1);
  goes_back_a_few_steps();
  tells_of_gradients_in_time();
  refuses();
  return checks_result();
}
