"""A plain decoding loop with pylsl, SciPy, MNE and scikit-learn, to compare the latency of motrace with.

peer_latency.py NAME RATE SECONDS WARM_UP_SECONDS

Reads the LSL stream NAME sample by sample, filters what is new, keeps the newest 2 s and decides each 40 ms.
Prints, as one line of JSON, the seconds from the stamp of the newest sample to each decision, and the most
memory that it had, in bytes. LSLAPICFG must keep it on the loopback.
"""

import json
import resource
import sys

import numpy as np
import pylsl
from scipy import signal

import peer_figures


def find(name):
    for _ in range(30):
        for info in pylsl.resolve_streams(1.0):
            if info.name() == name:
                return info
    sys.exit(f"no stream called {name}")


def main():
    name, rate, secs, warm_up_secs = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    info = find(name)
    channels = info.channel_count()
    csp, lda = peer_figures.fit_mne(*peer_figures.epochs(60, channels))
    hop, window = round(0.04 * rate), 2 * rate
    sos = signal.butter(4, [8, 30], "bandpass", fs=rate, output="sos")
    state = np.zeros((len(sos), channels, 2))
    ring = np.zeros((channels, window))
    place = received = 0
    latencies = []
    inlet = pylsl.StreamInlet(info, max_buflen=30, recover=False)
    inlet.open_stream(10.0)
    inlet.flush()
    while received < (warm_up_secs + secs) * rate:
        sample, stamp = inlet.pull_sample(5.0)
        if sample is None:
            sys.exit("the stream went silent")
        column = np.array(sample)[:, None] * 1e-6
        filtered, state = signal.sosfilt(sos, column - column.mean(), zi=state)
        ring[:, place] = filtered[:, 0]
        place = (place + 1) % window
        received += 1
        if received % hop == 0:
            newest = np.concatenate((ring[:, place:], ring[:, :place]), axis=1)
            peer_figures.decide_mne(csp, lda, newest)
            now = pylsl.local_clock()
            if received > warm_up_secs * rate:
                latencies.append(now - stamp)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"latencies_secs": latencies, "memory_bytes": memory}))


main()
