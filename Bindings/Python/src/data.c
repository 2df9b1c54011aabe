// Tensors from numbers and nested sequences, and back.
#include <stdlib.h>
#include <string.h>

#include "binding.h"

// -- From Python ------------------------------------------------------------------------------------------

typedef struct {
  size_t rank;
  int64_t shape[TW_MAX_RANK];
  int32_t dtype; // the smallest that holds every number: bool, int64, float32
  char *next;    // where the next element goes
} layout;

static bool is_sequence(PyObject *object) {
  return PyList_Check(object) || PyTuple_Check(object) ||
         (!tp_is_number(object) && !tp_is_integer(object) && PySequence_Check(object) &&
          !PyUnicode_Check(object) && !PyBytes_Check(object));
}

static int32_t dtype_of_number(PyObject *number) {
  int32_t dtype;
  if (PyBool_Check(number))
    return TW_BOOL;
  if (tp_is_tensor(number) && tw_tensor_dtype(tp_handle(number), &dtype) == TW_OK)
    return dtype;
  return tp_is_integer(number) ? TW_INT64 : TW_FLOAT32;
}

static int width(int32_t dtype) {
  return dtype == TW_BOOL ? 0 : dtype > TW_FLOAT64 ? 1 : 2 + (dtype == TW_FLOAT64);
}

// Sizes along the first elements.
static bool measure(PyObject *data, layout *out) {
  PyObject *object = Py_NewRef(data);
  while (object != NULL && is_sequence(object)) {
    Py_ssize_t size = PySequence_Size(object);
    if (out->rank == TW_MAX_RANK && size >= 0)
      tp_raise_format(TW_ERROR_SHAPE, "tensor: the data is nested deeper than %d levels", TW_MAX_RANK);
    if (size < 0 || out->rank == TW_MAX_RANK) {
      Py_DECREF(object);
      return false;
    }
    out->shape[out->rank++] = size;
    PyObject *first = size == 0 ? NULL : PySequence_GetItem(object, 0);
    Py_DECREF(object);
    if (size == 0)
      return true;
    object = first;
  }
  Py_XDECREF(object);
  return object != NULL;
}

typedef bool (*visitor)(layout *at, PyObject *number);

static bool visit(layout *at, PyObject *object, size_t depth, visitor visitor) {
  if (depth == at->rank) {
    if (is_sequence(object)) {
      tp_raise_format(TW_ERROR_SHAPE, "tensor: a sequence where a number was expected, at depth %zu", depth);
      return false;
    }
    return visitor(at, object);
  }
  Py_ssize_t size = is_sequence(object) ? PySequence_Size(object) : -1;
  if (size != at->shape[depth]) {
    if (!PyErr_Occurred())
      tp_raise_format(TW_ERROR_SHAPE, "tensor: expected a sequence of length %lld at depth %zu",
                      (long long)at->shape[depth], depth);
    return false;
  }
  for (Py_ssize_t i = 0; i < size; i++) {
    PyObject *item = PySequence_GetItem(object, i);
    bool visited = item != NULL && visit(at, item, depth + 1, visitor);
    Py_XDECREF(item);
    if (!visited)
      return false;
  }
  return true;
}

static bool widen(layout *at, PyObject *number) {
  int32_t dtype = dtype_of_number(number);
  if (width(dtype) > width(at->dtype))
    at->dtype = dtype > TW_FLOAT64 && dtype != TW_BOOL ? TW_INT64 : dtype;
  return true;
}

static bool store(layout *at, PyObject *number) {
  double real = 0;
  int64_t integer = 0;
  float narrow;
  int32_t word;
  if (at->dtype <= TW_FLOAT64 || at->dtype == TW_BOOL) {
    real = PyFloat_AsDouble(number);
    if (real == -1.0 && PyErr_Occurred())
      return false;
  } else if (PyFloat_Check(number)) {
    integer = (int64_t)PyFloat_AsDouble(number);
  } else if (!tp_as_int64(number, &integer)) {
    return false;
  }
  switch (at->dtype) {
  case TW_FLOAT32:
    narrow = (float)real;
    memcpy(at->next, &narrow, sizeof narrow);
    break;
  case TW_FLOAT64:
    memcpy(at->next, &real, sizeof real);
    break;
  case TW_INT64:
    memcpy(at->next, &integer, sizeof integer);
    break;
  case TW_INT32:
    word = (int32_t)integer;
    memcpy(at->next, &word, sizeof word);
    break;
  case TW_UINT8:
    *at->next = (char)integer;
    break;
  default:
    *at->next = real != 0;
  }
  at->next += tp_item_size(at->dtype);
  return true;
}

static bool from_numbers(PyObject *data, int32_t wanted, tw_tensor_t *out) {
  layout at = {0, {0}, TW_BOOL, NULL};
  if (!measure(data, &at))
    return false;
  size_t count = 1;
  for (size_t i = 0; i < at.rank; i++)
    count *= (size_t)at.shape[i];
  if (count == 0)
    at.dtype = TW_FLOAT32;
  else if (!visit(&at, data, 0, widen))
    return false;
  if (wanted >= 0)
    at.dtype = wanted;
  char *bytes = malloc(count * tp_item_size(at.dtype) + 1);
  if (bytes == NULL)
    return PyErr_NoMemory() != NULL;
  at.next = bytes;
  bool made = (count == 0 || visit(&at, data, 0, store)) &&
              tp_check(tw_tensor_from_data(bytes, at.dtype, at.shape, at.rank, out));
  free(bytes);
  return made;
}

