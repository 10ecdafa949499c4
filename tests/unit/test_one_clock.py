"""Event tables in which TIME begins anew, or DV is not what it seems: refused by line, where they were read past."""

import pytest

from opioidsim.cases import dosing
from opioidsim.cases.observed import observed
from opioidsim.refusal import Refusal

HEAD = "ID,TIME,AMT,DRUG,ROUTE,DV"


def read(tmp_path, rows, column=""):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([HEAD + column, *rows]) + "\n")
    return dosing.read(path)


@pytest.mark.parametrize(
    ("column", "rows", "said"),
    [
        (",DAY", ["1,0,10,oxycodone,oral,.,1", "1,0,10,oxycodone,oral,.,2"], "line 3: DAY is 2, but TIME does not go on from where DAY was 1"),
        (",Day", ["1,8,10,oxycodone,oral,.,1", "1,20,.,.,.,5,1", "1,8,10,oxycodone,oral,.,2"], "DAY is 2, but TIME does not go on"),
        (",OCC", ["1,0,10,oxycodone,oral,.,1", "1,4,.,.,.,9,1", "1,2,10,oxycodone,oral,.,2"], "give each OCC an ID of its own"),
        (",REP", ["1,0,10,oxycodone,oral,.,1", "1,0,10,oxycodone,oral,.,2"], "REP is 2"),
        ("", ["1,0,10,oxycodone,oral,.", "1,2,.,.,.,9", "2,0,10,oxycodone,oral,.", "1,0,10,oxycodone,oral,."], "line 5: the rows of ID 1 stand apart"),
        (",BLQ", ["1,0,10,oxycodone,oral,.,0", "1,9,.,.,.,.,1"], 'line 3: the row is below a limit, but DV is ""'),
        (",CENS", ["1,0,10,oxycodone,oral,.,0", "1,9,.,.,.,0,1"], 'below a limit, but DV is "0"; write the limit'),
        ("", ["1,0,10,oxycodone,oral,.", "1,9,.,.,.,<0"], 'below a limit, but DV is "<0"'),
    ],
)  # fmt: skip
def test_what_was_read_past_is_refused(tmp_path, column, rows, said):
    with pytest.raises(Refusal, match=said):
        read(tmp_path, rows, column)


@pytest.mark.parametrize(
    ("column", "rows", "doses"),
    [
        (",OCC", ["1,0,10,oxycodone,oral,.,1", "1,24,.,.,.,2,1", "1,24,10,oxycodone,oral,.,2", "1,30,.,.,.,7,2"], 2),
        (",DAY", ["1,24,10,oxycodone,oral,.,2", "1,0,10,oxycodone,oral,.,1"], 2),
        ("", ["1,0,10,oxycodone,oral,.", "2,0,10,oxycodone,oral,.", "1,2,.,.,.,9", "2,2,.,.,.,8"], 1),
        ("", ["1,0,10,oxycodone,oral,.", "2,0,10,oxycodone,oral,.", "1,12,10,oxycodone,oral,."], 2),
        ("", ["1,0,10,oxycodone,oral,.", "1,0,10,oxycodone,oral,."], 2),
        ("", ["1,0,10,oxycodone,oral,.", "2,0,10,oxycodone,oral,.", "1,0,1,morphine,iv,."], 2),
        (",BLQ,MDV", ["1,0,10,oxycodone,oral,.,0,1", "1,9,.,.,.,.,1,1", "1,10,.,.,.,20,1,0"], 1),
    ],
)  # fmt: skip
def test_what_goes_on_is_read(tmp_path, column, rows, doses):
    assert len(read(tmp_path, rows, column).individuals[0].doses) == doses


def test_a_logarithm_is_no_concentration(tmp_path):
    table = read(tmp_path, ["1,0,10,oxycodone,oral,.", "1,2,.,.,.,2.7", "1,20,.,.,.,-0.4"])
    with pytest.raises(Refusal, match="DV is -0.4 at 20 h, and no concentration lies under 0; if DV is a logarithm"):
        observed(table, {}, "concentration.oxycodone")
    (tmp_path / "log.csv").write_text("ID,TIME,AMT,DRUG,ROUTE,LNDV\n1,0,10,oxycodone,oral,.\n1,2,.,.,.,2.7\n")
    with pytest.raises(Refusal, match='a column "LNDV", a logarithm by its name, and no DV'):
        dosing.read(tmp_path / "log.csv")
