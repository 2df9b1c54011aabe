// Order, linear algebra, special functions and Fourier transforms.
#include "check.h"

static const int64_t shape[2] = {2, 2}, three = 3;
static const float values[4] = {4, 1, 2, 3};

static void order(void) {
  tw_tensor_t x = tensor_of((const float[]){3, 1, 2}, &three, 1), y = NULL, indices = NULL, counts = NULL;
  OK(tw_tensor_sort(x, -1, 1, &y, &indices));
  CHECK(holds(y, (const float[]){3, 2, 1}, 3));
  tw_tensor_release(y);
  tw_tensor_release(indices);
  OK(tw_tensor_unique(x, NULL, &y, &indices, &counts));
  CHECK(holds(y, (const float[]){1, 2, 3}, 3));
  tw_tensor_release(indices);
  tw_tensor_release(counts);
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "k is 4", tw_tensor_topk(x, 4, 0, 1, &y, &indices));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "TW_QUANTILE", tw_tensor_quantile(x, x, NULL, 0, 9, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "counts is NULL", tw_tensor_unique(x, NULL, &y, &indices, NULL));
  CHECK(y == NULL);
  OK(tw_tensor_erfinv(x, &y));
  tw_tensor_release(y);
  tw_tensor_release(x);
}

static void equations(void) {
  tw_tensor_t a = tensor_of(values, shape, 2), x = NULL, y = NULL, u = NULL, s = NULL, v = NULL;
  OK(tw_linalg_solve(a, a, 1, &x));
  CHECK(holds(x, (const float[]){1, 0, 0, 1}, 4));
  OK(tw_linalg_det(a, &y));
  CHECK(holds(y, (const float[]){10}, 1));
  tw_tensor_release(y);
  y = NULL;
  OK(tw_linalg_svd(a, 1, &u, &s, &v));
  OK(tw_tensor_prod(s, NULL, 0, &y));
  CHECK(fabs(item_of(y) - 10) < 1e-5);
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_SHAPE, "at least two dimensions", tw_linalg_cholesky(s, 0, &y));
  OK(tw_tensor_neg(a, &y));
  tw_tensor_release(x);
  x = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "not positive definite", tw_linalg_cholesky(y, 0, &x));
  CHECK(x == NULL);
  tw_tensor_release(y);
  tw_tensor_release(a);
  tw_tensor_release(u);
  tw_tensor_release(s);
  tw_tensor_release(v);
}

static void fourier(void) {
  tw_tensor_t x = tensor_of((const float[]){1, 2, 3}, &three, 1), y = NULL, z = NULL;
  OK(tw_rfft(x, NULL, -1, TW_FFT_BACKWARD, &y));
  OK(tw_irfft(y, &three, -1, TW_FFT_BACKWARD, &z));
  CHECK(holds(z, (const float[]){1, 2, 3}, 3));
  tw_tensor_release(z);
  z = NULL;
  FAILS(TW_ERROR_SHAPE, "real and imaginary", tw_fft(x, NULL, -1, TW_FFT_BACKWARD, 0, &z));
  tw_tensor_release(x);
  tw_tensor_release(y);
}

int main(void) {
  order();
  equations();
  fourier();
  return checks_result();
}
