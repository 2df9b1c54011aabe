// tensor[key]: ints, slices with a positive step, None, ... and, alone, an integer tensor or list for the
// first dimension. All but the last give views.
#include "binding.h"

// The tensor so far and the dimension of it that the next part of the key is for.
typedef struct {
  tw_tensor_t tensor;
  int64_t dim;
  bool owned;
} cursor;

static void drop(cursor *at) {
  if (at->owned)
    tw_tensor_release(at->tensor);
}

static bool move(cursor *at, tw_status status, tw_tensor_t next) {
  if (!tp_check(status))
    return false;
  drop(at);
  at->tensor = next;
  at->owned = true;
  return true;
}

static bool size_of(const cursor *at, int64_t *size) {
  int64_t shape[TW_MAX_RANK];
  size_t rank;
  if (!tp_check(tw_tensor_rank(at->tensor, &rank)) ||
      !tp_check(tw_tensor_shape(at->tensor, shape, TW_MAX_RANK)))
    return false;
  if ((size_t)at->dim >= rank) {
    PyErr_Format(PyExc_IndexError, "too many indices for a tensor of %zu dimensions", rank);
    return false;
  }
  *size = shape[at->dim];
  return true;
}

static bool take_integer(cursor *at, PyObject *key) {
  int64_t index, size;
  if (!tp_as_int64(key, &index) || !size_of(at, &size))
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
  if (!size_of(at, &size) || PySlice_Unpack(key, &start, &stop, &step) < 0)
    return false;
  if (step < 0) {
    PyErr_SetString(PyExc_ValueError, "a slice's step must be greater than zero");
    return false;
  }
  PySlice_AdjustIndices((Py_ssize_t)size, &start, &stop, step);
  if (stop < start)
    stop = start;
  if (start != 0 || stop != size || step != 1) {
    tw_tensor_t next = NULL;
    tw_status status = tw_tensor_slice(at->tensor, at->dim, start, stop, step, &next);
    if (!move(at, status, next))
      return false;
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

// ... stands for the dimensions that the rest of the key leaves.
static bool take_ellipsis(cursor *at, PyObject *keys, Py_ssize_t position) {
  size_t rank;
  if (!tp_check(tw_tensor_rank(at->tensor, &rank)))
    return false;
  int64_t following = 0;
  for (Py_ssize_t i = position + 1; i < PyTuple_Size(keys); i++) {
    PyObject *key = PyTuple_GetItem(keys, i);
    if (key == Py_Ellipsis) {
      PyErr_SetString(PyExc_IndexError, "an index can only have a single ellipsis ('...')");
      return false;
    }
    following += key != Py_None;
  }
  if ((int64_t)rank - following > at->dim)
    at->dim = (int64_t)rank - following;
  return true;
}

static bool take(cursor *at, PyObject *keys, Py_ssize_t position) {
  PyObject *key = PyTuple_GetItem(keys, position);
  if (key == Py_None)
    return take_new_axis(at);
  if (key == Py_Ellipsis)
    return take_ellipsis(at, keys, position);
  if (PySlice_Check(key))
    return take_slice(at, key);
  if (!PyBool_Check(key) && tp_is_integer(key))
    return take_integer(at, key);
  PyErr_SetString(PyExc_IndexError, "indices must be ints, slices, None, ... or, alone, a tensor of ints");
  return false;
}

// Rows by number: tensor[indices]. Negative ones count from the end.
static PyObject *take_rows(PyObject *self, tw_tensor_t indices) {
  tw_tensor_t out = NULL;
  tw_status status;
  TP_ENGINE(tp_is_large(tp_handle(self)), status = tw_tensor_index_select(tp_handle(self), 0, indices, &out));
  return status == TW_OK ? tp_new_tensor(out) : tp_raise(status);
}

PyObject *tp_subscript(PyObject *self, PyObject *key) {
  size_t index_rank;
  if (tp_is_tensor(key)) {
    if (!tp_check(tw_tensor_rank(tp_handle(key), &index_rank)))
      return NULL;
    if (index_rank > 0)
      return take_rows(self, tp_handle(key));
  } else if (PyList_Check(key)) {
    PyObject *indices = tp_from_data(NULL, &key, 1, NULL);
    PyObject *rows = indices == NULL ? NULL : take_rows(self, tp_handle(indices));
    Py_XDECREF(indices);
    return rows;
  }
  PyObject *keys = PyTuple_Check(key) ? Py_NewRef(key) : PyTuple_Pack(1, key);
  if (keys == NULL)
    return NULL;
  cursor at = {tp_handle(self), 0, false};
  bool done = true;
  for (Py_ssize_t i = 0; done && i < PyTuple_Size(keys); i++)
    done = take(&at, keys, i);
  Py_DECREF(keys);
  if (!done) {
    drop(&at);
    return NULL;
  }
  if (!at.owned && !tp_check(tp_share_tensor(at.tensor, &at.tensor)))
    return NULL;
  return tp_new_tensor(at.tensor);
}
