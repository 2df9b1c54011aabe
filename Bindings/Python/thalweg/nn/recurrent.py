"""Recurrent layers and cells."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import _C
from .._tensor import Tensor
from .native import NativeModule, native
from .utils.rnn import PackedSequence, pack_as, unpack

_NONLINEARITIES = ("tanh", "relu", "sigmoid")


class GradientNorms(NamedTuple):
    """How large the gradient of the loss is at every step: [layers * directions, T]."""

    hidden: Tensor
    cell: Tensor | None  # of an LSTM


class _Recurring(NativeModule):
    """What layers and cells share."""

    _has_cell = False
    _state_names = "h_0"
    peephole = False
    reset_after = True

    def _options(self, **options: Any) -> dict[str, Any]:
        """What a constructor of the engine takes, without what was not given."""
        given = {name: value for name, value in options.items() if value is not None}
        if "nonlinearity" in given:
            if given["nonlinearity"] not in _NONLINEARITIES:
                words = ", ".join(repr(word) for word in _NONLINEARITIES)
                raise ValueError(
                    f"{type(self).__name__}: the nonlinearity is {given['nonlinearity']!r}; it must be "
                    f"one of {words}"
                )
            given["nonlinearity"] = _NONLINEARITIES.index(given["nonlinearity"])
        return given

    def _split(self, hx: Any) -> tuple[Tensor | None, Tensor | None]:
        """The h and c of a state as PyTorch passes it."""
        if hx is None:
            return None, None
        if not self._has_cell:
            return hx, None
        if not isinstance(hx, (tuple, list)) or len(hx) != 2:
            raise TypeError(f"{type(self).__name__}: the state must be a pair (h, c)")
        return hx[0], hx[1]

    @property
    def stateful(self) -> bool:
        """Whether a call without a state begins where the call before ended."""
        return _C.recurrent_stateful(self._native) != 0

    @stateful.setter
    def stateful(self, value: bool) -> None:
        _C.module_set_stateful(self._native, int(value))

    @property
    def state(self) -> Any:
        """The state that is kept between calls, as a call takes it; None for zeros. For stateful modules."""
        h, c = _C.recurrent_state(self._native)
        return None if h is None else (h, c) if self._has_cell else h

    @state.setter
    def state(self, hx: Any) -> None:
        _C.recurrent_set_state(self._native, *self._split(hx))


class _Recurrent(_Recurring):
    """What the layers share.

    `output, h_n = layer(input, h_0)`; an LSTM's state is a pair `(h, c)`. `input` is [T, B, input_size], with
    `batch_first` [B, T, input_size], or [T, input_size]; or a PackedSequence. In a Sequential a layer gives
    its output alone; with `return_sequences=False`, the top layer's last state [B, directions * H].

    Beside PyTorch's arguments there are, in a call, `lengths` (a list or tensor [B]) or `mask` ([B, T], true
    at the steps of a sequence): sequences end there, outputs behind are zeros and `h_n` is that of each
    sequence's own end; and `return_gates`, for a third result: the gates at all steps, [layers * directions,
    T, B, gates * H], of an LSTM a pair with c at all steps.
    """

    proj_size = 0
    num_layers = 1
    bias = True
    batch_first = False
    dropout = 0.0
    bidirectional = False
    return_sequences = True
    mask_zero = False

    def _make(self, create: Any, sizes: tuple[int, int], dtype: _C.dtype | None, **options: Any) -> None:
        self.input_size, self.hidden_size = sizes
        for name, value in options.items():
            if name != "forget_bias":
                setattr(self, name, value)
        if options["dropout"] and options["num_layers"] == 1:
            warnings.warn(
                f"{type(self).__name__}: dropout is between layers, and there is one; it does nothing",
                stacklevel=3,
            )
        self._adopt(create(*sizes, self._options(dtype=dtype, **options)))

    @native
    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: Any = None,
        *,
        lengths: Tensor | Sequence[int] | None = None,
        mask: Tensor | None = None,
        return_gates: bool = False,
    ) -> Any:
        """Computes output and final state."""
        if isinstance(input, PackedSequence):
            if lengths is not None or mask is not None:
                raise ValueError(f"{type(self).__name__}: a PackedSequence has its lengths in it")
            x, ends = unpack(input, self.batch_first)
            output, *rest = self._run(x, hx, ends, return_gates)
            return (pack_as(input, output, self.batch_first), *rest)
        if mask is not None:
            if lengths is not None:
                raise ValueError(f"{type(self).__name__}: give lengths or a mask, not both")
            lengths = _C.sequence_lengths(mask)
        elif lengths is not None and not isinstance(lengths, Tensor):
            lengths = _C.from_data(list(lengths), _C.int64)
        return self._run(input, hx, lengths, return_gates)

    def _run(self, input: Tensor, hx: Any, lengths: Tensor | None, return_gates: bool) -> Any:
        h0, c0 = self._split(hx)
        if not return_gates:
            output, h, c = _C.recurrent_forward(self._native, input, h0, c0, lengths)
            return output, (h, c) if self._has_cell else h
        output, h, c, gates, cells = _C.recurrent_gates(self._native, input, h0, c0, lengths)
        return (output, (h, c), (gates, cells)) if self._has_cell else (output, h, gates)

    def keep_gradient_norms(self, mode: bool = True) -> None:
        """Makes backward passes through later calls keep what `gradient_norms` tells."""
        _C.recurrent_keep_gradient_norms(self._native, mode)

    def gradient_norms(self) -> GradientNorms:
        """The norms of dL/dh_t (and dL/dc_t) over batch and units in the latest call.

        Both are [layers * directions, T], as the backward pass found them. Norms that shrink towards the
        beginning are a gradient that vanishes on its way back through time.
        """
        return GradientNorms(*_C.recurrent_gradient_norms(self._native))

    def flatten_parameters(self) -> None:
        """Does nothing: weights are packed when they are used."""

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The parameters of each layer and direction."""
        sets: dict[str, list[Tensor]] = {}
        for name, parameter in self.named_parameters():
            sets.setdefault(name[name.rindex("_l") :], []).append(parameter)
        return list(sets.values())

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {"nonlinearity": "tanh"}
        for name in (
            "nonlinearity",
            "proj_size",
            "num_layers",
            "bias",
            "batch_first",
            "dropout",
            "bidirectional",
            "peephole",
            "reset_after",
            "return_sequences",
            "mask_zero",
        ):
            value = getattr(self, name, usual.get(name))
            if value != usual.get(name, getattr(type(self), name, None)):
                text += f", {name}={value!r}"
        return text


