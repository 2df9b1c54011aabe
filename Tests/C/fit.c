// Training with tw_fit: results, callbacks, losses of the caller's own, ends before the end.
#include "check.h"
#include <pthread.h>

enum { BATCHES = 8, BATCH = 16 };

typedef struct {
  int32_t next;
  int destroyed, fail_at;
} stream;

// Points in the plane; the class says whether x > y. `user_data` counts the batches of an epoch.
static tw_status next_batch(int32_t begins, tw_tensor_t *input, tw_tensor_t *target, void *user_data) {
  stream *s = user_data;
  const int64_t shape[2] = {BATCH, 2};
  float points[BATCH * 2];
  int32_t classes[BATCH];
  if (begins)
    s->next = 0;
  if (s->next == s->fail_at)
    return TW_ERROR_IO;
  if (s->next++ == BATCHES)
    return TW_OK;
  for (int i = 0; i < BATCH; i++) {
    points[2 * i] = sinf((float)(s->next * 100 + i));
    points[2 * i + 1] = cosf((float)(s->next * 37 + i * i));
    classes[i] = points[2 * i] > points[2 * i + 1];
  }
  tw_status status = tw_tensor_from_data(points, TW_FLOAT32, shape, 2, input);
  return status == TW_OK ? tw_tensor_from_data(classes, TW_INT32, shape, 1, target) : status;
}

static void forget(void *user_data) { ((stream *)user_data)->destroyed++; }

typedef struct {
  int calls, epochs;
  int64_t stop_epoch;
  tw_optimizer_t cancel;
} heard;

static void *cancel(void *optimizer) {
  OK(tw_fit_cancel(optimizer));
  return NULL;
}

static tw_status listen(const tw_fit_progress *progress, void *user_data) {
  heard *h = user_data;
  h->calls++;
  h->epochs += progress->event == TW_FIT_EPOCH_END;
  CHECK(progress->struct_size == sizeof *progress && progress->batches == BATCHES);
  if (h->cancel && progress->epoch == 2) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, cancel, h->cancel) == 0 && pthread_join(thread, NULL) == 0);
  }
  return progress->epoch == h->stop_epoch ? TW_ERROR_CANCELLED : TW_OK;
}

static tw_status own_loss(tw_tensor_t output, tw_tensor_t target, tw_tensor_t *loss, void *user_data) {
  tw_tensor_t classes = NULL;
  (void)user_data;
  tw_status status = tw_tensor_to(target, TW_INT64, &classes);
  if (status == TW_OK)
    status = tw_tensor_cross_entropy(output, classes, NULL, TW_REDUCTION_MEAN, -100, 0, loss);
  tw_tensor_release(classes);
  return status;
}

int main(void) {
  stream training = {.fail_at = -1}, validation = {.fail_at = -1};
  tw_module_t net = NULL;
  tw_tensor_t parameters[2] = {NULL};
  tw_optimizer_t adam = NULL;
  tw_loader_t loader = NULL, check = NULL;
  tw_epoch_result results[10];
  tw_fit_options options;
  tw_adam_options adam_options;
  size_t done = 99;
  heard h = {0};
  OK(tw_linear_create(2, 2, 1, TW_FLOAT32, &net));
  OK(tw_module_parameter(net, "weight", &parameters[0]));
  OK(tw_module_parameter(net, "bias", &parameters[1]));
  OK(tw_adam_options_init(&adam_options, sizeof adam_options));
  adam_options.lr = 0.05;
  OK(tw_adam_create(parameters, 2, &adam_options, &adam));
  OK(tw_loader_create(BATCHES, next_batch, &training, forget, &loader));
  OK(tw_loader_create(BATCHES, next_batch, &validation, forget, &check));

  OK(tw_fit_options_init(&options, sizeof options));
  options.epochs = 10;
  options.validation = check;
  options.callback = listen;
  options.user_data = &h;
  OK(tw_fit(net, adam, loader, &options, results, 10, &done));
  CHECK(done == 10 && h.epochs == 10 && h.calls >= 10 * (2 * BATCHES + 1));
  CHECK(results[9].loss < results[0].loss && results[9].accuracy > 0.9);
  CHECK(results[9].validation_accuracy > 0.9 && results[9].seconds > 0);
  double loss = 0, accuracy = 0;
  OK(tw_evaluate(net, check, TW_LOSS_CROSS_ENTROPY, &loss, &accuracy));
  CHECK(loss == results[9].validation_loss && accuracy == results[9].validation_accuracy);

  h.stop_epoch = 4;
  options.loss_callback = own_loss;
  OK(tw_fit(net, adam, loader, &options, results, 2, &done)); // fewer results than epochs
  CHECK(done == 3);
  h.stop_epoch = 0;
  h.cancel = adam;
  options.epochs = INT64_MAX;
  OK(tw_fit(net, adam, loader, &options, NULL, 0, &done));
  CHECK(done == 1);
  OK(tw_fit(net, adam, loader, NULL, NULL, 0, &done));
  CHECK(done == 1);

  training.fail_at = 3;
  FAILS(TW_ERROR_IO, "returned status 7", tw_fit(net, adam, loader, NULL, results, 1, &done));
  CHECK(done == 0);
  OK(tw_evaluate(net, check, TW_LOSS_CROSS_ENTROPY, &loss, &accuracy)); // the model can still be used
  FAILS(TW_ERROR_INVALID_ARGUMENT, "loss 7 does not exist", tw_evaluate(net, check, 7, &loss, &accuracy));
  FAILS(TW_ERROR_INVALID_HANDLE, "it must be a data loader",
        tw_fit(net, adam, (tw_loader_t)adam, NULL, NULL, 0, &done));

  tw_module_release(net);
  tw_tensor_release(parameters[0]);
  tw_tensor_release(parameters[1]);
  tw_optimizer_release(adam);
  tw_loader_release(loader);
  tw_loader_release(check);
  CHECK(training.destroyed == 1 && validation.destroyed == 1);
  return checks_result();
}
