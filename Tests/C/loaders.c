// Loaders of a file and of tensors: every sample once an epoch, in step, in an order that seed and epoch
// decide; a file that is damaged during training; release and fork while batches are made.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

static const char *digits = THALWEG_DATA "/digits.h5";
static const char *const names[2] = {"train/images", "train/labels"};
enum { SAMPLES = 1433, BATCH = 32, PIXELS = 64 };

static tw_loader_options defaults(void) {
  tw_loader_options options;
  OK(tw_loader_options_init(&options, sizeof options));
  CHECK(options.batch_size == 1 && options.prefetch == 2 && options.shuffle == 0 && options.limit == 0);
  options.batch_size = BATCH;
  options.shuffle = 1;
  options.seed = 7;
  options.window_bytes = 40000; // several windows
  options.scaled = 1;           // the images
  return options;
}

// A sum over pixels and labels that says which samples came with which, and in which order.
typedef struct {
  double samples, labels, in_order, together;
} digest;

static int next(tw_loader_t loader, digest *d) {
  tw_tensor_t batch[2] = {NULL, NULL};
  static float pixels[BATCH * PIXELS];
  static uint8_t labels[BATCH];
  int64_t shape[4] = {0};
  size_t count = 9;
  OK(tw_loader_next(loader, batch, 2, &count));
  if (count == 0)
    return 0;
  CHECK(count == 2);
  OK(tw_tensor_shape(batch[0], shape, 4));
  CHECK(shape[0] <= BATCH && shape[1] == 1 && shape[2] == 8 && shape[3] == 8);
  OK(tw_tensor_copy_to(batch[0], pixels, (size_t)shape[0] * PIXELS * sizeof(float)));
  OK(tw_tensor_copy_to(batch[1], labels, (size_t)shape[0]));
  for (int64_t i = 0; i < shape[0]; i++) {
    double sum = 0;
    for (int p = 0; p < PIXELS; p++)
      sum += (double)pixels[i * PIXELS + p] * (p + 1);
    d->samples += 1;
    d->labels += labels[i];
    d->together += sum * (labels[i] + 1);
    d->in_order += sum * d->samples;
  }
  tw_tensor_release(batch[0]);
  tw_tensor_release(batch[1]);
  return 1;
}

static digest epoch(tw_loader_t loader, int64_t number) {
  digest d = {0};
  OK(tw_loader_start_epoch(loader, number));
  while (next(loader, &d))
    ;
  CHECK(!next(loader, &d)); // the end stays the end
  return d;
}

static int same(digest a, digest b) {
  return a.samples == b.samples && a.labels == b.labels && a.in_order == b.in_order &&
         a.together == b.together;
}

static tw_loader_t open_digits(const char *path, const tw_loader_options *options) {
  tw_loader_t loader = NULL;
  OK(tw_loader_open(path, names, 2, options, &loader));
  return loader;
}

static void order(void) {
  tw_loader_options options = defaults();
  tw_loader_t loader = open_digits(digits, &options);
  int64_t count = 0;
  OK(tw_loader_sample_count(loader, &count));
  CHECK(count == SAMPLES);
  OK(tw_loader_batch_count(loader, &count));
  CHECK(count == (SAMPLES + BATCH - 1) / BATCH);
  digest first = epoch(loader, 0), second = epoch(loader, 1), again = epoch(loader, 0);
  CHECK(first.samples == SAMPLES && same(first, again));
  CHECK(first.labels == second.labels && fabs(first.together - second.together) < 1e-6 * first.together);
  CHECK(first.in_order != second.in_order);
  tw_loader_release(loader);

  options.prefetch = 0;
  loader = open_digits(digits, &options);
  OK(tw_set_num_threads(1));
  CHECK(same(first, epoch(loader, 0)) && same(second, epoch(loader, 1)));
  tw_loader_release(loader);
  options.seed = 8;
  loader = open_digits(digits, &options);
  CHECK(epoch(loader, 0).in_order != first.in_order);
  tw_loader_release(loader);

  options.drop_last = 1;
  options.limit = 100;
  loader = open_digits(digits, &options);
  CHECK(epoch(loader, 0).samples == 96);
  tw_loader_release(loader);
  OK(tw_set_num_threads(2));
}

