"""The story: every statement has its source, every number its fact, every state of every figure is drawn."""

import itertools
import re

import altair as alt
import pytest

from opioidsim import story
from opioidsim.cases.cautions import rules
from opioidsim.cases.dose import parse
from opioidsim.facts.evidence import faults, sources, walk
from opioidsim.refusal import Refusal
from opioidsim.story import text as story_text

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
    said = []
    for values in states(chapter):
        spec, sentence = story.figure(chapter.slug, values)
        alt.Chart.from_dict(spec)
        assert sentence.endswith(".") and "nan" not in sentence
        said.append((sentence, str(spec)))
    assert len(set(said)) == len(said)


def test_the_doses_of_the_figures_are_those_of_the_labels():
    tablet = story_text.facts()["tablet"]["dose"].value
    depot = rules()["dose-above-label"].dose
    given = [text.format(*[1] * 9, **c.figure.numbers) for c in CHAPTERS for text in c.figure.doses.values()]
    doses = [parse(text) for text in given]
    assert {d.amount for d in doses if d.drug == "naltrexone" and d.route == "oral"} == {tablet}
    assert depot and {d.amount for d in doses if d.drug == "naltrexone" and d.route == "im-depot"} == {depot.high}


def test_what_the_figures_say_agrees_with_the_text():
    """The direction of each chapter, from the simulator: the text cannot go stale without this failing."""
    liked = [story.figure("how-it-blocks", {"day": day})[1] for day in (14, 56)]
    assert [int(re.search(r"liked (\d+)", s)[1]) < 5 for s in liked] == [True, False]
    scores = [story.figure("why-wait", {"day": day})[1] for day in (1, 10)]
    assert "severe" in scores[0] and "adds nothing" in scores[1]
    dead = [int(re.search(r"in (\d+) of", story.figure("relapse", {"day": day})[1])[1]) for day in (1, 14, 42)]
    assert dead == sorted(dead) and dead[-1] > 3 * dead[0]
    rescued = story.figure("naloxone")[1]
    assert "spray of naloxone breathing is back" in rescued and "tablet the circulation fails" in rescued
    low = [int(n) for n in re.findall(r"(?:alone|together): (\d+)", story.figure("sedatives")[1])]
    assert low[2] > 1.5 * low[0] and low[1] == 0


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
