// thalweg.autograd.grad.
#include <stdlib.h>

#include "binding.h"

// The handles of a tuple of tensors, None as NULL; NULL if an item is neither.
static tw_tensor_t *handles_of(PyObject *tuple) {
  Py_ssize_t count = PyTuple_Size(tuple);
  tw_tensor_t *handles = calloc((size_t)count + 1, sizeof *handles);
  if (handles == NULL)
    PyErr_NoMemory();
  for (Py_ssize_t i = 0; handles != NULL && i < count; i++) {
    PyObject *item = PyTuple_GetItem(tuple, i);
    if (tp_is_tensor(item)) {
      handles[i] = tp_handle(item);
    } else if (item != Py_None) {
      PyErr_SetString(PyExc_TypeError, "grad(): outputs, inputs and seeds must be tensors");
      free(handles);
      handles = NULL;
    }
  }
  return handles;
}

static PyObject *wrap(tw_tensor_t *handles, Py_ssize_t count) {
  PyObject *tuple = PyTuple_New(count);
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *item = tp_new_tensor(handles[i]);
    if (tuple == NULL || item == NULL) {
      Py_XDECREF(item);
      Py_CLEAR(tuple);
    } else {
      PyTuple_SetItem(tuple, i, item);
    }
  }
  return tuple;
}

PyObject *tp_grad(PyObject *module, PyObject *args) {
  PyObject *outputs, *inputs, *seeds, *result = NULL;
  int retain_graph, create_graph, allow_unused;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O!Oppp:grad", &PyTuple_Type, &outputs, &PyTuple_Type, &inputs, &seeds,
                        &retain_graph, &create_graph, &allow_unused))
    return NULL;
  if (seeds != Py_None && (!PyTuple_Check(seeds) || PyTuple_Size(seeds) != PyTuple_Size(outputs))) {
    PyErr_SetString(PyExc_ValueError, "grad(): there must be a seed, or None, for each output");
    return NULL;
  }
  Py_ssize_t count = PyTuple_Size(inputs);
  tw_tensor_t *roots = handles_of(outputs), *leaves = roots ? handles_of(inputs) : NULL, *starts = NULL;
  tw_tensor_t *found = leaves ? calloc((size_t)count + 1, sizeof *found) : NULL;
  if (found != NULL && seeds != Py_None)
    starts = handles_of(seeds);
  if (found != NULL && (seeds == Py_None || starts != NULL)) {
    tw_status status;
    TP_ENGINE(true, status = tw_grad(roots, (size_t)PyTuple_Size(outputs), leaves, (size_t)count, starts,
                                     retain_graph, create_graph, allow_unused, found));
    result = status == TW_OK ? wrap(found, count) : tp_raise(status);
  } else if (!PyErr_Occurred()) {
    PyErr_NoMemory();
  }
  free(roots);
  free(leaves);
  free(starts);
  free(found);
  return result;
}
