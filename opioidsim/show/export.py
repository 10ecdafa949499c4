"""A course as a model that other programs read: SBML (level 3), and rxode2 with its event table.

It is written for the typical person of the scenario. Amounts are species [nmol] that follow x' = A x with every rate as a number;
effect sites hold concentrations [nM], pumps rates [nmol/h]; bound shares follow their competition. Doses are events. Time is in hours.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as xml

import numpy as np

from opioidsim.cases.scenario import Scenario
from opioidsim.engine import course_arrays, history, inputs
from opioidsim.engine.parameters import clearances
from opioidsim.refusal import Refusal, nearest

Term = tuple[float, tuple[str, ...]]  # a number times these names
FORMS = {"sbml": "xml", "rxode2": "R"}  # what can be written, and how its file ends
SBML, MATH = "http://www.sbml.org/sbml/level3/version1/core", "http://www.w3.org/1998/Math/MathML"


class Model(NamedTuple):
    """A course in numbers. rates: by state, its derivative as a sum of terms; powers: of effect sites, (name, site, n), where n is
    not 1. shown: by output, a sum of terms. events: (time [h], state, what is added)."""

    title: str
    rates: dict[str, list[Term]]
    powers: list[tuple[str, str, float]]
    shown: dict[str, list[Term]]
    events: list[tuple[float, str, float]]


def model_of(scenario: Scenario) -> Model:
    """The scenario's course for the typical person. Raises Refusal for what these forms do not hold."""
    if scenario.clock != "course":
        raise Refusal(
            'only a course can be exported; an episode has delays, which SBML and rxode2 do not know. Write clock = "course".'
        )
    given = inputs.read(scenario.model_copy(update={"population": None}))
    own = next((drug.name for drug in given.drugs if drug.induction), "")
    if given.regimens or own:
        what = f"{own} speeds its own clearance" if own else "it has an event table or a steady state"
        raise Refusal(f"{what}, which is not exported; write out the doses of one person.")
    walk = history.ready(given, range(1))
    a, name = np.asarray(walk.body.a)[..., 0], {place: _id(key) for key, place in given.plan.place.items()}
    rates: dict[str, list[Term]] = {
        name[block, row]: [(a[block, row, q], (name[block, q],)) for q in np.flatnonzero(a[block, row]).tolist()]
        for block, row in name
    }
    powers = []
    for i, ligand in enumerate(given.plan.ligands):
        site, n = name[given.plan.place[f"{ligand}.site"]], float(walk.body.n[i, 0])
        powers += [(f"{site}_n", site, n)] if n != 1.0 else []
        kon, koff, level = float(walk.body.kon[i, 0]), float(walk.body.koff[i, 0]), f"{site}_n" if n != 1.0 else site
        taken = [(-kon, (level, _id(f"bound.{other}"))) for other in given.plan.ligands]
        rates[_id(f"bound.{ligand}")] = [(kon, (level,)), *taken, (-koff, (_id(f"bound.{ligand}"),))]
    times, events = course_arrays.events(given.plan, given.doses, walk.values)
    entry = np.asarray(walk.body.entry)[..., 0]
    added = [
        (at, name[block, row], float(events.amount[k, 0] * entry[events.input[k], block, row]))
        for k, at in enumerate(times, 1) for block, row in zip(*np.nonzero(entry[events.input[k]]), strict=True)
    ]  # fmt: skip
    return Model(scenario.title or scenario.in_words(), rates, powers, dict(_shown(walk, scenario, name)), added)


def _shown(walk: history.Walk, scenario: Scenario, name: dict) -> Iterator[tuple[str, list[Term]]]:
    """The outputs that are sums of states: concentrations [ng/mL], and shares held."""
    for each in scenario.wanted():
        quantity, _, drug = each.partition(".")
        if quantity == "concentration":
            mass = float(walk.values[f"{drug}.molar_mass"][0]) / 1000.0
            central = walk.plan.plasma(drug)
            yield (
                _id(each),
                [(mass / float(clearances(walk.values, p)[1][0]), (name[walk.plan.place[c]],)) for c, p in central],
            )
        elif quantity == "occupancy":
            yield _id(each), [(1.0, (_id(f"bound.{drug}"),))]


def _id(name: str) -> str:
    """A name as these languages have names: letters, digits and _."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)
    return plain if plain[0].isalpha() else f"d{plain}"


def text_of(scenario: Scenario, form: str) -> str:
    """The scenario's course as a text in this form: "sbml" or "rxode2"."""
    if form not in FORMS:
        raise Refusal(f'"{form}" cannot be written.{nearest(form, FORMS)}')
    model = model_of(scenario)
    return _sbml(model) if form == "sbml" else _rxode2(model, scenario.duration, scenario.every)


