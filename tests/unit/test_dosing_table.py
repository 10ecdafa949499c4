"""Dosing tables with the columns of pharmacometrics: read, or refused with file, line and remedy."""

import pytest

from opioidsim.cases.dose import parse
from opioidsim.cases.dosing import read_table
from opioidsim.cases.scenario import read
from opioidsim.refusal import Refusal


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "doses.csv"
        path.write_text(text)
        return path

    return write


def test_each_person_gets_their_rows_as_doses(table):
    path = table(
        "ID,TIME,AMT,DRUG,ROUTE,RATE,II,ADDL,EVID\n"
        "1,0,50,naltrexone,oral,,24,6,1\n"
        "1,3,,,,,,,0\n"  # an observation
        "1,5.5,1,fentanyl,iv,2,,,1\n"
        "2,0,380,naltrexone,im-depot,.,.,.,1\n"
    )
    assert read_table(path) == {
        "1": (parse("naltrexone 50 mg oral every 24 h x 7"), parse("fentanyl 1 mg iv over 30 min at 5.5 h")),
        "2": (parse("naltrexone 380 mg im-depot"),),
    }


def test_drug_and_route_may_be_given_for_the_whole_table(table):
    path = table("id,time,amt\n1,0,50\n")
    assert read_table(path, drug="naltrexone", route="oral") == {"1": (parse("naltrexone 50 mg oral"),)}


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ID,TIME,DRUG\n1,0,naltrexone\n", "lacks the column AMT. Its columns are: ID, TIME, DRUG"),
        ("", "lacks the column ID. Its columns are: none"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,soon,50,naltrexone,oral\n", 'line 2: TIME is "soon"; write a number'),
        (
            "ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n1,1,fifty,naltrexone,oral\n",
            'line 3: AMT is "fifty"; write a number',
        ),
        ("ID,TIME,AMT,DRUG,ROUTE,EVID\n1,0,,naltrexone,oral,1\n", "line 2: AMT is missing for a dose; write 0"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,nan,naltrexone,oral\n", "line 2: "),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,-2,50,naltrexone,oral\n", "line 2: .*must be zero or more"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexon,oral\n", 'line 2: .*Did you mean "naltrexone"'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,nasal\n", "line 2: .*has the routes"),
        (
            "ID,TIME,AMT,DRUG,ROUTE,ADDL\n1,0,50,naltrexone,oral,3\n",
            'line 2: ADDL is 3, but II, the hours between doses, is ""',
        ),
        ("ID,TIME,AMT,DRUG,ROUTE,II,ADDL\n1,0,50,naltrexone,oral,24,nan\n", "line 2: "),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral,surplus\n", "line 2: "),
    ],
)
def test_a_bad_table_is_refused_with_the_place(table, text, remedy):
    with pytest.raises(Refusal, match=remedy) as refusal:
        read_table(table(text))
    assert "doses.csv" in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Refusal, match="could not be read: No such file"):
        read_table(tmp_path / "nothing.csv")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "doses.csv"
    path.write_bytes(b"ID,TIME,AMT\n\xff\xfe\xfa")
    with pytest.raises(Refusal, match="could not be read"):
        read_table(path)


def test_a_scenario_takes_its_doses_from_a_table_beside_it(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n")
    scenario = path.parent / "scenario.toml"
    scenario.write_text('duration = "1 d"\ndosing = "doses.csv"\n')
    assert read(scenario).doses == (parse("naltrexone 50 mg oral"),)


def test_a_scenario_refuses_people_with_different_doses(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n2,0,100,naltrexone,oral\n")
    scenario = path.parent / "scenario.toml"
    scenario.write_text('duration = "1 d"\ndosing = "doses.csv"\n')
    with pytest.raises(Refusal, match=r"2 people \(ID 1, 2\).*Give each person a table and a scenario"):
        read(scenario)
