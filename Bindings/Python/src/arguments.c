// How Python's arguments become C's.
#include <stdlib.h>
#include <string.h>

#include "binding.h"

// -- Sorting ----------------------------------------------------------------------------------------------

static bool bind_keyword(tp_call *call, PyObject *name, PyObject *value) {
  const tp_signature *signature = call->signature;
  for (int i = 0; i < signature->count; i++) {
    if (PyUnicode_CompareWithASCIIString(name, signature->keywords[i]) != 0)
      continue;
    if (call->values[i] != NULL || (i == signature->rest && call->rest_count > 0)) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", signature->name, name);
      return false;
    }
    call->values[i] = value;
    return true;
  }
  PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", signature->name, name);
  return false;
}

bool tp_bind(tp_call *call, const tp_signature *signature, PyObject *self, PyObject *const *args,
             Py_ssize_t nargs, PyObject *names) {
  call->signature = signature;
  call->rest_count = 0;
  call->tensor_count = call->array_count = call->object_count = 0;
  int given = 0;
  Py_ssize_t used = 0;
  if (self != NULL)
    call->values[given++] = self;
  while (used < nargs && given < signature->positional)
    call->values[given++] = args[used++];
  for (int i = given; i < signature->count; i++)
    call->values[i] = NULL;
  if (used < nargs) {
    if (signature->rest < 0) {
      PyErr_Format(PyExc_TypeError, "%s() takes at most %d positional arguments, %zd were given",
                   signature->name, signature->positional, nargs + (self != NULL));
      return false;
    }
    call->rest = args + used;
    call->rest_count = nargs - used;
  }
  Py_ssize_t keyword_count = names == NULL ? 0 : PyTuple_Size(names);
  for (Py_ssize_t i = 0; i < keyword_count; i++)
    if (!bind_keyword(call, PyTuple_GetItem(names, i), args[nargs + i]))
      return false;
  for (int i = 0; i < signature->required; i++) {
    if (call->values[i] == NULL) {
      PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s'", signature->name,
                   signature->keywords[i]);
      return false;
    }
  }
  for (int i = signature->required; i < signature->count; i++)
    if (call->values[i] == Py_None)
      call->values[i] = NULL;
  return true;
}

void tp_finish(tp_call *call) {
  for (int i = 0; i < call->tensor_count; i++)
    tw_tensor_release(call->tensors[i]);
  for (int i = 0; i < call->array_count; i++)
    free(call->arrays[i]);
  for (int i = 0; i < call->object_count; i++)
    Py_DECREF(call->objects[i]);
}

static bool wrong_type(const tp_call *call, int index, const char *wanted) {
  PyObject *value = call->values[index];
  PyObject *name = PyType_GetName(Py_TYPE(value));
  if (name != NULL)
    PyErr_Format(PyExc_TypeError, "%s(): argument '%s' must be %s, not %U", call->signature->name,
                 call->signature->keywords[index], wanted, name);
  Py_XDECREF(name);
  return false;
}

// -- Handles ----------------------------------------------------------------------------------------------

bool tp_get_tensor(tp_call *call, int index, tw_tensor_t *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (!tp_is_tensor(value))
    return wrong_type(call, index, "Tensor");
  *out = tp_handle(value);
  return true;
}

bool tp_get_operand(tp_call *call, int index, tw_tensor_t *out) {
  PyObject *value = call->values[index];
  if (value == NULL || !tp_is_number(value))
    return tp_get_tensor(call, index, out);
  for (int i = call->signature->count - 1; i >= 0; i--) {
    if (i == index || call->values[i] == NULL || !tp_is_tensor(call->values[i]))
      continue;
    if (!tp_scalar_like(value, tp_handle(call->values[i]), out))
      return false;
    call->tensors[call->tensor_count++] = *out;
    return true;
  }
  return wrong_type(call, index, "Tensor");
}

bool tp_get_handle(tp_call *call, int index, tp_kind kind, void **out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (kind == TP_TENSOR ? !tp_is_tensor(value) : !Py_IS_TYPE(value, tp_types[kind])) {
    static const char *const names[TP_KIND_COUNT] = {"Tensor", "Module",   "Optimizer",  "Generator",
                                                     "Loader", "Schedule", "Checkpoint", "Text",
                                                     "File",   "Writer",   "Step"};
    if (value == Py_None) // where C takes NULL, None is fine; elsewhere the engine says what is missing
      return true;
    return wrong_type(call, index, names[kind]);
  }
  *out = tp_handle(value);
  return true;
}

