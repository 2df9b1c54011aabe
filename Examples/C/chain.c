// Where a gradient dies, and where it explodes, in nets so small that every number can be checked by hand:
// one unit a layer, no bias, the input 1, in float64.
//
//   chain
//
// The gradient at the input is the product, over all layers, of the weight and the activation's slope. A
// logistic slope is 1/4 at most, so that six layers of weight 0.1 leave 2.4e-10 of it and twenty nothing that
// matters. ReLU's slope is 1 for positive input: what remains is the weights' product, 5^20 for twenty
// weights of 5.
#include <math.h>

#include "example.h"

typedef tw_status (*activation)(tw_tensor_t, tw_tensor_t *);

enum { LONGEST = 60 };

typedef struct {
  double output[LONGEST + 1]; // output[0] is the input
  double gradient;            // of the last output for the input
} result;

// x_{j+1} = f(w x_j), `layers` times from x_0 = 1.
static result run(activation f, double weight, int layers, int32_t dtype) {
  result r = {{1}, 0};
  tw_tensor_t input = NULL, x = NULL, gradient = NULL;
  MUST(tw_tensor_scalar(1, dtype, &input));
  MUST(tw_tensor_set_requires_grad(input, 1));
  for (int j = 1; j <= layers; j++) {
    tw_tensor_t next = NULL;
    MUST(tw_tensor_mul_scalar(j == 1 ? input : x, weight, &next));
    replace(&x, next);
    MUST(f(x, &next));
    replace(&x, next);
    r.output[j] = number(x);
  }
  MUST(tw_tensor_backward(x, NULL, 0, 0));
  MUST(tw_tensor_grad(input, &gradient));
  r.gradient = number(gradient);
  tw_tensor_release(gradient);
  tw_tensor_release(x);
  tw_tensor_release(input);
  return r;
}

static void logistic(int layers) {
  const double weight = 0.1;
  result r = run(tw_tensor_sigmoid, weight, layers, TW_FLOAT64);
  printf("%d logistic layers, weights %g\n", layers, weight);
  double slopes = 1;
  if (layers <= 6) {
    printf("  outputs          ");
    for (int j = 1; j <= layers; j++)
      printf(" %10.4f", r.output[j]);
    printf("\n  product of slopes");
  }
  for (int j = layers; j > 0; j--) { // the slope is s (1 - s)
    slopes *= r.output[j] * (1 - r.output[j]);
    if (layers <= 6)
      printf(" %10.4g", slopes);
  }
  printf("%s  the slopes' product is %.3e, with the weights %.3e; the gradient at the input is %.3e\n\n",
         layers <= 6 ? "\n" : "", slopes, slopes * pow(weight, layers), r.gradient);
}

static void relu(int layers, double weight) {
  result r = run(tw_tensor_relu, weight, layers, TW_FLOAT64);
  printf("%d ReLU layers, weights %-4g output %.17g, gradient at the input %.17g\n", layers, weight,
         r.output[layers], r.gradient);
}

int main(void) {
  logistic(6);
  logistic(20);
  printf("Without saturation the slopes cost nothing; the weights' share stays:\n");
  relu(6, 1);
  relu(6, 0.1);
  relu(10, 5);
  relu(20, 5);

  result r = run(tw_tensor_relu, 5, LONGEST, TW_FLOAT32);
  int first = 1;
  while (first <= LONGEST && isfinite(r.output[first]))
    first++;
  printf("\n%d ReLU layers, weights 5, in float32: ", LONGEST);
  if (first <= LONGEST)
    printf("the first infinite output is layer %d's, as 5^%d > %.4g\n", first, first, 3.4028234663852886e38);
  else
    printf("all outputs are finite\n");
  return 0;
}
