"""The story: every statement has its source, every number its fact, every state of every figure is drawn."""

import re
from pathlib import Path

import numpy as np
import pytest

from opioidsim import story
from opioidsim.cases.cautions import rules
from opioidsim.cases.dose import parse
from opioidsim.facts.evidence import faults, sources, walk
from opioidsim.refusal import Refusal
from opioidsim.story import field, language, shipped, statements
from opioidsim.story import text as story_text
from opioidsim.story.lessons import Drawn, Lesson
from opioidsim.story.picture import FINE, Axis, Picture, curve
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


def texts(chapter):
    return [chapter.question, chapter.card, chapter.figure.words, *(s.words for s in chapter.statements())]


def test_chapters_in_order():
    assert [c.number for c in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))
    assert len({c.slug for c in CHAPTERS}) == len(CHAPTERS)


@by_slug
def test_every_statement_has_a_source(chapter):
    for statement in chapter.statements():
        assert statement.simulated or statement.sources
        assert set(statement.sources) <= set(sources())
        assert not statement.sources or statement.where
    assert len(chapter.uncertain) >= 2
    assert all(source.link or source.in_ for source in chapter.notes().values())


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


HIGHEST = 8.0  # a reader of fourteen
NAMES = (
    "naltrexone|naloxone|buprenorphine|methadone|heroin|fentanyl|midazolam|oxycodone|morphine|opioids?|vivitrol|narcan"
)


def grade(text):
    """The school grade of Flesch and Kincaid; what the story is about counts as words of two syllables, since it is learned once."""
    plain = re.sub(NAMES, "doctor", text, flags=re.I)
    words = re.findall(r"[a-z']+", plain.lower())
    beats = [
        max(1, len(re.findall("[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e$|(?<=[^td])ed$", "", word)))) for word in words
    ]
    return 0.39 * len(words) / len(re.findall(r"[.?!](?:\s|$)", plain)) + 11.8 * sum(beats) / len(words) - 15.59


@by_slug
def test_it_reads_easily(chapter):
    guess = [chapter.guess.question, chapter.guess.told]
    assert grade(" ".join([chapter.question, chapter.card, *guess, *(s.words for s in chapter.statements())])) < HIGHEST


def test_a_hard_text_is_found():
    assert grade("Competitive pharmacological antagonism necessitates individualised perioperative deliberation.") > 12
    assert grade("The cat sat on the mat. It was warm.") < 2


def test_what_is_often_said_is_told_shown_and_sourced():
    sayings = statements.sayings()
    assert len(sayings) == 17 and {s.verdict for s in sayings} == set(statements.VERDICTS)
    for saying in sayings:
        assert saying.sources and saying.where and saying.put
        assert len(list(story.states(saying.shown))) > 1  # its figure
        assert not re.search(r"\d", story_text.PLACE.sub("", saying.said + saying.put))
        assert grade(f"{saying.words} {saying.put}") < 10
    assert {s.chapter for s in sayings} >= {c.slug for c in CHAPTERS} - {"taking-it"}


@by_slug
def test_hard_words_are_explained(chapter):
    said = " ".join(texts(chapter)).lower()
    for word in JARGON:
        found = re.search(rf"\b{word}s?\b", said)
        known = any(word in term for term in chapter.terms)
        assert not found or known, f'"{word}" is not explained in {chapter.slug}'


def test_the_explained_words_are_used_and_none_is_left_over():
    assert {term for chapter in CHAPTERS for term in chapter.terms} == set(story.terms())


def everything(chapter):
    """Every state of a chapter's figure as it comes with the package."""
    return [(values, story.drawn(chapter.slug, values)) for values in story.states(chapter)]


@by_slug
def test_every_state_of_every_figure(chapter):
    found = everything(chapter)
    for _, drawn in found:
        assert drawn.picture.title == chapter.figure.title
        assert (
            drawn.said.endswith(".") and len(drawn.said) < 500 and not re.search(r"nan|inf\b|e\+|-\d+\s%", drawn.said)
        )
        assert not re.search(r"nan|inf\b", str(drawn.picture.table()))
    assert len({(drawn.said, str(drawn.picture)) for _, drawn in found}) == len(found)


