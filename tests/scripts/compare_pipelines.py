"""Compares what the example `compare_pipelines` of motrace-decode predicts on real recordings with the same pipelines made of
MNE, scikit-learn and pyRiemann, on the same epochs and folds.

    MOTRACE_DATA=... cargo run --release -p motrace-decode --example compare_pipelines -- predictions.json
    MOTRACE_DATA=... python tests/scripts/compare_pipelines.py predictions.json

Needs numpy, scipy, scikit-learn, mne and pyriemann.
"""

import json
import os
import pathlib
import sys
import time
import warnings

import mne
import numpy as np
from pyriemann.classification import MDM
from pyriemann.estimation import Covariances
from pyriemann.tangentspace import TangentSpace
from scipy.signal import butter, sosfilt
from sklearn.covariance import LedoitWolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

warnings.filterwarnings("ignore")
mne.set_log_level("error")
ROOT = pathlib.Path(os.environ["MOTRACE_DATA"])


def s001(runs):
    return [(ROOT / f"eegmmidb/S001/S001R{run:02d}.edf", dict(zip(("T1", "T2"), classes))) for run, classes in runs]


def tasks():
    hands, limbs = (0, 1), (0, 1)
    early = (0.5, 2.5)
    yield "S001 fists/feet", s001([(6, limbs), (10, limbs), (14, limbs)]), early
    yield "S001 left/right", s001([(4, hands), (8, hands), (12, hands)]), early
    hands, limbs = (0, 1), (2, 3)
    four = [(4, hands), (6, limbs), (8, hands), (10, limbs), (12, hands), (14, limbs)]
    yield "S001 four classes", s001(four), early
    for window in (early, (1.0, 3.5)):
        for subject in ("01", "03", "06", "07", "09"):
            files = [ROOT / f"mi-openbci/edf{subject}/{run:03d}/eeg.edf" for run in (2, 3, 4, 5)]
            yield f"openbci {subject} {window[0]:g}-{window[1]:g} s", [(f, {"OVTK_GDF_Right": 0, "OVTK_GDF_Tongue": 1}) for f in files], window


def epochs(files, window):
    x, y = [], []
    for path, codes in files:
        raw = mne.io.read_raw_edf(path, preload=True)
        rate = raw.info["sfreq"]
        data = raw.get_data()
        sos = butter(4, [8, 30], "bandpass", fs=rate, output="sos")
        data = sosfilt(sos, data - data[:, :1])
        for annotation in raw.annotations:
            text = annotation["description"].strip()
            if text in codes:
                cue = int(np.ceil(round(annotation["onset"] * rate, 6)))
                x.append(data[:, cue + int(window[0] * rate) : cue + int(window[1] * rate)])
                y.append(codes[text])
    return np.array(x), np.array(y)


def pipelines(classes, rank):
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=np.full(classes, 1 / classes))
    tangent_lda = LinearDiscriminantAnalysis(
        solver="lsqr", covariance_estimator=LedoitWolf(), priors=np.full(classes, 1 / classes)
    )
    covariances = Covariances("lwf", assume_centered=True)
    # The order has to be given here: MNE binds it when the object is made.
    order = "alternate" if classes == 2 else "mutual_info"
    csp = mne.decoding.CSP(
        6, reg="ledoit_wolf", cov_est="concat", log=True, rank={"eeg": rank}, component_order=order
    )
    if classes == 2:
        yield "csp_lda", make_pipeline(csp, lda)
    else:
        yield "csp_joint_lda", make_pipeline(csp, lda)
    yield "mdm", make_pipeline(covariances, MDM())
    yield "tangent_logistic", make_pipeline(covariances, TangentSpace(), LogisticRegression(max_iter=10_000, tol=1e-8))
    yield "tangent_lda", make_pipeline(covariances, TangentSpace(), tangent_lda)


def main():
    ours = {(p["task"], p["pipeline"]): p for p in json.loads(pathlib.Path(sys.argv[1]).read_text())}
    for name, files, window in tasks():
        x, y = epochs(files, window)
        # In microvolts: scikit-learn and MNE have thresholds that volts fall below.
        x *= 1e6 / (1 if np.abs(x).max() < 1 else 1e6)
        classes = y.max() + 1
        for pipeline, model in pipelines(classes, x.shape[1]):
            found = ours[name, pipeline]
            assert found["truth"] == y.tolist(), f"{name}: other trials"
            start = time.perf_counter()
            predicted = np.empty_like(y)
            for test in np.array_split(np.arange(len(y)), 5):
                train = np.setdiff1d(np.arange(len(y)), test)
                predicted[test] = model.fit(x[train], y[train]).predict(x[test])
            millis = 1e3 * (time.perf_counter() - start)
            decided = np.argmax(found["probabilities"], axis=1)
            print(
                f"{name:24} {pipeline:17} ours {found['accuracy']:.3f} theirs {np.mean(predicted == y):.3f} "
                f"agree {np.mean(predicted == decided):.3f}  ours {found['millis']:.0f} ms theirs {millis:.0f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
