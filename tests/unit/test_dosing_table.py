"""Event tables with the columns of pharmacometrics: read, passed over by name, or refused with file, line and remedy."""

import pytest

from opioidsim.cases import dosing
from opioidsim.cases.cautions import cautions
from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import Scenario, loads, read
from opioidsim.engine import inputs
from opioidsim.refusal import Refusal


def read_table(path, **usual):
    """The doses of each person."""
    return {one.id: one.doses for one in dosing.read(path, **usual).individuals}


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
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,380,Vivitrol,po\n", 'line 2: Vivitrol is given by one route, "im-depot"'),
        (
            "ID,TIME,AMT [mcg],UNIT,DRUG,ROUTE\n1,0,50,mg,naltrexone,oral\n",
            'line 2: UNIT is "mg", but the header of AMT says "mcg"',
        ),
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
    assert read(scenario).dosed() == (parse("naltrexone 50 mg oral"),)


def test_a_scenario_takes_people_with_different_doses(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE\nA-07,0,50,naltrexone,oral\nA-12,0,100,naltrexone,oral\n")
    scenario = path.parent / "scenario.toml"
    scenario.write_text('duration = "1 d"\ndosing = "doses.csv"\n')
    found = read(scenario)
    assert found.people() == 2
    assert found.ids() == ("A-07", "A-12")
    assert loads(found.toml()).regimens() == found.regimens()


@pytest.mark.parametrize("n", [1, 3])
def test_a_crowd_of_another_size_than_its_table_is_refused(table, n):
    path = table("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n2,0,100,naltrexone,oral\n")
    with pytest.raises(Refusal, match=f"n is {n}, but the dosing table has 2 people"):
        Scenario(duration="1 d", dosing=str(path), population={"n": n})


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
        ("SS", "1", "SS is 1, but II"),
        ("SS,II", "3,12", "SS is 3; known are 0, 1"),
        ("EVID", "2", "EVID is 2, which is no dose, but AMT is 50"),
        ("EVID", "3", "EVID is 3, which is no dose, but AMT is 50"),
        ("EVID", "5", "EVID is 5; known are 0"),
        ("EVID", "0.5", 'EVID is "0.5"; write a whole number'),
        ("EVID", "0", "EVID is 0, which is no dose, but AMT is 50"),
        ("MDV", "0", "an observation by MDV, but AMT is 50"),
        ("RATE", "-1", "RATE is -1.*Write the rate itself"),
        ("RATE", "-2", "RATE is -2.*Write the rate itself"),
        ("RATE", "-3", "RATE is -3"),
        ("II,ADDL", "24,2.9", 'ADDL is "2.9"; write a whole number'),
        ("II,ADDL", "24,-1", "ADDL is -1"),
        ("II,ADDL", "-24,1", "II is -24"),
        ("II", "24", "ADDL does not say how many"),
        ("ADDL", "2", "more than zero"),
        ("WT", "300", "WT is 300 kg; 30 to 250 can be simulated"),
        ("WT", ".", "WT of ID 1 is missing"),
        ("AGE", "5", "AGE is 5 y; 16 to 100"),
        ("LIVER", "bad", 'LIVER is "bad"; known are healthy and cirrhosis'),
        ("RATES", "1", 'column "RATES", which is not known here. Did you mean "RATE"'),
        ("ALAG1", "1", 'column "ALAG1", which is not read here; write the dose at the time'),
        ("CL", "90", 'column "CL", which may be meant as a parameter; write its name'),
        ("LLOQ", "1", 'column "LLOQ", which is not read here; write in DV "<0.5"'),
        ("DATE", "1", 'column "DATE", which is not read here; write TIME'),
        ("RATE,DUR", "10,4", "AMT 50 at RATE 10 lasts 5 h, but DUR is 4 h"),
        ("DUR", "-1", "DUR is -1"),
        ("", "7", 'column "", which'),
        ("", "", None),
        ("WEIGHT_kg", "70", 'seems to be WT with its unit; write the unit in brackets, "WT \\[kg\\]"'),
        ("TIME_h", "1", 'write the unit in brackets, "TIME \\[h\\]"'),
        ("AMT", "70", 'column "AMT" twice'),
        ("amt", "70", 'column "AMT" twice'),
        ("UNIT", "kg", '"kg" is not a unit of drug amount'),
        ("UNIT", "mg oral", '"mg oral" is not a unit of drug amount'),
        ("DV", "", None),
        ("SEX", "1", None),
        ("HT", "180", None),
        ("CRCL", "90", None),
        ("CMT", "1", None),
        ("EVID", "1", None),
        ("MDV", "1", None),
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
        ("ID,TIME,AMT,DRUG,ROUTE,RATE\n1,0,0,naltrexone,iv,5\n", "RATE is 5, but AMT is 0, so that nothing is infused"),
        ("ID,TIME,AMT,RATE\n1,0,.,5\n", "RATE is 5, but the row is an observation, since AMT is missing"),
        ("ID,TIME,AMT,ADDL\n1,0,0,3\n", "ADDL is 3, but the row is an observation, since AMT is 0"),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,inf,50,naltrexone,oral\n", 'TIME is "inf"'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,tramadol,oral\n", '"tramadol" is not modelled'),
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral at 5 h\n", 'has no route "oral at 5 h"'),
    ],
)
def test_a_value_that_is_not_understood_is_refused(table, text, said):
    with pytest.raises(Refusal, match=said):
        read_table(table(text))


