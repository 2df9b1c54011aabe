// HDF5: a data set, weights there and back, and files that are absent, empty, cut short or something else.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <sys/stat.h>
#include <unistd.h>

static const char *digits = THALWEG_DATA "/digits.h5";
static const char *types = THALWEG_DATA "/../../Tests/Golden/hdf5/types.h5";

static void write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  CHECK(file && fwrite(bytes, 1, size, file) == size);
  if (file)
    fclose(file);
}

// Its contents, in memory of its own.
static char *read_file(const char *path, size_t *size) {
  struct stat status;
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  *size = 0;
  if (file && stat(path, &status) == 0 && (bytes = malloc((size_t)status.st_size)))
    *size = fread(bytes, 1, (size_t)status.st_size, file);
  if (file)
    fclose(file);
  return bytes;
}

static int64_t numel_of(tw_tensor_t tensor) {
  int64_t count = -1;
  OK(tw_tensor_numel(tensor, &count));
  return count;
}

// An error with a sentence, whichever; nothing written.
static void refused(const char *path, const char *name) {
  tw_tensor_t out = NULL;
  CHECK(tw_hdf5_read(path, name, &out) != TW_OK);
  CHECK(strlen(tw_last_error()) > 0);
  CHECK(out == NULL);
}

static void data_sets(void) {
  tw_tensor_t bytes = NULL, values = NULL, largest = NULL;
  int64_t shape[4] = {0};
  int32_t dtype = -1;
  OK(tw_hdf5_read(digits, "test/images", &bytes));
  OK(tw_tensor_shape(bytes, shape, 4));
  OK(tw_tensor_dtype(bytes, &dtype));
  CHECK(shape[0] == 364 && shape[1] == 1 && shape[2] == 8 && shape[3] == 8 && dtype == TW_UINT8);
  OK(tw_hdf5_read_scaled(digits, "test/images", &values));
  OK(tw_tensor_amax(values, NULL, 0, 0, &largest));
  CHECK(item_of(largest) == 1);
  tw_tensor_release(bytes);
  tw_tensor_release(values);
  tw_tensor_release(largest);
  refused(digits, "test/nothing");
  refused(digits, "test"); // a group
  refused(digits, "");
  refused("no-such-file.h5", "test/images");
  refused(".", "test/images");
  refused("", "test/images");
}

// Rows by their numbers, directly and through a loader; what is no list of rows is refused.
static void rows(void) {
  const int64_t numbers[3] = {363, 0, 63}, wrong[3][1] = {{364}, {-1}, {INT64_MIN}}, three = 3, one = 1;
  const char *names[2] = {"test/images", "test/labels"};
  tw_tensor_t picked = NULL, all = NULL, expected = NULL, some = NULL, batch[2] = {NULL, NULL};
  tw_loader_t loader = NULL;
  int32_t same = 0;
  size_t count = 0;
  OK(tw_tensor_from_data(numbers, TW_INT64, &three, 1, &picked));
  OK(tw_hdf5_read(digits, names[0], &all));
  OK(tw_tensor_index_select(all, 0, picked, &expected));
  OK(tw_hdf5_read_rows(digits, names[0], picked, &some));
  OK(tw_tensor_equal(some, expected, &same));
  CHECK(same == 1);
  OK(tw_loader_open(digits, names, 2, NULL, &loader));
  for (int i = 0; i < 2; i++) {
    OK(tw_loader_samples(loader, picked, batch, 2, &count));
    CHECK(count == 2);
    OK(tw_tensor_equal(batch[0], expected, &same));
    CHECK(same == 1);
    tw_tensor_release(batch[0]);
    tw_tensor_release(batch[1]);
    batch[0] = batch[1] = NULL;
  }
  CHECK(tw_loader_samples(loader, picked, batch, 1, &count) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_loader_samples(loader, all, batch, 2, &count) == TW_ERROR_SHAPE);
  for (int i = 0; i < 3; i++) {
    tw_tensor_t row = NULL;
    OK(tw_tensor_from_data(wrong[i], TW_INT64, &one, 1, &row));
    CHECK(tw_loader_samples(loader, row, batch, 2, &count) == TW_ERROR_INVALID_ARGUMENT);
    CHECK(tw_hdf5_read_rows(digits, names[1], row, &batch[0]) == TW_ERROR_INVALID_ARGUMENT);
    tw_tensor_release(row);
  }
  CHECK(batch[0] == NULL && batch[1] == NULL);
  tw_loader_release(loader);
  tw_tensor_release(some);
  tw_tensor_release(expected);
  tw_tensor_release(all);
  tw_tensor_release(picked);
}

