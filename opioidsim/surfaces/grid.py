"""Works out a risk surface: the thresholds of simulated people on a grid, with what stands behind them; and stores it.

Axes are those of which trials know the value at each use: tolerance, the share of receptors that an
antagonist holds, sedation. Whatever else differs between people (kinetics, binding) is in the
spread of thresholds. With the table every number behind it is stored: when one of them changes in
the library, a test sees that the surface is old.
"""

import hashlib
import json
from functools import partial
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.drug import load
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine import chunks
from opioidsim.facts import library, units
from opioidsim.facts.evidence import Fact, walk
from opioidsim.files import whole
from opioidsim.surfaces import thresholds
from opioidsim.surfaces.surface import GAP, SURFACES, Surface

LENGTH = {
    ("heroin", "iv"): "45 min",
    ("fentanyl", "iv"): "30 min",
    ("oxycodone", "oral"): "150 min",
    ("methadone", "oral"): "6 h",
}  # until all is decided
GRID = {"tolerance": (0.0, 1.0, 2.25), "held": (0.0, 0.5, 0.9), "sedative": (0.0, 0.3, 1.0, 3.0)}
FEWER = {"tolerance": (0.0, 1.0, 2.25), "held": (0.0, 0.9), "sedative": (0.0, 1.0, 3.0)}  # where an episode takes hours
SLOW = ("methadone",)
BETWEEN = ((0.5, 0.2, 0.15), (1.3, 0.1, 0.6), (0.7, 0.7, 2.0), (0.5, 0.98, 0.0))  # where interpolation is tried
PROBABILITIES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
LEAST, MOST = -16.0, 22.0  # log2 of the doses [mg] that are tried
ALONE, HELPED = ("arrest", "apnoea", "depressed"), "arrest_helped"


def grid_of(opioid: str) -> dict[str, tuple[float, ...]]:
    """The grid of an opioid."""
    return FEWER if opioid in SLOW else GRID


def scenarios(opioid: str, route: str, people: int, seed: int = 1) -> tuple[Scenario, Scenario]:
    """The use of 1 mg, alone and with a bystander's naloxone.

    With a second look: whoever falls short of oxygen again after a rescue is not safe because of a first dip survived.
    """
    helper = library.body("body")["bystander"]
    use = {
        "clock": "episode", "duration": LENGTH[opioid, route], "every": "10 s", "doses": [f"{opioid} 1 mg {route}"],
        "population": {"n": people, "seed": seed}, "second_look": True,
    }  # fmt: skip
    rule = {
        "drug": f"naloxone {helper['naloxone'].text()} nasal",
        "when": f"ventilation < {100 * helper['notices'].value:g} % of baseline",
        "delay": helper["delay"].text(),
        "doses": 1,
    }
    return from_table(use, "the surface"), from_table(use | {"rescue": rule}, "the surface")


def known(opioid: str, route: str) -> dict[str, Fact]:
    """Every fact that the surface rests on, by name: an antagonist and a sedative count by their site only."""
    _, helped = scenarios(opioid, route, 2)
    found = {
        name: fact
        for name, fact in provenance.facts(helped)
        if not name.startswith("body.")
        or name.split(".")[1] in ("reference_weight", "allometry", "population", "nose", "bystander")
    }
    for name in (thresholds.HOLDS, thresholds.SEDATES):
        found |= {
            f"{name}.{'.'.join(path)}": fact
            for path, fact in walk(load(name))
            if path[:2] == ("receptor", "mu") or path[0] == "sedation"
        }
    return dict(sorted(found.items()))


def facts(opioid: str, route: str) -> dict[str, str]:
    """The same as text, with unit and spread: what is stored, and compared when the library changes."""
    return {
        name: f"{fact.value!r} {fact.unit} {fact.spread} {fact.median} {fact.most} {fact.law}"
        for name, fact in known(opioid, route).items()
    }


def fingerprint(opioid: str, route: str) -> str:
    """One hash of these numbers and of the way they are used: grid, quantiles, length, nearness of the search."""
    how = [grid_of(opioid), PROBABILITIES, LENGTH[opioid, route], thresholds.CLOSE]
    return hashlib.sha256(json.dumps([facts(opioid, route), *how]).encode()).hexdigest()


def worked_out(opioid: str, route: str, people: int, seed: int = 1, threads: int | None = None, progress=None) -> dict:
    """Outcome -> thresholds [log2 mg], (tolerance, held, sedative, people), of these people at every point of the grid.

    The same people at each point, so that a surface is smooth in its axes with few of them. A layer
    of the grid is a unit of work. progress: told how many layers are done.
    """
    both = [thresholds.use(scenario, range(people)) for scenario in scenarios(opioid, route, people, seed)]
    points = grid_of(opioid)
    layers = []
    for layer in chunks.each(partial(_layer, both, points, people), list(points["sedative"]), threads):
        layers.append(layer)
        if progress:
            progress(len(layers))
    return {outcome: np.stack([layer[outcome] for layer in layers], 2) for outcome in layers[0]}


