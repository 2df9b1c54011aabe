// The C vocabulary of Thalweg: handles, constants, option structs, callbacks. Hand-written; Scripts/generate
// makes thalweg.h of it and of the functions that the Swift sources define. Its first comment is the manual.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------------------
// Thalweg: neural networks behind a C interface. Define, train, diagnose and exchange them from any language.
//
//   int64_t shape[2] = {2, 3};
//   float numbers[6] = {1, 2, 3, 4, 5, 6};
//   tw_tensor_t x = NULL, y = NULL;
//   if (tw_tensor_from_data(numbers, TW_FLOAT32, shape, 2, &x) != TW_OK || tw_tensor_exp(x, &y) != TW_OK)
//     fprintf(stderr, "%s\n", tw_last_error());
//   tw_tensor_release(y);
//   tw_tensor_release(x);
//
// Errors. Every function that can fail returns a tw_status. On failure it leaves its results (the parameters
// named `out`) untouched and tw_last_error() says, for this thread, which function failed, what came and what
// would have been right. Nothing that a caller passes ends the process: NULL, a released handle, a shape that
// does not fit, a damaged file are statuses. The library never prints, exits or aborts; tw_set_log_callback
// hears what it has to say. Two things cannot be caught: memory for small bookkeeping objects, which comes
// from malloc, and pointers to memory that is not there or too small for the size that goes with them.
//
// Lifetime. Objects are known by handles, which count references. A parameter `out` says whether it is a new
// reference, which the caller gives back with the release function of its type, or borrowed, and then from
// what. Release takes NULL, returns nothing, may come in any order and from any thread. An object lives as
// long as a handle or another object needs it: a result keeps what its gradient is computed from, a module
// its children, an optimiser its parameters. Strings that are handed out live as their function says; arrays,
// strings and structs that are passed in are read before the call returns and not kept.
//
// Threads. Any function may be called from any thread at any time, unless its comment says "one at a time
// per" something: then calls about the same object, graph or file must not overlap, and different ones may.
// Evaluating one module from many threads is safe while none of them trains it. Work is spread over a pool of
// threads (tw_set_num_threads); results do not depend on their number, to the bit. The thread that calls
// computes as well and never waits for one that the system has put aside. Recording of gradients and the last
// error are each thread's own.
//
// Callbacks run on the thread that called into the library, get their `user_data` back as the last argument,
// and may call the library. One that returns a status stops the operation by returning anything but TW_OK.
//
// Fork. A forked child can use the library at once, with tensors and modules of its parent: pool and locks
// are built anew. What other threads of the parent were in the middle of stays half done in the child.
//
// Memory. Tensors, workspaces and buffers come from an allocator that the host may set (tw_set_allocator);
// where it returns NULL the call fails with TW_ERROR_OUT_OF_MEMORY and the process goes on.
//
// Versions. Functions are added, structs grow at their ends (each begins with its size and is filled by its
// ..._init function), constants keep their values. The number in the library's name changes when a program
// that was compiled against an older header would break.

// ---------------------------------------------------------------------------------------------------------
// Handles
//
// A handle is a token, not an address: never dereference one. NULL is never valid, except for the release
// functions, which take it and do nothing. A released, foreign or wrong-typed handle is an error
// (TW_ERROR_INVALID_HANDLE), not a crash. Every handle that a function hands out as a *new reference* is
// given back with the tw_<type>_release of its type, in any order, from any thread.

typedef struct tw_tensor *tw_tensor_t;       // an n-dimensional array, perhaps part of a graph of derivatives
typedef struct tw_module *tw_module_t;       // a layer or a tree of layers
typedef struct tw_optimizer *tw_optimizer_t; // an update rule with its parameters and state
typedef struct tw_generator *tw_generator_t; // a stream of random numbers
typedef struct tw_loader *tw_loader_t;       // mini-batches of a data set
typedef struct tw_schedule *tw_schedule_t;   // a rule for an optimiser's learning rate
typedef struct tw_text *tw_text_t;           // a text as numbers of its bytes or characters
typedef struct tw_checkpoint *tw_checkpoint_t; // all that training goes on from
typedef struct tw_file *tw_file_t;             // what is in an HDF5 file, without the data
typedef struct tw_writer *tw_writer_t;         // an HDF5 file that is being written
typedef struct tw_step *tw_step_t;             // recorded work
// What an operation of the caller's own knows and keeps: lives, borrowed, while one of its callbacks runs.
typedef struct tw_context *tw_context_t;

// ---------------------------------------------------------------------------------------------------------
// Statuses

