"""Data sets and mini-batches of them: tensors in memory, and HDF5 files larger than memory."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from typing import Any

from . import _C
from ._factories import arange, as_tensor
from ._samplers import (
    BatchSampler,
    BucketBatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    draw_seed,
    set_custom,
)
from ._sequences import Ragged, SequenceDataset, sequence_options
from ._splits import Subset, k_fold, random_split
from ._tensor import Tensor
from .transforms import Lambda, Transform

__all__ = [
    "BatchSampler",
    "BucketBatchSampler",
    "DataLoader",
    "HDF5Dataset",
    "Ragged",
    "RandomSampler",
    "Sampler",
    "SequenceDataset",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "k_fold",
    "random_split",
]


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

    With sequences of variable length among them (h5py's `vlen_dtype`) batches are those of a
    `SequenceDataset`, padded and with the lengths behind, and `BucketBatchSampler` knows these; the other
    arguments are that class's. Then `dataset[i]` has nothing to give: `io.read_sequences` reads all.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *names: str,
        scaled: bool | str | Sequence[str] = False,
        padding_value: float = 0.0,
        target_padding_value: float = 0.0,
        batch_first: bool = True,
        lengths: bool = True,
        mask: bool = False,
    ) -> None:
        self.path = path
        self.names = names
        chosen = names if scaled is True else [scaled] if isinstance(scaled, str) else scaled or ()
        if unknown := [name for name in chosen if name not in names]:
            raise _C.InvalidArgumentError(f"scaled names {', '.join(unknown)}, not among {', '.join(names)}")
        self._options = {
            "scaled": sum(1 << i for i, name in enumerate(names) if name in chosen),
            **sequence_options(padding_value, target_padding_value, batch_first, lengths, mask),
        }
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
        return _C.loader_open(self.path, self.names, {**options, **self._options})


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
        self._functions: list[Lambda] = []

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
            try:
                batch = _C.loader_next(self._handle)
            except BaseException:
                for function in self._functions:
                    if function.failure is not None:
                        failure, function.failure = function.failure, None
                        raise failure from None
                raise
            if batch is None:
                return
            yield batch


class DataLoader(Batches):
    """Mini-batches of a data set, each a tuple of tensors; every iteration is an epoch.

    `dataset` is a `TensorDataset`, an `HDF5Dataset`, a `SequenceDataset`, a `Subset` of one, or a sequence of
    tensors or arrays.

    With `shuffle` every epoch has its own order, which depends on `seed` and the epoch's number. Without
    a seed one is drawn from `generator`, or from the default one (`thalweg.manual_seed`). Only the first
    `limit` samples are used, if it is given. For files: half of `window_bytes` is memory inside which samples
    are shuffled, while the other half is read; `prefetch` batches are made ahead on a thread of the loader's
    own, with 0 there is none. Neither that nor the number of threads changes the order.

    `sampler` says instead which samples an epoch has, `batch_sampler` also in which batches: samplers of this
    module, or any iterables of numbers, or of lists of them.

    `transform` changes the first array of a batch, `target_transform` the second, and before them
    `transforms` all arrays alike (see thalweg.transforms; also functions of a batch). With `augment=False`,
    for evaluation, what is random is left out.
    """

    def __init__(
        self,
        dataset: TensorDataset | HDF5Dataset | SequenceDataset | Subset | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: Sampler | Iterable[int] | None = None,
        batch_sampler: BatchSampler | BucketBatchSampler | Iterable[Sequence[int]] | None = None,
        drop_last: bool = False,
        generator: _C.Generator | None = None,
        seed: int | None = None,
        limit: int | None = None,
        window_bytes: int = 64 << 20,
        prefetch: int = 2,
        transform: Transform | Callable[..., Any] | None = None,
        target_transform: Transform | Callable[..., Any] | None = None,
        transforms: Transform | Callable[..., Any] | None = None,
        augment: bool = True,
    ) -> None:
        if not hasattr(dataset, "_open"):
            dataset = TensorDataset(*dataset)
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError("DataLoader: a batch_sampler leaves no choice of batch_size, shuffle, sampler")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: a sampler leaves no choice of shuffle")
        self.dataset, self.sampler, self.batch_sampler = dataset, sampler, batch_sampler
        if isinstance(batch_sampler, BatchSampler):
            sampler, batch_size, drop_last = (
                batch_sampler.sampler,
                batch_sampler.batch_size,
                batch_sampler.drop_last,
            )
            batch_sampler = None
        elif isinstance(batch_sampler, BucketBatchSampler):
            batch_size, shuffle, drop_last = (
                batch_sampler.batch_size,
                batch_sampler.shuffle,
                batch_sampler.drop_last,
            )
        known = sampler.options() if isinstance(sampler, Sampler) else None
        shuffle = (known or {}).get("shuffle", shuffle)
        generator = (
            getattr(sampler, "generator", None) or getattr(batch_sampler, "generator", None) or generator
        )
        if seed is None:
            is_random = shuffle or sampler is not None or transform or target_transform or transforms
            seed = draw_seed(generator) if is_random else 0
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
        if isinstance(sampler, SubsetRandomSampler):
            super().__init__(Subset(dataset, sampler.indices)._open(options))
        else:
            super().__init__(dataset._open(options))
        if isinstance(batch_sampler, BucketBatchSampler):
            batch_sampler.set_up(self._handle)
        elif known is not None:
            sampler.set_up(self._handle)
        elif sampler is not None or batch_sampler is not None:
            set_custom(self._handle, sampler, batch_sampler)
        self._custom = sampler if known is None and sampler is not None else batch_sampler
        for chosen, arrays in ((transforms, 2**64 - 1), (transform, 1), (target_transform, 2)):
            if chosen is not None:
                change = chosen if isinstance(chosen, Transform) else Lambda(chosen)
                self._functions += change.add_to(self._handle, arrays)
        if self._functions:
            _calling.add(self)
        self._augment = augment
        if not augment:
            self.augment = False

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        count = _C.loader_batch_count(self._handle)
        if count > 0 or self._custom is None or not hasattr(self._custom, "__len__"):
            return count
        return len(
            self._custom
            if self.batch_sampler is self._custom
            else BatchSampler(self._custom, self.batch_size, self.drop_last)
        )

    @property
    def augment(self) -> bool:
        """Whether random transforms are done, from the next epoch on."""
        return self._augment

    @augment.setter
    def augment(self, value: bool) -> None:
        _C.loader_set_augmenting(self._handle, value)
        self._augment = value

    def statistics(self, array: int = 0, dim: int = 1) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of an array of the batches, one number for each place along `dim`.

        They are float64, for `transforms.Normalize`: dim 1 is that of channels, or of flat samples' features.
        One pass over the data, as the loader's transforms leave it, without augmentation; then the loader is
        where it was. The deviation is that of the samples (by n), and 1 where it would be 0.
        """
        return _C.loader_statistics(self._handle, array, dim)


# Loaders that call Python on threads of their own: these must be still before the interpreter ends.
_calling: weakref.WeakSet[DataLoader] = weakref.WeakSet()


@atexit.register
def _pause() -> None:
    for loader in _calling:
        _C.loader_pause(loader._handle)
