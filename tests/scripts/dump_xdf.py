"""Dump what pyxdf reads: dump_xdf.py OUT FILE... writes OUT/<n>.json and OUT/<n>-<stream>.{samples,arrival,even}."""

import json
import logging
import sys
from pathlib import Path

import numpy as np
import pyxdf

logging.disable(logging.CRITICAL)
out = Path(sys.argv[1])
for number, path in enumerate(sys.argv[2:]):
    try:
        arrival, _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
        even, _ = pyxdf.load_xdf(path)
    except Exception as error:  # noqa: BLE001 - whatever pyxdf fails with is what is recorded
        (out / f"{number}.json").write_text(json.dumps({"error": repr(error)}))
        continue
    streams = []
    for place, (a, e) in enumerate(zip(arrival, even)):
        is_text = a["info"]["channel_format"][0] == "string"
        text = [s for row in a["time_series"] for s in row] if is_text else []
        if not is_text:
            np.asarray(a["time_series"], dtype="<f8").tofile(out / f"{number}-{place}.samples")
        np.asarray(a["time_stamps"], dtype="<f8").tofile(out / f"{number}-{place}.arrival")
        np.asarray(e["time_stamps"], dtype="<f8").tofile(out / f"{number}-{place}.even")
        name = a["info"].get("name", [""])
        streams.append(
            {
                "id": a["info"]["stream_id"],
                "name": name[0] or "",
                "channels": int(a["info"]["channel_count"][0]),
                "is_text": is_text,
                "text": text,
                "offsets": len(a["clock_times"]),
            }
        )
    (out / f"{number}.json").write_text(json.dumps({"streams": streams}))
