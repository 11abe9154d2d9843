"""Reads an LSL signal stream and its marker stream with pylsl and writes what arrived as JSON.

Usage: peer_read_stream.py SIGNAL_NAME MARKER_NAME SAMPLES OUT.json
"""
import json
import sys
import time

import pylsl

name, marker_name, wanted, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def find(name):
    deadline = time.time() + 90
    while time.time() < deadline:
        for info in pylsl.resolve_streams(wait_time=1.0):
            if info.name() == name:
                return info
    sys.exit(f"no stream called {name}")


markers = pylsl.StreamInlet(find(marker_name), max_buflen=360, recover=False)
inlet = pylsl.StreamInlet(find(name), max_buflen=360, recover=False)
info = inlet.info(timeout=10)
channels = []
channel = info.desc().child("channels").child("channel")
while not channel.empty():
    channels.append({key: channel.child_value(key) for key in ("label", "unit", "type")})
    channel = channel.next_sibling("channel")
markers.open_stream(timeout=10)
samples, stamps, texts = [], [], []
deadline = time.time() + 180
while len(samples) < wanted and time.time() < deadline:
    chunk, times = inlet.pull_chunk(timeout=0.2, max_samples=4096)
    samples += chunk
    stamps += times
    chunk, times = markers.pull_chunk(timeout=0.0)
    texts += [[t, c[0]] for c, t in zip(chunk, times)]
# The markers come on a connection of their own, which may be behind.
while not texts and time.time() < deadline:
    chunk, times = markers.pull_chunk(timeout=0.2)
    texts += [[t, c[0]] for c, t in zip(chunk, times)]
json.dump(
    {
        "type": info.type(),
        "rate_hz": info.nominal_srate(),
        "channels": channels,
        "samples": samples,
        "stamps": stamps,
        "markers": texts,
    },
    open(out, "w"),
)
