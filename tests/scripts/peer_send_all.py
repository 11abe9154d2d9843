"""Publishes streams of every format with pylsl, and says what it sent. LSLAPICFG must keep it on the loopback.

peer_send_all.py SECONDS RECORDERS

Prints READY when the streams are there. Sends for SECONDS once every stream has been read for two seconds (RECORDERS
lines on standard input say that a recorder is there), and prints what it sent as JSON.
"""

import json
import sys
import time

import pylsl

RATE = 100.0
FORMATS = ["float32", "double64", "int8", "int16", "int32", "int64"]


def value(format, k, channel):
    if format == "float32":
        return 0.5 * k - channel
    if format == "double64":
        return k / 7 + channel * 1e300
    if format == "int8":
        return (k + channel) % 256 - 128
    if format == "int16":
        return k * 31 % 65536 - 32768 + channel
    if format == "int32":
        return k * 100003 - 2**31 + channel
    return (1 if channel else -1) * (2**62 + k)


def described(name, kind, channels, rate, format, source_id):
    info = pylsl.StreamInfo(name, kind, channels, rate, format, source_id)
    info.desc().append_child_value("manufacturer", "Müller & <Söhne>")
    deep = info.desc().append_child("setup").append_child("cap")
    deep.append_child_value("size", "54")
    listed = info.desc().append_child("channels")
    for k in range(channels):
        channel = listed.append_child("channel")
        channel.append_child_value("label", f"{format}-{k + 1}")
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("impedance", "4.7")
    return info


seconds, recorders = float(sys.argv[1]), int(sys.argv[2])
numbers = {f: pylsl.StreamOutlet(described(f"all-{f}", "EEG", 2, RATE, f, f"id-{f}")) for f in FORMATS}
texts = pylsl.StreamOutlet(described("all-string", "Markers", 2, 0, "string", "id-string"))
events = pylsl.StreamOutlet(described("all-events", "Events", 1, 0, "double64", "id-events"))
print("READY", flush=True)
for _ in range(recorders):
    sys.stdin.readline()
start = pylsl.local_clock() + 0.05
sent = {f"all-{f}": {"stamps": [], "values": []} for f in FORMATS + ["string", "events"]}


def note(name, stamp, row):
    sent[name]["stamps"].append(stamp)
    sent[name]["values"].append(row)


for k in range(int(seconds * RATE)):
    stamp = start + k / RATE
    time.sleep(max(0.0, stamp - pylsl.local_clock()))
    for format, outlet in numbers.items():
        row = [value(format, k, 0), value(format, k, 1)]
        outlet.push_sample(row, stamp)
        note(f"all-{format}", stamp, row)
    if k % 25 == 0:
        row = [f"Zeichen → {k}", "" if k % 50 else "x" * 300]
        texts.push_sample(row, stamp + 0.001)
        note("all-string", stamp + 0.001, row)
        events.push_sample([k * 0.1], stamp + 0.002)
        note("all-events", stamp + 0.002, [k * 0.1])
print(json.dumps(sent), flush=True)
sys.stdin.readline()
