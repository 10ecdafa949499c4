"""What people in treatment do on a day: chances in craving, withdrawal, reward, therapy and supervision.

Every chance is 1 / (1 + e^-x) or 1 - e^-h with x or ln h a sum of a base and of what moves it.
Reward is what an opioid still gives: 1 - blockade. No coefficient was measured as such: all are
carried with their bands.

Logits and logarithms of hazards add up without ever leaving 0 to 1, which effects on the chance
itself would do where several come together. Arguments are (people,), shares 0..1 unless said
otherwise.
"""

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.model.powers import log


def chance(odds):
    """1 / (1 + e^-x): the chance whose logarithm of odds is x."""
    return 1.0 / (1.0 + jnp.exp(-odds))


def within_a_day(log_hazard):
    """1 - e^-h: the chance that an event of hazard h [1/d] comes within a day; its logarithm is given."""
    return 1.0 - jnp.exp(-jnp.exp(log_hazard))


def craving(learned, satisfied, withdrawal):
    """0..1: learned wanting, lessened by what a medicine activates, or withdrawal: 1 - (1 - l (1 - a)) (1 - w).

    Either alone can fill it. learned l: 0..1; satisfied a: mean mu activation of the day, 0..1; withdrawal w: score / 48.
    """
    return 1.0 - (1.0 - learned * (1.0 - satisfied)) * (1.0 - withdrawal)


def learned_after(learned, reward, facts):
    """Wanting after a use: l + learn (r - l). A blocked use (r = 0) lowers it, one that is felt raises it (Rescorla and
    Wagner 1972)."""
    return learned + facts.learn * (reward - learned)


def forgotten(learned, facts):
    """Wanting after a day without use: l e^(-1 / tau_wanting), tau_wanting in days."""
    return learned * jnp.exp(-1.0 / facts.tau_wanting)


def remembered(before, reward, facts):
    """The best recent reward, fading with tau_reward [d]: max(r, r_before e^(-1 / tau_reward))."""
    return jnp.maximum(reward, before * jnp.exp(-1.0 / facts.tau_reward))


def reward(peak, before, unblocked):
    """(L_peak - L_before) / L_unblocked, 0..1: the rise in liking that a use brings, of that without any medicine."""
    return jnp.clip((peak - before) / jnp.maximum(unblocked, 1e-9), 0.0, 1.0)


def depth(held):
    """Depth of a blockade, 0 to 4: log10 of how many times more of an opioid gives the same effect, -log10(1 - b).

    b: share of receptors held by an antagonist (Gaddum 1937). Deeper than 1e4 makes no difference to anyone.
    """
    return log(jnp.maximum(1.0 - held, 1e-4)) * (-1.0 / np.log(10.0))


def use(craving, recent, blocked, detoxified, person, care, facts):
    """The chance of using on a day: logit = use_base + use_craving c + use_recent r - use_blocked d - use_detoxified f (1 - r)
    + own + care.

    r: what use gave lately, 0..1; a use that was felt makes the next one likelier, a blocked one does not. d: depth of the
    blockade: under it less is wanted and nothing is expected. detoxified (f): 1 for who came through a detoxification, which
    lasts until a use is felt again. own: the person's. care: what therapy takes, or being in no treatment adds (use_alone).
    """
    drawn = facts.use_craving * craving + facts.use_recent * recent - facts.use_blocked * blocked
    return chance(facts.use_base + drawn - facts.use_detoxified * detoxified * (1.0 - recent) + person + care)


def again(reward, facts):
    """The chance of a further use on the same day: use_again x what the last one gave."""
    return facts.use_again * reward


@jax.jit
def amount(habit, tolerance, lived, caution, potency_loss):
    """The dose of a use: habit x R^(-caution max(Th - T, 0)).

    T: tolerance now; Th (lived): that of the own habit, with which its whole dose is taken, and never more; R = potency_loss of
    breathing. caution 0: the old dose, whatever tolerance is left; 1: less by as much as breathing has become more sensitive.
    """
    return habit * potency_loss ** (-caution * jnp.maximum(lived - tolerance, 0.0))


def give_up(withdrawal, outside, facts):
    """The chance a day of giving up before the first dose: ln h = wait_base + wait_withdrawal w, + wait_outside at home."""
    return within_a_day(facts.wait_base + facts.wait_withdrawal * withdrawal + facts.wait_outside * outside)


def leave(rewarded, missed, withdrawal, satisfied, grip, blocked, person, therapy, facts):
    """The chance a day of leaving treatment.

    ln h = leave_base + leave_reward r (1 - a) + leave_missed m + leave_withdrawal w - leave_hold g - leave_blocked d + own +
    therapy; r: recent reward; m: 1 after a day on which a due tablet or injection was not taken; w: score / 48; a: mean
    activation of the day, g: the same with each drug's part times what that drug alone can reach, so that a partial agonist
    holds people less than a full one of equal activation; d: depth of the blockade; own: the person's.
    """
    pull = facts.leave_reward * rewarded * (1.0 - satisfied) + facts.leave_missed * missed
    log_hazard = facts.leave_base + pull + facts.leave_withdrawal * withdrawal
    return within_a_day(log_hazard - facts.leave_hold * grip - facts.leave_blocked * blocked + person + therapy)


def take(craving, person, support, facts):
    """The chance of taking the day's tablet: logit = take_base - take_craving c + person's own + support."""
    return chance(facts.take_base - facts.take_craving * craving + person + support)


def come(craving, person, facts):
    """The chance of coming on a day for an injection that is due: logit = come_base - take_craving c + person's own, which is
    that of giving urines: injections are given where urines are."""
    return chance(facts.come_base - facts.take_craving * craving + person)


def visit(staying, seen, person, facts):
    """The chance of giving the week's urine: logit = attend_base + own; attend_left + own once treatment is left.

    seen: 1 where the medicine is taken in front of staff: visits go with it there, and who has left comes no more.
    """
    given = chance(jnp.where(staying, facts.attend_base, facts.attend_left) + person)
    return jnp.where(staying, given, given * (1.0 - seen))
