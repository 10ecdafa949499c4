"""What all tests share: a way to run a scenario in one line, and where the shared reference data lie."""

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# All workers, and the processes they start, share what is compiled; the next run finds it again.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".pytest_cache" / "compiled-loops"))

settings.register_profile("opioidsim", deadline=None, derandomize=True, database=None)
settings.load_profile("opioidsim")


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


@pytest.fixture(scope="session")
def explorer():
    """The address of an explorer that all tests of this process share: on a thread, so that nothing is compiled twice,
    and without the warming in the background."""
    import httpx
    import uvicorn

    from opioidsim.cli_explore import _listen
    from opioidsim.web.app import app

    listening = _listen("127.0.0.1", 0)
    address = "http://{}:{}".format(*listening.getsockname())
    server = uvicorn.Server(uvicorn.Config(app(warm=False), log_level="warning", timeout_graceful_shutdown=2))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address
        assert httpx.get(f"{address}/", timeout=60).status_code == 200
    finally:
        server.should_exit = True
        thread.join(timeout=60)


@pytest.fixture
def own_explorer():
    """The address of an explorer as its verb starts it, in a process of its own; it must still answer at the end."""
    import httpx

    command = [sys.executable, "-m", "opioidsim.cli", "explore", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            found = re.search(r"http://\S+", server.stdout.readline())  # type: ignore[union-attr]
            address = found[0].rstrip("/")  # type: ignore[index]
            yield address
            assert httpx.get(f"{address}/", timeout=60).status_code == 200
        finally:
            server.terminate()
            server.wait(timeout=60)
