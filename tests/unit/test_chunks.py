"""People in chunks: always in order, whoever does the work; finished chunks are kept and go on where they stopped."""

import threading
import time

import numpy as np
import pytest

from opioidsim.engine import chunks
from opioidsim.refusal import Refusal

CHUNKS = chunks.of(50, 8)


def squares(people):
    return {"number": np.array(people, float) ** 2, "person": np.array(people)}


def joined(parts, name="person"):
    return np.concatenate([part[name] for part in parts])


def parts(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


def test_chunks_are_full_and_hold_everyone_once():
    assert all(len(chunk) == 8 for chunk in CHUNKS)
    assert np.concatenate(CHUNKS)[:50].tolist() == list(range(50))
    assert len(CHUNKS) == 7


@pytest.mark.parametrize("threads", [1, 2, 16, None])
def test_chunks_come_in_order_on_any_number_of_threads(threads):
    def slow_first(people):
        time.sleep(0.02 if people.start == 0 else 0.0)
        return squares(people)

    assert joined(chunks.each(slow_first, CHUNKS, threads)).tolist() == list(range(56))


def test_no_more_than_a_few_finished_chunks_wait():
    done = []
    work = chunks.each(lambda chunk: done.append(chunk) or chunk, chunks.of(800, 8), 2)
    next(work)
    time.sleep(0.1)
    assert len(done) <= 4
    work.close()


def test_a_chunk_that_fails_fails_the_study():
    def fails(people):
        if people.start == 24:
            raise Refusal("person 24 is no one.")
        return squares(people)

    with pytest.raises(Refusal, match="person 24"):
        list(chunks.each(fails, CHUNKS, 2))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupted_study_goes_on_and_ends_the_same_to_the_byte(tmp_path, threads):
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    expected = joined(chunks.kept(squares, CHUNKS, whole, "who?", False, threads=threads), "number")

    def dies(people):
        if people.start >= 24:
            raise KeyboardInterrupt
        return squares(people)

    with pytest.raises(KeyboardInterrupt):
        list(chunks.kept(dies, CHUNKS, halved, "who?", False, threads=threads))
    assert 0 < len(parts(halved)) < len(CHUNKS)
    again = []

    def noted(people):
        again.append(people.start)
        return squares(people)

    found = joined(chunks.kept(noted, CHUNKS, halved, "who?", True, threads=threads), "number")
    assert np.array_equal(found, expected)
    assert sorted(again) == [24, 32, 40, 48]
    assert parts(halved) == parts(whole)


def test_a_finished_study_is_read_not_worked_out(tmp_path):
    list(chunks.kept(squares, CHUNKS, tmp_path, "who?", False))

    def never(people):
        raise AssertionError

    assert joined(chunks.kept(never, CHUNKS, tmp_path, "who?", True)).tolist() == list(range(56))


def test_the_parts_of_another_question_are_refused_and_left_alone(tmp_path):
    list(chunks.kept(squares, CHUNKS, tmp_path, "who?", False))
    before = parts(tmp_path)
    with pytest.raises(Refusal, match="parts of another study; choose another folder, or leave out --resume"):
        list(chunks.kept(squares, CHUNKS, tmp_path, "why?", True))
    assert parts(tmp_path) == before


def test_without_resume_a_study_begins_anew(tmp_path):
    list(chunks.kept(squares, CHUNKS, tmp_path, "who?", False))
    list(chunks.kept(squares, CHUNKS[:2], tmp_path, "why?", False))
    assert len(parts(tmp_path)) == 2


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_chunks_in_the_same_order():
    distributed = pytest.importorskip("dask.distributed", reason="dask is not installed here")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as here:
        found = joined(chunks.each(squares, CHUNKS, cluster=here.scheduler_address), "number")
    assert np.array_equal(found, joined(map(squares, CHUNKS), "number"))


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_without_a_scheduler_is_refused():
    pytest.importorskip("dask.distributed", reason="dask is not installed here")
    with pytest.raises(Refusal, match='no scheduler answers at "nonsense"'):
        list(chunks.each(squares, CHUNKS, cluster="nonsense"))


def test_chunks_run_side_by_side():
    both = threading.Barrier(2, timeout=10)
    assert list(chunks.each(lambda chunk: both.wait() >= 0, CHUNKS[:2], 2)) == [True, True]
