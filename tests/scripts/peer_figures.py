"""What the usual Python stack needs for the figures of `cargo bench -p motrace --bench figures`.

peer_figures.py decision | replay | training | xdf FILE | edf FILE

Prints one line of JSON. Data are made up: what is measured does not depend on what they say. Replay and
decisions run on one core, training and reading on as many as the libraries take.
"""

import json
import sys
import time

import numpy as np
from scipy import linalg, signal


def timed(times, run):
    run()
    secs = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        secs.append(time.perf_counter() - begin)
    return secs


def percentiles(name, secs):
    return {f"{name}_p50_secs": np.percentile(secs, 50), f"{name}_p99_secs": np.percentile(secs, 99)}


def epochs(trials, channels, samples=500):
    data = np.random.default_rng(1).uniform(-1e-5, 1e-5, (trials, channels, samples))
    labels = np.arange(trials) % 2
    data[labels == 0, 0] *= 1.5
    data[labels == 1, 1] *= 1.5
    return data, labels


def fit_mne(data, labels):
    from mne import set_log_level
    from mne.decoding import CSP
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    set_log_level("ERROR")
    csp = CSP(6, reg="ledoit_wolf", log=True, cov_est="concat")
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    lda.fit(csp.fit_transform(data, labels), labels)
    return csp, lda


def fit_numpy(data, labels):
    covariances = data @ data.transpose(0, 2, 1) / data.shape[2]
    of_class = [covariances[labels == c].mean(0) for c in (0, 1)]
    _, vectors = linalg.eigh(of_class[0], of_class[0] + of_class[1])
    filters = vectors[:, [0, 1, 2, -3, -2, -1]].T
    powers = np.log(np.einsum("kc,tcd,kd->tk", filters, covariances, filters))
    means = [powers[labels == c].mean(0) for c in (0, 1)]
    within = sum(np.cov(powers[labels == c].T) for c in (0, 1)) / 2
    weights = np.linalg.solve(within, means[1] - means[0])
    return filters, weights, -weights @ (means[0] + means[1]) / 2


def decide_mne(csp, lda, window):
    return lda.decision_function(csp.transform(window[None]))[0]


def decide_numpy(filters, weights, bias, window):
    components = filters @ window
    return weights @ np.log((components * components).mean(1)) + bias


def decision():
    data, labels = epochs(60, 22)
    csp, lda = fit_mne(data, labels)
    plain = fit_numpy(data, labels)
    return {
        **percentiles("mne", timed(2000, lambda: decide_mne(csp, lda, data[3]))),
        **percentiles("numpy", timed(5000, lambda: decide_numpy(*plain, data[3]))),
    }


def replay_factor(channels, rate, secs, decide):
    """Filters hop by hop, keeps the newest 2 s, decides at each hop; times real time."""
    hop, window = round(0.04 * rate), 2 * rate
    stream = np.random.default_rng(2).uniform(-2e-5, 2e-5, (channels, secs * rate))
    sos = signal.butter(4, [8, 30], "bandpass", fs=rate, output="sos")
    state = np.zeros((len(sos), channels, 2))
    # Twice as long as the window, so that it is in one piece and moved rarely.
    buffer = np.zeros((channels, 2 * window))
    end = window
    begin = time.perf_counter()
    for at in range(0, stream.shape[1], hop):
        if end + hop > buffer.shape[1]:
            buffer[:, :window] = buffer[:, end - window : end].copy()
            end = window
        piece = stream[:, at : at + hop]
        piece = piece - piece.mean(0)
        buffer[:, end : end + hop], state = signal.sosfilt(sos, piece, zi=state)
        end += hop
        if at + hop >= window:
            decide(buffer[:, end - window : end])
    return secs / (time.perf_counter() - begin)


def replay():
    answer = {}
    for channels, rate, secs in ((22, 250, 30), (64, 1000, 12)):
        data, labels = epochs(60, channels)
        csp, lda = fit_mne(data, labels)
        plain = fit_numpy(data, labels)
        loops = {"mne": lambda w: decide_mne(csp, lda, w), "numpy": lambda w: decide_numpy(*plain, w)}
        for name, decide in loops.items():
            answer[f"{name}_{channels}"] = np.median([replay_factor(channels, rate, secs, decide) for _ in range(3)])
    return answer


def training():
    data, labels = epochs(288, 22)
    return {
        **percentiles("mne", timed(10, lambda: fit_mne(data, labels))),
        **percentiles("numpy", timed(10, lambda: fit_numpy(data, labels))),
    }


def xdf(path):
    import pyxdf

    return percentiles("pyxdf", timed(5, lambda: pyxdf.load_xdf(path)))


def edf(path):
    import mne

    mne.set_log_level("ERROR")
    return percentiles("mne", timed(5, lambda: mne.io.read_raw_edf(path, preload=True)))


def main():
    what, arguments = sys.argv[1], sys.argv[2:]
    if what in ("decision", "replay"):
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            answer = {"decision": decision, "replay": replay}[what]()
    else:
        answer = {"training": training, "xdf": xdf, "edf": edf}[what](*arguments)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
