// fit and evaluate: the engine's loop over a Python iterable of batches. Python runs between the batches and
// in the callbacks; the rest of the time other Python threads can.
#include "binding.h"

typedef struct {
  PyObject *iterable; // borrowed
  PyObject *iterator;
} batches;

typedef struct {
  PyObject *callback, *loss; // borrowed
} session;

static tw_status share(PyObject *item, Py_ssize_t index, tw_tensor_t *out) {
  PyObject *tensor = PySequence_GetItem(item, index);
  if (tensor == NULL)
    return TW_ERROR_CANCELLED;
  tw_status status = TW_ERROR_CANCELLED;
  if (tp_is_tensor(tensor))
    status = tp_share_tensor(tp_handle(tensor), out);
  else
    PyErr_SetString(PyExc_TypeError, "a batch must be a pair of tensors: inputs and targets");
  Py_DECREF(tensor);
  return status;
}

static tw_status read_batch(batches *source, int32_t begins, tw_tensor_t *input, tw_tensor_t *target) {
  if (PyErr_CheckSignals() < 0)
    return TW_ERROR_CANCELLED;
  if (begins) {
    Py_XDECREF(source->iterator);
    source->iterator = PyObject_GetIter(source->iterable);
  }
  PyObject *item = source->iterator == NULL ? NULL : PyIter_Next(source->iterator);
  if (item == NULL)
    return PyErr_Occurred() ? TW_ERROR_CANCELLED : TW_OK;
  tw_status status = TW_ERROR_CANCELLED;
  Py_ssize_t size = PySequence_Size(item);
  if (size == 2) {
    status = share(item, 0, input);
    if (status == TW_OK)
      status = share(item, 1, target);
  } else if (size >= 0) {
    PyErr_Format(PyExc_ValueError, "a batch has %zd parts; it must have two, inputs and targets", size);
  }
  Py_DECREF(item);
  return status;
}

static tw_status next_batch(int32_t begins, tw_tensor_t *input, tw_tensor_t *target, void *user_data) {
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status = read_batch(user_data, begins, input, target);
  PyGILState_Release(state);
  return status;
}

static bool open_loader(batches *source, PyObject *iterable, tw_loader_t *out) {
  Py_ssize_t count = PyObject_Size(iterable);
  if (count < 0) {
    PyErr_Clear(); // an iterable without a length
    count = 0;
  }
  source->iterable = iterable;
  return tp_check(tw_loader_create(count, next_batch, source, NULL, out));
}

static void close_loader(batches *source, tw_loader_t loader) {
  tw_loader_release(loader);
  Py_XDECREF(source->iterator);
}

static tw_status hear(const tw_fit_progress *p, void *user_data) {
  const session *s = user_data;
  PyGILState_STATE state = PyGILState_Ensure();
  bool goes_on = false;
  if (PyErr_CheckSignals() == 0) {
    PyObject *result = PyObject_CallFunction(s->callback, "(iLLLLdddddd)", (int)p->event, (long long)p->epoch,
                                             (long long)p->epochs, (long long)p->batch, (long long)p->batches,
                                             p->loss, p->accuracy, p->validation_loss, p->validation_accuracy,
                                             p->seconds, p->seconds_left);
    goes_on = result != NULL && result != Py_False;
    Py_XDECREF(result);
  }
  PyGILState_Release(state);
  return goes_on ? TW_OK : TW_ERROR_CANCELLED;
}

static PyObject *face(tw_tensor_t tensor) {
  tw_tensor_t shared = NULL;
  return tp_check(tp_share_tensor(tensor, &shared)) ? tp_new_tensor(shared) : NULL;
}

