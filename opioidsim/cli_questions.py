"""The verbs that are questions: when can treatment start, how dangerous is an old dose."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.refusal import Refusal
from opioidsim.show.terminal import answered, band, progress, whom, writing

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for tables, figures and the report.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Put the files in the place of another question's, which --out holds.")
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="At most so many threads; all cores by default.")]
DAYS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0)  # start days of an induction
People = Annotated[int, typer.Option("--people", min=1, max=1_000_000, help="1 is the typical person.")]
Point = Annotated[bool, typer.Option("--point", help="The point value only, without the bands of what is not known.")]
Reading = Annotated[
    list[str], typer.Option("--reading", help='Another reading of contested evidence, "fentanyl=repeated".')
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Which people are drawn.")]


def induction(
    opioid: Annotated[
        list[str], typer.Option(help='The history, "heroin 100 mg iv every 8 h x 90"; several are added together.')
    ],
    regimen: Annotated[
        list[str],
        typer.Option(
            help='tablet, injection, ascending, challenge, buprenorphine-bridge, buprenorphine-taper, methadone-taper, or dose sentences with ";" between them.'
        ),
    ] = ["tablet"],  # noqa: B006
    day: Annotated[list[float], typer.Option(help="Days from the last opioid, a taper's too.")] = list(DAYS),  # noqa: B006
    people: People = 1,
    seed: Seed = 1,
    reading: Reading = [],  # noqa: B006
    point: Point = False,
    dropout: Annotated[
        float, typer.Option(min=0, help="Hazard of leaving per day at the full withdrawal score.")
    ] = 0.0,
    out: Out = None,
    replace: Replace = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """When an antagonist can be started after opioids: the withdrawal it precipitates, by start day."""
    given = locals()
    from opioidsim.questions.induction.run import induction as ask
    from opioidsim.show import answer_treatment as answer

    with writing("induction", given) as keep:
        with progress(people, "people") as told:
            found = ask(
                opioid,
                day,
                regimen,
                people,
                seed,
                readings=dict(map(_pair, reading)),
                uncertain=not point,
                dropout=dropout,
                threads=threads,
                progress=told,
            )
        files = []
        if out:
            from opioidsim.show.output_treatment import induction_files

            files = keep(lambda folder: induction_files(found, folder))
        from opioidsim.cases.cautions import cautions

        header = ["regimen", "start day", "peak score", "mild or less", "severe", "hours until mild", "if not sped up"]
        table = [
            [r["regimen"], f"{r['day']:g}", band(r, "peak"), f"{r['share_at_most_mild']:.0%}", f"{r['share_severe']:.0%}",
             f"{r['hours_until_mild']:.0f}", f"{r['hours_until_mild_without_acceleration']:.0f}"]
            for r in found.rows()
        ]  # fmt: skip
        head = f"{' and '.join(map(str, found.history))} · {whom(found.people)}"
        whole, warned = answer.induction_json(found, files), cautions(answer.induction_scenario(found))
        said = [*answer.of_induction(found), *answer.contested(found)]
        answered(as_json, whole, head, said, warned, (header, table))


def _pair(text: str) -> tuple[str, str]:
    drug, equals, reading = text.partition("=")
    if not equals:
        raise Refusal(f'--reading is "{text}"; write DRUG=READING, for example "naltrexone=slower".')
    from opioidsim.cases.drug import find

    return find(drug), reading