typedef int32_t tw_status;
enum {
  TW_OK = 0,
  TW_ERROR_INVALID_ARGUMENT = 1, // a value, a NULL pointer or a combination that makes no sense
  TW_ERROR_INVALID_HANDLE = 2,   // released, foreign or of another type
  TW_ERROR_SHAPE = 3,            // shapes that do not fit together
  TW_ERROR_DTYPE = 4,            // a dtype that the function does not take
  TW_ERROR_OUT_OF_MEMORY = 5,    // the allocator returned NULL, or a size overflows
  TW_ERROR_AUTOGRAD = 6,         // a rule of differentiation was broken
  TW_ERROR_IO = 7,               // a file could not be read or written
  TW_ERROR_FORMAT = 8,           // a file's content is damaged or not what was expected
  TW_ERROR_UNAVAILABLE = 9,      // a library that is looked up at run time (HDF5) is not there
  TW_ERROR_CANCELLED = 10,       // a callback asked to stop
  TW_ERROR_INTERNAL = 11         // a defect in Thalweg: please report it
};

// ---------------------------------------------------------------------------------------------------------
// Element types

enum {
  TW_FLOAT32 = 0,
  TW_FLOAT64 = 1,
  TW_INT64 = 2,
  TW_INT32 = 3,
  TW_UINT8 = 4,
  TW_BOOL = 5 // a byte, 0 or 1
};

enum { TW_MAX_RANK = 8 };

// ---------------------------------------------------------------------------------------------------------
// Choices

// How a loss reduces over its elements.
enum { TW_REDUCTION_NONE = 0, TW_REDUCTION_MEAN = 1, TW_REDUCTION_SUM = 2 };

// What stands in the room that padding makes: a value; the elements mirrored at the edge; the edge; those
// from the other end.
enum { TW_PAD_CONSTANT = 0, TW_PAD_REFLECT = 1, TW_PAD_REPLICATE = 2, TW_PAD_CIRCULAR = 3 };

// What the symbols of a text are: bytes, or characters of UTF-8.
enum { TW_TEXT_BYTES = 0, TW_TEXT_CHARACTERS = 1 };

// Which HDF5 files are read in a process of their own: none, those that are not as the library wrote them,
// all.
enum { TW_ISOLATION_NEVER = 0, TW_ISOLATION_FOREIGN = 1, TW_ISOLATION_ALWAYS = 2 };

// Which fan a Kaiming initialiser keeps the variance of.
enum { TW_FAN_IN = 0, TW_FAN_OUT = 1 };

// How a quotient is rounded (tw_tensor_div_rounded).
enum { TW_ROUNDING_NONE = 0, TW_ROUNDING_TRUNC = 1, TW_ROUNDING_FLOOR = 2 };

// How tw_tensor_gelu has the normal distribution: exactly, or approximated by tanh.
enum { TW_GELU_NONE = 0, TW_GELU_TANH = 1 };

// How tw_tensor_interpolate finds the elements between others: by the element before, by straight lines along
// one, two or three dimensions (of which LINEAR takes any), by cubic convolution, by the nearest middle, or
// as the mean of what an element covers.
enum {
  TW_INTERPOLATE_NEAREST = 0,
  TW_INTERPOLATE_LINEAR = 1,
  TW_INTERPOLATE_BILINEAR = 2,
  TW_INTERPOLATE_BICUBIC = 3,
  TW_INTERPOLATE_TRILINEAR = 4,
  TW_INTERPOLATE_NEAREST_EXACT = 5,
  TW_INTERPOLATE_AREA = 6
};

// What tw_tensor_scatter_reduce makes of elements that come to the same place.
enum {
  TW_SCATTER_SUM = 0,
  TW_SCATTER_PROD = 1,
  TW_SCATTER_MEAN = 2,
  TW_SCATTER_AMAX = 3,
  TW_SCATTER_AMIN = 4
};

// How tw_tensor_quantile finds a quantile between two elements.
enum {
  TW_QUANTILE_LINEAR = 0,
  TW_QUANTILE_LOWER = 1,
  TW_QUANTILE_HIGHER = 2,
  TW_QUANTILE_MIDPOINT = 3,
  TW_QUANTILE_NEAREST = 4
};

// Which parts of its results tw_linalg_qr computes.
enum { TW_QR_REDUCED = 0, TW_QR_COMPLETE = 1, TW_QR_R = 2 };

// How tw_tensor_grid_sample reads between pixels, and what it finds outside: zeros, the pixel at the edge, or
// the image mirrored there.
enum { TW_GRID_MODE_BILINEAR = 0, TW_GRID_MODE_NEAREST = 1, TW_GRID_MODE_BICUBIC = 2 };
enum { TW_GRID_PADDING_ZEROS = 0, TW_GRID_PADDING_BORDER = 1, TW_GRID_PADDING_REFLECTION = 2 };

// Which direction of a Fourier transform is divided by its length: the inverse, both by the root, the forward
// one.
enum { TW_FFT_BACKWARD = 0, TW_FFT_ORTHO = 1, TW_FFT_FORWARD = 2 };

