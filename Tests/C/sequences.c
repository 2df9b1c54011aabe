// What stands around recurrent nets: sampling, positions, texts in streams.
#include "check.h"
#include <math.h>

static void sampling(void) {
  const int64_t shape[2] = {2, 3};
  const float logits[6] = {0, 3, 1, 2, -INFINITY, 2};
  tw_tensor_t x = tensor_of(logits, shape, 2), y = NULL;
  int64_t places[8];
  OK(tw_tensor_sample(x, 0, 0, 1, NULL, &y));
  OK(tw_tensor_copy_to(y, places, 2 * sizeof places[0]));
  CHECK(places[0] == 1 && places[1] == 0);
  tw_tensor_release(y);
  OK(tw_tensor_sample(x, 1, 1, 0.5, NULL, &y)); // one of one
  OK(tw_tensor_copy_to(y, places, 2 * sizeof places[0]));
  CHECK(places[0] == 1 && places[1] == 0);
  tw_tensor_release(y);
  CHECK(tw_tensor_sample(x, -1, 0, 1, NULL, &y) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_tensor_sample(x, NAN, 0, 1, NULL, &y) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_tensor_sample(x, 1, INT64_MIN, 1, NULL, &y) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_tensor_sample(x, 1, 0, 0, NULL, &y) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_tensor_multinomial(x, 1, 0, NULL, &y) == TW_ERROR_INVALID_ARGUMENT); // a negative weight
  tw_tensor_release(x);

  const float weights[6] = {0, 1, 0, 2, 0, 2};
  x = tensor_of(weights, shape, 2);
  OK(tw_tensor_multinomial(x, 4, 1, NULL, &y));
  OK(tw_tensor_copy_to(y, places, sizeof places));
  for (int i = 0; i < 4; i++)
    CHECK(places[i] == 1 && (places[4 + i] == 0 || places[4 + i] == 2));
  tw_tensor_release(y);
  CHECK(tw_tensor_multinomial(x, 2, 0, NULL, &y) == TW_ERROR_INVALID_ARGUMENT); // a row has only one
  CHECK(tw_tensor_multinomial(x, INT64_MAX, 1, NULL, &y) == TW_ERROR_OUT_OF_MEMORY);
  CHECK(tw_tensor_multinomial(x, INT64_MIN, 1, NULL, &y) == TW_ERROR_INVALID_ARGUMENT);
  tw_tensor_release(x);
}

static void positions(void) {
  const int64_t shape[3] = {2, 3, 2}, empty[2] = {1 << 20, 0};
  tw_module_t layer = NULL;
  tw_tensor_t x = NULL, y = NULL;
  OK(tw_tensor_zeros(shape, 3, TW_FLOAT32, &x));
  OK(tw_positional_encoding_create(2, 3, 0, 1, &layer));
  OK(tw_module_forward(layer, x, &y));
  const float s1 = sinf(1), c1 = cosf(1), s2 = sinf(2), c2 = cosf(2);
  CHECK(holds(y, (const float[]){0, 1, s1, c1, s2, c2, 0, 1, s1, c1, s2, c2}, 12));
  tw_tensor_release(y);
  tw_tensor_release(x);
  OK(tw_tensor_zeros(empty, 2, TW_FLOAT32, &x));
  CHECK(tw_module_forward(layer, x, &y) == TW_ERROR_SHAPE);
  tw_tensor_release(x);
  tw_module_release(layer);
  CHECK(tw_positional_encoding_create(INT64_MIN, 3, 0, 1, &layer) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_positional_embedding_create(INT64_MAX, 3, 0, 1, TW_FLOAT32, &layer) == TW_ERROR_OUT_OF_MEMORY);
  CHECK(tw_positional_embedding_create(3, 3, 0, 1, TW_INT64, &layer) == TW_ERROR_DTYPE);
  CHECK(tw_tensor_sinusoidal_positions(INT64_MAX, 3, 0, TW_FLOAT32, &y) == TW_ERROR_OUT_OF_MEMORY);
  CHECK(tw_tensor_sinusoidal_positions(-1, 3, 0, TW_FLOAT32, &y) == TW_ERROR_SHAPE);
  CHECK(tw_tensor_sinusoidal_positions(1, 3, -1, TW_FLOAT32, &y) == TW_ERROR_INVALID_ARGUMENT);
  OK(tw_tensor_sinusoidal_positions(2, 3, INT64_MAX, TW_FLOAT32, &y));
  tw_tensor_release(y);
  OK(tw_tensor_sinusoidal_positions(0, INT64_C(1) << 40, 0, TW_FLOAT32, &y));
  tw_tensor_release(y);
}

