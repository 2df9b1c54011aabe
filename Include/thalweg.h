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

#ifndef THALWEG_H
#define THALWEG_H

#include <stddef.h>
#include <stdint.h>

#ifndef TW_API
#if defined(__GNUC__)
#define TW_API __attribute__((visibility("default")))
#else
#define TW_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

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

// ---------------------------------------------------------------------------------------------------------
// Version

// The major version: programs built against another one do not work with this library.
//
// Threads: any.
TW_API int32_t tw_version_major(void);

// The minor version: grows when functions are added.
//
// Threads: any.
TW_API int32_t tw_version_minor(void);

// The patch version: grows when only behaviour is mended.
//
// Threads: any.
TW_API int32_t tw_version_patch(void);

// The version as "major.minor.patch". The string is the library's and lives for ever.
//
// Threads: any.
TW_API const char *tw_version_string(void);

// The instruction set whose kernels are in use: "baseline", "v3" (AVX2 and FMA) or "v4" (AVX-512). Chosen at
// the start as the best that CPU and system have; the environment variable THALWEG_ISA overrides it with one
// of these names. The string is the library's and lives for ever.
//
// Threads: any.
TW_API tw_status tw_instruction_set(const char **out);

// The LAPACK that decomposes larger matrices and solves with them, as it was opened, such as
// "liblapack.so.3"; NULL where the library's own forms do that. Looked for once, at the first call that could
// use it, this one too. The environment variable THALWEG_LAPACK names a library to use instead, or with "off"
// none. Results of the two differ by rounding, so with "off" they do not depend on what the machine has.
// Where it is OpenBLAS (0.3.24 or later) or MKL it is asked to compute on one thread; other libraries may
// start threads of their own.
//
// Threads: any. The string is the library's and lives for ever.
TW_API tw_status tw_lapack(const char **out);

// ---------------------------------------------------------------------------------------------------------
// Errors and log

// What went wrong in this thread's latest call that failed: one sentence that names the function, what came
// and what would have been right. Empty before the first failure. Valid until the next call that fails on
// this thread.
//
// Threads: any.
TW_API const char *tw_last_error(void);

// A status as a word: "ok", "shape", "out of memory", ... The string is the library's and lives for ever.
//
// Threads: any.
TW_API const char *tw_status_name(tw_status status);

// Sets the function that receives what the library has to say, for the whole process; NULL switches it off,
// as it is at the start. The library itself never prints. The callback may come from any thread that calls
// the library.
//
// Threads: any.
TW_API tw_status tw_set_log_callback(tw_log_callback callback, void *user_data);

// ---------------------------------------------------------------------------------------------------------
// Threads

// Sets how many threads the library computes with, the calling one included: 1 to 256. The start is
// THALWEG_NUM_THREADS, else the number of CPUs this process may run on. Results do not depend on it, to the
// bit.
//
// Threads: any.
TW_API tw_status tw_set_num_threads(int32_t count);

// How many threads the library computes with.
//
// Threads: any.
TW_API tw_status tw_get_num_threads(int32_t *out);

// With 1, kernels compute with subnormal numbers flushed to zero; with 0, as at the start, they do not.
// Gradients that vanish run into subnormals, which are many times slower. The caller's own floating-point
// mode is never left changed.
//
// Threads: any.
TW_API tw_status tw_set_flush_denormals(int32_t enabled);

// ---------------------------------------------------------------------------------------------------------
// Recording of derivatives

// Whether operations on this thread record a graph of derivatives: 1 at a thread's start, 0 for evaluation
// and for changes of parameters in place. `previous`, if not NULL, receives what it was.
//
// Threads: any; the setting is the calling thread's own.
TW_API tw_status tw_set_grad_enabled(int32_t enabled, int32_t *previous);

// Whether this thread records.
//
// Threads: any.
TW_API tw_status tw_is_grad_enabled(int32_t *out);

// ---------------------------------------------------------------------------------------------------------
// Memory

// Fills `allocator` with no functions. `struct_size` is sizeof(tw_allocator).
//
// Threads: any.
TW_API tw_status tw_allocator_init(tw_allocator *allocator, size_t struct_size);

// Sets where tensors, workspaces and buffers come from; NULL for the C library's memory, as at the start.
// What is in use goes back to the allocator that made it. When the allocator returns NULL, the call that
// needed memory returns TW_ERROR_OUT_OF_MEMORY. Small bookkeeping objects come from malloc, whose failure
// ends the process.
//
// Threads: any.
TW_API tw_status tw_set_allocator(const tw_allocator *allocator);

// Fills `stats` with zeros. `struct_size` is sizeof(tw_memory_stats).
//
// Threads: any.
TW_API tw_status tw_memory_stats_init(tw_memory_stats *stats, size_t struct_size);

// What memory the library uses. `out` was filled by tw_memory_stats_init. Exact while no other thread
// allocates.
//
// Threads: any.
TW_API tw_status tw_get_memory_stats(tw_memory_stats *out);

// Makes the bytes in use now the peak.
//
// Threads: any.
TW_API tw_status tw_reset_peak_memory(void);

// Gives the memory that is kept for reuse back to the allocator.
//
// Threads: any.
TW_API tw_status tw_trim_memory(void);

// Begins (1) or ends (0) an account of which operations' memory is in use when most is. Beginning forgets the
// account before. Each block costs some tens of nanoseconds more meanwhile.
//
// Threads: any.
TW_API tw_status tw_set_memory_profiling(int32_t enabled);

// How many operations had memory in use at the moment, since tw_set_memory_profiling began, when most was in
// use.
//
// Threads: any.
TW_API tw_status tw_memory_profile_count(size_t *out);

// Operation `index` of those, from the one with the most bytes on: its name, such as "conv2d" (or "before":
// what was in use already when the account began), and how many bytes in how many blocks it had.
//
// Threads: any, while no account is running. `out_operation`: borrowed.
TW_API tw_status tw_memory_profile_at(size_t index, const char **out_operation, int64_t *out_bytes,
                                      int64_t *out_blocks);

// ---------------------------------------------------------------------------------------------------------
// Making tensors

// A tensor with a copy of `data`: row-major elements of `dtype` (TW_FLOAT32 ...). `shape` has `rank` sizes,
// at most 8; rank 0 is a scalar, and `shape` may then be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_from_data(const void *data, int32_t dtype, const int64_t *shape, size_t rank,
                                     tw_tensor_t *out);

// A tensor that shares the caller's memory. `strides`, in elements, say how far neighbours along each
// dimension are apart (not negative); NULL means row-major. `deleter`, which may be NULL, is called with
// `data` and `user_data` when the last tensor that shares the memory is gone, on whatever thread that
// happens; not if this call fails. The memory must be aligned to its element size and, for TW_BOOL, hold 0
// and 1 only.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_from_foreign(void *data, int32_t dtype, const int64_t *shape,
                                        const int64_t *strides, size_t rank, tw_deleter deleter,
                                        void *user_data, tw_tensor_t *out);

// A tensor whose elements are whatever the memory held.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_empty(const int64_t *shape, size_t rank, int32_t dtype, tw_tensor_t *out);

// A tensor of zeros.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_zeros(const int64_t *shape, size_t rank, int32_t dtype, tw_tensor_t *out);

// A tensor of ones.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ones(const int64_t *shape, size_t rank, int32_t dtype, tw_tensor_t *out);

// A tensor whose elements are all `value`, converted to `dtype`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_full(const int64_t *shape, size_t rank, double value, int32_t dtype,
                                tw_tensor_t *out);

// A tensor of rank 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_scalar(double value, int32_t dtype, tw_tensor_t *out);

// The numbers start, start + step, ... up to but without `end`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_arange(double start, double end, double step, int32_t dtype, tw_tensor_t *out);

// `steps` numbers from `start` to `end`, both included, at equal distances.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_linspace(double start, double end, int64_t steps, int32_t dtype, tw_tensor_t *out);

// base^x for `steps` numbers x from `start` to `end`, both included, at equal distances.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logspace(double start, double end, int64_t steps, double base, int32_t dtype,
                                    tw_tensor_t *out);

// A matrix [rows, columns] of ones on the diagonal and zeros elsewhere.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_eye(int64_t rows, int64_t columns, int32_t dtype, tw_tensor_t *out);

// Gives back a reference to a tensor. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_tensor_release(tw_tensor_t tensor);

// ---------------------------------------------------------------------------------------------------------
// Looking at tensors

// The dtype, TW_FLOAT32 to TW_BOOL.
//
// Threads: any.
TW_API tw_status tw_tensor_dtype(tw_tensor_t tensor, int32_t *out);

// The number of dimensions, 0 for a scalar.
//
// Threads: any.
TW_API tw_status tw_tensor_rank(tw_tensor_t tensor, size_t *out);

// The number of elements, 1 for a scalar.
//
// Threads: any.
TW_API tw_status tw_tensor_numel(tw_tensor_t tensor, int64_t *out);

// Writes the size of each dimension to `out`, which has room for `capacity` of them, at least the rank. `out`
// may be NULL for a scalar.
//
// Threads: any.
TW_API tw_status tw_tensor_shape(tw_tensor_t tensor, int64_t *out, size_t capacity);

// Writes the stride of each dimension, in elements, to `out`, which has room for `capacity` of them, at least
// the rank. `out` may be NULL for a scalar.
//
// Threads: any.
TW_API tw_status tw_tensor_strides(tw_tensor_t tensor, int64_t *out, size_t capacity);

// Whether the elements lie in row-major order without gaps: 0 or 1.
//
// Threads: any.
TW_API tw_status tw_tensor_is_contiguous(tw_tensor_t tensor, int32_t *out);

// The address of the first element; the others are where the strides say. Valid while the tensor, or another
// one over the same elements, lives. Writing through it is not noticed by the graph of derivatives.
//
// Threads: any. `out`: borrowed.
TW_API tw_status tw_tensor_data(tw_tensor_t tensor, void **out);

// The element of a tensor that has exactly one.
//
// Threads: any.
TW_API tw_status tw_tensor_item(tw_tensor_t tensor, double *out);

// The element of an integer or bool tensor that has exactly one.
//
// Threads: any.
TW_API tw_status tw_tensor_item_int64(tw_tensor_t tensor, int64_t *out);

// Copies all elements, row-major, to `buffer`, which must have exactly as many bytes as they take.
//
// Threads: any.
TW_API tw_status tw_tensor_copy_to(tw_tensor_t tensor, void *buffer, size_t byte_count);

// ---------------------------------------------------------------------------------------------------------
// Changing tensors in place

// Sets every element to `value`. Not for a tensor that is part of a graph of derivatives.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_fill(tw_tensor_t tensor, double value);

// Copies the elements of `source`, broadcast to the tensor's shape and converted to its dtype. Not for a
// tensor that is part of a graph of derivatives.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_copy_from(tw_tensor_t tensor, tw_tensor_t source);

// ---------------------------------------------------------------------------------------------------------
// Random numbers

// Starts the default generator again with `seed`. The same calls in the same order then give the same
// numbers, to the bit, for any number of threads.
//
// Threads: any.
TW_API tw_status tw_manual_seed(uint64_t seed);

// A generator of its own: a stream of Philox 4x32-10 (Salmon et al. 2011) that starts with `seed`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_generator_create(uint64_t seed, tw_generator_t *out);

// Gives back a reference to a generator. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_generator_release(tw_generator_t generator);

// Uniform random numbers in [0, 1), of a float dtype. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rand(const int64_t *shape, size_t rank, int32_t dtype, tw_generator_t generator,
                                tw_tensor_t *out);

// Normal random numbers of mean 0 and variance 1, of a float dtype. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_randn(const int64_t *shape, size_t rank, int32_t dtype, tw_generator_t generator,
                                 tw_tensor_t *out);

// Random whole numbers from `low` up to but without `high`, each as likely as any other, of any dtype but
// TW_BOOL. At most 2^53 numbers may lie between. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_randint(int64_t low, int64_t high, const int64_t *shape, size_t rank,
                                   int32_t dtype, tw_generator_t generator, tw_tensor_t *out);

// For each probability in `tensor`, of a float dtype, 1 with that probability, else 0. `generator` NULL is
// the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bernoulli(tw_tensor_t tensor, tw_generator_t generator, tw_tensor_t *out);

// A random order of the numbers 0 to n - 1, int64. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_randperm(int64_t n, tw_generator_t generator, tw_tensor_t *out);

// Places drawn with probabilities in proportion to the rows of `tensor`, of a float dtype: [C] gives
// [num_samples], [N, C] gives [N, num_samples], int64. Weights need not sum to 1. With `replacement` 0 the
// places of a row are all different. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_multinomial(tw_tensor_t tensor, int64_t num_samples, int32_t replacement,
                                       tw_generator_t generator, tw_tensor_t *out);

// The next symbols of generated sequences: for logits [..., C] places [...], int64, drawn with probabilities
// softmax(tensor / temperature); the most probable at temperature 0. Only the `top_k` most probable are drawn
// from (0: all), and of those only the smallest number whose probabilities sum to `top_p` at least (1: all).
// A logit of minus infinity is never drawn; NaN and infinity are errors. `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sample(tw_tensor_t tensor, double temperature, int64_t top_k, double top_p,
                                  tw_generator_t generator, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Exchange of tensors with other libraries

// A DLManagedTensor (DLPack 0.8) that shares the tensor's elements. Whoever takes it calls its deleter once.
//
// Threads: any. `out`: new, the caller's.
TW_API tw_status tw_tensor_to_dlpack(tw_tensor_t tensor, void **out);

// A tensor that shares the elements of a DLManagedTensor (DLPack 0.8) on the CPU. On success the tensor owns
// it and calls its deleter in the end; on failure it still belongs to the caller.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_from_dlpack(void *managed, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Views and copies

// The same elements in row-major order at another shape; one size may be -1 and is worked out. Shares memory
// where it can.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_reshape(tw_tensor_t a, const int64_t *shape, size_t rank, tw_tensor_t *out);

// Two dimensions exchanged. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_transpose(tw_tensor_t a, int64_t dim0, int64_t dim1, tw_tensor_t *out);

// The dimensions in another order: dimension i of the result is dimension dims[i] of a. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_permute(tw_tensor_t a, const int64_t *dims, size_t dim_count, tw_tensor_t *out);

// Repeated along dimensions of size 1 and along new ones in front, without a copy; -1 keeps a size. Shares
// memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_expand(tw_tensor_t a, const int64_t *shape, size_t rank, tw_tensor_t *out);

// The dimensions from `start_dim` to `end_dim`, both included, merged into one. Shares memory where it can.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_flatten(tw_tensor_t a, int64_t start_dim, int64_t end_dim, tw_tensor_t *out);

// Without the dimensions of size 1: those of `dims`, or all if `dims` is NULL. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_squeeze(tw_tensor_t a, const int64_t *dims, size_t dim_count, tw_tensor_t *out);

// With a dimension of size 1 put before dimension `dim`; -1 puts it last. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_unsqueeze(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// The part at `index` along dimension `dim`, without that dimension. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_select(tw_tensor_t a, int64_t dim, int64_t index, tw_tensor_t *out);

// The indices start, start + step, ... below `end` along dimension `dim`, as Python's slices; `step` is
// positive. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_slice(tw_tensor_t a, int64_t dim, int64_t start, int64_t end, int64_t step,
                                 tw_tensor_t *out);

// As `tw_tensor_reshape`, but an error where the strides do not allow it without a copy. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_view(tw_tensor_t a, const int64_t *shape, size_t rank, tw_tensor_t *out);

// Dimension `dim` split into several; one size may be -1 and is worked out. Shares memory where it can.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_unflatten(tw_tensor_t a, int64_t dim, const int64_t *sizes, size_t size_count,
                                     tw_tensor_t *out);

// The dimensions `source` moved to the places `destination`, the others in their order. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_movedim(tw_tensor_t a, const int64_t *source, size_t source_count,
                                   const int64_t *destination, size_t destination_count, tw_tensor_t *out);

// The elements [i, i + offset] of the plane of two dimensions, as a new last dimension. Shares memory.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diagonal(tw_tensor_t a, int64_t offset, int64_t dim1, int64_t dim2,
                                    tw_tensor_t *out);

// All windows of `size` elements along a dimension, `step` apart: their number in its place, their elements
// as a new last dimension. A copy.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_unfold(tw_tensor_t a, int64_t dim, int64_t size, int64_t step, tw_tensor_t *out);

// The parts of the given sizes, which add up to that of the dimension, along dimension `dim`. Share memory.
//
// Threads: any. `outs`: room for `size_count` handles; new references.
TW_API tw_status tw_tensor_split(tw_tensor_t a, const int64_t *sizes, size_t size_count, int64_t dim,
                                 tw_tensor_t *outs);

// `chunks` parts along dimension `dim`, equal but for a smaller last one; fewer where the dimension is too
// small. Share memory.
//
// Threads: any. `outs`: room for `chunks` handles; new references. `out_count`: how many were written.
TW_API tw_status tw_tensor_chunk(tw_tensor_t a, int64_t chunks, int64_t dim, tw_tensor_t *outs,
                                 size_t *out_count);

// The same elements in new memory, row-major.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_clone(tw_tensor_t a, tw_tensor_t *out);

// The tensor itself, with one more reference, if it is row-major, else a clone.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_contiguous(tw_tensor_t a, tw_tensor_t *out);

// The same elements in the same memory, cut off from the graph of derivatives.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_detach(tw_tensor_t a, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Joined, moved and repeated

// The tensors, `count` of them, one behind the other along dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cat(const tw_tensor_t *tensors, size_t count, int64_t dim, tw_tensor_t *out);

// The tensors, `count` of one shape, side by side along a new dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_stack(const tw_tensor_t *tensors, size_t count, int64_t dim, tw_tensor_t *out);

// The order of the elements along the given dimensions reversed, copied.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_flip(tw_tensor_t a, const int64_t *dims, size_t dim_count, tw_tensor_t *out);

// The elements moved by `shifts` along `dims`, one each; those that leave at one end come in at the other.
// Without `dims` the flattened tensor is moved, by one shift.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_roll(tw_tensor_t a, const int64_t *shifts, size_t shift_count, const int64_t *dims,
                                size_t dim_count, tw_tensor_t *out);

// Turned `k` times by 90 degrees in the plane of two dimensions, from `dim0` towards `dim1`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rot90(tw_tensor_t a, int64_t k, int64_t dim0, int64_t dim1, tw_tensor_t *out);

// The tensor side by side with itself, repeats[i] times along dimension i; more repeats make new dimensions
// in front.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_repeat(tw_tensor_t a, const int64_t *repeats, size_t repeat_count,
                                  tw_tensor_t *out);

// Each part along `dim` (NULL: element of the flattened tensor) as many times in a row as `repeats` says: one
// number a part, or one for all.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_repeat_interleave(tw_tensor_t a, tw_tensor_t repeats, const int64_t *dim,
                                             tw_tensor_t *out);

// The last two dimensions' elements on and below a diagonal, 0 above it.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tril(tw_tensor_t a, int64_t diagonal, tw_tensor_t *out);

// The last two dimensions' elements on and above a diagonal, 0 below it.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_triu(tw_tensor_t a, int64_t diagonal, tw_tensor_t *out);

// The diagonal of a matrix, or the matrix with a vector as its diagonal.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diag(tw_tensor_t a, int64_t diagonal, tw_tensor_t *out);

// Matrices in the plane of two new dimensions with the last dimension as their diagonal, 0 elsewhere.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diag_embed(tw_tensor_t a, int64_t offset, int64_t dim1, int64_t dim2,
                                      tw_tensor_t *out);

// Room around the tensor, or for negative numbers less of it. `pads`: for the last dimension what goes before
// and after it, then for the one before, and so on. `pad_mode`: TW_PAD_...; `value` is for TW_PAD_CONSTANT.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pad(tw_tensor_t a, const int64_t *pads, size_t pad_count, int32_t pad_mode,
                               double value, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Indexing

// The elements that index tensors choose, as NumPy's a[i, j]: `indices` has one entry a dimension, NULL (or
// none at the end) for a dimension kept whole. Entries are int64 or int32, negative ones count from the end,
// and are broadcast against each other; or bool, which stands for the coordinates of its true elements. The
// broadcast dimensions stand where the first entry was if the entries lie side by side, else in front.
// Copied.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index(tw_tensor_t a, const tw_tensor_t *indices, size_t index_count,
                                 tw_tensor_t *out);

// The tensor with the elements that index tensors choose, see `tw_tensor_index`, replaced by `values`, which
// are broadcast; or, where `accumulate` is not 0, with the values added to them.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_put(tw_tensor_t a, const tw_tensor_t *indices, size_t index_count,
                                     tw_tensor_t values, int32_t accumulate, tw_tensor_t *out);

// As `tw_tensor_index_put`, in place; the values are converted to the tensor's dtype. Not for tensors that
// belong to a graph of derivatives.
//
// Threads: one that has the tensor to itself.
TW_API tw_status tw_tensor_set_at(tw_tensor_t a, const tw_tensor_t *indices, size_t index_count,
                                  tw_tensor_t values, int32_t accumulate);

// The parts at the given indices (int64 or int32, one dimension) along dimension `dim`, copied.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_select(tw_tensor_t a, int64_t dim, tw_tensor_t indices, tw_tensor_t *out);

// The tensor with the parts of `source`, times `alpha`, added at the given indices along dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_add(tw_tensor_t a, int64_t dim, tw_tensor_t indices, tw_tensor_t source,
                                     double alpha, tw_tensor_t *out);

// The tensor with the parts of `source` in the place of its own at the given indices along dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_copy(tw_tensor_t a, int64_t dim, tw_tensor_t indices, tw_tensor_t source,
                                      tw_tensor_t *out);

// The tensor with all elements at the given indices along dimension `dim` set to `value`, a scalar tensor.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_fill(tw_tensor_t a, int64_t dim, tw_tensor_t indices, tw_tensor_t value,
                                      tw_tensor_t *out);

// The elements a[i, index[i, j, k], k] (for dimension 1), in the shape of `index`, which is no larger than a
// along the other dimensions.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_gather(tw_tensor_t a, int64_t dim, tw_tensor_t index, tw_tensor_t *out);

// The tensor with src[i, j, k] in the place of element [i, index[i, j, k], k] (for dimension 1). `src` is at
// least as large as `index` along every dimension, or a scalar for all.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_scatter(tw_tensor_t a, int64_t dim, tw_tensor_t index, tw_tensor_t src,
                                   tw_tensor_t *out);

// As `tw_tensor_scatter`, but adds.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_scatter_add(tw_tensor_t a, int64_t dim, tw_tensor_t index, tw_tensor_t src,
                                       tw_tensor_t *out);

// As `tw_tensor_scatter`, but multiplies.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_scatter_multiply(tw_tensor_t a, int64_t dim, tw_tensor_t index, tw_tensor_t src,
                                            tw_tensor_t *out);

// The elements at the given places of the flattened tensor, in the shape of `index`; negative ones count from
// the end.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_take(tw_tensor_t a, tw_tensor_t index, tw_tensor_t *out);

// The elements at the given indices along `dim`, the other dimensions broadcast; NULL stands for the
// flattened tensor.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_take_along_dim(tw_tensor_t a, tw_tensor_t indices, const int64_t *dim,
                                          tw_tensor_t *out);

// The tensor with `value`, a scalar tensor, where `mask`, of bool and broadcast, is true.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_masked_fill(tw_tensor_t a, tw_tensor_t mask, tw_tensor_t value, tw_tensor_t *out);

// The elements where `mask`, of bool and broadcast, is true, in one dimension.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_masked_select(tw_tensor_t a, tw_tensor_t mask, tw_tensor_t *out);

// The tensor with its elements where `mask` is true replaced by the first ones of `source`, row-major.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_masked_scatter(tw_tensor_t a, tw_tensor_t mask, tw_tensor_t source,
                                          tw_tensor_t *out);

// The indices of the elements that are not 0, a row each: [count, rank] of int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nonzero(tw_tensor_t a, tw_tensor_t *out);

// Which class each element is: 1 at its index in a new last dimension of `class_total`, 0 elsewhere; NULL for
// one more than the largest index.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_one_hot(tw_tensor_t a, const int64_t *class_total, tw_tensor_t *out);

// The rows of `weight` [count, size] at the given indices. The row `padding_idx` (NULL: none) gets no
// gradient; where `scale_grad_by_freq` is not 0, a row that occurs several times gets the mean of its
// gradients.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_embedding(tw_tensor_t a, tw_tensor_t weight, const int64_t *padding_idx,
                                     int32_t scale_grad_by_freq, tw_tensor_t *out);

// Shortens, in place, the rows of a matrix at the given indices whose `p`-norm is above `max_norm` to that.
//
// Threads: one that has the tensor to itself.
TW_API tw_status tw_tensor_renormalize_rows(tw_tensor_t a, tw_tensor_t indices, double max_norm, double p);

// ---------------------------------------------------------------------------------------------------------
// Scatter with reductions, combinations, scans and statistics

// y[i, index[i, j, k], k] is the sum (product, mean, largest, smallest: `scatter_mode`, one of TW_SCATTER_*)
// of all src[i, j, k] that go there (for dimension 1) and, with `include_self` 1, of a's element there; other
// places keep a's.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_scatter_reduce(tw_tensor_t a, int64_t dim, tw_tensor_t index, tw_tensor_t src,
                                          int32_t scatter_mode, int32_t include_self, tw_tensor_t *out);

// As tw_tensor_scatter_reduce with whole parts of `source` along dimension `dim`, one for each index.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_index_reduce(tw_tensor_t a, int64_t dim, tw_tensor_t indices, tw_tensor_t source,
                                        int32_t scatter_mode, int32_t include_self, tw_tensor_t *out);

// The tensor with the elements at the given places of the flattened tensor replaced by those of `source` or,
// with `accumulate` 1, with these added to them; negative places count from the end.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_put(tw_tensor_t a, tw_tensor_t indices, tw_tensor_t source, int32_t accumulate,
                               tw_tensor_t *out);

// The tensor with `source` in the place of its slice; see tw_tensor_slice.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_slice_scatter(tw_tensor_t a, tw_tensor_t source, int64_t dim, int64_t start,
                                         int64_t end, int64_t step, tw_tensor_t *out);

// The tensor with `source` in the place of its part at `index` along dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_select_scatter(tw_tensor_t a, tw_tensor_t source, int64_t dim, int64_t index,
                                          tw_tensor_t *out);

// The tensor with `source` in the place of its diagonal; see tw_tensor_diagonal.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diagonal_scatter(tw_tensor_t a, tw_tensor_t source, int64_t offset, int64_t dim1,
                                            int64_t dim2, tw_tensor_t *out);

