"""The explorer's parts without a server: completion, the queue, the address, the kept scoreboard, links of the static site."""

import asyncio
import math
import runpy
import socket
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from opioidsim.cases import drug
from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import from_table
from opioidsim.catalogue import Library
from opioidsim.refusal import Refusal
from opioidsim.studies import kept, study
from opioidsim.web import board, memory
from opioidsim.web.api import progress
from opioidsim.web.completion import complete
from opioidsim.web.export import _placed, file_name, standing_alone
from opioidsim.web.pages import address
from opioidsim.web.serve import listen
from opioidsim.web.work import MOST_WAITING, Busy, Queue

ROOT = Path(__file__).parents[2]


def test_a_page_that_is_passed_on_shows_the_picture_of_its_language():
    page = b'<head><meta property="og:image" content="../preview.png"></head>'
    placed = _placed({"de/explain/x.html": page, "drugs/x.html": page, "preview.png": b""}, "https://example.org/a")
    assert b'content="https://example.org/a/de/preview.png"' in placed["de/explain/x.html"]
    assert b'content="https://example.org/a/preview.png"' in placed["drugs/x.html"]


def test_completion_goes_word_by_word():
    assert complete("nal") == ["nalmefene", "naloxone", "naltrexone"]
    assert "naltrexone 50 mg oral" in complete("naltrexone ")
    assert complete("naltrexone 50 m") == ["naltrexone 50 mcg", "naltrexone 50 mg"]
    assert complete("naltrexone 50 mg im") == ["naltrexone 50 mg im-depot", "naltrexone 50 mg implant"]
    assert all("every" not in tail[len("naltrexone 50 mg oral every 24 h x 7") :] for tail in complete("naltrexone 50 mg oral every 24 h x 7 "))  # fmt: skip
    assert complete("nothing 50 ") == []


@pytest.mark.parametrize("name", [name for name in drug.names() if drug.load(name).routes])
def test_completed_sentences_can_be_read(name):
    for sentence in complete(f"{name} "):
        parse(sentence)


def test_an_answer_goes_out_without_waiting_for_the_reader_to_confirm_its_head():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        accepted.close()


def finished(job):
    for _ in range(500):
        if job.state not in ("waiting", "running"):
            return job
        time.sleep(0.01)
    raise AssertionError("the job does not end")


def test_the_queue_answers_fails_and_goes_on():
    queue = Queue()

    def fails(told):
        raise ZeroDivisionError

    assert finished(queue.ask("bad", fails)).state == "failed"
    good = finished(queue.ask("good", lambda told: told(0.5) or {"answer": 1}))
    assert (good.state, good.done, good.answer) == ("done", 0.5, b'{"answer":1}')
    queue.close()


def test_who_waits_is_told_as_soon_as_a_question_is_done():
    queue, end = Queue(), threading.Event()
    job = queue.ask("until told", lambda told: {"over": end.wait(60)})
    request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(queue=queue)))
    ask = lambda wait: asyncio.run(progress(job.id, request, wait))["state"]  # noqa: E731  # pyright: ignore[reportArgumentType]
    assert ask(0.05) == "running"
    threading.Timer(0.1, end.set).start()
    assert ask(60.0) == "done"
    queue.close()


def test_a_cancelled_question_stops_between_its_pieces_and_frees_its_worker():
    queue, pieces, going = Queue(), [], threading.Event()

    def endless(told):
        while True:
            pieces.append(1)
            going.set()
            told(0.0)
            time.sleep(0.01)

    jobs = [queue.ask("endless", endless) for _ in range(3)]
    going.wait(5)
    for job in jobs:
        queue.cancel(job)
    assert finished(queue.ask("next", lambda told: {})).state == "done"
    time.sleep(0.2)  # a piece that runs is finished
    seen = len(pieces)
    time.sleep(0.1)
    assert len(pieces) == seen and {job.state for job in jobs} == {"cancelled"}
    queue.close()


def test_too_many_questions_are_refused_with_a_sentence():
    queue, gate = Queue(), threading.Event()
    for _ in range(MOST_WAITING):
        queue.ask("waits", lambda told: gate.wait(10) and {})
    with pytest.raises(Busy, match="wait already"):
        queue.ask("one more", lambda told: {})
    gate.set()
    queue.close()


def test_an_address_holds_the_person_the_readings_and_what_is_shown():
    person = {"sex": "female", "age": "60 years", "weight": "50 kg", "liver": "cirrhosis", "dependence": 0.5}
    given = from_table({"doses": ["naltrexone 50 mg oral"], "duration": "24 h", "person": person, "readings": {"naltrexone": "slower"}, "outputs": ["occupancy.naltrexone"]}, "the scenario")  # fmt: skip
    said = parse_qs(address(given))
    assert {key: said[key] for key in ("sex", "age", "weight", "liver", "dependence", "reading", "output")} == {
        "sex": ["female"], "age": ["60 years"], "weight": ["50 kg"], "liver": ["cirrhosis"], "dependence": ["0.5"],
        "reading": ["naltrexone:slower"], "output": ["occupancy.naltrexone"],
    }  # fmt: skip


