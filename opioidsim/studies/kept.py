"""The scoreboard as it was last worked out by `make docs`, which takes minutes: kept beside this file as scoreboard.json."""

import json
from collections.abc import Iterable
from functools import cache

from opioidsim.files import whole
from opioidsim.show.reliance import PLACE
from opioidsim.studies.predictive import Judged


def keep(lines: Iterable[Judged]) -> None:
    """Writes the lines; docs/generate.py calls it with those it writes into docs/scoreboard.md."""
    rows = [{k: None if v != v else v for k, v in line.flat().items()} for line in lines]
    with whole(PLACE) as file:
        json.dump(rows, file, indent=0, ensure_ascii=False, allow_nan=False)
        file.write("\n")


@cache
def lines() -> tuple[Judged, ...]:
    """The kept lines, with their predictive distributions."""
    rows = json.loads(PLACE.read_text(encoding="utf-8"))
    return tuple(Judged.of({k: float("nan") if v is None else v for k, v in row.items()}) for row in rows)
