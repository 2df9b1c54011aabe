#include <stdio.h>
#include <thalweg.h>

int main(void) {
  tw_tensor_t a = NULL, b = NULL;
  const int64_t shape[2] = {2, 2};
  double sum = 0;
  if (tw_tensor_ones(shape, 2, TW_FLOAT32, &a) != TW_OK || tw_tensor_matmul(a, a, &b) != TW_OK) {
    fprintf(stderr, "%s\n", tw_last_error());
    return 1;
  }
  tw_tensor_release(a);
  if (tw_tensor_sum(b, NULL, 0, 0, &a) != TW_OK || tw_tensor_item(a, &sum) != TW_OK) {
    fprintf(stderr, "%s\n", tw_last_error());
    return 1;
  }
  tw_tensor_release(a);
  tw_tensor_release(b);
  printf("Thalweg %s: %g\n", tw_version_string(), sum);
  return sum == 8 ? 0 : 1;
}
