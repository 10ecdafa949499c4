"""Answers about starting treatment, in sentences and as JSON."""

from pathlib import Path

from opioidsim.cases.cautions import DEPOT, Caution, cautions, rules
from opioidsim.cases.drug import load
from opioidsim.cases.procedure import named
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.facts import units
from opioidsim.questions.abuse.run import TAKERS, Abuse
from opioidsim.questions.induction.run import Induction

UNKNOWN = (
    "The time constants of dependence and the scale of symptoms were never measured in people: they are assumed, and the "
    "ranges carry what is not known."
)


def label_days(asked: Induction) -> tuple[float, float]:
    """The labels' opioid-free interval for this history [d]: (from, to)."""
    long = any(load(dose.drug).duration == "long" for dose in asked.history)
    interval = rules()["opioid-free-interval-long" if long else "opioid-free-interval"].interval
    assert interval is not None
    return interval.value, interval.high or interval.value


def of_induction(asked: Induction) -> list[str]:
    """The answer in sentences: from which day on, how severe before it, and what labels say."""
    lines = [_of_start(asked, regimen) for regimen in asked.regimens()]
    waited = max((row["peak_while_waiting"] for row in asked.rows()), default=0.0)
    lines.append(f"Waiting has its own withdrawal: up to {waited:.0f} of 48 before the start.")
    low, high = label_days(asked)
    lines.append(f"Labels ask for {low:g}{f' to {high:g}' if high > low else ''} opioid-free days after such opioids.")
    if any(dose.route == DEPOT for dose in asked.history):
        lines.append(rules()["opioid-free-interval-depot"].text)
    return [*lines, UNKNOWN]


def contested(asked: Induction) -> list[str]:
    """What is contested about the drugs of the history; a report has it in a section of its own."""
    return [
        f"Contested, {name}: {text}" for name in {d.drug: 0 for d in asked.history} for text in load(name).contested
    ]


def _of_start(asked: Induction, regimen: str) -> str:
    rows = [row for row in asked.rows() if row["regimen"] == regimen]
    worst = max(rows, key=lambda row: row["peak"])
    head = "Without an antagonist" if regimen == "nothing" else f"With {regimen}"
    one = len(asked.starts[0].peak) == 1
    between = "" if one else f" ({worst['peak_low']:.0f} to {worst['peak_high']:.0f})"
    text = f"{head}, the score peaks at {worst['peak']:.0f} of 48{between} from day {worst['day']:g} on"
    if regimen == "nothing":
        return text + "."
    who = (
        "it stays"
        if one
        else "9 of 10 people stay"
        if asked.people > 1
        else "9 of 10 readings of what is not known stay"
    )
    day, slow = asked.first_day(regimen), asked.first_day(regimen, unhurried=True)
    text += f"; {_from_day(day, who)}"
    if slow != day:
        text += f" (without the acceleration: {_from_day(slow, 'so')})"
    first = rows[0]
    fast, unhurried = first["hours_until_mild"], first["hours_until_mild_without_acceleration"]
    text += f"; started on day {first['day']:g}, half are at most mild for good after {fast:.0f} h"
    text += (
        f", after {unhurried:.0f} h if naltrexone does not speed the loss of dependence (a hypothesis)"
        if unhurried - fast > 6
        else ""
    )
    spared = [row["day"] for row in rows if row["share_given"] < 0.5]
    if spared:
        text += f"; up to day {max(spared):g} the test dose keeps most from it"
    return text + "."


def _from_day(day: float, who: str) -> str:
    return f"{who} at most mild from day {day:g}" if day < float("inf") else f"on none of these days {who} at most mild"


def induction_scenario(asked: Induction) -> Scenario:
    """The scenario behind the question: the history and the first regimen's start, for facts and cautions."""
    first = next((s for s in asked.starts if s.regimen != "nothing"), asked.starts[0])
    way = named(first.regimen) if first.regimen != "nothing" else None
    opioids = (*asked.history, *(way.opioids(asked.last_dose) if way else ()))
    start = max(at + dose.over for dose in opioids for at in dose.starts()) + 24.0 * first.day
    given = [dose.delayed(start) for dose in way.given()] if way else []
    return from_table(
        {
            "title": f"{' and '.join(map(str, asked.history))}, then naltrexone",
            "doses": [*map(str, opioids), *map(str, given)],
            "duration": units.time_text(start + 8 * 24.0),
            "every": "1 d",
            "readings": asked.readings,
        },
        "the question",
    )


def induction_json(asked: Induction, files: list[Path]) -> dict:
    """`induction --json`: the answer in sentences, each start, the first day for each regimen (null: none), the labels."""
    low, high = label_days(asked)
    names = [name for name in asked.regimens() if name != "nothing"]
    first = {name: asked.first_day(name) for name in names}
    slow = {name: asked.first_day(name, unhurried=True) for name in names}
    return {
        "history": list(map(str, asked.history)),
        "people": asked.people,
        "answer": [*of_induction(asked), *contested(asked)],
        "starts": asked.rows(),
        "first_day_at_most_mild": {name: None if day == float("inf") else day for name, day in first.items()},
        "first_day_without_acceleration": {name: None if day == float("inf") else day for name, day in slow.items()},
        "label_days": [low, high],
        "cautions": [c.model_dump() for c in cautions(induction_scenario(asked))],
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
