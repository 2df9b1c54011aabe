// Loaders that call Python: transforms and samplers; splits of data sets.
#include <stdlib.h>

#include "binding.h"

static PyObject *face(tw_tensor_t tensor) {
  tw_tensor_t shared = NULL;
  return tp_check(tp_share_tensor(tensor, &shared)) ? tp_new_tensor(shared) : NULL;
}

// A tuple of new objects, which takes over all `count` references, also where it fails.
static PyObject *tuple_of(tw_tensor_t *tensors, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; i < count; i++) {
    PyObject *tensor = tuple == NULL ? NULL : tp_new_tensor(tensors[i]);
    if (tuple == NULL)
      tw_tensor_release(tensors[i]);
    else if (tensor == NULL)
      Py_CLEAR(tuple);
    else
      PyTuple_SetItem(tuple, (Py_ssize_t)i, tensor);
  }
  return tuple;
}

// A reference to what a Python object holds; NULL for None.
static tw_status share_or_none(PyObject *object, tw_tensor_t *out) {
  if (object == Py_None)
    return TW_OK;
  if (tp_is_tensor(object))
    return tp_share_tensor(tp_handle(object), out);
  PyErr_Format(PyExc_TypeError, "a function of a loader must return tensors or None, not %R", object);
  return TW_ERROR_CANCELLED;
}

static tw_status call_transform(PyObject *function, const tw_tensor_t *arrays, size_t count, uint64_t seed,
                                tw_tensor_t *outputs) {
  PyObject *batch = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; batch != NULL && i < count; i++) {
    PyObject *tensor = face(arrays[i]);
    if (tensor == NULL)
      Py_CLEAR(batch);
    else
      PyTuple_SetItem(batch, (Py_ssize_t)i, tensor);
  }
  PyObject *result =
      batch == NULL ? NULL : PyObject_CallFunction(function, "OK", batch, (unsigned long long)seed);
  tw_status status = result == NULL ? TW_ERROR_CANCELLED : TW_OK;
  for (size_t i = 0; status == TW_OK && i < count; i++) {
    PyObject *item = PySequence_GetItem(result, (Py_ssize_t)i);
    status = item == NULL ? TW_ERROR_CANCELLED : share_or_none(item, &outputs[i]);
    Py_XDECREF(item);
  }
  Py_XDECREF(batch);
  Py_XDECREF(result);
  return status;
}

static tw_status transform(const tw_tensor_t *arrays, size_t count, uint64_t seed, tw_tensor_t *outputs,
                           void *user_data) {
  if (tp_interpreter_is_gone)
    return TW_ERROR_CANCELLED;
  bool thread_is_pythons = PyGILState_GetThisThreadState() != NULL;
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status = call_transform(user_data, arrays, count, seed, outputs);
  // On a loader's thread nobody waits for the exception: the function has kept it.
  if (!thread_is_pythons)
    PyErr_Clear();
  PyGILState_Release(state);
  return status;
}

static PyObject *function_of(PyObject *args, const char *format, PyObject **loader, int *flag) {
  PyObject *function;
  bool read = flag != NULL ? PyArg_ParseTuple(args, format, tp_types[TP_LOADER], loader, flag, &function)
                           : PyArg_ParseTuple(args, format, tp_types[TP_LOADER], loader, &function);
  if (read && function != Py_None && !PyCallable_Check(function)) {
    PyErr_Format(PyExc_TypeError, "a loader's function must be callable, not %R", function);
    return NULL;
  }
  return read ? function : NULL;
}

PyObject *tp_loader_add_callback(PyObject *module, PyObject *args) {
  PyObject *loader;
  int random;
  (void)module;
  PyObject *function = function_of(args, "O!pO:loader_add_callback", &loader, &random);
  if (function == NULL)
    return NULL;
  Py_INCREF(function);
  if (tp_check(tw_loader_add_callback(tp_handle(loader), random, transform, function, tp_release_object)))
    return Py_NewRef(Py_None);
  Py_DECREF(function);
  return NULL;
}

static tw_status sample(int64_t epoch, tw_tensor_t *samples, tw_tensor_t *sizes, void *user_data) {
  if (tp_interpreter_is_gone)
    return TW_ERROR_CANCELLED;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *result = PyObject_CallFunction(user_data, "L", (long long)epoch);
  tw_status status = TW_ERROR_CANCELLED;
  PyObject *first = result == NULL ? NULL : PySequence_GetItem(result, 0);
  PyObject *second = first == NULL ? NULL : PySequence_GetItem(result, 1);
  if (second != NULL)
    status = share_or_none(first, samples);
  if (status == TW_OK)
    status = share_or_none(second, sizes);
  Py_XDECREF(first);
  Py_XDECREF(second);
  Py_XDECREF(result);
  PyGILState_Release(state);
  return status;
}

