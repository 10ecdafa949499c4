"""The kept scoreboard for the pages; what draws it is loaded when it is first asked for."""

from functools import cache
from typing import TYPE_CHECKING

from opioidsim.studies.study import Score
from opioidsim.web.runtime import load

if TYPE_CHECKING:
    from opioidsim.studies.predictive import Judged


@cache
def lines() -> "tuple[Judged, ...]":
    """The kept lines, with their predictive distributions."""
    load()
    from opioidsim.studies import kept

    return kept.lines()


@cache
def board() -> tuple[Score, ...]:
    """The kept scores."""
    return tuple(line.score for line in lines())


@cache
def drawn() -> str:
    """The scoreboard's figure as SVG text."""
    load()
    from opioidsim.show import theme
    from opioidsim.studies.scoreboard import scoreboard

    return theme.svg(scoreboard(board()))
