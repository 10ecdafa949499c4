"""Whatever is asked, with --out: exit status 0, and every file of the answer is there, whole and readable."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import typer

from opioidsim import cli
from opioidsim.cases import drug, patch
from opioidsim.cases.scenario import examples
from opioidsim.questions import ask, questions
from opioidsim.show.course import scale_of
from opioidsim.show.files import write

ROOT = Path(__file__).parents[2]
COURSE = 'clock = "course"\nduration = "6 h"\nevery = "30 min"\n'
EPISODE = 'clock = "episode"\nduration = "10 min"\n'

# ---- what there is to ask -----------------------------------------------------------------------------------------

ROUTES = [(name, route) for name in drug.names() for route in drug.load(name).routes]
LINEAR = [(name, route) for name, route in ROUTES if drug.load(name).disposition.Vmax is None]


FIRST = [(name, next(iter(drug.load(name).routes))) for name in dict.fromkeys(name for name, _ in LINEAR)]
TOGETHER = [FIRST[i::6] for i in range(6)]
SHORT = {  # flags that leave a command of README.md its kind, and take away its length
    "blockade": "",
    "rescue": "--people 2",
    "induction": "--day 1 --day 7",
    "relapse": "--day 28",
    "risk": "",
    "trial": "--replicates 2 --people 40",
    "abuse": '--medicine "methadone 40 mg oral" --medicine "buprenorphine 8 mg sublingual" --taker naive',
    "release": "--draws 2",
    "validate": "lee-1988",
    "washout": "--days 2",
    "reversal": "--hours 0.5",
    "worth": "--people 40",
    "found": '--people 4 --hours 0.5 --product "naloxone 0.4 mg iv"',
    "optimise": "--people 30 --replicates 1",
    "enough": "--people 2 --until 7 --multiple 0.5 --multiple 2",
    "run": "",
}
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
README = [words for block in BLOCKS for words in re.findall(r"(?m)^opioidsim (.+)$", block)]
RARELY = [  # one person, a crowd of two; what stands in no command of README.md
    'blockade --antagonist "naltrexone 380 mg im-depot" --days 14 --every 7 --people 2',
    'blockade --antagonist "naltrexone 50 mg oral" --days 1 --every 1',
    'rescue --opioid "fentanyl 3 mg iv" --hours 0.1',
    'rescue --opioid "fentanyl 0.01 mg iv" --hours 0.1',
    'rescue --opioid "fentanyl 3 mg iv" --protocol rising-doses --comes "1 min to 5 min" --people 2 --hours 0.1',
    'induction --opioid "methadone 40 mg oral every 24 h x 3" --day 1 --people 2',
    'relapse --use "methadone 40 mg oral" --after "heroin 50 mg iv every 8 h x 9" --day 7',
    "trial xbot --people 4",
    "trial targeted --people 6",
]
EDGES = {
    "a dose at the last moment": COURSE + 'doses = ["naltrexone 50 mg oral at 6 h"]',
    "an episode's dose at the last moment": EPISODE + 'doses = ["fentanyl 1 mg iv at 10 min"]',
    "a lone overdose that ends in arrest": EPISODE + 'doses = ["fentanyl 3 mg iv"]',
    "an overdose of a drug that is two forms": EPISODE + 'doses = ["methadone 100 mg oral"]',
    "two overdoses": EPISODE + 'doses = ["fentanyl 3 mg iv"]\n[population]\nn = 2',
    "a crowd of one": EPISODE + 'doses = ["fentanyl 3 mg iv"]\n[population]\nn = 1',
    "a rescue that never comes": 'clock = "episode"\ndoses = ["fentanyl 0.01 mg iv"]\n'
    '[rescue]\ndrug = "naloxone 2 mg im-autoinjector"',
    "two people": COURSE + 'doses = ["heroin 25 mg iv"]\n[population]\nn = 2',
    "one output time": 'duration = "1 h"\nevery = "1 h"\ndoses = ["heroin 25 mg iv"]',
    "output less often than it lasts": 'duration = "6 h"\nevery = "2 d"\ndoses = ["heroin 25 mg iv"]',
    "an episode with two times": EPISODE + 'every = "10 min"\ndoses = ["fentanyl 3 mg iv"]',
    **{
        f"only {name}": COURSE + f'doses = ["heroin 25 mg iv"]\noutputs = ["{name}"]'
        for name in ("concentration.heroin", "occupancy.6-mam", "activation", "liking", "withdrawal")
    },
    **{
        f"only {name} of {n}": EPISODE + f'doses = ["fentanyl 3 mg iv"]\noutputs = ["{name}"]\n[population]\nn = {n}'
        for name, n in (("ventilation", 1), ("concentration.fentanyl", 2), ("cardiac_arrest", 1), ("collapse", 2))
    },
}


# ---- how it is looked at ------------------------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch, capsys, tmp_path):
    """Asks with --out and --json, and looks at every file; returns the folder."""

    def asked(*words):
        out = tmp_path / "out"
        monkeypatch.setattr("sys.argv", ["opioidsim", *map(str, words), "--out", str(out), "--json"])
        try:
            cli.main()
        except SystemExit as stop:
            assert not stop.code, capsys.readouterr().err
        files = [Path(name) for name in json.loads(capsys.readouterr().out)["files"]]
        look(files, out)
        return out

    return asked


def look(files, folder):
    """Every file that was named is there and readable, and no other."""
    assert files and {path.name for path in folder.iterdir()} - {"parts"} == {path.name for path in files}
    for path in files:
        READABLE[path.suffix](path)
    page = folder / "report.html"
    if page in files:
        text = page.read_text(encoding="utf-8")
        assert all(figure.read_text(encoding="utf-8") in text for figure in folder.glob("*.svg"))
        assert not re.search(r"\b(nan|inf|None|NaN)\b", re.sub(r"<pre>.*?</pre>|<svg.*?</svg>", "", text, flags=re.S))
    assert json.loads((folder / "run.json").read_text())["files"]


def a_table(path):
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""]) if path.suffix == ".csv" else pd.read_parquet(path)
    assert len(frame)
    for name in frame:
        if frame[name].dtype.kind in "fiu":
            assert np.isfinite(frame[name].dropna()).all(), name
        else:
            assert not {"nan", "inf", "-inf", "None"} & set(frame[name].astype(str)), name


def a_picture(path):
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")


def a_drawing(path):
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.tag.endswith("svg") and float(root.get("width", 0)) > 100 and float(root.get("height", 0)) > 50
    marks = " ".join(part.get("d", "") + part.get("transform", "") for part in root.iter())
    assert not re.search("NaN|Infinity|undefined", marks)


def a_page(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>")
    assert "<svg" in text or "vegaEmbed(" in text


def strict(path):
    def refused(word):
        raise ValueError(f"{word} is no JSON")

    json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)


READABLE = {
    ".csv": a_table, ".parquet": a_table, ".png": a_picture, ".svg": a_drawing, ".html": a_page, ".json": strict,
}  # fmt: skip

# ---- drugs, scenarios, verbs ----------------------------------------------------------------------------------------


@pytest.fixture
def run(written, tmp_path):
    def run(text):
        path = tmp_path / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        return written("run", path)

    return run


@pytest.mark.parametrize(("kind", "most"), [("liking", 100), ("pain_relief", 100), ("blockade", 1)])
def test_an_axis_goes_as_far_as_its_quantity_can(kind, most):
    frame = pd.DataFrame({"what": [kind], "median": [0.14 * most]})
    assert scale_of(frame, kind, "")[0].to_dict()["domain"] == [0, most]


def test_an_axis_of_shares_goes_as_far_as_they_go():
    frame = pd.DataFrame({"what": ["tolerance"], "median": [1.8], "p95": [2.651]})
    assert scale_of(frame, "tolerance", "")[0].to_dict()["domain"] == [0, 2.65]


def sentence(name, route):
    return f"{name} {'20 mcg/h' if patch.worn(name, route) else '1 mg'} {route}"


@pytest.mark.parametrize(
    "given",
    [TOGETHER[0], *(pytest.param(g, marks=pytest.mark.long) for g in TOGETHER[1:])],
    ids=lambda given: "+".join(name for name, _ in given),
)
def test_every_drug_in_a_course(run, given):
    run(COURSE + f"doses = {[sentence(*each) for each in given]}")


@pytest.mark.long
@pytest.mark.parametrize(("name", "route"), LINEAR)
def test_every_drug_by_every_route_in_a_course(run, name, route):
    run(COURSE + f"doses = {[sentence(name, route)]}")


@pytest.mark.long
@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_every_drug_by_every_route_in_an_episode(run, name, route):
    run(EPISODE + f"doses = {[sentence(name, route)]}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=[pytest.mark.long] * (name == "an overdose of a drug that is two forms"))
        for name, text in EDGES.items()
    ],
)
def test_the_edges_of_what_can_be_asked(run, text):
    run(text)


# Of the scenarios that come along, one of each clock is run here; the courses like it are a command of README.md too.
FURTHER = [
    pytest.param(name, marks=[pytest.mark.long] * (name in ("tablets-then-injection", "overdose-and-rescue")))
    for name in examples()
    if f"run {name}" not in " ".join(README)
]


@pytest.mark.parametrize("name", FURTHER)
def test_every_further_scenario_that_comes_along(run, name):
    text = (ROOT / "opioidsim" / "library" / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    run(re.sub(r"(?m)^n = \d+", "n = 2", text))


# Of the commands that are answered: one of each kind of answer, a crowd's course, a stored table, a short march, a scenario.
# Every other question is asked, and its files looked at, in tests of its own or in test_every_question.py.
ANSWERED = ("blockade", "risk", "washout", "run injection-and-heroin", "show", "validate")


@pytest.mark.parametrize("command", README)
def test_every_command_of_the_readme_is_understood(monkeypatch, tmp_path, command):
    verb, asked = command.split()[0], []
    if verb not in questions():
        return
    monkeypatch.setattr("opioidsim.questions.command.answer_to", lambda of, given, *_: asked.append(of.read(given)))
    monkeypatch.setattr("sys.argv", ["opioidsim", *shlex.split(command)])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code and len(asked) == 1


@pytest.mark.parametrize(
    "command", [pytest.param(c, marks=[pytest.mark.long] * (not c.startswith(ANSWERED))) for c in README]
)
def test_every_command_of_the_readme(written, monkeypatch, command):
    verb = command.split()[0]
    if "out" in options(verb):
        written(*shlex.split(command), *shlex.split(SHORT[verb]))
        return
    monkeypatch.setattr("sys.argv", ["opioidsim", *shlex.split(command)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code


def test_a_risk_at_the_edge_of_its_surface(written):
    written("risk", "--use", "fentanyl 1 mg iv", "--tolerance", "1", "--held", "1")


@pytest.mark.long
@pytest.mark.parametrize("command", RARELY)
def test_verbs_at_their_edges(written, command):
    written(*shlex.split(command))


@pytest.mark.long
def test_real_trials(written, shared):
    if not (shared / "data" / "ctn0094").is_dir():
        pytest.skip("the public CTN-0094 tables are not here; name their parent with OPIOIDSIM_SHARED")
    written("trial-data", shared / "data" / "ctn0094")


def test_an_answer_that_is_asked_again(run, written):
    kept = run(EDGES["a dose at the last moment"])
    kept.rename(kept.with_name("kept"))
    written("ask", kept.with_name("kept") / "run.json")


def options(verb):
    command = typer.main.get_command(cli.app).commands[verb]  # type: ignore[attr-defined]
    return {option.name for option in command.params}


def test_no_verb_that_writes_is_forgotten():
    verbs = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    writing = {verb for verb in verbs if "out" in options(verb)} - {
        "export",
        "credibility",
        "bundle",
    }  # one file, no folder
    assert writing == {*SHORT, "washout", "reversal", "fit", "compare", "trial-data", "ask"} and all(
        "replace" in options(verb) for verb in writing
    )


# ---- numbers that no simulation should give -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [0.0, np.nan, np.inf], ids=str)
@pytest.mark.parametrize("clock", ["course", "episode"])
def test_no_number_stops_the_files(tmp_path, clock, number):
    doses = ["heroin 25 mg iv"] if clock == "course" else ["fentanyl 3 mg iv"]
    times = {"duration": "6 h", "every": "30 min"} if clock == "course" else {"duration": "10 min"}
    result = ask({"question": "run", "scenario": {"clock": clock, "doses": doses, **times}})
    values = {name: np.full_like(value, number) for name, value in result.values.items()}
    for path in write(replace(result, values=values), tmp_path):
        READABLE[path.suffix](path)
