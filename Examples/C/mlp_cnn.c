// A multilayer perceptron and a convolutional net on the same images with the same training.
//
//   mlp_cnn [Examples/Data/digits.h5]
//
// Printed for each: parameters, multiply-adds for one image, accuracy on the images trained on and on others,
// and how far the features of an image shifted by a pixel are from the shifted features of the image, away
// from the border. The perceptron has more parameters, and a larger gap between both accuracies; the
// convolutional net has its weights shared among all places, and its features move with the image.
// Examples/Python/mlp_cnn.py draws the accuracies.
#include "training.h"

enum { BATCH = 32, EPOCHS = 30 };

static tw_module_t perceptron(void) {
  tw_module_t layers[6];
  MUST(tw_flatten_create(1, -1, &layers[0]));
  MUST(tw_linear_create(64, 128, 1, TW_FLOAT32, &layers[1]));
  MUST(tw_relu_create(&layers[2]));
  MUST(tw_linear_create(128, 128, 1, TW_FLOAT32, &layers[3]));
  MUST(tw_relu_create(&layers[4]));
  MUST(tw_linear_create(128, 10, 1, TW_FLOAT32, &layers[5]));
  return sequence(layers, 6);
}

static tw_module_t convolutional(void) {
  const int64_t kernel[2] = {3, 3}, pool[2] = {2, 2};
  tw_module_t layers[8];
  tw_conv2d_options options;
  MUST(tw_conv2d_options_init(&options, sizeof options));
  options.same_padding = 1;
  MUST(tw_conv2d_create(1, 16, kernel, &options, &layers[0]));
  MUST(tw_relu_create(&layers[1]));
  MUST(tw_max_pool2d_create(pool, NULL, &layers[2]));
  MUST(tw_conv2d_create(16, 32, kernel, &options, &layers[3]));
  MUST(tw_relu_create(&layers[4]));
  MUST(tw_max_pool2d_create(pool, NULL, &layers[5]));
  MUST(tw_flatten_create(1, -1, &layers[6]));
  MUST(tw_linear_create(128, 10, 1, TW_FLOAT32, &layers[7]));
  return sequence(layers, 8);
}

// Columns `start` to `end` of what the first layer with weights makes of images, as pictures eight columns
// wide.
static tw_tensor_t features(tw_module_t net, tw_tensor_t images, int64_t start, int64_t end) {
  const int64_t picture[4] = {-1, 1, 16, 8};
  tw_tensor_t x = NULL, next = NULL, kept = NULL;
  const char *name;
  MUST(tw_tensor_detach(images, &x));
  for (size_t i = 0; i < 2; i++) {
    tw_module_t layer = NULL;
    MUST(tw_module_child_at(net, i, &name, &layer));
    MUST(tw_module_forward(layer, x, &next));
    replace(&x, next);
    MUST(tw_module_type_name(layer, &name));
    tw_module_release(layer);
    if (strcmp(name, "Conv2d") == 0)
      break;
  }
  size_t rank = 0;
  MUST(tw_tensor_rank(x, &rank));
  if (rank == 2) { // a perceptron's hidden units
    MUST(tw_tensor_reshape(x, picture, 4, &next));
    replace(&x, next);
  }
  MUST(tw_tensor_slice(x, 3, start, end, 1, &kept));
  tw_tensor_release(x);
  return kept;
}

static double norm(tw_tensor_t x) {
  tw_tensor_t value = NULL;
  MUST(tw_tensor_vector_norm(x, 2, NULL, 0, 0, &value));
  double result = number(value);
  tw_tensor_release(value);
  return result;
}

// How far the features of shifted images are from shifted features, beside the features' own size.
static double movement(tw_module_t net, tw_tensor_t images) {
  const int64_t right[2] = {1, -1};
  tw_tensor_t moved = NULL, difference = NULL;
  MUST(tw_tensor_pad(images, right, 2, TW_PAD_CONSTANT, 0, &moved));
  tw_tensor_t here = features(net, images, 1, 6), there = features(net, moved, 2, 7);
  MUST(tw_tensor_sub(there, here, &difference));
  double result = norm(difference) / norm(here);
  tw_tensor_release(moved);
  tw_tensor_release(here);
  tw_tensor_release(there);
  tw_tensor_release(difference);
  return result;
}

int main(int argc, char **argv) {
  digits train_set = read_digits(data_file(argc, argv), "train", 0, BATCH);
  digits test_set = read_digits(data_file(argc, argv), "test", 0, BATCH);
  tw_tensor_t image = first(test_set.images, 1);
  printf("%-6s%12s%15s%12s%9s%16s\n", "", "parameters", "multiply-adds", "trained on", "others",
         "moved features");
  for (int is_cnn = 0; is_cnn < 2; is_cnn++) {
    MUST(tw_manual_seed(0));
    tw_module_t net = is_cnn ? convolutional() : perceptron();
    tw_epoch_result results[EPOCHS];
    train(net, train_set.batches, 0.05, 0.9, 0, EPOCHS, results);
    int64_t parameters = 0, products = 0;
    double loss, known, others;
    MUST(tw_module_parameter_total(net, 0, &parameters));
    MUST(tw_module_multiply_adds(net, image, &products));
    MUST(tw_evaluate(net, train_set.batches, TW_LOSS_CROSS_ENTROPY, &loss, &known));
    MUST(tw_evaluate(net, test_set.batches, TW_LOSS_CROSS_ENTROPY, &loss, &others));
    printf("%-6s%12d%15d%12.4f%9.4f%16.1e\n", is_cnn ? "CNN" : "MLP", (int)parameters, (int)products, known,
           others, movement(net, test_set.images));
    fflush(stdout);
    tw_module_release(net);
  }
  tw_tensor_release(image);
  free_digits(&train_set);
  free_digits(&test_set);
  return 0;
}
