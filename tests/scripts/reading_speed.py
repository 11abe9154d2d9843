"""Times the reading of large recordings by motrace and by MNE, pyedflib and pyxdf, in one run.

    cargo build --release -p motrace-record --example reading_speed
    python tests/scripts/reading_speed.py target/release/examples/reading_speed [MEGABYTES] [REPETITIONS]

Makes a recording of about so many megabytes in each format (64 channels of noise at 500 Hz, with a stamp for each sample
and clock offsets in XDF, as LabRecorder writes them), reads each whole by every program in turn, and takes the least
time of each. Files are in the cache of the operating system. motrace also hashes what it reads (SHA-256). Each program
gives what it gives by default: motrace and pyedflib physical values, MNE volts (`preload=True`), pyxdf values and stamps
of which jitter and clock offsets are taken away. The files are in a temporary folder, and removed.

With MOTRACE_DATA, real recordings are read as well, many times over. Needs numpy, mne, pyedflib and pyxdf.
"""

import json
import logging
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import warnings

import mne
import numpy as np
import pyedflib
import pyxdf

warnings.simplefilter("ignore")
mne.set_log_level("ERROR")
logging.disable(logging.CRITICAL)
CHANNELS, RATE_HZ, UNIT = 64, 500, 0.1
LABELS = [f"E{i + 1}" for i in range(CHANNELS)]


