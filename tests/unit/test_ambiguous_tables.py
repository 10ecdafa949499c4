"""What a table says in two ways is refused, with what to write: a wrong reading would be a wrong number that looks right."""

import pytest

from opioidsim.cases import dosing
from opioidsim.cases.scenario import Scenario
from opioidsim.engine.simulate import simulate
from opioidsim.files import read_columns
from opioidsim.refusal import Refusal


def read(path, text):
    path.write_text(text)
    return dosing.read(path)


@pytest.mark.parametrize(
    ("more", "cells", "remedy"),
    [
        ("II,ADDL", "1,3", r'"II \[d\]" or "II \[h\]"'),
        ("DUR", "1", r'"DUR \[d\]" or "DUR \[h\]"'),
        ("RATE", "10", r'"RATE \[mg/d\]" or "RATE \[mg/h\]"'),
    ],
)
def test_a_time_in_days_beside_a_column_that_says_no_unit_is_refused(tmp_path, more, cells, remedy):
    """NONMEM reads II, DUR and RATE in the unit of TIME."""
    table = f"ID,TIME (d),AMT,DRUG,ROUTE,{more}\n1,0,50,naltrexone,iv,{cells}\n"
    with pytest.raises(Refusal, match=remedy):
        read(tmp_path / "doses.csv", table)
    assert read(tmp_path / "hours.csv", table.replace("(d)", "(hours)"))
    column = more.partition(",")[0]
    unit = "mg/d" if column == "RATE" else "d"
    said = read(tmp_path / "said.csv", table.replace(column, f"{column} [{unit}]"))
    (dose,) = said.individuals[0].doses
    assert {"II": dose.every, "DUR": dose.over, "RATE": dose.over / 5}[column] == 24.0


@pytest.mark.parametrize(
    "header", ["TIME (mg)", "TIME (foo)", "WT [lb]", "AGE (months)", "RATE [mg]", "AMT [nmol]", "II [mg]"]
)
def test_a_unit_that_a_column_cannot_have_is_refused_with_the_column(tmp_path, header):
    columns = {"ID": "1", "TIME": "0", "AMT": "50", "DRUG": "naltrexone", "ROUTE": "iv"}
    name, unit = header[:-1].replace("[", "(").split(" (")
    columns = {**columns, name: columns.get(name, "1")}
    names = [header if each == name else each for each in columns]
    with pytest.raises(Refusal, match=rf'"doses.csv" has a column "{name} \[{unit}\]": '):
        read(tmp_path / "doses.csv", f"{','.join(names)}\n{','.join(columns.values())}\n")


def test_rates_and_amounts_per_kilogram_have_their_units(tmp_path):
    said = read(tmp_path / "doses.csv", "ID,TIME,AMT [mcg/kg],RATE [mcg/kg/h],DRUG,ROUTE\n1,0,6,2,fentanyl,iv\n")
    assert str(said.individuals[0].doses[0]) == "fentanyl 6 mcg/kg iv over 3 h"


@pytest.mark.parametrize("other", ["1.0", "01", "1."])
def test_an_id_written_in_two_ways_is_not_two_people(tmp_path, other):
    with pytest.raises(Refusal, match='the ID "1" and the ID .* the same number written in two ways'):
        read(tmp_path / "doses.csv", f"ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n{other},24,50,naltrexone,oral\n")


@pytest.mark.parametrize("text", ["a.CL [L/h]\n100,5\n", "a,b\n1,5,2\n2,5,2\n"])
def test_a_decimal_comma_does_not_move_values_under_another_column(tmp_path, text):
    (tmp_path / "draws.csv").write_text(text)
    with pytest.raises(Refusal, match="more values in its rows than columns in its header; write a decimal point"):
        read_columns(tmp_path / "draws.csv", "table of draws")


@pytest.mark.parametrize(
    "header",
    ["disposition.CL [L/h]", "biophase_half_life [h]", "receptor.mu.K [nM]", "routes.im-depot.phases.1.half_life [h]"],
)
def test_nothing_of_what_is_divided_by_is_refused_by_name(tmp_path, header):
    (tmp_path / "draws.csv").write_text(f"naltrexone.{header}\n0\n")
    scenario = Scenario(
        doses=["naltrexone 380 mg im-depot"], duration="1 d", population={"table": [str(tmp_path / "draws.csv")]}
    )
    with pytest.raises(Refusal, match="has 0 in .* must be more than 0"):
        simulate(scenario)


def test_a_persons_own_share_is_no_more_than_all(tmp_path):
    """A drawn share beyond 1 is cut; a number that a table says of a person would be another number then."""
    path = tmp_path / "doses.csv"
    path.write_text("ID,TIME,AMT,DRUG,ROUTE,naltrexone.routes.oral.F\n1,0,50,naltrexone,oral,2\n")
    with pytest.raises(Refusal, match="a share from 0 to 1"):
        simulate(Scenario(dosing=str(path), duration="1 d"))
