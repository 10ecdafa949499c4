"""The story's chapters: plain words, the source of each statement, and what the sliders of its figure can be set to.

The text is data, `library/story`. Its numbers are filled in from facts, so that text and model cannot disagree.
"""

import re
from functools import cache
from typing import Any

from pydantic import model_validator

from opioidsim.cases import cautions
from opioidsim.facts import library
from opioidsim.facts.evidence import LIBRARY, Fact, Source, Table, build, read_toml, sources
from opioidsim.refusal import Refusal, nearest
from opioidsim.story.lessons import Doubt, Lesson

FOLDER = LIBRARY / "story"
UNITS = {"d": "days", "h": "hours", "mg": "mg"}
KEEP, JOIN = "\u00a0", "\u2060"  # a space at which no line breaks; what keeps a dash and what follows together
PLACE = re.compile(r"\{([\w.\-]+)(?::(\w+))?\}")
MOST_STEPS = 9  # so few that every combination can come with the package


class Statement(Table):
    """One or two sentences and what they rest on: sources with the place in each, or this simulator itself."""

    text: str
    sources: tuple[str, ...] = ()
    where: str = ""
    simulated: bool = False

    @model_validator(mode="after")
    def _sound(self):
        if not self.sources and not self.simulated:
            raise ValueError(f'"{self.text}" needs `sources`, or `simulated = true`.')
        for key in self.sources:
            if key not in sources():
                raise ValueError(f'source "{key}" is not in sources.toml.{nearest(key, sources())}')
        if self.sources and not self.where:
            raise ValueError(f'"{self.text}" must say in `where` at which place of its sources it stands.')
        return self

    @property
    def words(self) -> str:
        """The text with its numbers filled in."""
        return filled(self.text)


class Slider(Table):
    """What a reader can set: a value out of a few; `names` where the values stand for words."""

    name: str
    label: str
    unit: str = ""
    values: tuple[float, ...]
    default: float
    names: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sound(self):
        if not 2 <= len(self.values) <= MOST_STEPS or self.default not in self.values:
            raise ValueError(f"{self.name}: give 2 to {MOST_STEPS} values, the default among them.")
        if self.names and len(self.names) != len(self.values):
            raise ValueError(f"{self.name}: give a name for each value, or none.")
        return self

    def spoken(self, value: float) -> str:
        """A value as a reader sees it."""
        if self.names:
            return self.names[self.values.index(value)]
        unit = self.unit.removesuffix("s") if value == 1 else self.unit
        return f"{value:g} {unit}".strip()

    @property
    def choice(self) -> bool:
        """Whether it is a choice between a few things rather than an amount."""
        return bool(self.names) and len(self.values) <= 3


class Figure(Table):
    """The live figure: sliders, the doses, numbers and steps that make its scenarios, and what is to be doubted in which state."""

    title: str
    note: str
    sliders: tuple[Slider, ...]
    doses: dict[str, str]
    numbers: dict[str, float] = {}
    steps: dict[str, tuple[float, ...]] = {}
    doubts: tuple[Doubt, ...] = ()

    @property
    def words(self) -> str:
        """The note with its numbers filled in."""
        return filled(self.note, self.numbers)

    def dose(self, name: str, *amounts: float) -> str:
        """A dose sentence with these amounts and the figure's numbers filled in."""
        return self.doses[name].format(*(f"{a:g}" for a in amounts), **{k: f"{v:g}" for k, v in self.numbers.items()})


class Guess(Table):
    """What a reader is asked before the figure: the options, the place of the right one, and what is told then. shows: the
    state of the figure that settles it."""

    question: str
    options: tuple[str, ...]
    right: int
    told: str
    shows: dict[str, float] = {}

    @model_validator(mode="after")
    def _sound(self):
        if not 0 <= self.right < len(self.options):
            raise ValueError(f'"{self.question}" has no option {self.right}.')
        return self


class Section(Table):
    """A heading and its statements. shows: what the figure is set to while a reader is here."""

    heading: str
    statements: tuple[Statement, ...]
    shows: dict[str, float] = {}


