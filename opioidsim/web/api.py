"""The JSON interface: the public verbs. What goes wrong has one shape, {"error": a sentence, "where": the field}."""

import asyncio
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from opioidsim.cases import cautions, drug, provenance, reading, scenario, seen, sheet
from opioidsim.cases.dose import parse
from opioidsim.facts import evidence, units
from opioidsim.questions import questions as asked
from opioidsim.questions.question import Question
from opioidsim.refusal import Refusal, nearest
from opioidsim.show.words import percent
from opioidsim.studies import study
from opioidsim.web import completion, copies, event_table, questions, taken
from opioidsim.web.bodies import RunBody, ScenarioBody
from opioidsim.web.errors import sentence
from opioidsim.web.limits import placed
from opioidsim.web.runs import said


class Wrong(BaseModel):
    """What went wrong, and in which field."""

    error: str
    where: str


class Ticket(BaseModel):
    """A question on its way; ask for it by its id."""

    id: str
    verb: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: float
    seconds: float
    error: str
    where: str


# named, not handed on as a class, of which FastAPI would make a reader for each status of each address: a third of its start
_AS_WRONG = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wrong"}}}}
WRONG = dict.fromkeys((400, 403, 411, 413, 421, 422, 429), _AS_WRONG)
router = APIRouter(prefix="/api", responses=WRONG)  # type: ignore[arg-type]
MISSING = {404: {"model": Wrong}}
Name = Annotated[str, Path(max_length=80)]


# ---- what there is ------------------------------------------------------------------------------------------------


@router.get("/drugs", tags=["library"])
def drugs() -> list[dict]:
    """Every drug: name, role, what it is, other names, routes."""
    loaded = (drug.load(name) for name in drug.names())
    return [
        {"name": d.name, "role": d.role, "about": d.about, "also": d.also, "routes": list(d.routes)} for d in loaded
    ]


@router.get("/drugs/{name}", tags=["library"], responses=MISSING)  # type: ignore[arg-type]
def one_drug(name: Name):
    """A drug's sheet: every number with its spread, basis, source and place."""
    try:
        found = drug.find(name)
    except Refusal as refusal:
        return sentence(404, str(refusal), "name")
    return {"name": found, "role": drug.load(found).role, "about": sheet.head(found), "facts": sheet.rows(found)}


@router.get("/studies", tags=["library"])
def studies() -> list[dict]:
    """Every published study that predictions are held against."""
    return [{"name": name} | study.head(name)._asdict() for name in study.names()]


@router.get("/studies/{name}", tags=["library"], responses=MISSING)  # type: ignore[arg-type]
def one_study(name: Name):
    """A study: its arms, and each number that was seen with the bounds within which a prediction passes."""
    if name not in study.names():
        return sentence(404, f'there is no study "{name}".{nearest(name, study.names())}', "name")
    return study.load(name).model_dump(mode="json")


@router.get("/glossary", tags=["library"])
def glossary() -> dict:
    """Every symbol of a fact and every quantity of a result, with meaning and unit."""
    return {
        group: {name: m.model_dump() for name, m in entries.items()} for group, entries in evidence.glossary().items()
    }


@router.get("/scenarios", tags=["library"])
def scenarios() -> list[dict]:
    """The scenarios that come along, as TOML."""
    found = {name: scenario.read(name) for name in scenario.examples()}
    return [{"name": name, "title": s.title, "toml": s.toml()} for name, s in found.items()]


# ---- a scenario ---------------------------------------------------------------------------------------------------


@router.get("/complete", tags=["scenario"])
def complete(text: Annotated[str, Query(max_length=200)] = "") -> list[str]:
    """How a dose sentence can go on."""
    return completion.complete(text)


@router.get("/parse", tags=["scenario"])
def parse_dose(text: Annotated[str, Query(max_length=200, examples=["heroin 25 mg iv at 21 d"])]) -> dict:
    """What a dose sentence says: its plain form, and its times in hours."""
    try:
        dose = parse(text)
    except Refusal as refusal:
        raise placed(refusal, "text") from None
    return {"sentence": str(dose), **dose.model_dump()}


