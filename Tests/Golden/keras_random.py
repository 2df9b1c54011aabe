"""Random models of Keras's layers and options: `model(seed)` gives one and its inputs.

Tests/Python/test_keras.py compares what this library makes of them, where Keras is installed.
"""

import numpy as np


def model(seed):
    """A functional model of a chain of layers, here and there with a branch."""
    import keras
    from keras import layers as L

    rng = np.random.default_rng(seed)

    def pick(*options):
        return options[rng.integers(len(options))]

    def odd(low, high):
        return int(rng.integers(low, high + 1))

    def some(low, high, count):
        """One number, or one a direction."""
        return odd(low, high) if rng.random() < 0.5 else tuple(odd(low, high) for _ in range(count))

    words = ["relu", "tanh", "elu", "gelu", "softmax", "hard_sigmoid", "selu", "linear", "silu", "softplus"]

    def activation():
        return pick(*words)

    def each():
        """Layers for any shape."""
        return pick(
            lambda: L.Activation(activation()),
            lambda: L.ReLU(
                max_value=pick(None, 1.5), negative_slope=pick(0.0, 0.1), threshold=pick(0.0, 0.2)
            ),
            lambda: L.LeakyReLU(negative_slope=0.3),
            lambda: L.ELU(alpha=0.8),
            lambda: L.Dropout(0.4),
            lambda: L.GaussianNoise(0.2),
            lambda: L.LayerNormalization(center=pick(True, False), scale=pick(True, False), epsilon=1e-2),
            lambda: L.BatchNormalization(center=pick(True, False), scale=pick(True, False), momentum=0.7),
            lambda: L.Rescaling(0.5, offset=0.1),
            lambda: L.Dense(odd(1, 6), activation=activation(), use_bias=pick(True, False)),
            lambda: L.UnitNormalization(),
            lambda: L.Identity(),
        )()

    def image(d):
        channels = 2 * odd(1, 3)
        conv = {1: L.Conv1D, 2: L.Conv2D}[d]
        deep = {1: L.DepthwiseConv1D, 2: L.DepthwiseConv2D}[d]
        apart = {1: L.SeparableConv1D, 2: L.SeparableConv2D}[d]
        back = {1: L.Conv1DTranspose, 2: L.Conv2DTranspose}[d]
        greatest = {1: L.MaxPooling1D, 2: L.MaxPooling2D}[d]
        mean = {1: L.AveragePooling1D, 2: L.AveragePooling2D}[d]
        pad = {1: L.ZeroPadding1D, 2: L.ZeroPadding2D}[d]
        cut = {1: L.Cropping1D, 2: L.Cropping2D}[d]
        up = {1: L.UpSampling1D, 2: L.UpSampling2D}[d]
        drop = {1: L.SpatialDropout1D, 2: L.SpatialDropout2D}[d]
        side = pick("same", "valid")
        return pick(
            lambda: conv(
                channels, some(1, 3, d), strides=some(1, 2, d), padding=side, activation=activation()
            ),
            lambda: conv(
                channels, some(1, 3, d), dilation_rate=2, padding="same", use_bias=pick(True, False)
            ),
            lambda: deep(odd(1, 3), depth_multiplier=odd(1, 2), padding=side, strides=odd(1, 2)),
            lambda: apart(channels, odd(1, 3), depth_multiplier=odd(1, 2), padding=side, strides=odd(1, 2)),
            lambda: back(
                channels, some(1, 4, d), strides=some(1, 3, d), padding=side, activation=activation()
            ),
            lambda: greatest(odd(1, 3), strides=pick(None, 1, 2), padding=side),
            lambda: mean(odd(1, 3), strides=pick(None, 1, 2), padding="valid"),
            lambda: pad(some(0, 2, d) if d == 2 else odd(0, 2)),
            lambda: cut(1),
            lambda: up(some(1, 2, d) if d == 2 else odd(1, 2)),
            lambda: drop(0.3),
            lambda: L.PReLU(shared_axes=pick(None, list(range(1, d + 1)))),
            lambda: L.GroupNormalization(pick(1, -1)),
            each,
        )()

    def cell():
        units = odd(1, 5)
        return pick(
            lambda: L.LSTMCell(units, use_bias=pick(True, False)),
            lambda: L.GRUCell(units, reset_after=pick(True, False)),
            lambda: L.SimpleRNNCell(units, activation=pick("relu", "tanh", "sigmoid")),
        )()

    def recurrent(sequences=True):
        units = odd(1, 5)
        options = {"return_sequences": sequences, "go_backwards": bool(rng.random() < 0.25)}
        inner = {"activation": pick("tanh", "tanh", "relu", "elu"), "use_bias": pick(True, True, False)}
        return pick(
            lambda: L.LSTM(units, recurrent_activation=pick("sigmoid", "hard_sigmoid"), **options, **inner),
            lambda: L.GRU(units, reset_after=pick(True, False), **options, **inner),
            lambda: L.SimpleRNN(units, **options, **inner),
            lambda: L.Bidirectional(
                pick(L.LSTM, L.GRU, L.SimpleRNN)(units, return_sequences=sequences),
                merge_mode=pick("concat", "sum", "mul", "ave"),
            ),
            lambda: L.RNN([cell() for _ in range(odd(1, 3))], return_sequences=sequences),
        )()

    def sequence():
        return pick(
            recurrent,
            recurrent,
            lambda: L.TimeDistributed(L.Dense(odd(1, 5), activation=activation())),
            each,
        )()

    kind = ("image", "line", "sequence", "words", "vector")[seed % 5]
    shape, dtype = {
        "image": ((odd(9, 13), odd(9, 13), 2 * odd(1, 2)), "float32"),
        "line": ((odd(15, 22), odd(1, 4)), "float32"),
        "sequence": ((odd(4, 7), odd(1, 4)), "float32"),
        "words": ((odd(4, 7),), "int32"),
        "vector": ((odd(2, 6),), "float32"),
    }[kind]
    inputs = keras.Input(shape, dtype=dtype)
    x = inputs
    if kind == "words":
        x = L.Embedding(9, odd(1, 5), mask_zero=pick(True, False))(x)
    make = {
        "image": lambda: image(2),
        "line": lambda: image(1),
        "sequence": sequence,
        "words": sequence,
        "vector": each,
    }[kind]
    for _ in range(odd(2, 6)):
        before = x
        try:
            x = make()(x)
        except ValueError:  # windows larger than what is left
            x = before
            continue
        if any(size is not None and (size < 1 or size > 64) for size in x.shape):
            x = before
        elif rng.random() < 0.2:
            merge = pick(L.Add, L.Multiply, L.Average, L.Maximum, L.Subtract, L.Concatenate)
            x = merge()([x, L.Dense(x.shape[-1], activation="tanh")(x)])
    if kind in ("image", "line"):
        pool = (
            (L.GlobalAveragePooling2D, L.GlobalMaxPooling2D, L.Flatten)
            if kind == "image"
            else (L.GlobalAveragePooling1D, L.GlobalMaxPooling1D, L.Flatten)
        )
        x = pick(*pool)()(x)
    elif kind != "vector" and rng.random() < 0.6:
        x = recurrent(sequences=False)(x)
    x = L.Dense(odd(1, 4))(x)
    batch = odd(4, 6)
    if kind == "words":
        values = rng.integers(1, 9, (batch, *shape)).astype("int32")
        values[0, -2:] = 0
        values[1, 1] = 0
        values[2] = 0
    else:
        values = rng.standard_normal((batch, *shape)).astype("float32")
    return keras.Model(inputs, x), [values]