// The nonlinearity whose gain an initialiser uses (tw_init_gain).
enum {
  TW_NONLINEARITY_LINEAR = 0,
  TW_NONLINEARITY_SIGMOID = 1,
  TW_NONLINEARITY_TANH = 2,
  TW_NONLINEARITY_RELU = 3,
  TW_NONLINEARITY_LEAKY_RELU = 4,
  TW_NONLINEARITY_SELU = 5
};

// What the cell of an RNN does to its sum (tw_rnn_create).
enum { TW_RNN_TANH = 0, TW_RNN_RELU = 1, TW_RNN_SIGMOID = 2 };

// How recurrent layers begin a call that is given no state (tw_module_set_stateful): with zeros; where the
// call before ended; there and with its graph, so that gradients flow into the calls before.
enum { TW_STATE_NONE = 0, TW_STATE_VALUES = 1, TW_STATE_GRAPH = 2 };

// What training makes smaller: cross-entropy of logits [n, classes, ...] and classes [n, ...] of any integer
// dtype, where -100 is left out; the mean of squared differences, targets converted to the output's dtype; or
// cross-entropy of logits [..., classes] and classes [...], as recurrent nets have them. The first one takes
// those, too, but for [n, steps, classes] with as many steps as classes, which might be either: an error.
enum { TW_LOSS_CROSS_ENTROPY = 0, TW_LOSS_MSE = 1, TW_LOSS_SEQUENCE_CROSS_ENTROPY = 2 };

// What a call of tw_fit's callback is about: TW_FIT_RUNNING that about 50 ms have passed, the others that a
// batch of training, a batch of validation or an epoch with its validation is done.
enum { TW_FIT_RUNNING = 0, TW_FIT_BATCH_END = 1, TW_FIT_VALIDATION_BATCH_END = 2, TW_FIT_EPOCH_END = 3 };

// What early stopping and the best checkpoint of tw_fit watch; losses are to fall, accuracies to rise.
enum {
  TW_MONITOR_VALIDATION_LOSS = 0,
  TW_MONITOR_VALIDATION_ACCURACY = 1,
  TW_MONITOR_LOSS = 2,
  TW_MONITOR_ACCURACY = 3
};

// How the height of a cycle of tw_cyclic_lr_create changes: not at all; halved every cycle; times gamma every
// step.
enum { TW_CYCLE_TRIANGULAR = 0, TW_CYCLE_TRIANGULAR2 = 1, TW_CYCLE_EXP_RANGE = 2 };

// What an entry of an HDF5 file is: a group, a data set, a link that is not followed, something else.
enum { TW_ENTRY_GROUP = 0, TW_ENTRY_DATASET = 1, TW_ENTRY_LINK = 2, TW_ENTRY_OTHER = 3 };

// Severity of a log line.
enum { TW_LOG_DEBUG = 0, TW_LOG_INFO = 1, TW_LOG_WARNING = 2, TW_LOG_ERROR = 3 };

// ---------------------------------------------------------------------------------------------------------
// Callbacks. They run on the thread that called into Thalweg, with `user_data` as it was given.

// Frees foreign memory that a tensor was made from.
typedef void (*tw_deleter)(void *data, void *user_data);
// Frees the user_data of a callback once nothing can call it any more.
typedef void (*tw_destroy)(void *user_data);
// Receives a log line: severity TW_LOG_*, a NUL-terminated UTF-8 message that lives until the call returns.
typedef void (*tw_log_callback)(int32_t severity, const char *message, void *user_data);
// A user's own module: reads `input` (borrowed), writes a new reference to *output; returns TW_OK or a
// status.
typedef tw_status (*tw_forward_callback)(tw_module_t self, tw_tensor_t input, tw_tensor_t *output,
                                         void *user_data);
// A function of tensors, for tw_gradcheck: writes a new reference to *output; returns TW_OK or a status.
typedef tw_status (*tw_function_callback)(const tw_tensor_t *inputs, size_t input_count, tw_tensor_t *output,
                                          void *user_data);
// A function of tensors with several results, for tw_checkpointed: writes a new reference to each of
// outputs[0] to outputs[output_count - 1]; returns TW_OK or a status.
typedef tw_status (*tw_functions_callback)(const tw_tensor_t *inputs, size_t input_count,
                                           tw_tensor_t *outputs, size_t output_count, void *user_data);
// The forward pass of an operation of the caller's own (tw_custom_apply): reads `inputs` (borrowed), writes a
// new reference to each of `outputs`, may keep tensors with tw_context_save; returns TW_OK or a status.
typedef tw_status (*tw_custom_forward)(tw_context_t context, const tw_tensor_t *inputs, size_t input_count,
                                       tw_tensor_t *outputs, size_t output_count, void *user_data);
