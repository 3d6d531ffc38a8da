"""Train scikit-learn's BernoulliRBM, and write its parameters after some epochs.

Arguments: a file of cases as bytes, rows, columns, hidden units, size of a
batch, learning rate, seed, epochs after which to write, with commas, and the
file to write: for each, W of hidden by visible, b and c as float64.
"""

import sys

import numpy as np
from sklearn.neural_network import BernoulliRBM


def main():
    path, rows, columns, hidden, batch = sys.argv[1:6]
    rate, seed, stops, out = sys.argv[6:10]
    x = np.fromfile(path, np.uint8).reshape(int(rows), int(columns))
    x = x.astype(np.float64)
    batch = int(batch)
    stops = [int(word) for word in stops.split(",")]
    rng = np.random.default_rng(int(seed))
    model = BernoulliRBM(int(hidden), learning_rate=float(rate),
                         batch_size=batch, random_state=int(seed))
    with open(out, "wb") as file, np.errstate(over="ignore"):
        for epoch in range(1, max(stops) + 1):
            # The updates of fit(), in full batches only: those with fewer
            # cases than chains are biased.
            order = rng.permutation(len(x))
            for start in range(0, len(x) - batch + 1, batch):
                model.partial_fit(x[order[start:start + batch]])
            for _ in range(stops.count(epoch)):
                model.components_.astype(np.float64).tofile(file)
                model.intercept_visible_.astype(np.float64).tofile(file)
                model.intercept_hidden_.astype(np.float64).tofile(file)


main()
