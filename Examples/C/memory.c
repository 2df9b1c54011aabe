// What recurrent nets remember: the adding problem (Hochreiter & Schmidhuber 1997) for RNN, GRU and LSTM.
//
//   memory [T] [batches]
//
// A sequence of T random numbers, two of them marked; their sum is asked for at the end. Who always answers 1
// has a mean squared error of 1/6 = 0.167, and so has the plain net, whose gradient does not reach back that
// far. The gates of GRU and LSTM start open for times of up to T (Tallec & Ollivier 2018). All three are
// trained alike, with clipped gradients, until the error is below 0.005. Examples/Python/memory.py has more
// tasks.
#include <math.h>
#include <string.h>
#include <time.h>

#include "example.h"

enum { BATCH = 32, HIDDEN = 64, PARAMETERS = 6, TEST = 1000 };

typedef struct {
  tw_module_t layer, head;
  tw_tensor_t parameters[PARAMETERS];
} net;

typedef tw_status (*creator)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *);

// Biases that keep the state for times from 1 to `steps`: in the second part of the vector are those of the
// LSTM's forget gate and of the GRU's update gate, in the first those of the LSTM's input gate.
static void open_gates(net *n, int steps, int is_lstm) {
  float spans[HIDDEN];
  const int64_t shape[1] = {HIDDEN};
  tw_tensor_t random = NULL;
  MUST(tw_tensor_rand(shape, 1, TW_FLOAT32, NULL, &random));
  MUST(tw_tensor_copy_to(random, spans, sizeof spans));
  tw_tensor_release(random);
  for (int k = 2; k < 4; k++) { // bias_ih, bias_hh
    void *data = NULL;
    MUST(tw_tensor_data(n->parameters[k], &data));
    float *bias = data;
    for (int i = 0; i < HIDDEN; i++) {
      float open = k == 2 ? logf(1 + spans[i] * (float)(steps - 2)) : 0;
      bias[HIDDEN + i] = open;
      if (is_lstm)
        bias[i] = -open;
    }
  }
}

static net net_create(creator create) {
  net n = {0};
  const char *name;
  MUST(create(2, HIDDEN, NULL, &n.layer));
  MUST(tw_linear_create(HIDDEN, 1, 1, TW_FLOAT32, &n.head));
  for (size_t i = 0; i < PARAMETERS; i++)
    MUST(tw_module_parameter_at(i < 4 ? n.layer : n.head, i < 4 ? i : i - 4, &name, &n.parameters[i]));
  return n;
}

static void net_release(net *n) {
  for (int i = 0; i < PARAMETERS; i++)
    tw_tensor_release(n->parameters[i]);
  tw_module_release(n->layer);
  tw_module_release(n->head);
}

// Numbers and marks [steps, count, 2], sums [count, 1].
static void batch_of(tw_generator_t random, int steps, int count, tw_tensor_t *input, tw_tensor_t *target) {
  const int64_t shape[3] = {steps, count, 2}, sums_shape[2] = {count, 1}, places_shape[1] = {count};
  float *sums = calloc((size_t)count, sizeof *sums);
  int64_t *places = malloc((size_t)count * sizeof *places);
  void *data = NULL;
  if (!sums || !places)
    exit(1);
  MUST(tw_tensor_rand(shape, 3, TW_FLOAT32, random, input));
  MUST(tw_tensor_data(*input, &data));
  float *x = data;
  for (int i = 0; i < steps * count; i++)
    x[2 * i + 1] = 0;
  for (int half = 0; half < 2; half++) {
    tw_tensor_t drawn = NULL;
    int first = half == 0 ? 0 : steps / 2, last = half == 0 ? steps / 2 : steps;
    MUST(tw_tensor_randint(first, last, places_shape, 1, TW_INT64, random, &drawn));
    MUST(tw_tensor_copy_to(drawn, places, (size_t)count * sizeof *places));
    for (int i = 0; i < count; i++) {
      float *marked = x + 2 * (places[i] * count + i);
      marked[1] = 1;
      sums[i] += marked[0];
    }
    tw_tensor_release(drawn);
  }
  MUST(tw_tensor_from_data(sums, TW_FLOAT32, sums_shape, 2, target));
  free(sums);
  free(places);
}

static tw_tensor_t loss_of(const net *n, tw_tensor_t input, tw_tensor_t target) {
  tw_tensor_t states = NULL, last = NULL, output = NULL, loss = NULL;
  MUST(tw_recurrent_forward(n->layer, input, NULL, NULL, NULL, &states, NULL, NULL));
  MUST(tw_tensor_select(states, 0, -1, &last));
  MUST(tw_module_forward(n->head, last, &output));
  MUST(tw_tensor_mse_loss(output, target, TW_REDUCTION_MEAN, &loss));
  tw_tensor_release(states);
  tw_tensor_release(last);
  tw_tensor_release(output);
  return loss;
}

static void learn(const char *name, creator create, int steps, int batches) {
  tw_generator_t random = NULL, fresh = NULL;
  tw_optimizer_t adam = NULL;
  tw_adam_options options;
  tw_tensor_t input = NULL, target = NULL, loss = NULL;
  double mean = 1, norm = 0;
  int done = 0;
  MUST(tw_manual_seed(1));
  MUST(tw_generator_create(1, &random));
  MUST(tw_generator_create(2, &fresh));
  net n = net_create(create);
  if (strcmp(name, "RNN") != 0)
    open_gates(&n, steps, strcmp(name, "LSTM") == 0);
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 5e-3;
  MUST(tw_adam_create(n.parameters, PARAMETERS, &options, &adam));
  const clock_t start = clock();
  while (done < batches && mean > 0.005) {
    batch_of(random, steps, BATCH, &input, &target);
    MUST(tw_optimizer_zero_grad(adam));
    loss = loss_of(&n, input, target);
    MUST(tw_tensor_backward(loss, NULL, 0, 0));
    MUST(tw_clip_grad_norm(n.parameters, PARAMETERS, 1.0, 2.0, 0, &norm));
    MUST(tw_optimizer_step(adam));
    mean = done++ == 0 ? number(loss) : 0.95 * mean + 0.05 * number(loss);
    replace(&loss, NULL);
    replace(&input, NULL);
    replace(&target, NULL);
  }
  const double spent = (double)(clock() - start) / CLOCKS_PER_SEC;
  MUST(tw_set_grad_enabled(0, NULL));
  batch_of(fresh, steps, TEST, &input, &target);
  loss = loss_of(&n, input, target);
  MUST(tw_set_grad_enabled(1, NULL));
  printf("%-5s%9d%28.4f%13.1f\n", name, done, number(loss), spent);
  fflush(stdout);
  tw_tensor_release(loss);
  tw_tensor_release(input);
  tw_tensor_release(target);
  tw_optimizer_release(adam);
  tw_generator_release(random);
  tw_generator_release(fresh);
  net_release(&n);
}

int main(int argc, char **argv) {
  const int steps = argc > 1 ? atoi(argv[1]) : 200, batches = argc > 2 ? atoi(argv[2]) : 1500;
  if (steps < 4 || batches < 1) {
    fprintf(stderr, "usage: %s [T of at least 4] [batches]\n", argv[0]);
    return 1;
  }
  printf("adding problem, T = %d\n       batches   squared error on fresh data   CPU seconds\n", steps);
  learn("RNN", tw_rnn_create, steps, batches);
  learn("GRU", tw_gru_create, steps, batches);
  learn("LSTM", tw_lstm_create, steps, batches);
  return 0;
}
