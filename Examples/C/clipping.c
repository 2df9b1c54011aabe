// Clipping gradients: the rules on numbers that can be checked by hand, then on a net that explodes without.
//
//   clipping [Examples/Data/digits.h5]
//
// By the global norm (Pascanu, Mikolov & Bengio 2013) two gradients keep their direction together, by the
// norm of each they keep their own, by value neither does. A perceptron of eight layers whose weights start
// twice as large as He et al. 2015 have them then learns handwritten digits: its first gradient is more than
// a hundred times as long as the clipped ones. The adaptive rule (Brock et al. 2021) has the weights' norms
// for its measure.
#include "training.h"

enum { LAYERS = 8, WIDTH = 64, BATCH = 32, EPOCHS = 5, PARAMETERS = 2 * LAYERS };
typedef enum { NO_CLIPPING, GLOBAL_NORM, EACH_NORM, BY_VALUE, ADAPTIVE, KINDS } kind;
static const char *const names[KINDS] = {"without", "global norm", "norm of each", "by value", "adaptive"};

// Clips; returns the norm of all gradients before.
static double clip(kind rule, const tw_tensor_t *parameters, size_t count, double limit) {
  tw_tensor_t gradients[PARAMETERS];
  double norm = 0;
  for (size_t i = 0; i < count; i++)
    MUST(tw_tensor_grad(parameters[i], &gradients[i]));
  MUST(tw_total_norm(gradients, count, 2, 0, &norm));
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(gradients[i]);
  switch (rule) {
  case GLOBAL_NORM:
    MUST(tw_clip_grad_norm(parameters, count, limit, 2, 0, &norm));
    break;
  case EACH_NORM:
    MUST(tw_clip_grad_norm_per_tensor(parameters, count, limit, 2, 0, NULL));
    break;
  case BY_VALUE:
    MUST(tw_clip_grad_value(parameters, count, limit));
    break;
  case ADAPTIVE:
    MUST(tw_clip_grad_adaptive(parameters, count, limit, 1e-3, 0, &norm));
    break;
  default:
    break;
  }
  return norm;
}

// Two gradients, (12, 0) and (0, 16): together of norm 20.
static void by_hand(kind rule, double limit) {
  const double values[2][2] = {{12, 0}, {0, 16}};
  const int64_t shape[1] = {2};
  tw_tensor_t parameters[2], gradient = NULL;
  for (int i = 0; i < 2; i++) {
    MUST(tw_tensor_ones(shape, 1, TW_FLOAT64, &parameters[i]));
    MUST(tw_tensor_set_requires_grad(parameters[i], 1));
    MUST(tw_tensor_from_data(values[i], TW_FLOAT64, shape, 1, &gradient));
    MUST(tw_tensor_set_grad(parameters[i], gradient));
    tw_tensor_release(gradient);
  }
  const double before = clip(rule, parameters, 2, limit), after = clip(NO_CLIPPING, parameters, 2, 0);
  printf("%-14s limit %-5g norm %g, then %g:", names[rule], limit, before, after);
  for (int i = 0; i < 2; i++) {
    double entries[2];
    MUST(tw_tensor_grad(parameters[i], &gradient));
    MUST(tw_tensor_copy_to(gradient, entries, sizeof entries));
    printf(" (%g, %g)", entries[0], entries[1]);
    tw_tensor_release(gradient);
    tw_tensor_release(parameters[i]);
  }
  printf("\n");
}

static tw_module_t perceptron(void) {
  tw_module_t layers[2 * LAYERS];
  size_t count = 0;
  MUST(tw_flatten_create(1, -1, &layers[count++]));
  for (int i = 0; i < LAYERS; i++) {
    tw_tensor_t weight = NULL;
    MUST(tw_linear_create(WIDTH, i + 1 < LAYERS ? WIDTH : 10, 1, TW_FLOAT32, &layers[count]));
    MUST(tw_module_parameter(layers[count++], "weight", &weight));
    MUST(tw_init_normal(weight, 0, 2 * sqrt(2.0 / WIDTH), NULL));
    tw_tensor_release(weight);
    if (i + 1 < LAYERS)
      MUST(tw_relu_create(&layers[count++]));
  }
  return sequence(layers, count);
}

static void train_clipped(kind rule, double limit, tw_loader_t batches) {
  tw_tensor_t parameters[PARAMETERS];
  tw_optimizer_t optimizer = NULL;
  tw_sgd_options options;
  size_t count = 0, steps = 0;
  double first = 0;
  MUST(tw_manual_seed(0));
  tw_module_t net = perceptron();
  MUST(tw_module_parameters(net, parameters, PARAMETERS, &count));
  MUST(tw_sgd_options_init(&options, sizeof options));
  options.lr = 0.01;
  options.momentum = 0.9;
  MUST(tw_sgd_create(parameters, count, &options, &optimizer));
  printf("%-14s", names[rule]);
  for (int epoch = 0; epoch < EPOCHS; epoch++) {
    double sum = 0;
    size_t seen = 0, given = 0;
    MUST(tw_loader_start_epoch(batches, epoch));
    for (;;) {
      tw_tensor_t batch[2], logits = NULL, loss = NULL;
      MUST(tw_loader_next(batches, batch, 2, &given));
      if (given == 0)
        break;
      MUST(tw_optimizer_zero_grad(optimizer));
      MUST(tw_module_forward(net, batch[0], &logits));
      MUST(tw_tensor_cross_entropy(logits, batch[1], NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
      MUST(tw_tensor_backward(loss, NULL, 0, 0));
      const double norm = clip(rule, parameters, count, limit);
      if (steps++ == 0)
        first = norm;
      MUST(tw_optimizer_step(optimizer));
      sum += number(loss);
      seen++;
      tw_tensor_release(batch[0]);
      tw_tensor_release(batch[1]);
      tw_tensor_release(logits);
      tw_tensor_release(loss);
    }
    if (isfinite(sum))
      printf(" %9.4g", sum / (double)seen);
    else
      printf(" %9s", "no number");
  }
  printf("   (first gradient: %.3g)\n", first);
  tw_optimizer_release(optimizer);
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parameters[i]);
  tw_module_release(net);
}

int main(int argc, char **argv) {
  by_hand(GLOBAL_NORM, 10);
  by_hand(EACH_NORM, 10);
  by_hand(BY_VALUE, 0.7);
  digits set = read_digits(data_file(argc, argv), "train", 1, BATCH);
  printf("\nloss after each epoch\n");
  train_clipped(NO_CLIPPING, 0, set.batches);
  train_clipped(GLOBAL_NORM, 1, set.batches);
  train_clipped(EACH_NORM, 0.5, set.batches);
  train_clipped(BY_VALUE, 0.1, set.batches);
  train_clipped(ADAPTIVE, 0.01, set.batches);
  free_digits(&set);
  return 0;
}
