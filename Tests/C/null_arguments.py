"""Writes a C program that calls every function of thalweg.h with each of its pointers NULL in turn.

    python null_arguments.py thalweg.h null_arguments.c

A NULL where the header allows none must give a status and a sentence that says "NULL", and leave the results
alone; one that is allowed must do no harm. Which are allowed is said below, so that a new pointer parameter
is held to the rule from the day it appears in the header.
"""

import re
import sys

# (function, parameter) that may be NULL; "*" stands for every function.
OPTIONAL = {
    ("*", "user_data"),
    ("*", "generator"),  # the default generator
    ("tw_set_log_callback", "callback"),
    ("tw_set_allocator", "allocator"),
    ("tw_set_grad_enabled", "previous"),
    ("tw_set_detect_anomaly", "previous"),
    ("tw_set_call_site_callback", "callback"),
    ("tw_set_isolation_program", "path"),
    ("tw_tensor_register_hook", "destroy"),
    ("tw_tensor_register_hook", "out"),
    ("tw_gradcheck", "options"),
    ("tw_gradgradcheck", "options"),
    ("tw_tensor_from_foreign", "strides"),
    ("tw_tensor_from_foreign", "deleter"),
    ("tw_tensor_set_grad", "gradient"),
    ("tw_tensor_backward", "seed"),
    ("tw_grad", "seeds"),
    ("tw_tensor_vander", "n"),
    ("tw_tensor_diff", "prepend"),
    ("tw_tensor_diff", "append"),
    ("tw_tensor_trapezoid", "x"),
    ("tw_tensor_cumulative_trapezoid", "x"),
    ("tw_tensor_cov", "fweights"),
    ("tw_tensor_cov", "aweights"),
    ("tw_tensor_quantile", "dim"),
    ("tw_tensor_nanquantile", "dim"),
    ("tw_tensor_unique", "dim"),
    ("tw_tensor_unique_consecutive", "dim"),
    ("tw_tensor_bincount", "weights"),
    ("tw_tensor_histogram", "weight"),
    ("tw_tensor_histogram_between", "weight"),
    ("tw_tensor_searchsorted", "sorter"),
    ("tw_linalg_pinv", "atol"),
    ("tw_linalg_pinv", "rtol"),
    ("tw_linalg_matrix_rank", "atol"),
    ("tw_linalg_matrix_rank", "rtol"),
    ("tw_linalg_lstsq", "rtol"),
    ("tw_fft", "n"),
    ("tw_rfft", "n"),
    ("tw_irfft", "n"),
    ("tw_tensor_linear", "bias"),
    ("tw_tensor_clamp", "lower"),
    ("tw_tensor_clamp", "upper"),
    ("tw_tensor_conv1d", "bias"),
    ("tw_tensor_conv2d", "bias"),
    ("tw_tensor_conv1d_same", "bias"),
    ("tw_tensor_conv2d_same", "bias"),
    ("tw_tensor_conv_transpose1d", "bias"),
    ("tw_tensor_conv_transpose2d", "bias"),
    ("tw_tensor_conv3d", "bias"),
    ("tw_tensor_conv3d_same", "bias"),
    ("tw_tensor_conv_transpose3d", "bias"),
    ("tw_tensor_fractional_max_pool", "samples"),
    ("tw_tensor_batch_norm", "running_mean"),
    ("tw_tensor_batch_norm", "running_var"),
    ("tw_tensor_batch_norm", "weight"),
    ("tw_tensor_batch_norm", "bias"),
    ("tw_tensor_instance_norm", "running_mean"),
    ("tw_tensor_instance_norm", "running_var"),
    ("tw_tensor_instance_norm", "weight"),
    ("tw_tensor_instance_norm", "bias"),
    ("tw_tensor_layer_norm", "weight"),
    ("tw_tensor_layer_norm", "bias"),
    ("tw_tensor_rms_norm", "weight"),
    ("tw_tensor_group_norm", "weight"),
    ("tw_tensor_group_norm", "bias"),
    ("tw_tensor_cross_entropy", "weight"),
    ("tw_tensor_nll_loss", "weight"),
    ("tw_tensor_binary_cross_entropy", "weight"),
    ("tw_tensor_binary_cross_entropy_with_logits", "weight"),
    ("tw_tensor_binary_cross_entropy_with_logits", "pos_weight"),
    ("tw_tensor_multi_margin_loss", "weight"),
    ("tw_tensor_multilabel_soft_margin_loss", "weight"),
    ("*", "stride"),
    ("*", "padding"),
    ("*", "output_padding"),
    ("*", "dilation"),
    ("tw_conv1d_create", "options"),
    ("tw_conv2d_create", "options"),
    ("tw_conv_transpose1d_create", "options"),
    ("tw_conv_transpose2d_create", "options"),
    ("tw_max_pool1d_create", "options"),
    ("tw_max_pool2d_create", "options"),
    ("tw_avg_pool1d_create", "options"),
    ("tw_avg_pool2d_create", "options"),
    ("tw_conv3d_create", "options"),
    ("tw_conv_transpose3d_create", "options"),
    ("tw_max_pool3d_create", "options"),
    ("tw_avg_pool3d_create", "options"),
    ("tw_tensor_sum", "dims"),
    ("tw_tensor_mean", "dims"),
    ("tw_tensor_amax", "dims"),
    ("tw_tensor_amin", "dims"),
    ("tw_tensor_nansum", "dims"),
    ("tw_tensor_nanmean", "dims"),
    ("tw_tensor_var", "dims"),
    ("tw_tensor_std", "dims"),
    ("tw_tensor_logsumexp", "dims"),
    ("tw_tensor_vector_norm", "dims"),
    ("tw_tensor_all", "dims"),
    ("tw_tensor_any", "dims"),
    ("tw_tensor_count_nonzero", "dims"),
    ("tw_tensor_squeeze", "dims"),
    ("tw_tensor_repeat_interleave", "dim"),
    ("tw_tensor_take_along_dim", "dim"),
    ("tw_tensor_one_hot", "class_total"),
    ("tw_tensor_embedding", "padding_idx"),
    ("tw_tensor_prod", "dim"),
    ("tw_tensor_argmax", "dim"),
    ("tw_tensor_argmin", "dim"),
    ("tw_module_create", "destroy"),
    ("tw_custom_apply", "destroy"),
    ("tw_custom_apply_with_jvp", "jvp"),
    ("tw_custom_apply_with_jvp", "destroy"),
    ("tw_checkpointed", "destroy"),
    ("tw_module_gradient_norm", "name"),
    ("tw_fit", "options"),
    ("tw_fit", "results"),
    ("tw_loader_create", "destroy"),
    ("tw_loader_open", "options"),
    ("tw_loader_from_tensors", "options"),
    ("tw_loader_from_sequences", "options"),
    ("tw_loader_add_callback", "destroy"),
    ("tw_loader_set_subset", "samples"),
    ("tw_loader_set_buckets", "lengths"),
    ("tw_loader_set_sampler", "sampler"),
    ("tw_loader_set_sampler", "destroy"),
    ("tw_random_split", "labels"),
    ("tw_k_fold", "labels"),
    ("tw_text_open", "symbols"),
    ("tw_text_create", "symbols"),
    ("tw_text_loader_create", "options"),
    ("tw_sgd_create", "options"),
    ("tw_adam_create", "options"),
    ("tw_adagrad_create", "options"),
    ("tw_adadelta_create", "options"),
    ("tw_rmsprop_create", "options"),
    ("tw_nadam_create", "options"),
    ("tw_radam_create", "options"),
    ("tw_adamax_create", "options"),
    ("tw_lion_create", "options"),
    ("tw_lbfgs_create", "options"),
    ("tw_cyclic_lr_create", "options"),
    ("tw_one_cycle_lr_create", "options"),
    ("tw_reduce_lr_on_plateau_create", "options"),
    ("tw_optimizer_step_closure", "out_loss"),
    ("tw_clip_grad_norm_per_tensor", "out_norms"),
    ("tw_lambda_lr_create", "destroy"),
    ("tw_multiplicative_lr_create", "destroy"),
    ("tw_cyclic_lr_set_scale", "destroy"),
    ("tw_module_register_module", "child"),
    ("tw_batch_norm1d_create", "options"),
    ("tw_batch_norm2d_create", "options"),
    ("tw_batch_norm3d_create", "options"),
    ("tw_instance_norm1d_create", "options"),
    ("tw_instance_norm2d_create", "options"),
    ("tw_instance_norm3d_create", "options"),
    ("tw_embedding_create", "options"),
    ("tw_rnn_create", "options"),
    ("tw_lstm_create", "options"),
    ("tw_gru_create", "options"),
    ("tw_rnn_cell_create", "options"),
    ("tw_lstm_cell_create", "options"),
    ("tw_gru_cell_create", "options"),
    ("tw_recurrent_forward", "h0"),
    ("tw_recurrent_forward", "c0"),
    ("tw_recurrent_forward", "lengths"),
    ("tw_recurrent_forward", "h_n"),
    ("tw_recurrent_forward", "c_n"),
    ("tw_recurrent_gates", "h0"),
    ("tw_recurrent_gates", "c0"),
    ("tw_recurrent_gates", "lengths"),
    ("tw_recurrent_gates", "h_n"),
    ("tw_recurrent_gates", "c_n"),
    ("tw_recurrent_gates", "gates"),
    ("tw_recurrent_gates", "cells"),
    ("tw_recurrent_step", "h"),
    ("tw_recurrent_step", "c"),
    ("tw_recurrent_step", "c_next"),
    ("tw_recurrent_set_state", "h"),
    ("tw_recurrent_set_state", "c"),
    ("tw_tbptt", "options"),
    ("tw_softmax_create", "dim"),
    ("tw_softmin_create", "dim"),
    ("tw_log_softmax_create", "dim"),
    ("tw_tensor_bilinear", "bias"),
    ("tw_residual_create", "shortcut"),
    ("tw_module_read_state", "group"),
    ("tw_module_read_state", "report"),
    ("tw_writer_define", "options"),
    ("tw_writer_write", "options"),
    ("tw_writer_write_texts", "options"),
    ("tw_module_load_state", "names"),
    ("tw_module_load_state", "report"),
    ("tw_module_layer_gradients", "results"),
    ("tw_module_register_parameter", "tensor"),
    ("tw_module_register_buffer", "tensor"),
    ("tw_checkpoint_keep", "options"),
    ("tw_checkpoint_create", "optimizer"),
    ("tw_checkpoint_create", "loader"),
    ("tw_checkpoint_set_note", "text"),
    ("tw_module_register_unsaved_buffer", "tensor"),
}

