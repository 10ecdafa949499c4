"""Whatever is given at any door: an answer of finite numbers, or one sentence; never a traceback, a warning or a wait.

Inputs come from a grammar, and from sound ones with bytes changed; always the same ones, from SEED. One that fails is shown, as
small as it can be made, with its door: mend the kind, and add it to FOUND.
"""

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import grammar as g
import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from oracle import SECONDS, answered, finite, sentence

from opioidsim import cli
from opioidsim.cases import scenario, trial_plan
from opioidsim.cases.cautions import cautions
from opioidsim.cases.dose import parse, several
from opioidsim.cases.person import Population
from opioidsim.engine import inputs
from opioidsim.engine.simulate import simulate
from opioidsim.files import read_columns
from opioidsim.questions import named, questions, read
from opioidsim.questions.question import Question
from opioidsim.refusal import Refusal

SEED = 20260726
FEW, MANY = 55, 1115  # inputs of each door in `make test`, and in `make check-all`
LIBRARY = Path(scenario.__file__).parents[1] / "library"
SCENARIOS = [path.read_text(encoding="utf-8") for path in sorted((LIBRARY / "scenarios").glob("*.toml"))]
TRIALS = [path.read_text(encoding="utf-8") for path in sorted((LIBRARY / "trials").glob("*.toml"))]
TABLE = """ID;   TIME; AMT; UNIT; DRUG;       ROUTE;    II; ADDL; SS; EVID; WT; DV
Ann;  0;    50;  mg;   naltrexone; oral;     24; 6;    1;  1;    58; .
Ben;  0;    380; mg;   naltrexone; im-depot; .;  .;    .;  1;    95; .
Ben;  72;   .;   .;    .;          .;        .;  .;    .;  2;    92; .
Cleo; 6.5;  100; mg;   naltrexone; oral;     .;  .;    .;  1;    70; .
Cleo; 30.2; 100; mg;   naltrexone; oral;     .;  .;    .;  4;    70; .
"""
DRAWS = "person.weight,naltrexone.disposition.CL [L/h],person.age\n70,200,30\n90.5,210,41\n"
ASKED = [
    {"question": "blockade", "antagonist": ["naltrexone 380 mg im-depot"], "days": 28, "people": 20, "change": {"tau_loss": "20 d"}},
    {"question": "rescue", "opioid": "fentanyl 1 mg iv", "product": ["naloxone 4 mg nasal"], "hours": 1, "tolerance": "naive"},
    {"question": "risk", "use": "heroin 50 mg iv", "sedative": 0.2, "held": 0.1},
    {"question": "relapse", "use": "heroin 50 mg iv", "after": ["heroin 50 mg iv every 8 h x 9"], "day": [0, 7]},
    {"question": "trial", "plan": "garbutt-2005", "people": 30, "seed": 3},
]  # fmt: skip


class Enough(Refusal):
    """Everything was understood; the work itself is tried elsewhere."""


# ---- the doors: what is made of an input, and what must hold of it ------------------------------------------------


def dose(text: str, _) -> None:
    """A sentence is what it says: written out, it is read so, and written so again."""
    for found in several(text):
        finite(found.model_dump())
        assert str(parse(str(found))) == str(found)
        found.starts()


def understood(found: scenario.Scenario) -> None:
    """What a scenario says can be written, read again, warned of, and turned into finite parameters."""
    assert scenario.loads(found.toml()).toml() == found.toml()
    finite([caution.model_dump() for caution in cautions(found)])
    found.draws()
    if found.people() <= 20:
        values = inputs.read(found).values(range(min(found.people(), 3)))
        assert all(np.isfinite(np.asarray(value, float)).all() for value in values.values())


def toml(data: bytes, folder: Path) -> None:
    """A scenario's file."""
    (folder / "it.toml").write_bytes(data)
    understood(scenario.read(folder / "it.toml"))


def scenario_table(table: dict, _) -> None:
    """A scenario as plain data."""
    understood(scenario.from_table(table))


def plan(data: bytes, folder: Path) -> None:
    """A trial plan's file: written out, it reads as the same."""
    (folder / "plan.toml").write_bytes(data)
    found = trial_plan.read(str(folder / "plan.toml"))
    assert trial_plan.from_table(found.table()) == found


def events(data: bytes, folder: Path) -> None:
    """An event table in a scenario."""
    (folder / "doses.csv").write_bytes(data)
    understood(scenario.from_table({"duration": "60 d", "dosing": str(folder / "doses.csv")}))


