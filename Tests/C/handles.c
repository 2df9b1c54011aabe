// Released, foreign, wrong-typed and random handles: an error each, never a crash.
#include "check.h"

int main(void) {
  const int64_t shape[1] = {2};
  tw_tensor_t t = tensor_of((const float[]){1, 2}, shape, 1), other = NULL, out = NULL;
  tw_module_t relu = NULL;
  tw_optimizer_t sgd = NULL;
  tw_generator_t generator = NULL;
  int64_t numel = -1;
  OK(tw_relu_create(&relu));
  OK(tw_generator_create(1, &generator));
  OK(tw_tensor_set_requires_grad(t, 1));
  OK(tw_sgd_create(&t, 1, NULL, &sgd));

  // Of another type
  FAILS(TW_ERROR_INVALID_HANDLE, "tw_tensor_numel", tw_tensor_numel((tw_tensor_t)(void *)relu, &numel));
  FAILS(TW_ERROR_INVALID_HANDLE, "", tw_tensor_numel((tw_tensor_t)(void *)sgd, &numel));
  FAILS(TW_ERROR_INVALID_HANDLE, "", tw_module_forward((tw_module_t)(void *)t, t, &out));
  FAILS(TW_ERROR_INVALID_HANDLE, "", tw_module_forward(relu, (tw_tensor_t)(void *)relu, &out));
  FAILS(TW_ERROR_INVALID_HANDLE, "", tw_optimizer_step((tw_optimizer_t)(void *)generator));
  FAILS(TW_ERROR_INVALID_HANDLE, "", tw_tensor_rand(shape, 1, TW_FLOAT32, (tw_generator_t)(void *)t, &out));
  tw_tensor_release((tw_tensor_t)(void *)relu); // does nothing
  OK(tw_module_forward(relu, t, &out));
  tw_tensor_release(out);
  out = NULL;

  // Not from here
  static char here[256];
  for (size_t i = 0; i < sizeof here; i++) {
    CHECK(tw_tensor_numel((tw_tensor_t)(void *)&here[i], &numel) == TW_ERROR_INVALID_HANDLE);
    CHECK(tw_tensor_numel((tw_tensor_t)(uintptr_t)(i + 1), &numel) == TW_ERROR_INVALID_HANDLE);
  }
  uint64_t state = 1;
  for (int i = 0; i < 1000000; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    tw_tensor_t random = (tw_tensor_t)(uintptr_t)(state ^ (state >> 29));
    if (random != t)
      CHECK(tw_tensor_numel(random, &numel) == TW_ERROR_INVALID_HANDLE);
  }
  for (int bit = 0; bit < 64; bit++) { // every neighbour of a good one
    tw_tensor_t near = (tw_tensor_t)((uintptr_t)t ^ (uintptr_t)1 << bit);
    CHECK(tw_tensor_numel(near, &numel) == TW_ERROR_INVALID_HANDLE);
  }
  CHECK(numel == -1);

  // Released; its slot taken by another
  OK(tw_tensor_clone(t, &other));
  tw_tensor_t gone = other;
  tw_tensor_release(other);
  CHECK(tw_tensor_numel(gone, &numel) == TW_ERROR_INVALID_HANDLE);
  for (int i = 0; i < 1000; i++) {
    OK(tw_tensor_clone(t, &other));
    CHECK(other != gone);
    CHECK(tw_tensor_numel(gone, &numel) == TW_ERROR_INVALID_HANDLE);
    tw_tensor_release(gone); // does nothing
    OK(tw_tensor_numel(other, &numel));
    tw_tensor_release(other);
  }

  // NULL, and any order
  tw_tensor_release(NULL);
  tw_module_release(NULL);
  tw_optimizer_release(NULL);
  tw_generator_release(NULL);
  tw_module_release(relu);
  tw_module_release(relu);
  tw_tensor_release(t);
  OK(tw_optimizer_zero_grad(sgd)); // holds its parameters
  tw_optimizer_release(sgd);
  tw_generator_release(generator);
  return checks_result();
}
