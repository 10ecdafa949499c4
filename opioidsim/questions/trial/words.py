"""A trial in sentences and columns."""

from typing import TYPE_CHECKING, Any

from opioidsim.show.answer import Column
from opioidsim.show.words import NONE, Writer, digits, number, percent
from opioidsim.trials.replicates import FEW, cell, said

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

COLUMNS = (
    Column("endpoint", "endpoint", text=True),
    Column("arm", "arm", text=True, shown=False),
    Column("said", "what is counted", text=True, shown=False),
    Column("mean", "mean of people"),
    Column("low", "interval of the mean, low end", shown=False),
    Column("high", "interval of the mean, high end", shown=False),
    Column("median", "median of people", shown=False),
)


def each(trial: "Trial") -> str:
    """How many people, how many times."""
    sizes = [trial.plan.size(arm) for arm in trial.plan.arms]
    one = (
        f"{sizes[0]} people in each arm" if len(set(sizes)) == 1 else f"{', '.join(map(str, sizes))} people in the arms"
    )
    return one if trial.replicates == 1 else f"{trial.replicates} replicates of {one}"


def under(trial: "Trial") -> str:
    """Who was asked about."""
    analysed = "" if trial.plan.analysed == "all randomised" else "; analysed are those who began"
    strata = f"; times by halves of {trial.plan.strata}" if trial.plan.strata else ""
    return f"{each(trial)}, the same in all{analysed}{strata}"


def brackets(trial: "Trial") -> str:
    """What an interval is."""
    if trial.replicates == 1:
        return "Ranges: 95 % intervals of one trial of this size."
    if trial.replicates < FEW:
        return ""
    unsure = ", and what is not known" if trial.uncertain else ""
    return f"Ranges: 95 % of the replicates lie within; they hold chance, how people differ{unsure}."


def _writer(trial: "Trial", row: dict[str, Any]) -> Writer:
    """Shares and their differences in percent, everything else as a number."""
    counted = trial.counts.get(row["endpoint"])
    share = counted is not None and counted.share and row.get("measure", "risk difference") == "risk difference"
    return digits if share else number


def reach(trial: "Trial", row: dict[str, Any], name: str = "mean") -> str:
    """What is not known of a row's number."""
    write = _writer(trial, row)
    return f"{write(row[f'{name}_low'])} to {write(row[f'{name}_high'])}"


def named(trial: "Trial", row: dict[str, Any]) -> str:
    """What a row's number is, in words."""
    counted = trial.counts.get(row["endpoint"])
    said = counted.said if counted else row["endpoint"]
    return (
        f"{said}, {row['arm']} against {row['against']}: {row['measure']}"
        if "measure" in row
        else f"{said}, {row['arm']}"
    )


