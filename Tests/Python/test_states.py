"""State dictionaries in HDF5 as PyTorch's users write them: flat, nested, partial, refused."""

import zipfile

import numpy as np
import pytest
import thalweg
from thalweg import io, nn


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state.h5")


def net(hidden=4, seed=0):
    thalweg.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, hidden), nn.BatchNorm1d(hidden), nn.Sequential(nn.Linear(hidden, 2)))
    model(thalweg.randn(8, 3))
    return model


def values(model):
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


def same(a, b):
    a, b = values(a), values(b)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("nested", [False, True])
def test_there_and_back(path, nested):
    model, other = net(), net(seed=1)
    io.save_state_dict(model, path, nested=nested)
    found = {e.path for e in io.contents(path) if e.kind == "dataset"}
    name = "/2/0/weight" if nested else "/2.0.weight"
    assert name in found and len(found) == len(model.state_dict())
    assert all(not e.attributes for e in io.contents(path))  # as Netron wants it
    report = io.load_state_dict(other, path)
    assert not report and report == ([], [], [])
    assert same(model, other)
    state = io.read_state_dict(path)
    assert state.keys() == model.state_dict().keys()
    assert (
        state["1.num_batches_tracked"].dtype == thalweg.int64 and state["1.num_batches_tracked"].item() == 1
    )
    third = net(seed=2)
    third.load_state_dict(state)
    assert same(model, third)


def test_a_dictionary(path):
    model = net()
    io.save_state_dict(model.state_dict(), path)
    again = str(path) + "2"
    io.save_state_dict(io.read_state_dict(path), again, nested=True)
    other = net(seed=1)
    io.load_state_dict(other, again)
    assert same(model, other)
    for name in ("a/b", "a..b", ""):
        with pytest.raises(thalweg.InvalidArgumentError, match="cannot be one"):
            io.save_state_dict({name: [1.0]}, again)


def test_strict_lists_everything(path):
    io.save_state_dict(net(hidden=5), path)
    model = net()
    before = values(model)
    with pytest.raises(thalweg.FormatError) as caught:
        io.load_state_dict(model, path)
    assert "0.weight has shape [5, 3], not [4, 3]" in str(caught.value) and "2.0.weight" in str(caught.value)
    state = io.read_state_dict(path)
    state["extra.weight"] = state.pop("0.bias")
    io.save_state_dict(state, path)
    with pytest.raises(thalweg.FormatError) as caught:
        io.load_state_dict(model, path)
    assert "missing: 0.bias" in str(caught.value) and "unexpected: extra.weight" in str(caught.value)
    assert all(np.array_equal(before[n], v) for n, v in values(model).items())


def test_partial(path):
    source, model = net(hidden=5), net()
    state = dict(source.state_dict())
    state["extra"] = thalweg.zeros(2)
    del state["1.num_batches_tracked"]
    io.save_state_dict(state, path)
    report = io.load_state_dict(model, path, strict=False)
    assert report
    assert report.missing == ["1.num_batches_tracked"] and report.unexpected == ["extra"]
    assert ("0.weight", (4, 3), (5, 3)) in report.mismatched
    fitting = [m.name for m in report.mismatched]
    assert "2.0.bias" not in fitting
    np.testing.assert_array_equal(model.state_dict()["2.0.bias"].numpy(), state["2.0.bias"].numpy())


def test_shared_tensors_are_stored_once(path):
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    io.save_state_dict(model, path)
    entries = {e.path: e.details for e in io.contents(path)}
    assert entries["/1.weight"]["same_as"] == "/0.weight"
    other = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    io.load_state_dict(other, path)
    assert np.array_equal(other[1].weight.detach().numpy(), model[0].weight.detach().numpy())


def test_from_a_native_file(path):
    model, other = net(), net(seed=1)
    io.save_weights(model, path)
    assert not io.load_state_dict(other, path)
    assert same(model, other)
    assert all(np.array_equal(v.numpy(), values(model)[n]) for n, v in io.read_state_dict(path).items())


def test_group(path):
    with io.DataWriter(path) as writer:
        for name, tensor in net().state_dict().items():
            writer.write(f"run/model/{name}", tensor)
    model = net(seed=1)
    io.load_state_dict(model, path, group="run/model")
    assert same(model, net())
    with pytest.raises(thalweg.FormatError, match="no group '/run/nothing'"):
        io.load_state_dict(model, path, group="run/nothing")
    with pytest.raises(thalweg.FormatError, match="missing"):
        io.load_state_dict(model, path)


def test_torchs_own_files_are_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02}q\x00.")
    for function in (
        lambda: io.load_state_dict(net(), path),
        lambda: io.contents(path),
        lambda: io.load_weights(net(), path),
    ):
        with pytest.raises(thalweg.FormatError, match=r"torch\.save.*can run any program"):
            function()
    with open(path, "wb") as file:
        file.write(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    with pytest.raises(thalweg.FormatError, match="pickle"):
        io.load_state_dict(net(), path)
    with pytest.raises(thalweg.FileError, match="No such file"):
        io.load_state_dict(net(), path + "x")


def test_other_dtypes(path):
    """float16 and bfloat16 become float32; double a module's float32; whole numbers no fractions."""
    h5py = pytest.importorskip("h5py")
    weight = np.array([[1.5, -2.25, 0.125]], "f4")
    with h5py.File(path, "w") as file:
        file["weight"] = weight.astype("f2")
        halves = (weight.view("u4") >> 16).astype("u2").reshape(-1)[:1]
        opaque = halves.view("V2")
        file.create_dataset("bias", data=opaque, dtype="V2").attrs["dtype"] = "bfloat16"
    model = nn.Linear(3, 1)
    io.load_state_dict(model, path)
    np.testing.assert_array_equal(model.weight.detach().numpy(), weight)
    assert model.bias.tolist() == [1.5]
    with h5py.File(path, "w") as file:
        file["weight"], file["bias"] = weight.astype("f8"), np.array([3])
    with pytest.raises(thalweg.DTypeError, match="bias is int64"):
        io.load_state_dict(model, path)
    with h5py.File(path, "w") as file:
        file["weight"], file["other"] = weight, np.array([3.0])
        file["bias"] = h5py.SoftLink("/other")
    with pytest.raises(thalweg.FormatError, match="soft link"):
        io.load_state_dict(model, path)
    with h5py.File(path, "w") as file:
        file["weight"] = weight
        file["bias"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(thalweg.FormatError, match="another file"):
        io.load_state_dict(model, path)


def test_two_of_a_name(path):
    io.write(path, {"a.weight": [1.0], "a/weight": [2.0]})
    with pytest.raises(thalweg.FormatError, match=r"two data sets for the name a\.weight"):
        io.load_state_dict(nn.Linear(1, 1), path)
    with pytest.raises(thalweg.FormatError, match=r"two data sets for the name a\.weight"):
        io.read_state_dict(path)


def test_with_pytorch(path):
    torch = pytest.importorskip("torch")
    h5py = pytest.importorskip("h5py")
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(2 * 36, 3)
    ).eval()
    ours = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2 * 36, 3)).eval()
    with h5py.File(path, "w") as file:
        for name, tensor in theirs.state_dict().items():
            file.create_dataset(name, data=tensor.numpy())
    io.load_state_dict(ours, path)
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype("f4")
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    # Sums of 9 and 72 products in another order.
    np.testing.assert_allclose(ours(thalweg.tensor(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    io.save_state_dict(ours, path)
    with h5py.File(path) as file:
        state = {name: torch.from_numpy(np.array(data[()])) for name, data in file.items()}
    theirs.load_state_dict(state)
