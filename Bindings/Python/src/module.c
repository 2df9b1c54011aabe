// The module thalweg._C.
#include "binding.h"

static PyObject *set_tensor_class(PyObject *module, PyObject *class) {
  (void)module;
  if (!PyType_Check(class) || !PyType_IsSubtype((PyTypeObject *)class, tp_types[TP_TENSOR])) {
    PyErr_SetString(PyExc_TypeError, "_set_tensor_class(): the class must derive from TensorBase");
    return NULL;
  }
  PyTypeObject *old = tp_tensor_class;
  tp_tensor_class = (PyTypeObject *)Py_NewRef(class);
  Py_XDECREF((PyObject *)old);
  return Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"_set_tensor_class", set_tensor_class, METH_O, "Sets the class of the tensors that functions return."},
    {"from_data", (PyCFunction)(void (*)(void))tp_from_data, METH_FASTCALL | METH_KEYWORDS,
     "from_data($module, data, dtype=None)\n--\n\nA tensor with a copy of numbers, sequences or a buffer."},
    {"from_buffer", tp_from_buffer, METH_O,
     "from_buffer($module, object)\n--\n\nA tensor that shares a buffer's memory where its layout allows."},
    {"from_dlpack", tp_from_dlpack, METH_O,
     "from_dlpack($module, capsule)\n--\n\nA tensor that takes over a DLPack capsule."},
    {"module_create", tp_module_create, METH_VARARGS,
     "module_create($module, type_name, owner)\n--\n\nA module whose forward pass is the owner's method "
     "forward."},
    {"differentiate", tp_differentiate, METH_VARARGS,
     "differentiate($module, kind, outputs, inputs, vectors, retain_graph, create_graph, "
     "allow_unused)\n--\n\n"
     "Derivatives of outputs with respect to inputs, as a tuple; kind is grad, vjp, jvp, jacobian, "
     "jacobian_forward, hessian or hvp."},
    {"gradcheck", tp_gradcheck, METH_VARARGS,
     "gradcheck($module, function, inputs, second_order, eps, atol, rtol)\n--\n\n"
     "Compares gradients with differences."},
    {"custom_apply", tp_custom_apply, METH_VARARGS,
     "custom_apply($module, name, inputs, outputs, saved, constants, materialize, backward, jvp)\n--\n\n"
     "The outputs, as results of an operation on the inputs whose gradients "
     "backward(context, gradients, needs) computes."},
    {"context_saved", tp_context_saved, METH_O,
     "context_saved($module, context, /)\n--\n\nThe tensors that an operation saved, in backward."},
    {"checkpoint", tp_checkpoint, METH_VARARGS,
     "checkpoint($module, function, inputs, preserve_random)\n--\n\n"
     "Calls function(*inputs) so that backward calls it again rather than keeping what it computes."},
    {"module_call", tp_module_call, METH_VARARGS,
     "module_call($module, module, inputs, /)\n--\n\nThe outputs for a tuple of inputs, as a tuple."},
    {"module_trace", tp_module_trace, METH_VARARGS,
     "module_trace($module, module, input, /)\n--\n\nThe output, and a list of what each module gave: pairs "
     "of "
     "a name and a tensor."},
    {"set_call_site", tp_set_call_site, METH_O,
     "set_call_site($module, function)\n--\n\nThe function tells anomaly mode from where the user called."},
    {"fit", tp_fit, METH_VARARGS,
     "fit($module, module, optimizer, loader, validation, epochs, loss, stop, callback, saving, "
     "watch)\n--\n\n"
     "Trains the module; the callback gets the fields of a Progress."},
    {"evaluate", tp_evaluate, METH_VARARGS,
     "evaluate($module, module, loader, loss)\n--\n\nThe mean loss and the accuracy."},
    {"optimizer_state", tp_optimizer_state, METH_O,
     "optimizer_state($module, optimizer, /)\n--\n\nWhat the optimizer remembers: pairs of a name and a "
     "tensor."},
    {"optimizer_step_closure", tp_optimizer_step_closure, METH_VARARGS,
     "optimizer_step_closure($module, optimizer, closure)\n--\n\nSteps; the closure returns the loss as a "
     "float."},
    {"clip_grad_norm_per_tensor", tp_clip_grad_norm_per_tensor, METH_VARARGS,
     "clip_grad_norm_per_tensor($module, parameters, max_norm, norm_type, error_if_nonfinite)\n--\n\n"
     "Clips each gradient by itself; the norms before."},
    {"cyclic_lr_set_scale", tp_cyclic_lr_set_scale, METH_VARARGS,
     "cyclic_lr_set_scale($module, schedule, scale, of_steps)\n--\n\nThe height of a cycle as a function of "
     "its "
     "number, or of the step's, and of 0."},
    {"factor_lr_create", tp_factor_lr_create, METH_VARARGS,
     "factor_lr_create($module, optimizer, factor, multiplicative, last_epoch)\n--\n\n"
     "LambdaLR or MultiplicativeLR with factor(epoch, group)."},
    {"checkpoint_create", tp_checkpoint_create, METH_VARARGS,
     "checkpoint_create($module, module, optimizer, schedules, generators, loader, /)\n--\n\nA checkpoint."},
    {"loader_next", tp_loader_next, METH_O,
     "loader_next($module, loader, /)\n--\n\nThe next batch as a tuple of tensors; None at the end of the "
     "epoch."},
    {"loader_samples", tp_loader_samples, METH_VARARGS,
     "loader_samples($module, loader, numbers, /)\n--\n\nThe samples with these numbers as a tuple of "
     "tensors."},
    {"hdf5_enumeration", tp_hdf5_enumeration, METH_VARARGS,
     "hdf5_enumeration($module, path, dataset, /)\n--\n\nThe names and values of an enumeration, as JSON."},
    {"loader_add_callback", tp_loader_add_callback, METH_VARARGS,
     "loader_add_callback($module, loader, random, function, /)\n--\n\nA transform: function(arrays, seed) "
     "returns new arrays, or None for those that stay."},
    {"loader_set_sampler", tp_loader_set_sampler, METH_VARARGS,
     "loader_set_sampler($module, loader, function, /)\n--\n\nThe samples of an epoch: function(epoch) "
     "returns "
     "their numbers, and the batches' sizes or None."},
    {"random_split", tp_random_split, METH_VARARGS,
     "random_split($module, count, sizes, labels, generator, /)\n--\n\nThe numbers of samples in parts."},
    {"split_sizes", tp_split_sizes, METH_VARARGS,
     "split_sizes($module, count, fractions, /)\n--\n\nThe sizes of parts that are shares of count."},
    {"k_fold", tp_k_fold, METH_VARARGS,
     "k_fold($module, count, folds, labels, generator, /)\n--\n\nThe training parts, and the validation "
     "parts."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "thalweg._C",
    "The engine behind the package thalweg.",
    -1,
    functions,
    NULL,
    NULL,
    NULL,
    NULL,
};

PyMODINIT_FUNC PyInit__C(void);

PyMODINIT_FUNC PyInit__C(void) {
  PyObject *module = PyModule_Create(&definition);
  if (module == NULL)
    return NULL;
  if (tp_add_errors(module) && tp_add_dtypes(module) && tp_add_tensor_type(module) &&
      tp_add_handle_types(module) && PyModule_AddFunctions(module, tp_functions) == 0 &&
      PyModule_AddIntConstant(module, "MAX_RANK", TW_MAX_RANK) == 0) {
    tp_watch_interpreter();
    return module;
  }
  Py_DECREF(module);
  return NULL;
}
