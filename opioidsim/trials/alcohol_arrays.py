"""An alcohol trial's arm and its people -> the arguments of `alcohol.live`.

As in `opioid_arrays`, a person's number runs through all replicates and keys what is the person's
own, and a pair of replicates shares one reading of what is not known.
"""

from functools import lru_cache

import numpy as np

from opioidsim.cases.person import Population, normal, uniform, uniforms
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.trial_arm import DEPOTS, Arm
from opioidsim.cases.trial_plan import SHARING, Plan
from opioidsim.engine import clock, course, course_arrays
from opioidsim.engine import inputs as reading
from opioidsim.engine.course_arrays import nanomoles
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.model import drinking as equations
from opioidsim.trials import pieces
from opioidsim.trials.alcohol import DRAWS, Drinker, Medicine
from opioidsim.trials.opioid_arrays import inputs_of, part_of_therapy
from opioidsim.trials.replicates import SHARED

RESTS_ON = ("drinking", "behaviour")  # groups of the body's facts
NONE = "naltrexone 50 mg oral"  # stands for the compartments of an arm without medicine; nothing of it is given
FIRST, GROWTH = 26, 0.5  # steps from 15 min on: mean blockade is then off by less than 0.001 (see the tests)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)  # of a mean over people


def ready(plan: Plan, arm: Arm, people: range, uncertain: bool, refine: int = 0) -> tuple:
    """The arguments of `alcohol.live`. Person numbers run through all replicates: each has plan.each() of them.

    Every draw belongs to person, quantity and day: the same people meet the same chances in every
    arm. uncertain: each pair of replicates has its own reading of the facts. refine: halve every
    step so often.
    """
    given, seed = reading.read(scenario_of(plan, arm), *RESTS_ON), plan.people.seed
    values, groups = given.values(people), np.array(people) // plan.each() // SHARING
    facts, helping = (given.of_groups(group, groups, seed, uncertain) for group in RESTS_ON)
    body = course_arrays.body_of(given.plan, values)
    lowest, grid, window = day_grid(given.known.body["drinking"], len(inputs_of(plan.stages(arm))), refine)
    steps = course.prepare(body, lowest, clock.LONGEST)
    medicine = _medicine(plan, arm, given.plan, values, facts, helping)
    return (body, steps, _drinkers(plan, people, facts), medicine, facts, grid, window, len(window), _draws(plan.people.seed, plan.length, people))  # fmt: skip


def scenario_of(plan: Plan, arm: Arm) -> Scenario:
    """The drugs and people of an arm as a scenario; its doses say which compartments are needed, not when.

    Everyone counts as dependent: naltrexone is cleared faster in alcohol and opioid dependence. An
    arm without medicine is laid out for a tablet that nobody takes.
    """
    given = [dose for one in plan.stages(arm) for dose in one.regimen]
    each = [dose.model_copy(update={"times": 1, "every": 0.0, "at": 0.0}) for dose in given]
    table = {
        "title": f"{plan.title}: {arm.name}", "doses": tuple(dict.fromkeys(each)) or (NONE,),
        "duration": units.time_text(24.0 * plan.length), "every": "1 d",
        "person": plan.people.person.model_copy(update={"dependence": 1.0}), "change": plan.change,
        "population": Population(n=plan.people.n, seed=plan.people.seed),
        "outputs": (f"occupancy.{each[0].drug if each else NONE.split()[0]}",),
    }  # fmt: skip
    return build(Scenario, table, plan.title)


def day_grid(facts, inputs: int, refine: int = 0) -> tuple[int, clock.Grid, np.ndarray]:
    """The grid of one day, its lowest level, and the weight of each slot in the mean over the drinking period.

    facts: of drinking, of which the hours are point values: a grid is compiled and cannot differ
    between people. The mean is by trapezoids between looks an hour apart. Events: each input in the
    morning, then each before drinking, for targeted tablets.
    """
    begins, lasts, before = (facts[name].value for name in ("drinking_from", "drinking_for", "before_drinking"))
    looks = begins + np.linspace(0.0, lasts, round(lasts) + 1)
    events = [0.0] * inputs + [begins - before] * inputs
    steps = clock.grid(events, [*looks, 24.0], refine, FIRST, GROWTH)
    lowest = clock.COARSE
    grid = steps._replace(level=np.where(steps.level < 0, -1, steps.level - lowest).astype(np.int32))
    ends = np.ones(len(looks))
    ends[[0, -1]] = 0.5
    return lowest, grid, np.append(ends / ends.sum(), 0.0)


