"""Reads an XDF file with pyxdf and writes what it found as JSON.

Usage: peer_read_xdf.py FILE OUT.json
"""
import json
import sys

import pyxdf

streams, _ = pyxdf.load_xdf(sys.argv[1], dejitter_timestamps=False)
found = []
for s in streams:
    desc = s["info"]["desc"][0] or {}
    channels = (desc.get("channels") or [{}])[0] or {}
    channels = channels.get("channel", [])
    series = s["time_series"]
    found.append(
        {
            "name": s["info"]["name"][0],
            "type": s["info"]["type"][0],
            "labels": [c["label"][0] for c in channels],
            "units": [c["unit"][0] for c in channels],
            "samples": series.tolist() if hasattr(series, "tolist") else series,
            "stamps": s["time_stamps"].tolist(),
            "footer": s["footer"] is not None,
        }
    )
json.dump(found, open(sys.argv[2], "w"))
