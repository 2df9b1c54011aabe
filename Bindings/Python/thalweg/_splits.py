"""Parts of data sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import _C
from ._factories import as_tensor
from ._samplers import _numbers
from ._tensor import Tensor


class Subset:
    """Samples of a data set, by their numbers."""

    def __init__(self, dataset: Any, indices: Sequence[int] | Tensor) -> None:
        self.dataset = dataset
        self.indices = _numbers(indices)
        self._open({})  # says what is wrong with the numbers

    def __len__(self) -> int:
        """The number of samples."""
        return self.indices.shape[0]

    def __getitem__(self, index: Any) -> Any:
        """A sample, or with a slice several."""
        return self.dataset[self.indices[index] if isinstance(index, slice) else int(self.indices[index])]

    def _open(self, options: dict[str, Any]) -> _C.Loader:
        root, indices = self.dataset, self.indices
        while isinstance(root, Subset):
            root, indices = root.dataset, root.indices.index_select(0, indices)
        loader = root._open(options)
        _C.loader_set_subset(loader, indices)
        return loader


def random_split(
    dataset: Any,
    lengths: Sequence[float],
    generator: _C.Generator | None = None,
    *,
    stratify: Any = None,
) -> list[Subset]:
    """Parts of a data set, drawn at random: of these sizes, whose sum is its length, or these shares of it.

    With `stratify`, integers with one for each sample, such as its class, each part has every class in its
    share. Each part is in the data's order.
    """
    count = len(dataset)
    if all(isinstance(length, int) for length in lengths):
        sizes = [int(length) for length in lengths]
        if sum(sizes) != count:
            raise ValueError(f"random_split: the lengths sum up to {sum(sizes)}; there are {count} samples")
    else:
        sizes = _C.split_sizes(count, [float(length) for length in lengths])
        if sum(sizes) != count:
            raise ValueError(f"random_split: the shares sum up to {sum(lengths)}; the sum must be 1")
    parts = _C.random_split(count, sizes, _labels(stratify), generator)
    return [Subset(dataset, part) for part in parts]


def k_fold(
    dataset: Any, folds: int, generator: _C.Generator | None = None, *, stratify: Any = None
) -> Iterator[tuple[Subset, Subset]]:
    """Pairs of training and validation parts: each sample is in one of `folds` validation parts.

    `stratify` as in `random_split`.
    """
    training, validation = _C.k_fold(len(dataset), folds, _labels(stratify), generator)
    return ((Subset(dataset, a), Subset(dataset, b)) for a, b in zip(training, validation, strict=True))


def _labels(labels: Any) -> Tensor | None:
    return None if labels is None else as_tensor(labels)
