"""The words of a clinic: how often, by which way, a loading dose and what follows it, days on which a dose is held."""

import re

INTERVALS = {  # what is written after a dose, in the words of a sentence
    "daily": "24 h", "qd": "24 h", "od": "24 h", "bid": "12 h", "tid": "8 h", "qid": "6 h", "weekly": "7 d",
}  # fmt: skip
ROUTES = {
    "po": "oral", "sl": "sublingual", "intranasal": "nasal", "intravenous": "iv", "intramuscular": "im", "subcutaneous": "sc",
    "subq": "sc", "sq": "sc",
}  # fmt: skip
_EVERY_HOURS = re.compile(r"q(\d+)h")
_HELD = re.compile(r"\s+held\s+from\s+(\S+\s*[a-z]+)\s+to\s+(\S+\s*[a-z]+)(?=\s|$)")
_THEN = re.compile(r",?\s+then\s+")


def plain(text: str) -> str:
    """A sentence in which an interval stands as such: "twice daily x 28" is "every 12 h x 28"."""
    words = re.sub(
        r"\btwice (daily|a day)\b", "bid", re.sub(r"\b(once daily|once a day|every day)\b", "daily", text)
    ).split()
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
    """A sentence without the times at which its doses are held, and these: (from, to) each."""
    return _HELD.sub("", text), [(match[1], match[2]) for match in _HELD.finditer(text)]
