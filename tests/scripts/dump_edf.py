"""Dump what pyedflib (else MNE) reads: dump_edf.py OUT FILE... writes OUT/<n>.json and OUT/<n>-<signal>.values."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")
out = Path(sys.argv[1])
VOLTS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "\u00b5V": 1e-6, "nV": 1e-9}


def by_pyedflib(number, path):
    import pyedflib

    with pyedflib.EdfReader(path) as f:
        signals = []
        for i in range(f.signals_in_file):
            np.asarray(f.readSignal(i), dtype="<f8").tofile(out / f"{number}-{i}.values")
            span = f.getPhysicalMaximum(i) - f.getPhysicalMinimum(i)
            step = abs(span / (f.getDigitalMaximum(i) - f.getDigitalMinimum(i)))
            volts = VOLTS.get(f.getPhysicalDimension(i).strip())
            signals.append({"label": f.getLabel(i), "rate": f.getSampleFrequency(i), "step": step, "volts": volts})
        onsets, durations, texts = f.readAnnotations()
        notes = [[float(o), float(d), str(t)] for o, d, t in zip(onsets, durations, texts)]
        found = {"reader": "pyedflib", "signals": signals, "annotations": notes}
        labels = [label.lower() for label in f.getSignalLabels()]
        line = next((i for i, label in enumerate(labels) if label in ("status", "trigger")), None)
        if line is not None and f.filetype in (pyedflib.FILETYPE_EDF, pyedflib.FILETYPE_BDF):
            codes = f.readSignal(line, digital=True) & 0xFFFF
            places = np.flatnonzero(np.diff(codes, prepend=codes[0]))
            found["triggers"] = [[int(k), str(codes[k])] for k in places if codes[k]]
        return found


def by_mne(number, path):
    import mne

    mne.set_log_level("ERROR")
    read = mne.io.read_raw_bdf if path.endswith("bdf") else mne.io.read_raw_edf
    raw = read(path, preload=True, stim_channel=False, infer_types=False)
    notes = [[float(a["onset"]), float(a["duration"]), str(a["description"])] for a in raw.annotations]
    signals = []
    extras = raw._raw_extras[0]
    for i, label in enumerate(raw.ch_names):
        # MNE gives volts; back to the unit of the file.
        np.asarray(raw.get_data([i])[0] / extras["units"][i], dtype="<f8").tofile(out / f"{number}-{i}.values")
        signals.append({"label": label, "rate": raw.info["sfreq"], "step": float(abs(extras["cal"][i]))})
        # One stands for volts and for what is no voltage.
        signals[-1]["volts"] = float(extras["units"][i]) if extras["units"][i] != 1 else None
    return {"reader": "mne", "signals": signals, "annotations": notes}


for number, path in enumerate(sys.argv[2:]):
    try:
        found = by_pyedflib(number, path)
    except Exception as first:  # noqa: BLE001
        try:
            found = by_mne(number, path)
        except Exception as second:  # noqa: BLE001
            found = {"error": f"{first!r}; {second!r}"}
    (out / f"{number}.json").write_text(json.dumps(found))
