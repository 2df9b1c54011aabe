// What the examples that learn handwritten digits share: the data, and a training loop that reports.
#ifndef TRAINING_H
#define TRAINING_H

#include <math.h>
#include <string.h>
#include <time.h>

#include "example.h"

typedef struct {
  tw_tensor_t images, labels; // [n, 1, 8, 8] float32, [n] int64
  tw_loader_t batches;        // of both, in a new order every epoch
} digits;

// The file named by the first argument, or the one beside this program's source.
static inline const char *data_file(int argc, char **argv) {
  return argc > 1 ? argv[1] : "Examples/Data/digits.h5";
}

// Reads "train" or "test"; images about 0 with deviation 1 if `normalised`.
static inline digits read_digits(const char *file, const char *part, int normalised, int64_t batch) {
  digits set = {NULL, NULL, NULL};
  char name[32];
  tw_tensor_t bytes = NULL, next = NULL;
  snprintf(name, sizeof name, "%s/images", part);
  MUST(tw_hdf5_read_scaled(file, name, &set.images));
  snprintf(name, sizeof name, "%s/labels", part);
  MUST(tw_hdf5_read(file, name, &bytes));
  MUST(tw_tensor_to(bytes, TW_INT64, &set.labels));
  tw_tensor_release(bytes);
  if (normalised) {
    tw_tensor_t mean = NULL, deviation = NULL;
    MUST(tw_tensor_mean(set.images, NULL, 0, 0, &mean));
    MUST(tw_tensor_std(set.images, 1, NULL, 0, 0, &deviation));
    MUST(tw_tensor_sub(set.images, mean, &next));
    replace(&set.images, next);
    MUST(tw_tensor_div(set.images, deviation, &next));
    replace(&set.images, next);
    tw_tensor_release(mean);
    tw_tensor_release(deviation);
  }
  tw_loader_options options;
  MUST(tw_loader_options_init(&options, sizeof options));
  options.batch_size = batch;
  options.shuffle = strcmp(part, "train") == 0;
  const tw_tensor_t both[2] = {set.images, set.labels};
  MUST(tw_loader_from_tensors(both, 2, &options, &set.batches));
  return set;
}

static inline void free_digits(digits *set) {
  tw_tensor_release(set->images);
  tw_tensor_release(set->labels);
  tw_loader_release(set->batches);
}

// The first `count` along the first dimension.
static inline tw_tensor_t first(tw_tensor_t tensor, int64_t count) {
  tw_tensor_t part = NULL;
  MUST(tw_tensor_slice(tensor, 0, 0, count, 1, &part));
  return part;
}

// A net of these layers, which it takes over.
static inline tw_module_t sequence(tw_module_t *layers, size_t count) {
  tw_module_t net = NULL;
  MUST(tw_sequential_create(layers, count, &net));
  for (size_t i = 0; i < count; i++)
    tw_module_release(layers[i]);
  return net;
}

// Trains with stochastic gradient descent; returns the number of epochs after which the loss was a number.
static inline size_t train(tw_module_t net, tw_loader_t batches, double rate, double momentum, double decay,
                           int64_t epochs, tw_epoch_result *results) {
  tw_tensor_t parameters[512];
  size_t count = 0, done = 0;
  tw_sgd_options sgd;
  tw_optimizer_t optimizer = NULL;
  tw_fit_options fit;
  MUST(tw_module_parameters(net, parameters, 512, &count));
  MUST(tw_sgd_options_init(&sgd, sizeof sgd));
  sgd.lr = rate;
  sgd.momentum = momentum;
  sgd.weight_decay = decay;
  MUST(tw_sgd_create(parameters, count, &sgd, &optimizer));
  MUST(tw_fit_options_init(&fit, sizeof fit));
  fit.epochs = epochs;
  fit.stop_on_non_finite_loss = 0;
  MUST(tw_fit(net, optimizer, batches, &fit, results, (size_t)epochs, &done));
  while (done > 0 && !isfinite(results[done - 1].loss))
    done--;
  tw_optimizer_release(optimizer);
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parameters[i]);
  return done;
}

// The norms of the gradients of all filters' weights for a batch, from the first layer to the last; returns
// how many there are, of `capacity` at the most.
static inline size_t filter_gradients(tw_module_t net, tw_tensor_t images, tw_tensor_t labels, double *norms,
                                      size_t capacity) {
  tw_layer_gradient layers[512];
  size_t calls = 0, count = 0;
  MUST(tw_module_layer_gradients(net, images, labels, TW_LOSS_CROSS_ENTROPY, layers, 512, &calls));
  for (size_t i = 0; i < calls && count < capacity; i++)
    if (strcmp(layers[i].type_name, "Conv2d") == 0)
      norms[count++] = layers[i].weight_gradient_norm;
  return count;
}

#endif
