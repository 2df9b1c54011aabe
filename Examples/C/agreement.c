// A verb agrees with its subject, however many other nouns stand between: accuracy against distance.
//
//   agreement
//
// Sentences like "the dog near the cats behind the cars sleeps" (after Linzen, Dupoux & Goldberg 2016): the
// verb's number is the first noun's, not the last one's. Language models learn to predict every next word of
// sentences that are mostly short; then they are asked for the verb where all nouns between have the other
// number. Who goes by the last noun is always wrong there, who forgets is right half the time. Shares are
// means over five nets.
// Examples/Python/agreement.py does the same, and draws it.
#include "example.h"

enum { NOUNS = 8, VERBS = 6, PLACES = 3, BATCH = 32, TEST = 500, HIDDEN = 32, MOST = 12, FURTHEST = 20 };
enum { FIRST_NOUN = 1 + PLACES, FIRST_VERB = FIRST_NOUN + 2 * NOUNS, WORDS = FIRST_VERB + 2 * VERBS };
enum { LAYERS = 3, PARAMETERS = 7, BUDGETS = 3, NETS = 5 };
static const int budgets[BUDGETS] = {300, 600, 1200}; // batches

static uint64_t state;

// From 0 up to below `count` (xorshift64*: Vigna 2016).
static int64_t draw(int64_t count) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (int64_t)((state * UINT64_C(2685821657736338717)) >> 33) % count;
}

// Words [T, count], without and with the verb, and the subjects' numbers.
static void sentences(int between, int64_t count, int adverse, tw_tensor_t *input, tw_tensor_t *target,
                      int *plural) {
  static int64_t words[3 * FURTHEST + 3][TEST], text[(3 * FURTHEST + 3) * TEST];
  const int64_t length = 3 * between + 3, shape[2] = {length - 1, count};
  for (int64_t b = 0; b < count; b++) {
    plural[b] = (int)draw(2);
    for (int n = 0; n <= between; n++) {
      int64_t number = n == 0 ? plural[b] : adverse ? 1 - plural[b] : draw(2);
      words[3 * n][b] = 0; // "the"
      words[3 * n + 1][b] = FIRST_NOUN + draw(NOUNS) + number * NOUNS;
      words[3 * n + 2][b] = 1 + draw(PLACES); // "near"
    }
    words[length - 1][b] = FIRST_VERB + draw(VERBS) + plural[b] * VERBS;
  }
  for (int64_t t = 0; t < length; t++)
    for (int64_t b = 0; b < count; b++)
      text[t * count + b] = words[t][b];
  MUST(tw_tensor_from_data(text, TW_INT64, shape, 2, input));
  MUST(tw_tensor_from_data(text + count, TW_INT64, shape, 2, target));
}

static void train(tw_module_t net, tw_optimizer_t adam, const tw_tensor_t *parameters, int batches) {
  int plural[BATCH];
  for (int i = 0; i < batches; i++) {
    int between = 0;
    double norm = 0;
    tw_tensor_t input = NULL, target = NULL, logits = NULL, rows = NULL, next = NULL, loss = NULL;
    while (between < MOST && draw(2)) // each further noun halves their number
      between++;
    sentences(between, BATCH, 0, &input, &target, plural);
    MUST(tw_optimizer_zero_grad(adam));
    MUST(tw_module_forward(net, input, &logits));
    MUST(tw_tensor_flatten(logits, 0, 1, &rows));
    MUST(tw_tensor_flatten(target, 0, 1, &next));
    MUST(tw_tensor_cross_entropy(rows, next, NULL, TW_REDUCTION_MEAN, -100, 0, &loss));
    MUST(tw_tensor_backward(loss, NULL, 0, 0));
    MUST(tw_clip_grad_norm(parameters, PARAMETERS, 1.0, 2.0, 0, &norm));
    MUST(tw_optimizer_step(adam));
    tw_tensor_release(input);
    tw_tensor_release(target);
    tw_tensor_release(logits);
    tw_tensor_release(rows);
    tw_tensor_release(next);
    tw_tensor_release(loss);
  }
}

