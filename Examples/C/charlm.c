// A language model of characters: two layers of LSTM learn a text that every Debian machine has, and go on.
//
//   charlm [text file] [epochs]
//
// The text is cut into parallel streams; their next 50 characters are a batch, and the net's state is carried
// from batch to batch while gradients stop at its edges (truncated backpropagation through time). Gradients
// are clipped. The last tenth of the text is held out. Then the net goes on with a beginning, a character at
// a time. Examples/Python/charlm.py does the same.
#include <math.h>
#include <string.h>
#include <time.h>

#include "example.h"

enum { STREAMS = 32, LENGTH = 50, HIDDEN = 128, LAYERS = 3, MOST = 16, LETTERS = 300 };

// Embedding, LSTM, a linear layer; it keeps its state from call to call.
static tw_module_t net_create(int64_t vocabulary) {
  tw_module_t layers[LAYERS], net = NULL;
  tw_recurrent_options options;
  MUST(tw_recurrent_options_init(&options, sizeof options));
  options.num_layers = 2;
  options.dropout = 0.2;
  MUST(tw_embedding_create(vocabulary, 64, NULL, &layers[0]));
  MUST(tw_lstm_create(64, HIDDEN, &options, &layers[1]));
  MUST(tw_linear_create(HIDDEN, vocabulary, 1, TW_FLOAT32, &layers[2]));
  MUST(tw_sequential_create(layers, LAYERS, &net));
  MUST(tw_module_set_stateful(net, TW_STATE_VALUES));
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  return net;
}

// The mean cross-entropy of the next characters, in nats: logits [T, B, V] against [T, B].
static tw_tensor_t loss_of(tw_module_t net, const tw_tensor_t batch[2]) {
  tw_tensor_t logits = NULL, rows = NULL, targets = NULL, loss = NULL;
  MUST(tw_module_forward(net, batch[0], &logits));
  MUST(tw_tensor_flatten(logits, 0, 1, &rows));
  MUST(tw_tensor_flatten(batch[1], 0, -1, &targets));
  MUST(tw_tensor_cross_entropy(rows, targets, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
  tw_tensor_release(logits);
  tw_tensor_release(rows);
  tw_tensor_release(targets);
  return loss;
}

// Bits a character over an epoch of the loader; trained on if there is an optimiser.
static double epoch(tw_module_t net, tw_loader_t loader, tw_optimizer_t adam, const tw_tensor_t *parameters,
                    size_t count) {
  tw_tensor_t batch[2];
  size_t arrays = 0;
  double sum = 0, characters = 0, norm = 0;
  int64_t number_of = 0;
  MUST(tw_module_train(net, adam != NULL));
  MUST(tw_module_reset_state(net));
  MUST(tw_set_grad_enabled(adam != NULL, NULL));
  MUST(tw_loader_start_epoch(loader, 0));
  for (;;) {
    MUST(tw_loader_next(loader, batch, 2, &arrays));
    if (arrays == 0)
      break;
    if (adam)
      MUST(tw_optimizer_zero_grad(adam));
    tw_tensor_t loss = loss_of(net, batch);
    if (adam) {
      MUST(tw_tensor_backward(loss, NULL, 0, 0));
      MUST(tw_clip_grad_norm(parameters, count, 1.0, 2.0, 0, &norm));
      MUST(tw_optimizer_step(adam));
    }
    MUST(tw_tensor_numel(batch[1], &number_of));
    sum += number(loss) * (double)number_of;
    characters += (double)number_of;
    tw_tensor_release(loss);
    tw_tensor_release(batch[0]);
    tw_tensor_release(batch[1]);
  }
  MUST(tw_set_grad_enabled(1, NULL));
  return sum / characters / log(2);
}

// The logits of the last of some symbols [n].
static tw_tensor_t last_logits(tw_module_t net, tw_tensor_t symbols) {
  const int64_t column[2] = {-1, 1};
  tw_tensor_t input = NULL, output = NULL, logits = NULL;
  MUST(tw_tensor_reshape(symbols, column, 2, &input));
  MUST(tw_module_forward(net, input, &output));
  MUST(tw_tensor_select(output, 0, -1, &logits));
  tw_tensor_release(input);
  tw_tensor_release(output);
  return logits;
}

// Prints `beginning` and LETTERS characters more.
static void go_on(tw_module_t net, tw_text_t text, const char *beginning, double temperature, double top_p) {
  tw_tensor_t symbols = NULL;
  printf("\n--- temperature %g, top_p %g\n%s", temperature, top_p, beginning);
  MUST(tw_module_train(net, 0));
  MUST(tw_module_reset_state(net));
  MUST(tw_set_grad_enabled(0, NULL));
  MUST(tw_text_encode(text, beginning, &symbols));
  for (int i = 0; i < LETTERS; i++) {
    char letter[8];
    size_t bytes = 0;
    tw_tensor_t logits = last_logits(net, symbols), drawn = NULL;
    MUST(tw_tensor_sample(logits, temperature, 0, top_p, NULL, &drawn));
    MUST(tw_text_decode(text, drawn, letter, sizeof letter, &bytes));
    fputs(letter, stdout);
    tw_tensor_release(logits);
    replace(&symbols, drawn);
  }
  printf("\n");
  MUST(tw_set_grad_enabled(1, NULL));
  tw_tensor_release(symbols);
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "/usr/share/common-licenses/GPL-3", *name;
  const int epochs = argc > 2 ? atoi(argv[2]) : 22;
  tw_text_t text = NULL;
  tw_loader_t training = NULL, validation = NULL;
  tw_text_loader_options part;
  tw_optimizer_t adam = NULL;
  tw_adam_options options;
  tw_tensor_t parameters[MOST];
  size_t count = 0;
  int64_t length = 0, vocabulary = 0;

  MUST(tw_manual_seed(1));
  MUST(tw_text_open(path, TW_TEXT_CHARACTERS, NULL, &text));
  MUST(tw_text_length(text, &length));
  MUST(tw_text_vocabulary_size(text, &vocabulary));
  printf("%d characters, %d different ones\n", (int)length, (int)vocabulary);
  MUST(tw_text_loader_options_init(&part, sizeof part));
  part.time_first = 1;
  part.last = 0.9;
  MUST(tw_text_loader_create(text, STREAMS, LENGTH, &part, &training));
  part.first = 0.9;
  part.last = 1;
  MUST(tw_text_loader_create(text, 1, 500, &part, &validation));

  tw_module_t net = net_create(vocabulary);
  MUST(tw_module_parameter_count(net, &count));
  for (size_t i = 0; i < count && i < MOST; i++)
    MUST(tw_module_parameter_at(net, i, &name, &parameters[i]));
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 5e-3;
  MUST(tw_adam_create(parameters, count, &options, &adam));

  const time_t start = time(NULL);
  for (int i = 1; i <= epochs; i++) {
    double trained = epoch(net, training, adam, parameters, count);
    double held_out = epoch(net, validation, NULL, NULL, 0);
    printf("epoch %2d: %.3f bits a character in training, %.3f held out, %.0f s\n", i, trained, held_out,
           difftime(time(NULL), start));
    fflush(stdout);
  }
  go_on(net, text, "  You may convey ", 0.5, 1);
  go_on(net, text, "  You may convey ", 1, 0.8);

  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parameters[i]);
  tw_optimizer_release(adam);
  tw_module_release(net);
  tw_loader_release(training);
  tw_loader_release(validation);
  tw_text_release(text);
  return 0;
}
