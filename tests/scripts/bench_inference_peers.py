"""Times one window of 22 channels × 1000 samples, four classes, on one thread: motrace, onnxruntime and compiled PyTorch.

    cargo build --release -p motrace-net --example time_networks
    python bench_inference_peers.py target/release/examples/time_networks

The peers run braindecode's networks of the same sizes. All take turns in several rounds, so that a busy machine hits each of
them; printed are the shortest and the median time of all rounds in milliseconds, and motrace's shortest over that of the
faster peer. Needs torch, braindecode, onnx and onnxruntime.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from braindecode.models import EEGNet, ShallowFBCSPNet  # noqa: E402
from torch.nn.utils import parametrize  # noqa: E402

CHANNELS, SAMPLES, CLASSES = 22, 1000, 4
ROUNDS, RUNS, WARM = 5, 300, 30


def networks():
    sizes = {"n_chans": CHANNELS, "n_outputs": CLASSES, "n_times": SAMPLES}
    perceptron = [torch.nn.Flatten(), torch.nn.Linear(CHANNELS * SAMPLES, 500), torch.nn.Tanh(), torch.nn.Linear(500, CLASSES)]
    found = {"shallow": ShallowFBCSPNet(**sizes), "eegnet": EEGNet(**sizes), "mlp": torch.nn.Sequential(*perceptron)}
    for model in found.values():
        model.eval()
        for module in model.modules():
            # Max-norm is for training; what it gives is written into the weights.
            for name in list(getattr(module, "parametrizations", {})):
                parametrize.remove_parametrizations(module, name)
    # braindecode merges these two at each call, which onnxruntime cannot read: the peers get them merged.
    found["shallow"].conv_time_spat = merged(found["shallow"].conv_time_spat)
    return found


def merged(pair):
    temporal, spatial = pair.conv_time, pair.conv_spat
    with torch.no_grad():
        weights = torch.einsum("jt,kjc->ktc", temporal.weight[:, 0, :, 0], spatial.weight[:, :, 0, :])
        bias = spatial.weight.sum((2, 3)) @ temporal.bias
        bias = bias + (spatial.bias if spatial.bias is not None else 0)
        conv = torch.nn.Conv2d(1, len(weights), weights.shape[1:])
        conv.weight.copy_(weights[:, None])
        conv.bias.copy_(bias)
    return conv.eval()


def with_onnxruntime(model, window, folder):
    path = os.path.join(folder, "model.onnx")
    torch.onnx.export(model, window, path, dynamo=False, input_names=["x"], output_names=["y"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    values = window.numpy()
    return lambda: session.run(None, {"x": values})[0]


def compiled(model, window):
    fast = torch.compile(model, mode="max-autotune-no-cudagraphs")

    def run():
        with torch.inference_mode():
            return fast(window).numpy()

    return run


def timed(run):
    for _ in range(WARM):
        run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    window = torch.randn(1, CHANNELS, SAMPLES)
    peers = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in networks().items():
            with torch.no_grad():
                expected = model(window).numpy()
            peers[name] = {"onnxruntime": with_onnxruntime(model, window, folder), "torch.compile": compiled(model, window)}
            for peer, run in peers[name].items():
                assert np.allclose(run(), expected, atol=1e-4), (name, peer)
    times = {}
    for _ in range(ROUNDS):
        for name, (least, median) in json.loads(subprocess.check_output([sys.argv[1]])).items():
            times.setdefault((name, "motrace"), []).extend([least, median])
        for name, runs in peers.items():
            for peer, run in runs.items():
                found = timed(run)
                times.setdefault((name, peer), []).extend([min(found), float(np.median(found))])
    least = {key: min(found) for key, found in times.items()}
    for (name, who), found in times.items():
        print(f"{name:12} {who:14} {min(found):8.4f} ms, median {np.median(found[1::2]):8.4f} ms")
    for name in peers:
        fastest = min(least[name, peer] for peer in peers[name])
        print(f"{name}: {least[name, 'motrace'] / fastest:.3f} × the faster peer")
    print(f"a hop of 10 samples: {least['shallow hop', 'motrace'] / least['shallow', 'motrace']:.3f} × its whole window")


if __name__ == "__main__":
    main()
