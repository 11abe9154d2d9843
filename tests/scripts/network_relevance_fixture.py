"""Fixtures of relevance in networks, computed with the zennit package (1.0.0).

    python tests/scripts/network_relevance_fixture.py

needs torch and zennit, and writes tests/fixtures/explain/network_layers.json (every rule on single layers) and
tests/fixtures/explain/network_whole.json (whole small networks). All numbers are random; nothing is cut from a recording.

How zennit's settings correspond to motrace's:

- ε: `Epsilon(epsilon)`; ε relative to the root mean square: `Epsilon(Stabilizer(epsilon, norm_scale=True))`, whose mean goes over
  all values of one window. LRP-0 is `Epsilon(0)`; where an output is exactly 0, zennit divides by it, and motrace leaves its
  relevance unassigned. No fixture has such an output.
- The stabiliser adds ε·sgn(d) with sgn(0) = +1 in both.
- Biases left out of the denominators: `zero_params='bias'`. The sign of the output that the γ rule asks for is that of z with the
  bias even then, in both.
- w²: the bias counts squared, as in the definition; `zero_params='bias'` leaves it out.
- Flat: zennit never counts the bias, whatever `zero_params` says; nor does motrace.
- zB: the bias cancels (b − b⁺ − b⁻), so its ledger has none.
- Inputs of 1 (w², flat) and bounds (zB) do not reach into padding: the convolution pads after the input was replaced.
- Mean pooling: `Norm(stabilizer)`, the ε form; max pooling: the gradient, which picks the winner.
- Batch norms are merged by hand here, and a temporal and a spatial convolution made one: zennit's canonizers leave their merged
  weights behind, and its hooks see parts of a network only where they are modules.
- Elementwise functions (also square and log, where no secant is asked for): `Pass`.
"""

import json
import warnings
from pathlib import Path

import torch
from torch import nn
from zennit import rules
from zennit.core import Stabilizer

warnings.filterwarnings("ignore", category=UserWarning)
torch.manual_seed(4)
torch.set_default_dtype(torch.float64)
EPSILON = 1e-6


def numbers(tensor):
    return tensor.detach().flatten().tolist()


def relative(epsilon):
    return Stabilizer(epsilon, norm_scale=True)


def zennit_rule(rule, bias="in_ledger"):
    """A zennit hook for a rule as motrace writes it."""
    rule = dict(rule)
    name, epsilon = rule.pop("rule"), rule.pop("epsilon", EPSILON)
    rest = {**rule, "zero_params": "bias" if bias == "left_out" else None}
    return {
        "zero": lambda: rules.Epsilon(0.0, **rest),
        "epsilon": lambda: rules.Epsilon(epsilon, **rest),
        "epsilon_relative": lambda: rules.Epsilon(relative(epsilon), **rest),
        "gamma": lambda: rules.Gamma(stabilizer=epsilon, **rest),
        "z_plus": lambda: rules.ZPlus(stabilizer=epsilon, **rest),
        "alpha_beta": lambda: rules.AlphaBeta(stabilizer=epsilon, **rest),
        "w_square": lambda: rules.WSquare(stabilizer=epsilon, **rest),
        "flat": lambda: rules.Flat(stabilizer=epsilon, **rest),
        "zb": lambda: rules.ZBox(stabilizer=epsilon, **rest),
    }[name]()


def pool_rule(rule):
    return rules.Norm(relative(rule["epsilon"]) if rule["rule"] == "epsilon_relative" else rule.get("epsilon", 0.0))


RULES = [
    {"rule": "zero"},
    {"rule": "epsilon", "epsilon": EPSILON},
    {"rule": "epsilon_relative", "epsilon": 0.01},
    {"rule": "gamma", "gamma": 0.25, "epsilon": EPSILON},
    {"rule": "z_plus", "epsilon": EPSILON},
    {"rule": "alpha_beta", "alpha": 2.0, "beta": 1.0, "epsilon": EPSILON},
    {"rule": "w_square", "epsilon": EPSILON},
    {"rule": "flat", "epsilon": EPSILON},
    {"rule": "zb", "low": -3.0, "high": 2.5, "epsilon": EPSILON},
]


