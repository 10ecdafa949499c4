"""Answers about the risk of one use, and of deaths after release, in sentences and as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # JAX stands behind it, and `risk` answers without
    from opioidsim.questions.release.run import Release


def release_rows(found: "dict[str, Release]") -> list[dict]:
    """The model with each reading of tolerance beside each published number."""
    return [row for one in found.values() for row in one.rows()]


def release_json(found: "dict[str, Release]", files: list[Path]) -> dict:
    """`release --json`: the answer in sentences, the comparisons, deaths by week with each reading of tolerance."""
    from opioidsim.questions.release.run import said

    weeks = {reading: one.weeks.T.tolist() for reading, one in found.items()}
    return {"answer": said(found), "comparisons": release_rows(found), "weeks": weeks, "cautions": [], "files": [str(f) for f in files]}  # fmt: skip


def times(row: dict, name: str) -> str:
    """How many times as often, with its range where there is one."""
    from opioidsim.questions.release.run import MOST

    ends = [f"{float(f'{row[name + end]:.2g}'):g}" if row[name + end] < MOST else f"{MOST:g} or more" for end in ("", "_low", "_high")]  # fmt: skip
    return ends[0] if ends[0] == ends[1] == ends[2] else f"{ends[0]} ({ends[1]} to {ends[2]})"


def verdict(row: dict) -> str:
    """How the model stands to the published number."""
    return "agrees" if row["median_within"] else "ranges meet" if row["ranges_meet"] else "FAILS"