// A matrix with the given matrices on its diagonal, corner to corner; vectors count as rows, scalars as 1 x
// 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_block_diag(const tw_tensor_t *tensors, size_t count, tw_tensor_t *out);

// All ways to take one element of each vector, a row each.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cartesian_prod(const tw_tensor_t *tensors, size_t count, tw_tensor_t *out);

// All ways to take `r` elements of a vector in its order, a row each; with `with_replacement` 1 an element
// several times.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_combinations(tw_tensor_t a, int64_t r, int32_t with_replacement, tw_tensor_t *out);

// The powers of each element as a new last dimension, `n` of them (NULL: as many as the last dimension is
// long): the highest first or, with `increasing` 1, last.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_vander(tw_tensor_t a, const int64_t *n, int32_t increasing, tw_tensor_t *out);

// The vector product of vectors of three elements along dimension `dim`; the other dimensions broadcast.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cross_along(tw_tensor_t a, tw_tensor_t b, int64_t dim, tw_tensor_t *out);

// A matrix with the flattened tensor on a diagonal, 0 elsewhere.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diagflat(tw_tensor_t a, int64_t offset, tw_tensor_t *out);

// The coordinates of the elements of a matrix [rows, columns] on and below a diagonal: [2, count].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tril_indices(int64_t row, int64_t col, int64_t offset, int32_t dtype,
                                        tw_tensor_t *out);

// The coordinates of the elements of a matrix [rows, columns] on and above a diagonal: [2, count].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_triu_indices(int64_t row, int64_t col, int64_t offset, int32_t dtype,
                                        tw_tensor_t *out);

// The largest element up to each place along dimension `dim`, and the last index at which it was, int64.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_cummax(tw_tensor_t a, int64_t dim, tw_tensor_t *values, tw_tensor_t *indices);

// The smallest element up to each place along dimension `dim`, and the last index at which it was, int64.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_cummin(tw_tensor_t a, int64_t dim, tw_tensor_t *values, tw_tensor_t *indices);

// The logarithm of the running sum of e^a along dimension `dim`, without overflow. Floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logcumsumexp(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// The differences of neighbours along dimension `dim`, taken `n` times; `prepend` and `append`, unless NULL,
// are put to the ends first.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_diff(tw_tensor_t a, int64_t n, int64_t dim, tw_tensor_t prepend,
                                tw_tensor_t append, tw_tensor_t *out);

// The integral along dimension `dim` by trapezoids: at positions `x` or, where that is NULL, positions `dx`
// apart.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_trapezoid(tw_tensor_t a, tw_tensor_t x, double dx, int64_t dim, tw_tensor_t *out);

// The integral up to each place; see tw_tensor_trapezoid.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cumulative_trapezoid(tw_tensor_t a, tw_tensor_t x, double dx, int64_t dim,
                                                tw_tensor_t *out);

// The matrix of covariances of the rows, a variable each, over the columns, an observation each, whose number
// less `correction` it is divided by. Observations count as often as `fweights` and as much as `aweights`
// say, unless NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cov(tw_tensor_t a, int64_t correction, tw_tensor_t fweights, tw_tensor_t aweights,
                               tw_tensor_t *out);

// The matrix of correlations of the rows.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_corrcoef(tw_tensor_t a, tw_tensor_t *out);

// The tensor with each part along dimension `dim` whose `p`-norm is above `maxnorm` shortened to that.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_renorm(tw_tensor_t a, double p, int64_t dim, double maxnorm, tw_tensor_t *out);

// The `p`-norm of a - b.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_dist(tw_tensor_t a, tw_tensor_t b, double p, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Order, quantiles and counts

// The elements along dimension `dim` in ascending or, with `descending` 1, descending order, and where they
// were, int64. NaN counts as greater than all numbers; equal elements stay in their order.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_sort(tw_tensor_t a, int64_t dim, int32_t descending, tw_tensor_t *values,
                                tw_tensor_t *indices);

// The indices that sort the tensor along dimension `dim`; see tw_tensor_sort.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_argsort(tw_tensor_t a, int64_t dim, int32_t descending, tw_tensor_t *out);

// The `k` largest or, with `largest` 0, smallest elements along dimension `dim`, in that order, and where
// they were, int64.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_topk(tw_tensor_t a, int64_t k, int64_t dim, int32_t largest, tw_tensor_t *values,
                                tw_tensor_t *indices);

// The `k`th smallest element along dimension `dim`, k from 1, and its index, int64. The dimension is dropped
// or, with `keepdim` 1, becomes 1.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_kthvalue(tw_tensor_t a, int64_t k, int64_t dim, int32_t keepdim,
                                    tw_tensor_t *values, tw_tensor_t *indices);

// The middle element along dimension `dim`, the lower one of two, and its index, int64; NaN if there is one.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_median_along(tw_tensor_t a, int64_t dim, int32_t keepdim, tw_tensor_t *values,
                                        tw_tensor_t *indices);

// As tw_tensor_median_along, of the elements that are not NaN.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_nanmedian_along(tw_tensor_t a, int64_t dim, int32_t keepdim, tw_tensor_t *values,
                                           tw_tensor_t *indices);

// The middle of all elements, the lower one of two; NaN if there is one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_median(tw_tensor_t a, tw_tensor_t *out);

// The middle of all elements that are not NaN.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nanmedian(tw_tensor_t a, tw_tensor_t *out);

// The most frequent element along dimension `dim`, the smallest of several, and the last index at which it
// is, int64.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_mode(tw_tensor_t a, int64_t dim, int32_t keepdim, tw_tensor_t *values,
                                tw_tensor_t *indices);

// The elements below which shares `q` (a scalar or a vector, in [0, 1], of the tensor's dtype) of the
// elements along `dim` (NULL: of all) lie; `quantile_mode`, one of TW_QUANTILE_*, says how one between two is
// found. A vector q makes a first dimension. NaN where an element is.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_quantile(tw_tensor_t a, tw_tensor_t q, const int64_t *dim, int32_t keepdim,
                                    int32_t quantile_mode, tw_tensor_t *out);

// As tw_tensor_quantile, of the elements that are not NaN.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nanquantile(tw_tensor_t a, tw_tensor_t q, const int64_t *dim, int32_t keepdim,
                                       int32_t quantile_mode, tw_tensor_t *out);

// The different elements or, where `dim` is not NULL, different parts along it, in ascending order; for each
// element (part) of a its place among them, int64; and how often each occurs. Every NaN is different. No
// derivative.
//
// Threads: any. `values`, `inverse`, `counts`: new references.
TW_API tw_status tw_tensor_unique(tw_tensor_t a, const int64_t *dim, tw_tensor_t *values,
                                  tw_tensor_t *inverse, tw_tensor_t *counts);

// As tw_tensor_unique, but only neighbours are compared, and the order stays.
//
// Threads: any. `values`, `inverse`, `counts`: new references.
TW_API tw_status tw_tensor_unique_consecutive(tw_tensor_t a, const int64_t *dim, tw_tensor_t *values,
                                              tw_tensor_t *inverse, tw_tensor_t *counts);

// How often each number from 0 on occurs in a vector of integers, at least `minlength` of them; or, where
// `weights`, of the same shape, is not NULL, the sums of these. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bincount(tw_tensor_t a, tw_tensor_t weights, int64_t minlength, tw_tensor_t *out);

// How many elements fall into each of `bins` equal intervals from `min` to `max`; both equal: from the
// smallest element to the largest. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_histc(tw_tensor_t a, int64_t bins, double min, double max, tw_tensor_t *out);

// How many elements fall into each of `bins` equal intervals from `min` to `max` (both equal: from the
// smallest element to the largest), or what `weight` (NULL: 1) says that they count; with `density` 1 divided
// by their sum and the intervals' length; and the intervals' edges. No derivative.
//
// Threads: any. `counts`, `edges`: new references.
TW_API tw_status tw_tensor_histogram(tw_tensor_t a, int64_t bins, double min, double max, tw_tensor_t weight,
                                     int32_t density, tw_tensor_t *counts, tw_tensor_t *edges);

// As tw_tensor_histogram, between neighbours of `bins`, a vector of ascending edges.
//
// Threads: any. `counts`, `edges`: new references.
TW_API tw_status tw_tensor_histogram_between(tw_tensor_t a, tw_tensor_t bins, tw_tensor_t weight,
                                             int32_t density, tw_tensor_t *counts, tw_tensor_t *edges);

// Where each of `values` would be inserted along the last dimension of the tensor, which is sorted, or which
// `sorter` (NULL: none) sorts, to keep the order: before equal elements or, with `right` 1, behind them;
// int64. The tensor is a vector for all values, or has their leading dimensions. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_searchsorted(tw_tensor_t a, tw_tensor_t values, int32_t right, tw_tensor_t sorter,
                                        tw_tensor_t *out);

// Whether each element is, or with `invert` 1 is not, among those of `test_elements`; bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isin(tw_tensor_t a, tw_tensor_t test_elements, int32_t invert, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Elementwise operations

// The sum a + b. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_add(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The difference a - b. Not for two bools. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sub(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The product a b. Integers wrap. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mul(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The quotient a / b: true division, so integers give float32. The shapes broadcast as in NumPy, the dtypes
// promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_div(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The power a^b, for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pow(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The smaller of a and b; NaN if either is. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_minimum(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The larger of a and b; NaN if either is. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_maximum(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a = b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_eq(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a differs from b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ne(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a < b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_lt(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a <= b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_le(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a > b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_gt(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether a >= b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ge(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether both are not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logical_and(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether at least one is not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logical_or(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// a + b with a number b: in a's dtype, except that a fraction beside integers gives float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_add_scalar(tw_tensor_t a, double b, tw_tensor_t *out);

// a - b with a number b; dtypes as tw_tensor_add_scalar.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sub_scalar(tw_tensor_t a, double b, tw_tensor_t *out);

// a b with a number b; dtypes as tw_tensor_add_scalar.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mul_scalar(tw_tensor_t a, double b, tw_tensor_t *out);

// a / b with a number b: true division, so integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_div_scalar(tw_tensor_t a, double b, tw_tensor_t *out);

// a^b with a number b, for floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pow_scalar(tw_tensor_t a, double b, tw_tensor_t *out);

// -a. Integers wrap.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_neg(tw_tensor_t a, tw_tensor_t *out);

// |a|. Integers wrap; the derivative at 0 is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_abs(tw_tensor_t a, tw_tensor_t *out);

// e^a; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_exp(tw_tensor_t a, tw_tensor_t *out);

// The natural logarithm; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log(tw_tensor_t a, tw_tensor_t *out);

// The square root; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sqrt(tw_tensor_t a, tw_tensor_t *out);

// The hyperbolic tangent; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tanh(tw_tensor_t a, tw_tensor_t *out);

// The logistic function 1 / (1 + e^-a); integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sigmoid(tw_tensor_t a, tw_tensor_t *out);

// max(a, 0); the derivative at 0 is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_relu(tw_tensor_t a, tw_tensor_t *out);

// Whether a is 0, as bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logical_not(tw_tensor_t a, tw_tensor_t *out);

// a where `condition` (bool) is true, else b; all three broadcast.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_where(tw_tensor_t condition, tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The elements converted to `dtype`; the tensor itself, with one more reference, if it has that dtype.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_to(tw_tensor_t a, int32_t dtype, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// More elementwise functions

// -1, 0 or 1, as a is negative, zero or positive; 0 for NaN. The derivative is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sign(tw_tensor_t a, tw_tensor_t *out);

// a squared. Integers wrap.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_square(tw_tensor_t a, tw_tensor_t *out);

// 1 / a; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_reciprocal(tw_tensor_t a, tw_tensor_t *out);

// 1 / sqrt(a); integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rsqrt(tw_tensor_t a, tw_tensor_t *out);

// e^a - 1, accurate near 0; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_expm1(tw_tensor_t a, tw_tensor_t *out);

// ln(1 + a), accurate near 0; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log1p(tw_tensor_t a, tw_tensor_t *out);

// 2^a; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_exp2(tw_tensor_t a, tw_tensor_t *out);

// The logarithm of base 2; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log2(tw_tensor_t a, tw_tensor_t *out);

// The logarithm of base 10; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log10(tw_tensor_t a, tw_tensor_t *out);

// The sine, accurate for arguments of any size; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sin(tw_tensor_t a, tw_tensor_t *out);

// The cosine, accurate for arguments of any size; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cos(tw_tensor_t a, tw_tensor_t *out);

// The tangent; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tan(tw_tensor_t a, tw_tensor_t *out);

// The arc sine; NaN outside [-1, 1]; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_asin(tw_tensor_t a, tw_tensor_t *out);

// The arc cosine; NaN outside [-1, 1]; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_acos(tw_tensor_t a, tw_tensor_t *out);

// The arc tangent; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_atan(tw_tensor_t a, tw_tensor_t *out);

// The hyperbolic sine; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sinh(tw_tensor_t a, tw_tensor_t *out);

// The hyperbolic cosine; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cosh(tw_tensor_t a, tw_tensor_t *out);

// The inverse hyperbolic sine; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_asinh(tw_tensor_t a, tw_tensor_t *out);

// The inverse hyperbolic cosine; NaN below 1; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_acosh(tw_tensor_t a, tw_tensor_t *out);

// The inverse hyperbolic tangent; NaN outside [-1, 1]; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_atanh(tw_tensor_t a, tw_tensor_t *out);

// The error function; integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_erf(tw_tensor_t a, tw_tensor_t *out);

// The next whole number below, in a's dtype. The derivative is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_floor(tw_tensor_t a, tw_tensor_t *out);

// The next whole number above, in a's dtype. The derivative is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ceil(tw_tensor_t a, tw_tensor_t *out);

// The next whole number towards 0, in a's dtype. The derivative is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_trunc(tw_tensor_t a, tw_tensor_t *out);

// Whether an element is not a number, as bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isnan(tw_tensor_t a, tw_tensor_t *out);

// Whether an element is infinite, as bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isinf(tw_tensor_t a, tw_tensor_t *out);

// Whether an element is neither infinite nor NaN, as bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isfinite(tw_tensor_t a, tw_tensor_t *out);

// Every bit of integers, or the logic of bools, inverted.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_not(tw_tensor_t a, tw_tensor_t *out);

// a rounded to `decimals` digits behind the point, halves to the even digit; negative decimals round to tens.
// 0 for whole numbers, which is all that integers allow. The derivative is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_round(tw_tensor_t a, int64_t decimals, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Special functions

// 1 - erf(a), without what the difference would lose. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_erfc(tw_tensor_t a, tw_tensor_t *out);

// The inverse of erf; infinite at -1 and 1, NaN outside. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_erfinv(tw_tensor_t a, tw_tensor_t *out);

// The logarithm of the gamma function's magnitude. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_lgamma(tw_tensor_t a, tw_tensor_t *out);

// The logarithmic derivative of the gamma function. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_digamma(tw_tensor_t a, tw_tensor_t *out);

// The digamma function's derivative of order n, which is not negative. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_polygamma(int64_t n, tw_tensor_t a, tw_tensor_t *out);

// The multivariate log-gamma function of dimension p, at least 1. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mvlgamma(tw_tensor_t a, int64_t p, tw_tensor_t *out);

// Hurwitz' zeta function: the sum of (b + k)^-a over k = 0, 1, ... No derivative by a. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_zeta(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// ln(a / (1 - a)), the inverse of the sigmoid; a is clamped to [eps, 1 - eps] first, unless eps is negative.
// Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logit(tw_tensor_t a, double eps, tw_tensor_t *out);

// sin(πa) / (πa), 1 at 0. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sinc(tw_tensor_t a, tw_tensor_t *out);

// -a ln a, 0 at 0 and -∞ below. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_entr(tw_tensor_t a, tw_tensor_t *out);

// a ln(1 + b), and 0 where a is 0, unless b is NaN.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_xlog1py(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The probability that a standard normal variable is below a. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ndtr(tw_tensor_t a, tw_tensor_t *out);

// The logarithm of tw_tensor_ndtr, also where that underflows. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log_ndtr(tw_tensor_t a, tw_tensor_t *out);

// The inverse of tw_tensor_ndtr; infinite at 0 and 1, NaN outside. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ndtri(tw_tensor_t a, tw_tensor_t *out);

// e^(a²) erfc(a). Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_erfcx(tw_tensor_t a, tw_tensor_t *out);

// The modified Bessel function of the first kind and order 0. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_i0(tw_tensor_t a, tw_tensor_t *out);

// The same times e^-|a|. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_i0e(tw_tensor_t a, tw_tensor_t *out);

// The modified Bessel function of the first kind and order 1. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_i1(tw_tensor_t a, tw_tensor_t *out);

// The same times e^-|a|. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_i1e(tw_tensor_t a, tw_tensor_t *out);

// |a| with the sign of b, also that of -0. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_copysign(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether the sign is negative, also that of -0 and of NaN; bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_signbit(tw_tensor_t a, tw_tensor_t *out);

// 0 where a is negative, 1 where it is positive, b, of the same dtype, where it is 0. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_heaviside(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The float next to a in the direction of b. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nextafter(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The part behind the point: a - trunc(a). Floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_frac(tw_tensor_t a, tw_tensor_t *out);

// Whether each element is +∞; bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isposinf(tw_tensor_t a, tw_tensor_t *out);

// Whether each element is -∞; bools.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isneginf(tw_tensor_t a, tw_tensor_t *out);

// Degrees as radians. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_deg2rad(tw_tensor_t a, tw_tensor_t *out);

// Radians as degrees. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rad2deg(tw_tensor_t a, tw_tensor_t *out);

// a 2^b. Integers give float32.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ldexp(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// log2(2^a + 2^b), without overflow; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logaddexp2(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The greatest common divisor of integers, not negative. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_gcd(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The least common multiple of integers, not negative; wraps. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_lcm(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The bits of integers moved to the left by b places. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_left_shift(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The bits of integers moved to the right by b places, the sign from the left. No derivative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_right_shift(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Elementwise functions of two tensors

// The sum a + alpha b; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes promote
// as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_add_scaled(tw_tensor_t a, tw_tensor_t b, double alpha, tw_tensor_t *out);

// The difference a - alpha b; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes
// promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sub_scaled(tw_tensor_t a, tw_tensor_t b, double alpha, tw_tensor_t *out);

// The difference b - alpha a; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes
// promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rsub(tw_tensor_t a, tw_tensor_t b, double alpha, tw_tensor_t *out);

// The quotient a / b rounded as `rounding_mode`, one of TW_ROUNDING_..., says; with TW_ROUNDING_NONE as
// tw_tensor_div. Rounded quotients of integers are integers, and an error where b is 0; their derivative is
// 0. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_div_rounded(tw_tensor_t a, tw_tensor_t b, int32_t rounding_mode, tw_tensor_t *out);

// The quotient a / b rounded to -infinity; an error where an integer is divided by 0. The derivative is 0.
// The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_floor_divide(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// a - b floor(a / b), which has the sign of b; an error where an integer is divided by 0. The shapes
// broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_remainder(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// a - b trunc(a / b), which has the sign of a; an error where an integer is divided by 0. The shapes
// broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_fmod(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The smaller of a and b; a number rather than NaN. The shapes broadcast as in NumPy, the dtypes promote as
// in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_fmin(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The larger of a and b; a number rather than NaN. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_fmax(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The angle of the point (b, a), in [-pi, pi]; integers give float32. The shapes broadcast as in NumPy, the
// dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_atan2(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// sqrt(a^2 + b^2) without overflow, for floats. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hypot(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// ln(e^a + e^b) without overflow, for floats. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logaddexp(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// a ln b, and 0 where a is 0 and b not NaN; integers give float32. The shapes broadcast as in NumPy, the
// dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_xlogy(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// a^b in float64. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_float_power(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether exactly one is not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logical_xor(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The bits that both have, for integers and bools. The shapes broadcast as in NumPy, the dtypes promote as in
// PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_and(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The bits that at least one has, for integers and bools. The shapes broadcast as in NumPy, the dtypes
// promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_or(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The bits that exactly one has, for integers and bools. The shapes broadcast as in NumPy, the dtypes promote
// as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bitwise_xor(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Whether |a - b| <= atol + rtol |b|, as bools; NaNs are equal where `equal_nan` is not 0. The shapes
// broadcast as in NumPy; both must be of one dtype.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_isclose(tw_tensor_t a, tw_tensor_t b, double rtol, double atol, int32_t equal_nan,
                                   tw_tensor_t *out);

// Whether all elements are close, as tw_tensor_isclose has it: 1 or 0.
//
// Threads: any.
TW_API tw_status tw_tensor_allclose(tw_tensor_t a, tw_tensor_t b, double rtol, double atol, int32_t equal_nan,
                                    int32_t *out);

// Whether both have the same shape and the same elements: 1 or 0.
//
// Threads: any.
TW_API tw_status tw_tensor_equal(tw_tensor_t a, tw_tensor_t b, int32_t *out);

// ---------------------------------------------------------------------------------------------------------
// Elementwise functions of three tensors

// a limited to [lower, upper], either of which may be NULL; upper where lower > upper. The gradient of an
// element that is limited goes to the bound; at a bound the element has it. The shapes broadcast as in NumPy,
// the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_clamp(tw_tensor_t a, tw_tensor_t lower, tw_tensor_t upper, tw_tensor_t *out);

// a, but nowhere below `lower`; where they are equal and `lower` is more than a number, they share the
// gradient. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_clamp_min(tw_tensor_t a, tw_tensor_t lower, tw_tensor_t *out);

// a, but nowhere above `upper`; where they are equal and `upper` is more than a number, they share the
// gradient. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_clamp_max(tw_tensor_t a, tw_tensor_t upper, tw_tensor_t *out);

// a + weight (b - a), for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_lerp(tw_tensor_t a, tw_tensor_t b, tw_tensor_t weight, tw_tensor_t *out);

// tensor + value tensor1 times tensor2. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addcmul(tw_tensor_t tensor, tw_tensor_t tensor1, tw_tensor_t tensor2, double value,
                                   tw_tensor_t *out);

// tensor + value tensor1 divided by tensor2. Not for the quotient of two integers. The shapes broadcast as in
// NumPy, the dtypes promote as in PyTorch.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addcdiv(tw_tensor_t tensor, tw_tensor_t tensor1, tw_tensor_t tensor2, double value,
                                   tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Activations

// a where a > 0, else negative_slope a; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_leaky_relu(tw_tensor_t a, double negative_slope, tw_tensor_t *out);

// a where a > 0, else alpha (e^a - 1); floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_elu(tw_tensor_t a, double alpha, tw_tensor_t *out);

// tw_tensor_elu with the constants of self-normalising networks; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_selu(tw_tensor_t a, tw_tensor_t *out);

// a where a > 0, else alpha (e^(a / alpha) - 1); floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_celu(tw_tensor_t a, double alpha, tw_tensor_t *out);

// a / (1 + e^-a), also known as swish; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_silu(tw_tensor_t a, tw_tensor_t *out);

// a tanh(softplus(a)); floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mish(tw_tensor_t a, tw_tensor_t *out);

// ln(1 + e^(beta a)) / beta, and a itself where beta a > threshold; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_softplus(tw_tensor_t a, double beta, double threshold, tw_tensor_t *out);

// The logarithm of the logistic function, without overflow; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logsigmoid(tw_tensor_t a, tw_tensor_t *out);

// a limited to [min_val, max_val]; the derivative at the bounds is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hardtanh(tw_tensor_t a, double min_val, double max_val, tw_tensor_t *out);

// a limited to [0, 6]; the derivative at the bounds is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_relu6(tw_tensor_t a, tw_tensor_t *out);

// a + 3 limited to [0, 6], divided by 6; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hardsigmoid(tw_tensor_t a, tw_tensor_t *out);

// a times tw_tensor_hardsigmoid of a; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hardswish(tw_tensor_t a, tw_tensor_t *out);

// a where a > threshold, else `value`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_threshold(tw_tensor_t a, double threshold, double value, tw_tensor_t *out);

// a / (1 + |a|).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_softsign(tw_tensor_t a, tw_tensor_t *out);

// a - tanh(a).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tanhshrink(tw_tensor_t a, tw_tensor_t *out);

// a moved towards 0 by `lambd`, 0 where it would get beyond; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_softshrink(tw_tensor_t a, double lambd, tw_tensor_t *out);

// a where |a| > lambd, else 0; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hardshrink(tw_tensor_t a, double lambd, tw_tensor_t *out);

// a F(a) with F the normal distribution (TW_GELU_NONE), or its approximation by tanh (TW_GELU_TANH); floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_gelu(tw_tensor_t a, int32_t approximate, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Reductions

// The sum; integers are summed as int64, over the dimensions `dims` (negative ones count from the end), or
// over all if `dim_count` is 0. The dimensions are dropped from the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sum(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                               tw_tensor_t *out);

// The mean of a float tensor over the dimensions `dims` (negative ones count from the end), or over all if
// `dim_count` is 0. The dimensions are dropped from the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mean(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                tw_tensor_t *out);

// The sum of the elements that are not NaN; integers are summed as int64, over the dimensions `dims`
// (negative ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the
// shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nansum(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                  tw_tensor_t *out);

// The mean of the elements that are not NaN, of a float tensor, over the dimensions `dims` (negative ones
// count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the shape or, with
// `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nanmean(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                   tw_tensor_t *out);

// The variance of a float tensor: the sum of the squared differences from the mean, divided by the number of
// elements less `correction` (1 is Bessel's), over the dimensions `dims` (negative ones count from the end),
// or over all if `dim_count` is 0. The dimensions are dropped from the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_var(tw_tensor_t a, double correction, const int64_t *dims, size_t dim_count,
                               int32_t keepdim, tw_tensor_t *out);

// The standard deviation of a float tensor, the square root of tw_tensor_var, over the dimensions `dims`
// (negative ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the
// shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_std(tw_tensor_t a, double correction, const int64_t *dims, size_t dim_count,
                               int32_t keepdim, tw_tensor_t *out);

// The logarithm of the sum of the exponentials, without overflow; integers give float32, over the dimensions
// `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from
// the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logsumexp(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                     tw_tensor_t *out);

// The norm of order `p`, (sum |a|^p)^(1/p), of a float tensor's elements; for infinity the largest |a|, for
// -infinity the smallest, for 0 the number of elements that are not 0, over the dimensions `dims` (negative
// ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the shape or,
// with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_vector_norm(tw_tensor_t a, double p, const int64_t *dims, size_t dim_count,
                                       int32_t keepdim, tw_tensor_t *out);

// The product along the dimension `*dim`, or of all elements if `dim` is NULL; integers are multiplied as
// int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_prod(tw_tensor_t a, const int64_t *dim, int32_t keepdim, tw_tensor_t *out);

