// Batches of the engine's loaders, and checkpoints. Other Python threads run while a batch is waited for.
#include <stdlib.h>

#include "binding.h"

enum { MOST = 64 }; // arrays in a batch

// Takes the tensors over, also on failure.
static PyObject *batch_of(tw_tensor_t *tensors, size_t count) {
  PyObject *batch = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; i < count; i++) {
    PyObject *tensor = batch == NULL ? NULL : tp_new_tensor(tensors[i]);
    if (batch == NULL)
      tw_tensor_release(tensors[i]);
    else if (tensor == NULL)
      Py_CLEAR(batch);
    else
      PyTuple_SetItem(batch, (Py_ssize_t)i, tensor);
  }
  return batch;
}

PyObject *tp_loader_next(PyObject *module, PyObject *loader) {
  tw_tensor_t tensors[MOST];
  size_t count = 0;
  tw_status status;
  (void)module;
  if (!Py_IS_TYPE(loader, tp_types[TP_LOADER])) {
    PyErr_SetString(PyExc_TypeError, "loader_next(): argument 'loader' must be a Loader");
    return NULL;
  }
  TP_ENGINE(1, status = tw_loader_next(tp_handle(loader), tensors, MOST, &count));
  if (!tp_check(status))
    return NULL;
  return count == 0 ? Py_NewRef(Py_None) : batch_of(tensors, count);
}

PyObject *tp_loader_samples(PyObject *module, PyObject *args) {
  tw_tensor_t tensors[MOST];
  size_t count = 0;
  tw_status status;
  PyObject *loader, *numbers;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O:loader_samples", tp_types[TP_LOADER], &loader, &numbers))
    return NULL;
  if (!tp_is_tensor(numbers)) {
    PyErr_SetString(PyExc_TypeError, "loader_samples(): argument 'numbers' must be a Tensor");
    return NULL;
  }
  TP_ENGINE(1, status = tw_loader_samples(tp_handle(loader), tp_handle(numbers), tensors, MOST, &count));
  return tp_check(status) ? batch_of(tensors, count) : NULL;
}

PyObject *tp_hdf5_enumeration(PyObject *module, PyObject *args) {
  PyObject *path, *result = NULL;
  const char *object;
  size_t length = 0, capacity = 4096;
  (void)module;
  if (!PyArg_ParseTuple(args, "O&s:hdf5_enumeration", PyUnicode_FSConverter, &path, &object))
    return NULL;
  const char *name = PyBytes_AsString(path);
  char *buffer = NULL;
  while (name != NULL) {
    char *larger = realloc(buffer, capacity);
    if (larger == NULL) {
      PyErr_NoMemory();
      break;
    }
    buffer = larger;
    tw_status status;
    TP_ENGINE(1, status = tw_hdf5_enumeration(name, object, buffer, capacity, &length));
    if (!tp_check(status))
      break;
    if (length < capacity) {
      result = PyUnicode_DecodeUTF8(buffer, (Py_ssize_t)length, "replace");
      break;
    }
    capacity = length + 1;
  }
  free(buffer);
  Py_DECREF(path);
  return result;
}

static void **handles_of(PyObject *list, tp_kind kind, size_t *count) {
  *count = (size_t)PyList_Size(list);
  void **handles = calloc(*count + 1, sizeof *handles);
  if (handles == NULL)
    PyErr_NoMemory();
  for (size_t i = 0; handles != NULL && i < *count; i++) {
    PyObject *item = PyList_GetItem(list, (Py_ssize_t)i);
    if (Py_IS_TYPE(item, tp_types[kind])) {
      handles[i] = tp_handle(item);
      continue;
    }
    PyErr_SetString(PyExc_TypeError, "checkpoint_create(): a list has something else than handles");
    free(handles);
    handles = NULL;
  }
  return handles;
}

static void *handle_or_null(PyObject *object, tp_kind kind) {
  return Py_IS_TYPE(object, tp_types[kind]) ? tp_handle(object) : NULL;
}

PyObject *tp_checkpoint_create(PyObject *module, PyObject *args) {
  PyObject *net, *optimizer, *schedules, *generators, *loader;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!OO!O!O:checkpoint_create", tp_types[TP_MODULE], &net, &optimizer,
                        &PyList_Type, &schedules, &PyList_Type, &generators, &loader))
    return NULL;
  size_t schedule_count, generator_count = 0;
  void **first = handles_of(schedules, TP_SCHEDULE, &schedule_count);
  void **second = first == NULL ? NULL : handles_of(generators, TP_GENERATOR, &generator_count);
  tw_checkpoint_t out = NULL;
  bool made = second != NULL &&
              tp_check(tw_checkpoint_create(tp_handle(net), handle_or_null(optimizer, TP_OPTIMIZER),
                                            (tw_schedule_t *)first, schedule_count, (tw_generator_t *)second,
                                            generator_count, handle_or_null(loader, TP_LOADER), &out));
  free(first);
  free(second);
  return made ? tp_new_handle(TP_CHECKPOINT, out) : NULL;
}
