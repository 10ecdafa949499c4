"""Patches: drug that passes the skin for as long as it lies there. Said by a rate; how long one is worn is a fact of its route."""

from typing import Any

from opioidsim.cases import drug as drugs
from opioidsim.facts import units

ROUTE = "transdermal"


def worn(drug: str, route: str) -> float:
    """For how long a patch is worn [h]; 0 of a route that is none."""
    fact = drugs.load(drug).routes[route].worn
    return fact.value * units.factor(fact.unit, "h") if fact else 0.0


def running(given: dict[str, Any], worn: float) -> None:
    """Says how long a rate runs, "over" [h], where the words of its dose leave that open: an hour where nothing follows and only the rate
    counts, a patch until the next, or for as long as it is worn [h]."""
    if "over" in given:
        return
    if given.get("times") == 0 and "every" not in given:
        given["over"] = 1.0
    elif worn:
        given["over"] = min(worn, given.get("every", worn))


def unsound(drug: str, route: str, over: float) -> str:
    """Why nobody can be given this drug by this route over so many hours; "" of what can be, and of a route that is no patch."""
    longest = worn(drug, route)
    if not longest or 0 < over <= longest * (1 + 1e-9):
        return ""
    said = f"it is to be worn for {units.time_text(over)}" if over else "it is given at once"
    return f'{said}, but a patch of {drug} gives its drug for up to {longest:g} h; write its rate, "{drug} RATE patch every {longest:g} h x N" (in a table RATE or DUR), or "RATE patch for TIME" where it is taken off sooner.'


def unknown(drug: str) -> str:
    """What is said of a patch with a drug that has none."""
    vein = "iv" in drugs.load(drug).routes
    instead = f' As an infusion, without that delay, it reads "{drug} RATE iv over TIME".' if vein else ""
    return f"no patch of {drug} is modelled: how fast the drug passes the skin is no fact here.{instead}"
