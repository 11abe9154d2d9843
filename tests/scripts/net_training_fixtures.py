"""Makes tests/fixtures/motrace-net/training.json: what PyTorch makes of small networks in a few steps of training.

    python tests/scripts/net_training_fixtures.py

Needs torch. Everything is computed in f64: weighted cross-entropy, batch norm with its running values, AdamW, and the
norms that EEGNet limits after each step. There is no dropout, and each step sees all windows, so no random number matters.
"""

import json
import pathlib

import torch
from torch.nn import functional as F

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "motrace-net" / "training.json"
CHANNELS, SAMPLES, CLASSES, STEPS = 3, 64, 3, 4
LABELS = [0, 1, 2, 2, 1, 2, 0, 2, 2, 1, 2, 0]
LEARNING_RATE, WEIGHT_DECAY = 0.01, 0.1

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)


def weights(*shape, size=0.5):
    # Rounded to f32, so that both begin with the same.
    return (torch.randn(*shape) * size).float().double().requires_grad_()


class Norm:
    def __init__(self, maps, epsilon, momentum):
        self.gain, self.offset = weights(maps), weights(maps, size=0.1)
        with torch.no_grad():
            self.gain += 1
            self.gain.copy_(self.gain.float().double())
        self.mean, self.variance = torch.zeros(maps), torch.ones(maps)
        self.epsilon, self.momentum = epsilon, momentum

    def __call__(self, x):
        return F.batch_norm(
            x, self.mean, self.variance, self.gain, self.offset, True, self.momentum, self.epsilon
        )


class EegNet:
    """Two temporal filters of 9 samples, two spatial filters of each."""

    def __init__(self):
        self.temporal, self.spatial = weights(2, 1, 1, 9), weights(4, 1, CHANNELS, 1)
        self.depthwise, self.pointwise = weights(4, 1, 1, 4), weights(4, 4, 1, 1)
        self.norms = [Norm(maps, 1e-3, 0.01) for maps in (2, 4, 4)]
        self.dense, self.bias = weights(CLASSES, 4 * 4), weights(CLASSES, size=0.1)

    def __call__(self, x):
        x = self.norms[0](F.conv2d(x, self.temporal, padding=(0, 4)))
        x = F.elu(self.norms[1](F.conv2d(x, self.spatial, groups=2)))
        x = F.avg_pool2d(x, (1, 4))
        x = F.conv2d(F.conv2d(x, self.depthwise, padding=(0, 2), groups=4), self.pointwise)
        x = F.avg_pool2d(F.elu(self.norms[2](x)), (1, 4))
        return x.flatten(1) @ self.dense.T + self.bias

    def layers(self):
        n = self.norms
        return {
            0: [self.temporal],
            1: [n[0].gain, n[0].offset],
            2: [self.spatial],
            3: [n[1].gain, n[1].offset],
            7: [self.depthwise, self.pointwise],
            8: [n[2].gain, n[2].offset],
            12: [self.dense, self.bias],
        }

    def limit(self):
        with torch.no_grad():
            for values, largest in ((self.spatial, 1.0), (self.dense, 0.25)):
                norms = values.flatten(1).norm(dim=1)
                scale = torch.where(norms > largest, largest / norms, 1.0)
                values *= scale.view(-1, *[1] * (values.dim() - 1))


class Shallow:
    """Four filters of 7 samples, pools of 20 samples every 8."""

    def __init__(self):
        self.temporal, self.first_bias = weights(4, 1, 1, 7), weights(4, size=0.1)
        self.spatial = weights(4, 4, CHANNELS, 1)
        self.norms = [Norm(4, 1e-5, 0.1)]
        self.dense, self.bias = weights(CLASSES, 4 * 5), weights(CLASSES, size=0.1)

    def __call__(self, x):
        x = F.conv2d(F.conv2d(x, self.temporal, self.first_bias), self.spatial)
        x = F.avg_pool2d(self.norms[0](x) ** 2, (1, 20), (1, 8))
        return x.clamp(min=1e-6).log().flatten(1) @ self.dense.T + self.bias

    def layers(self):
        n = self.norms
        return {
            0: [self.temporal, self.first_bias],
            1: [self.spatial],
            2: [n[0].gain, n[0].offset],
            7: [self.dense, self.bias],
        }

    def limit(self):
        pass


def numbers(network):
    return {str(layer): [p.detach().flatten().tolist() for p in parts] for layer, parts in network.layers().items()}


def trained(network, windows):
    labels = torch.tensor(LABELS)
    balanced = len(LABELS) / (CLASSES * torch.bincount(labels).double())
    parameters = [p for parts in network.layers().values() for p in parts]
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=LEARNING_RATE,
    )
    before, losses = numbers(network), []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(windows), labels, weight=balanced)
        loss.backward()
        optimiser.step()
        network.limit()
        losses.append(loss.item())
    running = [[norm.mean.tolist(), norm.variance.tolist()] for norm in network.norms]
    return {"before": before, "after": numbers(network), "losses": losses, "running": running}


def main():
    windows = torch.randn(len(LABELS), 1, CHANNELS, SAMPLES).mul(100).round().div(100).float().double()
    made = {
        "windows": [round(x, 2) for x in windows.flatten().tolist()],
        "labels": LABELS,
        "channels": CHANNELS,
        "samples": SAMPLES,
        "eegnet": trained(EegNet(), windows),
        "shallow": trained(Shallow(), windows),
    }
    OUT.write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
