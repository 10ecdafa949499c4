"""The figures of a run for the screen: the reports' specification, drawn up once for each look and then filled with data."""

import math
from collections import OrderedDict
from threading import Lock

from opioidsim.cases.scenario import unit_of
from opioidsim.questions.run.simulated import Run
from opioidsim.show import course, episode

MOST = 200  # looks that are kept
_kept: OrderedDict[tuple, dict] = OrderedDict()
_lock = Lock()


def of_run(run: Run) -> dict:
    """The Vega-Lite specification of a run's figure. Of one scenario alone it has one dataset for each panel, named by its kind of
    quantity, and is kept: drawing one up takes Altair a third of a second, and a dose that moves changes only data and title.
    """
    if run.against or run.beside:
        return run.plot().to_dict()
    frames = course.course_frames(run) if run.ends is None else episode.episode_frames(run)
    look = (run.ends is None, tuple(run.values), run.people > 1, float(run.times[-1]), *_scales(frames))
    with _lock:
        spec = _kept.get(look)
    if spec is None:
        spec = _empty(run.plot().to_dict(), frames)
        with _lock:
            _kept[look] = spec
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    under = {} if run.ends is None else {"subtitle": episode.heading(run)}
    filled = spec["datasets"] | {kind: _rows(frame) for kind, frame in frames.items()}
    return spec | {"title": spec["title"] | {"text": run.describe(), **under}, "datasets": filled}


def _scales(frames) -> list:
    """What of the axes depends on the data."""
    known = {kind: frame for kind, frame in frames.items() if "median" in frame}
    return [
        str([part.to_dict(validate=False) for part in course.scale_of(f, kind, unit_of(kind))])
        for kind, f in known.items()
    ]


def _empty(spec: dict, frames) -> dict:
    """The specification with the panels' own data taken out and named by kind."""
    datasets = dict(spec["datasets"])
    if "data" in spec:  # of a single panel: Altair lifts it to the top
        spec = {**spec, "vconcat": [{"data": dict(spec["data"]), **panel} for panel in spec["vconcat"]]}
        del spec["data"]
    for kind, panel in zip(frames, spec["vconcat"], strict=True):
        own = max(_places(panel), key=lambda place: len(datasets.get(place["name"], ())))["name"]
        datasets.pop(own, None)
        for place in _places(panel):
            if place["name"] == own:
                place["name"] = kind
    return spec | {"datasets": datasets}


def _places(panel: dict) -> list[dict]:
    """Every reference to a dataset in a panel."""
    found = [panel["data"]] if "data" in panel else []
    return found + [layer["data"] for layer in panel.get("layer", ()) if "data" in layer]


def _rows(frame) -> list[dict]:
    columns = [frame[name].to_numpy() for name in frame.columns]
    plain = [list(c) if c.dtype == object else [None if math.isnan(v) else v for v in c.tolist()] for c in columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*plain, strict=True)]
