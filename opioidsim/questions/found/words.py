"""How many doses are enough, in sentences and columns."""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.show.answer import Column
from opioidsim.show.words import percent, tenths, whole

if TYPE_CHECKING:
    from opioidsim.cases.found import Seen
    from opioidsim.questions.found.run import Found

FEW = 20  # given any, of whom a share says little
COLUMNS = (
    Column("product", "what is given", text=True),
    Column("found", "found", whole, shown=False),
    Column("alive", "found alive", whole),
    Column("helped", "given any", whole),
    Column("doses_50", "enough for 50 %", text=True),
    Column("doses_90", "for 90 %", text=True),
    Column("doses_95", "for 95 %", text=True),
    Column("more_than_one", "get more than one", tenths),
    Column("back_5", "breathe within 5 min", tenths),
    Column("dies", "die in spite of it", tenths),
    Column("again", "fall back", tenths),
    Column("too_late", "help is too late", tenths),
)


def doses(needed: np.ndarray, percent: int, most: int) -> str:
    """How many doses bring breathing back in so many percent of those given any."""
    if not len(needed):
        return "nobody"
    enough = float(np.quantile(needed, percent / 100.0, method="inverted_cdf"))
    return f"{enough:.0f}" if np.isfinite(enough) else f"more than {most}"


def sentences(answer: "Found") -> list[str]:
    """Each product: how many doses are enough, who comes too late, who falls back."""
    rows = answer.rows()
    lines = [f"{rows[0]['found']} of {answer.people} breathe so little that somebody would notice; before help comes the heart of {rows[0]['found'] - rows[0]['alive']} has failed, and {rows[0]['alive'] - rows[0]['helped']} breathe enough again and are given nothing."]  # fmt: skip
    for row in rows:
        if not row["helped"]:
            lines.append(f"{row['product']}: nobody is given any.")
            continue
        lines.append(
            f"{row['product']}: {row['doses_50']}, {row['doses_90']} and {row['doses_95']} doses bring breathing back in 50, 90 and 95 % of those given "
            f"any; {percent(row['more_than_one'])} get more than one, {percent(row['back_5'])} breathe again within 5 minutes of the first, {percent(row['again'])} "
            f"fall back later, {percent(row['dies'])} die in spite of it."
        )
    if 0 < min(row["helped"] for row in rows) < FEW:
        lines.append(
            f"So few are given any that their shares say little; ask of more people, {10 * answer.people} for example."
        )
    lines.append(f"A further dose is given {answer.between} after the last to whom breathing is not back: who waits for less than a dose takes to act gives more of them.")  # fmt: skip
    lines += [_seen(answer, each) for each in answer.scene.seen if answer.share_as_seen(each) is not None and answer.between == answer.scene.waits.between]  # fmt: skip
    kinds = {each.basis for each in answer.scene.facts().values()} | {
        answer.scene.comes.basis,
        answer.scene.waits.basis,
    }
    assumed = "; what is assumed of them says so there" if "assumed" in kinds else ""
    return [*lines, f"What people take, how used to it they are and when help comes stand in the file of the scene{assumed}. Withdrawal that the doses bring is not counted here."]  # fmt: skip


def _seen(answer: "Found", seen: "Seen") -> str:
    """What was seen in the field beside what comes here."""
    here = answer.share_as_seen(seen)
    assert here is not None
    fits = "within" if seen.low <= here <= seen.high else "outside"
    return f"Seen: {seen.said}, {percent(seen.observed)}; here {percent(here)} ({seen.product}), {fits} {percent(seen.low)} to {percent(seen.high)}."