// Strings, an enumeration, a compound's member and lzf, in the file of the Swift tests.
static void kinds(void) {
  tw_tensor_t values = NULL, offsets = NULL, numbers = NULL;
  char names[32] = "";
  size_t length = 0;
  OK(tw_hdf5_read_sequences(types, "types/string", &values, &offsets));
  CHECK(numel_of(values) == 6 && numel_of(offsets) == 3);
  tw_tensor_release(values);
  tw_tensor_release(offsets);
  OK(tw_hdf5_read_padded(types, "types/fixed_string", 0, &values, &offsets));
  CHECK(numel_of(values) == 6 && numel_of(offsets) == 2);
  tw_tensor_release(values);
  tw_tensor_release(offsets);
  values = offsets = NULL;
  CHECK(tw_hdf5_read_sequences(types, "types/u1", &values, &offsets) == TW_ERROR_DTYPE);
  CHECK(values == NULL && offsets == NULL);
  OK(tw_hdf5_enumeration(types, "types/enum", names, sizeof names, &length));
  CHECK(strcmp(names, "{\"GREEN\":2,\"RED\":0}") == 0 && length == strlen(names));
  OK(tw_hdf5_enumeration(types, "types/enum", names, 5, &length));
  CHECK(strcmp(names, "{\"GR") == 0 && length == 19);
  OK(tw_hdf5_enumeration(types, "types/enum", NULL, 0, &length));
  CHECK(tw_hdf5_enumeration(types, "types/u1", names, 5, &length) == TW_ERROR_DTYPE);
  OK(tw_hdf5_read(types, "types/compound/im", &numbers));
  CHECK(numel_of(numbers) == 2);
  tw_tensor_release(numbers);
  OK(tw_hdf5_read(types, "storage/lzf", &numbers));
  CHECK(numel_of(numbers) == 24);
  tw_tensor_release(numbers);
  refused(types, "types/compound");
  refused(types, "types/string");
  refused(types, "types/u8"); // its largest number
}

static tw_module_t linear(int64_t in, int64_t out) {
  tw_module_t module = NULL;
  OK(tw_linear_create(in, out, 1, TW_FLOAT32, &module));
  return module;
}

static void weights(void) {
  float before[12], after[12];
  tw_module_t saved = linear(4, 3), loaded = linear(4, 3), narrow = linear(3, 3), relu = NULL;
  tw_tensor_t weight = NULL;
  OK(tw_relu_create(&relu));
  OK(tw_module_save_weights(saved, "weights.h5"));
  OK(tw_module_save_weights(saved, "weights.h5")); // over the old one
  OK(tw_module_load_weights(loaded, "weights.h5"));
  OK(tw_module_parameter(saved, "weight", &weight));
  OK(tw_tensor_copy_to(weight, before, sizeof before));
  tw_tensor_release(weight);
  OK(tw_module_parameter(loaded, "weight", &weight));
  OK(tw_tensor_copy_to(weight, after, sizeof after));
  tw_tensor_release(weight);
  CHECK(memcmp(before, after, sizeof before) == 0);

  CHECK(tw_module_load_weights(narrow, "weights.h5") != TW_OK);
  CHECK(strlen(tw_last_error()) > 0);
  CHECK(tw_module_load_weights(loaded, digits) != TW_OK); // HDF5, but no weights
  CHECK(tw_module_load_weights(loaded, "no-such-file.h5") != TW_OK);
  CHECK(tw_module_save_weights(saved, "no-such-folder/weights.h5") != TW_OK);
  CHECK(tw_module_save_weights(saved, "") != TW_OK);

  size_t size = 0;
  char *bytes = read_file("weights.h5", &size);
  CHECK(bytes && size > 100);
  for (size_t part = 0; bytes && part < size; part += part < 128 ? 1 : 97) {
    write_file("cut.h5", bytes, part);
    CHECK(tw_module_load_weights(loaded, "cut.h5") != TW_OK);
    CHECK(strlen(tw_last_error()) > 0);
  }
  free(bytes);
  write_file("cut.h5", "This is no HDF5 file. It is a text.", 35);
  refused("cut.h5", "data");
  CHECK(tw_module_load_weights(loaded, "cut.h5") != TW_OK);

  // What failed to load left the module as it was.
  OK(tw_module_parameter(loaded, "weight", &weight));
  OK(tw_tensor_copy_to(weight, after, sizeof after));
  tw_tensor_release(weight);
  CHECK(memcmp(before, after, sizeof before) == 0);
  tw_module_release(saved);
  tw_module_release(loaded);
  tw_module_release(narrow);
  tw_module_release(relu);
  unlink("weights.h5");
  unlink("cut.h5");
}