def _sbml(model: Model) -> str:
    """The model as SBML, level 3 version 1 core."""
    root = xml.Element("sbml", xmlns=SBML, level="3", version="1")
    body = xml.SubElement(root, "model", id="course", name=model.title)
    lists = {
        kind: xml.SubElement(body, f"listOf{kind}")
        for kind in ("Compartments", "Species", "Parameters", "Rules", "Events")
    }
    xml.SubElement(lists["Compartments"], "compartment", id="body", size="1", spatialDimensions="3", constant="true")
    for state in model.rates:
        xml.SubElement(
            lists["Species"], "species", id=state, compartment="body", initialAmount="0", hasOnlySubstanceUnits="true",
            boundaryCondition="true", constant="false",
        )  # fmt: skip
    for name in (*(power for power, _, _ in model.powers), *model.shown):
        xml.SubElement(lists["Parameters"], "parameter", id=name, constant="false")
    for name, site, n in model.powers:
        rule = xml.SubElement(lists["Rules"], "assignmentRule", variable=name)
        _apply(_math(rule), "power", [("ci", site), ("cn", repr(n))])
    for name, terms in model.shown.items():
        _sum(_math(xml.SubElement(lists["Rules"], "assignmentRule", variable=name)), terms)
    for state, terms in model.rates.items():
        _sum(_math(xml.SubElement(lists["Rules"], "rateRule", variable=state)), terms)
    for k, (at, state, amount) in enumerate(model.events):
        event = xml.SubElement(lists["Events"], "event", id=f"dose_{k}", useValuesFromTriggerTime="false")
        trigger = xml.SubElement(event, "trigger", initialValue="false", persistent="true")
        time = xml.SubElement(_math(trigger), "apply")
        xml.SubElement(time, "geq")
        xml.SubElement(
            time, "csymbol", encoding="text", definitionURL="http://www.sbml.org/sbml/symbols/time"
        ).text = "t"
        xml.SubElement(time, "cn").text = repr(float(at))
        given = xml.SubElement(xml.SubElement(event, "listOfEventAssignments"), "eventAssignment", variable=state)
        _apply(_math(given), "plus", [("ci", state), ("cn", repr(amount))])
    for each in lists.values():
        if not len(each):
            body.remove(each)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _math(inside: xml.Element) -> xml.Element:
    return xml.SubElement(inside, "math", xmlns=MATH)


def _apply(inside: xml.Element, operator: str, parts: list[tuple[str, str]]) -> None:
    """An operator with these names and numbers."""
    found = xml.SubElement(inside, "apply")
    xml.SubElement(found, operator)
    for kind, text in parts:
        xml.SubElement(found, kind).text = text


def _sum(inside: xml.Element, terms: list[Term]) -> None:
    """A sum of numbers times names."""
    if not terms:
        xml.SubElement(inside, "cn").text = "0"
        return
    total = xml.SubElement(inside, "apply")
    xml.SubElement(total, "plus")
    for number, names in terms:
        _apply(total, "times", [("cn", repr(float(number))), *(("ci", name) for name in names)])


def _rxode2(model: Model, duration: float, every: float) -> str:
    """The model as R code for rxode2: equations, event table, and the call that solves them."""

    def said(terms: list[Term]) -> str:
        """A sum of numbers times names."""
        return " + ".join(" * ".join((f"({float(number)!r})", *names)) for number, names in terms) or "0"

    lines = [
        f"# {model.title}: time in h, amounts in nmol, concentrations in ng/mL",
        "library(rxode2)",
        "course <- rxode2({",
    ]
    lines += [f"  {name} <- {site}^{n!r}" for name, site, n in model.powers]
    lines += [f"  d/dt({state}) <- {said(terms)}" for state, terms in model.rates.items()]
    lines += [f"  {name} <- {said(terms)}" for name, terms in model.shown.items()]
    lines += ["})", "events <- et()"]
    lines += [
        f'events <- et(events, time = {float(at)!r}, amt = {amount!r}, cmt = "{state}")'
        for at, state, amount in model.events
    ]
    lines += [f"events <- et(events, seq(0, {duration!r}, by = {every!r}))", "found <- rxSolve(course, events)"]
    return "\n".join(lines) + "\n"
