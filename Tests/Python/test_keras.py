"""Models that Keras saved, here and back, and files that are none."""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import io, nn

GOLDEN = Path(__file__).parent.parent / "Golden"
FOLDERS = GOLDEN / "keras", GOLDEN / "keras2"
STORED = sorted(p for folder in FOLDERS for p in folder.glob("*") if p.suffix in (".keras", ".h5"))


def arrays(path):
    """Inputs and outputs that belong to a stored model."""
    stored = np.load(path.with_suffix(".npz"))
    inputs = [stored[f"in{i}"] for i in range(sum(key.startswith("in") for key in stored))]
    return inputs, [stored[f"out{i}"] for i in range(len(stored.files) - len(inputs))]


def run(model, inputs):
    """The outputs, as a list of arrays."""
    with thalweg.no_grad():
        outputs = model(*[thalweg.tensor(x) for x in inputs])
    return [y.numpy() for y in (outputs if isinstance(outputs, tuple) else (outputs,))]


def agree(found, wanted):
    """Whether all outputs are equal to 1e-5."""
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_outputs_are_those_of_keras(path):
    inputs, outputs = arrays(path)
    model = io.load_keras(path)
    assert not model.training
    agree(run(model, inputs), outputs)


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_forms_keep_every_bit(path, tmp_path):
    inputs, _ = arrays(path)
    model = io.load_keras(path)
    before = run(model, inputs)
    # Some of what Keras 2 computes Keras 3 does not.
    for name in (
        ("again.h5",)
        if path.stem in ("masks", "peculiar") and path.parent.name == "keras2"
        else (
            "again.keras",
            "again.h5",
        )
    ):
        io.save_keras(model, tmp_path / name)
        for a, b in zip(run(io.load_keras(tmp_path / name), inputs), before, strict=True):
            np.testing.assert_array_equal(a, b)
    io.save(model, tmp_path / "ours.h5")
    ours = io.load(tmp_path / "ours.h5")
    for a, b in zip(run(ours, inputs), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_alone(tmp_path):
    path = GOLDEN / "keras" / "dense.keras"
    inputs, outputs = arrays(path)
    model = io.load_keras(path)
    with thalweg.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0)
    assert np.ptp(run(model, inputs)[0]) == 0
    io.load_keras_weights(model, path)
    agree(run(model, inputs), outputs)


