"""Activations as layers. `inplace` is there for programs of PyTorch's and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from .. import _C
from .native import NativeModule


class _Activation(NativeModule):
    """What the activations share: their text."""

    _shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The options."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)


class CELU(_Activation):
    """max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) (Barron 2017)."""

    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha
        self._adopt(_C.celu_create(alpha))


class ELU(_Activation):
    """x where x > 0, else alpha (e^x - 1) (Clevert et al. 2016)."""

    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha
        self._adopt(_C.elu_create(alpha))


class GELU(_Activation):
    """x times the normal distribution at x, exactly or, with `approximate` 'tanh', by way of tanh."""

    _shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate
        self._adopt(_C.gelu_create(approximate))


class GLU(_Activation):
    """a sigmoid(b), a and b the halves of x along `dim` (Dauphin et al. 2017)."""

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim
        self._adopt(_C.glu_create(dim))


class Hardshrink(_Activation):
    """x where |x| > lambda, else 0."""

    _shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd
        self._adopt(_C.hardshrink_create(lambd))


class Hardsigmoid(_Activation):
    """x / 6 + 1/2, at least 0 and at most 1."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.hardsigmoid_create())


class Hardswish(_Activation):
    """x hardsigmoid(x) (Howard et al. 2019)."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.hardswish_create())


class Hardtanh(_Activation):
    """x, at least `min_val` and at most `max_val`."""

    _shown = (
        "min_val",
        "max_val",
    )

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        self.min_val = min_val
        self.max_val = max_val
        self._adopt(_C.hardtanh_create(min_val, max_val))


class LeakyReLU(_Activation):
    """x where x > 0, else slope x (Maas et al. 2013)."""

    _shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope = negative_slope
        self._adopt(_C.leaky_relu_create(negative_slope))


class Mish(_Activation):
    """x tanh(softplus(x)) (Misra 2019)."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.mish_create())


class ReLU6(_Activation):
    """max(x, 0), at most 6."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.relu6_create())


class RReLU(_Activation):
    """x where x > 0, else a x: in training with an a for each element, uniform in [lower, upper),
    outside with their mean (Xu et al. 2015).
    """

    _shown = (
        "lower",
        "upper",
    )

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        self.lower = lower
        self.upper = upper
        self._adopt(_C.rrelu_create(lower, upper))


class SELU(_Activation):
    """1.0507 (max(x, 0) + min(0, 1.6733 (e^x - 1))) (Klambauer et al. 2017)."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.selu_create())


class SiLU(_Activation):
    """x sigmoid(x), also known as swish (Elfwing et al. 2018)."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.silu_create())


class Softplus(_Activation):
    """log(1 + e^(beta x)) / beta; x where beta x > threshold."""

    _shown = (
        "beta",
        "threshold",
    )

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold
        self._adopt(_C.softplus_create(beta, threshold))


class Softshrink(_Activation):
    """x - lambda where x > lambda, x + lambda where x < -lambda, else 0."""

    _shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd
        self._adopt(_C.softshrink_create(lambd))


class Softsign(_Activation):
    """x / (1 + |x|)."""

    def __init__(self) -> None:
        self._adopt(_C.softsign_create())


class Tanhshrink(_Activation):
    """x - tanh(x)."""

    def __init__(self) -> None:
        self._adopt(_C.tanhshrink_create())


class Threshold(_Activation):
    """x where x > threshold, else value."""

    _shown = (
        "threshold",
        "value",
    )

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        self.threshold = threshold
        self.value = value
        self._adopt(_C.threshold_create(threshold, value))


class ReLU(_Activation):
    """max(x, 0)."""

    def __init__(self, inplace: bool = False) -> None:
        self._adopt(_C.relu_create())


class Sigmoid(_Activation):
    """1 / (1 + exp(-x))."""

    def __init__(self) -> None:
        self._adopt(_C.sigmoid_create())


class Tanh(_Activation):
    """tanh(x)."""

    def __init__(self) -> None:
        self._adopt(_C.tanh_create())


class LogSigmoid(_Activation):
    """The logarithm of sigmoid(x)."""

    def __init__(self) -> None:
        self._adopt(_C.log_sigmoid_create())


class PReLU(_Activation):
    """x where x > 0, else `weight` x: one weight, or one for each channel of [N, C, ...]."""

    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: _C.dtype | None = None) -> None:
        self.num_parameters = num_parameters
        self.init = init
        self._adopt(_C.prelu_create(num_parameters, init, dtype))


class _Softmax(_Activation):
    _shown = ("dim",)
    _create: Callable[..., _C.Module]
    dim: int | None = None

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim
        self._adopt(type(self)._create(dim))


class Softmax(_Softmax):
    """Shares that sum to 1 along `dim`: e^x / sum e^x."""

    _create = staticmethod(_C.softmax_create)


class Softmin(_Softmax):
    """Softmax of -x."""

    _create = staticmethod(_C.softmin_create)


class LogSoftmax(_Softmax):
    """The logarithm of softmax(x)."""

    _create = staticmethod(_C.log_softmax_create)


class Softmax2d(_Activation):
    """Softmax over the channels of images."""

    def __init__(self) -> None:
        self._adopt(_C.softmax2d_create())
