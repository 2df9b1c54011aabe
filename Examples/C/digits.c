// Trains a convolutional net on handwritten digits, from an HDF5 file to an HDF5 file, with a training loop
// of its own; quadrants.c leaves the loop to tw_fit. The images are streamed in shuffled mini-batches, as
// they would be if they were more than memory holds.
//
//   digits --data Examples/Data/digits.h5 --out digits.model.h5 [--epochs N] [--limit N] [--seed N]
//   [--threads N] [--load FILE]
//
// --load goes on with a net from a file that this program or Python's thalweg.save wrote; with --epochs 0 it
// is only tested.
//
// The net: 8 x 8 pixels -> 16 filters of 3 x 3, ReLU -> the largest of each 2 x 2 -> 32 filters of 3 x 3,
// ReLU
// -> 10 logits. The loss is cross-entropy, the optimiser Adam. Beside the model it writes the logits of the
// test images, plain little-endian float32 (<out>.logits), so that another program,
// Examples/Python/digits.py, can check that the saved net computes the same bits.
#define _POSIX_C_SOURCE 200112L // isatty
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thalweg.h>
#include <unistd.h>

// Each function of this program returns 0, or -1 after it has said what went wrong. TRY goes to the
// function's clean-up, at the label `done`, where every handle is released; releasing NULL does nothing.
#define TRY(call)                                                                                            \
  do {                                                                                                       \
    if ((call) != TW_OK) {                                                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, tw_last_error());                                   \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)
#define TRY_OWN(call)                                                                                        \
  do {                                                                                                       \
    if ((call) != 0)                                                                                         \
      goto done;                                                                                             \
  } while (0)

enum { CLASSES = 10, BATCH = 32 };
#define LEARNING_RATE 4e-3 // at first; it falls to zero from epoch to epoch

typedef struct {
  const char *data, *out, *load;
  long epochs, limit, seed, threads; // limit 0: all training images; threads 0: Thalweg's choice
} settings;

typedef struct {
  tw_tensor_t images; // [n, 1, 8, 8] float32, 0 to 1
  tw_tensor_t labels; // [n] int64
  int64_t count;
} data_set;

// ------------------------------------------------------------------------------------------------ options

static int usage(const char *program) {
  fprintf(stderr,
          "usage: %s [--data FILE] [--out FILE] [--epochs N] [--limit N] [--seed N] [--threads N] "
          "[--load FILE]\n"
          "  --data     the digits (Examples/Data/digits.h5)\n"
          "  --out      where the model goes (digits.model.h5)\n"
          "  --epochs   passes over the training images (20)\n"
          "  --limit    train on the first N images only (0: all)\n"
          "  --seed     of the initial weights and the order of the images (1)\n"
          "  --threads  that Thalweg may use (0: its choice)\n"
          "  --load     a model file to go on with instead of a new net; --epochs may be 0 then\n",
          program);
  return -1;
}

static int parse(int argc, char **argv, settings *s) {
  *s = (settings){.data = "Examples/Data/digits.h5", .out = "digits.model.h5", .epochs = 20, .seed = 1};
  const struct {
    const char *name;
    const char **text;
    long *number;
  } known[] = {{"--data", &s->data, NULL},      {"--out", &s->out, NULL},     {"--epochs", NULL, &s->epochs},
               {"--load", &s->load, NULL},      {"--limit", NULL, &s->limit}, {"--seed", NULL, &s->seed},
               {"--threads", NULL, &s->threads}};
  const size_t known_count = sizeof known / sizeof known[0];
  for (int i = 1; i < argc; i += 2) {
    size_t k = 0;
    while (k < known_count && strcmp(argv[i], known[k].name) != 0)
      k++;
    if (k == known_count || i + 1 == argc)
      return usage(argv[0]);
    if (known[k].text) {
      *known[k].text = argv[i + 1];
      continue;
    }
    char *end;
    errno = 0;
    *known[k].number = strtol(argv[i + 1], &end, 10);
    if (errno || *end || end == argv[i + 1] || *known[k].number < 0 || *known[k].number > 1000000)
      return usage(argv[0]);
  }
  return s->epochs == 0 && !s->load ? usage(argv[0]) : 0;
}

// --------------------------------------------------------------------------------------------------- data

static void data_set_free(data_set *set) {
  tw_tensor_release(set->images);
  tw_tensor_release(set->labels);
  *set = (data_set){0};
}

// Reads the test images [n, 1, 8, 8], bytes that a `scale` attribute maps to 0...1, and labels [n], bytes.
static int test_set_read(const char *file, data_set *set) {
  tw_tensor_t bytes = NULL;
  int result = -1;
  TRY(tw_hdf5_read_scaled(file, "test/images", &set->images));
  TRY(tw_hdf5_read(file, "test/labels", &bytes));
  TRY(tw_tensor_to(bytes, TW_INT64, &set->labels));
  TRY(tw_tensor_numel(set->labels, &set->count));
  result = 0;
done:
  tw_tensor_release(bytes);
  return result;
}

