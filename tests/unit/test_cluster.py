"""Chunks by the worker processes of dask: the same bytes in the same order, whoever is lost on the way."""

import os
import signal
import time

import numpy as np
import pytest

from opioidsim.engine import chunks, cluster
from opioidsim.refusal import Refusal

distributed = pytest.importorskip("dask.distributed", reason="dask is not installed here")
pytestmark = pytest.mark.filterwarnings("ignore")
CHUNKS = chunks.of(50, 8)


def squares(people):
    return {"number": np.array(people, float) ** 2}


def one_dies(people, flag):
    """The squares; but whoever works out the person 24 first is killed, as a machine that is switched off."""
    if people.start == 24 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return squares(people)


def slowly(people):
    time.sleep(0.3)
    return squares(people)


def on(address, run, groups=CHUNKS, folder=None, **how):
    with chunks.study(folder, {"question": "who"}, cluster=str(address), **how):
        return np.concatenate([part["number"] for part in chunks.each(run, groups)]).tolist()


WANT = [float(n) ** 2 for n in range(56)]


@pytest.fixture(scope="module")
def here():
    """A scheduler with two worker processes; lost ones do not come back."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, memory_limit=None, dashboard_address="", silence_logs=50
    ) as found:
        yield found


def test_processes_give_the_same_chunks_in_the_same_order(here):
    assert on(here.scheduler_address, squares) == WANT


def test_a_worker_that_is_killed_is_named_and_its_part_worked_out_again(here, tmp_path, caplog):
    from functools import partial

    assert on(here.scheduler_address, partial(one_dies, flag=tmp_path / "flag")) == WANT
    assert (tmp_path / "flag").exists()
    assert sum("is lost; its part is worked out again" in said for said in caplog.messages) == 1


def test_no_more_than_a_few_chunks_are_handed_over(here, monkeypatch):
    given = []
    real = cluster.Crew._given
    monkeypatch.setattr(cluster.Crew, "_given", lambda crew, run, chunk: given.append(chunk) or real(crew, run, chunk))
    with chunks.study(None, {}, cluster=here.scheduler_address):
        work = chunks.each(slowly, chunks.of(800, 8))
        next(work)
        assert len(given) <= cluster.AHEAD * 2 + 1
        work.close()


def test_a_refusal_of_a_worker_is_a_refusal(here):
    def refuses(people):
        raise Refusal("person 24 is no one.", where="people")

    with pytest.raises(Refusal, match="person 24 is no one") as found:
        on(here.scheduler_address, refuses)
    assert found.value.where == "people"


def test_a_worker_with_another_model_is_refused(here, monkeypatch):
    monkeypatch.setattr(cluster.stamp, "mark", lambda: "another")
    with pytest.raises(Refusal, match="another model, package or library"):
        on(here.scheduler_address, squares)


def test_when_the_last_worker_is_gone_the_study_ends_and_its_parts_stay(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(cluster, "PATIENCE", 2.0)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="") as one,
        chunks.study(tmp_path, {"question": "who"}, cluster=one.scheduler_address),
    ):
        work = chunks.each(slowly, CHUNKS)
        next(work)
        one.scale(0)
        with pytest.raises(Refusal, match="no worker for 2 s.*--resume goes on"):
            list(work)
    assert 1 <= len(list(tmp_path.glob("list-00/part-*.parquet"))) < len(CHUNKS)
    assert any("is lost; its part is worked out again" in said for said in caplog.messages)
    with chunks.study(tmp_path, {"question": "who"}, resume=True):
        assert np.concatenate([part["number"] for part in chunks.each(squares, CHUNKS)]).tolist() == WANT


@pytest.mark.parametrize(
    ("given", "said"),
    [("nonsense", 'no scheduler answers at "nonsense"'), ("0", "0 worker processes were asked for; give 1 to")],
)
def test_a_cluster_that_there_is_not_is_refused(given, said):
    with pytest.raises(Refusal, match=said):
        on(given, squares)
