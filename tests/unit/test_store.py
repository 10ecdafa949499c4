"""Finished parts of a study: whole or absent, of this study or worked out again, held by one process, and gone on with to the byte."""

import json
import random
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from opioidsim.cases import stamp
from opioidsim.engine import chunks, clock, store
from opioidsim.refusal import Refusal

CHUNKS = chunks.of(50, 8)
ASKED = {"question": "who", "people": 50}


def squares(people):
    """Columns of each kind: numbers, several numbers of each person, texts."""
    number = np.array(people, float) ** 2
    along = number * np.arange(3.0)[:, None] + np.zeros((2, 3, 1))
    return {"number": number, "along": along, "arm": np.repeat("one arm", len(people)), "person": np.array(people)}


def asked(folder, run=squares, question=ASKED, groups=CHUNKS, threads=2, **how):
    """The columns of everyone, kept in a folder."""
    with chunks.study(folder, question, **how):
        parts = list(chunks.each(run, groups, threads))
    return {name: np.concatenate([part[name] for part in parts], -1) for name in parts[0]}


def parts(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("list-*/part-*.parquet"))}


def never(people):
    raise AssertionError(people)


def same(found, expected):
    return all(np.array_equal(found[name], column) for name, column in expected.items())


EXPECTED = {name: np.concatenate([squares(c)[name] for c in CHUNKS], -1) for name in squares(range(2))}


def test_columns_of_every_kind_are_read_as_they_were_written(tmp_path):
    assert same(asked(tmp_path), EXPECTED)
    table = pd.read_parquet(tmp_path / "list-00" / "part-000001.parquet")
    assert len(table) == 8 and table["number"][1] == 81.0 and len(table["along"][1]) == 6, "one row for each person"


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupted_study_goes_on_and_ends_the_same_to_the_byte(tmp_path, threads):
    whole, halved, again = tmp_path / "whole", tmp_path / "halved", []
    asked(whole)

    def dies(people):
        if people.start >= 24:
            raise KeyboardInterrupt
        return squares(people)

    def noted(people):
        again.append(people.start)
        return squares(people)

    with pytest.raises(KeyboardInterrupt):
        asked(halved, dies, threads=threads)
    assert 0 < len(parts(halved)) < len(CHUNKS)
    assert store.status(halved)["lists"] == [{"list": 0, "parts": 7, "finished": 3, "rows": 24}]
    assert not store.status(halved)["ended"]
    assert same(asked(halved, noted, threads=threads, resume=True), EXPECTED)
    assert sorted(again) == [24, 32, 40, 48]
    assert parts(halved) == parts(whole)
    found = store.status(halved)
    assert found["ended"] and found["share"] == 1.0 and not found["working"] and found["asked"] == ASKED


def test_a_finished_study_is_read_not_worked_out(tmp_path):
    asked(tmp_path)
    assert same(asked(tmp_path, never, resume=True), EXPECTED)


def test_lists_of_one_study_are_told_apart(tmp_path):
    with chunks.study(tmp_path, ASKED):
        both = [[part["number"][0] for part in chunks.each(run, CHUNKS[:2])] for run in (squares, lambda p: {"number": -squares(p)["number"] - 1})]  # fmt: skip
    with chunks.study(tmp_path, ASKED, resume=True):
        assert [[part["number"][0] for part in chunks.each(never, CHUNKS[:2])] for _ in both] == both
    assert both == [[0.0, 64.0], [-1.0, -65.0]]


def test_the_parts_of_another_question_are_left_alone_unless_they_may_be_replaced(tmp_path):
    asked(tmp_path)
    before, other = parts(tmp_path), ASKED | {"people": 51}
    for resume in (False, True):
        with pytest.raises(Refusal, match=r"another study \(not the same people\).*--replace"):
            asked(tmp_path, question=other, resume=resume)
    assert parts(tmp_path) == before

    def dies(people):
        if people.start:
            raise KeyboardInterrupt
        return squares(people)

    with pytest.raises(KeyboardInterrupt):
        asked(tmp_path, dies, question=other, replace=True)
    assert len(parts(tmp_path)) == 1
    assert same(asked(tmp_path, question=other, resume=True), EXPECTED), (
        "it goes on with the one that was begun over the first"
    )


def test_without_resume_the_same_study_begins_anew(tmp_path):
    asked(tmp_path)
    with pytest.raises(AssertionError):
        asked(tmp_path, never)
    assert asked(tmp_path, groups=CHUNKS[:2])["person"].tolist() == list(range(16)) and len(parts(tmp_path)) == 2


def test_a_study_of_which_nothing_was_finished_leaves_nothing(tmp_path):
    with pytest.raises(AssertionError):
        asked(tmp_path / "new", never)
    assert list((tmp_path / "new").rglob("*")) == []
    with pytest.raises(Refusal, match="no parts of a study"):
        store.status(tmp_path / "new")