// The sums of the elements up to each along the dimension `dim`; integers are summed as int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cumsum(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// The products of the elements up to each along the dimension `dim`; integers are multiplied as int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cumprod(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// Whether all elements are not 0, as bools (uint8 of uint8); true of none, over the dimensions `dims`
// (negative ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the
// shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_all(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                               tw_tensor_t *out);

// Whether an element is not 0, as bools (uint8 of uint8); false of none, over the dimensions `dims` (negative
// ones count from the end), or over all if `dim_count` is 0. The dimensions are dropped from the shape or,
// with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_any(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                               tw_tensor_t *out);

// The number of elements, int64, that are not 0, over the dimensions `dims` (negative ones count from the
// end), or over all if `dim_count` is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_count_nonzero(tw_tensor_t a, const int64_t *dims, size_t dim_count,
                                         tw_tensor_t *out);

// The largest element; NaN if there is one, over the dimensions `dims` (negative ones count from the end), or
// over all if `dim_count` is 0. The dimensions are dropped from the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_amax(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                tw_tensor_t *out);

// The smallest element; NaN if there is one, over the dimensions `dims` (negative ones count from the end),
// or over all if `dim_count` is 0. The dimensions are dropped from the shape or, with `keepdim` 1, become 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_amin(tw_tensor_t a, const int64_t *dims, size_t dim_count, int32_t keepdim,
                                tw_tensor_t *out);

// The largest elements along the dimension `dim` and the indices, int64, of the first ones; NaN if there is
// one. The dimension is dropped from the shape or, with `keepdim` 1, becomes 1.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_max_along(tw_tensor_t a, int64_t dim, int32_t keepdim, tw_tensor_t *values,
                                     tw_tensor_t *indices);

// The smallest elements along the dimension `dim` and the indices, int64, of the first ones; NaN if there is
// one. The dimension is dropped from the shape or, with `keepdim` 1, becomes 1.
//
// Threads: any. `values`, `indices`: new references.
TW_API tw_status tw_tensor_min_along(tw_tensor_t a, int64_t dim, int32_t keepdim, tw_tensor_t *values,
                                     tw_tensor_t *indices);

// The index, int64, of the first largest element along the dimension `*dim`, or in the flattened tensor if
// `dim` is NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_argmax(tw_tensor_t a, const int64_t *dim, int32_t keepdim, tw_tensor_t *out);

// The index, int64, of the first smallest element along the dimension `*dim`, or in the flattened tensor if
// `dim` is NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_argmin(tw_tensor_t a, const int64_t *dim, int32_t keepdim, tw_tensor_t *out);

// Softmax: e^a divided by its sum along the dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_softmax(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// The logarithm of softmax, a - logsumexp(a), along the dimension `dim`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_log_softmax(tw_tensor_t a, int64_t dim, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Matrix products

// The matrix product of the last two dimensions, [..., m, k] x [..., k, n], the ones before them broadcast; a
// vector is a row on the left, a column on the right. Both of one float dtype.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_matmul(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// input weight^T + bias: input [..., in], weight [out, in], bias [out] or NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_linear(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Products

// Matrix times matrix: [m, k] x [k, n] = [m, n].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mm(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// As many matrix products as the first dimension says: [b, m, k] x [b, k, n] = [b, m, n].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bmm(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// Matrix times vector: [m, k] x [k] = [m].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mv(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The sum of the products of two vectors' elements.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_dot(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// All products of an element of one vector with one of another: [m] x [n] = [m, n].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_outer(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The dot products of the last dimensions: [..., k] x [*, k] = [..., *]; with a scalar the product.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_inner(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The Kronecker product: blocks of b, one for each element of a, times it.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_kron(tw_tensor_t a, tw_tensor_t b, tw_tensor_t *out);

// The sums of products over the dimensions `a_dims` of a and, in the same order, `b_dims` of b; the result
// has the other dimensions of both.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_tensordot(tw_tensor_t a, tw_tensor_t b, const int64_t *a_dims, size_t a_dim_count,
                                     const int64_t *b_dims, size_t b_dim_count, tw_tensor_t *out);

// Einstein's summation: letters name the dimensions of each operand, "ij,jk->ik"; equal ones are multiplied,
// and those that the result does not name are summed over. A letter twice in an operand takes its diagonal,
// `...` stands for any dimensions, which are broadcast; without -> the result has the letters that occur
// once, in the alphabet's order.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_einsum(const char *equation, const tw_tensor_t *tensors, size_t count,
                                  tw_tensor_t *out);

// beta a + alpha (mat1 mat2), a broadcast to the product; for beta 0 a is not looked at.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addmm(tw_tensor_t a, tw_tensor_t mat1, tw_tensor_t mat2, double beta, double alpha,
                                 tw_tensor_t *out);

// As `tw_tensor_addmm` with a matrix and a vector.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addmv(tw_tensor_t a, tw_tensor_t mat, tw_tensor_t vec, double beta, double alpha,
                                 tw_tensor_t *out);

// As `tw_tensor_addmm` with the outer product of two vectors.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addr(tw_tensor_t a, tw_tensor_t vec1, tw_tensor_t vec2, double beta, double alpha,
                                tw_tensor_t *out);

// As `tw_tensor_addmm` with batches of matrices.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_baddbmm(tw_tensor_t a, tw_tensor_t batch1, tw_tensor_t batch2, double beta,
                                   double alpha, tw_tensor_t *out);

// As `tw_tensor_addmm` with the sum of the products of a batch of matrices.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_addbmm(tw_tensor_t a, tw_tensor_t batch1, tw_tensor_t batch2, double beta,
                                  double alpha, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Linear algebra

// The inverse of square matrices; an error for singular ones.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_inv(tw_tensor_t a, tw_tensor_t *out);

// X of A X = B or, with `left` 0, of X A = B; B is a vector or matrices for each of the square matrices A. An
// error for singular ones.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_solve(tw_tensor_t a, tw_tensor_t b, int32_t left, tw_tensor_t *out);

// X of T X = B or, with `left` 0, of X T = B, T the lower or, with `upper` 1, upper triangle of a; with
// `unitriangular` 1 its diagonal counts as 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_solve_triangular(tw_tensor_t a, tw_tensor_t b, int32_t upper, int32_t left,
                                            int32_t unitriangular, tw_tensor_t *out);

// L, lower triangular, with L times its transpose = A, positive definite, of which the lower triangle is
// read; with `upper` 1 all is transposed.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_cholesky(tw_tensor_t a, int32_t upper, tw_tensor_t *out);

// X of A X = B (B = a), from Cholesky's factor of A, lower or, with `upper` 1, upper triangular.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cholesky_solve(tw_tensor_t a, tw_tensor_t factor, int32_t upper, tw_tensor_t *out);

// The inverse of the matrices whose Cholesky factors are given.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cholesky_inverse(tw_tensor_t a, int32_t upper, tw_tensor_t *out);

// Q with orthonormal columns and R, upper triangular, with Q R = A. `qr_mode` is one of TW_QR_*: with k the
// smaller of m and n, REDUCED gives [m, k] and [k, n], COMPLETE [m, m] and [m, n], without a derivative for
// tall matrices, R only the latter without a derivative.
//
// Threads: any. `q`, `r`: new references.
TW_API tw_status tw_linalg_qr(tw_tensor_t a, int32_t qr_mode, tw_tensor_t *q, tw_tensor_t *r);

// P, L and U with P L U = A: Gaussian elimination with partial pivoting.
//
// Threads: any. `p`, `l`, `u`: new references.
TW_API tw_status tw_linalg_lu(tw_tensor_t a, tw_tensor_t *p, tw_tensor_t *l, tw_tensor_t *u);

// L, without its diagonal of ones, and U in one matrix, and the rows that were exchanged in each step, from
// 1, int32.
//
// Threads: any. `factors`, `pivots`: new references.
TW_API tw_status tw_linalg_lu_factor(tw_tensor_t a, tw_tensor_t *factors, tw_tensor_t *pivots);

// X of A X = B or, with `left` 0, X A = B, from what tw_linalg_lu_factor gave of A; with `adjoint` 1 of the
// transposed A.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_lu_solve(tw_tensor_t factors, tw_tensor_t pivots, tw_tensor_t b, int32_t left,
                                    int32_t adjoint, tw_tensor_t *out);

// P [m, m] of what tw_linalg_lu_factor gave.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_lu_permutation(tw_tensor_t factors, tw_tensor_t pivots, tw_tensor_t *out);

// Determinants.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_det(tw_tensor_t a, tw_tensor_t *out);

// The signs of determinants and the logarithms of their magnitudes.
//
// Threads: any. `sign`, `logabsdet`: new references.
TW_API tw_status tw_linalg_slogdet(tw_tensor_t a, tw_tensor_t *sign, tw_tensor_t *logabsdet);

// The logarithms of determinants; NaN for negative ones.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_logdet(tw_tensor_t a, tw_tensor_t *out);

// The eigenvalues, ascending, and eigenvectors, as columns, of symmetric matrices, of which the lower or,
// with `upper` 1, the upper triangle is read.
//
// Threads: any. `eigenvalues`, `eigenvectors`: new references.
TW_API tw_status tw_linalg_eigh(tw_tensor_t a, int32_t upper, tw_tensor_t *eigenvalues,
                                tw_tensor_t *eigenvectors);

// The singular value decomposition A = U diag(S) Vh: U [m, k], S [k], descending, and Vh [k, n], k the
// smaller of m and n; with `full_matrices` 1 square U and Vh.
//
// Threads: any. `u`, `s`, `vh`: new references.
TW_API tw_status tw_linalg_svd(tw_tensor_t a, int32_t full_matrices, tw_tensor_t *u, tw_tensor_t *s,
                               tw_tensor_t *vh);

// The singular values, descending.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_svdvals(tw_tensor_t a, tw_tensor_t *out);

// The Moore-Penrose inverse: singular values up to the larger of `atol` and `rtol` times the largest count as
// 0. NULL: 0, and the larger size times the dtype's epsilon (0 where atol is above 0).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_pinv(tw_tensor_t a, tw_tensor_t atol, tw_tensor_t rtol, tw_tensor_t *out);

// The number of singular values (with `hermitian` 1 of eigenvalues) that do not count as 0, see
// tw_linalg_pinv; int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_matrix_rank(tw_tensor_t a, tw_tensor_t atol, tw_tensor_t rtol, int32_t hermitian,
                                       tw_tensor_t *out);

// The X of smallest norm that makes the norm of A X - B smallest.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_lstsq(tw_tensor_t a, tw_tensor_t b, tw_tensor_t rtol, tw_tensor_t *out);

// A^n by repeated squaring; for negative n of the inverse.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_matrix_power(tw_tensor_t a, int64_t n, tw_tensor_t *out);

// e^A.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_matrix_exp(tw_tensor_t a, tw_tensor_t *out);

// The product of matrices, in the order of multiplications that costs least; the first may be a row and the
// last a column, as vectors.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_multi_dot(const tw_tensor_t *tensors, size_t count, tw_tensor_t *out);

// The sums of singular values.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_nuclear_norm(tw_tensor_t a, tw_tensor_t *out);

// The largest or, with `smallest` 1, smallest singular values.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_spectral_norm(tw_tensor_t a, int32_t smallest, tw_tensor_t *out);

// The quotients of the largest and the smallest singular value.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linalg_cond(tw_tensor_t a, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Fourier transforms

// The discrete Fourier transform of complex numbers along dimension `dim`, or with `inverse` 1 its inverse.
// There is no complex dtype: the last dimension is of size 2, real and imaginary part, and not counted by
// `dim`. `n`, unless NULL, is the length to which the input is cut or filled up with zeros; `fft_norm`, one
// of TW_FFT_*, says which direction is divided by n.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_fft(tw_tensor_t a, const int64_t *n, int64_t dim, int32_t fft_norm, int32_t inverse,
                        tw_tensor_t *out);

// The transform of real numbers: n / 2 + 1 complex ones, in a new last dimension of 2; see tw_fft.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rfft(tw_tensor_t a, const int64_t *n, int64_t dim, int32_t fft_norm, tw_tensor_t *out);

// The inverse of tw_rfft: n real numbers (NULL: 2 (m - 1)) from m complex ones.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_irfft(tw_tensor_t a, const int64_t *n, int64_t dim, int32_t fft_norm, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Convolution
//
// Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one. Pairs of numbers are
// for height and width.

// Slides the filters `weight` [out channels, in channels / groups, kernel] over sequences and adds `bias`
// [out channels], which may be NULL. `stride` and `dilation` are at least 1; `padding` is how many zeros
// there are at either end. All of one float dtype, or int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv1d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias, int64_t stride,
                                  int64_t padding, int64_t dilation, int64_t groups, tw_tensor_t *out);

// Slides the filters `weight` [out channels, in channels / groups, kernel height, kernel width] over the
// images and adds `bias` [out channels], which may be NULL. `stride`, `padding` and `dilation` have two
// entries each; NULL stands for 1, 0 and 1. All of one float dtype, or int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv2d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                  const int64_t *stride, const int64_t *padding, const int64_t *dilation,
                                  int64_t groups, tw_tensor_t *out);

// As tw_tensor_conv1d with stride 1 and as much padding as keeps the length; the odd zero is at the end.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv1d_same(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                       int64_t dilation, int64_t groups, tw_tensor_t *out);

// As tw_tensor_conv2d with stride 1 and as much padding as keeps height and width; the odd zeros are below
// and on the right.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv2d_same(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                       const int64_t *dilation, int64_t groups, tw_tensor_t *out);

// Adds the filters `weight` [in channels, out channels / groups, kernel], times each element, to windows of
// longer sequences, and to that `bias` [out channels], which may be NULL. Windows are `stride` apart;
// `padding` is taken off at both ends and `output_padding`, less than `stride` or `dilation`, added at the
// end. All of one float dtype, or int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv_transpose1d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                            int64_t stride, int64_t padding, int64_t output_padding,
                                            int64_t groups, int64_t dilation, tw_tensor_t *out);

// Adds the filters `weight` [in channels, out channels / groups, kernel height, kernel width], times each
// pixel, to windows of larger images, and to that `bias` [out channels], which may be NULL. Windows are
// `stride` apart; `padding` is taken off on all sides and `output_padding`, less than `stride` or `dilation`,
// added below and on the right. The four have two entries each; NULL stands for 1, 0, 0 and 1. All of one
// float dtype, or int64.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv_transpose2d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                            const int64_t *stride, const int64_t *padding,
                                            const int64_t *output_padding, int64_t groups,
                                            const int64_t *dilation, tw_tensor_t *out);

// As tw_tensor_conv2d over volumes [N, C, D, H, W] or [C, D, H, W]: `weight` is [out channels, in channels /
// groups, kernel depth, kernel height, kernel width], and `stride`, `padding` and `dilation` have three
// entries each.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv3d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                  const int64_t *stride, const int64_t *padding, const int64_t *dilation,
                                  int64_t groups, tw_tensor_t *out);

// As tw_tensor_conv3d with stride 1 and as much padding as keeps the sizes; the odd zeros are at the far
// sides.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv3d_same(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                       const int64_t *dilation, int64_t groups, tw_tensor_t *out);

// As tw_tensor_conv_transpose2d for volumes [N, C, D, H, W] or [C, D, H, W]: `weight` is [in channels, out
// channels / groups, kernel depth, kernel height, kernel width], and `stride`, `padding`, `output_padding`
// and `dilation` have three entries each.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_conv_transpose3d(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t bias,
                                            const int64_t *stride, const int64_t *padding,
                                            const int64_t *output_padding, int64_t groups,
                                            const int64_t *dilation, tw_tensor_t *out);

// Each element 0 with probability `p`, else divided by 1 - p, if `training` is not 0; else the input itself.
// `generator` NULL is the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_dropout(tw_tensor_t input, double p, int32_t training, tw_generator_t generator,
                                   tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Pooling
//
// Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one. Pairs of numbers are
// for height and width.

// The largest element of each window of sequences; NaN counts as larger than anything. `stride` 0 stands for
// the kernel; `padding` is at most half of it. With `ceil_mode` 1 windows may reach over the end. The
// gradient goes to the first of the largest elements.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_max_pool1d(tw_tensor_t input, int64_t kernel_size, int64_t stride, int64_t padding,
                                      int64_t dilation, int32_t ceil_mode, tw_tensor_t *out);

// The largest element of each window; NaN counts as larger than anything. `kernel_size`, `stride`, `padding`
// and `dilation` have two entries each; NULL stands for the kernel, 0 and 1. With `ceil_mode` 1 windows may
// reach over the far edge. The gradient goes to the first of the largest elements.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_max_pool2d(tw_tensor_t input, const int64_t *kernel_size, const int64_t *stride,
                                      const int64_t *padding, const int64_t *dilation, int32_t ceil_mode,
                                      tw_tensor_t *out);

// As tw_tensor_max_pool1d; `out_indices` says where in its sequence each element was, int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_max_pool1d_with_indices(tw_tensor_t input, int64_t kernel_size, int64_t stride,
                                                   int64_t padding, int64_t dilation, int32_t ceil_mode,
                                                   tw_tensor_t *out, tw_tensor_t *out_indices);

// As tw_tensor_max_pool2d; `out_indices` says where in its image each element was, row by row, int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_max_pool2d_with_indices(tw_tensor_t input, const int64_t *kernel_size,
                                                   const int64_t *stride, const int64_t *padding,
                                                   const int64_t *dilation, int32_t ceil_mode,
                                                   tw_tensor_t *out, tw_tensor_t *out_indices);

// The average of each window of sequences. `stride` 0 stands for the kernel; `padding` is at most half of it.
// With `ceil_mode` 1 windows may reach over the end. Places in the padding count as zeros if
// `count_include_pad` is not 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_avg_pool1d(tw_tensor_t input, int64_t kernel_size, int64_t stride, int64_t padding,
                                      int32_t ceil_mode, int32_t count_include_pad, tw_tensor_t *out);

// The average of each window. `kernel_size`, `stride` and `padding` have two entries each; NULL stands for
// the kernel and 0. With `ceil_mode` 1 windows may reach over the far edge. Places in the padding count as
// zeros if `count_include_pad` is not 0; a `divisor_override` other than 0 is what sums are divided by
// instead of their counts.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_avg_pool2d(tw_tensor_t input, const int64_t *kernel_size, const int64_t *stride,
                                      const int64_t *padding, int32_t ceil_mode, int32_t count_include_pad,
                                      int64_t divisor_override, tw_tensor_t *out);

// The largest element of each of `output_size` windows that cover a sequence: window p of P reaches from
// floor(p L / P) to ceil((p + 1) L / P).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_max_pool1d(tw_tensor_t input, int64_t output_size, tw_tensor_t *out);

// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are
// pixels.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_max_pool2d(tw_tensor_t input, const int64_t *output_size,
                                               tw_tensor_t *out);

// As tw_tensor_adaptive_max_pool1d; `out_indices` says where in its sequence each element was, int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_adaptive_max_pool1d_with_indices(tw_tensor_t input, int64_t output_size,
                                                            tw_tensor_t *out, tw_tensor_t *out_indices);

// As tw_tensor_adaptive_max_pool2d; `out_indices` says where in its image each element was, row by row,
// int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_adaptive_max_pool2d_with_indices(tw_tensor_t input, const int64_t *output_size,
                                                            tw_tensor_t *out, tw_tensor_t *out_indices);

// The average of each of `output_size` windows that cover a sequence: window p of P reaches from floor(p L /
// P) to ceil((p + 1) L / P).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_avg_pool1d(tw_tensor_t input, int64_t output_size, tw_tensor_t *out);

// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are
// pixels.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_avg_pool2d(tw_tensor_t input, const int64_t *output_size,
                                               tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Pooling of volumes [N, C, D, H, W] or [C, D, H, W], and rarer poolings
//
// Triples of numbers are for depth, height and width.

// As tw_tensor_max_pool2d; `kernel_size`, `stride`, `padding` and `dilation` have three entries each.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_max_pool3d(tw_tensor_t input, const int64_t *kernel_size, const int64_t *stride,
                                      const int64_t *padding, const int64_t *dilation, int32_t ceil_mode,
                                      tw_tensor_t *out);

// As tw_tensor_max_pool3d; `out_indices` says where in its volume each element was, row-major, int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_max_pool3d_with_indices(tw_tensor_t input, const int64_t *kernel_size,
                                                   const int64_t *stride, const int64_t *padding,
                                                   const int64_t *dilation, int32_t ceil_mode,
                                                   tw_tensor_t *out, tw_tensor_t *out_indices);

// As tw_tensor_avg_pool2d; `kernel_size`, `stride` and `padding` have three entries each.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_avg_pool3d(tw_tensor_t input, const int64_t *kernel_size, const int64_t *stride,
                                      const int64_t *padding, int32_t ceil_mode, int32_t count_include_pad,
                                      int64_t divisor_override, tw_tensor_t *out);

// As tw_tensor_adaptive_max_pool2d; `output_size` has three entries.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_max_pool3d(tw_tensor_t input, const int64_t *output_size,
                                               tw_tensor_t *out);

// As tw_tensor_adaptive_max_pool3d; `out_indices` says where in its volume each element was, row-major,
// int64.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_adaptive_max_pool3d_with_indices(tw_tensor_t input, const int64_t *output_size,
                                                            tw_tensor_t *out, tw_tensor_t *out_indices);

// As tw_tensor_adaptive_avg_pool2d; `output_size` has three entries.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_adaptive_avg_pool3d(tw_tensor_t input, const int64_t *output_size,
                                               tw_tensor_t *out);

// (the sum of x^norm_type)^(1 / norm_type) over each window of [N, C, ...] or [C, ...] with `count`
// dimensions behind the channels, 1 to 3. `kernel` has `count` entries, `steps` as many, or none for the
// kernel. With `ceil_mode` 1 windows may reach over the far edge.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_lp_pool(tw_tensor_t input, double norm_type, const int64_t *kernel, size_t count,
                                   const int64_t *steps, size_t step_count, int32_t ceil_mode,
                                   tw_tensor_t *out);

// Zeros of `size` behind the channels of [N, C, ...] or [C, ...], with each element of the input at its
// index, int64 of the input's shape, as a max pooling with indices gives them. `size` has `count` entries, 1
// to 3.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_max_unpool(tw_tensor_t input, tw_tensor_t indices, const int64_t *size,
                                      size_t count, tw_tensor_t *out);

// The largest element of each of `size` windows of `kernel` elements, about evenly apart at places that
// `samples` choose: numbers from 0 to 1, [N, C, 2] for images and [N, C, 3] for volumes, drawn from
// `generator` if NULL. `kernel` and `size` have two entries or three. `out_indices` says where each element
// was, int64. `generator` NULL is the default one.
//
// Threads: any. `out`, `out_indices`: new references.
TW_API tw_status tw_tensor_fractional_max_pool(tw_tensor_t input, const int64_t *kernel, size_t count,
                                               const int64_t *size, size_t size_count, tw_tensor_t samples,
                                               tw_generator_t generator, tw_tensor_t *out,
                                               tw_tensor_t *out_indices);

// ---------------------------------------------------------------------------------------------------------
// Windows and grids over images

// The windows of images [N, C, H, W] as columns: [N, C kh kw, L]. `kernel_size`, `dilation`, `padding` and
// `stride` are two numbers, for height and width.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_unfold_patches(tw_tensor_t a, const int64_t *kernel_size, const int64_t *dilation,
                                          const int64_t *padding, const int64_t *stride, tw_tensor_t *out);

// Images [N, C, H, W] of the size `output_size` (height, width) from columns as tw_tensor_unfold_patches
// makes them, added up where windows overlap.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_fold_patches(tw_tensor_t a, const int64_t *output_size, const int64_t *kernel_size,
                                        const int64_t *dilation, const int64_t *padding,
                                        const int64_t *stride, tw_tensor_t *out);

// Images [N, C, H, W] (or with a depth) read at places of which `grid` [N, h, w, 2] holds coordinates, x
// first, -1 and 1 at the edges or, with `align_corners` 1, at the middles of the outermost pixels.
// `grid_mode` and `grid_padding` are among TW_GRID_MODE_* and TW_GRID_PADDING_*.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_grid_sample(tw_tensor_t a, tw_tensor_t grid, int32_t grid_mode,
                                       int32_t grid_padding, int32_t align_corners, tw_tensor_t *out);

// The grid of tw_tensor_grid_sample for affine maps [N, 2, 3] (or [N, 3, 4]) and results of `size` [N, C, H,
// W] (or with a depth).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_affine_grid(tw_tensor_t a, const int64_t *size, size_t size_count,
                                       int32_t align_corners, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Normalisation
//
// Weights and biases, where not NULL, have the input's dtype; so have running statistics.

// Normalises x [N, C, ...] over all but the channels: times weight [C], plus bias [C], each of which may be
// NULL. With `training` 1 by the batch's own statistics, and running_mean and running_var [C], which may be
// NULL, become (1 - momentum) times themselves plus momentum times those, the variance unbiased; with 0 by
// the running ones.
//
// Threads: any, but none that uses the same running statistics. `out`: new reference.
TW_API tw_status tw_tensor_batch_norm(tw_tensor_t input, tw_tensor_t running_mean, tw_tensor_t running_var,
                                      tw_tensor_t weight, tw_tensor_t bias, int32_t training, double momentum,
                                      double eps, tw_tensor_t *out);

// Normalises each channel of each sample of x [N, C, ...]: times weight [C], plus bias [C], each of which may
// be NULL. With `use_input_stats` 1 by its own statistics, and running_mean and running_var [C], which may be
// NULL, become (1 - momentum) times themselves plus momentum times the mean of those over the batch; with 0
// by the running ones.
//
// Threads: any, but none that uses the same running statistics. `out`: new reference.
TW_API tw_status tw_tensor_instance_norm(tw_tensor_t input, tw_tensor_t running_mean, tw_tensor_t running_var,
                                         tw_tensor_t weight, tw_tensor_t bias, int32_t use_input_stats,
                                         double momentum, double eps, tw_tensor_t *out);

// Normalises x over its last dimensions, which `normalized_shape` names: times weight, plus bias, both of
// that shape, each of which may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_layer_norm(tw_tensor_t input, const int64_t *normalized_shape, size_t rank,
                                      tw_tensor_t weight, tw_tensor_t bias, double eps, tw_tensor_t *out);

// Divides x by the root of its mean square over its last dimensions, which `normalized_shape` names: times
// weight of that shape, which may be NULL. `eps`, added to the mean square, may be NaN for the dtype's
// distance from 1 to the next number.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rms_norm(tw_tensor_t input, const int64_t *normalized_shape, size_t rank,
                                    tw_tensor_t weight, double eps, tw_tensor_t *out);

