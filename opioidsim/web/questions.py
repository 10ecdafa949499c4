"""The questions as work for the queue: each checks its request at once, and returns what is to be done.

A question's docstring is what the interface says of it.
"""

from collections.abc import Callable

from opioidsim.refusal import Refusal, nearest
from opioidsim.web import copies, limits
from opioidsim.web.bodies import (
    AbuseBody,
    BlockadeBody,
    InductionBody,
    RelapseBody,
    ReleaseBody,
    RescueQuestionBody,
    RiskBody,
    TrialBody,
    sentences,
)
from opioidsim.web.runtime import load

Work = Callable[[Callable[[float], None]], dict]
THREADS = 1  # of one question, so that the curves of a scenario do not wait


def blockade(body: BlockadeBody) -> Work:
    """How strongly and how long an antagonist blocks an opioid, and what dose overrides it."""
    limits.at_most(body.people, limits.PEOPLE, "people", "people")
    limits.at_most(body.days / body.every, limits.DAYS, "challenges", "every")
    limits.history(sentences(body.antagonist, "antagonist"), "antagonist")
    sentences(body.challenge, "challenge")

    def work(told) -> dict:
        load()
        from opioidsim.questions.blockade.run import blockade as ask
        from opioidsim.show import answer, plot

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
    """Who is rescued from an overdose, by which antagonist, how soon and how often given."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    limits.at_most(len(body.products) * len(body.doses) * len(body.delays), limits.ARMS, "ways of helping", "products")
    for given, where in ((body.products, "products"), (body.also, "also"), (body.opioid, "opioid")):
        limits.history(sentences(given, where), where)

    def work(told) -> dict:
        load()
        from opioidsim.cases.person import Person
        from opioidsim.questions.rescue.run import rescue as ask
        from opioidsim.show import answer, episode

        given = body.model_dump(exclude={"tolerance"})
        found = ask(
            **given, person=Person.model_validate({"tolerance": body.tolerance}), threads=THREADS, progress=told
        )
        shares = [episode.rescue_shares(found)] if found.people > 1 else []
        charts = [*shares, episode.rescue_curves(found)]
        rows = [{k: None if v != v else v for k, v in row.items()} for row in found.rows()]
        return _said(answer.rescue_json(found, []), rows, charts, "rescue", body.model_dump())

    return work


def induction(body: InductionBody) -> Work:
    """When an antagonist can be started after opioids: the withdrawal it precipitates, by start day."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    limits.at_most(len(body.regimens), 4, "regimens", "regimens")
    limits.history(sentences(body.opioid, "opioid"), "opioid")

    def work(told) -> dict:
        load()
        from opioidsim.questions.induction.run import DRAWS
        from opioidsim.questions.induction.run import induction as ask
        from opioidsim.show import answer_treatment, plot_treatment

        crowd = body.people if body.people > 1 else DRAWS
        found = ask(**body.model_dump(), threads=THREADS, progress=lambda n: told(n / crowd))
        return _said(answer_treatment.induction_json(found, []), found.rows(), [plot_treatment.induction(found)], "induction", body.model_dump())  # fmt: skip

    return work


