// A text classifier that Keras saved, here and back: loaded, evaluated, trained on with clipping, saved
// again.
//
//   keras_text MODEL.keras RESULT.keras
//
// The model takes indices [B, 7] from 0 (padding) to 8 and gives the probabilities of two classes;
// Tests/Golden/keras/text.keras is one: an Embedding with mask_zero, LSTM, GRU, a bidirectional LSTM, Dense.
// The new data: class 1 has more words from 5 on than words below. Keras opens the result, or a legacy .h5 by
// its name: keras.saving.load_model("result.keras").
#include <stdbool.h>

#include "example.h"

enum { WORDS = 9, STEPS = 7, TRAINING = 512, TEST = 256, BATCH = 32, EPOCHS = 12, MOST = 64 };

typedef struct {
  tw_tensor_t x, y;
} data;

// Sequences of 3 to 7 words, with padding behind them.
static data make(int count, uint32_t seed) {
  static int32_t words[TRAINING][STEPS];
  static int64_t classes[TRAINING];
  data result = {NULL, NULL};
  uint32_t state = seed;
  for (int i = 0; i < count; i++) {
    int high = 0, length = 0;
    for (int t = 0; t < STEPS; t++) {
      state = state * 1664525u + 1013904223u;
      if (t == 0)
        length = 3 + (int)((state >> 16) % (STEPS - 2));
      words[i][t] = t < length ? 1 + (int32_t)((state >> 20) % (WORDS - 1)) : 0;
      high += words[i][t] >= 5 ? 1 : words[i][t] > 0 ? -1 : 0;
    }
    classes[i] = high > 0;
  }
  MUST(tw_tensor_from_data(words, TW_INT32, (const int64_t[]){count, STEPS}, 2, &result.x));
  MUST(tw_tensor_from_data(classes, TW_INT64, (const int64_t[]){count}, 1, &result.y));
  return result;
}

// The mean of -log p of the right class.
static tw_tensor_t loss_of(tw_module_t model, tw_tensor_t x, tw_tensor_t y) {
  tw_tensor_t p = NULL, logarithm = NULL, loss = NULL;
  MUST(tw_module_forward(model, x, &p));
  MUST(tw_tensor_log(p, &logarithm));
  MUST(tw_tensor_nll_loss(logarithm, y, NULL, TW_REDUCTION_MEAN, -100, &loss));
  tw_tensor_release(p);
  tw_tensor_release(logarithm);
  return loss;
}

static double evaluate(tw_module_t model, data test, double *accuracy) {
  static int64_t found[TEST], right[TEST];
  tw_tensor_t p = NULL, classes = NULL;
  int64_t last = -1;
  int hits = 0;
  MUST(tw_module_train(model, 0));
  MUST(tw_module_forward(model, test.x, &p));
  MUST(tw_tensor_argmax(p, &last, 0, &classes));
  MUST(tw_tensor_copy_to(classes, found, sizeof found));
  MUST(tw_tensor_copy_to(test.y, right, sizeof right));
  for (int i = 0; i < TEST; i++)
    hits += found[i] == right[i];
  *accuracy = 100.0 * hits / TEST;
  tw_tensor_t loss = loss_of(model, test.x, test.y);
  const double value = number(loss);
  tw_tensor_release(loss);
  tw_tensor_release(p);
  tw_tensor_release(classes);
  return value;
}

static void train(tw_module_t model, data training) {
  tw_tensor_t parameters[MOST];
  size_t count = 0;
  tw_adam_options options;
  tw_optimizer_t optimizer = NULL;
  MUST(tw_module_parameters(model, parameters, MOST, &count));
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 0.01;
  MUST(tw_adam_create(parameters, count, &options, &optimizer));
  MUST(tw_module_train(model, 1));
  for (int epoch = 0; epoch < EPOCHS; epoch++) {
    double sum = 0, norm = 0, largest = 0;
    for (int64_t start = 0; start < TRAINING; start += BATCH) {
      tw_tensor_t x = NULL, y = NULL;
      MUST(tw_tensor_slice(training.x, 0, start, start + BATCH, 1, &x));
      MUST(tw_tensor_slice(training.y, 0, start, start + BATCH, 1, &y));
      MUST(tw_optimizer_zero_grad(optimizer));
      tw_tensor_t loss = loss_of(model, x, y);
      MUST(tw_tensor_backward(loss, NULL, 0, 0));
      MUST(tw_clip_grad_norm(parameters, count, 1.0, 2.0, 1, &norm));
      MUST(tw_optimizer_step(optimizer));
      sum += number(loss) * BATCH;
      largest = norm > largest ? norm : largest;
      tw_tensor_release(loss);
      tw_tensor_release(x);
      tw_tensor_release(y);
    }
    printf("epoch %2d: loss %.3f, largest gradient before clipping %.2f\n", epoch + 1, sum / TRAINING,
           largest);
  }
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parameters[i]);
  tw_optimizer_release(optimizer);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: keras_text MODEL.keras RESULT.keras\n");
    return 2;
  }
  tw_module_t model = NULL, again = NULL;
  double accuracy = 0;
  MUST(tw_model_load_keras(argv[1], &model));
  data training = make(TRAINING, 1), test = make(TEST, 2);
  double loss = evaluate(model, test, &accuracy);
  printf("as Keras saved it: loss %.3f, %.1f %% right\n", loss, accuracy);
  train(model, training);
  loss = evaluate(model, test, &accuracy);
  printf("trained on: loss %.3f, %.1f %% right\n", loss, accuracy);
  MUST(tw_model_save_keras(model, argv[2]));
  MUST(tw_model_load_keras(argv[2], &again));
  const bool is_same = evaluate(again, test, &accuracy) == loss;
  printf("%s: %s\n", argv[2], is_same ? "the same, to the bit" : "another model");
  tw_module_release(model);
  tw_module_release(again);
  tw_tensor_release(training.x);
  tw_tensor_release(training.y);
  tw_tensor_release(test.x);
  tw_tensor_release(test.y);
  return is_same && accuracy > 80 ? 0 : 1;
}
