"""What is often said about naltrexone: each saying with what is true of it, its sources, and the chapter that shows it."""

from functools import cache
from typing import Literal

from pydantic import model_validator

from opioidsim.facts.evidence import Source, Table, build, read_toml, sources
from opioidsim.story.text import FOLDER, Chapter, chapter, filled

VERDICTS = {"right": "Right", "partly": "Partly", "wrong": "Wrong"}


class Saying(Table):
    """A saying, whether it is right, and how it is put right."""

    said: str
    verdict: Literal["right", "partly", "wrong"]
    put: str
    chapter: str
    sources: tuple[str, ...]
    where: str

    @model_validator(mode="after")
    def _sound(self):
        if unknown := [key for key in self.sources if key not in sources()]:
            raise ValueError(f'source "{unknown[0]}" is not in sources.toml.')
        return self

    @property
    def words(self) -> str:
        """The saying with its numbers filled in."""
        return filled(self.said)

    @property
    def judged(self) -> str:
        """Right, partly or wrong, as a word."""
        return VERDICTS[self.verdict]

    @property
    def shown(self) -> Chapter:
        """The chapter whose figure and text show it. Raises Refusal if there is none."""
        return chapter(self.chapter)

    @property
    def rests_on(self) -> list[Source]:
        """Its sources."""
        return [sources()[key] for key in self.sources]


@cache
def sayings() -> tuple[Saying, ...]:
    """All, in order."""
    return tuple(build(Saying, each, "story/statements.toml") for each in read_toml(FOLDER / "statements.toml")["statements"])  # fmt: skip
