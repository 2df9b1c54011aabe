// What the files of the extension share. Everything here is CPython's limited API of 3.11, so that one binary
// serves every later version. Functions return true or a new reference on success; otherwise an exception is
// set.
#ifndef THALWEG_BINDING_H
#define THALWEG_BINDING_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <stdbool.h>
#include <stdint.h>
#include <thalweg.h>

// A function in a slot of a type: ISO C has no conversion of it to void * but by way of an integer.
#define TP_SLOT(function) ((void *)(uintptr_t)(function))

// ---------------------------------------------------------------------------------------------------------
// Objects that hold a handle (handles.c)

typedef enum {
  TP_TENSOR,
  TP_MODULE,
  TP_OPTIMIZER,
  TP_GENERATOR,
  TP_LOADER,
  TP_SCHEDULE,
  TP_CHECKPOINT,
  TP_TEXT,
  TP_FILE,
  TP_WRITER,
  TP_STEP,
  TP_KIND_COUNT
} tp_kind;

typedef struct {
  PyObject_HEAD void *handle; // one reference to it
  PyObject *weakrefs;
  int64_t size; // of a tensor: its elements and one, 0 until somebody asks
} tp_object;

extern PyTypeObject *tp_types[TP_KIND_COUNT];
// The class of tensors that functions return: thalweg.Tensor, a subclass of TensorBase.
extern PyTypeObject *tp_tensor_class;

bool tp_add_handle_types(PyObject *module);
// Takes over the reference; None for NULL.
PyObject *tp_new_handle(tp_kind kind, void *handle);
PyObject *tp_new_tensor(tw_tensor_t handle);
bool tp_is_tensor(PyObject *object);
// The deallocator of all handle types, tensors among them.
void tp_handle_dealloc(PyObject *self);
static inline void *tp_handle(PyObject *object) { return ((tp_object *)object)->handle; }
// One more reference to a tensor.
tw_status tp_share_tensor(tw_tensor_t tensor, tw_tensor_t *out);

// ---------------------------------------------------------------------------------------------------------
// Errors (errors.c)

bool tp_add_errors(PyObject *module);
// Raises the exception of `status` with the engine's sentence, or lets the one pass that a callback has set.
PyObject *tp_raise(tw_status status);
// Raises one of the engine's exceptions with a sentence of the binding's own.
PyObject *tp_raise_format(tw_status status, const char *format, ...);
static inline bool tp_check(tw_status status) { return status == TW_OK || tp_raise(status) != NULL; }

// Runs an engine call, without the GIL if it may take long.
#define TP_ENGINE(release, statement)                                                                        \
  do {                                                                                                       \
    PyThreadState *thread_ = (release) ? PyEval_SaveThread() : NULL;                                         \
    statement;                                                                                               \
    if (thread_ != NULL)                                                                                     \
      PyEval_RestoreThread(thread_);                                                                         \
  } while (0)

// ---------------------------------------------------------------------------------------------------------
// Dtypes (dtype.c)

bool tp_add_dtypes(PyObject *module);
PyObject *tp_dtype_object(int32_t dtype);
bool tp_dtype_code(PyObject *object, int32_t *out);
size_t tp_item_size(int32_t dtype);
// The dtype of a buffer's format; -1, without an exception, for one that no dtype has.
int32_t tp_dtype_of_format(const char *format, Py_ssize_t item_size);
extern const char *const tp_formats[];

// ---------------------------------------------------------------------------------------------------------
// Arguments (arguments.c)

enum { TP_MAX_ARGUMENTS = 12, TP_MAX_TEMPORARIES = 4 };

typedef struct {
  const char *name;
  const char *const *keywords;
  int count;      // of all parameters
  int required;   // the first ones, which have no default
  int positional; // the first ones, which need no keyword
  int rest;       // which one takes all further positional arguments; -1: none
} tp_signature;

typedef struct {
  const tp_signature *signature;
  PyObject *values[TP_MAX_ARGUMENTS]; // borrowed; NULL: the default holds
  PyObject *const *rest;
  Py_ssize_t rest_count;
  // What tp_finish frees: tensors made of numbers, arrays of handles, encoded paths.
  int tensor_count, array_count, object_count;
  tw_tensor_t tensors[TP_MAX_TEMPORARIES];
  void *arrays[TP_MAX_TEMPORARIES];
  PyObject *objects[TP_MAX_TEMPORARIES];
} tp_call;

typedef struct {
  const int64_t *data; // NULL: not given
  size_t count;
  int64_t values[TW_MAX_RANK];
} tp_dims;

