"""opioidsim: from a dose to the blood, the receptor and what is felt; naltrexone at the centre.

Light to import: JAX and the figures are loaded when they are first used.
"""

_PUBLIC = {
    "Abuse": "questions.abuse",
    "Blockade": "questions.blockade",
    "Dose": "dose",
    "Drug": "drug",
    "DrinkingTrial": "questions.drinking",
    "Fact": "evidence",
    "Person": "person",
    "Population": "person",
    "Refusal": "refusal",
    "Induction": "questions.induction",
    "Relapse": "questions.relapse",
    "Release": "questions.release",
    "Rescue": "questions.rescue",
    "Result": "result",
    "Scenario": "scenario",
    "after_release": "questions.release",
    "Trial": "questions.trial",
    "abuse": "questions.abuse",
    "blockade": "questions.blockade",
    "drinking_trial": "questions.drinking",
    "induction": "questions.induction",
    "relapse": "questions.relapse",
    "rescue": "questions.rescue",
    "simulate": "simulation",
    "trial": "questions.trial",
    "validate": "study",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'opioidsim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"opioidsim.{_PUBLIC[name]}"), name)


def __dir__():
    return __all__
