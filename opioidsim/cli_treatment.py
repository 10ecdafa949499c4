"""The verbs about treatments and trials."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.cli_questions import Json, Out, People, Point, Replace, Seed, Threads
from opioidsim.show.terminal import answered, print_json, progress, say, say_files, show_table, whom, writing


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


def trial_data(
    folder: Annotated[Path, typer.Argument(help="The folder with the public CTN-0094 tables (START, POATS, X:BOT).")],
    against: Annotated[
        str, typer.Option(help="A trial to simulate beside the data: xbot, start, or a file of your own.")
    ] = "",
    replicates: Annotated[int, typer.Option(min=2, max=10_000, help="So many simulated trials.")] = 20,
    point: Annotated[
        bool,
        typer.Option("--point", help="Simulate with the point values only, without the bands of what is not known."),
    ] = False,
    out: Out = None,
    replace: Replace = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """What real trials say: urine, attendance, injections, retention, relapse, by trial and arm."""
    given = locals()
    from opioidsim.studies import ctn0094 as real

    with writing("trial-data", given) as keep:
        arms = real.read(folder)
        simulated = {}
        if against:
            from opioidsim.cases import trial_plan
            from opioidsim.questions.trial.opioid import trial
            from opioidsim.studies import beside as trial_against

            plan = trial_plan.read(against)
            name = trial_against.real_trial(plan)
            with progress(replicates * plan.each(), "people") as told:
                simulated = trial_against.outcomes(
                    trial(plan, replicates, uncertain=not point, threads=threads, progress=told)
                )
            arms = tuple(arm for arm in arms if arm.trial == name)
        found = {name: frame for name, frame in real.outcomes(arms).items() if len(frame)}
        files = []
        if out:
            from opioidsim.studies.ctn0094_files import trial_data_files

            files = keep(lambda folder: trial_data_files(found, simulated, folder))
        lines = [real.describe(arm) for arm in arms]
        if simulated:
            lines += real.compared(found, simulated)
        if as_json:
            tables = {name: real.records(frame) for name, frame in found.items()}
            beside = {name: real.records(frame) for name, frame in simulated.items()}
            return print_json(
                {"answer": lines, "outcomes": tables, "simulated": beside, "files": [str(f) for f in files]}
            )
        say("Real trials, as they were", lines, [])
        say_files(files)


def drinking_trial(plan, replicates, people, seed, uncertain, out, resume, threads, as_json, keep) -> None:
    """The verb `trial` for a plan about alcohol."""
    from opioidsim.cases.cautions import of_plan
    from opioidsim.questions.trial.alcohol import drinking_trial as ask
    from opioidsim.show import answer_drinking as answer

    total = replicates * ((people or plan.people.n) // len(plan.arms))
    parts = out / "parts" if out else None
    with progress(total, "people", parts, keeps=True) as told:
        found = ask(plan, replicates, people, seed, uncertain, None, parts, resume, threads, told)
    files = []
    if out:
        from opioidsim.show.output_drinking import drinking_files

        files = keep(lambda folder: drinking_files(found, folder))
    if as_json:
        return print_json(answer.drinking_json(found, files))
    head = f"{found.plan.title} · {found.replicates} x {found.plan.people.n} people"
    say(head, answer.of_drinking(found), of_plan(found.plan))
    rows = {(row["arm"], row["endpoint"]): row for row in found.rows()}
    arms = list(found.people)
    said = {endpoint: row["said"] for (_, endpoint), row in rows.items()}
    show_table(
        ["endpoint", *arms],
        [[said[name], *(answer.between(rows[arm, name]) for arm in arms)] for name in found.plan.endpoints],
    )
    contrasts = [[r["arm"], r["endpoint"], r["measure"], answer.between(r)] for r in found.contrasts()]
    if contrasts:
        show_table([f"arm, against {arms[0]}", "endpoint", "measure", "mean (interval)"], contrasts)
    say_files(files)
