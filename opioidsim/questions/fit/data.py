"""From what was asked to a population: the table, what is estimated, what differs, what is thought before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from opioidsim.cases import columns, dosing
from opioidsim.cases.dosing import Dosing
from opioidsim.cases.drug import Drug
from opioidsim.cases.drug import find as find_drug
from opioidsim.cases.observed import Observed, is_effect, observed
from opioidsim.cases.open import Open, opened, settled
from opioidsim.cases.person import log_sigma
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine import inputs, linear
from opioidsim.engine import seen as course_seen
from opioidsim.engine.inputs import Inputs
from opioidsim.facts import posterior
from opioidsim.facts.units import time_text
from opioidsim.questions.fit.model import Data, Effect, Population
from opioidsim.questions.fit.rules import rules
from opioidsim.questions.question import Who
from opioidsim.refusal import Refusal, listed, nearest, shown

DRAWS = 400  # of what is not known, whose mean and covariance are what is thought before
OCCASIONS = ("OCC", "OCCASION", "PERIOD", "VISIT")
KINETICS = ("disposition", "routes", "metabolites")
ACTION = (".ke0", ".biophase_half_life", ".receptor.mu.K", ".receptor.mu.kon")  # estimated where effects are seen


@dataclass(frozen=True)
class Asked:
    """What was asked, read. given: the scenario, where only concentrations were seen its kinetics alone."""

    scenario: Scenario
    table: Dosing
    observed: Observed
    given: Inputs
    population: Population

    def curves(self, times: Sequence[np.ndarray], kinds: Sequence[np.ndarray]) -> Callable:
        """From everyone's w, (people, facts), to their curves at other times, (times, people)."""
        return jax.jit(_of_numbers(self.given, (times, kinds), self.observed.quantities, self.population.facts))


def asked(
    data: str,
    drug: str,
    route: str,
    named: Mapping[str, str],
    chosen: Mapping[str, Sequence[str]],
    error: str,
    prior: str,
    whose: Who,
) -> Asked:
    """What was asked, read. chosen: names of `estimate`, `spread`, `correlated` and `covariate`."""
    wanted = [_pair(text) for text in chosen["covariate"]]
    others = tuple(dict.fromkeys(column for _, column in wanted if column not in TRAITS))
    header = {columns.called(each) for each in columns.separated(Path(data))[0]}
    occasions = tuple(column for column in OCCASIONS if column in header - {*others})
    table = dosing.read(Path(data), find_drug(drug) if drug else "", route, uses=(*others, *occasions))
    _one_occasion(table, occasions)
    doses = [dose for one in table.individuals for dose in one.doses]
    seen = observed(table, named, f"concentration.{doses[0].drug}", effects=True)
    last = max(float(times.max()) for times in seen.times if len(times))
    last = max(last, *(dose.at for dose in doses), 1.0)
    scenario = from_table(
        {"title": f"A fit to {Path(data).name}", "dosing": table, "duration": time_text(last), "every": time_text(last / 100.0),
         "readings": whose.readings, "change": dict(whose.change)}, "the question"
    )  # fmt: skip
    _tells(seen, scenario.quantities())
    scenario = scenario.model_copy(update={"outputs": seen.quantities})
    given = inputs.read(scenario)
    given = given if any(map(is_effect, seen.quantities)) else linear.kinetics_alone(given)
    facts = _estimated(given, seen, chosen["estimate"])
    differs = _differing(facts, chosen["spread"], len(table.individuals))
    together = _together([facts[k].name for k in differs], chosen["correlated"])
    effects = [_effect(table, facts, *pair) for pair in wanted]
    return Asked(
        scenario, table, seen, given, _population(given, seen, facts, differs, together, effects, error, prior)
    )


def _tells(seen, quantities: Sequence[str]) -> None:
    """Refuses observations that tell nothing: all of them under a limit, or of something that no dose leads to."""
    if all(each.all() for each in seen.below):
        raise Refusal("everything that was observed lies below a limit; of such data alone no population can be told.")
    missing = next((q for q in seen.quantities if q not in quantities), None)
    if missing:
        raise Refusal(f"{missing} is seen, but no dose of the table leads to it.", where="observed")


def _one_occasion(table: Dosing, occasions: tuple[str, ...]) -> None:
    """Refuses people who were observed on several occasions by one of these columns."""
    for one in table.individuals:
        for column in occasions:
            if len(one.others[column]) > 1:
                raise Refusal(
                    f"{column} of ID {shown(one.id, 20)} is {listed(one.others[column][:3])}, and spreads between occasions are not fitted; leave the column out "
                    "if a person's numbers are the same on all, or give each occasion an ID of its own, if nothing of the drug is left over between them.",
                    where="data",
                )


