"""Compares XDF recordings, as pyxdf reads them, with what was sent.

peer_compare_xdf.py SENT.json FILE.xdf...

Each file must hold every stream of SENT.json (made by peer_send_all.py) with its samples, to the bit, and their stamps as
they were sent; the headers must agree from file to file in all that the source said. All samples, a measurement of each
clock, and the stamps in the footers are asked of the first file only, and so are 64-bit integers: LabRecorder does not
record these, ends some streams by its own clock, and when it is told to end it leaves what has not reached it yet.
"""

import json
import sys

import numpy as np
import pyxdf

sent = json.load(open(sys.argv[1]))
headers = []
for path in sys.argv[2:]:
    streams, _ = pyxdf.load_xdf(path, synchronize_clocks=False, dejitter_timestamps=False)
    by_name = {s["info"]["name"][0]: s for s in streams}
    assert len(by_name) == len(streams), f"{path}: {[s['info']['name'] for s in streams]}"
    for name, what in sent.items():
        if name == "all-int64" and path != sys.argv[2]:
            continue
        stream = by_name[name]
        info, series = stream["info"], stream["time_series"]
        format = name.removeprefix("all-").replace("events", "double64")
        if path != sys.argv[2]:
            count = len(stream["time_stamps"])
            assert count > 0, f"{path}: {name}: nothing"
            what = {key: rows[:count] for key, rows in what.items()}
        assert info["channel_format"][0] == format, info["channel_format"]
        if format == "string":
            assert series == what["values"], f"{path}: {name}: {series[:3]}"
        else:
            assert str(series.dtype) == {"double64": "float64"}.get(format, format), series.dtype
            wanted = np.array(what["values"], dtype=series.dtype)
            assert series.shape == wanted.shape and (series == wanted).all(), f"{path}: {name}: {series.shape}"
        assert len(stream["time_stamps"]) == len(what["stamps"]), f"{path}: {name}: {len(stream['time_stamps'])} stamps"
        assert np.abs(stream["time_stamps"] - np.array(what["stamps"])).max() < 1e-6, f"{path}: {name}: stamps"
        assert stream["footer"] is not None, f"{path}: {name}: no footer"
        footer = stream["footer"]["info"]
        assert int(footer["sample_count"][0]) == len(what["stamps"]), footer["sample_count"]
        ends = [float(footer[key][0]) for key in ("first_timestamp", "last_timestamp")]
        if path == sys.argv[2]:
            assert np.abs(np.array(ends) - [what["stamps"][0], what["stamps"][-1]]).max() < 1e-6, f"{name}: {ends}"
            assert len(stream["clock_times"]) >= 1, f"{path}: {name}: no clock offset"
    # Everything but what the library fills in about addresses and ports.
    said = {
        name: {k: v for k, v in by_name[name]["info"].items() if k in pyxdf_fields}
        for pyxdf_fields in [
            ("name", "type", "channel_count", "nominal_srate", "channel_format", "source_id", "version")
            + ("created_at", "uid", "session_id", "hostname", "desc")
        ]
        for name in sent
        if name in by_name
    }
    headers.append(said)
for other in headers[1:]:
    for name in sent:
        if name == "all-int64":
            continue
        assert json.dumps(headers[0][name]) == json.dumps(other[name]), f"{name}: {headers[0][name]}\n{other[name]}"
print("SAME")
