// Derivatives of tensors that were recorded, checks of derivatives, hooks, anomaly mode.
#include <stdlib.h>
#include <string.h>

#include "binding.h"

// ---------------------------------------------------------------------------------------------------------
// Tuples of tensors

typedef struct {
  tw_tensor_t *handles; // borrowed from the tuple's tensors
  size_t count;
} tensors;

// The tensors of a tuple, None as NULL where `optional`. `out` is to be freed also after a failure.
static bool get_tensors(const char *function, PyObject *tuple, bool optional, tensors *out) {
  if (!PyTuple_Check(tuple)) {
    PyErr_Format(PyExc_TypeError, "%s(): a tuple of tensors is expected", function);
    return false;
  }
  out->count = (size_t)PyTuple_Size(tuple);
  out->handles = calloc(out->count + 1, sizeof *out->handles);
  if (out->handles == NULL) {
    PyErr_NoMemory();
    return false;
  }
  for (size_t i = 0; i < out->count; i++) {
    PyObject *item = PyTuple_GetItem(tuple, (Py_ssize_t)i);
    if (tp_is_tensor(item)) {
      out->handles[i] = tp_handle(item);
    } else if (!optional || item != Py_None) {
      PyErr_Format(PyExc_TypeError, "%s(): outputs, inputs and vectors must be tensors", function);
      return false;
    }
  }
  return true;
}

// A tuple that takes over the references.
static PyObject *wrap(const tw_tensor_t *handles, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; i < count; i++) {
    PyObject *item = tp_new_tensor(handles[i]);
    if (tuple == NULL || item == NULL) {
      Py_XDECREF(item);
      Py_CLEAR(tuple);
    } else {
      PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
    }
  }
  return tuple;
}

// ---------------------------------------------------------------------------------------------------------
// Gradients, Jacobians, Hessians

typedef struct {
  tensors outputs, inputs, vectors;
  int retain_graph, create_graph, allow_unused;
} request;

static tw_status grad(const request *r, tw_tensor_t *out) {
  return tw_grad(r->outputs.handles, r->outputs.count, r->inputs.handles, r->inputs.count, r->vectors.handles,
                 r->retain_graph, r->create_graph, r->allow_unused, out);
}
static tw_status vjp(const request *r, tw_tensor_t *out) {
  return tw_vjp(r->outputs.handles, r->outputs.count, r->inputs.handles, r->inputs.count, r->vectors.handles,
                r->create_graph, out);
}
static tw_status jvp(const request *r, tw_tensor_t *out) {
  return tw_jvp(r->outputs.handles, r->outputs.count, r->inputs.handles, r->inputs.count, r->vectors.handles,
                r->create_graph, out);
}
static tw_status jacobian(const request *r, tw_tensor_t *out) {
  return tw_jacobian(r->outputs.handles[0], r->inputs.handles, r->inputs.count, r->create_graph, out);
}
static tw_status jacobian_forward(const request *r, tw_tensor_t *out) {
  return tw_jacobian_forward(r->outputs.handles[0], r->inputs.handles, r->inputs.count, r->create_graph, out);
}
static tw_status hessian(const request *r, tw_tensor_t *out) {
  return tw_hessian(r->outputs.handles[0], r->inputs.handles, r->inputs.count, r->create_graph, out);
}
static tw_status hvp(const request *r, tw_tensor_t *out) {
  return tw_hvp(r->outputs.handles[0], r->inputs.handles, r->inputs.count, r->vectors.handles,
                r->create_graph, out);
}

typedef struct {
  const char *name;
  tw_status (*compute)(const request *, tw_tensor_t *);
  char vectors; // shaped as outputs ('y') or inputs ('x'); 0: none
  char results; // one for each output, each input, or each pair of inputs ('p')
} derivative;

static const derivative derivatives[] = {
    {"grad", grad, 'y', 'x'},
    {"vjp", vjp, 'y', 'x'},
    {"jvp", jvp, 'x', 'y'},
    {"jacobian", jacobian, 0, 'x'},
    {"jacobian_forward", jacobian_forward, 0, 'x'},
    {"hessian", hessian, 0, 'p'},
    {"hvp", hvp, 'x', 'x'},
};