def _population(
    given: Inputs, seen: Observed, facts: tuple[Open, ...], differs, together, effects, error: str, prior: str
) -> Population:
    mean, covariance = _before(given, facts, prior)
    facts = tuple(each._replace(sd=1.0) for each in facts)
    curve = _of_numbers(given, (seen.times, seen.kinds), seen.quantities, facts)
    size = np.array([_size(seen, k) for k in range(len(seen.quantities))])
    both = [jax.jit(make(curve, len(facts))) for make in (linear.by_slopes, linear.with_slopes)]
    return Population(
        facts, mean, covariance, differs, together, tuple(effects), seen.quantities, error, _padded(seen), size, *both
    )


def _of_numbers(
    given: Inputs,
    when: tuple[Sequence[np.ndarray], Sequence[np.ndarray]],
    quantities: Sequence[str],
    open_: Sequence[Open],
) -> Callable:
    """From everyone's w, (people, facts), to what is predicted. when: (times, kinds) of everyone's observations."""
    if any(map(is_effect, quantities)):
        follow = course_seen.quantities(given, *when, quantities)
    else:
        drugs = [name.partition(".")[2] for name in quantities]
        alone = linear.concentrations(given, linear.design(given, *when), drugs)
        follow = lambda under: alone(under.values(range(len(under.regimens))))  # noqa: E731

    def curve(w):
        return follow(given.having({each.name: each.at(w[:, k]) for k, each in enumerate(open_)}))

    return curve


def _size(seen: Observed, kind: int) -> float:
    """The standard deviation of what was seen of a quantity [its unit]."""
    mine = np.concatenate([v[k == kind] for v, k in zip(seen.values, seen.kinds, strict=True)])
    return float(mine.std() or np.abs(mine).max() or 1.0)


def _padded(seen: Observed) -> Data:
    shape = max(map(len, seen.times)), len(seen.times)
    found = Data(np.zeros(shape), np.zeros(shape, int), np.zeros(shape, bool), np.zeros(shape, bool))
    for i, mine in enumerate(zip(seen.values, seen.kinds, seen.below, strict=True)):
        for whole, part in zip(found, (*mine, np.ones(len(mine[0]), bool)), strict=True):
            whole[: len(part), i] = part
    return found


def _estimated(given: Inputs, seen: Observed, names: Sequence[str]) -> tuple[Open, ...]:
    """The facts that are estimated: those that are named, or all kinetics of what is seen in plasma and of what turns into it, and
    where effects are seen how fast they follow and how strongly what was given binds."""
    effects = any(map(is_effect, seen.quantities))
    in_play = {n: fact for n, fact in given.facts().items() if _kinetic(given, n) or (effects and _acting(given, n))}
    free = {name: fact for name, fact in in_play.items() if not settled(name, fact) and name not in given.table}
    usual = _usual(given, seen, free)
    chosen = [_full(name, in_play, "estimate", usual) for name in names] or usual
    given_apart = next((name for name in chosen if name in given.table), None)
    if given_apart:
        raise Refusal(
            f"estimate: {given_apart} is a column of the table, which gives it for each person; leave one of the two out.",
            where="estimate",
        )
    stands = next((name for name in chosen if name not in free), None)
    if stands:
        raise Refusal(
            f"estimate: {stands} is {in_play[stands].text()}, which is a convention or all or nothing; it is not estimated.",
            where="estimate",
        )
    return tuple(opened(name, "kinetics", in_play[name]) for name in dict.fromkeys(chosen))


def _usual(given: Inputs, seen: Observed, free: Iterable[str]) -> list[str]:
    """Which of these facts are estimated where none is named."""
    mine = _behind(given.drugs, {name.partition(".")[2] for name in seen.quantities if not is_effect(name)})
    chosen = [name for name in free if _kinetic(given, name) and name.partition(".")[0] in mine]
    if any(map(is_effect, seen.quantities)):
        doses = {dose.drug for one in given.regimens for dose in one.doses}
        chosen += [name for name in free if name.partition(".")[0] in doses and name.endswith(ACTION)]
    return chosen


def _acting(given: Inputs, name: str) -> bool:
    """Whether a fact is of what comes after the plasma: an effect site, a receptor, an effect, what people adapt by."""
    own = ("ke0", "biophase_half_life", "receptor.")
    return name.startswith((*(f"{d.name}.{part}" for d in given.drugs for part in own), "effects.", "adaptation."))


def _kinetic(given: Inputs, name: str) -> bool:
    """Whether a fact is one of kinetics: of disposition, a route, or the share that becomes a metabolite."""
    return any(name.startswith(f"{drug.name}.{part}.") for drug in given.drugs for part in KINETICS)


def _behind(members: Sequence[Drug], seen: set[str]) -> set[str]:
    """The drugs that are seen, and all that turn into one of them."""
    found = set(seen)
    for _ in members:
        for drug in members:
            into = {*drug.metabolites, *drug.mixture, *(m for route in drug.routes.values() for m in route.presystemic)}
            found |= {drug.name} if into & found else set()
            found |= set(drug.mixture) if drug.name in found else set()
    return found


