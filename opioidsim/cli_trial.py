"""The verb `trial`."""

from typing import Annotated

import typer

from opioidsim.cli_questions import Json, Out, Replace, Threads
from opioidsim.cli_treatment import drinking_trial
from opioidsim.refusal import Refusal
from opioidsim.show.terminal import print_json, progress, say, say_files, show_table, writing


def trial(
    plan: Annotated[str, typer.Argument(help="A trial file, or the name of one that comes with the package.")],
    replicates: Annotated[int, typer.Option(min=1, max=10_000, help="So many trials of the same kind.")] = 1,
    people: Annotated[
        int | None, typer.Option(min=2, max=1_000_000, help="In all arms together; by default the plan's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Which people are drawn; by default the plan's.")
    ] = None,
    point: Annotated[
        bool, typer.Option("--point", help="The point values only, without the bands of what is not known.")
    ] = False,
    out: Out = None,
    replace: Replace = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted call of the same trial.")] = False,
    days: Annotated[
        bool, typer.Option("--days", help="With --out: also days.parquet, a row for each person and day.")
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """A virtual trial of treatments: who begins, stays, relapses, or drinks; how sure one trial would be."""
    given = locals()
    if resume and not out:
        raise Refusal("--resume needs --out: the folder of the interrupted call.")
    from opioidsim.cases import trial_plan
    from opioidsim.cases.cautions import of_plan
    from opioidsim.questions.trial.opioid import trial as ask
    from opioidsim.show import answer_trial as answer

    read = trial_plan.read(plan)
    total = replicates * ((people or read.people.n) // len(read.arms))
    parts = out / "parts" if out else None
    with writing("trial", given, plan=read.model_dump(mode="json")) as keep:
        if read.condition == "alcohol":
            return drinking_trial(
                read, replicates, people, seed, False if point else None, out, resume, threads, as_json, keep
            )
        with progress(total, "people", parts, keeps=True) as told:
            found = ask(read, replicates, people, seed, False if point else None, parts, resume, threads, told)
        files = []
        if out:
            from opioidsim.show.output_trial import days_file, trial_files

            files = keep(
                lambda folder: trial_files(found, folder) + (days_file(found, folder / "days.parquet") if days else [])
            )
        if as_json:
            return print_json(answer.trial_json(found, files))
        head = f"{found.plan.title} · {found.replicates} x {found.plan.people.n} people"
        say(head, answer.of_trial(found), of_plan(found.plan))
        rows = {(row["arm"], row["endpoint"]): row for row in found.rows()}
        arms = list(found.people)
        show_table(
            ["endpoint", *arms],
            [[name, *(answer.between(rows[arm, name], name) for arm in arms)] for name in found.shown()],
        )
        contrasts = [
            [r["arm"], r["against"], r["endpoint"], r["measure"], answer.between(r)] for r in found.contrasts()
        ]
        if contrasts:
            show_table(["arm", "against", "endpoint", "measure", "mean (interval)"], contrasts)
        say_files(files)