// The training images and labels, in batches; each epoch in an order of its own.
static int training_set_open(const settings *s, tw_loader_t *loader) {
  const char *const names[2] = {"train/images", "train/labels"};
  tw_loader_options options;
  int result = -1;
  TRY(tw_loader_options_init(&options, sizeof options));
  options.batch_size = BATCH;
  options.shuffle = 1;
  options.seed = (uint64_t)s->seed;
  options.limit = s->limit;
  options.scaled = 1; // the first of the two
  TRY(tw_loader_open(s->data, names, 2, &options, loader));
  result = 0;
done:
  return result;
}

// ---------------------------------------------------------------------------------------------------- net

// The new sequence keeps its layers alive; this function's own references go.
static int net_create(tw_module_t *net) {
  enum { LAYERS = 7 };
  const int64_t three[2] = {3, 3}, two[2] = {2, 2};
  tw_module_t layers[LAYERS] = {NULL};
  tw_conv2d_options options;
  int result = -1;
  TRY(tw_conv2d_options_init(&options, sizeof options));
  options.same_padding = 1;
  TRY(tw_conv2d_create(1, 16, three, &options, &layers[0]));
  TRY(tw_relu_create(&layers[1]));
  TRY(tw_max_pool2d_create(two, NULL, &layers[2]));
  TRY(tw_conv2d_create(16, 32, three, &options, &layers[3]));
  TRY(tw_relu_create(&layers[4]));
  TRY(tw_flatten_create(1, -1, &layers[5]));
  TRY(tw_linear_create(32 * 4 * 4, CLASSES, 1, TW_FLOAT32, &layers[6]));
  TRY(tw_sequential_create(layers, LAYERS, net));
  result = 0;
done:
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  return result;
}

static int adam_create(tw_module_t net, tw_optimizer_t *adam) {
  enum { MOST = 16 };
  tw_tensor_t parameters[MOST] = {NULL};
  size_t count = 0;
  const char *name;
  int result = -1;
  TRY(tw_module_parameter_count(net, &count));
  if (count > MOST)
    count = MOST;
  for (size_t i = 0; i < count; i++)
    TRY(tw_module_parameter_at(net, i, &name, &parameters[i]));
  tw_adam_options options;
  TRY(tw_adam_options_init(&options, sizeof options));
  options.lr = LEARNING_RATE;
  TRY(tw_adam_create(parameters, count, &options, adam));
  result = 0;
done:
  for (size_t i = 0; i < MOST; i++)
    tw_tensor_release(parameters[i]);
  return result;
}

// One step of the optimiser. The mean loss of the batch times its size is added to *loss.
static int train_on_batch(tw_module_t net, tw_optimizer_t adam, tw_tensor_t images, tw_tensor_t bytes,
                          double *loss) {
  tw_tensor_t labels = NULL, logits = NULL, mean = NULL;
  int64_t count;
  double value;
  int result = -1;
  TRY(tw_tensor_numel(bytes, &count));
  TRY(tw_tensor_to(bytes, TW_INT64, &labels));
  TRY(tw_module_forward(net, images, &logits));
  TRY(tw_tensor_cross_entropy(logits, labels, NULL, TW_REDUCTION_MEAN, -100, 0, &mean));
  TRY(tw_optimizer_zero_grad(adam));
  TRY(tw_tensor_backward(mean, NULL, 0, 0));
  TRY(tw_optimizer_step(adam));
  TRY(tw_tensor_item(mean, &value));
  *loss += value * (double)count;
  result = 0;
done:
  tw_tensor_release(labels);
  tw_tensor_release(logits);
  tw_tensor_release(mean);
  return result;
}

// Every image once, in a random order. *loss receives the mean loss.
static int train_epoch(tw_module_t net, tw_optimizer_t adam, tw_loader_t loader, long epoch, double *loss) {
  tw_tensor_t batch[2] = {NULL, NULL}; // images and labels
  size_t tensors;
  int64_t samples;
  double sum = 0;
  int result = -1;
  TRY(tw_loader_sample_count(loader, &samples));
  TRY(tw_loader_start_epoch(loader, epoch));
  for (;;) {
    TRY(tw_loader_next(loader, batch, 2, &tensors));
    if (tensors == 0)
      break;
    TRY_OWN(train_on_batch(net, adam, batch[0], batch[1], &sum));
    for (size_t i = 0; i < tensors; i++) {
      tw_tensor_release(batch[i]);
      batch[i] = NULL;
    }
  }
  *loss = sum / (double)samples;
  result = 0;
done:
  tw_tensor_release(batch[0]);
  tw_tensor_release(batch[1]);
  return result;
}

