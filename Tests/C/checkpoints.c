// A checkpoint's file is whole at every moment: a process that saves without end is killed again and again.
#define _DEFAULT_SOURCE
#include "check.h"
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/thalweg-checkpoints-XXXXXX";
static char path[64];

typedef struct {
  tw_module_t module;
  tw_optimizer_t optimizer;
  tw_schedule_t schedule;
  tw_loader_t loader;
  tw_checkpoint_t checkpoint;
  tw_tensor_t parameters[2];
} training;

static void open_training(training *t) {
  tw_tensor_t data;
  const int64_t shape[2] = {20, 8};
  OK(tw_linear_create(8, 64, 1, TW_FLOAT32, &t->module));
  size_t count;
  OK(tw_module_parameters(t->module, t->parameters, 2, &count));
  OK(tw_adam_create(t->parameters, 2, NULL, &t->optimizer));
  OK(tw_exponential_lr_create(t->optimizer, 0.9, -1, &t->schedule));
  OK(tw_tensor_ones(shape, 2, TW_FLOAT32, &data));
  tw_loader_options options;
  OK(tw_loader_options_init(&options, sizeof options));
  options.batch_size = 5;
  OK(tw_loader_from_tensors(&data, 1, &options, &t->loader));
  tw_tensor_release(data);
  OK(tw_checkpoint_create(t->module, t->optimizer, &t->schedule, 1, NULL, 0, t->loader, &t->checkpoint));
}

static void close_training(training *t) {
  tw_checkpoint_release(t->checkpoint);
  tw_loader_release(t->loader);
  tw_schedule_release(t->schedule);
  tw_optimizer_release(t->optimizer);
  tw_tensor_release(t->parameters[0]);
  tw_tensor_release(t->parameters[1]);
  tw_module_release(t->module);
}

// Everything in the file says the number of the step.
static void mark(training *t, int64_t step) {
  int32_t previous;
  OK(tw_set_grad_enabled(0, &previous));
  OK(tw_tensor_fill(t->parameters[0], (double)(step % 1000)));
  OK(tw_tensor_fill(t->parameters[1], (double)(step % 1000)));
  OK(tw_set_grad_enabled(previous, NULL));
  OK(tw_checkpoint_set_progress(t->checkpoint, step, 0));
}

static int all_are(tw_tensor_t tensor, float value) {
  float values[512];
  int64_t count;
  OK(tw_tensor_numel(tensor, &count));
  OK(tw_tensor_copy_to(tensor, values, (size_t)count * sizeof *values));
  for (int64_t i = 0; i < count; i++)
    if (values[i] != value)
      return 0;
  return 1;
}

static int temporaries(void) {
  int count = 0;
  DIR *directory = opendir(folder);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    count += strstr(entry->d_name, ".tmp") != NULL;
  closedir(directory);
  return count;
}

static void kill_while_saving(int times) {
  training t;
  open_training(&t);
  mark(&t, 1);
  OK(tw_checkpoint_save(t.checkpoint, path));
  unsigned random = 1;
  for (int i = 0; i < times; i++) {
    pid_t child = fork();
    if (child == 0) {
      for (int64_t step = 2;; step++) {
        mark(&t, step);
        if (tw_checkpoint_save(t.checkpoint, path) != TW_OK)
          _exit(1);
      }
    }
    random = random * 1103515245 + 12345;
    usleep(random >> 16 & 0x1FFF); // up to 8 ms: a few saves
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(temporaries() <= 1);
    OK(tw_checkpoint_load(t.checkpoint, path));
    int64_t step, epoch;
    OK(tw_checkpoint_progress(t.checkpoint, &step, &epoch));
    CHECK(step >= 1 && all_are(t.parameters[0], (float)(step % 1000)) &&
          all_are(t.parameters[1], (float)(step % 1000)));
  }
  OK(tw_checkpoint_save(t.checkpoint, path));
  CHECK(temporaries() == 0);
  close_training(&t);
}