def through(module, hook, x, relevance):
    """What a module's hook makes of the relevance of its output."""
    handle = hook.register(module) if hook else None
    x = x.clone().requires_grad_()
    out = module(x)
    (result,) = torch.autograd.grad(out, x, relevance)
    if handle:
        handle.remove()
    return result


def well_conditioned(module, shape):
    """An input for which no output nearly vanishes: LRP-0 in single precision means little where one does."""
    while True:
        x = torch.randn(1, *shape)
        z = module(x)
        without = z - module(torch.zeros_like(x))
        if all((d.abs() > 0.05 * d.pow(2).mean().sqrt()).all() for d in (z, without)):
            return x


def conv(kind, maps_in, maps_out, kernel, **settings):
    """A convolution, and its description: one map row is [maps, rows, samples]."""
    rows, taps = kernel
    padding, stride, groups = (settings.get(key, usual) for key, usual in (("padding", 0), ("stride", 1), ("groups", 1)))
    if kind == "conv1d":
        module = nn.Conv1d(maps_in, maps_out, taps, padding=padding, stride=stride, groups=groups)
    else:
        module = nn.Conv2d(
            maps_in, maps_out, kernel, padding=(0, padding), stride=(1, stride), groups=groups
        )
    told = {"kind": kind, "maps_out": maps_out, "maps_in": maps_in // groups, "rows": rows, "taps": taps}
    return module, {**told, "padding": padding, "stride": stride, "groups": groups}


def layers():
    cases = []
    linear = [
        (nn.Linear(7, 4), {"kind": "dense"}, (7,)),
        (*conv("conv1d", 2, 3, (1, 4), padding=2), (2, 9)),
        (*conv("conv1d", 4, 6, (1, 3), padding=1, stride=2, groups=2), (4, 8)),
        (*conv("conv2d", 2, 4, (3, 1), groups=2), (2, 3, 5)),
        (*conv("conv2d", 1, 3, (3, 4), padding=2), (1, 3, 8)),
        (*conv("conv2d", 2, 2, (1, 3), padding=1, stride=3), (2, 2, 9)),
    ]
    for module, told, shape in linear:
        nn.init.normal_(module.weight, std=0.6)
        nn.init.normal_(module.bias, std=0.4)
        x = well_conditioned(module, shape)
        relevance = torch.randn_like(module(x))
        case = {
            "layer": told,
            "shape": list(shape),
            "weights": numbers(module.weight),
            "bias": numbers(module.bias),
            "input": numbers(x),
            "relevance_out": numbers(relevance),
            "results": [],
        }
        for rule in RULES:
            for bias in ("in_ledger", "left_out"):
                result = through(module, zennit_rule(rule, bias), x, relevance)
                case["results"].append({"rule": rule, "bias": bias, "relevance_in": numbers(result)})
        # The same layer without a bias, by the rules in which a bias would matter most.
        bias, module.bias = module.bias, None
        for rule in (RULES[1], RULES[4]):
            result = through(module, zennit_rule(rule), x, relevance)
            case["results"].append({"rule": rule, "bias": "none", "relevance_in": numbers(result)})
        module.bias = bias
        cases.append(case)
    for kind, module, pool in [
        ("mean_pool", nn.AvgPool2d((1, 4), stride=(1, 4)), [4, 4]),
        ("mean_pool", nn.AvgPool2d((1, 5), stride=(1, 2)), [5, 2]),
        ("max_pool", nn.MaxPool2d((1, 4), stride=(1, 3)), [4, 3]),
    ]:
        x = torch.randn(1, 2, 2, 11)
        relevance = torch.randn_like(module(x))
        case = {
            "layer": {"kind": kind, "pool": pool},
            "shape": [2, 2, 11],
            "input": numbers(x),
            "relevance_out": numbers(relevance),
            "results": [],
        }
        for rule in RULES[:3] if kind == "mean_pool" else RULES[:1]:
            hook = pool_rule(rule) if kind == "mean_pool" else None
            result = through(module, hook, x, relevance)
            case["results"].append({"rule": rule, "bias": "in_ledger", "relevance_in": numbers(result)})
        cases.append(case)
    return cases


class Square(nn.Module):
    def forward(self, x):
        return x * x


class Log(nn.Module):
    def forward(self, x):
        return torch.log(torch.clamp(x, min=1e-6))


def norm(maps):
    """A batch norm as training might have left it."""
    module = nn.BatchNorm2d(maps, eps=1e-3).eval()
    for tensor, low, high in [
        (module.weight, 0.5, 1.5),
        (module.bias, -0.3, 0.3),
        (module.running_mean, -0.2, 0.2),
        (module.running_var, 0.5, 2.0),
    ]:
        nn.init.uniform_(tensor, low, high)
    return module


def merged(conv, norm):
    """W γ/√(v + ε), (b − μ) γ/√(v + ε) + β."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = conv.bias if conv.bias is not None else torch.zeros(conv.out_channels)
    return conv.weight * scale[:, None, None, None], (bias - norm.running_mean) * scale + norm.bias


def fused(temporal, spatial, samples_padding):
    """One convolution of a temporal and a spatial one, given as (weight, bias) each; the spatial one in groups or not."""
    (time, time_bias), (space, space_bias) = temporal, spatial
    maps, per_group, channels, taps = len(space), space.shape[1], space.shape[2], time.shape[3]
    module = nn.Conv2d(1, maps, (channels, taps), padding=(0, samples_padding))
    weight, bias = torch.zeros(maps, 1, channels, taps), space_bias.clone()
    for k in range(maps):
        first = 0 if per_group == len(time) else k // (maps // len(time))
        for j in range(per_group):
            weight[k, 0] += space[k, j, :, 0][:, None] * time[first + j, 0, 0][None]
            bias[k] += space[k, j].sum() * time_bias[first + j]
    module.weight.data, module.bias.data = weight.detach(), bias.detach()
    return module


def set_to(module, weight, bias):
    module.weight.data, module.bias = weight.detach(), nn.Parameter(bias.detach())
    return module


def parameters(*modules):
    """What Rust needs to build the network before it is merged, in order."""
    told = []
    for module in modules:
        if isinstance(module, nn.BatchNorm2d):
            names = ("weight", "bias", "running_mean", "running_var")
        else:
            names = ("weight", "bias") if module.bias is not None else ("weight",)
        told.append([numbers(getattr(module, name)) for name in names])
    return told


CHANNELS, SAMPLES, SEPARABLE = 3, 40, 4


def eegnet(classes):
    time = nn.Conv2d(1, 2, (1, 8), padding=(0, 4), bias=False)
    first = norm(2)
    space = nn.Conv2d(2, 4, (CHANNELS, 1), groups=2, bias=False)
    second = norm(4)
    along = nn.Conv2d(4, 4, (1, SEPARABLE), padding=(0, SEPARABLE // 2), groups=4, bias=False)
    across = nn.Conv2d(4, 4, 1, bias=False)
    third = norm(4)
    head = nn.Linear(4 * 5, classes)
    told = parameters(time, first, space, second, along, across, third, head)
    runs = [
        ("fused_conv", fused(merged(time, first), merged(space, second), 4)),
        (None, nn.ELU()),
        ("mean_pool", nn.AvgPool2d((1, 4))),
        ("separable_conv", along),
        ("separable_conv", set_to(nn.Conv2d(4, 4, 1), *merged(across, third))),
        (None, nn.ELU()),
        ("mean_pool", nn.AvgPool2d((1, 2))),
    ]
    return told, runs, head


def shallow(classes):
    time = nn.Conv2d(1, 3, (1, 6))
    space = nn.Conv2d(3, 3, (CHANNELS, 1), bias=False)
    only = norm(3)
    head = nn.Linear(3 * 6, classes)
    told = parameters(time, space, only, head)
    runs = [
        ("fused_conv", fused((time.weight, time.bias), merged(space, only), 0)),
        (None, Square()),
        ("mean_pool", nn.AvgPool2d((1, 10), stride=(1, 5))),
        (None, Log()),
    ]
    return told, runs, head


def mlp(classes):
    hidden = nn.Linear(CHANNELS * SAMPLES, 6), nn.Linear(6, 5)
    head = nn.Linear(5, classes)
    runs = [(None, nn.Flatten()), ("dense", hidden[0]), (None, nn.Tanh()), ("dense", hidden[1]), (None, nn.Tanh())]
    return parameters(*hidden, head), runs, head


def composite(**changes):
    usual = {"rule": "epsilon", "epsilon": EPSILON}
    types = {key: usual for key in ("fused_conv", "separable_conv", "dense", "mean_pool")}
    return {**types, "bias": "in_ledger", "log_power": "pass", **changes}


RELATIVE = {"rule": "epsilon_relative", "epsilon": 0.01}
Z_PLUS = {"rule": "z_plus", "epsilon": EPSILON}
COMPOSITES = [
    composite(),
    composite(**{key: RELATIVE for key in ("fused_conv", "separable_conv", "dense", "mean_pool")}),
    composite(**{key: RELATIVE for key in ("fused_conv", "separable_conv", "dense", "mean_pool")}, bias="left_out"),
    composite(fused_conv=Z_PLUS, separable_conv=Z_PLUS, first={"rule": "flat", "epsilon": EPSILON}),
    composite(**{key: RULES[5] for key in ("fused_conv", "separable_conv")}),
    composite(**{key: RULES[3] for key in ("fused_conv", "separable_conv", "dense")}, first={"rule": "w_square"}),
]


def explain(runs, head, x, told):
    """The target, its value and its relevance: two classes by their difference, more by η of the winner."""
    handles, is_first = [], True
    for key, module in runs:
        if key is None:
            if not isinstance(module, nn.Flatten):
                handles.append(rules.Pass().register(module))
        elif key == "mean_pool":
            handles.append(pool_rule(told[key]).register(module))
        else:
            rule = told["first"] if is_first and "first" in told else told[key]
            is_first = False
            handles.append(zennit_rule(rule, told["bias"]).register(module))
    body = nn.Sequential(*(module for _, module in runs), nn.Flatten())
    x = x.clone().requires_grad_()
    features = body(x)
    z = head(features)[0]
    c = 1 if len(z) == 2 else int(z.argmax())
    others = [j for j in range(len(z)) if j != c]
    difference = nn.Linear(head.in_features, len(others))
    difference.weight.data = (head.weight[c] - head.weight[others]).detach()
    difference.bias.data = (head.bias[c] - head.bias[others]).detach()
    handles.append(zennit_rule(told["dense"], told["bias"]).register(difference))
    h = difference(features)
    pi = torch.softmax(-h, 1).detach()
    value = (-torch.logsumexp(-h, 1)).item()
    (relevance,) = torch.autograd.grad(h, x, h.detach() * pi)
    for handle in handles:
        handle.remove()
    return {"class": c, "value": value, "relevance": numbers(relevance)}


def networks():
    cases = []
    for name, make in (("eegnet", eegnet), ("shallow", shallow), ("mlp", mlp)):
        for classes in (2, 3):
            told, runs, head = make(classes)
            x = torch.randn(1, 1, CHANNELS, SAMPLES)
            case = {"network": name, "classes": classes, "parameters": told, "input": numbers(x), "results": []}
            for settings in COMPOSITES if classes == 2 else COMPOSITES[:2]:
                case["results"].append({"composite": settings, **explain(runs, head, x, settings)})
            cases.append(case)
    return cases


folder = Path(__file__).resolve().parents[1] / "fixtures" / "explain"
for file, cases in (("network_layers.json", layers()), ("network_whole.json", networks())):
    text = json.dumps({"channels": CHANNELS, "samples": SAMPLES, "cases": cases}, separators=(",", ":"))
    (folder / file).write_text(text + "\n")
    print(file, len(text))
