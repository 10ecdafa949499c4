"""The numerical contract: what can be shown anywhere, what a spreadsheet does not work out, limits of files, and
nobody's settings changed behind their back."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opioidsim as ops
from opioidsim import files
from opioidsim.cases.dose import MOST_DOSES, several
from opioidsim.cases.dosing import read as read_table
from opioidsim.cases.scenario import read
from opioidsim.files import read_columns
from opioidsim.refusal import Refusal, listed, one_sentence, printable, wanted
from opioidsim.show.files import write_table
from opioidsim.show.terminal import say, show_table

ONE = 'import opioidsim as ops; ops.simulate(ops.Scenario(duration="1 d", doses=["naltrexone 50 mg oral"]))'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a\x1b[31mb\x00c", r"a\x1b[31mb\x00c"),
        ("two\nlines\r\nand\u2028more", "two lines and more"),
        ("turned \u202e round, \ud800", r"turned \u202e round, \ud800"),
        ("µg, \u00a0 日本, 😀", "µg, \u00a0 日本, 😀"),
    ],
)
def test_a_refusal_can_be_shown_anywhere(given, said):
    assert str(Refusal(given)) == said


def test_a_long_refusal_keeps_what_was_given_and_the_remedy():
    said = str(Refusal(f'"x" is {"9" * 500}; write a number.'))
    assert len(said) < 300 and said.startswith('"x" is 99') and said.endswith("write a number.")
    assert one_sentence("y" * 299) == "y" * 299
    words = one_sentence(" ".join(f"word-{n}" for n in range(99))).split()
    assert all(word == "..." or word.startswith("word-") for word in words)  # none is cut


def test_a_validators_message_is_said_in_our_words():
    assert wanted("Input should be a valid integer, got a number with a fractional part") == "it must be a whole number"
    assert wanted("Input should be greater than or equal to 0") == "it must be at least 0"


def test_a_list_in_a_sentence_says_how_many_more_there_are():
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"name-{n}" for n in range(50)], 20) == "name-0, name-1 and 48 more"
    assert listed(["x" * 500, "y"]) == f"{'x' * 500} and 1 more"


def test_text_of_a_file_does_not_steer_the_terminal(capsys):
    say("head\x1b[2J", ["line\r\x07"], [])
    show_table(["arm\x1b[31m"], [["\x9b5m"]])
    said = capsys.readouterr().out
    assert all(c == "\n" or printable(c) == c for c in said)


def test_a_wrong_word_of_a_command_is_said_in_one_sentence():
    for words in (["explode"], ["risk", "--held"], ["release", "--seed", "\x1b[31m"], ["list", "x" * 900, "y"]):
        said = subprocess.run([sys.executable, "-m", "opioidsim.cli", *words], capture_output=True, text=True)
        assert said.returncode == 2 and said.stdout == ""
        assert len(said.stderr.splitlines()) == 1 and len(said.stderr) < 300 and "\x1b" not in said.stderr
        assert "--help." in said.stderr


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", " =cmd"])
def test_a_text_is_no_formula_in_a_spreadsheet(text, tmp_path):
    frame = pd.DataFrame({"ID": [text, "A-1"], "value": [-1.5, 2.0], text: [1, 2]})
    write_table(frame, tmp_path / "it.csv")
    first, *rows = (tmp_path / "it.csv").read_text().splitlines()
    assert first.endswith(f",'{text}") and [row.replace('"', "").split(",")[:2] for row in rows] == [
        [f"'{text}", "-1.5"],
        ["A-1", "2"],
    ]
    write_table(frame, tmp_path / "it.parquet")
    assert pd.read_parquet(tmp_path / "it.parquet")["ID"][0] == text


def test_a_dosing_table_with_a_character_that_cannot_be_shown_is_refused(tmp_path):
    (tmp_path / "doses.csv").write_bytes(b"ID,TIME,AMT,DRUG,ROUTE\nA\x1b[31m,0,50,naltrexone,oral\n")
    with pytest.raises(Refusal, match="line 2.*cannot be shown"):
        read_table(tmp_path / "doses.csv")


def test_a_file_without_end_is_refused():
    for reader in (lambda: read(Path("/dev/zero")), lambda: ops.ask(Path("/dev/zero"))):
        with pytest.raises(Refusal, match="too large to read here; at most 16 MB"):
            reader()


def test_a_small_file_that_unfolds_to_a_large_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_TABLE", 10_000)
    with gzip.open(tmp_path / "who.csv.gz", "wb") as file:
        file.write(b"person.weight\n" + b"70\n" * 100)
    assert len(read_columns(tmp_path / "who.csv.gz", "table")["person.weight"]) == 100
    with gzip.open(tmp_path / "who.csv.gz", "wb") as file:
        file.write(b"person.weight\n" + b"70\n" * 10_000)
    pd.DataFrame({"person.weight": np.full(10_000, 70.0)}).to_parquet(tmp_path / "who.parquet")
    for name in ("who.csv.gz", "who.parquet"):
        with pytest.raises(Refusal, match="too (large|many values) to read here"):
            read_columns(tmp_path / name, "table")


def test_a_dose_that_is_held_many_times_is_read_at_once():
    held = " ".join(f"held from {day} d to {day + 0.5} d" for day in range(1, 51))
    found = several(f"naltrexone 50 mg oral every 1 h x {MOST_DOSES} {held}")
    assert sum(dose.times for dose in found) == MOST_DOSES - 50 * 12


@pytest.mark.parametrize(
    ("before", "env", "said"),
    [
        ("import jax.numpy as jnp; jnp.ones(3)", {}, "32 bits"),
        ("", {"JAX_ENABLE_X64": "0"}, "32 bits"),
        ("import jax", {}, ""),
    ],
    ids=["in use", "switched off", "only loaded"],
)
def test_the_settings_of_a_program_around_this_one_stay(before, env, said):
    check = "import jax; assert not jax.config.jax_enable_x64" if said else ""
    code = f"{before}\ntry:\n  {ONE}\nfinally:\n  {check or 'pass'}"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | env)
    assert said in told.stderr and ("Refusal" in told.stderr) == bool(said) and "AssertionError" not in told.stderr


def test_a_fork_of_a_process_that_has_computed_is_refused():
    """As the children of multiprocessing are: they end without the clearing up in which JAX waits for the threads it has not there."""
    code = f"{ONE}\nimport multiprocessing\ndef again():\n  {ONE}\nchild = multiprocessing.get_context('fork').Process(target=again)\nchild.start()\nchild.join()"  # fmt: skip
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert "Refusal: this process was forked" in told.stderr and 'get_context("spawn")' in told.stderr
