// What recurrent nets remember: three tasks whose answer lies far back, for RNN, GRU and LSTM.
//
//   memory [adding | order | copy | all] [T] [batches]
//
// adding (Hochreiter & Schmidhuber 1997): T random numbers, two of them marked; their sum is asked for at the
//   end. Who always answers 1 has a mean squared error of 1/6 = 0.167.
// order: two symbols, X or Y, far apart among T others; which came, and in which order? A guess is wrong at 3
//   of 4.
// copy: 5 symbols of 8, then T steps of nothing, then the symbols are to be repeated. A guess is wrong at 7
//   of 8.
//
// All three nets are trained alike, with clipped gradients, until the error is below a limit or the batches
// are over. The plain net's gradient does not reach back that far. GRU and LSTM have gates, which start open
// for times of up to T (Tallec & Ollivier 2018, "Can recurrent neural networks warp time?"): with the usual
// start the GRU takes twelve times as many batches for the order, and the LSTM has not learnt it after 6000.
// In copying the time of nothing is short at first, T/20 steps, and grows by half whenever the net has
// learnt: asked for T = 100 steps from the beginning GRU and LSTM learn it, too, but take four times as long.
#include <math.h>
#include <string.h>
#include <time.h>

#include "example.h"

enum { BATCH = 32, HIDDEN = 64, PARAMETERS = 6, TEST = 1000, SYMBOLS = 8, COPIED = 5 };

// -- Tasks --------------------------------------------------------------------------------------------------

static void draw(tw_generator_t random, int64_t low, int64_t high, int64_t *to, int count) {
  const int64_t shape[1] = {count};
  tw_tensor_t drawn = NULL;
  MUST(tw_tensor_randint(low, high, shape, 1, TW_INT64, random, &drawn));
  MUST(tw_tensor_copy_to(drawn, to, (size_t)count * sizeof *to));
  tw_tensor_release(drawn);
}

static void *zeros(int count, size_t size) {
  void *memory = calloc((size_t)count, size);
  if (!memory)
    exit(1);
  return memory;
}

// Symbols [steps, count] as [steps, count, kinds], 1 at the symbol's place.
static tw_tensor_t one_hot(const int64_t *symbols, int steps, int count, int kinds) {
  const int64_t shape[3] = {steps, count, kinds};
  float *x = zeros(steps * count * kinds, sizeof *x);
  tw_tensor_t out = NULL;
  for (int i = 0; i < steps * count; i++)
    x[i * kinds + symbols[i]] = 1;
  MUST(tw_tensor_from_data(x, TW_FLOAT32, shape, 3, &out));
  free(x);
  return out;
}

// Numbers and marks [steps, count, 2], sums [count, 1].
static void adding(tw_generator_t random, int steps, int count, tw_tensor_t *input, tw_tensor_t *target) {
  const int64_t shape[3] = {steps, count, 2}, sums_shape[2] = {count, 1};
  float *sums = zeros(count, sizeof *sums);
  int64_t *places = zeros(count, sizeof *places);
  void *data = NULL;
  MUST(tw_tensor_rand(shape, 3, TW_FLOAT32, random, input));
  MUST(tw_tensor_data(*input, &data));
  float *x = data;
  for (int i = 0; i < steps * count; i++)
    x[2 * i + 1] = 0;
  for (int half = 0; half < 2; half++) {
    draw(random, half == 0 ? 0 : steps / 2, half == 0 ? steps / 2 : steps, places, count);
    for (int i = 0; i < count; i++) {
      float *marked = x + 2 * (places[i] * count + i);
      marked[1] = 1;
      sums[i] += marked[0];
    }
  }
  MUST(tw_tensor_from_data(sums, TW_FLOAT32, sums_shape, 2, target));
  free(sums);
  free(places);
}