// The streams of a text, put together again, are the text.
static void texts(void) {
  tw_text_t text = NULL, other = NULL;
  tw_loader_t loader = NULL;
  tw_tensor_t batch[2] = {NULL, NULL}, numbers = NULL;
  tw_text_loader_options options;
  int64_t length = 0, size = 0, shape[2] = {0, 0};
  const char *symbols = NULL;
  char string[32];
  size_t count = 0;
  OK(tw_text_create("abracadabra", TW_TEXT_CHARACTERS, NULL, &text));
  OK(tw_text_length(text, &length));
  OK(tw_text_vocabulary_size(text, &size));
  OK(tw_text_symbols(text, &symbols));
  CHECK(length == 11 && size == 5 && strcmp(symbols, "abcdr") == 0);
  OK(tw_text_encode(text, "bard", &numbers));
  OK(tw_text_decode(text, numbers, string, sizeof string, &count));
  CHECK(count == 4 && strcmp(string, "bard") == 0);
  OK(tw_text_decode(text, numbers, string, 3, &count));
  CHECK(count == 4 && strcmp(string, "ba") == 0);
  OK(tw_text_decode(text, numbers, NULL, 0, &count));
  CHECK(count == 4);
  tw_tensor_release(numbers);
  CHECK(tw_text_encode(text, "z", &numbers) == TW_ERROR_INVALID_ARGUMENT);

  OK(tw_text_loader_create(text, 2, 3, NULL, &loader)); // abrac|adabr, and what follows
  OK(tw_loader_batch_count(loader, &length));
  CHECK(length == 2);
  for (int i = 0; i < 2; i++) {
    OK(tw_loader_next(loader, batch, 2, &count));
    CHECK(count == 2);
    OK(tw_tensor_shape(batch[0], shape, 2));
    CHECK(shape[0] == 2 && shape[1] == 3 - i);
    OK(tw_text_decode(text, batch[0], string, sizeof string, &count));
    CHECK(strcmp(string, i == 0 ? "abrada" : "acbr") == 0);
    OK(tw_text_decode(text, batch[1], string, sizeof string, &count));
    CHECK(strcmp(string, i == 0 ? "bradab" : "cara") == 0);
    tw_tensor_release(batch[0]);
    tw_tensor_release(batch[1]);
  }
  OK(tw_loader_next(loader, batch, 2, &count));
  CHECK(count == 0);
  OK(tw_text_loader_options_init(&options, sizeof options));
  CHECK(options.first == 0 && options.last == 1 && options.drop_last == 0 && options.time_first == 0);
  options.last = NAN;
  CHECK(tw_text_loader_create(text, 2, 3, &options, &loader) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_text_loader_create(text, INT64_MAX, INT64_MAX, NULL, &loader) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_text_loader_create(text, INT64_MIN, 1, NULL, &loader) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_text_create("", TW_TEXT_BYTES, NULL, &other) == TW_ERROR_FORMAT);
  CHECK(tw_text_create("a", 7, NULL, &other) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_text_open("/nowhere/at/all", TW_TEXT_BYTES, NULL, &other) == TW_ERROR_IO);
  CHECK(tw_text_open("/dev/zero", TW_TEXT_BYTES, NULL, &other) == TW_ERROR_IO);
  CHECK(tw_text_length((tw_text_t)loader, &length) == TW_ERROR_INVALID_HANDLE);
  tw_text_release(text); // the loader keeps what it needs
  OK(tw_loader_start_epoch(loader, 0));
  OK(tw_loader_next(loader, batch, 2, &count));
  CHECK(count == 2);
  tw_tensor_release(batch[0]);
  tw_tensor_release(batch[1]);
  CHECK(tw_text_length(text, &length) == TW_ERROR_INVALID_HANDLE);
  tw_loader_release(loader);
}

int main(void) {
  sampling();
  positions();
  texts();
  return checks_result();
}
