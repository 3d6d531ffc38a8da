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


class Torch:
    """CD-1 and PCD by hand: no autograd, results into memory that is there."""

    def __init__(self, x, threads):
        import torch

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.torch = torch
        self.says = "PyTorch " + torch.__version__
        self.x = torch.from_numpy(x)
        dtype, columns = self.x.dtype, x.shape[1]
        self.W = torch.empty(columns, HIDDEN, dtype=dtype).normal_(0, 0.01)
        self.b = torch.zeros(columns, dtype=dtype)
        self.c = torch.zeros(HIDDEN, dtype=dtype)
        self.dW, self.db, self.dc = map(torch.zeros_like,
                                        (self.W, self.b, self.c))
        self.h, self.h2, self.h_on = (torch.empty(BATCH, HIDDEN, dtype=dtype)
                                      for _ in range(3))
        self.v2 = torch.empty(BATCH, columns, dtype=dtype)
        self.v_on = (torch.empty_like(self.v2).uniform_() < 0.5).to(dtype)

    def mean_h(self, v, out):
        self.torch.addmm(self.c, v, self.W, out=out).sigmoid_()

    def draw_v(self, mean_h):
        torch = self.torch
        # Faster here than torch.bernoulli().
        torch.lt(self.h_on.uniform_(), mean_h, out=self.h_on)
        torch.addmm(self.b, self.h_on, self.W.t(), out=self.v2).sigmoid_()
        torch.lt(self.v_on.uniform_(), self.v2, out=self.v_on)

    def step(self, v):
        rate = RATE / BATCH
        self.dW.addmm_(v.t(), self.h, beta=MOMENTUM, alpha=rate)
        self.dW.addmm_(self.v_on.t(), self.h2, alpha=-rate)
        self.db.mul_(MOMENTUM).add_((v.sum(0) - self.v_on.sum(0)).mul_(rate))
        of_c = self.h.sum(0) - self.h2.sum(0)
        self.dc.mul_(MOMENTUM).add_(of_c.mul_(rate))
        self.W.add_(self.dW)
        self.b.add_(self.db)
        self.c.add_(self.dc)

    def cd(self):
        """One epoch."""
        for start in range(0, len(self.x), BATCH):
            v = self.x[start:start + BATCH]
            self.mean_h(v, self.h)
            self.draw_v(self.h)
            self.mean_h(self.v_on, self.h2)
            self.step(v)

    def pcd(self, sweeps=5, epochs=10):
        """Ten epochs, with as many chains as a batch has cases."""
        for start in list(range(0, len(self.x), BATCH)) * epochs:
            v = self.x[start:start + BATCH]
            self.mean_h(v, self.h)
            for _ in range(sweeps):
                self.mean_h(self.v_on, self.h2)
                self.draw_v(self.h2)
            self.mean_h(self.v_on, self.h2)
            self.step(v)


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
    elif program in ("torch", "torch-pcd"):
        machine = Torch(x, threads)
        serve(machine.cd if program == "torch" else machine.pcd, machine.says)
    else:
        serve(*scikit_learn(x))


main()