// Six symbols [steps, count, 6], of which the first two are X and Y; classes [count].
static void order(tw_generator_t random, int steps, int count, tw_tensor_t *input, tw_tensor_t *target) {
  const int64_t shape[1] = {count};
  int64_t *symbols = zeros(steps * count, sizeof *symbols), *classes = zeros(count, sizeof *classes);
  int64_t *kinds = zeros(count, sizeof *kinds), *places = zeros(count, sizeof *places);
  draw(random, 2, 6, symbols, steps * count);
  for (int second = 0; second < 2; second++) {
    draw(random, 0, 2, kinds, count);
    draw(random, second ? steps / 2 : steps / 10, second ? 6 * steps / 10 : steps / 5, places, count);
    for (int i = 0; i < count; i++) {
      symbols[places[i] * count + i] = kinds[i];
      classes[i] = 2 * classes[i] + kinds[i];
    }
  }
  *input = one_hot(symbols, steps, count, 6);
  MUST(tw_tensor_from_data(classes, TW_INT64, shape, 1, target));
  free(symbols);
  free(classes);
  free(kinds);
  free(places);
}

// Symbols, nothing, and a sign to begin [steps + 2 COPIED, count, SYMBOLS + 2]; the symbols [COPIED * count].
static void copy(tw_generator_t random, int steps, int count, tw_tensor_t *input, tw_tensor_t *target) {
  const int64_t shape[1] = {COPIED * count};
  const int all = steps + 2 * COPIED;
  int64_t *symbols = zeros(all * count, sizeof *symbols);
  draw(random, 0, SYMBOLS, symbols, COPIED * count);
  for (int i = COPIED * count; i < all * count; i++)
    symbols[i] = i / count == all - COPIED - 1 ? SYMBOLS + 1 : SYMBOLS;
  *input = one_hot(symbols, all, count, SYMBOLS + 2);
  MUST(tw_tensor_from_data(symbols, TW_INT64, shape, 1, target));
  free(symbols);
}

typedef struct {
  const char *name;
  void (*make)(tw_generator_t random, int steps, int count, tw_tensor_t *input, tw_tensor_t *target);
  int inputs, outputs;
  int asked;     // steps at the end that are answers
  int is_number; // the error is squared, else the share of wrong answers
  int grows;     // the time begins short
  double learnt; // the error that is low enough
  int steps, batches;
} task;

static const task tasks[3] = {{"adding", adding, 2, 1, 1, 1, 0, 0.005, 200, 1500},
                              {"order", order, 6, 4, 1, 0, 0, 0.02, 100, 1500},
                              {"copy", copy, SYMBOLS + 2, SYMBOLS, COPIED, 0, 1, 0.02, 100, 12000}};

// -- Nets ---------------------------------------------------------------------------------------------------

typedef tw_status (*creator)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *);

typedef struct {
  tw_module_t layer, head;
  tw_tensor_t parameters[PARAMETERS];
} net;

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

static net net_create(creator create, const task *t) {
  net n = {0};
  const char *name;
  MUST(create(t->inputs, HIDDEN, NULL, &n.layer));
  MUST(tw_linear_create(HIDDEN, t->outputs, 1, TW_FLOAT32, &n.head));
  for (size_t i = 0; i < PARAMETERS; i++)
    MUST(tw_module_parameter_at(i < 4 ? n.layer : n.head, i < 4 ? i : i - 4, &name, &n.parameters[i]));
  return n;
}

static int64_t size_of(const net *n) {
  int64_t all = 0, one = 0;
  for (int i = 0; i < PARAMETERS; i++) {
    MUST(tw_tensor_numel(n->parameters[i], &one));
    all += one;
  }
  return all;
}

static void net_release(net *n) {
  for (int i = 0; i < PARAMETERS; i++)
    tw_tensor_release(n->parameters[i]);
  tw_module_release(n->layer);
  tw_module_release(n->head);
}

