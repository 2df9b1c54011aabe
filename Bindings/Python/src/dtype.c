// thalweg.dtype and its six objects.
#include <string.h>

#include "binding.h"

typedef struct {
  PyObject_HEAD int32_t code;
} dtype_object;

static PyTypeObject *dtype_type;
static PyObject *dtypes[6];

static const char *const names[] = {"float32", "float64", "int64", "int32", "uint8", "bool"};
static const size_t sizes[] = {4, 8, 8, 4, 1, 1};
const char *const tp_formats[] = {"f", "d", "l", "i", "B", "?"};
typedef char long_is_int64[sizeof(long) == sizeof(int64_t) ? 1 : -1]; // "l" says so

static int32_t code_of(PyObject *self) { return ((dtype_object *)self)->code; }

static PyObject *dtype_repr(PyObject *self) {
  return PyUnicode_FromFormat("thalweg.%s", names[code_of(self)]);
}
static PyObject *dtype_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  return dtype_repr(self); // the name of a global, for pickle and copy
}
static PyObject *get_name(PyObject *self, void *unused) {
  (void)unused;
  return PyUnicode_FromString(names[code_of(self)]);
}
static PyObject *get_item_size(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromSize_t(sizes[code_of(self)]);
}
static PyObject *get_is_floating_point(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(code_of(self) <= TW_FLOAT64);
}

static PyGetSetDef properties[] = {
    {"name", get_name, NULL, "The name, such as \"float32\".", NULL},
    {"itemsize", get_item_size, NULL, "Bytes an element.", NULL},
    {"is_floating_point", get_is_floating_point, NULL, "Whether it is float32 or float64.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef methods[] = {
    {"__reduce__", dtype_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, "The type of a tensor's elements."},
    {Py_tp_repr, TP_SLOT(dtype_repr)},
    {Py_tp_getset, properties},
    {Py_tp_methods, methods},
    {0, NULL},
};
static PyType_Spec spec = {
    "thalweg.dtype",
    sizeof(dtype_object),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots,
};

bool tp_add_dtypes(PyObject *module) {
  dtype_type = (PyTypeObject *)PyType_FromSpec(&spec);
  if (dtype_type == NULL || PyModule_AddObjectRef(module, "dtype", (PyObject *)dtype_type) < 0)
    return false;
  for (int32_t code = TW_FLOAT32; code <= TW_BOOL; code++) {
    dtype_object *object = (dtype_object *)PyType_GenericAlloc(dtype_type, 0);
    if (object == NULL)
      return false;
    object->code = code;
    dtypes[code] = (PyObject *)object;
    if (PyModule_AddObjectRef(module, names[code], dtypes[code]) < 0)
      return false;
  }
  return true;
}

PyObject *tp_dtype_object(int32_t dtype) { return Py_NewRef(dtypes[dtype]); }

bool tp_dtype_code(PyObject *object, int32_t *out) {
  if (!Py_IS_TYPE(object, dtype_type))
    return false;
  *out = code_of(object);
  return true;
}

size_t tp_item_size(int32_t dtype) { return sizes[dtype]; }

int32_t tp_dtype_of_format(const char *format, Py_ssize_t item_size) {
  if (format == NULL)
    format = "B";
  if (*format == '@' || *format == '=' || *format == '<')
    format++; // '<': the engine runs on little-endian machines alone
  if (format[0] == '\0' || format[1] != '\0')
    return -1;
  switch (*format) {
  case 'f':
    return item_size == 4 ? TW_FLOAT32 : -1;
  case 'd':
    return item_size == 8 ? TW_FLOAT64 : -1;
  case '?':
    return item_size == 1 ? TW_BOOL : -1;
  case 'B':
    return TW_UINT8;
  case 'i':
  case 'l':
  case 'q':
  case 'n':
    return item_size == 8 ? TW_INT64 : item_size == 4 ? TW_INT32 : -1;
  default:
    return -1;
  }
}
