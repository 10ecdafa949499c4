"""What do my data say about the parameters of a population?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Choice, OneFile, Texts, Whole
from opioidsim.questions.question import Pairs, Text, Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.fit.run import Fit

ERRORS = {
    "proportional": "a share of the value",
    "additive": "the same at every value",
    "combined": "both",
}
PRIORS = {
    "library": "from the facts, their bands and their joint draws",
    "wide": "nearly nothing: the data alone speak",
}
METHODS = {
    "nuts": "draws of the whole posterior (NumPyro); what is quoted",
    "laplace": "linearised around each person: seconds, for a first look",
}


@question(
    "What do my data say about a population?",
    place=20,
    who=("seed", "readings", "change"),
    work=("progress",),
    lacks={"draws": "Its draws are those of the fit itself; --out writes them."},
    cost=lambda asked: 90.0,
)
def fit(
    data: Annotated[OneFile, Ask("An event table with DV", "doses and observations, a row each")],
    *,
    drug: Annotated[Text, Ask("The drug of rows that do not say", "a name of the library, or of your own")] = "",
    route: Annotated[Text, Ask("The route of rows that do not say")] = "",
    observed: Annotated[
        Pairs, Ask("What a DVID is of", "DVID=DRUG or DVID=EFFECT, for example 2=6-beta-naltrexol, 3=pupil")
    ] = {},  # noqa: B006  # read only
    estimate: Annotated[
        Texts,
        Ask(
            "Facts that are estimated",
            "such as disposition.CL; usually all kinetics of what is seen and what turns into it",
        ),
    ] = (),
    spread: Annotated[
        Texts, Ask("Of these, facts that differ between people", "usually those with a spread in the drug's file")
    ] = (),
    correlated: Annotated[
        Texts, Ask("Of these, facts whose spreads go together", "a correlation for each pair; all for all of them")
    ] = (),
    covariate: Annotated[
        Texts,
        Ask(
            "Columns that change a fact",
            "FACT=COLUMN, for example disposition.CL=CRCL; weight already acts as the drug's file says",
        ),
    ] = (),
    error: Annotated[
        Choice, Ask("Error of an observation", "additive, proportional or combined", choices=lambda: ERRORS)
    ] = "combined",
    prior: Annotated[Choice, Ask("What is thought before", "library or wide", choices=lambda: PRIORS)] = "library",
    method: Annotated[Choice, Ask("How it is worked out", "nuts or laplace", choices=lambda: METHODS)] = "nuts",
    chains: Annotated[Whole, Ask("Chains", "that must agree", least=2, most=16, rare=True)] = 4,
    warmup: Annotated[Whole, Ask("Steps of each chain that are thrown away", least=50, most=100_000, rare=True)] = 500,
    samples: Annotated[Whole, Ask("Draws of each chain that are kept", least=50, most=100_000, rare=True)] = 1000,
    who: Who = Who(),
    work: Work = Work(),
) -> "Fit":
    """Fit population kinetics, and effects, to an event table with observations: typical values, spreads between people, covariates, error.

    What do my data say about the parameters, and how sure?
    """
    from opioidsim.questions.fit.run import run

    count = (chains, warmup, samples)
    chosen = {"estimate": estimate, "spread": spread, "correlated": correlated, "covariate": covariate}
    return run(data, drug, route, observed, chosen, error, prior, method, count, who, work)  # pyright: ignore[reportArgumentType]  # read by now
