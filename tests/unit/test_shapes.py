"""The arrays that the engine hands around have the shapes that their records say."""

import sys
from typing import get_args, get_type_hints

import jaxtyping
import numpy as np
import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.engine import course, episode, episode_arrays, handover, history, inputs, rescue_arrays, simulate
from opioidsim.engine.watch import Doses, Rescue, Seen

COURSE = ["heroin 20 mg iv", "naltrexone 50 mg oral every 24 h x 2", "fentanyl 0.1 mg iv over 1 h at 5 h"]
EPISODE = {
    "clock": "episode", "duration": "2 min", "every": "10 s", "doses": ["fentanyl 1 mg iv", "ethanol 40 g oral"],
    "rescue": {"drug": "naloxone 4 mg nasal", "doses": 2},
}  # fmt: skip


def arrays(record):
    """(name, value, shape) of every field whose shape is annotated, of tables that of each value. The names of shapes are
    those that only a type checker imports."""
    module = vars(sys.modules[type(record).__module__]) | {"Float": jaxtyping.Float, "Int": jaxtyping.Int}
    for name, hint in get_type_hints(type(record), module).items():
        value = getattr(record, name)
        for key, each in value.items() if isinstance(value, dict) else [("", value)]:
            parts = (hint, *get_args(hint), *(deep for part in get_args(hint) for deep in get_args(part)))
            shapes = [part for part in parts if hasattr(part, "dims")]
            if shapes:
                yield f"{type(record).__name__}.{name}{key}", each, tuple(shapes)


def wrong(*records):
    """The arrays of these records that have not their shape, a name meaning the same length everywhere."""
    with jaxtyping.jaxtyped("context"):
        return [name for record in records for name, value, shapes in arrays(record) if not isinstance(value, shapes)]


@pytest.mark.parametrize("people", [1, 5])
def test_a_course_is_handed_around_in_its_shapes(people):
    crowd = {"population": {"n": people, "seed": 1}} if people > 1 else {}
    given = inputs.read(from_table({"doses": COURSE, "duration": "2 d", **crowd}))
    times, _ = simulate.output_times(given)
    walk, events, grid = simulate.ready(given, range(people), times, 0)
    states, last = course.march(walk.body, walk.steps, course.start(walk.body), events, grid, len(times))
    assert wrong(walk.body, walk.steps, events, last) == []
    assert wrong(walk.body, states) == [] and wrong(grid) == []
    assert wrong(walk) == [] and all(np.shape(value) == (people,) for value in walk.values.values())
    along = history.followed(walk, given.doses, 48.0, 6.0, (), None, history.unadapted(given.person, people), None)
    assert wrong(along) == []


@pytest.mark.parametrize("people", [1, 5])
def test_an_episode_is_handed_around_in_its_shapes(people):
    patients = handover.begin(inputs.read(from_table(EPISODE)), range(people))
    known = patients.given, patients.wiring, patients.rates, patients.values
    doses, rule = (
        episode_arrays.doses_of(*known, 0.5),
        rescue_arrays.rescue_of(*known, patients.baseline, patients.people),
    )
    assert wrong(patients.rates, patients) == []
    assert isinstance(doses, Doses) and isinstance(rule, Rescue)
    assert wrong(doses) == [] and wrong(rule) == []
    seen = episode.look(patients.wiring, patients.rates, patients.state, patients.physiology)[2]
    assert isinstance(seen, Seen) and wrong(seen, patients.rates) == []


def test_a_wrong_shape_is_seen():
    given = inputs.read(from_table({"doses": COURSE, "duration": "2 d"}))
    body = history.ready(given, range(3)).body
    assert wrong(body) == []
    assert wrong(body._replace(kon=body.kon[:-1])) == ["Body.kon"]
    assert wrong(body._replace(site_row=np.asarray(body.site_row, float))) == ["Body.site_row"]
