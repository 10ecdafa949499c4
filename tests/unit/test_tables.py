"""Tables in, and files that appear whole or not at all."""

import pytest

from opioidsim.files import read_columns, whole
from opioidsim.refusal import Refusal


def test_columns_are_read_by_name(tmp_path):
    path = tmp_path / "draws.csv"
    path.write_text("a.CL,b\n1,2.5\n3,4\n")
    assert {name: column.tolist() for name, column in read_columns(path, "table").items()} == {
        "a.CL": [1.0, 3.0],
        "b": [2.5, 4.0],
    }


def test_parquet_is_read_like_csv(tmp_path):
    import pandas as pd

    pd.DataFrame({"a": [1.0, 3.0]}).to_parquet(tmp_path / "draws.parquet")
    assert read_columns(tmp_path / "draws.parquet", "table")["a"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a,b\n", "has no rows"),
        ("", "could not be read"),
        ("a,b\n1,\n", 'column "b" must hold a number in every row'),
        ("a,b\n1,inf\n", 'column "b" must hold a number in every row'),
        ("a,b\n1,x\n", 'column "b" must hold a number in every row'),
        ("a,b\n1,true\n", 'column "b" must hold a number in every row'),
    ],
)
def test_a_bad_table_is_refused(tmp_path, text, remedy):
    path = tmp_path / "draws.csv"
    path.write_text(text)
    with pytest.raises(Refusal, match=remedy):
        read_columns(path, "table of draws")


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(Refusal, match="could not be read: .*No such file"):
        read_columns(tmp_path / "nothing.csv", "table of draws")


def test_a_file_appears_when_all_of_it_is_written(tmp_path):
    path = tmp_path / "new" / "out.csv"
    with whole(path) as file:
        file.write("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert [p.name for p in path.parent.iterdir()] == ["out.csv"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(path) as file:
        file.write("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="cannot be written to"), whole(tmp_path / "file" / "out.csv"):
        pass
