// Properties and methods of tensors that need more than one engine call.
#include "binding.h"

// -- Shape ------------------------------------------------------------------------------------------------

static PyObject *tuple_of(const int64_t *values, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; tuple != NULL && i < count; i++) {
    PyObject *item = PyLong_FromLongLong(values[i]);
    if (item == NULL)
      Py_CLEAR(tuple);
    else
      PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
  }
  return tuple;
}

static PyObject *get_shape(PyObject *self, void *unused) {
  (void)unused;
  int64_t shape[TW_MAX_RANK];
  size_t rank;
  if (!tp_check(tw_tensor_rank(tp_handle(self), &rank)) ||
      !tp_check(tw_tensor_shape(tp_handle(self), shape, TW_MAX_RANK)))
    return NULL;
  return tuple_of(shape, rank);
}

static PyObject *stride(PyObject *self, PyObject *unused) {
  (void)unused;
  int64_t strides[TW_MAX_RANK];
  size_t rank;
  if (!tp_check(tw_tensor_rank(tp_handle(self), &rank)) ||
      !tp_check(tw_tensor_strides(tp_handle(self), strides, TW_MAX_RANK)))
    return NULL;
  return tuple_of(strides, rank);
}

static PyObject *get_ndim(PyObject *self, void *unused) {
  (void)unused;
  size_t rank;
  return tp_check(tw_tensor_rank(tp_handle(self), &rank)) ? PyLong_FromSize_t(rank) : NULL;
}

static PyObject *dim(PyObject *self, PyObject *unused) {
  (void)unused;
  return get_ndim(self, NULL);
}

static PyObject *get_transposed(PyObject *self, void *unused) {
  (void)unused;
  size_t rank;
  if (!tp_check(tw_tensor_rank(tp_handle(self), &rank)))
    return NULL;
  int64_t order[TW_MAX_RANK] = {0};
  for (size_t i = 0; i < rank && i < TW_MAX_RANK; i++)
    order[i] = (int64_t)(rank - 1 - i);
  tw_tensor_t out;
  return tp_check(tw_tensor_permute(tp_handle(self), order, rank, &out)) ? tp_new_tensor(out) : NULL;
}

static PyObject *get_dtype(PyObject *self, void *unused) {
  (void)unused;
  int32_t dtype;
  return tp_check(tw_tensor_dtype(tp_handle(self), &dtype)) ? tp_dtype_object(dtype) : NULL;
}

static PyObject *data_ptr(PyObject *self, PyObject *unused) {
  (void)unused;
  void *data;
  return tp_check(tw_tensor_data(tp_handle(self), &data)) ? PyLong_FromVoidPtr(data) : NULL;
}

// -- Derivatives ------------------------------------------------------------------------------------------

static PyObject *get_requires_grad(PyObject *self, void *unused) {
  (void)unused;
  int32_t value;
  return tp_check(tw_tensor_requires_grad(tp_handle(self), &value)) ? PyBool_FromLong(value) : NULL;
}

static int set_requires_grad(PyObject *self, PyObject *value, void *unused) {
  (void)unused;
  int flag = value == NULL ? -1 : PyObject_IsTrue(value);
  if (value == NULL)
    PyErr_SetString(PyExc_AttributeError, "requires_grad cannot be deleted");
  return flag >= 0 && tp_check(tw_tensor_set_requires_grad(tp_handle(self), flag)) ? 0 : -1;
}

static PyObject *get_is_leaf(PyObject *self, void *unused) {
  (void)unused;
  int32_t value;
  return tp_check(tw_tensor_is_leaf(tp_handle(self), &value)) ? PyBool_FromLong(value) : NULL;
}

static PyObject *get_grad(PyObject *self, void *unused) {
  (void)unused;
  tw_tensor_t out = NULL;
  return tp_check(tw_tensor_grad(tp_handle(self), &out)) ? tp_new_tensor(out) : NULL;
}

static int set_grad(PyObject *self, PyObject *value, void *unused) {
  (void)unused;
  if (value != NULL && value != Py_None && !tp_is_tensor(value)) {
    PyErr_SetString(PyExc_TypeError, "grad must be a Tensor or None");
    return -1;
  }
  tw_tensor_t gradient = value == NULL || value == Py_None ? NULL : tp_handle(value);
  return tp_check(tw_tensor_set_grad(tp_handle(self), gradient)) ? 0 : -1;
}

// ---------------------------------------------------------------------------------------------------------

PyGetSetDef tp_tensor_properties[] = {
    {"shape", get_shape, NULL, "The size of each dimension, as a tuple.", NULL},
    {"ndim", get_ndim, NULL, "The number of dimensions.", NULL},
    {"dtype", get_dtype, NULL, "The type of the elements.", NULL},
    {"T", get_transposed, NULL, "A view with the dimensions in reverse order.", NULL},
    {"requires_grad", get_requires_grad, set_requires_grad, "Whether operations on the tensor are recorded.",
     NULL},
    {"is_leaf", get_is_leaf, NULL, "Whether no recorded operation made the tensor.", NULL},
    {"grad", get_grad, set_grad, "The gradient that backward has accumulated, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyMethodDef tp_tensor_methods[] = {
    {"dim", dim, METH_NOARGS, "dim($self)\n--\n\nThe number of dimensions."},
    {"stride", stride, METH_NOARGS, "stride($self)\n--\n\nHow far neighbours are apart, in elements."},
    {"data_ptr", data_ptr, METH_NOARGS, "data_ptr($self)\n--\n\nThe address of the first element."},
    {"item", tp_item, METH_NOARGS, "item($self)\n--\n\nThe element of a tensor that has one, as a number."},
    {"tolist", tp_tolist, METH_NOARGS, "tolist($self)\n--\n\nThe elements as nested lists, or a number."},
    {"backward", (PyCFunction)(void (*)(void))tp_backward, METH_FASTCALL | METH_KEYWORDS,
     "backward($self, gradient=None, retain_graph=None, create_graph=False)\n--\n\n"
     "Accumulates the gradients of this tensor in the leaves that it was computed from.\n\n"
     "A tensor of more than one element needs `gradient`, which its gradient is contracted with. The graph\n"
     "is freed unless `retain_graph` or `create_graph`, which makes the gradients differentiable."},
    {"_register_hook", tp_register_hook, METH_O, "The number of a new hook."},
    {"_dlpack", tp_to_dlpack, METH_NOARGS,
     "_dlpack($self)\n--\n\nA DLPack capsule that shares the elements."},
    {NULL, NULL, 0, NULL},
};
