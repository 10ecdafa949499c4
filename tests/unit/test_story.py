"""The story: every statement has its source, every number its fact, every state of every figure is drawn."""

import itertools
import re
from pathlib import Path

import altair as alt
import pytest

from opioidsim import story
from opioidsim.cases.cautions import rules
from opioidsim.cases.dose import parse
from opioidsim.facts.evidence import faults, sources, walk
from opioidsim.refusal import Refusal
from opioidsim.story import text as story_text
from opioidsim.story.lessons import Drawn, Lesson
from opioidsim.studies import study as studies
from opioidsim.studies.expectations import expectations

CHAPTERS = story.chapters()
LONGEST = 25  # words in a sentence
# What a reader of fourteen years would ask about; each must be among the words that its chapter explains.
JARGON = (
    "antagonist", "agonist", "receptor", "tolerance", "dependence", "withdrawal", "detoxification", "opioid use disorder",
    "alcohol use disorder", "blockade", "diversion", "craving", "benzodiazepine", "naloxone", "relapse", "cardiac arrest",
    "oxygen saturation", "sedative",
)  # fmt: skip
FORBIDDEN = ("addict", "abuser", "junkie", "clean", "dirty", "substance abuse", "user ", "users", "habit")
by_slug = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)


def states(chapter):
    """Every state of a chapter's sliders."""
    sliders = chapter.figure.sliders
    return [
        dict(zip((s.name for s in sliders), v, strict=True)) for v in itertools.product(*(s.values for s in sliders))
    ]


def texts(chapter):
    return [chapter.question, chapter.card, chapter.figure.words, *(s.words for s in chapter.statements())]


def test_seven_chapters_in_order():
    assert [c.number for c in CHAPTERS] == [1, 2, 3, 4, 5, 6, 7]
    assert len({c.slug for c in CHAPTERS}) == 7


@by_slug
def test_every_statement_has_a_source(chapter):
    for statement in chapter.statements():
        assert statement.simulated or statement.sources
        assert set(statement.sources) <= set(sources())
        assert not statement.sources or statement.where
    assert len(chapter.uncertain) >= 2
    assert all(source.link for source in chapter.notes().values())


@by_slug
def test_numbers_are_facts_and_words_are_explained(chapter):
    assert chapter.faults() == []


def test_a_number_of_its_own_is_found():
    said = story_text.Statement(text="Half of 80 people.", sources=("vivitrol-label",), where="somewhere")
    changed = CHAPTERS[0].model_copy(update={"short": (said,), "terms": ("unheard of",)})
    assert len(changed.faults()) == 2


def test_the_facts_of_the_story_are_sound():
    found = list(walk(story_text.facts()))
    assert found
    assert [fault for path, fact in found for fault in faults(path, fact)] == []


@by_slug
def test_sentences_are_short_and_kind(chapter):
    for text in texts(chapter):
        for sentence in re.split(r"(?<=[.?!:;])\s", text):
            assert len(sentence.split()) <= LONGEST, sentence
        for word in FORBIDDEN:
            assert word not in text.lower(), f'"{word}" in "{text}"'


@by_slug
def test_hard_words_are_explained(chapter):
    said = " ".join(texts(chapter)).lower()
    for word in JARGON:
        found = re.search(rf"\b{word}s?\b", said)
        known = any(word in term for term in chapter.terms)
        assert not found or known, f'"{word}" is not explained in {chapter.slug}'


def test_the_explained_words_are_used_and_none_is_left_over():
    assert {term for chapter in CHAPTERS for term in chapter.terms} == set(story.terms())


@by_slug
def test_the_first_figure(chapter):
    spec, said = story.figure(chapter.slug)
    alt.Chart.from_dict(spec)  # Vega-Lite's own schema
    assert spec["title"]["text"] == chapter.figure.title
    assert said.endswith(".") and len(said) < 400 and "nan" not in said


@pytest.mark.parametrize(
    "chapter", [pytest.param(c, marks=[pytest.mark.long] * (c.number > 2), id=c.slug) for c in CHAPTERS]
)
def test_each_slider_changes_the_figure(chapter):
    first = story.figure(chapter.slug)
    for slider in chapter.figure.sliders:
        other = next(v for v in (slider.values[-1], slider.values[0]) if v != slider.default)
        assert story.figure(chapter.slug, {slider.name: other}) != first


@pytest.mark.long
@by_slug
def test_every_state_of_every_figure(chapter):
    found = [(values, story.drawn(chapter.slug, values)) for values in states(chapter)]
    for _, drawn in found:
        alt.Chart.from_dict(drawn.spec)
        assert drawn.said.endswith(".") and not re.search(r"nan|inf\b|e\+|-\d+%", drawn.said)
    assert len({(drawn.said, str(drawn.spec)) for _, drawn in found}) == len(found)
    assert [fault for lesson in chapter.lessons for fault in lesson.broken(found)] == []