def test_trains(tmp_path):
    model = io.load_keras(GOLDEN / "keras" / "text.keras")
    inputs, _ = arrays(GOLDEN / "keras" / "text.keras")
    x, y = thalweg.tensor(inputs[0]), thalweg.tensor(np.arange(len(inputs[0])) % 2)
    optimizer = thalweg.optim.Adam(model.parameters(), lr=0.05)
    model.train()
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.nll_loss(thalweg.log(model(x)), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_frozen_layers_stay_frozen():
    model = io.load_keras(GOLDEN / "keras" / "dense.keras")
    assert {p.requires_grad for p in list(model.children())[-1].parameters()} == {False}
    assert {p.requires_grad for p in next(iter(model.children())).parameters()} == {True}


# -- Files that are refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["masks", "peculiar"])
def test_what_keras_3_computes_otherwise_is_kept_in_h5_alone(name, tmp_path):
    """Keras 2's hard_sigmoid, and its masks of merged sequences."""
    model = io.load_keras(GOLDEN / "keras2" / f"{name}.keras")
    with pytest.raises(thalweg.InvalidArgumentError, match=r"Keras 2's; Keras 3 has .*Save it as \.h5"):
        io.save_keras(model, tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []


def test_training_that_keras_2_began_goes_on(tmp_path):
    """An optimiser that a file names alone, and one that it describes; two steps were made."""
    for form in ("h5", "keras"):
        model = io.load_keras(GOLDEN / "keras2" / f"dense.{form}")
        optimizer = thalweg.optim.Adam(
            [p for p in model.parameters() if p.requires_grad], lr=0.5, betas=(0.1, 0.2), eps=1.0
        )
        io.load_keras_optimizer(optimizer, model, GOLDEN / "keras2" / f"dense.{form}")
        group = optimizer.param_groups[0]
        assert (group["lr"], group["betas"]) == (pytest.approx(0.001), (0.9, 0.999))
        state = optimizer.state_dict()["state"]
        assert {float(entry["step"]) for entry in state.values()} == {2.0}
        io.save_keras(model, tmp_path / f"again.{form}", optimizer=optimizer)
        other = thalweg.optim.Adam([p for p in model.parameters() if p.requires_grad])
        io.load_keras_optimizer(other, model, tmp_path / f"again.{form}")
        for key, entry in other.state_dict()["state"].items():
            for name, value in entry.items():
                np.testing.assert_array_equal(np.asarray(value), np.asarray(state[key][name]))


SCHEDULES = {
    "ExponentialDecay": (
        {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": False},
        0.1 * 0.5**0.5,
    ),
    "InverseTimeDecay": (
        {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.5, "staircase": True},
        0.05,
    ),
    "PolynomialDecay": (
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 4,
            "end_learning_rate": 0.02,
            "power": 2.0,
            "cycle": False,
        },
        0.08 * 0.25 + 0.02,
    ),
    "PiecewiseConstantDecay": ({"boundaries": [1, 2], "values": [1.0, 0.5, 0.25]}, 0.5),
    "CosineDecay": (
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 4,
            "alpha": 0.1,
            "warmup_target": None,
            "warmup_steps": 0,
        },
        0.1 * (0.9 * 0.5 + 0.1),
    ),
    "CosineDecayRestarts": (
        {"initial_learning_rate": 0.1, "first_decay_steps": 1, "t_mul": 2.0, "m_mul": 0.5, "alpha": 0.0},
        0.1 * 0.5 * 0.5,
    ),
}


def with_optimizer(path, **options):
    """Writes the model `dense` with other options of its optimiser."""
    parts = zipfile.ZipFile(GOLDEN / "keras2" / "dense.keras")
    config = json.loads(parts.read("config.json"))
    config["compile_config"]["optimizer"] = {"class_name": "Adam", "config": options}
    with zipfile.ZipFile(path, "w") as file:
        for name in parts.namelist():
            file.writestr(name, json.dumps(config) if name == "config.json" else parts.read(name))
    model = io.load_keras(path)
    return model, thalweg.optim.Adam([p for p in model.parameters() if p.requires_grad])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_gives_the_rate_that_it_has_come_to(name, tmp_path):
    config, rate = SCHEDULES[name]
    path = tmp_path / "model.keras"
    model, optimizer = with_optimizer(path, learning_rate={"class_name": name, "config": config})
    io.load_keras_optimizer(optimizer, model, path)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(rate)


@pytest.mark.parametrize(
    "options",
    [
        {"clipnorm": 1.0},
        {"clipvalue": 0.5},
        {"global_clipnorm": 1.0},
        {"use_ema": True},
        {"gradient_accumulation_steps": 4},
        {"loss_scale_factor": 8.0},
        {"learning_rate": {"class_name": "Mine", "config": {}}},
        {"learning_rate": {"class_name": "ExponentialDecay", "config": {"decay_steps": 0}}},
    ],
    ids=lambda options: next(iter(options)),
)
def test_how_an_optimizer_was_used_otherwise_is_refused_by_name(options, tmp_path):
    path = tmp_path / "model.keras"
    model, optimizer = with_optimizer(path, **options)
    before = optimizer.param_groups[0]["lr"]
    with pytest.raises(thalweg.FormatError, match=next(iter(options)).replace("_", ".") + "|schedule"):
        io.load_keras_optimizer(optimizer, model, path)
    assert optimizer.param_groups[0]["lr"] == before
    # What has no meaning here is passed over.
    model, optimizer = with_optimizer(path, jit_compile=True, ema_momentum=0.9, use_ema=False, clipnorm=None)
    io.load_keras_optimizer(optimizer, model, path)


def archive(path, config, weights=None):
    """A `.keras` file of a configuration, with the weights of a stored model."""
    if weights is None:
        weights = zipfile.ZipFile(GOLDEN / "keras" / "dense.keras").read("model.weights.h5")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
        out.writestr("model.weights.h5", weights)
    return path


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


def sequential(*layers):
    return layer("Sequential", name="model", layers=list(layers))


def add(name, *sources):
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}} for source in sources
    ]
    return layer("Add", name=name) | {"name": name, "inbound_nodes": [{"args": [tensors], "kwargs": {}}]}


