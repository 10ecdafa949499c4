"""People in chunks: always in order, whoever does the work."""

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


def test_chunks_run_side_by_side():
    both = threading.Barrier(2, timeout=10)
    assert list(chunks.each(lambda chunk: both.wait() >= 0, CHUNKS[:2], 2)) == [True, True]
