"""The words of a clinic: how often, by which way, a loading dose and what follows it, days on which a dose is held."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

INTERVALS = {  # what is written after a dose, in the words of a sentence
    "daily": "24 h", "qd": "24 h", "od": "24 h", "bid": "12 h", "tid": "8 h", "qid": "6 h", "weekly": "7 d",
}  # fmt: skip
ROUTES = {
    "po": "oral", "sl": "sublingual", "intranasal": "nasal", "intravenous": "iv", "intramuscular": "im", "subcutaneous": "sc",
    "subq": "sc", "sq": "sc", "snorted": "nasal", "smoked": "inhaled", "inhalation": "inhaled", "swallowed": "oral",
    "patch": "transdermal", "td": "transdermal",
}  # fmt: skip
_EVERY_HOURS = re.compile(r"q(\d+)h")
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


def plain(text: str) -> str:
    """A sentence in which an interval stands as such: "twice daily x 28" is "every 12 h x 28"."""
    for said, meant in _PLAIN:
        text = re.sub(said, meant, text)
    words = text.split()
    return " ".join(f"every {_interval(word)}" if i > 3 and _interval(word) else word for i, word in enumerate(words))


def _interval(word: str) -> str:
    """The interval that a word says; "" of any other."""
    hours = _EVERY_HOURS.fullmatch(word)
    return f"{hours[1]} h" if hours else INTERVALS.get(word, "")


def phases(text: str) -> list[str]:
    """A sentence with "then" as sentences: each phase of a regimen, with the drug of the first where a later one names none."""
    first, *later = _THEN.split(text.strip())
    drug = first.split()[0] if first.split() else ""
    return [first, *(f"{drug} {each}" if each[:1].isdigit() or each[:1] == "." else each for each in later)]


def held(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A sentence without the times at which its doses are held, and these: (from, to) each. Day 1 is the first 24 h, and of
    days "4 to 6" the sixth is held too."""
    pauses = [(match[1], match[2]) for match in _HELD.finditer(text)]
    pauses += [(f"{int(match[1]) - 1} d", f"{match[2] or match[1]} d") for match in _DAYS.finditer(text)]
    return _DAYS.sub("", _HELD.sub("", text)), pauses


def runs(starts: Sequence[float], pauses: Sequence[tuple[float, ...]]) -> list[tuple[int, int]]:
    """The rows of doses that no pause takes, from its beginning to before its end: (number of the first, how many) each. Hours."""
    kept = [k for k, at in enumerate(starts) if not any(low - 1e-9 <= at < high - 1e-9 for low, high in pauses)]
    begins = [i for i, k in enumerate(kept) if not i or kept[i - 1] != k - 1]
    return [(kept[i], after - i) for i, after in pairwise([*begins, len(kept)])]


def pieces(dose: Any, pauses: Sequence[tuple[float, ...]]) -> list[Any]:
    """A row of doses in pieces, without those that fall from the one time [h] of a pause to before the other."""
    found: list[Any] = []
    for k, count in runs(dose.starts(), pauses):
        if count == dose.times:
            return [dose]
        steady = dose.steady if k == 0 else 0
        piece = {"at": dose.at + k * dose.every, "times": count, "steady": steady}
        found.append(dose.model_copy(update=piece | ({"every": 0.0} if count == 1 and not steady else {})))
    return found
