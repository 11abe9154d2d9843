"""A discontinuous EDF+ and a discontinuous BDF+ file, byte by byte, and what MNE reads of their parts.

MNE refuses neither, but joins the parts as if no time were missing. So each part is also written as a file of its own
(continuous), which MNE reads; the samples, rates and labels of those are what a reader of the whole has to find, with
the pauses between them.

    python tests/scripts/discontinuous_fixtures.py tests/fixtures/record
"""

import json
import pathlib
import sys
import tempfile

import mne
import numpy as np

RATE_HZ = 32
LABELS = ["C3", "C4", "EOG"]
# Onset of each part, and its records of one second.
PARTS = [(0.0, 3), (7.5, 2), (9.5, 1), (20.25, 4)]
TEXTS = {0: "start", 3: "left", 5: "right", 9: "end"}


def field(text, width):
    return f"{text:<{width}}".encode()


def header(kind, records, is_bdf):
    signals = len(LABELS) + 1
    limit = 2 ** (23 if is_bdf else 15)
    name = "BDF" if is_bdf else "EDF"
    out = b"\xffBIOSEMI" if is_bdf else field("0", 8)
    out += field("X X X X", 80) + field("Startdate 12-AUG-2009 X X X", 80) + b"12.08.0916.15.00"
    out += field(256 * (signals + 1), 8) + field(f"{name}+{kind}", 44) + field(records, 8) + field(1, 8)
    out += field(signals, 4)
    columns = [
        (16, [*LABELS, f"{name} Annotations"]),
        (80, [""] * signals),
        (8, ["uV", "uV", "uV", ""]),
        (8, [-3276.8, -200, -1000, -1]),
        (8, [3276.7, 200, 1000, 1]),
        (8, [-limit] * signals),
        (8, [limit - 1] * signals),
        (80, [""] * signals),
        (8, [RATE_HZ] * len(LABELS) + [20]),
        (32, [""] * signals),
    ]
    return out + b"".join(field(text, width) for width, texts in columns for text in texts)


def record(number, onset, is_bdf):
    width = 3 if is_bdf else 2
    rng = np.random.default_rng(number)
    limit = 2 ** (8 * width - 1)
    out = b""
    for _ in LABELS:
        for value in rng.integers(-limit, limit, RATE_HZ):
            out += int(value).to_bytes(width, "little", signed=True)
    lists = f"+{onset:g}\x14\x14\0".encode()
    if number in TEXTS:
        lists += f"+{onset + 0.5:g}\x150.25\x14{TEXTS[number]}\x14\0".encode()
    return out + lists.ljust(20 * width, b"\0")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    expected = {"rate_hz": RATE_HZ, "labels": LABELS, "files": {}}
    for is_bdf in [False, True]:
        ending = "bdf" if is_bdf else "edf"
        read = mne.io.read_raw_bdf if is_bdf else mne.io.read_raw_edf
        whole, number, parts = b"", 0, []
        for onset, count in PARTS:
            data = b"".join(record(number + i, onset + i, is_bdf) for i in range(count))
            own = b"".join(record(number + i, i, is_bdf) for i in range(count))
            with tempfile.TemporaryDirectory() as scratch:
                path = pathlib.Path(scratch) / f"part.{ending}"
                path.write_bytes(header("C", count, is_bdf) + own)
                raw = read(path, verbose="error")
                assert raw.info["sfreq"] == RATE_HZ and raw.ch_names == LABELS
                notes = [[onset + float(a["onset"]), float(a["duration"]), str(a["description"])] for a in raw.annotations]
                # Microvolts; every seventh sample, and the sum of all.
                data_microvolts = raw.get_data() * 1e6
                parts.append(
                    {
                        "onset_secs": onset,
                        "samples": data_microvolts.shape[1],
                        "every_seventh_microvolts": np.round(data_microvolts[:, ::7], 5).tolist(),
                        "mean_microvolts": data_microvolts.mean(axis=1).tolist(),
                        "annotations": notes,
                    }
                )
            whole += data
            number += count
        name = f"discontinuous.{ending}"
        (folder / name).write_bytes(header("D", number, is_bdf) + whole)
        expected["files"][name] = parts
    (folder / "discontinuous.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
