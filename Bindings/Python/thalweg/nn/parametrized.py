"""The modules of which `nn.utils.parametrize` makes parameters that are computed."""

from __future__ import annotations

from typing import Any

from .. import _C
from .native import NativeModule, native


class ParametrizedTensor(NativeModule):
    """Computes a parameter of a layer from `original`, or `original0` and `original1`, by its children."""

    @native
    def forward(self, *args: Any) -> Any:
        """The parameter's value is the layer's attribute; this module computes nothing by itself."""
        raise NotImplementedError("the value is an attribute of the layer that it belongs to")

    def __len__(self) -> int:
        """The number of steps."""
        return sum(1 for _ in self.children())

    def __getitem__(self, index: int) -> Any:
        """A step."""
        return list(self.children())[index]


class SpectralNorm(NativeModule):
    """A weight over its largest singular value, which the power iteration estimates."""

    def extra_repr(self) -> str:
        """The options."""
        return f"n_power_iterations={self.n_power_iterations}, eps={self.eps}, dim={self.dim}"


class WeightNorm(NativeModule):
    """A weight with its length and direction apart."""

    dim: int | None = None

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


def adopt(module: Any, name: str, step: Any = None) -> None:
    """Takes over that the engine computes the parameter `name` of a module from now on, perhaps by `step`."""
    from .faces import _face_of

    original = module._members.pop(name)
    known = {} if step is None else {step._handle: step}
    before = module._members.get("parametrizations")
    for other in before.children() if before is not None else ():
        known |= {below._handle: below for below in other.modules()}
    engine = module._handle
    children = dict(_C.module_child_at(engine, i) for i in range(_C.module_child_count(engine)))
    face = _face_of(children["parametrizations"], known)
    module._members["parametrizations"] = face
    computed = face._members[name]
    if computed._members.get("original") is not None:
        computed._members["original"] = original  # the object that an optimiser may know
