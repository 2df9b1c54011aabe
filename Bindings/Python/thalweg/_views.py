"""Functions on shapes that take more than one form of argument, or are made of several operations.

All are functions of the package; those that PyTorch has as methods are methods of Tensor too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor

# -- Parts ----------------------------------------------------------------------------------------------


def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """The `length` indices from `start` on along `dim`, as a view."""
    size = _size(input, dim, "narrow")
    start = int(start)
    if not -size <= start <= size:
        raise IndexError(f"narrow: the start {start} lies outside dimension {dim} of shape {input.shape}")
    start += size if start < 0 else 0
    if length < 0 or start + length > size:
        raise _C.InvalidArgumentError(
            f"narrow: {length} indices from {start} do not fit dimension {dim} of shape {input.shape}"
        )
    return _C.slice(input, dim, start, start + length, 1)


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of the given sizes, or all of one size but for a smaller last one, along `dim`."""
    if not isinstance(split_size_or_sections, int):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    size, each = _size(tensor, dim, "split"), split_size_or_sections
    if each < 0 or (each == 0 and size > 0):
        raise _C.InvalidArgumentError(f"split: parts of size {each} of {size} indices; it must be positive")
    return _cut(tensor, dim, range(each, size, each) if each else [])


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of the given sizes, which add up to that of the dimension."""
    size, sizes = _size(input, dim, "split"), [int(size) for size in split_sizes]
    if any(part < 0 for part in sizes) or sum(sizes) != size:
        raise _C.InvalidArgumentError(
            f"split: the sizes {sizes} must be none negative and add up to {size}, "
            f"dimension {dim} of {input.shape}"
        )
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return tuple(_C.slice(input, dim, end - part, end, 1) for part, end in zip(sizes, ends, strict=True))


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Up to `chunks` views of equal size but for a smaller last one."""
    if chunks <= 0:
        raise _C.InvalidArgumentError(f"chunk: {chunks} parts; there must be at least one")
    size = _size(input, dim, "chunk")
    each = -(-size // chunks)
    return split(input, each, dim) if each else split_with_sizes(input, [0] * chunks, dim)


def tensor_split(
    input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0
) -> tuple[Tensor, ...]:
    """Views between the given indices, or so many whose sizes differ by 1 at most."""
    size, places = _size(input, dim, "tensor_split"), indices_or_sections
    if isinstance(places, _C.TensorBase):
        places = places.tolist()
    if not isinstance(places, int):
        return _cut(input, dim, list(places))
    if places <= 0:
        raise _C.InvalidArgumentError(f"tensor_split: {places} parts; there must be at least one")
    each, more = divmod(size, places)
    return _cut(input, dim, [i * each + min(i, more) for i in range(1, places)])


def hsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """`tensor_split` along the columns; of a vector along its only dimension."""
    return _even_split(input, indices_or_sections, 0 if input.ndim == 1 else 1, "hsplit", 1)


def vsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """`tensor_split` along the rows."""
    return _even_split(input, indices_or_sections, 0, "vsplit", 2)


def dsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """`tensor_split` along the third dimension."""
    return _even_split(input, indices_or_sections, 2, "dsplit", 3)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts along `dim`, without it, as views."""
    return tuple(_C.select(input, dim, i) for i in range(_size(input, dim, "unbind")))


def _even_split(
    input: Tensor, parts: int | Sequence[int], dim: int, name: str, ndim: int
) -> tuple[Tensor, ...]:
    if input.ndim < ndim:
        raise _C.ShapeError(f"{name}: shape {input.shape}; at least {ndim} dimensions are needed")
    if isinstance(parts, int) and (parts <= 0 or input.shape[dim] % parts):
        raise _C.InvalidArgumentError(
            f"{name}: {input.shape[dim]} indices cannot be split into {parts} equal parts"
        )
    return tensor_split(input, parts, dim)


def _cut(input: Tensor, dim: int, places: Sequence[int]) -> tuple[Tensor, ...]:
    """The parts between places, as Python's slices."""
    size = _size(input, dim, "split")
    bounds = [0, *places, size]
    return tuple(
        _C.slice(input, dim, start, max(start, end) if start >= 0 and end >= 0 else end, 1)
        for start, end in pairwise(bounds)
    )


def _size(input: Tensor, dim: int, name: str) -> int:
    if input.ndim == 0:
        raise _C.ShapeError(f"{name}: a scalar has no dimension to be cut")
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(f"{name}: dimension {dim} is out of range for shape {input.shape}")
    return input.shape[dim]


# -- Joined ---------------------------------------------------------------------------------------------


def atleast_1d(*tensors: Any) -> Any:
    """The tensors, scalars with a dimension of size 1."""
    return _each(tensors, lambda t: t.reshape(1) if t.ndim == 0 else t)


def atleast_2d(*tensors: Any) -> Any:
    """The tensors, with dimensions of size 1 in front where they have less than two."""
    return _each(tensors, lambda t: t.reshape((1,) * (2 - t.ndim) + t.shape) if t.ndim < 2 else t)


def atleast_3d(*tensors: Any) -> Any:
    """The tensors with at least three dimensions: a vector is in the middle, a matrix before the new one."""
    shapes = {0: lambda s: (1, 1, 1), 1: lambda s: (1, *s, 1), 2: lambda s: (*s, 1)}
    return _each(tensors, lambda t: t.reshape(shapes[t.ndim](t.shape)) if t.ndim < 3 else t)


def _each(tensors: Any, function: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], _C.TensorBase):
        return function(tensors[0])
    return tuple(function(t) for t in (tensors[0] if len(tensors) == 1 else tensors))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side: vectors in a longer one, others along the second dimension."""
    parts = [atleast_1d(t) for t in tensors]
    return _C.cat(parts, 0 if parts and parts[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors below each other: along the first dimension, vectors as rows."""
    return _C.cat([atleast_2d(t) for t in tensors], 0)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors behind each other, along the third dimension."""
    return _C.cat([atleast_3d(t) for t in tensors], 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side, scalars and vectors as columns."""
    return _C.cat([t.reshape(t.numel(), 1) if t.ndim <= 1 else t for t in tensors], 1)


