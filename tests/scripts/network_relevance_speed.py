"""How long zennit (1.0.0) takes for one explanation, 22 channels and 1000 samples, once warm, on one thread.

    python tests/scripts/network_relevance_speed.py [shallow] [eegnet]

needs torch and zennit. Run it beside `cargo bench -p motrace-explain --bench network`, which measures motrace on the same
networks: merged, their convolutions fused. The smallest of many repetitions is printed, and the median.

zennit has no secant for the log-powers of ShallowConvNet; square and log pass relevance on there, which is less work.
"""

import statistics
import sys
import time

import torch
from torch import nn
from zennit import rules
from zennit.attribution import Gradient
from zennit.composites import LayerMapComposite
from zennit.core import Stabilizer

torch.set_num_threads(1)
torch.manual_seed(1)
CHANNELS, SAMPLES, REPEATS = 22, 1000, 200


class Square(nn.Module):
    def forward(self, x):
        return x * x


class Log(nn.Module):
    def forward(self, x):
        return torch.log(torch.clamp(x, min=1e-6))


shallow = nn.Sequential(
    nn.Conv2d(1, 40, (CHANNELS, 25)),
    Square(),
    nn.AvgPool2d((1, 75), stride=(1, 15)),
    Log(),
    nn.Flatten(),
    nn.Linear(40 * 61, 1),
)
eegnet = nn.Sequential(
    nn.Conv2d(1, 16, (CHANNELS, 64), padding=(0, 32)),
    nn.ELU(),
    nn.AvgPool2d((1, 4)),
    nn.Conv2d(16, 16, (1, 16), padding=(0, 8), groups=16, bias=False),
    nn.Conv2d(16, 16, 1),
    nn.ELU(),
    nn.AvgPool2d((1, 8)),
    nn.Flatten(),
    nn.Linear(16 * 31, 1),
)


def measured(run):
    for _ in range(20):
        run()
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return f"{1e3 * min(times):.3f} ms at best, median {1e3 * statistics.median(times):.3f} ms"


relative = Stabilizer(0.01, norm_scale=True)
composite = LayerMapComposite(
    [
        (nn.Conv2d, rules.Epsilon(relative)),
        (nn.Linear, rules.Epsilon(relative)),
        (nn.AvgPool2d, rules.Norm(relative)),
        ((nn.ELU, Square, Log), rules.Pass()),
    ]
)
networks = {"shallow": shallow, "eegnet": eegnet}
names = sys.argv[1:] or list(networks)
if unknown := [name for name in names if name not in networks]:
    sys.exit(f"no network {', '.join(unknown)}: there are {', '.join(networks)}")
for name in names:
    network = networks[name].eval()
    window = torch.randn(1, 1, CHANNELS, SAMPLES)

    def forward():
        with torch.inference_mode():
            network(window)

    print(f"{name}: forward {measured(forward)}")
    with Gradient(network, composite) as attributor:
        print(f"{name}: explanation {measured(lambda: attributor(window, lambda output: output))}")