class RNN(_Recurrent):
    """h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), f 'tanh', 'relu' or 'sigmoid'.

    Parameters `weight_ih_l0` [H, input_size], `weight_hh_l0` [H, H], `bias_ih_l0` and `bias_hh_l0` [H], and
    so on for other layers, with `_reverse` behind for a second direction. All start uniform in +-1/sqrt(H).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: _C.dtype | None = None,
        *,
        return_sequences: bool = True,
        mask_zero: bool = False,
    ) -> None:
        self._make(
            _C.rnn_create,
            (input_size, hidden_size),
            dtype,
            num_layers=num_layers,
            nonlinearity=nonlinearity,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            return_sequences=return_sequences,
            mask_zero=mask_zero,
        )


class LSTM(_Recurrent):
    """Long short-term memory: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), s the logistic function.

    i, f, g and o, in this order, are the parts of W_ih x + b_ih + W_hh h + b_hh; parameters as `RNN`'s with 4
    H rows. With `proj_size` h' is `weight_hr_l0` [proj_size, H] times that. With `peephole` the gates see c,
    by `weight_ch_l0` [3, H]. `forget_bias` is what the forget gate's two biases start with in sum.
    """

    _has_cell = True

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: _C.dtype | None = None,
        *,
        peephole: bool = False,
        forget_bias: float | None = None,
        return_sequences: bool = True,
        mask_zero: bool = False,
    ) -> None:
        self._make(
            _C.lstm_create,
            (input_size, hidden_size),
            dtype,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            proj_size=proj_size,
            peephole=peephole,
            forget_bias=forget_bias,
            return_sequences=return_sequences,
            mask_zero=mask_zero,
        )


class GRU(_Recurrent):
    """A gated recurrent unit: h' = (1 - z) n + z h, n = tanh(W_in x + b_in + r (W_hn h + b_hn)).

    r, z and n, in this order, have their rows in parameters as `RNN`'s with 3 H rows. Without `reset_after` n
    is tanh(W_in x + b_in + W_hn (r h) + b_hn), as in Cho et al. 2014.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: _C.dtype | None = None,
        *,
        reset_after: bool = True,
        return_sequences: bool = True,
        mask_zero: bool = False,
    ) -> None:
        self._make(
            _C.gru_create,
            (input_size, hidden_size),
            dtype,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            reset_after=reset_after,
            return_sequences=return_sequences,
            mask_zero=mask_zero,
        )


class _Cell(_Recurring):
    """What the cells share: one step, from [B, input_size] or [input_size] and a state to the next state."""

    bias = True

    def _make(self, create: Any, sizes: tuple[int, int], dtype: _C.dtype | None, **options: Any) -> None:
        self.input_size, self.hidden_size = sizes
        for name, value in options.items():
            if name != "forget_bias":
                setattr(self, name, value)
        self._adopt(create(*sizes, self._options(dtype=dtype, **options)))

    @native
    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next state."""
        h, c = _C.recurrent_step(self._native, input, *self._split(hx))
        return (h, c) if self._has_cell else h

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in {
            "bias": True,
            "nonlinearity": "tanh",
            "peephole": False,
            "reset_after": True,
        }.items():
            if getattr(self, name, usual) != usual:
                text += f", {name}={getattr(self, name)!r}"
        return text


class RNNCell(_Cell):
    """h' = f(W_ih x + b_ih + W_hh h + b_hh), f 'tanh', 'relu' or 'sigmoid': a step of `RNN`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: _C.dtype | None = None,
    ) -> None:
        self._make(_C.rnn_cell_create, (input_size, hidden_size), dtype, bias=bias, nonlinearity=nonlinearity)


class LSTMCell(_Cell):
    """(h', c') of (h, c): a step of `LSTM`."""

    _has_cell = True

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        dtype: _C.dtype | None = None,
        *,
        peephole: bool = False,
        forget_bias: float | None = None,
    ) -> None:
        self._make(
            _C.lstm_cell_create,
            (input_size, hidden_size),
            dtype,
            bias=bias,
            peephole=peephole,
            forget_bias=forget_bias,
        )


class GRUCell(_Cell):
    """h' of h: a step of `GRU`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        dtype: _C.dtype | None = None,
        *,
        reset_after: bool = True,
    ) -> None:
        self._make(_C.gru_cell_create, (input_size, hidden_size), dtype, bias=bias, reset_after=reset_after)