def test_the_page_and_the_kept_scoreboard_are_one():
    """Run `make docs` when this fails."""
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert (ROOT / "docs" / "scoreboard.md").read_text() == generate["scoreboard"](kept.lines())
    assert [str(score) for score in board.board()] == [
        str(line.score) for line in kept.lines()
    ]  # what is no number too


def test_the_head_of_each_study_is_what_the_whole_says():
    for name in study.names():
        whole = study.load(name)
        assert study.head(name) == (whole.title, whole.source, whole.use, whole.confirmed)


def test_a_study_of_ones_own_that_cannot_be_read_is_refused_by_its_head_too(tmp_path):
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "mine.toml").write_text('title = "Mine"\nsource = "nobody"\nuse = "check"\narms = []\n')
    with Library(tmp_path), pytest.raises(Refusal, match="nobody"):
        study.head("mine")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "index.html"), ("/drugs", "drugs.html"), ("/drugs/6-mam", "drugs/6-mam.html"), ("/static/style.css", "static/style.css")],
)  # fmt: skip
def test_each_page_has_its_file(path, name):
    assert file_name(path) == name


def test_a_page_stands_alone():
    page = '<script src="/static/a.js" type="module"></script><a href="/drugs#x">d</a> <a class="y" href="/build#dose=1">try</a> <img src="/evidence.svg">'
    alone, links = standing_alone(page, "/drugs/heroin")
    assert alone == '<a href="../drugs.html#x">d</a> try <img src="../evidence.svg">'
    assert links == ["/drugs", "/evidence.svg"]


def test_night_colours_cover_the_figures():
    """A colour that a figure uses and the page does not know would vanish in the dark."""
    from opioidsim.show import theme

    script = (ROOT / "opioidsim" / "web" / "static" / "chart.js").read_text()
    used = {theme.INK, theme.GREY, theme.PAPER, theme.GOOD, theme.BAD, theme.BUILT, *theme.HUES}
    assert {colour for colour in used if f'"{colour}":' not in script} == set()
    assert len((ROOT / "opioidsim" / "web" / "static" / "style.css").read_text().splitlines()) <= 350


def test_the_application_starts_without_jax():
    import subprocess
    import sys

    code = "import opioidsim.web.app as a, sys; a.app(warm=False); sys.exit(repr(sorted(set(sys.modules) & {'jax', 'altair', 'xarray', 'pandas'})))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert said.stderr.strip() == "[]"


def test_a_server_that_has_grown_lets_go_of_compiled_programs_now_and_then(monkeypatch):
    """Not at every question of somebody who needs more than the bound; and never in a process that is no server."""
    cleared, mb, now = [], [700.0], [0.0]
    monkeypatch.setattr(memory, "monotonic", lambda: now[0])
    monkeypatch.setitem(memory.sys.modules, "jax", SimpleNamespace(clear_caches=lambda: cleared.append(mb[0])))
    monkeypatch.setattr(memory, "held", lambda: mb[0])
    monkeypatch.setattr(memory, "gc", SimpleNamespace(collect=lambda: None))  # that takes seconds here
    memory.give_back()
    assert cleared == []
    monkeypatch.setattr(memory, "_bound", {})
    memory.bound(650.0)
    for mb[0], now[0] in ((640.0, 0.0), (700.0, 1.0), (720.0, 300.0), (900.0, 700.0)):
        memory.give_back()
    assert cleared == [700.0, 900.0]


def test_a_long_question_begins_with_room_in_a_server_only(monkeypatch):
    cleared: list[float] = []
    monkeypatch.setitem(memory.sys.modules, "jax", SimpleNamespace(clear_caches=lambda: cleared.append(1.0)))
    monkeypatch.setattr(memory, "held", lambda: memory.ROOM + 1.0)
    monkeypatch.setattr(memory, "gc", SimpleNamespace(collect=lambda: None))
    monkeypatch.setattr(memory, "_bound", {"most": math.inf})
    memory.make_room()
    assert cleared == [] and not memory.is_bound()
    memory.bound()
    memory.make_room()
    assert cleared == [1.0] and memory.is_bound()


def test_a_figure_drawn_apart_is_the_same_figure(monkeypatch):
    import altair as alt

    from opioidsim.show import theme

    chart = theme.themed(alt.Chart(alt.Data(values=[{"a": 1.0}])).mark_point().encode(x="a:Q"), "é ≤ 1")
    here = theme.svg(chart)
    monkeypatch.setattr(theme, "_process", {"apart": False})
    theme.apart()
    assert theme.svg(chart) == here


def test_what_programs_were_compiled_of_is_let_go_and_the_programs_stay():
    """By names of JAX's own: where a new JAX has others, this says so."""
    import jax

    compiled: list[str] = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event) if event.endswith("/backend_compile_duration") else None
    )
    kept = [getattr(sys.modules[module], name) for module, name in memory.LOWERED]
    doubled = jax.jit(lambda x: 2.0 * x)
    assert doubled(3.0) == 6.0
    assert compiled and all(each.cache_info().currsize > 0 for each in kept)
    memory.forget_texts()
    assert all(each.cache_info().currsize == 0 for each in kept)
    many = len(compiled)
    assert doubled(4.0) == 8.0 and len(compiled) == many


def test_the_memory_of_this_process_is_known():
    assert not Path("/proc/self/statm").exists() or 10 < memory.held() < 1e5
