// tensor[key] and tensor[key] = value, as PyTorch and NumPy: ints, slices, None, ..., bools, and tensors,
// arrays and lists of ints or bools. All but the last give views (slices with a negative step copies); what
// they choose, the engine finds.
#include <string.h>

#include "binding.h"

// The view so far and the dimension of it that the next part of the key is for.
typedef struct {
  tw_tensor_t tensor;
  int64_t dim;
  bool owned;
  bool copied; // a negative step has made a copy
  // Tensors of the key: an entry for each, and a NULL for each dimension before it that has none.
  tw_tensor_t entries[2 * TW_MAX_RANK];
  size_t count;
  int64_t covered;               // dimensions that the entries are for
  tw_tensor_t made[TW_MAX_RANK]; // entries that were made here
  size_t made_count;
} cursor;

static void drop(cursor *at) {
  if (at->owned)
    tw_tensor_release(at->tensor);
  for (size_t i = 0; i < at->made_count; i++)
    tw_tensor_release(at->made[i]);
}

static bool move(cursor *at, tw_status status, tw_tensor_t next) {
  if (!tp_check(status))
    return false;
  if (at->owned)
    tw_tensor_release(at->tensor);
  at->tensor = next;
  at->owned = true;
  return true;
}

// Whether the view has `wanted` dimensions more; the size of the next.
static bool room(const cursor *at, int64_t wanted, int64_t *size) {
  int64_t shape[TW_MAX_RANK] = {0};
  size_t rank;
  if (!tp_check(tw_tensor_rank(at->tensor, &rank)) ||
      !tp_check(tw_tensor_shape(at->tensor, shape, TW_MAX_RANK)))
    return false;
  if (at->dim + wanted > (int64_t)rank) {
    PyErr_Format(PyExc_IndexError, "too many indices for a tensor of %zu dimensions", rank);
    return false;
  }
  if (size != NULL)
    *size = shape[at->dim];
  return true;
}

static bool take_integer(cursor *at, PyObject *key) {
  int64_t index, size;
  if (!tp_as_int64(key, &index) || !room(at, 1, &size))
    return false;
  if (index < -size || index >= size) {
    PyErr_Format(PyExc_IndexError, "index %lld is out of bounds for dimension %lld with size %lld",
                 (long long)index, (long long)at->dim, (long long)size);
    return false;
  }
  tw_tensor_t next = NULL;
  tw_status status = tw_tensor_select(at->tensor, at->dim, index < 0 ? index + size : index, &next);
  return move(at, status, next);
}

static bool take_slice(cursor *at, PyObject *key) {
  Py_ssize_t start, stop, step;
  int64_t size;
  if (!room(at, 1, &size) || PySlice_Unpack(key, &start, &stop, &step) < 0)
    return false;
  Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)size, &start, &stop, step);
  bool reversed = step < 0;
  if (reversed) {
    // The same elements in the other order.
    Py_ssize_t last = count > 0 ? start + (count - 1) * step : 0;
    stop = count > 0 ? start + 1 : 0;
    start = last;
    step = -step;
  }
  if (stop < start)
    stop = start;
  if (start != 0 || stop != size || step != 1) {
    tw_tensor_t next = NULL;
    tw_status status = tw_tensor_slice(at->tensor, at->dim, start, stop, step, &next);
    if (!move(at, status, next))
      return false;
  }
  if (reversed) {
    tw_tensor_t next = NULL;
    tw_status status = tw_tensor_flip(at->tensor, &at->dim, 1, &next);
    if (!move(at, status, next))
      return false;
    at->copied = true;
  }
  at->dim++;
  return true;
}

static bool take_new_axis(cursor *at) {
  tw_tensor_t next = NULL;
  tw_status status = tw_tensor_unsqueeze(at->tensor, at->dim, &next);
  if (!move(at, status, next))
    return false;
  at->dim++;
  return true;
}

// How many dimensions a part of a key is for, or -1 with an exception.
static int64_t width(PyObject *key) {
  int32_t dtype;
  size_t rank;
  if (key == Py_None || PyBool_Check(key))
    return 0;
  if (key == Py_Ellipsis) {
    PyErr_SetString(PyExc_IndexError, "an index can only have a single ellipsis ('...')");
    return -1;
  }
  if (!tp_is_tensor(key))
    return 1;
  if (!tp_check(tw_tensor_dtype(tp_handle(key), &dtype)) || !tp_check(tw_tensor_rank(tp_handle(key), &rank)))
    return -1;
  return dtype == TW_BOOL ? (int64_t)rank : 1;
}