static void models(void) {
  const float values[3] = {1, -2, 3};
  const int64_t shape[2] = {1, 3};
  tw_module_t layers[3] = {linear(3, 4), NULL, linear(4, 2)}, net = NULL, loaded = NULL, first = NULL;
  tw_tensor_t x = tensor_of(values, shape, 2), y = NULL, z = NULL;
  const char *text = NULL;
  OK(tw_dropout_create(0.25, &layers[1]));
  OK(tw_sequential_create(layers, 3, &net));
  OK(tw_module_train(net, 0));
  OK(tw_module_save(net, "model.h5"));
  OK(tw_module_load("model.h5", &loaded));
  OK(tw_module_forward(net, x, &y));
  OK(tw_module_forward(loaded, x, &z));
  float before[2], after[2];
  OK(tw_tensor_copy_to(y, before, sizeof before));
  OK(tw_tensor_copy_to(z, after, sizeof after));
  CHECK(memcmp(before, after, sizeof before) == 0);
  OK(tw_module_child_at(loaded, 1, &text, &first));
  OK(tw_module_options(first, &text));
  CHECK(strcmp(text, "{\"p\":0.25}") == 0);
  OK(tw_module_options(loaded, &text));
  CHECK(strcmp(text, "{}") == 0);

  tw_module_t none = NULL;
  OK(tw_module_save_weights(net, "weights.h5"));
  FAILS(TW_ERROR_FORMAT, "has no architecture", tw_module_load("weights.h5", &none));
  FAILS(TW_ERROR_IO, "no-such-file.h5", tw_module_load("no-such-file.h5", &none));
  FAILS(TW_ERROR_FORMAT, "digits.h5", tw_module_load(digits, &none));
  CHECK(none == NULL);
  for (int i = 0; i < 3; i++)
    tw_module_release(layers[i]);
  tw_module_release(net);
  tw_module_release(loaded);
  tw_module_release(first);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(z);
  unlink("weights.h5");
  unlink("model.h5");
}

static void states(void) {
  tw_module_t saved = linear(4, 3), loaded = linear(4, 3), narrow = linear(3, 3);
  const char *report = "untouched";
  for (int32_t nested = 0; nested < 2; nested++) {
    OK(tw_module_save_state(saved, "state.h5", nested));
    OK(tw_module_read_state(loaded, "state.h5", NULL, 1, &report));
    CHECK(*report == '\0');
  }
  float before[12], after[12];
  tw_tensor_t weight = NULL;
  OK(tw_module_parameter(saved, "weight", &weight));
  OK(tw_tensor_copy_to(weight, before, sizeof before));
  tw_tensor_release(weight);
  OK(tw_module_parameter(loaded, "weight", &weight));
  OK(tw_tensor_copy_to(weight, after, sizeof after));
  tw_tensor_release(weight);
  CHECK(memcmp(before, after, sizeof before) == 0);
  report = "untouched";
  FAILS(TW_ERROR_FORMAT, "weight has shape [3, 4], not [3, 3]",
        tw_module_read_state(narrow, "state.h5", NULL, 1, &report));
  CHECK(strcmp(report, "untouched") == 0);
  OK(tw_module_read_state(narrow, "state.h5", NULL, 0, &report));
  CHECK(strstr(report, "\"mismatched\":[{\"name\":\"weight\",\"expected\":[3,3],\"found\":[3,4]}]"));
  OK(tw_module_read_state(narrow, "state.h5", "", 0, NULL));
  FAILS(TW_ERROR_FORMAT, "no group '/nothing'", tw_module_read_state(loaded, "state.h5", "nothing", 0, NULL));
  FAILS(TW_ERROR_FORMAT, "missing: weight, bias", tw_module_read_state(loaded, digits, NULL, 1, NULL));
  tw_module_release(saved);
  tw_module_release(loaded);
  tw_module_release(narrow);
  unlink("state.h5");
}

