"""Answers about the risk of one use, and of deaths after release, in sentences and as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

from opioidsim.surfaces.surface import OUTCOMES

if TYPE_CHECKING:  # JAX stands behind it, and `risk` answers without
    from opioidsim.questions.release.run import Release

UNKNOWN = (
    "Ranges: the people the surface was made of, and its error between grid points. Not in them: how fast tolerance goes, "
    "what else was taken, and how far this physiology holds."
)


def of_risk(found: dict) -> list[str]:
    """The answer in sentences: how many such people each end meets."""
    ends = [f"{words}: {found[name]['chance']:.1%} ({found[name]['low']:.1%} to {found[name]['high']:.1%})" for name, words in OUTCOMES.items()]  # fmt: skip
    return [f"Of such people meet: {'; '.join(ends)}.", UNKNOWN]


def risk_head(found: dict) -> str:
    """What was taken, by whom, in one line."""
    return f"{found['use']} · tolerance {found['tolerance']:g} · {found['held']:.0%} of receptors held · sedation {found['sedative']:g}"


def risk_rows(found: dict) -> list[dict]:
    """One row per end: what it is, the share of people and its interval."""
    return [{"end": words, **found[name]} for name, words in OUTCOMES.items()]


def risk_json(found: dict, files: list[Path]) -> dict:
    """`risk --json`: each end with its chance, what is uncertain."""
    return found | {"answer": of_risk(found), "uncertain": UNKNOWN, "cautions": [], "files": [str(f) for f in files]}


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