// Its backward pass: reads the gradients of the outputs (borrowed; NULL for one that has none, see
// tw_context_set_materialize_gradients), writes a new reference to the gradient of each input, or leaves NULL
// where there is none or tw_context_needs_gradient says 0; returns TW_OK or a status.
typedef tw_status (*tw_custom_backward)(tw_context_t context, const tw_tensor_t *output_gradients,
                                        size_t output_count, tw_tensor_t *input_gradients, size_t input_count,
                                        void *user_data);
// Its forward mode (tw_custom_apply_with_jvp): reads the tangents of the inputs (borrowed; NULL for 0),
// writes a new reference to the tangent of each output, the Jacobian times those, or leaves NULL for 0;
// returns TW_OK or a status.
typedef tw_status (*tw_custom_jvp)(tw_context_t context, const tw_tensor_t *input_tangents,
                                   size_t input_count, tw_tensor_t *output_tangents, size_t output_count,
                                   void *user_data);
// Hears a tensor's gradient (borrowed) in a backward pass; may write a new reference to *replacement, of the
// same shape and dtype, that takes its place. Returns TW_OK or a status.
typedef tw_status (*tw_gradient_hook)(tw_tensor_t gradient, tw_tensor_t *replacement, void *user_data);
// Computes a loss and, by tw_tensor_backward, its gradients, for an optimiser's step; writes the loss.
typedef tw_status (*tw_closure)(double *loss, void *user_data);
// The factor of a parameter group's learning rate in an epoch; writes it.
typedef tw_status (*tw_factor_callback)(int64_t epoch, size_t group, double *factor, void *user_data);
// Says from where the caller's program called, as "model.c:12": writes at most `size` bytes with the NUL.
typedef void (*tw_call_site_callback)(char *buffer, size_t size, void *user_data);

// ---------------------------------------------------------------------------------------------------------
// Option structs. Fill one with its tw_..._init(&options, sizeof options), then change what you need:
// `struct_size` lets a program that was compiled against an older header go on working.

// Where tensors, workspaces and I/O buffers come from. Both functions must be safe to call from any thread.
typedef struct tw_allocator {
  size_t struct_size;
  // Returns `size` bytes aligned to `alignment` (a power of two, at least 64), or NULL.
  void *(*allocate)(size_t size, size_t alignment, void *user_data);
  void (*deallocate)(void *data, size_t size, size_t alignment, void *user_data);
  void *user_data;
} tw_allocator;

typedef struct tw_memory_stats {
  size_t struct_size;
  uint64_t bytes_in_use;      // held by tensors, workspaces and buffers now
  uint64_t peak_bytes_in_use; // the most that bytes_in_use has been since the start or the last reset
  uint64_t allocations;       // calls of the allocator so far
  uint64_t deallocations;
  uint64_t bytes_held; // taken from the allocator and not given back: in use or kept for reuse
} tw_memory_stats;

// Gradients against differences: tw_gradcheck. Defaults are PyTorch's: 1e-6, 1e-5, 1e-3.
typedef struct tw_gradcheck_options {
  size_t struct_size;
  double eps;  // the step
  double atol; // |gradient - difference| <= atol + rtol |difference|
  double rtol;
} tw_gradcheck_options;

// Stochastic gradient descent: tw_sgd_create. Defaults are PyTorch's: lr 1e-3, the rest 0.
typedef struct tw_sgd_options {
  size_t struct_size;
  double lr;
  double momentum;
  double dampening;
  double weight_decay;
  int32_t nesterov; // 0 or 1; needs momentum > 0 and dampening 0
  int32_t maximize; // 0 or 1
} tw_sgd_options;

// Adam: tw_adam_create. Defaults are PyTorch's: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, the rest 0.
typedef struct tw_adam_options {
  size_t struct_size;
  double lr;
  double beta1;
  double beta2;
  double eps;
  double weight_decay;
  int32_t amsgrad;                // 0 or 1
  int32_t maximize;               // 0 or 1
  int32_t decoupled_weight_decay; // 0: Adam with L2 penalty; 1: AdamW
} tw_adam_options;

// Adagrad: tw_adagrad_create. Defaults are PyTorch's.
typedef struct tw_adagrad_options {
  size_t struct_size;
  double lr;                        // default 1e-2
  double lr_decay;                  // default 0
  double weight_decay;              // default 0
  double initial_accumulator_value; // default 0
  double eps;                       // default 1e-10
  int32_t maximize;                 // 0 or 1
} tw_adagrad_options;

// Adadelta: tw_adadelta_create. Defaults are PyTorch's.
typedef struct tw_adadelta_options {
  size_t struct_size;
  double lr;           // default 1
  double rho;          // default 0.9
  double eps;          // default 1e-6
  double weight_decay; // default 0
  int32_t maximize;    // 0 or 1
} tw_adadelta_options;

