"""The questions in plain words: what each form asks for. The names are those of the JSON interface."""

from typing import Literal, NamedTuple

from opioidsim.cases import trial_plan
from opioidsim.cases.procedure import procedures
from opioidsim.surfaces.surface import names as surfaces


class Field(NamedTuple):
    """One field of a form. kind: doses, one dose or several a line each; texts, several with commas; numbers; number; share; choice."""

    name: str
    label: str
    kind: Literal["dose", "doses", "text", "texts", "number", "numbers", "share", "choice"]
    usual: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # of a choice: what is said to the simulator, and to people


class Form(NamedTuple):
    """A question: its verb, its title, what it answers, its fields."""

    verb: str
    title: str
    about: str
    fields: tuple[Field, ...]


PEOPLE = Field(
    "people", "How many people", "number", "1", "1 is the typical person; more show how people differ, and take longer"
)
FORMS = {
    form.verb: form
    for form in (
        Form(
            "blockade",
            "How long, and how strongly, does it block?",
            "An opioid is tried on each day under naltrexone. What is still felt of it, and what dose would override the blockade?",
            (
                Field("antagonist", "What blocks", "doses", "naltrexone 380 mg im-depot", "one dose sentence on each line"),
                Field("challenge", "The opioid that is tried", "dose", "heroin 25 mg iv"),
                Field("days", "For how many days", "number", "42"),
                Field("every", "Tried every so many days", "number", "1"),
                PEOPLE,
            ),
        ),
        Form(
            "rescue",
            "Who is rescued from an overdose?",
            "The same people, helped with different products, numbers of doses and delays, and not helped at all.",
            (
                Field("opioid", "The overdose", "dose", "fentanyl 2.97 mg iv"),
                Field("products", "What is given", "doses", "naloxone 4 mg nasal\nnaloxone 2 mg im", "one product on each line; they are compared"),
                Field("doses", "How many doses", "numbers", "1, 2", "several are compared"),
                Field("delays", "How long until the first dose", "texts", "60 s, 5 min", "from the moment breathing falls under 40 % of normal; several are compared"),
                Field("interval", "Between doses", "text", "150 s"),
                Field("also", "Taken with it", "doses", "", "for example midazolam 5 mg iv, or ethanol 40 g oral"),
                Field("tolerance", "Tolerance of the person", "share", "1", "0: never used opioids; 1: high doses for long"),
                PEOPLE,
            ),
        ),
        Form(
            "induction",
            "When can naltrexone be started?",
            "Too soon after opioids it brings withdrawal. How severe is it, by the day of the first dose?",
            (
                Field("opioid", "The opioids before", "doses", "heroin 100 mg iv every 8 h x 90", "one dose sentence on each line; the last dose counts as day 0"),
                Field("regimens", "How it is started", "texts", "tablet, ascending", f"{', '.join(procedures())}; or dose sentences with ; between them"),
                Field("days", "Start after so many days", "numbers", "0.5, 1, 2, 3, 5, 7, 10, 14"),
                PEOPLE,
            ),
        ),
        Form(
            "relapse",
            "How dangerous is the old dose after a time without?",
            "Tolerance fades within weeks. What does the dose of before do then, and after naltrexone has worn off?",
            (
                Field("use", "What is taken again", "dose", "fentanyl 1 mg iv"),
                Field("after", "The weeks before", "doses", "heroin 50 mg iv every 8 h x 90", "one dose sentence on each line; naltrexone may follow, such as naltrexone 380 mg im-depot at 37 d"),
                Field("days", "So many days after the last of them", "numbers", "1, 7, 14, 28"),
                Field("also", "Taken with it", "doses", "", "for example alprazolam 2 mg oral"),
                PEOPLE,
            ),
        ),
        Form(
            "risk",
            "How does one use end?",
            "Taken at once, with nobody there: how many such people stop breathing, and how many hearts stop? Read from a stored surface, at once.",
            (
                Field("use", "What is taken", "dose", "heroin 50 mg iv", f"stored for {', '.join(' '.join(pair) for pair in surfaces())}"),
                Field("tolerance", "Tolerance of the person", "share", "0", "0: never used opioids, or lost it all; 1: high doses for long"),
                Field("held", "Receptors held by naltrexone or naloxone", "share", "0", "0: none; 0.94: a day after a daily tablet of 50 mg; 0.99: a week after an injection; 0.96: a month after it"),
                Field("sedative", "Sedatives and alcohol", "number", "0", "0: none; 1: an ordinary dose; 2: twice that"),
            ),
        ),
        Form(
            "release",
            "How much deadlier are the first weeks after release, or after treatment?",
            "The same dose without the tolerance of before. A stated model of return to use, with two readings of how much tolerance protects, beside published deaths.",
            (Field("draws", "Readings of what is not known", "number", "48", "each draws all that is uncertain anew"),),
        ),
        Form(
            "abuse",
            "What does a medicine give to someone it was not meant for?",
            "Liking, relief of withdrawal, or the opposite: why naltrexone has no street value, and methadone and buprenorphine have one.",
            (
                Field("medicines", "What is taken", "doses", "naltrexone 50 mg oral\nbuprenorphine 8 mg sublingual\nmethadone 40 mg oral", "one dose sentence on each line"),
                Field("takers", "By whom", "texts", "naive, in withdrawal", "naive, in withdrawal, on naltrexone, on methadone, on buprenorphine"),
                PEOPLE,
            ),
        ),
        Form(
            "trial",
            "What would a trial show?",
            "Who begins, who stays, who relapses or drinks, arm by arm; and how sure one trial of that size would be.",
            (
                Field("plan", "Which trial", "choice", "xbot", "your own trials run on the command line", tuple((name, trial_plan.read(name).title) for name in trial_plan.examples())),
                Field("replicates", "How many such trials", "number", "1", "with more than one, each pair draws what is not known anew; with 20 or more, intervals hold 95 % of them"),
            ),
        ),
    )
}  # fmt: skip