static void arguments(void) {
  tw_loader_options options = defaults();
  tw_loader_t loader = NULL;
  tw_tensor_t batch[2] = {NULL, NULL};
  size_t count = 7;
  const char *const wrong[2] = {"train/images", "test/labels"}, *const none[2] = {"train/images", NULL};
  FAILS(TW_ERROR_SHAPE, "'/test/labels'", tw_loader_open(digits, wrong, 2, NULL, &loader));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "NULL", tw_loader_open(digits, none, 2, NULL, &loader));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no data sets", tw_loader_open(digits, names, 0, NULL, &loader));
  FAILS(TW_ERROR_IO, "no-such-file.h5", tw_loader_open("no-such-file.h5", names, 2, NULL, &loader));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no tensors", tw_loader_from_tensors(NULL, 0, NULL, &loader));
  options.batch_size = INT64_MIN;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "batch_size", tw_loader_open(digits, names, 2, &options, &loader));
  options = defaults();
  options.batch_size = options.limit = options.prefetch = INT64_MAX;
  options.window_bytes = 1;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "a chunk of", tw_loader_open(digits, names, 2, &options, &loader));
  CHECK(loader == NULL);
  OK(tw_loader_open(digits, names, 2, NULL, &loader));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "room for 1", tw_loader_next(loader, batch, 1, &count));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "negative", tw_loader_start_epoch(loader, -1));
  CHECK(count == 7 && batch[0] == NULL);
  OK(tw_loader_next(loader, batch, 2, &count)); // starts an epoch of its own accord
  CHECK(count == 2);
  tw_tensor_release(batch[0]);
  tw_tensor_release(batch[1]);
  tw_loader_release(loader);
}

static void tensors(void) {
  tw_loader_options options = defaults();
  tw_tensor_t data[2] = {NULL, NULL}, batch[2];
  tw_loader_t loader = NULL;
  size_t count;
  int seen[50] = {0}, moved = 0, place = 0;
  OK(tw_tensor_arange(0, 50, 1, TW_INT64, &data[0]));
  OK(tw_tensor_to(data[0], TW_FLOAT32, &data[1]));
  options.batch_size = 8;
  OK(tw_loader_from_tensors(data, 2, &options, &loader));
  tw_tensor_release(data[0]);
  tw_tensor_release(data[1]);
  OK(tw_loader_start_epoch(loader, 3));
  for (;;) {
    int64_t numbers[8], rows = 0;
    float values[8];
    OK(tw_loader_next(loader, batch, 2, &count));
    if (count == 0)
      break;
    OK(tw_tensor_numel(batch[0], &rows));
    OK(tw_tensor_copy_to(batch[0], numbers, (size_t)rows * sizeof numbers[0]));
    OK(tw_tensor_copy_to(batch[1], values, (size_t)rows * sizeof values[0]));
    for (int64_t i = 0; i < rows; i++) {
      CHECK(values[i] == (float)numbers[i]);
      seen[numbers[i]]++;
      moved += numbers[i] != place++;
    }
    tw_tensor_release(batch[0]);
    tw_tensor_release(batch[1]);
  }
  for (int i = 0; i < 50; i++)
    CHECK(seen[i] == 1);
  CHECK(moved > 25);
  tw_loader_release(loader);
}

// Flips bytes in the middle of the file, or flips them back.
static void flip(const char *path) {
  unsigned char bytes[4];
  FILE *file = fopen(path, "r+b");
  CHECK(file && fseek(file, 0, SEEK_END) == 0);
  long middle = ftell(file) / 2;
  CHECK(fseek(file, middle, SEEK_SET) == 0 && fread(bytes, 1, 4, file) == 4);
  for (int i = 0; i < 4; i++)
    bytes[i] ^= 0x55;
  CHECK(fseek(file, middle, SEEK_SET) == 0 && fwrite(bytes, 1, 4, file) == 4);
  fclose(file);
}

static void copy_digits(const char *path) {
  static char bytes[1 << 20];
  FILE *from = fopen(digits, "rb"), *to = fopen(path, "wb");
  CHECK(from && to);
  size_t size = fread(bytes, 1, sizeof bytes, from);
  CHECK(size > 0 && size < sizeof bytes && fwrite(bytes, 1, size, to) == size);
  fclose(from);
  fclose(to);
}

