// Normalisation inside a recurrent net whose recurrent weights are too small, right, and too large.
//
//   recurrent_norm [Examples/Data/digits.h5] [epochs]
//
// Handwritten digits are read a pixel at a time, in 64 steps h = tanh(norm(W h + U x + b)): without
// normalisation; with that of each state (layer normalisation: Ba, Kiros & Hinton 2016); with that of each
// unit over the batch, with its own statistics at each step, whose scale starts at 1, or at 0.1, so that tanh
// does not saturate (recurrent batch normalisation: Cooijmans et al. 2017). W starts as an orthogonal matrix
// times 1/4, 1 or 4. Printed are the norms of the loss's gradients of the states after the first step, the
// middle one and the last, before any training, and losses and accuracy, the latter on digits not seen,
// after. Examples/Python/recurrent_norm.py does the same, and draws it.
#include "training.h"

enum { STEPS = 64, HIDDEN = 64, CLASSES = 10, BATCH = 32, PROBE = 256 };
typedef enum { NONE, LAYER, OVER_BATCH } kind;
enum { W, U, B, GAMMA, BETA, V, C, PARAMETERS };

typedef struct {
  kind norm;
  tw_tensor_t parameters[PARAMETERS];
  tw_tensor_t means[STEPS], variances[STEPS]; // of each step, for evaluation
} recurrent;

static tw_tensor_t filled(int64_t rows, int64_t columns, double value) {
  const int64_t shape[2] = {rows, columns};
  tw_tensor_t result = NULL;
  MUST(tw_tensor_full(shape + (rows == 0), rows == 0 ? 1 : 2, value, TW_FLOAT32, &result));
  return result;
}

static recurrent network(kind norm, double gamma, double gain) {
  recurrent net = {norm, {NULL}, {NULL}, {NULL}};
  net.parameters[W] = filled(HIDDEN, HIDDEN, 0);
  net.parameters[U] = filled(HIDDEN, 1, 0);
  net.parameters[B] = filled(0, HIDDEN, 0);
  net.parameters[GAMMA] = filled(0, HIDDEN, gamma);
  net.parameters[BETA] = filled(0, HIDDEN, 0);
  net.parameters[V] = filled(CLASSES, HIDDEN, 0);
  net.parameters[C] = filled(0, CLASSES, 0);
  MUST(tw_init_orthogonal(net.parameters[W], gain, NULL));
  MUST(tw_init_uniform(net.parameters[U], -1, 1, NULL));
  MUST(tw_init_uniform(net.parameters[B], -1, 1, NULL));
  MUST(tw_init_uniform(net.parameters[V], -0.125, 0.125, NULL));
  for (int i = 0; i < PARAMETERS; i++)
    MUST(tw_tensor_set_requires_grad(net.parameters[i], 1));
  for (int t = 0; t < STEPS; t++) {
    net.means[t] = filled(0, HIDDEN, 0);
    net.variances[t] = filled(0, HIDDEN, 1);
  }
  return net;
}

static void free_network(recurrent *net) {
  for (int i = 0; i < PARAMETERS; i++)
    tw_tensor_release(net->parameters[i]);
  for (int t = 0; t < STEPS; t++) {
    tw_tensor_release(net->means[t]);
    tw_tensor_release(net->variances[t]);
  }
}

// The states after each step of images [n, 1, 8, 8], and the logits [n, 10] that the last one gives.
static tw_tensor_t forward(recurrent *net, tw_tensor_t images, int training, tw_tensor_t states[STEPS]) {
  const int64_t width[1] = {HIDDEN};
  tw_tensor_t *p = net->parameters, pixels = NULL, logits = NULL;
  MUST(tw_tensor_flatten(images, 1, 3, &pixels));
  for (int t = 0; t < STEPS; t++) {
    tw_tensor_t pixel = NULL, sum = NULL, next = NULL;
    MUST(tw_tensor_slice(pixels, 1, t, t + 1, 1, &pixel));
    MUST(tw_tensor_linear(pixel, p[U], p[B], &sum));
    if (t > 0) {
      tw_tensor_t recurred = NULL;
      MUST(tw_tensor_linear(states[t - 1], p[W], NULL, &recurred));
      MUST(tw_tensor_add(sum, recurred, &next));
      replace(&sum, next);
      tw_tensor_release(recurred);
    }
    if (net->norm == LAYER) {
      MUST(tw_tensor_layer_norm(sum, width, 1, p[GAMMA], p[BETA], 1e-5, &next));
      replace(&sum, next);
    } else if (net->norm == OVER_BATCH) {
      MUST(tw_tensor_batch_norm(sum, net->means[t], net->variances[t], p[GAMMA], p[BETA], training, 0.1, 1e-5,
                                &next));
      replace(&sum, next);
    }
    MUST(tw_tensor_tanh(sum, &states[t]));
    tw_tensor_release(pixel);
    tw_tensor_release(sum);
  }
  MUST(tw_tensor_linear(states[STEPS - 1], p[V], p[C], &logits));
  tw_tensor_release(pixels);
  return logits;
}