def test_what_is_too_small_to_be_seen_is_written_as_nothing():
    axis = Axis(low=0, high=100, ticks=(0, 50, 100))
    assert [axis.said(value) for value in (6.98e-05, 0.09, 0.2)] == ["0", "0", "0.2"]
    assert Axis(low=0.001, high=10, ticks=(0.001, 10), log=True).said(0.002) == "0.002"


@by_slug
def test_what_a_figure_must_show(chapter):
    """The chapter's lessons, in all states."""
    found = everything(chapter)
    assert chapter.lessons
    assert [fault for lesson in chapter.lessons for fault in lesson.broken(found)] == []


def test_the_shipped_states_are_of_these_facts_and_equations():
    assert shipped.stale() == {}, "run: make story"


def test_what_has_changed_is_found(monkeypatch):
    chapter = CHAPTERS[0].model_copy(
        update={"figure": CHAPTERS[0].figure.model_copy(update={"numbers": {"gap": 15, "due": 28}})}
    )
    monkeypatch.setattr(shipped, "chapters", lambda: (chapter,))
    assert shipped.stale() == {chapter.slug: ["figure"]}
    monkeypatch.setattr(shipped, "_world", lambda: {"facts": "other", "draws": "", "equations": ""})
    assert set(shipped.stale()) == {chapter.slug, "field"}


WORKED = [pytest.param(c, marks=[pytest.mark.long] * (c.slug != "why-wait"), id=c.slug) for c in CHAPTERS]


@pytest.mark.parametrize("chapter", WORKED)
def test_the_simulator_says_what_is_shipped(chapter):
    """At first; and in the long tests in the last state too."""
    for values in ({}, list(story.states(chapter))[-1]):
        worked, kept = story.worked_out(chapter.slug, values), story.drawn(chapter.slug, values)
        assert kept.said.startswith(language.told(worked.said))
        assert kept.shown == pytest.approx(worked.shown, rel=1e-3, abs=1e-4)


def test_a_guess_is_settled_by_its_figure():
    for chapter in CHAPTERS:
        assert set(chapter.guess.shows) == {slider.name for slider in chapter.figure.sliders}
        assert len(set(chapter.guess.options)) == len(chapter.guess.options) > 1


def test_a_curve_keeps_what_the_eye_needs():
    x, y = Axis(low=0, high=10, ticks=(0, 10)), Axis(low=0, high=1, ticks=(0, 1))
    at = np.linspace(0, 10, 400)
    kept = curve("line", "naltrexone", x, y, at, np.exp(-at))
    assert len(kept.x) < 40 and np.abs(np.interp(at, kept.x, kept.y) - np.exp(-at)).max() <= FINE + 1e-3
    straight = curve("line", "naltrexone", x, y, at, at / 10)
    assert straight.x == (0.0, 10.0)


def test_the_field_is_driven_by_what_the_strips_show():
    for scene, kept in zip(field.scenes(), field.kept(), strict=True):
        held = np.sum([np.array(h) for h in kept["driven"]["held"].values()], 0)
        assert (held >= 0).all() and (held <= 1.001).all() and len(held) == len(kept["driven"]["times"])
        assert kept["driven"]["times"][-1] == scene.minutes and 0 < scene.moment <= scene.minutes


def test_what_the_field_must_show():
    """What its scenes tell: heroin is felt, not under naltrexone, little on buprenorphine; naloxone takes it away and fades."""
    alone, blocked, partial, rescued = (Picture.model_validate(kept["picture"]) for kept in field.kept())

    def line(picture, heading, name):
        plot = next(p for p in picture.panels if getattr(p, "heading", "").startswith(heading))
        return next(mark for mark in plot.marks if mark.text == name)

    felt = [max(line(p, "Felt", "liking").y) for p in (alone, blocked, partial)]
    assert felt[0] > 40 and felt[1] < 5 and felt[2] < 0.4 * felt[0]
    assert min(line(alone, "Breath", "breathing").y) < 0.7 * line(alone, "Breath", "breathing").y[0]
    assert max(line(alone, "Receptors", "heroin").y) < 0.3  # a few keys are enough
    assert min(line(blocked, "Receptors", "naltrexone").y) > 0.9
    given = line(rescued, "Receptors", "naloxone")
    assert max(given.y) > 0.7 and given.y[-1] < max(given.y) - 0.2
    assert line(rescued, "Felt", "liking").y[-1] < felt[0] / 4


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
        return {"day": day}, Drawn(Picture(title="", panels=()), said, {"dead": dead, "most": 10.0})

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
