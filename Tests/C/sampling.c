// Loaders that transform, choose and pad: every sample once in splits and buckets, weights that count, the
// same batches after a resume in the middle of an epoch, from files as from memory.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <unistd.h>

static const char *digits = THALWEG_DATA "/digits.h5";
static const char *const names[2] = {"train/images", "train/labels"};
enum { SAMPLES = 1433, PIXELS = 64, MOST = 4 };

static tw_loader_options defaults(void) {
  tw_loader_options options;
  OK(tw_loader_options_init(&options, sizeof options));
  CHECK(options.lengths == 1 && options.mask == 0 && options.pad_value == 0 && options.time_first == 0);
  options.batch_size = 50;
  options.shuffle = 1;
  options.seed = 7;
  options.window_bytes = 40000; // several windows
  return options;
}

// A number that every bit of the rest of an epoch goes into, and the samples that it has.
typedef struct {
  uint64_t hash;
  int64_t samples;
} digest;

static int next(tw_loader_t loader, digest *d) {
  static unsigned char bytes[1 << 20];
  tw_tensor_t batch[MOST];
  size_t count = 0;
  OK(tw_loader_next(loader, batch, MOST, &count));
  for (size_t i = 0; i < count; i++) {
    int64_t numel = 0, shape[8];
    int32_t dtype = 0;
    OK(tw_tensor_shape(batch[i], shape, 8));
    OK(tw_tensor_numel(batch[i], &numel));
    OK(tw_tensor_dtype(batch[i], &dtype));
    size_t size = dtype == TW_FLOAT32 || dtype == TW_INT32 ? 4
                  : dtype == TW_UINT8 || dtype == TW_BOOL  ? 1
                                                           : 8;
    OK(tw_tensor_copy_to(batch[i], bytes, (size_t)numel * size));
    for (size_t b = 0; b < (size_t)numel * size; b++)
      d->hash = (d->hash ^ bytes[b]) * 1099511628211u;
    if (i == 0)
      d->samples += shape[0];
    tw_tensor_release(batch[i]);
  }
  return count > 0;
}

static digest rest(tw_loader_t loader) {
  digest d = {1469598103934665603u, 0};
  while (next(loader, &d))
    ;
  return d;
}

static tw_tensor_t ints(const int64_t *values, int64_t count) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_from_data(values, TW_INT64, &count, 1, &out));
  return out;
}

static tw_tensor_t load(const char *name) {
  tw_tensor_t out = NULL;
  OK(tw_hdf5_read(digits, name, &out));
  return out;
}

static int destroyed;
static void destroy(void *user_data) { destroyed += *(int *)user_data; }

// Adds a number that the seed decides to the inputs.
static tw_status noise(const tw_tensor_t *arrays, size_t count, uint64_t seed, tw_tensor_t *outputs,
                       void *user_data) {
  (void)user_data;
  CHECK(count == 2);
  return tw_tensor_add_scalar(arrays[0], (double)(seed % 1000) * 0.01, &outputs[0]);
}

static tw_status refuse(const tw_tensor_t *arrays, size_t count, uint64_t seed, tw_tensor_t *outputs,
                        void *user_data) {
  (void)arrays;
  (void)count;
  (void)seed;
  (void)outputs;
  (void)user_data;
  return TW_ERROR_IO;
}

// All transforms that there are.
static void transform(tw_loader_t loader) {
  static int one = 1;
  tw_tensor_t mean = NULL, std = NULL;
  OK(tw_loader_add_cast(loader, 1, TW_FLOAT32, 1));
  OK(tw_loader_statistics(loader, 0, 1, &mean, &std));
  CHECK(item_of(mean) > 0.01 && item_of(mean) < 0.03 && item_of(std) > 0.02 && item_of(std) < 0.03);
  OK(tw_loader_add_random_crop(loader, 1, 8, 8, 2, 2, 2, 2, TW_PAD_REFLECT, 0));
  OK(tw_loader_add_random_shift(loader, 1, 0.25, 0.125, -1));
  OK(tw_loader_add_random_flip(loader, 1, 0, 0.5));
  OK(tw_loader_add_random_flip(loader, 1, 1, 0.5));
  OK(tw_loader_add_normalize(loader, 1, mean, std, 1));
  OK(tw_loader_add_scale(loader, 1, 0.5, 0.25));
  OK(tw_loader_add_one_hot(loader, 2, 10));
  OK(tw_loader_add_callback(loader, 1, noise, &one, destroy));
  tw_tensor_release(mean);
  tw_tensor_release(std);
}

