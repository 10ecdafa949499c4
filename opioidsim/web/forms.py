"""The questions in plain words: what each form asks for. The names are those of the JSON interface."""

from typing import Literal, NamedTuple

from opioidsim.procedure import procedures


class Field(NamedTuple):
    """One field of a form. kind: doses, one dose or several a line each; texts, several with commas; numbers; number; share."""

    name: str
    label: str
    kind: Literal["dose", "doses", "text", "texts", "number", "numbers", "share"]
    usual: str
    hint: str = ""


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
    )
}  # fmt: skip