bool tp_get_handles(tp_call *call, int index, tp_kind kind, tp_handles *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (tp_is_tensor(value))
    return wrong_type(call, index, "a sequence");
  PyObject *list = PySequence_Tuple(value);
  if (list == NULL)
    return false;
  call->objects[call->object_count++] = list; // keeps the objects, and so the handles, to the end of the call
  Py_ssize_t count = PyTuple_Size(list);
  void **handles = malloc((size_t)(count + 1) * sizeof *handles);
  if (handles == NULL)
    return PyErr_NoMemory() != NULL;
  call->arrays[call->array_count++] = handles;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *item = PyTuple_GetItem(list, i);
    if (kind == TP_TENSOR ? !tp_is_tensor(item) : !Py_IS_TYPE(item, tp_types[kind])) {
      PyErr_Format(PyExc_TypeError, "%s(): item %zd of argument '%s' is of the wrong type",
                   call->signature->name, i, call->signature->keywords[index]);
      return false;
    }
    handles[i] = tp_handle(item);
  }
  out->data = handles;
  out->count = (size_t)count;
  return true;
}

// -- Numbers ----------------------------------------------------------------------------------------------

static bool add_dim(const tp_call *call, int index, PyObject *item, tp_dims *out) {
  if (out->count == TW_MAX_RANK) {
    tp_raise_format(TW_ERROR_SHAPE, "%s: argument '%s' has more than %d entries", call->signature->name,
                    call->signature->keywords[index], TW_MAX_RANK);
    return false;
  }
  return tp_as_int64(item, &out->values[out->count++]);
}

bool tp_get_dims(tp_call *call, int index, tp_dims *out) {
  PyObject *value = call->values[index];
  out->count = 0;
  if (index == call->signature->rest && call->rest_count > 0) {
    if (call->rest_count > 1 || tp_is_integer(call->rest[0])) {
      out->data = out->values;
      for (Py_ssize_t i = 0; i < call->rest_count; i++)
        if (!add_dim(call, index, call->rest[i], out))
          return false;
      return true;
    }
    value = call->values[index] = call->rest[0];
  }
  if (value == NULL) {
    if (index == call->signature->rest)
      out->data = out->values;
    return true;
  }
  out->data = out->values;
  if (tp_is_integer(value))
    return add_dim(call, index, value, out);
  Py_ssize_t count = PySequence_Size(value);
  if (count < 0) {
    PyErr_Clear();
    return wrong_type(call, index, "an int or a sequence of ints");
  }
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *item = PySequence_GetItem(value, i);
    bool added = item != NULL && add_dim(call, index, item, out);
    Py_XDECREF(item);
    if (!added)
      return false;
  }
  return true;
}

bool tp_get_optional_int(tp_call *call, int index, tp_optional_int *out) {
  if (call->values[index] == NULL)
    return true;
  out->data = &out->value;
  return tp_get_int64(call, index, &out->value);
}

// One number for all, or a sequence of one or of `count`.
static bool read_window(PyObject *value, int64_t *out, Py_ssize_t count) {
  if (tp_is_integer(value)) {
    if (!tp_as_int64(value, out))
      return false;
  } else {
    Py_ssize_t given = PySequence_Check(value) ? PySequence_Size(value) : -1;
    if (given != count && given != 1)
      return false;
    for (Py_ssize_t i = 0; i < given; i++) {
      PyObject *item = PySequence_GetItem(value, i);
      bool read = item != NULL && tp_is_integer(item) && tp_as_int64(item, &out[i]);
      Py_XDECREF(item);
      if (!read)
        return false;
    }
    if (given == count)
      return true;
  }
  for (Py_ssize_t i = 1; i < count; i++)
    out[i] = out[0];
  return true;
}

// As torch: an empty sequence is none.
static bool is_empty(PyObject *value) {
  return value == NULL || ((PyTuple_Check(value) || PyList_Check(value)) && PySequence_Size(value) == 0);
}

static bool get_window(tp_call *call, int index, tp_window *out, Py_ssize_t count, const char *wanted) {
  if (is_empty(call->values[index]))
    return true;
  out->data = out->values;
  if (read_window(call->values[index], out->values, count))
    return true;
  return !PyErr_Occurred() && wrong_type(call, index, wanted);
}