// Normalises x [N, C, ...] over each of `num_groups` groups of neighbouring channels: times weight [C], plus
// bias [C], each of which may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_group_norm(tw_tensor_t input, int64_t num_groups, tw_tensor_t weight,
                                      tw_tensor_t bias, double eps, tw_tensor_t *out);

// x / (k + alpha / size * the sum of the squares of `size` neighbouring channels)^beta for x [N, C, L, ...].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_local_response_norm(tw_tensor_t input, int64_t size, double alpha, double beta,
                                               double k, tw_tensor_t *out);

// x divided by its norm of order `p` along the dimension `dim`, or by `eps` if that is more.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_normalize(tw_tensor_t input, double p, int64_t dim, double eps, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Losses
//
// `reduction` is TW_REDUCTION_...: what becomes of the losses of the elements or rows.

// Softmax and negative log-likelihood in one: input [N, C, ...] or [C], target [N, ...] or [] of int64
// classes, or probabilities of the input's shape. `weight` [C] has a factor for each class; NULL for none.
// Rows whose target is `ignore_index` (PyTorch's default is -100) do not count. With `label_smoothing` above
// 0, that share of the target is spread evenly over the classes.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cross_entropy(tw_tensor_t input, tw_tensor_t target, tw_tensor_t weight,
                                         int32_t reduction, int64_t ignore_index, double label_smoothing,
                                         tw_tensor_t *out);

// The negative of the log-probabilities input [N, C, ...] or [C] at the classes target [N, ...] or [], int64.
// `weight` [C] has a factor for each class; NULL for none. Rows whose target is `ignore_index` do not count.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_nll_loss(tw_tensor_t input, tw_tensor_t target, tw_tensor_t weight,
                                    int32_t reduction, int64_t ignore_index, tw_tensor_t *out);

// The cross-entropy of probabilities `input` with probabilities `target` of the same shape; logarithms are at
// least -100. `weight`, factors that broadcast, may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_binary_cross_entropy(tw_tensor_t input, tw_tensor_t target, tw_tensor_t weight,
                                                int32_t reduction, tw_tensor_t *out);

// The binary cross-entropy of sigmoid(input) with probabilities `target` of the same shape. `weight` and
// `pos_weight`, factors of all losses and of those of positive targets that broadcast, may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_binary_cross_entropy_with_logits(tw_tensor_t input, tw_tensor_t target,
                                                            tw_tensor_t weight, int32_t reduction,
                                                            tw_tensor_t pos_weight, tw_tensor_t *out);

// The terms of the Kullback-Leibler divergence, target (log target - input), of log-probabilities `input`;
// with `log_target` 1 the target is logarithms too. The divergence proper is TW_REDUCTION_SUM divided by the
// batch's size.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_kl_div(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                  int32_t log_target, tw_tensor_t *out);

// The squared difference (input - target)^2.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_mse_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                    tw_tensor_t *out);

// The absolute difference |input - target|.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_l1_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                   tw_tensor_t *out);

// (input - target)^2 / 2 beta where |input - target| < beta, else |input - target| - beta / 2.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_smooth_l1_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                          double beta, tw_tensor_t *out);

// (input - target)^2 / 2 where |input - target| <= delta, else delta (|input - target| - delta / 2).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_huber_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction, double delta,
                                      tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Losses: margins, likelihoods, distances
//
// `reduction` is TW_REDUCTION_...: what becomes of the losses of the elements or rows.

// The negative log-likelihood of a normal distribution with means `input` and variances `variance`, which are
// raised to `eps`: (log variance + (input - target)^2 / variance) / 2, with `full` 1 plus log(2 pi) / 2.
// `variance` has the input's shape, or 1 in the place of the last dimension, or lacks it; none may be
// negative.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_gaussian_nll_loss(tw_tensor_t input, tw_tensor_t target, tw_tensor_t variance,
                                             int32_t full, double eps, int32_t reduction, tw_tensor_t *out);

// The negative log-likelihood of a Poisson distribution whose expectation's logarithm is `input`, exp(input)
// - target input; with `log_input` 0 it is the expectation, input - target log(input + eps). With `full` 1
// plus Stirling's approximation of log(target!), for targets above 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_poisson_nll_loss(tw_tensor_t input, tw_tensor_t target, int32_t log_input,
                                            int32_t full, double eps, int32_t reduction, tw_tensor_t *out);

// max(0, -target (input1 - input2) + margin), for targets of 1 and -1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_margin_ranking_loss(tw_tensor_t input1, tw_tensor_t input2, tw_tensor_t target,
                                               double margin, int32_t reduction, tw_tensor_t *out);

// The input, a distance, where the target is 1, and max(0, margin - input) where it is -1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_hinge_embedding_loss(tw_tensor_t input, tw_tensor_t target, double margin,
                                                int32_t reduction, tw_tensor_t *out);

// 1 - cos where the target is 1, and max(0, cos - margin) where it is -1, of the cosine between the vectors
// input1 and input2: [N, M] and a target [N], or [M] and [].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cosine_embedding_loss(tw_tensor_t input1, tw_tensor_t input2, tw_tensor_t target,
                                                 double margin, int32_t reduction, tw_tensor_t *out);

// max(0, d(anchor, positive) - d(anchor, negative) + margin), where d is tw_tensor_pairwise_distance; with
// `swap` 1 the smaller of d(anchor, negative) and d(positive, negative).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_triplet_margin_loss(tw_tensor_t anchor, tw_tensor_t positive, tw_tensor_t negative,
                                               double margin, double p, double eps, int32_t swap,
                                               int32_t reduction, tw_tensor_t *out);

// log(1 + exp(-target input)), for targets of 1 and -1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_soft_margin_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                            tw_tensor_t *out);

// The sum of max(0, margin - input[target] + input[j])^p over all classes j but the target, over their
// number: input [N, C] or [C], target [N] or [], int64; p is 1 or 2. `weight` [C] has a factor for each
// class; NULL for none.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_multi_margin_loss(tw_tensor_t input, tw_tensor_t target, int64_t p, double margin,
                                             tw_tensor_t weight, int32_t reduction, tw_tensor_t *out);

// The sum of max(0, 1 - input[i] + input[j]) over the classes i that the target lists and j that it does not,
// over the number of classes: input [N, C] or [C], target of that shape, int64 classes up to the first -1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_multilabel_margin_loss(tw_tensor_t input, tw_tensor_t target, int32_t reduction,
                                                  tw_tensor_t *out);

// The binary cross-entropy of sigmoid(input) with the target, averaged over the classes, which are the last
// dimension. `weight` has a factor for each class; NULL for none.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_multilabel_soft_margin_loss(tw_tensor_t input, tw_tensor_t target,
                                                       tw_tensor_t weight, int32_t reduction,
                                                       tw_tensor_t *out);

// The negative log-likelihood of labels whose places in time are not known, of log-probabilities [T, N, C],
// or [T, C] for one sequence. `targets` are int64 [N, S], or all labels one after the other; `input_lengths`
// and `target_lengths` int64 [N]. `blank` is the class that stands for no label. The mean is of losses
// divided by their targets' lengths. With `zero_infinity` 1 a sequence too short for its labels counts as 0,
// not infinity. The gradient takes the input for normalised, as log_softmax makes it.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_ctc_loss(tw_tensor_t log_probs, tw_tensor_t targets, tw_tensor_t input_lengths,
                                    tw_tensor_t target_lengths, int64_t blank, int32_t reduction,
                                    int32_t zero_infinity, tw_tensor_t *out);

// The cosine of the angle between the vectors along `dim`, with broadcasting; lengths are raised to `eps`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cosine_similarity(tw_tensor_t x1, tw_tensor_t x2, int64_t dim, double eps,
                                             tw_tensor_t *out);

// The norm of order `p` of x1 - x2 + eps along the last dimension, with broadcasting.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pairwise_distance(tw_tensor_t x1, tw_tensor_t x2, double p, double eps,
                                             int32_t keepdim, tw_tensor_t *out);

// The distance, a norm of order `p`, of each row of x1 [..., P, M] from each of x2 [..., R, M]: [..., P, R].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_cdist(tw_tensor_t x1, tw_tensor_t x2, double p, tw_tensor_t *out);

// The distances of the rows of [N, M] from each other: [N (N - 1) / 2], those of the first from all behind it
// first.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pdist(tw_tensor_t input, double p, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Derivatives

// Whether operations on this tensor are recorded: 0 or 1.
//
// Threads: any.
TW_API tw_status tw_tensor_requires_grad(tw_tensor_t tensor, int32_t *out);

// Makes a leaf of a float dtype require a gradient (1) or not (0).
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_set_requires_grad(tw_tensor_t tensor, int32_t value);

// Whether the tensor was made by the caller rather than by a recorded operation: 0 or 1.
//
// Threads: any.
TW_API tw_status tw_tensor_is_leaf(tw_tensor_t tensor, int32_t *out);

// What backward has accumulated in a leaf; NULL if nothing.
//
// Threads: any. `out`: new reference, or NULL.
TW_API tw_status tw_tensor_grad(tw_tensor_t tensor, tw_tensor_t *out);

// Replaces the gradient of a leaf; NULL clears it.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_set_grad(tw_tensor_t tensor, tw_tensor_t gradient);

// Accumulates, in every leaf that the tensor depends on, the gradient of the tensor contracted with `seed`,
// which has its shape and dtype; NULL stands for 1 and needs a tensor of one element. The graph is freed
// unless `retain_graph` is 1; with `create_graph` 1 the pass is recorded itself, so that the gradients can be
// differentiated.
//
// Threads: one at a time per graph.
TW_API tw_status tw_tensor_backward(tw_tensor_t tensor, tw_tensor_t seed, int32_t retain_graph,
                                    int32_t create_graph);

// The gradients of `outputs`, contracted with `seeds`, with respect to `inputs`; no leaf's gradient changes.
// `seeds` has a tensor, or NULL for 1, for each output, or is NULL itself. An input that no output depends on
// is an error unless `allow_unused` is 1; its place in `out` is then NULL.
//
// Threads: one at a time per graph. `out`: `input_count` new references.
TW_API tw_status tw_grad(const tw_tensor_t *outputs, size_t output_count, const tw_tensor_t *inputs,
                         size_t input_count, const tw_tensor_t *seeds, int32_t retain_graph,
                         int32_t create_graph, int32_t allow_unused, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Watching gradients

// Makes a result of an operation accumulate its gradient as leaves do, where tw_tensor_grad finds it. Nothing
// to do for leaves.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_retain_grad(tw_tensor_t tensor);

// Calls `hook` with the tensor's gradient whenever a backward pass has it whole, before it goes on or is
// accumulated. Hooks run in the order of their registration, on the thread of the pass; those of a result
// live as long as its graph. `destroy`, which may be NULL, is called with `user_data` when the hook is gone;
// not if this call fails. `out`, which may be NULL, gets a number to remove the hook by.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_register_hook(tw_tensor_t tensor, tw_gradient_hook hook, void *user_data,
                                         tw_destroy destroy, int64_t *out);

// Removes a hook by its number.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_tensor_remove_hook(tw_tensor_t tensor, int64_t hook);

// ---------------------------------------------------------------------------------------------------------
// Where Inf and NaN come from

// Switches anomaly mode on (1) or off (0) for the calling thread: the first operation that makes Inf or NaN
// of finite numbers, forward or backward, then fails with an error that names it, its inputs' shapes and
// ranges, and the caller's place (tw_set_call_site_callback). Slow: for finding the origin, not for training.
// `previous`, which may be NULL, gets what was before.
//
// Threads: any, each for itself.
TW_API tw_status tw_set_detect_anomaly(int32_t enabled, int32_t *previous);

// Sets the function that tells anomaly mode from where the caller's program called, for the whole process;
// NULL for none. It runs on the computing thread, inside the call.
//
// Threads: any.
TW_API tw_status tw_set_call_site_callback(tw_call_site_callback callback, void *user_data);

// ---------------------------------------------------------------------------------------------------------
// Layers

// y = x W^T + b with parameters "weight" [out_features, in_features] and, if `bias` is not 0, "bias"
// [out_features], of `dtype` TW_FLOAT32 or TW_FLOAT64. Both start uniform in +-1/sqrt(in_features), from the
// default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_linear_create(int64_t in_features, int64_t out_features, int32_t bias, int32_t dtype,
                                  tw_module_t *out);

// y = max(x, 0), elementwise.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_relu_create(tw_module_t *out);

// y = tanh(x), elementwise.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tanh_create(tw_module_t *out);

// y = 1 / (1 + exp(-x)), elementwise.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_sigmoid_create(tw_module_t *out);

// Merges the dimensions from `start_dim` to `end_dim`, both included, into one; negative ones count from the
// end. 1 and -1 keep the batch's dimension and merge the rest.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_flatten_create(int64_t start_dim, int64_t end_dim, tw_module_t *out);

// Modules one after the other, each fed with the output of the one before, named "0", "1", ... `children` may
// be NULL if `count` is 0. The handles stay the caller's; the modules themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_sequential_create(const tw_module_t *children, size_t count, tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Layers for images and sequences: convolution, dropout
//
// Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one.

// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32.
// `struct_size` is sizeof(tw_conv2d_options).
//
// Threads: any.
TW_API tw_status tw_conv2d_options_init(tw_conv2d_options *options, size_t struct_size);

// Filters sliding over images, with parameters "weight" [out_channels, in_channels / groups, kernel height,
// kernel width] and, unless the options say otherwise, "bias" [out_channels]. `kernel_size` has two entries;
// `options` may be NULL for the defaults. Both parameters start uniform in +-1/sqrt(in_channels / groups *
// kernel height * kernel width), from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv2d_create(int64_t in_channels, int64_t out_channels, const int64_t *kernel_size,
                                  const tw_conv2d_options *options, tw_module_t *out);

// Filters that each pixel adds to a window of a larger image, with parameters "weight" [in_channels,
// out_channels / groups, kernel height, kernel width] and, unless the options say otherwise, "bias"
// [out_channels]. `kernel_size` has two entries; `options` may be NULL for the defaults. Both parameters
// start uniform in +-1/sqrt(out_channels / groups * kernel height * kernel width), from the default
// generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv_transpose2d_create(int64_t in_channels, int64_t out_channels,
                                            const int64_t *kernel_size, const tw_conv2d_options *options,
                                            tw_module_t *out);

// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32.
// `struct_size` is sizeof(tw_conv1d_options).
//
// Threads: any.
TW_API tw_status tw_conv1d_options_init(tw_conv1d_options *options, size_t struct_size);

// Filters sliding over sequences, with parameters "weight" [out_channels, in_channels / groups, kernel_size]
// and, unless the options say otherwise, "bias" [out_channels]. `options` may be NULL for the defaults. Both
// parameters start uniform in +-1/sqrt(in_channels / groups * kernel_size), from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv1d_create(int64_t in_channels, int64_t out_channels, int64_t kernel_size,
                                  const tw_conv1d_options *options, tw_module_t *out);

// Filters that each element adds to a window of a longer sequence, with parameters "weight" [in_channels,
// out_channels / groups, kernel_size] and, unless the options say otherwise, "bias" [out_channels]. `options`
// may be NULL for the defaults. Both parameters start uniform in +-1/sqrt(out_channels / groups *
// kernel_size), from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv_transpose1d_create(int64_t in_channels, int64_t out_channels, int64_t kernel_size,
                                            const tw_conv1d_options *options, tw_module_t *out);

// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32.
// `struct_size` is sizeof(tw_conv3d_options).
//
// Threads: any.
TW_API tw_status tw_conv3d_options_init(tw_conv3d_options *options, size_t struct_size);

// Filters sliding over volumes [N, C, D, H, W] or [C, D, H, W], with parameters "weight" [out_channels,
// in_channels / groups, kernel depth, kernel height, kernel width] and, unless the options say otherwise,
// "bias" [out_channels]. `kernel_size` has three entries; `options` may be NULL for the defaults. Both
// parameters start as those of tw_conv2d_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv3d_create(int64_t in_channels, int64_t out_channels, const int64_t *kernel_size,
                                  const tw_conv3d_options *options, tw_module_t *out);

// Filters that each voxel adds to a window of a larger volume, with parameters "weight" [in_channels,
// out_channels / groups, kernel depth, kernel height, kernel width] and, unless the options say otherwise,
// "bias" [out_channels]. `kernel_size` has three entries; `options` may be NULL for the defaults. Both
// parameters start as those of tw_conv_transpose2d_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_conv_transpose3d_create(int64_t in_channels, int64_t out_channels,
                                            const int64_t *kernel_size, const tw_conv3d_options *options,
                                            tw_module_t *out);

// In training, sets elements to 0 with probability `p` and divides the others by 1 - p; does nothing in
// evaluation. Random numbers come from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_dropout_create(double p, tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Layers for images and sequences: pooling
//
// Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one.

// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for
// averages count_include_pad. `struct_size` is sizeof(tw_pool2d_options).
//
// Threads: any.
TW_API tw_status tw_pool2d_options_init(tw_pool2d_options *options, size_t struct_size);

// The largest element of each window. `kernel_size` has two entries; `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_max_pool2d_create(const int64_t *kernel_size, const tw_pool2d_options *options,
                                      tw_module_t *out);

// The average of each window. `kernel_size` has two entries; `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_avg_pool2d_create(const int64_t *kernel_size, const tw_pool2d_options *options,
                                      tw_module_t *out);

// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for
// averages count_include_pad. `struct_size` is sizeof(tw_pool1d_options).
//
// Threads: any.
TW_API tw_status tw_pool1d_options_init(tw_pool1d_options *options, size_t struct_size);

// The largest element of each window of a sequence. `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_max_pool1d_create(int64_t kernel_size, const tw_pool1d_options *options,
                                      tw_module_t *out);

// The average of each window of a sequence. `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_avg_pool1d_create(int64_t kernel_size, const tw_pool1d_options *options,
                                      tw_module_t *out);

// The largest element of each of `output_size` windows, of about equal size, that cover a sequence.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_max_pool1d_create(int64_t output_size, tw_module_t *out);

// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are
// pixels.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_max_pool2d_create(const int64_t *output_size, tw_module_t *out);

// The average of each of `output_size` windows, of about equal size, that cover a sequence.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_avg_pool1d_create(int64_t output_size, tw_module_t *out);

// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are
// pixels.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_avg_pool2d_create(const int64_t *output_size, tw_module_t *out);

// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for
// averages count_include_pad. `struct_size` is sizeof(tw_pool3d_options).
//
// Threads: any.
TW_API tw_status tw_pool3d_options_init(tw_pool3d_options *options, size_t struct_size);

// The largest element of each window of a volume [N, C, D, H, W] or [C, D, H, W]. `kernel_size` has three
// entries; `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_max_pool3d_create(const int64_t *kernel_size, const tw_pool3d_options *options,
                                      tw_module_t *out);

// The average of each window of a volume. `kernel_size` has three entries; `options` may be NULL for the
// defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_avg_pool3d_create(const int64_t *kernel_size, const tw_pool3d_options *options,
                                      tw_module_t *out);

// The largest element of each of `output_size` windows, of about equal size, that cover a volume; three
// entries, of which -1 stands for as many windows as there are elements.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_max_pool3d_create(const int64_t *output_size, tw_module_t *out);

// The average of each, as tw_adaptive_max_pool3d_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adaptive_avg_pool3d_create(const int64_t *output_size, tw_module_t *out);

// (the sum of x^norm_type)^(1 / norm_type) over each window of [N, C, ...] or [C, ...] with `count`
// dimensions behind the channels, 1 to 3. `kernel` has `count` entries, `steps` as many, or none for the
// kernel.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lp_pool_create(double norm_type, const int64_t *kernel, size_t count,
                                   const int64_t *steps, size_t step_count, int32_t ceil_mode,
                                   tw_module_t *out);

// The largest element of each of `size` windows of `kernel` elements, about evenly apart at places that
// random numbers choose, of images or volumes: `count` is 2 or 3. In the place of `size`, which then has no
// entries, `ratio` may say the windows' number to the input's size, between 0 and 1. Random numbers come from
// the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_fractional_max_pool_create(const int64_t *kernel, size_t count, const int64_t *size,
                                               size_t size_count, const double *ratio, size_t ratio_count,
                                               tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Positions in sequences

// The sines and cosines of positions `start`, `start` + 1, ... (Vaswani et al. 2017): a tensor [length,
// embedding_dim] of a float dtype whose row t has sin(t / 10000^(2 i / embedding_dim)) at 2 i and the cosine
// at 2 i + 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_sinusoidal_positions(int64_t length, int64_t embedding_dim, int64_t start,
                                                int32_t dtype, tw_tensor_t *out);

// Adds tw_tensor_sinusoidal_positions to the vectors of sequences of up to `max_length` steps: [..., T, E],
// or [T, ..., E] with `batch_first` 0, E being `embedding_dim`. With `concatenate` 1 they are put behind
// vectors of any size: the output is [..., E + embedding_dim]. It has no parameters.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_positional_encoding_create(int64_t embedding_dim, int64_t max_length, int32_t concatenate,
                                               int32_t batch_first, tw_module_t *out);

// The same with trained vectors, the rows of the parameter "weight" [max_length, embedding_dim], which start
// normal with deviation 0.02, from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_positional_embedding_create(int64_t max_length, int64_t embedding_dim,
                                                int32_t concatenate, int32_t batch_first, int32_t dtype,
                                                tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Recurrent layers and cells
//
// Sequences are [T, B, ...], time first, or with the option batch_first [B, T, ...]; a sequence alone is [T,
// ...]. In a tw_sequential_create they take and give one tensor, as every layer; tw_recurrent_forward gives
// states and takes lengths.

// Fills the options with their defaults: one layer of one direction with biases, time first, TW_FLOAT32.
// `struct_size` is sizeof(tw_recurrent_options).
//
// Threads: any.
TW_API tw_status tw_recurrent_options_init(tw_recurrent_options *options, size_t struct_size);

// h' = f(W_ih x + b_ih + W_hh h + b_hh), f the hyperbolic tangent, ReLU or the logistic function, step by
// step, in layers and directions as the options say; they may be NULL for the defaults. Parameters of layer
// k: "weight_ih_lk" [H, in], "weight_hh_lk" [H, H], "bias_ih_lk" and "bias_hh_lk" [H], those of a second
// direction with "_reverse" behind. All start uniform in +-1/sqrt(H), from the default generator. A bias that
// is taken away (tw_module_register_parameter with NULL) is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rnn_create(int64_t input_size, int64_t hidden_size, const tw_recurrent_options *options,
                               tw_module_t *out);

// Long short-term memory: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c') with s the logistic function and i,
// f, g, o, in this order, the parts of W_ih x + b_ih + W_hh h + b_hh. Parameters as tw_rnn_create's with 4 H
// rows; with a projection "weight_hr_lk" [proj_size, H] as well, with peepholes "weight_ch_lk" [3, H], those
// to i, f and o.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lstm_create(int64_t input_size, int64_t hidden_size, const tw_recurrent_options *options,
                                tw_module_t *out);

// A gated recurrent unit: h' = (1 - z) n + z h with n = tanh(W_in x + b_in + r (W_hn h + b_hn)) or, without
// `reset_after`, tanh(W_in x + b_in + W_hn (r h) + b_hn). Parameters as tw_rnn_create's with 3 H rows: r, z,
// n.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_gru_create(int64_t input_size, int64_t hidden_size, const tw_recurrent_options *options,
                               tw_module_t *out);

// One step of tw_rnn_create's layer, [B, in] to [B, H], with parameters "weight_ih", "weight_hh", "bias_ih"
// and "bias_hh".
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rnn_cell_create(int64_t input_size, int64_t hidden_size,
                                    const tw_recurrent_options *options, tw_module_t *out);

// One step of tw_lstm_create's layer, [B, in] to [B, H], with parameters as tw_rnn_cell_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lstm_cell_create(int64_t input_size, int64_t hidden_size,
                                     const tw_recurrent_options *options, tw_module_t *out);

// One step of tw_gru_create's layer, [B, in] to [B, H], with parameters as tw_rnn_cell_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_gru_cell_create(int64_t input_size, int64_t hidden_size,
                                    const tw_recurrent_options *options, tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Calls of recurrent layers: states, lengths, gradients in time

// Computes a recurrent layer's output [T, B, directions R] and final state: `h_n` [layers directions, B, R]
// and, of an LSTM, `c_n` [layers directions, B, H], NULL of others. R is H or proj_size. `h0` and `c0`, of
// the same shapes, are the state to begin with; NULL for zeros, or, if the layer is stateful, for where it
// stands. With `lengths` [B] of integers, which may be NULL, sequences end there: outputs behind are zeros,
// final states those of each sequence's own end, and the second direction begins there; tw_sequence_lengths
// makes them of a mask. Without a batch's dimension in the input there is none in the results.
//
// Threads: any; one at a time per stateful module. `out`, `h_n`, `c_n`: new references; `h_n` and `c_n` may
// be NULL.
TW_API tw_status tw_recurrent_forward(tw_module_t module, tw_tensor_t input, tw_tensor_t h0, tw_tensor_t c0,
                                      tw_tensor_t lengths, tw_tensor_t *out, tw_tensor_t *h_n,
                                      tw_tensor_t *c_n);

// tw_recurrent_forward that gives what is inside, too: the gates' values at all steps, [layers directions, T,
// B, gates H] (of an LSTM i, f, g, o; of a GRU r, z, n; of an RNN h), and, of an LSTM, c, [layers directions,
// T, B, H], NULL of others. Both are outside the graph and 0 behind a sequence's end.
//
// Threads: as tw_recurrent_forward. `out`, `h_n`, `c_n`, `gates`, `cells`: new references; all but `out` may
// be NULL.
TW_API tw_status tw_recurrent_gates(tw_module_t module, tw_tensor_t input, tw_tensor_t h0, tw_tensor_t c0,
                                    tw_tensor_t lengths, tw_tensor_t *out, tw_tensor_t *h_n, tw_tensor_t *c_n,
                                    tw_tensor_t *gates, tw_tensor_t *cells);

// One step of a recurrent cell: from `input` [B, in] and the state `h` [B, H] and, of an LSTM, `c` [B, H] to
// the next one. NULL states are zeros, or, if the cell is stateful, where it stands. `c_next` is NULL of
// cells that are no LSTM's.
//
// Threads: any; one at a time per stateful module. `h_next`, `c_next`: new references; `c_next` may be NULL.
TW_API tw_status tw_recurrent_step(tw_module_t module, tw_tensor_t input, tw_tensor_t h, tw_tensor_t c,
                                   tw_tensor_t *h_next, tw_tensor_t *c_next);

// The lengths [B], int64, of the sequences that a mask [B, T] of any dtype tells of: not 0 at their steps, 0
// behind their ends. A mask with gaps is an error.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_sequence_lengths(tw_tensor_t mask, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// States between calls