def concat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """As `cat`."""
    return _C.cat(tensors, dim)


concatenate = concat
row_stack = vstack

# -- Broadcast and repeated -----------------------------------------------------------------------------


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """A view that repeats the elements to the given shape."""
    return _C.expand(input, size)


def broadcast_shapes(*shapes: int | Sequence[int]) -> tuple[int, ...]:
    """The shape to which shapes are broadcast."""
    result: list[int] = []
    for shape in shapes:
        sizes = [shape] if isinstance(shape, int) else list(shape)
        result = [1] * (len(sizes) - len(result)) + result
        for i, size in enumerate(reversed(sizes), 1):
            if size not in (1, result[-i]) and result[-i] != 1:
                raise _C.ShapeError(f"broadcast_shapes: the shapes {list(shapes)} do not broadcast")
            result[-i] = size if result[-i] == 1 else result[-i]
    return tuple(result)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Views of the tensors, repeated to one shape."""
    if len(tensors) == 1 and not isinstance(tensors[0], _C.TensorBase):
        tensors = tuple(tensors[0])
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return tuple(_C.expand(t, shape) for t in tensors)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """A view that repeats the elements to the shape of `other`."""
    return _C.expand(input, other.shape)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Vectors as coordinates of a grid: one view a vector, all of the grid's shape.

    `indexing` is 'ij', or 'xy' for a grid whose first two dimensions are exchanged.
    """
    if indexing not in ("ij", "xy"):
        raise _C.InvalidArgumentError(f"meshgrid: indexing is {indexing!r}; it must be 'ij' or 'xy'")
    if len(tensors) == 1 and not isinstance(tensors[0], _C.TensorBase):
        tensors = tuple(tensors[0])
    if any(t.ndim > 1 for t in tensors):
        raise _C.ShapeError(f"meshgrid: shapes {[t.shape for t in tensors]}; scalars or vectors are needed")
    swapped = indexing == "xy" and len(tensors) >= 2
    order = [tensors[1], tensors[0], *tensors[2:]] if swapped else tensors
    shape = [t.numel() for t in order]
    grids = [t.reshape([-1] + [1] * (len(order) - 1 - i)).expand(shape) for i, t in enumerate(order)]
    if swapped:
        grids[:2] = grids[1], grids[0]
    return tuple(grids)


