"""An event table of one's own as dose sentences, person by person; what sentences cannot hold is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

from opioidsim.cases import dosing
from opioidsim.cases.dose import parse
from opioidsim.cases.dosing import Individual
from opioidsim.cases.person import LIVERS
from opioidsim.refusal import Refusal, shown
from opioidsim.web.bodies import Body, Own
from opioidsim.web.limits import SENTENCES, placed

ELSEWHERE = 'Run the table itself: dosing = "FILE.csv" in a scenario\'s file, and  opioidsim run .'


class TableBody(Body):
    """An event table: ID, TIME, AMT, DRUG, ROUTE, and further columns as in a scenario's `dosing`."""

    own: Own


def read(body: TableBody) -> dict:
    """people: of each ID the doses as sentences, and its weight, age and liver where the table has them; said: what was made of
    the columns. Refuses, with the line, what is not understood or would be lost."""
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / body.own.name
            path.write_text(body.own.text, encoding="utf-8")
            table = dosing.read(path)
        people = [{"id": one.id, "doses": _sentences(one), "person": _person(one)} for one in table.individuals]
    except Refusal as refusal:
        raise placed(refusal, "own") from None
    seen = sum(len(one.observed) for one in table.individuals)
    told = [f"Observations ({seen}) are no doses: lay the table on the figure to see them."] if seen else []
    return {"people": people, "said": [*table.said, *told]}


def _sentences(one: Individual) -> list[str]:
    lost = {"resets (EVID 3 or 4)": one.resets, "traits that change in time": one.changes[1:], f"parameters of its own ({', '.join(one.values)})": one.values}  # fmt: skip
    found = next((what for what, there in lost.items() if there), "")
    said = [str(dose) for dose in one.doses]
    if not found and any(parse(text) != dose for text, dose in zip(said, one.doses, strict=True)):
        found = "a dose that no sentence says"
    if found:
        raise Refusal(f"ID {shown(one.id, 20)} has {found}, and dose sentences hold none. {ELSEWHERE}")
    if len(said) > SENTENCES:
        raise Refusal(
            f"ID {shown(one.id, 20)} has {len(said)} rows with a dose; here at most {SENTENCES}. Doses at equal times "
            "apart are one row with II and ADDL."
        )
    return said


def _person(one: Individual) -> dict[str, str]:
    """What of a person the table says, as a scenario's form has it."""
    traits = one.changes[0][1] if one.changes else {}
    said = {"person.weight": "{:.15g} kg", "person.age": "{:.15g} years"}
    found = {name.partition(".")[2]: how.format(traits[name]) for name, how in said.items() if name in traits}
    liver = {"liver": LIVERS[int(traits["person.cirrhosis"])]} if "person.cirrhosis" in traits else {}
    return found | liver
