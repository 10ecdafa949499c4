"""The story in other languages: a book of phrases for each, from the finished English text, so that states and pages are shared.

A phrase holds for every text that reads like it: what stands in its {places} is a number, or reads like a phrase itself.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from pydantic import model_validator

from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml
from opioidsim.refusal import Refusal, nearest

FOLDER = LIBRARY / "story"
ENGLISH = "en"
_PLACE = re.compile(r"\{([^{}]+)\}")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[^\Wa-z])")
_POINT, _PERCENT = re.compile(r"(?<=\d)\.(?=\d)"), re.compile(r"(?<=\d)%")


class HelpLine(Table):
    """Whom to call where: the country, the service and its number, and its page. read_in: where the number was read, if not there."""

    country: str
    name: str
    number: str
    source: str
    read_in: str = ""


class Language(Table):
    """A language by its code. comma: decimals stand after a comma. help: whom its readers can call."""

    code: str
    name: str
    comma: bool = False
    help: tuple[HelpLine, ...]

    @property
    def root(self) -> str:
        """What the addresses of its pages begin with."""
        return "" if self.code == ENGLISH else f"/{self.code}"


class Phrase(Table):
    """An English text and what it is in another language; both name the same places."""

    en: str
    say: str

    @model_validator(mode="after")
    def _sound(self):
        if set(_PLACE.findall(self.en)) != set(_PLACE.findall(self.say)):
            raise ValueError(f'"{self.say}" must name the places of "{self.en}".')
        return self


class _Book(NamedTuple):
    """All phrases by their English, and those with places in the order in which they are tried: those that say most first."""

    plain: dict[str, str]
    open: tuple[tuple[re.Pattern, tuple[str, ...], str], ...]


@cache
def languages() -> dict[str, Language]:
    """The languages that the story is told in, English first."""
    read = read_toml(FOLDER / "languages.toml")
    return {code: build(Language, {"code": code} | table, f"story/languages.toml, {code}") for code, table in read.items()}  # fmt: skip


def language(code: str) -> Language:
    """The language with this code. Raises Refusal for one in which the story is not told."""
    if code not in languages():
        raise Refusal(f'the story is not told in "{code}", but in {", ".join(languages())}.{nearest(code, languages())}')  # fmt: skip
    return languages()[code]


@lru_cache(maxsize=1 << 14)
def told(text: str, code: str = ENGLISH) -> str:
    """An English text of the story in a language. Raises Refusal where the book of that language has no words for it."""
    if code == ENGLISH:
        return digits(text)
    said = _read(text, code)
    if said is None:
        raise Refusal(f'"{text}" has no words in {language(code).name}; add the phrase to library/story/{code}.')
    return said


def sentences(text: str, code: str = ENGLISH) -> str:
    """The same for what was put together of sentences, each of which is a phrase."""
    return " ".join(told(sentence, code) for sentence in _SENTENCE.split(text))


def digits(text: str, code: str = ENGLISH) -> str:
    """A text whose numbers are written as in that language; a percent sign stands after a space that does not break."""
    return _PERCENT.sub("\u00a0%", _POINT.sub(",", text) if language(code).comma else text)


@cache
def phrases(code: str) -> tuple[Phrase, ...]:
    """Every phrase of a language other than English, from its folder in the library."""
    return tuple(
        build(Phrase, table, f"story/{code}/{path.name}")
        for path in sorted((FOLDER / language(code).code).glob("*.toml"))
        for table in read_toml(path)["phrases"]
    )


def _read(text: str, code: str) -> str | None:
    if not _LETTER.search(text):
        return digits(text, code)
    book = _book(code)
    text = text.replace("\u00a0", " ")
    if text in book.plain:
        return book.plain[text]
    for pattern, places, say in book.open:
        if match := pattern.fullmatch(text):
            parts = [_read(part, code) for part in match.groups()]
            if None not in parts:
                return _filled(say, dict(zip(places, parts, strict=True)))
    return None


def _filled(say: str, parts: dict[str, str | None]) -> str:
    return _PLACE.sub(lambda place: str(parts[place[1]]), say)


@cache
def _book(code: str) -> _Book:
    open_ = [phrase for phrase in phrases(code) if _PLACE.search(phrase.en)]
    open_.sort(key=lambda phrase: -len(_PLACE.sub("", phrase.en)))
    return _Book(
        {phrase.en: phrase.say for phrase in phrases(code)},
        tuple((_pattern(phrase.en), tuple(_PLACE.findall(phrase.en)), phrase.say) for phrase in open_),
    )


def _pattern(en: str) -> re.Pattern:
    """What an English phrase reads like; its places hold anything."""
    parts = _PLACE.split(en)
    return re.compile("".join("(.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL)
