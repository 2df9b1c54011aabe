// What momentum buys: gradient descent and its three companions on least squares of growing condition number.
//
//   momentum
//
// The loss is 1/2 sum_i a_i x_i^2 with curvatures a_i from 1/kappa to 1: least squares in the coordinates of
// its own axes, to which all four methods are blind. Steps and momenta are the ones that theory calls best
// for a given kappa (Polyak 1964; Nesterov 2004, "Introductory lectures on convex optimization", 2.2; Recht
// 2010): then the error shrinks by (kappa - 1) / (kappa + 1) a step without momentum, by about (sqrt(kappa) -
// 1) / (sqrt(kappa) + 1) with a heavy ball, and by 1 - 1 / sqrt(kappa) with Nesterov's, and the number of
// steps grows as kappa or as its root. An exponential average of gradients is a heavy ball whose step is
// multiplied by 1 - beta.
#include <math.h>

#include "example.h"

enum { SIZE = 20, LIMIT = 1000000 };
static const double TOLERANCE = 1e-6; // of the distance from the minimum, beside that of the start

typedef struct {
  tw_tensor_t x, curvatures;
  double start; // ||x|| at first
} bowl;

static bowl make_bowl(double kappa) {
  double values[SIZE], ones[SIZE];
  const int64_t shape[1] = {SIZE};
  bowl b = {NULL, NULL, sqrt(SIZE)};
  for (int i = 0; i < SIZE; i++) {
    values[i] = pow(kappa, -(double)i / (SIZE - 1));
    ones[i] = 1;
  }
  MUST(tw_tensor_from_data(values, TW_FLOAT64, shape, 1, &b.curvatures));
  MUST(tw_tensor_from_data(ones, TW_FLOAT64, shape, 1, &b.x));
  MUST(tw_tensor_set_requires_grad(b.x, 1));
  return b;
}

static void free_bowl(bowl *b) {
  tw_tensor_release(b->x);
  tw_tensor_release(b->curvatures);
}

// Leaves the gradient in x.
static void descend(const bowl *b) {
  tw_tensor_t square = NULL, weighted = NULL, loss = NULL;
  MUST(tw_tensor_mul(b->x, b->x, &square));
  MUST(tw_tensor_mul(square, b->curvatures, &weighted));
  MUST(tw_tensor_sum(weighted, NULL, 0, 0, &loss));
  replace(&square, NULL);
  MUST(tw_tensor_mul_scalar(loss, 0.5, &square));
  MUST(tw_tensor_backward(square, NULL, 0, 0));
  tw_tensor_release(square);
  tw_tensor_release(weighted);
  tw_tensor_release(loss);
}

static double length(const double *v) {
  double sum = 0;
  for (int i = 0; i < SIZE; i++)
    sum += v[i] * v[i];
  return sqrt(sum);
}

// Steps until the distance from the minimum has fallen to TOLERANCE. `*overshoot` is how far the flattest
// coordinate went beyond the minimum, of its first distance.
static int steps_of(double kappa, const tw_sgd_options *options, double *overshoot) {
  bowl b = make_bowl(kappa);
  tw_optimizer_t sgd = NULL;
  double x[SIZE];
  int steps = 0;
  *overshoot = 0;
  MUST(tw_sgd_create(&b.x, 1, options, &sgd));
  do {
    MUST(tw_optimizer_zero_grad(sgd));
    descend(&b);
    MUST(tw_optimizer_step(sgd));
    MUST(tw_tensor_copy_to(b.x, x, sizeof x));
    *overshoot = fmax(*overshoot, -x[SIZE - 1]);
    steps++;
  } while (length(x) > TOLERANCE * b.start && steps < LIMIT);
  tw_optimizer_release(sgd);
  free_bowl(&b);
  return steps;
}

static int run(double kappa, double lr, double momentum, double dampening, int nesterov, double *overshoot) {
  tw_sgd_options options;
  MUST(tw_sgd_options_init(&options, sizeof options));
  options.lr = lr;
  options.momentum = momentum;
  options.dampening = dampening;
  options.nesterov = nesterov;
  return steps_of(kappa, &options, overshoot);
}