bool tp_get_pair(tp_call *call, int index, tp_window *out) {
  return get_window(call, index, out, 2, "an int or two ints");
}

bool tp_get_triple(tp_call *call, int index, tp_window *out) {
  return get_window(call, index, out, 3, "an int or three ints");
}

bool tp_get_single(tp_call *call, int index, int64_t *out) {
  if (is_empty(call->values[index]) || read_window(call->values[index], out, 1))
    return true;
  return !PyErr_Occurred() && wrong_type(call, index, "an int or one int in a sequence");
}

bool tp_get_int64(tp_call *call, int index, int64_t *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  return tp_is_integer(value) ? tp_as_int64(value, out) : wrong_type(call, index, "int");
}

bool tp_get_size(tp_call *call, int index, size_t *out) {
  int64_t value = (int64_t)*out;
  if (!tp_get_int64(call, index, &value))
    return false;
  if (value < 0) {
    PyErr_Format(PyExc_ValueError, "%s(): argument '%s' is negative", call->signature->name,
                 call->signature->keywords[index]);
    return false;
  }
  *out = (size_t)value;
  return true;
}

bool tp_get_uint64(tp_call *call, int index, uint64_t *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  PyObject *integer = PyNumber_Index(value);
  if (integer == NULL)
    return false;
  *out = PyLong_AsUnsignedLongLongMask(integer); // a negative seed is a seed too
  Py_DECREF(integer);
  return !PyErr_Occurred();
}

bool tp_get_double(tp_call *call, int index, double *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  double number = PyFloat_AsDouble(value);
  if (number == -1.0 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
      return false;
    PyErr_Clear();
    return wrong_type(call, index, "float");
  }
  *out = number;
  return true;
}

bool tp_get_flag(tp_call *call, int index, int32_t *out) {
  int64_t value = *out;
  if (!tp_get_int64(call, index, &value))
    return false;
  if (value < INT32_MIN || value > INT32_MAX) {
    PyErr_Format(PyExc_OverflowError, "%s(): argument '%s' does not fit 32 bits", call->signature->name,
                 call->signature->keywords[index]);
    return false;
  }
  *out = (int32_t)value;
  return true;
}

// -- Words ------------------------------------------------------------------------------------------------

bool tp_get_dtype(tp_call *call, int index, int32_t *out) {
  PyObject *value = call->values[index];
  return value == NULL || tp_dtype_code(value, out) || wrong_type(call, index, "thalweg.dtype");
}

bool tp_convert_input(tp_call *call, int32_t dtype, tw_tensor_t *tensor) {
  if (dtype < 0)
    return true;
  if (!tp_check(tw_tensor_to(*tensor, dtype, tensor)))
    return false;
  call->tensors[call->tensor_count++] = *tensor;
  return true;
}

// On failure the tensor is released.
tw_status tp_convert_output(int32_t dtype, tw_tensor_t *tensor) {
  if (dtype < 0)
    return TW_OK;
  tw_tensor_t result = *tensor;
  tw_status status = tw_tensor_to(result, dtype, tensor);
  tw_tensor_release(result);
  return status;
}

bool tp_get_choice(tp_call *call, int index, const tp_choice *choices, int32_t *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (!PyUnicode_Check(value))
    return wrong_type(call, index, "str");
  char known[200] = "";
  for (; choices->word != NULL; choices++) {
    if (PyUnicode_CompareWithASCIIString(value, choices->word) == 0) {
      *out = choices->value;
      return true;
    }
    size_t used = strlen(known);
    PyOS_snprintf(known + used, sizeof known - used, "%s'%s'", used ? ", " : "", choices->word);
  }
  PyErr_Format(PyExc_ValueError, "%s(): argument '%s' is %R; it must be one of %s", call->signature->name,
               call->signature->keywords[index], value, known);
  return false;
}

bool tp_get_text(tp_call *call, int index, const char **out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (!PyUnicode_Check(value))
    return wrong_type(call, index, "str");
  Py_ssize_t length;
  *out = PyUnicode_AsUTF8AndSize(value, &length);
  if (*out != NULL && strlen(*out) != (size_t)length) {
    PyErr_SetString(PyExc_ValueError, "embedded null character");
    return false;
  }
  return *out != NULL;
}