// How the recurrent layers and cells of the module and below begin a call that is given no state,
// TW_STATE_...: TW_STATE_VALUES to go on where the call before ended, for text that comes in pieces or to
// generate one step at a time; TW_STATE_GRAPH to have gradients flow into the calls before as well, until the
// mode is set to TW_STATE_VALUES, which cuts the graph. TW_STATE_NONE, as at the start, forgets what was
// kept. Of a layer with two directions the first goes on; the second begins with zeros at the end of every
// piece, as what follows there has not come yet. A state that is given or set counts for both.
//
// Threads: one at a time per module, and so are calls of modules that are stateful.
TW_API tw_status tw_module_set_stateful(tw_module_t module, int32_t mode);

// How the module, a recurrent layer or cell, begins a call that is given no state: TW_STATE_...
//
// Threads: any.
TW_API tw_status tw_recurrent_stateful(tw_module_t module, int32_t *out);

// Lets the recurrent layers and cells of the module and below forget the state that they keep: the next call
// begins with zeros.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_reset_state(tw_module_t module);

// The state that a recurrent layer or cell keeps, as tw_recurrent_forward or tw_recurrent_step gives it for
// input with a batch's dimension; NULL where there is none.
//
// Threads: one at a time per module. `h`, `c`: new references.
TW_API tw_status tw_recurrent_state(tw_module_t module, tw_tensor_t *h, tw_tensor_t *c);

// Sets the state that a recurrent layer or cell, which must be stateful, keeps; NULL for zeros.
//
// Threads: one at a time per module.
TW_API tw_status tw_recurrent_set_state(tw_module_t module, tw_tensor_t h, tw_tensor_t c);

// ---------------------------------------------------------------------------------------------------------
// Gradients in time

// Whether calls of a recurrent layer keep the norms of their states' gradients when a backward pass goes
// through them: tw_recurrent_gradient_norms. They come of the same pass.
//
// Threads: one at a time per module.
TW_API tw_status tw_recurrent_keep_gradient_norms(tw_module_t module, int32_t mode);

// How large the gradient of the loss was at every step of the layer's latest call, as the backward pass
// through it found: `hidden` has the norms with respect to h_t over batch and units, float64 [layers
// directions, T], `cell` those with respect to c_t of an LSTM, NULL of others. Norms that shrink towards the
// beginning are a gradient that vanishes.
//
// Threads: one at a time per module. `hidden`, `cell`: new references.
TW_API tw_status tw_recurrent_gradient_norms(tw_module_t module, tw_tensor_t *hidden, tw_tensor_t *cell);

// ---------------------------------------------------------------------------------------------------------
// Truncated backpropagation through time

// Fills the options with their defaults: not cut, time first, cross-entropy. `struct_size` is
// sizeof(tw_tbptt_options).
//
// Threads: any.
TW_API tw_status tw_tbptt_options_init(tw_tbptt_options *options, size_t struct_size);

// Goes once through a long sequence and accumulates the gradients of the loss of all its steps in the
// module's parameters, each step's gradient going back `tau` steps at most: memory is that of `tau` steps,
// however long the sequence is, and with `tau` of its length or more the gradient is exact. `input` and
// `target` have time along `dim`; the module is called with pieces, and its recurrent layers take their
// states along. With the loss of every `k1` new steps gradients go back (Williams & Peng 1990); if `k1` is
// less than `tau`, steps are computed again for that. `out` is the loss of all steps. To cross-entropy
// outputs are [T, B, classes] for targets [T, B]. `options` may be NULL for the defaults.
//
// The second direction of a layer begins with zeros at the end of each piece, which is all that it sees; `k1`
// must be `tau` then.
//
// Stateful layers begin with the state that they keep, and keep the last one; others with zeros.
//
// Threads: one at a time per module.
TW_API tw_status tw_tbptt(tw_module_t module, tw_tensor_t input, tw_tensor_t target,
                          const tw_tbptt_options *options, double *out);

// ---------------------------------------------------------------------------------------------------------
// Modules of the caller's own

// A module of the caller's own, called `type_name`. `forward` computes its output: it gets the module, the
// input (both borrowed) and `user_data`, writes a new reference to its output and returns TW_OK, or returns
// another status to fail; the sentence of the call that failed in it stays the last error. It may run on
// several threads at once. `destroy`, which may be NULL, is called with `user_data` when the module is gone,
// on whatever thread that happens; not if this call fails.
//
// Parameters, buffers and children are registered afterwards. `user_data` must not hold a reference to the
// module: it would never be gone.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_create(const char *type_name, tw_forward_callback forward, void *user_data,
                                  tw_destroy destroy, tw_module_t *out);

// Tells whoever traces on this thread, as tw_module_trace and tw_module_summary do, that the module gave
// `output` for `input`: for a module of the caller's own that computes without tw_module_forward. Does
// nothing otherwise.
//
// Threads: any.
TW_API tw_status tw_module_announce(tw_module_t module, tw_tensor_t input, tw_tensor_t output);

// ---------------------------------------------------------------------------------------------------------
// Modules: the tree

// Computes the module's output for `input`.
//
// Threads: any, also several on one module. `out`: new reference.
TW_API tw_status tw_module_forward(tw_module_t module, tw_tensor_t input, tw_tensor_t *out);

// Gives back a reference to a module. Its parts live on where others refer to them. NULL is taken and
// ignored.
//
// Threads: any.
TW_API void tw_module_release(tw_module_t module);

// The kind of module, such as "Linear". The string lives as long as the module.
//
// Threads: any. `out`: borrowed.
TW_API tw_status tw_module_type_name(tw_module_t module, const char **out);

// Makes `child` part of the module, under a name that is not empty, has no dot and is no parameter's or
// buffer's. What had the name before is replaced; NULL removes it. A module cannot contain itself, and a tree
// is at most 256 deep.
//
// Threads: one at a time per tree; others may compute with it meanwhile.
TW_API tw_status tw_module_register_module(tw_module_t module, const char *name, tw_module_t child);

// Makes a tensor, which must be a leaf, a parameter of the module, under a name that is not empty, has no dot
// and is no buffer's or child's. What had the name before is replaced; NULL removes it. Whether the parameter
// is trained is the tensor's own affair: see tw_tensor_set_requires_grad.
//
// Threads: one at a time per tree; others may compute with it meanwhile.
TW_API tw_status tw_module_register_parameter(tw_module_t module, const char *name, tw_tensor_t tensor);

// Makes a tensor a buffer of the module: saved with it, but not trained. Name and NULL as for a parameter.
//
// Threads: one at a time per tree; others may compute with it meanwhile.
TW_API tw_status tw_module_register_buffer(tw_module_t module, const char *name, tw_tensor_t tensor);

// As tw_module_register_buffer, but not saved: no part of the module's state, of files and checkpoints.
//
// Threads: one at a time per tree; others may compute with it meanwhile.
TW_API tw_status tw_module_register_unsaved_buffer(tw_module_t module, const char *name, tw_tensor_t tensor);

// A module of the same layers with copies of all parameters and buffers; with `with_children` 0 the layer
// alone, without children. Modules of the caller's own cannot be copied.
//
// Threads: any, while nobody changes the module. `out`: new reference.
TW_API tw_status tw_module_clone(tw_module_t module, int32_t with_children, tw_module_t *out);

// Makes the module and everything below it behave as in training (1, as at the start) or as in evaluation
// (0).
//
// Threads: any.
TW_API tw_status tw_module_train(tw_module_t module, int32_t mode);

// Whether the module behaves as in training: 0 or 1.
//
// Threads: any.
TW_API tw_status tw_module_is_training(tw_module_t module, int32_t *out);

// Clears the gradient of every parameter of the module and everything below it.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_zero_grad(tw_module_t module);

// ---------------------------------------------------------------------------------------------------------
// Modules: parameters

// How many parameters the module and everything below it have. One with several names counts once.
//
// Threads: any.
TW_API tw_status tw_module_parameter_count(tw_module_t module, size_t *out);

// Parameter `index` in the order of registration, and its name, joined by dots, such as "0.weight". The
// string lives as long as the module.
//
// Threads: any. `name`: borrowed. `out`: new reference.
TW_API tw_status tw_module_parameter_at(tw_module_t module, size_t index, const char **name,
                                        tw_tensor_t *out);

// All parameters in the order of registration, as an optimiser takes them: written to `outs`, which has room
// for `capacity`, and their number to `count`.
//
// Threads: any. `outs`: new references.
TW_API tw_status tw_module_parameters(tw_module_t module, tw_tensor_t *outs, size_t capacity, size_t *count);

// The parameter of this name, joined by dots, such as "0.weight".
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_parameter(tw_module_t module, const char *name, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Modules: buffers

// How many buffers the module and everything below it have. One with several names counts once.
//
// Threads: any.
TW_API tw_status tw_module_buffer_count(tw_module_t module, size_t *out);

// Buffer `index` in the order of registration, and its name, joined by dots. The string lives as long as the
// module.
//
// Threads: any. `name`: borrowed. `out`: new reference.
TW_API tw_status tw_module_buffer_at(tw_module_t module, size_t index, const char **name, tw_tensor_t *out);

// The buffer of this name, joined by dots.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_buffer(tw_module_t module, const char *name, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Modules: children

// How many direct children the module has.
//
// Threads: any.
TW_API tw_status tw_module_child_count(tw_module_t module, size_t *out);

// Direct child `index` in the order of registration, and its name. The string lives as long as the module.
//
// Threads: any. `name`: borrowed. `out`: new reference.
TW_API tw_status tw_module_child_at(tw_module_t module, size_t index, const char **name, tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Initialisers
//
// Initialisation of float tensors, in place and unrecorded. `generator` may be NULL for the default one.

// Fills a tensor with independent numbers, uniform in [low, high).
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_uniform(tw_tensor_t tensor, double low, double high, tw_generator_t generator);

// Fills a tensor with independent numbers of the normal distribution.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_normal(tw_tensor_t tensor, double mean, double deviation, tw_generator_t generator);

// Sets every element of a tensor to `value`.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_constant(tw_tensor_t tensor, double value);

// Fills a weight [out, in, ...] uniformly in +-gain sqrt(6 / (fan in + fan out)); Glorot and Bengio 2010.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_xavier_uniform(tw_tensor_t tensor, double gain, tw_generator_t generator);

// Fills a weight [out, in, ...] normally with deviation gain sqrt(2 / (fan in + fan out)); Glorot and Bengio
// 2010.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_xavier_normal(tw_tensor_t tensor, double gain, tw_generator_t generator);

// Fills a weight [out, in, ...] uniformly in +-gain sqrt(3 / fan); He et al. 2015. `slope` is a leaky ReLU's
// for negative inputs, `fan_mode` TW_FAN_IN or TW_FAN_OUT, `nonlinearity` the TW_NONLINEARITY_ whose gain
// counts.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_kaiming_uniform(tw_tensor_t tensor, double slope, int32_t fan_mode,
                                         int32_t nonlinearity, tw_generator_t generator);

// Fills a weight [out, in, ...] normally with deviation gain / sqrt(fan); He et al. 2015. The arguments are
// those of tw_init_kaiming_uniform.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_kaiming_normal(tw_tensor_t tensor, double slope, int32_t fan_mode,
                                        int32_t nonlinearity, tw_generator_t generator);

// Fills a tensor with independent numbers of the normal distribution, of which only what lies in [low, high]
// counts.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_truncated_normal(tw_tensor_t tensor, double mean, double deviation, double low,
                                          double high, tw_generator_t generator);

// Fills a weight [out, in, ...] uniformly in +-sqrt(3 / fan in); LeCun et al. 1998.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_lecun_uniform(tw_tensor_t tensor, tw_generator_t generator);

// Fills a weight [out, in, ...] normally with deviation 1 / sqrt(fan in); LeCun et al. 1998.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_lecun_normal(tw_tensor_t tensor, tw_generator_t generator);

// Makes a tensor of rank 2 or more, its dimensions behind the first as one, a random orthogonal matrix times
// `gain`: rows, or columns where there are fewer, are of that length and at right angles; Saxe et al. 2014.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_orthogonal(tw_tensor_t tensor, double gain, tw_generator_t generator);

// Fills a matrix normally with deviation `deviation`, but for the share `sparsity` of zeros in each column;
// Martens 2010.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_sparse(tw_tensor_t tensor, double sparsity, double deviation,
                                tw_generator_t generator);

// Sets a matrix to ones on its diagonal and zeros elsewhere.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_eye(tw_tensor_t tensor);

// Sets filters [out, in, ...] of rank 3 to 5 so that they hand channels on: 1 in the middle of filter d's
// window for channel d, for each of `groups` groups of filters; zeros elsewhere.
//
// Threads: one at a time per tensor.
TW_API tw_status tw_init_dirac(tw_tensor_t tensor, int64_t groups);

// The gain of a nonlinearity, TW_NONLINEARITY_...: the factor by which a weight's deviation makes up for it.
// `slope` is a leaky ReLU's for negative inputs and not used by the others.
//
// Threads: any.
TW_API tw_status tw_init_gain(int32_t nonlinearity, double slope, double *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: SGD

// Fills the options with their defaults: lr 1e-3, the rest 0. `struct_size` is sizeof(tw_sgd_options).
//
// Threads: any.
TW_API tw_status tw_sgd_options_init(tw_sgd_options *options, size_t struct_size);

// Stochastic gradient descent with momentum, as PyTorch defines it, over `count` parameters: different float
// leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are
// shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_sgd_create(const tw_tensor_t *parameters, size_t count, const tw_sgd_options *options,
                               tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: Adam

// Fills the options with their defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, the rest 0. `struct_size` is
// sizeof(tw_adam_options).
//
// Threads: any.
TW_API tw_status tw_adam_options_init(tw_adam_options *options, size_t struct_size);

// Adam, or AdamW with `decoupled_weight_decay`, as PyTorch defines them, over `count` parameters: different
// float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves
// are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adam_create(const tw_tensor_t *parameters, size_t count, const tw_adam_options *options,
                                tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: Adagrad

// Fills the options with their defaults: lr 1e-2, eps 1e-10, the rest 0. `struct_size` is
// sizeof(tw_adagrad_options).
//
// Threads: any.
TW_API tw_status tw_adagrad_options_init(tw_adagrad_options *options, size_t struct_size);

// Adagrad (Duchi et al. 2011): steps divided by the root of all squared gradients so far, over `count`
// parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's;
// the tensors themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adagrad_create(const tw_tensor_t *parameters, size_t count,
                                   const tw_adagrad_options *options, tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: Adadelta

// Fills the options with their defaults: lr 1, rho 0.9, eps 1e-6, the rest 0. `struct_size` is
// sizeof(tw_adadelta_options).
//
// Threads: any.
TW_API tw_status tw_adadelta_options_init(tw_adadelta_options *options, size_t struct_size);

// Adadelta (Zeiler 2012): steps whose size follows those before, over `count` parameters: different float
// leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are
// shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adadelta_create(const tw_tensor_t *parameters, size_t count,
                                    const tw_adadelta_options *options, tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: RMSprop

// Fills the options with their defaults: lr 1e-2, alpha 0.99, eps 1e-8, the rest 0. `struct_size` is
// sizeof(tw_rmsprop_options).
//
// Threads: any.
TW_API tw_status tw_rmsprop_options_init(tw_rmsprop_options *options, size_t struct_size);

// RMSprop (Tieleman & Hinton 2012; centred: Graves 2013): steps divided by the root of the gradients' running
// mean square, over `count` parameters: different float leaves. `options` may be NULL for the defaults. The
// handles stay the caller's; the tensors themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rmsprop_create(const tw_tensor_t *parameters, size_t count,
                                   const tw_rmsprop_options *options, tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: NAdam

// Fills the options with their defaults: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8, momentum_decay 4e-3, the
// rest 0. `struct_size` is sizeof(tw_nadam_options).
//
// Threads: any.
TW_API tw_status tw_nadam_options_init(tw_nadam_options *options, size_t struct_size);

// NAdam (Dozat 2016): Adam with Nesterov's momentum, over `count` parameters: different float leaves.
// `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_nadam_create(const tw_tensor_t *parameters, size_t count, const tw_nadam_options *options,
                                 tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: RAdam

// Fills the options with their defaults: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8, the rest 0. `struct_size`
// is sizeof(tw_radam_options).
//
// Threads: any.
TW_API tw_status tw_radam_options_init(tw_radam_options *options, size_t struct_size);

// RAdam (Liu et al. 2020): Adam whose first steps are rectified, over `count` parameters: different float
// leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are
// shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_radam_create(const tw_tensor_t *parameters, size_t count, const tw_radam_options *options,
                                 tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: Adamax

// Fills the options with their defaults: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8, the rest 0. `struct_size`
// is sizeof(tw_adamax_options).
//
// Threads: any.
TW_API tw_status tw_adamax_options_init(tw_adamax_options *options, size_t struct_size);

// Adamax (Kingma & Ba 2015): Adam with the largest gradient instead of the mean of squares, over `count`
// parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's;
// the tensors themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_adamax_create(const tw_tensor_t *parameters, size_t count,
                                  const tw_adamax_options *options, tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: Lion

// Fills the options with their defaults: lr 1e-4, beta1 0.9, beta2 0.99, the rest 0. `struct_size` is
// sizeof(tw_lion_options).
//
// Threads: any.
TW_API tw_status tw_lion_options_init(tw_lion_options *options, size_t struct_size);

// Lion (Chen et al. 2023): steps of one size along the sign of a momentum, over `count` parameters: different
// float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves
// are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lion_create(const tw_tensor_t *parameters, size_t count, const tw_lion_options *options,
                                tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: LBFGS

// Fills the options with their defaults: lr 1, max_iter 20, max_eval -1, tolerance_grad 1e-7,
// tolerance_change 1e-9, history_size 100, the rest 0. `struct_size` is sizeof(tw_lbfgs_options).
//
// Threads: any.
TW_API tw_status tw_lbfgs_options_init(tw_lbfgs_options *options, size_t struct_size);

// L-BFGS (Nocedal & Wright 2006, algorithm 7.5), which steps by tw_optimizer_step_closure alone, over `count`
// parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's;
// the tensors themselves are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lbfgs_create(const tw_tensor_t *parameters, size_t count, const tw_lbfgs_options *options,
                                 tw_optimizer_t *out);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: all of them

// Updates every parameter that has a gradient, in place. On an error no parameter has changed.
//
// Threads: one at a time per optimizer, and nobody else may use its parameters meanwhile.
TW_API tw_status tw_optimizer_step(tw_optimizer_t optimizer);

// Computes the loss and its gradients by the closure, which records, then steps. L-BFGS, which has no other
// step, calls it several times. `out_loss`, the first call's loss, may be NULL.
//
// Threads: one at a time per optimizer, and nobody else may use its parameters meanwhile.
TW_API tw_status tw_optimizer_step_closure(tw_optimizer_t optimizer, tw_closure closure, void *user_data,
                                           double *out_loss);

// Clears the gradient of every parameter.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_zero_grad(tw_optimizer_t optimizer);

// The learning rate.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_lr(tw_optimizer_t optimizer, double *out);

// Sets the learning rate, which must be finite and not negative.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_set_lr(tw_optimizer_t optimizer, double value);

// Gives back a reference to an optimizer. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_optimizer_release(tw_optimizer_t optimizer);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: parameter groups

// Adds parameters with values of their own: `value_count` numbers, by the names of their hyperparameters;
// what is not given is as the optimizer was made. Names are those of the fields of its options; flags are 0
// or 1.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_add_group(tw_optimizer_t optimizer, const tw_tensor_t *parameters, size_t count,
                                        const char *const *keys, size_t key_count, const double *values,
                                        size_t value_count);

// The number of parameter groups.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_group_count(tw_optimizer_t optimizer, size_t *out);

// The number of hyperparameters that a group has.
//
// Threads: any.
TW_API tw_status tw_optimizer_hyperparameter_count(tw_optimizer_t optimizer, size_t *out);

// The name of a hyperparameter, PyTorch's. The string lives for ever.
//
// Threads: any. `out`: borrowed.
TW_API tw_status tw_optimizer_hyperparameter_name(tw_optimizer_t optimizer, size_t index, const char **out);

// A group's value of a hyperparameter; also of "initial_lr", which it has once a schedule was made.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_value(tw_optimizer_t optimizer, size_t group, const char *name, double *out);

// Changes a group's value of a hyperparameter, or "initial_lr".
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_set_value(tw_optimizer_t optimizer, size_t group, const char *name,
                                        double value);

// ---------------------------------------------------------------------------------------------------------
// Optimisers: what they remember

// What the optimizer remembers between steps: "0.step", "0.exp_avg" and so on, parameters numbered through
// all groups, names PyTorch's. The first `capacity` entries go to `names` and `tensors`, which may be NULL if
// `capacity` is 0, and `out` receives the number of all. Names live as long as the optimizer; numbers are
// copies, other tensors its own.
//
// Threads: one at a time per optimizer. `tensors`: new references.
TW_API tw_status tw_optimizer_state(tw_optimizer_t optimizer, size_t capacity, const char **names,
                                    tw_tensor_t *tensors, size_t *out);

// Replaces all that the optimizer remembers by copies of `count` tensors under the names of
// tw_optimizer_state: training goes on as it would have. On an error nothing has changed.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_optimizer_load_state(tw_optimizer_t optimizer, const char *const *keys, size_t key_count,
                                         const tw_tensor_t *tensors, size_t count);

// ---------------------------------------------------------------------------------------------------------
// Clipping gradients
//
// Gradients are changed in place; parameters without one are left out.

// Makes every entry of the gradients one of [-limit, limit]; NaN stays.
//
// Threads: one at a time per gradient.
TW_API tw_status tw_clip_grad_value(const tw_tensor_t *parameters, size_t count, double limit);

// Scales all gradients by one factor if their norm as one vector is above `max_norm`: then it is `max_norm`
// (PyTorch adds 1e-6 to the norm that it divides by). `norm_type` is above 0; infinity is for the largest
// magnitude. The norm before goes to `out`. With `error_if_nonfinite` one that is not finite is an error, and
// no gradient changes; without, an infinite norm makes finite entries 0 and infinite ones NaN, and NaN makes
// all NaN.
//
// Threads: one at a time per gradient.
TW_API tw_status tw_clip_grad_norm(const tw_tensor_t *parameters, size_t count, double max_norm,
                                   double norm_type, int32_t error_if_nonfinite, double *out);

// tw_clip_grad_norm with the norm as a scalar of the first gradient's dtype, which a recorded step computes
// anew.
//
// Threads: one at a time per parameter. `out`: new reference.
TW_API tw_status tw_clip_grad_norm_tensor(const tw_tensor_t *parameters, size_t count, double max_norm,
                                          double norm_type, int32_t error_if_nonfinite, tw_tensor_t *out);

// As tw_clip_grad_norm, but each gradient by itself. The norms before go to `out_norms`, one a parameter, 0
// for one without a gradient; it may be NULL.
//
// Threads: one at a time per gradient.
TW_API tw_status tw_clip_grad_norm_per_tensor(const tw_tensor_t *parameters, size_t count, double max_norm,
                                              double norm_type, int32_t error_if_nonfinite,
                                              double *out_norms);

// Adaptive clipping (Brock et al. 2021): the gradient of a unit, a row of the parameter's first dimension or
// a whole vector, may have no more than `clip_factor` times the norm of the unit's weights, which counts as
// `eps` if it is less. The norm of all gradients before goes to `out`; `error_if_nonfinite` as in
// tw_clip_grad_norm.
//
// Threads: one at a time per gradient.
TW_API tw_status tw_clip_grad_adaptive(const tw_tensor_t *parameters, size_t count, double clip_factor,
                                       double eps, int32_t error_if_nonfinite, double *out);

// The norm of all tensors as one vector; 0 for none. `norm_type` and `error_if_nonfinite` as in
// tw_clip_grad_norm.
//
// Threads: any.
TW_API tw_status tw_total_norm(const tw_tensor_t *tensors, size_t count, double norm_type,
                               int32_t error_if_nonfinite, double *out);

// ---------------------------------------------------------------------------------------------------------
// Averages of weights

// average += weight (parameter - average) for each of `count` averages, in place: weight 1 - decay makes an
// exponential moving average, 1 / (n + 1) at the n-th call the mean. Parameters have the averages' shapes and
// dtypes.
//
// Threads: one at a time per average.
TW_API tw_status tw_average_update(const tw_tensor_t *averages, size_t count, const tw_tensor_t *parameters,
                                   size_t parameter_count, double weight);

// ---------------------------------------------------------------------------------------------------------
// Schedules: rules
//
// A schedule changes the learning rates of an optimizer's groups; it sets those of epoch 0 when it is made.
// Rules are PyTorch's. `last_epoch` is -1 at the beginning; one that goes on after epoch n of another is made
// with n.

// The rate times `gamma` every `step_size` epochs.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_step_lr_create(tw_optimizer_t optimizer, int64_t step_size, double gamma,
                                   int64_t last_epoch, tw_schedule_t *out);

// The rate times `gamma` at each of `count` milestones.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_multi_step_lr_create(tw_optimizer_t optimizer, const int64_t *milestones, size_t count,
                                         double gamma, int64_t last_epoch, tw_schedule_t *out);

// The rate times `factor`, of [0, 1], until epoch `total_iters`.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_constant_lr_create(tw_optimizer_t optimizer, double factor, int64_t total_iters,
                                       int64_t last_epoch, tw_schedule_t *out);

// The rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs: a warm-up or
// a decay.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_linear_lr_create(tw_optimizer_t optimizer, double start_factor, double end_factor,
                                     int64_t total_iters, int64_t last_epoch, tw_schedule_t *out);

// The rate times `gamma` every epoch.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_exponential_lr_create(tw_optimizer_t optimizer, double gamma, int64_t last_epoch,
                                          tw_schedule_t *out);

// The rate times (1 - epoch / total_iters)^power, 0 in the end.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_polynomial_lr_create(tw_optimizer_t optimizer, int64_t total_iters, double power,
                                         int64_t last_epoch, tw_schedule_t *out);

// Half a cosine wave from the first rate to `eta_min` in `T_max` epochs, and back.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_cosine_annealing_lr_create(tw_optimizer_t optimizer, int64_t T_max, double eta_min,
                                               int64_t last_epoch, tw_schedule_t *out);

// Half a cosine wave from the first rate to `eta_min` in `T_0` epochs, again and again, each time `T_mult`
// times as long.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_cosine_annealing_warm_restarts_create(tw_optimizer_t optimizer, int64_t T_0,
                                                          int64_t T_mult, double eta_min, int64_t last_epoch,
                                                          tw_schedule_t *out);

