"""Writes tests/fixtures/motrace-sim/leadfield.json: what MNE's four-shell sphere gives for a few dipoles.

Run from the repository's root with a Python that has mne and numpy. Positions are unit vectors on, or parts of, the
head's radius; potentials are in volts for a moment of 1 A·m and a head of 90 mm.
"""

import json
import pathlib

import mne
import numpy as np

RADIUS = 0.09


def main():
    mne.set_log_level("ERROR")
    # Even points on the upper part of the sphere.
    i = np.arange(24)
    z = 1 - 1.3 * (i + 0.5) / 24
    angle = i * np.pi * (3 - 5**0.5)
    across = np.sqrt(1 - z**2)
    electrodes = np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)
    positions = np.array([[0.5, 0.1, 0.6], [-0.55, 0.0, 0.5], [0.0, 0.3, 0.7], [0.1, -0.6, 0.2]])
    moments = np.array([[0.5, 0.1, 0.6], [0.0, 1.0, 0.0], [0.7, 0.2, -0.4], [-0.3, 0.9, 0.1]])
    moments /= np.linalg.norm(moments, axis=1, keepdims=True)

    names = [f"E{k}" for k in range(len(electrodes))]
    montage = mne.channels.make_dig_montage(dict(zip(names, electrodes * RADIUS)), coord_frame="head")
    info = mne.create_info(names, 250.0, "eeg").set_montage(montage)
    # Without a reference electrode and without a projector the potential is that against infinity.
    sphere = mne.make_sphere_model((0, 0, 0), RADIUS)
    dipole = mne.Dipole(np.arange(len(positions)) / 250.0, positions * RADIUS, np.ones(len(positions)), moments,
                        np.ones(len(positions)))
    forward, _ = mne.make_forward_dipole(dipole, sphere, info)
    field = forward["sol"]["data"]
    out = {
        "electrodes": electrodes.tolist(),
        "positions": positions.tolist(),
        "moments": moments.tolist(),
        "potentials": field.tolist(),
    }
    path = pathlib.Path("tests/fixtures/motrace-sim/leadfield.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
