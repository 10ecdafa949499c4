"""What a user gets instead of a traceback: one sentence that says what to change. Text from outside, read or refused."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeGuard

MOST_LISTED = 100  # characters of a list of what is allowed
LONGEST = 299  # characters of a sentence that a terminal or a page shows whole
WORD = 30  # characters of the longest word that is not cut
EXTRAS = {  # libraries that only some questions need, and the extra of the package that brings each
    "altair": "plot",
    "vl_convert": "plot",
    "statsmodels": "trial",
    "uvicorn": "web",
    "fastapi": "web",
    "jinja2": "web",
    "distributed": "cluster",
    "docx": "report",
    "numpyro": "fit",
    "arviz_base": "fit",
}
_WANTED = {
    "Input should be": "it must be",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "text",
    "a valid boolean": "true or false",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "more than",
}
LARGEST_TEXT = 2**24  # bytes of a scenario, a plan or a question: a pipe or a device without end stops here


class Refusal(ValueError):
    """Input that cannot be used. The message is a sentence: what was given, what is allowed, the remedy; see `one_sentence`.

    where: the parameter or field that it is about, for a door that can point at it.
    """

    def __init__(self, sentence: str, where: str = ""):
        super().__init__(one_sentence(sentence))
        self.where = where


def one_sentence(text: str) -> str:
    """The text as it can be shown anywhere: on one line, without control characters, and of a long one its two ends, where
    what was given and the remedy stand."""
    text = printable(" ".join(text.splitlines()))
    if len(text) <= LONGEST:
        return text
    begin, end = text[: LONGEST - 120], text[-115:]
    last, first = begin.rfind(" ", len(begin) - WORD), end.find(" ", 0, WORD)  # between words, where there are any
    return f"{begin[:last] if last > 0 else begin} ... {end[first + 1 :]}"


def wanted(message: str) -> str:
    """A validator's message in this package's words: "Input should be greater than or equal to 0" becomes "it must be at least 0"."""
    said = re.split(r", (?:got|unable) ", message)[0]
    for theirs, ours in _WANTED.items():
        said = said.replace(theirs, ours)
    return f"{said[:1].lower()}{said[1:]}"


def printable(text: str) -> str:
    """The text with an escape (\\x1b) for each character that would steer a terminal, turn the writing round or break a line."""
    return "".join(c if _seen(c) else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def _seen(c: str) -> bool:
    return c.isprintable() or unicodedata.category(c) == "Zs"


def shown(given: object, most: int = 60) -> str:
    """What was given, short enough for a sentence, whatever it is: very long, deeply nested, thousands of digits."""
    try:
        text = given if isinstance(given, str) else repr(given)
    except ValueError:
        return "a number of thousands of digits"
    except RecursionError:
        return "something nested too deeply"
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def slip(word: str, names: Iterable[str]) -> str:
    """The name of which `word` is a slip of the pen, or "": the same first letter, and one letter wrong, left out, too many
    or two swapped; two such slips in names of ten letters and more. For names that must not be guessed, such as drugs'."""
    word = word.lower()
    for most in (1, 2):
        for name in sorted(names):
            known = name.lower()
            if len(known) >= (6 if most == 1 else 10) and word[:1] == known[:1] and _slips(word, known, most) <= most:
                return name
    return ""


def _slips(a: str, b: str, most: int) -> int:
    """How many slips lead from one word to the other (Damerau and Levenshtein); more than `most` are not counted."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, last = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]


def nearest(word: str, allowed: Iterable[object]) -> str:
    """' Did you mean "x"?' for the allowed word nearest to `word`; otherwise the allowed words."""
    allowed = sorted(map(str, allowed))
    spelled = {each.lower(): each for each in allowed}
    close = get_close_matches(str(word).lower(), spelled, n=1, cutoff=0.6)
    if close:
        return f' Did you mean "{spelled[close[0]]}"?'
    return f" Allowed: {listed(allowed)}." if allowed else ""


def listed(names: Iterable[object], most: int = MOST_LISTED) -> str:
    """Names in the order in which they are given, as many as go into `most` characters, and how many more there are."""
    every = [str(name) for name in names]
    kept = next((n for n in range(len(every), 1, -1) if len(", ".join(every[:n])) <= most), 1)
    return ", ".join(every[:kept]) + (f" and {len(every) - kept} more" if kept < len(every) else "")


def is_table(given: object) -> TypeGuard[dict[str, Any]]:
    """Is it a table, as TOML and JSON have them: anything under names?"""
    return isinstance(given, dict)


def is_listed(given: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Is it a list of anything?"""
    return isinstance(given, list | tuple)


def need(library: str, what: str) -> None:
    """Raises Refusal, with what to install, where a library is not there that `what` needs; see EXTRAS."""
    if lacks(library):
        raise Refusal(f'{what} needs {library}: install it with  pip install "opioidsim[{EXTRAS[library]}]".')


def lacks(library: str) -> bool:
    """Is the library not installed?"""
    return find_spec(library) is None


def read_text(path: Path, most: int = LARGEST_TEXT) -> str:
    """The text of a file, in UTF-8. Raises OSError, and Refusal for one that is too large or no text."""
    with open(path, "rb") as file:
        return decoded(file.read(most + 1), path, most)


def decoded(data: bytes, path: Path, most: int) -> str:
    """The text that was read from a file of that name. Raises Refusal for more than `most` bytes, and for no text."""
    if len(data) > most:
        raise Refusal(f'"{shown(str(path))}" is too large to read here; at most {most / 2**20:.0f} MB.')
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(
            f'"{shown(str(path))}" is no text in UTF-8: see its byte {error.start}; save it as UTF-8 ("CSV UTF-8" in a spreadsheet).'
        ) from None
