"""What a condition gives to its trials: how people live, what is counted of each, which numbers of the arms are compared."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases.scenario import Scenario
from opioidsim.cases.trial_plan import Arm, Plan
from opioidsim.trials.replicates import Columns

Event = Callable[[Columns, Plan], tuple[np.ndarray, np.ndarray]]
Rows = Callable[[Columns, Plan, int], Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class Counted:
    """What is counted of each person.

    said: in words. of: from the columns of people, (people,). most, least: the largest and smallest value that a person
    of an arm can have, at which intervals end. unit: what one of the counted events is worth; None:
    it is no count. share: it is a share, and said in percent.
    """

    said: str
    of: Callable[[Columns, Plan], np.ndarray]
    most: Callable[[Arm, Plan], float] = lambda arm, plan: float("inf")
    unit: Callable[[Plan], float] | None = None
    share: bool = False
    least: float = 0.0


@dataclass(frozen=True)
class Compared:
    """A number by which an arm is compared with the reference: of an endpoint that is counted, or, for a hazard ratio, of an event.

    needed: how many people are treated for one to be spared it, or to be harmed, is said too.
    """

    endpoint: str
    measure: str
    needed: bool = False


@dataclass(frozen=True)
class Condition:
    """A condition. Columns are of people, (people,); those of `days` (days, people).

    counted: by name. of: what is counted for an endpoint of a plan, where that is not itself.
    events: day, and whether it happened, of each person. compared: in this order; main: the one
    that the answer's sentences name, and in which words. tables: further ones by name,
    from the people of an arm and the number of replicates. rests_on: groups of the body's facts.
    scenario: drugs and people of an arm. live, days: the columns of these people in an arm, and
    their days. weak: what is known least, in a sentence.
    unchanged: refuses a change of a fact that stored files would not follow. noted: further sentences about means by arm and endpoint.

    Whatever differs between opioid and alcohol stands here, so that a trial itself knows no
    condition.
    """

    counted: Mapping[str, Counted]
    of: Mapping[str, tuple[str, ...]]
    events: Mapping[str, Event]
    compared: tuple[Compared, ...]
    main: tuple[Compared, str]
    tables: Mapping[str, Rows]
    rests_on: tuple[str, ...]
    scenario: Callable[[Plan, Arm], Scenario]
    live: Callable[[Plan, Arm, range, bool], Columns]
    days: Callable[[Plan, Arm, range, bool], Columns]
    weak: str
    unchanged: Callable[[Plan], None] = lambda plan: None
    noted: Callable[[Plan, Mapping[str, Mapping[str, str]]], list[str]] = lambda plan, means: []

    def endpoints(self, plan: Plan) -> list[str]:
        """What is counted, by the plan's endpoints."""
        return [name for endpoint in plan.endpoints for name in self.of.get(endpoint, (endpoint,))]