typedef struct {
  const int64_t *data; // NULL: not given
  int64_t value;
} tp_optional_int;

typedef struct {
  const int64_t *data; // NULL: not given
  int64_t values[3];
} tp_window;

typedef struct {
  void *data;
  size_t count;
} tp_handles;

typedef struct {
  const char *const *data;
  size_t count;
} tp_texts;

typedef struct {
  const double *data;
  size_t count;
} tp_doubles;

typedef struct {
  const char *word;
  int32_t value;
} tp_choice;

typedef enum { TP_DOUBLE, TP_INT32, TP_INT64, TP_UINT64, TP_PAIR, TP_TRIPLE } tp_field_type;
typedef struct {
  const char *name;
  tp_field_type type;
  size_t offset;
} tp_field;

// Sorts positional and keyword arguments into call->values. `self`, if not NULL, is the first argument.
// tp_finish must follow whether this succeeds or not.
bool tp_bind(tp_call *call, const tp_signature *signature, PyObject *self, PyObject *const *args,
             Py_ssize_t nargs, PyObject *names);
void tp_finish(tp_call *call);

// Convert argument `index`; where it was not given they leave `out` as it is.
bool tp_get_tensor(tp_call *call, int index, tw_tensor_t *out);
bool tp_get_operand(tp_call *call, int index, tw_tensor_t *out); // or a number, beside the first tensor
bool tp_get_handle(tp_call *call, int index, tp_kind kind, void **out);
bool tp_get_handles(tp_call *call, int index, tp_kind kind, tp_handles *out);
bool tp_get_dims(tp_call *call, int index, tp_dims *out);
bool tp_get_optional_int(tp_call *call, int index, tp_optional_int *out);
bool tp_get_pair(tp_call *call, int index, tp_window *out);   // or one number for both
bool tp_get_triple(tp_call *call, int index, tp_window *out); // or one number for all
bool tp_get_single(tp_call *call, int index, int64_t *out);   // or a sequence of one
bool tp_get_int64(tp_call *call, int index, int64_t *out);
bool tp_get_size(tp_call *call, int index, size_t *out);
bool tp_get_uint64(tp_call *call, int index, uint64_t *out);
bool tp_get_double(tp_call *call, int index, double *out);
bool tp_get_flag(tp_call *call, int index, int32_t *out);
bool tp_get_dtype(tp_call *call, int index, int32_t *out);
// For functions that compute in another dtype than their tensor's; -1: in its own.
bool tp_convert_input(tp_call *call, int32_t dtype, tw_tensor_t *tensor);
tw_status tp_convert_output(int32_t dtype, tw_tensor_t *tensor);
bool tp_get_choice(tp_call *call, int index, const tp_choice *choices, int32_t *out);
bool tp_get_text(tp_call *call, int index, const char **out);
bool tp_get_texts(tp_call *call, int index, tp_texts *out);
bool tp_get_doubles(tp_call *call, int index, tp_doubles *out); // or one number
bool tp_get_path(tp_call *call, int index, const char **out);
bool tp_get_options(tp_call *call, int index, const tp_field *fields, void *out);

// ---------------------------------------------------------------------------------------------------------
// Values (values.c)

// Whether the object is a number: an int, a float, a NumPy scalar; not a tensor, not an array.
bool tp_is_number(PyObject *object);
bool tp_is_integer(PyObject *object);
bool tp_as_int64(PyObject *object, int64_t *out);
// A tensor of rank 0 with the dtype that PyTorch would compute a number beside `like` in.
bool tp_scalar_like(PyObject *number, tw_tensor_t like, tw_tensor_t *out);
// Whether work on the tensor may take so long that other Python threads should run meanwhile.
bool tp_is_large(tw_tensor_t tensor);
// The same of a tensor's object, which remembers it.
bool tp_object_is_large(PyObject *tensor);
bool tp_are_large(const tp_handles *tensors);
bool tp_dims_are_large(const tp_dims *dims);

PyObject *tp_text(const char *text);
// A tuple of `count` objects, whose references it takes over; NULL if one of them is NULL.
PyObject *tp_pack(int count, ...);
PyObject *tp_struct_to_dict(const tp_field *fields, const void *values);

// ---------------------------------------------------------------------------------------------------------
// Subjects with a file of their own

extern PyMethodDef tp_functions[];         // generated.c: the engine's functions
extern PyMethodDef tp_tensor_operations[]; // generated.c: those that are methods of tensors as well
extern PyMethodDef tp_tensor_methods[];    // tensor.c
extern PyGetSetDef tp_tensor_properties[]; // tensor.c