def relapse(body: RelapseBody) -> Work:
    """How dangerous an old dose is after days off opioids, or after naltrexone has faded."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    for given, where in ((body.after, "after"), (body.also, "also"), (body.use, "use")):
        limits.history(sentences(given, where), where)

    def work(told) -> dict:
        load()
        from opioidsim.questions.relapse.run import CHUNK
        from opioidsim.questions.relapse.run import relapse as ask
        from opioidsim.show import answer_treatment, plot_treatment

        crowd = body.people if body.people > 1 else CHUNK
        found = ask(**body.model_dump(), threads=THREADS, progress=lambda n: told(n / crowd))
        return _said(answer_treatment.relapse_json(found, []), found.rows(), [plot_treatment.relapse(found)], "relapse", body.model_dump())  # fmt: skip

    return work


def risk(body: RiskBody) -> Work:
    """How often one use of an opioid, unattended, ends in apnoea or cardiac arrest."""
    from opioidsim.show import answer_risk
    from opioidsim.surfaces.surface import read

    sentences(body.use, "use")
    try:
        found = read(**body.model_dump())
    except Refusal as refusal:
        raise limits.placed(refusal, "use") from None

    def work(told) -> dict:
        load()
        from opioidsim.show import plot_risk

        whole, rows = answer_risk.risk_json(found, []), answer_risk.risk_rows(found)
        return _said(whole, rows, [plot_risk.risk(found)], "risk", body.model_dump())

    return work


def release(body: ReleaseBody) -> Work:
    """Deaths soon after release from prison and after treatment, the model beside what was published."""
    limits.at_most(body.draws, limits.READINGS, "readings", "draws")

    def work(told) -> dict:
        load()
        from opioidsim.questions.release.run import PARTS, TOLERANCE, both
        from opioidsim.show import answer_risk, plot_risk

        found = both(**body.model_dump(), progress=lambda n: told(n / (PARTS * len(TOLERANCE))))
        whole, rows = answer_risk.release_json(found, []), answer_risk.release_rows(found)
        return _said(whole, rows, [plot_risk.release(found)], "release", body.model_dump())

    return work


def abuse(body: AbuseBody) -> Work:
    """What medicines give to people they were not meant for."""
    limits.at_most(body.people, limits.PEOPLE_OF_EPISODES, "people", "people")
    limits.at_most(len(body.medicines), limits.POINTS, "medicines", "medicines")
    limits.history(sentences(body.medicines, "medicines"), "medicines")

    def work(told) -> dict:
        load()
        from opioidsim.questions.abuse.run import abuse as ask
        from opioidsim.show import answer_treatment, plot_abuse

        found = ask(**body.model_dump(), threads=THREADS, progress=told)
        return _said(answer_treatment.abuse_json(found, []), found.rows(), [plot_abuse.abuse(found)], "abuse", body.model_dump())  # fmt: skip

    return work


def trial(body: TrialBody) -> Work:
    """A virtual trial that comes with the package, so many times."""
    from opioidsim.cases import trial_plan

    if body.plan not in trial_plan.examples():
        raise limits.placed(Refusal(f'there is no trial "{body.plan}" here.{nearest(body.plan, trial_plan.examples())} Your own run on the command line.'), "plan")  # fmt: skip
    plan = trial_plan.read(body.plan)
    total = body.replicates * (body.people or plan.people.n)
    limits.at_most(total, limits.PEOPLE_OF_TRIALS, "people in all replicates", "replicates")

    def work(told) -> dict:
        load()
        from opioidsim.questions.trial.alcohol import drinking_trial
        from opioidsim.questions.trial.opioid import trial as ask
        from opioidsim.show import answer_drinking, answer_trial, plot_drinking, plot_trial

        given = {"replicates": body.replicates, "people": body.people, "seed": body.seed}
        given |= {"threads": THREADS, "progress": lambda n: told(n * len(plan.arms) / total)}
        several = len(plan.arms) > 1
        if plan.condition == "alcohol":
            found = drinking_trial(plan, **given)
            whole = answer_drinking.drinking_json(found, [])
            charts = [plot_drinking.weekly(found), *([plot_drinking.contrasts(found), plot_trial.power(found)] if several else [])]  # fmt: skip
        else:
            found = ask(plan, **given)
            whole = answer_trial.trial_json(found, [])
            charts = [plot_trial.survival(found), plot_trial.urine(found), plot_trial.flow(found), *([plot_trial.power(found)] if several else [])]  # fmt: skip
        rows = [*whole["endpoints"], *whole["contrasts"]]
        keys = list(dict.fromkeys(key for row in rows for key in row))
        return _said(whole, [{key: row.get(key) for key in keys} for row in rows], charts, "trial", body.model_dump())

    return work


ASKED = (blockade, rescue, induction, relapse, risk, release, abuse, trial)  # each with an address of its own


def _said(found: dict, rows: list[dict], charts: list, verb: str, body: dict) -> dict:
    """The verb's JSON answer with the figures, the table, and how to ask the same elsewhere."""
    found.pop("files")
    return found | {
        "rows": rows,
        "figures": [chart.to_dict() for chart in charts],
        "command": copies.command(verb, body),
        "python": copies.python(verb, body),
    }
