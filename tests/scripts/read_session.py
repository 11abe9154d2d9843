"""Reads a session's recording as others do, with pyxdf, and prints what is in it as JSON: read_session.py FILE"""

import json
import sys

import numpy
import pyxdf

streams, _ = pyxdf.load_xdf(sys.argv[1])


def of_kind(kind, name=""):
    found = [s for s in streams if s["info"]["type"][0] == kind and name in s["info"]["name"][0]]
    return found[0] if found else None


signal, markers = of_kind("EEG"), of_kind("Markers", "amp-markers")
events = of_kind("motrace-events")
cues = [(t, m[0]) for t, m in zip(markers["time_stamps"], markers["time_series"]) if m[0] in ("left", "right")]
# The session's own statement of the sample a cue fell on, against the time that pyxdf finds for both.
indices = []
for row in events["time_series"]:
    event = json.loads(row[0])
    if "marker" in event and event["marker"]["text"] in ("left", "right"):
        indices.append(event["marker"]["index"])
stamps = signal["time_stamps"]
errors = [abs(stamps[min(i, len(stamps) - 1)] - t) for i, (t, _) in zip(indices, cues)]
decisions, relevances = of_kind("motrace-decisions"), of_kind("motrace-relevance")
print(
    json.dumps(
        {
            "samples": len(stamps),
            "cues": len(cues),
            "decisions": 0 if decisions is None else len(decisions["time_stamps"]),
            "relevances": 0 if relevances is None else len(relevances["time_stamps"]),
            "finite": bool(numpy.isfinite(signal["time_series"]).all()),
            "worst_cue_error_secs": max(errors) if errors else None,
        }
    )
)
