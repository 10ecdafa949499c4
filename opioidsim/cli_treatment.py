"""The verb about medicines taken by whom they are not meant for."""

from typing import Annotated

import typer

from opioidsim.cli_questions import Json, Out, People, Point, Replace, Seed, Threads
from opioidsim.show.terminal import answered, progress, whom, writing


def abuse(
    medicine: Annotated[
        list[str] | None, typer.Option(help='A dose that is taken once, "methadone 40 mg oral"; several are compared.')
    ] = None,
    taker: Annotated[
        list[str] | None,
        typer.Option(help='Who takes it: naive, "in withdrawal", "on naltrexone", "on methadone", "on buprenorphine".'),
    ] = None,
    people: People = 1,
    seed: Seed = 1,
    point: Point = False,
    out: Out = None,
    replace: Replace = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """What a medicine gives to someone it was not meant for: liking, relief of withdrawal, or the opposite."""
    given = locals()
    from opioidsim.questions.abuse.run import MEDICINES, TAKERS
    from opioidsim.questions.abuse.run import abuse as ask
    from opioidsim.show import answer_treatment as answer

    with writing("abuse", given) as keep:
        with progress(100, "% of the takers") as told:
            found = ask(
                medicine or MEDICINES, taker or tuple(TAKERS), people, seed, uncertain=not point, threads=threads,
                progress=lambda share: told(int(100 * share)),
            )  # fmt: skip
        files = []
        if out:
            from opioidsim.show.output_treatment import abuse_files

            files = keep(lambda folder: abuse_files(found, folder))
        header = [
            "taker",
            "medicine",
            "liking",
            "score before",
            "relief",
            "made worse",
            "worth (proxy)",
            "street price [$]",
        ]
        table = [
            [r["taker"], r["medicine"], *(_points(r, key) for key in ("liking", "before", "relief")),
             f"{r['share_worse']:.0%}", f"{r['reward']:.2f}", "–" if r["street_price"] is None else f"{r['street_price']:.0f}"]
            for r in found.rows()
        ]  # fmt: skip
        whole, head = answer.abuse_json(found, files), f"Medicines taken once · {whom(found.people)}"
        answered(as_json, whole, head, answer.of_abuse(found), answer.abuse_cautions(found), (header, table))


def _points(row: dict, key: str) -> str:
    """A score in whole points, with its 5th and 95th percentile where they differ from it."""
    low, middle, high = (f"{round(row[key + end]) + 0:d}" for end in ("_low", "", "_high"))
    return middle if low == middle == high else f"{middle} ({low} to {high})"
