"""The same equations, written again from the facts and solved by a general stiff solver at a tight tolerance.

Nothing here uses the package's matrices, grid or receptor step: only the named numbers of one person.
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from opioidsim.engine import clock, inputs, parameters


def on_tick(hours):
    return clock.ticks(hours) * clock.TICK


class Equations:
    """Kinetics and receptor of one person: x' = K x + input, B_i' = kon_i C_i^n_i (1 - sum B) - koff_i B_i."""

    def __init__(self, scenario, person=0):
        people = range(person, person + 1)
        self.scenario = scenario
        self.number = inputs.read(scenario).values(people)
        self.flows, self.central, self.rows = [], {}, []
        drugs = scenario.drugs()
        for drug in drugs:
            self.central[drug.name] = self._dispositions(drug)
        for drug in drugs:
            self._disposition(drug)
            for route in self._routes(drug):
                self._absorption(drug, route)
        self.ligands = [drug.name for drug in drugs if "mu" in drug.receptor]
        self.rows = sorted({row for flow in self.flows for row in flow[:2] if row})
        self.matrix = np.zeros((len(self.rows), len(self.rows)))
        for source, target, rate, leaves in self.flows:
            if leaves:
                self._at(source, source, -rate)
            if target:
                self._at(target, source, rate)
        mu = {name: [self.get(f"{name}.receptor.mu.{s}") for s in ("kon", "koff", "n", "K")] for name in self.ligands}
        self.n = np.array([n if n is not None else 1.0 for _, _, n, _ in mu.values()])
        self.koff = np.array([koff for _, koff, _, _ in mu.values()])
        half = [kon if kon is not None else koff / K ** (n or 1.0) for kon, koff, n, K in mu.values()]
        self.kon = np.array(half)
        self.site = [self.rows.index((name, "site")) for name in self.ligands]

    def get(self, name):
        value = self.number.get(name)
        return None if value is None else float(value[0])

    def _at(self, row, column, rate):
        self.matrix[self.rows.index(row), self.rows.index(column)] += rate

    def _routes(self, drug):
        return sorted({dose.route for dose in self.scenario.doses if dose.drug == drug.name})

    def _dispositions(self, drug):
        """Where the drug lies: its own disposition, and one more for each route in use that was fitted with its own."""
        special = [f"routes.{r}.disposition" for r in self._routes(drug) if drug.routes[r].disposition]
        return {
            place: parameters.clearances(self.number, f"{drug.name}.{place}") for place in ["disposition", *special]
        }

    def _flow(self, source, target, rate, leaves=True):
        self.flows.append((source, target, float(rate), leaves))

    def _disposition(self, drug):
        ke0 = self.get(f"{drug.name}.ke0")
        if ke0 is None and drug.biophase_half_life:
            ke0 = np.log(2) / self.get(f"{drug.name}.biophase_half_life")
        if ke0 is not None:
            self._flow((drug.name, "site"), None, ke0)
        for place, (clearance, volume, peripheral) in self.central[drug.name].items():
            centre = (drug.name, place)
            left = np.squeeze(clearance / volume)
            for metabolite in drug.metabolites:
                formed = left * self.get(f"{drug.name}.metabolites.{metabolite}")
                self._flow(centre, (metabolite, "disposition"), formed)
                left = left - formed
            self._flow(centre, None, left)
            for number, (q, v) in enumerate(peripheral):
                self._flow(centre, (drug.name, f"{place}.{number}"), np.squeeze(q / volume))
                self._flow((drug.name, f"{place}.{number}"), centre, np.squeeze(q / v))
            if ke0 is not None:
                self._flow(centre, (drug.name, "site"), np.squeeze(ke0 / volume), leaves=False)

    def _absorption(self, drug, route):
        facts = drug.routes[route]
        reaches = self.get(f"{drug.name}.routes.{route}.F")
        reaches = 1.0 if reaches is None else reaches
        ends = [(self._chain(drug, route, p), share) for p, share in self._shares(drug, route)]
        centre = (drug.name, f"routes.{route}.disposition" if facts.disposition else "disposition")
        for chain, _ in ends:
            for (stage, rate), following in zip(chain, [*chain[1:], None], strict=False):
                if following:
                    self._flow(stage, following[0], rate)
                    continue
                self._flow(stage, centre, rate * reaches)
                left = 1 - reaches
                for metabolite in facts.presystemic:
                    share = (1 - reaches) * self.get(f"{drug.name}.routes.{route}.presystemic.{metabolite}")
                    self._flow(stage, (metabolite, "disposition"), rate * share)
                    left -= share
                self._flow(stage, None, rate * left)

    def _shares(self, drug, route):
        """(phase or None, share of the dose) for each way a dose takes."""
        phases = range(1, len(drug.routes[route].phases) + 1)
        shares = [self.get(f"{drug.name}.routes.{route}.phases.{p}.fraction") for p in phases]
        return [(p, share / sum(shares)) for p, share in zip(phases, shares, strict=True)] or [(None, 1.0)]

    def _chain(self, drug, route, phase):
        """The stages of one way with the rate that empties each."""
        prefix = f"{drug.name}.routes.{route}"
        if phase is None:
            rates = [self.get(f"{prefix}.ktr")] * drug.routes[route].transits
            rates += [self.get(f"{prefix}.ka")] if drug.routes[route].ka else []
        else:
            rate = self.get(f"{prefix}.phases.{phase}.rate")
            rate = np.log(2) / self.get(f"{prefix}.phases.{phase}.half_life") if rate is None else rate
            facts = drug.routes[route].phases[phase - 1]
            rates = [self.get(f"{prefix}.phases.{phase}.ktr")] * facts.transits + [rate] * facts.stages
        return [((drug.name, f"{route}.{phase}.{stage}"), rate) for stage, rate in enumerate(rates)]

    def _entry(self, dose):
        """What one dose adds to each row [nmol]."""
        drug = next(drug for drug in self.scenario.drugs() if drug.name == dose.drug)
        salt = self.get(f"{dose.drug}.routes.{dose.route}.dose_is.molar_mass")
        grams_per_mole = self.get(f"{dose.drug}.molar_mass") if salt is None else salt
        milligrams = dose.milligrams(self.get("person.weight"))
        amount = milligrams * 1e6 / grams_per_mole
        falls = drug.routes[dose.route].falls
        if falls:  # of a larger dose a smaller share arrives
            within = min(max(milligrams, falls.smallest.value), falls.largest.value)
            amount *= (within / falls.reference.value) ** falls.power.value
        entry = np.zeros(len(self.rows))
        for phase, share in self._shares(drug, dose.route):
            chain = self._chain(drug, dose.route, phase)
            if chain:
                entry[self.rows.index(chain[0][0])] += amount * share
            else:
                reaches = self.get(f"{dose.drug}.routes.{dose.route}.F")
                place = f"routes.{dose.route}.disposition" if drug.routes[dose.route].disposition else "disposition"
                entry[self.rows.index((dose.drug, place))] += amount * share * (1.0 if reaches is None else reaches)
        return entry

    def solve(self, times, rtol=1e-12):
        """Amounts (times, rows) and bound shares (times, ligands) at ascending times [h], the first of them 0.

        Doses, infusion edges and outputs happen on the ticks of the course clock (0.2 ms), as there.
        """
        given = [
            (*on_tick([at, at + dose.over]), self._entry(dose)) for dose in self.scenario.doses for at in dose.starts()
        ]
        times = on_tick(times)
        edges = sorted({0.0, float(times[-1]), *(t for at, end, _ in given for t in (at, end) if t < times[-1])})
        scale = sum(entry.max() for _, _, entry in given)
        rows = len(self.rows)
        atol = np.r_[np.full(rows, 1e-16 * scale), np.full(len(self.ligands), 1e-15)]
        y = np.zeros(rows + len(self.ligands))
        found = np.zeros((len(times), len(y)))
        for start, stop in pairwise(edges):
            inflow = sum((entry / (end - at) for at, end, entry in given if at <= start < end), np.zeros(rows))
            y[:rows] += sum((entry for at, end, entry in given if at == end == start), np.zeros(rows))
            inside = (times > start) & (times <= stop)
            solved = solve_ivp(self._right(inflow), (start, stop), y, "LSODA", [*times[inside], *([] if stop in times else [stop])],
                               rtol=rtol, atol=atol, jac=self._jacobian(inflow), first_step=1e-7)  # fmt: skip
            assert solved.success, solved.message
            found[inside] = solved.y.T[: inside.sum()]
            y = solved.y[:, -1].copy()
        return found[:, :rows], found[:, rows:]

    def _association(self, x):
        return self.kon * np.maximum(x[self.site], 0) ** self.n

    def _right(self, inflow):
        rows = len(self.rows)

        def right(_, y):
            x, bound, change = y[:rows], y[rows:], np.empty_like(y)
            change[:rows] = self.matrix @ x + inflow
            change[rows:] = self._association(x) * (1 - bound.sum()) - self.koff * bound
            return change

        return right

    def _jacobian(self, inflow):
        rows = len(self.rows)

        def jacobian(_, y):
            x, bound = y[:rows], y[rows:]
            full = np.zeros((len(y), len(y)))
            full[:rows, :rows] = self.matrix
            free = 1 - bound.sum()
            for i, row in enumerate(self.site):
                if x[row] > 0:
                    full[rows + i, row] = self.kon[i] * self.n[i] * x[row] ** (self.n[i] - 1) * free
            full[rows:, rows:] = -self._association(x)[:, None] - np.diag(self.koff)
            return full

        return jacobian

    def concentration(self, amounts, drug):
        """Plasma concentration [ng/mL]."""
        molar_mass = self.get(f"{drug}.molar_mass")
        parts = (
            amounts[:, self.rows.index((drug, place))] / np.squeeze(v[1])
            for place, v in self.central[drug].items()
            if (drug, place) in self.rows
        )
        return sum(parts) * molar_mass / 1000
