// The buffer protocol, which NumPy speaks: tensors as buffers, and tensors that share one.
#include <stdlib.h>

#include "binding.h"

// -- A tensor as a buffer ---------------------------------------------------------------------------------

typedef struct {
  Py_ssize_t shape[TW_MAX_RANK], strides[TW_MAX_RANK];
} buffer_layout;

static bool describe(tw_tensor_t tensor, Py_buffer *view, buffer_layout *layout) {
  int64_t shape[TW_MAX_RANK], strides[TW_MAX_RANK], count;
  size_t rank;
  int32_t dtype;
  if (!tp_check(tw_tensor_rank(tensor, &rank)) || !tp_check(tw_tensor_shape(tensor, shape, TW_MAX_RANK)) ||
      !tp_check(tw_tensor_strides(tensor, strides, TW_MAX_RANK)) ||
      !tp_check(tw_tensor_numel(tensor, &count)) || !tp_check(tw_tensor_dtype(tensor, &dtype)) ||
      !tp_check(tw_tensor_data(tensor, &view->buf)))
    return false;
  view->itemsize = (Py_ssize_t)tp_item_size(dtype);
  view->len = (Py_ssize_t)count * view->itemsize;
  view->ndim = (int)rank;
  view->format = (char *)tp_formats[dtype];
  for (size_t i = 0; i < rank; i++) {
    layout->shape[i] = (Py_ssize_t)shape[i];
    layout->strides[i] = (Py_ssize_t)strides[i] * view->itemsize;
  }
  return true;
}

int tp_get_buffer(PyObject *self, Py_buffer *view, int flags) {
  tw_tensor_t tensor = tp_handle(self);
  int32_t requires_grad, contiguous;
  view->obj = NULL;
  if (!tp_check(tw_tensor_requires_grad(tensor, &requires_grad)) ||
      !tp_check(tw_tensor_is_contiguous(tensor, &contiguous)))
    return -1;
  if (requires_grad) {
    PyErr_SetString(PyExc_BufferError, "a tensor that requires grad has no buffer; use tensor.detach()");
    return -1;
  }
  if (!contiguous && (flags & PyBUF_STRIDES) != PyBUF_STRIDES) {
    PyErr_SetString(PyExc_BufferError, "the tensor is not contiguous");
    return -1;
  }
  buffer_layout *layout = malloc(sizeof *layout);
  if (layout == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  if (!describe(tensor, view, layout)) {
    free(layout);
    return -1;
  }
  view->readonly = 0;
  view->shape = (flags & PyBUF_ND) == PyBUF_ND ? layout->shape : NULL;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? layout->strides : NULL;
  if ((flags & PyBUF_FORMAT) != PyBUF_FORMAT)
    view->format = NULL;
  view->suboffsets = NULL;
  view->internal = layout;
  view->obj = Py_NewRef(self);
  return 0;
}

void tp_release_buffer(PyObject *self, Py_buffer *view) {
  (void)self;
  free(view->internal);
}

// -- A tensor of a buffer ---------------------------------------------------------------------------------

static bool read_layout(const Py_buffer *view, int32_t *dtype, int64_t *shape, int64_t *strides,
                        bool *shares) {
  *dtype = tp_dtype_of_format(view->format, view->itemsize);
  if (*dtype < 0) {
    tp_raise_format(
        TW_ERROR_DTYPE,
        "tensor: elements of format '%s' have no dtype; convert them to float32, float64, int64, int32, "
        "uint8 or bool",
        view->format);
    return false;
  }
  if (view->ndim > TW_MAX_RANK) {
    tp_raise_format(TW_ERROR_SHAPE, "tensor: the data has %d dimensions; a tensor has at most %d", view->ndim,
                    TW_MAX_RANK);
    return false;
  }
  *shares = !view->readonly && (uintptr_t)view->buf % (uintptr_t)view->itemsize == 0;
  for (int i = 0; i < view->ndim; i++) {
    shape[i] = view->shape[i];
    strides[i] = view->strides[i] / view->itemsize;
    *shares = *shares && view->strides[i] >= 0 && view->strides[i] % view->itemsize == 0;
  }
  return true;
}

static bool copy_view(Py_buffer *view, int32_t dtype, const int64_t *shape, tw_tensor_t *out) {
  if (PyBuffer_IsContiguous(view, 'C'))
    return tp_check(tw_tensor_from_data(view->buf, dtype, shape, (size_t)view->ndim, out));
  char *bytes = malloc((size_t)view->len + 1);
  if (bytes == NULL)
    return PyErr_NoMemory() != NULL;
  bool copied = PyBuffer_ToContiguous(bytes, view, view->len, 'C') == 0 &&
                tp_check(tw_tensor_from_data(bytes, dtype, shape, (size_t)view->ndim, out));
  free(bytes);
  return copied;
}

bool tp_copy_buffer(PyObject *object, tw_tensor_t *out) {
  Py_buffer view;
  int64_t shape[TW_MAX_RANK], strides[TW_MAX_RANK];
  int32_t dtype;
  bool shares;
  if (PyObject_GetBuffer(object, &view, PyBUF_FULL_RO) < 0)
    return false;
  bool copied = read_layout(&view, &dtype, shape, strides, &shares) && copy_view(&view, dtype, shape, out);
  PyBuffer_Release(&view);
  return copied;
}

// Called from whatever thread drops the last tensor over the buffer.
static void release_view(void *data, void *user_data) {
  (void)data;
  if (tp_interpreter_is_gone)
    return;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyBuffer_Release(user_data);
  PyErr_Restore(type, value, traceback);
  PyGILState_Release(state);
  free(user_data);
}

PyObject *tp_from_buffer(PyObject *module, PyObject *object) {
  (void)module;
  Py_buffer *view = malloc(sizeof *view);
  if (view == NULL)
    return PyErr_NoMemory();
  if (PyObject_GetBuffer(object, view, PyBUF_FULL_RO) < 0) {
    free(view);
    return NULL;
  }
  int64_t shape[TW_MAX_RANK], strides[TW_MAX_RANK];
  int32_t dtype;
  bool shares, made = false;
  tw_tensor_t out = NULL;
  if (read_layout(view, &dtype, shape, strides, &shares)) {
    if (shares && view->len > 0) {
      made = tp_check(tw_tensor_from_foreign(view->buf, dtype, shape, strides, (size_t)view->ndim,
                                             release_view, view, &out));
      if (made)
        return tp_new_tensor(out);
    } else {
      made = copy_view(view, dtype, shape, &out);
    }
  }
  PyBuffer_Release(view);
  free(view);
  return made ? tp_new_tensor(out) : NULL;
}
