// The outputs of all modules of a tree.
#include "binding.h"
#include <stdlib.h>

enum { LONGEST = 16384 };

PyObject *tp_module_trace(PyObject *module, PyObject *args) {
  PyObject *net, *input, *result = NULL;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O!:module_trace", tp_types[TP_MODULE], &net, tp_types[TP_TENSOR], &input))
    return NULL;
  const char **names = calloc(LONGEST, sizeof *names);
  tw_tensor_t *outputs = calloc(LONGEST, sizeof *outputs), output = NULL;
  size_t count = 0;
  tw_status status = TW_ERROR_OUT_OF_MEMORY;
  if (names != NULL && outputs != NULL)
    TP_ENGINE(1, status = tw_module_trace(tp_handle(net), tp_handle(input), names, outputs, LONGEST, &count,
                                          &output));
  else
    PyErr_NoMemory();
  if (status == TW_OK) {
    PyObject *calls = PyList_New(0), *whole = tp_new_tensor(output);
    bool is_good = calls != NULL && whole != NULL;
    for (size_t i = 0; i < count; i++) {
      PyObject *tensor = tp_new_tensor(outputs[i]); // takes the reference, also where it fails
      PyObject *pair = tensor == NULL ? NULL : Py_BuildValue("(sO)", names[i], tensor);
      is_good = is_good && pair != NULL && PyList_Append(calls, pair) == 0;
      Py_XDECREF(pair);
      Py_XDECREF(tensor);
    }
    if (is_good)
      result = PyTuple_Pack(2, whole, calls);
    Py_XDECREF(calls);
    Py_XDECREF(whole);
  } else if (!PyErr_Occurred()) {
    tp_raise(status);
  }
  free(names);
  free(outputs);
  return result;
}