// Training, saving and loading again and again leaves the engine's memory where it was.
static void no_leaks(void) {
  training t;
  open_training(&t);
  tw_memory_stats before, after;
  for (int i = 0; i < 12; i++) {
    tw_tensor_t batch, y, loss;
    size_t count;
    OK(tw_loader_next(t.loader, &batch, 1, &count));
    if (count == 0)
      OK(tw_loader_next(t.loader, &batch, 1, &count));
    if (count == 0) {
      OK(tw_loader_start_next_epoch(t.loader));
      OK(tw_loader_next(t.loader, &batch, 1, &count));
    }
    OK(tw_module_forward(t.module, batch, &y));
    OK(tw_tensor_sum(y, NULL, 0, 0, &loss));
    OK(tw_tensor_backward(loss, NULL, 0, 0));
    OK(tw_optimizer_step(t.optimizer));
    tw_tensor_release(batch);
    tw_tensor_release(y);
    tw_tensor_release(loss);
    OK(tw_checkpoint_save_in_background(t.checkpoint, path));
    OK(tw_checkpoint_wait(t.checkpoint));
    OK(tw_checkpoint_load(t.checkpoint, path));
    if (i == 3) {
      OK(tw_memory_stats_init(&before, sizeof before));
      OK(tw_get_memory_stats(&before));
    }
  }
  OK(tw_memory_stats_init(&after, sizeof after));
  OK(tw_get_memory_stats(&after));
  CHECK(after.bytes_in_use == before.bytes_in_use);
  int64_t epoch, samples;
  OK(tw_loader_place(t.loader, &epoch, &samples));
  CHECK(epoch == 2 && samples > 0);
  CHECK(tw_loader_resume(t.loader, 0, 3) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_loader_resume(t.loader, -1, 0) == TW_ERROR_INVALID_ARGUMENT);
  CHECK(tw_loader_resume(t.loader, INT64_MAX, INT64_MAX) == TW_ERROR_INVALID_ARGUMENT);
  OK(tw_loader_resume(t.loader, 7, 15));
  OK(tw_loader_place(t.loader, &epoch, &samples));
  CHECK(epoch == 7 && samples == 15);
  OK(tw_loader_start_epoch(t.loader, INT64_MAX));
  tw_tensor_t last;
  size_t arrays;
  OK(tw_loader_next(t.loader, &last, 1, &arrays));
  CHECK(arrays == 1);
  tw_tensor_release(last);
  OK(tw_loader_place(t.loader, &epoch, &samples));
  CHECK(epoch == INT64_MAX && samples == 5);
  close_training(&t);
}

static void rotation(void) {
  training t;
  open_training(&t);
  tw_checkpoint_options options;
  OK(tw_checkpoint_options_init(&options, sizeof options));
  options.keep_last = 2;
  for (int64_t step = 1; step <= 4; step++) {
    mark(&t, step);
    options.score = step == 2 ? 1 : 2;
    OK(tw_checkpoint_keep(t.checkpoint, folder, &options));
  }
  char name[128];
  static const char *const kept[] = {"best", "checkpoint-000000003", "checkpoint-000000004"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%s/%s.h5", folder, kept[i]);
    CHECK(access(name, R_OK) == 0);
  }
  snprintf(name, sizeof name, "%s/checkpoint-000000002.h5", folder);
  CHECK(access(name, R_OK) != 0);
  int32_t found = 0;
  OK(tw_checkpoint_resume(t.checkpoint, folder, &found));
  CHECK(found == 1 && all_are(t.parameters[1], 4));
  const char *text = "";
  OK(tw_checkpoint_note(t.checkpoint, "why", &text));
  CHECK(text == NULL);
  OK(tw_checkpoint_set_note(t.checkpoint, "why", "because"));
  OK(tw_checkpoint_note(t.checkpoint, "why", &text));
  CHECK(strcmp(text, "because") == 0);
  CHECK(tw_checkpoint_set_progress(t.checkpoint, -1, 0) == TW_ERROR_INVALID_ARGUMENT);
  options.keep_last = -1;
  CHECK(tw_checkpoint_keep(t.checkpoint, folder, &options) == TW_ERROR_INVALID_ARGUMENT);
  close_training(&t);
}

int main(int argc, char **argv) {
  int32_t available;
  OK(tw_hdf5_available(&available));
  if (!available)
    return checks_result();
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/training.h5", folder);
  kill_while_saving(argc > 1 ? atoi(argv[1]) : 60);
  no_leaks();
  rotation();
  DIR *directory = opendir(folder);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    char name[512];
    snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
    unlink(name);
  }
  closedir(directory);
  rmdir(folder);
  return checks_result();
}
