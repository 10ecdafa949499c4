"""The question protocol: a question is a function, and its signature is its only declaration.

Every door is made from it: `ops.blockade(...)`, `opioidsim blockade`, the JSON request, the form, the copies, `run.json`.
Light to import: no arrays, no figures, no command line.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, ParamSpec, Self, TypeVar, cast

from opioidsim.questions.kinds import Ask, Kind, Parameter, Share, Tolerance, Yes
from opioidsim.questions.work import LONG, Work, studied
from opioidsim.refusal import Refusal, nearest, shown

if TYPE_CHECKING:
    from opioidsim.show.answer import Answer

P = ParamSpec("P")
R = TypeVar("R")
Pairs = Annotated[Mapping[str, str], Kind("pairs")]
Readings = Annotated["str | Mapping[str, str]", Kind("readings")]
Text = Annotated[str, Kind("text")]
HANGS = 200  # draws where only what the answer hangs on is asked for
EACH = 5  # people at least under each draw, where people are counted
LIVERS = {"healthy": "as most people", "cirrhosis": "clearances as published in cirrhosis"}


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who is asked about. The same in every question; a question names the parts that it uses, and refuses the others.

    people: 1 is the typical person. tolerance: "naive", "chronic" or 0 to 2. readings: a drug's contested evidence read
    otherwise, {"naltrexone": "slower"}; or a reading of the whole model, "mann-2022". change: facts changed for this call, {"adaptation.tau_loss": "20 d"}. point: the
    point values only, without the bands of what is not known. draws: so many joint draws of what is not known, each with the
    typical person, beside the answer. sensitivity: which facts the answer hangs on, over these draws. What is not said here is as the question usually has it.
    """

    said: ClassVar[frozenset[str]] = frozenset()  # the parts that were given, by name

    def __new__(cls, *unnamed: Any, **given: Any) -> Self:
        known = [each.name for each in fields(cls)]
        wrong = next((name for name in given if name not in known), None)
        if unnamed or wrong:
            said = (
                f"Who takes names, for example ops.Who(people={unnamed[0]!r})." if unnamed else f'Who has no "{wrong}".'
            )
            raise Refusal(f"{said}{nearest(wrong, known) if wrong else ''}", where=wrong or "who")
        new = super().__new__(cls)
        object.__setattr__(new, "said", frozenset(given))
        return new

    people: Annotated[
        int | None,
        Kind("whole"),
        Ask(
            "How many people",
            "1 is the typical person; more show how people differ, and take longer",
            least=1,
            most=10_000_000,
        ),
    ] = 1
    seed: Annotated[
        int | None,
        Kind("whole"),
        Ask("Which people are drawn", "another number, other people", least=0, most=2**53, page=False),
    ] = 1
    weight: Annotated[Text, Ask("Weight", "of the typical person", page=False)] = "70 kg"
    age: Annotated[Text, Ask("Age", "of the typical person", page=False)] = "35 years"
    liver: Annotated[str, Kind("choice"), Ask("Liver", "healthy or cirrhosis", choices=lambda: LIVERS, page=False)] = (
        "healthy"
    )
    tolerance: Annotated[
        Tolerance,
        Ask(
            "Tolerance of the person",
            "0 (naive): never used opioids, or lost it all; 1 (chronic): high doses for long; 2: heroin 100 mg three times a day",
        ),
    ] = 0.0
    dependence: Annotated[Share, Ask("Dependence of the person", "0 to 1, before the first dose", page=False)] = 0.0
    readings: Annotated[
        Readings,
        Ask(
            "Contested evidence read otherwise",
            "DRUG=READING, for example naltrexone=slower; or mann-2022, the published overdose program, all of it",
            flag="reading",
            page=False,
        ),
    ] = field(default_factory=dict[str, str])
    change: Annotated[
        Pairs,
        Ask("Facts that are changed", "NAME=VALUE UNIT, for example adaptation.tau_loss=20 d", flag="set", rare=True),
    ] = field(default_factory=dict[str, str])
    point: Annotated[Yes, Ask("Point values only", "without the bands of what is not known", page=False)] = False
    draws: Annotated[
        int | None,
        Kind("whole"),
        Ask(
            "Draws of what is not known",
            "100 tell how far it reaches, beside how people differ; 0: none",
            least=0,
            most=400,
            rare=True,
        ),
    ] = 0

    sensitivity: Annotated[
        Yes,
        Ask(
            "Which facts the answer hangs on most",
            "over the draws of what is not known, 200 where none are asked for",
            rare=True,
        ),
    ] = False

    def scenario(self) -> dict[str, Any]:
        """The parts of a scenario that say who."""
        person = {key: getattr(self, key) for key in ("weight", "age", "liver", "tolerance", "dependence")}
        crowd = {"n": self.people, "seed": self.seed} if (self.people or 1) > 1 else None
        if self.draws:
            crowd = (crowd or {}) | {"draws": self.draws}
        changed = {"change": dict(self.change)} if self.change else {}
        return {"person": person, "population": crowd, "readings": self.readings} | changed


