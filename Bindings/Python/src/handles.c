// Python objects that hold a handle. They are plain: one reference, given back when Python drops the object.
#include <stddef.h>

#include "binding.h"

PyTypeObject *tp_types[TP_KIND_COUNT];
PyTypeObject *tp_tensor_class;

static void give_back(tp_kind kind, void *handle) {
  switch (kind) {
  case TP_TENSOR:
    tw_tensor_release(handle);
    break;
  case TP_MODULE:
    tw_module_release(handle);
    break;
  case TP_OPTIMIZER:
    tw_optimizer_release(handle);
    break;
  case TP_LOADER:
    TP_ENGINE(1, tw_loader_release(handle)); // it may wait for the loader's thread
    break;
  case TP_SCHEDULE:
    tw_schedule_release(handle);
    break;
  case TP_CHECKPOINT:
    TP_ENGINE(1, tw_checkpoint_release(handle)); // it may wait for a file
    break;
  case TP_TEXT:
    tw_text_release(handle);
    break;
  case TP_FILE:
    tw_file_release(handle);
    break;
  case TP_WRITER:
    TP_ENGINE(1, tw_writer_release(handle)); // it may wait for another thread that is in libhdf5
    break;
  case TP_STEP:
    tw_step_release(handle);
    break;
  default:
    tw_generator_release(handle);
  }
}

static tp_kind kind_of(PyObject *self) {
  if (Py_IS_TYPE(self, tp_tensor_class))
    return TP_TENSOR;
  for (tp_kind kind = TP_MODULE; kind < TP_KIND_COUNT; kind++)
    if (Py_IS_TYPE(self, tp_types[kind]))
      return kind;
  return TP_TENSOR;
}

void tp_handle_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  if (((tp_object *)self)->weakrefs != NULL)
    PyObject_ClearWeakRefs(self);
  if (tp_handle(self) != NULL)
    give_back(kind_of(self), tp_handle(self));
  ((freefunc)(uintptr_t)PyType_GetSlot(type, Py_tp_free))(self); // a Python subclass has another one
  Py_DECREF((PyObject *)type);
}

// Two objects for one thing of the engine are equal: a module that two others share is found to be one.
static PyObject *compare_handles(PyObject *self, PyObject *other, int operation) {
  if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(self) != Py_TYPE(other))
    return Py_NewRef(Py_NotImplemented);
  return PyBool_FromLong((tp_handle(self) == tp_handle(other)) == (operation == Py_EQ));
}

static Py_hash_t hash_handle(PyObject *self) {
  Py_hash_t hash = (Py_hash_t)((uintptr_t)tp_handle(self) >> 4);
  return hash == -1 ? -2 : hash;
}

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(tp_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, "A handle of the engine."},
    {Py_tp_dealloc, TP_SLOT(tp_handle_dealloc)},
    {Py_tp_members, members},
    {Py_tp_richcompare, TP_SLOT(compare_handles)},
    {Py_tp_hash, TP_SLOT(hash_handle)},
    {0, NULL},
};

bool tp_add_handle_types(PyObject *module) {
  static const char *const names[] = {NULL,
                                      "thalweg._C.Module",
                                      "thalweg._C.Optimizer",
                                      "thalweg._C.Generator",
                                      "thalweg._C.Loader",
                                      "thalweg._C.Schedule",
                                      "thalweg._C.Checkpoint",
                                      "thalweg._C.Text",
                                      "thalweg._C.File",
                                      "thalweg._C.Writer",
                                      "thalweg._C.Step"};
  for (int kind = TP_MODULE; kind < TP_KIND_COUNT; kind++) {
    PyType_Spec spec = {names[kind], sizeof(tp_object), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        slots};
    tp_types[kind] = (PyTypeObject *)PyType_FromSpec(&spec);
    if (tp_types[kind] == NULL || PyModule_AddType(module, tp_types[kind]) < 0)
      return false;
  }
  return true;
}

PyObject *tp_new_handle(tp_kind kind, void *handle) {
  if (handle == NULL)
    return Py_NewRef(Py_None);
  PyObject *object = PyType_GenericAlloc(tp_types[kind], 0);
  if (object != NULL)
    ((tp_object *)object)->handle = handle;
  else
    give_back(kind, handle);
  return object;
}

PyObject *tp_new_tensor(tw_tensor_t handle) {
  if (handle == NULL)
    return Py_NewRef(Py_None);
  PyObject *object = PyType_GenericAlloc(tp_tensor_class, 0);
  if (object != NULL)
    ((tp_object *)object)->handle = handle;
  else
    tw_tensor_release(handle);
  return object;
}

bool tp_is_tensor(PyObject *object) {
  return Py_IS_TYPE(object, tp_tensor_class) || PyObject_TypeCheck(object, tp_types[TP_TENSOR]);
}

tw_status tp_share_tensor(tw_tensor_t tensor, tw_tensor_t *out) {
  int32_t dtype;
  tw_status status = tw_tensor_dtype(tensor, &dtype);
  return status == TW_OK ? tw_tensor_to(tensor, dtype, out) : status; // to its own dtype: the tensor itself
}