static tw_loader_t open_file(const tw_loader_options *options) {
  tw_loader_t loader = NULL;
  OK(tw_loader_open(digits, names, 2, options, &loader));
  return loader;
}

static tw_loader_t open_memory(const tw_loader_options *options) {
  tw_tensor_t arrays[2] = {load(names[0]), load(names[1])};
  tw_loader_t loader = NULL;
  OK(tw_loader_from_tensors(arrays, 2, options, &loader));
  tw_tensor_release(arrays[0]);
  tw_tensor_release(arrays[1]);
  return loader;
}

// What follows after a jump into an epoch is what followed there, with any number of threads.
static void resumes(tw_loader_t loader, tw_loader_t other, int64_t samples) {
  digest d = {1469598103934665603u, 0};
  int64_t epoch = 0, place = 0;
  OK(tw_loader_start_epoch(loader, 3));
  for (int i = 0; i < 7; i++)
    CHECK(next(loader, &d));
  OK(tw_loader_place(loader, &epoch, &place));
  CHECK(epoch == 3 && place == d.samples);
  OK(tw_loader_pause(loader));
  digest here = rest(loader);
  CHECK(here.samples == samples - place);
  OK(tw_set_num_threads(1));
  OK(tw_loader_resume(other, epoch, place));
  digest there = rest(other);
  CHECK(here.hash == there.hash && here.samples == there.samples);
  OK(tw_loader_start_epoch(other, 4));
  there = rest(other);
  OK(tw_loader_start_epoch(other, 5));
  CHECK(rest(other).hash != there.hash && there.samples == samples);
  OK(tw_set_num_threads(2));
  tw_loader_release(loader);
  tw_loader_release(other);
}

static void transforms(void) {
  tw_loader_options options = defaults();
  tw_loader_t loaders[2];
  for (int i = 0; i < 2; i++) {
    transform(loaders[i] = open_memory(&options));
    options.prefetch = 0;
  }
  resumes(loaders[0], loaders[1], SAMPLES);
  CHECK(destroyed == 2);
  options.prefetch = 3;
  for (int i = 0; i < 2; i++) {
    transform(loaders[i] = open_file(&options));
    options.prefetch = 0;
  }
  resumes(loaders[0], loaders[1], SAMPLES);
  CHECK(destroyed == 4);

  // Without augmentation every epoch has the same images, and a crop of their own size leaves them alone.
  options.shuffle = 0;
  tw_loader_t plain = open_file(&options), centre = open_file(&options), once = open_file(&options);
  OK(tw_loader_add_random_crop(centre, 1, 8, 8, 3, 3, 3, 3, TW_PAD_CONSTANT, 9));
  OK(tw_loader_add_random_flip(centre, 3, 0, 1));
  OK(tw_loader_set_augmenting(centre, 0));
  CHECK(rest(plain).hash == rest(centre).hash);
  OK(tw_loader_set_augmenting(centre, 1));
  tw_tensor_t batch[2];
  size_t count = 0;
  OK(tw_loader_add_random_flip(once, 2, 0, 1)); // of labels
  FAILS(TW_ERROR_SHAPE, "a batch of shape [50]", tw_loader_next(once, batch, 2, &count));
  OK(tw_loader_remove_transforms(once));
  OK(tw_loader_start_epoch(once, 0));
  OK(tw_loader_start_epoch(plain, 0));
  CHECK(rest(once).hash == rest(plain).hash);

  // A callback that fails fails again, until another epoch begins; its destroy is called at the end.
  static int ten = 10;
  OK(tw_loader_add_callback(once, 0, refuse, &ten, destroy));
  OK(tw_loader_start_epoch(once, 0));
  for (int i = 0; i < 2; i++)
    FAILS(TW_ERROR_IO, "status 7", tw_loader_next(once, batch, 2, &count));
  destroyed = 0;
  tw_loader_release(once);
  CHECK(destroyed == 10);
  tw_loader_release(plain);
  tw_loader_release(centre);
}

