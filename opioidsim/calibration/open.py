"""What is open: every fact that has a draw, and the block that tells it."""

from functools import cache

from opioidsim.calibration import priors
from opioidsim.cases import change
from opioidsim.cases import drug as drugs
from opioidsim.cases.open import Open, opened, settled
from opioidsim.facts.evidence import Fact

BLOCKS = ("middle", "kinetics", "breathing", "exposure", "behaviour", "bands")
USED = ("behaviour.caution",)  # beside those of return to use, what the deaths after release tell
UNASKED = (  # of behaviour: what no trial that is built on had, and overdoses
    "wait_outside", "take_family", "attend_family", "contingency_use", "contingency_leave", "contingency_take",
    "amount_spread", "habit_margin", "sedative_share", "sedative_level", "treated",
)  # fmt: skip


@cache
def everything() -> dict[str, Fact]:
    """Every fact of the drugs and the body by full name."""
    return change.facts_of([drugs.load(name) for name in drugs.names()])


@cache
def numbers() -> dict[str, Open]:
    """Every fact that has a draw, by name."""
    found, middle = {}, priors.load("middle").priors
    for name, fact in everything().items():
        block = "middle" if name in middle else _block(name, fact)
        if block:
            found[name] = opened(name, block, fact, middle[name].sd if name in middle else None)
    return found


def _block(name: str, fact: Fact) -> str:
    """The block of a fact outside the middle; "" where it has no draw."""
    first, *path = name.split(".")
    banded = fact.low is not None or fact.high is not None
    if banded and (first == "release" or name in USED):
        return "exposure"
    if banded and first == "behaviour" and path[0] not in UNASKED:
        return "behaviour"
    if first not in drugs.names():
        acts = name.startswith("effects.breathing.") and path[-1] != "reserve"
        return (
            "breathing" if acts or (first == "breathing" and banded and fact.value > 0) else "bands" if banded else ""
        )
    if settled(name, fact):
        return ""
    agonist = drugs.load(first).role in ("agonist", "partial agonist")
    return "breathing" if path[0] == "sedation" or (agonist and path[0] == "receptor") else "kinetics"
