"""The chart runtime, served from this machine, and what is loaded in the background so that the first figure is quick."""

from fastapi import APIRouter
from fastapi.responses import Response

router = APIRouter(include_in_schema=False)


@router.get("/chart-runtime.js")
def script() -> Response:
    """Vega, Vega-Lite and Vega-Embed in one script, the same as in offline figures."""
    from opioidsim import plot

    return Response(plot.bundle(), media_type="text/javascript", headers={"cache-control": "max-age=86400"})


def warm() -> None:
    """Loads JAX and the figures, runs the course and the episode once for one person and for a crowd, and draws the story."""
    from opioidsim import plot, plot_overdose, story
    from opioidsim.scenario import from_table
    from opioidsim.simulation import simulate

    plot.bundle()
    for n in (1, 200):
        crowd = {"population": {"n": n, "seed": 1}} if n > 1 else {}
        course = {"doses": ["naltrexone 380 mg im-depot", "heroin 25 mg iv at 21 d"], "duration": "42 d"} | crowd
        episode = {
            "clock": "episode",
            "doses": ["fentanyl 1.6 mg iv"],
            "rescue": {"drug": "naloxone 4 mg nasal"},
        } | crowd
        plot.course(simulate(from_table(course))).to_json()
        plot_overdose.episode(simulate(from_table(episode))).to_json()
    story.warm()
