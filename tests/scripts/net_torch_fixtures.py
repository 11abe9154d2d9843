"""Fixtures of networks from PyTorch: tiny ones of braindecode with random weights, and what they say of random windows.

    python tests/scripts/net_torch_fixtures.py

writes tests/fixtures/motrace-net/*.safetensors (made with torch 2.15, braindecode 1.8.1). For each network there is the file
that `export_braindecode.py` writes, and `*.expected.safetensors` with windows and the outputs of the same weights in f32 and f64.
The data are random; nothing is cut from a recording.
"""

import json
import sys
from pathlib import Path

import torch
from braindecode.models import EEGNet, ShallowFBCSPNet
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrize

sys.path.insert(0, str(Path(__file__).parent))
from export_braindecode import export

FOLDER = Path(__file__).parents[1] / "fixtures" / "motrace-net"


def randomise(model):
    """Trained-looking values everywhere: nothing may agree because it is 0 or 1."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.3, 2.0)
            elif name.endswith("running_mean") or name.endswith("bias"):
                tensor.normal_(0.0, 0.3)
            elif tensor.ndim == 1 and tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
            elif "parametrizations" in name:
                # Beyond the bound, so that what is exported has to be the bounded one.
                tensor.normal_(0.0, 1.5)
    return model.eval()


def fixture(name, model, classes, shape, rate_hz=128.0, channel_names=None):
    randomise(model)
    path = FOLDER / f"{name}.safetensors"
    export(model, path, rate_hz=rate_hz, classes=classes, channel_names=channel_names, shape=shape)
    windows = torch.randn(5, *shape)
    with torch.no_grad():
        outputs = model(windows)
        # In f64 with the weights of f32: the constraint is not to be computed anew.
        for module in model.modules():
            if parametrize.is_parametrized(module, "weight"):
                parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
        expected = {"windows": windows, "outputs_f32": outputs, "outputs_f64": model.double()(windows.double())}
    save_file({k: v.contiguous() for k, v in expected.items()}, FOLDER / f"{name}.expected.safetensors")
    print(name, tuple(outputs.shape), float((expected["outputs_f64"] - outputs).abs().max() / outputs.abs().max()))


def defaults():
    """What braindecode's networks are where nothing is said, to compare with ours: no weights, only modules."""
    told = {}
    for model in (EEGNet(22, 4, 1000, sfreq=250), ShallowFBCSPNet(22, 4, 1000, sfreq=250)):
        path = FOLDER / "whole.safetensors"
        export(model, path, rate_hz=250.0, classes=["a", "b", "c", "d"])
        with safe_open(path, "pt") as file:
            told[type(model).__name__] = json.loads(file.metadata()["motrace"])["modules"]
        path.unlink()
    (FOLDER / "defaults.json").write_text(json.dumps(told, indent=1) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(4)
    names = ["C3", "Cz", "C4"]
    small = dict(F1=2, D=2, kernel_length=8, depthwise_kernel_length=4, pool1_kernel_size=2, pool2_kernel_size=3)
    fixture("eegnet", EEGNet(3, 2, 40, **small), ["left", "right"], (3, 40), channel_names=names)
    # An odd kernel, samples that fill no pool, one temporal filter, four classes, and the constrained dense layer.
    odd = dict(F1=1, D=3, kernel_length=7, depthwise_kernel_length=5, pool1_kernel_size=4, pool2_kernel_size=2)
    fixture(
        "eegnet_odd", EEGNet(4, 4, 35, **odd, final_layer_with_constraint=True), ["a", "b", "c", "d"], (4, 35)
    )
    shallow = dict(n_filters_time=4, n_filters_spat=4, filter_time_length=5, pool_time_length=9, pool_time_stride=4)
    fixture("shallow", ShallowFBCSPNet(3, 2, 40, **shallow), ["rest", "grasp"], (3, 40), channel_names=names)
    # More spatial filters than temporal ones, three classes.
    wide = shallow | dict(n_filters_time=2, n_filters_spat=5)
    fixture("shallow_wide", ShallowFBCSPNet(2, 3, 33, **wide), ["a", "b", "c"], (2, 33))
    mlp = nn.Sequential(
        nn.Flatten(), nn.Linear(3 * 10, 7), nn.Tanh(), nn.Dropout(0.2), nn.Linear(7, 5), nn.Tanh(), nn.Dropout(0.2), nn.Linear(5, 2)
    )
    fixture("mlp", mlp, ["left", "right"], (3, 10), rate_hz=100.0)
    defaults()


main()