"""How a dose sentence can go on."""

from opioidsim.cases import drug as drugs
from opioidsim.cases import patch
from opioidsim.cases.dose import AMOUNT_UNITS

AMOUNTS = {
    "naltrexone": "50 mg",
    "heroin": "25 mg",
    "fentanyl": "0.1 mg",
    "naloxone": "4 mg",
    "methadone": "40 mg",
    "buprenorphine": "8 mg",
}
PATCH = "20 mcg/h"
TAILS = ("at 1 d", "at 12 h", "every 24 h x 7", "every 8 h x 30", "over 1 h")
MOST = 12


def complete(text: str) -> list[str]:
    """Sentences that begin as `text` does and go one step further: drug, amount, unit, route, times."""
    words = text.split()
    unfinished = words.pop() if words and not text.endswith((" ", "\t")) else ""
    return [
        " ".join([*words, word])
        for word in _next(words)
        if word.lower().startswith(unfinished.lower()) and word != unfinished
    ][:MOST]


def _next(words: list[str]) -> list[str]:
    """What may stand behind these words."""
    if not words:
        return [name for name in drugs.names() if drugs.load(name).routes]
    try:
        name = drugs.find(words[0])
    except ValueError:
        return []
    routes = list(drugs.load(name).routes)
    if len(words) == 1:
        return [f"{PATCH if patch.worn(name, r) else AMOUNTS.get(name, '10 mg')} {r}" for r in routes]
    rest = words[2:] if words[1][-1:].isdigit() or words[1].endswith(".") else [words[1], *words[2:]]
    if not rest:
        return [unit for unit in AMOUNT_UNITS if unit != "ug"]
    if len(rest) == 1:
        return routes
    said = rest[2:]
    return [tail for tail in TAILS if tail.split()[0] not in said] if not said or said[-1][-1:].isalnum() else []
