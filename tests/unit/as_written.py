"""Calls as a user writes them; pyright is strict about them, so that no editor underlines what is allowed."""

import opioidsim as ops

SCENARIO = ops.Scenario(
    doses=["naltrexone 50 mg oral every 24 h x 7"], duration="7 d", every="2 h", outputs=["concentration.naltrexone"],
    person=ops.Person(weight="80 kg", age=40, liver="cirrhosis"), population=ops.Population(n=20, seed=2),
    readings={"naltrexone": "slower"}, change={"adaptation.tau_loss": "20 d"},
)  # fmt: skip
OVERDOSE = ops.Scenario(
    clock="episode", doses=["fentanyl 1 mg iv"], duration="30 min", person={"tolerance": "chronic"},
    rescue={"drug": "naloxone 4 mg nasal", "delay": "3 min"}, attended=True, oxygen="50 %",
)  # fmt: skip
PLAN = ops.Plan(
    title="Two arms", length="84 d", people={"n": 40, "habit": "heroin 50 mg iv every 8 h x 84"},
    arms=[{"name": "depot", "regimen": ["naltrexone 380 mg im-depot every 28 d x 3"]}, {"name": "none"}],
)  # fmt: skip
DOSES: tuple[ops.Dose, ...] = SCENARIO.doses
SUMMARY: list[str] = [each.text() for each in (ops.drug("naltrexone").molar_mass,)]
WHO = ops.Who(people=20, tolerance="naive", change={"adaptation.tau_loss": "20 d"})


def asked() -> float:
    """Answers have types too: what is wrong here is underlined before it is run."""
    answer = ops.blockade("naltrexone 50 mg oral", "heroin 25 mg iv", days=3, who=WHO, work=ops.Work(threads=1))
    result: ops.Run = ops.simulate(SCENARIO, change={"naltrexone.molar_mass": "341.4 g/mol"})
    return float(answer.blockade.max()) + float(result.table["time_h"].max())
