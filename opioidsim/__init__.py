"""opioidsim: from a dose to the blood, the receptor and what is felt; naltrexone at the centre.

Light to import: JAX and the figures are loaded when they are first used.
"""

from pathlib import Path

_PUBLIC = {
    "Dose": "cases.dose",
    "Drug": "cases.drug",
    "Fact": "facts.evidence",
    "Person": "cases.person",
    "Population": "cases.person",
    "Refusal": "refusal",
    "Result": "engine.result",
    "Scenario": "cases.scenario",
    "Who": "questions.question",
    "Work": "questions.question",
    "Answer": "show.answer",
    "ask": "questions",
    "Library": "catalogue",
    "drug": "catalogue",
    "names": "catalogue",
    "study": "catalogue",
    "Plan": "cases.trial_plan",
    "Run": "questions.run.simulated",  # a module run.py would take the place of the question there
    "simulate": "questions.run",
    "validate": "studies.predictive",
}
_ROOMS = {
    path.parent.name for path in (Path(__file__).parent / "questions").glob("*/__init__.py")
}  # a question and its answer

__all__ = sorted({*_PUBLIC, *_ROOMS, *(name.title() for name in _ROOMS)})  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str):
    if name == "__version__":
        from importlib.metadata import version

        return version("opioidsim")
    if name not in __all__:
        raise AttributeError(f"module 'opioidsim' has no attribute {name!r}")
    from importlib import import_module

    room = f"questions.{name.lower()}" if name.lower() in _ROOMS else ""
    home = _PUBLIC.get(name) or (room if name in _ROOMS else f"{room}.run")
    return getattr(import_module(f"opioidsim.{home}"), name)


def __dir__():
    return __all__
