"""The page of what is not known: the blocks of the posterior, how they are checked, what their rows tell and leave."""

import numpy as np
from scipy.stats import norm

from opioidsim.calibration.behaviour import WEIGHT, thought
from opioidsim.calibration.open import numbers
from opioidsim.calibration.words import drawn_by
from opioidsim.facts import posterior
from opioidsim.show.words import percent, tenths


def page() -> str:
    """What is not known: the blocks of the posterior, what their rows tell, and what they leave."""
    story = posterior.story()
    middle = story["blocks"]["middle"]
    lines = [
        "# What is not known",
        "",
        "Three kinds of spread stand side by side in an answer and are never mixed: how **people differ** (round brackets, bands), what is",
        "**not known** (square brackets, dashed lines) and the **chance** of so many people. `--draws 100` asks for the second: the same question",
        f"for the typical person under 100 of {story['draws']} joint draws of {len(story['points'])} facts that come with the package. Where people are counted, as in",
        "`rescue` and `relapse`, each draw has people of its own, and the chance of their number is taken off. `--sensitivity` says which facts the",
        "answer hangs on most.",
        "",
        "```sh",
        'opioidsim washout --drug "naltrexone 50 mg oral every 24 h x 7" --people 100 --draws 100 --sensitivity',
        "```",
        "",
        "In Python `ops.washout(..., who=ops.Who(people=100, draws=100, sensitivity=True))`; the draws' own answer is `answer.unknown`. In a scenario",
        "`[population] draws = 100` makes each person a draw. A fact that is changed, or read otherwise, stays where it stands.",
        "",
        "`opioidsim calibrate` makes the draws again from the studies marked `build`, block by block; each block is calibrated with the others as",
        f"the library has them, so that what is wrong in one does not bend another. Seed {story['seed']}. A test says when facts, priors, build rows or equations",
        "have changed since.",
        "",
        "- **middle**: between receptor and person. Crowds of sets of numbers begin at the priors, and the rows' weight grows from nothing to its",
        "  whole by steps, each followed by moves (tempered sequential Monte Carlo, Del Moral 2006). Times read off a curve jump, so that gradients do",
        "  not reach: a move is a long walk on parabolas that follow all rows asked so far, and the rows themselves say whether it is taken (delayed",
        f"  acceptance, Christen and Fox 2005). {middle['runs']} runs begin apart and must agree. Four minutes of one core.",
        "- **kinetics** (with what holds receptors) and **breathing**: normal around the library's numbers. Priors from the facts' own bands, spreads and",
        "  numbers of people (`library/priors/open.toml`); each build row is followed by a straight line.",
        "- **exposure**: who returns to use, when, and how much is taken after days off. Draws evenly from the bands, weighted by the published ratios of deaths.",
        "- **behaviour**: what people in treatment do, from [the weeks of START and X:BOT](#what-people-in-treatment-do) beside rows of other trials.",
        "- **bands**: what only a band says, evenly within it, each by itself: drinking, overdoses, therapy by contract, and what no row tells.",
        "",
        "Convention and structure have no draw: molar masses, shares of a release that sum to one, covariates, the physiology of the published",
        "overdose program, and what is assumed without a band.",
        "",
        "| block | facts | build rows | told by them | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for block, told in story["blocks"].items():
        numbers = [n for n, each in told["numbers"].items() if each["left"] < 0.9]
        more = drawn_by(told) if "worth" in told else ""
        count = len(told["numbers"]) or len(story["points"]) - sum(len(b["numbers"]) for b in story["blocks"].values())
        lines.append(f"| {block} | {count} | {len(told['rows'])} | {len(numbers) or '–'} | {more} |")
    lines += [
        "",
        "## From study to study",
        "",
        "How far the same number lies apart between studies beyond their own errors, as a share of it: the likeliest, and 80 % of what build rows",
        "leave of it, each study left out in its turn. Few studies leave it wide, and predictions on the [scoreboard](scoreboard.md) have all of it.",
        "",
        "| class | | 80 % |",
        "| --- | --- | --- |",
    ]
    for told in story["blocks"].values():
        for kind, effect in told["effects"].items():
            low, high = np.quantile(told["between"][kind], [0.1, 0.9])
            lines.append(f"| {kind} | {percent(effect)} | {percent(low)} to {percent(high)} |")
    lines += [
        "",
        "## Known numbers, found again",
        "",
        "Simulation-based calibration (Talts 2018): numbers are drawn from the priors, rows simulated with them and with their errors, and the block",
        "calibrated on these. A true number then lies anywhere among its draws alike: half of them within the middle half. Rows of `kinetics` and",
        "`breathing`, and weeks of `behaviour`, are simulated by the engine and not by lines, so that it shows how far these may be trusted. In brackets standard",
        "errors between replicates; the last column is the chance of places at least so uneven (Kolmogorov and Smirnov), were they even and each for itself.",
        "",
        "| block | replicates | numbers | within 50 % | within 80 % | within 95 % | even |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for block, told in posterior.checks().items():
        for name, found in ((block, told), *(((f"{block}, told by rows", told["told"]),) if "told" in told else ())):
            inside = " | ".join(
                f"{tenths(found[f'within_{level}'][0])} ({tenths(found[f'within_{level}'][1])})"
                for level in (50, 80, 95)
            )
            lines.append(f"| {name} | {found['replicates']} | {found['numbers']} | {inside} | {found['even']:.2g} |")
    lines += [
        "",
        *_middle_found(posterior.checks()["middle"]),
        "",
        f"The middle's shipped draws come from {middle['runs']} runs that begin apart at the priors: R-hat, from the variance between the runs' means and that within",
        f"them (Margossian 2024), is {middle['r_hat']:.3f} at most over its {len(middle['numbers'])} numbers, and their last crowds are worth {middle['worth']} independent draws. Where moves end, what",
        f"the rows say over what the parabolas say has a tail k of {middle['pareto_k']:.2f} (under 0.5 well, up to 0.7 still). `exposure` has one set of proposals, and its",
        "k and worth, `behaviour` its R-hat; `kinetics`, `breathing` and `bands` are drawn directly and need neither. `bands` has no check of known",
        "numbers: no row weighs its draws. `opioidsim fit` with `nuts` reports R-hat and effective sizes of its own chains.",
        "",
        "## What the rows tell",
        "",
        "| fact | standard deviation before, of the logarithm | share of it left |",
        "| --- | --- | --- |",
    ]
    for block, told in story["blocks"].items():
        if block == "behaviour":
            continue
        lines += [
            f"| `{n}` | {each['prior_sd']:g} | {percent(each['left'])} |"
            for n, each in told["numbers"].items()
            if each["left"] < 0.9
        ]
    lines += [
        "",
        *_behaviour(story["blocks"]["behaviour"]),
        "",
        "## Told only together",
        "",
        "Pairs whose draws correlate by more than 0.7: a ridge along which the rows cannot tell one from the other.",
        "",
    ]
    lines += [f"- `{a}` and `{b}`: {r:+.2f}" for told in story["blocks"].values() for a, b, r in told["ridges"]]
    return "\n".join(lines) + "\n"


def _middle_found(found: dict) -> list[str]:
    """What the check of the middle says, in words."""
    share, error = found["within_80"]
    even = "even" if found["even"] > 0.05 and abs(share - 0.8) < max(3.0 * error, 0.02) else "not even"
    return [
        f"The middle's places are {even}. A replicate costs about a minute, so that there are few; true numbers come from the whole width of the priors,",
        "with rows ten to twenty of their errors away from what people showed. Rows are simulated by the equations of the likelihood, receptors in",
        "equilibrium and kinetics as the library has them; what that leaves out is tested apart (rows agree with the engine to a tenth).",
    ]


def _behaviour(told: dict) -> list[str]:
    """What people in treatment do: how the weeks of trials tell it, before and after, and what they and the library's numbers disagree in."""
    spread, (before, after) = told["spread"], told["apart"]
    lines = [
        "## What people in treatment do",
        "",
        f"{told['weeks']:,} weekly urines of START and X:BOT (two thirds of their people, of whom those who began), counted by what the weeks before",
        "were: negative, positive, or one, two or three, four missing, as the last four given were of one kind or of both, in weeks 2 to 4, 5 to 12",
        "and 13 to 20, by arm (`library/transitions`; `opioidsim trial-data FOLDER` counts them from the public tables). Each week given what went before is a factor of the",
        "likelihood of a person's whole sequence: what is shared within a person shows in the last four given, and that urines are missing not at random in what goes before.",
        "A crowd lives the four arms under readings drawn evenly from all bands at once, and the chances of each of 96 cells, in log odds, are followed by straight lines.",
        "Counts are Dirichlet-multinomial around these chances; NUTS draws the numbers together with how far cells lie apart from any model",
        f"(a cell's chances are worth {spread['cells']:.0f} people), by how much trials differ in all their weeks ({spread['trials']:.2f} in log odds), and the study effect of the other rows",
        f"({percent(spread['rows'])}). A week weighs {WEIGHT:.2g}: with its whole weight simulated known numbers lay within the middle 80 % of their draws in 63 of 100, as lines",
        f"carry the chance of the crowd they follow, so that draws were 1.4 times too narrow. Beside them stand {len(told['rows'])} rows that no single week tells: who begins, runs of four weeks, use from day to day, other trials.",
        "",
        f"Chances of cells lie {after} points apart from what was seen under the draws, {before} at the library's numbers. Those told by it, evenly within their bands before:",
        "",
        "| fact | library | 80 % before | median | 80 % after | share of the band left |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    columns, even = posterior.columns(), np.asarray(norm.ppf([0.1, 0.9]))
    outside = []
    for name, each in told["numbers"].items():
        fact = numbers()[name].fact
        low, middle, high = np.quantile(columns[name], [0.1, 0.5, 0.9])
        if not np.quantile(columns[name], 0.025) <= fact.value <= np.quantile(columns[name], 0.975):
            outside.append(f"`{name.partition('.')[2]}` ({fact.value:g}, {middle:.3g})")
        if each["left"] < 0.9:
            ends = " to ".join(f"{end:.3g}" for end in thought(fact, even))
            lines.append(
                f"| `{name}` | {fact.value:g} | {ends} | {middle:.3g} | {low:.3g} to {high:.3g} | {percent(each['left'])} |"
            )
    outside_now = (
        f"Outside of 95 % of the draws lie {', '.join(outside)} (library, median)."
        if outside
        else "All lie within 95 % of the draws."
    )
    lines += [
        "",
        "**Where people and published rows disagree.** The library's numbers stand at the middle of such draws; before, they were fitted to rows alone (shares of a week, retention,",
        f"relapse), and the weeks gainsaid one of them: people differ less in how often they come, and leave more, than shares of single weeks had it. {outside_now}",
        "In START who misses one week after a negative urine is back in the next (78 to 91 of 100), and who misses two or three is not (67 to 91 of 100 miss the next too).",
        "What the library's numbers miss of these weeks: on naltrexone in X:BOT a positive urine is followed by another in 55 of 100 (37 here), and on buprenorphine 87 of 100 are",
        "free of relapse after three weeks (78 here).",
    ]
    return lines