def functional(output, *layers):
    start = layer("InputLayer", name="x", batch_shape=[None, 3]) | {"name": "x", "inbound_nodes": []}
    return layer(
        "Functional",
        name="f",
        layers=[start, *layers],
        input_layers=[["x", 0, 0]],
        output_layers=[[output, 0, 0]],
    )


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (sequential(layer("Lambda", name="evil", function="import os")), ["evil", "Lambda"]),
        (sequential(sequential(layer("Sparkle", name="odd"))), ["odd", "Sparkle"]),
        (sequential(layer("Dense", name="d", units=4, activation="os.system")), ["'d'", "activation"]),
        (sequential(layer("Dense", name="d", units=4, sparkles=3)), ["'d'", "sparkles"]),
        (sequential(layer("Dense", name="d", units=-4)), ["'d'", "units"]),
        (sequential(layer("Dense", name="d", units=2**63)), ["'d'", "units"]),
        (
            sequential(
                layer("Dense", name="d", units=2**31 - 1),
                layer("Dense", name="e", units=6, use_bias=False),
                layer("Dense", name="f", units=4),
            ),
            ["'d'", "Dense", "kernel"],
        ),
        (sequential(layer("Bidirectional", name="b", layer=layer("Dense", units=1))), ["'b'", "layer"]),
        (functional("a", add("a", "b", "x"), add("b", "a", "x")), ["circle"]),
        (functional("a", add("a", "a", "x")), ["circle"]),
        (functional("a", add("a", "x", "nobody")), ["not there"]),
        (functional("a", add("a", "x", "x"), add("a", "x", "x")), ["two layers"]),
        (functional("z", add("a", "x", "x")), ["z"]),
        ("[" * 100_000, ["deeper"]),
        ('{"class_name":"Sequential","config":{"layers":[' * 50_000, ["deeper"]),
        ("0" * (1 << 27), ["config.json"]),
        ("{}", ["model"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_supported_is_refused_by_name(config, words, tmp_path):
    with pytest.raises((ValueError, RuntimeError)) as caught:
        io.load_keras(archive(tmp_path / "model.keras", config))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["../config.json", "/config.json", "a/../../b", "a\\b", "C:x", "."])
def test_names_stay_in_the_archive(name, tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("config.json", "{}")
        info = zipfile.ZipInfo("x")
        info.filename = name
        out.writestr(info, "text")
    with pytest.raises((ValueError, RuntimeError), match="leads out"):
        io.load_keras(path)


def test_a_member_that_grows_beyond_reason_is_refused(tmp_path):
    model = sequential(layer("InputLayer", batch_shape=[None, 3]), layer("Dense", name="d", units=4))
    path = archive(tmp_path / "bomb.keras", model, bytes(1 << 27))
    with pytest.raises((ValueError, RuntimeError), match="claims to become 134217728 bytes"):
        io.load_keras(path)


def test_damage_is_an_error(tmp_path):
    whole = bytearray((GOLDEN / "keras" / "dense.keras").read_bytes())
    rng = np.random.default_rng(0)
    path = tmp_path / "model.keras"
    for _ in range(300):
        damaged = whole.copy()
        at = int(rng.integers(len(damaged)))
        damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            io.load_keras(path)
        except (ValueError, RuntimeError, OSError):
            continue
    for end in range(0, len(whole), max(1, len(whole) // 97)):
        path.write_bytes(whole[:end])
        with pytest.raises((ValueError, RuntimeError, OSError)):
            io.load_keras(path)


# -- With Keras itself ------------------------------------------------------------------------------------------


def keras_models():
    """The generators, and the models of one, where Keras is installed."""
    sys.path.insert(0, str(GOLDEN))
    try:
        import keras_models
        import keras_random

        return keras_models, keras_models.models(), keras_random
    except ImportError:
        return None, [], None
    finally:
        sys.path.pop(0)


GENERATOR, MODELS, RANDOM = keras_models()


def with_keras(test):
    """A test that Keras, whose own warnings it may give, is needed for."""
    skip = pytest.mark.skipif(not MODELS, reason="Keras is not installed")
    return pytest.mark.filterwarnings("ignore")(skip(test))


# Keras 3.15.1 does not read its own legacy files of these: it takes layers in another order, or a word for a function.
UNREADABLE = ("activation_layers", "attention", "convolutions", "masks")


@with_keras
@pytest.mark.parametrize("name", [name for name, _ in MODELS])
def test_there_and_back_with_keras(name, tmp_path):
    import keras

    model, inputs = dict(MODELS)[name]()
    GENERATOR.randomize(model, seed=7)
    wanted = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    wanted = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
    for form in ("keras", "h5"):
        model.save(tmp_path / f"theirs.{form}")
        ours = io.load_keras(tmp_path / f"theirs.{form}")
        agree(run(ours, inputs), wanted)
        if form == "h5" and name in UNREADABLE:
            continue
        io.save_keras(ours, tmp_path / f"ours.{form}")
        again = keras.saving.load_model(tmp_path / f"ours.{form}")
        outputs = again.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
        agree(list(outputs) if isinstance(outputs, (list, tuple)) else [outputs], wanted)


@with_keras
@pytest.mark.parametrize("seed", range(60))
def test_random_models_there_and_back(seed, tmp_path):
    import keras

    keras.utils.clear_session()
    model, inputs = RANDOM.model(seed)
    GENERATOR.randomize(model, seed)
    wanted = model.predict(inputs[0], verbose=0)
    for form in ("keras", "h5"):
        model.save(tmp_path / f"theirs.{form}")
        ours = io.load_keras(tmp_path / f"theirs.{form}")
        np.testing.assert_allclose(run(ours, inputs)[0], wanted, rtol=1e-4, atol=1e-5)
        io.save_keras(ours, tmp_path / f"ours.{form}")
        again = keras.saving.load_model(tmp_path / f"ours.{form}")
        np.testing.assert_allclose(again.predict(inputs[0], verbose=0), wanted, rtol=1e-4, atol=1e-5)


def last(x):
    """Channels behind."""
    return np.moveaxis(x, 1, -1)


def own_models():
    """This package's models, inputs, and what turns inputs and outputs into Keras's."""
    batches = {"batch_first": True}

    def same(x):
        return x

    def times(x):
        return np.swapaxes(x, 0, 1)

    block = nn.Sequential(nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    return {
        "mlp": (
            nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2)),
            (5, 3),
            same,
            same,
        ),
        "lenet": (
            nn.Sequential(
                nn.Conv2d(1, 6, 5, padding=2),
                nn.Tanh(),
                nn.AvgPool2d(2),
                nn.Conv2d(6, 16, 5),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Flatten(),
                nn.Linear(400, 12),
                nn.LeakyReLU(0.2),
                nn.Linear(12, 10),
            ),
            (2, 1, 28, 28),
            last,
            same,
        ),
        "images": (
            nn.Sequential(
                nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1),
                nn.MaxPool2d(3, 2, 1),  # of numbers below 0 too
                nn.Conv2d(8, 12, (3, 2), padding=(2, 0), dilation=(2, 1), groups=4),
                nn.BatchNorm2d(12),
                nn.PReLU(12),
                nn.Dropout2d(0.3),
                nn.MaxPool2d((3, 5), (2, 1), 1),
                nn.GroupNorm(3, 12),
                nn.ELU(0.7),
                nn.AvgPool2d(3, 2, 1),
                nn.AvgPool2d(3, 2, 1, count_include_pad=False),
                nn.PReLU(),
            ),
            (2, 3, 65, 72),
            last,
            last,
        ),
        "larger": (
            nn.Sequential(
                nn.Linear(7, 24),
                nn.Unflatten(1, (6, 2, 2)),
                nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1),
                nn.BatchNorm2d(4),
                nn.SiLU(),
                nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1),
                nn.ConvTranspose2d(3, 2, 2, stride=3),
                nn.Upsample(scale_factor=(2, 1)),
                nn.InstanceNorm2d(2, affine=True),
                nn.ZeroPad2d((1, -2, 0, 3)),
                nn.Upsample(scale_factor=2, mode="bilinear"),
                nn.Softmax(1),
            ),
            (3, 7),
            same,
            last,
        ),
        "lines": (
            nn.Sequential(
                nn.Conv1d(4, 8, 3, padding=1, stride=2),
                nn.GELU(),
                nn.BatchNorm1d(8),
                nn.Linear(10, 6),
                nn.LSTM(6, 5, return_sequences=False, **batches),
                nn.Linear(5, 3),
                nn.LogSoftmax(1),
            ),
            (3, 4, 20),
            last,
            same,
        ),
        "volumes": (
            nn.Sequential(
                nn.Conv3d(2, 4, 3, padding=1),
                nn.BatchNorm3d(4),
                nn.ReLU(),
                nn.MaxPool3d(2),
                nn.ConvTranspose3d(4, 2, 2, stride=2),
                nn.AdaptiveAvgPool3d(1),
                nn.Flatten(),
                nn.Linear(2, 3),
            ),
            (2, 2, 6, 5, 4),
            last,
            same,
        ),
        "residual": (
            nn.Sequential(
                nn.Conv2d(3, 4, 3, padding=1, bias=False),
                nn.BatchNorm2d(4),
                nn.Residual(nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))),
                nn.Residual(block, nn.Sequential(nn.Conv2d(4, 8, 1, stride=2), nn.BatchNorm2d(8))),
                nn.AdaptiveMaxPool2d(1),
                nn.Flatten(),
                nn.Linear(8, 10),
            ),
            (2, 3, 12, 12),
            last,
            same,
        ),
        "words": (
            nn.Sequential(
                nn.Embedding(20, 6),
                nn.LSTM(6, 5, num_layers=2, bidirectional=True, dropout=0.2, **batches),
                nn.LayerNorm(10),
                nn.GRU(10, 4, bidirectional=True, return_sequences=False, **batches),
                nn.Linear(8, 3),
            ),
            (4, 9),
            same,
            same,
        ),
        "time first": (
            nn.Sequential(nn.GRU(3, 4, reset_after=False), nn.Tanh(), nn.Linear(4, 5), nn.RNN(5, 4)),
            (7, 4, 3),
            times,
            times,
        ),
    }


