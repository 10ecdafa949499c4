"""The bands of the withdrawal scale."""

from collections.abc import Mapping

from opioidsim.facts import library
from opioidsim.facts.evidence import Fact


def bands(facts: Mapping[str, Fact] | None = None) -> dict[str, float]:
    """The bands of the withdrawal scale, by the score at which they begin. facts: of adaptation, by default the library's."""
    facts = facts or library.body("adaptation")
    return {
        name.replace("_", " "): facts[f"band_{name}"].value
        for name in ("mild", "moderate", "moderately_severe", "severe")
    }