def _full(name: str, known: Mapping[str, object], where: str, rather: Sequence[str] = ()) -> str:
    """The full name of a fact by a unique end of it; `rather` one of these."""
    ends = [each for each in known if each == name or each.endswith(f".{name}")]
    ends = [each for each in ends if each in rather] or ends
    if len(ends) != 1:
        said = (
            f"several facts end so: {', '.join(ends[:4])}"
            if ends
            else f"no fact that can be estimated here is called so.{nearest(name, known)}"
        )
        raise Refusal(f'{where}: "{shown(name)}": {said}', where=where)
    return ends[0]


def _differing(facts: Sequence[Open], names: Sequence[str], people: int) -> tuple[int, ...]:
    """Which facts differ between people: those that are named, or those with a spread in the library; none in one person."""
    known = {each.name: k for k, each in enumerate(facts)}
    if names:
        return tuple(sorted({known[_full(name, known, "spread")] for name in names}))
    found = tuple(k for k, each in enumerate(facts) if each.fact.spread)
    if people > 1 and not found:
        raise Refusal(
            f"no fact that is estimated has a spread in the drug's file; say which differ between people, for example --spread {facts[0].name}.",
            where="spread",
        )
    return found if people > 1 else ()


def _together(spreads: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """Which of these spreads go together, by their places: those of the facts that are named, or all."""
    if not names:
        return ()
    chosen = (
        spreads if tuple(names) == ("all",) else [_full(name, dict.fromkeys(spreads), "correlated") for name in names]
    )
    if len(set(chosen)) < 2:
        raise Refusal(
            f"correlated: {listed(chosen) or 'nothing'} differs between people and was named; a correlation is of two or more that do, see --spread.",
            where="correlated",
        )
    return tuple(sorted({list(spreads).index(name) for name in chosen}))


TRAITS = {"WT": "person.weight", "AGE": "person.age", "LIVER": "person.cirrhosis"}


def _pair(text: str) -> tuple[str, str]:
    """(fact, column) of FACT=COLUMN."""
    fact, equals, column = (part.strip() for part in text.partition("="))
    if not (fact and equals and column):
        raise Refusal(
            f'covariate: "{shown(text)}" was given; write FACT=COLUMN, for example disposition.CL=CRCL.',
            where="covariate",
        )
    return fact, column.upper()


def _effect(table: Dosing, facts: Sequence[Open], fact: str, column: str) -> Effect:
    """What a column does to a fact: a power of it over the median, or a factor where it is 0 or 1."""
    place = {each.name: k for k, each in enumerate(facts)}
    values = np.array([_value(one, column) for one in table.individuals])
    if not np.ptp(values):
        raise Refusal(
            f"covariate: {column} is {values[0]:g} in everyone, so that the data say nothing of what it does.",
            where="covariate",
        )
    at = place[_full(fact, place, "covariate")]
    if set(values) <= {0.0, 1.0}:
        return Effect(at, column, values, float("nan"))
    if values.min() <= 0:
        raise Refusal(
            f"covariate: {column} is {values.min():g} in someone; only a column of positive numbers, or of 0 and 1, can act.",
            where="covariate",
        )
    middle = float(np.median(values))
    return Effect(at, column, np.log(values / middle), middle)


def _value(one, column: str) -> float:
    """A person's covariate: one number."""
    if column in TRAITS:
        traits = one.changes[0][1] if one.changes else {}
        if TRAITS[column] not in traits:
            raise Refusal(f"covariate: the table has no column {column}.", where="covariate")
        return traits[TRAITS[column]]
    said = one.others[column]
    try:
        (value,) = {float(text) for text in said}
    except ValueError:
        what = f"is {listed(map(shown, said))}" if said else "is missing"
        raise Refusal(
            f"covariate: {column} of ID {shown(one.id, 20)} {what}; write one number, the same in all rows of a person.",
            where="covariate",
        ) from None
    return value


def _before(given: Inputs, facts: Sequence[Open], prior: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of how far the facts lie from the library's, in logarithms: of the joint draws where there are any,
    else by how well each is known; or wide."""
    if prior == "wide":
        return np.zeros(len(facts)), np.eye(len(facts)) * rules().wide ** 2
    mean, covariance = np.zeros(len(facts)), np.diag([each.sd**2 for each in facts])
    drawn = posterior.of({each.name: each.fact for each in facts}, DRAWS)
    mine = [k for k, each in enumerate(facts) if each.name in drawn]
    if mine:
        off = np.stack([facts[k]._replace(sd=1.0).off(drawn[facts[k].name]) for k in mine])
        mean[mine], covariance[np.ix_(mine, mine)] = off.mean(1), np.atleast_2d(np.cov(off))
    return mean, covariance


def spread_before(each: Open) -> float:
    """The library's spread of a fact between people, as a standard deviation of the logarithm; nan where it has none."""
    return log_sigma(each.fact.spread) if each.fact.spread else float("nan")
