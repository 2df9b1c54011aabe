// The type TensorBase, which thalweg.Tensor derives from. It lives in C so that arithmetic costs little more
// than the engine's call; what is not called in loops is written in Python, in the subclass.
#include <stddef.h>
#include <stdlib.h>

#include "binding.h"

static PyObject *new_tensor(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *source;
  (void)keywords; // a subclass may take some
  if (!PyArg_ParseTuple(args, "O:Tensor", &source))
    return NULL;
  if (!tp_is_tensor(source)) {
    PyErr_SetString(PyExc_TypeError,
                    "Tensor() takes a Tensor; thalweg.tensor(data) makes one of numbers or arrays");
    return NULL;
  }
  tw_tensor_t handle;
  if (!tp_check(tp_share_tensor(tp_handle(source), &handle)))
    return NULL;
  PyObject *self = PyType_GenericAlloc(type, 0);
  if (self == NULL)
    tw_tensor_release(handle);
  else
    ((tp_object *)self)->handle = handle;
  return self;
}

static Py_hash_t hash(PyObject *self) { return (Py_hash_t)((uintptr_t)self >> 4); }

static Py_ssize_t length(PyObject *self) {
  int64_t shape[TW_MAX_RANK];
  size_t rank;
  if (!tp_check(tw_tensor_rank(tp_handle(self), &rank)) ||
      !tp_check(tw_tensor_shape(tp_handle(self), shape, TW_MAX_RANK)))
    return -1;
  if (rank == 0) {
    PyErr_SetString(PyExc_TypeError, "len() of a 0-d tensor");
    return -1;
  }
  return (Py_ssize_t)shape[0];
}

// -- A tensor of one element as a number ------------------------------------------------------------------

static int truth(PyObject *self) {
  double value;
  int64_t count;
  if (!tp_check(tw_tensor_numel(tp_handle(self), &count)))
    return -1;
  if (count != 1) {
    tp_raise_format(TW_ERROR_INVALID_ARGUMENT,
                    "Boolean value of Tensor with %lld values is ambiguous; compare or reduce it first",
                    (long long)count);
    return -1;
  }
  return tp_check(tw_tensor_item(tp_handle(self), &value)) ? value != 0 : -1;
}

static PyObject *as_float(PyObject *self) {
  double value;
  return tp_check(tw_tensor_item(tp_handle(self), &value)) ? PyFloat_FromDouble(value) : NULL;
}

static PyObject *as_int(PyObject *self) {
  PyObject *item = tp_item(self, NULL);
  PyObject *integer = item == NULL ? NULL : PyNumber_Long(item);
  Py_XDECREF(item);
  return integer;
}

static PyObject *as_index(PyObject *self) {
  int64_t value, count;
  int32_t dtype;
  if (!tp_check(tw_tensor_dtype(tp_handle(self), &dtype)) ||
      !tp_check(tw_tensor_numel(tp_handle(self), &count)))
    return NULL;
  if (dtype <= TW_FLOAT64 || count != 1) {
    PyErr_SetString(PyExc_TypeError, "only integer tensors of one element can be an index");
    return NULL;
  }
  return tp_check(tw_tensor_item_int64(tp_handle(self), &value)) ? PyLong_FromLongLong(value) : NULL;
}

// ---------------------------------------------------------------------------------------------------------

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(tp_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

// The hand-written and the generated methods, in one table.
static PyMethodDef *all_methods(void) {
  size_t written = 0, generated = 0;
  while (tp_tensor_methods[written].ml_name != NULL)
    written++;
  while (tp_tensor_operations[generated].ml_name != NULL)
    generated++;
  PyMethodDef *methods = calloc(written + generated + 1, sizeof *methods);
  for (size_t i = 0; methods != NULL && i < written; i++)
    methods[i] = tp_tensor_methods[i];
  for (size_t i = 0; methods != NULL && i < generated; i++)
    methods[written + i] = tp_tensor_operations[i];
  return methods; // the type refers to it as long as the process lives
}

bool tp_add_tensor_type(PyObject *module) {
  PyMethodDef *methods = all_methods();
  if (methods == NULL)
    return PyErr_NoMemory() != NULL;
  PyType_Slot slots[] = {
      {Py_tp_doc, "What thalweg.Tensor is made of."},
      {Py_tp_new, TP_SLOT(new_tensor)},
      {Py_tp_dealloc, TP_SLOT(tp_handle_dealloc)},
      {Py_tp_members, members},
      {Py_tp_methods, methods},
      {Py_tp_getset, tp_tensor_properties},
      {Py_tp_hash, TP_SLOT(hash)},
      {Py_tp_richcompare, TP_SLOT(tp_compare)},
      {Py_nb_add, TP_SLOT(tp_add)},
      {Py_nb_subtract, TP_SLOT(tp_subtract)},
      {Py_nb_multiply, TP_SLOT(tp_multiply)},
      {Py_nb_true_divide, TP_SLOT(tp_divide)},
      {Py_nb_floor_divide, TP_SLOT(tp_floor_divide)},
      {Py_nb_remainder, TP_SLOT(tp_remainder)},
      {Py_nb_power, TP_SLOT(tp_power)},
      {Py_nb_matrix_multiply, TP_SLOT(tp_matmul)},
      {Py_nb_and, TP_SLOT(tp_and)},
      {Py_nb_or, TP_SLOT(tp_or)},
      {Py_nb_xor, TP_SLOT(tp_xor)},
      {Py_nb_inplace_add, TP_SLOT(tp_inplace_add)},
      {Py_nb_inplace_subtract, TP_SLOT(tp_inplace_subtract)},
      {Py_nb_inplace_multiply, TP_SLOT(tp_inplace_multiply)},
      {Py_nb_inplace_true_divide, TP_SLOT(tp_inplace_divide)},
      {Py_nb_negative, TP_SLOT(tp_negative)},
      {Py_nb_positive, TP_SLOT(tp_positive)},
      {Py_nb_absolute, TP_SLOT(tp_absolute)},
      {Py_nb_invert, TP_SLOT(tp_invert)},
      {Py_nb_bool, TP_SLOT(truth)},
      {Py_nb_float, TP_SLOT(as_float)},
      {Py_nb_int, TP_SLOT(as_int)},
      {Py_nb_index, TP_SLOT(as_index)},
      {Py_mp_length, TP_SLOT(length)},
      {Py_mp_subscript, TP_SLOT(tp_subscript)},
      {Py_mp_ass_subscript, TP_SLOT(tp_assign)},
      {Py_bf_getbuffer, TP_SLOT(tp_get_buffer)},
      {Py_bf_releasebuffer, TP_SLOT(tp_release_buffer)},
      {0, NULL},
  };
  PyType_Spec spec = {"thalweg._C.TensorBase", sizeof(tp_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                      slots};
  tp_types[TP_TENSOR] = (PyTypeObject *)PyType_FromSpec(&spec);
  if (tp_types[TP_TENSOR] == NULL)
    return false;
  tp_tensor_class = (PyTypeObject *)Py_NewRef((PyObject *)tp_types[TP_TENSOR]);
  return PyModule_AddType(module, tp_types[TP_TENSOR]) == 0;
}
