public import CThalweg
import ThalwegCore

// MARK: - Windows and grids over images

/// The windows of images [N, C, H, W] as columns: [N, C kh kw, L]. `kernel_size`, `dilation`, `padding` and `stride` are
/// two numbers, for height and width.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_unfold_patches)
public func tw_tensor_unfold_patches(
  _ a: tw_tensor_t?,
  _ kernel_size: UnsafePointer<Int64>?,
  _ dilation: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?,
  _ stride: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").unfoldPatches(
      PatchGeometry(
        kernel: asPair(pointer(kernel_size, "kernel_size")) ?? [], dilation: asPair(dilation) ?? [1, 1],
        padding: asPair(padding) ?? [0, 0], stride: asPair(stride) ?? [1, 1], in: "unfold"))
  }
}

/// Images [N, C, H, W] of the size `output_size` (height, width) from columns as tw_tensor_unfold_patches makes them,
/// added up where windows overlap.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_fold_patches)
public func tw_tensor_fold_patches(
  _ a: tw_tensor_t?,
  _ output_size: UnsafePointer<Int64>?,
  _ kernel_size: UnsafePointer<Int64>?,
  _ dilation: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?,
  _ stride: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let size = try asPair(pointer(output_size, "output_size")) ?? []
    return try asTensor(a, "a").foldPatches(
      size[0], size[1],
      PatchGeometry(
        kernel: asPair(pointer(kernel_size, "kernel_size")) ?? [], dilation: asPair(dilation) ?? [1, 1],
        padding: asPair(padding) ?? [0, 0], stride: asPair(stride) ?? [1, 1], in: "fold"))
  }
}

/// Images [N, C, H, W] (or with a depth) read at places of which `grid` [N, h, w, 2] holds coordinates, x first, -1 and 1
/// at the edges or, with `align_corners` 1, at the middles of the outermost pixels. `grid_mode` and `grid_padding` are
/// among TW_GRID_MODE_* and TW_GRID_PADDING_*.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_grid_sample)
public func tw_tensor_grid_sample(
  _ a: tw_tensor_t?,
  _ grid: tw_tensor_t?,
  _ grid_mode: Int32,
  _ grid_padding: Int32,
  _ align_corners: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    guard let mode = GridMode(rawValue: grid_mode), let padding = GridPadding(rawValue: grid_padding) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_tensor_grid_sample: there is no mode \(grid_mode) or padding \(grid_padding); both are 0 to 2")
    }
    return try asTensor(a, "a").gridSample(
      asTensor(grid, "grid"), mode: mode, padding: padding, alignsCorners: align_corners != 0)
  }
}

/// The grid of tw_tensor_grid_sample for affine maps [N, 2, 3] (or [N, 3, 4]) and results of `size` [N, C, H, W] (or with
/// a depth).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_affine_grid)
public func tw_tensor_affine_grid(
  _ a: tw_tensor_t?,
  _ size: UnsafePointer<Int64>?,
  _ size_count: UInt,
  _ align_corners: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").affineGrid(asDims(size, size_count, "size"), alignsCorners: align_corners != 0)
  }
}
