"""Models that Keras 2 saved, with inputs and what it computes of them: Tests/Golden/keras2/.

    python keras2_models.py [FOLDER] [--all]

Made with tensorflow-cpu 2.15.1, which has Keras 2.15. `models()` has the layers and options of Keras 2; with --all each
is written in every form: `NAME.h5`, `NAME.keras`, `NAME_weights.h5` (weights alone) and `NAME.weights.h5`, trained for two
steps, with the optimiser; inputs and outputs are in `NAME.npz`. Without it a few small ones.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def models():
    """Pairs of a name and a function that makes a model and its inputs, a list of arrays."""
    import numpy as np
    from tensorflow import keras

    L = keras.layers
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

    def chain(shape, *layers, dtype="float32", name=None):
        return keras.Sequential([keras.Input(shape, dtype=dtype), *layers], name=name)

    def star(shape, layers, dtype="float32"):
        """One input, and each layer's outputs."""
        x = keras.Input(shape, dtype=dtype)
        outputs = []
        for layer in layers:
            y = layer(x)
            outputs += list(y) if isinstance(y, (list, tuple)) else [y]
        return keras.Model(x, outputs)

    result = {}

    def model(function):
        result[function.__name__] = function
        return function

    @model
    def dense():
        return chain(
            (5,),
            L.Dense(7, activation="relu"),
            L.Dense(6, activation="gelu", use_bias=False, kernel_regularizer="l2"),
            L.Dropout(0.3),
            L.Dense(4, activation="softmax", trainable=False),
            name="mlp",
        ), [floats(6, 5)]

    @model
    def no_input():
        """A Sequential that learns its input's shape when it is first called."""
        x = floats(3, 5)
        m = keras.Sequential([L.Dense(4, activation="tanh"), L.Dense(2)])
        m(x)
        return m, [x]

    @model
    def activations():
        names = "elu relu gelu selu softplus softsign swish tanh sigmoid exponential hard_sigmoid linear softmax mish"
        return star((6,), [L.Activation(name) for name in names.split()]), [2 * floats(5, 6)]

    @model
    def activations_in_dense():
        names = "elu relu gelu selu softplus softsign swish tanh sigmoid exponential hard_sigmoid linear softmax mish"
        return star((6,), [L.Dense(3, activation=name) for name in names.split()]), [2 * floats(5, 6)]

    @model
    def activation_layers():
        layers = [
            L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3),
            L.ReLU(threshold=0.5),
            L.ReLU(max_value=6),
            L.LeakyReLU(alpha=0.25),
            L.LeakyReLU(),
            L.ELU(alpha=0.7),
            L.ThresholdedReLU(theta=0.4),
            L.PReLU(alpha_initializer="random_normal"),
            L.PReLU(alpha_initializer="random_normal", shared_axes=[1]),
            L.Softmax(axis=1),
            L.Softmax(axis=[1, 2]),
            L.GaussianNoise(0.5),
            L.GaussianDropout(0.5),
            L.AlphaDropout(0.5),
            L.SpatialDropout1D(0.5),
            L.Dropout(0.5, noise_shape=(None, 1, 4)),
            L.Identity(),
            L.ActivityRegularization(0.1),
            L.UnitNormalization(),
            L.Rescaling(0.5, offset=1.0),
        ]
        return star((3, 4), layers), [floats(5, 3, 4)]

    @model
    def peculiar():
        """What Keras 3 computes otherwise."""
        return chain(
            (6, 3),
            L.LSTM(3, recurrent_activation="hard_sigmoid", return_sequences=True),
            L.Bidirectional(L.GRU(2, recurrent_activation="hard_sigmoid")),
            L.Dense(2, activation="hard_sigmoid"),
        ), [floats(4, 6, 3)]

    @model
    def images():
        return chain(
            (9, 10, 3),
            L.Rescaling(1 / 4, offset=-0.5),
            L.Conv2D(6, 3, padding="same", strides=2, activation="relu"),
            L.BatchNormalization(),
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
        layers = [
            L.Conv2D(6, (3, 2), strides=(2, 3), padding="same"),
            L.Conv2D(6, 3, dilation_rate=2, padding="same"),
            L.Conv2D(3, (4, 3), padding="valid", use_bias=False),
            L.Conv2D(3, 1, activation="softmax"),
            L.DepthwiseConv2D(3, strides=2, padding="same"),
            L.DepthwiseConv2D(2, dilation_rate=2, use_bias=False),
            L.SeparableConv2D(3, (2, 2), strides=2),
            L.SeparableConv2D(3, 3, dilation_rate=2, padding="same", activation="relu"),
            L.Conv2DTranspose(3, 3, strides=2),
            L.Conv2DTranspose(3, (2, 3), strides=3, padding="same"),
            L.Conv2DTranspose(3, 4, strides=2, padding="same", use_bias=False),
            L.Conv2DTranspose(2, 2, strides=3, padding="valid"),
            L.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1),
            L.ZeroPadding2D(((1, 2), (0, 3))),
            L.Cropping2D((2, 1)),
            L.UpSampling2D((2, 3)),
            L.UpSampling2D(2, interpolation="bilinear"),
            L.MaxPooling2D((3, 2), strides=(1, 2)),
            L.AveragePooling2D((2, 3), padding="same"),
            L.GlobalAveragePooling2D(),
            L.GlobalMaxPooling2D(keepdims=True),
            L.SpatialDropout2D(0.5),
            L.GroupNormalization(2),
            L.LayerNormalization(),
            L.LayerNormalization(axis=[2, 3]),
            L.LayerNormalization(center=False, epsilon=0.01),
            L.BatchNormalization(axis=1),
            L.PReLU(shared_axes=[1, 2]),
            L.Permute((3, 1, 2)),
            L.Reshape((-1, 8)),
            L.Flatten(),
        ]
        return star((11, 8, 4), layers), [floats(2, 11, 8, 4)]

    @model
    def channels_first():
        layers = [
            L.ZeroPadding2D(1, data_format="channels_first"),
            L.Cropping2D(1, data_format="channels_first"),
            L.UpSampling2D(2, data_format="channels_first"),
            L.GlobalAveragePooling2D(data_format="channels_first"),
            L.GlobalMaxPooling2D(data_format="channels_first"),
            L.Flatten(data_format="channels_first"),
            L.BatchNormalization(axis=1),
            L.SpatialDropout2D(0.5, data_format="channels_first"),
        ]
        return star((4, 6, 5), layers), [floats(2, 4, 6, 5)]

    @model
    def lines():
        layers = [
            L.Conv1D(5, 3, padding="causal", dilation_rate=2, activation="relu"),
            L.Conv1D(5, 4, strides=3, padding="same"),
            L.Conv1D(4, 2, use_bias=False),
            L.SeparableConv1D(5, 3, padding="same"),
            L.SeparableConv1D(5, 3, padding="causal"),
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
        return star((12, 4), layers), [floats(3, 12, 4)]

    @model
    def volumes():
        layers = [
            L.Conv3D(3, 2, padding="same", strides=2),
            L.Conv3DTranspose(2, 2, strides=2),
            L.MaxPooling3D(2, padding="same"),
            L.AveragePooling3D(2),
            L.GlobalAveragePooling3D(),
            L.GlobalMaxPooling3D(),
            L.ZeroPadding3D(1),
            L.Cropping3D(1),
            L.UpSampling3D(2),
            L.SpatialDropout3D(0.5),
        ]
        return star((5, 6, 4, 2), layers), [floats(2, 5, 6, 4, 2)]

    @model
    def text():
        return chain(
            (7,),
            L.Embedding(9, 4, mask_zero=True),
            L.LSTM(5, return_sequences=True),
            L.GRU(4, return_sequences=True),
            L.Bidirectional(L.LSTM(3)),
            L.Dense(2, activation="softmax"),
            dtype="int32",
        ), [words(6, 7)]

    @model
    def recurrent():
        layers = [
            L.SimpleRNN(4),
            L.SimpleRNN(4, activation="relu", return_sequences=True, use_bias=False),
            L.LSTM(4, return_sequences=True, go_backwards=True),
            L.LSTM(4, return_state=True, unit_forget_bias=False),
            L.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid", return_sequences=True),
            L.LSTM(4, implementation=1, dropout=0.2, recurrent_dropout=0.3),
            L.LSTM(4, use_bias=False, unroll=True),
            L.GRU(4, return_sequences=True, return_state=True),
            L.GRU(4, reset_after=False),
            L.GRU(4, use_bias=False),
            L.GRU(4, activation="elu", recurrent_activation="hard_sigmoid"),
            L.GRU(4, reset_after=False, activation="elu", go_backwards=True, return_sequences=True),
            L.RNN([L.LSTMCell(4), L.GRUCell(3), L.SimpleRNNCell(5)], return_sequences=True),
            L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.LSTMCell(3)])),
            L.RNN(L.LSTMCell(4), return_state=True),
            L.RNN([L.GRUCell(4, reset_after=False), L.GRUCell(3)], return_state=True),
            L.TimeDistributed(L.Dense(4, activation="tanh")),
            L.TimeDistributed(L.BatchNormalization()),
        ]
        return star((6, 3), layers), [floats(5, 6, 3)]

    @model
    def bidirectional():
        layers = [
            L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"),
            L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="mul"),
            L.Bidirectional(L.SimpleRNN(3), merge_mode="ave"),
            L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="concat"),
            L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode=None),
            L.Bidirectional(L.LSTM(3), merge_mode=None),
            L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True)),
            L.Bidirectional(L.LSTM(3), backward_layer=L.GRU(2, go_backwards=True)),
            L.Bidirectional(L.GRU(3, reset_after=False)),
            L.Bidirectional(L.RNN(L.LSTMCell(3))),
        ]
        return star((6, 3), layers), [floats(5, 6, 3)]

    @model
    def stateful():
        x = keras.Input(batch_shape=(2, 6, 3))
        y = L.LSTM(4, stateful=True, return_sequences=True)(x)
        return keras.Model(x, L.GRU(3, stateful=True)(y)), [floats(2, 6, 3)]

    def masked(name, make):
        """A model whose layers are to leave padding out."""

        def whole():
            return chain((7,), L.Embedding(9, 3, mask_zero=True), *make(), dtype="int32"), [words(6, 7)]

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
        return chain(
            (6, 3), L.Masking(0.5), L.LSTM(4, return_sequences=True), L.TimeDistributed(L.Dense(3)), L.GRU(3)
        ), [x]

    @model
    def masks():
        a, b = keras.Input((7,), dtype="int32"), keras.Input((7, 3))
        x = L.Embedding(9, 4, mask_zero=True)(a)
        y = L.Masking()(b)
        both = L.Bidirectional(L.GRU(3))(L.Concatenate()([x, y]))
        sum_ = L.LSTM(2)(L.Add()([L.Dense(3)(x), y]))
        looks = L.TimeDistributed(L.Dense(2))(L.Attention()([x, x]))
        heads = L.LayerNormalization()(L.MultiHeadAttention(2, 3)(x, x))
        vectors = floats(6, 7, 3)
        vectors[2, 4:] = 0
        return keras.Model([a, b], [both, sum_, looks, heads]), [words(6, 7), vectors]

    @model
    def states():
        """Sequences of padding alone, and states that are given to layers with masks."""
        indices = words(6, 7)
        indices[4] = 0
        a = keras.Input((7,), dtype="int32")
        x = L.Embedding(9, 4, mask_zero=True)(a)
        state = L.Dense(4)(L.Flatten()(x))
        outputs = [
            L.LSTM(4)(x),
            *L.LSTM(4, return_state=True)(x),
            L.GRU(3, return_sequences=True)(x),
            L.Bidirectional(L.LSTM(3, return_sequences=True))(x),
            L.GRU(4)(x, initial_state=state),
            *L.LSTM(4, return_sequences=True, return_state=True)(x, initial_state=[state, state]),
        ]
        return keras.Model(a, outputs), [indices]

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
        inside = keras.Input((4,))
        inner = keras.Model(inside, [L.Dense(3, activation="tanh")(inside), L.Dense(2)(inside)], name="inner")
        row = keras.Sequential([keras.Input((4,)), L.Dense(4), L.BatchNormalization()], name="row")
        first, second = inner(decoded)
        third, _ = inner(h)
        outer = L.Concatenate()([first, third, row(c), row(h)])
        timed = L.TimeDistributed(L.Dense(2))(x)
        return keras.Model([a, b], [outer, second, timed]), [floats(3, 5, 3), floats(3, 5, 3)]

    @model
    def nested():
        """A Sequential in a Sequential in a functional model, partly frozen."""
        inner = keras.Sequential([keras.Input((4,)), L.Dense(3, trainable=False), L.BatchNormalization()])
        outer = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="relu"), inner], name="outer")
        frozen = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization()], name="frozen")
        frozen.trainable = False
        x = keras.Input((4,))
        return keras.Model(x, L.Add()([outer(x), frozen(x)])), [floats(3, 4)]

    @model
    def timed_images():
        """A net for images on each step of a sequence."""
        net = keras.Sequential(
            [keras.Input((6, 6, 2)), L.Conv2D(3, 3), L.MaxPooling2D(), L.Flatten(), L.Dense(4)]
        )
        return chain((3, 6, 6, 2), L.TimeDistributed(net), L.LSTM(3)), [floats(2, 3, 6, 6, 2)]

    @model
    def statistics():
        norm = L.Normalization()
        norm.adapt(3 * floats(20, 4) + 1)
        return chain(
            (4,),
            norm,
            L.Dense(6),
            L.BatchNormalization(scale=False),
            L.BatchNormalization(center=False, trainable=False),
            L.LayerNormalization(scale=False),
            L.Normalization(mean=0.5, variance=2.0),
        ), [floats(5, 4)]

    @model
    def attention():
        a, b = keras.Input((5, 6)), keras.Input((4, 6))
        outputs = [
            L.Attention()([a, b]),
            L.Attention(use_scale=True, score_mode="concat")([a, b, b]),
            L.Attention(use_scale=True)([a, b]),
            L.AdditiveAttention()([a, b]),
            L.AdditiveAttention(use_scale=False)([a, b]),
            L.Attention()([a, a], use_causal_mask=True),
            L.MultiHeadAttention(2, 3, name="heads")(a, b),
            L.MultiHeadAttention(2, 3, value_dim=4, output_shape=5, use_bias=False)(a, b, b),
            L.MultiHeadAttention(2, 3, dropout=0.1)(a, a, use_causal_mask=True),
            *L.MultiHeadAttention(2, 3)(a, b, return_attention_scores=True),
        ]
        return keras.Model([a, b], outputs), [floats(3, 5, 6), floats(3, 4, 6)]

    @model
    def transformer():
        x = keras.Input((7,), dtype="int32")
        e = L.Embedding(9, 6)(x)
        y = L.LayerNormalization(epsilon=1e-6)(L.Add()([e, L.MultiHeadAttention(2, 3)(e, e)]))
        z = L.Dense(6)(L.Dense(12, activation="gelu")(y))
        return keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(L.Add()([y, z])))), [words(6, 7)]

    @model
    def half():
        """Of float16, which is read as float32."""
        policy = keras.mixed_precision.Policy("float16")
        return chain((5,), L.Dense(4, activation="tanh", dtype=policy), L.Dense(2, dtype=policy)), [
            floats(4, 5)
        ]

    @model
    def mixed():
        policy = keras.mixed_precision.Policy("mixed_float16")
        return chain(
            (6, 3),
            L.LSTM(4, return_sequences=True, dtype=policy),
            L.LayerNormalization(dtype=policy),
            L.Dense(2, dtype="float32"),
        ), [floats(4, 6, 3)]

    @model
    def double():
        return chain((5,), L.Dense(4, dtype="float64"), L.Dense(2, dtype="float64")), [floats(4, 5)]

    return list(result.items())


