// Where the gradient goes on its way back through time: three cells, forget gates, and the bound for a plain
// net. Examples/Python/through_time.py draws the same.
//
//   through_time
//
// 1. A sequence of 100 steps, a loss at its end alone, nets that have not learnt anything yet: the norm of
//    the loss's gradient with respect to the state at some steps, for RNN, GRU and LSTM.
// 2. The same of an LSTM's cell state, with forget biases of +3, 0 and -3, beside the product of its forget
//    gates: the cell path's own factor. It helps, and does not guarantee, a long memory.
// 3. For s_t = tanh(W s_{t-1} + u_t): the singular values of one step's Jacobian and of the product of all
//    steps from there to the end, beside the bound |W|^(T - t + 1), which no product exceeds; and the norm of
//    each step's own term of dL/dW = sum_t dL/ds_t d+s_t/dW, where d+ holds s_{t-1} constant. The near steps
//    drown the far ones (Pascanu, Mikolov & Bengio 2013).
#include <math.h>

#include "example.h"

enum { STEPS = 100, BATCH = 16, INPUT = 8, HIDDEN = 64, SPAN = 30, SIZE = 16 };

typedef tw_status (*creator)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *);

static tw_module_t layer_create(creator create, double forget_bias) {
  tw_recurrent_options options;
  tw_module_t layer = NULL;
  MUST(tw_recurrent_options_init(&options, sizeof options));
  options.forget_bias = forget_bias; // NaN: as PyTorch's
  options.dtype = TW_FLOAT64;
  MUST(tw_manual_seed(1));
  MUST(create(INPUT, HIDDEN, &options, &layer));
  MUST(tw_recurrent_keep_gradient_norms(layer, 1));
  return layer;
}

// The norms of the gradient of a loss that sees the last step alone, with respect to the states h and, of an
// LSTM, c.
static void gradient_norms(tw_module_t layer, tw_tensor_t x, double hidden[STEPS], double cell[STEPS]) {
  tw_tensor_t output = NULL, last = NULL, square = NULL, loss = NULL, h = NULL, c = NULL;
  MUST(tw_recurrent_forward(layer, x, NULL, NULL, NULL, &output, NULL, NULL));
  MUST(tw_tensor_select(output, 0, -1, &last));
  MUST(tw_tensor_mul(last, last, &square));
  MUST(tw_tensor_sum(square, NULL, 0, 0, &loss));
  MUST(tw_tensor_backward(loss, NULL, 0, 0));
  MUST(tw_recurrent_gradient_norms(layer, &h, &c));
  MUST(tw_tensor_copy_to(h, hidden, STEPS * sizeof *hidden));
  if (c)
    MUST(tw_tensor_copy_to(c, cell, STEPS * sizeof *cell));
  tw_tensor_release(output);
  tw_tensor_release(last);
  tw_tensor_release(square);
  tw_tensor_release(loss);
  tw_tensor_release(h);
  tw_tensor_release(c);
}

static void cells(tw_tensor_t x) {
  static const struct {
    const char *name;
    creator create;
  } KINDS[] = {{"RNN", tw_rnn_create}, {"GRU", tw_gru_create}, {"LSTM", tw_lstm_create}};
  printf("|dL/dh_t| at t = %9d%11d%11d%11d%11d\n", 1, 25, 50, 75, 100);
  for (size_t k = 0; k < sizeof KINDS / sizeof KINDS[0]; k++) {
    double h[STEPS], c[STEPS];
    tw_module_t layer = layer_create(KINDS[k].create, NAN);
    gradient_norms(layer, x, h, c);
    printf("%-15s%11.2e%11.2e%11.2e%11.2e%11.2e\n", KINDS[k].name, h[0], h[24], h[49], h[74], h[99]);
    tw_module_release(layer);
  }
}

static void forget_gates(tw_tensor_t x) {
  static const double biases[] = {3, 0, -3};
  static double gates[STEPS][BATCH][4][HIDDEN]; // i, f, g, o
  printf("\nforget bias   mean gate   |dL/dc_1| / |dL/dc_T|   product of gates\n");
  for (int k = 0; k < 3; k++) {
    double h[STEPS], c[STEPS], sum = 0, logarithm = 0;
    tw_tensor_t output = NULL, all = NULL;
    tw_module_t layer = layer_create(tw_lstm_create, biases[k]);
    gradient_norms(layer, x, h, c);
    MUST(tw_recurrent_gates(layer, x, NULL, NULL, NULL, &output, NULL, NULL, &all, NULL));
    MUST(tw_tensor_copy_to(all, gates, sizeof gates));
    for (int t = 0; t < STEPS; t++)
      for (int b = 0; b < BATCH; b++)
        for (int i = 0; i < HIDDEN; i++) {
          sum += gates[t][b][1][i];
          logarithm += t == 0 ? 0 : log(gates[t][b][1][i]); // those after the first step
        }
    printf("%+11.0f%12.3f%24.2e%19.2e\n", biases[k], sum / (STEPS * BATCH * HIDDEN), c[0] / c[STEPS - 1],
           exp(logarithm / (BATCH * HIDDEN)));
    tw_tensor_release(output);
    tw_tensor_release(all);
    tw_module_release(layer);
  }
}

