// Plain against residual nets of growing depth: what is learnt, and what gradients the layers get.
//
//   residual [Examples/Data/digits.h5]
//
// The nets are He et al.'s for small images (2016, "Deep residual learning for image recognition", 4.2): 6 n
// + 2 layers of 3 x 3 filters with batch normalisation, plain, with shortcuts around every pair that are
// padded with zeros where channels grow, and with shortcuts that are projected there. They learn handwritten
// digits with the same seed and the same optimiser. Printed are loss and error on the images trained on, in
// the last epoch, and the gradient of the first filters over that of the last before the first step.
// Examples/Python/residual.py draws it.
#include "training.h"

enum { BATCH = 64, EPOCHS = 5, MOST = 128 };
static const int64_t DEPTHS[] = {8, 20, 32, 56};
static const char *const KINDS[] = {"plain", "residual", "projected"};

int main(int argc, char **argv) {
  digits set = read_digits(data_file(argc, argv), "train", 1, BATCH);
  // The nets take three colours.
  const int64_t colours[4] = {-1, 3, 8, 8};
  tw_tensor_t wide = NULL, dense = NULL;
  MUST(tw_tensor_expand(set.images, colours, 4, &wide));
  MUST(tw_tensor_contiguous(wide, &dense));
  tw_loader_options options;
  MUST(tw_loader_options_init(&options, sizeof options));
  options.batch_size = BATCH;
  options.shuffle = 1;
  const tw_tensor_t both[2] = {dense, set.labels};
  tw_loader_t batches = NULL;
  MUST(tw_loader_from_tensors(both, 2, &options, &batches));
  tw_tensor_t images = first(dense, BATCH), labels = first(set.labels, BATCH);

  printf("%-10s%6s%12s%9s%8s%24s%8s\n", "", "depth", "parameters", "loss", "error", "gradient, first / last",
         "s");
  for (int kind = 0; kind < 3; kind++)
    for (size_t d = 0; d < sizeof DEPTHS / sizeof *DEPTHS; d++) {
      MUST(tw_manual_seed(0));
      tw_module_t net = NULL;
      MUST(tw_cifar_net_create(DEPTHS[d], kind > 0, kind == 2, 10, TW_FLOAT32, &net));
      double norms[MOST];
      size_t count = filter_gradients(net, images, labels, norms, MOST);
      tw_epoch_result results[EPOCHS];
      size_t done = train(net, batches, 0.05, 0.9, 1e-4, EPOCHS, results);
      double seconds = 0;
      for (size_t e = 0; e < done; e++)
        seconds += results[e].seconds;
      int64_t parameters = 0;
      MUST(tw_module_parameter_total(net, 0, &parameters));
      printf("%-10s%6d%12d%9.4f%8.4f%24.3g%8.1f\n", KINDS[kind], (int)DEPTHS[d], (int)parameters,
             done ? results[done - 1].loss : NAN, done ? 1 - results[done - 1].accuracy : NAN,
             norms[0] / norms[count - 1], seconds);
      fflush(stdout);
      tw_module_release(net);
    }
  tw_tensor_release(images);
  tw_tensor_release(labels);
  tw_tensor_release(wide);
  tw_tensor_release(dense);
  tw_loader_release(batches);
  free_digits(&set);
  return 0;
}
