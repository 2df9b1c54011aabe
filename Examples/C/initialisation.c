// How signals and gradients fare through fifty layers before the first step of training, with each way to
// draw the weights beside the naive one. Examples/Python/initialisation.py draws the same.
//
//   initialisation
//
// A batch of normal numbers goes through fifty linear layers of width 256 and their activation, and a normal
// gradient goes back. Printed are the standard deviation of a layer's output and the norm of the gradient of
// its weight: a scheme fits an activation if both stay level from the first layer to the last.
#include <math.h>

#include "example.h"

enum { LAYERS = 50, WIDTH = 256, BATCH = 128 };

typedef tw_status (*activation)(tw_tensor_t, tw_tensor_t *);
typedef tw_status (*initialiser)(tw_tensor_t weight, double gain);

static tw_status tiny(tw_tensor_t w, double gain) {
  (void)gain;
  return tw_init_normal(w, 0, 0.01, NULL);
}
static tw_status plain(tw_tensor_t w, double gain) {
  (void)gain;
  return tw_init_normal(w, 0, 1, NULL);
}
static tw_status lecun(tw_tensor_t w, double gain) {
  (void)gain;
  return tw_init_lecun_normal(w, NULL);
}
static tw_status xavier(tw_tensor_t w, double gain) { return tw_init_xavier_normal(w, gain, NULL); }
static tw_status he(tw_tensor_t w, double gain) {
  (void)gain;
  return tw_init_kaiming_normal(w, 0, TW_FAN_IN, TW_NONLINEARITY_RELU, NULL);
}
static tw_status orthogonal(tw_tensor_t w, double gain) { return tw_init_orthogonal(w, gain, NULL); }

static const struct {
  const char *name;
  initialiser fill;
} SCHEMES[] = {
    {"normal, deviation 0.01", tiny},
    {"normal, deviation 1", plain},
    {"LeCun", lecun},
    {"Xavier/Glorot", xavier},
    {"He/Kaiming", he},
    {"orthogonal", orthogonal},
};

typedef struct {
  double deviation[LAYERS]; // of the outputs
  double gradient[LAYERS];  // norms, of the weights' gradients
} result;

static void measure(activation f, initialiser fill, double gain, result *r) {
  const int64_t square[2] = {WIDTH, WIDTH}, batch[2] = {BATCH, WIDTH};
  tw_tensor_t weights[LAYERS] = {NULL}, x = NULL, seed = NULL, next = NULL;
  MUST(tw_manual_seed(1));
  MUST(tw_tensor_randn(batch, 2, TW_FLOAT32, NULL, &x));
  MUST(tw_tensor_randn(batch, 2, TW_FLOAT32, NULL, &seed));
  for (int i = 0; i < LAYERS; i++) {
    MUST(tw_tensor_zeros(square, 2, TW_FLOAT32, &weights[i]));
    MUST(fill(weights[i], gain));
    MUST(tw_tensor_set_requires_grad(weights[i], 1));
    MUST(tw_tensor_linear(x, weights[i], NULL, &next));
    replace(&x, next);
    MUST(f(x, &next));
    replace(&x, next);
    tw_tensor_t deviation = NULL;
    MUST(tw_tensor_std(x, 0, NULL, 0, 0, &deviation));
    r->deviation[i] = number(deviation);
    tw_tensor_release(deviation);
  }
  MUST(tw_tensor_backward(x, seed, 0, 0));
  for (int i = 0; i < LAYERS; i++) {
    tw_tensor_t gradient = NULL, norm = NULL;
    MUST(tw_tensor_grad(weights[i], &gradient));
    MUST(tw_tensor_vector_norm(gradient, 2, NULL, 0, 0, &norm));
    r->gradient[i] = number(norm);
    tw_tensor_release(gradient);
    tw_tensor_release(norm);
    tw_tensor_release(weights[i]);
  }
  tw_tensor_release(x);
  tw_tensor_release(seed);
}

// The largest of the layers' values over the smallest.
static double spread(const double *values) {
  double low = INFINITY, high = 0;
  for (int i = 0; i < LAYERS; i++) {
    if (!isfinite(values[i]))
      return INFINITY;
    low = fmin(low, values[i]);
    high = fmax(high, values[i]);
  }
  return low > 0 ? high / low : INFINITY;
}

static void table(const char *name, activation f, double gain) {
  printf("%d layers of width %d, %s\n%-24s%30s%40s\n%-24s", LAYERS, WIDTH, name, "", "deviation of outputs",
         "norm of gradients", "");
  for (int half = 0; half < 2; half++)
    printf("%10s%10d%10d%s", "layer 1", LAYERS / 2, LAYERS, half ? "   largest / smallest\n" : "");
  for (size_t s = 0; s < sizeof SCHEMES / sizeof *SCHEMES; s++) {
    result r;
    measure(f, SCHEMES[s].fill, gain, &r);
    printf("%-24s%10.2g%10.2g%10.2g%10.2g%10.2g%10.2g%21.3g\n", SCHEMES[s].name, r.deviation[0],
           r.deviation[LAYERS / 2 - 1], r.deviation[LAYERS - 1], r.gradient[0], r.gradient[LAYERS / 2 - 1],
           r.gradient[LAYERS - 1], spread(r.gradient));
  }
  printf("\n");
}

int main(void) {
  table("tanh", tw_tensor_tanh, 5.0 / 3);
  table("ReLU", tw_tensor_relu, sqrt(2));
  return 0;
}
