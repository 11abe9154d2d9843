"""Writes tests/fixtures/motrace-view/splines.json: MNE's spherical-spline weights for eleven electrodes.

Run from the repository root with a Python that has numpy and mne. The positions are listed in the file,
so that the comparison is of the mathematics alone.
"""
import json
import numpy as np
import mne
from mne.channels.interpolation import _make_interpolation_matrix

rng = np.random.default_rng(7)
nodes = rng.normal(size=(11, 3))
nodes[:, 2] = np.abs(nodes[:, 2])
nodes /= np.linalg.norm(nodes, axis=1, keepdims=True)
points = rng.normal(size=(9, 3))
points /= np.linalg.norm(points, axis=1, keepdims=True)
cases = [
    {"regularisation": alpha, "weights": _make_interpolation_matrix(nodes, points, alpha=alpha).tolist()}
    for alpha in (1e-5, 1e-2)
]
with open("tests/fixtures/motrace-view/splines.json", "w") as file:
    json.dump({"mne": mne.__version__, "nodes": nodes.tolist(), "points": points.tolist(), "cases": cases}, file)
    file.write("\n")
