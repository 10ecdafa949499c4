"""The verb about real trials: what they say, and a simulated trial beside them."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.questions.command import Json, Out, Replace
from opioidsim.refusal import need
from opioidsim.show.terminal import print_json, progress, say, say_files, writing


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
    threads: Annotated[int | None, typer.Option(min=1, help="At most so many threads; all cores by default.")] = None,
    as_json: Json = False,
) -> None:
    """What real trials say: urine, attendance, injections, retention, relapse, by trial and arm."""
    given = locals()
    need("statsmodels", "trial-data")
    if out:
        need("altair", "a figure")
    from opioidsim.studies import ctn0094 as real

    with writing("trial-data", given) as keep:
        arms = real.read(folder)
        simulated = {}
        if against:
            from opioidsim.cases import trial_plan
            from opioidsim.questions.question import Who, Work
            from opioidsim.questions.trial import trial
            from opioidsim.studies.beside import outcomes, real_trial

            plan = trial_plan.read(against)
            name = real_trial(plan)
            with progress(100, "% of the work") as told:
                work = Work(threads=threads, progress=lambda share: told(int(100 * share)))
                simulated = outcomes(trial(plan, replicates=replicates, who=Who(point=point), work=work))
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
