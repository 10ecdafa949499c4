"""Dosing tables with the columns of pharmacometrics: read, or refused with file, line and remedy."""

import pytest

from opioidsim.cases.dose import parse
from opioidsim.cases.dosing import read_table
from opioidsim.cases.scenario import Scenario, read
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


HEAD = "ID,TIME,AMT,DRUG,ROUTE"
ROW = "1,0,50,naltrexone,oral"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_whatever_separates_the_columns_is_understood(table, separator, blank, mark):
    text = f"{HEAD}\n{ROW}\n1,24,100,naltrexone,oral\n\n".replace(",", f"{blank}{separator}{blank}")
    doses = read_table(table(mark + text.replace("\n", "\r\n")))["1"]
    assert [dose.amount for dose in doses] == [50, 100]


@pytest.mark.parametrize(
    ("columns", "values", "said"),
    [
        ("SS,II,ADDL", "1,12,0", "SS is 1"),
        ("EVID", "2", "EVID is 2"),
        ("EVID", "3", "EVID is 3"),
        ("EVID", "4", "EVID is 4"),
        ("EVID", "0.5", 'EVID is "0.5"; write a whole number'),
        ("EVID", "0", "an observation by EVID or MDV, but AMT is 50"),
        ("MDV", "0", "an observation by EVID or MDV, but AMT is 50"),
        ("RATE", "-1", "RATE is -1.*Write the rate itself"),
        ("RATE", "-2", "RATE is -2.*Write the rate itself"),
        ("RATE", "-3", "RATE is -3"),
        ("II,ADDL", "24,2.9", 'ADDL is "2.9"; write a whole number'),
        ("II,ADDL", "24,-1", "ADDL is -1"),
        ("II,ADDL", "-24,1", "II is -24"),
        ("II", "24", "ADDL does not say how many"),
        ("ADDL", "2", "more than zero"),
        ("WT", "120", r'column "WT", which is not read here; write \[person\] weight'),
        ("AGE", "40", r'column "AGE".*\[person\] age'),
        ("SEX", "1", r'column "SEX".*\[person\] sex'),
        ("CMT", "1", 'column "CMT"'),
        ("CRCL", "90", 'column "CRCL".*Known are: ID, TIME'),
        ("", "", 'column "", which'),
        ("AMT", "70", 'column "AMT" twice'),
        ("amt", "70", 'column "AMT" twice'),
        ("UNIT", "kg", '"kg" is not a unit of drug amount'),
        ("UNIT", "mg oral", 'UNIT is "mg oral"; write one word'),
        ("DV", "", None),
        ("SS", "0", None),
        ("RATE", "0", None),
        ("II,ADDL", "24,0", None),
    ],
)
def test_a_column_is_understood_or_refused_by_name(table, columns, values, said):
    path = table(f"{HEAD},{columns}\n{ROW},{values}\n")
    if said is None:
        assert read_table(path) == {"1": (parse("naltrexone 50 mg oral"),)}
        return
    with pytest.raises(Refusal, match=said) as refusal:
        read_table(path)
    assert "doses.csv" in str(refusal.value)


@pytest.mark.parametrize("unit", ["ng", "mcg", "\u00b5g", "\u03bcg", "mg", "g", "mg/kg"])
def test_an_amount_is_in_the_unit_of_its_row(table, unit):
    doses = read_table(table(f"{HEAD},UNIT,RATE\n1,0,3,fentanyl,iv,{unit},1\n1,9,3,fentanyl,iv,,\n"))["1"]
    assert doses == (parse(f"fentanyl 3 {unit} iv over 3 h"), parse("fentanyl 3 mg iv at 9 h"))


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ("DV,DRUG,ROUTE", [".,12,naltrexone,oral", "0,12,.,.", ",12,,"]),
        ("DV,DRUG,ROUTE,MDV", [".,12,naltrexone,oral,0", "0,12,naltrexone,oral,0"]),
        ("DV,DRUG,ROUTE,EVID", [".,12,naltrexone,oral,0", "0,12,.,.,0"]),
    ],
)
def test_an_observation_is_no_dose(table, columns, rows):
    given = {"DV,DRUG,ROUTE": "50,.,naltrexone,oral", "DV,DRUG,ROUTE,MDV": "50,.,naltrexone,oral,1"}
    first = given.get(columns, "50,.,naltrexone,oral,1")
    lines = [f"1,{hour},{row}" for hour, row in enumerate([first, *rows])]
    path = table("\n".join([f"ID,TIME,AMT,{columns}", *lines]))
    assert read_table(path) == {"1": (parse("naltrexone 50 mg oral"),)}


def test_a_dose_of_nothing_passes(table):
    doses = read_table(table(f"{HEAD}\n{ROW}\n1,24,0,naltrexone,oral\n1,48,50,naltrexone,oral\n"))["1"]
    assert [(dose.at, dose.amount) for dose in doses] == [(0, 50), (24, 0), (48, 50)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ID;TIME;AMT;DRUG;ROUTE\n1;0,5;50;naltrexone;oral\n", 'TIME is "0,5"; write a number with a decimal point'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,5,50,naltrexone,oral\n", "more values than columns"),
        ("ID,TIME,AMT,DRUG,ROUTE,RATE\n1,0,50,naltrexone,oral\n", "fewer values than columns"),
        ("ID,TIME,AMT,DRUG,ROUTE\n,0,50,naltrexone,oral\n", "ID is missing"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,,oral\n", "DRUG is missing"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,1_0,50,naltrexone,oral\n", 'TIME is "1_0"'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,08:30,50,naltrexone,oral\n", 'TIME is "08:30"'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,inf,50,naltrexone,oral\n", 'TIME is "inf"'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,tramadol,oral\n", '"tramadol" is not modelled'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral at 5 h\n", "ROUTE is .*write one word"),
    ],
)
def test_a_value_that_is_not_understood_is_refused(table, text, said):
    with pytest.raises(Refusal, match=said):
        read_table(table(text))


@pytest.mark.parametrize("amounts", [(50, 50), (50, 100)])
def test_a_scenario_takes_one_person(table, amounts):
    rows = "".join(f"A-0{n},0,{amount},naltrexone,oral\n" for n, amount in enumerate(amounts))
    path = table(f"{HEAD}\n{rows}")
    with pytest.raises(Refusal, match="A-00, A-01"):
        Scenario(duration="1 d", dosing=str(path))