def draws(data: bytes, folder: Path) -> None:
    """A table of draws, by itself and in a scenario."""
    (folder / "who.csv").write_bytes(data)
    for column in read_columns(folder / "who.csv", "table of draws").values():
        assert np.isfinite(column).all()
    crowd = Population(table=(str(folder / "who.csv"),))
    understood(scenario.Scenario(duration="1 d", doses=["naltrexone 50 mg oral"], population=crowd))


def ask(data: bytes, folder: Path) -> None:
    """A question in a JSON file."""
    (folder / "ask.json").write_bytes(data)
    asked = read(folder / "ask.json")
    question = named(asked)
    finite(question.data(question.read(asked)))


def words(said: list[str], folder: Path) -> None:
    """The command line: status 0 with an answer, or 1 or 2 with one sentence on standard error."""
    out, err = io.StringIO(), io.StringIO()
    argv, sys.argv = sys.argv, ["opioidsim", *said]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder):
            cli.main()
        status = 0
    except SystemExit as end:
        status = end.code or 0
    finally:
        sys.argv = argv
    assert status in (0, 1, 2), (status, err.getvalue())
    if status:
        lines = [line for line in err.getvalue().splitlines() if line.startswith("opioidsim: ")]
        assert len(lines) == 1, err.getvalue()
        sentence(lines[0].removeprefix("opioidsim: "))
    assert "\x1b" not in out.getvalue() + err.getvalue()


def web(asked: tuple, post) -> None:
    """A request to the explorer: 200 and plain data, or 4xx with one sentence; never 5xx."""
    found = post(*asked)
    assert found.status_code < 500, found.text
    if found.status_code >= 400:
        assert set(found.json()) == {"error", "where"}
        sentence(found.json()["error"])
    else:
        assert "\x1b" not in found.text
        finite(found.json())


# ---- what is tried at each ----------------------------------------------------------------------------------------


class Door(NamedTuple):
    """A door: what is made of an input, and the inputs."""

    takes: Callable[[Any, Any], None]
    given: st.SearchStrategy


flag = st.sampled_from(["--days", "--people", "--seed", "--antagonist", "--challenge", "--every", "--tolerance", "--out", "--change", "--json", "--product",
                        "--opioid", "--hours", "--reading", "--threads", "--held", "--nothing", "--replace", "--resume", "--help"])  # fmt: skip
verb = st.sampled_from([*questions(), "check", "list", "show", "ask", "calibrate", "validate", "trial-data", "explode"])
command = st.builds(
    lambda v, rest: [v, *[word.replace("\x00", "") for word in rest]],
    verb,
    st.lists(
        flag | g.odd | g.some_dose | st.sampled_from(["heroin", "drugs", "naltrexone", "too-soon", "xbot"]), max_size=6
    ),
).filter(lambda said: not (said[0] in ("calibrate", "validate", "check") and len(said) == 1))
path = st.sampled_from(["/api/check", "/api/facts", "/api/run", "/api/run/quantities.csv", *(f"/api/{q.name}" for q in questions().values() if q.page)])  # fmt: skip
body = st.one_of(
    st.builds(g.as_json, g.sound_scenario | g.scenario | g.plain),
    st.builds(lambda a: g.as_json({"scenario": a}), g.sound_scenario),
    g.mutated([json.dumps(each) for each in [*ASKED, {"scenario": {"doses": [g.SOUND[0]], "duration": "7 d"}}]]),
)
question = st.sampled_from(ASKED).flatmap(
    lambda asked: st.builds(lambda more: asked | more, st.dictionaries(st.sampled_from([*asked, "seed", "every"]) | g.odd, g.plain, max_size=2))
)  # fmt: skip

DOORS = {
    "dose": Door(dose, st.one_of(g.dose, g.mutated(g.SOUND).map(lambda data: data.decode("utf-8", "replace")))),
    "scenario": Door(scenario_table, g.sound_scenario | g.scenario),
    "toml": Door(toml, g.mutated(SCENARIOS)),
    "plan": Door(plan, g.mutated(TRIALS)),
    "events": Door(events, g.event_table() | g.mutated([TABLE, TABLE.replace(";", ",").replace(" ", "")])),
    "draws": Door(draws, g.mutated([DRAWS])),
    "ask": Door(ask, question.map(g.as_json) | g.mutated([json.dumps(each) for each in ASKED])),
    "words": Door(words, command),
    "web": Door(web, st.tuples(path, body)),
}

