// Statuses as exceptions. Each derives from thalweg.Error and, where there is one, from the built-in
// exception that Python's own functions would raise.
#include <stdarg.h>

#include "binding.h"

typedef struct {
  tw_status status;
  const char *name;
  PyObject **also;
  const char *doc;
} error_class;

static const error_class classes[] = {
    {TW_ERROR_INVALID_ARGUMENT, "InvalidArgumentError", &PyExc_ValueError,
     "A value or a combination that makes no sense."},
    {TW_ERROR_INVALID_HANDLE, "InvalidHandleError", &PyExc_ValueError, "An object of the wrong type."},
    {TW_ERROR_SHAPE, "ShapeError", &PyExc_ValueError, "Shapes that do not fit together."},
    {TW_ERROR_DTYPE, "DTypeError", &PyExc_TypeError, "A dtype that the function does not take."},
    {TW_ERROR_OUT_OF_MEMORY, "OutOfMemoryError", &PyExc_MemoryError, "There is no memory for a tensor."},
    {TW_ERROR_AUTOGRAD, "AutogradError", NULL, "A rule of differentiation was broken."},
    {TW_ERROR_IO, "FileError", &PyExc_OSError, "A file could not be read or written."},
    {TW_ERROR_FORMAT, "FormatError", &PyExc_ValueError, "A file's content is not what was expected."},
    {TW_ERROR_UNAVAILABLE, "UnavailableError", NULL, "A library that is looked up at run time is not there."},
    {TW_ERROR_CANCELLED, "CancelledError", NULL, "A callback asked to stop."},
    {TW_ERROR_INTERNAL, "InternalError", NULL, "A defect in Thalweg: please report it."},
};
enum { CLASS_COUNT = sizeof classes / sizeof classes[0] };

static PyObject *base;
static PyObject *exceptions[CLASS_COUNT];

static bool add(PyObject *module, const char *name, const char *doc, PyObject *bases, PyObject **out) {
  char qualified[64];
  PyOS_snprintf(qualified, sizeof qualified, "thalweg.%s", name);
  *out = PyErr_NewExceptionWithDoc(qualified, doc, bases, NULL);
  return *out != NULL && PyModule_AddObjectRef(module, name, *out) == 0;
}

bool tp_add_errors(PyObject *module) {
  if (!add(module, "Error", "What the engine reports.", PyExc_RuntimeError, &base))
    return false;
  for (int i = 0; i < CLASS_COUNT; i++) {
    PyObject *bases = classes[i].also ? PyTuple_Pack(2, base, *classes[i].also) : PyTuple_Pack(1, base);
    if (bases == NULL)
      return false;
    bool added = add(module, classes[i].name, classes[i].doc, bases, &exceptions[i]);
    Py_DECREF(bases);
    if (!added)
      return false;
  }
  return true;
}

static PyObject *exception_of(tw_status status) {
  for (int i = 0; i < CLASS_COUNT; i++)
    if (classes[i].status == status)
      return exceptions[i];
  return base;
}

PyObject *tp_raise(tw_status status) {
  if (!PyErr_Occurred())
    PyErr_SetString(exception_of(status), tw_last_error());
  return NULL;
}

PyObject *tp_raise_format(tw_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  PyErr_FormatV(exception_of(status), format, arguments);
  va_end(arguments);
  return NULL;
}
