"""Makes tests/fixtures/decode/{riemann,pipelines,metrics}.json: what pyRiemann, scikit-learn, MNE and scipy make of small
simulated epochs and predictions.

    python tests/scripts/pipeline_fixtures.py

Needs numpy, scipy, scikit-learn, mne and pyriemann. The epochs are integers in units of 10 nV, so the files are small and
exact; most of what is expected is one probability for each trial and class.
"""

import functools
import json
import pathlib
import warnings

import mne
import numpy as np
import scipy.stats
from pyriemann.classification import MDM
from pyriemann.geometry.ajd import ajd_pham
from pyriemann.geometry.distance import distance_riemann
from pyriemann.geometry.mean import mean_riemann
from pyriemann.geometry.tangentspace import tangent_space
from sklearn.covariance import LedoitWolf, ledoit_wolf, oas
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    log_loss,
    roc_auc_score,
)

mne.set_log_level("error")
warnings.filterwarnings("ignore")
UNIT_VOLTS = 1e-8
OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "decode"


def simulate(seed, trials, channels, samples, classes, average):
    """Sources whose power differs between the classes, mixed; whole numbers of 10 nV."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(trials) * 5 // 3) % classes
    mixing = rng.normal(size=(channels, channels)) * 0.5 + np.eye(channels)
    sources = rng.normal(size=(trials, channels, samples)) * 100
    sources *= np.exp(0.25 * rng.normal(size=(trials, channels, 1)))
    for c in range(classes):
        sources[labels == c, c] *= 1.4
    data = np.rint(np.einsum("ij,tjs->tis", mixing, sources)).astype(int)
    if average:  # times the number of channels, so that it stays whole
        data = channels * data - data.sum(1, keepdims=True)
    return data, labels


def covariances(x, train, shrinkage):
    """Zero-mean covariances in the dimensions that the training trials span, shrunk there."""
    pooled = np.mean([a @ a.T / a.shape[1] for a in x[train]], axis=0)
    values, vectors = np.linalg.eigh(pooled)
    basis = vectors[:, values > 1e-12 * values[-1]]
    within = [(basis.T @ a).T for a in x]
    estimate = {
        "off": lambda a: a.T @ a / len(a),
        "ledoit_wolf": lambda a: ledoit_wolf(a, assume_centered=True)[0],
        "oas": lambda a: oas(a, assume_centered=True)[0],
    }[shrinkage]
    return np.array([estimate(a) for a in within])


def lda(classes):
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=np.full(classes, 1 / classes))


def tangent_lda(classes):
    priors = np.full(classes, 1 / classes)
    return LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=LedoitWolf(), priors=priors)


def logistic(weight):
    return LogisticRegression(C=weight, tol=1e-12, max_iter=100_000)


def joint_csp(x, labels, train, side, classes):
    """MNE's CSP, brought to convergence by pyRiemann's version of the same algorithm."""
    data = x[train]
    csp = mne.decoding.CSP(2 * side, reg="ledoit_wolf", cov_est="concat", log=True, component_order="mutual_info")
    original = mne.decoding.csp._ajd_pham
    mne.decoding.csp._ajd_pham = lambda covs: ajd_pham(covs, eps=1e-16, n_iter_max=2000)
    try:
        csp.fit(data * 1e6, labels[train])
    finally:
        mne.decoding.csp._ajd_pham = original
    model = lda(classes).fit(csp.transform(data * 1e6), labels[train])
    return model.predict_proba(csp.transform(x * 1e6))


def pipelines(seed, trials, channels, samples, classes, average):
    data, labels = simulate(seed, trials, channels, samples, classes, average)
    x = data * UNIT_VOLTS
    train = np.arange(trials) < trials * 2 // 3
    fixture = {"unit_volts": UNIT_VOLTS, "shape": x.shape, "classes": classes, "labels": labels.tolist()}
    fixture["data"] = data.ravel().tolist()
    fixture["trained_on"] = int(train.sum())
    expected = {}
    for shrinkage in ("off", "ledoit_wolf", "oas"):
        c = covariances(x, train, shrinkage)
        expected[f"mdm_{shrinkage}"] = np.array(
            [MDM().fit(c[train], labels[train]).predict_proba(c[i : i + 1])[0] for i in range(trials)]
        )
        reference = mean_riemann(c[train], tol=1e-12, maxiter=500)
        vectors = tangent_space(c, reference)
        expected[f"tangent_lda_{shrinkage}"] = tangent_lda(classes).fit(vectors[train], labels[train]).predict_proba(vectors)
        weight = 0.1 if shrinkage == "oas" else 1.0
        model = logistic(weight).fit(vectors[train], labels[train])
        expected[f"tangent_logistic_{shrinkage}"] = model.predict_proba(vectors)
    log_variance = np.log(np.mean(x**2, axis=2))
    expected["log_variance"] = lda(classes).fit(log_variance[train], labels[train]).predict_proba(log_variance)
    if classes > 2 and not average:
        expected["csp_joint"] = joint_csp(x, labels, train, 2, classes)
    fixture["expected"] = {name: np.round(p, 9).tolist() for name, p in expected.items()}
    return fixture


def riemann():
    rng = np.random.default_rng(7)
    roots = rng.normal(size=(7, 4, 6))
    covs = np.round(roots @ roots.transpose(0, 2, 1), 3)
    mean = mean_riemann(covs, tol=1e-13, maxiter=1000)
    filters, _ = ajd_pham(covs, eps=1e-18, n_iter_max=5000)
    return {
        "covariances": covs.tolist(),
        "distances": [[distance_riemann(a, b) for a in covs] for b in covs],
        "mean": mean.tolist(),
        "tangent": tangent_space(covs, mean).tolist(),
        "joint_filters": filters.tolist(),
    }


def metrics():
    cases = []
    for seed, classes, trials in [(1, 2, 40), (2, 3, 60), (3, 4, 50)]:
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, classes, trials)
        scores = rng.normal(size=(trials, classes)) + 1.2 * np.eye(classes)[labels]
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        p = np.round(p, 3)
        p[:, -1] = 1 - p[:, :-1].sum(1)
        p = np.round(p, 3)
        decided = p.argmax(1)
        confidence, right = p.max(1), decided == labels
        bins = np.clip(np.ceil(confidence * 10).astype(int) - 1, 0, 9)
        error = sum(
            (bins == b).sum() * abs(right[bins == b].mean() - confidence[bins == b].mean())
            for b in range(10)
            if (bins == b).any()
        )
        table = confusion_matrix(labels, decided)
        # The mutual information of class and decision where every class has the same weight.
        even = table / table.sum(1, keepdims=True)
        entropy = functools.partial(scipy.stats.entropy, base=2)
        auc = roc_auc_score(labels, p[:, 1]) if classes == 2 else roc_auc_score(labels, p, multi_class="ovr")
        cases.append(
            {
                "classes": classes,
                "truth": labels.tolist(),
                "probabilities": p.tolist(),
                "table": table.tolist(),
                "accuracy": accuracy_score(labels, decided),
                "balanced_accuracy": balanced_accuracy_score(labels, decided),
                "kappa": cohen_kappa_score(labels, decided),
                "auc": auc,
                "log_loss": log_loss(labels, p, labels=range(classes)),
                "calibration_error": error / trials,
                "bits": float(entropy(even.sum(0)) + entropy(even.sum(1)) - entropy(even.ravel())),
            }
        )
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=12) + 0.5, rng.normal(size=12)
    test = scipy.stats.permutation_test(
        (first, second), lambda a, b, axis: np.mean(a - b, axis=axis), permutation_type="samples", vectorized=True
    )
    pairs = {"first": first.tolist(), "second": second.tolist(), "p_value": float(test.pvalue)}
    return {"cases": cases, "pairs": pairs}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    files = {
        "riemann": riemann(),
        "metrics": metrics(),
        "pipelines": [
            pipelines(11, 30, 5, 40, 2, False),
            pipelines(12, 30, 5, 40, 2, True),
            pipelines(13, 36, 5, 40, 3, False),
            pipelines(14, 32, 6, 30, 4, True),
        ],
    }
    for name, fixture in files.items():
        (OUT / f"{name}.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
