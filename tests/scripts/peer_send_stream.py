"""Plays the EEG and marker streams of an XDF file with pylsl, in real time, from its first sample on.

Usage: peer_send_stream.py RECORDING.xdf SIGNAL_NAME MARKER_NAME SECONDS
Starts once someone has connected to both streams.
"""
import sys
import time

import pylsl
import pyxdf

path, name, marker_name, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
eeg = next(s for s in streams if s["info"]["type"][0] == "EEG")
cues = next((s for s in streams if s["info"]["type"][0] == "Markers"), None)
rate = float(eeg["info"]["nominal_srate"][0])
described = eeg["info"]["desc"][0]["channels"][0]["channel"]

info = pylsl.StreamInfo(name, "EEG", len(described), rate, "float32", name + "-id")
channels = info.desc().append_child("channels")
for channel in described:
    added = channels.append_child("channel")
    for key in ("label", "unit", "type"):
        added.append_child_value(key, channel[key][0])
outlet = pylsl.StreamOutlet(info)
markers = pylsl.StreamOutlet(pylsl.StreamInfo(marker_name, "Markers", 1, 0, "string", marker_name + "-id"))
deadline = time.time() + 180
while not (outlet.have_consumers() and markers.have_consumers()) and time.time() < deadline:
    time.sleep(0.01)
time.sleep(1.0)  # a listener flushes what it finds when it goes live

samples, times = eeg["time_series"], eeg["time_stamps"]
pending = list(zip(cues["time_stamps"], cues["time_series"])) if cues else []
begin, first = pylsl.local_clock(), times[0]
sent, chunk = 0, 10
while sent < len(samples) and sent < seconds * rate:
    block = samples[sent : sent + chunk]
    due = begin + (sent + len(block)) / rate
    time.sleep(max(0.0, due - pylsl.local_clock()))
    outlet.push_chunk(block.tolist(), due)
    sent += len(block)
    while pending and pending[0][0] - first < sent / rate:
        at, text = pending.pop(0)
        markers.push_sample([text[0]], begin + (at - first) + 1 / rate)
print(sent, flush=True)
time.sleep(1.0)