@by_slug
def test_what_a_figure_must_show(chapter):
    """The chapter's lessons at first, and where each slider stands first and last; all states are in the long test above, and
    those that take seconds each."""
    long = chapter.slug in ("relapse", "naloxone")
    ends = [{s.name: value} for s in chapter.figure.sliders for value in (s.values[0], s.values[-1]) if not long]
    found = [(chapter.defaults() | values, story.drawn(chapter.slug, values)) for values in ({}, *ends)]
    assert chapter.lessons
    lessons = [lesson for lesson in chapter.lessons if not lesson.once]
    assert [fault for lesson in lessons for fault in lesson.broken(found)] == []


def test_what_is_doubted_is_known_to_be_wrong():
    """A doubt goes as soon as what it rests on comes out."""
    rows = {name for name, row in expectations().items() if row.fails}
    doubts = [doubt for chapter in CHAPTERS for doubt in chapter.figure.doubts]
    assert doubts
    for doubt in doubts:
        red = {
            name
            for name in doubt.rests_on
            if name in rows or any(seen.fails for arm in studies.load(name).arms for seen in arm.observations)
        }
        assert set(doubt.rests_on) == red, doubt.text


def test_a_broken_lesson_is_found():
    def state(day, dead, said="So it is."):
        return {"day": day}, Drawn({}, said, {"dead": dead, "most": 10.0})

    def broken(states, **lesson):
        return len(Lesson(says="It rises.", **lesson).broken(states))

    up = [state(1.0, 1.0), state(2.0, 5.0), state(3.0, 4.0)]
    assert broken(up, of="dead", along="day", goes="up") == 1
    assert broken(up, of="dead", along="day", goes="up", slack=1.0) == 0
    assert broken(up, of="dead", along="day", goes="up", where={"day": (1.0, 2.0)}) == 0
    assert broken(up, of="dead", along="day", goes="down", once=True) == 0
    assert broken(up, of="dead", above=4) == 1 and broken(up, of="dead", below="most", by=5.5) == 1
    assert broken(up, of="dead", above=5, once=True) == 0 and broken(up, of="dead", above=6, once=True) == 3
    assert broken(up, always="it is") == 0 and broken(up, never="it is") == 3
    for wrong in (
        {"of": "dead"},
        {"above": 1},
        {"of": "dead", "above": 1, "never": "x"},
        {"of": "dead", "along": "day"},
    ):
        with pytest.raises(Refusal):
            Lesson(says="It rises.", **wrong)


def test_a_lesson_of_a_state_that_is_not_there_is_found():
    lesson = Lesson(says="It rises.", always="x", where={"dya": (1.0,), "missed": (4.0,)})
    assert len(CHAPTERS[0].model_copy(update={"lessons": (lesson,)}).faults()) == 2


def test_the_numbers_that_chapter_three_leaves_with_a_reader():
    """Those of docs/story.md are the figure's."""

    def score(name, day, opioid=0):
        return round(story.drawn("why-wait", {"day": day, "opioid": opioid}).shown[name])

    told = " ".join((Path(__file__).parents[2] / "docs" / "story.md").read_text().split())
    assert f"after 6 hours a score of {score('tablet', 0.25)} instead of at most {score('alone', 0.25)}" in told
    assert f"after a day {score('tablet', 1)} instead of {score('alone', 1)}" in told
    assert f"{score('tablet', 7)} with a tablet after seven days, {score('tablet', 10)} after ten" in told
    assert f"after methadone {score('tablet', 10, 1)} after ten days, {score('tablet', 14, 1)} after fourteen" in told
    assert f"the fifth day after heroin the score is still {score('tablet', 5)}" in told


def test_the_doses_of_the_figures_are_those_of_the_labels():
    tablet = story_text.facts()["tablet"]["dose"].value
    depot = rules()["dose-above-label"].dose
    given = [text.format(*[1] * 9, **c.figure.numbers) for c in CHAPTERS for text in c.figure.doses.values()]
    doses = [parse(text) for text in given]
    assert {d.amount for d in doses if d.drug == "naltrexone" and d.route == "oral"} == {tablet}
    assert depot and {d.amount for d in doses if d.drug == "naltrexone" and d.route == "im-depot"} == {depot.high}


@pytest.mark.parametrize(
    ("slug", "values", "part"),
    [
        ("relaps", {}, 'Did you mean "relapse"?'),
        ("relapse", {"dya": 3.0}, "is no slider"),
        ("relapse", {"day": 5.0}, "it can be set to 1, 3, 7"),
    ],
)
def test_what_cannot_be_shown_is_refused(slug, values, part):
    with pytest.raises(Refusal) as refusal:
        story.figure(slug, values)
    assert part in str(refusal.value)


def test_a_text_that_names_no_fact_is_refused():
    for path in ("cautions.nothing.interval", "tablet.weight", "adaptation.tau"):
        with pytest.raises(Refusal):
            story_text.filled(f"It takes {{{path}}}.")
    assert story_text.filled("{tablet.dose}") == f"50{story_text.KEEP}mg"


def test_a_statement_without_a_source_is_refused():
    for bad in (
        {"text": "So it is."},
        {"text": "So it is.", "sources": ("nobody",)},
        {"text": "So.", "sources": ("lee-1988",)},
    ):
        with pytest.raises(ValueError):
            story_text.Statement.model_validate(bad)