static double norm_of(tw_tensor_t matrix) { // Frobenius
  double elements[SIZE * SIZE], sum = 0;
  MUST(tw_tensor_copy_to(matrix, elements, sizeof elements));
  for (int i = 0; i < SIZE * SIZE; i++)
    sum += elements[i] * elements[i];
  return sqrt(sum);
}

static void bound(void) {
  const int64_t square[2] = {SIZE, SIZE}, input[2] = {SPAN, SIZE}, one[1] = {SIZE};
  tw_tensor_t weight = NULL, inputs = NULL, states[SPAN + 1] = {NULL}, copies[SPAN] = {NULL}, loss = NULL;
  double norm = 0, radius = 0;
  MUST(tw_manual_seed(2));
  MUST(tw_tensor_empty(square, 2, TW_FLOAT64, &weight));
  MUST(tw_init_orthogonal(weight, 1.1, NULL));
  MUST(tw_tensor_randn(input, 2, TW_FLOAT64, NULL, &inputs));
  MUST(tw_tensor_randn(one, 1, TW_FLOAT64, NULL, &states[0]));
  MUST(tw_tensor_set_requires_grad(states[0], 1));
  for (int t = 0; t < SPAN; t++) { // a copy of W for each step: its gradient is that step's own term
    tw_tensor_t u = NULL, half = NULL, product = NULL, sum = NULL;
    MUST(tw_tensor_clone(weight, &copies[t]));
    MUST(tw_tensor_set_requires_grad(copies[t], 1));
    MUST(tw_tensor_select(inputs, 0, t, &u));
    MUST(tw_tensor_mul_scalar(u, 0.5, &half));
    MUST(tw_tensor_matmul(copies[t], states[t], &product));
    MUST(tw_tensor_add(product, half, &sum));
    MUST(tw_tensor_tanh(sum, &states[t + 1]));
    tw_tensor_release(u);
    tw_tensor_release(half);
    tw_tensor_release(product);
    tw_tensor_release(sum);
  }
  MUST(tw_tensor_sum(states[SPAN], NULL, 0, 0, &loss));
  MUST(tw_tensor_backward(loss, NULL, 1, 0)); // the graph stays for the Jacobians
  MUST(tw_tensor_spectral_norm(weight, &norm));
  MUST(tw_tensor_spectral_radius(weight, &radius));
  printf("\n|W| = %.3f, spectral radius %.3f\n", norm, radius);
  printf("   t  one step: largest  smallest  product: largest     bound   term of dL/dW\n");
  for (int t = SPAN; t > 0; t -= 3) {
    double largest, smallest, whole, least;
    tw_tensor_t term = NULL;
    MUST(tw_jacobian_singular_values(&states[t], 1, &states[t - 1], 1, 0, &largest, &smallest));
    MUST(tw_jacobian_singular_values(&states[SPAN], 1, &states[t - 1], 1, 0, &whole, &least));
    MUST(tw_tensor_grad(copies[t - 1], &term));
    printf("%4d%19.4f%10.4f%18.3e%10.2e%16.3e\n", t, largest, smallest, whole, pow(norm, SPAN - t + 1),
           norm_of(term));
    tw_tensor_release(term);
  }
  for (int t = 0; t < SPAN; t++)
    tw_tensor_release(copies[t]);
  for (int t = 0; t <= SPAN; t++)
    tw_tensor_release(states[t]);
  tw_tensor_release(loss);
  tw_tensor_release(weight);
  tw_tensor_release(inputs);
}

// Eigenvalues below 1 make powers small in the long run only.
static void shear(void) {
  const int64_t shape[2] = {2, 2};
  const double elements[4] = {0.9, 5, 0, 0.9};
  tw_tensor_t matrix = NULL, power = NULL, next = NULL;
  double value = 0;
  MUST(tw_tensor_from_data(elements, TW_FLOAT64, shape, 2, &matrix));
  MUST(tw_tensor_eye(2, 2, TW_FLOAT64, &power));
  MUST(tw_tensor_spectral_radius(matrix, &value));
  printf("\n[[.9, 5], [0, .9]] has spectral radius %.2f; its powers' norms:\n", value);
  for (int k = 1; k <= 100; k++) {
    MUST(tw_tensor_matmul(power, matrix, &next));
    replace(&power, next);
    MUST(tw_tensor_spectral_norm(power, &value));
    if (k == 1 || k == 5 || k == 10 || k == 20 || k == 50 || k == 100)
      printf("  %3d %9.4f\n", k, value);
  }
  tw_tensor_release(matrix);
  tw_tensor_release(power);
}

int main(void) {
  const int64_t shape[3] = {STEPS, BATCH, INPUT};
  tw_tensor_t x = NULL;
  MUST(tw_manual_seed(0));
  MUST(tw_tensor_randn(shape, 3, TW_FLOAT64, NULL, &x));
  cells(x);
  forget_gates(x);
  bound();
  shear();
  tw_tensor_release(x);
  return 0;
}
