// Tensors: creation, access, views, arithmetic, reductions, foreign memory.
#include "check.h"

static void creation(void) {
  const int64_t shape[2] = {2, 3};
  const float values[6] = {1, 2, 3, 4, 5, 6};
  tw_tensor_t t = tensor_of(values, shape, 2);
  int32_t dtype = -1, contiguous = -1;
  size_t rank = 0;
  int64_t numel = 0, dims[2] = {0, 0}, strides[2] = {0, 0};
  void *data = NULL;
  OK(tw_tensor_dtype(t, &dtype));
  OK(tw_tensor_rank(t, &rank));
  OK(tw_tensor_numel(t, &numel));
  OK(tw_tensor_shape(t, dims, 2));
  OK(tw_tensor_strides(t, strides, 2));
  OK(tw_tensor_is_contiguous(t, &contiguous));
  OK(tw_tensor_data(t, &data));
  CHECK(dtype == TW_FLOAT32 && rank == 2 && numel == 6 && contiguous == 1);
  CHECK(dims[0] == 2 && dims[1] == 3 && strides[0] == 3 && strides[1] == 1);
  CHECK(data && memcmp(data, values, sizeof values) == 0);
  CHECK(tw_tensor_shape(t, dims, 1) != TW_OK); // no room
  float small[2];
  CHECK(tw_tensor_copy_to(t, small, sizeof small) != TW_OK);
  double item;
  CHECK(tw_tensor_item(t, &item) != TW_OK); // six of them
  tw_tensor_release(t);

  OK(tw_tensor_arange(0, 1, 0.25, TW_FLOAT32, &t));
  CHECK(holds(t, (const float[]){0, 0.25f, 0.5f, 0.75f}, 4));
  tw_tensor_release(t);
  OK(tw_tensor_scalar(3, TW_INT64, &t));
  int64_t whole = 0;
  OK(tw_tensor_item_int64(t, &whole));
  CHECK(whole == 3 && item_of(t) == 3);
  tw_tensor_release(t);

  // The same seed, the same numbers.
  tw_tensor_t first = NULL, second = NULL, same = NULL, all = NULL;
  OK(tw_manual_seed(5));
  OK(tw_tensor_randn(shape, 2, TW_FLOAT32, NULL, &first));
  OK(tw_manual_seed(5));
  OK(tw_tensor_randn(shape, 2, TW_FLOAT32, NULL, &second));
  OK(tw_tensor_eq(first, second, &same));
  OK(tw_tensor_to(same, TW_FLOAT32, &all));
  CHECK(holds(all, (const float[]){1, 1, 1, 1, 1, 1}, 6));
  tw_tensor_release(first);
  tw_tensor_release(second);
  tw_tensor_release(same);
  tw_tensor_release(all);
}

static void views(void) {
  const int64_t shape[2] = {2, 3}, flat[1] = {-1}, bad[1] = {5};
  tw_tensor_t t = tensor_of((const float[]){1, 2, 3, 4, 5, 6}, shape, 2);
  tw_tensor_t turned = NULL, row = NULL, columns = NULL, line = NULL, none = NULL;
  OK(tw_tensor_transpose(t, 0, 1, &turned));
  CHECK(holds(turned, (const float[]){1, 4, 2, 5, 3, 6}, 6));
  OK(tw_tensor_select(t, 0, -1, &row));
  OK(tw_tensor_slice(t, 1, 0, 3, 2, &columns));
  CHECK(holds(columns, (const float[]){1, 3, 4, 6}, 4));
  OK(tw_tensor_fill(row, 9)); // a view shares its memory
  CHECK(holds(t, (const float[]){1, 2, 3, 9, 9, 9}, 6));
  OK(tw_tensor_reshape(t, flat, 1, &line));
  CHECK(holds(line, (const float[]){1, 2, 3, 9, 9, 9}, 6));
  CHECK(tw_tensor_reshape(t, bad, 1, &none) != TW_OK);
  CHECK(tw_tensor_select(t, 0, 2, &none) != TW_OK);
  CHECK(tw_tensor_select(t, 7, 0, &none) != TW_OK);
  CHECK(tw_tensor_slice(t, 0, 0, 2, 0, &none) != TW_OK);
  CHECK(tw_tensor_slice(t, INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX, &none) != TW_OK);
  CHECK(tw_tensor_transpose(t, INT64_MIN, INT64_MAX, &none) != TW_OK);
  tw_tensor_release(t); // the views live on
  CHECK(holds(row, (const float[]){9, 9, 9}, 3));
  tw_tensor_release(turned);
  tw_tensor_release(row);
  tw_tensor_release(columns);
  tw_tensor_release(line);
}