bool tp_get_texts(tp_call *call, int index, tp_texts *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  if (PyUnicode_Check(value))
    return wrong_type(call, index, "a sequence of str");
  PyObject *list = PySequence_Tuple(value);
  if (list == NULL)
    return false;
  call->objects[call->object_count++] = list; // keeps the texts to the end of the call
  Py_ssize_t count = PyTuple_Size(list);
  const char **texts = malloc((size_t)(count + 1) * sizeof *texts);
  if (texts == NULL)
    return PyErr_NoMemory() != NULL;
  call->arrays[call->array_count++] = texts;
  for (Py_ssize_t i = 0; i < count; i++) {
    Py_ssize_t length;
    texts[i] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(list, i), &length); // TypeError unless it is a str
    if (texts[i] == NULL)
      return false;
    if (strlen(texts[i]) != (size_t)length) {
      PyErr_SetString(PyExc_ValueError, "embedded null character");
      return false;
    }
  }
  out->data = texts;
  out->count = (size_t)count;
  return true;
}

bool tp_get_doubles(tp_call *call, int index, tp_doubles *out) {
  PyObject *value = call->values[index];
  if (value == NULL)
    return true;
  PyObject *list = tp_is_number(value) ? PyTuple_Pack(1, value) : PySequence_Tuple(value);
  if (list == NULL)
    return false;
  call->objects[call->object_count++] = list;
  Py_ssize_t count = PyTuple_Size(list);
  double *numbers = malloc((size_t)(count + 1) * sizeof *numbers);
  if (numbers == NULL)
    return PyErr_NoMemory() != NULL;
  call->arrays[call->array_count++] = numbers;
  for (Py_ssize_t i = 0; i < count; i++) {
    numbers[i] = PyFloat_AsDouble(PyTuple_GetItem(list, i));
    if (numbers[i] == -1 && PyErr_Occurred())
      return false;
  }
  out->data = numbers;
  out->count = (size_t)count;
  return true;
}

bool tp_get_path(tp_call *call, int index, const char **out) {
  PyObject *value = call->values[index], *bytes;
  if (value == NULL)
    return true;
  if (!PyUnicode_FSConverter(value, &bytes))
    return false;
  call->objects[call->object_count++] = bytes;
  *out = PyBytes_AsString(bytes);
  return true;
}

static bool set_field(const tp_field *field, PyObject *value, char *place) {
  if (field->type == TP_PAIR || field->type == TP_TRIPLE) {
    int64_t numbers[3];
    Py_ssize_t count = field->type == TP_PAIR ? 2 : 3;
    if (!read_window(value, numbers, count)) {
      if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "option '%s' must be an int or %s ints, not %R", field->name,
                     count == 2 ? "two" : "three", value);
      return false;
    }
    memcpy(place, numbers, (size_t)count * sizeof *numbers);
    return true;
  }
  if (field->type == TP_DOUBLE) {
    double number = PyFloat_AsDouble(value);
    memcpy(place, &number, sizeof number);
    return !PyErr_Occurred();
  }
  int32_t code;
  if (field->type == TP_INT32 && tp_dtype_code(value, &code)) {
    memcpy(place, &code, sizeof code);
    return true;
  }
  int64_t number = PyBool_Check(value) ? value == Py_True
                   : field->type == TP_UINT64
                       ? (int64_t)PyLong_AsUnsignedLongLongMask(value) // a negative seed is a seed too
                       : PyLong_AsLongLong(value);
  if (PyErr_Occurred())
    return false;
  int32_t narrow = (int32_t)number;
  if (field->type == TP_INT32 && narrow != number) {
    PyErr_Format(PyExc_OverflowError, "option '%s' must be between -2147483648 and 2147483647, not %R",
                 field->name, value);
    return false;
  }
  if (field->type == TP_INT32)
    memcpy(place, &narrow, sizeof narrow);
  else
    memcpy(place, &number, sizeof number);
  return true;
}

bool tp_get_options(tp_call *call, int index, const tp_field *fields, void *out) {
  PyObject *options = call->values[index], *name, *value;
  if (options == NULL)
    return true;
  if (!PyDict_Check(options))
    return wrong_type(call, index, "dict");
  for (Py_ssize_t position = 0; PyDict_Next(options, &position, &name, &value);) {
    const tp_field *field = fields;
    while (field->name != NULL &&
           !(PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, field->name) == 0))
      field++;
    if (field->name == NULL) {
      PyErr_Format(PyExc_TypeError, "%s(): there is no option %R", call->signature->name, name);
      return false;
    }
    if (!set_field(field, value, (char *)out + field->offset))
      return false;
  }
  return true;
}
