"""Writes a network of PyTorch for `motrace import`.

    from export_braindecode import export
    export(model, "weights.safetensors", rate_hz=250, classes=["fists", "feet"], channel_names=["C3", "Cz", "C4"])

The network is braindecode's EEGNet or ShallowFBCSPNet, or a `torch.nn.Sequential` of modules that motrace knows. It takes
windows of `[windows, channels, samples]`; `shape` is that of one where the network does not say it itself.
"""

import json

import torch
from safetensors.torch import save_file

PARTS = ["weight", "bias", "running_mean", "running_var"]


def export(model, path, rate_hz, classes, channel_names=None, shape=None):
    model = model.cpu().float().eval()
    channels, samples = shape or (model.n_chans, model.n_times)
    modules, tensors = [], {}
    for name, module in model.named_modules():
        parts = [child for child, _ in module.named_children() if child != "parametrizations"]
        if parts or "parametrizations" in name:
            continue
        facts = {k: v for k, v in vars(module).items() if k[0] != "_" and isinstance(v, (bool, int, float, str, tuple))}
        own = {part: getattr(module, part) for part in PARTS if getattr(module, part, None) is not None}
        tensors |= {f"{name}.{part}": tensor.detach().clone().contiguous() for part, tensor in own.items()}
        kind = type(module).__name__.removeprefix("Parametrized")
        modules.append(facts | {"name": name, "type": kind, "tensors": list(own)})
    windows = torch.randn(2, channels, samples)
    with torch.no_grad():
        tensors |= {"motrace.windows": windows, "motrace.outputs": model(windows).contiguous()}
    about = {"format": 1, "class": type(model).__name__, "channels": channels, "samples": samples, "rate_hz": rate_hz}
    about |= {"classes": list(classes), "channel_names": channel_names, "modules": modules}
    save_file(tensors, path, metadata={"motrace": json.dumps(about)})