static void arithmetic(void) {
  const int64_t matrix[2] = {2, 2}, vector[1] = {2};
  tw_tensor_t a = tensor_of((const float[]){1, 2, 3, 4}, matrix, 2);
  tw_tensor_t b = tensor_of((const float[]){10, 20}, vector, 1);
  tw_tensor_t out = NULL;
  OK(tw_tensor_add(a, b, &out));
  CHECK(holds(out, (const float[]){11, 22, 13, 24}, 4));
  tw_tensor_release(out);
  OK(tw_tensor_matmul(a, a, &out));
  CHECK(holds(out, (const float[]){7, 10, 15, 22}, 4));
  tw_tensor_release(out);
  const int64_t dim = 0;
  OK(tw_tensor_sum(a, &dim, 1, 0, &out));
  CHECK(holds(out, (const float[]){4, 6}, 2));
  tw_tensor_release(out);
  OK(tw_tensor_mean(a, NULL, 0, 0, &out));
  CHECK(item_of(out) == 2.5);
  tw_tensor_release(out);
  OK(tw_tensor_pow_scalar(a, 2, &out));
  CHECK(holds(out, (const float[]){1, 4, 9, 16}, 4));
  tw_tensor_release(out);
  OK(tw_tensor_softmax(b, -1, &out));
  CHECK(holds(out, (const float[]){4.539787e-5f, 0.9999546f}, 2));
  tw_tensor_release(out);
  tw_tensor_release(a);
  tw_tensor_release(b);
}

static int freed;
static void reductions(void) {
  const int64_t shape[2] = {2, 3}, last[1] = {-1};
  tw_tensor_t t = tensor_of((const float[]){1, 5, 3, 4, 2, 6}, shape, 2);
  tw_tensor_t values = NULL, indices = NULL, out = NULL, shifted = NULL;
  OK(tw_tensor_max_along(t, 1, 0, &values, &indices));
  CHECK(holds(values, (const float[]){5, 6}, 2));
  OK(tw_tensor_to(indices, TW_FLOAT32, &out));
  CHECK(holds(out, (const float[]){1, 2}, 2));
  tw_tensor_release(values);
  tw_tensor_release(indices);
  tw_tensor_release(out);
  values = indices = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "indices is NULL", tw_tensor_max_along(t, 1, 0, &values, NULL));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "out of range", tw_tensor_max_along(t, 2, 0, &values, &indices));
  CHECK(values == NULL && indices == NULL);

  OK(tw_tensor_var(t, 1, last, 1, 1, &out));
  CHECK(holds(out, (const float[]){4, 4}, 2));
  tw_tensor_release(out);
  OK(tw_tensor_vector_norm(t, INFINITY, NULL, 0, 0, &out));
  CHECK(item_of(out) == 6);
  tw_tensor_release(out);
  OK(tw_tensor_cumsum(t, 0, &out));
  CHECK(holds(out, (const float[]){1, 5, 3, 5, 7, 9}, 6));
  tw_tensor_release(out);
  OK(tw_tensor_sub_scalar(t, 3.5, &shifted));
  OK(tw_tensor_rms_norm(shifted, shape, 2, NULL, 0, &out));
  FAILS(TW_ERROR_SHAPE, "last dimensions", tw_tensor_rms_norm(t, shape, 1, NULL, 0, &values));
  tw_tensor_release(shifted);
  OK(tw_tensor_mse_loss(out, out, TW_REDUCTION_SUM, &shifted));
  CHECK(item_of(shifted) == 0);
  tw_tensor_release(shifted);
  tw_tensor_release(out);
  tw_tensor_release(t);
}

static void count_free(void *data, void *user_data) {
  freed += *(int *)user_data;
  free(data);
}

static void foreign(void) {
  const int64_t shape[1] = {4};
  int weight = 7;
  float *memory = malloc(4 * sizeof *memory);
  if (!memory)
    return;
  for (int i = 0; i < 4; i++)
    memory[i] = (float)i;
  tw_tensor_t t = NULL, view = NULL;
  OK(tw_tensor_from_foreign(memory, TW_FLOAT32, shape, NULL, 1, count_free, &weight, &t));
  OK(tw_tensor_slice(t, 0, 1, 3, 1, &view));
  memory[1] = 10; // shared, not copied
  CHECK(holds(view, (const float[]){10, 2}, 2));
  tw_tensor_release(t);
  CHECK(freed == 0); // the view holds it
  tw_tensor_release(view);
  CHECK(freed == 7);

  // DLPack there and back: the same memory.
  void *managed = NULL, *here = NULL, *there = NULL;
  tw_tensor_t back = NULL;
  t = tensor_of((const float[]){1, 2, 3, 4}, shape, 1);
  OK(tw_tensor_to_dlpack(t, &managed));
  OK(tw_tensor_from_dlpack(managed, &back));
  OK(tw_tensor_data(t, &here));
  OK(tw_tensor_data(back, &there));
  CHECK(here == there && here != NULL);
  tw_tensor_release(t);
  CHECK(holds(back, (const float[]){1, 2, 3, 4}, 4));
  tw_tensor_release(back);
}

int main(void) {
  creation();
  views();
  arithmetic();
  reductions();
  foreign();
  return checks_result();
}