def randomize(model, seed=1):
    """Weights that are none of them 0 or 1, small enough for deep nets."""
    import numpy as np

    rng = np.random.default_rng(seed)
    for variable in model.variables:
        value = variable.numpy()
        if value.dtype.kind != "f":
            continue
        noise = 0.4 * rng.standard_normal(value.shape)
        new = np.abs(value + noise) + 0.2 if "variance" in variable.name else value + noise
        variable.assign(new.astype(value.dtype))
    for layer in model.layers:
        if layer.__class__.__name__ == "Normalization":
            layer.finalize_state()


# Small, and between them most of what is peculiar to Keras 2: lists of weights, calls as lists, nested models.
KEPT = {
    "dense": ("h5", "keras"),
    "shared": ("h5",),
    "nested": ("h5", "keras"),
    "bidirectional": ("keras",),
    "masks": ("keras",),
    "peculiar": ("h5", "keras"),
}


def main(folder, everything=False):
    """Writes all models in all forms, or the few that are kept."""
    import numpy as np
    from keras_models import pack
    from tensorflow import keras

    folder.mkdir(parents=True, exist_ok=True)
    for name, make in models():
        if not everything and name not in KEPT:
            continue
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        model, inputs = make()
        randomize(model)
        given = inputs if len(inputs) > 1 else inputs[0]
        if model.trainable_weights and name != "half" and (everything or name == "dense"):
            model.compile("adam", "mse")
            wanted = model(given)
            wanted = list(wanted) if isinstance(wanted, (list, tuple)) else wanted
            for _ in range(2):
                model.train_on_batch(
                    given, wanted if not isinstance(wanted, list) else [0 * w for w in wanted]
                )
        if name == "stateful":
            model.reset_states()
        outputs = model.predict(given, batch_size=len(inputs[0]), verbose=0)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        if name == "stateful":
            model.reset_states()
        forms = ("h5", "keras") if everything else KEPT[name]
        for form in forms:
            model.save(folder / f"{name}.{form}")
            if form == "keras" and not everything:
                pack(folder / f"{name}.keras")
        if everything:
            model.save_weights(folder / f"{name}_weights.h5")
            model.save_weights(folder / f"{name}.weights.h5")
        arrays = {f"in{i}": x for i, x in enumerate(inputs)}
        arrays |= {f"out{i}": y for i, y in enumerate(outputs)}
        np.savez_compressed(folder / f"{name}.npz", **arrays)
        print(name, flush=True)


if __name__ == "__main__":
    here = Path(__file__).parent / "keras2"
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    main(Path(folders[0]) if folders else here, "--all" in sys.argv)
