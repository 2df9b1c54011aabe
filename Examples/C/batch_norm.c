// A deep convolutional net at learning rates at which it fails without batch normalisation.
//
//   batch_norm [Examples/Data/digits.h5]
//
// Ten layers of 3 x 3 filters, drawn after He et al. 2015, learn handwritten digits, with batch normalisation
// behind each (Ioffe & Szegedy 2015) and without. Printed are the losses after each epoch, and how much
// larger the first filters' gradient is than the last ones' before the first step.
// Examples/Python/batch_norm.py draws both.
#include "training.h"

enum { LAYERS = 10, CHANNELS = 16, BATCH = 32, EPOCHS = 6 };
static const double RATES[] = {0.003, 0.03, 0.1, 0.3};

static tw_module_t network(int norm) {
  const int64_t kernel[2] = {3, 3}, one[2] = {1, 1};
  tw_module_t layers[3 * LAYERS + 3];
  size_t count = 0;
  tw_conv2d_options options;
  MUST(tw_conv2d_options_init(&options, sizeof options));
  options.same_padding = 1;
  options.bias = !norm;
  for (int i = 0; i < LAYERS; i++) {
    tw_tensor_t weight = NULL;
    MUST(tw_conv2d_create(i ? CHANNELS : 1, CHANNELS, kernel, &options, &layers[count]));
    MUST(tw_module_parameter(layers[count++], "weight", &weight));
    MUST(tw_init_kaiming_normal(weight, 0, TW_FAN_IN, TW_NONLINEARITY_RELU, NULL));
    tw_tensor_release(weight);
    if (norm)
      MUST(tw_batch_norm2d_create(CHANNELS, NULL, &layers[count++]));
    MUST(tw_relu_create(&layers[count++]));
  }
  MUST(tw_adaptive_avg_pool2d_create(one, &layers[count++]));
  MUST(tw_flatten_create(1, -1, &layers[count++]));
  MUST(tw_linear_create(CHANNELS, 10, 1, TW_FLOAT32, &layers[count++]));
  return sequence(layers, count);
}

int main(int argc, char **argv) {
  digits set = read_digits(data_file(argc, argv), "train", 1, BATCH);
  tw_tensor_t images = first(set.images, BATCH), labels = first(set.labels, BATCH);
  printf("%-22s%14s   loss after each epoch\n", "", "learning rate");
  for (int norm = 0; norm < 2; norm++) {
    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++) {
      MUST(tw_manual_seed(0));
      tw_epoch_result results[EPOCHS];
      tw_module_t net = network(norm);
      size_t done = train(net, set.batches, RATES[r], 0.9, 0, EPOCHS, results);
      printf("%-22s%14g  ", norm ? "with normalisation" : "without", RATES[r]);
      for (size_t e = 0; e < done; e++)
        printf(" %.3f", results[e].loss);
      printf("%s\n", done < EPOCHS ? " then no number" : "");
      fflush(stdout);
      tw_module_release(net);
    }
    MUST(tw_manual_seed(0));
    double norms[LAYERS];
    tw_module_t net = network(norm);
    size_t count = filter_gradients(net, images, labels, norms, LAYERS);
    printf("%-22s%14s   gradient of the first filters / of the last, at first: %.3g\n", "", "",
           norms[0] / norms[count - 1]);
    tw_module_release(net);
  }
  tw_tensor_release(images);
  tw_tensor_release(labels);
  free_digits(&set);
  return 0;
}