PyObject *tp_loader_set_sampler(PyObject *module, PyObject *args) {
  PyObject *loader;
  (void)module;
  PyObject *function = function_of(args, "O!O:loader_set_sampler", &loader, NULL);
  if (function == NULL)
    return NULL;
  bool none = function == Py_None;
  Py_INCREF(function);
  if (tp_check(tw_loader_set_sampler(tp_handle(loader), none ? NULL : sample, function,
                                     none ? NULL : tp_release_object))) {
    if (none)
      Py_DECREF(function);
    return Py_NewRef(Py_None);
  }
  Py_DECREF(function);
  return NULL;
}

// ---------------------------------------------------------------------------------------------------------
// Splits

static void *handle_or_null(PyObject *object, tp_kind kind) {
  bool is_one = kind == TP_TENSOR ? tp_is_tensor(object) : Py_IS_TYPE(object, tp_types[kind]);
  return is_one ? tp_handle(object) : NULL;
}

PyObject *tp_random_split(PyObject *module, PyObject *args) {
  long long count;
  PyObject *list, *labels, *generator, *result = NULL;
  (void)module;
  if (!PyArg_ParseTuple(args, "LO!OO:random_split", &count, &PyList_Type, &list, &labels, &generator))
    return NULL;
  size_t parts = (size_t)PyList_Size(list);
  int64_t *sizes = calloc(parts + 1, sizeof *sizes);
  tw_tensor_t *outs = calloc(parts + 1, sizeof *outs);
  if (sizes == NULL || outs == NULL)
    PyErr_NoMemory();
  for (size_t i = 0; !PyErr_Occurred() && i < parts; i++)
    sizes[i] = PyLong_AsLongLong(PyList_GetItem(list, (Py_ssize_t)i));
  if (!PyErr_Occurred() && tp_check(tw_random_split(count, sizes, parts, handle_or_null(labels, TP_TENSOR),
                                                    handle_or_null(generator, TP_GENERATOR), outs)))
    result = tuple_of(outs, parts);
  free(sizes);
  free(outs);
  return result;
}

PyObject *tp_split_sizes(PyObject *module, PyObject *args) {
  long long count;
  PyObject *list, *result = NULL;
  (void)module;
  if (!PyArg_ParseTuple(args, "LO!:split_sizes", &count, &PyList_Type, &list))
    return NULL;
  size_t parts = (size_t)PyList_Size(list);
  double *fractions = calloc(parts + 1, sizeof *fractions);
  int64_t *sizes = calloc(parts + 1, sizeof *sizes);
  if (sizes == NULL || fractions == NULL)
    PyErr_NoMemory();
  for (size_t i = 0; !PyErr_Occurred() && i < parts; i++)
    fractions[i] = PyFloat_AsDouble(PyList_GetItem(list, (Py_ssize_t)i));
  if (!PyErr_Occurred() && tp_check(tw_split_sizes(count, fractions, parts, sizes)))
    result = PyList_New((Py_ssize_t)parts);
  for (size_t i = 0; result != NULL && i < parts; i++) {
    PyObject *size = PyLong_FromLongLong(sizes[i]);
    if (size == NULL)
      Py_CLEAR(result);
    else
      PyList_SetItem(result, (Py_ssize_t)i, size);
  }
  free(sizes);
  free(fractions);
  return result;
}

PyObject *tp_k_fold(PyObject *module, PyObject *args) {
  long long count, folds;
  PyObject *labels, *generator, *result = NULL;
  (void)module;
  if (!PyArg_ParseTuple(args, "LLOO:k_fold", &count, &folds, &labels, &generator))
    return NULL;
  // The engine refuses more folds than samples, and these are no more than somebody has.
  size_t room = folds > 0 && folds <= count && count < (1LL << 40) ? (size_t)folds : 0;
  tw_tensor_t *outs = calloc(2 * room + 1, sizeof *outs);
  if (outs == NULL)
    return PyErr_NoMemory();
  if (room == 0 && folds > 0 && folds <= count)
    tp_raise_format(TW_ERROR_INVALID_ARGUMENT, "k_fold: %lld samples are too many", count);
  else if (tp_check(tw_k_fold(count, folds, handle_or_null(labels, TP_TENSOR),
                              handle_or_null(generator, TP_GENERATOR), outs, outs + room))) {
    PyObject *training = tuple_of(outs, room), *validation = tuple_of(outs + room, room);
    if (training != NULL && validation != NULL)
      result = PyTuple_Pack(2, training, validation);
    Py_XDECREF(training);
    Py_XDECREF(validation);
  }
  free(outs);
  return result;
}