// The loss, and the error as the task counts it.
static tw_tensor_t loss_of(const task *t, const net *n, tw_tensor_t input, tw_tensor_t target,
                           double *error) {
  tw_tensor_t states = NULL, last = NULL, output = NULL, loss = NULL;
  int64_t shape[3];
  MUST(tw_recurrent_forward(n->layer, input, NULL, NULL, NULL, &states, NULL, NULL));
  MUST(tw_tensor_shape(states, shape, 3));
  MUST(tw_tensor_slice(states, 0, shape[0] - t->asked, shape[0], 1, &last));
  replace(&states, last);
  MUST(tw_tensor_flatten(states, 0, 1, &last));
  MUST(tw_module_forward(n->head, last, &output));
  if (t->is_number) {
    MUST(tw_tensor_mse_loss(output, target, TW_REDUCTION_MEAN, &loss));
    *error = number(loss);
  } else {
    MUST(tw_tensor_cross_entropy(output, target, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
    MUST(tw_metric_accuracy(output, target, 1, error));
    *error = 1 - *error;
  }
  tw_tensor_release(states);
  tw_tensor_release(last);
  tw_tensor_release(output);
  return loss;
}

// -- Learning -----------------------------------------------------------------------------------------------

static void learn(const task *t, const char *name, creator create, int steps, int batches) {
  tw_generator_t random = NULL, fresh = NULL;
  tw_optimizer_t adam = NULL;
  tw_adam_options options;
  tw_tensor_t input = NULL, target = NULL, loss = NULL;
  double mean = 1, norm = 0, error = 0;
  int done = 0, span = t->grows && steps > 20 ? steps / 20 : steps;
  MUST(tw_manual_seed(1));
  MUST(tw_generator_create(1, &random));
  MUST(tw_generator_create(2, &fresh));
  net n = net_create(create, t);
  if (strcmp(name, "RNN") != 0)
    open_gates(&n, steps, strcmp(name, "LSTM") == 0);
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 5e-3;
  MUST(tw_adam_create(n.parameters, PARAMETERS, &options, &adam));
  const clock_t start = clock();
  while (done < batches && (span < steps || mean > t->learnt)) {
    if (mean <= t->learnt) {
      span = span + span / 2 + 1 < steps ? span + span / 2 + 1 : steps;
      mean = 1;
    }
    t->make(random, span, BATCH, &input, &target);
    MUST(tw_optimizer_zero_grad(adam));
    loss = loss_of(t, &n, input, target, &error);
    MUST(tw_tensor_backward(loss, NULL, 0, 0));
    MUST(tw_clip_grad_norm(n.parameters, PARAMETERS, 1.0, 2.0, 0, &norm));
    MUST(tw_optimizer_step(adam));
    mean = 0.95 * mean + 0.05 * error;
    done++;
    replace(&loss, NULL);
    replace(&input, NULL);
    replace(&target, NULL);
  }
  const double spent = (double)(clock() - start) / CLOCKS_PER_SEC;
  MUST(tw_set_grad_enabled(0, NULL));
  t->make(fresh, steps, TEST, &input, &target);
  loss = loss_of(t, &n, input, target, &error);
  MUST(tw_set_grad_enabled(1, NULL));
  printf("%-8s%5d  %-5s%12lld%9d%9d", t->name, steps, name, (long long)size_of(&n), done, span);
  printf("%21.4f%13.1f%12.2f\n", error, spent, 1e3 * spent / done);
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
  const char *asked = argc > 1 ? argv[1] : "all";
  const int steps = argc > 2 ? atoi(argv[2]) : 0, batches = argc > 3 ? atoi(argv[3]) : 0;
  int found = 0;
  if ((argc > 2 && (steps < 10 || steps > 10000)) || (argc > 3 && batches < 1)) {
    fprintf(stderr, "usage: %s [adding | order | copy | all] [T, 10 to 10000] [batches]\n", argv[0]);
    return 1;
  }
  printf(
      "task        T  cell   parameters  batches    for T  error on fresh data  CPU seconds  ms a batch\n");
  for (int i = 0; i < 3; i++) {
    const task *t = &tasks[i];
    if (strcmp(asked, "all") != 0 && strcmp(asked, t->name) != 0)
      continue;
    found = 1;
    const int length = steps ? steps : t->steps, most = batches ? batches : t->batches;
    learn(t, "RNN", tw_rnn_create, length, most);
    learn(t, "GRU", tw_gru_create, length, most);
    learn(t, "LSTM", tw_lstm_create, length, most);
  }
  if (!found)
    fprintf(stderr, "there is no task %s; adding, order and copy are\n", asked);
  return !found;
}
