// Modules of several inputs and outputs.
#include "binding.h"
#include <stdlib.h>

enum { MOST = 4096 };

PyObject *tp_module_call(PyObject *module, PyObject *args) {
  PyObject *net, *tuple, *result = NULL;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O!:module_call", tp_types[TP_MODULE], &net, &PyTuple_Type, &tuple))
    return NULL;
  const size_t count = (size_t)PyTuple_Size(tuple);
  for (size_t i = 0; i < count; i++) {
    if (!PyObject_TypeCheck(PyTuple_GetItem(tuple, (Py_ssize_t)i), (PyTypeObject *)tp_types[TP_TENSOR]))
      return PyErr_Format(PyExc_TypeError, "a module takes tensors");
  }
  tw_tensor_t *inputs = calloc(count + 1, sizeof *inputs), *outputs = calloc(MOST, sizeof *outputs);
  size_t out_count = 0;
  tw_status status = TW_ERROR_OUT_OF_MEMORY;
  if (inputs != NULL && outputs != NULL) {
    for (size_t i = 0; i < count; i++)
      inputs[i] = tp_handle(PyTuple_GetItem(tuple, (Py_ssize_t)i));
    TP_ENGINE(1, status = tw_module_call(tp_handle(net), inputs, count, outputs, MOST, &out_count));
  } else {
    PyErr_NoMemory();
  }
  if (status == TW_OK) {
    result = PyTuple_New((Py_ssize_t)out_count);
    for (size_t i = 0; i < out_count; i++) {
      PyObject *tensor = tp_new_tensor(outputs[i]); // takes the reference, also where it fails
      if (result != NULL && tensor != NULL) {
        PyTuple_SetItem(result, (Py_ssize_t)i, tensor);
      } else {
        Py_XDECREF(tensor);
        Py_CLEAR(result);
      }
    }
  } else if (!PyErr_Occurred()) {
    tp_raise(status);
  }
  free(inputs);
  free(outputs);
  return result;
}