@with_keras
@pytest.mark.parametrize("name", list(own_models()))
def test_our_own_models_open_in_keras(name, tmp_path):
    import keras

    model, shape, turn_input, turn_output = own_models()[name]
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape).astype("float32")
    if name == "words":
        x = rng.integers(0, 20, shape).astype("int32")
    with thalweg.no_grad():
        model(thalweg.tensor(x))  # running statistics of their own
        model.eval()
        wanted = model(thalweg.tensor(x))
    wanted = turn_output((wanted[0] if isinstance(wanted, tuple) else wanted).numpy())
    for form in ("keras", "h5"):
        io.save_keras(model, tmp_path / f"model.{form}")
        theirs = keras.saving.load_model(tmp_path / f"model.{form}")
        found = theirs.predict(np.ascontiguousarray(turn_input(x)), verbose=0)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", list(own_models()))
def test_our_own_models_return(name, tmp_path):
    model, shape, turn_input, turn_output = own_models()[name]
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    if name == "words":
        x = (10 + 4 * x).clip(0, 19).astype("int64")
    model.eval()
    with thalweg.no_grad():
        wanted = model(thalweg.tensor(x))
    wanted = turn_output((wanted[0] if isinstance(wanted, tuple) else wanted).numpy())
    for form in ("keras", "h5"):
        io.save_keras(model, tmp_path / f"model.{form}")
        again = io.load_keras(tmp_path / f"model.{form}")
        agree(run(again, [np.ascontiguousarray(turn_input(x))]), [wanted])


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), ["Conv2d", "reflect"]),
        (nn.Conv2d(2, 2, 3, stride=2, dilation=2), ["Conv2d", "dilation"]),
        (nn.ConvTranspose2d(2, 2, 3, groups=2), ["ConvTranspose2d", "groups"]),
        (nn.MaxPool2d(2, ceil_mode=True), ["MaxPool2d", "ceil_mode"]),
        (nn.AdaptiveAvgPool2d(3), ["AdaptiveAvgPool2d"]),
        (nn.PixelShuffle(2), ["PixelShuffle"]),
        (nn.RReLU(), ["RReLU"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_keras_has_not_is_refused_by_name(layer, words, tmp_path):
    model = nn.Sequential(nn.Conv2d(2, 2, 1), nn.Sequential(nn.ReLU(), layer))
    with pytest.raises(ValueError, match=r"the layer '1\.1'") as caught:
        io.save_keras(model, tmp_path / "model.keras")
    for word in words:
        assert word in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# -- Optimizers ---------------------------------------------------------------------------------------------------

RULES = {
    "SGD": ({"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}, {"momentum": 0.5}),
    "Adam": ({"learning_rate": 0.01, "amsgrad": True, "epsilon": 1e-12}, {}),
    "AdamW": ({"learning_rate": 0.01, "weight_decay": 0.02, "beta_1": 0.8, "epsilon": 1e-12}, {}),
    "RMSprop": ({"learning_rate": 0.01, "momentum": 0.7, "centered": True, "epsilon": 1e-12}, {}),
    "Adagrad": ({"learning_rate": 0.05, "epsilon": 1e-12}, {}),
    "Adamax": ({"learning_rate": 0.01}, {}),
    "Lion": ({"learning_rate": 0.001}, {}),
}


def training_data():
    rng = np.random.default_rng(3)
    return rng.integers(1, 9, (8, 7)).astype("int32"), rng.standard_normal((8, 2)).astype("float32")


def steps(model, optimizer, count):
    """Full-batch steps of the mean of squares."""
    x, y = map(thalweg.tensor, training_data())
    model.train()
    for _ in range(count):
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    model.eval()


@with_keras
@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", list(RULES))
def test_training_goes_on(name, form, tmp_path):
    """Keras makes steps, this library goes on, and Keras again: as if Keras had made them all."""
    import keras
    from keras import layers as L

    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    options, ours = RULES[name]
    model = keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            L.Embedding(9, 4),
            L.GRU(5, bias_initializer="random_normal"),
            L.Dense(4, trainable=False),
            L.Dense(2),
        ]
    )
    model.compile(getattr(keras.optimizers, name)(**options), loss="mse")
    x, y = training_data()
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(tmp_path / f"a.{form}")
    loaded = io.load_keras(tmp_path / f"a.{form}")
    optimizer = getattr(thalweg.optim, name)(loaded.parameters(), lr=1, **ours)
    io.load_keras_optimizer(optimizer, loaded, tmp_path / f"a.{form}")
    steps(loaded, optimizer, 4)
    io.save_keras(loaded, tmp_path / f"b.{form}", optimizer)
    for _ in range(4):
        model.train_on_batch(x, y)
    agree(run(loaded, [x]), [model.predict(x, verbose=0)])
    if form == "h5":  # Keras 3.15 finds an "Unknown variable" when it is to go on from there
        return
    again = keras.saving.load_model(tmp_path / f"b.{form}")
    again.compile(again.optimizer, loss="mse")
    for _ in range(3):
        again.train_on_batch(x, y)
        model.train_on_batch(x, y)
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad"])
def test_optimizers_keep_their_state(name, form, tmp_path):
    model = io.load_keras(GOLDEN / "keras" / "text.keras")

    def make(parameters, **options):
        return getattr(thalweg.optim, name)(parameters, **options)

    options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    optimizer = make(model.parameters(), lr=0.0625, **options)
    steps(model, optimizer, 3)
    path = tmp_path / f"model.{form}"
    io.save_keras(model, path, optimizer)
    again = io.load_keras(path)
    other = make(again.parameters(), lr=0.5)
    io.load_keras_optimizer(other, again, path)
    steps(model, optimizer, 3)
    steps(again, other, 3)
    x = training_data()[0]
    agree(run(again, [x]), run(model, [x]))


def test_another_optimizer_is_refused(tmp_path):
    path = tmp_path / "model.keras"
    model = io.load_keras(GOLDEN / "keras" / "text.keras")
    optimizer = thalweg.optim.Adam(model.parameters(), lr=0.25)
    io.save_keras(model, path, optimizer)
    sgd = thalweg.optim.SGD(model.parameters(), lr=0.5)
    with pytest.raises(RuntimeError, match="Adam"):
        io.load_keras_optimizer(sgd, model, path)
    assert sgd.param_groups[0]["lr"] == 0.5
    with pytest.raises(RuntimeError, match="no optimiser"):
        io.load_keras_optimizer(sgd, model, GOLDEN / "keras" / "text.keras")
    with pytest.raises(ValueError, match="load_keras made"):
        io.save_keras(nn.Linear(2, 2), path, thalweg.optim.SGD([thalweg.ones(1, requires_grad=True)], lr=1))


# -- Keras 2's form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dense", "text", "shared"])
def test_lists_that_keras_2_splits_and_names_with_numbers(name, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = GOLDEN / "keras" / f"{name}.h5"
    inputs, outputs = arrays(path)
    with h5py.File(path) as old, h5py.File(tmp_path / "old.h5", "w") as new:
        for key, value in old.attrs.items():
            new.attrs[key] = value
        source, root = old["model_weights"], new.create_group("model_weights")
        layers = list(source.attrs["layer_names"])
        for part, names in enumerate((layers[:1], layers[1:])):
            root.attrs[f"layer_names{part}"] = np.array(names, dtype="S64")
        for layer in layers:
            group, names = root.create_group(layer), list(source[layer].attrs["weight_names"])
            for weight in names:
                group[f"{weight}:0"] = np.asarray(source[layer][weight], dtype="float64")
            if not names:
                group.attrs["weight_names"] = np.zeros(0)
            for part, some in enumerate((names[:1], names[1:])):
                if some:
                    group.attrs[f"weight_names{part}"] = np.array(
                        [f"{weight}:0" for weight in some], dtype="S"
                    )
    agree(run(io.load_keras(tmp_path / "old.h5"), inputs), outputs)