static PyObject *differentiate(const derivative *kind, const request *r) {
  size_t expected = kind->vectors == 'y' ? r->outputs.count : r->inputs.count;
  if (r->vectors.handles != NULL && r->vectors.count != expected)
    return PyErr_Format(PyExc_ValueError, "%s(): %zu vectors for %zu tensors; give one for each", kind->name,
                        r->vectors.count, expected);
  size_t count = kind->results == 'y'   ? r->outputs.count
                 : kind->results == 'x' ? r->inputs.count
                                        : r->inputs.count * r->inputs.count;
  tw_tensor_t *found = calloc(count + 1, sizeof *found);
  if (found == NULL)
    return PyErr_NoMemory();
  tw_status status;
  TP_ENGINE(true, status = kind->compute(r, found));
  PyObject *result = status == TW_OK ? wrap(found, count) : tp_raise(status);
  free(found);
  return result;
}

PyObject *tp_differentiate(PyObject *module, PyObject *args) {
  const char *name;
  PyObject *outputs, *inputs, *vectors, *result = NULL;
  request r = {{NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0};
  (void)module;
  if (!PyArg_ParseTuple(args, "sOOOppp:differentiate", &name, &outputs, &inputs, &vectors, &r.retain_graph,
                        &r.create_graph, &r.allow_unused))
    return NULL;
  const derivative *kind = NULL;
  for (size_t i = 0; i < sizeof derivatives / sizeof derivatives[0]; i++)
    if (strcmp(derivatives[i].name, name) == 0)
      kind = &derivatives[i];
  if (kind == NULL)
    return PyErr_Format(PyExc_ValueError, "differentiate(): there is no derivative called %s", name);
  if (get_tensors(name, outputs, false, &r.outputs) && get_tensors(name, inputs, false, &r.inputs) &&
      (vectors == Py_None || get_tensors(name, vectors, kind->compute == grad, &r.vectors)))
    result = differentiate(kind, &r);
  free(r.outputs.handles);
  free(r.inputs.handles);
  free(r.vectors.handles);
  return result;
}

// ---------------------------------------------------------------------------------------------------------
// Checks of derivatives

static tw_status face(tw_tensor_t tensor, PyObject **out) {
  tw_tensor_t shared = NULL;
  tw_status status = tp_share_tensor(tensor, &shared);
  *out = status == TW_OK ? tp_new_tensor(shared) : tp_raise(status);
  return *out == NULL ? TW_ERROR_CANCELLED : TW_OK;
}

static tw_status call_function(const tw_tensor_t *inputs, size_t count, tw_tensor_t *output,
                               void *user_data) {
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status = TW_OK;
  PyObject *arguments = PyTuple_New((Py_ssize_t)count), *result = NULL;
  for (size_t i = 0; status == TW_OK && i < count; i++) {
    PyObject *item;
    status = arguments == NULL ? TW_ERROR_CANCELLED : face(inputs[i], &item);
    if (status == TW_OK)
      PyTuple_SetItem(arguments, (Py_ssize_t)i, item);
  }
  if (status == TW_OK)
    result = PyObject_Call(user_data, arguments, NULL);
  if (result != NULL && tp_is_tensor(result)) {
    status = tp_share_tensor(tp_handle(result), output);
  } else {
    if (result != NULL)
      PyErr_SetString(PyExc_TypeError, "the function must return a Tensor");
    status = TW_ERROR_CANCELLED;
  }
  Py_XDECREF(arguments);
  Py_XDECREF(result);
  PyGILState_Release(state);
  return status;
}

PyObject *tp_gradcheck(PyObject *module, PyObject *args) {
  PyObject *function, *inputs;
  int second_order;
  tensors x = {NULL, 0};
  tw_gradcheck_options options;
  (void)module;
  if (!tp_check(tw_gradcheck_options_init(&options, sizeof options)) ||
      !PyArg_ParseTuple(args, "OOpddd:gradcheck", &function, &inputs, &second_order, &options.eps,
                        &options.atol, &options.rtol))
    return NULL;
  tw_status status = TW_ERROR_CANCELLED;
  if (get_tensors("gradcheck", inputs, false, &x))
    TP_ENGINE(true, status = second_order
                                 ? tw_gradgradcheck(call_function, x.handles, x.count, &options, function)
                                 : tw_gradcheck(call_function, x.handles, x.count, &options, function));
  free(x.handles);
  return status == TW_OK ? Py_NewRef(Py_None) : tp_raise(status);
}

PyObject *tp_backward(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names) {
  static const char *const keywords[] = {"self", "gradient", "retain_graph", "create_graph"};
  static const tp_signature signature = {"backward", keywords, 4, 1, 4, -1};
  tp_call call;
  PyObject *result = NULL;
  tw_tensor_t seed = NULL;
  int32_t retain_graph = 0, create_graph = 0;
  if (tp_bind(&call, &signature, self, args, nargs, names) && tp_get_tensor(&call, 1, &seed) &&
      tp_get_flag(&call, 3, &create_graph)) {
    bool is_open = call.values[2] == NULL || call.values[2] == Py_None; // create_graph implies it
    if (is_open || tp_get_flag(&call, 2, &retain_graph)) {
      tw_status status;
      TP_ENGINE(true, status = tw_tensor_backward(tp_handle(self), seed, retain_graph, create_graph));
      result = status == TW_OK ? Py_NewRef(Py_None) : tp_raise(status);
    }
  }
  tp_finish(&call);
  return result;
}

// ---------------------------------------------------------------------------------------------------------
// Hooks

static tw_status call_hook(tw_tensor_t gradient, tw_tensor_t *replacement, void *user_data) {
  if (tp_interpreter_is_gone)
    return TW_ERROR_CANCELLED;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *argument;
  tw_status status = face(gradient, &argument);
  PyObject *result = status == TW_OK ? PyObject_CallFunctionObjArgs(user_data, argument, NULL) : NULL;
  if (result == NULL) {
    status = TW_ERROR_CANCELLED;
  } else if (tp_is_tensor(result)) {
    status = tp_share_tensor(tp_handle(result), replacement);
  } else if (result != Py_None) {
    PyErr_SetString(PyExc_TypeError, "a hook must return a Tensor or None");
    status = TW_ERROR_CANCELLED;
  }
  Py_XDECREF(argument);
  Py_XDECREF(result);
  PyGILState_Release(state);
  return status;
}

PyObject *tp_register_hook(PyObject *self, PyObject *hook) {
  int64_t id;
  if (!PyCallable_Check(hook))
    return PyErr_Format(PyExc_TypeError, "register_hook(): a function of the gradient is expected");
  Py_INCREF(hook);
  if (tp_check(tw_tensor_register_hook(tp_handle(self), call_hook, hook, tp_release_object, &id)))
    return PyLong_FromLongLong(id);
  Py_DECREF(hook);
  return NULL;
}

// ---------------------------------------------------------------------------------------------------------
// Anomaly mode

static PyObject *call_site_function;

// The place as Python's function tells it; none if it fails.
static void call_site(char *buffer, size_t size, void *user_data) {
  (void)user_data;
  if (tp_interpreter_is_gone || PyGILState_GetThisThreadState() == NULL)
    return;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *text = PyObject_CallNoArgs(call_site_function);
  PyObject *bytes = text == NULL || text == Py_None ? NULL : PyUnicode_AsUTF8String(text);
  if (bytes != NULL)
    PyOS_snprintf(buffer, size, "%s", PyBytes_AsString(bytes));
  PyErr_Clear();
  Py_XDECREF(bytes);
  Py_XDECREF(text);
  PyGILState_Release(state);
}

PyObject *tp_set_call_site(PyObject *module, PyObject *function) {
  (void)module;
  PyObject *old = call_site_function;
  call_site_function = Py_NewRef(function);
  Py_XDECREF(old);
  return tp_check(tw_set_call_site_callback(call_site, NULL)) ? Py_NewRef(Py_None) : NULL;
}
