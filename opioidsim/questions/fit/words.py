"""A fit in tables and sentences."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.cases.observed import is_effect
from opioidsim.questions.fit.data import spread_before
from opioidsim.questions.fit.rules import rules
from opioidsim.show import vpc
from opioidsim.show.answer import Column, plain
from opioidsim.show.words import listed, percent

if TYPE_CHECKING:
    import pandas as pd

    from opioidsim.questions.fit.run import Fit

COLUMNS = (
    Column("parameter", "parameter", text=True),
    Column("likeliest", "typical person"),
    Column("standard_error", "standard error"),
    Column("unit", "unit", text=True),
    Column("value", "drawn"),
    Column("library", "library"),
    Column("omega_likeliest", "between people, sd of the logarithm"),
    Column("omega_standard_error", "its standard error", shown=False),
    Column("omega", "drawn"),
    Column("omega_library", "the same, library", shown=False),
    Column("shrinkage", "shrinkage", percent),
)

SCALES = {"liking": "points, 0 to 100", "pain_relief": "points, 0 to 100", "withdrawal": "points, 0 to 48"}
FEW = 0.01  # of the steps: so many may diverge before the draws are not to be relied upon


def _ranged(name: str, drawn: np.ndarray) -> dict[str, float]:
    """A column's median with the ends of the middle 90 % of draws."""
    low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    return {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}


def rows(fit: "Fit") -> list[dict[str, Any]]:
    """A row for each fact, each correlation, each effect of a column, each error."""
    return [*_facts(fit), *_correlations(fit), *_effects(fit), *_errors(fit)]


def _facts(fit: "Fit") -> list[dict[str, Any]]:
    population, typical, best, error = fit.population, fit.typical(), fit.likeliest, fit.standard_errors
    values, found = fit.values_of(np.asarray(best.u)), []
    slopes = values * np.where([each.share for each in population.facts], 1.0 - values, 1.0)
    for k, each in enumerate(population.facts):
        row = {"parameter": each.name, "likeliest": float(values[k]), "standard_error": float(slopes[k] * error.u[k])}
        row |= {"unit": each.fact.unit, **_ranged("value", typical[:, k]), "library": float(each.fact.value)}
        if k in population.differs:
            q = population.differs.index(k)
            row |= {"omega_likeliest": float(best.omega[q]), "omega_standard_error": float(error.omega[q])}
            row |= _ranged("omega", fit.numbers_drawn.omega[:, q])
            row |= {"omega_library": spread_before(each), "shrinkage": _shrinkage(fit, q)}
        found.append(row)
    return found


