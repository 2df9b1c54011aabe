// Indexing, parts of tensors and products.
#include "check.h"

static tw_tensor_t indices_of(const int64_t *values, const int64_t *shape, size_t rank) {
  tw_tensor_t out = NULL;
  OK(tw_tensor_from_data(values, TW_INT64, shape, rank, &out));
  return out;
}

static const int64_t shape[2] = {2, 3}, two = 2, three = 3;
static const float values[6] = {1, 2, 3, 4, 5, 6};

static void indexing(void) {
  tw_tensor_t x = tensor_of(values, shape, 2), y = NULL;
  tw_tensor_t columns = indices_of((const int64_t[]){2, 0, -1}, &three, 1);
  tw_tensor_t entries[2] = {NULL, columns};
  OK(tw_tensor_index(x, entries, 2, &y));
  CHECK(holds(y, (const float[]){3, 1, 3, 6, 4, 6}, 6));
  tw_tensor_release(y);
  OK(tw_tensor_index_put(x, entries, 2, x, 1, &y));
  CHECK(holds(y, (const float[]){3, 2, 7, 9, 5, 16}, 6));
  OK(tw_tensor_set_at(y, entries, 2, x, 0));
  CHECK(holds(y, (const float[]){2, 2, 3, 5, 5, 6}, 6));
  tw_tensor_release(y);
  const int64_t row[2] = {1, 3};
  tw_tensor_t index = indices_of((const int64_t[]){1, 0, 1}, row, 2);
  OK(tw_tensor_gather(x, 0, index, &y));
  CHECK(holds(y, (const float[]){4, 2, 6}, 3));
  tw_tensor_release(y);
  OK(tw_tensor_scatter_add(x, 0, index, x, &y));
  CHECK(holds(y, (const float[]){1, 4, 3, 5, 5, 9}, 6));
  tw_tensor_release(y);
  OK(tw_tensor_embedding(index, x, NULL, 0, &y));
  CHECK(holds(y, (const float[]){4, 5, 6, 1, 2, 3, 4, 5, 6}, 9));
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "index 2 at place 0 is out of range",
        tw_tensor_index_select(x, 0, columns, &y));
  FAILS(TW_ERROR_DTYPE, "the mask is int64", tw_tensor_masked_select(x, index, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "too many indices",
        tw_tensor_index(x, (tw_tensor_t[]){NULL, NULL, columns}, 3, &y));
  CHECK(y == NULL);
  tw_tensor_release(x);
  tw_tensor_release(columns);
  tw_tensor_release(index);
}

static void parts(void) {
  tw_tensor_t x = tensor_of(values, shape, 2), y = NULL, parts[4] = {NULL};
  size_t count = 0;
  OK(tw_tensor_split(x, (const int64_t[]){1, 2}, 2, 1, parts));
  CHECK(holds(parts[0], (const float[]){1, 4}, 2));
  CHECK(holds(parts[1], (const float[]){2, 3, 5, 6}, 4));
  tw_tensor_release(parts[0]);
  tw_tensor_release(parts[1]);
  OK(tw_tensor_chunk(x, 4, -1, parts, &count));
  CHECK(count == 3);
  OK(tw_tensor_stack(parts, count, 0, &y));
  CHECK(holds(y, (const float[]){1, 4, 2, 5, 3, 6}, 6));
  for (size_t i = 0; i < count; i++)
    tw_tensor_release(parts[i]);
  tw_tensor_release(y);
  OK(tw_tensor_flip(x, (const int64_t[]){0, 1}, 2, &y));
  CHECK(holds(y, (const float[]){6, 5, 4, 3, 2, 1}, 6));
  tw_tensor_release(y);
  OK(tw_tensor_roll(x, &two, 1, NULL, 0, &y));
  CHECK(holds(y, (const float[]){5, 6, 1, 2, 3, 4}, 6));
  tw_tensor_release(y);
  OK(tw_tensor_pad(x, (const int64_t[]){1, -1}, 2, TW_PAD_CONSTANT, 9, &y));
  CHECK(holds(y, (const float[]){9, 1, 2, 9, 4, 5}, 6));
  tw_tensor_release(y);
  OK(tw_tensor_pad(x, (const int64_t[]){1, 0}, 2, TW_PAD_REFLECT, 0, &y));
  CHECK(holds(y, (const float[]){2, 1, 2, 3, 5, 4, 5, 6}, 8));
  tw_tensor_release(y);
  y = parts[0] = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "mode 7", tw_tensor_pad(x, shape, 2, 7, 0, &y));
  FAILS(TW_ERROR_INVALID_ARGUMENT, "add up to 3", tw_tensor_split(x, (const int64_t[]){1, 1}, 2, 1, parts));
  CHECK(y == NULL && parts[0] == NULL);
  tw_tensor_release(x);
}

static void products(void) {
  tw_tensor_t x = tensor_of(values, shape, 2), y = NULL;
  OK(tw_tensor_einsum("ij,kj->ik", (tw_tensor_t[]){x, x}, 2, &y));
  CHECK(holds(y, (const float[]){14, 32, 32, 77}, 4));
  tw_tensor_t one = tensor_of(values, NULL, 0), sum = NULL, transposed = NULL;
  OK(tw_tensor_transpose(x, 0, 1, &transposed));
  OK(tw_tensor_addmm(one, x, transposed, 2, -1, &sum));
  CHECK(holds(sum, (const float[]){-12, -30, -30, -75}, 4));
  tw_tensor_release(y);
  y = NULL;
  FAILS(TW_ERROR_INVALID_ARGUMENT, "is not understood", tw_tensor_einsum("i*j", &x, 1, &y));
  FAILS(TW_ERROR_SHAPE, "mm: [2, 3] x []", tw_tensor_mm(x, one, &y));
  tw_tensor_release(x);
  tw_tensor_release(one);
  tw_tensor_release(sum);
  tw_tensor_release(transposed);
}

int main(void) {
  indexing();
  parts();
  products();
  return checks_result();
}
