"""The pages that people read, as HTML from templates."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

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