static void subsets(void) {
  tw_loader_options options = defaults();
  tw_tensor_t labels = load(names[1]), parts[3], test[3], training[3];
  tw_generator_t generator = NULL;
  const double shares[3] = {0.7, 0.2, 0.1};
  int64_t sizes[3], most = 0;
  OK(tw_generator_create(5, &generator));
  OK(tw_split_sizes(SAMPLES, shares, 3, sizes));
  CHECK(sizes[0] == 1004 && sizes[1] == 286 && sizes[2] == 143);
  OK(tw_random_split(SAMPLES, sizes, 3, labels, generator, parts));
  int64_t seen[SAMPLES] = {0}, numbers[SAMPLES];
  for (int i = 0; i < 3; i++) {
    OK(tw_tensor_copy_to(parts[i], numbers, (size_t)sizes[i] * sizeof *numbers));
    for (int64_t k = 0; k < sizes[i]; k++) {
      seen[numbers[k]]++;
      CHECK(k == 0 || numbers[k] > numbers[k - 1]);
    }
  }
  for (int k = 0; k < SAMPLES; k++)
    most = seen[k] > most ? seen[k] : most;
  CHECK(most == 1);
  // The same samples from a file as from memory, in large pieces and row by row.
  for (int shuffle = 0; shuffle < 2; shuffle++) {
    tw_tensor_t turned = NULL;
    const int64_t first = 0;
    options.shuffle = shuffle;
    tw_loader_t file = open_file(&options), memory = open_memory(&options);
    OK(tw_loader_set_subset(file, parts[1]));
    OK(tw_loader_set_subset(memory, parts[1]));
    digest a = rest(file), b = rest(memory);
    CHECK(a.samples == sizes[1] && b.samples == sizes[1] && (shuffle || a.hash == b.hash));
    OK(tw_tensor_flip(parts[1], &first, 1, &turned));
    OK(tw_loader_set_subset(file, turned));
    OK(tw_loader_set_subset(memory, turned));
    OK(tw_loader_start_epoch(file, 0));
    OK(tw_loader_start_epoch(memory, 0));
    digest c = rest(file), d = rest(memory);
    CHECK(c.samples == sizes[1] && (shuffle || (c.hash == d.hash && c.hash != a.hash)));
    tw_tensor_release(turned);
    tw_loader_release(file);
    tw_loader_release(memory);
  }
  OK(tw_k_fold(SAMPLES, 3, NULL, NULL, training, test));
  int64_t sum = 0, of = 0;
  for (int i = 0; i < 3; i++) {
    OK(tw_tensor_numel(test[i], &of));
    sum += of;
    CHECK(of == 477 + (i < 2));
    OK(tw_tensor_numel(training[i], &of));
    CHECK(of == SAMPLES - 477 - (i < 2));
    tw_tensor_release(test[i]);
    tw_tensor_release(training[i]);
  }
  CHECK(sum == SAMPLES);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "1 folds of 5", tw_k_fold(5, 1, NULL, NULL, training, test));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "none may be below 0", tw_split_sizes(-1, shares, 3, sizes));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "a part of 1004", tw_random_split(1003, sizes, 3, NULL, NULL, test));
  for (int i = 0; i < 3; i++)
    tw_tensor_release(parts[i]);
  tw_tensor_release(labels);
  tw_generator_release(generator);
}

static tw_status backwards(int64_t epoch, tw_tensor_t *samples, tw_tensor_t *sizes, void *user_data) {
  const int64_t order[5] = {4, 3, 2, 1, epoch % 5}, batches[2] = {2, 3};
  (void)user_data;
  *samples = ints(order, 5);
  *sizes = ints(batches, 2);
  return TW_OK;
}

