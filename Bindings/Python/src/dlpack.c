// DLPack capsules. A capsule named "dltensor" owns a DLManagedTensor; who takes that over renames the
// capsule.
#include "binding.h"

// The layout of DLPack 0.8's DLManagedTensor, as far as the deleter.
typedef struct managed_tensor {
  struct {
    void *data;
    int32_t device_type, device_id, ndim;
    uint8_t type_code, type_bits;
    uint16_t type_lanes;
    int64_t *shape, *strides;
    uint64_t byte_offset;
  } tensor;
  void *context;
  void (*deleter)(struct managed_tensor *self);
} managed_tensor;

static const char fresh[] = "dltensor", used[] = "used_dltensor";

static void delete_capsule(PyObject *capsule) {
  if (!PyCapsule_IsValid(capsule, fresh))
    return;
  managed_tensor *managed = PyCapsule_GetPointer(capsule, fresh);
  if (managed != NULL && managed->deleter != NULL)
    managed->deleter(managed);
}

PyObject *tp_to_dlpack(PyObject *self, PyObject *unused) {
  (void)unused;
  void *managed = NULL;
  if (!tp_check(tw_tensor_to_dlpack(tp_handle(self), &managed)))
    return NULL;
  PyObject *capsule = PyCapsule_New(managed, fresh, delete_capsule);
  if (capsule == NULL)
    ((managed_tensor *)managed)->deleter(managed);
  return capsule;
}

PyObject *tp_from_dlpack(PyObject *module, PyObject *capsule) {
  (void)module;
  tw_tensor_t out = NULL;
  void *managed = PyCapsule_GetPointer(capsule, fresh);
  if (managed == NULL || !tp_check(tw_tensor_from_dlpack(managed, &out)))
    return NULL;
  if (PyCapsule_SetName(capsule, used) < 0) {
    tw_tensor_release(out);
    return NULL;
  }
  return tp_new_tensor(out);
}