static void table(void) {
  double unused;
  printf("Steps until the error is %g of the first (in brackets: ln of that over ln of the rate)\n\n",
         TOLERANCE);
  printf("%8s %20s %20s %20s %20s\n", "kappa", "gradient descent", "heavy ball", "averaged gradients",
         "Nesterov");
  for (double kappa = 10; kappa <= 10000; kappa *= 10) {
    double root = sqrt(kappa), rate = (root - 1) / (root + 1), beta = rate * rate;
    double ball = 4 / pow(1 + 1 / root, 2);
    int plain = run(kappa, 2 / (1 + 1 / kappa), 0, 0, 0, &unused);
    int heavy = run(kappa, ball, beta, 0, 0, &unused);
    // The first velocity is the whole gradient, as in PyTorch, not 1 - beta of it.
    int average = run(kappa, ball / (1 - beta), beta, beta, 0, &unused);
    int nesterov = run(kappa, 1, rate, 0, 1, &unused);
    double wanted = log(TOLERANCE);
    printf("%8g %11d (%6.0f) %11d (%6.0f) %11d (%6.0f) %11d (%6.0f)\n", kappa, plain,
           wanted / log((kappa - 1) / (kappa + 1)), heavy, wanted / log(rate), average, wanted / log(rate),
           nesterov, wanted / log(1 - 1 / root));
  }
}

// Steepest descent with exact line search: each gradient is orthogonal to the one before.
static void zigzag(double kappa) {
  bowl b = make_bowl(kappa);
  double x[SIZE], g[SIZE], before[SIZE] = {0}, a[SIZE], worst = 0;
  MUST(tw_tensor_copy_to(b.curvatures, a, sizeof a));
  int steps = 0;
  do {
    MUST(tw_tensor_set_grad(b.x, NULL));
    descend(&b);
    tw_tensor_t gradient = NULL;
    MUST(tw_tensor_grad(b.x, &gradient));
    MUST(tw_tensor_copy_to(gradient, g, sizeof g));
    MUST(tw_tensor_copy_to(b.x, x, sizeof x));
    tw_tensor_release(gradient);
    double gg = 0, gag = 0, dot = 0;
    for (int i = 0; i < SIZE; i++) {
      gg += g[i] * g[i];
      gag += a[i] * g[i] * g[i];
      dot += g[i] * before[i];
    }
    if (steps > 0)
      worst = fmax(worst, fabs(dot) / (length(g) * length(before)));
    for (int i = 0; i < SIZE; i++) {
      x[i] -= gg / gag * g[i];
      before[i] = g[i];
    }
    tw_tensor_t moved = NULL;
    const int64_t shape[1] = {SIZE};
    MUST(tw_tensor_from_data(x, TW_FLOAT64, shape, 1, &moved));
    int32_t recording = 0;
    MUST(tw_set_grad_enabled(0, &recording));
    MUST(tw_tensor_copy_from(b.x, moved));
    MUST(tw_set_grad_enabled(recording, NULL));
    tw_tensor_release(moved);
    steps++;
  } while (length(x) > TOLERANCE * b.start && steps < LIMIT);
  printf(
      "\nExact line search, kappa %g: %d steps; the cosine between a gradient and the next is %.1e at most\n",
      kappa, steps, worst);
  free_bowl(&b);
}

int main(void) {
  double beyond[3];
  table();
  zigzag(100);
  printf("\nToo much momentum overshoots: kappa 100, steps of 1\n");
  const double momenta[3] = {0, 0.81, 0.99};
  for (int i = 0; i < 3; i++) {
    int steps = run(100, 1, momenta[i], 0, 0, &beyond[i]);
    printf("  momentum %-5g %6d steps, up to %.2f beyond the minimum along the flattest axis\n", momenta[i],
           steps, beyond[i]);
  }
  return 0;
}
