"""Loads what `motrace export` wrote into PyTorch: braindecode's EEGNet or ShallowFBCSPNet, or a plain `Sequential`.

    from load_in_braindecode import load
    model, about = load("weights.safetensors")

or, to check files and nothing more,

    python tests/scripts/load_in_braindecode.py weights.safetensors …
"""

import json
import sys

import torch
from safetensors import safe_open
from torch import nn

PLAIN = {
    "Flatten": lambda m: nn.Flatten(),
    "Linear": lambda m: nn.Linear(m["in_features"], m["out_features"], bias="bias" in m["tensors"]),
    "Tanh": lambda m: nn.Tanh(),
    "Dropout": lambda m: nn.Dropout(m["p"]),
}


def load(path):
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["motrace"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    windows, outputs = tensors.pop("motrace.windows"), tensors.pop("motrace.outputs")
    if about["class"] == "Sequential":
        model = nn.Sequential(*[PLAIN[module["type"]](module) for module in about["modules"]])
    else:
        import braindecode.models

        model = getattr(braindecode.models, about["class"])(**about["config"])
    known = model.state_dict()
    state = {}
    for name, tensor in tensors.items():
        module, _, part = name.rpartition(".")
        # A weight with a constraint is stored before it; within the bound the constraint changes nothing.
        state[name if name in known else f"{module}.parametrizations.{part}.original"] = tensor
    model.load_state_dict(state, strict=True)
    model.eval()
    with torch.no_grad():
        difference = (model(windows) - outputs).abs().max() / outputs.abs().max()
    if not difference <= 1e-5:
        raise ValueError(f"outputs differ by {difference:.1e} of the largest")
    return model, about | {"difference": float(difference)}


if __name__ == "__main__":
    for path in sys.argv[1:]:
        _, about = load(path)
        print(f"{about['class']}: outputs differ by {about['difference']:.1e} of the largest")