def _medicine(plan: Plan, arm: Arm, layout, values: dict, facts, helping) -> Medicine:
    """An arm's tablets and injections by stage and day; see `alcohol.Medicine`. Doses after the
    trial's last day are left out. helping: facts of behaviour.
    """
    stages = plan.stages(arm)
    inputs = inputs_of(stages)
    width = pieces.PLANNED * -(-plan.length // pieces.PLANNED)
    given = {kind: np.zeros((len(stages), width, max(len(inputs), 1))) for kind in ("tablets", "injections")}
    for number, one in enumerate(stages):
        for dose in one.regimen:
            kind = "injections" if dose.route in DEPOTS else "tablets"
            for day in (round(at / 24.0) for at in dose.starts()):
                if day < plan.length:
                    given[kind][number, day, inputs.index((dose.drug, dose.route))] += dose.milligrams()
    none = np.zeros_like(values["person.weight"])
    drug_in_it = 0.0 if arm.placebo else 1.0
    per_mg = [drug_in_it * nanomoles(values, drug, route) + none for drug, route in inputs] or [none]
    places = [layout.inputs.index((*key, False)) for key in inputs] or [0]
    therapy = np.stack([facts.therapy_any * part_of_therapy(plan, one, facts.therapy_sessions) for one in stages])
    seen = {"none": none, "family": helping.take_family, "clinic": helping.take_clinic}
    due, targeted = given["injections"].any(2), np.array([one.targeted for one in stages])
    step, most = np.array([one.rises_by() for one in stages]).T
    return Medicine(
        given["tablets"], given["tablets"].any(2), given["injections"], due, due & (np.cumsum(due, 1) > 1), np.stack(per_mg),
        np.array(places, np.int32), therapy, np.stack([seen[one.supervision] for one in stages]), targeted, step, most,
        arm.switch_after if len(stages) > 1 else 0, plan.back_a_day(),
    )  # fmt: skip


def _drinkers(plan: Plan, people: range, facts) -> Drinker:
    """Who these people are; see `alcohol.Drinker`.

    Inclination is such that before the trial the crowd drank on the plan's share of days; entering
    the trial lowers it in every arm, placebo too. Usual drinks are log-normal about the plan's
    mean.
    """
    seed, drinks = plan.people.seed, plan.people.drinking
    assert drinks is not None
    own = {name: normal(seed, f"drinking.{name}", people) for name in ("any", "drinks", "take")}
    inclination = _inclination(drinks.days, facts) - drinks.response * facts.entering + facts.person_any * own["any"]
    usual = drinks.drinks * np.exp(facts.person_drinks * own["drinks"] - facts.person_drinks**2 / 2.0)
    take = facts.take_tablet + facts.take_person * own["take"]
    return Drinker(inclination, usual, take, np.where(is_woman(plan, people), facts.heavy_women, facts.heavy_men))


def _inclination(days: float, facts) -> np.ndarray:
    """The mean logit with which the people of these facts drink on such a share of days in the long run; (people,).

    By bisection: the share of a person follows from the logit in closed form (`drinking_share`),
    and its mean over people, normal in the logit, by Gauss and Hermite's nodes. A plan gives the
    mean of a crowd, which is not the share of its mean person.
    """
    low, high = np.full((2, *facts.carry.shape), [[-20.0], [20.0]])
    for _ in range(50):
        middle = (low + high) / 2.0
        shares = np.asarray(equations.drinking_share(middle + facts.person_any * NODES[:, None], facts))
        above = WEIGHTS @ shares / WEIGHTS.sum() > days
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2.0


@lru_cache(maxsize=SHARED)
def _draws(seed: int, days: int, people: range) -> np.ndarray:
    """(days, DRAWS, people): uniform; "amount" normal. A stream for each quantity and day, keyed by both names, the same in all
    arms."""
    from scipy.special import ndtri

    names = [f"drinking.{name}.{day}" for day in range(days) for name in DRAWS]
    drawn = uniforms(seed, names, people).reshape(days, len(DRAWS), len(people))
    bent = DRAWS.index("amount")
    drawn[:, bent] = ndtri(drawn[:, bent])
    return drawn


def is_woman(plan: Plan, people: range) -> np.ndarray:
    """Whether each person is a woman, (people,): it decides from how many drinks on a day is one of heavy drinking."""
    drinks = plan.people.drinking
    assert drinks is not None
    return uniform(plan.people.seed, "drinking.sex", people) < drinks.women