static tw_status call_loss(tw_tensor_t output, tw_tensor_t target, tw_tensor_t *loss, void *user_data) {
  const session *s = user_data;
  tw_status status = TW_ERROR_CANCELLED;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *first = face(output), *second = face(target);
  PyObject *result = NULL;
  if (first != NULL && second != NULL)
    result = PyObject_CallFunctionObjArgs(s->loss, first, second, NULL);
  if (result != NULL && tp_is_tensor(result))
    status = tp_share_tensor(tp_handle(result), loss);
  else if (result != NULL)
    PyErr_SetString(PyExc_TypeError, "the loss must return a Tensor");
  Py_XDECREF(first);
  Py_XDECREF(second);
  Py_XDECREF(result);
  PyGILState_Release(state);
  return status;
}

// An exception that a callback left counts, also where training ended in order.
static PyObject *finish(tw_status status, PyObject *result) {
  if (status == TW_OK && !PyErr_Occurred())
    return result;
  Py_XDECREF(result);
  return tp_raise(status);
}

PyObject *tp_fit(PyObject *module, PyObject *args) {
  PyObject *net, *optimizer, *loader, *validation, *loss, *callback, *checkpoint;
  const char *folder, *best_path;
  long long epochs, every, last, patience;
  double min_delta;
  int stop, monitor, background, restore_best;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!O!OOLOpO(OzLLp)(iLdpz):fit", tp_types[TP_MODULE], &net,
                        tp_types[TP_OPTIMIZER], &optimizer, &loader, &validation, &epochs, &loss, &stop,
                        &callback, &checkpoint, &folder, &every, &last, &background, &monitor, &patience,
                        &min_delta, &restore_best, &best_path))
    return NULL;
  if (checkpoint != Py_None && !Py_IS_TYPE(checkpoint, tp_types[TP_CHECKPOINT])) {
    PyErr_SetString(PyExc_TypeError, "fit(): a checkpoint or None is needed");
    return NULL;
  }
  session s = {callback, loss};
  batches training = {NULL, NULL}, checking = {NULL, NULL};
  tw_loader_t first = NULL, second = NULL;
  tw_fit_options options;
  tw_checkpoint_options keep;
  size_t done = 0;
  PyObject *result = NULL;
  if (tp_check(tw_fit_options_init(&options, sizeof options)) &&
      tp_check(tw_checkpoint_options_init(&keep, sizeof keep)) && open_loader(&training, loader, &first) &&
      (validation == Py_None || open_loader(&checking, validation, &second))) {
    options.epochs = epochs;
    options.validation = second;
    options.stop_on_non_finite_loss = stop;
    options.callback = hear;
    options.user_data = &s;
    keep.keep_last = last;
    keep.in_background = background;
    options.checkpoint = checkpoint == Py_None ? NULL : tp_handle(checkpoint);
    options.checkpoint_folder = folder;
    options.checkpoint_every = every;
    options.checkpoint_options = &keep;
    options.monitor = monitor;
    options.patience = patience;
    options.min_delta = min_delta;
    options.restore_best = restore_best;
    options.best_path = best_path;
    if (PyLong_Check(loss))
      options.loss = (int32_t)PyLong_AsLong(loss);
    else
      options.loss_callback = call_loss;
    tw_status status;
    TP_ENGINE(1, status = tw_fit(tp_handle(net), tp_handle(optimizer), first, &options, NULL, 0, &done));
    result = finish(status, Py_NewRef(Py_None));
  }
  close_loader(&training, first);
  close_loader(&checking, second);
  return result;
}

PyObject *tp_evaluate(PyObject *module, PyObject *args) {
  PyObject *net, *loader;
  int loss;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!Oi:evaluate", tp_types[TP_MODULE], &net, &loader, &loss))
    return NULL;
  batches source = {NULL, NULL};
  tw_loader_t handle = NULL;
  PyObject *result = NULL;
  if (open_loader(&source, loader, &handle)) {
    double mean = 0, accuracy = 0;
    tw_status status;
    TP_ENGINE(1, status = tw_evaluate(tp_handle(net), handle, loss, &mean, &accuracy));
    result = finish(status, Py_BuildValue("(dd)", mean, accuracy));
  }
  close_loader(&source, handle);
  return result;
}
