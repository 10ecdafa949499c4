"""A trial's arm and its people -> the arrays of `opioid.live`: who they are, what is given, what chance decides.

Two numberings matter. A person's number runs through all replicates, and keys what is that person's
own: kinetics, habit, inclinations, chances. A group's number, that of a pair of replicates, keys
the reading of what is not known about behaviour: two replicates share it, so that their arms can be
compared between different people.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import jax
import numpy as np

from opioidsim.cases import drug as drugs
from opioidsim.cases.person import Population, log_sigma, normal, uniforms
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.trial_arm import DEPOTS, Arm, shots
from opioidsim.cases.trial_plan import SHARING, Plan
from opioidsim.cases.visits import WEEK
from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine import inputs as reading
from opioidsim.engine.course_arrays import counted, nanomoles
from opioidsim.engine.history import unadapted
from opioidsim.engine.layout import Layout
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.trials import opioid, overdoses, pieces
from opioidsim.trials.opioid import DRAWS
from opioidsim.trials.opioid_people import Changes, Medicine, Person, Treatment
from opioidsim.trials.replicates import SHARED

SHOTS = 8  # injections that an arm is laid out for, or whole multiples: few numbers of them are compiled
RESTS_ON = ("behaviour", "adaptation", "effects")  # groups of the body's facts; and the risk surface's


class Ready(NamedTuple):
    """A chunk of one arm's people with all that `opioid.live` asks for.

    arguments: of `opioid.live`, in order. facts: of behaviour, a record with (people,) each, which
    overdoses need too.
    """

    arguments: tuple
    facts: tuple  # of behaviour


class Habit(NamedTuple):
    """A chunk of people as their habit made them, the same in every arm.

    facts: of behaviour, adapting: of adaptation, as each of them has them. begun: where they stand at randomisation, in the arrays of
    the layout `plan`.
    """

    who: Person
    facts: tuple
    adapting: tuple
    begun: opioid.Begun
    plan: Layout


def ready(plan: Plan, arm: Arm, people: range, uncertain: bool, refine: int = 0) -> Ready:
    """These person numbers in this arm. Person numbers run through all replicates: each has plan.each() of them.

    Every draw belongs to person, quantity and day: the same people meet the same chances in every
    arm. uncertain: each group of replicates has its own reading of behaviour. Adaptation is each
    person's own reading in any case: its bands stand for people as much as for knowledge.
    """
    given, seed = reading.read(scenario_of(plan, arm), *RESTS_ON), plan.people.seed
    values = given.values(people)
    body = course_arrays.body_of(given.plan, values)
    steps = _steps(body, opioid.grid_of(1, refine)[1])
    habit = _lived(plan, people, uncertain, refine)
    days = np.arange(plan.length)
    arguments = (
        body, steps, _medicine(given, plan.stages(arm), plan, values), habit.who, _arm(arm, plan, values, habit.facts),
        habit.facts, habit.adapting, unadapted(plan.people.person, len(people)), _begun(habit, given.plan, body), (days, np.isin(days + 1, plan.seen())),
        _draws(seed, people, plan.length), _a_day(plan),
    )  # fmt: skip
    return Ready(arguments, habit.facts)


def _begun(habit: Habit, plan: Layout, body: course.Body) -> opioid.Begun:
    """Where people stand at randomisation in the arrays of an arm, which has its medicines too: none of those is there yet."""
    state = course.start(body)
    for name, (block, row) in habit.plan.place.items():
        state.x[plan.place[name]] = habit.begun.state.x[block, row]
    for name, held in zip(habit.plan.ligands, habit.begun.state.bound, strict=True):
        state.bound[plan.ligands.index(name)] = held
    return habit.begun._replace(state=state)


@partial(jax.jit, static_argnames=("lowest",))
def _steps(body, lowest: int) -> course.Steps:
    """The step matrices from level `lowest` up. They are squared up from much shorter ones, where
    their series is exact.

    The shortest step of a day is a quarter of an hour. Over that the fastest rates are too large
    for the polynomial of `pharmacokinetics.exponentials`; only the matrices that the grid uses are
    kept.
    """
    finest = course.prepare(body, clock.COARSE, max(opioid.LEVELS))
    kept = np.r_[0, lowest - clock.COARSE + 1 : len(finest.e)]
    return jax.tree.map(lambda part: part[kept], finest)


def scenario_of(plan: Plan, arm: Arm) -> Scenario:
    """The drugs and people of an arm as a scenario; its doses say which compartments are needed, not when.

    So an arm's facts, changes and people are read in the one way in which everything is read.
    Tolerance begins at 0: the habit brings it.
    """
    habit = _habit(plan).model_copy(update={"times": 1, "every": 0.0})
    each = [
        dose.model_copy(update={"times": 1, "every": 0.0, "at": 0.0})
        for one in plan.stages(arm)
        for dose in one.regimen
    ]
    table = {
        "title": f"{plan.title}: {arm.name}", "doses": tuple(dict.fromkeys((*each, habit))),
        "duration": units.time_text(24.0 * plan.length), "every": "1 d",
        "person": plan.people.person.model_copy(update={"tolerance": 0.0}), "change": plan.change,
        "population": Population(n=plan.people.n, seed=plan.people.seed),
    }  # fmt: skip
    return build(Scenario, table, plan.title)


def history_days(plan: Plan) -> int:
    """Days simulated before randomisation: the habit, and the most days clean that anyone has (three times the plan's)."""
    habit = _habit(plan)
    most = 3 * plan.people.clean if plan.people.clean_spread else plan.people.clean
    return round(habit.times * habit.every / 24.0) + most


def _habit(plan: Plan):
    """The habit of a plan of opioid use disorder; other plans have none, and do not come here."""
    assert plan.people.habit is not None
    return plan.people.habit


def _facts(plan: Plan, given: reading.Inputs, people: range, uncertain: bool) -> tuple:
    """Of behaviour, as each group of replicates reads it; of adaptation, each person's own. The same in every arm."""
    groups, seed = np.array(people) // plan.each() // SHARING, plan.people.seed
    typical = np.ones(len(people))  # what the risk surface asks for: it knows how people differ by itself
    adapting = given.adaptation(people, seed, True)._replace(sensitivity=typical)
    return given.of_groups("behaviour", groups, seed, uncertain), adapting


@lru_cache(maxsize=SHARED)
def _lived(plan: Plan, people: range, uncertain: bool, refine: int = 0) -> Habit:
    """Who these people are: habit, days clean, own inclinations, see `opioid_people.Person`; and where their habit leaves them. All arms
    share them.

    Habits are log-normal, cut at a fifth and at five times the plan's; with overdoses counted, they
    are such that this person has lived with them (`overdoses.survived`). Leaving goes together with
    using by `leave_alike`, a correlation: those who use also leave, whatever the use gave.
    """
    habit, seed = _habit(plan), plan.people.seed
    given = reading.read(scenario_of(plan, Arm(name="habit")), *RESTS_ON)
    values = given.values(people)
    body = course_arrays.body_of(given.plan, values)
    facts, adapting = _facts(plan, given, people, uncertain)
    medicine, steps = _medicine(given, (), plan, values), _steps(body, opioid.grid_of(1, refine)[1])
    begin = unadapted(plan.people.person, len(people))

    def marched(who: Person) -> opioid.Begun:
        """Where these people's habit leaves them."""
        return opioid.habit(
            body, steps, medicine, who, facts, adapting, begin, -history_days(plan), _a_day(plan), refine
        )

    clean = plan.people.clean * np.exp(log_sigma(plan.people.clean_spread) * normal(seed, "trial.clean", people))
    clean = np.clip(np.round(clean), 0, 3 * plan.people.clean).astype(np.int32)
    own = {name: normal(seed, f"trial.{name}", people) for name in ("use", "leave", "take", "attend")}
    alike = facts.leave_alike
    leaving = alike * own["use"] + np.sqrt(1.0 - alike**2) * own["leave"]
    per_mg, usual = nanomoles(values, habit.drug, habit.route), np.full(len(people), habit.milligrams())
    who = Person(
        usual * per_mg, usual, clean,
        own["use"] * facts.use_person, leaving * facts.leave_person, own["take"] * facts.take_person, own["attend"] * facts.attend_person,
    )  # fmt: skip
    size = np.exp(log_sigma(plan.people.habit_spread) * normal(seed, "trial.habit", people))
    milligrams = usual * np.clip(size, 0.2, 5.0)
    if overdoses.counted(plan):
        brought = marched(who).mind.lived  # of who lives with the plan's habit
        milligrams = overdoses.survived(plan, people, milligrams, brought, adapting.breathing_potency_loss, facts)
    who = who._replace(habit=milligrams * per_mg, milligrams=milligrams)
    return Habit(who, facts, adapting, jax.tree.map(np.asarray, marched(who)), given.plan)


def _a_day(plan: Plan) -> int:
    """How often a day the habit's drug is used."""
    return round(24.0 / _habit(plan).every)


def _arm(arm: Arm, plan: Plan, values: dict, facts) -> Treatment:
    """An arm's medicine by stage and day, and what its care adds; see `opioid_people.Treatment`. Placebo has 0 nmol per mg and all else."""
    stages, inputs = plan.stages(arm), inputs_of(plan.stages(arm))
    tablets = _tablets(stages, inputs, plan, values)
    most = max(len(shots(one)[0]) for one in stages) // SHOTS * SHOTS + SHOTS
    milligrams, gaps = np.zeros((2, len(stages), most))
    for number, one in enumerate(stages):
        for row, part in zip((milligrams, gaps), shots(one), strict=True):
            row[number, : len(part)] = part
    depots = [next((inputs.index((d.drug, d.route)) for d in one.regimen if d.route in DEPOTS), 0) for one in stages]
    drug_in_it = {key: 0.0 if one.placebo else 1.0 for one in stages for key in inputs_of([one])}
    none = np.zeros_like(values["person.weight"])
    per_mg = [drug_in_it[key] * nanomoles(values, *key) for key in inputs] or [none]
    each = {name: np.array([getattr(one, name) for one in stages]) for name in ("opioid_free", "supervision")}
    step, most_more = np.array([one.rises_by() for one in stages]).T
    use, leave, take, attend = (
        np.stack(term) for term in zip(*(_terms(one, plan, facts) for one in stages), strict=True)
    )
    return Treatment(
        tablets, np.stack(per_mg), tablets.any(2), milligrams, gaps.astype(int), np.array([len(shots(one)[0]) for one in stages]),
        np.array(depots), each["opioid_free"], float(arm.place == "home"), (each["supervision"] == "clinic") * 1.0, use, leave, take, attend,
        Changes(step, most_more, arm.switch_after if len(stages) > 1 else 0, plan.back_a_day()),
    )  # fmt: skip


def _tablets(stages: Sequence[Arm], inputs: list[tuple[str, str]], plan: Plan, values: dict) -> np.ndarray:
    """What is planned by the day but for depots [mg that count], (stages, days, inputs)."""
    planned = np.zeros((len(stages), pieces.PLANNED * -(-plan.length // pieces.PLANNED) + 1, max(len(inputs), 1)))
    for number, one in enumerate(stages):
        for dose in one.regimen:
            for day in (round(at / 24.0) for at in dose.starts() if dose.route not in DEPOTS):
                if day < plan.length:
                    mine = number, day, inputs.index((dose.drug, dose.route))
                    planned[mine] += np.mean(counted(values, dose.drug, dose.route, dose.milligrams()))
    return planned


def part_of_therapy(plan: Plan, arm: Arm, weekly=1.0):
    """How much of the therapy that its facts are of is given: by the plan's word, or by its sessions, of which the whole has so
    many a week."""
    if arm.therapy == "none":
        return 0.0 * weekly
    if arm.sessions is None:
        return arm.intensity + 0.0 * weekly
    return np.minimum(arm.sessions / (weekly * plan.length / WEEK), 1.0)


def _terms(arm: Arm, plan: Plan, facts):
    """What care adds to the logit of using, to ln h of leaving, to the logits of taking and of a urine; (people,) each.

    Contingency management comes on top of counselling; of a part of a therapy each term has that part. An arm with neither medicine nor counselling
    is no treatment at all, in which people use more readily (`use_alone`).
    """
    none = np.zeros_like(facts.use_base)
    counselled = part_of_therapy(plan, arm)
    rewarded = (arm.therapy == "contingency management") * counselled  # comes with counselling, as in the trials
    alone = none if arm.regimen else facts.use_alone * (1.0 - counselled)
    use = alone - counselled * facts.counselling_use - rewarded * facts.contingency_use
    leave = -counselled * facts.counselling_leave - rewarded * facts.contingency_leave
    take = rewarded * facts.contingency_take
    seen = {"none": none, "family": facts.take_family, "clinic": facts.take_clinic}[arm.supervision]
    return use, leave, take + seen, facts.attend_family if arm.supervision == "family" else none


def inputs_of(stages: Sequence[Arm]) -> list[tuple[str, str]]:
    """(drug, route) of the medicines of an arm's stages, each once, in the order of their regimens."""
    return list(dict.fromkeys((dose.drug, dose.route) for arm in stages for dose in arm.regimen))


def _medicine(given: reading.Inputs, stages: Sequence[Arm], plan: Plan, values: dict) -> Medicine:
    """What the receptor makes of these stages' drugs and of the habit's opioid; see `opioid.Medicine`."""
    efficacy = np.stack([values[f"{name}.receptor.mu.efficacy"] for name in given.plan.ligands])
    habit = _habit(plan)
    inputs = [given.plan.inputs.index((*key, False)) for key in (*inputs_of(stages), (habit.drug, habit.route))]
    opposing = np.array([drugs.load(name).role != "agonist" for name in given.plan.ligands])
    breathing = np.stack([course_arrays.breathing_efficacy(values, name) for name in given.plan.ligands])
    return Medicine(efficacy, breathing, ~efficacy.any(1), opposing, np.array(inputs, np.int32), given.effect("liking"))


@lru_cache(maxsize=SHARED)
def _draws(seed: int, people: range, days: int):
    """(days, DRAWS, people) from randomisation on: uniform; "amount" and "shift" normal.

    A stream for each quantity and day. A longer trial then begins with the days of the shorter one. All arms share them.
    """
    from scipy.special import ndtri

    names = [f"trial.{name}.{day}" for day in range(days) for name in DRAWS]
    drawn = uniforms(seed, names, people).reshape(days, len(DRAWS), len(people))
    bent = [DRAWS.index(name) for name in ("amount", "shift")]
    drawn[:, bent] = ndtri(drawn[:, bent])
    return drawn
