"""The chart runtime, served from this machine, and what is loaded in the background so that the first figure is quick."""

from importlib import import_module
from threading import Lock

from fastapi import APIRouter
from fastapi.responses import Response

from opioidsim.web.memory import give_back, is_bound

router = APIRouter(include_in_schema=False)


@router.get("/chart-runtime.js")
def script() -> Response:
    """Vega, Vega-Lite and Vega-Embed in one script, the same as in offline figures."""
    load()
    from opioidsim.show import theme

    return Response(theme.bundle(), media_type="text/javascript", headers={"cache-control": "max-age=86400"})


FIGURES = ("show.compare", "show.episode", "questions.trial.figure", "show.page")
_loading = Lock()


def load() -> None:
    """Loads JAX and the figures, one thread at a time: two that import the same packages at once meet them half made. Charts are
    then drawn up without a look at each part's schema, a quarter of the time; tests hold them to it. A server has files of them
    drawn apart."""
    from altair.utils import schemapi

    with _loading:
        for name in FIGURES:
            import_module(f"opioidsim.{name}")
        schemapi.disable_debug_mode()
        if is_bound():
            import_module("opioidsim.show.theme").apart()


def warm(rest=lambda: None) -> None:
    """Loads JAX and the figures, and runs the course and the episode once for one person and for a crowd.

    rest: called before each run; it waits while readers ask.
    """
    load()
    from opioidsim.cases.scenario import from_table
    from opioidsim.engine.simulate import simulate
    from opioidsim.show import course, theme
    from opioidsim.show import episode as plot_overdose

    theme.bundle()
    for n in (1, 200):  # the shapes of a person and of a crowd
        crowd = {"population": {"n": n, "seed": 1}} if n > 1 else {}
        episode = {
            "clock": "episode",
            "doses": ["fentanyl 1.6 mg iv"],
            "rescue": {"drug": "naloxone 4 mg nasal"},
        } | crowd
        rest()
        for at in ("21 d", "21.1 d"):  # on whole seconds and between them: two marches, then any time
            doses = ["naltrexone 380 mg im-depot", f"heroin 25 mg iv at {at}"]
            course.course(simulate(from_table({"doses": doses, "duration": "42 d"} | crowd))).to_json()
        plot_overdose.episode(simulate(from_table(episode))).to_json()
    give_back()
