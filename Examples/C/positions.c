// Positional embeddings, sinusoidal and learned, added and concatenated: redundant in a recurrent net, needed
// where nothing else tells the order.
//
//   positions [batches]
//
// Sentences of 16 words, one of which is the mark: at which place is it? A GRU counts on its own, and may be
// told all the same. A net that sees the words one by one and averages what it makes of them gives the same
// for every order of the words (its output is permutation-invariant): without positions it can only guess,
// and is right once in 16 times.
#include "example.h"

enum { LENGTH = 16, WORDS = 9, MARK = 8, BATCH = 32, TEST = 1000, SIZE = 32, MOST = 8 };

typedef enum { NONE, SINUSOIDAL, LEARNED } table;

typedef struct {
  tw_module_t words, head; // [B, T] to [B, T, SIZE] or, of a recurrent net, [B, SIZE]; [B, SIZE] to places
  int averages;
} net;

static net net_create(table positions, int concatenate, int is_recurrent) {
  tw_module_t layers[4] = {NULL};
  size_t count = 0;
  const int64_t wide = positions != NONE && concatenate ? 2 * SIZE : SIZE;
  net n = {NULL, NULL, !is_recurrent};
  MUST(tw_embedding_create(WORDS, SIZE, NULL, &layers[count++]));
  if (positions == SINUSOIDAL)
    MUST(tw_positional_encoding_create(SIZE, LENGTH, concatenate, 1, &layers[count++]));
  if (positions == LEARNED)
    MUST(tw_positional_embedding_create(LENGTH, SIZE, concatenate, 1, TW_FLOAT32, &layers[count++]));
  if (is_recurrent) {
    tw_recurrent_options options;
    MUST(tw_recurrent_options_init(&options, sizeof options));
    options.batch_first = 1;
    options.return_sequences = 0;
    MUST(tw_gru_create(wide, SIZE, &options, &layers[count++]));
  } else {
    MUST(tw_linear_create(wide, SIZE, 1, TW_FLOAT32, &layers[count++]));
    MUST(tw_relu_create(&layers[count++]));
  }
  MUST(tw_sequential_create(layers, count, &n.words));
  while (count > 0)
    tw_module_release(layers[--count]);
  MUST(tw_linear_create(SIZE, LENGTH, 1, TW_FLOAT32, &n.head));
  return n;
}

static tw_tensor_t scores_of(const net *n, tw_tensor_t words) {
  const int64_t time = 1;
  tw_tensor_t features = NULL, scores = NULL;
  MUST(tw_module_forward(n->words, words, &features));
  if (n->averages) {
    MUST(tw_tensor_mean(features, &time, 1, 0, &scores));
    replace(&features, scores);
  }
  MUST(tw_module_forward(n->head, features, &scores));
  tw_tensor_release(features);
  return scores;
}

// Words [count, LENGTH], and the mark's places [count].
static void sentences(tw_generator_t random, int64_t count, tw_tensor_t *words, tw_tensor_t *places) {
  const int64_t shape[2] = {count, LENGTH};
  void *data = NULL, *marks = NULL;
  MUST(tw_tensor_randint(0, MARK, shape, 2, TW_INT64, random, words));
  MUST(tw_tensor_randint(0, LENGTH, shape, 1, TW_INT64, random, places));
  MUST(tw_tensor_data(*words, &data));
  MUST(tw_tensor_data(*places, &marks));
  for (int64_t i = 0; i < count; i++)
    ((int64_t *)data)[i * LENGTH + ((int64_t *)marks)[i]] = MARK;
}

static size_t parameters(const net *n, tw_tensor_t *out) {
  size_t all = 0, count = 0;
  const char *name;
  for (int half = 0; half < 2; half++) {
    tw_module_t module = half ? n->head : n->words;
    MUST(tw_module_parameter_count(module, &count));
    for (size_t i = 0; i < count; i++)
      MUST(tw_module_parameter_at(module, i, &name, &out[all++]));
  }
  return all;
}

static double learn(table positions, int concatenate, int is_recurrent, int batches) {
  tw_generator_t random = NULL;
  tw_tensor_t own[MOST], words = NULL, places = NULL, scores = NULL, loss = NULL;
  tw_optimizer_t adam = NULL;
  tw_adam_options options;
  double accuracy = 0;
  MUST(tw_manual_seed(1));
  MUST(tw_generator_create(1, &random));
  net n = net_create(positions, concatenate, is_recurrent);
  const size_t count = parameters(&n, own);
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 5e-3;
  MUST(tw_adam_create(own, count, &options, &adam));
  for (int i = 0; i < batches; i++) {
    sentences(random, BATCH, &words, &places);
    MUST(tw_optimizer_zero_grad(adam));
    scores = scores_of(&n, words);
    MUST(tw_tensor_cross_entropy(scores, places, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
    MUST(tw_tensor_backward(loss, NULL, 0, 0));
    MUST(tw_optimizer_step(adam));
    replace(&words, NULL);
    replace(&places, NULL);
    replace(&scores, NULL);
    replace(&loss, NULL);
  }
  MUST(tw_set_grad_enabled(0, NULL));
  sentences(random, TEST, &words, &places);
  scores = scores_of(&n, words);
  MUST(tw_metric_accuracy(scores, places, 1, &accuracy));
  MUST(tw_set_grad_enabled(1, NULL));
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(own[i]);
  tw_tensor_release(words);
  tw_tensor_release(places);
  tw_tensor_release(scores);
  tw_optimizer_release(adam);
  tw_generator_release(random);
  tw_module_release(n.words);
  tw_module_release(n.head);
  return accuracy;
}

int main(int argc, char **argv) {
  static const char *const NAMES[] = {"none", "sinusoidal", "learned"};
  const int batches = argc > 1 ? atoi(argv[1]) : 1000;
  if (batches < 1) {
    fprintf(stderr, "usage: %s [batches]\n", argv[0]);
    return 1;
  }
  printf("positions                     GRU   words averaged\n");
  for (table t = NONE; t <= LEARNED; t++)
    for (int concatenate = 0; concatenate < (t == NONE ? 1 : 2); concatenate++) {
      printf("%-11s%-13s", NAMES[t], t == NONE ? "" : concatenate ? "concatenated" : "added");
      printf("%9.3f", learn(t, concatenate, 1, batches));
      printf("%17.3f\n", learn(t, concatenate, 0, batches));
      fflush(stdout);
    }
  return 0;
}
