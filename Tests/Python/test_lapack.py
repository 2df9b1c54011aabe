"""Linear algebra with LAPACK, where the machine has one, and without."""

import ctypes.util
import os
import subprocess
import sys

import numpy as np
import pytest
import thalweg as tw

CASES = """
import numpy as np, sys, thalweg as tw
from thalweg import linalg
np_random = np.random.default_rng(3)
out = {}
for name, shape in (("square", (2, 150, 150)), ("tall", (170, 130)), ("wide", (130, 170))):
    a = np_random.normal(size=shape)
    t = tw.tensor(a)
    u, s, v = linalg.svd(t, full_matrices=False)
    np.testing.assert_allclose((u * s.unsqueeze(-2) @ v).numpy(), a, atol=1e-11)
    np.testing.assert_allclose((u.mT @ u).numpy(), np.broadcast_to(np.eye(s.shape[-1]), (u.mT @ u).shape), atol=1e-12)
    out[name + " values"] = s.numpy()
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(t, mode)
        np.testing.assert_allclose((q @ r).numpy(), a, atol=1e-11)
        out[name + mode] = r.numpy()
    p, l, upper = linalg.lu(t)
    np.testing.assert_allclose((p @ l @ upper).numpy(), a, atol=1e-11)
    out[name + " lu"] = upper.numpy()
a = np_random.normal(size=(140, 140))
symmetric = a + a.T
values, vectors = linalg.eigh(tw.tensor(symmetric))
np.testing.assert_allclose((vectors * values @ vectors.mT).numpy(), symmetric, atol=1e-10)
out["eigh"] = values.numpy()
out["eigh of the lower triangle"] = linalg.eigvalsh(tw.tensor(a)).numpy()
positive = a @ a.T + np.eye(140)
factor = linalg.cholesky(tw.tensor(positive))
assert (factor.triu(1) == 0).all()
np.testing.assert_allclose((factor @ factor.mT).numpy(), positive, rtol=1e-11, atol=1e-9)
out["cholesky"] = factor.numpy()
b = np_random.normal(size=(140, 90))
out["solve"] = linalg.solve(tw.tensor(a), tw.tensor(b)).numpy()
for upper in (False, True):
    for left in (True, False):
        for unit in (False, True):
            t = np.triu(positive) if upper else np.tril(positive)
            right = tw.tensor(b if left else b.T.copy())
            x = linalg.solve_triangular(tw.tensor(t / 100), right, upper=upper, left=left, unitriangular=unit)
            out[f"triangular {upper} {left} {unit}"] = x.numpy()
out["det"] = linalg.slogdet(tw.tensor(a))[1].numpy()
for wrong in ("solve", "cholesky", "svd", "eigh"):
    bad = tw.zeros(140, 140, dtype=tw.float64)
    try:
        if wrong == "solve":
            linalg.solve(bad, tw.tensor(b))
        elif wrong == "cholesky":
            linalg.cholesky(bad)
        else:
            getattr(linalg, wrong)(bad + float("nan"))
    except tw.InvalidArgumentError:
        continue
    raise AssertionError(wrong)
leaf = tw.tensor(a[:64, :64].copy(), requires_grad=True)
(linalg.svdvals(leaf).sum() + linalg.inv(leaf).sum() + linalg.qr(leaf)[1].abs().sum()).backward()
out["gradient"] = leaf.grad.numpy()
np.savez(sys.argv[1], lapack=str(tw.lapack()), **out)
"""


def run(path, wish):
    environment = {**os.environ, "THALWEG_LAPACK": wish}
    command = [sys.executable, "-c", CASES, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.load(path)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return run(tmp_path_factory.mktemp("own") / "out.npz", "off")


def test_own_forms(own):
    assert str(own["lapack"]) == "None"


def test_lapack_gives_the_same(own, tmp_path):
    name = ctypes.util.find_library("lapack") or ctypes.util.find_library("openblas")
    if name is None:
        pytest.skip("this machine has no LAPACK")
    theirs = run(tmp_path / "out.npz", name)
    assert str(theirs["lapack"]) == name
    for key in own.files:
        if key != "lapack":
            scale = np.abs(own[key]).max()
            np.testing.assert_allclose(theirs[key], own[key], rtol=1e-6, atol=1e-9 * scale, err_msg=key)


def test_what_is_no_lapack(own, tmp_path):
    for wish in ("libc.so.6", "/nowhere/liblapack.so", ""):
        found = run(tmp_path / "out.npz", wish)
        if wish:
            assert str(found["lapack"]) == "None"


def test_name_in_this_process():
    assert tw.lapack() is None or isinstance(tw.lapack(), str)