// How often the verbs of the right number get the greater probability.
static double accuracy(tw_module_t net, int between) {
  static float chances[TEST][WORDS];
  static int plural[TEST];
  int right = 0;
  tw_tensor_t input = NULL, target = NULL, logits = NULL, last = NULL, shares = NULL;
  sentences(between, TEST, 1, &input, &target, plural);
  MUST(tw_set_grad_enabled(0, NULL));
  MUST(tw_module_forward(net, input, &logits));
  MUST(tw_tensor_select(logits, 0, -1, &last));
  MUST(tw_tensor_softmax(last, -1, &shares));
  MUST(tw_tensor_copy_to(shares, chances, sizeof chances));
  MUST(tw_set_grad_enabled(1, NULL));
  for (int b = 0; b < TEST; b++) {
    float sums[2] = {0, 0};
    for (int v = 0; v < 2 * VERBS; v++)
      sums[v / VERBS] += chances[b][FIRST_VERB + v];
    right += (sums[1] > sums[0]) == plural[b];
  }
  tw_tensor_release(input);
  tw_tensor_release(target);
  tw_tensor_release(logits);
  tw_tensor_release(last);
  tw_tensor_release(shares);
  return (double)right / TEST;
}

typedef tw_status (*creator)(int64_t, int64_t, const tw_recurrent_options *, tw_module_t *);

// Adds the shares of one net to those of the others.
static void learn(creator create, uint64_t seed, double shares[BUDGETS][FURTHEST / 2 + 1]) {
  const char *ignored;
  tw_module_t layers[LAYERS], net = NULL;
  tw_tensor_t parameters[PARAMETERS];
  tw_optimizer_t adam = NULL;
  tw_adam_options options;
  MUST(tw_manual_seed(seed));
  state = seed;
  MUST(tw_embedding_create(WORDS, 24, NULL, &layers[0]));
  MUST(create(24, HIDDEN, NULL, &layers[1]));
  MUST(tw_linear_create(HIDDEN, WORDS, 1, TW_FLOAT32, &layers[2]));
  MUST(tw_sequential_create(layers, LAYERS, &net));
  for (size_t i = 0; i < PARAMETERS; i++)
    MUST(tw_module_parameter_at(net, i, &ignored, &parameters[i]));
  MUST(tw_adam_options_init(&options, sizeof options));
  options.lr = 5e-3;
  MUST(tw_adam_create(parameters, PARAMETERS, &options, &adam));
  for (int i = 0, done = 0; i < BUDGETS; done = budgets[i++]) {
    train(net, adam, parameters, budgets[i] - done);
    for (int place = 0; place <= FURTHEST / 2; place++)
      shares[i][place] += accuracy(net, 2 * place) / NETS;
  }
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  for (int i = 0; i < PARAMETERS; i++)
    tw_tensor_release(parameters[i]);
  tw_module_release(net);
  tw_optimizer_release(adam);
}

static void compare(const char *name, creator create) {
  double shares[BUDGETS][FURTHEST / 2 + 1] = {{0}};
  for (uint64_t seed = 1; seed <= NETS; seed++)
    learn(create, seed, shares);
  for (int i = 0; i < BUDGETS; i++) {
    printf("%-5s%5d batches    ", name, budgets[i]);
    for (int place = 0; place <= FURTHEST / 2; place++)
      printf("%6.2f", shares[i][place]);
    printf("\n");
  }
}

int main(void) {
  printf("nouns between         ");
  for (int between = 0; between <= FURTHEST; between += 2)
    printf("%6d", between);
  printf("\n");
  compare("RNN", tw_rnn_create);
  compare("GRU", tw_gru_create);
  compare("LSTM", tw_lstm_create);
  return 0;
}