def test_a_table_as_spreadsheets_write_it_is_read(table):
    text = "sep=;\r\nID;TIME;AMT;DRUG;ROUTE;Body weight (kg);;\r\n1;0;50;naltrexone;oral;70;;\r\n;;;;;;;\r\n"
    assert read_table(table("\ufeff" + text)) == {"1": (parse("naltrexone 50 mg oral"),)}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("naltrexone.routes.oral.F", 80, 'a share from 0 to 1; divide by 100, or write "naltrexone.routes.oral.F'),
        ("naltrexone.disposition.CL [L/h]", -5, "must be more than 0"),
        ("naltrexone.disposition.V1 [L]", 0, "must be more than 0"),
    ],
)
def test_a_parameter_that_nobody_can_have_is_refused(table, column, value, said):
    path = table(f"{HEAD},{column}\n{ROW},{value}\n")
    with pytest.raises(Refusal, match=said):
        inputs.read(Scenario(dosing=str(path), duration="1 d"))


@pytest.mark.parametrize(("seen", "many"), [("1,6,.,.,.,90", 1), ("1,7,.,.,.,90", 0), ("1,6,.,.,.,.", 0)])
def test_a_level_behind_an_injection_of_its_time_is_told(table, seen, many):
    rows = "ID,TIME,AMT,DRUG,ROUTE,DV\n1,6,.,.,.,4\n1,6,10,morphine,iv,.\n1,6,10,morphine,oral,.\n"
    said = dosing.read(table(f"{rows}{seen}\n")).said
    assert len(said) == many == sum("read as drawn just before it" in each for each in said)


def test_what_is_passed_over_is_named(table):
    found = dosing.read(table(f"{HEAD},HT,DV,Race\n{ROW},180,.,2\n"))
    assert found.said == ("Passed over, since nothing here depends on them: HT, Race.",)


def test_rows_out_of_order_and_rows_struck_out_are_said(table):
    found = dosing.read(table(f"{HEAD},C\n1,24,50,naltrexone,oral,.\n{ROW},.\n1,48,50,naltrexone,oral,C\n"))
    assert [dose.at for dose in found.individuals[0].doses] == [0, 24]
    assert len(found.said) == 2


def test_headers_may_have_blanks_units_and_other_names(table):
    text = "SUBJID ; Time (d) ; DOSE ; Unit ; DRUG ; ROUTE ; Weight [kg]\nA 1; 0.5; 50; mg; naltrexone; oral; 80\n"
    one = dosing.read(table(text)).individuals[0]
    assert (one.id, one.doses) == ("A 1", (parse("naltrexone 50 mg oral at 12 h"),))
    assert one.changes == ((0.0, {"person.weight": 80.0}),)


def test_a_rate_has_the_unit_of_its_header(table):
    text = "ID,TIME,AMT [mcg],RATE [mg/d],DRUG,ROUTE\n1,0,100,2.4,fentanyl,iv\n"
    assert read_table(table(text))["1"][0].over == pytest.approx(1.0)


