"""Order, quantiles and counts: functions whose arguments or results have several forms in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _C
from ._reductions import Selection

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "argsort",
    "bucketize",
    "cummax",
    "cummin",
    "histogram",
    "isin",
    "kthvalue",
    "median",
    "mode",
    "msort",
    "nanmedian",
    "nanquantile",
    "quantile",
    "searchsorted",
    "sort",
    "topk",
    "unique",
    "unique_consecutive",
]


class Histogram(NamedTuple):
    """What `histogram` returns."""

    hist: Tensor
    bin_edges: Tensor


def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Selection:
    """The elements in order along `dim`, and where they were. NaN counts as greater than all numbers.

    The order is always stable: equal elements stay in theirs.
    """
    return Selection(*_C.sort(input, dim, descending))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The indices that sort the tensor along `dim`."""
    return _C.argsort(input, dim, descending)


def msort(input: Tensor) -> Tensor:
    """The elements in ascending order along the first dimension."""
    return _C.sort(input, 0)[0]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Selection:
    """The `k` largest, or smallest, elements along `dim`, and where they were; always in order."""
    return Selection(*_C.topk(input, k, dim, largest))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Selection:
    """The `k`th smallest element along `dim`, k from 1, and its index."""
    return Selection(*_C.kthvalue(input, k, dim, keepdim))


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element, the lower one of two; along `dim` also its index. NaN if there is one."""
    return _C.median(input) if dim is None else Selection(*_C.median_along(input, dim, keepdim))


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """As `median`, of the elements that are not NaN."""
    return _C.nanmedian(input) if dim is None else Selection(*_C.nanmedian_along(input, dim, keepdim))


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Selection:
    """The most frequent element along `dim`, the smallest of several, and the last index at which it is."""
    return Selection(*_C.mode(input, dim, keepdim))


def cummax(input: Tensor, dim: int) -> Selection:
    """The largest element up to each place along `dim`, and the last index at which it was."""
    return Selection(*_C.cummax(input, dim))


def cummin(input: Tensor, dim: int) -> Selection:
    """The smallest element up to each place along `dim`, and the last index at which it was."""
    return Selection(*_C.cummin(input, dim))


def quantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The elements below which shares `q`, a number or a vector, lie along `dim`; NaN where one is.

    One between two elements is found as `interpolation` says: 'linear', 'lower', 'higher', 'midpoint' or
    'nearest'. A vector `q` makes a first dimension.
    """
    return _C.quantile(input, _share(input, q), dim, keepdim, interpolation=interpolation)


def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """As `quantile`, of the elements that are not NaN."""
    return _C.nanquantile(input, _share(input, q), dim, keepdim, interpolation=interpolation)


def _share(input: Tensor, q: float | Tensor) -> Tensor:
    return q if isinstance(q, _C.TensorBase) else _C.from_data(q, input.dtype)


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements, or parts along `dim`, in ascending order.

    With `return_inverse` also the place of each element among them, with `return_counts` how often each is.
    """
    return _parts(_C.unique(input, dim), return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """As `unique`, but only neighbours are compared, and the order stays."""
    return _parts(_C.unique_consecutive(input, dim), return_inverse, return_counts)


def _parts(result: Any, inverse: bool, counts: bool) -> Any:
    if not inverse and not counts:
        return result[0]
    return (result[0], *([result[1]] if inverse else []), *([result[2]] if counts else []))


def histogram(
    input: Tensor,
    bins: int | Tensor,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool | None = False,
) -> Histogram:
    """How many elements fall into `bins` equal intervals, or between neighbours of that vector; the edges.

    `range` is from where to where, else from the smallest element to the largest. `weight` says what each
    element counts. With `density` the counts are divided by their sum and the intervals' length.
    """
    density = bool(density)
    if isinstance(bins, _C.TensorBase):
        return Histogram(*_C.histogram_between(input, bins, weight, density))
    low, high = range or (0.0, 0.0)
    return Histogram(*_C.histogram(input, bins, low, high, weight, density))


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where `input` would be inserted along the last dimension of a sorted sequence to keep the order.

    Before equal elements (`side` 'left'), or with `right` or `side` 'right' behind them. `sorter` sorts a
    sequence that is not sorted.
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise _C.InvalidArgumentError(f"searchsorted: side is {side!r} and right {right}; they must agree")
    values = input if isinstance(input, _C.TensorBase) else _C.from_data(input, sorted_sequence.dtype)
    result = _C.searchsorted(sorted_sequence, values, right or side == "right", sorter)
    return result.int() if out_int32 else result


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """In which interval between sorted boundaries, a vector, each element lies."""
    if boundaries.ndim != 1:
        raise _C.ShapeError(f"bucketize: boundaries of shape {boundaries.shape}; a vector is needed")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is, or with `invert` is not, among `test_elements`."""
    both = [x if isinstance(x, _C.TensorBase) else _C.from_data(x) for x in (elements, test_elements)]
    return _C.isin(*both, invert)