HANDLES = {
    "tw_tensor_t": "tensor",
    "tw_module_t": "module",
    "tw_optimizer_t": "optimizer",
    "tw_generator_t": "generator",
    "tw_loader_t": "loader",
    "tw_schedule_t": "schedule",
    "tw_checkpoint_t": "checkpoint",
    "tw_context_t": "context",
    "tw_text_t": "text",
    "tw_file_t": "file",
    "tw_writer_t": "writer",
}
CALLBACKS = {
    "tw_log_callback": "log_line",
    "tw_deleter": "keep",
    "tw_destroy": "forget",
    "tw_forward_callback": "forward",
    "tw_batch_callback": "batch",
    "tw_transform_callback": "transform",
    "tw_sampler_callback": "sample",
    "tw_function_callback": "function",
    "tw_functions_callback": "functions",
    "tw_custom_forward": "custom_forward",
    "tw_custom_backward": "custom_backward",
    "tw_custom_jvp": "custom_backward",
    "tw_gradient_hook": "hook",
    "tw_call_site_callback": "place",
    "tw_closure": "closure",
    "tw_factor_callback": "factor",
}
# Good values by parameter name, where the type does not say enough.
NAMED = {
    "rank": "2",
    "capacity": "2",
    "dim_count": "2",
    "struct_size": "sizeof storage",
    "bytes": "sizeof storage",
}

