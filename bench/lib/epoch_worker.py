"""Programs in Python that train for one epoch, or do the products of one.

Arguments: the program, float32 or float64, a file of cases as bytes, its rows
and columns, and threads. The protocol is that of bench/lib/workers.R.
"""

import ctypes
import os
import sys
import time

import numpy as np

HIDDEN = 500
BATCH = 100
RATE = 0.05
MOMENTUM = 0.5


def serve(epoch, says):
    """Say what this is, then answer each line with the seconds of an epoch."""
    path = loaded_blas()
    print("ready", os.getpid(), path, says + blas_version(path), sep="\t",
          flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        epoch()
        print("seconds", time.perf_counter() - start, sep="\t", flush=True)


def loaded_blas():
    """The BLAS in this process: one with a make of its own before any other."""
    found = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            path = line.split()[-1]
            name = os.path.basename(path)
            if any(part in name for part in ("openblas", "mkl", "libblas")):
                found.append(path)
    found.sort(key=lambda path: "openblas" not in path and "mkl" not in path)
    return found[0] if found else "none"


def blas_version(path):
    try:
        config = ctypes.CDLL(path).openblas_get_config
    except (AttributeError, OSError):
        return ""
    config.restype = ctypes.c_char_p
    return "; " + config().decode()


def products(x):
    """The five dense products of CD-1, and nothing else."""
    dtype = x.dtype
    rng = np.random.default_rng(1)
    W = rng.normal(0, 0.01, (x.shape[1], HIDDEN)).astype(dtype)
    h = np.empty((BATCH, HIDDEN), dtype)
    v2 = np.empty((BATCH, x.shape[1]), dtype)
    h2 = np.empty_like(h)
    up = np.empty_like(W)
    down = np.empty_like(W)

    def epoch():
        for start in range(0, len(x), BATCH):
            v = x[start:start + BATCH]
            np.dot(v, W, out=h)
            np.dot(h, W.T, out=v2)
            np.dot(v2, W, out=h2)
            np.dot(v.T, h, out=up)
            np.dot(v2.T, h2, out=down)

    return epoch, "numpy " + np.__version__


def torch_cd(x, threads):
    """CD-1 by hand: no autograd, every result into memory that is there."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    x = torch.from_numpy(x)
    W = torch.empty(x.shape[1], HIDDEN, dtype=x.dtype).normal_(0, 0.01)
    b = torch.zeros(x.shape[1], dtype=x.dtype)
    c = torch.zeros(HIDDEN, dtype=x.dtype)
    dW, db, dc = torch.zeros_like(W), torch.zeros_like(b), torch.zeros_like(c)
    h = torch.empty(BATCH, HIDDEN, dtype=x.dtype)
    h2, h_on = torch.empty_like(h), torch.empty_like(h)
    v2 = torch.empty(BATCH, x.shape[1], dtype=x.dtype)
    v_on = torch.empty_like(v2)
    rate = RATE / BATCH

    def epoch():
        for start in range(0, len(x), BATCH):
            v = x[start:start + BATCH]
            torch.addmm(c, v, W, out=h).sigmoid_()
            # Faster here than torch.bernoulli().
            torch.lt(h_on.uniform_(), h, out=h_on)
            torch.addmm(b, h_on, W.t(), out=v2).sigmoid_()
            torch.lt(v_on.uniform_(), v2, out=v_on)
            torch.addmm(c, v_on, W, out=h2).sigmoid_()
            dW.addmm_(v.t(), h, beta=MOMENTUM, alpha=rate)
            dW.addmm_(v_on.t(), h2, alpha=-rate)
            db.mul_(MOMENTUM).add_((v.sum(0) - v_on.sum(0)).mul_(rate))
            dc.mul_(MOMENTUM).add_((h.sum(0) - h2.sum(0)).mul_(rate))
            W.add_(dW)
            b.add_(db)
            c.add_(dc)

    return epoch, "PyTorch " + torch.__version__


def torch_pcd(x, threads, sweeps=5, epochs=10):
    """PCD-5 by hand, of as many chains as a batch has cases."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    x = torch.from_numpy(x)
    W = torch.empty(x.shape[1], HIDDEN, dtype=x.dtype).normal_(0, 0.01)
    b = torch.zeros(x.shape[1], dtype=x.dtype)
    c = torch.zeros(HIDDEN, dtype=x.dtype)
    dW, db, dc = torch.zeros_like(W), torch.zeros_like(b), torch.zeros_like(c)
    h = torch.empty(BATCH, HIDDEN, dtype=x.dtype)
    h2, h_on = torch.empty_like(h), torch.empty_like(h)
    v2 = torch.empty(BATCH, x.shape[1], dtype=x.dtype)
    v_on = (torch.empty_like(v2).uniform_() < 0.5).to(x.dtype)
    rate = RATE / BATCH

    def several_epochs():
        for start in list(range(0, len(x), BATCH)) * epochs:
            v = x[start:start + BATCH]
            torch.addmm(c, v, W, out=h).sigmoid_()
            for _ in range(sweeps):
                torch.addmm(c, v_on, W, out=h2).sigmoid_()
                torch.lt(h_on.uniform_(), h2, out=h_on)
                torch.addmm(b, h_on, W.t(), out=v2).sigmoid_()
                torch.lt(v_on.uniform_(), v2, out=v_on)
            torch.addmm(c, v_on, W, out=h2).sigmoid_()
            dW.addmm_(v.t(), h, beta=MOMENTUM, alpha=rate)
            dW.addmm_(v_on.t(), h2, alpha=-rate)
            db.mul_(MOMENTUM).add_((v.sum(0) - v_on.sum(0)).mul_(rate))
            dc.mul_(MOMENTUM).add_((h.sum(0) - h2.sum(0)).mul_(rate))
            W.add_(dW)
            b.add_(db)
            c.add_(dc)

    return several_epochs, "PyTorch " + torch.__version__


def scikit_learn(x):
    """BernoulliRBM, which trains by persistent chains: as many products."""
    import sklearn
    from sklearn.neural_network import BernoulliRBM

    def epoch():
        model = BernoulliRBM(HIDDEN, learning_rate=RATE, batch_size=BATCH,
                             n_iter=1, random_state=1)
        model.fit(x)
        if model.components_.dtype != x.dtype:
            raise TypeError("computed in " + str(model.components_.dtype))

    return epoch, "scikit-learn " + sklearn.__version__


def main():
    program, dtype, path = sys.argv[1:4]
    rows, columns, threads = (int(word) for word in sys.argv[4:7])
    x = np.fromfile(path, np.uint8).reshape(rows, columns).astype(dtype)
    if program == "products":
        serve(*products(x))
    elif program == "torch":
        serve(*torch_cd(x, threads))
    elif program == "torch-pcd":
        serve(*torch_pcd(x, threads))
    else:
        serve(*scikit_learn(x))


main()
