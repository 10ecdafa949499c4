"""The story in other languages: every text has its words, no English is left over, numbers are as one writes them there."""

import asyncio
import re
from html.parser import HTMLParser

import httpx
import pytest

from opioidsim import story
from opioidsim.refusal import Refusal
from opioidsim.story import field, language
from opioidsim.story.picture import Picture
from opioidsim.web.app import app

OTHERS = [code for code in story.languages() if code != language.ENGLISH]
PAGES = ("/", "/handout", "/said", *(f"/{kind}/{c.slug}" for kind in ("explain", "embed") for c in story.chapters()))
# What reads alike: names of drugs, sources, units and this package.
ALIKE = {
    "de": {"Fentanyl", "Minute", "Placebo"},
    "es": {"placebo", "receptor"},
}
SPOKEN = ("alt", "aria-label", "title", "aria-valuetext", "data-names", "data-says", "data-tells", "data-held")


class Texts(HTMLParser):
    """Every text of a page, seen or said, with the language that it is marked as."""

    def __init__(self, page):
        super().__init__()
        self.inside, self.found = [("", "")], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        code = given.get("lang") or self.inside[-1][1]
        if tag not in ("meta", "link", "img", "source", "input", "br"):
            self.inside.append((tag, code))
        said = given.get("name") == "description" or given.get("property") in ("og:title", "og:description")
        self.found += [(code, given[key]) for key in (*SPOKEN, *["content"] * said) if given.get(key)]

    def handle_endtag(self, tag):
        while self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.inside[-1][0] not in ("script", "style") and data.strip():
            self.found.append((self.inside[-1][1], " ".join(data.split())))


@pytest.fixture(scope="module")
def pages():
    """What a path answers with."""
    site = app(warm=False)

    async def ask(paths):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost") as client:
            return [await client.get(path) for path in paths]

    yield lambda paths: asyncio.run(ask(paths))
    site.state.queue.close()


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_over(pages, code):
    """A page that lacks a text is refused, so this also holds that none is missing."""
    own = {"opioidsim", "findahelpline.com", story.languages()[code].name, *ALIKE[code]}
    for path, english, answer in zip(PAGES, pages(PAGES), pages([f"/{code}{path}" for path in PAGES]), strict=True):
        assert answer.status_code == 200, answer.text
        assert f'<html lang="{code}">' in answer.text
        texts = {text for lang, text in Texts(answer.text).found if lang == code}
        same = texts & {text for _, text in Texts(english.text).found}
        assert {text for text in same if re.search(r"[^\W\d]{4}", text)} <= own, path
        assert [text for text in texts if re.search(r"\b(the|and|with|after|of)\b", text)] == [], path
        assert [text for text in texts if re.search(r"\d\.\d|\d%", text)] == [], path


@pytest.mark.parametrize("code", OTHERS)
def test_every_state_of_every_figure_has_its_words(code):
    for chapter in story.chapters():
        for values in story.states(chapter):
            drawn = story.drawn(chapter.slug, values, language=code)
            english = story.drawn(chapter.slug, values)
            assert drawn.shown == english.shown
            numbers = [re.findall(r"\d+(?:\.\d+)?", said.replace(",", ".")) for said in (english.said, drawn.said)]
            assert sorted(numbers[0]) == sorted(numbers[1]), drawn.said
    for kept in field.kept():
        assert Picture.model_validate(kept["picture"]).told(code).table()


def test_every_book_holds_the_same_phrases_once():
    books = [[phrase.en for phrase in language.phrases(code)] for code in OTHERS]
    assert all(len(book) == len(set(book)) and set(book) == set(books[0]) for book in books)


def lix(text):
    """Words in a sentence and long words in a hundred, after Björnsson: up to 40 an easy text, up to 50 a newspaper."""
    words = re.findall(r"[^\W\d_]+", text)
    return len(words) / len(re.findall(r"[.?!:;](?:\s|$)", text)) + 100 * sum(len(w) > 6 for w in words) / len(words)


@pytest.mark.parametrize("code", OTHERS)
def test_it_reads_easily_there(code):
    for chapter in story.chapters():
        asked = [chapter.question, chapter.card, chapter.guess.question, chapter.guess.told]
        texts = [language.told(text, code) for text in (*asked, *(s.words for s in chapter.statements()))]
        assert lix(" ".join(texts)) < 43, chapter.slug  # the English is 24 to 33; German has longer words
        sentences = [s for text in texts for s in re.split(r"(?<=[.?!:;])\s", text)]
        assert [s for s in sentences if len(s.split()) > 25] == []


def test_a_text_without_words_is_refused_by_name():
    with pytest.raises(Refusal, match="Nobody said this"):
        language.told("Nobody said this.", "de")
    with pytest.raises(Refusal, match='not told in "fr", but in en, de, es'):
        story.figure("relapse", language="fr")
    with pytest.raises(Refusal, match="must name the places"):
        language.Phrase(en="{n} days", say="{m} Tage")


def test_numbers_are_written_as_one_does_there():
    assert language.told("7 to 10\u00a0days", "de") == "7 bis 10\u00a0Tage"
    assert language.told("85% to 90.5%", "es") == "de 85\u00a0% a 90,5\u00a0%"
    assert language.digits("0.5 ng/mL", "de") == "0,5 ng/mL" and language.digits("0.5", "en") == "0.5"
    assert language.told("72% of 0.5", "en") == "72\u00a0% of 0.5"
    assert "0,05\u00a0mg Fentanyl" in story.figure("sedatives", {"fentanyl": 0.05}, language="de")[1]


def test_help_is_of_the_countries_where_it_is_spoken(pages):
    told = story.languages().values()
    for each, page in zip(told, pages([f"{each.root}/handout" for each in told]), strict=True):
        assert all(line.number in page.text and line.source.startswith("http") for line in each.help)


def test_a_button_is_called_by_what_stands_on_it():
    """Who speaks to the page says what is seen (WCAG 2.5.3)."""
    for code in story.languages():
        for seen, said in (("Light", "Change to light colours"), ("Dark", "Change to dark colours")):
            assert language.told(seen, code).lower() in language.told(said, code).lower()
