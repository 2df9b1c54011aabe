// + - * / // % ** @ & | ^ ~ and comparisons, with a tensor or a number on either side.
#include "binding.h"

typedef tw_status (*binary)(tw_tensor_t, tw_tensor_t, tw_tensor_t *);
typedef tw_status (*with_number)(tw_tensor_t, double, tw_tensor_t *);
typedef tw_status (*unary)(tw_tensor_t, tw_tensor_t *);

static PyObject *apply(binary function, tw_tensor_t a, tw_tensor_t b, bool are_large) {
  tw_tensor_t out = NULL;
  tw_status status;
  TP_ENGINE(are_large, status = function(a, b, &out));
  return status == TW_OK ? tp_new_tensor(out) : tp_raise(status);
}

// a + 2.0: floats alone take the short way, as a number beside integers may change the dtype.
static PyObject *apply_number(with_number function, PyObject *a, PyObject *number) {
  double value = PyFloat_AsDouble(number);
  if (value == -1.0 && PyErr_Occurred())
    return NULL;
  tw_tensor_t out = NULL;
  tw_status status;
  TP_ENGINE(tp_object_is_large(a), status = function(tp_handle(a), value, &out));
  return status == TW_OK ? tp_new_tensor(out) : tp_raise(status);
}

static bool is_float(tw_tensor_t tensor) {
  int32_t dtype;
  return tw_tensor_dtype(tensor, &dtype) == TW_OK && dtype <= TW_FLOAT64;
}

// With a NumPy array in the place of a tensor.
static PyObject *operate(PyObject *a, PyObject *b, binary function, with_number number_function,
                         bool commutes);
static PyObject *operate_on_array(PyObject *a, PyObject *b, binary function) {
  bool a_is_tensor = tp_is_tensor(a);
  PyObject *array = a_is_tensor ? b : a;
  if (!PyObject_CheckBuffer(array) || PyBytes_Check(array) || PyByteArray_Check(array))
    return Py_NewRef(Py_NotImplemented);
  PyObject *tensor = tp_from_buffer(NULL, array);
  if (tensor == NULL)
    return NULL;
  PyObject *result =
      a_is_tensor ? operate(a, tensor, function, NULL, false) : operate(tensor, b, function, NULL, false);
  Py_DECREF(tensor);
  return result;
}

// `number_function`, if there is one, is for a number on the right; `commutes`: on the left as well.
static PyObject *operate(PyObject *a, PyObject *b, binary function, with_number number_function,
                         bool commutes) {
  bool a_is_tensor = tp_is_tensor(a), b_is_tensor = tp_is_tensor(b);
  if (a_is_tensor && b_is_tensor)
    return apply(function, tp_handle(a), tp_handle(b), tp_object_is_large(a) || tp_object_is_large(b));
  PyObject *tensor = a_is_tensor ? a : b, *number = a_is_tensor ? b : a;
  if (!tp_is_number(number))
    return operate_on_array(a, b, function);
  if (number_function != NULL && (a_is_tensor || commutes) && is_float(tp_handle(tensor)))
    return apply_number(number_function, tensor, number);
  tw_tensor_t scalar = NULL;
  if (!tp_scalar_like(number, tp_handle(tensor), &scalar))
    return NULL;
  bool is_large = tp_object_is_large(tensor);
  PyObject *result = a_is_tensor ? apply(function, tp_handle(a), scalar, is_large)
                                 : apply(function, scalar, tp_handle(b), is_large);
  tw_tensor_release(scalar);
  return result;
}

PyObject *tp_add(PyObject *a, PyObject *b) {
  return operate(a, b, tw_tensor_add, tw_tensor_add_scalar, true);
}
PyObject *tp_subtract(PyObject *a, PyObject *b) {
  return operate(a, b, tw_tensor_sub, tw_tensor_sub_scalar, false);
}
PyObject *tp_multiply(PyObject *a, PyObject *b) {
  return operate(a, b, tw_tensor_mul, tw_tensor_mul_scalar, true);
}
PyObject *tp_divide(PyObject *a, PyObject *b) {
  return operate(a, b, tw_tensor_div, tw_tensor_div_scalar, false);
}

PyObject *tp_floor_divide(PyObject *a, PyObject *b) {
  return operate(a, b, tw_tensor_floor_divide, NULL, false);
}
PyObject *tp_remainder(PyObject *a, PyObject *b) { return operate(a, b, tw_tensor_remainder, NULL, false); }

