"""Writes tests/fixtures/motrace-signal/standardise.json: exponential moving standardisation by its definition.

The sums are written out over all earlier samples, as pandas' `ewm(alpha, adjust=True)` defines them; braindecode's
`exponential_moving_standardize` is made of these. Where braindecode is installed, it is checked that it agrees after its
initial block. Run from the repository's root with a Python that has numpy.
"""

import json
import pathlib

import numpy as np


def moving(x, factor):
    weights = (1 - factor) ** np.arange(len(x))
    return np.array([np.dot(weights[: t + 1], x[t::-1]) / weights[: t + 1].sum() for t in range(len(x))])


def standardised(x, factor, epsilon):
    deviation = x - moving(x, factor)
    return deviation / np.maximum(epsilon, np.sqrt(moving(deviation**2, factor)))


def main():
    n = np.arange(900)
    noise = np.modf(np.sin(12.9898 * n) * 43758.5453)[0]
    # Microvolts: a rhythm that grows, one on a large offset with a drift, and a channel that is silent.
    channels = np.array([
        8 * np.sin(0.3 * n) * (1 + n / 300) + 3 * noise,
        -8000 + 0.05 * n + 20 * noise,
        np.zeros(len(n)),
    ])
    cases = []
    for factor in (1e-3, 1e-2):
        y = np.array([standardised(x, factor, 1e-4) for x in channels])
        cases.append({"factor": factor, "output": y[:, ::3].tolist()})
        try:
            from braindecode.preprocessing import exponential_moving_standardize
        except ImportError:
            continue
        theirs = exponential_moving_standardize(channels, factor_new=factor, init_block_size=500, eps=1e-4)
        print("braindecode differs by", np.abs(theirs[:, 500:] - y[:, 500:]).max(), "after its initial block")
    out = {"epsilon": 1e-4, "every": 3, "input": channels.tolist(), "cases": cases}
    path = pathlib.Path("tests/fixtures/motrace-signal/standardise.json")
    path.write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
