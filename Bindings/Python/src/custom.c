// Operations whose backward pass and forward mode are Python functions, and checkpointed Python functions.
#include <stdlib.h>

#include "binding.h"

// What an operation's functions know: the results that Python has computed already, to hand out in forward,
// and the function to call in backward.
typedef struct {
  PyObject *outputs, *saved, *constants; // borrowed tuples, read in forward only
  int materialize;
  PyObject *backward, *jvp;
} operation;

static void forget_operation(void *user_data) {
  operation *op = user_data;
  tp_release_object(op->backward);
  tp_release_object(op->jvp);
  free(op);
}

// ---------------------------------------------------------------------------------------------------------
// Calls of Python

// On Python's own threads an exception waits for the call that led here: tp_raise lets it pass. On others
// nobody would find it.
typedef struct {
  bool is_pythons;
  PyGILState_STATE state;
} visit;

static bool enter(visit *v) {
  if (tp_interpreter_is_gone)
    return false;
  v->is_pythons = PyGILState_GetThisThreadState() != NULL;
  v->state = PyGILState_Ensure();
  return true;
}

static void leave(const visit *v, PyObject *context) {
  if (!v->is_pythons && PyErr_Occurred())
    PyErr_WriteUnraisable(context);
  PyGILState_Release(v->state);
}

// Tensors as a tuple of Python's; None for NULL.
static PyObject *faces(const tw_tensor_t *tensors, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; tuple != NULL && i < count; i++) {
    tw_tensor_t shared = NULL;
    if (tensors[i] != NULL && !tp_check(tp_share_tensor(tensors[i], &shared))) {
      Py_CLEAR(tuple);
      break;
    }
    PyObject *item = shared == NULL ? Py_NewRef(Py_None) : tp_new_tensor(shared);
    if (item == NULL)
      Py_CLEAR(tuple);
    else
      PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
  }
  return tuple;
}

static tw_status hand_out(PyObject *tuple, tw_tensor_t *out, size_t count) {
  if (!PyTuple_Check(tuple) || (size_t)PyTuple_Size(tuple) != count) {
    PyErr_Format(PyExc_TypeError, "a tuple of %zu tensors is expected", count);
    return TW_ERROR_CANCELLED;
  }
  for (size_t i = 0; i < count; i++) {
    PyObject *item = PyTuple_GetItem(tuple, (Py_ssize_t)i);
    if (item == Py_None)
      continue;
    if (!tp_is_tensor(item)) {
      PyErr_SetString(PyExc_TypeError, "a Tensor or None is expected");
      return TW_ERROR_CANCELLED;
    }
    tw_status status = tp_share_tensor(tp_handle(item), &out[i]);
    if (status != TW_OK)
      return status;
  }
  return TW_OK;
}

// ---------------------------------------------------------------------------------------------------------
// Operations

// Runs inside tp_custom_apply.
static tw_status forward(tw_context_t context, const tw_tensor_t *inputs, size_t input_count,
                         tw_tensor_t *outputs, size_t output_count, void *user_data) {
  operation *op = user_data;
  (void)inputs;
  (void)input_count;
  tw_status status = tw_context_set_materialize_gradients(context, op->materialize);
  for (Py_ssize_t i = 0; status == TW_OK && i < PyTuple_Size(op->saved); i++)
    status = tw_context_save(context, tp_handle(PyTuple_GetItem(op->saved, i)));
  for (Py_ssize_t i = 0; status == TW_OK && i < PyTuple_Size(op->constants); i++) {
    int64_t index;
    if (!tp_as_int64(PyTuple_GetItem(op->constants, i), &index))
      return TW_ERROR_CANCELLED;
    status = tw_context_mark_non_differentiable(context, (size_t)index);
  }
  return status == TW_OK ? hand_out(op->outputs, outputs, output_count) : status;
}

static PyObject *needs(tw_context_t context, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; tuple != NULL && i < count; i++) {
    int32_t flag = 0;
    if (tp_check(tw_context_needs_gradient(context, i, &flag)))
      PyTuple_SetItem(tuple, (Py_ssize_t)i, PyBool_FromLong(flag));
    else
      Py_CLEAR(tuple);
  }
  return tuple;
}

// backward(context, gradients, needs): a tuple of gradients.
static tw_status backward(tw_context_t context, const tw_tensor_t *output_gradients, size_t output_count,
                          tw_tensor_t *input_gradients, size_t input_count, void *user_data) {
  operation *op = user_data;
  visit v;
  if (!enter(&v))
    return TW_ERROR_CANCELLED;
  // The context as a number: a token that the library checks, so that one kept too long is an error.
  PyObject *token = PyLong_FromVoidPtr(context);
  PyObject *gradients = faces(output_gradients, output_count), *flags = needs(context, input_count);
  PyObject *result = token == NULL || gradients == NULL || flags == NULL
                         ? NULL
                         : PyObject_CallFunctionObjArgs(op->backward, token, gradients, flags, NULL);
  tw_status status = result == NULL ? TW_ERROR_CANCELLED : hand_out(result, input_gradients, input_count);
  Py_XDECREF(result);
  Py_XDECREF(flags);
  Py_XDECREF(gradients);
  Py_XDECREF(token);
  leave(&v, op->backward);
  return status;
}

