"""Times one epoch of training here and in PyTorch, by turns in the same run.

    cargo build --release -p motrace-net --example training_epochs
    python tests/scripts/bench_training_peer.py TARGET_DIR/release/examples/training_epochs [ROUNDS [THREADS]]

Needs torch and braindecode 1.8. 230 trials of 22 channels × 1000 samples in f32, four classes, batches of 64, AdamW.
Both networks are braindecode's as they come; the data are made up. Prints the least and the median of all epochs but
the first of each round, which also makes everything ready.
"""

import json
import statistics
import subprocess
import sys
import time
import warnings

import torch

warnings.filterwarnings("ignore")
from braindecode.models import EEGNet, ShallowFBCSPNet  # noqa: E402

EPOCHS_A_ROUND = 3


def torch_network(name):
    shape = {"n_chans": 22, "n_outputs": 4, "n_times": 1000}
    return EEGNet(**shape) if name == "eegnet" else ShallowFBCSPNet(**shape, final_conv_length="auto")


def torch_epochs(name):
    torch.manual_seed(1)
    windows = (torch.rand(230, 22, 1000) - 0.5) * 3.4
    labels = torch.arange(230) % 4
    network = torch_network(name).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.0)
    loss_of = torch.nn.CrossEntropyLoss()
    secs = []
    for _ in range(EPOCHS_A_ROUND):
        begin = time.perf_counter()
        for batch in torch.randperm(230).split(64):
            optimiser.zero_grad()
            loss_of(network(windows[batch]), labels[batch]).backward()
            optimiser.step()
        secs.append(time.perf_counter() - begin)
    return secs


def own_epochs(program, name, threads):
    told = subprocess.run(
        [program, name, str(EPOCHS_A_ROUND), str(threads)], check=True, capture_output=True, text=True
    )
    return json.loads(told.stdout)


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else torch.get_num_threads()
    torch.set_num_threads(threads)
    for name in ("shallow", "eegnet"):
        theirs, ours = [], []
        for _ in range(rounds):
            theirs += torch_epochs(name)[1:]
            ours += own_epochs(program, name, threads)[1:]
        print(
            f"{name}: PyTorch {torch.__version__} {min(theirs):.3f} s (median {statistics.median(theirs):.3f}), "
            f"motrace {min(ours):.3f} s (median {statistics.median(ours):.3f}), "
            f"{min(ours) / min(theirs):.2f} of it (medians {statistics.median(ours) / statistics.median(theirs):.2f}), "
            f"{threads} threads",
            flush=True,
        )


if __name__ == "__main__":
    main()
