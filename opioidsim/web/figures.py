"""The figures of a run for the screen: the reports' specification, drawn up once for each look and then filled with data."""

from collections import OrderedDict
from threading import Lock

from opioidsim import plot, plot_overdose
from opioidsim.result import Result
from opioidsim.scenario import unit_of

MOST = 200  # looks that are kept
_kept: OrderedDict[tuple, dict] = OrderedDict()
_lock = Lock()


def of_result(result: Result) -> dict:
    """The Vega-Lite specification of a run's figure, with one dataset for each panel, named by its kind of quantity.

    Drawing up a specification takes Altair a third of a second, and a dose that moves changes only data and title.
    """
    course = result.ends is None
    frames = plot.course_frames(result) if course else plot_overdose.episode_frames(result)
    look = (course, tuple(result.values), result.people > 1, float(result.times[-1]), *_scales(frames))
    with _lock:
        spec = _kept.get(look)
    if spec is None:
        spec = _empty((plot.course if course else plot_overdose.episode)(result).to_dict(), frames)
        with _lock:
            _kept[look] = spec
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    title = spec["title"] | {"text": result.describe()}
    if not course:
        title |= {"subtitle": [plot_overdose.ended(result), *spec["title"]["subtitle"][1:]]}
    return spec | {"title": title, "datasets": spec["datasets"] | {kind: _rows(f) for kind, f in frames.items()}}


def _scales(frames) -> list:
    """What of the axes depends on the data."""
    known = {kind: frame for kind, frame in frames.items() if "median" in frame}
    return [str([part.to_dict() for part in plot.scale_of(f, kind, unit_of(kind))]) for kind, f in known.items()]


def _empty(spec: dict, frames) -> dict:
    """The specification with the panels' own data taken out and named by kind."""
    datasets = dict(spec["datasets"])
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
    names = list(frame.columns)
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