// From the rate that there is to `swa_lr`, one value or one a group, in `anneal_epochs` epochs, along half a
// cosine wave or with `linear` 1 a line; then no more change: the rate at which weights are averaged.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_swa_lr_create(tw_optimizer_t optimizer, const double *swa_lr, size_t count,
                                  int64_t anneal_epochs, int32_t linear, int64_t last_epoch,
                                  tw_schedule_t *out);

// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_cyclic_options).
//
// Threads: any.
TW_API tw_status tw_cyclic_options_init(tw_cyclic_options *options, size_t struct_size);

// The rate goes up and down between `base_lr` and `max_lr`, one value or one a group, and the momentum, or
// Adam's beta1, down and up. `options` may be NULL for the defaults.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_cyclic_lr_create(tw_optimizer_t optimizer, const double *base_lr, size_t base_count,
                                     const double *max_lr, size_t max_count, const tw_cyclic_options *options,
                                     tw_schedule_t *out);

// Takes what the callback writes for the height of a cycle of a schedule that tw_cyclic_lr_create made,
// instead of its mode, from the present step on. The callback is given the number of the cycle, from 1, or
// with `of_steps` 1 that of the steps (as its `epoch`; its `group` is 0). `destroy`, which may be NULL, frees
// `user_data` in the end; not if this call fails.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_cyclic_lr_set_scale(tw_schedule_t schedule, tw_factor_callback scale, int32_t of_steps,
                                        void *user_data, tw_destroy destroy);

// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_one_cycle_options).
//
// Threads: any.
TW_API tw_status tw_one_cycle_options_init(tw_one_cycle_options *options, size_t struct_size);

// The rate goes up to `max_lr`, one value or one a group, and down to almost 0 in `total_steps` steps, and
// the momentum, or Adam's beta1, down and up. `options` may be NULL for the defaults.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_one_cycle_lr_create(tw_optimizer_t optimizer, const double *max_lr, size_t count,
                                        int64_t total_steps, const tw_one_cycle_options *options,
                                        tw_schedule_t *out);

// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_plateau_options).
//
// Threads: any.
TW_API tw_status tw_plateau_options_init(tw_plateau_options *options, size_t struct_size);

// The rate times a factor when a metric, given to tw_schedule_step_metric, has not become better for some
// epochs; never below `min_lr`, one value or one a group; none for 0. `options` may be NULL for the defaults.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_reduce_lr_on_plateau_create(tw_optimizer_t optimizer, const double *min_lr, size_t count,
                                                const tw_plateau_options *options, tw_schedule_t *out);

// Schedules of one optimizer one after the other: the i-th until milestone i, then the next, which begins
// there.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_sequential_lr_create(tw_optimizer_t optimizer, const tw_schedule_t *schedules,
                                         size_t count, const int64_t *milestones, size_t milestone_count,
                                         int64_t last_epoch, tw_schedule_t *out);

// Schedules of one optimizer side by side: each step is one of all of them.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_chained_lr_create(tw_optimizer_t optimizer, const tw_schedule_t *schedules, size_t count,
                                      tw_schedule_t *out);

// The first rate times a factor that the callback gives for each epoch and group. `destroy`, which may be
// NULL, frees `user_data` in the end; not if this call fails.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_lambda_lr_create(tw_optimizer_t optimizer, tw_factor_callback factor, void *user_data,
                                     tw_destroy destroy, int64_t last_epoch, tw_schedule_t *out);

// The rate times a factor that the callback gives for each epoch but the first and each group. `destroy`,
// which may be NULL, frees `user_data` in the end; not if this call fails.
//
// Threads: one at a time per optimizer. `out`: new reference.
TW_API tw_status tw_multiplicative_lr_create(tw_optimizer_t optimizer, tw_factor_callback factor,
                                             void *user_data, tw_destroy destroy, int64_t last_epoch,
                                             tw_schedule_t *out);

// ---------------------------------------------------------------------------------------------------------
// Schedules: all of them

// Goes on to the next epoch, or step: sets the learning rates of the optimizer's groups.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_schedule_step(tw_schedule_t schedule);

// As tw_schedule_step, told the metric that the schedule watches: for tw_reduce_lr_on_plateau_create.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_schedule_step_metric(tw_schedule_t schedule, double metric);

// Goes to an epoch, which may be a fraction: for tw_cosine_annealing_warm_restarts_create.
//
// Threads: one at a time per optimizer.
TW_API tw_status tw_schedule_step_to(tw_schedule_t schedule, double epoch);

// The epoch that the rates are of; 0 at first.
//
// Threads: one at a time per schedule.
TW_API tw_status tw_schedule_last_epoch(tw_schedule_t schedule, int64_t *out);

// The rate that the schedule has last set for a group.
//
// Threads: one at a time per schedule.
TW_API tw_status tw_schedule_last_lr(tw_schedule_t schedule, size_t group, double *out);

// The number of values of the schedule's state.
//
// Threads: one at a time per schedule.
TW_API tw_status tw_schedule_state_count(tw_schedule_t schedule, size_t *out);

// A value of the schedule's state, such as "last_epoch", and its name, which lives as long as the schedule.
//
// Threads: one at a time per schedule. `out_name`: borrowed.
TW_API tw_status tw_schedule_state_at(tw_schedule_t schedule, size_t index, const char **out_name,
                                      double *out_value);

// Sets values of the schedule's state, by the names of tw_schedule_state_at. The rates themselves are the
// optimizer's.
//
// Threads: one at a time per schedule.
TW_API tw_status tw_schedule_load_state(tw_schedule_t schedule, const char *const *keys, size_t key_count,
                                        const double *values, size_t value_count);

// Gives back a reference to a schedule. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_schedule_release(tw_schedule_t schedule);

// ---------------------------------------------------------------------------------------------------------
// Recorded steps
//
// Work of fixed shapes, such as a step of training, recorded once and done again and again: no checks, no
// graph of derivatives, no memory to be asked for. Results have the bits that the same calls would give.
//
//     tw_step_begin(inputs, 2);     tw_optimizer_zero_grad(optimizer); ... tw_tensor_backward(loss, ...);
// tw_optimizer_step(optimizer);     tw_step_end(&loss, 1, &step);     for (...) tw_step_run(step, batch, 2);
// // `loss` has the new value
//
// What is done again is what the calls between begin and end have computed, with random numbers drawn anew;
// and, with the numbers they go by then, tw_optimizer_step, tw_schedule_step and the tw_clip_* functions. All
// else is as it was: branches, the program's own numbers, lengths of loops. What would go unnoticed is
// refused: tw_tensor_item and its like, a change of the learning rate by hand, and operations that cannot be
// repeated, by name. After a run leaves have the gradients that the same calls leave them, in memory of the
// step's.

// Begins to record what the calling thread does. The elements of `inputs` are what tw_step_run sets anew;
// they may be none.
//
// Threads: any; each records its own step. Others may go on computing.
TW_API tw_status tw_step_begin(const tw_tensor_t *inputs, size_t input_count);

// Ends the recording, also if this call fails: with TW_ERROR_INVALID_ARGUMENT for what cannot be repeated.
// `outputs` are tensors that every run gives new elements; they may be none. The step holds all that it
// needs.
//
// Threads: the one that began. `out`: new reference.
TW_API tw_status tw_step_end(const tw_tensor_t *outputs, size_t output_count, tw_step_t *out);

// Ends the recording, if there is one, and forgets it. What was computed stays.
//
// Threads: the one that began.
TW_API void tw_step_abort(void);

// Copies `inputs`, as many as the step was recorded with and of the same shapes and dtypes, and does the
// work. If something in it fails, such as a class out of range, what was computed until then stays.
//
// Threads: one at a time per step.
TW_API tw_status tw_step_run(tw_step_t step, const tw_tensor_t *inputs, size_t input_count);

// The bytes that a step holds for the tensors of its work, and the most that they use at a time. Either may
// be NULL.
//
// Threads: any.
TW_API tw_status tw_step_memory(tw_step_t step, int64_t *out_held, int64_t *out_peak);

// Gives back a reference to a step. Its tensors' memory stays until those are gone, too. NULL is taken and
// ignored.
//
// Threads: any.
TW_API void tw_step_release(tw_step_t step);

// ---------------------------------------------------------------------------------------------------------
// Data in mini-batches

// Fills the options with their defaults: batches of one sample, in the data's order. `struct_size` is
// sizeof(tw_loader_options).
//
// Threads: any.
TW_API tw_status tw_loader_options_init(tw_loader_options *options, size_t struct_size);

// A loader of `count` data sets of the HDF5 file at `path`, which may be larger than memory: batches of all
// of them, in step along their first dimension, with the dtypes of tw_hdf5_read. `options` may be NULL for
// the defaults.
//
// Shuffled, the file's chunks come in random order, several as a window inside which samples are shuffled;
// each chunk is read once an epoch. The order depends on seed, epoch, window_bytes and the file's chunks. The
// file is open only while it is read. In a forked child the loader goes on where it was, with a thread of its
// own.
//
// Where one of the data sets is a list of sequences of variable length, batches are as those of
// tw_loader_from_sequences: padded, and with the lengths behind them, which are read when the loader is
// opened. Such batches are read when they are asked for, in an order of samples without regard to chunks.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_loader_open(const char *path, const char *const *datasets, size_t count,
                                const tw_loader_options *options, tw_loader_t *out);

// A loader of batches of `count` tensors in memory, in step along their first dimension. The handles stay the
// caller's; the tensors themselves are shared, batches are copies. `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_loader_from_tensors(const tw_tensor_t *tensors, size_t count,
                                        const tw_loader_options *options, tw_loader_t *out);

// A loader of batches of sequences of several lengths, padded to the longest of the batch: [B, T, ...].
// values[i] has the sequences of array i one behind the other, [steps of all, ...], and lengths[i] how long
// they are, a list of integers; NULL or an empty list: values[i] has a row a sample. Arrays whose lengths are
// the same handle share them. A batch ends with the lengths, for recurrent layers. The handles stay the
// caller's; values are shared, batches are copies.
//
// tw_loader_set_buckets puts sequences of like lengths together. `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_loader_from_sequences(const tw_tensor_t *values, size_t count, const tw_tensor_t *lengths,
                                          size_t length_count, const tw_loader_options *options,
                                          tw_loader_t *out);

// Goes to the beginning of an epoch, whatever is left of the one before. Numbers start at 0; with shuffling
// each has an order of its own. tw_fit and tw_evaluate start the epoch after the one that was started last.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_start_epoch(tw_loader_t loader, int64_t epoch);

// Goes to the beginning of the epoch after the one that was started last, 0 at first; right after
// tw_checkpoint_load or tw_loader_resume it stays where that led.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_start_next_epoch(tw_loader_t loader);

// Where the loader is: its epoch, and how many of that epoch's samples it gave out. At an epoch's end that is
// the beginning of the next; before the first one the epoch is -1.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_place(tw_loader_t loader, int64_t *out_epoch, int64_t *out_samples);

// Goes to where a loader of the same data and options was: the batches that follow are those that followed
// there.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_resume(tw_loader_t loader, int64_t epoch, int64_t samples);

// Stops the thread that makes batches ahead, if there is one, and drops what it made; the next batch is the
// same as without this call, and starts it again.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_pause(tw_loader_t loader);

// The next batch: writes a tensor for each data set to `outs`, which has room for `capacity`, and their
// number to `count`; 0 at the end of the epoch. After an error, such as a damaged chunk, it returns the same
// again until another epoch is started. The first call starts an epoch if none was.
//
// Threads: one at a time per loader. `outs`: new references.
TW_API tw_status tw_loader_next(tw_loader_t loader, tw_tensor_t *outs, size_t capacity, size_t *count);

// The batches in an epoch; 0 if that is not known.
//
// Threads: any.
TW_API tw_status tw_loader_batch_count(tw_loader_t loader, int64_t *out);

// The samples in an epoch, those of a batch that is left out included; 0 if that is not known.
//
// Threads: any.
TW_API tw_status tw_loader_sample_count(tw_loader_t loader, int64_t *out);

// ---------------------------------------------------------------------------------------------------------
// Data of the caller's own

// A loader whose batches the caller's function gives. `next` gets 1 in `begins_epoch` for the first batch of
// an epoch and writes new references to inputs and targets, or leaves both NULL at the epoch's end.
// `batch_count`, the batches in an epoch, serves estimates of time; 0 if it is not known. `destroy`, which
// may be NULL, is called with `user_data` when the loader is gone; not if this call fails.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_loader_create(int64_t batch_count, tw_batch_callback next, void *user_data,
                                  tw_destroy destroy, tw_loader_t *out);

// Gives back a reference to a loader. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_loader_release(tw_loader_t loader);

// ---------------------------------------------------------------------------------------------------------
// Which samples a loader gives
//
// For loaders of files, tensors and sequences. What is set holds from the loader's next epoch on. All of it
// depends on the loader's seed and the epoch's number alone, so training that goes on from a checkpoint sees
// the same samples.

// Only these samples, numbers from 0, are used, such as a part of tw_random_split; NULL: all. Where nothing
// shuffles them they come in the order of the list. Weights and lengths are then those of the list's samples.
// Of a file, blocks without any of the samples are not read; a list that is in the file's order, or shuffled,
// is read in large pieces, others row by row.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_set_subset(tw_loader_t loader, tw_tensor_t samples);

// Samples are drawn in proportion to `weights`, one for each, `draws` an epoch (0: as many as there are):
// with replacement (1) a sample may come again, without it comes once at most.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_set_weights(tw_loader_t loader, tw_tensor_t weights, int64_t draws,
                                       int32_t replacement);

// Samples of like lengths come together: an epoch is cut into pools of `pool` samples (0: one), each sorted
// by length and cut into batches, whose order is random if the loader shuffles. With a budget above 0, a
// batch has as many samples as keep samples times the longest within it, and at least one; otherwise
// batch_size. `lengths`, integers, has one for each sample; NULL: those of the loader's sequences.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_set_buckets(tw_loader_t loader, tw_tensor_t lengths, int64_t pool, int64_t budget);

// Samples are those that the caller's function says for each epoch; NULL: each once, as at first. Resumed
// training is the same if the function says the same for the same epoch. `destroy`, which may be NULL, is
// called with `user_data` when the loader has no use for it any more; not if this call fails.
//
// Threads: one at a time per loader; the function is called on the thread that starts an epoch.
TW_API tw_status tw_loader_set_sampler(tw_loader_t loader, tw_sampler_callback sampler, void *user_data,
                                       tw_destroy destroy);

// Draws parts of `count` samples at random: sizes[i] numbers, int64, for part i, each part in ascending
// order, no sample in two. With `labels`, integers [count], each part has every class in its share, to within
// a sample or two; NULL: no such care. `generator` may be NULL for the default one. tw_split_sizes makes
// sizes of shares.
//
// Threads: any. `outs`: `part_count` new references.
TW_API tw_status tw_random_split(int64_t count, const int64_t *sizes, size_t part_count, tw_tensor_t labels,
                                 tw_generator_t generator, tw_tensor_t *outs);

// The sizes of parts that are shares of `count` samples, rounded down; what is left of shares that sum up to
// 1 goes to the first parts, one each. `out_sizes` has room for `part_count`.
//
// Threads: any.
TW_API tw_status tw_split_sizes(int64_t count, const double *fractions, size_t part_count,
                                int64_t *out_sizes);

// Cross-validation: of `count` samples each is in the validation part of one of `folds` pairs and in the
// training parts of the others. validation[i] and training[i] are numbers, int64, in ascending order. With
// `labels`, integers [count], each part has every class in its share; NULL: no such care. `generator` may be
// NULL for the default one.
//
// Threads: any. `training`, `validation`: `folds` new references each.
TW_API tw_status tw_k_fold(int64_t count, int64_t folds, tw_tensor_t labels, tw_generator_t generator,
                           tw_tensor_t *training, tw_tensor_t *validation);

// ---------------------------------------------------------------------------------------------------------
// Batches that are transformed
//
// Each function adds a transform behind those that a loader has, from its next epoch on. Bit i of `arrays` is
// set for array i of a batch that it changes: 1 for inputs, 2 for targets; random ones change all of them
// alike. They are done where the batches are made: on the loader's own thread, if it has one.
//
// What is random depends on the loader's seed, the epoch and the sample's place in it alone: not on threads,
// and training that goes on from a checkpoint sees the same. tw_loader_set_augmenting switches it off, for
// evaluation.

// (x - mean) / std: mean and std are lists of one number for each place along `dim` of a batch: 1 for
// channels, or features of flat samples. Integers become float32. See tw_loader_statistics.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_normalize(tw_loader_t loader, uint64_t arrays, tw_tensor_t mean,
                                         tw_tensor_t std, int64_t dim);

// x * scale + offset. Integers become float32.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_scale(tw_loader_t loader, uint64_t arrays, double scale, double offset);

// Another dtype; with `scaled` 1, uint8 is divided by 255 where it becomes a float.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_cast(tw_loader_t loader, uint64_t arrays, int32_t dtype, int32_t scaled);

// Classes as rows of `classes` float32, 1 at the class and 0 elsewhere.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_one_hot(tw_loader_t loader, uint64_t arrays, int64_t classes);

// Images [n, ..., height, width], each mirrored with probability `p`: left and right, or up and down if
// `vertical` is 1.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_random_flip(tw_loader_t loader, uint64_t arrays, int32_t vertical, double p);

// Of images [n, ..., height, width] a part of this size at a random place, after `left`, `top`, `right` and
// `bottom` pixels were put around: `fill`, or what `pad_mode` (TW_PAD_*) says. A loader that does not augment
// gives the centre.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_random_crop(tw_loader_t loader, uint64_t arrays, int64_t height, int64_t width,
                                           int64_t left, int64_t top, int64_t right, int64_t bottom,
                                           int32_t pad_mode, double fill);

// Images [n, ..., height, width], each moved by whole pixels: uniformly by up to `horizontal` of its width to
// the left or the right, and up to `vertical` of its height; `fill` comes in.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_add_random_shift(tw_loader_t loader, uint64_t arrays, double horizontal,
                                            double vertical, double fill);

// A function of the caller's own, which gets all arrays of a batch. With `random` 1 it is left out where the
// loader does not augment. `destroy`, which may be NULL, is called with `user_data` when the loader is gone;
// not if this call fails.
//
// Threads: one at a time per loader; the callback runs on the loader's own thread, if it has one.
TW_API tw_status tw_loader_add_callback(tw_loader_t loader, int32_t random, tw_transform_callback callback,
                                        void *user_data, tw_destroy destroy);

// Takes all transforms away, from the next epoch on.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_remove_transforms(tw_loader_t loader);

// Whether random transforms are done, from the next epoch on: 1 at first; 0 for evaluation, where crops are
// the centre.
//
// Threads: one at a time per loader.
TW_API tw_status tw_loader_set_augmenting(tw_loader_t loader, int32_t enabled);

// Mean and standard deviation (by n) of array `array` of the loader's batches, float64, one number for each
// place along `dim`: 1 for channels, or features of flat samples. One pass over an epoch, after the
// transforms that the loader has and without augmentation; then the loader is where it was. A deviation of 0
// is given as 1: tw_loader_add_normalize takes both.
//
// Threads: one at a time per loader. `out_mean`, `out_std`: new references.
TW_API tw_status tw_loader_statistics(tw_loader_t loader, int64_t array, int64_t dim, tw_tensor_t *out_mean,
                                      tw_tensor_t *out_std);

// ---------------------------------------------------------------------------------------------------------
// Checkpoints

// A checkpoint of training: parameters and buffers of `module`, what `optimizer` (or NULL) and the schedules
// remember, the default stream of random numbers and `generators`, and the place of `loader` (or NULL) in its
// data. It refers to all of these; what is saved is how they are at that moment. Training that was ended, or
// killed, at any moment and goes on from its last checkpoint computes the same bits as one that was not.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_checkpoint_create(tw_module_t module, tw_optimizer_t optimizer,
                                      const tw_schedule_t *schedules, size_t schedule_count,
                                      const tw_generator_t *generators, size_t generator_count,
                                      tw_loader_t loader, tw_checkpoint_t *out);

// Writes the checkpoint to `path`: a model file, too, that tw_module_load and Keras read. The file appears in
// one step: a failure or a kill at any moment leaves what was there.
//
// Threads: one at a time per checkpoint and what it refers to.
TW_API tw_status tw_checkpoint_save(tw_checkpoint_t checkpoint, const char *path);

// As tw_checkpoint_save, on a thread of the library's: returns as soon as everything is copied, and training
// may go on. What goes wrong is the error of the next call with this checkpoint, of tw_checkpoint_wait at the
// latest.
//
// Threads: one at a time per checkpoint and what it refers to.
TW_API tw_status tw_checkpoint_save_in_background(tw_checkpoint_t checkpoint, const char *path);

// Waits until what is saved in the background is on the disk, and returns how that ended. Without it returns
// TW_OK.
//
// Threads: one at a time per checkpoint.
TW_API tw_status tw_checkpoint_wait(tw_checkpoint_t checkpoint);

// Reads a file that was saved into everything that the checkpoint refers to: all or, on an error, nothing.
// The loader then is in the middle of an epoch: tw_loader_next goes on there, and so does tw_fit.
//
// Threads: one at a time per checkpoint and what it refers to.
TW_API tw_status tw_checkpoint_load(tw_checkpoint_t checkpoint, const char *path);

// Fills the options with their defaults. `struct_size` is sizeof(tw_checkpoint_options).
//
// Threads: any.
TW_API tw_status tw_checkpoint_options_init(tw_checkpoint_options *options, size_t struct_size);

// Writes "checkpoint-<step>.h5" in `folder`, which is made if it is not there, and removes those that are not
// to be kept; the one with the best score stays as "best.h5". `options` may be NULL for the defaults.
//
// Threads: one at a time per checkpoint, folder, and what it refers to.
TW_API tw_status tw_checkpoint_keep(tw_checkpoint_t checkpoint, const char *folder,
                                    const tw_checkpoint_options *options);

// Goes on from the checkpoint of `folder` that was written last, and says so in `out`: 1; 0 if there is none,
// and nothing has changed. One that turns out damaged is passed over for the one before, with a warning to
// the log.
//
// Threads: one at a time per checkpoint and what it refers to.
TW_API tw_status tw_checkpoint_resume(tw_checkpoint_t checkpoint, const char *folder, int32_t *out);

// Steps and epochs, as tw_checkpoint_set_progress or a file set them; 0 at first.
//
// Threads: one at a time per checkpoint.
TW_API tw_status tw_checkpoint_progress(tw_checkpoint_t checkpoint, int64_t *out_step, int64_t *out_epoch);

// Sets what tw_checkpoint_progress gives: how far the caller's loop is. tw_checkpoint_keep names files by the
// step.
//
// Threads: one at a time per checkpoint.
TW_API tw_status tw_checkpoint_set_progress(tw_checkpoint_t checkpoint, int64_t step, int64_t epoch);

// A note of the caller's; NULL if there is none of the name. It lives as long as the checkpoint.
//
// Threads: one at a time per checkpoint. `out`: borrowed.
TW_API tw_status tw_checkpoint_note(tw_checkpoint_t checkpoint, const char *name, const char **out);

// Writes a note, a text under a name, that is saved with the rest; NULL takes it away.
//
// Threads: one at a time per checkpoint.
TW_API tw_status tw_checkpoint_set_note(tw_checkpoint_t checkpoint, const char *name, const char *text);

// The number of notes.
//
// Threads: one at a time per checkpoint.
TW_API tw_status tw_checkpoint_note_count(tw_checkpoint_t checkpoint, size_t *out);

// A note and its name. They live as long as the checkpoint.
//
// Threads: one at a time per checkpoint. `out_name`, `out_text`: borrowed.
TW_API tw_status tw_checkpoint_note_at(tw_checkpoint_t checkpoint, size_t index, const char **out_name,
                                       const char **out_text);

// Gives back a reference to a checkpoint; the last one waits for what is saved in the background. NULL is
// taken and ignored.
//
// Threads: any.
TW_API void tw_checkpoint_release(tw_checkpoint_t checkpoint);

// ---------------------------------------------------------------------------------------------------------
// Texts

// Opens the text in the file at `path` as bytes (TW_TEXT_BYTES) or characters of UTF-8 (TW_TEXT_CHARACTERS).
// A file may be larger than memory: only what is asked for is read; for characters it is read through once
// now. It stays open. `symbols`, UTF-8, has the characters in the order of their numbers, such as
// tw_text_symbols of the text that a net was trained on; NULL, and always for bytes: those of this text,
// sorted.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_text_open(const char *path, int32_t text_unit, const char *symbols, tw_text_t *out);

// As tw_text_open, of a text in memory, which is copied.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_text_create(const char *content, int32_t text_unit, const char *symbols, tw_text_t *out);

// The number of bytes or characters.
//
// Threads: any.
TW_API tw_status tw_text_length(tw_text_t text, int64_t *out);

// The number of different symbols, which are numbered from 0: the size of a model's input and output. 256 for
// bytes.
//
// Threads: any.
TW_API tw_status tw_text_vocabulary_size(tw_text_t text, int64_t *out);

// All characters in the order of their numbers, UTF-8; empty for bytes. The string lives as long as the text.
//
// Threads: any. `out`: borrowed from the text.
TW_API tw_status tw_text_symbols(tw_text_t text, const char **out);

// The numbers of a string's symbols, int64 [n]. A character that is not among the text's is an error.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_text_encode(tw_text_t text, const char *string, tw_tensor_t *out);

// The string that numbers of symbols stand for, int64 or int32 of any shape, row-major: writes as much of it
// to `buffer` as `capacity` bytes hold with a 0 behind it, and to `length` the bytes of the whole string
// without that 0.
//
// Threads: any.
TW_API tw_status tw_text_decode(tw_text_t text, tw_tensor_t numbers, char *buffer, size_t capacity,
                                size_t *length);

// Fills the options with their defaults: the whole text, [B, T]. `struct_size` is
// sizeof(tw_text_loader_options).
//
// Threads: any.
TW_API tw_status tw_text_loader_options_init(tw_text_loader_options *options, size_t struct_size);

// A loader for language models: the text is cut into `batch_size` streams of equal length, these into chunks
// of `length` symbols. A batch has two tensors [batch_size, length], int64: the streams' next chunk, and for
// each of its symbols the one that follows. Row b goes on where row b of the batch before ended, so that a
// recurrent net's state can be carried over; every epoch starts at the beginning. The last chunk may be
// shorter. `options` may be NULL for the defaults.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_text_loader_create(tw_text_t text, int64_t batch_size, int64_t length,
                                       const tw_text_loader_options *options, tw_loader_t *out);