PROLOGUE = r"""// Generated by null_arguments.py from thalweg.h.
#include "check.h"
#include <signal.h>
#include <unistd.h>

static const char *current = "nothing yet";
static unsigned char storage[4096]; // where results and buffers may go
static tw_tensor_t tensor, tensors[2];
static tw_module_t module, child, modules[1];
static tw_optimizer_t optimizer;
static tw_generator_t generator;
static tw_loader_t loader;
static tw_text_t text;
static tw_file_t file; // these two are NULL without libhdf5
static tw_writer_t writer;
static tw_schedule_t schedule, schedules[1];
static tw_generator_t generators[1];
static tw_checkpoint_t checkpoint;
static tw_context_t context; // there is none outside callbacks
static const double doubles[2] = {0.1, 0.2};
static const char *const names[1] = {"name"};
static const int64_t numbers[8] = {0, 1, 2, 2, 1, 1, 1, 1};
static const int64_t shape[2] = {2, 2};

static void crashed(int signal_number) {
  (void)signal_number;
  ssize_t ignored = write(2, "crashed in ", 11);
  ignored = write(2, current, strlen(current));
  ignored = write(2, "\n", 1);
  (void)ignored;
  _exit(99);
}

static void log_line(int32_t severity, const char *message, void *user_data) {
  (void)severity;
  (void)message;
  (void)user_data;
}
static void keep(void *data, void *user_data) {
  (void)data;
  (void)user_data;
}
static void forget(void *user_data) { (void)user_data; }
static tw_status forward(tw_module_t self, tw_tensor_t input, tw_tensor_t *output, void *user_data) {
  (void)self;
  (void)user_data;
  return tw_tensor_clone(input, output);
}
static tw_status function(const tw_tensor_t *inputs, size_t count, tw_tensor_t *output, void *user_data) {
  (void)count;
  (void)user_data;
  return tw_tensor_clone(inputs[0], output);
}
static tw_status functions(const tw_tensor_t *inputs, size_t count, tw_tensor_t *outputs,
                           size_t output_count, void *user_data) {
  (void)output_count;
  return function(inputs, count, outputs, user_data);
}
static tw_status custom_forward(tw_context_t self, const tw_tensor_t *inputs, size_t count,
                                tw_tensor_t *outputs, size_t output_count, void *user_data) {
  (void)self;
  return functions(inputs, count, outputs, output_count, user_data);
}
static tw_status custom_backward(tw_context_t self, const tw_tensor_t *gradients, size_t count,
                                 tw_tensor_t *outputs, size_t output_count, void *user_data) {
  (void)self;
  return functions(gradients, count, outputs, output_count, user_data);
}
static tw_status hook(tw_tensor_t gradient, tw_tensor_t *replacement, void *user_data) {
  (void)gradient;
  (void)replacement;
  (void)user_data;
  return TW_OK;
}
static void place(char *buffer, size_t size, void *user_data) {
  (void)size;
  (void)user_data;
  buffer[0] = 0;
}
static tw_status closure(double *loss, void *user_data) {
  (void)user_data;
  *loss = 0;
  return TW_OK;
}
static tw_status factor(int64_t epoch, size_t group, double *factor, void *user_data) {
  (void)epoch;
  (void)group;
  (void)user_data;
  *factor = 1;
  return TW_OK;
}
static tw_status batch(int32_t begins, tw_tensor_t *input, tw_tensor_t *target, void *user_data) {
  (void)user_data;
  if (!begins)
    return TW_OK;
  const int64_t classes[1] = {2};
  tw_status status = tw_tensor_ones(shape, 2, TW_FLOAT32, input);
  return status == TW_OK ? tw_tensor_zeros(classes, 1, TW_INT64, target) : status;
}

static tw_status transform(const tw_tensor_t *arrays, size_t count, uint64_t seed, tw_tensor_t *outputs,
                           void *user_data) {
  (void)seed;
  return functions(arrays, count, outputs, count, user_data);
}
static tw_status sample(int64_t epoch, tw_tensor_t *samples, tw_tensor_t *sizes, void *user_data) {
  (void)epoch;
  (void)sizes;
  (void)user_data;
  return tw_tensor_zeros(shape, 1, TW_INT64, samples);
}

// Fresh arguments for each call, so that none spoils the next.
static void set_up(void) {
  memset(storage, 0x5A, sizeof storage);
  OK(tw_tensor_ones(shape, 2, TW_FLOAT32, &tensor));
  OK(tw_tensor_set_requires_grad(tensor, 1));
  tensors[0] = tensors[1] = tensor;
  OK(tw_linear_create(2, 2, 1, TW_FLOAT32, &module));
  modules[0] = module;
  OK(tw_module_register_parameter(module, "name", tensor));
  OK(tw_module_register_buffer(module, "buffer", tensor));
  OK(tw_relu_create(&child));
  OK(tw_module_register_module(module, "child", child));
  OK(tw_sgd_create(tensors, 1, NULL, &optimizer));
  OK(tw_exponential_lr_create(optimizer, 0.5, -1, &schedule));
  schedules[0] = schedule;
  OK(tw_generator_create(1, &generator));
  generators[0] = generator;
  OK(tw_text_create("name", TW_TEXT_CHARACTERS, NULL, &text));
  if (!file)
    (void)tw_file_open(THALWEG_DATA "/digits.h5", &file);
  if (!writer)
    (void)tw_writer_open("null_arguments.h5", 0, &writer);
  OK(tw_loader_create(1, batch, NULL, NULL, &loader));
  OK(tw_checkpoint_create(module, optimizer, NULL, 0, NULL, 0, loader, &checkpoint));
}

static void tear_down(void) {
  tw_tensor_release(tensor);
  tw_module_release(module);
  tw_module_release(child);
  tw_optimizer_release(optimizer);
  tw_schedule_release(schedule);
  tw_generator_release(generator);
  tw_loader_release(loader);
  tw_checkpoint_release(checkpoint);
  tw_text_release(text);
}

// Results, which lie in `storage`, stay as set_up left them.
static int untouched(void) {
  for (size_t i = 0; i < sizeof storage; i++)
    if (storage[i] != 0x5A)
      return 0;
  return 1;
}

static void refused(tw_status status) {
  const char *sentence = tw_last_error();
  if (status == TW_OK || !strstr(sentence, "NULL") || !untouched()) {
    fprintf(stderr, "%s: %s, \"%s\"%s\n", current, tw_status_name(status), sentence,
            untouched() ? "" : ", and a result was written");
    checks_failed++;
  }
}

int main(void) {
  const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTRAP, SIGFPE};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    signal(signals[i], crashed);
"""

