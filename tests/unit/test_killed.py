"""Real studies from the command line: on worker processes, some of which are killed, and killed themselves at any moment."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from opioidsim.engine import store

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]
KILLS = int(os.environ.get("OPIOIDSIM_KILLS", "100"))  # in all
HABIT = ("--after", "heroin 50 mg iv every 8 h x 9")
STUDIES = {
    "run": ("run", "SCENARIO"),
    "trial": ("trial", "alcohol-tablets", "--people", "6500"),
    "rescue": ("rescue", "--opioid", "fentanyl 2 mg iv", "--people", "1600", "--hours", "0.1"),
    "relapse": ("relapse", *HABIT, "--day", "2", "--people", "280"),
    "induction": ("induction", "--opioid", "heroin 100 mg iv every 8 h x 9", "--day", "2", "--people", "280"),
    "blockade": ("blockade", "--antagonist", "naltrexone 50 mg oral", "--days", "3", "--people", "280"),
}
CROWD = """
title = "A crowd on tablets"
doses = ["naltrexone 50 mg oral every 24 h x 7"]
duration = "7 d"
every = "1 h"
population = { n = 1500, seed = 1 }
"""


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """typed(study, folder, *words): the command of a study that is kept in a folder."""
    scenario = tmp_path_factory.mktemp("scenario") / "crowd.toml"
    scenario.write_text(CROWD)

    def words(study, folder, *more):
        said = [str(scenario) if word == "SCENARIO" else word for word in STUDIES[study]]
        return [sys.executable, "-m", "opioidsim.cli", *said, "--out", str(folder), *more]

    return words


@pytest.fixture(scope="module")
def usual(typed, tmp_path_factory):
    """usual(study): the files of a study that nothing has happened to, by name."""
    found = {}

    def files(study):
        if study not in found:
            folder = tmp_path_factory.mktemp(study)
            subprocess.run(typed(study, folder), check=True, capture_output=True)
            found[study] = contents(folder)
        return found[study]

    return files


def contents(folder):
    """The bytes of every file but the ledger, which tells the order of the work, and hidden ones that were half written."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != store.LEDGER]
    return {str(name): (folder / name).read_bytes() for name in files if not any(p.startswith(".") for p in name.parts)}


@pytest.fixture(scope="module")
def here():
    """A scheduler with two worker processes; one that is killed is begun again."""
    distributed = pytest.importorskip("dask.distributed", reason="dask is not installed here")
    with distributed.LocalCluster(
        2, threads_per_worker=1, memory_limit=None, dashboard_address="", silence_logs=50
    ) as c:
        yield c


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("study", STUDIES)
def test_worker_processes_give_the_same_bytes_also_after_one_is_killed(study, killed, typed, usual, here, tmp_path):
    want, folder = usual(study), tmp_path / "out"
    with subprocess.Popen(
        typed(study, folder, "--cluster", here.scheduler_address),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as call:
        while killed and call.poll() is None:
            if any(folder.rglob("part-*.parquet")):
                os.kill(next(iter(here.workers.values())).pid, signal.SIGKILL)
                break
            time.sleep(0.02)
        _, err = call.communicate(timeout=600)
    assert call.returncode == 0, err
    assert contents(folder) == want
    assert not killed or "is lost; its part is worked out again" in err


@pytest.mark.parametrize("study", ["run", "trial", "rescue"])
def test_a_study_that_is_killed_again_and_again_ends_the_same_to_the_byte(study, typed, usual, tmp_path):
    want, draw, kills, over = usual(study), random.Random(study), 0, 0
    while kills < KILLS // 3:
        with subprocess.Popen(
            typed(study, tmp_path, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as call:
            killer = threading.Timer(draw.uniform(1.5, 9.0), call.kill)
            killer.start()
            _, err = call.communicate()
            killer.cancel()
        assert call.returncode in (0, -signal.SIGKILL), err
        if call.returncode == 0:  # it has come to its end: begin again
            assert contents(tmp_path) == want
            over += 1
            for path in sorted(tmp_path.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
        else:
            kills += 1
    subprocess.run(typed(study, tmp_path, "--resume"), check=True, capture_output=True)
    assert contents(tmp_path) == want, f"{kills} kills, {over} ends between them"


def test_a_scheduler_that_is_killed_is_said_in_one_sentence_and_the_study_goes_on(typed, usual, tmp_path):
    pytest.importorskip("dask.distributed", reason="dask is not installed here")
    where, folder = tmp_path / "where.json", tmp_path / "out"
    begin = [sys.executable, "-m", "dask"]
    scheduler = subprocess.Popen([*begin, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(where)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    worker = subprocess.Popen([*begin, "worker", "--nthreads", "1", "--no-dashboard", "--scheduler-file", str(where)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        while not where.exists():
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        with subprocess.Popen(typed("rescue", folder, "--cluster", address), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as call:  # fmt: skip
            while call.poll() is None and not any(folder.rglob("part-*.parquet")):
                time.sleep(0.02)
            scheduler.kill()
            _, err = call.communicate(timeout=120)
    finally:
        scheduler.kill(), worker.kill()
        scheduler.wait(), worker.wait()
    said = [line for line in err.splitlines() if line.startswith("opioidsim: ")]
    assert (
        call.returncode == 1 and said == [line for line in said if "the scheduler of the cluster is gone" in line] != []
    )
    assert "Traceback" not in err, err
    done = subprocess.run(typed("rescue", folder, "--resume"), capture_output=True, text=True)
    assert done.returncode == 0 and contents(folder) == usual("rescue")