static tw_status damage_later(const tw_fit_progress *progress, void *user_data) {
  if (progress->event == TW_FIT_BATCH_END && progress->epoch == 2 && progress->batch == 1)
    flip(user_data);
  return TW_OK;
}

static void damage(void) {
  const char *path = "damaged.h5";
  tw_loader_options options = defaults();
  tw_fit_options fit;
  tw_module_t parts[2], net = NULL;
  tw_tensor_t parameters[2];
  tw_optimizer_t sgd = NULL;
  tw_epoch_result results[3];
  char sentence[2048];
  size_t done = 0;
  double loss = 0, accuracy = 0;
  copy_digits(path);
  tw_loader_t loader = open_digits(path, &options), test = NULL;
  const char *const others[2] = {"test/images", "test/labels"};
  OK(tw_loader_open(digits, others, 2, &options, &test));
  OK(tw_flatten_create(1, -1, &parts[0]));
  OK(tw_linear_create(PIXELS, 10, 1, TW_FLOAT32, &parts[1]));
  OK(tw_module_parameter(parts[1], "weight", &parameters[0]));
  OK(tw_module_parameter(parts[1], "bias", &parameters[1]));
  OK(tw_sequential_create(parts, 2, &net));
  OK(tw_sgd_create(parameters, 2, NULL, &sgd));
  OK(tw_fit_options_init(&fit, sizeof fit));
  fit.epochs = 3;
  fit.callback = damage_later;
  fit.user_data = (void *)path;
  FAILS(TW_ERROR_FORMAT, "chunk [", tw_fit(net, sgd, loader, &fit, results, 3, &done));
  snprintf(sentence, sizeof sentence, "%s", tw_last_error());
  CHECK(strstr(sentence, path) && strstr(sentence, "data set '/train/images'") && strstr(sentence, "rows "));
  CHECK(done >= 1 && done < 3 && results[0].loss > 0);
  OK(tw_evaluate(net, test, TW_LOSS_CROSS_ENTROPY, &loss, &accuracy)); // the model can still be used
  CHECK(loss > 0 && accuracy > 0);
  fit.callback = NULL;
  FAILS(TW_ERROR_FORMAT, sentence, tw_fit(net, sgd, loader, &fit, NULL, 0, &done)); // the same again
  flip(path);
  OK(tw_fit(net, sgd, loader, &fit, NULL, 0, &done));
  CHECK(done == 3);
  for (int i = 0; i < 2; i++) {
    tw_tensor_release(parameters[i]);
    tw_module_release(parts[i]);
  }
  tw_module_release(net);
  tw_optimizer_release(sgd);
  tw_loader_release(loader);
  tw_loader_release(test);
  CHECK(unlink(path) == 0);
}

static void release_while_reading(void) {
  tw_loader_options options = defaults();
  options.prefetch = 1000;
  for (int i = 0; i < 100; i++) {
    digest d = {0};
    tw_loader_t loader = open_digits(digits, &options);
    if (i % 2)
      next(loader, &d);
    else
      OK(tw_loader_start_epoch(loader, i));
    tw_loader_release(loader);
  }
}

static void forks(void) {
  tw_loader_options options = defaults();
  for (int round = 0; round < 20; round++) {
    digest here = {0}, there = {0};
    int ends[2];
    tw_loader_t loader = open_digits(digits, &options);
    OK(tw_loader_start_epoch(loader, 0));
    for (int i = 0; i < round; i++)
      next(loader, &here);
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    while (child == 0 && next(loader, &here))
      ;
    if (child == 0) {
      tw_loader_release(loader);
      _exit(checks_failed || write(ends[1], &here, sizeof here) != sizeof here);
    }
    while (next(loader, &here))
      ;
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(read(ends[0], &there, sizeof there) == sizeof there && same(here, there));
    close(ends[0]);
    close(ends[1]);
    tw_loader_release(loader);
  }
}

int main(void) {
  int32_t available = 0;
  OK(tw_hdf5_available(&available));
  if (!available)
    return 77; // skipped
  alarm(100);
  order();
  arguments();
  tensors();
  damage();
  release_while_reading();
  forks();
  return checks_result();
}