// RMSprop: tw_rmsprop_create. Defaults are PyTorch's.
typedef struct tw_rmsprop_options {
  size_t struct_size;
  double lr;           // default 1e-2
  double alpha;        // default 0.99
  double eps;          // default 1e-8
  double weight_decay; // default 0
  double momentum;     // default 0
  int32_t centered;    // 0 or 1
  int32_t maximize;    // 0 or 1
} tw_rmsprop_options;

// Adam with Nesterov's momentum: tw_nadam_create. Defaults are PyTorch's.
typedef struct tw_nadam_options {
  size_t struct_size;
  double lr;                      // default 2e-3
  double beta1;                   // default 0.9
  double beta2;                   // default 0.999
  double eps;                     // default 1e-8
  double weight_decay;            // default 0
  double momentum_decay;          // default 4e-3
  int32_t decoupled_weight_decay; // 0 or 1
  int32_t maximize;               // 0 or 1
} tw_nadam_options;

// Rectified Adam: tw_radam_create. Defaults are PyTorch's.
typedef struct tw_radam_options {
  size_t struct_size;
  double lr;                      // default 1e-3
  double beta1;                   // default 0.9
  double beta2;                   // default 0.999
  double eps;                     // default 1e-8
  double weight_decay;            // default 0
  int32_t decoupled_weight_decay; // 0 or 1
  int32_t maximize;               // 0 or 1
} tw_radam_options;

// Adamax: tw_adamax_create. Defaults are PyTorch's.
typedef struct tw_adamax_options {
  size_t struct_size;
  double lr;           // default 2e-3
  double beta1;        // default 0.9
  double beta2;        // default 0.999
  double eps;          // default 1e-8
  double weight_decay; // default 0
  int32_t maximize;    // 0 or 1
} tw_adamax_options;

// Lion: tw_lion_create. Defaults are its authors'.
typedef struct tw_lion_options {
  size_t struct_size;
  double lr;           // default 1e-4
  double beta1;        // default 0.9
  double beta2;        // default 0.99
  double weight_decay; // default 0
  int32_t maximize;    // 0 or 1
} tw_lion_options;

// L-BFGS: tw_lbfgs_create. Defaults are PyTorch's.
typedef struct tw_lbfgs_options {
  size_t struct_size;
  double lr;               // default 1
  int64_t max_iter;        // default 20
  int64_t max_eval;        // in one step, at most; -1: 1.25 max_iter
  double tolerance_grad;   // default 1e-7
  double tolerance_change; // default 1e-9
  int64_t history_size;    // default 100
  int32_t strong_wolfe;    // 0 or 1
} tw_lbfgs_options;

// A rate that falls when a metric stops becoming better: tw_reduce_lr_on_plateau_create. Defaults are
// PyTorch's.
typedef struct tw_plateau_options {
  size_t struct_size;
  int32_t maximum;  // 1: a larger metric is better; default 0
  double factor;    // default 0.1
  int64_t patience; // default 10
  double threshold; // by how much a metric must be better; default 1e-4
  int32_t absolute; // 1: the threshold is no share of the best metric; default 0
  int64_t cooldown; // default 0
  double eps;       // the least change of a rate; default 1e-8
} tw_plateau_options;

// A rate that goes up and down: tw_cyclic_lr_create. Defaults are PyTorch's.
typedef struct tw_cyclic_options {
  size_t struct_size;
  int64_t step_size_up;   // default 2000
  int64_t step_size_down; // default -1: as many as up
  int32_t mode;           // TW_CYCLE_...; default TW_CYCLE_TRIANGULAR
  double gamma;           // default 1
  int32_t cycle_momentum; // default 1
  double base_momentum;   // default 0.8
  double max_momentum;    // default 0.9
  int64_t last_epoch;     // default -1
} tw_cyclic_options;

// A rate that goes up once and down: tw_one_cycle_lr_create. Defaults are PyTorch's.
typedef struct tw_one_cycle_options {
  size_t struct_size;
  double pct_start;        // the share of steps that go up; default 0.3
  int32_t linear;          // 1: along lines, not half cosine waves; default 0
  int32_t cycle_momentum;  // default 1
  double base_momentum;    // default 0.85
  double max_momentum;     // default 0.95
  double div_factor;       // max_lr over the first rate; default 25
  double final_div_factor; // the first rate over the last; default 1e4
  int32_t three_phase;     // default 0
  int64_t last_epoch;      // default -1
} tw_one_cycle_options;

