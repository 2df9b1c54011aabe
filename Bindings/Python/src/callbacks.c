// Modules whose forward pass is a Python method.
#include "binding.h"

bool tp_interpreter_is_gone;

static void mark_interpreter_gone(void) { tp_interpreter_is_gone = true; }
void tp_watch_interpreter(void) { Py_AtExit(mark_interpreter_gone); }

// `owner.forward(input)` as a new reference of the engine's; an exception stays set if it fails.
static tw_status call_forward(PyObject *reference, tw_tensor_t input, tw_tensor_t *output) {
  PyObject *owner = Py_XNewRef(PyWeakref_GetObject(reference));
  if (owner == NULL || owner == Py_None) {
    Py_XDECREF(owner);
    PyErr_SetString(PyExc_ReferenceError,
                    "the Python object of a module is gone; keep it as long as the module");
    return TW_ERROR_CANCELLED;
  }
  tw_tensor_t shared = NULL;
  tw_status status = tp_share_tensor(input, &shared);
  PyObject *argument = status == TW_OK ? tp_new_tensor(shared) : tp_raise(status);
  PyObject *result = argument == NULL ? NULL : PyObject_CallMethod(owner, "forward", "O", argument);
  Py_XDECREF(argument);
  Py_DECREF(owner);
  if (result == NULL)
    return TW_ERROR_CANCELLED;
  if (tp_is_tensor(result)) {
    status = tp_share_tensor(tp_handle(result), output);
  } else {
    PyErr_SetString(PyExc_TypeError, "forward() must return a Tensor");
    status = TW_ERROR_CANCELLED;
  }
  Py_DECREF(result);
  return status;
}

static tw_status forward(tw_module_t self, tw_tensor_t input, tw_tensor_t *output, void *user_data) {
  (void)self;
  if (tp_interpreter_is_gone)
    return TW_ERROR_CANCELLED;
  bool thread_is_pythons = PyGILState_GetThisThreadState() != NULL;
  PyGILState_STATE state = PyGILState_Ensure();
  tw_status status = call_forward(user_data, input, output);
  // On Python's own threads the exception waits for the call that led here: tp_raise lets it pass.
  if (!thread_is_pythons && PyErr_Occurred())
    PyErr_WriteUnraisable(user_data);
  PyGILState_Release(state);
  return status;
}

void tp_release_object(void *user_data) {
  if (tp_interpreter_is_gone)
    return;
  PyGILState_STATE state = PyGILState_Ensure();
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  Py_DECREF((PyObject *)user_data);
  PyErr_Restore(type, value, traceback);
  PyGILState_Release(state);
}

PyObject *tp_module_create(PyObject *module, PyObject *args) {
  const char *type_name;
  PyObject *owner;
  (void)module;
  if (!PyArg_ParseTuple(args, "sO:module_create", &type_name, &owner))
    return NULL;
  // Weak, as the owner has a reference to the engine's module: a cycle of two would never be freed.
  PyObject *reference = PyWeakref_NewRef(owner, NULL);
  tw_module_t out = NULL;
  if (reference == NULL)
    return NULL;
  if (!tp_check(tw_module_create(type_name, forward, reference, tp_release_object, &out))) {
    Py_DECREF(reference);
    return NULL;
  }
  return tp_new_handle(TP_MODULE, out);
}
