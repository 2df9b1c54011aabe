"""What loaders do to their batches: torchvision's `transforms.v2` by name, for batches, in the engine.

A transform is handed to a loader (`thalweg.data.DataLoader`), which applies it where batches are made, on its
own thread if it has one. Random ones draw for each sample; the numbers depend on the loader's seed, the epoch
and the sample's place in it alone. A transform can be called, too: with a batch, or several arrays in step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import _C
from ._factories import as_tensor, rand
from ._tensor import Tensor

__all__ = [
    "Compose",
    "Lambda",
    "Normalize",
    "OneHot",
    "RandomAffine",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "Scale",
    "ToDtype",
    "Transform",
]


_MODES = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}


class Transform:
    """Base of all transforms."""

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it to a loader, for the arrays of a batch whose bits are set; the functions that it calls."""
        raise NotImplementedError

    def __call__(self, *batch: Any) -> Any:
        """Batches transformed as a loader would: [n, ...], as many and in step."""
        tensors = [as_tensor(array) for array in batch]
        seed = int(rand(1, dtype=_C.float64).item() * 2**53)
        options = {"batch_size": max(tensors[0].shape[0], 1) if tensors else 1, "seed": seed}
        loader = _C.loader_from_tensors(tensors, options)
        self.add_to(loader, (1 << len(tensors)) - 1)
        result = _C.loader_next(loader)
        if result is None:
            return batch if len(batch) > 1 else batch[0]
        return result if len(result) > 1 else result[0]


class Compose(Transform):
    """One after the other. Functions of a batch are taken as `Lambda`."""

    def __init__(self, transforms: Iterable[Transform | Callable[..., Any]]) -> None:
        self.transforms = [t if isinstance(t, Transform) else Lambda(t) for t in transforms]

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds them all, in order."""
        return [function for t in self.transforms for function in t.add_to(loader, arrays)]


class Normalize(Transform):
    """(x - mean) / std, a number for each place along `dim` of a batch: 1 for channels or features.

    `DataLoader.statistics` computes both.
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False, *, dim: int = 1) -> None:
        self.mean, self.std, self.dim = as_tensor(mean, _C.float64), as_tensor(std, _C.float64), dim

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_normalize(loader, arrays, self.mean, self.std, self.dim)
        return []


class Scale(Transform):
    """x * scale + offset."""

    def __init__(self, scale: float, offset: float = 0.0) -> None:
        self.scale, self.offset = scale, offset

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_scale(loader, arrays, self.scale, self.offset)
        return []


class ToDtype(Transform):
    """Another dtype; with `scale`, uint8 is divided by 255 where it becomes a float."""

    def __init__(self, dtype: _C.dtype, scale: bool = False) -> None:
        self.dtype, self.scale = dtype, scale

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_cast(loader, arrays, self.dtype, self.scale)
        return []


class OneHot(Transform):
    """Classes as rows of `num_classes` float32, 1 at the class and 0 elsewhere."""

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_one_hot(loader, arrays, self.num_classes)
        return []


class RandomHorizontalFlip(Transform):
    """Images [n, ..., height, width], each mirrored left and right with probability p."""

    _vertical = False

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_random_flip(loader, arrays, self._vertical, self.p)
        return []


class RandomVerticalFlip(RandomHorizontalFlip):
    """Images [n, ..., height, width], each mirrored up and down with probability p."""

    _vertical = True


class RandomCrop(Transform):
    """Of images [n, ..., height, width] a part of this size at a random place, after padding.

    `padding` is one number, two (left and right, top and bottom) or four (left, top, right, bottom);
    `padding_mode` "constant" (`fill`), "edge" or "reflect". A loader that does not augment gives the centre.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0.0,
        padding_mode: str = "constant",
    ) -> None:
        if pad_if_needed or padding_mode not in _MODES:
            raise _C.InvalidArgumentError(
                f"RandomCrop: pad_if_needed and padding_mode {padding_mode!r}: without the first, and "
                f"{', '.join(_MODES)} are there"
            )
        sides = _sequence(size, "size", (1, 2))
        self.size = (sides[0], sides[-1])
        pads = _sequence(0 if padding is None else padding, "padding", (1, 2, 4))
        self.padding = tuple(pads * (4 // len(pads)))
        self.fill, self.padding_mode = fill, padding_mode

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        mode = _MODES[self.padding_mode]
        _C.loader_add_random_crop(loader, arrays, *self.size, *self.padding, mode, self.fill)
        return []


class RandomAffine(Transform):
    """Images [n, ..., height, width], each moved by whole pixels, uniformly in both directions.

    `translate` has the largest moves as shares of width and height. Degrees, which must be 0, and what
    torchvision has beside are not there.
    """

    def __init__(
        self, degrees: float = 0, translate: Sequence[float] | None = None, *, fill: float = 0.0
    ) -> None:
        if degrees != 0:
            raise _C.InvalidArgumentError(f"RandomAffine: degrees is {degrees}; there is no rotation")
        self.translate = (0.0, 0.0) if translate is None else (float(translate[0]), float(translate[1]))
        self.fill = fill

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        _C.loader_add_random_shift(loader, arrays, *self.translate, self.fill)
        return []


class Lambda(Transform):
    """A function of a batch [n, ...] that returns another with the same samples.

    If it is `random` it gets a `thalweg.Generator` as its second argument, whose numbers depend on the
    loader's seed and place alone, and it is left out where the loader does not augment. A loader of a file
    calls it on its own thread.
    """

    def __init__(self, lambd: Callable[..., Any], *, random: bool = False) -> None:
        if not callable(lambd):
            raise TypeError(f"Lambda: {lambd!r} cannot be called")
        self.lambd, self.random = lambd, random
        # Raised where the batch was waited for; the engine may call on a thread of its own.
        self.failure: BaseException | None = None

    def add_to(self, loader: _C.Loader, arrays: int) -> list[Lambda]:
        """Adds it."""
        # A loader's own: what went wrong there is no other's.
        own = Lambda(self.lambd, random=self.random)
        own._arrays = arrays
        _C.loader_add_callback(loader, self.random, own._change)
        return [own]

    _arrays = 0

    def _change(self, batch: tuple[Tensor, ...], seed: int) -> list[Tensor | None]:
        try:
            random = (_C.generator_create(seed),) if self.random else ()
            return [
                as_tensor(self.lambd(array, *random)) if self._arrays >> i & 1 else None
                for i, array in enumerate(batch)
            ]
        except BaseException as error:
            self.failure = error
            raise


def _sequence(value: int | Sequence[int], name: str, lengths: tuple[int, ...]) -> list[int]:
    numbers = [value] if isinstance(value, int) else [int(number) for number in value]
    if len(numbers) not in lengths:
        raise _C.InvalidArgumentError(f"RandomCrop: {name} {value!r} has {len(numbers)} numbers")
    return numbers
