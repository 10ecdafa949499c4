"""Scenarios: to TOML and back; every slip refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases.scenario import Scenario, examples, loads, read, unit_of
from opioidsim.refusal import Refusal

DOSE = 'doses = ["naltrexone 50 mg oral"]\n'
DAY = 'duration = "24 h"\n'

FULL = """
title = "Monthly \\"naltrexone\\"; heroin on day 21"
clock = "course"
duration = "28 d"
every = "30 min"
doses = ["naltrexone 380 mg im-depot", "heroin 25 mg iv at 21 d"]
outputs = ["concentration.6-beta-naltrexol", "occupancy.naltrexone", "liking"]
[readings]
naltrexone = "slower"
[person]
weight = "82.5 kg"
age = "41 years"
sex = "female"
liver = "cirrhosis"
tolerance = "naive"
dependence = 0.5
[population]
n = 1000
seed = 7
"""

EPISODE = """
title = "Three weeks after the depot"
clock = "episode"
duration = "75 min"
every = "5 s"
doses = ["fentanyl 2 mg iv over 20 s", "midazolam 5 mg iv at 3 min"]
outputs = ["ventilation", "saturation", "occupancy.naltrexone", "cardiac_arrest"]
second_look = true
attended = true
oxygen = "33.3 %"
[before]
duration = "21 d"
doses = ["naltrexone 380 mg im-depot"]
[rescue]
drug = "naloxone 4 mg nasal"
when = "ventilation < 25 % of baseline"
delay = "90 s"
doses = 3
interval = "2 min"
if_needed = true
[person]
tolerance = "chronic"
[population]
n = 40
seed = 9
"""
BRIEF = 'clock = "episode"\ndoses = ["fentanyl 1 mg iv"]\n'
HELP = BRIEF + '[rescue]\ndrug = "naloxone 4 mg nasal"\n'


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        EPISODE,
        BRIEF,
        HELP,
        HELP + 'when = "at 0 s"\ndelay = "0 s"\n',
        DAY + DOSE,
        DAY + DOSE + "[population]\nn = 5\nseed = 0\n",
        DAY + DOSE + 'title = "two\\nlines"\n',
    ],
)
def test_a_scenario_survives_its_toml(text):
    scenario = loads(text)
    assert loads(scenario.toml()) == scenario


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    st.floats(0.1, 1e4),
    st.floats(30, 250),
    st.integers(1, 2**62),
)
def test_any_title_length_weight_and_seed_survive(title, duration, weight, seed):
    scenario = loads(DAY + DOSE).model_copy(update={"title": title, "duration": duration})
    scenario = Scenario.model_validate(
        {**scenario.model_dump(), "duration": f"{duration!r} h", "every": "1 h", "doses": scenario.doses}
        | {"person": {"weight": weight}, "population": {"n": 3, "seed": seed}}
    )
    again = loads(scenario.toml())
    assert (again.title, again.person, again.population, again.doses) == (
        scenario.title,
        scenario.person,
        scenario.population,
        scenario.doses,
    )
    assert again.duration == pytest.approx(duration, rel=2e-9)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('dosses = ["naltrexone 50 mg oral"]', '"dosses" is not a key that belongs here. Did you mean "doses"'),
        (DOSE + 'duraton = "3 d"', 'Did you mean "duration"'),
        (DOSE + '[person]\nwieght = "70 kg"', 'Did you mean "weight"'),
        (DOSE + "duration = 28", 'duration: it was given as "28" without a unit; write for example "28 h"'),
        (DOSE + 'duration = "28"', "without a unit"),
        (DOSE + 'duration = "28 mg"', "measure different things"),
        (DOSE + 'duration = "0 h"', "must be more than zero"),
        (DOSE + 'duration = "21 years"', "at most 20 years"),
        (DOSE + 'every = "-1 h"', "must be more than zero"),
        (DOSE + 'every = "0.01 s"\nduration = "1 d"', "output times are too many"),
        (DOSE + 'clock = "sundial"', "clock"),
        (DOSE + '[person]\nweight = "70 mg"', "the weight was given as"),
        (DOSE + '[person]\nweight = "70"', "without a unit"),
        (DOSE + '[person]\nweight = "7 kg"', "30 to 250 kg can be simulated"),
        (DOSE + '[person]\nage = "10 years"', "16 to 100 y can be simulated"),
        (DOSE + '[person]\nsex = "none"', "person.sex"),
        (DOSE + "[person]\ntolerance = 2.1", "person.tolerance"),
        (DOSE + "[person]\ntolerance = [1]", "person.tolerance"),
        (DOSE + "[population]\nn = -1", "population.n"),
        (DOSE + "[population]\nn = 2.5", "population.n"),
        (
            DOSE + 'outputs = ["ocupancy.naltrexone"]',
            'no output "ocupancy.naltrexone" here. Did you mean "occupancy.naltrexone"',
        ),
        (DOSE + 'outputs = ["occupancy.heroin"]', "there is no output"),
        (DOSE + "outputs = [3]", '"outputs" must be a list of texts'),
        (DOSE + '[readings]\nnaltrexone = "slow"', 'no reading "slow". Did you mean "slower"'),
        (DOSE + '[readings]\nnaltrexon = "slower"', 'Did you mean "naltrexone"'),
        ("doses = []", 'write doses = ["naltrexone 50 mg oral"]'),
        ("", "no dose is given"),
        ("doses = [50]", '"doses" must be a list of texts'),
        ('doses = "naltrexone 50 mg oral"', "write a list of sentences"),
        ('doses = ["naltrexone 50 mg"]', "the route is missing"),
        (
            'duration = "1 d"\ndoses = ["naltrexone 50 mg oral at 25 h"]',
            "comes after the end, 24 h. Make the duration longer",
        ),
        ("dosing = 3", "dosing"),
        (DOSE + 'dosing = "nothing.csv"', "could not be read"),
        ("doses = [", "not valid TOML"),
        (BRIEF + 'every = "1.3 s"', "`every` is 1.3 s; on the episode clock it must be a whole number of seconds"),
        (BRIEF + 'every = "0.2 s"', "must be a whole number of seconds"),
        (BRIEF + 'duration = "49 h"', "at most 48 h. Put what comes before it into [before]"),
        (BRIEF + '[rescue]\ndrug = "morphine 5 mg iv"', "morphine is no antagonist and rescues nobody"),
        (HELP + 'when = "when blue"', 'write "ventilation < 40 % of baseline"'),
        (HELP + "delay = 60", 'without a unit; write for example "60 s"'),
        (HELP + 'delay = "60"', "without a unit"),
        (HELP + "dosses = 2", 'Did you mean "doses"'),
        (
            BRIEF + '[before]\nduration = "10 d"\ndoses = ["naltrexone 380 mg im-depot at 11 d"]',
            "goes on after its end, 10 d",
        ),
        (BRIEF + '[before]\nduration = "1 h"\ndoses = ["morphine 10 mg iv over 2 h"]', "goes on after its end, 1 h"),
        (BRIEF + '[before]\nduration = "1 h"', "neither doses nor a tolerance to lose"),
        (BRIEF + '[before]\nduration = "1 d"\ndoses = ["ethanol 30 g oral"]', "only the episode clock simulates"),
        (BRIEF + 'outputs = ["ventilaton"]', 'no output "ventilaton" here. Did you mean "ventilation"'),
        (
            DOSE + '[before]\nduration = "1 d"\ndoses = ["morphine 10 mg iv"]',
            '`before` belongs to an episode; write clock = "episode"',
        ),
        (DOSE + '[rescue]\ndrug = "naloxone 4 mg nasal"', '`rescue` belongs to an episode; write clock = "episode"'),
        (DOSE + "second_look = true", '`second_look` belongs to an episode; write clock = "episode"'),
        (
            DOSE + 'outputs = ["ventilation"]',
            'no output "ventilation" here. It belongs to the other clock: write clock = "episode"',
        ),
        (
            BRIEF + 'outputs = ["pupil"]',
            'no output "pupil" here. It belongs to the other clock: write clock = "course"',
        ),
        ('doses = ["ethanol 30 g oral"]', 'only the episode clock simulates; write clock = "episode"'),
    ],
)
def test_a_slip_is_refused_with_the_remedy(text, remedy):
    with pytest.raises(Refusal) as refusal:
        loads(text)
    assert remedy in str(refusal.value)


def test_a_missing_file_is_refused_with_the_examples(tmp_path):
    with pytest.raises(Refusal, match="there is no scenario file"):
        read(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", examples())
def test_every_example_of_the_library_reads(name):
    assert read(name).doses


def test_everything_a_drug_turns_into_is_in_play():
    names = [drug.name for drug in loads(DAY + 'doses = ["heroin 25 mg iv", "naltrexone 50 mg oral"]').drugs()]
    assert names == ["heroin", "6-mam", "morphine", "naltrexone", "6-beta-naltrexol"]


def test_effects_are_shown_where_an_agonist_is_given():
    assert "liking" in loads(DAY + 'doses = ["heroin 25 mg iv"]').wanted()
    assert "liking" not in loads(DAY + DOSE).wanted()


def test_outputs_that_were_asked_for_are_the_outputs():
    assert loads(DAY + DOSE + 'outputs = ["effect_site.naltrexone"]').wanted() == ("effect_site.naltrexone",)


def test_a_reading_may_be_named_by_any_name_of_the_drug():
    own, other = (
        loads(DAY + DOSE + f'[readings]\n{name} = "slower"').drugs()[0] for name in ("naltrexone", "vivitrol")
    )
    assert other == own


@pytest.mark.parametrize("quantity", ["concentration.heroin", "occupancy.6-mam", "liking"])
def test_every_output_has_a_unit(quantity):
    assert quantity in loads(DAY + 'doses = ["heroin 25 mg iv"]').quantities()
    assert isinstance(unit_of(quantity), str)


def test_an_episode_has_its_own_length_and_spacing():
    own, course = loads(BRIEF), loads(DAY + DOSE)
    assert own.duration < course.duration
    assert own.every < course.every
    assert "ventilation" in own.wanted()
    assert "liking" not in own.quantities()


def tables(folder, *lengths):
    for number, length in enumerate(lengths):
        column = "fentanyl.disposition.CL" if number == 0 else "fentanyl.disposition.V1"
        (folder / f"{number}.csv").write_text("\n".join([column, *["1.0"] * length]) + "\n")
    return [f"{number}.csv" for number in range(len(lengths))]


def test_tables_of_draws_side_by_side_give_the_same_people(tmp_path):
    text = BRIEF + f"[population]\nn = 2\ntable = {tables(tmp_path, 3, 3)}\n".replace("'", '"')
    (tmp_path / "crowd.toml").write_text(text)
    found = read(tmp_path / "crowd.toml")
    assert found.people() == 2
    assert len(found.draws()) == 2
    assert loads(found.toml()) == found


@pytest.mark.parametrize(
    ("lengths", "n", "remedy"),
    [
        ((3, 4), 0, "the tables of draws have 3 and 4 rows; they must have the same people in the same rows"),
        ((3, 3), 4, "4 people are asked for, but the table of draws has 3 rows"),
    ],
)
def test_tables_of_draws_that_do_not_fit_are_refused(tmp_path, lengths, n, remedy):
    text = BRIEF + f"[population]\nn = {n}\ntable = {tables(tmp_path, *lengths)}\n".replace("'", '"')
    (tmp_path / "crowd.toml").write_text(text)
    with pytest.raises(Refusal) as refusal:
        read(tmp_path / "crowd.toml").draws()
    assert remedy in str(refusal.value)


def test_a_tolerance_to_lose_without_any_dose_is_refused():
    with pytest.raises(Refusal, match="no dose is given"):
        loads('clock = "episode"\n[before]\nduration = "20 d"\ntolerance = "chronic"\n')


def test_what_endless_doses_of_an_opioid_left_behind_is_said_or_refused():
    """At steady state is the drug; tolerance and dependence are those of [person], which are none where it says none."""
    stopped = {"doses": ["methadone 80 mg oral every 24 h x 0 at steady state"], "duration": "9 d"}
    assert not {"tolerance", "dependence", "withdrawal"} & set(Scenario(**stopped).wanted())
    with pytest.raises(Refusal, match="withdrawal after .methadone 80 mg .* is not solved.*Give the weeks themselves"):
        Scenario(**stopped, outputs=["withdrawal"])
    assert Scenario(**stopped, outputs=["withdrawal"], person={"dependence": 0.5}).outputs == ("withdrawal",)
    assert Scenario(
        **stopped | {"doses": ["naltrexone 50 mg oral every 24 h x 2 at steady state"]}, outputs=["withdrawal"]
    )
    episode = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "duration": "1 h"}
    with pytest.raises(Refusal, match="which tolerance that left is not solved; say with which"):
        Scenario(**episode, before=stopped)
    assert Scenario(**episode, before=stopped | {"tolerance": "chronic"}).lived_with() == 1.0
