// Versions, statuses, the last error, settings.
#include "check.h"

int main(void) {
  char expected[64];
  snprintf(expected, sizeof expected, "%d.%d.%d", tw_version_major(), tw_version_minor(), tw_version_patch());
  CHECK(strcmp(tw_version_string(), expected) == 0);
  CHECK(strcmp(tw_version_string(), THALWEG_VERSION) == 0); // of the build
  CHECK(strcmp(tw_last_error(), "") == 0);                  // nothing has failed yet

  for (tw_status status = TW_OK; status <= TW_ERROR_INTERNAL; status++)
    CHECK(tw_status_name(status) && strlen(tw_status_name(status)) > 0);
  CHECK(tw_status_name(-7) != NULL);
  CHECK(tw_status_name(INT32_MAX) != NULL);

  const char *instructions = NULL;
  OK(tw_instruction_set(&instructions));
  CHECK(instructions &&
        (!strcmp(instructions, "baseline") || !strcmp(instructions, "v3") || !strcmp(instructions, "v4")));

  int32_t threads = 0;
  OK(tw_set_num_threads(2));
  OK(tw_get_num_threads(&threads));
  CHECK(threads == 2);
  CHECK(tw_set_num_threads(-1) != TW_OK);
  OK(tw_get_num_threads(&threads));
  CHECK(threads == 2);

  int32_t enabled = -1, previous = -1;
  OK(tw_is_grad_enabled(&enabled));
  CHECK(enabled == 1);
  OK(tw_set_grad_enabled(0, &previous));
  CHECK(previous == 1);
  OK(tw_is_grad_enabled(&enabled));
  CHECK(enabled == 0);
  OK(tw_set_grad_enabled(1, NULL));

  // A failure leaves its results alone and a sentence behind; a success leaves the sentence alone.
  int64_t shape[2] = {2, 3};
  tw_tensor_t a = NULL, b = NULL, untouched = (tw_tensor_t)(uintptr_t)77;
  OK(tw_tensor_zeros(shape, 2, TW_FLOAT32, &a));
  OK(tw_tensor_zeros(shape, 2, TW_FLOAT32, &b));
  FAILS(TW_ERROR_SHAPE, "matmul", tw_tensor_matmul(a, b, &untouched));
  CHECK(untouched == (tw_tensor_t)(uintptr_t)77);
  CHECK(strstr(tw_last_error(), "[2, 3]") != NULL);
  tw_tensor_release(a);
  tw_tensor_release(b);

  // Sizes that no memory could hold.
  int64_t huge[4] = {INT64_MAX, INT64_MAX, INT64_MAX, 2};
  CHECK(tw_tensor_zeros(huge, 4, TW_FLOAT32, &untouched) != TW_OK);
  CHECK(tw_tensor_zeros(huge, 1, TW_FLOAT64, &untouched) != TW_OK);
  huge[0] = -1;
  CHECK(tw_tensor_zeros(huge, 1, TW_FLOAT32, &untouched) != TW_OK);
  CHECK(tw_tensor_zeros(shape, SIZE_MAX, TW_FLOAT32, &untouched) != TW_OK);
  CHECK(tw_tensor_zeros(shape, TW_MAX_RANK + 1, TW_FLOAT32, &untouched) != TW_OK);
  CHECK(tw_tensor_zeros(shape, 2, 99, &untouched) != TW_OK);
  CHECK(tw_tensor_zeros(shape, 2, -1, &untouched) != TW_OK);
  CHECK(untouched == (tw_tensor_t)(uintptr_t)77);
  return checks_result();
}