def test_a_short_study_that_has_its_answer_leaves_nothing(tmp_path):
    assert same(
        asked(tmp_path / "new", groups=CHUNKS[:1]), {name: column[..., :8] for name, column in EXPECTED.items()}
    )
    assert not (tmp_path / "new").exists()


def test_another_model_is_refused_by_name(tmp_path, monkeypatch):
    asked(tmp_path)
    model = stamp.model()
    assert "naltrexone.disposition.CL.value = " in model and "jax = " in model and "draws.csv = " in model
    monkeypatch.setattr(stamp, "model", lambda: model.replace("jax = ", "jax = 9"))
    with pytest.raises(Refusal, match=r"the model has changed since .*\(jax: .* then, 9.* now\).*leave out --resume"):
        asked(tmp_path, resume=True)
    assert same(asked(tmp_path), EXPECTED), "begun anew"


def test_parts_of_other_steps_are_another_model(tmp_path):
    asked(tmp_path)
    with clock.finer(), pytest.raises(Refusal, match="steps halved: 0 then, 1 now"):
        asked(tmp_path, resume=True)
    with clock.finer(), pytest.raises(Refusal, match="do not hear that every step is halved"):
        asked(tmp_path / "new", cluster="1")


def test_one_process_holds_a_folder(tmp_path):
    code = f"import fcntl, time; f = open({str(tmp_path / 'lock')!r}, 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(Refusal, match="another process is working in"):
            asked(tmp_path)
        other.kill()
    assert same(asked(tmp_path), EXPECTED), "a process that is killed holds nothing"


@pytest.mark.parametrize("flips", [60, pytest.param(300, marks=pytest.mark.long)])
def test_a_damaged_file_of_a_study_moves_no_number(flips, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(stamp, "model", lambda: "a = 1\nb = 2")
    groups = CHUNKS[:3]
    want = asked(tmp_path, groups=groups)
    sound = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"}
    draw = random.Random(1)
    for _ in range(flips):
        path = draw.choice(sorted(sound))
        bit, data = draw.randrange(8 * len(sound[path])), bytearray(sound[path])
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with suppress(Refusal):
            store.status(tmp_path)
        assert same(asked(tmp_path, groups=groups, resume=True), want)
        for each, data in sound.items():
            each.write_bytes(data)
    assert "1 finished part is damaged or not of this study, and worked out again." in caplog.messages


@pytest.mark.parametrize(
    "how", ["swapped", "shorter", "truncated", "of another study", "without a manifest", "without a ledger"]
)
def test_parts_that_are_not_these_are_worked_out_again(how, tmp_path, caplog):
    groups, again = CHUNKS[:2], []
    want = asked(tmp_path / "it", groups=groups)
    first, second = sorted((tmp_path / "it").glob("list-*/part-*"))
    if how == "swapped":
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other), second.write_bytes(one)
    elif how == "shorter":
        pd.read_parquet(first).iloc[:-1].to_parquet(first)
    elif how == "truncated":
        first.write_bytes(first.read_bytes()[:-40])
    elif how == "of another study":
        asked(tmp_path / "other", lambda p: squares(range(100, 108)), ASKED | {"people": 3}, groups)
        for name in ("list-00/part-000000.parquet", store.LEDGER):
            (tmp_path / "it" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    else:
        (tmp_path / "it" / (store.MANIFEST if how == "without a manifest" else store.LEDGER)).unlink()

    def noted(people):
        again.append(people.start)
        return squares(people)

    assert same(asked(tmp_path / "it", noted, groups=groups, resume=True), want)
    assert sorted(again) == {"shorter": [0], "truncated": [0], "without a manifest": []}.get(how, [0, 8])
    with pytest.raises(Refusal, match="no longer says what it asks"):
        (tmp_path / "it" / store.MANIFEST).write_text("{}")
        asked(tmp_path / "it", never)
    assert bool(again) == any("worked out again" in said for said in caplog.messages)


def test_a_ledger_line_that_was_half_written_is_none(tmp_path):
    asked(tmp_path, groups=CHUNKS[:2])
    path = tmp_path / store.LEDGER
    lines = [line for line in path.read_text().splitlines() if line and json.loads(line)["part"] != store.ENDED]
    path.write_text(lines[0] + "\n" + lines[1][:30])
    assert store.status(tmp_path)["lists"][0]["finished"] == 1
    assert same(asked(tmp_path, groups=CHUNKS[:2], resume=True), asked(tmp_path / "new", groups=CHUNKS[:2]))
    assert store.status(tmp_path)["lists"][0]["finished"] == 2