@router.post("/doses", tags=["scenario"])
def doses(body: event_table.TableBody) -> dict:
    """An event table as dose sentences, person by person, with weight, age and liver, and what was made of its columns."""
    return event_table.read(body)


@router.post("/check", tags=["scenario"])
def check(body: ScenarioBody) -> dict:
    """Whether a scenario is sound: its doses, the cautions, what it can show, which other readings of contested evidence its
    drugs have, and how to run it elsewhere."""
    given = body.scenario()
    return {
        "doses": [{"sentence": str(dose), **dose.model_dump()} for dose in given.doses],
        "duration": given.duration,
        "cautions": [caution.model_dump() for caution in cautions.cautions(given)],
        "quantities": list(given.quantities()),
        "shown": list(given.wanted()),
        "readings": reading.offered(given.drugs(), given.clock),
        "toml": given.toml(),
        "command": copies.run_command([given]),
        "python": copies.run_python([given]),
    }


@router.post("/facts", tags=["scenario"])
def facts(body: ScenarioBody) -> list[dict]:
    """Every number that a scenario rests on, with its source."""
    return [fact_row(name, fact) for name, fact in provenance.facts(body.scenario())]


def fact_row(name: str, fact) -> dict:
    """A fact in words: value, spread, basis, and the paper with the place in it; its number and unit, what the evidence leaves
    open (low, high), and beyond which it cannot be right (least, most), in the same unit."""
    source = evidence.sources().get(fact.source)
    symbol = evidence.symbol_of(name.split("."))
    meaning = evidence.glossary()["facts"].get(symbol)
    ends = {"least": None, "most": None}
    if meaning and meaning.low is not None and units.same_dimension(fact.unit, meaning.units[0]):
        scale = 1.0 if fact.unit == meaning.units[0] else units.factor(meaning.units[0], fact.unit)
        ends = {"least": meaning.low * scale, "most": meaning.high and meaning.high * scale}
    return {
        "name": name,
        "meaning": meaning.meaning if meaning else symbol,
        "value": sheet.value(fact),
        "spread": percent(fact.spread) if fact.spread else "",
        "basis": fact.basis + ("" if fact.system == "people" else f" ({fact.system})"),
        "source": f"{source.authors} ({source.year}). {source.named}. {source.in_}" if source else "",
        "link": source.link if source and source.link.startswith("https://") else "",
        "where": fact.where,
        "note": fact.note,
        "number": fact.value, "unit": fact.unit, "low": fact.low, "high": fact.high, **ends,
        "changed": fact.note.startswith("Changed for this call"),
    }  # fmt: skip


@router.post("/points", tags=["scenario"])
def points(body: ScenarioBody) -> list[dict]:
    """The arms of published studies whose numbers can be laid on this scenario's figure, those that got its drugs first."""
    given = body.scenario()
    kinds, drugs = {name.partition(".")[0] for name in given.wanted()}, {dose.drug for dose in given.given()}
    found = [
        {"name": name, "doses": list(arm.doses), "source": arm.source, "points": len(shown), "untimed": arm.untimed,
         "same": {parse(text).drug for text in arm.doses} <= drugs}
        for name, arm in seen.arms().items() if arm.clock == given.clock
        if (shown := [p for p in arm.points if p.quantity.partition(".")[0] in kinds and p.time <= given.duration])
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each["same"])


@router.post("/run", tags=["scenario"], response_model=dict)
def run(body: RunBody, request: Request) -> Response:
    """Simulates a scenario, or several beside each other: the figure as a Vega-Lite specification, the answer, the cautions, and
    how to run it elsewhere."""
    found = said(request.app.state.runs.of(body)) | _copies(body)
    return Response(
        json.dumps(found, allow_nan=False), media_type="application/json"
    )  # ten thousand rows need no check


