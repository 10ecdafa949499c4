"""What treatment costs and what a state of health is worth, as data: a file of the library, or one's own."""

from typing import Literal

from pydantic import Field, model_validator

from opioidsim.facts.evidence import Fact, Table, build, read_toml
from opioidsim.facts.own import chosen, files
from opioidsim.refusal import nearest, shown

NEEDED = ("using", "day_less")


class Item(Fact):
    """A cost: its value times what it counts of a person, in arms that are given `drug`, or in all."""

    counts: Literal["weeks in treatment", "injections", "days waiting in a clinic", "days of use", "overdoses survived", "deaths", "people"]  # fmt: skip
    drug: str = ""


class Costs(Table):
    """items: costs by name, in `currency`. utilities: `using`, of someone who uses on every day, 0 dead to 1 in full health,
    and `day_less`, what each day without use among 30 adds."""

    title: str
    currency: str = "USD"
    items: dict[str, Item] = Field(min_length=1)
    utilities: dict[str, Fact]

    @model_validator(mode="after")
    def _sound(self):
        for name in NEEDED:
            if name not in self.utilities:
                raise ValueError(f"utilities.{name} is missing; give {' and '.join(NEEDED)}.")
        for name in self.utilities:
            if name not in NEEDED:
                raise ValueError(f'utilities: there is no "{shown(name)}".{nearest(name, NEEDED)}')
        if not 0 <= self.utilities["using"].value + 30.0 * self.utilities["day_less"].value <= 1:
            raise ValueError("utilities: someone who never uses would be worth more than 1, or less than 0.")
        return self

    def facts(self) -> dict[str, Fact]:
        """Every number by name."""
        named = {f"costs.{name}": item for name, item in self.items.items()}
        return {**named, **{f"utilities.{name}": fact for name, fact in self.utilities.items()}}


def read(given: str) -> Costs:
    """The costs in a TOML file, or those of the library by name."""
    path = chosen(given, "costs", "file of costs", where="costs")
    return build(Costs, read_toml(path), path.name)


def titles() -> dict[str, str]:
    """The library's costs by name, each with what it is."""
    return {name: read(name).title for name in files("costs")}
