"""Models that Keras saved, with inputs and what Keras computes of them: Tests/Golden/keras/.

    KERAS_BACKEND=torch python keras_models.py [FOLDER] [--all]

Made with keras 3.15.1 and torch 2.13. Each model is there in both forms (`NAME.keras`, `NAME.h5`), inputs and outputs
in `NAME.npz`. `models()` is also what Tests/Python/test_keras.py compares with Keras itself where that is installed.

Means of windows with padding="same" are symmetric here: where one side has more, Keras on torch counts the last pixel
again, on TensorFlow and JAX, as this library, the image alone.
"""

import os
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")


def models():
    """Pairs of a name and a function that makes a model and its inputs, a list of arrays."""
    import keras
    import numpy as np
    from keras import layers as L

    rng = np.random.default_rng(0)

    def floats(*shape):
        return rng.standard_normal(shape).astype("float32")

    def words(*shape, top=9):
        """Indices with padding at the end, in the middle and at the beginning."""
        x = rng.integers(1, top, shape)
        x[0, -3:] = 0
        x[1, 1] = 0
        x[3, 0] = 0
        return x.astype("int32")

    def sequential(shape, *layers, dtype="float32", name=None):
        return keras.Sequential([keras.Input(shape, dtype=dtype), *layers], name=name)

    result = {}

    def model(function):
        result[function.__name__] = function
        return function

    @model
    def dense():
        return sequential(
            (5,),
            L.Dense(7, activation="relu"),
            L.Dense(6, activation="gelu", use_bias=False),
            L.Dropout(0.3),
            L.Dense(4, activation="softmax", trainable=False),
            name="mlp",
        ), [floats(6, 5)]

    @model
    def activations():
        names = (
            "relu6 leaky_relu elu selu celu gelu silu log_softmax softplus softsign sigmoid hard_sigmoid hard_silu "
            "tanh hard_tanh tanh_shrink soft_shrink hard_shrink exponential mish log_sigmoid squareplus sparse_plus "
            "sparse_sigmoid linear softmax"
        ).split()
        x = keras.Input((6,))
        return keras.Model(x, [L.Activation(name)(x) for name in names]), [2 * floats(5, 6)]

    @model
    def activation_layers():
        x = keras.Input((3, 4))
        layers = [
            L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3),
            L.ReLU(threshold=0.5),
            L.LeakyReLU(negative_slope=0.25),
            L.ELU(alpha=0.7),
            L.PReLU(alpha_initializer="random_normal"),
            L.PReLU(alpha_initializer="random_normal", shared_axes=[1]),
            L.Softmax(axis=1),
            L.Softmax(axis=[1, 2]),
            L.GaussianNoise(0.5),
            L.GaussianDropout(0.5),
            L.AlphaDropout(0.5),
            L.SpatialDropout1D(0.5),
            L.Identity(),
            L.ActivityRegularization(0.1),
            L.UnitNormalization(),
            L.Rescaling(0.5, offset=1.0),
        ]
        return keras.Model(x, [layer(x) for layer in layers]), [floats(5, 3, 4)]

    @model
    def images():
        return sequential(
            (9, 10, 3),
            L.Rescaling(1 / 4, offset=-0.5),
            L.Conv2D(6, 3, padding="same", strides=2, activation="relu"),
            L.BatchNormalization(beta_initializer="random_normal", moving_mean_initializer="random_normal"),
            L.DepthwiseConv2D((3, 2), depth_multiplier=2, padding="same", activation="tanh"),
            L.MaxPooling2D(2, padding="same"),
            L.SeparableConv2D(8, 3, padding="same", depth_multiplier=2),
            L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="elu"),
            L.AveragePooling2D(3, strides=1, padding="same"),
            L.Flatten(),
            L.Dense(4),
        ), [floats(3, 9, 10, 3)]

    @model
    def convolutions():
        x = keras.Input((11, 8, 4))
        layers = [
            L.Conv2D(6, (3, 2), strides=(2, 3), padding="same"),
            L.Conv2D(6, 3, dilation_rate=2, padding="same", groups=2),
            L.Conv2D(3, (4, 3), padding="valid", use_bias=False),
            L.Conv2D(3, 1, activation="softmax"),
            L.DepthwiseConv2D(3, strides=2, padding="same"),
            L.SeparableConv2D(3, (2, 3), strides=2),
            L.Conv2DTranspose(3, 3, strides=2),
            L.Conv2DTranspose(3, (2, 3), strides=3, padding="same"),
            L.Conv2DTranspose(3, 4, strides=2, padding="same"),
            L.Conv2DTranspose(2, 2, strides=3, padding="valid"),
            L.ZeroPadding2D(((1, 2), (0, 3))),
            L.Cropping2D((2, 1)),
            L.UpSampling2D((2, 3)),
            L.UpSampling2D(2, interpolation="bilinear"),
            L.GlobalAveragePooling2D(),
            L.GlobalMaxPooling2D(keepdims=True),
            L.SpatialDropout2D(0.5),
            L.GroupNormalization(2, gamma_initializer="random_normal"),
            L.LayerNormalization(gamma_initializer="random_normal", beta_initializer="random_normal"),
            L.LayerNormalization(axis=[2, 3], gamma_initializer="random_normal"),
            L.BatchNormalization(axis=1, gamma_initializer="random_normal"),
            L.PReLU(shared_axes=[1, 2], alpha_initializer="random_normal"),
            L.Permute((3, 1, 2)),
            L.Reshape((-1, 8)),
        ]
        return keras.Model(x, [layer(x) for layer in layers]), [floats(2, 11, 8, 4)]

    @model
    def lines():
        x = keras.Input((12, 4))
        layers = [
            L.Conv1D(5, 3, padding="causal", dilation_rate=2, activation="relu"),
            L.Conv1D(5, 4, strides=3, padding="same"),
            L.SeparableConv1D(5, 3, padding="same"),
            L.DepthwiseConv1D(3, depth_multiplier=2),
            L.Conv1DTranspose(3, 3, strides=2, padding="same"),
            L.MaxPooling1D(3, strides=2, padding="same"),
            L.AveragePooling1D(5, strides=1, padding="same"),
            L.GlobalMaxPooling1D(),
            L.GlobalAveragePooling1D(keepdims=True),
            L.ZeroPadding1D((1, 2)),
            L.Cropping1D((2, 1)),
            L.UpSampling1D(3),
            L.Flatten(),
        ]
        return keras.Model(x, [layer(x) for layer in layers]), [floats(3, 12, 4)]

    @model
    def volumes():
        x = keras.Input((5, 6, 4, 2))
        layers = [
            L.Conv3D(3, 2, padding="same", strides=2),
            L.Conv3DTranspose(2, 2, strides=2),
            L.MaxPooling3D(2, padding="same"),
            L.AveragePooling3D(2),
            L.GlobalAveragePooling3D(),
            L.ZeroPadding3D(1),
            L.Cropping3D(1),
            L.UpSampling3D(2),
        ]
        return keras.Model(x, [layer(x) for layer in layers]), [floats(2, 5, 6, 4, 2)]

    @model
    def text():
        return sequential(
            (7,),
            L.Embedding(9, 4, mask_zero=True, embeddings_initializer="random_normal"),
            L.LSTM(5, return_sequences=True),
            L.GRU(4, return_sequences=True),
            L.Bidirectional(L.LSTM(3)),
            L.Dense(2, activation="softmax"),
            dtype="int32",
        ), [words(6, 7)]

    @model
    def recurrent():
        x = keras.Input((6, 3))
        layers = [
            L.SimpleRNN(4),
            L.SimpleRNN(4, activation="relu", return_sequences=True, use_bias=False),
            L.SimpleRNN(4, activation="softsign", return_sequences=True),
            L.LSTM(4, return_sequences=True, go_backwards=True),
            L.LSTM(4, return_state=True, bias_initializer="random_normal"),
            L.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid", return_sequences=True),
            L.GRU(4, return_sequences=True, return_state=True, bias_initializer="random_normal"),
            L.GRU(4, reset_after=False, bias_initializer="random_normal"),
            L.GRU(4, activation="elu", recurrent_activation="hard_sigmoid", bias_initializer="random_normal"),
            L.GRU(
                4, reset_after=False, activation="elu", bias_initializer="random_normal", go_backwards=True
            ),
            L.RNN([L.LSTMCell(4), L.GRUCell(3), L.SimpleRNNCell(5)], return_sequences=True),
            L.RNN(L.LSTMCell(4), return_state=True),
            L.RNN([L.LSTMCell(4), L.LSTMCell(3)]),
            L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"),
            L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="mul"),
            L.Bidirectional(L.SimpleRNN(3), merge_mode="ave"),
            L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode=None),
            L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True)),
            L.Bidirectional(L.LSTM(3), backward_layer=L.GRU(2, go_backwards=True)),
            L.TimeDistributed(L.Dense(4, activation="tanh")),
        ]
        outputs = []
        for layer in layers:
            y = layer(x)
            outputs += list(y) if isinstance(y, (list, tuple)) else [y]
        return keras.Model(x, outputs), [floats(5, 6, 3)]

    def masked(name, make):
        """A model whose layers are to leave padding out."""

        def whole():
            embedding = L.Embedding(9, 3, mask_zero=True, embeddings_initializer="random_normal")
            return sequential((7,), embedding, *make(), dtype="int32"), [words(6, 7)]

        result[f"masked_{name}"] = whole

    masked("backwards", lambda: [L.GRU(4, return_sequences=True, go_backwards=True)])
    masked("zeros", lambda: [L.GRU(4, return_sequences=True, zero_output_for_mask=True)])
    masked("plain", lambda: [L.SimpleRNN(4, activation="softsign", return_sequences=True), L.LSTM(3)])
    masked("stacked", lambda: [L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True)])
    masked("both", lambda: [L.Bidirectional(L.LSTM(3, return_sequences=True)), L.Dense(3), L.GRU(2)])
    masked("mean", lambda: [L.Dropout(0.5), L.LSTM(4, return_sequences=True), L.GlobalAveragePooling1D()])

    @model
    def masking():
        x = floats(4, 6, 3)
        x[0, 2:] = 0.5
        x[1, :2] = 0.5
        x[2, 3] = 0.5
        return sequential(
            (6, 3), L.Masking(0.5), L.LSTM(4, return_sequences=True), L.TimeDistributed(L.Dense(3)), L.GRU(3)
        ), [x]

    @model
    def merges():
        a, b, c = keras.Input((4, 6)), keras.Input((4, 6)), keras.Input((6,))
        outputs = [
            L.Add()([a, b]),
            L.Subtract()([a, b]),
            L.Multiply()([a, b]),
            L.Average()([a, b, b]),
            L.Maximum()([a, b]),
            L.Minimum()([a, b]),
            L.Concatenate()([a, b]),
            L.Concatenate(axis=1)([a, b, a]),
            L.Dot(axes=2)([a, b]),
            L.Dot(axes=(1, 1))([a, b]),
            L.Dot(axes=(2, 1), normalize=True)([a, c]),
            L.Dot(axes=1)([c, c]),
            L.Add()([a, L.RepeatVector(4)(c)]),
        ]
        return keras.Model([a, b, c], outputs), [floats(3, 4, 6), floats(3, 4, 6), floats(3, 6)]

    @model
    def shared():
        """Layers and models that are called twice, nested models, states that are handed on."""
        a, b = keras.Input((5, 3), name="a"), keras.Input((5, 3), name="b")
        encoder = L.LSTM(4, return_sequences=True, return_state=True, name="encoder")
        x, h, c = encoder(a)
        y, _, _ = encoder(b)
        decoded = L.LSTM(4, name="decoder")(y, initial_state=[h, c])
        inner_input = keras.Input((4,))
        inner = keras.Model(
            inner_input, [L.Dense(3, activation="tanh")(inner_input), L.Dense(2)(inner_input)], name="inner"
        )
        row = keras.Sequential([keras.Input((4,)), L.Dense(4), L.BatchNormalization()], name="row")
        first, second = inner(decoded)
        third, _ = inner(h)
        outer = L.Concatenate()([first, third, row(c), row(h)])
        timed = L.TimeDistributed(L.Dense(2))(x)
        return keras.Model([a, b], [outer, second, timed]), [floats(3, 5, 3), floats(3, 5, 3)]

    @model
    def statistics():
        norm = L.Normalization()
        norm.adapt(3 * floats(20, 4) + 1)
        return sequential(
            (4,),
            norm,
            L.Dense(6),
            L.BatchNormalization(scale=False, moving_mean_initializer="random_normal"),
            L.BatchNormalization(center=False, trainable=False),
            L.LayerNormalization(scale=False, beta_initializer="random_normal"),
            L.Normalization(mean=0.5, variance=2.0),
        ), [floats(5, 4)]

    @model
    def attention():
        a, b = keras.Input((5, 6)), keras.Input((4, 6))
        outputs = [
            L.Attention()([a, b]),
            L.Attention(use_scale=True, score_mode="concat")([a, b, b]),
            L.AdditiveAttention()([a, b]),
            L.Attention()([a, a], use_causal_mask=True),
            L.MultiHeadAttention(2, 3, name="heads")(a, b),
            L.MultiHeadAttention(2, 3, value_dim=4, output_shape=5, use_bias=False)(a, b, b),
            L.MultiHeadAttention(2, 3)(a, a, use_causal_mask=True),
        ]
        return keras.Model([a, b], outputs), [floats(3, 5, 6), floats(3, 4, 6)]

    def padded():
        """The words with a sequence that is padding alone, and vectors with zeros in their places."""
        indices, vectors = words(6, 7), floats(6, 7, 3)
        indices[4] = 0
        vectors[2, 4:] = 0
        vectors[5] = 0
        return indices, vectors

    @model
    def masks():
        """Masks in a functional model, which Keras 3 writes down as operations."""
        indices, vectors = padded()
        a, b = keras.Input((7,), dtype="int32"), keras.Input((7, 3))
        x = L.Embedding(9, 4, mask_zero=True, embeddings_initializer="random_normal")(a)
        y = L.Masking()(b)
        both = L.Bidirectional(L.GRU(3))(L.Concatenate()([x, y]))
        sum_ = L.LSTM(2)(L.Add()([L.Dense(3)(x), y]))
        looks = L.TimeDistributed(L.Dense(2))(L.Attention()([x, x]))
        # Of a tensor of their own: Keras takes the mask away from what heads have looked at, whoever else needs it.
        alone = L.Dense(4)(x)
        heads = L.LayerNormalization()(L.MultiHeadAttention(2, 3)(alone, alone))
        return keras.Model([a, b], [both, sum_, looks, heads, L.GRU(3)(heads)]), [indices, vectors]

    @model
    def given_masks():
        a, b = keras.Input((7, 3)), keras.Input((7,), dtype="bool")
        outputs = [L.LSTM(4)(a, mask=b), L.GlobalAveragePooling1D()(a, mask=b)]
        return keras.Model([a, b], outputs), [floats(6, 7, 3), words(6, 7) != 0]

    @model
    def empty():
        """Sequences of padding alone, and states that are given, with which Keras 3 leaves masks out."""
        indices, _ = padded()
        a = keras.Input((7,), dtype="int32")
        x = L.Embedding(9, 4, mask_zero=True, embeddings_initializer="random_normal")(a)
        state = L.Dense(4)(L.Flatten()(x))
        outputs = [
            L.LSTM(4)(x),
            *L.LSTM(4, return_state=True)(x),
            L.GRU(3, return_sequences=True)(x),
            L.SimpleRNN(3)(x),
            L.Bidirectional(L.LSTM(3, return_sequences=True))(x),
            L.GRU(3, activation="relu", go_backwards=True)(x),
            L.RNN([L.LSTMCell(4), L.GRUCell(3)])(x),
            L.GRU(4)(x, initial_state=state),
            *L.LSTM(4, return_sequences=True, return_state=True)(x, initial_state=[state, state]),
        ]
        return keras.Model(a, outputs), [indices]

    @model
    def several_places():
        """Layers that stand beside and in a TimeDistributed."""
        a, b = keras.Input((5, 3)), keras.Input((3,))
        inside = keras.Input((3,))
        inner = keras.Model(inside, L.Dense(4)(L.Dense(4)(inside)), name="inner")
        dense = L.Dense(2, name="dense_of_both")
        outputs = [L.TimeDistributed(inner)(a), inner(b), L.TimeDistributed(dense)(a), dense(b)]
        return keras.Model([a, b], outputs), [floats(3, 5, 3), floats(3, 3)]

    return list(result.items())


