// Rectified linear units: what they cost beside sigmoid and tanh, how many are silent, how many die.
//
//   relu [Examples/Data/digits.h5]
//
// First the time of an element of each activation, forward, over a million, on one thread. Then perceptrons
// with three hidden layers learn handwritten digits at growing learning rates. Printed for each hidden layer:
// the share of outputs that are zero (the sparsity), and the units that are zero for every image, which get
// no gradient any more: they are dead.
#include "training.h"

enum { ELEMENTS = 1 << 20, RUNS = 30, HIDDEN = 3, WIDTH = 128, BATCH = 32, EPOCHS = 5 };
static const double RATES[] = {0.01, 0.1, 0.5, 1};

typedef tw_status (*activation)(tw_tensor_t, tw_tensor_t *);

// The least of several runs, in nanoseconds.
static double element_time(activation f, tw_tensor_t x) {
  double least = INFINITY;
  for (int run = 0; run < RUNS; run++) {
    tw_tensor_t y = NULL;
    clock_t start = clock();
    MUST(f(x, &y));
    least = fmin(least, (double)(clock() - start) / CLOCKS_PER_SEC);
    tw_tensor_release(y);
  }
  return least / ELEMENTS * 1e9;
}

static tw_module_t perceptron(void) {
  tw_module_t layers[2 * HIDDEN + 2];
  size_t count = 0;
  MUST(tw_flatten_create(1, -1, &layers[count++]));
  for (int i = 0; i < HIDDEN; i++) {
    MUST(tw_linear_create(i ? WIDTH : 64, WIDTH, 1, TW_FLOAT32, &layers[count++]));
    MUST(tw_relu_create(&layers[count++]));
  }
  MUST(tw_linear_create(WIDTH, 10, 1, TW_FLOAT32, &layers[count++]));
  return sequence(layers, count);
}

// Sparsity and number of dead units of a layer's outputs [images, units].
static void silence(tw_tensor_t output, double *sparsity, int *dead) {
  const int64_t images = 0;
  tw_tensor_t signs = NULL, mean = NULL, most = NULL;
  float largest[WIDTH];
  MUST(tw_tensor_sign(output, &signs));
  MUST(tw_tensor_mean(signs, NULL, 0, 0, &mean));
  *sparsity = 1 - number(mean);
  MUST(tw_tensor_amax(output, &images, 1, 0, &most));
  MUST(tw_tensor_copy_to(most, largest, sizeof largest));
  *dead = 0;
  for (int i = 0; i < WIDTH; i++)
    *dead += largest[i] == 0;
  tw_tensor_release(signs);
  tw_tensor_release(mean);
  tw_tensor_release(most);
}

static void report(tw_module_t net, tw_tensor_t images) {
  enum { CALLS = 2 * HIDDEN + 3 };
  const char *names[CALLS];
  tw_tensor_t outputs[CALLS], y = NULL;
  size_t count = 0;
  MUST(tw_module_trace(net, images, names, outputs, CALLS, &count, &y));
  for (size_t i = 0; i < count; i++) {
    double sparsity;
    int dead;
    if (i >= 2 && i <= 2 * HIDDEN && i % 2 == 0) { // the activations
      silence(outputs[i], &sparsity, &dead);
      printf("%10.2f%6d", sparsity, dead);
    }
    tw_tensor_release(outputs[i]);
  }
  tw_tensor_release(y);
}

int main(int argc, char **argv) {
  const int64_t many[1] = {ELEMENTS};
  tw_tensor_t x = NULL;
  int32_t threads = 0;
  MUST(tw_get_num_threads(&threads));
  MUST(tw_set_num_threads(1));
  MUST(tw_tensor_randn(many, 1, TW_FLOAT32, NULL, &x));
  printf("nanoseconds an element: ReLU %.3f, sigmoid %.3f, tanh %.3f\n\n", element_time(tw_tensor_relu, x),
         element_time(tw_tensor_sigmoid, x), element_time(tw_tensor_tanh, x));
  tw_tensor_release(x);
  MUST(tw_set_num_threads(threads));

  digits set = read_digits(data_file(argc, argv), "train", 0, BATCH);
  printf("%13s%9s", "learning rate", "loss");
  for (int i = 0; i < HIDDEN; i++)
    printf("%10s%6s", "sparse", "dead");
  printf("   of %d units a layer\n", WIDTH);
  for (size_t r = 0; r <= sizeof RATES / sizeof *RATES; r++) {
    MUST(tw_manual_seed(0));
    tw_epoch_result results[EPOCHS];
    tw_module_t net = perceptron();
    size_t done = r ? train(net, set.batches, RATES[r - 1], 0, 0, EPOCHS, results) : 0;
    if (r)
      printf("%13g%9.4f", RATES[r - 1], done ? results[done - 1].loss : NAN);
    else
      printf("%22s", "before training");
    report(net, set.images);
    printf("\n");
    fflush(stdout);
    tw_module_release(net);
  }
  free_digits(&set);
  return 0;
}
