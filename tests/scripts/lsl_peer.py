"""The other end of a stream, in pylsl. LSLAPICFG must keep it on the loopback.

lsl_peer.py receive NAME COUNT       reads COUNT samples; prints metadata, values and stamps as JSON
lsl_peer.py receive-text NAME COUNT  reads COUNT texts
lsl_peer.py send NAME RATE COUNT     sends COUNT samples [k, -k / 7] and a marker on NAME-markers at every 100th
"""

import json
import sys
import time

import pylsl

# Seconds; the other end may be held up.
PATIENCE = 60.0


def find(name):
    while True:
        for info in pylsl.resolve_streams(1.0):
            if info.name() == name:
                return info


def receive(name, count, text):
    inlet = pylsl.StreamInlet(find(name), recover=False)
    info = inlet.info(PATIENCE)
    channels = []
    node = info.desc().child("channels").child("channel")
    while not node.empty():
        channels.append([node.child_value(k) for k in ("label", "unit", "type")])
        node = node.next_sibling("channel")
    inlet.open_stream(PATIENCE)
    print("READY", flush=True)
    values, stamps = [], []
    while len(values) < count:
        sample, stamp = inlet.pull_sample(PATIENCE)
        if sample is None:
            break
        values.append(sample[0] if text else sample)
        stamps.append(stamp)
    head = {"name": info.name(), "type": info.type(), "source_id": info.source_id(), "rate": info.nominal_srate()}
    print(json.dumps({**head, "channels": channels, "values": values, "stamps": stamps}), flush=True)


def send(name, rate, count):
    info = pylsl.StreamInfo(name, "EEG", 2, rate, "float32", "id-" + name)
    channels = info.desc().append_child("channels")
    for label, unit in (("C3", "microvolts"), ("Fc5.", "uV")):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", "EEG")
    outlet = pylsl.StreamOutlet(info)
    marks = pylsl.StreamOutlet(pylsl.StreamInfo(name + "-markers", "Markers", 1, 0, "string", "idm-" + name))
    print("READY", flush=True)
    while not (outlet.have_consumers() and marks.have_consumers()):
        time.sleep(0.01)
    # The reader goes live, and compares the clocks, before anything is sent.
    sys.stdin.readline()
    start = pylsl.local_clock()
    for k in range(count):
        stamp = start + k / rate
        time.sleep(max(0.0, stamp - pylsl.local_clock()))
        outlet.push_sample([k, -k / 7], stamp)
        if k % 100 == 0:
            marks.push_sample([f"Zeichen → {k}"], stamp)
    print(json.dumps(start), flush=True)
    # The reader may still have questions about the clock.
    sys.stdin.readline()


mode, name = sys.argv[1:3]
if mode == "send":
    send(name, float(sys.argv[3]), int(sys.argv[4]))
else:
    receive(name, int(sys.argv[3]), mode == "receive-text")
