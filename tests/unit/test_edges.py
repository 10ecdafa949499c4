"""Edges and extremes: what comes in through text, TOML and Python is understood or refused with one sentence; a result is
made of numbers, and what goes into the body is the dose."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import opioidsim as ops
from opioidsim.cases import trial_plan
from opioidsim.cases.cautions import cautions
from opioidsim.cases.dose import MOST, Dose, parse
from opioidsim.cases.scenario import Scenario, from_table, loads, read
from opioidsim.engine import course_arrays, inputs, layout
from opioidsim.engine.simulate import simulate
from opioidsim.facts.evidence import read_toml
from opioidsim.refusal import Refusal

DOSES = ["naltrexone 50 mg oral"]
DAY = {"duration": "1 d", "doses": DOSES}
ODD = [True, False, 0, -1, 10**400, 10**5000, 1e308, float("nan"), float("inf"), float("-inf"), "", "nan", "inf h", "1e999 s",
       "9" * 5000, "9" * 5000 + " kg", "x" * 10_000, "1 9**9**9**9", "\x00", "\u03bc", [], [[]], {}, None, 1 + 0j]  # fmt: skip
PLACES = ["title", "clock", "duration", "every", "doses", "dosing", "outputs", "person", "population", "before", "rescue",
          "second_look", "attended", "oxygen", "end_tidal_co2", "readings", "person.weight", "person.age", "person.sex", "person.tolerance", "person.dependence",
          "population.n", "population.seed", "population.table", "before.doses", "before.duration", "before.tolerance",
          "rescue.drug", "rescue.when", "rescue.delay", "rescue.doses", "rescue.interval", "rescue.if_needed", "strange"]  # fmt: skip


def sentence(error) -> str:
    """The refusal, if it is one that can be shown: short, and without the address of a web page."""
    said = str(error.value)
    assert len(said) < 2000
    assert "http" not in said
    return said


def put(place: str, value):
    table = {"clock": "episode", "doses": ["fentanyl 1 mg iv"]}
    head, _, key = place.partition(".")
    if key:
        value = {"rescue": {"drug": "naloxone 2 mg im"}, "before": {"duration": "1 d"}}.get(head, {}) | {key: value}
    return table | {head: value}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_anything_anywhere_in_a_scenario_is_understood_or_refused(place, value):
    try:
        found = from_table(put(place, value))
    except Refusal as refusal:
        assert len(str(refusal)) < 2500
    else:
        assert all(np.isfinite((found.duration, found.every, found.person.weight, found.person.age)))
        assert loads(found.toml()) == found


@pytest.mark.parametrize("place", ["person.tolerance", "person.dependence", "person.weight", "population.n", "population.seed", "rescue.doses"])  # fmt: skip
def test_true_is_no_number(place):
    with pytest.raises(Refusal, match="neither a number nor a text") as refusal:
        from_table(put(place, True))
    assert place in sentence(refusal)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 30_000, "x = " + "9" * 5000, "x = 1e309 s", 'duration = "1 d"\ndoses = true'],
    ids=["nested", "digits", "word", "true"],
)
def test_a_file_that_cannot_be_a_scenario_is_refused(text, tmp_path):
    path = tmp_path / "it.toml"
    path.write_text(text)
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert "it.toml" in sentence(refusal)
    with pytest.raises(Refusal):
        loads(text)


@pytest.mark.parametrize("reader", [read, trial_plan.read, read_toml])
def test_a_file_name_that_no_file_can_have_is_refused(reader):
    for name in ("x" * 300, "x" * 300 + ".toml", "\x00"):
        with pytest.raises(Refusal):
            reader(__import__("pathlib").Path(name))


@pytest.mark.parametrize("given", [1, 1.5, True, None, {}, [1], [["naltrexone 50 mg oral"]], "naltrexone 50 mg oral"])
def test_a_regimen_is_a_list_of_sentences(given):
    plan = {"title": "t", "length": "84 d", "people": {"habit": "heroin 60 mg iv every 8 h x 84"}}
    with pytest.raises(Refusal, match="regimen"):
        trial_plan.from_table(plan | {"arms": [{"name": "a", "regimen": given}]})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ops.Person(weight="90 kgg"), 'weight was given as "90 kgg"'),
        (lambda: ops.Person(wieght="90 kg"), 'Did you mean "weight"'),
        (lambda: ops.Population(n=-1), '"n" is -1'),
        (lambda: ops.Scenario(duration="1 d", doses=DOSES, person={"wieght": "90 kg"}), "person.wieght"),
        (lambda: ops.Scenario(**DAY, dosing="nothing.csv"), "could not be read"),
        (lambda: ops.Scenario(duration="1 d", dosing="nothing.csv"), "could not be read"),
        (lambda: ops.Scenario.model_validate({"dosses": []}), 'Did you mean "doses"'),
        (lambda: ops.Dose(drug="naltrexone", amount=50, unit="mgg", route="oral"), '"mgg" is not a unit'),
        (lambda: ops.Dose(drug="naltrexon", amount=50, unit="mg", route="oral"), 'Did you mean "naltrexone"'),
        (lambda: ops.Dose(drug="naltrexone", amount=float("nan"), unit="mg", route="oral"), '"amount" is nan'),
        (lambda: ops.Dose(drug="naltrexone", amount=50, unit="mg", route="nasal"), 'no route "nasal"'),
        (lambda: ops.Dose(drug="naltrexone", amount=50, unit="mg", route="oral", times=3), "without an interval"),
        (lambda: ops.Dose(drug="naltrexone", amount=50, unit="mg", route="iv", over=1e-9), "less than 1 s"),
        (lambda: ops.Dose(drug="naltrexone", amount=50, unit="mg", route="iv", at=1e300), "0 to 20 years"),
    ],
)
def test_python_hears_the_same_sentence_as_everyone(make, said):
    with pytest.raises(Refusal) as refusal:
        make()
    assert said in sentence(refusal)


def test_a_course_asks_for_its_length_and_an_episode_has_one():
    with pytest.raises(Refusal, match='"duration" is missing.*duration = "7 d"'):
        from_table({"doses": DOSES})
    assert from_table({"clock": "episode", "doses": ["fentanyl 1 mg iv"]}).duration > 0


def test_no_dose_is_larger_than_a_person_could_be_given():
    for text in (f"fentanyl {MOST * 1.001} mg iv", "naloxone 1e308 mg im-autoinjector", "naloxone 1e300 mg/kg iv"):
        with pytest.raises(Refusal, match="at most 1 kg"):
            parse(text)


@pytest.mark.parametrize("clock", ["course", "episode"])
def test_a_person_who_is_given_nothing_has_nothing(clock):
    doses = ["fentanyl 0 mg iv", "fentanyl 0 mg iv over 1 min at 1 min"]
    found = simulate(from_table({"clock": clock, "duration": "10 min", "every": "1 min", "doses": doses}))
    assert not found.values["concentration.fentanyl"].any()
    assert found.cautions == []


def test_who_asks_what_a_dose_does_must_give_one():
    for ask in (
        lambda: ops.blockade("naltrexone 50 mg oral", "heroin 0 mg iv", days=1),
        lambda: ops.relapse("heroin 0 mg iv", "heroin 50 mg iv"),
        lambda: ops.induction("heroin 0 mg iv", [1.0]),
    ):
        with pytest.raises(Refusal, match="nothing is given"):
            ask()


@settings(max_examples=60)
@given(
    st.floats(1 / 3600, 2000),
    st.floats(0, 500),
    st.sampled_from(["naltrexone", "fentanyl", "naloxone"]),
    st.integers(1, 5),
)
@example(1 / 3600, 1e-7, "naltrexone", 1)
def test_what_an_infusion_gives_is_the_dose_however_long_it_lasts(over, at, drug, times):
    dose = Dose(drug=drug, amount=1.0, unit="mg", route="iv", over=over, at=at, every=over * 1.25 if times > 1 else 0.0, times=times)  # fmt: skip
    scenario = Scenario(duration="1 d", doses=(dose.model_copy(update={"at": 0.0}),))
    plan = layout.layout(scenario.drugs(), (dose,))
    values = inputs.read(scenario).values(range(1))
    when, events = course_arrays.events(plan, (dose,), values)
    rates = events.amount[1 : len(when) + 1, 0]
    wanted = times * 1e6 / values[f"{drug}.molar_mass"][0]
    assert -np.dot(rates, when) == pytest.approx(wanted, rel=1e-6)
    assert rates.sum() == pytest.approx(0.0, abs=1e-9 * wanted)


@pytest.mark.parametrize("over", ["1 s", "1.3 s", "7 s", "61 s"])
@pytest.mark.parametrize("clock", ["course", "episode"])
def test_a_short_infusion_ends_as_the_same_dose_at_once(clock, over):
    middle = parse(f"fentanyl 1 mcg iv over {over}").over / 2
    one = Dose(drug="fentanyl", amount=1, unit="mcg", route="iv", at=1 / 60 + middle)
    both = [
        simulate(from_table({"clock": clock, "duration": "20 min", "every": "1 min", "doses": [dose]}))
        for dose in (f"fentanyl 1 mcg iv over {over} at 1 min", one)
    ]
    ends = [found.values["concentration.fentanyl"][0, -1] for found in both]
    assert ends[0] == pytest.approx(ends[1], rel=2e-3)


def test_cautions_of_thousands_of_doses_are_those_of_each():
    """Against the plain definition, for doses in any order of drugs."""
    texts = ["heroin 5 mg iv", "naltrexone 50 mg oral", "naltrexone 380 mg im-depot", "alprazolam 1 mg oral"]
    rng = np.random.default_rng(1)
    for _ in range(30):
        doses = [
            f"{texts[i]} at {at} h" for i, at in zip(rng.integers(0, 4, 6), rng.integers(0, 60, 6) * 12, strict=True)
        ]
        found = {c.id for c in cautions(from_table({"duration": "90 d", "doses": doses}))}
        times = {text: sorted(parse(d).at for d in doses if d.startswith(text)) for text in texts}
        heroin, oral, depot, sedative = times.values()
        together = any(abs(a - b) < 24 for a in heroin for b in sedative)
        assert ("sedative-with-opioid" in found) == together
        blocked = any(any(a - b >= 0 for b in (*oral, *depot)) for a in heroin)
        assert bool({"opioid-under-blockade", "after-blockade"} & found) == blocked


def test_a_weight_in_a_table_of_draws_scales_as_any_weight(tmp_path):
    """The weights of one table against three persons of these weights."""
    weights = (60, 90, 120)
    (tmp_path / "who.csv").write_text("person.weight\n" + "\n".join(map(str, weights)))
    base = {
        "duration": "24 h",
        "every": "6 h",
        "doses": ["oxycodone 10 mg oral"],
        "outputs": ["concentration.oxycodone"],
    }
    crowd = simulate(from_table(base | {"population": {"table": str(tmp_path / "who.csv")}}))
    alone = [simulate(from_table(base | {"person": {"weight": f"{w} kg"}})) for w in weights]
    for row, one in zip(crowd.values["concentration.oxycodone"], alone, strict=True):
        assert row == pytest.approx(one.values["concentration.oxycodone"][0], rel=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("person.weight", "-70", "30 to 250"),
        ("person.weight", "1e9", "30 to 250"),
        ("person.tolerance", "0.5", "which the course clock does not read"),
        ("person.sex", "1", 'column "person.sex"'),
    ],
)
def test_a_trait_that_a_table_cannot_give_is_refused(column, value, said, tmp_path):
    (tmp_path / "who.csv").write_text(f"{column}\n{value}\n")
    with pytest.raises(Refusal, match=said):
        simulate(from_table(DAY | {"population": {"table": str(tmp_path / "who.csv")}}))


def test_a_result_that_is_not_made_of_numbers_is_refused(tmp_path):
    (tmp_path / "who.csv").write_text("naltrexone.disposition.CL [L/h]\n1e300\n")
    with pytest.raises(Refusal, match="no longer a number"):
        simulate(from_table(DAY | {"population": {"table": str(tmp_path / "who.csv")}}))


@pytest.mark.parametrize("days", [float("nan"), float("inf"), -1.0, 0.0, 1e6])
def test_days_that_are_none_are_refused(days):
    with pytest.raises(Refusal, match="days"):
        ops.blockade("naltrexone 50 mg oral", "heroin 25 mg iv", days=days)
    if days:
        with pytest.raises(Refusal):
            ops.relapse("heroin 50 mg iv", "heroin 50 mg iv", day=[days])
        with pytest.raises(Refusal):
            ops.induction("heroin 50 mg iv", day=[days])


def test_more_challenges_than_a_figure_can_show_are_refused():
    with pytest.raises(Refusal, match="at most 3660 of them"):
        ops.blockade("naltrexone 50 mg oral", "heroin 25 mg iv", days=3, every=1e-9)


@pytest.mark.parametrize("where", ["tolerance", "held"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 2.1])
def test_risk_is_read_only_where_it_was_worked_out(where, value):
    given = {"who": ops.Who(tolerance=value)} if where == "tolerance" else {where: value}
    with pytest.raises(Refusal, match=where):
        ops.risk("heroin 50 mg iv", **given)


def verb(*words, out=subprocess.PIPE, **env):
    command = [sys.executable, "-m", "opioidsim.cli", *words]
    return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=os.environ | env, timeout=300)


def test_a_full_standard_output_is_said_in_a_sentence():
    with open("/dev/full", "wb") as full:
        said = verb("list", "outputs", out=full)
    assert said.returncode == 1
    assert said.stderr.decode().startswith("opioidsim: standard output could not be")
    assert b"Traceback" not in said.stderr
    assert b"Exception ignored" not in said.stderr


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])  # fmt: skip
def test_a_terminal_of_few_letters_gets_the_answer(env):
    said = verb("show", "6-beta-naltrexol", **env)
    assert said.returncode == 0, said.stderr
    assert b"6-beta-naltrexol (metabolite)" in said.stdout


def test_a_closed_standard_output_does_no_harm():
    said = subprocess.run(f"{sys.executable} -m opioidsim.cli list trials >&-", shell=True, stderr=subprocess.PIPE)
    assert (said.returncode, said.stderr) == (0, b"")


@pytest.mark.parametrize(
    "words", [["release", "--seed", "9" * 23], ["release", "--seed", "9" * 5000], ["run", "x" * 300]]
)
def test_large_words_on_the_command_line_are_refused(words):
    said = verb(*words)
    assert said.returncode in (1, 2)
    assert b"a fault of the program" not in said.stderr
    assert b"Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("code", "env", "remedy"),
    [
        ('import jax, opioidsim.engine.simulate; jax.config.update("jax_enable_x64", False)', {}, b"32 bits"),
        ("", {"JAX_PLATFORMS": "cuda"}, b"JAX_PLATFORMS"),
    ],
    ids=["32 bits", "no cuda"],
)
def test_jax_that_cannot_answer_is_refused(code, env, remedy):
    import jax

    if env and any(device.platform == "gpu" for device in jax.devices()):
        pytest.skip("this machine has the platform that is missed here")
    code += '\nimport opioidsim as ops\nops.simulate(ops.Scenario(duration="1 d", doses=["naltrexone 50 mg oral"]))'
    said = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, env=os.environ | env, timeout=300)
    assert b"Refusal" in said.stderr
    assert remedy in said.stderr
