"""Fixtures of the CSP explanation, computed with numpy and scipy from the definitions alone.

    python tests/scripts/explain_fixtures.py

writes tests/fixtures/explain/csp.json. The data are random; nothing is cut from a recording.
"""

import json
from pathlib import Path

import numpy as np
from scipy.linalg import eigh

rng = np.random.default_rng(20)
channels, samples, trials = 6, 25, 40
labels = ["Fp1", "C3", "Cz", "C4", "T7", "Pz"]

mixing = rng.normal(size=(channels, channels))
classes = np.arange(trials) % 2
scale = np.where(classes[:, None] == 0, [2.0, 1.0, 1, 1, 1, 0.5], [1.0, 1.5, 1, 1, 1, 0.8])
x = 1e-5 * np.einsum("cd,ids->ics", mixing, scale[:, :, None] * rng.normal(size=(trials, channels, samples)))

# CSP on the class means of the covariances, two filters from each end
covariance = np.einsum("ics,ids->icd", x, x) / samples
c0, c1 = (covariance[classes == c].mean(0) for c in (0, 1))
mean = (c0 + c1) / 2
_, vectors = eigh(c1, c0 + c1)
W = vectors.T[[0, 1, -2, -1]]
A = np.linalg.solve(W @ mean @ W.T, W @ mean)

# LDA of the log-powers, the class means at ±1, the boundary halfway
phi = np.log((np.einsum("kc,ics->iks", W, x) ** 2).mean(2))
mu0, mu1 = (phi[classes == c].mean(0) for c in (0, 1))
within = sum(np.cov(phi[classes == c].T) for c in (0, 1))
w = np.linalg.solve(within, mu1 - mu0)
w *= 2 / (w @ (mu1 - mu0))
root = (mu0 + mu1) / 2
bias = -w @ root + 0.05  # an offset f0 of 0.05, as unequal priors would give


def explain(x):
    s = W @ x
    p, p_root = (s**2).mean(1), np.exp(root)
    g = np.log(p / p_root) / (p - p_root)
    time = (w * g)[:, None] * (s**2 - p_root[:, None]) / samples
    inputs = np.einsum("k,kc,ct,kt->ct", w * g / samples, W, x, s)
    inputs -= np.einsum("k,kc,kc,k->c", w * g / samples, W, A, p_root)[:, None]
    pattern = np.einsum("kt,kc,kc->ct", time, W, A)
    source = np.einsum("kt,kc->ct", time, A**2 / (A**2).sum(1, keepdims=True))
    value = float(w @ np.log(p) + bias)
    rim = [label in ("Fp1", "T7") for label in labels]
    per_channel = np.abs(pattern.sum(1))
    return {
        "window": x.tolist(),
        "value": value,
        "offset": float(w @ root + bias),
        "components": (w * np.log(p / p_root)).tolist(),
        "views": [view.tolist() for view in (inputs, pattern, source)],
        "cancellation": [float(np.abs(view).sum() / abs(view.sum())) for view in (inputs, pattern, source)],
        "input_source_correlation": float(np.corrcoef(inputs.sum(1), source.sum(1))[0, 1]),
        "rim_share": float(per_channel[rim].sum() / per_channel.sum()),
    }


folder = Path(__file__).parent.parent / "fixtures" / "explain"
folder.mkdir(parents=True, exist_ok=True)
fixture = {
    "labels": labels,
    "filters": W.tolist(),
    "patterns": A.tolist(),
    "weights": w.tolist(),
    "bias": float(bias),
    "root_log_power": root.tolist(),
    "class_log_power": [mu0.tolist(), mu1.tolist()],
    "mean_covariance": mean.tolist(),
    "trials": [explain(x[i]) for i in (0, 1)],
}
(folder / "csp.json").write_text(json.dumps(fixture) + "\n")