def tile(input: Tensor, *dims: Any) -> Tensor:
    """The tensor side by side with itself, so often along the last dimensions."""
    counts = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return _C.repeat(input, (1,) * (input.ndim - len(counts)) + tuple(counts))


def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element, or part along `dim`, so many times in a row: one number for all, or a number for each.

    With the numbers alone the result are their indices, each so often. `output_size` is not needed.
    """
    if repeats is None:
        return _C.repeat_interleave(_C.arange(0, input.numel(), 1, _C.int64), input, 0)
    if not isinstance(repeats, _C.TensorBase):
        repeats = _C.from_data(repeats, _C.int64)
    return _C.repeat_interleave(input, repeats, dim)


# -- Order ----------------------------------------------------------------------------------------------


def t(input: Tensor) -> Tensor:
    """The transposed matrix, as a view; vectors stay as they are."""
    if input.ndim > 2:
        raise _C.ShapeError(f"t: the tensor has {input.ndim} dimensions; at most 2 are expected")
    return input.T


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """As `transpose`."""
    return _C.transpose(input, axis0, axis1)


def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """As `transpose`."""
    return _C.transpose(input, dim0, dim1)


# -- Made of several, or of choices ---------------------------------------------------------------------


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the given matrices on its diagonal, corner to corner, and zeros elsewhere."""
    return _C.block_diag(tensors)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All ways to take one element of each vector, a row each; of one vector itself."""
    return _C.cartesian_prod(tensors)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along `dim`, or along the first dimension of size 3."""
    if dim is None:
        dim = next((i for i, size in enumerate(input.shape) if size == 3), -1)
    return _C.cross_along(input, other, dim)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element as a row of `N`, the highest first unless `increasing`."""
    return _C.vander(x, N, increasing)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: _C.dtype | None = None) -> Tensor:
    """The coordinates of a matrix's elements on and below a diagonal: [2, count]."""
    return _C.tril_indices(row, col, offset, dtype or _C.int64)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: _C.dtype | None = None) -> Tensor:
    """The coordinates of a matrix's elements on and above a diagonal: [2, count]."""
    return _C.triu_indices(row, col, offset, dtype or _C.int64)


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The tensor with `src` in the place of a slice."""
    last = 2**63 - 1
    return _C.slice_scatter(input, src, dim, start or 0, last if end is None else end, step)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, in a tensor of `shape`, of places of the flattened one."""
    sizes, result, indices = [shape] if isinstance(shape, int) else list(shape), [], indices.long()
    for size in reversed(sizes):
        result.append(indices % size)
        indices = indices // size
    return tuple(reversed(result))


def moveaxis(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """As `movedim`."""
    return _C.movedim(input, source, destination)


def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, as a view."""
    return _C.transpose(input, -2, -1)


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, as a view where that can be."""
    return _C.reshape(input, -1)


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order."""
    if input.ndim < 2:
        raise _C.ShapeError(f"fliplr: shape {input.shape}; at least two dimensions are needed")
    return _C.flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order."""
    if input.ndim < 1:
        raise _C.ShapeError("flipud: a scalar has no rows")
    return _C.flip(input, 0)


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned `k` times by 90 degrees in the plane of two dimensions, from the first towards the second."""
    if len(dims) != 2:
        raise _C.InvalidArgumentError(f"rot90: dims is {list(dims)}; two dimensions are needed")
    return _C.rot90(input, k, *dims)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return _C.numel(input)


__all__ = [
    "vander",
    "unravel_index",
    "triu_indices",
    "tril_indices",
    "slice_scatter",
    "cross",
    "cartesian_prod",
    "block_diag",
    "adjoint",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "chunk",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "meshgrid",
    "moveaxis",
    "narrow",
    "numel",
    "ravel",
    "repeat_interleave",
    "rot90",
    "row_stack",
    "split",
    "split_with_sizes",
    "swapaxes",
    "swapdims",
    "t",
    "tensor_split",
    "tile",
    "unbind",
    "vsplit",
    "vstack",
]
