"""How well motrace, braindecode and CSP + LDA decode the same trials of real recordings.

    python tests/scripts/compare_networks.py DATA TRAIN_FOLDS RESULTS.json

DATA is the folder that MOTRACE_DATA names, TRAIN_FOLDS the program that
`cargo build --release -p motrace-net --example train_folds` makes. All decoders get the same trials and the same chronological
folds: contiguous blocks, each tested by what was trained on the others. Both sorts of networks get the very same windows
(4–38 Hz, causal; exponential moving standardisation), the same sizes and the same course of training: AdamW with a cosine
schedule, the last fifth of the training trials to say when to stop and which seed to keep. CSP + LDA gets 8–30 Hz, causal.
RESULTS.json keeps what is done, so that an interrupted comparison goes on.
"""

import copy
import json
import math
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import mne
import numpy as np
import torch
from braindecode.models import EEGNet, ShallowFBCSPNet
from braindecode.preprocessing import exponential_moving_standardize
from mne.decoding import CSP
from safetensors.numpy import save_file
from scipy.signal import butter, sosfilt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

FOLDS = 3
WINDOW_SECS = (0.5, 3.5)
SETTINGS = {
    "epochs": 80,
    "patience": 40,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "validation_share": 0.2,
    "class_weights": "balanced",
    "seeds": [1],
    "threads": 1,
}
NETWORKS = ["shallow", "eegnet"]


def recordings(data):
    """Name, files in their order, and the markers of class 0 and 1."""
    runs = [data / f"eegmmidb/S001/S001R{run:02}.edf" for run in (6, 10, 14)]
    yield "eegmmidb S001", runs, ["T1", "T2"]
    for subject in ("01", "03", "06", "07", "09"):
        runs = [data / f"mi-openbci/edf{subject}/{run:03}/eeg.edf" for run in range(1, 6)]
        yield f"mi-openbci {subject}", runs, ["OVTK_GDF_Tongue", "OVTK_GDF_Right"]


def windows(files, markers, band_hz, standardise):
    trials, labels = [], []
    for file in files:
        raw = mne.io.read_raw_edf(file, preload=True)
        rate = raw.info["sfreq"]
        x = raw.get_data() * 1e6
        # From the first sample on, as a filter that runs live begins: without the step of the offset.
        x = sosfilt(butter(4, band_hz, "bandpass", fs=rate, output="sos"), x - x[:, :1])
        if standardise:
            x = exponential_moving_standardize(x, factor_new=1e-3, init_block_size=1000)
        for onset, marker in zip(raw.annotations.onset, raw.annotations.description):
            if marker in markers:
                first = round((onset + WINDOW_SECS[0]) * rate)
                samples = round((WINDOW_SECS[1] - WINDOW_SECS[0]) * rate)
                if first + samples <= x.shape[1]:
                    trials.append(x[:, first : first + samples])
                    labels.append(markers.index(marker))
    return np.array(trials), np.array(labels), rate


def folds(count):
    for test in np.array_split(np.arange(count), FOLDS):
        yield np.setdiff1d(np.arange(count), test), test


def csp_lda(x, y):
    right = []
    for train, test in folds(len(y)):
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        decoder = make_pipeline(CSP(6, reg="ledoit_wolf", log=True), lda).fit(x[train], y[train])
        right.append(decoder.predict(x[test]) == y[test])
    return right


def sizes(rate):
    """The published sizes are for 250 Hz; here they cover the same time at the recording's rate."""
    scaled = lambda samples: max(1, round(samples * rate / 250))
    return {
        "shallow": dict(filter_time_length=scaled(25), pool_time_length=scaled(75), pool_time_stride=scaled(15)),
        "eegnet": dict(kernel_length=scaled(64), pool1_kernel_size=scaled(4)),
    }


