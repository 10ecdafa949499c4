"""What there is, by name: drugs, outputs, questions, regimens, scenarios, studies, trials."""

import re
from pathlib import Path

from opioidsim.cases import drug as drugs
from opioidsim.cases import procedure, protocol, scenario, trial_plan
from opioidsim.facts import evidence, own
from opioidsim.files import whole
from opioidsim.questions import questions
from opioidsim.refusal import Refusal, nearest, shown
from opioidsim.studies import study as studies

KINDS = {
    "drugs": lambda: {name: drugs.load(name).about for name in drugs.names()},
    "outputs": lambda: {name: f"{m.meaning}{f' [{m.units[0]}]' if m.units[0] else ''}" for name, m in evidence.glossary()["quantities"].items()},
    "questions": lambda: {name: each.title for name, each in questions().items()},
    "regimens": lambda: {name: way.about for name, way in procedure.procedures().items()},
    "protocols": lambda: {name: way.about for name, way in protocol.protocols().items()},
    "scenarios": lambda: {name: scenario.read(name).title for name in scenario.examples()},
    "studies": lambda: {name: f"{studies.head(name).use}: {studies.head(name).title}" for name in studies.names()},
    "trials": lambda: {name: trial_plan.read(name).title for name in trial_plan.examples()},
}  # fmt: skip


class Library:
    """One's own library beside the package's, with its drugs, studies, scenarios and trials: from now on, or within
    `with ops.Library("mine"):`. Raises Refusal where there is no such folder."""

    def __init__(self, folder: Path | str):
        self.folder, self.before = Path(folder), own.own()
        _use(self.folder)

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_) -> None:
        _use(self.before)


def _use(folder: Path | None) -> None:
    """Reads anew what a library has."""
    own.use(folder)
    for read in (drugs.paths, drugs.aliases, drugs.load, studies.paths, studies.head, studies.load, trial_plan.own_plans, evidence.sources, procedure.procedures, protocol.protocols):  # fmt: skip
        read.cache_clear()


def new(kind: str, name: str, folder: Path) -> Path:
    """Writes a commented file for a drug, study, scenario or trial of this name into one's own library; returns its path."""
    kinds = {each.rstrip("s").replace("ie", "y"): each for each in own.KINDS}
    if kind not in kinds:
        raise Refusal(f'"{kind}" is no kind of file here.{nearest(kind, kinds)}')
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise Refusal(
            f'"{shown(name)}" is no name of a file; write small letters, digits and "-", for example "my-{kind}".'
        )
    path = folder / kinds[kind] / f"{name}.toml"
    if path.exists() or name in own.files(kinds[kind]):
        raise Refusal(f'there is a {kind} "{name}" already; choose another name.')
    with whole(path) as file:
        file.write((own.LIBRARY / "templates" / f"{kind}.toml").read_text(encoding="utf-8").replace("NAME", name))
    return path


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