// ... stands for the dimensions that the rest of the key leaves.
static bool take_ellipsis(cursor *at, PyObject *keys, Py_ssize_t position) {
  size_t rank;
  if (!tp_check(tw_tensor_rank(at->tensor, &rank)))
    return false;
  int64_t following = 0;
  for (Py_ssize_t i = position + 1; i < PyTuple_Size(keys); i++) {
    int64_t wide = width(PyTuple_GetItem(keys, i));
    if (wide < 0)
      return false;
    following += wide;
  }
  if ((int64_t)rank - following > at->dim)
    at->dim = (int64_t)rank - following;
  return true;
}

static bool add_entry(cursor *at, tw_tensor_t index, int64_t wide) {
  while (at->covered < at->dim) {
    at->entries[at->count++] = NULL;
    at->covered++;
  }
  at->entries[at->count++] = index;
  at->covered += wide;
  at->dim += wide;
  return true;
}

// A bool stands for a new dimension of size 1, or of 0.
static bool take_truth(cursor *at, bool truth) {
  static const int64_t shape[] = {1};
  unsigned char byte = truth;
  tw_tensor_t next = NULL, mask = NULL;
  tw_status status = tw_tensor_unsqueeze(at->tensor, at->dim, &next);
  if (!move(at, status, next) || !tp_check(tw_tensor_from_data(&byte, TW_BOOL, shape, 1, &mask)))
    return false;
  at->made[at->made_count++] = mask;
  return add_entry(at, mask, 1);
}

static bool take_tensor(cursor *at, PyObject *key) {
  int32_t dtype;
  size_t rank;
  double value;
  tw_tensor_t index = tp_handle(key);
  if (!tp_check(tw_tensor_dtype(index, &dtype)) || !tp_check(tw_tensor_rank(index, &rank)))
    return false;
  if (rank == 0 && dtype == TW_BOOL)
    return tp_check(tw_tensor_item(index, &value)) && take_truth(at, value != 0);
  if (rank == 0 && dtype > TW_FLOAT64)
    return take_integer(at, key);
  int64_t wide = dtype == TW_BOOL ? (int64_t)rank : 1;
  return room(at, wide, NULL) && add_entry(at, index, wide);
}

static bool take(cursor *at, PyObject *keys, Py_ssize_t position) {
  PyObject *key = PyTuple_GetItem(keys, position);
  if (key == Py_None)
    return take_new_axis(at);
  if (key == Py_Ellipsis)
    return take_ellipsis(at, keys, position);
  if (PyBool_Check(key))
    return take_truth(at, key == Py_True);
  if (PySlice_Check(key))
    return take_slice(at, key);
  return tp_is_tensor(key) ? take_tensor(at, key) : take_integer(at, key);
}

// A part of a key with lists and arrays made tensors; a new reference.
static PyObject *prepare(PyObject *key) {
  if (key == Py_None || key == Py_Ellipsis || PySlice_Check(key) || PyBool_Check(key) || tp_is_tensor(key) ||
      tp_is_integer(key))
    return Py_NewRef(key);
  if (PyFloat_CheckExact(key) || PyUnicode_Check(key) || PyBytes_Check(key) ||
      (!PySequence_Check(key) && !PyObject_CheckBuffer(key))) {
    PyErr_SetString(PyExc_IndexError,
                    "indices must be ints, slices, None, ..., or tensors, arrays or lists of ints or bools");
    return NULL;
  }
  PyObject *index = tp_from_data(NULL, &key, 1, NULL);
  int64_t count;
  if (index == NULL || !PyList_Check(key) || !tp_check(tw_tensor_numel(tp_handle(index), &count)) ||
      count > 0)
    return index;
  // An empty list has no dtype of its own.
  tw_tensor_t integers = NULL;
  tw_status status = tw_tensor_to(tp_handle(index), TW_INT64, &integers);
  Py_DECREF(index);
  return status == TW_OK ? tp_new_tensor(integers) : tp_raise(status);
}

