// Trains a small net with tw_fit, which has the loop: data of the program's own, validation, progress, an end
// before the last epoch. The class of a point in the plane is its quadrant.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <thalweg.h>

#define TRY(call)                                                                                            \
  do {                                                                                                       \
    if ((call) != TW_OK) {                                                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, tw_last_error());                                   \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

enum { BATCH = 32, BATCHES = 50, EPOCHS = 20 };

typedef struct {
  tw_generator_t random;
  int next;
} source;

// New points for each batch: tw_batch_callback.
static tw_status next_batch(int32_t begins_epoch, tw_tensor_t *input, tw_tensor_t *target, void *user_data) {
  source *s = user_data;
  const int64_t shape[2] = {BATCH, 2};
  int64_t classes[BATCH];
  float points[BATCH][2];
  if (begins_epoch)
    s->next = 0;
  if (s->next++ == BATCHES)
    return TW_OK; // without a batch: the epoch is over
  tw_status status = tw_tensor_randn(shape, 2, TW_FLOAT32, s->random, input);
  if (status == TW_OK)
    status = tw_tensor_copy_to(*input, points, sizeof points);
  for (int i = 0; status == TW_OK && i < BATCH; i++)
    classes[i] = (points[i][0] > 0) + 2 * (points[i][1] > 0);
  return status == TW_OK ? tw_tensor_from_data(classes, TW_INT64, shape, 1, target) : status;
}

// Ends training once the net is good enough: tw_fit_callback.
static tw_status report(const tw_fit_progress *p, void *user_data) {
  (void)user_data;
  if (p->event != TW_FIT_EPOCH_END)
    return TW_OK;
  printf("epoch %2d of %d   loss %.4f   validation accuracy %.4f   %.1f s left\n", (int)p->epoch,
         (int)p->epochs, p->loss, p->validation_accuracy, p->seconds_left);
  return p->validation_accuracy > 0.99 ? TW_ERROR_CANCELLED : TW_OK;
}

int main(void) {
  enum { LAYERS = 3, PARAMETERS = 4 };
  source training = {NULL, 0}, validation = {NULL, 0};
  tw_module_t layers[LAYERS] = {NULL}, net = NULL;
  tw_tensor_t parameters[PARAMETERS] = {NULL};
  tw_optimizer_t adam = NULL;
  tw_loader_t loader = NULL, check = NULL;
  tw_adam_options adam_options;
  tw_fit_options options;
  tw_epoch_result results[EPOCHS];
  const char *name;
  size_t epochs;
  int result = EXIT_FAILURE;
  TRY(tw_manual_seed(1));
  TRY(tw_linear_create(2, 32, 1, TW_FLOAT32, &layers[0]));
  TRY(tw_relu_create(&layers[1]));
  TRY(tw_linear_create(32, 4, 1, TW_FLOAT32, &layers[2]));
  TRY(tw_sequential_create(layers, LAYERS, &net));
  for (size_t i = 0; i < PARAMETERS; i++)
    TRY(tw_module_parameter_at(net, i, &name, &parameters[i]));
  TRY(tw_adam_options_init(&adam_options, sizeof adam_options));
  adam_options.lr = 1e-2;
  TRY(tw_adam_create(parameters, PARAMETERS, &adam_options, &adam));

  TRY(tw_generator_create(1, &training.random));
  TRY(tw_generator_create(2, &validation.random));
  TRY(tw_loader_create(BATCHES, next_batch, &training, NULL, &loader));
  TRY(tw_loader_create(BATCHES, next_batch, &validation, NULL, &check));
  TRY(tw_fit_options_init(&options, sizeof options));
  options.epochs = EPOCHS;
  options.validation = check;
  options.callback = report;
  TRY(tw_fit(net, adam, loader, &options, results, EPOCHS, &epochs));
  printf("validation accuracy after %d epochs: %.4f\n", (int)epochs, results[epochs - 1].validation_accuracy);
  result = EXIT_SUCCESS;
done:
  for (int i = 0; i < LAYERS; i++)
    tw_module_release(layers[i]);
  for (int i = 0; i < PARAMETERS; i++)
    tw_tensor_release(parameters[i]);
  tw_module_release(net);
  tw_optimizer_release(adam);
  tw_loader_release(loader);
  tw_loader_release(check);
  tw_generator_release(training.random);
  tw_generator_release(validation.random);
  return result;
}
