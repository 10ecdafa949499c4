"""The description of a trial: who, which arms, how long, what is counted. From TOML."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Unpack

from pydantic import BeforeValidator, Field, model_validator

from opioidsim.cases import change as changes
from opioidsim.cases import drug as drugs
from opioidsim.cases import endpoint
from opioidsim.cases.person import LARGEST_SEED, Person
from opioidsim.cases.said import PlanSaid
from opioidsim.cases.trial_arm import DEPOTS, MOST_DAYS, TEXT, Arm, Sentence, whole_days
from opioidsim.cases.visits import WEEK, Visits
from opioidsim.facts import library
from opioidsim.facts.evidence import Table, build, read_toml
from opioidsim.facts.own import chosen, files
from opioidsim.refusal import is_table, nearest, shown

Condition = Literal["opioid", "alcohol"]
ENDPOINTS = (
    "induction", "retention", "relapse", "weeks abstinent", "days of use", "craving", "overdoses", "injections",
)  # fmt: skip
ASKED_FOR = ("days in treatment", "switched")  # counted where a plan names them
DRINKING = ("heavy days", "abstinent days", "drinks", "any drinking", "any heavy drinking", "tablets", "injections")
PRIMARY: dict[str, dict[str, str]] = {  # what the test may be of, and whether that is a time, a share or a mean; the usual first
    "opioid": {"relapse": "time", "retention": "time", "inducted": "share", "retained": "share", "relapsed": "share",
               "weeks abstinent": "mean", "days of use": "mean", "craving": "mean", "days in treatment": "mean", "switched": "share"},
    "alcohol": {"heavy days": "mean", "drinks": "mean", "abstinent days": "mean", "any drinking": "share", "any heavy drinking": "share",
                "switched": "share"},
}  # fmt: skip
ENDPOINT_OF = {"inducted": "induction", "retained": "retention", "relapsed": "relapse"}
MONTH = 30  # days
SHARING = 2  # replicates with one reading of what is not known: their arms can be compared between different people


class Drinking(Table):
    """How people with alcohol use disorder drank before: share of days with drinking, drinks on such a day, share of women.

    response: the part that these people show of the usual response to entering a trial (`entering` in body/drinking.toml).
    """

    days: float = Field(gt=0, lt=1)
    drinks: float = Field(ge=1, le=50)
    women: float = Field(default=0.3, ge=0, le=1)
    response: float = Field(default=1.0, ge=0, le=2)


class People(Table):
    """Who takes part: `n` in all arms together; the habit before, as a dose sentence; days since its last dose [d].

    habit_spread, clean_spread: coefficients of variation between people. person: whom the habit begins with. drinking: in
    a trial of alcohol use disorder, instead of the habit.
    """

    n: int = Field(default=300, ge=2, le=1_000_000)
    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)
    habit: Sentence | None = None
    habit_spread: float = Field(default=0.5, ge=0, le=2)
    clean: Annotated[int, whole_days(0, 60), TEXT] = 0
    clean_spread: float = Field(default=0.0, ge=0, le=2)
    drinking: Drinking | None = None
    person: Person = Person()


class Plan(Table):
    """A trial: arms side by side, the same people in each.

    reference: the arm that others are compared with, the first where none is named. primary: what the test and the power are
    of. further: endpoints in the plan's own words, see `endpoint`. analysed: all who are randomised, or those who began
    (after a run-in, or an induction that not everyone passes). looks: shares of the people at which the primary endpoint is
    looked at; the last is all. strata: what is alike within each stratum of the analysis of times, halves of it. comes_back: the chance a month
    that who has left treatment comes back and begins anew.
    """

    if TYPE_CHECKING:  # what may be written, for editors: texts and tables too

        def __init__(self, **said: Unpack[PlanSaid]) -> None: ...

    title: str
    condition: Condition = "opioid"
    about: str = ""
    length: Annotated[int, whole_days(7, MOST_DAYS), TEXT]
    people: People
    visits: Visits = Visits()
    arms: tuple[Arm, ...] = Field(min_length=1, max_length=12)
    endpoints: tuple[str, ...] = ENDPOINTS
    further: dict[str, str] = {}
    primary: str = ""
    reference: str = ""
    analysed: Literal["all randomised", "who began"] = "all randomised"
    looks: tuple[float, ...] = ()
    strata: Literal["", "habit", "days clean"] = ""
    comes_back: float = Field(default=0.0, ge=0, lt=1)
    change: Annotated[dict[str, str], BeforeValidator(changes.flat)] = {}  # facts that have another value here

    def __hash__(self) -> int:
        """By what it says: equal plans have one, and what is worked out of a plan can be kept for its further arms."""
        return hash(self.model_dump_json())

    @model_validator(mode="before")
    @classmethod
    def _usual_endpoints(cls, given: Any) -> Any:
        """The endpoints of alcohol trials, where a plan of one names none."""
        if is_table(given) and given.get("condition") == "alcohol":
            return {"endpoints": DRINKING} | given
        return given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuses an endpoint that there is not, arms of one name, too few people, and what belongs to
        the other condition.
        """
        known = (*ENDPOINTS, *ASKED_FOR) if self.condition == "opioid" else (*DRINKING, "switched")
        for name in self.endpoints:
            if name not in known:
                raise ValueError(f'there is no endpoint "{name}".{nearest(name, known)}')
        named = [arm.name for arm in self.arms]
        if len(set(named)) < len(named):
            raise ValueError("two arms have the same name.")
        if min(map(self.size, self.arms)) < 2:
            raise ValueError(f"{self.people.n} people are too few for {len(named)} arms.")
        if self.reference and self.reference not in named:
            raise ValueError(f'reference: there is no arm "{self.reference}".{nearest(self.reference, named)}')
        self._visited()
        self._counts()
        for arm in self.arms:
            self._switch(arm)
        if self.strata == "days clean" and not (self.people.clean and self.people.clean_spread):
            raise ValueError("strata: days clean are the same for all; give people.clean and people.clean_spread.")
        if self.condition == "opioid":
            self._habit()
        else:
            self._drinks()
        return self

    def _switch(self, arm: Arm) -> None:
        """Refuses a switch to no other arm, to one that switches on, or to a second kind of injections from a first."""
        if not arm.switch_to:
            return
        named = [each.name for each in self.arms]
        if arm.switch_to not in named or arm.switch_to == arm.name:
            raise ValueError(f'arm "{arm.name}": switch_to "{shown(arm.switch_to)}" is no other arm.{nearest(arm.switch_to, [n for n in named if n != arm.name])}')  # fmt: skip
        if self.arm(arm.switch_to).switch_to:
            raise ValueError(f'arm "{arm.name}": "{arm.switch_to}" switches itself; one switch can be simulated.')
        if arm.placebo != self.arm(arm.switch_to).placebo:
            raise ValueError(f'arm "{arm.name}": a switch between placebo and drug cannot be simulated; leave it out.')

    def _visited(self) -> None:
        """Refuses a calendar without a visit or with one after the end, and what is no part of this condition's visits."""
        seen, said = self.seen(), self.visits.model_fields_set
        if not seen or seen[-1] > self.length:
            raise ValueError(f"visits: {f'day {seen[-1]} lies after' if seen else 'none falls into'} the trial's {self.length} days.")  # fmt: skip
        if self.condition == "opioid" and "missed" in said:
            raise ValueError("visits.missed: who comes to a visit follows from what people do in a trial of opioid use disorder; leave it out.")  # fmt: skip
        if self.condition == "alcohol" and "shows" in said:
            raise ValueError("visits.shows: no urine is asked for in a trial of alcohol use disorder; leave it out.")

    def stages(self, arm: Arm) -> tuple[Arm, ...]:
        """The arm, and the one to which its people switch."""
        return (arm, self.arm(arm.switch_to)) if arm.switch_to else (arm,)

    def _counts(self) -> None:
        """Refuses endpoints that are not understood, a primary one that is not counted, and looks out of order."""
        counted = PRIMARY[self.condition] | {name: found.kind for name, found in self.own_endpoints().items()}
        if self.primary and self.primary not in counted:
            raise ValueError(f'primary: "{self.primary}" is not counted.{nearest(self.primary, counted)}')
        if (
            self.primary in PRIMARY[self.condition]
            and ENDPOINT_OF.get(self.primary, self.primary) not in self.endpoints
        ):
            raise ValueError(f'primary: "{self.primary}" is not among the endpoints; add it there.')
        if self.looks and not (
            self.looks[0] >= 0.1 and all(a < b for a, b in pairwise((*self.looks, 1.0))) and len(self.looks) < 6
        ):
            raise ValueError("looks: give up to five rising shares of the people, from 0.1 to under 1, such as [0.5].")
        if self.analysed == "who began" and self.condition == "alcohol":
            raise ValueError('analysed: everyone begins in a trial of alcohol use disorder; leave out "who began".')
        for arm in self.arms:
            most = self.most_sessions()
            if arm.sessions is not None and arm.sessions > most:
                raise ValueError(f'arm "{arm.name}": sessions is {arm.sessions}; the whole {arm.therapy} has {most:g} in {self.length} days, and more is not known.')  # fmt: skip

    def most_sessions(self) -> float:
        """How many sessions the whole therapy of this condition has in the trial: once a week, or as its facts say."""
        a_week = library.body("drinking")["therapy_sessions"].value if self.condition == "alcohol" else 1.0
        return a_week * self.length / WEEK

    def own_endpoints(self) -> dict[str, endpoint.Endpoint]:
        """The plan's own endpoints by name."""
        found: dict[str, endpoint.Endpoint] = {}
        for name, text in self.further.items():
            if name in PRIMARY[self.condition] or name in (*ENDPOINTS, *ASKED_FOR, *DRINKING):
                raise ValueError(f'further: "{name}" is counted already; give yours another name.')
            try:
                found[name] = endpoint.parse(text, self.condition, self.length, self.seen())
            except ValueError as error:
                raise ValueError(f'further "{name}": {error}') from None
        return found

    def _drinks(self) -> None:
        """Refuses what a trial of alcohol use disorder cannot have or lacks."""
        if self.people.drinking is None:
            raise ValueError("people.drinking is missing; write [people.drinking] with days = 0.7 and drinks = 8.")
        if self.people.habit is not None:
            raise ValueError("people.habit belongs to a trial of opioid use disorder; leave it out.")
        if self.strata:
            raise ValueError(
                "strata: times are analysed by stratum, and a trial of alcohol use disorder counts none; leave it out."
            )
        for arm in self.arms:
            if arm.therapy not in ("none", "behavioural intervention"):
                raise ValueError(
                    f'arm "{arm.name}": therapy "{arm.therapy}" is known for opioids only; "behavioural intervention" or "none".'
                )
            for dose in arm.regimen:
                if drugs.load(dose.drug).role != "antagonist":
                    raise ValueError(
                        f'arm "{arm.name}": "{dose}" is no antagonist; give for example "naltrexone 50 mg oral every 24 h x 84".'
                    )

    def _habit(self) -> None:
        """Refuses what a trial of opioid use disorder cannot have or lacks."""
        habit = self.people.habit
        if self.people.drinking or any(a.targeted or a.therapy == "behavioural intervention" for a in self.arms):
            raise ValueError(
                'drinking, targeted tablets and the behavioural intervention belong to condition = "alcohol".'
            )
        if habit is None:
            raise ValueError('people.habit is missing; write habit = "heroin 100 mg iv every 8 h x 84".')
        if drugs.load(habit.drug).role not in ("agonist", "partial agonist"):
            raise ValueError(
                f'people.habit "{habit}" is no opioid habit: the role of {habit.drug} is {drugs.load(habit.drug).role}.'
            )
        if not habit.times > 1 or not 6 <= habit.every <= 24:
            raise ValueError(f'people.habit "{habit}" must be taken one to four times a day; "every 8 h x 84".')

    def table(self) -> dict[str, Any]:
        """The plan as a table of text, numbers, lists and tables that it could have been read from."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def seen(self) -> tuple[int, ...]:
        """How many days have passed at each visit: (7, 14, ...)."""
        return self.visits.days(self.length)

    def back_a_day(self) -> float:
        """The chance a day that who has left treatment comes back."""
        return 1.0 - (1.0 - self.comes_back) ** (1.0 / MONTH)

    def size(self, arm: Arm) -> int:
        """People in this arm."""
        return self.people.n * arm.allocation // sum(each.allocation for each in self.arms)

    def each(self) -> int:
        """People in the largest arm: so many are simulated, of whom a smaller arm has the first."""
        return max(map(self.size, self.arms))

    def compared_with(self) -> str:
        """The name of the arm that others are compared with."""
        return self.reference or self.arms[0].name

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return next(arm for arm in self.arms if arm.name == name)


def days_of(arm: Arm, plan: Plan, depot: bool) -> list[int]:
    """The days of the trial on which the arm has an injection planned, or a tablet."""
    doses = [dose for dose in arm.regimen if (dose.route in DEPOTS) == depot]
    return sorted({day for dose in doses for at in dose.starts() if (day := round(at / 24.0)) < plan.length})


def most_days(arm: Arm, plan: Plan, depot: bool) -> int:
    """The most days on which a person of the arm can have an injection, or a tablet: who is switched, or comes back, begins anew."""
    planned = sum(len(days_of(one, plan, depot)) for one in plan.stages(arm))
    return plan.length if planned and plan.comes_back else planned


def from_table(table: dict[str, Any], what: str = "trial") -> Plan:
    """The plan that a table says."""
    return build(Plan, table, what)


def read(path: Path | str) -> Plan:
    """The plan in a TOML file, or one of the library's by name."""
    path = chosen(path, "trials", "trial file")
    return from_table(read_toml(path), path.name)


def examples() -> list[str]:
    """The trials of the library by name."""
    return list(files("trials"))


@cache
def own_plans() -> dict[str, Plan]:
    """The plans that come with the package, by name."""
    return {name: read(path) for name, path in files("trials").items()}


def titles() -> dict[str, str]:
    """What the trials that come with the package are about, by name."""
    return {name: plan.title for name, plan in own_plans().items()}


def name_of(plan: Plan) -> str | None:
    """The name under which this very plan comes with the package; None for any other."""
    return next((name for name, own in own_plans().items() if own == plan), None)