PyObject *tp_power(PyObject *a, PyObject *b, PyObject *modulus) {
  if (modulus != Py_None)
    return Py_NewRef(Py_NotImplemented);
  // A negative int is an error beside integers, a negative tensor is not.
  if (tp_is_tensor(a) && PyLong_Check(b))
    return apply_number(tw_tensor_pow_scalar, a, b);
  return operate(a, b, tw_tensor_pow, tw_tensor_pow_scalar, false);
}

PyObject *tp_matmul(PyObject *a, PyObject *b) {
  if (tp_is_number(a) || tp_is_number(b))
    return Py_NewRef(Py_NotImplemented);
  return operate(a, b, tw_tensor_matmul, NULL, false);
}

PyObject *tp_compare(PyObject *a, PyObject *b, int operation) {
  static const binary functions[] = {[Py_LT] = tw_tensor_lt, [Py_LE] = tw_tensor_le, [Py_EQ] = tw_tensor_eq,
                                     [Py_NE] = tw_tensor_ne, [Py_GT] = tw_tensor_gt, [Py_GE] = tw_tensor_ge};
  return operate(a, b, functions[operation], NULL, false);
}

PyObject *tp_and(PyObject *a, PyObject *b) { return operate(a, b, tw_tensor_bitwise_and, NULL, false); }
PyObject *tp_or(PyObject *a, PyObject *b) { return operate(a, b, tw_tensor_bitwise_or, NULL, false); }
PyObject *tp_xor(PyObject *a, PyObject *b) { return operate(a, b, tw_tensor_bitwise_xor, NULL, false); }

// -- One operand ------------------------------------------------------------------------------------------

static PyObject *apply_unary(unary function, PyObject *self) {
  tw_tensor_t out = NULL;
  tw_status status;
  TP_ENGINE(tp_object_is_large(self), status = function(tp_handle(self), &out));
  return status == TW_OK ? tp_new_tensor(out) : tp_raise(status);
}

PyObject *tp_negative(PyObject *self) { return apply_unary(tw_tensor_neg, self); }
PyObject *tp_absolute(PyObject *self) { return apply_unary(tw_tensor_abs, self); }
PyObject *tp_positive(PyObject *self) { return Py_NewRef(self); }
PyObject *tp_invert(PyObject *self) { return apply_unary(tw_tensor_bitwise_not, self); }

// -- In place ---------------------------------------------------------------------------------------------

// a += b changes a's elements. Where the result must be part of a graph of derivatives, a is bound to the new
// tensor instead; a parameter cannot be changed like that, as in PyTorch.
static PyObject *in_place(PyObject *self, PyObject *result) {
  if (result == NULL || result == Py_NotImplemented)
    return result;
  tw_tensor_t target = tp_handle(self), source = tp_handle(result);
  int32_t recorded = 0, requires_grad = 0, leaf = 0;
  if (!tp_check(tw_tensor_requires_grad(source, &recorded)) || !tp_check(tw_tensor_is_leaf(target, &leaf)) ||
      !tp_check(tw_tensor_requires_grad(target, &requires_grad)))
    goto failed;
  if (recorded) {
    if (!leaf || !requires_grad)
      return result;
    tp_raise_format(TW_ERROR_AUTOGRAD, "a leaf that requires grad is changed in place; use no_grad()");
    goto failed;
  }
  if (is_float(source) && !is_float(target)) {
    tp_raise_format(TW_ERROR_DTYPE, "the result is a float tensor; it cannot be kept in an integer one");
    goto failed;
  }
  tw_status status;
  TP_ENGINE(tp_is_large(target), status = tw_tensor_copy_from(target, source));
  if (!tp_check(status))
    goto failed;
  Py_DECREF(result);
  return Py_NewRef(self);
failed:
  Py_DECREF(result);
  return NULL;
}

PyObject *tp_inplace_add(PyObject *a, PyObject *b) { return in_place(a, tp_add(a, b)); }
PyObject *tp_inplace_subtract(PyObject *a, PyObject *b) { return in_place(a, tp_subtract(a, b)); }
PyObject *tp_inplace_multiply(PyObject *a, PyObject *b) { return in_place(a, tp_multiply(a, b)); }
PyObject *tp_inplace_divide(PyObject *a, PyObject *b) { return in_place(a, tp_divide(a, b)); }