// The logits of a whole data set (a new reference) and the share of images whose largest is the label's.
static int evaluate(tw_module_t net, const data_set *set, tw_tensor_t *logits, double *accuracy) {
  tw_tensor_t guess = NULL, right = NULL, numbers = NULL, share = NULL;
  const int64_t classes = 1;
  int result = -1;
  TRY(tw_set_grad_enabled(0, NULL));
  TRY(tw_module_train(net, 0));
  TRY(tw_module_forward(net, set->images, logits));
  TRY(tw_tensor_argmax(*logits, &classes, 0, &guess));
  TRY(tw_tensor_eq(guess, set->labels, &right));
  TRY(tw_tensor_to(right, TW_FLOAT32, &numbers));
  TRY(tw_tensor_mean(numbers, NULL, 0, 0, &share));
  TRY(tw_tensor_item(share, accuracy));
  TRY(tw_module_train(net, 1));
  result = 0;
done:
  tw_set_grad_enabled(1, NULL);
  tw_tensor_release(guess);
  tw_tensor_release(right);
  tw_tensor_release(numbers);
  tw_tensor_release(share);
  return result;
}

// --------------------------------------------------------------------------------- files beside the model

static FILE *open_beside(const char *model_file, const char *ending) {
  char name[4096];
  if (snprintf(name, sizeof name, "%s%s", model_file, ending) >= (int)sizeof name) {
    fprintf(stderr, "the name is too long: %s\n", model_file);
    return NULL;
  }
  FILE *file = fopen(name, "wb");
  if (!file)
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
  return file;
}

// `result`, or -1 if something could not be written.
static int close_written(FILE *file, int result) {
  if (!file)
    return -1;
  int failed = ferror(file);
  if (fclose(file) != 0 || failed) {
    fprintf(stderr, "writing failed: %s\n", strerror(errno));
    return -1;
  }
  return result;
}

// --------------------------------------------------------------------------------------------------- train

// On a terminal one line that is written over; elsewhere a line an epoch.
static void report(long epoch, long epochs, double loss, double accuracy) {
  int terminal = isatty(STDOUT_FILENO);
  printf("%sepoch %*ld of %ld   loss %.4f   test accuracy %.4f%s", terminal ? "\r" : "", epochs > 99 ? 4 : 2,
         epoch, epochs, loss, accuracy, terminal && epoch < epochs ? "" : "\n");
  fflush(stdout);
}

// Writes loss and accuracy of each epoch beside the model as well.
static int train(tw_module_t net, const settings *s, tw_loader_t training, const data_set *test) {
  tw_optimizer_t adam = NULL;
  tw_tensor_t logits = NULL;
  int result = -1;
  FILE *history = open_beside(s->out, ".history");
  if (!history)
    goto done;
  fprintf(history, "epoch,loss,accuracy\n");
  TRY_OWN(adam_create(net, &adam));
  for (long epoch = 1; epoch <= s->epochs; epoch++) {
    double loss, accuracy;
    TRY(tw_optimizer_set_lr(adam, LEARNING_RATE * (double)(s->epochs - epoch + 1) / (double)s->epochs));
    TRY_OWN(train_epoch(net, adam, training, epoch - 1, &loss));
    TRY_OWN(evaluate(net, test, &logits, &accuracy));
    tw_tensor_release(logits);
    logits = NULL;
    report(epoch, s->epochs, loss, accuracy);
    fprintf(history, "%ld,%g,%g\n", epoch, loss, accuracy);
  }
  result = 0;
done:
  tw_tensor_release(logits);
  tw_optimizer_release(adam);
  return close_written(history, result);
}

// --------------------------------------------------------------------------------------------------- save

static int write_logits(tw_tensor_t logits, const char *model_file) {
  int64_t count;
  void *values;
  int result = -1;
  FILE *file = open_beside(model_file, ".logits");
  if (!file)
    goto done;
  TRY(tw_tensor_numel(logits, &count));
  TRY(tw_tensor_data(logits, &values));
  fwrite(values, sizeof(float), (size_t)count, file);
  result = 0;
done:
  return close_written(file, result);
}

int main(int argc, char **argv) {
  settings s;
  tw_loader_t training = NULL;
  data_set test = {0};
  tw_module_t net = NULL;
  tw_tensor_t logits = NULL;
  const char *instructions;
  int64_t images;
  double accuracy;
  int result = -1;
  if (parse(argc, argv, &s) != 0)
    return 2;
  TRY(tw_instruction_set(&instructions));
  if (s.threads > 0)
    TRY(tw_set_num_threads((int32_t)s.threads));
  TRY(tw_manual_seed((uint64_t)s.seed));
  TRY_OWN(training_set_open(&s, &training));
  TRY(tw_loader_sample_count(training, &images));
  TRY_OWN(test_set_read(s.data, &test));
  printf("Thalweg %s (%s), %ld training and %ld test images\n", tw_version_string(), instructions,
         (long)images, (long)test.count);

  if (s.load)
    TRY(tw_module_load(s.load, &net));
  else
    TRY_OWN(net_create(&net));
  TRY_OWN(train(net, &s, training, &test));

  TRY_OWN(evaluate(net, &test, &logits, &accuracy));
  TRY(tw_module_save(net, s.out));
  printf("model:         %s\n", s.out);
  TRY_OWN(write_logits(logits, s.out));
  printf("test accuracy: %.4f\n", accuracy);
  result = 0;
done:
  tw_tensor_release(logits);
  tw_module_release(net);
  tw_loader_release(training);
  data_set_free(&test);
  return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