def randomize(model, seed=1):
    """Weights that are none of them 0 or 1, small enough for deep nets."""
    import keras
    import numpy as np

    rng = np.random.default_rng(seed)
    for variable in model.weights:
        value = keras.ops.convert_to_numpy(variable)
        if value.dtype.kind != "f":
            continue
        noise = 0.4 * rng.standard_normal(value.shape)
        new = np.abs(value + noise) + 0.2 if "variance" in variable.path else value + noise
        variable.assign(new.astype(value.dtype))


# Those that are stored in the old form too, which nothing packs.
LEGACY = ("dense", "text", "shared")


def pack(path):
    """Deflates the members of an archive, which Keras stores as they are."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def main(folder, everything=False):
    """Writes all models, with `everything` in all forms."""
    import keras
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    for name, make in models():
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        model, inputs = make()
        randomize(model)
        outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        model.save(folder / f"{name}.keras")
        if everything or name in LEGACY:
            model.save(folder / f"{name}.h5")
        if everything:
            model.save_weights(folder / f"{name}.weights.h5")
        else:
            pack(folder / f"{name}.keras")
        arrays = {f"in{i}": x for i, x in enumerate(inputs)} | {f"out{i}": y for i, y in enumerate(outputs)}
        np.savez_compressed(folder / f"{name}.npz", **arrays)


if __name__ == "__main__":
    paths = [argument for argument in sys.argv[1:] if argument != "--all"]
    main(Path(paths[0]) if paths else Path(__file__).parent / "keras", "--all" in sys.argv)