def unsure(trial: "Trial", rows: list[dict[str, Any]], whose: str, draws: int) -> list[str]:
    """What is not known of the first endpoints by arm, and of the arms compared by the main measure."""
    main, _ = trial.condition.main
    some = max(6 // len(trial.people), 1)  # a sentence for a dozen arms would be read by nobody
    first = list(dict.fromkeys(row["endpoint"] for row in rows if "measure" not in row))[:some]
    told = [row for row in rows if "mean" in row and (
        (row["endpoint"], row.get("measure")) == (main.endpoint, main.measure) or ("measure" not in row and row["endpoint"] in first)
    )]  # fmt: skip
    said = "; ".join(f"{named(trial, row)} {reach(trial, row)}" for row in told if row["mean_low"] < row["mean_high"])
    stays = ["How one use ends is read from its stored surface, which stays as it is under every draw: ranges of overdoses are of how people use."]  # fmt: skip
    counted = "overdoses" in trial.plan.endpoints
    return [f"What is not known, {draws} draws, {whose}: {said}.", *(stays if counted else [])]


def between(trial: "Trial", row: dict[str, Any]) -> str:
    """Mean and interval in one cell, or why there is none."""
    return cell(row, _writer(trial, row))


def _line(trial: "Trial", row: dict[str, Any]) -> str:
    """What stands before a line of the table."""
    counted = trial.counts.get(row["endpoint"])
    what = counted.said if counted else row["endpoint"]
    measure = "number needed to treat or to harm" if "words" in row else row.get("measure")
    return f"{what}: {measure}" if measure else what


def _cell(trial: "Trial", row: dict[str, Any]) -> str:
    """A cell: with what is not known in square brackets."""
    told = row.get("mean_unknown_low") is not None
    return _told(trial, row) + (f" [{reach(trial, row, 'mean_unknown')}]" if told else "")


def _told(trial: "Trial", row: dict[str, Any]) -> str:
    if "measure" in row:
        needed = "words" in row and row["mean"] == row["mean"]  # nan is never itself
        ended = row["measure"].removeprefix("number needed ")
        return f"{between(trial, row)}, {ended}" if needed else between(trial, row)
    median = f"; median {number(row['median'])}" if not trial.counts[row["endpoint"]].share else ""
    return f"{between(trial, row)}{median}"


def cells(trial: "Trial", rows: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Header and lines: a column for each arm, a line for each endpoint and each comparison with the reference arm."""
    arms, lines = list(trial.people), {}
    for row in rows:
        usual = {row["against"]: "reference"} if "against" in row else {}
        lines.setdefault(_line(trial, row), usual)[row["arm"]] = _cell(trial, row)
    return ["endpoint", *arms], [[said, *(found.get(arm, NONE) for arm in arms)] for said, found in lines.items()]


def sentences(trial: "Trial") -> list[str]:
    """The first endpoints by arm, the arms compared, what the intervals are, what is weak."""
    condition = trial.condition
    means: dict[str, dict[str, str]] = {arm: {} for arm in trial.people}
    for row in trial.rows():
        means[row["arm"]][row["endpoint"]] = between(trial, row)
    lines = []
    for arm, mean in means.items():
        first = [f"{trial.counts[name].said} {mean[name]}" for name in list(mean)[:3]]
        lines.append(f"{arm}: {', '.join(first)}.")
    main, what = condition.main
    own = trial.plan.primary and trial.plan.primary != main.endpoint
    for row in trial.contrasts():
        if own and row["endpoint"] == trial.plan.primary and not row["measure"].startswith("number"):
            lines.append(
                f"{trial.plan.primary}, {row['arm']} against {row['against']}: {row['measure']} {between(trial, row)}."
            )
        elif not own and (row["endpoint"], row["measure"]) == (main.endpoint, main.measure):
            lines.append(f"{what} with {row['arm']} against {row['against']}: {main.measure} {between(trial, row)}.")
    lines += [_enough(trial, row) for row in trial.sizes() if row["wanted"] == 0.8]
    return [*lines, *condition.noted(trial.plan, means), said(trial.replicates, trial.uncertain), condition.weak]


def _enough(trial: "Trial", row: dict[str, Any]) -> str:
    """How many people are enough, in a sentence."""
    chance = f"a chance of {percent(row['wanted'])}"
    if row["by"] == "assurance":
        chance += ", on average over what is not known,"
    equal = len({arm.allocation for arm in trial.plan.arms}) == 1
    people = "people in each arm" if equal else f"people in {row['against']} and as many as are allocated to the other"
    return f"For {chance} to find {row['arm']} to differ from {row['against']} in {trial.primary}: {row['words']} {people}."


def numbers(trial: "Trial") -> dict[str, Any]:
    """Size, the arms compared, power, and where people go."""
    found = {
        "title": trial.plan.title,
        "people": trial.plan.people.n,
        "replicates": trial.replicates,
        "uncertain": trial.uncertain,
        "contrasts": trial.contrasts(),
        "power": trial.power(),
        "sizes": trial.sizes(),
    }
    return found | ({"flow": trial.further("flow")} if "flow" in trial.condition.tables else {})
