"""How much one request may ask for. Larger questions belong on the command line, and each refusal says so."""

from collections.abc import Iterable

from opioidsim.cases.dose import Dose
from opioidsim.cases.scenario import Scenario
from opioidsim.refusal import Refusal

PEOPLE = 1000  # of a run or a blockade
PEOPLE_OF_EPISODES = 500  # of a run second by second
SECONDS = 120.0  # of one question, on one core
DOSES = 1000  # single doses, repeats counted
DAYS = 400.0  # of a course
EPISODE_HOURS = 12.0
POINTS = 12  # days asked about at once
VALUES = 6_000_000  # people x times x quantities: 48 MB
SENTENCE, SENTENCES = 200, 20  # characters of a text, number of dose sentences
ELSEWHERE = "Larger questions: the command line has no such limit."


def sized(scenario: Scenario) -> Scenario:
    """The scenario, if it is small enough for a page."""
    episode = scenario.clock == "episode"
    people, doses = scenario.people(), sum(dose.times for dose in scenario.given())
    most = PEOPLE_OF_EPISODES if episode else PEOPLE
    at_most(people, most, "people", "population.n")
    at_most(doses, DOSES, "single doses", "doses")
    before = scenario.before.duration if scenario.before else 0.0
    at_most(
        (before if episode else scenario.duration) / 24.0, DAYS, "days", "before.duration" if episode else "duration"
    )
    if episode:
        at_most(scenario.duration, EPISODE_HOURS, "hours of an episode", "duration")
    times = scenario.duration / scenario.every + 7 * doses
    at_most(people * times * len(scenario.wanted()), VALUES, "values (people x times x quantities)", "every")
    return scenario


def history(doses: Iterable[Dose], where: str) -> None:
    """Refuses a history that is too long for a page."""
    doses = list(doses)
    at_most(sum(dose.times for dose in doses), DOSES, "single doses", where)
    at_most(max((dose.starts()[-1] + dose.over for dose in doses), default=0.0) / 24.0, DAYS, "days", where)


def at_most(given: float, most: float, what: str, where: str) -> None:
    """Refuses more than `most` with a sentence that names the field."""
    if given > most:
        raise placed(Refusal(f"{given:.0f} {what} are asked for; here at most {most:.0f}. {ELSEWHERE}"), where)


def placed(refusal: Refusal, where: str) -> Refusal:
    """The refusal, with the field of the request that it is about."""
    return Refusal(str(refusal), where=where)