@pytest.mark.parametrize(("cmt", "route"), [("iv", "iv"), ("1", "iv"), ("2", "oral")])
def test_a_compartment_is_a_route_by_name_or_by_what_the_scenario_says(table, cmt, route):
    path = table(f"ID,TIME,AMT,DRUG,CMT\n1,0,50,morphine,{cmt}\n")
    found = Scenario(duration="1 d", dosing={"table": str(path), "cmt": {"1": "iv", "2": "oral"}})
    assert found.dosed()[0].route == route
    if cmt != "iv":
        with pytest.raises(Refusal, match=f"CMT is {cmt}, a number of another program"):
            Scenario(duration="1 d", dosing=str(path))


def test_traits_hold_from_their_row_on_and_the_first_from_the_beginning(table):
    rows = "1,0,50,naltrexone,oral,.,40\n1,5,.,.,.,70,.\n1,9,.,.,.,.,41\n1,9,.,.,.,80,.\n1,12,.,.,.,80,41\n"
    one = dosing.read(table(f"{HEAD},WT,AGE\n{rows}")).individuals[0]
    assert [(at, *traits.values()) for at, traits in one.changes] == [(0, 70, 40), (9, 80, 41)]


def test_parameters_have_their_unit_in_the_header(table):
    text = f"{HEAD},naltrexone.disposition.CL [L/h]\n{ROW},100\n2,0,50,naltrexone,oral,200\n"
    given = inputs.read(Scenario(duration="1 d", dosing=str(table(text))))
    assert given.values(range(2))["naltrexone.disposition.CL"].tolist() == [100, 200]
    with pytest.raises(Refusal, match=r"without a unit; write .naltrexone.disposition.CL \[L/h\]"):
        inputs.read(Scenario(duration="1 d", dosing=str(table(text.replace(" [L/h]", "")))))
    with pytest.raises(Refusal, match="measure different things"):
        inputs.read(Scenario(duration="1 d", dosing=str(table(text.replace("[L/h]", "[mg]")))))


def test_a_parameter_that_changes_is_refused(table):
    text = f"{HEAD},oral.ka [1/h]\n{ROW},1\n1,24,50,naltrexone,oral,2\n"
    with pytest.raises(Refusal, match="changes in time, which only WT, AGE and LIVER may"):
        dosing.read(table(text))


@pytest.mark.parametrize("what", ["SS,II\n1,0,1,fentanyl,iv,1,24", "EVID\n1,0,1,fentanyl,iv,4"])
def test_an_episode_leaves_steady_states_and_resets_to_the_course_before_it(table, what):
    path = table(f"{HEAD},{what}\n")
    with pytest.raises(Refusal, match=r"of ID 1 belongs to a course, not to an episode; give it in \[before\]"):
        inputs.read(Scenario(clock="episode", duration="5 min", dosing=str(path)))


def test_each_regimen_of_a_table_is_warned_of(table):
    """The one who takes an opioid the day before naltrexone, not the one with a month between."""
    rows = "A,0,20,morphine,oral\nA,24,50,naltrexone,oral\nB,0,20,morphine,oral\nB,720,50,naltrexone,oral\n"
    found = cautions(Scenario(duration="31 d", dosing=str(table(f"{HEAD}\n{rows}"))))
    assert "opioid-free-interval" in [each.id for each in found]
    alone = cautions(Scenario(duration="31 d", dosing=str(table(f"{HEAD}\n{rows[rows.index('B') :]}"))))
    assert "opioid-free-interval" not in [each.id for each in alone]


def test_what_stands_in_dv_for_nothing_is_no_observation(table):
    """A code for what is missing is refused; a number beside a dose is told to be passed over."""
    head = "ID,TIME,AMT,DRUG,ROUTE,DV\n"
    with pytest.raises(Refusal, match="line 3: DV is -99, which many tables write for what is missing"):
        dosing.read(table(f"{head}1,0,50,naltrexone,oral,.\n1,4,.,.,.,-99\n"), "", "")
    found = dosing.read(table(f"{head}1,0,50,naltrexone,oral,3\n1,4,.,.,.,2\n"), "", "")
    assert [each.dv for each in found.individuals[0].observed] == [2.0]
    assert any("DV of 1 rows with a dose was passed over" in said for said in found.said)
    assert not dosing.read(table(f"{head}1,0,50,naltrexone,oral,0\n"), "", "").said