FOUND = [  # what was wrong once: (door, input)
    ("dose", "0naltrexone 50 mg oral every 24 h x 3"),  # a sentence without end
    ("dose", "naltrexone 1.0000000000000002e+0 mg oral every 24 h x 3"),
    (
        "scenario",
        {"doses": [g.SOUND[0]], "duration": "7 d", "person": {"\x00": None}},
    ),  # characters that steer a terminal
    ("dose", "heroin 25 mg iv at 7e-69 d"),  # was written "at 0 h"
    ("scenario", {"doses": [g.SOUND[0]], "duration": "7 d", "person": {"9" * 400: None}}),
    ("toml", b'duration = "12 h"\ndoses = ["0 h"]\n'),
    ("toml", b'title = "\\u001b[31m"\nduration = "12 h"\ndoses = ["naltrexone 50 mg oral"]\n'),
    (
        "plan",
        b'title = "t"\nlength = "\xe2\x80\xae"\n[people]\nhabit = "heroin 60 mg iv every 8 h x 84"\n[[arms]]\nname = "a"\n',
    ),
    ("events", b"ID,TIME,AMT,DRUG,ROUTE\n1,0,50,1,iv"),
    ("events", b"\x1bID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,iv"),
    ("draws", b"\x00person.weight,person.age\n70,30\n"),
    ("draws", b"\x80person.weight,person.age\n70,30\n"),
    ("ask", b'{"question": "blockade", "\x7f": 1}'),
    ("ask", b'{"question": "' + b"9" * 400 + b'"}'),
    ("words", ["show", "0"]),
    ("words", ["run"]),  # several lines instead of one
    ("words", ["explode", "\x1b[31m"]),
    ("web", ("/api/check", b'{"\\u0000": false}')),
    ("web", ("/api/run", b'{"scenario": {"doses": ["0"], "duration": "7 d"}}')),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """place(door): what the door needs beside an input: a folder, or the explorer, in which nothing is worked out."""
    import httpx

    from opioidsim.web.app import app

    def enough(*_, **__):
        raise Enough("enough.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Question, "ask", enough)
        patch.setattr(cli.serve, "explore", enough)
        site = app(warm=False)
        site.state.queue.ask = site.state.runs.of = enough

        async def post(path: str, body: bytes):
            inside = httpx.ASGITransport(site, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=inside, base_url="http://127.0.0.1") as client:
                return await client.post(path, content=body, headers={"content-type": "application/json"})

        folder = tmp_path_factory.mktemp("fuzz")
        yield lambda door: (lambda *asked: asyncio.run(post(*asked))) if door == "web" else folder


def lived(table: dict, _) -> None:
    """A scenario is simulated: finite numbers, and no concentration below nothing."""
    found = simulate(scenario.from_table(table))
    for values in found.values.values():
        assert np.isfinite(values).all() and values.min() >= -1e-9 * max(values.max(), 1e-9)
    finite(found.summary())


COMPILING = 60  # seconds: of what runs through, with what is compiled for it
DOORS["lived"] = Door(
    lived,
    st.builds(
        lambda way, tail, every: {"doses": [f"naltrexone 50 mg {way} {tail}"], "duration": "1 d", "every": every},
        st.sampled_from(["oral", "iv"]),
        g.tail,
        g.time,
    ),
)


def tried(door: str, many: int, place) -> None:
    """So many inputs at a door. What fails is shown as small as it can be made."""

    @seed(SEED)
    @settings(
        max_examples=many, derandomize=False, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(DOORS[door].given)
    def one(made):
        note(f"door {door}, seed {SEED}: {made!r}")
        answered(DOORS[door].takes, made, place(door), seconds=COMPILING if door == "lived" else SECONDS)

    one()


@pytest.mark.parametrize("door", DOORS)
def test_anything_at_a_door_is_answered_or_refused(door, place):
    tried(door, 6 if door == "lived" else FEW, place)


@pytest.mark.long
@pytest.mark.parametrize("door", DOORS)
def test_ten_thousand_things_are_answered_or_refused(door, place):
    tried(door, 60 if door == "lived" else MANY, place)


@pytest.mark.parametrize("number", range(len(FOUND)))
def test_what_was_wrong_once_is_right(number, place):
    door, made = FOUND[number]
    answered(DOORS[door].takes, made, place(door))
