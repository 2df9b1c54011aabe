// Losses of margins, likelihoods and distances.
#include "check.h"

static void check_loss(tw_tensor_t loss, double expected) {
  CHECK(fabs(item_of(loss) - expected) < 1e-5);
  tw_tensor_release(loss);
}

static void pairs(void) {
  const int64_t rows[2] = {2, 2}, line[1] = {2};
  tw_tensor_t x = tensor_of((const float[]){1, 0, 3, 4}, rows, 2), loss = NULL;
  tw_tensor_t y = tensor_of((const float[]){0, 1, 3, 4}, rows, 2);
  tw_tensor_t signs = tensor_of((const float[]){-1, 1}, line, 1),
              near = tensor_of((const float[]){3, 0}, line, 1);
  OK(tw_tensor_margin_ranking_loss(near, signs, signs, 1, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 5 + 2);
  OK(tw_tensor_hinge_embedding_loss(near, signs, 4, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 1);
  OK(tw_tensor_soft_margin_loss(near, signs, TW_REDUCTION_SUM, &loss));
  check_loss(loss, log1p(exp(3)) + log(2));
  OK(tw_tensor_cosine_embedding_loss(x, y, signs, -0.5, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 0.5);
  OK(tw_tensor_triplet_margin_loss(x, x, y, 2, 1, 0, 0, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 2);
  OK(tw_tensor_gaussian_nll_loss(x, y, x, 0, 1, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 0.5 * (1 + 1 + log(3) + log(4)));
  OK(tw_tensor_poisson_nll_loss(near, signs, 1, 0, 0, TW_REDUCTION_SUM, &loss));
  check_loss(loss, exp(3) + 3 + 1);
  OK(tw_tensor_multilabel_soft_margin_loss(near, near, NULL, TW_REDUCTION_SUM, &loss));
  check_loss(loss, 0.5 * (3 * log1p(exp(-3)) - 2 * log1p(exp(3)) + log(2)));
  OK(tw_tensor_pairwise_distance(x, y, 1, 0, 0, &loss));
  CHECK(holds(loss, (const float[]){2, 0}, 2));
  tw_tensor_release(loss);
  OK(tw_tensor_cosine_similarity(x, y, 1, 1e-8, &loss));
  CHECK(holds(loss, (const float[]){0, 1}, 2));
  tw_tensor_release(loss);
  OK(tw_tensor_cdist(x, y, 1, &loss));
  CHECK(holds(loss, (const float[]){2, 6, 6, 0}, 4));
  tw_tensor_release(loss);
  OK(tw_tensor_pdist(x, 1, &loss));
  CHECK(holds(loss, (const float[]){6}, 1));
  tw_tensor_release(loss);
  loss = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "reduction 7", tw_tensor_soft_margin_loss(x, y, 7, &loss));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "margin is 0",
        tw_tensor_triplet_margin_loss(x, x, y, 0, 1, 0, 0, 0, &loss));
  CHECK(loss == NULL);
  tw_tensor_release(x);
  tw_tensor_release(y);
  tw_tensor_release(signs);
  tw_tensor_release(near);
}

static void classes(void) {
  const int64_t rows[2] = {1, 3}, one[1] = {1}, label[1] = {2}, list[3] = {2, 0, -1};
  tw_tensor_t x = tensor_of((const float[]){1, 0, 1.5f}, rows, 2), target = NULL, targets = NULL, loss = NULL;
  OK(tw_tensor_from_data(label, TW_INT64, one, 1, &target));
  OK(tw_tensor_from_data(list, TW_INT64, rows, 2, &targets));
  OK(tw_tensor_multi_margin_loss(x, target, 2, 1, NULL, TW_REDUCTION_MEAN, &loss));
  check_loss(loss, 0.25 / 3);
  OK(tw_tensor_multilabel_margin_loss(x, targets, TW_REDUCTION_MEAN, &loss));
  check_loss(loss, 0);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "p is 0", tw_tensor_multi_margin_loss(x, target, 0, 1, NULL, 1, &loss));
  tw_tensor_release(x);
  tw_tensor_release(target);
  tw_tensor_release(targets);
}

static void temporal(void) {
  // Two times, two classes of equal probability: of the four paths three read as the label 1.
  const int64_t shape[3] = {2, 1, 2}, one[1] = {1}, two[1] = {2}, label[1] = {1};
  const float half = -0.693147181f;
  tw_tensor_t x = tensor_of((const float[]){half, half, half, half}, shape, 3), targets = NULL, inputs = NULL;
  tw_tensor_t loss = NULL, gradient = NULL;
  OK(tw_tensor_from_data(label, TW_INT64, one, 1, &targets));
  OK(tw_tensor_from_data(two, TW_INT64, one, 1, &inputs));
  OK(tw_tensor_set_requires_grad(x, 1));
  OK(tw_tensor_ctc_loss(x, targets, inputs, targets, 0, TW_REDUCTION_SUM, 0, &loss));
  CHECK(fabs(item_of(loss) - log(4.0 / 3)) < 1e-6);
  OK(tw_tensor_backward(loss, NULL, 0, 0));
  OK(tw_tensor_grad(x, &gradient));
  CHECK(holds(gradient, (const float[]){0.5f - 1.f / 3, 0.5f - 2.f / 3, 0.5f - 1.f / 3, 0.5f - 2.f / 3}, 4));
  tw_tensor_release(loss);
  FAILS(TW_ERROR_INVALID_ARGUMENT, "the blank is 2",
        tw_tensor_ctc_loss(x, targets, inputs, targets, 2, TW_REDUCTION_SUM, 0, &loss));
  tw_tensor_release(x);
  tw_tensor_release(targets);
  tw_tensor_release(inputs);
  tw_tensor_release(gradient);
}

int main(void) {
  pairs();
  classes();
  temporal();
  return checks_result();
}
