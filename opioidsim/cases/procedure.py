"""Ways of starting naltrexone, by name or in dose sentences."""

from functools import cache

from opioidsim.cases.dose import Dose, parse, without_past
from opioidsim.facts.evidence import Stated, stated
from opioidsim.refusal import Refusal, nearest


class Procedure(Stated):
    """A way of starting naltrexone.

    before: opioids after the person's own, from the last of these on. test: a dose that is watched
    first, and whoever feels withdrawal in the next hour gets no `doses`. Times of `test` and
    `doses` count from the start.
    """

    doses: tuple[str, ...]
    before: tuple[str, ...] = ()
    test: str = ""

    def given(self) -> tuple[Dose, ...]:
        """All doses from the start on."""
        return tuple(without_past(parse(text)) for text in ((self.test,) if self.test else ()) + self.doses)

    def opioids(self, ends: float) -> tuple[Dose, ...]:
        """The opioids before the start, when the person's own end at `ends` [h]."""
        return tuple(without_past(parse(text)).delayed(ends) for text in self.before)


@cache
def procedures() -> dict[str, Procedure]:
    """The library's ways of starting, by name."""
    return stated(Procedure, "procedures.toml")


def named(text: str) -> Procedure:
    """A way of starting by its name, or dose sentences with ";" between them."""
    if text in procedures():
        return procedures()[text]
    sentences = tuple(part.strip() for part in text.split(";") if part.strip())
    if len(sentences) < 2 and len(text.split()) < 3:
        raise Refusal(f'"{text}" is no way of starting.{nearest(text, procedures())} Or give dose sentences.')
    for sentence in sentences:
        without_past(parse(sentence))
    return Procedure(about=text, doses=sentences, basis="assumed", source="", where="", note="given by the user")
