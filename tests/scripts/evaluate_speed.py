"""Evaluates five decoders on five subjects by chronological 5-fold with `motrace evaluate` and with MNE, scikit-learn and
pyRiemann, in one run, and says how long both take and what both find.

    MOTRACE_DATA=... python tests/scripts/evaluate_speed.py target/release/motrace [REPETITIONS]

The same causal filters (Butterworth, from the first sample of each recording on), windows, folds and decoders; the Python
side reads and filters each recording once, as somebody who minds the time would. Each side's time is the least of some
repetitions. Needs numpy, scipy, scikit-learn, mne and pyriemann.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import mne
import numpy as np
from pyriemann.classification import MDM
from pyriemann.estimation import Covariances
from pyriemann.tangentspace import TangentSpace
from scipy.signal import butter, sosfilt, sosfilt_zi
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

warnings.filterwarnings("ignore")
mne.set_log_level("error")
ROOT = pathlib.Path(os.environ["MOTRACE_DATA"])
SUBJECTS = ("01", "03", "06", "07", "09")
WINDOW = (1.0, 3.5)
CODES = {"OVTK_GDF_Right": 0, "OVTK_GDF_Tongue": 1}
BANDS = [(low, low + 4) for low in range(4, 40, 4)]
NAMES = ["csp-lda", "fbcsp", "log-variance", "mdm", "ts-lr"]
CONFIGURATION = """
[stream]
unit = "microvolts"
[filter]
band_hz = [8.0, 30.0]
order = 4
[trials]
window_secs = [1.0, 3.5]
[[trials.classes]]
name = "grasp"
markers = ["OVTK_GDF_Right"]
[[trials.classes]]
name = "rest"
markers = ["OVTK_GDF_Tongue"]
"""


def recordings(subject):
    return [ROOT / f"mi-openbci/edf{subject}/{run:03d}/eeg.edf" for run in (2, 3, 4, 5)]


def filtered(data, rate, band):
    sos = butter(4, band, "bandpass", fs=rate, output="sos")
    steady = sosfilt_zi(sos)[:, None, :] * data[None, :, :1]
    return sosfilt(sos, data, zi=steady)[0]


def epochs(subject):
    """Trials in the broad band and in each of the bank: [trials, 1 + bands, channels, samples], in microvolts."""
    x, y = [], []
    for path in recordings(subject):
        raw = mne.io.read_raw_edf(path, preload=True)
        rate = raw.info["sfreq"]
        data = raw.get_data()
        bands = np.stack([filtered(data, rate, band) for band in [(8, 30), *BANDS]])
        for annotation in raw.annotations:
            text = annotation["description"].strip()
            if text in CODES:
                cue = int(np.ceil(round(annotation["onset"] * rate, 6)))
                start = cue + round(WINDOW[0] * rate)
                x.append(bands[:, :, start : start + round((WINDOW[1] - WINDOW[0]) * rate)])
                y.append(CODES[text])
    x, labels = np.array(x), raw.ch_names
    return x * (1e6 if np.abs(x).max() < 1 else 1), np.array(y), labels


class Band(BaseEstimator, TransformerMixin):
    def __init__(self, index=0):
        self.index = index

    def fit(self, x, y=None):
        return self

    def transform(self, x):
        return x[:, self.index]


class FilterBank(BaseEstimator, TransformerMixin):
    """CSP in each band, and the features that tell most about the class."""

    def fit(self, x, y):
        self.csp_ = [csp(4).fit(x[:, 1 + band], y) for band in range(len(BANDS))]
        self.best_ = SelectKBest(lambda a, b: mutual_info_classif(a, b, random_state=0), k=8).fit(self.features(x), y)
        return self

    def features(self, x):
        return np.concatenate([csp.transform(x[:, 1 + band]) for band, csp in enumerate(self.csp_)], axis=1)

    def transform(self, x):
        return self.best_.transform(self.features(x))


class LogVariance(BaseEstimator, TransformerMixin):
    def __init__(self, sites=()):
        self.sites = sites

    def fit(self, x, y=None):
        return self

    def transform(self, x):
        centred = x - x.mean(axis=1, keepdims=True)
        return np.log(np.mean(centred[:, list(self.sites)] ** 2, axis=2))


def csp(components):
    return mne.decoding.CSP(components, reg="ledoit_wolf", cov_est="concat", log=True, component_order="alternate")


def decoders(labels):
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5])
    sites = [i for i, label in enumerate(labels) if label.strip(".").upper() in ("C3", "CZ", "C4")]
    covariances = Covariances("lwf", assume_centered=True)
    return {
        "csp-lda": make_pipeline(Band(), csp(6), lda),
        "fbcsp": make_pipeline(FilterBank(), lda),
        "log-variance": make_pipeline(Band(), LogVariance(sites or range(len(labels))), lda),
        "mdm": make_pipeline(Band(), covariances, MDM()),
        "ts-lr": make_pipeline(Band(), covariances, TangentSpace(), LogisticRegression(max_iter=1000)),
    }


def in_python():
    found = {}
    for subject in SUBJECTS:
        x, y, labels = epochs(subject)
        for name, model in decoders(labels).items():
            predicted = np.empty_like(y)
            for test in np.array_split(np.arange(len(y)), 5):
                train = np.setdiff1d(np.arange(len(y)), test)
                predicted[test] = model.fit(x[train], y[train]).predict(x[test])
            found[name, f"edf{subject}"] = (predicted == y).tolist()
    return found


def in_motrace(program, configuration):
    files = [str(path) for subject in SUBJECTS for path in recordings(subject)]
    command = [program, "evaluate", *files, "-c", configuration, "--decoder", ",".join(NAMES), "--keep-artefacts", "--json"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {
        (cell["decoder"], cell["subject"]): [
            max(range(2), key=lambda c: trial["probabilities"][c]) == trial["truth"] for trial in cell["predictions"]
        ]
        for cell in json.loads(told)["cells"]
    }


def least(repetitions, work):
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - start)
    return min(times), found


def main():
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "grasp.toml"
        configuration.write_text(CONFIGURATION)
        ours_secs, ours = least(repetitions, lambda: in_motrace(sys.argv[1], str(configuration)))
    theirs_secs, theirs = least(max(1, repetitions // 3), in_python)
    for name in NAMES:
        accuracy = [np.mean([np.mean(found[name, f"edf{s}"]) for s in SUBJECTS]) for found in (ours, theirs)]
        alike = [np.mean(np.array(ours[name, f"edf{s}"]) == theirs[name, f"edf{s}"]) for s in SUBJECTS]
        print(f"{name:13} motrace {accuracy[0]:.3f}  Python {accuracy[1]:.3f}  as right on {np.mean(alike):.3f} of trials")
    print(f"motrace {ours_secs:.2f} s, Python {theirs_secs:.2f} s without its imports: {theirs_secs / ours_secs:.1f} times as fast")


if __name__ == "__main__":
    main()
