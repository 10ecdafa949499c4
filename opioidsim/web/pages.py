"""The pages that people read, as HTML from templates."""

from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from opioidsim.cases import drug, scenario, sheet
from opioidsim.cases.person import MOST_TOLERANT
from opioidsim.facts import evidence, units
from opioidsim.questions import questions as asked
from opioidsim.show import reliance, words
from opioidsim.story.language import ENGLISH, Language, language, languages, told
from opioidsim.studies import study
from opioidsim.web import board, schema
from opioidsim.web.questions import QUICK, form, patience

router = APIRouter(include_in_schema=False)
environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.globals["most_tolerant"] = f"{MOST_TOLERANT:g}"
NAVIGATION = (
    ("/", "Explain"),
    ("/build", "Build"),
    ("/questions", "Questions"),
    ("/drugs", "Drugs"),
    ("/evidence", "Evidence"),
)

TAKEN = (
    ("figure.png", "PNG"),
    ("figure.svg", "SVG"),
    ("summary.csv", "Summary"),
    ("table.csv", "CSV"),
    ("table.parquet", "Parquet"),
    ("report.html", "Report"),
    ("question.toml", "TOML"),
    ("notebook.ipynb", "Notebook"),
    ("everything.zip", "Everything"),
)  # files of what is on the screen, and the words of their buttons
ROLES = {
    "antagonist": "Antagonists: they hold the receptor and do nothing there",
    "agonist": "Opioids",
    "partial agonist": "Partial opioids",
    "sedative": "Sedatives and alcohol",
    "metabolite": "What they turn into",
    "non-opioid": "Others, for their kinetics alone",
}


def render(request: Request, template: str, status: int = 200, **context) -> Response:
    """A template as a page. `exported`: it will stand alone, without a server behind it. `translated`: whether it is there
    in every language, as the story is."""
    language, here = spoken(request.url.path)
    page = environment.get_template(template).render(
        {"translated": False} | context,
        here=here,
        language=language,
        languages=languages(),
        root=language.root,
        t=lambda text: told(text, language.code),
        exported=request.scope.get("exported", False),
        navigation=NAVIGATION,
        status=status,
    )
    return HTMLResponse(page, status)


def spoken(path: str) -> tuple[Language, str]:
    """The language of an address, and the address without it."""
    for each in languages().values():
        if each.root and path.startswith(f"{each.root}/"):
            return each, path.removeprefix(each.root)
    return language(ENGLISH), path


@router.get("/build")
def build(request: Request) -> Response:
    """The page on which a scenario is built."""
    request.app.state.wake()
    found = [(name, scenario.read(name)) for name in scenario.examples()]
    return render(request, "build.html", examples=[(name, s.title, address(s)) for name, s in found], files=TAKEN)


def address(given: scenario.Scenario) -> str:
    """The part of a page's address that holds a scenario, as static/address.js reads it."""
    said = [("title", given.title)] if given.title else []
    said += [("dose", str(dose)) for dose in given.doses]
    said += [
        ("clock", given.clock),
        ("duration", units.time_text(given.duration)),
        ("every", units.time_text(given.every)),
        ("weight", f"{given.person.weight:.15g} kg"),
        ("age", f"{given.person.age:.15g} years"),
    ]
    said += [(key, f"{getattr(given.person, key):.15g}") for key in ("tolerance", "dependence")]
    said += [(key, getattr(given.person, key)) for key in ("sex", "liver")]
    said += [("reading", f"{name}:{reading}") for name, reading in given.readings.items()]
    said += [("output", name) for name in given.outputs]
    said += [("change", f"{name}={value}") for name, value in given.change.items()]
    if given.population:
        said += [("people", str(given.population.n)), ("seed", str(given.population.seed))]
    if given.before:
        said += [("before", str(dose)) for dose in given.before.doses]
        said.append(("beforedays", f"{given.before.duration / 24.0:.15g}"))
        if given.before.tolerance is not None:
            said.append(("beforetolerance", f"{given.before.tolerance:.15g}"))
    if given.rescue:
        rule = given.rescue
        said += [("product", rule.drug)] if rule.drug else [("step", step) for step in rule.steps]
        said += [("given", str(rule.doses)), ("when", rule.when)]
        said += [(key, units.time_text(getattr(rule, key) / 3600.0)) for key in ("delay", "interval")]
        said += [("ifneeded", "yes")] if rule.if_needed else []
    said += [("secondlook", "yes")] if given.second_look else []
    said += [(key.replace("_", ""), "yes" if text is True else text) for key, text in given.scene().items()]
    return urlencode(said)


