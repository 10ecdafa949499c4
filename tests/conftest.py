"""What all tests share: a way to run a scenario in one line, and where the shared reference data lie."""

import gc
import os
import signal
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# All workers, and the processes they start, share what is compiled; the next run finds it again.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".pytest_cache" / "compiled-loops"))

# Tracing makes many small objects that live on; looking through all of them again and again finds nothing.
gc.set_threshold(100_000, 50, 50)

# A run in the background of a script ignores Ctrl-C, and so would the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("opioidsim", deadline=None, derandomize=True, database=None)
settings.load_profile("opioidsim")

# Files that take long come first, so that at the end no worker waits for the other; each of them after what it needs compiled.
LONGEST = (
    "test_explorer.py", "test_laws.py", "test_questions.py", "test_everything_written.py", "test_every_question.py", "test_scoreboard.py",
    "test_gradients.py", "test_relapse.py", "test_web_load.py", "test_interrupted.py", "test_tight_solver.py",
    "test_docs.py", "test_web_api.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Puts the files of LONGEST in front, in that order, and leaves the others in theirs."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data outside the project."""
    return Path(os.environ.get("OPIOIDSIM_SHARED") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def run():
    """run("naltrexone 50 mg oral", duration="3 d", threads=1): the Result of these doses."""
    from opioidsim.cases.scenario import from_table
    from opioidsim.engine.simulate import simulate

    def run(*doses, refine=0, threads=None, **keys):
        length = {} if keys.get("clock") == "episode" else {"duration": "24 h"}
        return simulate(from_table(length | {"doses": list(doses), **keys}), refine, threads)

    return run


@contextmanager
def _serving():
    """An explorer on a thread of this process, so that nothing is compiled twice, and without the warming in the
    background; gives its address. It must still answer at the end."""
    import httpx
    import uvicorn

    from opioidsim.web.app import app
    from opioidsim.web.serve import listen, patient

    listening = listen("127.0.0.1", 0)
    address = "http://{}:{}".format(*listening.getsockname())
    server = uvicorn.Server(
        uvicorn.Config(app(warm=False), http=patient(), log_level="warning", timeout_graceful_shutdown=2)
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address
        assert httpx.get(f"{address}/", timeout=60).status_code == 200
    finally:
        server.should_exit = True
        thread.join(timeout=60)


@pytest.fixture(scope="session")
def explorer():
    """The address of an explorer that all tests of this process share."""
    with _serving() as address:
        yield address


@pytest.fixture(scope="module")
def ask(explorer):
    """A client of the shared explorer."""
    import httpx

    with httpx.Client(base_url=explorer, timeout=120) as client:
        yield client


@pytest.fixture
def own_explorer():
    """The address of an explorer of one test, which may leave work in its queue."""
    with _serving() as address:
        yield address
