"""Data sets and mini-batches of them: tensors in memory, and HDF5 files larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any

from . import _C
from ._factories import arange, as_tensor, rand
from ._tensor import Tensor

__all__ = ["DataLoader", "HDF5Dataset", "TensorDataset"]


class TensorDataset:
    """Samples that lie in memory: tensors or arrays, in step along their first dimension."""

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(as_tensor(tensor) for tensor in tensors)
        self._length = _C.loader_sample_count(self._open({}))

    def __len__(self) -> int:
        """The number of samples."""
        return self._length

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        """A sample, or with a slice several: a part of each tensor."""
        return tuple(tensor[index] for tensor in self.tensors)

    def _open(self, options: dict[str, Any]) -> _C.Loader:
        return _C.loader_from_tensors(self.tensors, options)


class HDF5Dataset:
    """Samples of data sets in an HDF5 file, in step along their first dimension.

    `dataset[i]`, a slice or integers of any order read just those samples: a part of each data set. Chunks
    that were decoded for that are kept, up to 32 MiB in all.

    `scaled` names those that come as float32: value * scale + offset, which are attributes of the data set;
    where it has neither, uint8 is divided by 255. True: all. The others keep their dtypes, as in `io.read`.
    """

    def __init__(
        self, path: str | PathLike[str], *names: str, scaled: bool | str | Sequence[str] = False
    ) -> None:
        self.path = path
        self.names = names
        chosen = names if scaled is True else [scaled] if isinstance(scaled, str) else scaled or ()
        if unknown := [name for name in chosen if name not in names]:
            raise _C.InvalidArgumentError(f"scaled names {', '.join(unknown)}, not among {', '.join(names)}")
        self._scaled = sum(1 << i for i, name in enumerate(names) if name in chosen)
        self._samples = self._open({})
        self._length = _C.loader_sample_count(self._samples)

    def __len__(self) -> int:
        """The number of samples."""
        return self._length

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        """A sample, or with a slice or several numbers a batch of them."""
        if isinstance(index, int):
            return tuple(tensor[0] for tensor in self[[index]])
        return _C.loader_samples(self._samples, _numbers(index, self._length))

    def _open(self, options: dict[str, Any]) -> _C.Loader:
        return _C.loader_open(self.path, self.names, {**options, "scaled": self._scaled})


def _numbers(index: Any, length: int) -> Tensor:
    if isinstance(index, slice):
        index = range(*index.indices(length))
    if isinstance(index, range):
        return arange(index.start, index.stop, index.step, dtype=_C.int64)
    numbers = as_tensor(index)
    if numbers.numel() == 0:
        return numbers.to(_C.int64).reshape(0)
    below = numbers < 0
    return numbers + below.to(numbers.dtype) * length if below.any().item() else numbers


class Batches:
    """What loaders have in common: every iteration is an epoch of tuples of tensors."""

    def __init__(self, handle: _C.Loader) -> None:
        self._handle = handle
        self._epoch: int | None = None
        self._iterations = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return _C.loader_batch_count(self._handle)

    def set_epoch(self, epoch: int) -> None:
        """Makes the next iteration the epoch of that number; the one after it has the next."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """The batches of the next epoch; after a checkpoint was loaded, those that are left of its epoch.

        An iteration that was not finished cannot be continued then.
        """
        if self._epoch is None:
            _C.loader_start_next_epoch(self._handle)
        else:
            _C.loader_start_epoch(self._handle, self._epoch)
            self._epoch = None
        self._iterations += 1
        return self._batches(self._iterations)

    def _batches(self, iteration: int) -> Iterator[tuple[Tensor, ...]]:
        while True:
            if iteration != self._iterations:
                raise _C.InvalidArgumentError(
                    f"{type(self).__name__}: a later iteration has begun; this one is over"
                )
            batch = _C.loader_next(self._handle)
            if batch is None:
                return
            yield batch


class DataLoader(Batches):
    """Mini-batches of a data set, each a tuple of tensors; every iteration is an epoch.

    `dataset` is a `TensorDataset`, an `HDF5Dataset`, or a sequence of tensors or arrays.

    With `shuffle` every epoch has its own order, which depends on `seed` and the epoch's number. Without
    a seed one is drawn from `generator`, or from the default one (`thalweg.manual_seed`). Only the first
    `limit` samples are used, if it is given. For files: half of `window_bytes` is memory inside which samples
    are shuffled, while the other half is read; `prefetch` batches are made ahead on a thread of the loader's
    own, with 0 there is none. Neither that nor the number of threads changes the order.
    """

    def __init__(
        self,
        dataset: TensorDataset | HDF5Dataset | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        generator: _C.Generator | None = None,
        seed: int | None = None,
        limit: int | None = None,
        window_bytes: int = 64 << 20,
        prefetch: int = 2,
    ) -> None:
        if not isinstance(dataset, TensorDataset | HDF5Dataset):
            dataset = TensorDataset(*dataset)
        if seed is None:
            seed = _draw(generator) if shuffle else 0
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        options = {
            "batch_size": batch_size,
            "shuffle": shuffle,
            "seed": seed,
            "drop_last": drop_last,
            "limit": limit or 0,
            "window_bytes": window_bytes,
            "prefetch": prefetch,
        }
        super().__init__(dataset._open(options))


def _draw(generator: _C.Generator | None) -> int:
    high, low = rand(2, dtype=_C.float64, generator=generator).tolist()
    return int(high * 2**32) << 32 | int(low * 2**32)