// Gives back a reference to a text. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_text_release(tw_text_t text);

// ---------------------------------------------------------------------------------------------------------
// Training and evaluation

// Fills the options with their defaults: one epoch, cross-entropy, no validation, no callbacks. `struct_size`
// is sizeof(tw_fit_options).
//
// Threads: any.
TW_API tw_status tw_fit_options_init(tw_fit_options *options, size_t struct_size);

// Trains the module on the loader's batches, each two arrays: inputs and targets. `options` may be NULL for
// the defaults.
//
// The first `capacity` epochs' results go to `results`, which may be NULL if `capacity` is 0, and `out`
// receives the number of epochs that were completed. Both are written as each epoch ends, so they hold what
// was done also if this call fails later; so do the module's parameters.
//
// The module is in training mode meanwhile, in evaluation mode during validation, and left in the mode it was
// in. If the callback does not return TW_OK, or tw_fit_cancel is called, training ends within a layer's time.
// That is an ordinary end: TW_OK. The batch it was in is given up and changes nothing; an epoch that was not
// completed has no result.
//
// With a checkpoint of the same module, optimizer and loader, whose folder has files already, training goes
// on from the last of them as if it had never ended; `results` then begins with the epochs that were
// complete.
//
// Threads: one at a time per module, optimizer and loader.
TW_API tw_status tw_fit(tw_module_t module, tw_optimizer_t optimizer, tw_loader_t loader,
                        const tw_fit_options *options, tw_epoch_result *results, size_t capacity,
                        size_t *out);

// Ends the tw_fit that runs with this optimizer, within a layer's time; without one it does nothing.
//
// Threads: any.
TW_API tw_status tw_fit_cancel(tw_optimizer_t optimizer);

// The mean over the loader's batches of a loss, TW_LOSS_*, and the share of right classes, from 0 to 1, NaN
// where targets are none. In evaluation mode, without recording; the module is left in the mode it was in.
//
// Threads: one at a time per module and loader.
TW_API tw_status tw_evaluate(tw_module_t module, tw_loader_t loader, int32_t loss, double *out_loss,
                             double *out_accuracy);

// ---------------------------------------------------------------------------------------------------------
// HDF5 files
//
// libhdf5 is looked up when one of these functions is called for the first time. Without it they return
// TW_ERROR_UNAVAILABLE and the rest of the library works.

// Whether a usable libhdf5 is there: 0 or 1.
//
// Threads: any.
TW_API tw_status tw_hdf5_available(int32_t *out);

// Has HDF5 files read in a process of their own: none (TW_ISOLATION_NEVER), all but those that this library
// has written and nothing has changed since (_FOREIGN), or all (_ALWAYS). A damaged or hostile file can crash
// libhdf5 or hang it; read apart it ends that process, and the call returns TW_ERROR_FORMAT. This is so for
// every function that reads such a file, Keras's files among them, from this call on and on every thread.
// `seconds`: how long libhdf5 may take for one file, and 0.1 more for each megabyte that goes through it;
// `bytes`: how much address space its process may have. 0: 30 seconds, 4 GiB.
//
// At the start it is _FOREIGN where the program thalweg-reader is found and _NEVER where it is not; after
// this call a file that cannot be read apart is an error, TW_ERROR_UNAVAILABLE. What the library wrote it
// knows by a seal behind HDF5's end of the file: a checksum of all that libhdf5 interprets there. Damage
// breaks it, and so does any program that writes to the file; but who means to can make one: for files from
// strangers choose _ALWAYS. Costs some 8 ms a file; data of large data sets is not read more slowly. It is no
// sandbox against code that a file may make libhdf5 run: the process has its host's rights, but cannot write
// to files. A file that is appended to (tw_writer_open) is listed apart first, and refused if something in it
// cannot be read; then it is opened in the host's process.
//
// The process is started by posix_spawn, with no descriptors but its own. The host's handler of SIGCHLD, if
// it has one, sees its end; ignoring SIGCHLD or waiting for any child does no harm.
//
// Threads: any.
TW_API tw_status tw_set_isolation(int32_t isolation, double seconds, int64_t bytes);

// What is set by tw_set_isolation.
//
// Threads: any.
TW_API tw_status tw_get_isolation(int32_t *isolation, double *seconds, int64_t *most_bytes);

// Where the program thalweg-reader is, in which files are read apart. NULL or "": the environment variable
// THALWEG_READER, else beside the library or in the folder `thalweg` there, where it is installed.
//
// Threads: any.
TW_API tw_status tw_set_isolation_program(const char *path);

// The data set `dataset` ("train/images") of the HDF5 file at `path`, as it is stored: uint8, int32, int64,
// float32, float64 and bool as they are, other integers in the next of these that holds them (uint64 in
// int64, if its numbers fit), float16 and bfloat16 as float32, enumerations as their integers. A compound's
// member is named behind the data set ("events/energy"). Contiguous, compact, or chunked with gzip, lzf,
// shuffle and fletcher32 (szip, nbit and scaleoffset where libhdf5 has them). A file that nobody vouches for
// can crash libhdf5 itself: see tw_set_isolation.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hdf5_read(const char *path, const char *dataset, tw_tensor_t *out);

// As tw_hdf5_read, as float32: value * scale + offset, which are attributes of the data set (1 and 0 where
// absent), also under netCDF's names scale_factor and add_offset. Where the value is _FillValue or
// missing_value it is not a number.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hdf5_read_scaled(const char *path, const char *dataset, tw_tensor_t *out);

// Writes the module's parameters and buffers to the HDF5 file at `path`: in the layout of Keras 3's
// .weights.h5, with a group /thalweg that restores them bit for bit. The file is whole at every moment: it is
// written beside `path` and takes its place at the end; on an error what was there stays.
//
// Threads: one at a time per module and path.
TW_API tw_status tw_module_save_weights(tw_module_t module, const char *path);

// Reads the module's parameters and buffers from a file that tw_module_save_weights wrote, or from a Keras 3
// .weights.h5 whose layers fit. All of them or none: what is missing, unused or of another shape or dtype is
// listed in the error, and the module stays as it was.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_load_weights(tw_module_t module, const char *path);

// Writes the module's parameters and buffers to the HDF5 file at `path` as PyTorch's users do: a data set for
// each name of its state, with the dots ("layer1.0.weight"), or with `nested` 1 in groups
// ("layer1/0/weight"). No attributes. What has several names is stored once. The file appears in one step.
//
// Threads: one at a time per module and path.
TW_API tw_status tw_module_save_state(tw_module_t module, const char *path, int32_t nested);

// Reads the module's parameters and buffers by their names from a file that tw_module_save_state wrote, or
// PyTorch with h5py, flat or nested, from the group `group` of it (NULL: the root); or from one that
// tw_module_save_weights wrote. float16 and bfloat16 are read as float32. With `strict` 1 what is missing,
// unexpected or of another shape is an error that lists it all, and the module stays as it was. With 0 the
// rest is read, and `report`, which may be NULL, receives what was not:
// {"missing":[],"unexpected":[],"mismatched":[{"name":"a","expected":[2],"found":[3]}]}, or "" if nothing.
//
// Threads: one at a time per module. `report`: borrowed from the module.
TW_API tw_status tw_module_read_state(tw_module_t module, const char *path, const char *group, int32_t strict,
                                      const char **report);

// Writes the module to a model file at `path`: what tw_module_save_weights writes, and how the layers are
// made, so that tw_module_load needs no code that builds them. Options, names, shared modules and tensors,
// dtypes, requires_grad and the mode are kept; of a module of the caller's own only the type name.
//
// Threads: one at a time per module and path.
TW_API tw_status tw_module_save(tw_module_t module, const char *path);

// The module that tw_module_save wrote to `path`, ready to compute. TW_ERROR_FORMAT for a file that is
// damaged, of a newer format, of weights alone, or with a module of a caller's own: make that one in code and
// load the weights.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_load(const char *path, tw_module_t *out);

// What the module was made with, as a JSON object: {"start_dim":1,"end_dim":-1}. It is {} for a module
// without options and for one of the caller's own. The string lives as long as the module.
//
// Threads: any. `out`: borrowed.
TW_API tw_status tw_module_options(tw_module_t module, const char **out);

// ---------------------------------------------------------------------------------------------------------
// Data sets of HDF5 files in parts

// As tw_hdf5_read, of some rows: parts of the data set along its first dimension, those with the numbers in
// `rows` (integers [n], from 0), in their order.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hdf5_read_rows(const char *path, const char *dataset, tw_tensor_t rows, tw_tensor_t *out);

// Reads a data set whose elements differ in length, strings or sequences of numbers: their values one after
// the other, and int64 offsets [n + 1], where element i is what lies from offsets[i] up to offsets[i + 1],
// row-major. Values of strings are bytes (UTF-8, without padding and 0), of sequences numbers with the dtypes
// of tw_hdf5_read.
//
// Threads: any. `out_values`, `out_offsets`: new references.
TW_API tw_status tw_hdf5_read_sequences(const char *path, const char *dataset, tw_tensor_t *out_values,
                                        tw_tensor_t *out_offsets);

// As tw_hdf5_read_sequences, as a batch [n, longest] with `padding` behind those that are shorter, and int64
// lengths [n].
//
// Threads: any. `out_values`, `out_lengths`: new references.
TW_API tw_status tw_hdf5_read_padded(const char *path, const char *dataset, double padding,
                                     tw_tensor_t *out_values, tw_tensor_t *out_lengths);

// The names and values of the enumeration that a data set's elements are, as a JSON object:
// {"RED":0,"GREEN":2}. Writes as much of it to `buffer` as `capacity` bytes hold with a 0 behind it, and to
// `length` the bytes of the whole text without that 0. (tw_hdf5_read reads the data set itself as integers.)
//
// Threads: any.
TW_API tw_status tw_hdf5_enumeration(const char *path, const char *dataset, char *buffer, size_t capacity,
                                     size_t *length);

// The samples of a loader of HDF5 data sets that have these numbers (integers [n], from 0, in the data's
// order), as a batch: writes a tensor for each data set to `outs`, which has room for `capacity`, and their
// number to `count`. It does not disturb an epoch that is going on. Decoded chunks are kept in half of the
// window's memory.
//
// Threads: one at a time per loader. `outs`: new references.
TW_API tw_status tw_loader_samples(tw_loader_t loader, tw_tensor_t numbers, tw_tensor_t *outs,
                                   size_t capacity, size_t *count);

// ---------------------------------------------------------------------------------------------------------
// HDF5 files: what is in them

// Lists the groups, data sets and attributes of the HDF5 file at `path`. It is read now and closed; no data
// is read. Links are listed and not followed.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_file_open(const char *path, tw_file_t *out);

// How many entries there are, the root group among them.
//
// Threads: any.
TW_API tw_status tw_file_entry_count(tw_file_t file, size_t *out);

// Entry `index`: its path ("/train/images") and what it is, a TW_ENTRY_.... Entry 0 is the root, "/"; groups
// come before what is in them. The string lives as long as the file.
//
// Threads: any. `path`: borrowed.
TW_API tw_status tw_file_entry_at(tw_file_t file, size_t index, const char **path, int32_t *kind);

// The shape of a data set: writes its sizes to `shape`, which has room for `capacity`, and their number to
// `out`. Too little room is an error. For other entries it is 0, as for a scalar.
//
// Threads: any.
TW_API tw_status tw_file_entry_shape(tw_file_t file, size_t index, int64_t *shape, size_t capacity,
                                     size_t *out);

// Everything that is known of entry `index`, as a JSON object. All have "attributes": {name: {"type",
// "shape", "value"}}, where the value is there for strings, numbers and short lists of numbers. A data set
// has "type", "shape", "max_shape" (null: no bound), "bytes" in memory and "stored_bytes", "layout"
// (contiguous, chunked, compact, virtual, external), for chunks "chunk" and "filters", and "dtype" if
// tw_hdf5_read reads it. What has a second name has "same_as", a link "link". What could not be read has a
// "problem", a sentence. The string lives as long as the file.
//
// Threads: any. `out`: borrowed.
TW_API tw_status tw_file_entry_details(tw_file_t file, size_t index, const char **out);

// Gives back a reference to a file. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_file_release(tw_file_t file);

// ---------------------------------------------------------------------------------------------------------
// HDF5 files: writing data sets
//
// A writer's file appears, or changes, in one step when tw_writer_close succeeds. A crash or a kill before
// leaves what was at the path, byte for byte, however much was written: the work goes to a file beside it,
// when appending to a copy of it. That copy takes no time and room where the file system shares blocks
// (btrfs, XFS).

// Begins an HDF5 file at `path`. With `append` 1 what is in a file there stays, and rows and data sets can be
// added; without such a file a new one is begun.
//
// Threads: one at a time per path. `out`: new reference.
TW_API tw_status tw_writer_open(const char *path, int32_t append, tw_writer_t *out);

// Fills the options with their defaults. `struct_size` is sizeof(tw_writer_options).
//
// Threads: any.
TW_API tw_status tw_writer_options_init(tw_writer_options *options, size_t struct_size);

// Makes the data set `name` ("train/images"; groups on the way are made) without values, which
// tw_writer_append brings. shape[0] is the number of rows to come, or -1: any number. Data sets that neither
// grow nor are compressed or checked lie in one piece; others in chunks of whole samples. `labels`, if any,
// are names of the values 0, 1, ... of uint8, int32 or int64: the file has an enumeration. `options` may be
// NULL for the defaults.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_define(tw_writer_t writer, const char *name, int32_t dtype, const int64_t *shape,
                                  size_t rank, const char *const *labels, size_t label_count,
                                  const tw_writer_options *options);

// Writes a new data set with the values of `tensor`; `labels` and `options` as for tw_writer_define.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_write(tw_writer_t writer, const char *name, tw_tensor_t tensor,
                                 const char *const *labels, size_t label_count,
                                 const tw_writer_options *options);

// Writes a new data set of rank 1 with `count` strings in UTF-8, of any length.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_write_texts(tw_writer_t writer, const char *name, const char *const *texts,
                                       size_t count, const tw_writer_options *options);

// Adds the rows of `rows` at the end of a data set: one that grows, whether of this writer or in the file
// before, or one whose announced rows are not complete. Its dtype and all sizes but the first must be the
// data set's.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_append(tw_writer_t writer, const char *name, tw_tensor_t rows);

// Adds `count` strings at the end of a data set of strings.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_append_texts(tw_writer_t writer, const char *name, const char *const *texts,
                                        size_t count);

// Gives the data set or group `object` ("/": the file) an attribute, a string in UTF-8, in the place of one
// of that name.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_set_text(tw_writer_t writer, const char *object, const char *name,
                                    const char *text);

// As tw_writer_set_text, float64: one number as a scalar, several as an array.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_set_numbers(tw_writer_t writer, const char *object, const char *name,
                                       const double *values, size_t count);

// Names the dimensions of a data set, all of them: each is a dimension scale, which netCDF and xarray read as
// a dimension. Data sets that name the same one are of the same size there. A data set of rank 1 that has a
// dimension's name gives its coordinates.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_set_dimensions(tw_writer_t writer, const char *name, const char *const *dimensions,
                                          size_t count);

// Writes everything out and puts the file in place. It fails if an earlier write has, if announced rows are
// missing, or if the file that was added to has been changed meanwhile; then nothing changes at the path. The
// writer takes no more calls.
//
// Threads: one at a time per writer.
TW_API tw_status tw_writer_close(tw_writer_t writer);

// Gives back a reference to a writer; what was not closed is thrown away. NULL is taken and ignored.
//
// Threads: any.
TW_API void tw_writer_release(tw_writer_t writer);

// ---------------------------------------------------------------------------------------------------------
// Norms of gradients

// The Euclidean norm of the gradient of the parameter of this name (joined by dots, such as "0.weight"), or,
// if `name` is NULL, of all parameters' gradients as if they were one vector. NaN or infinite where an
// element is. It is an error (TW_ERROR_AUTOGRAD) if there is no gradient; see tw_tensor_backward.
//
// Threads: any, but not while another thread's backward or step is at the same parameters.
TW_API tw_status tw_module_gradient_norm(tw_module_t module, const char *name, double *out);

// The Euclidean norm of the gradient of parameter `index`, in the order of tw_module_parameter_at. NaN or
// infinite where an element is. It is an error (TW_ERROR_AUTOGRAD) if there is no gradient; see
// tw_tensor_backward.
//
// Threads: any, but not while another thread's backward or step is at the same parameters.
TW_API tw_status tw_module_gradient_norm_at(tw_module_t module, size_t index, double *out);

// ---------------------------------------------------------------------------------------------------------
// Jacobians through time

// The largest and the smallest singular value of the Jacobian of `outputs` with respect to `inputs`, both
// joined to one vector: by how much a change of the inputs can grow on its way at most, and at least. For a
// recurrent net's state and the one before it is the one-step Jacobian, for states further apart the product
// of those between. The tensors must have been computed with recording on; no leaf's gradient changes.
//
// By `steps` steps of Golub and Kahan's bidiagonalisation, two backward passes each. 0 stands for as many as
// there are inputs or outputs, whichever are fewer, which is exact but for rounding; after fewer the largest
// value is a bound from below, good after some twenty, the smallest one from above. Where a product is
// infinite or NaN the largest is that, and the smallest NaN.
//
// Threads: one at a time per graph.
TW_API tw_status tw_jacobian_singular_values(const tw_tensor_t *outputs, size_t output_count,
                                             const tw_tensor_t *inputs, size_t input_count, int64_t steps,
                                             double *out_largest, double *out_smallest);

// The largest singular value of a matrix: the most by which it can lengthen a vector.
//
// Threads: any.
TW_API tw_status tw_tensor_spectral_norm(tw_tensor_t tensor, double *out);

// The largest absolute value of a square matrix's eigenvalues: what its powers grow or shrink by in the long
// run.
//
// Threads: any.
TW_API tw_status tw_tensor_spectral_radius(tw_tensor_t tensor, double *out);

// ---------------------------------------------------------------------------------------------------------
// Activations as layers
//
// Each keeps the shape of its input but tw_glu_create's.

// y = max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) (Barron 2017).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_celu_create(double alpha, tw_module_t *out);

// y = x where x > 0, else alpha (e^x - 1) (Clevert et al. 2016).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_elu_create(double alpha, tw_module_t *out);

// y = x times the normal distribution at x (Hendrycks & Gimpel 2016), exactly or approximated by tanh.
// `approximate` is TW_GELU_NONE or TW_GELU_TANH.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_gelu_create(int32_t approximate, tw_module_t *out);

// y = a sigmoid(b), a and b the halves of x along `dim` (Dauphin et al. 2017).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_glu_create(int64_t dim, tw_module_t *out);

// y = x where |x| > lambda, else 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hardshrink_create(double lambd, tw_module_t *out);

// y = x / 6 + 1/2, at least 0 and at most 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hardsigmoid_create(tw_module_t *out);

// y = x hardsigmoid(x) (Howard et al. 2019).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hardswish_create(tw_module_t *out);

// y = x, at least `min_val` and at most `max_val`.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_hardtanh_create(double min_val, double max_val, tw_module_t *out);

// y = x where x > 0, else slope x (Maas et al. 2013).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_leaky_relu_create(double negative_slope, tw_module_t *out);

// The logarithm of sigmoid(x).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_log_sigmoid_create(tw_module_t *out);

// y = x tanh(softplus(x)) (Misra 2019).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_mish_create(tw_module_t *out);

// y = max(x, 0), at most 6.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_relu6_create(tw_module_t *out);

// y = x where x > 0, else a x: in training with an a for each element, uniform in [low, high), outside with
// their mean (Xu et al. 2015).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rrelu_create(double low, double high, tw_module_t *out);

// y = 1.0507 (max(x, 0) + min(0, 1.6733 (e^x - 1))) (Klambauer et al. 2017).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_selu_create(tw_module_t *out);

// y = x sigmoid(x), also known as swish (Elfwing et al. 2018).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_silu_create(tw_module_t *out);

// y = log(1 + e^(beta x)) / beta; x where beta x > threshold.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softplus_create(double beta, double threshold, tw_module_t *out);

// y = x - lambda where x > lambda, x + lambda where x < -lambda, else 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softshrink_create(double lambd, tw_module_t *out);

// y = x / (1 + |x|).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softsign_create(tw_module_t *out);

// y = x - tanh(x).
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tanhshrink_create(tw_module_t *out);

// y = x where x > threshold, else value.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_threshold_create(double threshold, double value, tw_module_t *out);

// y = x where x > 0, else weight x, with the parameter "weight" [num_parameters] of `dtype` TW_FLOAT32 or
// TW_FLOAT64, which starts as `initial` (He et al. 2015). `num_parameters` is 1, or the number of channels of
// x [N, C, ...].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_prelu_create(int64_t num_parameters, double initial, int32_t dtype, tw_module_t *out);

// y = softmax(x) along the dimension `dim`; NULL stands for 0 where x has 0, 1 or 3 dimensions, and for 1
// elsewhere.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softmax_create(const int64_t *dim, tw_module_t *out);

// y = softmax(-x) along the dimension `dim`; NULL as for tw_softmax_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softmin_create(const int64_t *dim, tw_module_t *out);

// y = log(softmax(x)) along the dimension `dim`; NULL as for tw_softmax_create.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_log_softmax_create(const int64_t *dim, tw_module_t *out);

// y = softmax over the channels of images [N, C, H, W] or [C, H, W].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_softmax2d_create(tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Time for memory

// Computes `function` of `inputs` and keeps for backward nothing of what it computes, but the inputs:
// backward calls it once more when it needs the rest (Chen et al. 2016, "Training deep nets with sublinear
// memory cost"). It must compute the same both times; it may use tensors beside its inputs, such as
// parameters, whose gradients come as always. With `preserve_random` 1 every generator gives the second time
// what it gave the first; running statistics of normalisation change the first time only. May be nested, and
// differentiated again.
//
// `destroy`, which may be NULL, is called with `user_data` when nothing can call the function any more, on
// whatever thread that happens: with the graph, or before the return if nothing was recorded; not if this
// call fails.
//
// Threads: any. `out`: `output_count` new references; may be NULL if that is 0.
TW_API tw_status tw_checkpointed(tw_functions_callback function, const tw_tensor_t *inputs,
                                 size_t input_count, size_t output_count, int32_t preserve_random,
                                 void *user_data, tw_destroy destroy, tw_tensor_t *out);

// Modules one after the other, named "0", "1", ..., that train in less memory and more time: they are cut
// into `segments` of equal length, and of each but the last only the input is kept for backward, which
// computes the segment once more (tw_checkpointed); a single segment is treated so too. Parameters have the
// names that they have in tw_sequential_create, and the numbers are the same. The handles stay the caller's;
// the modules are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_checkpointed_sequential_create(const tw_module_t *children, size_t count,
                                                   int64_t segments, int32_t preserve_random,
                                                   tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Operations of the caller's own

// An operation of the caller's own, called `name` in error messages, on `inputs`. `forward` computes the
// outputs, at once and unrecorded; `backward` the gradients of the inputs, once in each backward pass that
// comes by, on its thread. Both are described at their types. Where `backward` is made of the library's
// operations, the result can be differentiated as often as these.
//
// `destroy`, which may be NULL, is called with `user_data` when nothing can call the functions any more, on
// whatever thread that happens: with the graph, or before the return if nothing was recorded; not if this
// call fails. `user_data` must not hold a reference to the outputs: they would never be gone.
//
// Threads: any; one at a time per `user_data`, if its graphs are used by several. `out`: `output_count` new
// references.
TW_API tw_status tw_custom_apply(const char *name, tw_custom_forward forward, tw_custom_backward backward,
                                 const tw_tensor_t *inputs, size_t input_count, size_t output_count,
                                 void *user_data, tw_destroy destroy, tw_tensor_t *out);

// As tw_custom_apply, with `jvp` for forward mode, which may be NULL: it gets the tangents of the inputs and
// writes those of the outputs, and may be called several times. Without it forward mode differentiates
// `backward`.
//
// Threads: any; one at a time per `user_data`, if its graphs are used by several. `out`: `output_count` new
// references.
TW_API tw_status tw_custom_apply_with_jvp(const char *name, tw_custom_forward forward,
                                          tw_custom_backward backward, tw_custom_jvp jvp,
                                          const tw_tensor_t *inputs, size_t input_count, size_t output_count,
                                          void *user_data, tw_destroy destroy, tw_tensor_t *out);

// Keeps a tensor for backward, where it is number 0, 1, ... in the order of the calls: an input or output
// with its place in the graph of derivatives, any other as a constant. In forward only.
//
// Threads: one at a time per context.
TW_API tw_status tw_context_save(tw_context_t context, tw_tensor_t tensor);

// A tensor that forward saved. In backward and jvp only; an error if the tensor was changed in place since.
//
// Threads: one at a time per context. `out`: new reference.
TW_API tw_status tw_context_saved(tw_context_t context, size_t index, tw_tensor_t *out);

// How many tensors forward saved. In backward and jvp only.
//
// Threads: one at a time per context.
TW_API tw_status tw_context_saved_count(tw_context_t context, size_t *out);

// Whether an input is to get a gradient (0 or 1): in forward, from any pass; in backward, from the one that
// runs.
//
// Threads: one at a time per context.
TW_API tw_status tw_context_needs_gradient(tw_context_t context, size_t input, int32_t *out);

// Says that an output has no gradient, such as one of places. Outputs that are not float have none anyway. In
// forward only.
//
// Threads: one at a time per context.
TW_API tw_status tw_context_mark_non_differentiable(tw_context_t context, size_t output);

// Whether backward gets zeros for an output that no gradient came to (1, the start), or NULL (0). In forward
// only.
//
// Threads: one at a time per context.
TW_API tw_status tw_context_set_materialize_gradients(tw_context_t context, int32_t value);

// ---------------------------------------------------------------------------------------------------------
// Jacobians and second derivatives

// v^T J: the gradients of `outputs`, contracted with `vectors` of their shapes, with respect to `inputs`: one
// backward pass. With `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient
// changes.
//
// Threads: one at a time per graph. `out`: `input_count` new references, of the inputs' shapes.
TW_API tw_status tw_vjp(const tw_tensor_t *outputs, size_t output_count, const tw_tensor_t *inputs,
                        size_t input_count, const tw_tensor_t *vectors, int32_t create_graph,
                        tw_tensor_t *out);

// J v: how `outputs` change as `inputs` move along `tangents` of their shapes: one pass forward through the
// graph. With `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient
// changes.
//
// Threads: one at a time per graph. `out`: `output_count` new references, of the outputs' shapes.
TW_API tw_status tw_jvp(const tw_tensor_t *outputs, size_t output_count, const tw_tensor_t *inputs,
                        size_t input_count, const tw_tensor_t *tangents, int32_t create_graph,
                        tw_tensor_t *out);

