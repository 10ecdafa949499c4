"""Real trials: what the public de-identified tables of START, POATS and X:BOT (CTN-0094) say, by trial and arm.

The tables are read from a folder that the user names; no row of them is part of this project. Days
count from randomisation; a week k is days 7(k-1)+1 to 7k. Outcomes are aggregates, each share with
its 95 % interval (Wilson) and of how many people.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from opioidsim.engine.result import share_of
from opioidsim.files import read_frame
from opioidsim.refusal import Refusal
from opioidsim.show.words import percent
from opioidsim.studies import transitions
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

CODES = {"positive": POSITIVE, "negative": NEGATIVE, "missing": MISSING}
NAMES = ("everybody", "randomization", "treatment", "derived_weeklyOpioidPattern", "derived_visitImputed", "withdrawal")
TRIALS = {27: "START", 30: "POATS", 51: "X:BOT"}
ARMS = {
    "Methadone": "methadone",
    "Outpatient BUP": "buprenorphine-naloxone",
    "Outpatient BUP + SMM": "buprenorphine-naloxone, standard management",
    "Outpatient BUP + EMM": "buprenorphine-naloxone with drug counselling",
    "Inpatient BUP": "buprenorphine-naloxone",
    "Inpatient NR-NTX": "extended-release naltrexone",
}
INJECTED = "extended-release naltrexone"
WEEKS = 24  # of treatment in START and X:BOT
FOLLOWED = {
    "START": WEEKS,
    "POATS": 4,
    "X:BOT": WEEKS,
}  # POATS: medication of its first phase; many then enter a second
RUN = 4  # consecutive weeks that make a relapse, or a drop-out
FIRST, LAST = 3, WEEKS - RUN + 1  # weeks in which a relapse can begin: from day 21, and with four weeks left to see
SINCE = ((0, 14), (15, 28), (29, 42), (43, 56), (57, 84), (85, 400))  # days since the last injection
GRADES = ("none", "mild", "moderate", "severe")


@dataclass(frozen=True)
class ArmData:
    """One arm of a real trial.

    urine: (people, weeks) of "positive", "negative", "missing", or "" where none was scheduled;
    week k is days 7(k-1)+1 to 7k after randomisation.
    present: (people, weeks), attended at least once. doses: for each person the days with
    medication.
    last_visit, last_dose: (people,) days after randomisation, nan if there was none; an injection
    lasts 28 days.
    withdrawal: (people,) grade 0..3 in the week up to randomisation, nan where not rated.
    """

    trial: str
    arm: str
    urine: np.ndarray
    present: np.ndarray
    doses: tuple[np.ndarray, ...]
    last_visit: np.ndarray
    last_dose: np.ndarray
    withdrawal: np.ndarray

    @property
    def people(self) -> int:
        """How many were randomised."""
        return len(self.urine)

    @cached_property
    def started(self) -> np.ndarray:
        """Who has any study medication on record; (people,)."""
        return ~np.isnan(self.last_dose)

    @cached_property
    def relapse_week(self) -> np.ndarray:
        """The week in which a relapse begins; inf: none seen. (people,)

        The X:BOT definition in the coding of CTNote: the first of four consecutive weeks, from week 3 on, whose urine is
        opioid-positive or missing. Lee 2018 also counts seven days of reported use in a row; this coding does not.
        """
        return first_run((self.urine == "positive") | (self.urine == "missing"), FIRST, LAST)

    @cached_property
    def dropout_week(self) -> np.ndarray:
        """The week in which four consecutive missing urines begin; inf: none. (people,)"""
        return first_run(self.urine == "missing", 1, LAST)


def first_run(bad: np.ndarray, first: int, last: int) -> np.ndarray:
    """The first week, `first` to `last`, at which RUN bad weeks in a row begin; inf where none does. bad: (people, weeks)."""
    begins = np.stack([bad[:, week - 1 : week - 1 + RUN].all(1) for week in range(first, last + 1)], 1)
    return np.where(begins.any(1), begins.argmax(1) + first, np.inf)


def read(folder: str | Path) -> tuple[ArmData, ...]:
    """The arms of the three trials from the tables in `folder`. Raises Refusal where they are not there or not these."""
    tables = {name: _table(Path(folder), name) for name in NAMES}
    try:
        return tuple(_arms(tables))
    except (KeyError, ValueError, TypeError) as error:
        raise Refusal(
            f'the tables in "{folder}" are not those of CTN-0094 as published ({type(error).__name__}: {error}). Give the folder as it was downloaded.'
        ) from None


def _table(folder: Path, name: str) -> pd.DataFrame:
    """One of the published tables. Raises Refusal where the folder lacks it or it cannot be read."""
    path = folder / f"{name}.csv.gz"
    if not path.is_file():
        raise Refusal(
            f'"{folder}" holds no "{path.name}"; give the folder with the public CTN-0094 tables ({", ".join(NAMES)}, each .csv.gz).'
        )
    try:
        return read_frame(path, keep_default_na=False, na_values=["NA"])
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(f'"{path}" could not be read: {str(error).splitlines()[0]}. Fetch the file again.') from None


def _arms(tables: dict[str, pd.DataFrame]):
    """The arms, trial by trial, of those randomised once or first. What follows a second randomisation
    is another treatment.
    """
    drawn = tables["randomization"]
    rand = drawn[drawn["which"] == 1].merge(tables["everybody"], on="who")
    rand = rand.rename(columns={"when": "day_0"}).set_index("who")
    again = drawn[drawn["which"] == 2].set_index("who")["when"]
    rand["end"] = again.where(again > rand["day_0"].reindex(again.index)).reindex(rand.index) - rand["day_0"]
    events = {name: _days_after(tables[name], rand) for name in ("treatment", "derived_visitImputed", "withdrawal")}
    pairs = pd.DataFrame(rand[["project", "treatment"]]).drop_duplicates().sort_values(["project", "treatment"])
    for project, treatment in pairs.itertuples(index=False):
        who = rand.index[(rand["project"] == project) & (rand["treatment"] == treatment)]
        yield _arm(TRIALS[int(project)], ARMS[treatment], who, tables, events)


def _days_after(table: pd.DataFrame, rand: pd.DataFrame) -> pd.DataFrame:
    """The rows of the randomised, with `day` after randomisation; those after a second randomisation are left out."""
    found = table.dropna(subset=["when"]).join(rand[["day_0", "end"]], on="who", how="inner")
    found = found.assign(day=found["when"] - found["day_0"])
    return pd.DataFrame(found[~(found["day"] > found["end"])])


def _arm(trial: str, arm: str, who: pd.Index, tables, events) -> ArmData:
    """One arm from the rows of its people. Letters of the weekly pattern: + and * positive, - negative, o missing."""
    mine = {name: table[table["who"].isin(who)] for name, table in events.items()}
    pattern = tables["derived_weeklyOpioidPattern"].set_index("who")["Phase_1"].reindex(who).fillna("")
    letters = np.array([list(text[:WEEKS].ljust(WEEKS)) for text in pattern])
    urine = np.select([np.isin(letters, ["+", "*"]), letters == "-", letters == "o"], ["positive", "negative", "missing"], "")  # fmt: skip
    came = mine["derived_visitImputed"].query("visitImputed == 'Present'")
    week = np.ceil(came["day"] / 7.0)
    seen = set(zip(came["who"], week, strict=True))
    present = np.array([[(person, k) in seen for k in range(1, WEEKS + 1)] for person in who])
    taken = mine["treatment"].drop_duplicates(["who", "day"]).sort_values("day")
    by_person = {person: rows.to_numpy(float) for person, rows in taken.groupby("who")["day"]}
    doses = tuple(by_person.get(person, np.array([])) for person in who)
    lasts = 28.0 if arm == INJECTED else 0.0
    rated = mine["withdrawal"].query("-7 <= day <= 0").sort_values("day").groupby("who")["withdrawal"].last()
    return ArmData(
        trial, arm, urine, present, doses,
        came.groupby("who")["day"].max().reindex(who).to_numpy(float),
        np.array([days[-1] + lasts if len(days) else np.nan for days in doses]),
        rated.reindex(who).to_numpy(float),
    )  # fmt: skip


# ---- outcomes -----------------------------------------------------------------------------------------------------


def outcomes(arms: tuple[ArmData, ...]) -> dict[str, pd.DataFrame]:
    """Tables by outcome, one row per trial, arm, and week (or what `at` says): share or number, and of how many."""
    makers = {
        "urine": urine, "attendance": attendance, "retention": retention, "relapse": relapse, "dropout": dropout,
        "injections": injections, "intervals": intervals, "since_injection": since_injection, "withdrawal": withdrawal,
        "transitions": weeks_after,
    }  # fmt: skip
    found = {}
    for name, make in makers.items():
        rows = [{"trial": a.trial, "arm": a.arm, **row} for a in arms for row in make(a)]
        found[name] = pd.DataFrame(rows)
    return found


def _share(quantity: str, at, met: np.ndarray) -> dict:
    """A row with the share of people for whom `met` is true, and its 95 % interval."""
    value, low, high = share_of(met)
    return {"quantity": quantity, "at": at, "value": value, "low": low, "high": high, "n": len(met)}


def urine(arm: ArmData) -> list[dict]:
    """Share of the randomised with a positive, a negative and a missing urine, in weeks that nearly all had one due."""
    weeks = [k for k in range(FOLLOWED[arm.trial]) if (arm.urine[:, k] != "").mean() > 0.8]
    kinds = ("positive", "negative", "missing")
    return [_share(kind, k + 1, arm.urine[:, k] == kind) for kind in kinds for k in weeks]


def attendance(arm: ArmData) -> list[dict]:
    """Share of the randomised who came at least once in each week."""
    return [_share("attended", k + 1, arm.present[:, k]) for k in range(FOLLOWED[arm.trial])]


def retention(arm: ArmData) -> list[dict]:
    """Share of the randomised whose last day on medication, or last visit, comes after each week.

    Up to week 21: the last visit of those who stay to the end falls into the weeks after it.
    """
    ends = {"on medication": arm.last_dose, "in the study": arm.last_visit}
    return [_share(what, k, end > 7 * k) for what, end in ends.items() for k in range(min(FOLLOWED[arm.trial], LAST) + 1)]  # fmt: skip


def relapse(arm: ArmData) -> list[dict]:
    """Share free of relapse after each week it could begin in: of the randomised, and of those who started."""
    if FOLLOWED[arm.trial] < WEEKS:
        return []
    groups = {"intention to treat": np.ones(arm.people, bool), "per protocol": arm.started}
    weeks = range(FIRST, LAST + 1)
    return [_share(name, week, arm.relapse_week[who] > week) for name, who in groups.items() for week in weeks]


def dropout(arm: ArmData) -> list[dict]:
    """Share of the randomised in whom no run of four missing urines has begun by each week."""
    if FOLLOWED[arm.trial] < WEEKS:
        return []
    return [_share("no four missing", week, arm.dropout_week > week) for week in range(1, LAST + 1)]


def injections(arm: ArmData) -> list[dict]:
    """Share of the randomised who received at least k injections."""
    if arm.arm != INJECTED:
        return []
    counts = np.array([len(days) for days in arm.doses])
    return [_share("at least", k, counts >= k) for k in range(1, 8)]


def intervals(arm: ArmData) -> list[dict]:
    """Days between consecutive injections: 5th, 50th and 95th percentile."""
    if arm.arm != INJECTED:
        return []
    gaps = np.concatenate([np.diff(days) for days in arm.doses])
    rows = zip((0.05, 0.5, 0.95), np.quantile(gaps, (0.05, 0.5, 0.95)), strict=True)
    return [
        {"quantity": "days between injections", "at": f"{q:.0%}", "value": float(v), "n": len(gaps)} for q, v in rows
    ]


def since_injection(arm: ArmData) -> list[dict]:
    """By days since the last injection, at the middle of each week: share positive of the urines given, share missing."""
    if arm.arm != INJECTED:
        return []
    middle = 7.0 * np.arange(WEEKS) + 4.0
    since = np.stack([days_since(days, middle) for days in arm.doses])
    rows = []
    for low, high in SINCE:
        here = (since >= low) & (since <= high)
        given, missing = (here & np.isin(arm.urine, kinds) for kinds in (("positive", "negative"), ("missing",)))
        label = band_name(low, high)
        rows.append(_share("positive of those given", label, arm.urine[given] == "positive"))
        rows.append(_share("missing", label, missing[given | missing]))
    return rows


def band_name(low: int, high: int) -> str:
    """Days since an injection in words."""
    return f"{low}-{high}" if high < SINCE[-1][1] else f"{low}+"


def days_since(days: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Days from the last of `days` (ascending) to each time `at`; nan before the first."""
    last = np.searchsorted(days, at, side="right") - 1
    return np.where(last >= 0, at - np.append(days, np.nan)[last], np.nan)