// The loss on a batch, with its graph; the states, if they are asked for.
static tw_tensor_t loss_of(recurrent *net, tw_tensor_t images, tw_tensor_t labels, tw_tensor_t *kept) {
  tw_tensor_t states[STEPS], loss = NULL, logits = forward(net, images, 1, states);
  MUST(tw_tensor_cross_entropy(logits, labels, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
  tw_tensor_release(logits);
  for (int t = 0; t < STEPS; t++)
    if (kept)
      kept[t] = states[t];
    else
      tw_tensor_release(states[t]);
  return loss;
}

// ||dL/dh|| after the first step, the middle one and the last.
static void state_gradients(recurrent *net, tw_tensor_t images, tw_tensor_t labels, double norms[3]) {
  tw_tensor_t states[STEPS], loss = loss_of(net, images, labels, states), gradients[3];
  const tw_tensor_t watched[3] = {states[0], states[STEPS / 2 - 1], states[STEPS - 1]};
  MUST(tw_grad(&loss, 1, watched, 3, NULL, 0, 0, 0, gradients));
  for (int i = 0; i < 3; i++) {
    tw_tensor_t norm = NULL;
    MUST(tw_tensor_vector_norm(gradients[i], 2, NULL, 0, 0, &norm));
    norms[i] = number(norm);
    tw_tensor_release(norm);
    tw_tensor_release(gradients[i]);
  }
  tw_tensor_release(loss);
  for (int t = 0; t < STEPS; t++)
    tw_tensor_release(states[t]);
}

// Trains; returns the mean loss of the last epoch.
static double train_recurrent(recurrent *net, tw_loader_t batches, int epochs) {
  double mean = 0;
  tw_adam_options options;
  tw_optimizer_t adam = NULL;
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 3e-3;
  MUST(tw_adam_create(net->parameters, PARAMETERS, &options, &adam));
  for (int epoch = 0; epoch < epochs; epoch++) {
    tw_tensor_t batch[2];
    size_t count = 0, seen = 0;
    double sum = 0;
    MUST(tw_loader_start_epoch(batches, epoch));
    for (;;) {
      MUST(tw_loader_next(batches, batch, 2, &count));
      if (count == 0)
        break;
      MUST(tw_optimizer_zero_grad(adam));
      tw_tensor_t loss = loss_of(net, batch[0], batch[1], NULL);
      MUST(tw_tensor_backward(loss, NULL, 0, 0));
      MUST(tw_optimizer_step(adam));
      sum += number(loss);
      seen++;
      tw_tensor_release(loss);
      tw_tensor_release(batch[0]);
      tw_tensor_release(batch[1]);
    }
    mean = sum / (double)seen;
  }
  tw_optimizer_release(adam);
  return mean;
}

static double accuracy(recurrent *net, tw_tensor_t images, tw_tensor_t labels) {
  tw_tensor_t states[STEPS], logits = NULL;
  double share = 0;
  int32_t before = 0;
  MUST(tw_set_grad_enabled(0, &before));
  logits = forward(net, images, 0, states);
  MUST(tw_set_grad_enabled(before, NULL));
  MUST(tw_metric_accuracy(logits, labels, 1, &share));
  tw_tensor_release(logits);
  for (int t = 0; t < STEPS; t++)
    tw_tensor_release(states[t]);
  return share;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    kind norm;
    double gamma;
  } kinds[] = {{"without normalisation", NONE, 1},
               {"layer normalisation", LAYER, 1},
               {"batch, scale from 1", OVER_BATCH, 1},
               {"batch, scale from 0.1", OVER_BATCH, 0.1}};
  static const double gains[] = {0.25, 1, 4};
  const int epochs = argc > 2 ? atoi(argv[2]) : 10;
  digits learn = read_digits(data_file(argc, argv), "train", 0, BATCH);
  digits test = read_digits(data_file(argc, argv), "test", 0, BATCH);
  tw_tensor_t images = first(learn.images, PROBE), labels = first(learn.labels, PROBE);
  printf("%-24s%6s   gradient of state 1, %d, %d at first%6s%10s\n", "", "W", STEPS / 2, STEPS, "loss",
         "accuracy");
  for (size_t g = 0; g < sizeof gains / sizeof *gains; g++)
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
      double norms[3];
      MUST(tw_manual_seed(0));
      recurrent net = network(kinds[k].norm, kinds[k].gamma, gains[g]);
      state_gradients(&net, images, labels, norms);
      double loss = train_recurrent(&net, learn.batches, epochs);
      printf("%-24s%6g%12.2g%12.2g%12.2g%9.3f%10.3f\n", kinds[k].name, gains[g], norms[0], norms[1], norms[2],
             loss, accuracy(&net, test.images, test.labels));
      fflush(stdout);
      free_network(&net);
    }
  tw_tensor_release(images);
  tw_tensor_release(labels);
  free_digits(&learn);
  free_digits(&test);
  return 0;
}
