// Numbers, texts and other small values between Python and C.
#include <stdarg.h>
#include <string.h>

#include "binding.h"

bool tp_is_number(PyObject *object) {
  if (PyFloat_Check(object) || PyLong_Check(object))
    return true;
  // NumPy's scalars convert to numbers and have no length; arrays and tensors have one.
  PyTypeObject *type = Py_TYPE(object);
  return PyType_GetSlot(type, Py_nb_float) != NULL && PyType_GetSlot(type, Py_mp_length) == NULL &&
         PyType_GetSlot(type, Py_sq_length) == NULL;
}

bool tp_is_integer(PyObject *object) {
  if (PyLong_Check(object))
    return true;
  int64_t count;
  if (tp_is_tensor(object)) {
    int32_t dtype;
    return tw_tensor_dtype(tp_handle(object), &dtype) == TW_OK && dtype >= TW_INT64 &&
           tw_tensor_numel(tp_handle(object), &count) == TW_OK && count == 1;
  }
  return PyIndex_Check(object) && tp_is_number(object);
}

bool tp_as_int64(PyObject *object, int64_t *out) {
  PyObject *integer = PyNumber_Index(object);
  if (integer == NULL)
    return false;
  *out = PyLong_AsLongLong(integer);
  Py_DECREF(integer);
  return *out != -1 || !PyErr_Occurred();
}

bool tp_scalar_like(PyObject *number, tw_tensor_t like, tw_tensor_t *out) {
  int32_t dtype;
  if (!tp_check(tw_tensor_dtype(like, &dtype)))
    return false;
  if (!PyBool_Check(number) && (PyLong_Check(number) || PyIndex_Check(number))) {
    if (dtype == TW_BOOL)
      dtype = TW_INT64;
    if (dtype > TW_FLOAT64) {
      int64_t value;
      if (!tp_as_int64(number, &value))
        return false;
      int32_t narrow = (int32_t)value;
      uint8_t byte = (uint8_t)value; // -1 is 255, as in PyTorch
      const void *data = dtype == TW_INT64 ? (void *)&value : dtype == TW_INT32 ? (void *)&narrow : &byte;
      if ((dtype == TW_INT32 && narrow != value) || (dtype == TW_UINT8 && (value > 255 || value < -255))) {
        PyErr_Format(PyExc_OverflowError, "the number %lld does not fit a tensor of %s", (long long)value,
                     dtype == TW_INT32 ? "int32" : "uint8");
        return false;
      }
      return tp_check(tw_tensor_from_data(data, dtype, NULL, 0, out));
    }
  } else if (!PyBool_Check(number) && dtype > TW_FLOAT64) {
    dtype = TW_FLOAT32;
  }
  double value = PyFloat_AsDouble(number);
  if (value == -1.0 && PyErr_Occurred())
    return false;
  return tp_check(tw_tensor_scalar(value, dtype, out));
}

// Releasing and taking the GIL costs as much as an operation on some thousand elements.
enum { LARGE = 16384 };

bool tp_is_large(tw_tensor_t tensor) {
  int64_t count;
  return tensor != NULL && tw_tensor_numel(tensor, &count) == TW_OK && count >= LARGE;
}

bool tp_object_is_large(PyObject *tensor) {
  tp_object *object = (tp_object *)tensor;
  int64_t count;
  if (object->size == 0 && tw_tensor_numel(object->handle, &count) == TW_OK)
    object->size = count + 1;
  return object->size > LARGE;
}

bool tp_are_large(const tp_handles *tensors) {
  for (size_t i = 0; i < tensors->count; i++)
    if (tp_is_large(((tw_tensor_t *)tensors->data)[i]))
      return true;
  return tensors->count >= 64;
}

bool tp_dims_are_large(const tp_dims *dims) {
  double count = 1;
  for (size_t i = 0; i < dims->count; i++)
    count *= (double)dims->values[i];
  return count >= LARGE;
}

PyObject *tp_text(const char *text) {
  return text == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

PyObject *tp_pack(int count, ...) {
  PyObject *tuple = PyTuple_New(count);
  bool complete = tuple != NULL;
  va_list items;
  va_start(items, count);
  for (int i = 0; i < count; i++) {
    PyObject *item = va_arg(items, PyObject *);
    complete = complete && item != NULL;
    if (tuple == NULL)
      Py_XDECREF(item);
    else if (item != NULL)
      PyTuple_SetItem(tuple, i, item);
  }
  va_end(items);
  if (!complete)
    Py_CLEAR(tuple);
  return tuple;
}

PyObject *tp_struct_to_dict(const tp_field *fields, const void *values) {
  PyObject *dict = PyDict_New();
  for (; dict != NULL && fields->name != NULL; fields++) {
    const void *place = (const char *)values + fields->offset;
    PyObject *value = NULL;
    switch (fields->type) {
    case TP_DOUBLE:
      value = PyFloat_FromDouble(*(const double *)place);
      break;
    case TP_INT32:
      value = PyLong_FromLong(*(const int32_t *)place);
      break;
    case TP_INT64:
      value = PyLong_FromLongLong(*(const int64_t *)place);
      break;
    case TP_PAIR:
      value = Py_BuildValue("(LL)", (long long)((const int64_t *)place)[0],
                            (long long)((const int64_t *)place)[1]);
      break;
    case TP_TRIPLE:
      value = Py_BuildValue("(LLL)", (long long)((const int64_t *)place)[0],
                            (long long)((const int64_t *)place)[1], (long long)((const int64_t *)place)[2]);
      break;
    case TP_UINT64:
      value = PyLong_FromUnsignedLongLong(*(const uint64_t *)place);
      break;
    }
    if (value == NULL || PyDict_SetItemString(dict, fields->name, value) < 0)
      Py_CLEAR(dict);
    Py_XDECREF(value);
  }
  return dict;
}