bool tp_add_tensor_type(PyObject *module); // tensor_type.c

// operators.c
PyObject *tp_add(PyObject *, PyObject *);
PyObject *tp_subtract(PyObject *, PyObject *);
PyObject *tp_multiply(PyObject *, PyObject *);
PyObject *tp_divide(PyObject *, PyObject *);
PyObject *tp_power(PyObject *, PyObject *, PyObject *);
PyObject *tp_floor_divide(PyObject *, PyObject *);
PyObject *tp_remainder(PyObject *, PyObject *);
PyObject *tp_matmul(PyObject *, PyObject *);
PyObject *tp_and(PyObject *, PyObject *);
PyObject *tp_or(PyObject *, PyObject *);
PyObject *tp_xor(PyObject *, PyObject *);
PyObject *tp_inplace_add(PyObject *, PyObject *);
PyObject *tp_inplace_subtract(PyObject *, PyObject *);
PyObject *tp_inplace_multiply(PyObject *, PyObject *);
PyObject *tp_inplace_divide(PyObject *, PyObject *);
PyObject *tp_negative(PyObject *);
PyObject *tp_positive(PyObject *);
PyObject *tp_absolute(PyObject *);
PyObject *tp_invert(PyObject *);
PyObject *tp_compare(PyObject *, PyObject *, int);

// index.c
PyObject *tp_subscript(PyObject *self, PyObject *key);
int tp_assign(PyObject *self, PyObject *key, PyObject *value);

// data.c: tensors from Python's objects and back
PyObject *tp_from_data(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *names);
PyObject *tp_item(PyObject *self, PyObject *unused);
PyObject *tp_tolist(PyObject *self, PyObject *unused);

// buffer.c
int tp_get_buffer(PyObject *self, Py_buffer *view, int flags);
void tp_release_buffer(PyObject *self, Py_buffer *view);
PyObject *tp_from_buffer(PyObject *module, PyObject *object);
bool tp_copy_buffer(PyObject *object, tw_tensor_t *out);

// dlpack.c
PyObject *tp_to_dlpack(PyObject *self, PyObject *unused);
PyObject *tp_from_dlpack(PyObject *module, PyObject *capsule);

// callbacks.c
PyObject *tp_module_create(PyObject *module, PyObject *args);
PyObject *tp_module_trace(PyObject *module, PyObject *args);
// graph.c
PyObject *tp_module_call(PyObject *module, PyObject *args);
// A tw_destroy: gives back a reference to a Python object, on any thread.
void tp_release_object(void *object);
void tp_watch_interpreter(void);
// Whether Python can no longer be called.
extern bool tp_interpreter_is_gone;

// training.c
PyObject *tp_fit(PyObject *module, PyObject *args);
PyObject *tp_evaluate(PyObject *module, PyObject *args);

// optimizers.c
PyObject *tp_optimizer_state(PyObject *module, PyObject *optimizer);
PyObject *tp_optimizer_step_closure(PyObject *module, PyObject *args);
PyObject *tp_clip_grad_norm_per_tensor(PyObject *module, PyObject *args);
PyObject *tp_factor_lr_create(PyObject *module, PyObject *args);
PyObject *tp_cyclic_lr_set_scale(PyObject *module, PyObject *args);

// loaders.c
PyObject *tp_loader_next(PyObject *module, PyObject *loader);
PyObject *tp_loader_samples(PyObject *module, PyObject *args);
PyObject *tp_hdf5_enumeration(PyObject *module, PyObject *args);
PyObject *tp_checkpoint_create(PyObject *module, PyObject *args);

// sampling.c
PyObject *tp_loader_add_callback(PyObject *module, PyObject *args);
PyObject *tp_loader_set_sampler(PyObject *module, PyObject *args);
PyObject *tp_random_split(PyObject *module, PyObject *args);
PyObject *tp_split_sizes(PyObject *module, PyObject *args);
PyObject *tp_k_fold(PyObject *module, PyObject *args);

// custom.c
PyObject *tp_custom_apply(PyObject *module, PyObject *args);
PyObject *tp_context_saved(PyObject *module, PyObject *token);
PyObject *tp_checkpoint(PyObject *module, PyObject *args);

// autograd.c
PyObject *tp_differentiate(PyObject *module, PyObject *args);
PyObject *tp_gradcheck(PyObject *module, PyObject *args);
PyObject *tp_backward(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names);
PyObject *tp_register_hook(PyObject *self, PyObject *hook);
PyObject *tp_set_call_site(PyObject *module, PyObject *function);

#endif
