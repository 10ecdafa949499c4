"""Answers about starting treatment, in sentences and as JSON."""

from pathlib import Path

from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.drug import load
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.facts import units
from opioidsim.questions.abuse.run import TAKERS, Abuse
from opioidsim.questions.relapse.run import Relapse

UNKNOWN = (
    "The time constants of dependence and the scale of symptoms were never measured in people: they are assumed, and the "
    "ranges carry what is not known."
)


def dose_text(asked: Relapse, row: dict, key: str) -> str:
    """A multiple of the use in a row as an amount, with its range; a dash where it lies beyond what was tried."""
    middle, low, high = (row[key + end] for end in ("", "_low", "_high"))
    if middle is None:
        return "–"
    text, unit = f"{middle * asked.use.amount:.3g}", asked.use.unit
    if low is None or high is None or high / low < 1.005:
        return f"{text} {unit}"
    return f"{text} ({low * asked.use.amount:.3g} to {high * asked.use.amount:.3g}) {unit}"


def of_relapse(asked: Relapse) -> list[str]:
    """The answer in sentences: the tolerant state, first and last day, how they compare, and what is not in it."""
    share, low, high = asked.tolerant
    of = "of people" if asked.people > 1 else "of the readings of what is not known"
    use = f"{asked.use}{f' (give or take {asked.spread:.0%})' if asked.spread else ''}"
    lines = [
        f"As tolerant as at the end of that history, and clean, {share:.0%} ({low:.0%} to {high:.0%}) {of} have a cardiac arrest after {use}."
    ]
    rows = asked.rows()
    for row in (rows[0], rows[-1]) if len(rows) > 1 else rows:
        text = f"On day {row['day']:g}, {row['arrest']:.0%} ({row['arrest_low']:.0%} to {row['arrest_high']:.0%}), {times_text(row)}"
        stops = (
            f"; the typical person's circulation stops from {dose_text(asked, row, 'stops')} on"
            if row["stops"]
            else "; no dose tried stops the typical person's circulation"
        )
        lines.append(f"{text}{stops}.")
    return [
        *lines,
        "Nobody helps in this question. How fast tolerance goes was never measured in people: it is assumed, and the ranges carry it.",
    ]


def times_text(row: dict) -> str:
    """How a day's risk compares with the tolerant state's, in words."""
    low, high = row["times_tolerant_low"], row["times_tolerant_high"]
    if row["times_tolerant"] is None:
        return f"at least {low:.2g} times as often as when tolerant" if row["arrest"] else "and none when tolerant"
    return f"{row['times_tolerant']:.2g} times ({low:.2g} to {high:.2g}) as often as when tolerant"


def relapse_json(asked: Relapse, files: list[Path]) -> dict:
    """`relapse --json`: the answer in sentences, the tolerant state, and each day."""
    share, low, high = asked.tolerant
    return {
        "use": str(asked.use),
        "spread": asked.spread,
        "after": list(map(str, asked.after)),
        "people": asked.people,
        "answer": of_relapse(asked),
        "tolerant": {"arrest": share, "arrest_low": low, "arrest_high": high},
        "days": asked.rows(),
        "cautions": [c.model_dump() for c in cautions(asked.scenario)],
        "files": [str(f) for f in files],
    }


NO_PRICE = "What a dose is worth is a proxy, the larger of liking (of 100) and relief (of 48); street prices are of the US in 2012."
NOT_TOLERANT = (
    "Liking here follows the receptor alone: that tolerance dulls it, and how fast a dose arrives, is not in it."
)


def of_abuse(asked: Abuse) -> list[str]:
    """The answer in sentences: for each taker the most liked medicine and the one that relieves or harms most."""
    rows, lines = asked.rows(), []
    for taker in asked.takers:
        own = [row for row in rows if row["taker"] == taker]
        best = max(own, key=lambda row: row["liking"])
        worst, relief = (end(own, key=lambda row: row["relief"]) for end in (min, max))
        who = "Someone who never took opioids" if taker == "naive" else f"Someone {taker}"
        text = f"{who} likes {best['medicine']} most ({best['liking']:.0f} of 100)"
        if best["liking"] < 1:
            text = f"{who} likes none of them"
        if relief["relief"] >= 1:
            text += f"; {relief['medicine']} relieves most (by {relief['relief']:.0f} of 48, score {relief['before']:.0f} before)"
        if worst["relief"] <= -1:
            text += f"; {worst['medicine']} makes withdrawal worse by {-worst['relief']:.0f}"
        lines.append(text + ".")
    silent = {str(t.medicine) for t in asked.taken if load(t.medicine.drug).role == "antagonist"}
    if silent:
        lines.append(f"{' and '.join(sorted(silent))}: no liking and no relief for anyone.")
    return [*lines, NO_PRICE, NOT_TOLERANT, UNKNOWN]


def abuse_scenario(asked: Abuse) -> Scenario:
    """Everything that is taken, a day apart, for the facts behind it."""
    medicines = list(dict.fromkeys(t.medicine for t in asked.taken))
    past = [text for taker in asked.takers for text in TAKERS[taker][0]]
    return from_table(
        {
            "title": "Medicines taken by someone they were not meant for",
            "doses": [*past, *(str(m.delayed(24.0 * day)) for day, m in enumerate(medicines))],
            "duration": units.time_text(24.0 * len(medicines)),
            "every": "1 d",
        },
        "the question",
    )


def abuse_cautions(asked: Abuse) -> list[Caution]:
    """What labels warn of when someone who depends on an opioid takes each of the medicines."""
    found = {}
    for medicine in dict.fromkeys(t.medicine for t in asked.taken):
        doses = ["heroin 100 mg iv every 8 h x 90", str(medicine.delayed(31.0 * 24))]
        scenario = from_table({"doses": doses, "duration": "32 d", "every": "1 d"}, "the question")
        found |= {caution.id: caution for caution in cautions(scenario)}
    return list(found.values())


def abuse_json(asked: Abuse, files: list[Path]) -> dict:
    """`abuse --json`: the answer in sentences, and each taker with each medicine."""
    return {
        "people": asked.people,
        "answer": of_abuse(asked),
        "taken": asked.rows(),
        "cautions": [c.model_dump() for c in abuse_cautions(asked)],
        "files": [str(f) for f in files],
    }