// A convolution layer: tw_conv2d_create, tw_conv_transpose2d_create. Defaults are PyTorch's: stride 1, no
// padding, dilation 1, one group, bias. Pairs are for height and width.
typedef struct tw_conv2d_options {
  size_t struct_size;
  int64_t stride[2];
  int64_t padding[2]; // rows above and below, columns left and right
  int64_t dilation[2];
  int64_t groups;       // of channels, each with filters of its own
  int32_t same_padding; // 1: as much padding as keeps height and width, for stride 1; `padding` is not read
  int32_t bias;         // 0 or 1
  int32_t dtype;        // TW_FLOAT32 or TW_FLOAT64
  // Transposed only: rows below and columns on the right that are added, less than stride or dilation.
  int64_t output_padding[2];
  int32_t
      padding_mode; // not transposed: TW_PAD_*, what stands in the padding; default TW_PAD_CONSTANT: zeros
} tw_conv2d_options;

// The same for sequences: tw_conv1d_create, tw_conv_transpose1d_create.
typedef struct tw_conv1d_options {
  size_t struct_size;
  int64_t stride;
  int64_t padding;
  int64_t output_padding;
  int64_t dilation;
  int64_t groups;
  int32_t same_padding;
  int32_t bias;
  int32_t dtype;
  int32_t padding_mode;
} tw_conv1d_options;

// The same for volumes: tw_conv3d_create, tw_conv_transpose3d_create. Triples are for depth, height and
// width.
typedef struct tw_conv3d_options {
  size_t struct_size;
  int64_t stride[3];
  int64_t padding[3];
  int64_t output_padding[3];
  int64_t dilation[3];
  int64_t groups;
  int32_t same_padding;
  int32_t bias;
  int32_t dtype;
  int32_t padding_mode;
} tw_conv3d_options;

// A pooling layer: tw_max_pool2d_create, tw_avg_pool2d_create. Pairs are for height and width.
typedef struct tw_pool2d_options {
  size_t struct_size;
  int64_t stride[2];         // {0, 0}, the default: the kernel
  int64_t padding[2];        // at most half of the kernel; default 0
  int64_t dilation[2];       // default 1; must be 1 for averages
  int32_t ceil_mode;         // 1: windows may reach over the far edge; default 0
  int32_t count_include_pad; // averages only: whether places in the padding count; default 1
  int64_t divisor_override;  // averages only: what sums are divided by; 0, the default: their counts
} tw_pool2d_options;

// The same for sequences: tw_max_pool1d_create, tw_avg_pool1d_create.
typedef struct tw_pool1d_options {
  size_t struct_size;
  int64_t stride; // 0, the default: the kernel
  int64_t padding;
  int64_t dilation;
  int32_t ceil_mode;
  int32_t count_include_pad;
} tw_pool1d_options;

// The same for volumes: tw_max_pool3d_create, tw_avg_pool3d_create. Triples are for depth, height and width.
typedef struct tw_pool3d_options {
  size_t struct_size;
  int64_t stride[3]; // zeros, the default: the kernel
  int64_t padding[3];
  int64_t dilation[3];
  int32_t ceil_mode;
  int32_t count_include_pad;
  int64_t divisor_override;
} tw_pool3d_options;

// A layer that follows its batches' statistics: tw_batch_norm1d_create and its like. Defaults are PyTorch's.
typedef struct tw_batch_norm_options {
  size_t struct_size;
  double eps;                  // added to the variance; 1e-5
  double momentum;             // how far running statistics move to a batch's: 0.1; NaN: to the mean of all
  int32_t affine;              // whether there are a weight and a bias; 1
  int32_t track_running_stats; // whether there are running statistics, which evaluation uses; 1
  int32_t dtype;               // TW_FLOAT32 or TW_FLOAT64
} tw_batch_norm_options;

// The same for tw_instance_norm1d_create and its like, where `affine` and `track_running_stats` default to 0.
typedef struct tw_instance_norm_options {
  size_t struct_size;
  double eps;
  double momentum;
  int32_t affine;
  int32_t track_running_stats;
  int32_t dtype;
} tw_instance_norm_options;

// A layer of vectors by index: tw_embedding_create.
typedef struct tw_embedding_options {
  size_t struct_size;
  int64_t padding_idx;        // a row that starts as 0 and gets no gradient; negative, the default: none
  double max_norm;            // above 0: rows that are used are first shortened to this norm; default 0
  double norm_type;           // the order of that norm; default 2
  int32_t scale_grad_by_freq; // 1: a row used several times gets the mean of its gradients; default 0
  int32_t dtype;              // TW_FLOAT32 or TW_FLOAT64
} tw_embedding_options;

