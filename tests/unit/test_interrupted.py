"""An interruption says how far the work came, what was kept and how to go on; exit status 130."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opioidsim.show.terminal import Stopped, progress

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("what", "done", "keeps", "folder", "finished", "said"),
    [
        ("people", 40, True, True, True, "stopped at 40 of 100 people; what was finished is kept: the same command with --resume"),
        ("% of the ways", 40, True, True, True, "stopped at 40 % of the ways; what was finished is kept"),
        ("people", 0, True, True, False, "stopped at 0 of 100 people; nothing was finished, and nothing is kept."),
        ("people", 40, True, False, False, "nothing is kept: with --out FOLDER finished parts are, and --resume goes on"),
        ("people", 40, False, False, False, "stopped at 40 of 100 people; nothing is kept."),
    ],
)  # fmt: skip
def test_what_an_interruption_says(what, done, keeps, folder, finished, said, tmp_path):
    if finished:
        (tmp_path / "arm-00").mkdir()
        (tmp_path / "arm-00" / "part-000000000.parquet").touch()
    with (
        pytest.raises(Stopped, match=re.escape(said)),
        progress(100, what, tmp_path if folder else None, keeps) as told,
    ):
        told(done)
        raise KeyboardInterrupt


CROWD = ("blockade", "--antagonist", "naltrexone 50 mg oral", "--days", "3", "--people", "100000")


@pytest.mark.parametrize("kept", [True, pytest.param(False, marks=pytest.mark.long)])
def test_ctrl_c_ends_with_130_and_one_sentence(kept, tmp_path):
    words = (*CROWD, *(("--out", str(tmp_path / "out")) if kept else ()))
    command = [sys.executable, "-m", "opioidsim.cli", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as call:
        for tenth in range(1200):
            if call.poll() is not None or any((tmp_path / "out").rglob("part-*.parquet")) or (not kept and tenth > 60):
                break
            time.sleep(0.1)
        call.send_signal(signal.SIGINT)
        out, err = call.communicate(timeout=120)
    assert call.returncode == 130, err
    lines = [line for line in err.splitlines() if line.startswith("opioidsim: stopped")]
    assert len(lines) == 1 and "Traceback" not in err and not out, err
    if kept:
        assert "the same command with --resume goes on" in lines[0]
        assert not (tmp_path / "out" / "run.json").exists()
