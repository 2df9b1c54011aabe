// Handwritten digits read row by row: recurrent nets that see eight pixels at a time, trained with tw_fit.
//
//   digits_rows [digits.h5] [epochs]
//
// After each of the eight rows a linear layer says which digit it may be. It is trained on what it says after
// the last one; the table has the accuracy after every row, on images it has not seen.
#include "example.h"

enum { ROWS = 8, HIDDEN = 64, LAYERS = 3, MOST = 6, CLASSES = 10 };

typedef tw_status (*creator)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *);

// The share of right guesses after each row: images [n, 8, 8], labels [n].
static void read_rows(tw_module_t reader, tw_module_t head, tw_tensor_t images, tw_tensor_t labels,
                      double shares[ROWS]) {
  tw_tensor_t states = NULL, logits = NULL, after = NULL;
  MUST(tw_recurrent_forward(reader, images, NULL, NULL, NULL, &states, NULL, NULL));
  MUST(tw_module_forward(head, states, &logits));
  for (int row = 0; row < ROWS; row++) {
    MUST(tw_tensor_select(logits, 1, row, &after));
    MUST(tw_metric_accuracy(after, labels, 1, &shares[row]));
    tw_tensor_release(after);
  }
  tw_tensor_release(states);
  tw_tensor_release(logits);
}

static void learn(const char *name, creator create, const char *data, int epochs, tw_tensor_t images,
                  tw_tensor_t labels) {
  static const char *const sets[2] = {"train/images", "train/labels"};
  const char *ignored;
  tw_recurrent_options options;
  tw_loader_options batches;
  tw_fit_options fit;
  tw_adam_options adam_options;
  tw_module_t layers[LAYERS], net = NULL;
  tw_tensor_t parameters[MOST];
  tw_optimizer_t adam = NULL;
  tw_loader_t loader = NULL;
  tw_epoch_result results[100];
  double shares[ROWS];
  size_t done = 0;
  MUST(tw_manual_seed(1));
  MUST(tw_recurrent_options_init(&options, sizeof options));
  options.batch_first = 1;
  options.return_sequences = 0;
  MUST(tw_flatten_create(1, 2, &layers[0])); // [n, 1, 8, 8] to [n, 8, 8]
  MUST(create(ROWS, HIDDEN, &options, &layers[1]));
  MUST(tw_linear_create(HIDDEN, CLASSES, 1, TW_FLOAT32, &layers[2]));
  MUST(tw_sequential_create(layers, LAYERS, &net));
  for (size_t i = 0; i < MOST; i++)
    MUST(tw_module_parameter_at(net, i, &ignored, &parameters[i]));
  MUST(tw_adam_options_init(&adam_options, sizeof adam_options));
  adam_options.lr = 5e-3;
  MUST(tw_adam_create(parameters, MOST, &adam_options, &adam));
  MUST(tw_loader_options_init(&batches, sizeof batches));
  batches.batch_size = 32;
  batches.shuffle = 1;
  batches.seed = 1;
  batches.scaled = 1; // the images
  MUST(tw_loader_open(data, sets, 2, &batches, &loader));
  MUST(tw_fit_options_init(&fit, sizeof fit));
  fit.epochs = epochs;
  MUST(tw_fit(net, adam, loader, &fit, results, 100, &done));

  MUST(tw_module_train(net, 0));
  MUST(tw_set_grad_enabled(0, NULL));
  read_rows(layers[1], layers[2], images, labels, shares);
  MUST(tw_set_grad_enabled(1, NULL));
  printf("%-5s%10.4f  ", name, results[done - 1].loss);
  for (int row = 0; row < ROWS; row++)
    printf("%7.3f", shares[row]);
  printf("\n");
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  for (int i = 0; i < MOST; i++)
    tw_tensor_release(parameters[i]);
  tw_module_release(net);
  tw_optimizer_release(adam);
  tw_loader_release(loader);
}

int main(int argc, char **argv) {
  const char *data = argc > 1 ? argv[1] : "Examples/Data/digits.h5";
  const int epochs = argc > 2 ? atoi(argv[2]) : 12;
  tw_tensor_t images = NULL, rows = NULL, bytes = NULL, labels = NULL;
  if (epochs < 1 || epochs > 100) {
    fprintf(stderr, "usage: %s [digits.h5] [epochs from 1 to 100]\n", argv[0]);
    return 1;
  }
  MUST(tw_hdf5_read_scaled(data, "test/images", &images));
  MUST(tw_tensor_flatten(images, 1, 2, &rows));
  MUST(tw_hdf5_read(data, "test/labels", &bytes));
  MUST(tw_tensor_to(bytes, TW_INT64, &labels));
  printf("           loss   accuracy after row 1     2      3      4      5      6      7      8\n");
  learn("RNN", tw_rnn_create, data, epochs, rows, labels);
  learn("GRU", tw_gru_create, data, epochs, rows, labels);
  learn("LSTM", tw_lstm_create, data, epochs, rows, labels);
  tw_tensor_release(images);
  tw_tensor_release(rows);
  tw_tensor_release(bytes);
  tw_tensor_release(labels);
  return 0;
}