def in_braindecode(kind, x, y, rate):
    """The same course as `motrace_net::training`, with PyTorch."""
    make = {"shallow": ShallowFBCSPNet, "eegnet": EEGNet}[kind]
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    right = []
    for train, test in folds(len(y)):
        held = round(len(train) * SETTINGS["validation_share"])
        learnt, held = train[:-held], train[-held:]
        counts = torch.bincount(y[learnt], minlength=2)
        loss_of = torch.nn.CrossEntropyLoss(weight=len(learnt) / (2 * counts.float()))
        best = (math.inf, None)
        for seed in SETTINGS["seeds"]:
            torch.manual_seed(seed)
            model = make(x.shape[1], 2, x.shape[2], **sizes(rate)[kind])
            optimiser = torch.optim.AdamW(
                model.parameters(), lr=SETTINGS["learning_rate"], weight_decay=SETTINGS["weight_decay"]
            )
            own = (math.inf, 0)
            for epoch in range(SETTINGS["epochs"]):
                for group in optimiser.param_groups:
                    group["lr"] = SETTINGS["learning_rate"] * (1 + math.cos(math.pi * epoch / SETTINGS["epochs"])) / 2
                model.train()
                for batch in torch.randperm(len(learnt)).split(SETTINGS["batch_size"]):
                    batch = learnt[batch.numpy()]
                    optimiser.zero_grad()
                    loss_of(model(x[batch]), y[batch]).backward()
                    optimiser.step()
                model.eval()
                with torch.no_grad():
                    loss = float(loss_of(model(x[held]), y[held]))
                if loss < own[0]:
                    own = (loss, epoch)
                    if loss < best[0]:
                        best = (loss, copy.deepcopy(model.state_dict()))
                elif epoch - own[1] >= SETTINGS["patience"]:
                    break
        model.load_state_dict(best[1])
        with torch.no_grad():
            right.append((model(x[test]).argmax(1) == y[test]).numpy())
    return right


def in_motrace(kind, x, y, rate, program):
    architecture = {
        "shallow": {"shallow": {}},
        "eegnet": {"eegnet": {}},
    }[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.safetensors"
        task = {"architecture": architecture, "settings": SETTINGS, "rate_hz": rate, "folds": FOLDS}
        tensors = {"windows": x.astype(np.float32), "labels": y.astype(np.int64)}
        save_file(tensors, path, metadata={"task": json.dumps(task)})
        said = subprocess.run([program, path], check=True, stdout=subprocess.PIPE).stdout
    decided = json.loads(said)
    return [np.array(own) == y[test] for own, (_, test) in zip(decided, folds(len(y)))]


def main():
    warnings.simplefilter("ignore")
    mne.set_log_level("ERROR")
    torch.set_num_threads(SETTINGS["threads"])
    data, program, kept = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for name, files, markers in recordings(data):
        x, y, rate = windows(files, markers, (4, 38), standardise=True)
        decoders = {"CSP + LDA": lambda: csp_lda(windows(files, markers, (8, 30), standardise=False)[0], y)}
        for kind in NETWORKS:
            decoders[f"{kind} braindecode"] = lambda kind=kind: in_braindecode(kind, x, y, rate)
            decoders[f"{kind} motrace"] = lambda kind=kind: in_motrace(kind, x, y, rate, program)
        for decoder, run in decoders.items():
            if f"{name}: {decoder}" in results or (program == "-" and "motrace" in decoder):
                continue
            begin = time.monotonic()
            right = np.concatenate(run())
            accuracy = float(np.mean(right))
            results[f"{name}: {decoder}"] = {"accuracy": accuracy, "trials": len(y), "secs": time.monotonic() - begin}
            kept.write_text(json.dumps(results, indent=1))
            print(f"{name:15} {decoder:20} {accuracy:.3f} of {len(y)} in {time.monotonic() - begin:.0f} s", flush=True)
    table(results)


def table(results):
    columns = ["CSP + LDA"] + [f"{kind} {whose}" for kind in NETWORKS for whose in ("braindecode", "motrace")]
    names = list(dict.fromkeys(key.split(": ")[0] for key in results))
    print("| recording | trials | " + " | ".join(columns) + " |\n|---" * 1 + "|---" * (len(columns) + 1) + "|")
    rows = []
    for name in names:
        row = [results.get(f"{name}: {column}", {}).get("accuracy", math.nan) for column in columns]
        rows.append(row)
        trials = results[f"{name}: CSP + LDA"]["trials"]
        print(f"| {name} | {trials} | " + " | ".join(f"{value:.2f}" for value in row) + " |")
    print("| mean | | " + " | ".join(f"{value:.3f}" for value in np.mean(rows, 0)) + " |")


if __name__ == "__main__":
    main()