static void samplers(void) {
  tw_loader_options options = defaults();
  tw_loader_t loaders[2];
  int64_t count = 0;
  static int one = 1;
  // Weights: a file as memory, resumed.
  float weights[SAMPLES];
  for (int i = 0; i < SAMPLES; i++)
    weights[i] = (float)(i % 4);
  const int64_t shape[1] = {SAMPLES};
  tw_tensor_t tensor = tensor_of(weights, shape, 1);
  for (int from_file = 0; from_file < 2; from_file++) {
    for (int i = 0; i < 2; i++) {
      loaders[i] = from_file ? open_file(&options) : open_memory(&options);
      OK(tw_loader_set_weights(loaders[i], tensor, 2000, 1));
      transform(loaders[i]);
    }
    OK(tw_loader_batch_count(loaders[0], &count));
    CHECK(count == 40);
    resumes(loaders[0], loaders[1], 2000);
  }
  loaders[0] = open_memory(&options);
  loaders[1] = open_file(&options);
  for (int i = 0; i < 2; i++)
    OK(tw_loader_set_weights(loaders[i], tensor, 700, 0));
  CHECK(rest(loaders[0]).hash == rest(loaders[1]).hash);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "positive weights", tw_loader_set_weights(loaders[0], tensor, 1400, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "-1 draws", tw_loader_set_weights(loaders[0], tensor, -1, 1));
  // A sampler of the caller's own.
  destroyed = 0;
  for (int i = 0; i < 2; i++) {
    OK(tw_loader_set_sampler(loaders[i], backwards, &one, destroy));
    OK(tw_loader_start_epoch(loaders[i], 2));
    OK(tw_loader_batch_count(loaders[i], &count));
    CHECK(count == 2);
  }
  digest a = rest(loaders[0]), b = rest(loaders[1]);
  CHECK(a.hash == b.hash && a.samples == 5);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no batch of an epoch begins", tw_loader_resume(loaders[0], 1, 3));
  OK(tw_loader_resume(loaders[0], 1, 2));
  CHECK(rest(loaders[0]).samples == 3);
  OK(tw_loader_set_sampler(loaders[0], NULL, NULL, NULL));
  CHECK(destroyed == 1);
  OK(tw_loader_start_epoch(loaders[0], 1));
  CHECK(rest(loaders[0]).samples == SAMPLES);
  for (int i = 0; i < 2; i++)
    tw_loader_release(loaders[i]);
  CHECK(destroyed == 2);
  tw_tensor_release(tensor);
}

static void sequences(void) {
  enum { COUNT = 200 };
  tw_loader_options options = defaults();
  int64_t lengths[COUNT], total = 0;
  static float values[COUNT * 20];
  for (int i = 0; i < COUNT; i++) {
    lengths[i] = 1 + i * 7 % 19;
    for (int64_t t = 0; t < lengths[i]; t++)
      values[total++] = (float)i;
  }
  const int64_t shape[2] = {total, 1};
  tw_tensor_t arrays[2] = {tensor_of(values, shape, 2), NULL}, lists[2] = {ints(lengths, COUNT), NULL};
  arrays[1] = ints(lengths, COUNT); // the target: a row a sample
  options.batch_size = 8;
  options.mask = 1;
  options.pad_value = -1;
  tw_loader_t loaders[2];
  for (int i = 0; i < 2; i++) {
    OK(tw_loader_from_sequences(arrays, 2, lists, 2, &options, &loaders[i]));
    OK(tw_loader_set_buckets(loaders[i], NULL, 0, 40));
  }
  tw_tensor_t batch[MOST];
  size_t count = 0;
  int64_t seen = 0;
  for (;;) {
    int64_t dims[3], own[COUNT];
    float steps[64];
    OK(tw_loader_next(loaders[0], batch, MOST, &count));
    if (count == 0)
      break;
    CHECK(count == 4);
    OK(tw_tensor_shape(batch[0], dims, 3));
    CHECK(dims[0] * dims[1] <= 40 && dims[2] == 1);
    OK(tw_tensor_copy_to(batch[0], steps, (size_t)(dims[0] * dims[1]) * sizeof *steps));
    OK(tw_tensor_copy_to(batch[2], own, (size_t)dims[0] * sizeof *own));
    for (int64_t b = 0; b < dims[0]; b++) {
      CHECK(own[b] <= dims[1] && own[b] == lengths[(int)steps[b * dims[1]]]);
      for (int64_t t = 0; t < dims[1]; t++)
        CHECK((steps[b * dims[1] + t] == -1) == (t >= own[b]));
    }
    seen += dims[0];
    for (size_t i = 0; i < count; i++)
      tw_tensor_release(batch[i]);
  }
  CHECK(seen == COUNT);
  OK(tw_loader_add_scale(loaders[0], 1, 2, 0));
  OK(tw_loader_add_scale(loaders[1], 1, 2, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "one by one", tw_loader_add_random_flip(loaders[0], 1, 0, 0.5));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "come padded",
        tw_loader_statistics(loaders[0], 0, 1, &batch[0], &batch[1]));
  resumes(loaders[0], loaders[1], COUNT);
  for (int i = 0; i < 2; i++) {
    tw_tensor_release(arrays[i]);
    tw_tensor_release(lists[i]);
  }
}

