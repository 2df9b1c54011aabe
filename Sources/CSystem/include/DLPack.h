// The binary layout of DLPack's managed tensor (dlpack.h 0.8, https://dmlc.github.io/dlpack), through which
// array libraries hand tensors to each other without a copy.
#pragma once
#include <stdint.h>

enum { TW_DL_CPU = 1 };
enum { TW_DL_INT = 0, TW_DL_UINT = 1, TW_DL_FLOAT = 2, TW_DL_BOOL = 6 };

typedef struct tw_dl_tensor {
  void *_Nullable data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *_Nullable shape;
  int64_t *_Nullable strides; // in elements; NULL: row-major
  uint64_t byte_offset;
} tw_dl_tensor;

typedef struct tw_dl_managed {
  tw_dl_tensor tensor;
  void *_Nullable manager;
  void (*_Nullable deleter)(struct tw_dl_managed *_Nonnull self);
} tw_dl_managed;