def _layer(both, points, people: int, sedative: float) -> dict[str, np.ndarray]:
    """The thresholds at one sedation, (tolerance, held, people); each search begins at the neighbour's outcome.

    both: the use alone and helped. points: the grid.
    """
    shape = (len(points["tolerance"]), len(points["held"]), people)
    found = {outcome: np.zeros(shape) for outcome in (*ALONE, HELPED)}
    guess = {outcome: np.zeros(people) for outcome in found}
    for h, held in enumerate(points["held"]):
        if h:  # a competitor raises doses by about 1 / (1 - held)
            more = np.log2((1.0 - points["held"][h - 1]) / (1.0 - held))
            guess = {outcome: _finite(at[0, h - 1]) + more for outcome, at in found.items()}
        for t, tolerance in enumerate(points["tolerance"]):
            now = at_point(both, tolerance, held, sedative, guess)
            for outcome, at in now.items():
                found[outcome][t, h] = at
            guess = {outcome: _finite(at) for outcome, at in now.items()}
    return found


def at_point(both, tolerance: float, held: float, sedative: float, guess: dict) -> dict[str, np.ndarray]:
    """The thresholds [log2 mg] of these people here, every outcome, alone and helped; (people,) each.
    guess: where to begin.

    Helped, only the arrest is asked for: whether breathing falls is decided before help comes. Help stops nobody's heart: where
    its threshold comes out under that without, they are equal but for the nearness of the search.
    """
    found = {}
    for used, wanted in zip(both, ({name: guess[name] for name in ALONE}, {"arrest": guess[HELPED]}), strict=True):
        tried = partial(thresholds.outcomes, used, thresholds.patients(used, tolerance, held, sedative))
        at = thresholds.found(tried, wanted, LEAST, MOST)
        found |= at if len(wanted) > 1 else {HELPED: np.maximum(at["arrest"], found["arrest"])}
    return found


def off_the_grid(opioid: str, route: str, found: dict, people: int, seed: int = 1, threads: int | None = None) -> dict:
    """Outcome -> how far [octaves of dose] interpolated quantiles lie from those of the same people
    between grid points.

    The largest over a few points, each the mean over quantiles. It is stored, and every interval of
    a chance contains it.
    """
    both = [thresholds.use(scenario, range(people)) for scenario in scenarios(opioid, route, people, seed)]
    drawn = _surface(opioid, route, found, {})

    def one(point):
        """How far they lie apart at one point."""
        guess = {
            outcome: np.full(people, drawn.thresholds(outcome, *point)[len(PROBABILITIES) // 2]) for outcome in found
        }
        met = at_point(both, *point, guess=guess)
        return {
            outcome: np.abs(drawn.thresholds(outcome, *point) - quantiles(at)).mean() for outcome, at in met.items()
        }

    inside = [point for point in BETWEEN if point[0] <= grid_of(opioid)["tolerance"][-1]]
    apart = list(chunks.each(one, inside, threads))
    return {outcome: round(float(max(point[outcome] for point in apart)), 3) for outcome in found}


def _surface(opioid: str, route: str, found: dict, story: dict) -> Surface:
    """The surface of these thresholds before it is stored."""
    nodes = {key: np.array(values) for key, values in grid_of(opioid).items()}
    tables = {outcome: quantiles(at) for outcome, at in found.items()}
    return Surface(opioid, route, **nodes, probabilities=np.array(PROBABILITIES), quantiles=tables, story=story)


def _finite(at: np.ndarray) -> np.ndarray:
    """Thresholds beyond what was tried, at its edge: only their order counts in a quantile."""
    return np.clip(at, LEAST, MOST)


def quantiles(at: np.ndarray) -> np.ndarray:
    """Quantiles of thresholds over people, the last axis; (..., probabilities), each a little above the one before.

    Strictly rising, since a chance is read off the slope between two of them.
    """
    q = np.moveaxis(np.quantile(_finite(at), PROBABILITIES, axis=-1), 0, -1)
    rise = GAP * np.arange(q.shape[-1])
    return np.maximum.accumulate(q - rise, -1) + rise


def store(opioid: str, route: str, found: dict, error: dict, people: int, seed: int, folder: Path = SURFACES) -> None:
    """The surface as two files: quantiles of thresholds [mg] at every grid point, and the story behind them."""
    points = grid_of(opioid)
    with whole(folder / f"{opioid}_{route}.csv") as file:
        file.write(",".join(["outcome", *points, *(f"q{100 * p:g}" for p in PROBABILITIES)]) + "\n")
        for outcome, at in found.items():
            table = quantiles(at)
            for place in np.ndindex(table.shape[:-1]):
                where = [f"{points[key][i]:g}" for key, i in zip(points, place, strict=True)]
                file.write(",".join([outcome, *where, *(f"{2.0**q:.6g}" for q in table[place])]) + "\n")
    story = {
        "opioid": opioid,
        "route": route,
        "people": people,
        "seed": seed,
        "length": units.time_text(units.hours(LENGTH[opioid, route])),
        "grid": points,
        "probabilities": PROBABILITIES,
        "error_octaves": error,
        "fingerprint": fingerprint(opioid, route),
        "facts": facts(opioid, route),
    }
    with whole(folder / f"{opioid}_{route}.json") as file:
        json.dump(story, file, indent=1)
        file.write("\n")