static void writers(void) {
  const float values[6] = {1, 2, 3, 4, 5, 6};
  const int64_t two[2] = {2, 3}, growing[2] = {-1, 3}, fixed[2] = {3, 3}, odd[2] = {-2, 3};
  const char *const names[2] = {"sample", "feature"}, *const words[3] = {"one", "two", "three"};
  tw_tensor_t rows = tensor_of(values, two, 2), read = NULL;
  tw_writer_t writer = NULL, second = NULL;
  tw_writer_options options;
  OK(tw_writer_options_init(&options, sizeof options));
  options.gzip = 4;
  OK(tw_writer_open("written.h5", 0, &writer));
  OK(tw_writer_define(writer, "train/x", TW_FLOAT32, growing, 2, NULL, 0, &options));
  OK(tw_writer_define(writer, "fixed", TW_FLOAT32, fixed, 2, NULL, 0, NULL));
  OK(tw_writer_append(writer, "train/x", rows));
  OK(tw_writer_append(writer, "train/x", rows));
  OK(tw_writer_append(writer, "fixed", rows));
  OK(tw_writer_write_texts(writer, "words", words, 3, NULL));
  OK(tw_writer_set_text(writer, "train", "note", "of a test"));
  OK(tw_writer_set_numbers(writer, "train/x", "scale", (const double[]){0.5}, 1));
  OK(tw_writer_set_dimensions(writer, "train/x", names, 2));
  FAILS(TW_ERROR_SHAPE, "do not fit", tw_writer_append(writer, "fixed", rows));
  FAILS(TW_ERROR_SHAPE, "cannot have the shape",
        tw_writer_define(writer, "odd", TW_FLOAT32, odd, 2, NULL, 0, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "already", tw_writer_write(writer, "train/x", rows, NULL, 0, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "labels are", tw_writer_write(writer, "y", rows, words, 3, NULL));
  FAILS(TW_ERROR_SHAPE, "2 of its 3 rows", tw_writer_close(writer));
  CHECK(access("written.h5", F_OK) != 0);
  tw_writer_release(writer);

  OK(tw_writer_open("written.h5", 0, &writer));
  OK(tw_writer_define(writer, "train/x", TW_FLOAT32, growing, 2, NULL, 0, &options));
  OK(tw_writer_append(writer, "train/x", rows));
  OK(tw_writer_set_dimensions(writer, "train/x", names, 2));
  OK(tw_writer_close(writer));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "closed", tw_writer_append(writer, "train/x", rows));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "closed", tw_writer_close(writer));
  OK(tw_writer_open("written.h5", 1, &second));
  OK(tw_writer_append(second, "train/x", rows));
  OK(tw_writer_close(second));
  OK(tw_hdf5_read("written.h5", "train/x", &read));
  const float twice[12] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
  CHECK(holds(read, twice, 12));
  tw_writer_release(writer);
  tw_writer_release(second);
  tw_tensor_release(rows);
  tw_tensor_release(read);
}

// What writers() left.
static void listings(void) {
  tw_file_t file = NULL;
  size_t count = 0, rank = 9, found = 0;
  OK(tw_file_open("written.h5", &file));
  OK(tw_file_entry_count(file, &count));
  CHECK(count == 5); // the root, two dimensions, train, train/x
  for (size_t i = 0; i < count; i++) {
    const char *path = NULL, *details = NULL;
    int32_t kind = -1;
    int64_t shape[2] = {0};
    OK(tw_file_entry_at(file, i, &path, &kind));
    OK(tw_file_entry_shape(file, i, shape, 2, &rank));
    OK(tw_file_entry_details(file, i, &details));
    CHECK(kind == (rank > 0 ? TW_ENTRY_DATASET : TW_ENTRY_GROUP));
    CHECK(i > 0 || (strcmp(path, "/") == 0 && kind == TW_ENTRY_GROUP));
    if (strcmp(path, "/train/x") != 0)
      continue;
    found++;
    CHECK(rank == 2 && shape[0] == 4 && shape[1] == 3);
    CHECK(strstr(details, "\"filters\":[\"shuffle\",\"gzip 4\"]"));
    FAILS(TW_ERROR_INVALID_ARGUMENT, "room for 1", tw_file_entry_shape(file, i, shape, 1, &rank));
  }
  CHECK(found == 1);
  const char *path = NULL;
  int32_t kind = 0;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no entry 5", tw_file_entry_at(file, count, &path, &kind));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no entry", tw_file_entry_details(file, (size_t)-1, &path));
  tw_file_release(file);
  FAILS(TW_ERROR_INVALID_HANDLE, "released", tw_file_entry_count(file, &count));
  FAILS(TW_ERROR_IO, "no-such-file.h5", tw_file_open("no-such-file.h5", &file));
  unlink("written.h5");
}

int main(void) {
  int32_t available = -1;
  OK(tw_hdf5_available(&available));
  if (!available) {
    tw_tensor_t out = NULL;
    CHECK(tw_hdf5_read(digits, "test/images", &out) == TW_ERROR_UNAVAILABLE);
    return checks_failed ? EXIT_FAILURE : 77; // skipped
  }
  data_sets();
  rows();
  kinds();
  weights();
  models();
  states();
  writers();
  listings();
  return checks_result();
}
