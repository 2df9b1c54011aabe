// Batches of the engine's loaders. Other Python threads run while a batch is waited for.
#include "binding.h"

enum { MOST = 64 }; // arrays in a batch

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
  if (count == 0)
    return Py_NewRef(Py_None);
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