@router.get("/questions")
def questions(request: Request) -> Response:
    """The questions that can be asked."""
    request.app.state.wake()
    return render(request, "questions.html", questions=[each for each in asked().values() if each.page])


@router.get("/questions/{verb}")
def question(verb: str, request: Request) -> Response:
    """One question as a form."""
    if verb not in asked() or not asked()[verb].page:
        raise HTTPException(404)
    request.app.state.wake()
    return render(
        request, "question.html", question=asked()[verb], fields=form(asked()[verb]), seconds=patience(asked()[verb]),
        quick=QUICK, files=TAKEN,
    )  # fmt: skip


@router.get("/drugs")
def drugs(request: Request) -> Response:
    """Every drug, by what it does."""
    found = [drug.load(name) for name in drug.names()]
    groups = [(title, mine) for role, title in ROLES.items() if (mine := [d for d in found if d.role == role])]
    return render(request, "drugs.html", groups=groups)


@router.get("/drugs/{name}")
def one_drug(name: str, request: Request) -> Response:
    """A drug's sheet."""
    if name not in drug.names():
        raise HTTPException(404)
    rows = sheet.rows(name)
    used = {key: evidence.sources()[key] for key in sorted({row["source"] for row in rows if row["source"]})}
    return render(request, "drug.html", drug=drug.load(name), head=sheet.head(name), rows=rows, sources=used)


@router.get("/evidence")
def scoreboard(request: Request) -> Response:
    """The scoreboard, failures first."""
    scores = board.board()
    checks = [s for s in scores if s.use == "check"]
    groups = [
        ("fails", "Checks that fail", [s for s in checks if not s.passed]),
        ("passes", "Checks that pass", [s for s in checks if s.passed]),
        ("built", "Numbers the simulator was built on", [s for s in scores if s.use == "build"]),
    ]
    heads = {name: study.head(name) for name in study.names()}
    held = [(name, said.title, evidence.sources()[said.source]) for name, said in heads.items()]
    classes = reliance.validation(reliance.board())[0]
    return render(request, "evidence.html", groups=groups, classes=classes, passed=sum(s.passed for s in checks), checks=len(checks), studies=held, written=words.seen)  # fmt: skip


@router.get("/evidence.svg")
def scoreboard_figure() -> Response:
    """The scoreboard as a figure."""
    return Response(board.drawn(), media_type="image/svg+xml")


@router.get("/glossary")
def glossary(request: Request) -> Response:
    """What quantities and symbols mean."""
    found = evidence.glossary()
    return render(request, "glossary.html", quantities=found["quantities"], facts=found["facts"])


@router.get("/api")
def interface(request: Request) -> Response:
    """The JSON interface, described without any script."""
    described = request.app.openapi()
    operations = [
        (path, method, verb) for path, methods in described["paths"].items() for method, verb in methods.items()
    ]
    shapes, known = {}, described["components"]["schemas"]
    for _, _, verb in operations:
        body = verb.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        name = body.get("$ref", "").rpartition("/")[2]
        shapes[verb["operationId"]] = schema.whole(known.get(name), known)
    return render(request, "interface.html", operations=operations, shapes=shapes, told=schema.told, inner=schema.inner)
