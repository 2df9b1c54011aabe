// Parameters that are computed, windows of images, and which LAPACK is in use, through the C interface.
#include "check.h"

static void test_weight_norm(void) {
  tw_module_t layer = NULL;
  tw_tensor_t before = NULL, now = NULL, lengths = NULL;
  int32_t same = 0;
  OK(tw_linear_create(3, 2, 1, TW_FLOAT32, &layer));
  OK(tw_module_parameter(layer, "weight", &before));
  OK(tw_module_weight_norm(layer, "weight", 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "weight", tw_module_parameter(layer, "weight", &now));
  OK(tw_module_computed_parameter(layer, "weight", &now));
  OK(tw_tensor_allclose(before, now, 1e-6, 1e-7, 0, &same));
  CHECK(same == 1);
  OK(tw_module_parameter(layer, "parametrizations.weight.original0", &lengths));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "already", tw_module_weight_norm(layer, "weight", 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "only weight", tw_module_weight_norm(layer, "bias", 0));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "no parameter other", tw_module_computed_parameter(layer, "other", &now));
  OK(tw_module_remove_parametrizations(layer, "weight", 1));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "nothing computes", tw_module_remove_parametrizations(layer, "weight", 1));
  for (int i = 0; i < 3; i++) { // dimensions there are not
    const int64_t dims[3] = {2, -3, INT64_MAX};
    CHECK(tw_module_weight_norm(layer, "weight", dims[i]) != TW_OK);
  }
  OK(tw_module_weight_norm(layer, "weight", INT64_MIN));
  tw_tensor_release(before);
  tw_tensor_release(now);
  tw_tensor_release(lengths);
  tw_module_release(layer);
}

static void test_spectral_norm(void) {
  tw_module_t layer = NULL, twin = NULL;
  tw_tensor_t vector = NULL;
  OK(tw_linear_create(3, 2, 1, TW_FLOAT32, &layer));
  const int64_t wrong[3] = {0, -1, INT64_MIN}, nowhere[3] = {2, -3, INT64_MAX};
  for (int i = 0; i < 3; i++) {
    FAILS(TW_ERROR_INVALID_ARGUMENT, "power iterations",
          tw_module_spectral_norm(layer, "weight", wrong[i], 1e-12, 0, NULL));
    CHECK(tw_module_spectral_norm(layer, "weight", 1, 1e-12, nowhere[i], NULL) != TW_OK);
  }
  OK(tw_module_spectral_norm(layer, "weight", 1, 1e-12, 0, NULL));
  OK(tw_module_buffer(layer, "parametrizations.weight.0._v", &vector));
  int64_t size = 0;
  OK(tw_tensor_numel(vector, &size));
  CHECK(size == 3);
  OK(tw_module_clone(layer, 1, &twin));
  tw_tensor_t x = tensor_of((float[]){1, 2, 3}, (int64_t[]){1, 3}, 2), y = NULL;
  OK(tw_module_forward(twin, x, &y));
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(vector);
  tw_module_release(twin);
  tw_module_release(layer);
}

static void test_windows(void) {
  const int64_t two[2] = {2, 2}, zero[2] = {0, 0}, huge[2] = {INT64_MAX, INT64_MIN};
  tw_module_t unfold = NULL, fold = NULL;
  tw_tensor_t image = tensor_of((float[]){1, 2, 3, 4}, (int64_t[]){1, 1, 2, 2}, 4), columns = NULL,
              back = NULL;
  OK(tw_unfold_create(two, NULL, NULL, NULL, &unfold));
  OK(tw_fold_create(two, two, NULL, NULL, NULL, &fold));
  OK(tw_module_forward(unfold, image, &columns));
  OK(tw_module_forward(fold, columns, &back));
  CHECK(holds(columns, (float[]){1, 2, 3, 4}, 4) && holds(back, (float[]){1, 2, 3, 4}, 4));
  tw_module_t none = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "Unfold", tw_unfold_create(zero, NULL, NULL, NULL, &none));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "Unfold", tw_unfold_create(two, huge, NULL, NULL, &none));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "Fold", tw_fold_create(huge, two, NULL, NULL, NULL, &none));
  CHECK(none == NULL);
  tw_tensor_release(image);
  tw_tensor_release(columns);
  tw_tensor_release(back);
  tw_module_release(unfold);
  tw_module_release(fold);
}

int main(void) {
  const char *name = "unknown";
  test_weight_norm();
  test_spectral_norm();
  test_windows();
  OK(tw_lapack(&name));
  CHECK(name == NULL || name[0] != 0);
  return checks_result();
}