static PyObject *prepare_all(PyObject *key) {
  if (!PyTuple_Check(key)) {
    PyObject *only = prepare(key);
    return only == NULL ? NULL : tp_pack(1, only);
  }
  PyObject *keys = PyTuple_New(PyTuple_Size(key));
  for (Py_ssize_t i = 0; keys != NULL && i < PyTuple_Size(key); i++) {
    PyObject *item = prepare(PyTuple_GetItem(key, i));
    if (item == NULL)
      Py_CLEAR(keys);
    else
      PyTuple_SetItem(keys, i, item);
  }
  return keys;
}

// Goes through the key; `keys` keeps its tensors alive.
static bool walk(cursor *at, PyObject *self, PyObject *key, PyObject **keys) {
  memset(at, 0, sizeof *at);
  at->tensor = tp_handle(self);
  *keys = prepare_all(key);
  bool done = *keys != NULL;
  for (Py_ssize_t i = 0; done && i < PyTuple_Size(*keys); i++)
    done = take(at, *keys, i);
  return done;
}

static PyObject *raise_index(tw_status status) {
  if (status != TW_ERROR_INVALID_ARGUMENT && status != TW_ERROR_SHAPE)
    return tp_raise(status);
  PyErr_SetString(PyExc_IndexError, tw_last_error());
  return NULL;
}

PyObject *tp_subscript(PyObject *self, PyObject *key) {
  cursor at;
  PyObject *keys, *result = NULL;
  if (walk(&at, self, key, &keys)) {
    tw_tensor_t out = NULL;
    if (at.count > 0) {
      tw_status status;
      TP_ENGINE(tp_is_large(at.tensor), status = tw_tensor_index(at.tensor, at.entries, at.count, &out));
      result = status == TW_OK ? tp_new_tensor(out) : raise_index(status);
    } else if (tp_check(tp_share_tensor(at.tensor, &out))) {
      result = tp_new_tensor(out);
    }
  }
  drop(&at);
  Py_XDECREF(keys);
  return result;
}

// A value of more dimensions than its place, all of the additional ones of size 1, is seen without them.
static bool trim(cursor *place, tw_tensor_t value, tw_tensor_t *out) {
  int64_t shape[TW_MAX_RANK] = {0};
  size_t rank, value_rank, extra = 0;
  if (!tp_check(tw_tensor_rank(place->tensor, &rank)) || !tp_check(tw_tensor_rank(value, &value_rank)) ||
      !tp_check(tw_tensor_shape(value, shape, TW_MAX_RANK)))
    return false;
  while (value_rank - extra > rank && shape[extra] == 1)
    extra++;
  return tp_check(tw_tensor_reshape(value, shape + extra, value_rank - extra, out));
}

int tp_assign(PyObject *self, PyObject *key, PyObject *value) {
  int32_t dtype;
  if (value == NULL) {
    PyErr_SetString(PyExc_TypeError, "elements of a tensor cannot be deleted");
    return -1;
  }
  if (!tp_check(tw_tensor_dtype(tp_handle(self), &dtype)))
    return -1;
  PyObject *arguments[] = {value, tp_dtype_object(dtype)};
  PyObject *source = tp_is_tensor(value) ? Py_NewRef(value) : tp_from_data(NULL, arguments, 2, NULL);
  Py_XDECREF(arguments[1]);
  if (source == NULL)
    return -1;
  cursor at;
  PyObject *keys;
  bool done = walk(&at, self, key, &keys);
  tw_status status = TW_OK;
  if (done && at.copied) {
    PyErr_SetString(PyExc_ValueError, "a slice to assign to must have a positive step; flip the values");
    done = false;
  }
  if (done && at.count > 0) {
    TP_ENGINE(tp_is_large(at.tensor),
              status = tw_tensor_set_at(at.tensor, at.entries, at.count, tp_handle(source), 0));
    done = status == TW_OK || (status == TW_ERROR_INVALID_ARGUMENT ? raise_index(status) : tp_raise(status));
  } else if (done) {
    tw_tensor_t trimmed = NULL;
    done = trim(&at, tp_handle(source), &trimmed);
    if (done)
      TP_ENGINE(tp_is_large(at.tensor), status = tw_tensor_copy_from(at.tensor, trimmed));
    done = done && tp_check(status);
    tw_tensor_release(trimmed);
  }
  drop(&at);
  Py_XDECREF(keys);
  Py_DECREF(source);
  return done ? 0 : -1;
}
