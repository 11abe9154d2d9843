"""Dump what MNE reads from GDF, BrainVision and BCI2000 files: dump_recording.py OUT FILE...

Writes OUT/<n>.json and OUT/<n>-<channel>.values; values are in the unit that the file gives to the channel.
"""

import json
import re
import sys
import warnings
from pathlib import Path

import mne
import numpy as np

warnings.simplefilter("ignore")
mne.set_log_level("ERROR")
out = Path(sys.argv[1])


def notes(raw):
    return [[float(a["onset"]), float(a["duration"]), str(a["description"])] for a in raw.annotations]


def dump(number, raw, units, steps, path_has_units=True):
    # What one unit of the file is in volts, as MNE takes it; one stands for volts and for what is no voltage.
    channels = []
    for i, label in enumerate(raw.ch_names[: len(units)]):
        np.asarray(raw.get_data([i])[0] / units[i], dtype="<f8").tofile(out / f"{number}-{i}.values")
        volts = float(units[i]) if path_has_units and units[i] != 1 else None
        channels.append({"label": label, "step": float(abs(steps[i])), "volts": volts})
    return {"rate": float(raw.info["sfreq"]), "channels": channels, "events": notes(raw), "samples": int(raw.n_times)}


def by_gdf(number, path):
    raw = mne.io.read_raw_gdf(path, preload=True, stim_channel=False)
    extras = raw._raw_extras[0]
    return dump(number, raw, extras["units"], extras["cal"])


def by_brainvision(number, path):
    raw = mne.io.read_raw_brainvision(path, preload=True, ignore_marker_types=False)
    chs = raw.info["chs"]
    found = dump(number, raw, [c["range"] for c in chs], [c["cal"] for c in chs])
    positions = [c["loc"][:3] for c in chs]
    found["positions"] = [[float(x) for x in p] if np.isfinite(p).all() else None for p in positions]
    return found


def by_bci2000(number, path):
    from mne.io.bci2k import bci2k

    raw = mne.io.read_raw_bci2k(path, preload=True)
    # MNE does not apply the gains; they are in the header, behind their count.
    header = Path(path).read_bytes()[: bci2k._parse_bci2k_header(path)["header_len"]].decode("latin-1")

    def entries(name):
        words = re.search(rf"\b{name}= (.*)", header)[1].split()
        return words[1 : 1 + int(words[0])]

    gains = [float(g) for g in entries("SourceChGain")]
    offsets = [float(o) for o in entries("SourceChOffset")]
    names = entries("ChannelNames")
    raw.drop_channels(raw.ch_names[len(names) :])
    raw.apply_function(lambda x: (x - np.array(offsets)[:, None]) * np.array(gains)[:, None], channel_wise=False, picks="all")
    raw.rename_channels(dict(zip(raw.ch_names, names)))
    found = dump(number, raw, np.ones(len(names)), gains, path_has_units=False)
    info = bci2k._parse_bci2k_header(path)
    _, vectors = bci2k._read_bci2k_data(path, info)
    for name, values in bci2k._decode_bci2k_states(vectors, info["state_defs"]).items():
        changes = np.flatnonzero(np.diff(values, prepend=0))
        found["events"] += [[float(k / info["sfreq"]), 0.0, f"{name}={values[k]}"] for k in changes]
    return found


readers = {".gdf": by_gdf, ".vhdr": by_brainvision, ".ahdr": by_brainvision, ".dat": by_bci2000}
for number, path in enumerate(sys.argv[2:]):
    try:
        found = readers[Path(path).suffix](number, path)
    except Exception as error:  # noqa: BLE001
        found = {"error": repr(error)}
    (out / f"{number}.json").write_text(json.dumps(found))
