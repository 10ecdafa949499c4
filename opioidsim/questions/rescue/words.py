"""A rescue in sentences and columns."""

from typing import TYPE_CHECKING

from opioidsim.show.answer import Column
from opioidsim.show.words import number, percent, tenths, whole

if TYPE_CHECKING:
    from opioidsim.questions.rescue.run import Rescue

COLUMNS = (
    Column("arm", "help", text=True),
    Column("product", "what is given", text=True, shown=False),
    Column("doses", "how many doses", whole, shown=False),
    Column("delay_s", "from the call for help to the first dose", whole, "s", shown=False),
    Column("arrest", "cardiac arrest", tenths),
    Column("further_dose", "needs a further dose", tenths),
    Column("depressed_again", "falls back", tenths),
    Column("rescue_time_s", "brain oxygen low, median of survivors", whole, "s"),
    Column("lowest_arterial_o2", "lowest arterial oxygen, median of survivors", whole, "mmHg"),
    Column("milligrams_given", "given at once and in short infusions, median of survivors", number, "mg", shown=False),
    Column("recovered_s", "until breathing is back, median of survivors", whole, "s", shown=False),
)


def brackets(answer: "Rescue") -> str:
    """What a range is."""
    if answer.people == 1:
        return ""
    return f"Ranges, 95 %: chance, of {answer.people} people, the same in every arm."


def sentences(answer: "Rescue") -> list[str]:
    """What happens when nobody helps, and with each way of helping."""
    lines = []
    for arm in answer.arms:
        row, head = arm.row(), arm.label[0].upper() + arm.label[1:]
        if answer.people == 1:
            end = (
                f"cardiac arrest, collapse at {arm.ends['collapse_s'][0] / 60:.1f} min"
                if row["arrest"]
                else f"no arrest; brain oxygen too low for {row['rescue_time_s']:.0f} s"
            )
            lines.append(f"{head}: {end}.")
            continue
        said = f"{head}: {tenths(row['arrest'])} ({tenths(row['arrest_low'])} to {tenths(row['arrest_high'])}) have a cardiac arrest"
        if arm.doses:
            said += f"; {percent(row['further_dose'])} still breathe too little one interval after the last dose; in {percent(row['depressed_again'])} it comes back"
        lines.append(said + ".")
    return lines