def correlations(fit: "Fit") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the spreads that go together, pair by pair: the likeliest (pairs,), their standard errors, and drawn, (draws, pairs)."""
    of, theta = fit.population.correlations, jnp.asarray(fit.found.theta)
    slopes = np.asarray(jax.jacobian(of)(theta))
    error = np.sqrt(np.einsum("ki,ij,kj->k", slopes, fit.found.covariance, slopes))
    return np.asarray(of(theta)), error, np.asarray(jax.vmap(of)(jnp.asarray(fit.draws.theta)))


def _correlations(fit: "Fit") -> list[dict[str, Any]]:
    population, (best, error, drawn) = fit.population, correlations(fit)
    names = [population.facts[k].name for k in population.differs]
    return [
        {"parameter": f"correlation of {names[i]} and {names[j]}", "likeliest": float(best[k]), "standard_error": float(error[k])}
        | {"unit": "", **_ranged("value", drawn[:, k])}
        for k, (i, j) in enumerate(population.pairs)
    ]  # fmt: skip


def _effects(fit: "Fit") -> list[dict[str, Any]]:
    found = []
    for k, effect in enumerate(fit.population.effects):
        drawn, best, error = fit.numbers_drawn.beta[:, k], fit.likeliest.beta[k], fit.standard_errors.beta[k]
        name, factor = fit.population.facts[effect.fact].name, np.isnan(effect.middle)
        what = f"factor where {effect.column} is 1" if factor else f"power of {effect.column} over {effect.middle:g}"
        drawn, best, error = (np.exp(drawn), np.exp(best), np.exp(best) * error) if factor else (drawn, best, error)
        row = {"parameter": f"{name}: {what}", "likeliest": float(best), "standard_error": float(error), "unit": ""}
        found.append(row | _ranged("value", drawn))
    return found


def _errors(fit: "Fit") -> list[dict[str, Any]]:
    found = []
    kinds = {"share": ("additive", "error, a share"), "add": ("proportional", "error")}
    for k, quantity in enumerate(fit.population.quantities):
        for name, (without, said) in kinds.items():
            if fit.population.error != without:
                unit = fit.unit(quantity) if name == "add" else ""
                best, error = (float(getattr(each, name)[k]) for each in (fit.likeliest, fit.standard_errors))
                row = {"parameter": f"{quantity}: {said}", "likeliest": best, "standard_error": error, "unit": unit}
                found.append(row | _ranged("value", getattr(fit.numbers_drawn, name)[:, k]))
    return found


def _shrinkage(fit: "Fit", q: int) -> float:
    """By how much people's most likely numbers lie closer together than the population's spread: 1 - sd(eta) / omega."""
    return float(max(0.0, 1.0 - fit.found.eta[:, q].std() / fit.likeliest.omega[q]))


def under(fit: "Fit") -> str:
    """Who was seen."""
    seen = fit.read.observed
    below = int(sum(each.sum() for each in seen.below))
    limits = f", {below} of them below a limit" if below else ""
    return f"{fit.population.people} people, {sum(map(len, seen.values))} observations{limits}"


def sentences(fit: "Fit") -> list[str]:
    """How sound it is, and whether it looks like the data."""
    rows_ = [row for each in fit.vpc().values() for row in each]
    npde = fit.checks.npde[np.isfinite(fit.checks.npde)]
    effects = [q for q in fit.population.quantities if is_effect(q)]
    levels = {fit.unit(q) for q in fit.population.quantities} - {fit.unit(q) for q in effects}
    told = bool(fit.read.table.unit) or not levels
    read = [] if told else [f"DV was read in {listed(sorted(levels))}, since its header says no unit."]
    read += [f"DV of {q} was read in {fit.unit(q) or SCALES.get(q, 'shares, 0 to 1')}." for q in effects]
    falls = f"; prediction distribution errors have mean {npde.mean():.2f} and standard deviation {npde.std():.2f} (0 and 1 where the model is right)"
    return [
        diagnosis(fit),
        f"{percent(vpc.within(rows_))} of the observed percentiles lie where the middle 90 % of simulated data have theirs{falls if len(npde) > 1 else ''}.",
        *read,
        *fit.read.table.said,
    ]


def diagnosis(fit: "Fit") -> str:
    """Whether the draws can be relied upon, in a sentence."""
    draws = fit.draws
    if not draws.chains:
        return f"Linearised around each person, {fit.found.rounds} rounds, log-likelihood {fit.found.log_likelihood:.2f}: a first look; --method nuts draws from the whole posterior."
    each = len(draws.theta) // draws.chains
    told = f"R-hat is at most {draws.r_hat:.3f}, the draws are worth at least {draws.worth:.0f} independent ones, and {draws.diverging or 'none'} of {len(draws.theta)} steps diverged"
    agree = draws.r_hat <= rules().r_hat and draws.worth >= rules().draws and not draws.diverging
    if agree:
        return f"{draws.chains} chains of {each} draws agree: {told}."
    few = draws.diverging <= FEW * len(draws.theta)
    nearly = draws.r_hat <= rules().r_hat and few
    return f"{'Take care' if nearly and draws.diverging else 'More draws would be better' if nearly else 'Do not rely on these draws'}: {told}; {rules().r_hat:g}, {rules().draws:g} and none are asked for. Take more (--warmup, --samples), or estimate fewer facts."


def remarks(fit: "Fit") -> list[str]:
    """How it goes on."""
    found = [
        'draws.csv (the typical person, row by row) and people.csv (a crowd) are read by any scenario: [population] table = "people.csv". The entries of change.toml go into [change], or behind --set.',
    ]
    if any(fit.population.facts[k].share for k in fit.population.differs):
        found.append("Of a share (F) the spread is that of the logarithm of its odds.")
    return found


def changes(fit: "Fit") -> dict[str, str]:
    """The estimates as changes of facts, by name."""
    likeliest = fit.values_of(np.asarray(fit.likeliest.u))
    return {
        each.name: f"{value:.6g} {each.fact.unit}".strip()
        for each, value in zip(fit.population.facts, likeliest, strict=True)
    }


def write_changes(fit: "Fit", path: Path) -> list[Path]:
    """change.toml: [change] of a scenario."""
    import tomli_w

    from opioidsim.show.files import write_text

    return write_text(tomli_w.dumps({"change": changes(fit)}), path)


def write_draws(fit: "Fit", path: Path) -> list[Path]:
    """InferenceData (ArviZ): posterior with chains and names, what was observed, what was simulated."""
    from arviz_base import from_dict

    population, draws = fit.population, fit.draws
    by_chain = lambda each: each.reshape(draws.chains, len(draws.theta) // draws.chains, *each.shape[1:])  # noqa: E731
    u, beta, omega, _, add, share, eta = map(by_chain, (*fit.numbers_drawn, draws.eta))
    correlation = by_chain(correlations(fit)[2])
    dims = {
        "typical": ["fact"],
        "beta": ["effect"],
        "omega": ["spread"],
        "correlation": ["pair"],
        "error": ["seen"],
        "error_share": ["seen"],
        "eta": ["person", "spread"],
    }
    coords = {
        "fact": [each.name for each in population.facts], "spread": [population.facts[k].name for k in population.differs],
        "effect": [f"{population.facts[e.fact].name}={e.column}" for e in population.effects], "seen": list(population.quantities),
        "pair": [" and ".join(population.facts[population.differs[k]].name for k in pair) for pair in population.pairs],
        "person": [one.id for one in fit.read.table.individuals],
    }  # fmt: skip
    kept = {
        "typical": fit.values_of(u),
        "beta": beta,
        "omega": omega,
        "correlation": correlation,
        "error": add,
        "error_share": share,
        "eta": eta,
    }
    observed = {"DV": np.concatenate(fit.read.observed.values)}
    tree = from_dict(
        {"posterior": {name: each for name, each in kept.items() if each.size}, "observed_data": observed}
        | {"posterior_predictive": {"DV": fit.checks.simulated[None]}},
        dims=dims | {"DV": ["observation"]}, coords=coords,
    )  # fmt: skip
    tree.to_netcdf(path, engine="h5netcdf")
    return [path]


def as_table(fit: "Fit", values: np.ndarray) -> "pd.DataFrame":
    """Values of facts, (rows, facts), as a table of draws: columns named by fact and unit."""
    import pandas as pd

    heads = [f"{each.name} [{each.fact.unit}]" if each.fact.unit else each.name for each in fit.population.facts]
    return pd.DataFrame(values, columns=heads)


def individuals(fit: "Fit") -> "pd.DataFrame":
    """A row for each person: most likely facts, covariates in them."""
    w = np.asarray(fit.population.of_people(*fit.likeliest[:2], fit.found.eta))
    found = as_table(fit, fit.values_of(w))
    found.insert(0, "ID", [one.id for one in fit.read.table.individuals])
    return found


def observations(fit: "Fit") -> "pd.DataFrame":
    """A row for each observation: what was seen, what is predicted, residuals; `corrected`: DV times the typical prediction of its
    bin over its own."""
    import pandas as pd

    seen, checks = fit.read.observed, fit.checks
    ids = np.array([one.id for one in fit.read.table.individuals])
    kinds = np.concatenate(seen.kinds)
    frame = pd.DataFrame({
        "ID": ids[seen.person], "time_h": np.concatenate(seen.times), "quantity": np.array(fit.population.quantities)[kinds],
        "DV": np.concatenate(seen.values), "below": np.concatenate(seen.below), "typical": checks.typical,
        "individual": checks.individual, "residual": checks.residual, "npde": checks.npde,
    })  # fmt: skip
    share = np.ones(len(frame))
    for k in range(len(fit.population.quantities)):
        mine = np.flatnonzero(kinds == k)
        share[mine] = vpc.corrected(frame["time_h"].to_numpy()[mine], checks.typical[mine])
    return frame.assign(corrected=frame["DV"] * share)


def curves(fit: "Fit", most: int, count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The curves of the first people, own and typical, and their observations, as rows."""
    seen, people = fit.read.observed, fit.population.people
    shown = [i for i in range(people) if len(seen.times[i])][:most]
    ids, kinds = [one.id for one in fit.read.table.individuals], len(fit.population.quantities)
    effects, unit = any(map(is_effect, seen.quantities)), 1.0 / 60.0
    last = [max(float(t.max(initial=0.0)), unit) for t in seen.times]
    ends = [max(last)] * people if effects else last  # with effects all share one grid,
    if effects:  # whose times are binary fractions of an hour, as the steps are: others would cost ten steps each
        unit = 2.0 ** np.clip(np.floor(np.log2(max(last) / count)), -6, -2)
    grids = [np.unique(np.rint(np.linspace(0.0, end, count) / unit) * unit) for end in ends]
    grids = [grid[grid <= last[i] + unit] if i in shown else grid[:1] for i, grid in enumerate(grids)]
    follow = fit.read.curves([np.repeat(g, kinds) for g in grids], [np.tile(np.arange(kinds), len(g)) for g in grids])
    eta = fit.found.eta
    whose = {"own": eta, "typical": np.zeros_like(eta)}
    found: list[dict[str, Any]] = []
    for name, each in whose.items():
        values = np.asarray(follow(fit.population.of_people(*fit.likeliest[:2], each)))
        for i in shown:
            mine = values[: len(grids[i]) * kinds, i].reshape(-1, kinds)
            found += [
                {"ID": ids[i], "time_h": float(t), "value": float(mine[j, k]), "quantity": fit.population.quantities[k], "whose": name}
                for j, t in enumerate(grids[i]) for k in range(kinds)
            ]  # fmt: skip
    mine = {ids[i] for i in shown}
    dots = plain([row for row in observations(fit).to_dict("records") if row["ID"] in mine])
    return found, dots
