"""The pages that people read, as HTML from templates."""

from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from opioidsim import scenario, units

router = APIRouter(include_in_schema=False)
environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
NAVIGATION = (
    ("/", "Explain"),
    ("/build", "Build"),
    ("/questions", "Questions"),
    ("/drugs", "Drugs"),
    ("/evidence", "Evidence"),
)


def render(request: Request, template: str, status: int = 200, **context) -> Response:
    """A template as a page. `exported`: it will stand alone, without a server behind it."""
    page = environment.get_template(template).render(
        here=request.url.path,
        exported=request.scope.get("exported", False),
        navigation=NAVIGATION,
        **context,
        status=status,
    )
    return HTMLResponse(page, status)


@router.get("/")
def home(request: Request) -> Response:
    """The first page: a welcome and the story's contents."""
    return render(request, "index.html")


@router.get("/build")
def build(request: Request) -> Response:
    """The page on which a scenario is built."""
    found = [(name, scenario.read(name)) for name in scenario.examples()]
    return render(request, "build.html", examples=[(name, s.title, address(s)) for name, s in found])


def address(given: scenario.Scenario) -> str:
    """The part of a page's address that holds a scenario, as static/address.js reads it."""
    said = [("dose", str(dose)) for dose in given.doses]
    said += [
        ("clock", given.clock),
        ("duration", units.time_text(given.duration)),
        ("tolerance", f"{given.person.tolerance:g}"),
    ]
    if given.population:
        said += [("people", str(given.population.n)), ("seed", str(given.population.seed))]
    if given.before:
        said += [("before", str(dose)) for dose in given.before.doses]
        said.append(("beforedays", f"{given.before.duration / 24.0:g}"))
    if given.rescue:
        rule = given.rescue
        said += [("product", rule.drug), ("given", str(rule.doses)), ("when", rule.when)]
        said += [(key, units.time_text(getattr(rule, key) / 3600.0)) for key in ("delay", "interval")]
    return urlencode(said)
