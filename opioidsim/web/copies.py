"""Scenarios on the page as a command and as Python, to be run elsewhere with the same numbers and the same figure."""

import shlex
from collections.abc import Sequence

from opioidsim.cases.scenario import Scenario
from opioidsim.show.words import WHICH


def named(scenarios: Sequence[Scenario]) -> list[str]:
    """What each scenario's file is called."""
    return (
        ["scenario.toml"]
        if len(scenarios) == 1
        else [f"{which}.toml" for which, _ in zip(WHICH, scenarios, strict=False)]
    )


def run_command(
    scenarios: Sequence[Scenario], view: str = "together", beside: Sequence[str] = (), own: str = ""
) -> str:
    """The scenarios as files, and the verb that runs them. own: the text of one's own table, the last of `beside`."""
    files = dict(zip(named(scenarios), (each.toml() for each in scenarios), strict=True))
    files |= {beside[-1]: own} if own else {}
    first, *others = named(scenarios)
    words = ["opioidsim", "run", first, *(w for name in others for w in ("--against", name))]
    words += ["--view", view] if others and view != "together" else []
    words += [w for name in beside for w in ("--beside", name)]
    written = "".join(f"cat > {shlex.quote(name)} <<'END'\n{text.rstrip()}\nEND\n" for name, text in files.items())
    return f"{written}{shlex.join([*words, '--out', 'results'])}\n"


def run_python(scenarios: Sequence[Scenario], view: str = "together", beside: Sequence[str] = (), own: str = "") -> str:
    """The same as Python text."""
    texts = [f'loads(r"""\n{each.toml()}""")' for each in scenarios]
    files = f'Path({beside[-1]!r}).write_text(r"""{own.rstrip()}\n""", encoding="utf-8")\n' if own else ""
    head = "from pathlib import Path\n\n" if own else ""
    head += "import opioidsim as ops\nfrom opioidsim.cases.scenario import loads\n\n"
    if len(scenarios) == 1:
        given, called = f"scenario = {texts[0]}\n", "scenario"
    else:
        letters = WHICH[: len(scenarios)]
        given = "".join(f"{which} = {text}\n" for which, text in zip(letters, texts, strict=True))
        called = f"{letters[0]}, against=[{', '.join(letters[1:])}]" + (
            f", view={view!r}" if view != "together" else ""
        )
    more = f", beside={list(beside)!r}" if beside else ""
    return f"{head}{files}{given}result = ops.run({called}{more})\nprint(result)\nprint(result.outcomes())\n"
