"""Makes tests/fixtures/decode/*.json: what scikit-learn, scipy and MNE make of small simulated epochs.

    python tests/scripts/decode_fixtures.py

Needs numpy, scipy, scikit-learn and mne. The data is integers in units of 10 nV, so the files are small and exact.
"""

import json
import pathlib

import mne
import numpy as np
import scipy.linalg
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

mne.set_log_level("error")
UNIT_VOLTS = 1e-8
OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "decode"


def simulate(seed, trials, channels, samples, average):
    """Sources whose power differs between the classes, mixed; whole numbers of 10 nV."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(trials) // 2) % 2
    mixing = rng.normal(size=(channels, channels))
    sources = rng.normal(size=(trials, channels, samples)) * 300
    sources *= np.exp(0.25 * rng.normal(size=(trials, channels, 1)))
    sources[labels == 0, 0] *= 1.8
    sources[labels == 1, 1] *= 1.5
    data = np.rint(np.einsum("ij,tjs->tis", mixing, sources)).astype(int)
    if average:  # times the number of channels, so that it stays whole
        data = channels * data - data.sum(1, keepdims=True)
    return data, labels


def reference(x, labels, side):
    """CSP by the definition, in the space that the data spans; LDA by scikit-learn."""
    trials, channels, samples = x.shape
    by_class = [np.concatenate(list(x[labels == c]), axis=1) for c in (0, 1)]
    plain = [y @ y.T / y.shape[1] for y in by_class]
    mean = (plain[0] + plain[1]) / 2
    values, vectors = np.linalg.eigh(mean)
    basis = vectors[:, values > 1e-12 * values[-1]]
    shrunk, intensities = [], []
    for y in by_class:
        covariance, intensity = ledoit_wolf((basis.T @ y).T, assume_centered=True)
        shrunk.append(covariance)
        intensities.append(intensity)
    eigenvalues, w = scipy.linalg.eigh(shrunk[1], shrunk[0] + shrunk[1])
    chosen = list(range(side)) + list(range(basis.shape[1] - side, basis.shape[1]))
    filters = (basis @ w[:, chosen]).T
    patterns = (mean @ filters.T @ np.linalg.inv(filters @ mean @ filters.T)).T
    peaks = np.array([a[np.argmax(np.abs(a))] for a in patterns])
    patterns /= peaks[:, None]
    filters *= peaks[:, None]
    log_powers = np.log(np.mean(np.einsum("kc,tcs->tks", filters, x) ** 2, axis=2))
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5]).fit(log_powers, labels)
    return {
        "rank": basis.shape[1],
        "intensities": intensities,
        "eigenvalues": eigenvalues[chosen].tolist(),
        "filters": filters.tolist(),
        "patterns": patterns.tolist(),
        "coefficients": lda.coef_[0].tolist(),
        "intercept": float(lda.intercept_[0]),
        "decision_function": lda.decision_function(log_powers).tolist(),
        "probability": lda.predict_proba(log_powers)[:, 1].tolist(),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, seed, shape, side, average in [
        ("full_rank", 1, (24, 6, 60), 2, False),
        ("common_average", 2, (24, 6, 60), 2, True),
        ("unequal_classes", 3, (18, 5, 40), 1, False),
    ]:
        data, labels = simulate(seed, *shape, average)
        if name == "unequal_classes":
            data, labels = data[:15], labels[:15]
            labels = np.where(np.arange(15) % 3 == 0, 0, 1)
        x = data * UNIT_VOLTS
        fixture = {"unit_volts": UNIT_VOLTS, "shape": x.shape, "patterns_per_side": side, "labels": labels.tolist()}
        fixture["data"] = data.ravel().tolist()
        fixture["expected"] = reference(x, labels, side)
        # MNE's own: the same estimator, but without the rank restriction, so only where the data has full rank.
        if not average:
            csp = mne.decoding.CSP(2 * side, reg="ledoit_wolf", cov_est="concat", log=True, component_order="alternate")
            csp.fit(x, labels)
            fixture["mne_filters"] = csp.filters_[: 2 * side].tolist()
        (OUT / f"{name}.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