static bool convert(tw_tensor_t *tensor, int32_t dtype) {
  tw_tensor_t converted = NULL;
  if (dtype < 0)
    return true;
  tw_status status = tw_tensor_to(*tensor, dtype, &converted);
  tw_tensor_release(*tensor);
  *tensor = converted;
  return tp_check(status);
}

// A new tensor with the elements of another, outside its graph.
static bool from_tensor(PyObject *data, tw_tensor_t *out) {
  tw_tensor_t detached;
  if (!tp_check(tw_tensor_detach(tp_handle(data), &detached)))
    return false;
  tw_status status = tw_tensor_clone(detached, out);
  tw_tensor_release(detached);
  return tp_check(status);
}

PyObject *tp_from_data(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *names) {
  static const char *const keywords[] = {"data", "dtype"};
  static const tp_signature signature = {"tensor", keywords, 2, 1, 2, -1};
  tp_call call;
  int32_t dtype = -1;
  tw_tensor_t out = NULL;
  (void)module;
  if (!tp_bind(&call, &signature, NULL, args, nargs, names) || !tp_get_dtype(&call, 1, &dtype))
    return NULL;
  PyObject *data = call.values[0];
  bool made;
  if (tp_is_tensor(data))
    made = from_tensor(data, &out) && convert(&out, dtype);
  else if (PyObject_CheckBuffer(data) && !PyBytes_Check(data) && !tp_is_integer(data) &&
           !PyFloat_CheckExact(data))
    made = tp_copy_buffer(data, &out) && convert(&out, dtype);
  else
    made = from_numbers(data, dtype, &out);
  return made ? tp_new_tensor(out) : NULL;
}

// -- To Python --------------------------------------------------------------------------------------------

static PyObject *number_at(const char *place, int32_t dtype) {
  float narrow;
  double real;
  int64_t integer;
  int32_t word;
  switch (dtype) {
  case TW_FLOAT32:
    memcpy(&narrow, place, sizeof narrow);
    return PyFloat_FromDouble(narrow);
  case TW_FLOAT64:
    memcpy(&real, place, sizeof real);
    return PyFloat_FromDouble(real);
  case TW_INT64:
    memcpy(&integer, place, sizeof integer);
    return PyLong_FromLongLong(integer);
  case TW_INT32:
    memcpy(&word, place, sizeof word);
    return PyLong_FromLong(word);
  case TW_UINT8:
    return PyLong_FromLong(*(const unsigned char *)place);
  default:
    return PyBool_FromLong(*place);
  }
}

static PyObject *list_of(const char **place, const int64_t *shape, size_t rank, int32_t dtype) {
  if (rank == 0) {
    PyObject *number = number_at(*place, dtype);
    *place += tp_item_size(dtype);
    return number;
  }
  PyObject *list = PyList_New((Py_ssize_t)shape[0]);
  for (int64_t i = 0; list != NULL && i < shape[0]; i++) {
    PyObject *item = list_of(place, shape + 1, rank - 1, dtype);
    if (item == NULL)
      Py_CLEAR(list);
    else
      PyList_SetItem(list, (Py_ssize_t)i, item);
  }
  return list;
}

PyObject *tp_tolist(PyObject *self, PyObject *unused) {
  tw_tensor_t tensor = tp_handle(self);
  int64_t shape[TW_MAX_RANK + 1], count;
  size_t rank;
  int32_t dtype;
  (void)unused;
  if (!tp_check(tw_tensor_rank(tensor, &rank)) || !tp_check(tw_tensor_shape(tensor, shape, TW_MAX_RANK)) ||
      !tp_check(tw_tensor_numel(tensor, &count)) || !tp_check(tw_tensor_dtype(tensor, &dtype)))
    return NULL;
  size_t bytes = (size_t)count * tp_item_size(dtype);
  char *copy = malloc(bytes + 1);
  if (copy == NULL)
    return PyErr_NoMemory();
  const char *place = copy;
  PyObject *list =
      tp_check(tw_tensor_copy_to(tensor, copy, bytes)) ? list_of(&place, shape, rank, dtype) : NULL;
  free(copy);
  return list;
}

PyObject *tp_item(PyObject *self, PyObject *unused) {
  tw_tensor_t tensor = tp_handle(self);
  int32_t dtype;
  double real;
  int64_t integer;
  (void)unused;
  if (!tp_check(tw_tensor_dtype(tensor, &dtype)))
    return NULL;
  if (dtype <= TW_FLOAT64)
    return tp_check(tw_tensor_item(tensor, &real)) ? PyFloat_FromDouble(real) : NULL;
  if (!tp_check(tw_tensor_item_int64(tensor, &integer)))
    return NULL;
  return dtype == TW_BOOL ? PyBool_FromLong(integer != 0) : PyLong_FromLongLong(integer);
}
