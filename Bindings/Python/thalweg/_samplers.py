"""Which samples an epoch has, in which order, in which batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

from . import _C
from ._factories import as_tensor, rand, randint, randperm
from ._tensor import Tensor


def draw_seed(generator: _C.Generator | None) -> int:
    """64 random bits, for a loader."""
    high, low = rand(2, dtype=_C.float64, generator=generator).tolist()
    return int(high * 2**32) << 32 | int(low * 2**32)


class Sampler:
    """Base of the samplers: iterables of samples' numbers. A loader takes any iterable for one.

    The engine does what it knows by itself. Of others a list is made at the beginning of each epoch, after
    their `set_epoch(epoch)`, if they have one, was called; if that decides what they give, training that goes
    on from a checkpoint sees the same samples.
    """

    generator: _C.Generator | None = None

    def options(self) -> dict[str, Any] | None:
        """How a loader is opened for this sampler; None: it is asked for lists."""
        return None

    def set_up(self, loader: _C.Loader) -> None:
        """Sets the sampler of a loader that was opened with `options`."""

    def __iter__(self) -> Iterator[int]:
        """The numbers of an epoch's samples."""
        raise NotImplementedError

    def __len__(self) -> int:
        """The number of samples in an epoch."""
        raise NotImplementedError


class SequentialSampler(Sampler):
    """All samples in order."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def options(self) -> dict[str, Any] | None:
        """Nothing to say."""
        return {}

    def __iter__(self) -> Iterator[int]:
        """0, 1, 2 ..."""
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.data_source)


class RandomSampler(Sampler):
    """Samples in random order: each once or, with replacement, so many at random."""

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: _C.Generator | None = None,
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self.num_samples = len(data_source) if num_samples is None else num_samples
        if self.num_samples < 1 or (not replacement and self.num_samples > len(data_source)):
            raise _C.InvalidArgumentError(
                f"RandomSampler: {self.num_samples} samples of {len(data_source)}; from 1 to as many are "
                "possible, with replacement also more"
            )

    def options(self) -> dict[str, Any] | None:
        """A loader's own shuffling, or equal weights."""
        return {"shuffle": not self._is_weighted}

    @property
    def _is_weighted(self) -> bool:
        return self.replacement or self.num_samples != len(self.data_source)

    def set_up(self, loader: _C.Loader) -> None:
        """Sets equal weights where there is more to do than shuffling."""
        if self._is_weighted:
            weights = _C.ones(len(self.data_source), dtype=_C.float64)
            _C.loader_set_weights(loader, weights, self.num_samples, self.replacement)

    def __iter__(self) -> Iterator[int]:
        """An epoch of the generator's."""
        count = len(self.data_source)
        if self.replacement:
            return iter(randint(0, count, (self.num_samples,), generator=self.generator).tolist())
        return iter(randperm(count, generator=self.generator).tolist()[: self.num_samples])

    def __len__(self) -> int:
        """The number of samples in an epoch."""
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The samples of a list in random order."""

    def __init__(self, indices: Sequence[int] | Tensor, generator: _C.Generator | None = None) -> None:
        self.indices = _numbers(indices)
        self.generator = generator

    def options(self) -> dict[str, Any] | None:
        """A loader's own shuffling."""
        return {"shuffle": True}

    def __iter__(self) -> Iterator[int]:
        """An epoch of the generator's."""
        order = randperm(len(self), generator=self.generator)
        return iter(self.indices.index_select(0, order).tolist())

    def __len__(self) -> int:
        """The number of samples."""
        return self.indices.shape[0]


class WeightedRandomSampler(Sampler):
    """Samples by chance, in proportion to their weights, `num_samples` an epoch."""

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        generator: _C.Generator | None = None,
    ) -> None:
        self.weights = as_tensor(weights, _C.float64)
        if num_samples < 1:
            raise _C.InvalidArgumentError(f"WeightedRandomSampler: num_samples is {num_samples}; at least 1")
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def options(self) -> dict[str, Any] | None:
        """Nothing to say."""
        return {}

    def set_up(self, loader: _C.Loader) -> None:
        """Sets the weights."""
        _C.loader_set_weights(loader, self.weights, self.num_samples, self.replacement)

    def __iter__(self) -> Iterator[int]:
        """An epoch of the generator's."""
        drawn = self.weights.multinomial(self.num_samples, self.replacement, generator=self.generator)
        return iter(drawn.tolist())

    def __len__(self) -> int:
        """The number of samples in an epoch."""
        return self.num_samples


class BatchSampler:
    """The samples of a sampler in batches."""

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last
        if batch_size < 1:
            raise _C.InvalidArgumentError(f"BatchSampler: batch_size is {batch_size}; it must be at least 1")

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of an epoch."""
        batch: list[int] = []
        for number in self.sampler:
            batch.append(number)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size + (0 if self.drop_last or count % self.batch_size == 0 else 1)


class BucketBatchSampler:
    """Batches of samples of like lengths.

    An epoch, in random order unless `shuffle` is False, is cut into pools of `pool` samples (None: one), each
    sorted by length and cut into batches: of `batch_size` samples, or, with `max_tokens`, of as many as keep
    samples times the longest within it. The order of the batches is random again. `lengths` has one for each
    sample; None: those of a `SequenceDataset`.
    """

    def __init__(
        self,
        lengths: Any = None,
        batch_size: int = 1,
        *,
        max_tokens: int | None = None,
        pool: int | None = None,
        shuffle: bool = True,
        drop_last: bool = False,
        generator: _C.Generator | None = None,
    ) -> None:
        self.lengths = None if lengths is None else _numbers(lengths)
        self.batch_size, self.max_tokens, self.pool = batch_size, max_tokens, pool
        self.shuffle, self.drop_last, self.generator = shuffle, drop_last, generator
        if max_tokens is not None and max_tokens < 1:
            raise _C.InvalidArgumentError(f"BucketBatchSampler: max_tokens is {max_tokens}; at least 1")

    def set_up(self, loader: _C.Loader) -> None:
        """Sets the buckets."""
        _C.loader_set_buckets(loader, self.lengths, self.pool or 0, self.max_tokens or 0)


def set_custom(
    loader: _C.Loader, sampler: Iterable[int] | None, batch_sampler: Iterable[Sequence[int]] | None
) -> None:
    """A loader that asks Python for each epoch's samples."""

    def epoch_of(epoch: int) -> tuple[Tensor, Tensor | None]:
        source: Any = sampler if batch_sampler is None else batch_sampler
        if hasattr(source, "set_epoch"):
            source.set_epoch(epoch)
        if batch_sampler is None:
            return _numbers(list(source)), None
        batches = [list(batch) for batch in source]
        numbers = _numbers([number for batch in batches for number in batch])
        return numbers, _numbers([len(batch) for batch in batches])

    _C.loader_set_sampler(loader, epoch_of)


def _numbers(values: Any) -> Tensor:
    if not isinstance(values, Tensor) and not hasattr(values, "__array_interface__"):
        values = [int(value) for value in values]
        return as_tensor(values, _C.int64) if values else _C.empty(0, dtype=_C.int64)
    return as_tensor(values).to(_C.int64)
