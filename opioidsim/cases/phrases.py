"""The words of a clinic: how often, by which way, a loading dose and what follows it, days on which a dose is held."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from opioidsim.facts import units
from opioidsim.refusal import Refusal, shown

INTERVALS = {  # what is written after a dose, in the words of a sentence
    "daily": "24 h", "qd": "24 h", "od": "24 h", "bid": "12 h", "tid": "8 h", "qid": "6 h", "weekly": "7 d",
}  # fmt: skip
ROUTES = {
    "po": "oral", "sl": "sublingual", "intranasal": "nasal", "in": "nasal", "intravenous": "iv", "intramuscular": "im", "subcutaneous": "sc",
    "subq": "sc", "sq": "sc", "snorted": "nasal", "smoked": "inhaled", "inhalation": "inhaled", "swallowed": "oral",
    "patch": "transdermal", "td": "transdermal", "oral-er": "oral-extended", "er": "oral-extended",
}  # fmt: skip
INFUSED = ("iv", "im", "sc", "transdermal")  # by which a drug may be given evenly for days
_EVERY = re.compile(r"q(\d+)(h|d|wk?)")
_PLAIN = (  # how a clinic says it, and the words of a sentence
    (r"\b(once daily|once a day|every day)\b", "daily"),
    (r"\btwice (daily|a day)\b", "bid"),
    (r"\bevery other day\b", "every 48 h"),
    (r"(?<=[a-zµ]/)hr\b", "h"),
    (r"\s(loading|maintenance)( dose)?( of)?(?=\s)", ""),
    (r"\s(stat|now|continuous|continuously)(?=\s|$)", ""),
)
_HELD = re.compile(r",?\s+(?:held|hold)\s+from\s+(?!day)(\S+\s*[a-z]+)\s+to\s+(\S+\s*[a-z]+)(?=\s|,|$)")
_DAYS = re.compile(
    r",?\s+(?:held|hold|except)(?:\s+(?:on|from))?\s+days?\s+(\d{1,5})(?:\s+(?:to|through|until)\s+(?:day\s+)?(\d{1,5}))?(?=\s|,|$)"
)
_THEN = re.compile(r",?\s+then\s+")
_APART = re.compile(r"[;,]|(?<=\s)(?:and|plus|[+&])(?=\s)")


def plain(text: str) -> str:
    """A sentence in which an interval stands as such: "twice daily x 28" is "every 12 h x 28"."""
    for said, meant in _PLAIN:
        text = re.sub(said, meant, text, flags=re.IGNORECASE)
    words = text.split()
    behind = 3 - (len(words) > 1 and words[1][-1].isalpha())  # the route's place: "50mg" is one word
    return " ".join(
        f"every {_interval(word)}" if i > behind and _interval(word) else word for i, word in enumerate(words)
    )


def _interval(word: str) -> str:
    """The interval that a word says; "" of any other."""
    every = _EVERY.fullmatch(word.lower())
    return f"{every[1]} {'weeks' if every[2][0] == 'w' else every[2]}" if every else INTERVALS.get(word.lower(), "")


def daily(said: str, per: str, route: str) -> str:
    """Why `said` so much a day or a week is no rate of an infusion where nothing is infused, with what to write; "" of any other."""
    if not per or units.factor(per, "h") < 24.0 or route in INFUSED:
        return ""
    interval = units.time_text(units.factor(per, "h"))
    return f'"{said}/{per}" would be given evenly, drop by drop; write single doses, "{said} {route} every {interval} x 10".'


def clock(unit: str) -> str:
    """What is said of a time of the day, "8 am" or "08:00"; "" of anything else behind a number."""
    by_clock = unit.startswith(":") or unit.lower() in ("am", "pm", "a.m.", "p.m.")
    return " Times count from the start, not from midnight." if by_clock else ""


def one(text: str) -> str:
    """The sentence, which says one dose. Raises Refusal for what stands where several are said, and for a comma in a number."""
    said = shown(text, 110)
    course = _THEN.search(text) or _HELD.search(text) or _DAYS.search(text)
    if course:
        raise Refusal(
            f'dose "{said}": "{course[0].strip(" ,")}" makes several doses of it, and here each is said by itself; a scenario, and what a question calls the doses before or what blocks, knows phases and pauses.'
        )
    if re.search(r"\d,\d", text):
        raise Refusal(f'dose "{said}": a number has no comma, but a decimal point; write "0.1 mg", "1000 mcg".')
    mark = _APART.search(text)
    if mark:
        raise Refusal(f'dose "{said}": "{mark[0]}" joins two things; write each dose as a sentence of its own.')
    return text


def phases(text: str) -> list[str]:
    """A sentence with "then" as sentences: each phase of a regimen, with the drug of the first where a later one names none."""
    first, *later = _THEN.split(text.strip())
    drug = first.split()[0] if first.split() else ""
    return [first, *(f"{drug} {each}" if each[:1].isdigit() or each[:1] == "." else each for each in later)]


def held(text: str) -> tuple[str, list[tuple[float, float]]]:
    """A sentence without the times at which its doses are held, and these in hours: (from, to) each. Day 1 is the first 24 h, and
    of days "4 to 6" the sixth is held too. Raises Refusal where one ends before it begins."""
    pauses = [
        (match[0], units.hours(match[1], "a time"), units.hours(match[2], "a time")) for match in _HELD.finditer(text)
    ]
    pauses += [
        (match[0], 24.0 * int(match[1]) - 24.0, 24.0 * int(match[2] or match[1])) for match in _DAYS.finditer(text)
    ]
    for said, begins, ends in pauses:
        if not 0 <= begins < ends:
            raise Refusal(
                f'dose "{shown(text.strip(), 110)}": "{said.strip(" ,")}" holds nothing: a pause begins at day 1 (0 h) or later, and ends after it begins.'
            )
    return _DAYS.sub("", _HELD.sub("", text)), [(begins, ends) for _, begins, ends in pauses]


def runs(starts: Sequence[float], pauses: Sequence[tuple[float, ...]]) -> list[tuple[int, int]]:
    """The rows of doses that no pause takes, from its beginning to before its end: (number of the first, how many) each. Hours."""
    kept = [k for k, at in enumerate(starts) if not any(low - 1e-9 <= at < high - 1e-9 for low, high in pauses)]
    begins = [i for i, k in enumerate(kept) if not i or kept[i - 1] != k - 1]
    return [(kept[i], after - i) for i, after in pairwise([*begins, len(kept)])]


def pieces(dose: Any, pauses: Sequence[tuple[float, float]], said: str) -> list[Any]:
    """A row of doses in pieces, without those that fall from the one time [h] of a pause to before the other; what went before
    for ever stays, also where the first dose is held. Raises Refusal, of the sentence `said`, for a pause in which no dose is due."""
    for low, high in pauses:
        if runs(dose.starts(), [(low, high)]) == [(0, dose.times)]:
            raise Refusal(
                f'dose "{said}": none of "{dose}" begins from {units.time_text(low)} to before {units.time_text(high)}, so nothing is held there; times count from the start, day 1 is the first 24 h.'
            )
    if not pauses:
        return [dose]
    kept = runs(dose.starts(), pauses)
    past = dose.steady and not (kept and kept[0][0] == 0)
    found = [dose.model_copy(update={"times": 0})] if past else []
    for k, count in kept:
        steady = dose.steady if k == 0 else 0
        piece = {"at": dose.at + k * dose.every, "times": count, "steady": steady}
        found.append(dose.model_copy(update=piece | ({"every": 0.0} if count == 1 and not steady else {})))
    return found
