"""What all tests share: a way to run a scenario in one line, and where the shared reference data lie."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

settings.register_profile("opioidsim", deadline=None, derandomize=True, database=None)
settings.load_profile("opioidsim")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data outside the project."""
    return Path(os.environ.get("OPIOIDSIM_SHARED") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def run():
    """run("naltrexone 50 mg oral", duration="3 d", threads=1): the Result of these doses."""
    from opioidsim.scenario import from_table
    from opioidsim.simulation import simulate

    def run(*doses, refine=0, threads=None, **keys):
        return simulate(from_table({"doses": list(doses), **keys}), refine, threads)

    return run