def noise(samples, bits=16):
    """Whole numbers, [samples, channels]: a second of them again and again, so that making the file is quick."""
    limit = 1 << (bits - 1)
    second = np.random.default_rng(1).integers(-limit, limit, (RATE_HZ, CHANNELS), dtype="<i4")
    return np.tile(second, (samples // RATE_HZ, 1))


def whole_seconds(megabytes, sample_bytes):
    return max(1, int(megabytes * 1e6 / (CHANNELS * RATE_HZ * sample_bytes))) * RATE_HZ


def write_edf(path, megabytes, bits):
    samples = whole_seconds(megabytes, bits // 8)
    limit = 1 << (bits - 1)
    kind = pyedflib.FILETYPE_EDFPLUS if bits == 16 else pyedflib.FILETYPE_BDFPLUS
    scale = 3276.8 if bits == 16 else 838860.8
    with pyedflib.EdfWriter(str(path), CHANNELS, file_type=kind) as f:
        f.setSignalHeaders(
            [
                {
                    "label": label,
                    "dimension": "uV",
                    "sample_frequency": RATE_HZ,
                    "physical_min": -scale,
                    "physical_max": scale - UNIT,
                    "digital_min": -limit,
                    "digital_max": limit - 1,
                    "transducer": "",
                    "prefilter": "",
                }
                for label in LABELS
            ]
        )
        # All seconds are alike.
        second = np.ascontiguousarray(noise(RATE_HZ, bits).T, dtype=np.int32).ravel()
        for _ in range(samples // RATE_HZ):
            f.blockWriteDigitalSamples(second)
        for at in range(10, samples // RATE_HZ, 10):
            f.writeAnnotation(at, -1, "cue")


def write_brainvision(path, megabytes, number_format, is_vectorised):
    width = {"INT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}[number_format]
    samples = whole_seconds(megabytes, width)
    dtype = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}[number_format]
    values = noise(samples).astype(dtype)
    (values.T if is_vectorised else values).tofile(path.with_suffix(".eeg"))
    order = "VECTORIZED" if is_vectorised else "MULTIPLEXED"
    lines = [
        "Brain Vision Data Exchange Header File Version 1.0",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={path.with_suffix('.eeg').name}",
        f"MarkerFile={path.with_suffix('.vmrk').name}",
        "DataFormat=BINARY",
        f"DataOrientation={order}",
        f"NumberOfChannels={CHANNELS}",
        f"SamplingInterval={1_000_000 // RATE_HZ}",
        f"DataPoints={samples}",
        "[Binary Infos]",
        f"BinaryFormat={number_format}",
        "[Channel Infos]",
        *(f"Ch{i + 1}={label},,{UNIT},µV" for i, label in enumerate(LABELS)),
    ]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    markers = [
        "Brain Vision Data Exchange Marker File, Version 1.0",
        "[Common Infos]",
        "Codepage=UTF-8",
        f"DataFile={path.with_suffix('.eeg').name}",
        "[Marker Infos]",
        "Mk1=New Segment,,1,1,0,20240101120000000000",
    ]
    markers += [f"Mk{i + 2}=Stimulus,S  1,{at},1,0" for i, at in enumerate(range(5000, samples, 5000))]
    path.with_suffix(".vmrk").write_text("\r\n".join(markers) + "\r\n", encoding="utf-8")


def write_gdf(path, megabytes, samples_per_record):
    """GDF 2.10, 16 bits, with a table of events."""
    samples = whole_seconds(megabytes, 2)
    records = samples // samples_per_record
    header = bytearray(256)
    header[:8] = b"GDF 2.10"
    struct.pack_into("<H", header, 184, CHANNELS + 1)
    struct.pack_into("<qIII", header, 236, records, samples_per_record, RATE_HZ, CHANNELS)
    columns = [
        *(label.ljust(16).encode() for label in LABELS),
        bytes(80 * CHANNELS + 6 * CHANNELS),
        struct.pack("<H", 4275) * CHANNELS,
        *(struct.pack("<d", limit) * CHANNELS for limit in (-3276.8, 3276.7, -32768.0, 32767.0)),
        bytes(80 * CHANNELS),
        struct.pack("<I", samples_per_record) * CHANNELS,
        struct.pack("<I", 3) * CHANNELS,
        bytes(32 * CHANNELS),
    ]
    # Values at the limits stand for missing ones.
    values = np.clip(noise(RATE_HZ), -32767, 32766).astype("<i2")
    if samples_per_record > 1:
        values = np.ascontiguousarray(values.T)
    events = np.arange(5000, samples, 5000, dtype="<u4")
    with path.open("wb") as f:
        f.write(bytes(header) + b"".join(columns))
        for _ in range(samples // RATE_HZ):
            f.write(values.tobytes())
        f.write(struct.pack("<B", 1) + len(events).to_bytes(3, "little") + struct.pack("<f", RATE_HZ))
        f.write(events.tobytes() + np.full(len(events), 769, dtype="<u2").tobytes())


def write_xdf(path, megabytes, channels, rate_hz):
    """Chunks of half a second, as LabRecorder writes them; a clock offset every five seconds."""
    per_chunk = rate_hz // 2
    row = np.dtype([("flag", "u1"), ("stamp", "<f8"), ("values", "<f4", (channels,))])
    chunks = max(20, int(megabytes * 1e6 / (per_chunk * row.itemsize)))
    info = (
        "<info><name>amp</name><type>EEG</type><channel_count>{}</channel_count><nominal_srate>{}</nominal_srate>"
        "<channel_format>float32</channel_format><source_id>x</source_id><desc></desc></info>"
    ).format(channels, rate_hz)
    rng = np.random.default_rng(2)
    rows = np.zeros(per_chunk, row)
    rows["flag"] = 8
    rows["values"] = rng.normal(0, 20, (per_chunk, channels))

    def chunk(f, tag, content):
        f.write(b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content)

    with path.open("wb") as f:
        f.write(b"XDF:")
        chunk(f, 1, b"<?xml version=\"1.0\"?><info><version>1.0</version></info>")
        chunk(f, 2, struct.pack("<I", 1) + info.encode())
        for number in range(chunks):
            first = number * per_chunk
            rows["stamp"] = 1000 + (first + np.arange(per_chunk)) / rate_hz + rng.normal(0, 2e-4, per_chunk)
            chunk(f, 3, struct.pack("<IBI", 1, 4, per_chunk) + rows.tobytes())
            if number % 10 == 9:
                f.write(b"\x01\x12\x05\x00" + bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4"))
                time_secs = 1000 + first / rate_hz
                chunk(f, 4, struct.pack("<Idd", 1, time_secs, -900 + 1e-5 * time_secs))
        footer = f"<info><sample_count>{chunks * per_chunk}</sample_count></info>"
        chunk(f, 6, struct.pack("<I", 1) + footer.encode())


def by_mne(path):
    read = {
        ".edf": mne.io.read_raw_edf,
        ".bdf": mne.io.read_raw_bdf,
        ".gdf": mne.io.read_raw_gdf,
        ".vhdr": mne.io.read_raw_brainvision,
    }[path.suffix]
    raw = read(path, preload=True)
    return raw._data[min(CHANNELS, len(raw._data)) - 1, -1] * 1e6


def by_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as f:
        signals = [f.readSignal(i) for i in range(f.signals_in_file)]
        f.readAnnotations()
    return signals[-1][-1]


def by_pyxdf(path):
    streams, _ = pyxdf.load_xdf(str(path))
    return streams[0]["time_series"][-1, -1]


class Motrace:
    """The program, which reads one file after another."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def compare(motrace, name, path, readers, repetitions, size):
    least = {}
    for _ in range(repetitions):
        ours = motrace.read(path)
        least["motrace"] = min(least.get("motrace", 1e9), ours["seconds"])
        for reader, read in readers.items():
            begin = time.perf_counter()
            last = read(path)
            least[reader] = min(least.get(reader, 1e9), time.perf_counter() - begin)
            if not abs(last - ours["last"]) <= 1e-3 + 1e-5 * abs(last):
                sys.exit(f"{name}: {reader} reads {last}, motrace {ours['last']} as the last value")
    if ours["warnings"]:
        print(f"{name}: {ours['warnings']}", file=sys.stderr)
    return {
        "file": name,
        "megabytes": round(size / 1e6, 1),
        "megabytes_per_second": {reader: round(size / 1e6 / seconds) for reader, seconds in least.items()},
        "times_as_fast_as": {r: round(s / least["motrace"], 2) for r, s in least.items() if r != "motrace"},
    }


def main():
    program = sys.argv[1]
    megabytes = float(sys.argv[2]) if len(sys.argv) > 2 else 250.0
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    edf = {"mne": by_mne, "pyedflib": by_pyedflib}
    files = [
        ("EDF+ 16 bit", "a.edf", lambda p: write_edf(p, megabytes, 16), edf),
        ("BDF+ 24 bit", "a.bdf", lambda p: write_edf(p, megabytes, 24), edf),
        ("GDF 2.10 16 bit, records of a second", "a.gdf", lambda p: write_gdf(p, megabytes, RATE_HZ), {"mne": by_mne}),
        # MNE reads records of one sample very slowly.
        ("GDF 2.10 16 bit, records of a sample", "b.gdf", lambda p: write_gdf(p, megabytes, 1), {}),
        *(
            (
                f"BrainVision {number}, {'vectorised' if vectorised else 'multiplexed'}",
                f"{number}-{vectorised}.vhdr",
                lambda p, n=number, v=vectorised: write_brainvision(p, megabytes, n, v),
                {"mne": by_mne},
            )
            for number, vectorised in (
                ("INT_16", False),
                ("IEEE_FLOAT_32", False),
                ("INT_32", False),
                ("INT_16", True),
                ("IEEE_FLOAT_32", True),
            )
        ),
        ("XDF float32, 64 channels at 500 Hz", "a.xdf", lambda p: write_xdf(p, megabytes, 64, 500), {"pyxdf": by_pyxdf}),
        ("XDF float32, 16 channels at 250 Hz", "b.xdf", lambda p: write_xdf(p, megabytes, 16, 250), {"pyxdf": by_pyxdf}),
    ]
    motrace = Motrace(program)
    found = []
    for name, file, write, readers in files:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / file
            write(path)
            size = sum(p.stat().st_size for p in pathlib.Path(folder).iterdir())
            found.append(compare(motrace, name, path, readers, repetitions, size))
            print(json.dumps(found[-1]), flush=True)
    data = os.environ.get("MOTRACE_DATA")
    if data:
        root = pathlib.Path(data)
        for name, file, readers in (
            ("a real EDF+ (eegmmidb)", "eegmmidb/S001/S001R06.edf", edf),
            ("a real XDF (LabRecorder)", "tau-xdf/P1/rec01.xdf", {"pyxdf": by_pyxdf}),
            ("a real GDF 1.25 (OpenViBE)", "format-vectors/gdf/openvibe_neurofeedback.gdf", {"mne": by_mne}),
        ):
            path = root / file
            found.append(compare(motrace, name, path, readers, 4 * repetitions, path.stat().st_size))
            print(json.dumps(found[-1]), flush=True)
    motrace.process.stdin.close()
    width = max(len(f["file"]) for f in found)
    print(f"\n{'MB/s':<{width}} motrace   others")
    for f in found:
        speeds = dict(f["megabytes_per_second"])
        ours = speeds.pop("motrace")
        others = ", ".join(f"{r} {v} (\u00d7 {f['times_as_fast_as'][r]})" for r, v in speeds.items())
        print(f"{f['file']:<{width}} {ours:>7}   {others}")


main()
