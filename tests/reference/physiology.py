"""Breathing in an overdose, written a second time: one flat state, plain NumPy, whole past states kept for the delays.

Follows the specification of the published program, section by section; the numbers come from the library's facts. Times
in seconds; opioid amounts in mg, naloxone as amount [ng] and concentration [ng/mL], effect sites in pM, as there.
"""

import numpy as np

from opioidsim.facts import library

READING = "mann-2022"  # the published program, as the library has it
GAS = ("PaC", "PaO", "cbC", "cbO", "ctC", "ctO", "yC", "yO", "Dp", "Dc", "h", "m")
OPIOID = ("A", "A2", "A3", "E", "R")


def numbers():
    """The facts of breathing by symbol, in the published program's reading; blood flows and metabolism per second."""
    found = {}
    for symbol, fact in library.body("breathing", READING).items():
        found[symbol] = fact.value / 60.0 if symbol[:2] in ("M_", "Q_") and fact.unit == "L/min" else fact.value
    return found


def dissociation(p, co2, o2):
    """Contents of blood at these pressures, (CO2, O2)."""
    found = []
    for own, other, alpha, beta, half, a, most in (
        (co2, o2, p["alpha2"], p["beta2"], p["K2"], p["a2"], p["C2"]),
        (o2, co2, p["alpha1"], p["beta1"], p["K1"], p["a1"], p["C1"]),
    ):
        bent = np.power(own * (1 + beta * other) / (half * (1 + alpha * other)), 1 / a)
        found.append(p["Z"] * most * bent / (1 + bent))
    return found


def association(p, co2, o2):
    """Pressures of blood with these contents: the positive root of the quadratic that each pressure solves."""
    d = {}
    for name, content, most, half, a in (("C", co2, p["C2"], p["K2"], p["a2"]), ("O", o2, p["C1"], p["K1"], p["a1"])):
        d[name] = half * np.power(content / (p["Z"] * most - content), a)
    crossed = p["alpha1"] * p["alpha2"] * d["C"] * d["O"]
    found = []
    for own, other, alpha_own, alpha_other, beta_own, beta_other in (
        (d["C"], d["O"], p["alpha2"], p["alpha1"], p["beta2"], p["beta1"]),
        (d["O"], d["C"], p["alpha1"], p["alpha2"], p["beta1"], p["beta2"]),
    ):
        g = beta_other + alpha_other * beta_own * other
        r = -(1 + beta_own * other - beta_other * own - crossed) / (2 * g)
        s = -own * (1 + alpha_own * other) / g
        found.append(r + np.sqrt(r * r - s))
    return found


def blood(p, y, multiplier=None):
    """Flows, contents and arterial pressures of a state (a dict of arrays); `multiplier`: of another moment."""
    m = y["m"] if multiplier is None else multiplier
    QB = p["Q_B0"] * (1 + y["yC"] + y["yO"]) * m
    QT = p["Q_T0"] * (1 + p["rho"] * y["yO"]) * m
    out = {"QB": QB, "QT": QT, "Q": QB + QT}
    for region, c, o in (("B", y["cbC"], y["cbO"]), ("T", y["ctC"], y["ctO"])):
        out[f"P{region}C"] = (np.maximum(c, 0) - p["bound_CO2"]) / p["sol_CO2"]
        out[f"P{region}O"] = np.maximum(o, 0) / p["sol_O2"]
        out[f"v{region}"] = dissociation(p, out[f"P{region}C"], out[f"P{region}O"])
    out["e"] = dissociation(p, np.maximum(y["PaC"], 0), y["PaO"])
    out["v"] = [(QB * b + QT * t) / (QB + QT) for b, t in zip(out["vB"], out["vT"], strict=True)]
    out["a"] = [(1 - p["shunt"]) * e + p["shunt"] * v for e, v in zip(out["e"], out["v"], strict=True)]
    out["PC"], out["PO"] = association(p, *out["a"])
    return out


def spikes(p, co2, o2):
    e = np.exp((o2 - p["P_c"]) / p["K_P"])
    return p["K_f"] * np.log(co2 / p["B_p"]) * (p["f_max"] + p["f_min"] * e) / (1 + e)


def wakefulness(p, R, tolerance):
    return p["W"] - p["W"] * np.power(np.maximum(R, 0), p["P3"] * p["tolerant"] ** tolerance)


def minute_ventilation(p, y, b, R, tolerance):
    peripheral = np.where(y["Dp"] >= 0, y["h"] * y["Dp"], y["Dp"])
    drive = wakefulness(p, R, tolerance) + np.maximum(0, peripheral + y["Dc"])
    part = b["Q"] / p["Q_cut"]
    return drive * np.where(part > 1, 1, np.where(part > 0.5, part, 0))