EPILOGUE = r"""  tw_file_release(file);
  tw_writer_release(writer);
  tw_set_log_callback(NULL, NULL);
  tw_set_allocator(NULL);
  printf("%d calls\n", CALLS);
  return checks_result();
}
"""


def functions(header):
    """(result, name, [(type, name)]) of each function declared in the header."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.S)
    text = re.sub(r"^\s*#.*$|\bTW_API\b", "", text, flags=re.M)
    text = re.sub(r"\{[^{}]*\}", "", text)  # bodies of structs and enums, with the function pointers in them
    for match in re.finditer(r"([\w ]+?[\w*]\s*\*?)\b(tw_\w+)\s*\(([^()]*)\)\s*;", text):
        result, name, inside = (" ".join(part.split()) for part in match.groups())
        if "typedef" in result:
            continue
        parameters = []
        for parameter in inside.split(","):
            kind, star, label = re.fullmatch(r"\s*(.*?)\s*(\**)\s*(\w+)\s*", parameter).groups()
            if label != "void":
                parameters.append((" ".join(kind.split()) + star, label))
        yield result, name, parameters


def is_pointer(kind):
    return kind.endswith("*") or kind in HANDLES or kind in CALLBACKS


def good(kind, label):
    """An argument that is right, or right enough."""
    if label in NAMED:
        return NAMED[label]
    if kind in HANDLES:
        return HANDLES[kind]
    if kind in CALLBACKS:
        return CALLBACKS[kind]
    if kind == "const tw_tensor_t*":
        return "tensors"
    if kind == "const tw_module_t*":
        return "modules"
    if kind == "const tw_schedule_t*":
        return "schedules"
    if kind == "const tw_generator_t*":
        return "generators"
    if kind == "const double*":
        return "doubles"
    if kind == "const int64_t*":
        return "shape" if label == "shape" else "numbers"
    if kind == "const char*":
        return '"name"'
    if kind == "const char *const*":
        return "names"
    if kind.endswith("_options*") and kind.startswith("const"):
        return "NULL"  # the defaults
    if kind.endswith("*"):
        return "(void *)storage"
    return "1" if kind == "double" or label.endswith("count") or label == "count" else "0"


def may_be_null(function, label):
    return function.endswith("_release") or ("*", label) in OPTIONAL or (function, label) in OPTIONAL


def main(header_path, program_path):
    with open(header_path) as file:
        header = file.read()
    lines, calls, known = [PROLOGUE], 0, set()
    for result, function, parameters in functions(header):
        known |= {(function, label) for _, label in parameters}
        for index, (kind, label) in enumerate(parameters):
            if not is_pointer(kind):
                continue
            arguments = ["NULL" if i == index else good(*other) for i, other in enumerate(parameters)]
            call = f"{function}({', '.join(arguments)})"
            calls += 1
            lines.append("  set_up();\n")
            lines.append(f'  current = "{function} with {label} NULL";\n')
            if result == "tw_status" and not may_be_null(function, label):
                lines.append(f"  refused({call});\n")
            else:
                lines.append(f"  (void){call};\n" if result != "void" else f"  {call};\n")
            lines.append("  tear_down();\n")
    lines.append(EPILOGUE.replace("CALLS", str(calls)))
    unknown = {pair for pair in OPTIONAL if pair[0] != "*"} - known
    if unknown:
        sys.exit(f"not in the header: {sorted(unknown)}")
    if calls < 100:
        sys.exit(f"only {calls} calls: the header is not read as it should be")
    with open(program_path, "w") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
