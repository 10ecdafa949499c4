"""The questions as work for the queue: each checks its request at once, and returns what is to be done."""

from collections.abc import Callable

from opioidsim.web import copies, limits
from opioidsim.web.bodies import BlockadeBody, InductionBody, RelapseBody, RescueQuestionBody, sentences
from opioidsim.web.runtime import load

Work = Callable[[Callable[[float], None]], dict]
THREADS = 1  # of one question, so that the curves of a scenario do not wait


def blockade(body: BlockadeBody) -> Work:
    """The work of a question about blockade."""
    limits.at_most(body.people, limits.PEOPLE, "people", "people")
    limits.at_most(body.days / body.every, limits.DAYS, "challenges", "every")
    limits.history(sentences(body.antagonist, "antagonist"), "antagonist")
    sentences(body.challenge, "challenge")

    def work(told) -> dict:
        load()
        from opioidsim import answer, plot
        from opioidsim.questions.blockade import blockade as ask

        found = ask(**body.model_dump(), threads=THREADS, progress=lambda n: told(n / body.people))
        scenario = answer.blockade_scenario(body.antagonist, body.challenge, body.days, body.people, body.seed, {}, {})
        return _said(
            answer.blockade_json(found, scenario, []),
            found.rows(),
            [plot.blockade(found)],
            "blockade",
            body.model_dump(),
        )

    return work


def rescue(body: RescueQuestionBody) -> Work:
    """The work of a question about rescue."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    limits.at_most(len(body.products) * len(body.doses) * len(body.delays), limits.ARMS, "ways of helping", "products")
    for given, where in ((body.products, "products"), (body.also, "also"), (body.opioid, "opioid")):
        limits.history(sentences(given, where), where)

    def work(told) -> dict:
        load()
        from opioidsim import answer, plot_overdose
        from opioidsim.person import Person
        from opioidsim.questions.rescue import rescue as ask

        given = body.model_dump(exclude={"tolerance"})
        found = ask(**given, person=Person(tolerance=body.tolerance), threads=THREADS, progress=told)
        shares = [plot_overdose.rescue_shares(found)] if found.people > 1 else []
        charts = [*shares, plot_overdose.rescue_curves(found)]
        rows = [{k: None if v != v else v for k, v in row.items()} for row in found.rows()]
        return _said(answer.rescue_json(found, []), rows, charts, "rescue", body.model_dump())

    return work


def induction(body: InductionBody) -> Work:
    """The work of a question about starting an antagonist."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    limits.at_most(len(body.regimens), 4, "regimens", "regimens")
    limits.history(sentences(body.opioid, "opioid"), "opioid")

    def work(told) -> dict:
        load()
        from opioidsim import answer_treatment, plot_treatment
        from opioidsim.questions.induction import DRAWS
        from opioidsim.questions.induction import induction as ask

        crowd = body.people if body.people > 1 else DRAWS
        found = ask(**body.model_dump(), threads=THREADS, progress=lambda n: told(n / crowd))
        return _said(answer_treatment.induction_json(found, []), found.rows(), [plot_treatment.induction(found)], "induction", body.model_dump())  # fmt: skip

    return work


def relapse(body: RelapseBody) -> Work:
    """The work of a question about relapse."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    for given, where in ((body.after, "after"), (body.also, "also"), (body.use, "use")):
        limits.history(sentences(given, where), where)

    def work(told) -> dict:
        load()
        from opioidsim import answer_treatment, plot_treatment
        from opioidsim.questions.relapse import CHUNK
        from opioidsim.questions.relapse import relapse as ask

        crowd = body.people if body.people > 1 else CHUNK
        found = ask(**body.model_dump(), threads=THREADS, progress=lambda n: told(n / crowd))
        return _said(answer_treatment.relapse_json(found, []), found.rows(), [plot_treatment.relapse(found)], "relapse", body.model_dump())  # fmt: skip

    return work


def _said(found: dict, rows: list[dict], charts: list, verb: str, body: dict) -> dict:
    """The verb's JSON answer with the figures, the table, and how to ask the same elsewhere."""
    found.pop("files")
    return found | {
        "rows": rows,
        "figures": [chart.to_dict() for chart in charts],
        "command": copies.command(verb, body),
        "python": copies.python(verb, body),
    }
