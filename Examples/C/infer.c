// Loads a model file, classifies the test digits with it and prints the accuracy: infer MODEL [DATA]
#include <stdio.h>
#include <thalweg.h>

int main(int argc, char **argv) {
  const char *data = argc > 2 ? argv[2] : "Examples/Data/digits.h5";
  tw_module_t net = NULL;
  tw_tensor_t images = NULL, labels = NULL, logits = NULL, guesses = NULL, right = NULL, ones = NULL,
              share = NULL;
  double accuracy = 0;
  tw_status failed = tw_module_load(argc > 1 ? argv[1] : "digits.model.h5", &net) ||
                     tw_module_train(net, 0) || tw_hdf5_read_scaled(data, "test/images", &images) ||
                     tw_hdf5_read(data, "test/labels", &labels) || tw_module_forward(net, images, &logits) ||
                     tw_tensor_argmax(logits, (int64_t[]){1}, 0, &guesses) ||
                     tw_tensor_eq(guesses, labels, &right) || tw_tensor_to(right, TW_FLOAT32, &ones) ||
                     tw_tensor_mean(ones, NULL, 0, 0, &share) || tw_tensor_item(share, &accuracy);
  if (failed)
    fprintf(stderr, "infer: %s\n", tw_last_error());
  else
    printf("test accuracy: %.4f\n", accuracy);
  tw_tensor_t all[] = {images, labels, logits, guesses, right, ones, share};
  for (int i = 0; i < 7; i++)
    tw_tensor_release(all[i]);
  tw_module_release(net);
  return failed != TW_OK;
}