def body_changes(p, y, R, tolerance, firing, brain_co2, collapsing=False):
    """d/dt of the twelve states of gas and circulation. firing, brain_co2: of the blood that arrives now."""
    b = blood(p, y)
    phi = np.maximum(0, wakefulness(p, R, tolerance) / p["W"])
    air = np.maximum(0, minute_ventilation(p, y, b, R, tolerance) * p["alveolar"] / 60)
    swept = p["stpd"] * b["Q"] * (1 - p["shunt"])
    d = {}
    for key, inspired, i in (("PaC", p["P_I_CO2"], 0), ("PaO", p["P_I_O2"], 1)):
        d[key] = (air * (inspired - y[key]) + swept * (b["v"][i] - b["e"][i])) / p["V_A"]
    for region, flow, volume in (("B", b["QB"], p["V_B"]), ("T", b["QT"], p["V_T"])):
        starved = np.where(b[f"P{region}O"] <= p["P_X_O2"], b[f"P{region}O"] / p["P_X_O2"], 1)
        for gas, i, sign in (("C", 0, 1), ("O", 1, -1)):
            made = sign * p[f"M_{region}_{gas}O2" if gas == "C" else f"M_{region}_O2"]
            made = made * np.maximum(np.power(phi, p["P2"]), p["floor_CO2" if gas == "C" else "floor_O2"]) * starved
            d[f"c{region.lower()}{gas}"] = (flow * (b["a"][i] - b[f"v{region}"][i]) + made) / volume
    psi_c = p["flow_low"] + p["flow_span"] / (1 + np.exp(-(b["PC"] - p["P_flow_CO2"]) / p["D_flow_CO2"]))
    psi_o = np.minimum(p["most_flow_O2"], p["c1"] * (np.exp(-b["PO"] / p["c2"]) - np.exp(-p["P_flow_O2"] / p["c2"])))
    d["yC"] = (psi_c - y["yC"]) / p["tau_flow_CO2"]
    d["yO"] = (psi_o - y["yO"]) / p["tau_flow_O2"]
    left = 1 - np.power(np.maximum(R, 0), p["P1"] * p["tolerant"] ** tolerance)
    d["Dp"] = (-y["Dp"] + left * p["G_p"] * (firing - p["f_0"])) / p["tau_p"]
    d["Dc"] = (-y["Dc"] + left * p["G_c"] * (brain_co2 - p["P_BCO2_0"])) / p["tau_c"]
    seen = np.minimum(np.maximum(b["PBO"], p["theta_min"]), p["theta_max"])
    d["h"] = (1 + p["G_h"] * (seen - p["P_BO2_0"]) / p["P_BO2_0"] - y["h"]) / p["tau_h"]
    d["m"] = np.where(collapsing, -p["k_col"] * (0.15 + 0.85 * b["PC"] / p["P_col_CO2"]) * y["m"], 0.0)
    return d, b


def shrinking(p, Q):
    return np.clip(1 + 1 / (1 + np.exp((p["Q_mid"] - Q / p["Q_ref"]) / p["Q_width"])), 1, 2)


def opioid_changes(p, k, y, Q):
    """d/dt of an opioid's amounts [mg], effect site [pM] and bound share, alone at the receptor."""
    plasma = 1000 * y["A"] / (k["V"] / shrinking(p, Q))  # ng/mL
    return {
        "A": -(k["k10"] + k["k12"] + k["k13"]) * y["A"] + k["k21"] * y["A2"] + k["k31"] * y["A3"],
        "A2": k["k12"] * y["A"] - k["k21"] * y["A2"],
        "A3": k["k13"] * y["A"] - k["k31"] * y["A3"],
        "E": k["ke"] * (1e6 * plasma / k["mass"] - y["E"]),
        "R": k["kon"] * (1 - y["R"]) * np.power(np.maximum(y["E"], 0), k["n"]) - k["koff"] * y["R"],
    }


class Delayed:
    """The course of untreated people by small plain steps of fourth order, with every past state kept.

    A delayed pressure is found from the whole state at that past moment, by a straight line between kept states, with the
    flow's multiplier of now. Before the start, the present counts.
    """

    def __init__(self, p, start, opioid=None, tolerance=(0.0,), step=0.05):
        self.p, self.k, self.tolerance, self.step = p, opioid, np.array(tolerance, float), step
        self.keys = GAS + (OPIOID if opioid else ())
        self.past = np.stack([start.get(key, 0.0) + 0.0 * self.tolerance for key in self.keys])[None]

    def changes(self, t, vector):
        p, y = self.p, dict(zip(self.keys, vector, strict=True))
        Q = p["Q_B0"] * (1 + y["yC"] + y["yO"]) * y["m"] + p["Q_T0"] * (1 + p["rho"] * y["yO"]) * y["m"]
        then = self.at(t, np.where(p["Q_cut"] > Q, 0.0, p["K_p"] / Q), y)
        lagged = blood(p, then, y["m"])
        brain = self.at(t, np.where(p["Q_cut"] > Q, 0.0, p["K_c"] / Q), y)["cbC"]
        R = y.get("R", 0.0 * self.tolerance)
        d, b = body_changes(
            p, y, R, self.tolerance, spikes(p, lagged["PC"], lagged["PO"]), (brain - p["bound_CO2"]) / p["sol_CO2"]
        )
        if self.k:
            d |= opioid_changes(p, self.k, y, b["Q"])
        return np.array([d[key] for key in self.keys])

    def at(self, t, delay, now):
        reaches = (delay > 0) & (t > delay)
        whole, part = np.divmod(np.where(reaches, t - delay, 0.0) / self.step, 1.0)
        whole, people = whole.astype(int), np.arange(len(self.tolerance))
        one, two = self.past[whole, :, people], self.past[np.minimum(whole + 1, len(self.past) - 1), :, people]
        then = (one + part[:, None] * (two - one)).T
        return {key: np.where(reaches, old, now[key]) for key, old in zip(self.keys, then, strict=True)}

    def run(self, seconds):
        """The states at each step from the start, (steps, states, people), so many seconds on."""
        h, steps = self.step, round(seconds / self.step)
        self.past = np.concatenate([self.past[:1], np.zeros((steps + 1, *self.past.shape[1:]))])
        for n in range(steps):
            y, t = self.past[n], n * h
            k1 = self.changes(t, y)
            k2 = self.changes(t + h / 2, y + h / 2 * k1)
            k3 = self.changes(t + h / 2, y + h / 2 * k2)
            k4 = self.changes(t + h, y + h * k3)
            self.past[n + 1] = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return self.past[:-1]
