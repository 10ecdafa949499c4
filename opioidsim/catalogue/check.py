"""Is the library sound? Every fact of every file, and what the files must have for the equations."""

from opioidsim.cases import cautions, costs, drug, procedure, protocol, scenario, trial_plan
from opioidsim.cases import found as scenes
from opioidsim.facts import library
from opioidsim.facts.evidence import faults, sources, walk
from opioidsim.facts.source_faults import source_faults
from opioidsim.refusal import Refusal, nearest
from opioidsim.story import text as story_text
from opioidsim.studies import expectations, study

PLACE_HOLDER = "A place holder."  # the note of the templates in library/templates


def library_faults() -> tuple[int, list[str]]:
    """How many facts there are, and what is wrong with any of them, as sentences."""
    unread = _unread(drug.load, drug.names())
    if unread:  # no sentence with a dose can be read before
        return len(drug.names()), unread
    facts, found = _of_drugs()
    found = source_faults() + found
    for reading in ("", *library.readings()):
        facts += [
            ((group, *path), fact) for group in library.groups() for path, fact in walk(library.body(group, reading))
        ]
    for key, rule in cautions.rules().items():
        facts += [((key, *path), fact) for path, fact in walk(rule)]
        if rule.source not in sources():
            found.append(f'cautions.toml, {key}: source "{rule.source}" is not in sources.toml.')
    facts += [(("story", *path), fact) for path, fact in walk(story_text.facts())]
    try:
        procedure.procedures()
        protocol.protocols()
        found += [f"story: {text}" for chapter in story_text.chapters() for text in chapter.faults()]
    except Refusal as refusal:
        found.append(str(refusal))
    found += _unread(study.load, study.names()) + _unread(scenario.read, scenario.examples())
    found += _unread(trial_plan.read, trial_plan.examples())
    found += _unread(scenes.read, scenes.titles()) + _unread(costs.read, costs.titles())
    for each in map(scenes.read, scenes.titles()):
        found += [f'{each.title}, {row.said}: source "{row.source}" is not in sources.toml.' for row in each.seen if row.source not in sources()]  # fmt: skip
    try:
        expectations.expectations()
    except Refusal as refusal:
        found.append(str(refusal))
    for path, fact in dict(facts).items():
        found += faults(path, fact)
    return len(facts), found


def place_holders() -> list[str]:
    """Of each drug with numbers that `opioidsim new` has written and nobody has mended, how many they are, as sentences."""
    held = {name: sum(fact.note == PLACE_HOLDER for _, fact in walk(drug.load(name))) for name in drug.names()}
    return [f"{name}: so many numbers are still place holders: {many}." for name, many in held.items() if many]


def _of_drugs() -> tuple[list, list[str]]:
    """The facts of all drugs, with their paths, and what their files lack."""
    facts, found = [], []
    for name in drug.names():
        plain = drug.load(name)
        try:
            readings = [drug.load(name, reading) for reading in plain.readings]
            found += _lacking(plain)
        except Refusal as refusal:
            found.append(str(refusal))
            continue
        for each in (plain, *readings):
            facts += [((name, *path), fact) for path, fact in walk(each)]
    return facts, found


def _unread(load, names) -> list[str]:
    """Why those of these files that cannot be read are refused."""
    found = []
    for name in names:
        try:
            load(name)
        except Refusal as refusal:
            found.append(str(refusal))
    return found


def _lacking(plain: drug.Drug) -> list[str]:
    """What a drug's file must have and has not."""
    found = []
    site = plain.receptor.get("mu")
    if site is not None:
        if not (plain.ke0 or plain.biophase_half_life):
            found.append(f"{plain.name}: a drug with a mu site needs ke0 or biophase_half_life.")
        if not (site.koff and site.efficacy and (site.K or site.kon)):
            found.append(f"{plain.name}: the mu site needs koff, efficacy, and K or kon.")
    if plain.sedation and not (plain.ke0 or plain.biophase_half_life):
        found.append(f"{plain.name}: a sedative needs ke0 or biophase_half_life.")
    found += [f"{plain.name}: a phase of route {name} needs ktr where it has transits, and nowhere else."
              for name, route in plain.routes.items() for phase in route.phases if bool(phase.transits) != bool(phase.ktr)]  # fmt: skip
    return found + _named(plain)


def _named(plain: drug.Drug) -> list[str]:
    """What a drug's file names and nothing is called so: facts in correlations and tables of draws, metabolites."""
    read = (plain, *(drug.load(plain.name, reading) for reading in plain.readings))
    named = {".".join(path) for as_read in read for path, _ in walk(as_read)}
    used = [name for c in plain.correlations for name in c.of] + [
        c.fact for t in plain.draws for c in t.columns.values()
    ]
    found = [f"{plain.name}: {name} stands in a correlation or a table of draws, but there is no such fact.{nearest(name, named)}"
              for name in dict.fromkeys(used) if name not in named and not name.startswith("disposition.k")]  # fmt: skip
    known = drug.names()
    formed = [*plain.mixture, *plain.metabolites, *(m for route in plain.routes.values() for m in route.presystemic)]
    found += [f"{plain.name}: its metabolite {m} has no file in drugs/." for m in formed if m not in known]
    return found