def weeks_after(arm: ArmData) -> list[dict]:
    """Of those who began, by what the weeks before were (`transitions.KINDS`): share of urines missing, and of those given positive."""
    if FOLLOWED[arm.trial] < WEEKS:
        return []
    codes = np.select([arm.urine == kind for kind in CODES], list(CODES.values()), -1)
    counts = transitions.counted(codes[arm.started]).sum(0)
    rows = []
    for span, cells in zip(transitions.SPANS, counts, strict=True):
        for outcome, code, of in transitions.SHARES:
            for kind, cell in zip(transitions.KINDS, cells, strict=True):
                among = int(cell[list(of)].sum())
                met = np.arange(among) < cell[code]
                rows += [_share(f"weeks {span}: {outcome}", kind, met)] if among else []
    return rows


def withdrawal(arm: ArmData) -> list[dict]:
    """Share in each grade of withdrawal in the week up to randomisation, of those rated."""
    rated = arm.withdrawal[~np.isnan(arm.withdrawal)]
    return [_share(grade, "week 0", rated == k) for k, grade in enumerate(GRADES)] if len(rated) else []


def describe(arm: ArmData) -> str:
    """One arm in one sentence."""
    text = f"{arm.trial}, {arm.arm}: {arm.people} randomised, {percent(arm.started.mean())} started"
    if FOLLOWED[arm.trial] < WEEKS:
        return text + "."
    kept, free = (arm.last_dose > 7 * LAST).mean(), (arm.relapse_week == np.inf).mean()
    return f"{text}, {percent(kept)} still on medication after week {LAST}, {percent(free)} without relapse by the X:BOT definition."


def compared(found: dict[str, pd.DataFrame], simulated: dict[str, pd.DataFrame]) -> list[str]:
    """For each outcome and arm, how far simulated and real shares lie apart on average, in points."""
    lines = []
    for name, frame in simulated.items():
        both = found[name].merge(frame, on=["trial", "arm", "quantity", "at"], suffixes=("", "_simulated"))
        apart = 100.0 * (both["value"] - both["value_simulated"]).abs()
        by_arm = [f"{arm} {apart[both['arm'] == arm].mean():.0f}" for arm in dict.fromkeys(both["arm"])]
        lines.append(
            f"{name.replace('_', ' ')}: simulated and real shares lie apart by so many points on average: {', '.join(by_arm)}."
        )
    return lines


def records(frame: pd.DataFrame) -> list[dict]:
    """The rows of a table for JSON; what there is no number for is None."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