static void arguments(void) {
  tw_loader_options options = defaults();
  tw_loader_t loader = open_memory(&options);
  const int64_t numbers[3] = {0, SAMPLES, 1}, extremes[5] = {0, -1, INT64_MIN, INT64_MAX, 1 << 20};
  tw_tensor_t list = ints(numbers, 3), outs[2];
  const float nan[2] = {NAN, 1};
  const int64_t two[1] = {2};
  tw_tensor_t bad = tensor_of(nan, two, 1);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "there is no sample 1433", tw_loader_set_subset(loader, list));
  FAILS(TW_ERROR_DTYPE, "float32", tw_loader_set_subset(loader, bad));
  FAILS(TW_ERROR_SHAPE, "one for each of 1433", tw_loader_set_weights(loader, bad, 1, 1));
  FAILS(TW_ERROR_SHAPE, "one for each of 1433", tw_loader_set_buckets(loader, list, 1, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "lengths is NULL", tw_loader_set_buckets(loader, NULL, 1, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "std 0 is nan", tw_loader_add_normalize(loader, 1, bad, bad, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "arrays is 0", tw_loader_add_scale(loader, 0, 1, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "finite", tw_loader_add_scale(loader, 1, NAN, 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "p is", tw_loader_add_random_flip(loader, 1, 0, 1.5));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "p is", tw_loader_add_random_flip(loader, 1, 0, NAN));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "a shift by", tw_loader_add_random_shift(loader, 1, -1, 0, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "pad_mode 9",
        tw_loader_add_random_crop(loader, 1, 1, 1, 0, 0, 0, 0, 9, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "0 classes", tw_loader_add_one_hot(loader, 2, 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no array 7", tw_loader_statistics(loader, 7, 1, &outs[0], &outs[1]));
  // Numbers that no data has give errors, here or at the next batch, and end nothing.
  for (int i = 0; i < 5; i++) {
    int64_t n = extremes[i];
    size_t count = 0;
    tw_tensor_t batch[MOST];
    tw_loader_remove_transforms(loader);
    tw_loader_add_random_crop(loader, 1, n, n, n, n, n, n, TW_PAD_CONSTANT, INFINITY);
    tw_loader_add_random_crop(loader, 1, 1, 1, n, n, n, n, TW_PAD_CIRCULAR, NAN);
    tw_loader_add_one_hot(loader, 2, n);
    tw_loader_add_scale(loader, (uint64_t)n, 1e300, 1e300);
    tw_loader_set_buckets(loader, list, n, n);
    if (tw_loader_set_weights(loader, list, n, 1) == TW_OK)
      CHECK(0);
    if (tw_loader_start_epoch(loader, n) == TW_OK && tw_loader_next(loader, batch, MOST, &count) == TW_OK)
      for (size_t k = 0; k < count; k++)
        tw_tensor_release(batch[k]);
    if (n != 1 << 20)
      CHECK(tw_k_fold(n, n, NULL, NULL, outs, outs) != TW_OK);
    CHECK(tw_k_fold(3, n, NULL, NULL, outs, outs) != TW_OK);
    CHECK(tw_random_split(5, &n, 1, NULL, NULL, outs) == (n == 0 ? TW_OK : TW_ERROR_INVALID_ARGUMENT));
    if (n == 0)
      tw_tensor_release(outs[0]);
    if (tw_loader_statistics(loader, n, n, &outs[0], &outs[1]) == TW_OK) {
      tw_tensor_release(outs[0]);
      tw_tensor_release(outs[1]);
    }
  }
  tw_tensor_release(list);
  tw_tensor_release(bad);
  tw_loader_release(loader);
}

int main(void) {
  int32_t available = 0;
  OK(tw_hdf5_available(&available));
  if (!available)
    return 77; // skipped
  alarm(100);
  transforms();
  subsets();
  samplers();
  sequences();
  arguments();
  return checks_result();
}