// jvp(context, tangents): a tuple of tangents.
static tw_status jvp(tw_context_t context, const tw_tensor_t *input_tangents, size_t input_count,
                     tw_tensor_t *output_tangents, size_t output_count, void *user_data) {
  operation *op = user_data;
  visit v;
  if (!enter(&v))
    return TW_ERROR_CANCELLED;
  PyObject *token = PyLong_FromVoidPtr(context), *tangents = faces(input_tangents, input_count);
  PyObject *result =
      token == NULL || tangents == NULL ? NULL : PyObject_CallFunctionObjArgs(op->jvp, token, tangents, NULL);
  tw_status status = result == NULL ? TW_ERROR_CANCELLED : hand_out(result, output_tangents, output_count);
  Py_XDECREF(result);
  Py_XDECREF(tangents);
  Py_XDECREF(token);
  leave(&v, op->jvp);
  return status;
}

static bool are_tensors(PyObject *tuple) {
  bool right = PyTuple_Check(tuple);
  for (Py_ssize_t i = 0; right && i < PyTuple_Size(tuple); i++)
    right = tp_is_tensor(PyTuple_GetItem(tuple, i));
  if (!right)
    PyErr_SetString(PyExc_TypeError, "a tuple of tensors is expected");
  return right;
}

static tw_tensor_t *handles_of(PyObject *tuple) {
  size_t count = (size_t)PyTuple_Size(tuple);
  tw_tensor_t *handles = calloc(count + 1, sizeof *handles);
  for (size_t i = 0; handles != NULL && i < count; i++)
    handles[i] = tp_handle(PyTuple_GetItem(tuple, (Py_ssize_t)i));
  if (handles == NULL)
    PyErr_NoMemory();
  return handles;
}

static PyObject *wrap(const tw_tensor_t *handles, size_t count) {
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; i < count; i++) {
    PyObject *item = tp_new_tensor(handles[i]);
    if (tuple == NULL || item == NULL) {
      Py_XDECREF(item);
      Py_CLEAR(tuple);
    } else {
      PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
    }
  }
  return tuple;
}

PyObject *tp_custom_apply(PyObject *module, PyObject *args) {
  const char *name;
  PyObject *inputs, *outputs, *saved, *constants, *function, *forward_mode;
  int materialize;
  (void)module;
  if (!PyArg_ParseTuple(args, "sOOOOpOO:custom_apply", &name, &inputs, &outputs, &saved, &constants,
                        &materialize, &function, &forward_mode))
    return NULL;
  if (!are_tensors(inputs) || !are_tensors(outputs) || !are_tensors(saved))
    return NULL;
  if (!PyTuple_Check(constants)) {
    PyErr_SetString(PyExc_TypeError, "custom_apply(): a tuple of numbers of outputs is expected");
    return NULL;
  }
  size_t count = (size_t)PyTuple_Size(outputs);
  tw_tensor_t *points = handles_of(inputs), *found = calloc(count + 1, sizeof *found);
  operation *op = calloc(1, sizeof *op);
  PyObject *result = NULL;
  if (points != NULL && found != NULL && op != NULL) {
    *op = (operation){outputs, saved, constants, materialize, Py_NewRef(function), Py_NewRef(forward_mode)};
    if (tp_check(tw_custom_apply_with_jvp(name, forward, backward, forward_mode == Py_None ? NULL : jvp,
                                          points, (size_t)PyTuple_Size(inputs), count, op, forget_operation,
                                          found))) {
      result = wrap(found, count);
    } else {
      Py_DECREF(op->backward);
      Py_DECREF(op->jvp);
      free(op);
    }
  } else {
    free(op);
    PyErr_NoMemory();
  }
  free(found);
  free(points);
  return result;
}

PyObject *tp_context_saved(PyObject *module, PyObject *token) {
  (void)module;
  tw_context_t context = PyLong_AsVoidPtr(token);
  size_t count;
  if (PyErr_Occurred() || !tp_check(tw_context_saved_count(context, &count)))
    return NULL;
  PyObject *tuple = PyTuple_New((Py_ssize_t)count);
  for (size_t i = 0; tuple != NULL && i < count; i++) {
    tw_tensor_t tensor = NULL;
    tw_status status;
    // Where a checkpointed function runs again this takes long.
    TP_ENGINE(true, status = tw_context_saved(context, i, &tensor));
    PyObject *item = status == TW_OK ? tp_new_tensor(tensor) : tp_raise(status);
    if (item == NULL)
      Py_CLEAR(tuple);
    else
      PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
  }
  return tuple;
}

// ---------------------------------------------------------------------------------------------------------
// Checkpoints

// The function keeps its results itself, so that they may be anything.
static tw_status run_again(const tw_tensor_t *inputs, size_t input_count, tw_tensor_t *outputs,
                           size_t output_count, void *user_data) {
  visit v;
  (void)outputs;
  (void)output_count;
  if (!enter(&v))
    return TW_ERROR_CANCELLED;
  PyObject *arguments = faces(inputs, input_count);
  PyObject *result = arguments == NULL ? NULL : PyObject_Call(user_data, arguments, NULL);
  tw_status status = result == NULL ? TW_ERROR_CANCELLED : TW_OK;
  Py_XDECREF(result);
  Py_XDECREF(arguments);
  leave(&v, user_data);
  return status;
}

PyObject *tp_checkpoint(PyObject *module, PyObject *args) {
  PyObject *function, *inputs;
  int preserve;
  (void)module;
  if (!PyArg_ParseTuple(args, "OOp:checkpoint", &function, &inputs, &preserve) || !are_tensors(inputs))
    return NULL;
  tw_tensor_t *points = handles_of(inputs);
  if (points == NULL)
    return NULL;
  size_t count = (size_t)PyTuple_Size(inputs);
  tw_status status;
  Py_INCREF(function);
  TP_ENGINE(true, status = tw_checkpointed(run_again, points, count, 0, preserve, function, tp_release_object,
                                           NULL));
  free(points);
  if (status == TW_OK)
    return Py_NewRef(Py_None);
  Py_DECREF(function);
  return tp_raise(status);
}