class Chapter(Table):
    """One question of the story: the short answer, a live figure, the longer answer, and what is uncertain."""

    number: int
    slug: str
    title: str
    card: str
    terms: tuple[str, ...]
    guess: Guess
    short: tuple[Statement, ...]
    figure: Figure
    sections: tuple[Section, ...]
    uncertain: tuple[Statement, ...]
    lessons: tuple[Lesson, ...]

    @property
    def question(self) -> str:
        """The title with its numbers filled in."""
        return filled(self.title)

    def statements(self) -> list[Statement]:
        """All statements, in the order of the page."""
        return [*self.short, *(s for section in self.sections for s in section.statements), *self.uncertain]

    def notes(self) -> dict[str, Source]:
        """The chapter's sources by key, in the order in which they are first named; a note's number is its place here."""
        return {key: sources()[key] for statement in self.statements() for key in statement.sources}

    def faults(self) -> list[str]:
        """What is wrong with the text, as sentences: words without meaning, numbers that are no facts."""
        found = [f'{self.slug}: "{term}" is not in terms.toml.' for term in self.terms if term not in terms()]
        doubts = (doubt.text for doubt in self.figure.doubts)
        asked = (self.guess.question, *self.guess.options, self.guess.told)
        for text in (self.title, self.card, *asked, self.figure.note, *doubts, *(s.text for s in self.statements())):
            try:
                filled(text, self.figure.numbers)
            except Refusal as refusal:
                found.append(f"{self.slug}: {refusal}")
            if re.search(r"\d", PLACE.sub("", text)):
                found.append(f'{self.slug}: a number in "{text}" comes from no fact.')
        sliders = {slider.name: slider.values for slider in self.figure.sliders}
        named = [each.where for each in (*self.lessons, *self.figure.doubts)]
        named += [{name: (value,) for name, value in shows.items()} for shows in (self.guess.shows, *(s.shows for s in self.sections))]  # fmt: skip
        for where in named:
            found += [
                f"{self.slug}: there is no {name} {value:g}."
                for name, values in where.items() for value in values if value not in sliders.get(name, ())
            ]  # fmt: skip
        return found

    def defaults(self) -> dict[str, float]:
        """Where the sliders stand at first."""
        return {slider.name: slider.default for slider in self.figure.sliders}


@cache
def chapters() -> tuple[Chapter, ...]:
    """The chapters, in order."""
    files = sorted(FOLDER.glob("[0-9]*-*.toml"), key=lambda path: int(path.name.partition("-")[0]))
    return tuple(build(Chapter, {"number": n} | read_toml(p), f"story/{p.name}") for n, p in enumerate(files, 1))


def chapter(slug: str) -> Chapter:
    """The chapter with this slug. Raises Refusal if there is none."""
    for each in chapters():
        if each.slug == slug:
            return each
    raise Refusal(f'there is no chapter "{slug}".{nearest(slug, [c.slug for c in chapters()])}')


@cache
def terms() -> dict[str, str]:
    """The words of the story that need explaining, with their meaning."""
    return read_toml(FOLDER / "terms.toml")


@cache
def facts() -> dict[str, dict[str, Fact]]:
    """The numbers that only the story tells."""
    tables = read_toml(FOLDER / "facts.toml")
    return {
        name: {symbol: build(Fact, fact, f"story/facts.toml, {name}.{symbol}") for symbol, fact in table.items()}
        for name, table in tables.items()
    }


def filled(text: str, numbers: dict[str, float] | None = None) -> str:
    """The text with each {fact} replaced by its value: {fact} value and unit, {fact:range} low to high, {fact:high} the
    high end, {fact:dash} with a dash between, {fact:percent} a share, {fact:number} the value alone. Raises Refusal for a name that is no fact."""

    def one(match: re.Match) -> str:
        path, form = match[1], match[2] or ""
        if path.startswith("numbers."):
            return f"{(numbers or {})[path.removeprefix('numbers.')]:g}"
        return _spoken(_fact(path), form)

    return PLACE.sub(one, text)


def _fact(path: str) -> Fact:
    """The fact at a path: `cautions.RULE.SYMBOL`, `adaptation.SYMBOL`, or `NAME.SYMBOL` of story/facts.toml."""
    first, *rest = path.split(".")
    found: Any = None
    if first == "cautions" and rest[0] in cautions.rules():
        found = getattr(cautions.rules()[rest[0]], rest[1], None)
    elif first == "adaptation":
        found = library.body("adaptation").get(rest[0])
    elif first in facts():
        found = facts()[first].get(rest[0])
    if not isinstance(found, Fact):
        raise Refusal(f'the story names "{path}", which is no fact.')
    return found


def _spoken(fact: Fact, form: str) -> str:
    unit = f"{KEEP}{UNITS[fact.unit]}" if fact.unit else ""
    low, high = (fact.value if end is None else end for end in (fact.low, fact.high))
    span = fact.high is not None and fact.low is None  # an interval from its value to its high end
    texts = {
        "": f"{fact.value:g} to {high:g}{unit}" if span else f"{fact.value:g}{unit}",
        "range": f"{low:g} to {high:g}{unit}",
        "dash": f"{fact.value:g}–{JOIN}{high:g}{unit}",
        "high": f"{high:g}{unit}",
        "percent": f"{100.0 * fact.value:.0f}%",
        "number": f"{fact.value:g}",
    }
    return texts[form]


def settings(slug: str, values: dict[str, float]) -> dict[str, float]:
    """Every slider's value: those given, checked, and the defaults. Raises Refusal for what cannot be set."""
    own = {slider.name: slider for slider in chapter(slug).figure.sliders}
    for name, value in values.items():
        if name not in own:
            raise Refusal(f'"{name}" is no slider of this chapter.{nearest(name, own)}')
        if value not in own[name].values:
            allowed = ", ".join(f"{v:g}" for v in own[name].values)
            raise Refusal(f'"{name}" is {value:g}; it can be set to {allowed}.')
    return chapter(slug).defaults() | values
