"""The class Tensor: what the extension's TensorBase leaves to Python."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import _C, _decompositions, _indexing, _ordering, _products, _reductions, _views

if TYPE_CHECKING:
    import numpy

_CPU = 1  # DLPack's device type


class Tensor(_C.TensorBase):
    """An n-dimensional array, perhaps part of a graph of derivatives.

    `thalweg.tensor` and its relatives make tensors; `Tensor(other)` is one more face of the same tensor.
    """

    __slots__ = ()
    __array_priority__ = 1000  # NumPy leaves arithmetic with tensors to them

    # -- Shape --------------------------------------------------------------------------------------------

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of dimension `dim`."""
        return self.shape if dim is None else self.shape[dim]

    def view(self, *shape: Any) -> Tensor:
        """The same elements and memory in another shape; an error where that takes a copy (`reshape`)."""
        if len(shape) == 1 and isinstance(shape[0], _C.dtype):
            raise TypeError("view(dtype) is not supported; use to(dtype) to convert the elements")
        return _C.view(self, *shape)

    def view_as(self, other: Tensor) -> Tensor:
        """The same elements and memory in the shape of `other`."""
        return self.view(other.shape)

    def reshape_as(self, other: Tensor) -> Tensor:
        """The same elements in the shape of `other`."""
        return self.reshape(other.shape)

    @property
    def mT(self) -> Tensor:
        """A view with the last two dimensions exchanged."""
        return self.transpose(-2, -1)

    @property
    def mH(self) -> Tensor:
        """As `mT`."""
        return self.mT

    @property
    def H(self) -> Tensor:
        """The transposed matrix, as a view."""
        if self.ndim not in (0, 2):
            raise _C.ShapeError(f"H: the tensor has {self.ndim} dimensions; a matrix is expected")
        return self.T

    adjoint = _views.adjoint
    broadcast_to = _views.broadcast_to
    chunk = _views.chunk
    dsplit = _views.dsplit
    expand_as = _views.expand_as
    fliplr = _views.fliplr
    flipud = _views.flipud
    hsplit = _views.hsplit
    moveaxis = _views.moveaxis
    narrow = _views.narrow
    ravel = _views.ravel
    repeat_interleave = _views.repeat_interleave
    rot90 = _views.rot90
    split = _views.split
    split_with_sizes = _views.split_with_sizes
    swapaxes = _views.swapaxes
    swapdims = _views.swapdims
    t = _views.t
    tensor_split = _views.tensor_split
    tile = _views.tile
    unbind = _views.unbind
    vsplit = _views.vsplit

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.numel() * self.itemsize

    def element_size(self) -> int:
        """Bytes an element."""
        return self.itemsize

    def nelement(self) -> int:
        """The number of elements."""
        return self.numel()

    def is_floating_point(self) -> bool:
        """Whether the elements are float32 or float64."""
        return self.dtype.is_floating_point

    # -- Elements -----------------------------------------------------------------------------------------

    argwhere = _indexing.argwhere
    gather = _indexing.gather
    index_add_ = _indexing.index_add_
    index_copy_ = _indexing.index_copy_
    index_fill = _indexing.index_fill
    index_fill_ = _indexing.index_fill_
    index_put_ = _indexing.index_put_
    masked_fill = _indexing.masked_fill
    masked_fill_ = _indexing.masked_fill_
    nonzero = _indexing.nonzero
    scatter = _indexing.scatter
    index_reduce_ = _indexing.in_place(_C.index_reduce)
    put_ = _indexing.in_place(_C.put)
    scatter_ = _indexing.scatter_
    scatter_reduce_ = _indexing.in_place(_C.scatter_reduce)
    scatter_add_ = _indexing.scatter_add_

    cholesky = _decompositions.cholesky
    det = _decompositions.det
    inverse = _decompositions.inverse
    pinverse = _decompositions.pinverse
    qr = _decompositions.qr
    slogdet = _decompositions.slogdet
    svd = _decompositions.svd

    argsort = _ordering.argsort
    cummax = _ordering.cummax
    cummin = _ordering.cummin
    kthvalue = _ordering.kthvalue
    median = _ordering.median
    mode = _ordering.mode
    msort = _ordering.msort
    nanmedian = _ordering.nanmedian
    nanquantile = _ordering.nanquantile
    quantile = _ordering.quantile
    sort = _ordering.sort
    topk = _ordering.topk
    unique = _ordering.unique
    unique_consecutive = _ordering.unique_consecutive

    cross = _views.cross
    slice_scatter = _views.slice_scatter

    ger = _products.ger
    trace = _products.trace
    vdot = _products.vdot

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """The elements where the condition is true, those of `other` elsewhere."""
        return _indexing.where(condition, self, other)

    def __iter__(self) -> Iterator[Tensor]:
        """The sub-tensors along the first dimension."""
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return (self[index] for index in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        """Whether an element equals `value`."""
        return bool((self == value).sum())

    aminmax = _reductions.aminmax
    max = _reductions.max
    min = _reductions.min
    norm = _reductions.norm
    std = _reductions.std
    var = _reductions.var

    def zero_(self) -> Tensor:
        """Sets every element to 0."""
        return self.fill_(0)

    def fill_(self, value: float) -> Tensor:
        """Sets every element to `value`."""
        _C.fill_(self, value)
        return self

    def copy_(self, source: Tensor) -> Tensor:
        """Copies the elements of `source`, broadcast and converted."""
        _C.copy_(self, source)
        return self

    abs_ = _indexing.in_place(_C.abs)
    add_ = _indexing.in_place(_C.add)
    ceil_ = _indexing.in_place(_C.ceil)
    clamp_ = _indexing.in_place(_C.clamp)
    div_ = _indexing.in_place(_C.div)
    erfinv_ = _indexing.in_place(_C.erfinv)
    exp_ = _indexing.in_place(_C.exp)
    floor_ = _indexing.in_place(_C.floor)
    log_ = _indexing.in_place(_C.log)
    mul_ = _indexing.in_place(_C.mul)
    neg_ = _indexing.in_place(_C.neg)
    pow_ = _indexing.in_place(operator.pow)
    reciprocal_ = _indexing.in_place(_C.reciprocal)
    relu_ = _indexing.in_place(_C.relu)
    round_ = _indexing.in_place(_C.round)
    sigmoid_ = _indexing.in_place(_C.sigmoid)
    sqrt_ = _indexing.in_place(_C.sqrt)
    sub_ = _indexing.in_place(_C.sub)
    tanh_ = _indexing.in_place(_C.tanh)
    tril_ = _indexing.in_place(_C.tril)
    triu_ = _indexing.in_place(_C.triu)

    def normal_(
        self, mean: float = 0.0, std: float = 1.0, *, generator: _C.Generator | None = None
    ) -> Tensor:
        """Sets the elements to normal random numbers."""
        return self.copy_(_C.randn(self.shape, dtype=self.dtype, generator=generator) * std + mean)

    def uniform_(self, a: float = 0.0, b: float = 1.0, *, generator: _C.Generator | None = None) -> Tensor:
        """Sets the elements to uniform random numbers in [a, b)."""
        return self.copy_(_C.rand(self.shape, dtype=self.dtype, generator=generator) * (b - a) + a)

    # -- Dtype --------------------------------------------------------------------------------------------

    def to(self, dtype: _C.dtype | Tensor | None = None, *, copy: bool = False) -> Tensor:
        """The elements as `dtype`, or as that of another tensor; the tensor itself if it has that dtype."""
        wanted = dtype.dtype if isinstance(dtype, Tensor) else (dtype or self.dtype)
        if wanted is self.dtype:
            return self.clone() if copy else self
        return _C.to(self, wanted)

    def type_as(self, other: Tensor) -> Tensor:
        """The elements as the dtype of `other`."""
        return self.to(other.dtype)

    def float(self) -> Tensor:
        """The elements as float32."""
        return self.to(_C.float32)

    def double(self) -> Tensor:
        """The elements as float64."""
        return self.to(_C.float64)

    def long(self) -> Tensor:
        """The elements as int64."""
        return self.to(_C.int64)

    def int(self) -> Tensor:
        """The elements as int32."""
        return self.to(_C.int32)

    def byte(self) -> Tensor:
        """The elements as uint8."""
        return self.to(_C.uint8)

    def bool(self) -> Tensor:
        """Whether the elements differ from 0."""
        return self.to(_C.bool)

    # -- Arithmetic ---------------------------------------------------------------------------------------

    def positive(self) -> Tensor:
        """The tensor itself; not for bool."""
        if self.dtype is _C.bool:
            raise _C.DTypeError("positive: the tensor is bool; numbers have signs")
        return self

    def pow(self, exponent: Tensor | float) -> Tensor:
        """The power, by a tensor or a number."""
        return self**exponent

    def logit(self, eps: float | None = None) -> Tensor:
        """The inverse of the sigmoid; of the tensor clamped to [eps, 1 - eps] if `eps` is given."""
        return _C.logit(self, -1.0 if eps is None else eps)

    def polygamma(self, n: int) -> Tensor:
        """The digamma function's derivative of order `n`."""
        return _C.polygamma(n, self)

    def nan_to_num(
        self, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None
    ) -> Tensor:
        """NaN and infinities replaced, by default by 0 and the greatest and least finite numbers."""
        if not self.is_floating_point():
            return self.clone()
        largest = 3.4028234663852886e38 if self.dtype is _C.float32 else 1.7976931348623157e308
        result = _C.where(self.isnan(), 0.0 if nan is None else nan, self)
        result = _C.where(self == float("inf"), largest if posinf is None else posinf, result)
        return _C.where(self == float("-inf"), -largest if neginf is None else neginf, result)

    def __rdiv__(self, other: float) -> Tensor:
        """`other` divided by the tensor."""
        return other / self

    # -- Derivatives --------------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Sets whether operations on this tensor are recorded."""
        self.requires_grad = requires_grad
        return self

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Calls `hook` with the gradient whenever a backward pass has computed it.

        A tensor that the hook returns takes the gradient's place.
        """
        return RemovableHandle(self, self._register_hook(hook))

    @property
    def data(self) -> Tensor:
        """The same elements outside the graph."""
        return self.detach()

    # -- Other libraries ----------------------------------------------------------------------------------

    def numpy(self) -> numpy.ndarray:
        """A NumPy array that shares the elements and keeps the tensor's memory alive."""
        import numpy

        if self.requires_grad:
            raise _C.AutogradError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return numpy.asarray(memoryview(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray:
        """What NumPy makes an array of."""
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"a copy is needed to convert {array.dtype} to {dtype}")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object:
        """A DLPack capsule that shares the elements."""
        if stream is not None:
            raise BufferError("a tensor on the CPU has no stream")
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(f"the tensor is on the CPU, not on device {dl_device}")
        if self.requires_grad:
            raise BufferError("a tensor that requires grad cannot be exported; use tensor.detach()")
        return (self.clone() if copy else self)._dlpack()

    def __dlpack_device__(self) -> tuple[int, int]:
        """The CPU."""
        return _CPU, 0

    def cpu(self) -> Tensor:
        """The tensor itself: it is on the CPU."""
        return self

    # -- Text and copies ----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """The elements, as PyTorch prints them."""
        from ._print import tensor_text

        return tensor_text(self)

    def __format__(self, specification: str) -> str:
        """A tensor of rank 0 is formatted like its number."""
        if self.ndim == 0:
            return format(self.item(), specification)
        return object.__format__(self, specification)

    def __deepcopy__(self, memo: dict) -> Tensor:
        """A tensor of its own with the same elements; leaves only."""
        if not self.is_leaf:
            raise _C.AutogradError("deepcopy: only leaves can be copied; use detach() or clone()")
        result = type(self)(self.detach().clone())
        result.requires_grad = self.requires_grad
        memo[id(self)] = result
        return result


class RemovableHandle:
    """What removes a hook: `remove()`, or the end of a `with` block."""

    def __init__(self, tensor: Tensor, hook: int) -> None:
        self._tensor = tensor
        self._hook: int | None = hook

    def remove(self) -> None:
        """Removes the hook, unless that was done before."""
        if self._hook is not None:
            _C.remove_hook(self._tensor, self._hook)
            self._hook = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


_C._set_tensor_class(Tensor)
