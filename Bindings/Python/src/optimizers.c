// Optimisers and schedules: what calls back into Python, and lists that the engine fills.
#include <stdlib.h>

#include "binding.h"

PyObject *tp_optimizer_state(PyObject *module, PyObject *optimizer) {
  (void)module;
  if (!Py_IS_TYPE(optimizer, tp_types[TP_OPTIMIZER])) {
    PyErr_SetString(PyExc_TypeError, "optimizer_state(): an optimizer's handle is needed");
    return NULL;
  }
  size_t count = 0;
  if (!tp_check(tw_optimizer_state(tp_handle(optimizer), 0, NULL, NULL, &count)))
    return NULL;
  const char **names = calloc(count + 1, sizeof *names);
  tw_tensor_t *tensors = calloc(count + 1, sizeof *tensors);
  PyObject *list = NULL;
  if (names == NULL || tensors == NULL)
    PyErr_NoMemory();
  else if (tp_check(tw_optimizer_state(tp_handle(optimizer), count, names, tensors, &count)))
    list = PyList_New((Py_ssize_t)count);
  for (size_t i = 0; list != NULL && i < count; i++) {
    PyObject *pair = tp_pack(2, tp_text(names[i]), tp_new_tensor(tensors[i]));
    tensors[i] = NULL;
    if (pair == NULL)
      Py_CLEAR(list);
    else
      PyList_SetItem(list, (Py_ssize_t)i, pair);
  }
  for (size_t i = 0; tensors != NULL && i < count; i++)
    tw_tensor_release(tensors[i]);
  free(names);
  free(tensors);
  return list;
}

// A Python function's result as a number; an exception stays set if there is none.
static tw_status read_number(PyObject *result, double *out) {
  if (result == NULL)
    return TW_ERROR_CANCELLED;
  *out = PyFloat_AsDouble(result);
  Py_DECREF(result);
  return *out == -1 && PyErr_Occurred() ? TW_ERROR_CANCELLED : TW_OK;
}

static tw_status call_closure(double *loss, void *user_data) {
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status = read_number(PyObject_CallObject(user_data, NULL), loss);
  PyGILState_Release(state);
  return status;
}

PyObject *tp_optimizer_step_closure(PyObject *module, PyObject *args) {
  PyObject *optimizer, *closure;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O:optimizer_step_closure", tp_types[TP_OPTIMIZER], &optimizer, &closure))
    return NULL;
  double loss = 0;
  tw_status status;
  TP_ENGINE(1, status = tw_optimizer_step_closure(tp_handle(optimizer), call_closure, closure, &loss));
  return tp_check(status) ? PyFloat_FromDouble(loss) : NULL;
}

PyObject *tp_clip_grad_norm_per_tensor(PyObject *module, PyObject *args) {
  PyObject *parameters;
  double max_norm, norm_type;
  int error_if_nonfinite;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!ddp:clip_grad_norm_per_tensor", &PyList_Type, &parameters, &max_norm,
                        &norm_type, &error_if_nonfinite))
    return NULL;
  Py_ssize_t count = PyList_Size(parameters);
  tw_tensor_t *tensors = calloc((size_t)count + 1, sizeof *tensors);
  double *norms = calloc((size_t)count + 1, sizeof *norms);
  PyObject *list = NULL;
  bool complete = tensors != NULL && norms != NULL;
  if (!complete)
    PyErr_NoMemory();
  for (Py_ssize_t i = 0; complete && i < count; i++) {
    PyObject *tensor = PyList_GetItem(parameters, i);
    complete = tp_is_tensor(tensor);
    if (complete)
      tensors[i] = tp_handle(tensor);
    else
      PyErr_SetString(PyExc_TypeError, "clip_grad_norm_per_tensor(): parameters must be tensors");
  }
  if (complete && tp_check(tw_clip_grad_norm_per_tensor(tensors, (size_t)count, max_norm, norm_type,
                                                        error_if_nonfinite, norms)))
    list = PyList_New(count);
  for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
    PyObject *norm = PyFloat_FromDouble(norms[i]);
    if (norm == NULL)
      Py_CLEAR(list);
    else
      PyList_SetItem(list, i, norm);
  }
  free(tensors);
  free(norms);
  return list;
}

static tw_status call_factor(int64_t epoch, size_t group, double *factor, void *user_data) {
  if (tp_interpreter_is_gone)
    return TW_ERROR_CANCELLED;
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status =
      read_number(PyObject_CallFunction(user_data, "(Ln)", (long long)epoch, (Py_ssize_t)group), factor);
  PyGILState_Release(state);
  return status;
}

PyObject *tp_cyclic_lr_set_scale(PyObject *module, PyObject *args) {
  PyObject *schedule, *scale;
  int of_steps;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!Op:cyclic_lr_set_scale", tp_types[TP_SCHEDULE], &schedule, &scale,
                        &of_steps))
    return NULL;
  Py_INCREF(scale);
  if (tp_check(tw_cyclic_lr_set_scale(tp_handle(schedule), call_factor, of_steps, scale, tp_release_object)))
    Py_RETURN_NONE;
  Py_DECREF(scale);
  return NULL;
}

PyObject *tp_factor_lr_create(PyObject *module, PyObject *args) {
  PyObject *optimizer, *factor;
  int multiplicative;
  long long last_epoch;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!OpL:factor_lr_create", tp_types[TP_OPTIMIZER], &optimizer, &factor,
                        &multiplicative, &last_epoch))
    return NULL;
  tw_schedule_t out = NULL;
  Py_INCREF(factor);
  tw_status status = (multiplicative ? tw_multiplicative_lr_create : tw_lambda_lr_create)(
      tp_handle(optimizer), call_factor, factor, tp_release_object, last_epoch, &out);
  if (tp_check(status))
    return tp_new_handle(TP_SCHEDULE, out);
  Py_DECREF(factor);
  return NULL;
}