// A recurrent layer or cell: tw_lstm_create and its like. Defaults are PyTorch's. A cell has no layers,
// directions, dropout, projection or order of sequences: leave those at their defaults.
typedef struct tw_recurrent_options {
  size_t struct_size;
  int64_t num_layers;    // layers on top of each other; default 1
  int32_t bias;          // whether there are biases; default 1
  int32_t batch_first;   // 1: sequences are [batch, time, ...]; default 0: [time, batch, ...]
  double dropout;        // in training, of the outputs of all layers but the last; default 0
  int32_t bidirectional; // 1: a second direction from the end to the beginning; default 0
  int32_t nonlinearity;  // RNN: TW_RNN_...; default TW_RNN_TANH
  int64_t proj_size;     // LSTM: the size that h is projected to; default 0: no projection
  int32_t peephole;      // LSTM: 1: the gates see c; default 0
  int32_t reset_after;   // GRU: 0: the reset gate acts on h, before the product with it; default 1
  double forget_bias;    // LSTM: what the forget gate's biases start with in sum; default NaN: as others
  int32_t
      return_sequences; // 0: tw_module_forward gives the last state of the top layer; default 1: all steps
  int32_t mask_zero;    // 1: without lengths, steps of zeros at a sequence's end are padding; default 0
  int32_t dtype;        // TW_FLOAT32 or TW_FLOAT64
} tw_recurrent_options;

// Where tw_fit stands, as its callback hears it. Accuracies are shares from 0 to 1, NaN where targets are no
// classes; so is what is not known yet.
typedef struct tw_fit_progress {
  size_t struct_size;
  int32_t event;  // TW_FIT_RUNNING, ...
  int64_t epoch;  // from 1
  int64_t epochs; // that there will be
  int64_t batch;  // training batches of this epoch that are done
  int64_t batches;
  double loss; // means over this epoch's training batches so far
  double accuracy;
  double validation_loss; // of this epoch, once it has ended
  double validation_accuracy;
  double seconds;      // since training began
  double seconds_left; // an estimate
} tw_fit_progress;

// What an epoch of tw_fit came to: means over its batches. Accuracies are shares from 0 to 1, NaN where
// targets are no classes; without validation its two are NaN.
typedef struct tw_epoch_result {
  double loss; // computed before each step, thus with parameters that change meanwhile
  double accuracy;
  double validation_loss;
  double validation_accuracy;
  double seconds; // with validation
} tw_epoch_result;

// How large a layer's gradients are: tw_module_layer_gradients. Norms are Euclidean; what is not there is
// NaN.
typedef struct tw_layer_gradient {
  const char *name;       // joined by dots, "" for the root; lives as long as the module
  const char *type_name;  // such as "Linear"; lives as long as the module
  double activation_norm; // of the layer's output
  double activation_gradient_norm;
  double weight_norm; // of the layer's own parameters as if they were one vector
  double weight_gradient_norm;
} tw_layer_gradient;

// Mini-batches of a data set: tw_loader_open, tw_loader_from_tensors, tw_loader_from_sequences.
typedef struct tw_loader_options {
  size_t struct_size;
  int64_t batch_size;   // samples in a batch; default 1
  int32_t shuffle;      // 1: every epoch has a random order of its own; default 0
  uint64_t seed;        // decides the order, with the epoch's number; default 0
  int32_t drop_last;    // 1: samples at the end that do not fill a batch are left out; default 0
  int64_t limit;        // only so many samples at the beginning of the data are used; 0, the default: all
  int64_t window_bytes; // files: memory for samples; half of it is shuffled at a time; default 64 MiB
  int64_t prefetch;     // files: batches made ahead, by a thread of the loader's own; 0: no thread; default 2
  // Files: bit i says that data set i comes as float32, value * scale + offset, which are its attributes: 1
  // and 0 where absent, 1 / 255 for uint8 with neither. Default 0: all as stored.
  uint64_t scaled;
  // Sequences:
  double pad_value;        // stands behind a sequence's end in the first array; default 0
  double target_pad_value; // and in the others; -100 are classes that no loss counts; default 0
  int32_t time_first;      // 1: batches are [T, B, ...]; default 0
  int32_t lengths;         // 1, the default: a batch ends with lengths, int64 [B], one for each list of them
  int32_t mask;            // 1: it then has a bool [B, T], true at the steps of the first array; default 0
} tw_loader_options;

// How a data set lies in its file: tw_writer_define, tw_writer_write.
typedef struct tw_writer_options {
  size_t struct_size;
  int64_t chunk_rows; // samples in a chunk; 0, the default: chosen, no chunks where none are needed
  int32_t gzip;       // 1 to 9: compressed, at this level; 0, the default: not
  int32_t shuffle; // 1, the default: bytes are sorted by their places in numbers before they are compressed
  int32_t fletcher32; // 1: each chunk has a checksum; default 0
  int32_t extendible; // 1: rows can be appended later; default 0
} tw_writer_options;

