"""All files of an answer appear or none, and the files of another question are not taken for those of this one."""

import json

import pytest

from opioidsim.files import whole_folder
from opioidsim.refusal import Refusal

ASKED = {"question": "blockade", "days": 3}


def answered(folder, asked=ASKED, replace=False, names=("a.csv", "b.svg"), text="1", run=None):
    """An answer of files with these names; returns where they are said to be."""

    def write(place):
        for name in names:
            (place / name).write_text(text)
        if run is not None:
            (place / "run.json").write_text(json.dumps(run))
        return [place / name for name in names]

    with whole_folder(folder, asked, replace) as keep:
        return keep(write)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_appear_together_when_the_block_ends(tmp_path):
    folder = tmp_path / "new" / "out"
    with whole_folder(folder, ASKED) as keep:
        made = keep(lambda place: [(place / "a.csv").write_text("1") and place / "a.csv"])
        assert made == [folder / "a.csv", folder / "run.json"] and not any(path.exists() for path in made)
    assert names(folder) == ["a.csv", "run.json"] and (folder / "a.csv").read_text() == "1"


def test_run_json_keeps_what_it_told_and_says_what_was_asked_and_what_was_written(tmp_path):
    answered(tmp_path / "out", names=("a.csv", "run.json"), run={"seed": 7, "files": []})
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told == {"asked": ASKED, "seed": 7, "files": ["a.csv", "run.json"]}


@pytest.mark.parametrize("error", [Refusal("no."), ZeroDivisionError(), KeyboardInterrupt()])
@pytest.mark.parametrize("late", [False, True])
def test_an_error_leaves_nothing_behind(tmp_path, error, late):
    def write(place):
        (place / "a.csv").write_text("half")
        if not late:
            raise error
        return [place / "a.csv"]

    with pytest.raises(type(error)), whole_folder(tmp_path / "new" / "out", ASKED) as keep:
        keep(write)
        raise error
    assert names(tmp_path) == []


def test_what_is_whole_appears_where_nobody_reads_on(tmp_path):
    with pytest.raises(BrokenPipeError), whole_folder(tmp_path / "out", ASKED) as keep:
        keep(lambda place: [(place / "a.csv").write_text("1") and place / "a.csv"])
        raise BrokenPipeError
    assert names(tmp_path / "out") == ["a.csv", "run.json"]
    with pytest.raises(BrokenPipeError), whole_folder(tmp_path / "before", ASKED):
        raise BrokenPipeError
    assert not (tmp_path / "before").exists()


def test_an_error_leaves_an_earlier_answer_as_it_was(tmp_path):
    answered(tmp_path, text="old")
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path, ASKED) as keep:
        keep(lambda place: [(place / "a.csv").write_text("new") and place / "a.csv"])
        raise ZeroDivisionError
    assert names(tmp_path) == ["a.csv", "b.svg", "run.json"] and (tmp_path / "a.csv").read_text() == "old"


def test_finished_parts_of_an_interrupted_call_stay(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "out", ASKED):
        (tmp_path / "out" / "parts").mkdir(parents=True)
        (tmp_path / "out" / "parts" / "part-0.parquet").write_text("1")
        raise KeyboardInterrupt
    answered(tmp_path / "out")
    assert names(tmp_path / "out") == ["a.csv", "b.svg", "parts", "run.json"]


def test_folders_of_parts_without_parts_go(tmp_path):
    with pytest.raises(Refusal), whole_folder(tmp_path / "out", ASKED):
        (tmp_path / "out" / "parts" / "arm-00").mkdir(parents=True)
        raise Refusal("no.")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"question": "risk", "days": 3}, "blockade, not risk"),
        ({"question": "blockade", "days": 4}, "not the same days"),
        ({"question": "blockade", "days": 3, "seed": 2}, "not the same seed"),
    ],
)
def test_the_files_of_another_question_are_kept_unless_they_may_be_replaced(tmp_path, asked, said):
    answered(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Refusal, match=rf"another question \({said}\).*--replace"):
        answered(tmp_path, asked, text="new")
    assert (tmp_path / "a.csv").read_text() == "1"
    answered(tmp_path, asked, True, names=("a.csv", "c.csv"), text="new")
    assert names(tmp_path) == ["a.csv", "c.csv", "notes.txt", "run.json"]
    assert (tmp_path / "a.csv").read_text() == "new"


def test_another_question_is_refused_before_any_work(tmp_path):
    answered(tmp_path)
    with pytest.raises(Refusal), whole_folder(tmp_path, {"question": "risk"}):
        raise AssertionError


@pytest.mark.parametrize("text", ["", "[]", "{", '{"asked": 3}', '{"scenario": ""}'])
def test_a_run_json_that_does_not_say_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(Refusal, match="does not say which"):
        answered(tmp_path)
    answered(tmp_path, replace=True)


def test_the_same_question_takes_the_place_of_its_own_files(tmp_path):
    answered(tmp_path, names=("quantities.csv",))
    answered(tmp_path, names=("quantities.parquet",), text="new")
    assert names(tmp_path) == ["quantities.parquet", "run.json"]


def test_names_in_run_json_lead_nowhere_else(tmp_path):
    (tmp_path / "keep.txt").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text(json.dumps({"asked": ASKED, "files": ["../keep.txt"]}))
    answered(tmp_path / "out")
    assert (tmp_path / "keep.txt").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(Refusal, match="is a file"):
        answered(tmp_path / "out")


def test_without_a_folder_nothing_is_written():
    assert answered(None) == []
