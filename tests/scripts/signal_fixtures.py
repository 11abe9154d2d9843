"""Writes tests/fixtures/motrace-signal/filters.json: what scipy designs and computes.

Run from the repository's root with a Python that has numpy and scipy.
"""

import json
import pathlib

import numpy as np
from scipy import signal

CASES = [
    # kind, order, corners in hertz, rate in hertz
    ("bandpass", 4, [8.0, 30.0], 250.0),
    ("bandpass", 4, [8.0, 30.0], 160.0),
    ("bandpass", 5, [8.0, 30.0], 512.0),
    ("bandpass", 1, [10.0, 12.0], 250.0),
    ("bandpass", 2, [4.0, 40.0], 125.0),
    ("bandpass", 3, [0.5, 40.0], 250.0),
    ("bandpass", 8, [7.0, 32.0], 1000.0),
    ("lowpass", 3, [40.0], 250.0),
    ("lowpass", 4, [12.5], 100.0),
    ("highpass", 3, [0.5], 250.0),
    ("highpass", 8, [1.0], 500.0),
    ("notch", 30, [50.0], 250.0),
    ("notch", 12, [60.0], 160.0),
]


def main():
    # A signal with an electrode offset of −80 mV, drift, rhythms and noise, in volts; no fixture depends on numpy's
    # random generator.
    n = np.arange(120)
    noise = np.modf(np.sin(12.9898 * n) * 43758.5453)[0]
    x = -0.08 + 1e-5 * (np.sin(0.25 * n) + 0.01 * n + 0.7 * noise)
    cases = []
    for kind, order, corners, rate in CASES:
        if kind == "notch":
            sos = signal.tf2sos(*signal.iirnotch(corners[0], order, rate))
        else:
            sos = signal.butter(order, corners if kind == "bandpass" else corners[0], kind, fs=rate, output="sos")
        zi = signal.sosfilt_zi(sos)
        causal, _ = signal.sosfilt(sos, x, zi=zi * x[0])
        freqs = [1.0, 10.0, 20.0, 49.0]
        _, response = signal.sosfreqz(sos, worN=freqs, fs=rate)
        case = {
            "kind": kind,
            "order": order,
            "corners_hz": corners,
            "rate_hz": rate,
            "sos": [[*s[:3], *s[4:]] for s in sos.tolist()],
            "zi": zi.tolist(),
            "causal": causal.tolist(),
            "freqs_hz": freqs,
            "gain": np.abs(response).tolist(),
        }
        case["zero_phase"] = signal.sosfiltfilt(sos, x).tolist()
        cases.append(case)
    freqs, density = signal.welch((x + 0.08) * 1e6, 250.0, nperseg=50)
    out = {"input": x.tolist(), "cases": cases, "welch": {"freqs_hz": freqs.tolist(), "density": density.tolist()}}
    path = pathlib.Path("tests/fixtures/motrace-signal/filters.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