// Which checkpoints of a folder stay: tw_checkpoint_keep.
typedef struct tw_checkpoint_options {
  size_t struct_size;
  int64_t keep_last;        // so many of the last; 0: all; default 3
  double score;             // how good this one is; default NaN: not known
  int32_t larger_is_better; // of scores; default 0
  int32_t in_background;    // 1: written on a thread of the library's; default 0
} tw_checkpoint_options;

// How a text is cut: tw_text_loader_create.
typedef struct tw_text_loader_options {
  size_t struct_size;
  double first;       // the part that is used begins at this share of the text's length; default 0
  double last;        // and ends before this one; default 1
  int32_t drop_last;  // 1: a last chunk that is shorter is left out; default 0
  int32_t time_first; // 1: batches are [length, batch_size]; default 0
} tw_text_loader_options;

// Gives a loader's next batch: new references to inputs and targets, or neither at the end of an epoch;
// returns TW_OK or a status. `begins_epoch` is 1 for the first batch of an epoch.
typedef tw_status (*tw_batch_callback)(int32_t begins_epoch, tw_tensor_t *input, tw_tensor_t *target,
                                       void *user_data);
// Changes a batch on its way out of a loader (tw_loader_add_callback): reads its arrays (borrowed) and writes
// a new reference to outputs[i] for each that it replaces, with the same samples. `seed`, to draw random
// numbers from, depends on the loader's seed, epoch and place alone. Returns TW_OK or a status. A loader with
// a thread of its own calls it there.
typedef tw_status (*tw_transform_callback)(const tw_tensor_t *arrays, size_t count, uint64_t seed,
                                           tw_tensor_t *outputs, void *user_data);
// Says which samples an epoch of a loader has (tw_loader_set_sampler): writes a new reference to their
// numbers, int64 [n], to *samples, and may write one to the sizes of batches, int64 with the sum n, to
// *sizes. Returns TW_OK or a status.
typedef tw_status (*tw_sampler_callback)(int64_t epoch, tw_tensor_t *samples, tw_tensor_t *sizes,
                                         void *user_data);
// Hears how training goes: at the end of each batch and epoch, and about every 50 ms between layers. TW_OK:
// go on; anything else ends training. It may use the module, but must not train it.
typedef tw_status (*tw_fit_callback)(const tw_fit_progress *progress, void *user_data);
// A loss of the caller's own: writes a new reference to *loss, a scalar, the mean over the batch; returns
// TW_OK or a status. `output` and `target` are borrowed.
typedef tw_status (*tw_loss_callback)(tw_tensor_t output, tw_tensor_t target, tw_tensor_t *loss,
                                      void *user_data);

// Called by tw_tbptt behind each window's backward pass with its loss: to clip and to step, for instance.
// Anything but TW_OK stops.
typedef tw_status (*tw_window_callback)(double loss, void *user_data);

// Backpropagation through time that is cut: tw_tbptt.
typedef struct tw_tbptt_options {
  size_t struct_size;
  int64_t tau;  // how many steps gradients go back (k2); default 0: all
  int64_t k1;   // after how many steps they do; default 0: tau
  int32_t dim;  // the dimension of time; default 0
  int32_t loss; // TW_LOSS_*; default TW_LOSS_CROSS_ENTROPY
  // 1, the default: losses are means over their steps, so the sum counts each by its share of all steps; 0:
  // they are added as they are.
  int32_t mean;
  tw_loss_callback loss_callback; // not NULL: used instead of `loss`
  tw_window_callback after;       // default NULL
  void *user_data;                // of both callbacks
} tw_tbptt_options;

// Training: tw_fit.
typedef struct tw_fit_options {
  size_t struct_size;
  int64_t epochs;                  // default 1
  tw_loader_t validation;          // evaluated after each epoch; default NULL: none
  int32_t loss;                    // TW_LOSS_*; default TW_LOSS_CROSS_ENTROPY
  int32_t stop_on_non_finite_loss; // 1, the default: such a loss is an error, and its step is not taken
  tw_loss_callback loss_callback;  // not NULL: used instead of `loss`
  tw_fit_callback callback;        // default NULL
  void *user_data;                 // of both callbacks
  int32_t monitor;                 // TW_MONITOR_*: the number that `patience` and `best_path` watch
  int32_t restore_best;            // 1: in the end the module is that of its best epoch; default 0
  int64_t patience;                // epochs without progress after which training ends; default 0: never
  double min_delta;                // what is less is no progress; default 0
  const char *best_path;           // a model file that is written after each epoch that is the best so far
  tw_checkpoint_t checkpoint;      // kept in `checkpoint_folder` and gone on from; default NULL
  const char *checkpoint_folder;
  int64_t checkpoint_every; // batches between two checkpoints; 0, the default: at the end of each epoch alone
  const tw_checkpoint_options *checkpoint_options; // default NULL; the score is the number of `monitor`
} tw_fit_options;

#ifdef __cplusplus
}
#endif