@dataclass(frozen=True)
class Question:
    """A question as data, read from the signature of its function.

    who, work: the parts of `Who` and `Work` that it uses. cost: seconds that a call takes on one core, from what was asked.
    page: whether the explorer has a form for it. counts: whether it counts people, so that each draw of what is not known needs
    people of its own. lacks: why it has no part of `Who` that one would look for here, and what to ask instead.
    """

    name: str
    title: str
    about: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    work: tuple[str, ...]
    cost: Callable[[dict[str, Any]], float]
    place: int
    page: bool
    counts: bool
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter by name, read and checked; what is not given has its default. Raises Refusal naming the parameter."""
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known:
                hint = " As data its parts stand beside the others, by name." if name == "who" else nearest(name, known)
                hint = f" {self.lacks[name]}" if name in self.lacks else hint
                raise Refusal(f'{self.name} has no parameter "{shown(str(name), 40)}".{hint}', where=str(name))
        missing = next((p.name for p in self.parameters if p.required and p.name not in given), None)
        if missing:
            ask = known[missing].ask
            said = ", ".join(filter(None, (ask.label[:1].lower() + ask.label[1:], ask.hint)))
            raise Refusal(f"{self.name} needs {missing}: {said}.", where=missing)
        return {name: p.read(given.get(name, p.default)) for name, p in known.items()}

    def ask(self, given: Mapping[str, Any], work: Work | None = None) -> "Answer":
        """The answer to what was asked as data: the parameters by name, those of `Who` among them."""
        asked = self.read(given)
        if asked.get("sensitivity") and not asked["draws"]:
            asked["draws"] = HANGS
        with studied(self.name, self.parameters, asked, work) as work:
            answer = self._with_unknown(asked, work)
        return replace(answer, asked={"question": self.name} | self.data(asked))

    def _with_unknown(self, asked: dict[str, Any], work: Work | None) -> "Answer":
        """The answer, and beside it the one under draws of what is not known, where they are asked for."""
        if "draws" not in self.who or not asked["draws"]:
            return self._answered(asked, work)
        answer = self._answered(asked | {"draws": 0} | ({"point": True} if "point" in self.who else {}), work)
        unknown = self._answered(asked | self._under_draws(asked), work and replace(work, progress=None))
        return replace(answer, unknown=unknown)

    def _under_draws(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Who is asked about under draws: the typical person, or, where people are counted, as many people as before, at
        least EACH of them under each draw. People of a plan are told by the plan."""
        usual = {p.name: p.default for p in self.parameters if p.of_who}
        if usual.get("people") is None or (asked["people"] or 1) == 1:
            return {}
        return {"draws": max(min(asked["draws"], asked["people"] // EACH), 1)} if self.counts else {"people": 1}

    def _answered(self, asked: Mapping[str, Any], work: Work | None) -> "Answer":
        who = {name: value for name, value in asked.items() if name in self.who}
        own = {name: value for name, value in asked.items() if name not in self.who}
        bundle = ({"who": Who(**who)} if who else {}) | ({"work": work or Work()} if self.work else {})
        return inspect.unwrap(self.function)(**own, **bundle)

    def seconds(self, asked: Mapping[str, Any]) -> float:
        """What a call takes on one core, with that under draws of what is not known."""
        draws = "draws" in self.who and (asked["draws"] or (asked.get("sensitivity") and HANGS))
        again = {"draws": draws} | ({"people": draws} if "people" in self.who else {})
        plain = dict(asked) | ({"draws": 0} if "draws" in self.who else {})
        return self.cost(plain) + (self.cost(plain | again) if draws else 0.0)

    def data(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What was asked as plain data: text, numbers, lists, tables."""
        return {p.name: p.data(asked[p.name]) for p in self.parameters if asked[p.name] is not None}

    @property
    def lead(self) -> str:
        """What a page says under the title: the docstring's second paragraph, or its first."""
        parts = [" ".join(part.split()) for part in self.about.split("\n\n")]
        return parts[1] if len(parts) > 1 else parts[0]

    @property
    def who(self) -> tuple[str, ...]:
        """The parts of `Who` that this question uses."""
        return tuple(p.name for p in self.parameters if p.of_who)


def question(
    title: str,
    *,
    place: int,
    who: Sequence[str] = (),
    hints: Mapping[str, str] | None = None,
    work: Sequence[str] = LONG,
    cost: Callable[[dict[str, Any]], float],
    page: bool = True,
    counts: bool = False,
    lacks: Mapping[str, str] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares a function to be a question: `title` as a reader would ask it; `place` among the questions; whether it has a `page`.

    counts, lacks: see `Question`. work: all of LONG where it takes long. hints: what parts of `who` mean here, where that is not the usual.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        declared = _declared(
            function, title, place, tuple(who), hints or {}, tuple(work), cost, page, counts, lacks or {}
        )
        signature = inspect.signature(function)

        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = dict(_bound(declared, signature, args, kwargs))
            whose, done = _bundle(Who, given.pop("who", None)), _bundle(Work, given.pop("work", None))
            return cast(R, declared.ask(given | _parts(declared, whose), done))

        asked.question = replace(declared, function=asked)  # type: ignore[attr-defined]
        return asked

    return declare


def _declared(
    function: Callable[..., Any],
    title: str,
    place: int,
    who: tuple[str, ...],
    hints: Mapping[str, str],
    work: tuple[str, ...],
    cost: Callable[[dict[str, Any]], float],
    page: bool,
    counts: bool,
    lacks: Mapping[str, str],
) -> Question:
    own: list[Parameter] = []
    usual = Who()
    work = work if "work" in inspect.signature(function).parameters else ()
    for name, each in inspect.signature(function).parameters.items():
        if name == "who":
            usual = each.default
        elif name != "work":
            required = each.default is each.empty
            own.append(Parameter.of(name, each.annotation, None if required else each.default, required=required))
    theirs = [Parameter.of(name, Who.__annotations__[name], getattr(usual, name), of_who=True) for name in who]
    theirs = [replace(p, ask=replace(p.ask, hint=hints.get(p.name, p.ask.hint))) for p in theirs]
    about = inspect.getdoc(function) or ""
    return Question(function.__name__, title, about, function, (*own, *theirs), work, cost, place, page, counts, lacks)


def _bound(
    declared: Question, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    for name in kwargs:
        if name not in signature.parameters:
            bundle = next(
                (b for b, parts in (("who", Who), ("work", Work)) if name in {f.name for f in fields(parts)}), ""
            )
            hint = (
                f" Write {bundle}=ops.{bundle.title()}({name}=...)."
                if bundle and bundle in signature.parameters
                else nearest(name, signature.parameters)
            )
            raise Refusal(f'{declared.name} has no parameter "{name}".{hint}', where=name)
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        raise Refusal(f"{declared.name}: {error}.") from None


def _bundle(kind: type[R], given: Any) -> R | None:
    """What was said of who, or of work."""
    if given is not None and not isinstance(given, kind):
        example = "people=3" if kind is Who else "threads=2"
        name = kind.__name__.lower()
        raise Refusal(f"{name}: {shown(given)} was given; write {name}=ops.{kind.__name__}({example}).", where=name)
    return given


def _parts(declared: Question, who: Who | None) -> dict[str, Any]:
    """The parts said of `who`; one that the question would ignore is refused."""
    if who is None:
        return {}
    for each in fields(Who):
        typical: Any = each.default if each.default is not MISSING else {}
        if each.name not in declared.who and getattr(who, each.name) != typical:
            instead = declared.lacks.get(each.name, f"It uses {', '.join(declared.who)}.")
            raise Refusal(f"{declared.name} does not use {each.name} of who. {instead}", where=each.name)
    return {name: getattr(who, name) for name in declared.who if name in who.said}
