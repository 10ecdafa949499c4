"""What there is, by name: drugs, outputs, questions, regimens, scenarios, studies, trials."""

from opioidsim.cases import drug as drugs
from opioidsim.cases import procedure, scenario, trial_plan
from opioidsim.facts import evidence
from opioidsim.questions import questions
from opioidsim.refusal import Refusal, nearest
from opioidsim.studies import study as studies

KINDS = {
    "drugs": lambda: {name: drugs.load(name).about for name in drugs.names()},
    "outputs": lambda: {name: f"{m.meaning}{f' [{m.units[0]}]' if m.units[0] else ''}" for name, m in evidence.glossary()["quantities"].items()},
    "questions": lambda: {name: each.title for name, each in questions().items()},
    "regimens": lambda: {name: way.about for name, way in procedure.procedures().items()},
    "scenarios": lambda: {name: scenario.read(name).title for name in scenario.examples()},
    "studies": lambda: {name: f"{studies.load(name).use}: {studies.load(name).title}" for name in studies.names()},
    "trials": lambda: {name: trial_plan.read(name).title for name in trial_plan.examples()},
}  # fmt: skip


def names(what: str = "drugs") -> dict[str, str]:
    """Everything of a kind by name, each with what it is. Raises Refusal for a kind that there is not."""
    if what not in KINDS:
        raise Refusal(f'"{what}" cannot be listed.{nearest(what, KINDS)}')
    return KINDS[what]()


def drug(name: str) -> drugs.Drug:
    """A drug with every number and its source; brand names are understood."""
    return drugs.load(drugs.find(name))


def study(name: str) -> studies.Study:
    """A study of the scoreboard: what was given to whom, and what was seen."""
    return studies.load(name)
