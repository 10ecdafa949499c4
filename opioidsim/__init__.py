"""opioidsim: from a dose to the blood, the receptor and what is felt; naltrexone at the centre.

Light to import: JAX and the figures are loaded when they are first used.
"""

_PUBLIC = {
    "Abuse": "questions.abuse.run",
    "Blockade": "questions.blockade.run",
    "Dose": "cases.dose",
    "Drug": "cases.drug",
    "Fact": "facts.evidence",
    "Person": "cases.person",
    "Population": "cases.person",
    "Refusal": "refusal",
    "Induction": "questions.induction.run",
    "Relapse": "questions.relapse.run",
    "Release": "questions.release.run",
    "Rescue": "questions.rescue.run",
    "Result": "engine.result",
    "Run": "questions.run.run",
    "run": "questions.run",
    "Risk": "questions.risk.run",
    "Scenario": "cases.scenario",
    "Who": "questions.question",
    "Work": "questions.question",
    "questions": "questions",
    "Trial": "questions.trial.run",
    "Answer": "show.answer",
    "ask": "questions",
    "abuse": "questions.abuse",
    "blockade": "questions.blockade",
    "induction": "questions.induction",
    "relapse": "questions.relapse",
    "risk": "questions.risk",
    "release": "questions.release",
    "rescue": "questions.rescue",
    "simulate": "questions.run",
    "trial": "questions.trial",
    "validate": "studies.study",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'opioidsim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"opioidsim.{_PUBLIC[name]}"), name)


def __dir__():
    return __all__