// The Jacobian of `output` for each input, of shape output.shape + input.shape: element [i..., j...] is the
// derivative of output[i...] by input[j...]. The rows go backward in batches, which most operations take at
// once. With `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient changes.
//
// Threads: one at a time per graph. `out`: `input_count` new references.
TW_API tw_status tw_jacobian(tw_tensor_t output, const tw_tensor_t *inputs, size_t input_count,
                             int32_t create_graph, tw_tensor_t *out);

// tw_jacobian by forward mode, a pass for each element of the inputs: for many more outputs than inputs.
//
// Threads: one at a time per graph. `out`: `input_count` new references.
TW_API tw_status tw_jacobian_forward(tw_tensor_t output, const tw_tensor_t *inputs, size_t input_count,
                                     int32_t create_graph, tw_tensor_t *out);

// The second derivatives of the scalar `output`: `out`[i * input_count + j], of shape input[i].shape +
// input[j].shape, is the derivative of the gradient by input i with respect to input j. With `create_graph` 1
// the results can be differentiated. The graph stays; no leaf's gradient changes.
//
// Threads: one at a time per graph. `out`: `input_count` * `input_count` new references.
TW_API tw_status tw_hessian(tw_tensor_t output, const tw_tensor_t *inputs, size_t input_count,
                            int32_t create_graph, tw_tensor_t *out);

// H v: the Hessian of the scalar `output` times `vectors` of the inputs' shapes, by forward over reverse: a
// pass backward and one forward through both, whatever the size. With `create_graph` 1 the results can be
// differentiated. The graph stays; no leaf's gradient changes.
//
// Threads: one at a time per graph. `out`: `input_count` new references, of the inputs' shapes.
TW_API tw_status tw_hvp(tw_tensor_t output, const tw_tensor_t *inputs, size_t input_count,
                        const tw_tensor_t *vectors, int32_t create_graph, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Checking derivatives

// Fills options with the defaults; `size` is sizeof of the caller's struct.
//
// Threads: any.
TW_API tw_status tw_gradcheck_options_init(tw_gradcheck_options *options, size_t size);

// Compares the gradients of the caller's function with central differences at `inputs`, float64: those that
// require a gradient, or all if none does. The error names the first element that differs. `function` is
// called on this thread, twice for each element and once more. `options`: NULL for the defaults.
//
// Threads: any.
TW_API tw_status tw_gradcheck(tw_function_callback function, const tw_tensor_t *inputs, size_t input_count,
                              const tw_gradcheck_options *options, void *user_data);

// tw_gradcheck for the second derivatives: the function's gradient is itself differentiated.
//
// Threads: any.
TW_API tw_status tw_gradgradcheck(tw_function_callback function, const tw_tensor_t *inputs,
                                  size_t input_count, const tw_gradcheck_options *options, void *user_data);

// ---------------------------------------------------------------------------------------------------------
// Forward mode

// Begins a level of forward-mode differentiation on the calling thread, within which tensors may carry
// tangents (tw_make_dual). Levels may be nested: an inner one's tangents carry tangents of the outer ones.
// Backward passes in a level give gradients that carry tangents: Hessians times vectors, by forward over
// reverse. Where recording is off (tw_set_grad_enabled) no tangents are carried.
//
// Threads: any, each for itself.
TW_API tw_status tw_forward_level_enter(void);

// Ends the innermost level of the calling thread: its tangents are gone.
//
// Threads: any, each for itself.
TW_API tw_status tw_forward_level_leave(void);

// A tensor of the values of `primal` that carries a tangent of its shape and float dtype, for the calling
// thread's innermost level. Derivatives of other kinds go on through it.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_make_dual(tw_tensor_t primal, tw_tensor_t tangent, tw_tensor_t *out);

// A tensor without its tangent of the calling thread's innermost level, and that tangent, NULL if it has
// none.
//
// Threads: any. `out_primal`: new reference. `out_tangent`: new reference, or NULL.
TW_API tw_status tw_unpack_dual(tw_tensor_t tensor, tw_tensor_t *out_primal, tw_tensor_t *out_tangent);

// `function` at `inputs`, and how its results change as the inputs move along `tangents` of their shapes: J v
// by forward mode, in about the time of two forward passes and without keeping anything. `function` is called
// once, on this thread.
//
// Threads: any. `out` and `out_tangents`: `output_count` new references each.
TW_API tw_status tw_function_jvp(tw_functions_callback function, const tw_tensor_t *inputs,
                                 size_t input_count, const tw_tensor_t *tangents, size_t output_count,
                                 void *user_data, tw_tensor_t *out, tw_tensor_t *out_tangents);

// A tensor over the same elements to take derivatives at: a leaf that requires a gradient, or, where the
// tensor is itself part of a graph of derivatives, connected with it. It carries the same tangents. So
// derivatives of derivatives are found whether the outer ones go forward or backward.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_point(tw_tensor_t tensor, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Keras's models

// The model in a file of Keras's, `.keras` or legacy `.h5`, told apart by what is in them: Sequential,
// functional and nested models of layers that are known here. It takes what Keras's model takes, channels
// last, and gives what that gives; it begins in evaluation mode. Nothing of the file is ever run: a layer or
// option that is not supported is TW_ERROR_FORMAT, with its path and class, before weights are read. As every
// HDF5 file, one that nobody vouches for can crash libhdf5 itself: see tw_set_isolation.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_model_load_keras(const char *path, tw_module_t *out);

// Reads the weights alone of a file of Keras's, `.keras`, `.weights.h5` or legacy `.h5`, into a module that
// tw_model_load_keras made, or one of this library's layers that fit. All of them or none.
//
// Threads: one at a time per module.
TW_API tw_status tw_model_load_keras_weights(tw_module_t module, const char *path);

// Writes a model to a file that Keras opens: legacy `.h5` where the path ends so, else `.keras`. It may be
// what tw_model_load_keras made, or a Sequential of this library's layers that Keras has, in it Residuals of
// such: images are channels last there, sequences batch first, outputs the same. Another layer is
// TW_ERROR_INVALID_ARGUMENT with its name. The file appears in one step. Keras 2.15 and Keras 3 open it, but
// Keras 3 alone a model with models inside, or with states, masks or a MultiHeadAttention's value handed on
// between layers; where Keras 2 wrote the model, .h5 is in its form, and .keras is refused where Keras 3
// computes something else (hard_sigmoid, masks of what is merged).
//
// Threads: one at a time per module and path.
TW_API tw_status tw_model_save_keras(tw_module_t module, const char *path);

// Writes a model that tw_model_load_keras made with the optimiser that trains it, so that training goes on in
// Keras: options, steps and momenta of Adam, AdamW, SGD, RMSprop, Adagrad, Adadelta, Adamax or Lion. Else as
// tw_model_save_keras.
//
// Threads: one at a time per module, optimiser and path.
TW_API tw_status tw_model_save_keras_training(tw_module_t module, tw_optimizer_t optimizer, const char *path);

// Gives an optimiser of the parameters of a model that tw_model_load_keras made the options and the state of
// the one in the file: learning rate, steps, momenta. Training goes on as in Keras, but for where an epsilon
// stands. Of a schedule of Keras's the rate that it has come to is taken, not the schedule. An optimiser of
// another rule, a schedule that is not Keras's, or options that have no equal here (clipping, moving averages
// of weights, accumulated gradients, scaled losses): TW_ERROR_FORMAT, and nothing has changed.
//
// Threads: one at a time per module and optimiser.
TW_API tw_status tw_optimizer_load_keras(tw_optimizer_t optimizer, tw_module_t module, const char *path);

// Calls a model of several inputs or outputs, such as tw_model_load_keras makes; another module with one of
// each.
//
// Threads: any, also several on one module. `outs`: room for `capacity` handles; new references. `out_count`:
// how many outputs there are; with more than `capacity` nothing is written to `outs` and the call is
// TW_ERROR_INVALID_ARGUMENT.
TW_API tw_status tw_module_call(tw_module_t module, const tw_tensor_t *inputs, size_t input_count,
                                tw_tensor_t *outs, size_t capacity, size_t *out_count);

// ---------------------------------------------------------------------------------------------------------
// Operations of layers: gates, dropout of channels, other sizes

// a sigmoid(b), a and b the halves of the input along `dim`; floats.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_glu(tw_tensor_t input, int64_t dim, tw_tensor_t *out);

// x where x > 0, else weight x; `weight` has one element, or one for each channel of x [N, C, ...].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_prelu(tw_tensor_t input, tw_tensor_t weight, tw_tensor_t *out);

// x where x > 0, else a x: with `training` 1 an a for each element, uniform in [low, high), from `generator`,
// which may be NULL for the default one; with 0 their mean.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_rrelu(tw_tensor_t input, double low, double high, int32_t training,
                                 tw_generator_t generator, tw_tensor_t *out);

// Sets whole channels of [N, C, ...] to 0 with probability `p` and divides the others by 1 - p; nothing
// unless `training` is 1. `generator` may be NULL for the default one.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_feature_dropout(tw_tensor_t input, double p, int32_t training,
                                           tw_generator_t generator, tw_tensor_t *out);

// Sets elements, or with `whole_channels` 1 channels of [N, C, ...], to the negative limit of SELU with
// probability `p`, then scales and shifts so that mean 0 and variance 1 stay; nothing unless `training` is 1.
// `generator` may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_alpha_dropout(tw_tensor_t input, double p, int32_t training,
                                         int32_t whole_channels, tw_generator_t generator, tw_tensor_t *out);

// The sum over i and j of a_i weight_kij b_j, plus bias_k, for a [..., I], b [..., J] and weight [K, I, J].
// `bias` [K] may be NULL.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_bilinear(tw_tensor_t input1, tw_tensor_t input2, tw_tensor_t weight,
                                    tw_tensor_t bias, tw_tensor_t *out);

// x [N, C, ...] with other sizes behind the channels: those of `size`, one a dimension or one for all, or, if
// `rank` is 0, the scales times as large. Of the scales those that are not 0 count, in order: one for all
// dimensions, or one for each. `interpolation` is TW_INTERPOLATE_...; with `align_corners` 1 first and last
// elements, rather than edges, fall on each other.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_interpolate(tw_tensor_t input, const int64_t *size, size_t rank,
                                       double scale_depth, double scale_height, double scale_width,
                                       int32_t interpolation, int32_t align_corners, tw_tensor_t *out);

// [..., C r^2, H, W] to [..., C, H r, W r]: each pixel's r^2 channels as a square of pixels.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pixel_shuffle(tw_tensor_t input, int64_t upscale_factor, tw_tensor_t *out);

// [..., C, H r, W r] to [..., C r^2, H, W]: undoes tw_tensor_pixel_shuffle.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_pixel_unshuffle(tw_tensor_t input, int64_t downscale_factor, tw_tensor_t *out);

// The channels of `groups` groups of [N, C, ...], taken in turn.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_tensor_channel_shuffle(tw_tensor_t input, int64_t groups, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Gradients layer by layer

// How large gradients are layer by layer, of weights and of activations, for one batch and a loss, TW_LOSS_*:
// the first `capacity` calls of modules go to `results`, which may be NULL if that is 0, in the order in
// which they were done, and `out` receives how many there were. The parameters' own gradients are left as
// they were.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_layer_gradients(tw_module_t module, tw_tensor_t input, tw_tensor_t target,
                                           int32_t loss, tw_layer_gradient *results, size_t capacity,
                                           size_t *out);

// Computes the module's output for `input` and says what each module of the tree gave, in the order in which
// they were done: names, which live as long as the module, and outputs, whose gradients a backward pass
// keeps. Both arrays have room for `capacity`; `count` receives how many there are.
//
// Threads: as tw_module_forward. `out`, `outputs`: new references. `names`: borrowed.
TW_API tw_status tw_module_trace(tw_module_t module, tw_tensor_t input, const char **names,
                                 tw_tensor_t *outputs, size_t capacity, size_t *count, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Metrics

// The share of rows of `scores` [N, C, ...] among whose `top` largest is that of the class in `target` [N,
// ...]; targets of -100 do not count. NaN if nothing counts.
//
// Threads: any.
TW_API tw_status tw_metric_accuracy(tw_tensor_t scores, tw_tensor_t target, int64_t top, double *out);

// How often class i (row) was taken for class j (column): int64 [C, C], for scores [N, C, ...] and target [N,
// ...].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_metric_confusion_matrix(tw_tensor_t scores, tw_tensor_t target, tw_tensor_t *out);

// The mean of |output - target|.
//
// Threads: any.
TW_API tw_status tw_metric_mean_absolute_error(tw_tensor_t output, tw_tensor_t target, double *out);

// The mean of (output - target)^2.
//
// Threads: any.
TW_API tw_status tw_metric_mean_squared_error(tw_tensor_t output, tw_tensor_t target, double *out);

// The root of the mean of (output - target)^2.
//
// Threads: any.
TW_API tw_status tw_metric_root_mean_squared_error(tw_tensor_t output, tw_tensor_t target, double *out);

// ---------------------------------------------------------------------------------------------------------
// Nets that are known by name

// Dense layers with ReLU between them: `sizes`, of which there are `count`, from the input's to the output's.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_mlp_create(const int64_t *sizes, size_t count, int32_t dtype, tw_module_t *out);

// LeNet-5 for images [N, channels, 28, 28] (LeCun et al. 1998), with tanh and averages, or with `modern` 1
// ReLU and maxima.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_lenet5_create(int64_t channels, int64_t classes, int32_t modern, int32_t dtype,
                                  tw_module_t *out);

// A net of `depth` = 6 n + 2 layers for images [N, 3, 32, 32] (He et al. 2016, section 4.2), with `residual`
// 1 with shortcuts: by channels of zeros where their number grows, or with `projection` 1 by filters of 1 x
// 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_cifar_net_create(int64_t depth, int32_t residual, int32_t projection, int64_t classes,
                                     int32_t dtype, tw_module_t *out);

// Every `stride`-th pixel of [N, in_channels, H, W], with channels of zeros before and behind: a shortcut
// without parameters.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_channel_pad_create(int64_t in_channels, int64_t out_channels, int64_t step,
                                       tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Modules: state

// How many entries the module's state has: parameters and buffers of it and everything below, under each of
// their names.
//
// Threads: any.
TW_API tw_status tw_module_state_count(tw_module_t module, size_t *out);

// Entry `index` of the module's state, and its name, joined by dots: parameters, then buffers of each module,
// parents before children. The string lives as long as the module.
//
// Threads: any. `name`: borrowed. `out`: new reference.
TW_API tw_status tw_module_state_at(tw_module_t module, size_t index, const char **name, tw_tensor_t *out);

// Copies `count` tensors into the module's parameters and buffers of these names: all of them, or none.
// Shapes that differ are an error, with `strict` 1 missing and unexpected names too; the sentence names them
// all. With `strict` 0 `report`, which has room for `capacity` bytes and may be NULL if that is 0, receives
// which are missing and unexpected, or nothing.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_load_state(tw_module_t module, const char *const *names,
                                      const tw_tensor_t *tensors, size_t count, int32_t strict, char *report,
                                      size_t capacity);

// Makes all parameters, of the module and everything below, trained (1) or frozen (0).
//
// Threads: one at a time per module.
TW_API tw_status tw_module_set_requires_grad(tw_module_t module, int32_t value);

// Makes all float parameters and buffers, of the module and everything below, of `dtype`, TW_FLOAT32 or
// TW_FLOAT64. They become other tensors: an optimizer that has the old ones must be made anew.
//
// Threads: one at a time per module.
TW_API tw_status tw_module_to(tw_module_t module, int32_t dtype);

// ---------------------------------------------------------------------------------------------------------
// Modules: counts

// How many numbers the parameters of the module and everything below have; with `trained_only` 1 without
// frozen ones.
//
// Threads: any.
TW_API tw_status tw_module_parameter_total(tw_module_t module, int32_t trained_only, int64_t *out);

// How many products with weights, each with its addition, the dense layers and filters compute for `input`;
// in evaluation mode and without recording.
//
// Threads: any, but not while another thread trains the module.
TW_API tw_status tw_module_multiply_adds(tw_module_t module, tw_tensor_t input, int64_t *out);

// A table of the module's layers for `input`: name and kind, output shape, parameters, multiply-adds. The
// string lives as long as the module.
//
// Threads: any, but not while another thread trains the module. `out`: borrowed.
TW_API tw_status tw_module_summary(tw_module_t module, tw_tensor_t input, const char **out);

// ---------------------------------------------------------------------------------------------------------
// Layers that normalise

// Fills the options with their defaults: eps 1e-5, momentum 0.1, parameters and running statistics,
// TW_FLOAT32. `struct_size` is sizeof(tw_batch_norm_options).
//
// Threads: any.
TW_API tw_status tw_batch_norm_options_init(tw_batch_norm_options *options, size_t struct_size);

// Normalises each channel of [N, C] or [N, C, L] over the batch in training, by running statistics in
// evaluation, with parameters "weight" and "bias" [num_features] and buffers "running_mean", "running_var"
// and "num_batches_tracked". `options` may be NULL for the defaults.
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_batch_norm1d_create(int64_t num_features, const tw_batch_norm_options *options,
                                        tw_module_t *out);

// The same for images [N, C, H, W].
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_batch_norm2d_create(int64_t num_features, const tw_batch_norm_options *options,
                                        tw_module_t *out);

// The same for volumes [N, C, D, H, W].
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_batch_norm3d_create(int64_t num_features, const tw_batch_norm_options *options,
                                        tw_module_t *out);

// Sets how far the running statistics of a batch or instance normalisation move to a batch's; NaN: so far
// that they are the means over all batches.
//
// Threads: one at a time per module.
TW_API tw_status tw_norm_set_momentum(tw_module_t module, double momentum);

// Fills the options with their defaults: eps 1e-5, momentum 0.1, neither parameters nor running statistics,
// TW_FLOAT32. `struct_size` is sizeof(tw_instance_norm_options).
//
// Threads: any.
TW_API tw_status tw_instance_norm_options_init(tw_instance_norm_options *options, size_t struct_size);

// Normalises each channel of each sample of [N, C, L] or [C, L]; with running statistics by those in
// evaluation. Parameters and buffers as of tw_batch_norm1d_create. `options` may be NULL for the defaults.
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_instance_norm1d_create(int64_t num_features, const tw_instance_norm_options *options,
                                           tw_module_t *out);

// The same for images [N, C, H, W] or [C, H, W].
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_instance_norm2d_create(int64_t num_features, const tw_instance_norm_options *options,
                                           tw_module_t *out);

// The same for volumes [N, C, D, H, W] or [C, D, H, W].
//
// Threads: any; training one at a time per module. `out`: new reference.
TW_API tw_status tw_instance_norm3d_create(int64_t num_features, const tw_instance_norm_options *options,
                                           tw_module_t *out);

// Normalises over the last dimensions, of the shape `normalized_shape`, with parameters "weight" and, if
// `bias` is 1, "bias" of that shape, if `elementwise_affine` is 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_layer_norm_create(const int64_t *normalized_shape, size_t rank, double eps,
                                      int32_t elementwise_affine, int32_t bias, int32_t dtype,
                                      tw_module_t *out);

// Divides by the root of the mean square over the last dimensions, of the shape `normalized_shape`, with a
// parameter "weight" of that shape if `elementwise_affine` is 1. `eps` may be NaN for the dtype's distance
// from 1 to the next number.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_rms_norm_create(const int64_t *normalized_shape, size_t rank, double eps,
                                    int32_t elementwise_affine, int32_t dtype, tw_module_t *out);

// Normalises each of `num_groups` groups of neighbouring channels of each sample of [N, C, ...], with
// parameters "weight" and "bias" [num_channels] if `affine` is 1.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_group_norm_create(int64_t num_groups, int64_t num_channels, double eps, int32_t affine,
                                      int32_t dtype, tw_module_t *out);

// Divides [N, C, L, ...] by (k + alpha / size * the sum of the squares of `size` neighbouring channels)^beta.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_local_response_norm_create(int64_t size, double alpha, double beta, double k,
                                               tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Parameters that are computed

// From now on the parameter `name` of the module is what `step`, a module that takes a tensor and gives one
// of the same shape and dtype, makes of the tensor that it was; behind the steps that it has already. That
// tensor is trained as "parametrizations.NAME.original", the steps are the children "0", "1", ... beside it.
// Of layers "weight" can be computed, of Linear, Bilinear, Embedding and convolutions; of modules of the
// caller's own any parameter, for which they ask with tw_module_computed_parameter.
//
// Threads: one at a time per tree.
TW_API tw_status tw_module_parametrize(tw_module_t module, const char *name, tw_module_t step);

// As tw_module_parametrize, by the parameter divided by its largest singular value as a matrix [size of
// `dim`, rest]. In training each call improves the estimate of that by `n_power_iterations` steps (Miyato et
// al. 2018); the vectors are the buffers "_u" and "_v" of the step. `generator` NULL: the default one.
//
// Threads: one at a time per tree and generator.
TW_API tw_status tw_module_spectral_norm(tw_module_t module, const char *name, int64_t n_power_iterations,
                                         double eps, int64_t dim, tw_generator_t generator);

// From now on the parameter `name` of the module is g v / |v|, with lengths g,
// "parametrizations.NAME.original0", and directions v, "parametrizations.NAME.original1", both trained: a
// length for each index of `dim` or, where `dim` is INT64_MIN, one for all (Salimans and Kingma 2016).
//
// Threads: one at a time per tree.
TW_API tw_status tw_module_weight_norm(tw_module_t module, const char *name, int64_t dim);

// Makes the parameter one of its own again: with its present value (`keep_value` 1), or with the tensor from
// which it was computed.
//
// Threads: one at a time per tree.
TW_API tw_status tw_module_remove_parametrizations(tw_module_t module, const char *name, int32_t keep_value);

// The parameter `name` of the module itself, or its value where it is computed (tw_module_parametrize), with
// its place in the graph of derivatives.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_computed_parameter(tw_module_t module, const char *name, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Windows of images

// The windows of images as columns: [N, C, H, W] to [N, C kh kw, L]. `kernel_size`, `dilation`, `padding` and
// `stride` are two numbers, for height and width; NULL: 1, 0 for the padding.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_unfold_create(const int64_t *kernel_size, const int64_t *dilation, const int64_t *padding,
                                  const int64_t *stride, tw_module_t *out);

// Images of the size `output_size` (height, width) from such columns, added up where windows overlap.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_fold_create(const int64_t *output_size, const int64_t *kernel_size,
                                const int64_t *dilation, const int64_t *padding, const int64_t *stride,
                                tw_module_t *out);

// ---------------------------------------------------------------------------------------------------------
// Layers that change shapes, draw random numbers or look rows up, and containers

// y = x.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_identity_create(tw_module_t *out);

// The parameters "weight" [out_features, in1_features, in2_features] and, if `bias` is 1, "bias"
// [out_features] of tw_tensor_bilinear, which computes with them: a module's forward has one input. Both
// start uniform in +-1/sqrt(in1_features), from the default generator.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_bilinear_create(int64_t in1_features, int64_t in2_features, int64_t out_features,
                                    int32_t bias, int32_t dtype, tw_module_t *out);

// Fills the options with their defaults: no padding row, no largest norm, TW_FLOAT32. `struct_size` is
// sizeof(tw_embedding_options).
//
// Threads: any.
TW_API tw_status tw_embedding_options_init(tw_embedding_options *options, size_t struct_size);

// A row of the parameter "weight" [num_embeddings, embedding_dim] for each index of its input, int64 or
// int32. It starts normal with deviation 1, from the default generator. `options` may be NULL for the
// defaults.
//
// Threads: any; with max_norm one at a time per module. `out`: new reference.
TW_API tw_status tw_embedding_create(int64_t num_embeddings, int64_t embedding_dim,
                                     const tw_embedding_options *options, tw_module_t *out);

// In training, sets whole channels of [N, C, L] or [C, L] to 0 with probability `p` and divides the others by
// 1 - p.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_dropout1d_create(double p, tw_module_t *out);

// The same for images [N, C, H, W]; [N, C, L] is taken too.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_dropout2d_create(double p, tw_module_t *out);

// The same for volumes [N, C, D, H, W] or [C, D, H, W].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_dropout3d_create(double p, tw_module_t *out);

// In training, sets elements to the negative limit of SELU with probability `p`, then scales and shifts so
// that mean 0 and variance 1 stay.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_alpha_dropout_create(double p, tw_module_t *out);

// The same with whole channels of [N, C, ...].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_feature_alpha_dropout_create(double p, tw_module_t *out);

// Splits the dimension `dim` into those of `sizes`, one of which may be -1 for what is left.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_unflatten_create(int64_t dim, const int64_t *sizes, size_t rank, tw_module_t *out);

// Puts room around the last `directions` (1 to 3) dimensions: sequences, images or volumes. `pads` has what
// goes before and after the last dimension, then the last but one, and so on, or one number for all.
// `pad_mode` is TW_PAD_..., `value` what stands there for TW_PAD_CONSTANT.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_padding_create(int64_t directions, const int64_t *pads, size_t pad_count,
                                   int32_t pad_mode, double value, tw_module_t *out);

// Another size behind the channels of [N, C, ...]: see tw_tensor_interpolate, whose arguments are the same.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_upsample_create(const int64_t *size, size_t rank, double scale_depth, double scale_height,
                                    double scale_width, int32_t interpolation, int32_t align_corners,
                                    tw_module_t *out);

// Each pixel's upscale_factor^2 channels as a square of pixels: [..., C r^2, H, W] to [..., C, H r, W r].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_pixel_shuffle_create(int64_t upscale_factor, tw_module_t *out);

// Undoes that: [..., C, H r, W r] to [..., C r^2, H, W].
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_pixel_unshuffle_create(int64_t downscale_factor, tw_module_t *out);

// The channels of `groups` groups of [N, C, ...], taken in turn.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_channel_shuffle_create(int64_t groups, tw_module_t *out);

// y = branch(x) + shortcut(x); `shortcut`, such as a projection where the branch changes the shape, may be
// NULL for x itself. The children are named "branch" and "shortcut". The handles stay the caller's; the
// modules are shared.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_residual_create(tw_module_t branch, tw_module_t shortcut, tw_module_t *out);

// Modules by place, named "0", "1", ..., for a module that calls them itself. `children` may be NULL if
// `count` is 0.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_list_create(const tw_module_t *children, size_t count, tw_module_t *out);

// An empty container of modules by name, for a module that calls them itself: see tw_module_register_module.
//
// Threads: any. `out`: new reference.
TW_API tw_status tw_module_dict_create(tw_module_t *out);

#ifdef __cplusplus
}
#endif
#endif // THALWEG_H