def _copies(body: RunBody) -> dict:
    how = {"view": body.view, "beside": body.points(), "own": body.own.text if body.own else ""}
    return {
        "command": copies.run_command(body.scenarios(), **how),
        "python": copies.run_python(body.scenarios(), **how),
    }


@router.post("/run/{name}", tags=["scenario"], response_class=Response, responses=MISSING)  # type: ignore[arg-type]
def run_file(name: Name, body: RunBody, request: Request) -> Response:
    """What is on the screen as a file: figure, tables, report, notebook, the question, or everything."""
    if name not in taken.FILES:
        return sentence(404, f'there is no file "{name}".{nearest(name, taken.FILES)}', "name")
    return _file(name, taken.file(request.app.state.runs.of(body), name, _copies(body)["python"]))


def _file(name: str, content: bytes) -> Response:
    return Response(
        content, media_type=taken.FILES[name], headers={"content-disposition": f'attachment; filename="{name}"'}
    )


# ---- questions ----------------------------------------------------------------------------------------------------


def _asks(question: Question) -> None:
    """One address for a question: its name, its body and what it is for are those of its declaration."""
    Asked = questions.body(question)

    def ask(body: Asked, request: Request):  # type: ignore[valid-type]
        return request.app.state.queue.ask(question.name, questions.work(question, body)).status()

    router.post(
        f"/{question.name}", name=question.name, description=question.about, status_code=202, tags=["questions"], response_model=Ticket,
    )(ask)  # fmt: skip


for each in asked().values():
    if each.page:
        _asks(each)


@router.get("/jobs/{id}", tags=["questions"], response_model=Ticket, responses=MISSING)  # type: ignore[arg-type]
async def progress(id: Name, request: Request, wait: Annotated[float, Query(ge=0, le=1)] = 0.0):
    """How far a question is. wait: the seconds that the answer may take if the question is not done; then at once when it is."""
    job = request.app.state.queue.find(id)
    if job and wait:
        await asyncio.wait([asyncio.wrap_future(job.work)], timeout=wait)
    return job.status() if job else _unknown()


@router.get("/jobs/{id}/answer", tags=["questions"], responses={**MISSING, 409: {"model": Wrong}})  # type: ignore[arg-type]
def answer(id: Name, request: Request):
    """The answer, once the question is done: sentences, table, figures, cautions."""
    job = request.app.state.queue.find(id)
    if job is None:
        return _unknown()
    if not job.answer or job.state != "done":
        return sentence(409, job.error or f"the question is {job.state}.", job.where)
    return Response(job.answer, media_type="application/json")


@router.get("/jobs/{id}/facts", tags=["questions"], responses=MISSING)  # type: ignore[arg-type]
def answer_facts(id: Name, request: Request):
    """Every number that an answer rests on, with its source."""
    job = request.app.state.queue.find(id)
    return [fact_row(name, fact) for name, fact in job.held.facts] if job and job.held else _unknown()


@router.get("/jobs/{id}/{name}", tags=["questions"], response_class=Response, responses=MISSING)  # type: ignore[arg-type]
def answer_file(id: Name, name: Name, request: Request):
    """An answer as a file: figure, tables, report, notebook, the question, or everything. Those of the newest answers are kept."""
    job = request.app.state.queue.find(id)
    if name not in taken.FILES:
        return sentence(404, f'there is no file "{name}".{nearest(name, taken.FILES)}', "name")
    return _file(name, taken.file(job.held, name, job.python)) if job and job.held else _unknown()


@router.delete("/jobs/{id}", tags=["questions"], response_model=Ticket, responses=MISSING)  # type: ignore[arg-type]
def cancel(id: Name, request: Request):
    """Cancels a question; it stops before its next piece."""
    job = request.app.state.queue.find(id)
    if job is None:
        return _unknown()
    request.app.state.queue.cancel(job)
    return job.status()


def _unknown() -> JSONResponse:
    return sentence(404, "there is no such question; answers are kept for a while only.", "id")
