"""The verbs that are questions: how strongly is an opioid blocked, who is rescued."""

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
SINCE = (1.0, 7.0, 14.0, 28.0, 42.0, 56.0)  # days since the last dose, of a relapse
People = Annotated[int, typer.Option("--people", min=1, max=1_000_000, help="1 is the typical person.")]
Point = Annotated[bool, typer.Option("--point", help="The point value only, without the bands of what is not known.")]
Reading = Annotated[
    list[str], typer.Option("--reading", help='Another reading of contested evidence, "fentanyl=repeated".')
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Which people are drawn.")]


def rescue(
    opioid: Annotated[str, typer.Option(help='The overdose, for example "fentanyl 2.97 mg iv".')],
    product: Annotated[
        list[str], typer.Option(help='What is given, for example "naloxone 4 mg nasal"; several are compared.')
    ] = ["naloxone 4 mg nasal"],  # noqa: B006
    doses: Annotated[list[int], typer.Option(help="How many doses; may be given several times.")] = [1],  # noqa: B006
    delay: Annotated[
        list[str], typer.Option(help="From the call for help to the first dose; may be given several times.")
    ] = ["60 s"],  # noqa: B006
    interval: Annotated[str, typer.Option(help="Between doses.")] = "150 s",
    when: Annotated[
        str, typer.Option(help='What calls for help: "ventilation < 40 % of baseline", "at 5 min".')
    ] = "ventilation < 40 % of baseline",
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Further doses only while ventilation is too low.")
    ] = False,
    people: Annotated[int, typer.Option(min=1, max=10_000_000, help="1 is the typical person.")] = 1,
    seed: Seed = 1,
    tolerance: Annotated[
        str, typer.Option(help="naive, chronic, or a number from 0 to 1 between them; chronic if not said.")
    ] = "",
    also: Annotated[list[str], typer.Option(help='A further dose, for example "midazolam 5 mg iv".')] = [],  # noqa: B006
    before: Annotated[list[str], typer.Option(help='A dose of the weeks before, "naltrexone 380 mg im-depot".')] = [],  # noqa: B006
    tolerance_before: Annotated[
        str,
        typer.Option(
            help="Tolerance when those weeks begin; it is then lost and gained on the way. Instead of --tolerance."
        ),
    ] = "",
    before_days: Annotated[float, typer.Option(help="How long before the overdose those weeks begin.")] = 30.0,
    hours: Annotated[float, typer.Option(help="How long to look.")] = 1.5,
    table: Annotated[
        list[Path], typer.Option(help="A table of draws, one person per row; several stand side by side.")
    ] = [],  # noqa: B006
    second_look: Annotated[
        bool, typer.Option("--second-look", help="A second fall of oxygen ends in arrest too, as in the study of 2024.")
    ] = False,
    out: Out = None,
    replace: Replace = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted call of the same question.")
    ] = False,
    cluster: Annotated[str, typer.Option(help="The address of a dask scheduler that does the work.")] = "",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Who is rescued from an overdose, by which antagonist, how soon and how often given."""
    given = locals()
    if resume and not out:
        raise Refusal("--resume needs --out: the folder of the interrupted call.")
    from opioidsim.cases.scenario import from_table
    from opioidsim.questions.rescue.run import rescue as ask
    from opioidsim.show import answer_run as answer

    start = {
        "clock": "episode",
        "doses": [opioid],
        "duration": f"{hours:.12g} h",
    }
    if tolerance or not tolerance_before:
        start["person"] = {"tolerance": _tolerance(tolerance or "chronic")}
    if before or tolerance_before:
        moved = {"tolerance": _tolerance(tolerance_before)} if tolerance_before else {}
        start["before"] = {"doses": before, "duration": f"{before_days:.12g} d"} | moved
    checked = from_table(start, "the question")
    with writing("rescue", given, table=list(map(_sum, table))) as keep:
        with progress(100, "% of the people and ways of helping", out and out / "parts", keeps=True) as told:
            found = ask(
                opioid, product, doses, delay, interval, when, if_needed, people, seed, checked.person, also, checked.before,
                start["duration"], tuple(map(str, table)), second_look=second_look, folder=out and out / "parts", resume=resume,
                threads=threads, cluster=cluster, progress=lambda share: told(int(100 * share)),
            )  # fmt: skip
        files = []
        if out:
            from opioidsim.show.output import rescue_files

            files = keep(lambda folder: rescue_files(found, folder))
        from opioidsim.cases.cautions import cautions

        tolerant = (
            f"{tolerance_before} {before_days:g} d before" if tolerance_before else f"{checked.person.tolerance:g}"
        )
        head = f"{found.opioid} · {whom(found.people)} · tolerance {tolerant}"
        warned = cautions(found.arms[-1].scenario)
        answered(as_json, answer.rescue_json(found, files), head, answer.of_rescue(found), warned)


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


def relapse(
    use: Annotated[str, typer.Option(help='The dose that is taken again, for example "heroin 50 mg iv".')],
    after: Annotated[
        list[str],
        typer.Option(help='The weeks before, "heroin 50 mg iv every 8 h x 180", "naltrexone 380 mg im-depot at 67 d".'),
    ],
    day: Annotated[list[float], typer.Option(help="Days after the last of those doses.")] = list(SINCE),  # noqa: B006
    also: Annotated[
        list[str], typer.Option(help='A further dose at the same time, for example "alprazolam 2 mg oral".')
    ] = [],  # noqa: B006
    spread: Annotated[
        float,
        typer.Option(
            min=0, max=2, help="How much the dose taken varies around that: 0.5 is by half, up or down; 0 not."
        ),
    ] = 0.0,
    people: People = 1,
    seed: Seed = 1,
    reading: Reading = [],  # noqa: B006
    point: Point = False,
    out: Out = None,
    replace: Replace = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """How dangerous an old dose is after days off opioids, or after naltrexone has faded."""
    given = locals()
    from opioidsim.questions.relapse.run import relapse as ask
    from opioidsim.show import answer_treatment as answer

    with writing("relapse", given) as keep:
        with progress(people, "people") as told:
            found = ask(
                use,
                after,
                day,
                also,
                spread,
                people,
                seed,
                readings=dict(map(_pair, reading)),
                uncertain=not point,
                threads=threads,
                progress=told,
            )
        files = []
        if out:
            from opioidsim.show.output_treatment import relapse_files

            files = keep(lambda folder: relapse_files(found, folder))
        from opioidsim.cases.cautions import cautions

        shares = lambda r, k: f"{r[k]:.0%} ({r[k + '_low']:.0%} to {r[k + '_high']:.0%})"  # noqa: E731
        header = [
            "day",
            "cardiac arrest",
            "apnoea",
            "tolerance",
            "receptors blocked",
            "no effect up to",
            "stops the circulation from",
        ]
        table = [
            [f"{r['day']:g}", shares(r, "arrest"), shares(r, "apnoea"), band(r, "tolerance"), band(r, "blocked"),
             *(answer.dose_text(found, r, key) for key in ("no_effect", "stops"))]
            for r in found.rows()
        ]  # fmt: skip
        head = f"{found.use} after {' and '.join(map(str, found.after))} · {whom(found.people)}"
        whole = answer.relapse_json(found, files)
        answered(as_json, whole, head, answer.of_relapse(found), cautions(found.scenario), (header, table))


def _sum(path: Path) -> str:
    """A table of draws by what it holds."""
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else str(path)


def _tolerance(text: str):
    try:
        return float(text)
    except ValueError:
        return text


def _pair(text: str) -> tuple[str, str]:
    drug, equals, reading = text.partition("=")
    if not equals:
        raise Refusal(f'--reading is "{text}"; write DRUG=READING, for example "naltrexone=slower".')
    from opioidsim.cases.drug import find

    return find(drug), reading
