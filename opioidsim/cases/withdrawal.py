"""The bands of the withdrawal scale."""

from opioidsim.cases.person import adaptation


def bands() -> dict[str, float]:
    """The bands of the withdrawal scale, by the score at which they begin."""
    facts = adaptation()
    return {
        name.replace("_", " "): facts[f"band_{name}"].value
        for name in ("mild", "moderate", "moderately_severe", "severe")
    }
