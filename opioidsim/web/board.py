"""The kept scoreboard for the pages; what draws it is loaded when it is first asked for, and the scores need none of it."""

import json
from functools import cache
from typing import Any

from opioidsim.show.reliance import PLACE
from opioidsim.studies.study import Score
from opioidsim.web.runtime import load


@cache
def board() -> tuple[Score, ...]:
    """The kept scores."""
    rows: list[dict[str, Any]] = json.loads(PLACE.read_text(encoding="utf-8"))
    none: Any = float("nan")
    return tuple(Score(*(none if row[name] is None else row[name] for name in Score._fields)) for row in rows)


@cache
def drawn() -> str:
    """The scoreboard's figure as SVG text."""
    load()
    from opioidsim.show import theme
    from opioidsim.studies.scoreboard import scoreboard

    return theme.svg(scoreboard(board()))
